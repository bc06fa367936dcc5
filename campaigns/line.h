/*
 * line.h - one line of the evidence log, in its canonical form (pure)
 *
 * What    A JSON object on one line: keys in the order of the calls, integers only, no blanks between tokens. The bytes are what
 *         is hashed, so there is one way to write each value: text is UTF-8 with \" and \\ escaped, control characters become
 *         blanks, and bytes that are no UTF-8 become "?". Empty text and absent values are null.
 * Errors  a line that would be longer than LINE_BYTES_MAX sets `bad`; the bounds of our records leave room.
 */
#ifndef OUTDIAL_CAMPAIGNS_LINE_H
#define OUTDIAL_CAMPAIGNS_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_BYTES_MAX 3000 /* room for an intent with the longest names of all; above about 2 KB, which none has in practice, LMDB uses whole overflow pages */
#define LINE_VERSION 3 /* 2: intents and outcomes have the items of complete.h; 3: personal fields are sealed (personal.h) */
#define LINE_PERSONAL_BYTES 640

struct line {
	char text[LINE_BYTES_MAX + 1]; /* no newline, ended by NUL */
	size_t bytes;
	bool bad;
	/*
	 * Of line_personal(), until evlog_write() seals them: names by commas, and values as they would stand in the line, by
	 * commas.
	 */
	char names[96], personal[LINE_PERSONAL_BYTES];
	size_t names_bytes, personal_bytes;
	uint32_t person_key; /* place of the key (personkey.h) */
};

/* {"v":3,"seq":SEQ,"us":US,"event":"EVENT" */
void line_start(struct line *line, uint64_t seq, int64_t us, const char *event);
void line_u64(struct line *line, const char *key, uint64_t value);
void line_time(struct line *line, const char *key, int64_t us); /* 0: null */
void line_bool(struct line *line, const char *key, bool value);
void line_null(struct line *line, const char *key);
void line_text(struct line *line, const char *key, const char *text);
/* Text, or "n/a" when it is empty: somebody looked, and there is none. */
void line_item(struct line *line, const char *key, const char *text);
/* Text that says who somebody is: sealed under his key when the line is written. Empty: null, in clear text. */
void line_personal(struct line *line, const char *key, const char *text);
void line_end(struct line *line);

/* What stands at the beginning of each line. False: this is none of ours. */
struct line_head {
	uint32_t version; /* 1, 2 or 3 */
	uint64_t seq;
	int64_t us;
	const char *event; /* in text, event_bytes long */
	size_t event_bytes;
};
bool line_parse_head(const char *text, size_t bytes, struct line_head *head);
/* "dnc_*": all whose names begin so. */
bool line_event_is(const struct line_head *head, const char *event);

/* What stands behind the head, one key after the other. Views into the line. */
enum line_kind { LINE_NULL, LINE_BOOL, LINE_NUMBER, LINE_TEXT };

struct line_field {
	const char *key, *text; /* text: between the quotes, as it is escaped */
	size_t key_bytes, text_bytes;
	enum line_kind kind;
	uint64_t number; /* and bool */
};

/* `at` begins at NULL. False: the end, or no line of ours from here on. */
bool line_next_field(const char *line, size_t bytes, const char **at, struct line_field *field);
bool line_field_is(const struct line_field *field, const char *key);
/* Unescaped, cut at size - 1; "" for what is no text. */
void line_field_text(const struct line_field *field, char *out, size_t size);
/* Is it about this attempt? */
bool line_of_attempt(const char *text, size_t bytes, uint64_t attempt);

#endif
