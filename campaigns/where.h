/*
 * where.h - typed filters over leads: `balance > 5000 and region = "SH"` (pure: no I/O, no clock, no allocation)
 *
 * What    Parses a text into a small tree and says of a lead whether it matches. The literal's type decides how the lead's column
 *         is read: as a number, as a date or as text. A column that is not there is empty.
 * Grammar any:  all { "or" all }                      all:  one { "and" one }
 *         one:  "not" one | "(" any ")" | test
 *         test: NAME ( "=" | "!=" | "<>" | "<" | "<=" | ">" | ">=" ) VALUE | NAME [ "not" ] "in" "(" VALUE { "," VALUE } ")"
 *               | NAME [ "not" ] "contains" TEXT | NAME "is" [ "not" ] "empty"
 *         NAME: letters, digits, _ and whatever is not ASCII, or any title in [brackets]; words are known in any case.
 *         VALUE: 5000, -1.5, "text", 'text' (the quote doubled stands for itself), 2026-11-21, 2026-11-21T09:30.
 * Names   attempts, priority, last_outcome, created, last_attempt and number are the lead's own (times in UTC); in brackets, and
 *         everywhere else, a name is that of a column.
 * Meaning "!=" is the opposite of "=". A column that cannot be read as the literal's type is neither equal to it nor more nor
 *         less. Texts are compared by bytes, with ASCII letters of either case the same. A date without a time means its whole
 *         day.
 * Bounds  WHERE_BYTES of text, WHERE_NODES tests and connectives, WHERE_DEPTH parentheses.
 * Thread  any; a parsed filter is constant.
 */
#ifndef OUTDIAL_CAMPAIGNS_WHERE_H
#define OUTDIAL_CAMPAIGNS_WHERE_H

#include "campaigns/store.h"

#define WHERE_NODES 96
#define WHERE_DEPTH 24

enum where_kind { WHERE_AND, WHERE_OR, WHERE_NOT, WHERE_TEST };
enum where_op { WHERE_EQUAL, WHERE_LESS, WHERE_LESS_EQUAL, WHERE_GREATER, WHERE_GREATER_EQUAL, WHERE_CONTAINS, WHERE_EMPTY };
enum where_name {
	NAME_COLUMN,
	NAME_ATTEMPTS,
	NAME_PRIORITY,
	NAME_LAST_OUTCOME,
	NAME_CREATED,
	NAME_LAST_ATTEMPT,
	NAME_NUMBER,
	NAME_LINE
};
enum where_type { TYPE_NUMBER, TYPE_TEXT, TYPE_DATE };

struct where_node {
	enum where_kind kind;
	uint16_t left, right; /* nodes of AND, OR; NOT has left only */
	enum where_op op;     /* of a TEST, with all that follows */
	enum where_name name;
	uint16_t column; /* in text: the column's name */
	enum where_type type;
	uint16_t value;   /* in text: the literal TEXT */
	double number;    /* the literal NUMBER */
	int64_t moment_s; /* the literal DATE, as seconds of a calendar without zones */
	bool whole_day;
};

struct where {
	struct where_node nodes[WHERE_NODES];
	uint16_t count, root; /* count 0: everything matches */
	char text[WHERE_BYTES * 2];
	uint16_t text_bytes;
};

struct where_error {
	uint32_t line, column; /* from 1; of the byte that is in the way */
	char text[100];        /* what was expected, without the place */
};

/* An empty or blank text matches everything. ERR_RANGE: *error says where and why, *where is not to be used. */
int where_parse(const char *text, struct where *where, struct where_error *error);
bool where_match(const struct where *where, const struct lead *lead);
/* The columns that it names: walk from 0 until NULL; one may come twice. */
const char *where_column(const struct where *where, uint32_t index);

/*
 * The first word that last_outcome or line (*name) is compared with and that neither ever is; NULL: none. A filter with one
 * matches nobody.
 */
const char *where_stranger(const struct where *where, enum where_name *name);

/* A column's text as a number ("5000", "-1.5", "1,234.50"); false when it is none. */
bool where_number(const char *text, double *out);

#endif
