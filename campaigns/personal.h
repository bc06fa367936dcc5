/*
 * personal.h - the personal fields of a line of the evidence log, sealed under their person's key, and opened again for readers
 *
 * What    A line of schema 3 has no personal field in clear text. They stand together in one box at its end:
 *             ..., "sealed":"to,person","key":4711,"box":"BASE64"}
 *         `sealed` names the fields, `key` is a place of personkey.h, `box` is AES-SIV of their values ("+12125550123","..."),
 *         bound to sequence number and schema. What is hashed and signed is this line: when the key is destroyed every proof
 *         stays what it was.
 * Reading personal_line() gives back a line in which the fields stand as if they had never been sealed, so that whoever reads the
 *         log needs to know nothing of boxes. Where that cannot be, each has a word as its value: "erased" (the key was
 *         destroyed), "sealed" (there is no key file here: a copy of the log), "unreadable" (the box was changed: `outdial
 *         verify` says more).
 * Older   Lines of schema 1 and 2 are handed back as they are.
 */
#ifndef OUTDIAL_CAMPAIGNS_PERSONAL_H
#define OUTDIAL_CAMPAIGNS_PERSONAL_H

#include "campaigns/line.h"
#include "campaigns/personkey.h"

#define PERSONAL_ERASED "erased"
#define PERSONAL_LINE_BYTES 4096 /* of an opened line */

/* Puts the box behind the other fields of a line that has personal ones. False: no such key, or no room. */
bool personal_seal(struct personkeys *keys, uint64_t seq, struct line *line);

/* Reads lines; has the key file open for itself. */
struct personal_reader;
/* -ENOMEM, -errno of the key file. */
int personal_reader_open(struct personal_reader **reader, const char *dir);
void personal_reader_close(struct personal_reader *reader); /* NULL is fine */
/* The line with its fields; valid until the next call. *bytes is its length, before and after. */
const char *personal_line(struct personal_reader *reader, const struct line_head *head, const char *line, size_t *bytes);

/* --- the parts, pure: for personal_line() and the fuzz target */
struct personal_parts {
	size_t clear_bytes; /* of the line before ,"sealed": */
	const char *names, *box;
	size_t names_bytes, box_bytes;
	uint32_t key;
};
/* False: the line has no box, or what stands there is none of ours. */
bool personal_parse(const char *line, size_t bytes, struct personal_parts *parts);
/* The opened line: of `values` ("...","...") one a name; NULL: `word` for each. Its length, 0 when they do not fit together. */
size_t personal_build(const char *line, const struct personal_parts *parts, const char *values, size_t values_bytes,
	const char *word, char *out, size_t size);

#endif
