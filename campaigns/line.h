/*
 * line.h - one line of the evidence log, in its canonical form (pure)
 *
 * What    A JSON object on one line: keys in the order of the calls, integers only, no blanks between tokens. The bytes are what is hashed,
 *         so there is one way to write each value: text is UTF-8 with \" and \\ escaped, control characters become blanks, and bytes
 *         that are no UTF-8 become "?". Empty text and absent values are null.
 * Errors  a line that would be longer than LINE_BYTES_MAX sets `bad`; the bounds of our records leave room.
 */
#ifndef OUTDIAL_CAMPAIGNS_LINE_H
#define OUTDIAL_CAMPAIGNS_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_BYTES_MAX 1900 /* above about 2 KB LMDB uses whole overflow pages */
#define LINE_VERSION 1

struct line {
	char text[LINE_BYTES_MAX + 1]; /* no newline, ended by NUL */
	size_t bytes;
	bool bad;
};

/* {"v":1,"seq":SEQ,"us":US,"event":"EVENT" */
void line_start(struct line *line, uint64_t seq, int64_t us, const char *event);
void line_u64(struct line *line, const char *key, uint64_t value);
void line_time(struct line *line, const char *key, int64_t us); /* 0: null */
void line_bool(struct line *line, const char *key, bool value);
void line_null(struct line *line, const char *key);
void line_text(struct line *line, const char *key, const char *text);
void line_end(struct line *line);

/* What stands at the beginning of each line. False: this is none of ours. */
struct line_head {
	uint64_t seq;
	int64_t us;
	const char *event; /* in text, event_bytes long */
	size_t event_bytes;
};
bool line_parse_head(const char *text, size_t bytes, struct line_head *head);
/* Is it about this attempt? */
bool line_of_attempt(const char *text, size_t bytes, uint64_t attempt);

#endif
