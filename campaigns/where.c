/* where.c - a filter's text to its tree */
#include "campaigns/where.h"

#include "campaigns/where_value.h"

#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum token { TOKEN_END, TOKEN_NAME, TOKEN_TITLE, TOKEN_TEXT, TOKEN_NUMBER, TOKEN_DATE, TOKEN_SIGN };

struct where_parser {
	const char *text, *at; /* at: behind the token */
	struct where *where;
	struct where_error *error;
	int err;
	uint32_t depth;
	/* the token that comes next */
	enum token token;
	const char *start;
	uint16_t word; /* in where->text: NAME, TITLE, TEXT and SIGN without quotes */
	double number;
	struct where_moment moment;
};

static void parse_any(struct where_parser *p, uint16_t *node);

/* --- errors: the first counts */

__attribute__((format(printf, 3, 4))) static void parse_fail(struct where_parser *p, const char *at, const char *fmt, ...)
{
	va_list args;

	if (p->err)
		return;
	p->err = ERR_RANGE;
	p->error->line = p->error->column = 1;
	for (const char *c = p->text; c < at; c++) {
		p->error->column = *c == '\n' ? 1 : p->error->column + 1;
		p->error->line += *c == '\n';
	}
	va_start(args, fmt);
	vsnprintf(p->error->text, sizeof(p->error->text), fmt, args);
	va_end(args);
}

static void parse_expected(struct where_parser *p, const char *what)
{
	if (p->token == TOKEN_END)
		parse_fail(p, p->start, "expected %s, not the end", what);
	else
		parse_fail(p, p->start, "expected %s, not %.*s", what, (int)(p->at - p->start > 24 ? 24 : p->at - p->start),
			p->start);
}

/* --- tokens */

static bool is_name_byte(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One byte more of the word in where->text. The pool is twice the filter's length, so it never fills up. */
static void take_byte(struct where_parser *p, char c)
{
	p->where->text[p->where->text_bytes++] = c;
}

static void take_quoted(struct where_parser *p, enum token token, char end)
{
	const char *c = p->start + 1;

	for (p->token = token;; take_byte(p, *c++)) {
		if (!*c) {
			parse_fail(
				p, p->start, "the %s is not closed by %c", token == TOKEN_TEXT ? "text" : "column's name", end);
			break;
		}
		if (*c == end && (c[1] != end || token == TOKEN_TITLE))
			break;
		c += *c == end; /* doubled: stands for itself */
	}
	p->at = c + (*c != '\0');
}

static void take_number(struct where_parser *p)
{
	size_t length = strspn(p->start, "+-0123456789.:Tt");
	char word[40];

	p->at = p->start + length;
	if (is_name_byte(*p->at) || length >= sizeof(word)) {
		parse_fail(p, p->start, "this is neither a number nor a date; a text stands in quotes");
		return;
	}
	memcpy(word, p->start, length);
	word[length] = '\0';
	if (where_number(word, &p->number))
		p->token = TOKEN_NUMBER;
	else if (where_moment(word, &p->moment))
		p->token = TOKEN_DATE;
	else
		parse_fail(p, p->start, "%s is neither a number such as 5000 nor a date such as 2026-11-21", word);
}

static void take_sign(struct where_parser *p)
{
	static const char *const signs[] = {"<=", ">=", "!=", "<>", "==", "<", ">", "=", "(", ")", ","};

	p->token = TOKEN_SIGN;
	for (unsigned i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t length = strlen(signs[i]);

		if (strncmp(p->start, signs[i], length) != 0)
			continue;
		p->at = p->start + length;
		for (size_t n = 0; n < length; n++)
			take_byte(p, signs[i][n]);
		return;
	}
	parse_fail(p, p->start, "the sign %c has no meaning here", *p->start);
}

static void next(struct where_parser *p)
{
	p->start = p->at + strspn(p->at, " \t\r\n");
	p->word = p->where->text_bytes;
	p->at = p->start;
	if (p->err || !*p->start) {
		p->token = TOKEN_END;
		return;
	}
	if (*p->start == '"' || *p->start == '\'')
		take_quoted(p, TOKEN_TEXT, *p->start);
	else if (*p->start == '[')
		take_quoted(p, TOKEN_TITLE, ']');
	else if (is_digit(*p->start) ||
		 ((*p->start == '-' || *p->start == '+' || *p->start == '.') && (is_digit(p->start[1]) || p->start[1] == '.')))
		take_number(p);
	else if (is_name_byte(*p->start))
		for (p->token = TOKEN_NAME; is_name_byte(*p->at); p->at++)
			take_byte(p, *p->at);
	else
		take_sign(p);
	take_byte(p, '\0');
}

static const char *word_of(const struct where_parser *p)
{
	return p->where->text + p->word;
}

static bool is(const struct where_parser *p, enum token token, const char *word)
{
	return !p->err && p->token == token && strcasecmp(word_of(p), word) == 0;
}

static bool accept(struct where_parser *p, enum token token, const char *word)
{
	bool there = is(p, token, word);

	if (there)
		next(p);
	return there;
}

/* --- the tree */

/* Index of a new node; 0 after an error. */
static uint16_t node_add(struct where_parser *p, enum where_kind kind, uint16_t left, uint16_t right)
{
	struct where *where = p->where;

	if (where->count == WHERE_NODES) {
		parse_fail(p, p->start, "the filter has more than %d tests and connectives", WHERE_NODES);
		return 0;
	}
	where->nodes[where->count] = (struct where_node){.kind = kind, .left = left, .right = right};
	return where->count++;
}

static uint16_t node_not(struct where_parser *p, uint16_t node, bool wanted)
{
	return wanted ? node_add(p, WHERE_NOT, node, 0) : node;
}

static bool is_value(const struct where_parser *p)
{
	return p->token == TOKEN_NUMBER || p->token == TOKEN_DATE || p->token == TOKEN_TEXT;
}

/* A test of `like`'s name against the value that comes next. */
static uint16_t parse_value(struct where_parser *p, const struct where_node *like)
{
	uint16_t index = node_add(p, WHERE_TEST, 0, 0);
	struct where_node *node = &p->where->nodes[index];

	if (!is_value(p)) {
		parse_expected(p, "a number, a date or a text in quotes");
		return 0;
	}
	if (like->op == WHERE_CONTAINS && p->token != TOKEN_TEXT)
		parse_expected(p, "a text in quotes");
	if (p->err)
		return 0;
	*node = *like;
	node->kind = WHERE_TEST;
	node->type = p->token == TOKEN_NUMBER ? TYPE_NUMBER : p->token == TOKEN_DATE ? TYPE_DATE : TYPE_TEXT;
	node->value = p->word;
	node->number = p->number;
	node->moment_s = p->moment.moment_s;
	node->whole_day = p->moment.whole_day;
	next(p);
	return index;
}

static uint16_t parse_in(struct where_parser *p, const struct where_node *like)
{
	uint16_t node;

	if (!accept(p, TOKEN_SIGN, "("))
		parse_expected(p, "( after in");
	node = parse_value(p, like);
	while (accept(p, TOKEN_SIGN, ",")) {
		uint16_t other = parse_value(p, like);

		node = node_add(p, WHERE_OR, node, other);
	}
	if (!accept(p, TOKEN_SIGN, ")"))
		parse_expected(p, ", or )");
	return node;
}

static uint16_t parse_empty(struct where_parser *p, const struct where_node *like)
{
	bool not = accept(p, TOKEN_NAME, "not");
	uint16_t node = node_add(p, WHERE_TEST, 0, 0);

	if (!accept(p, TOKEN_NAME, "empty"))
		parse_expected(p, "empty after is");
	p->where->nodes[node] = *like;
	p->where->nodes[node].kind = WHERE_TEST;
	p->where->nodes[node].op = WHERE_EMPTY;
	return node_not(p, node, not);
}

static uint16_t parse_compare(struct where_parser *p, struct where_node *like)
{
	static const struct {
		const char *sign;
		enum where_op op;
		bool not;
	} signs[] = {{"=", WHERE_EQUAL, false}, {"==", WHERE_EQUAL, false}, {"!=", WHERE_EQUAL, true}, {"<>", WHERE_EQUAL, true},
		{"<", WHERE_LESS, false}, {"<=", WHERE_LESS_EQUAL, false}, {">", WHERE_GREATER, false},
		{">=", WHERE_GREATER_EQUAL, false}};

	for (unsigned i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (!accept(p, TOKEN_SIGN, signs[i].sign))
			continue;
		like->op = signs[i].op;
		return node_not(p, parse_value(p, like), signs[i].not);
	}
	parse_expected(p, "=, !=, <, <=, >, >=, in, contains or is");
	return 0;
}

static enum where_name name_of(const char *word)
{
	static const char *const own[] = {[NAME_ATTEMPTS] = "attempts",
		[NAME_PRIORITY] = "priority",
		[NAME_LAST_OUTCOME] = "last_outcome",
		[NAME_CREATED] = "created",
		[NAME_LAST_ATTEMPT] = "last_attempt",
		[NAME_NUMBER] = "number",
		[NAME_LINE] = "line"};

	for (unsigned i = NAME_ATTEMPTS; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcasecmp(word, own[i]) == 0)
			return (enum where_name)i;
	return NAME_COLUMN;
}

static uint16_t parse_test(struct where_parser *p)
{
	struct where_node like = {.column = p->word};
	bool not;

	if (p->token != TOKEN_NAME && p->token != TOKEN_TITLE) {
		parse_expected(p, "the name of a column");
		return 0;
	}
	like.name = p->token == TOKEN_NAME ? name_of(word_of(p)) : NAME_COLUMN;
	next(p);
	if (accept(p, TOKEN_NAME, "is"))
		return parse_empty(p, &like);
	not = accept(p, TOKEN_NAME, "not");
	if (accept(p, TOKEN_NAME, "in"))
		return node_not(p, parse_in(p, &like), not);
	like.op = WHERE_CONTAINS;
	if (accept(p, TOKEN_NAME, "contains"))
		return node_not(p, parse_value(p, &like), not);
	if (not)
		parse_expected(p, "in or contains after not");
	return parse_compare(p, &like);
}

static uint16_t parse_one(struct where_parser *p)
{
	uint16_t node = 0;

	if (++p->depth > WHERE_DEPTH)
		parse_fail(p, p->start, "more than %d parentheses or nots inside each other", WHERE_DEPTH);
	else if (accept(p, TOKEN_NAME, "not"))
		node = node_not(p, parse_one(p), true);
	else if (accept(p, TOKEN_SIGN, "(")) {
		parse_any(p, &node);
		if (!accept(p, TOKEN_SIGN, ")"))
			parse_expected(p, "and, or or )");
	} else
		node = parse_test(p);
	p->depth--;
	return node;
}

static uint16_t parse_all(struct where_parser *p)
{
	uint16_t node = parse_one(p);

	while (accept(p, TOKEN_NAME, "and")) {
		uint16_t other = parse_one(p);

		node = node_add(p, WHERE_AND, node, other);
	}
	return node;
}

static void parse_any(struct where_parser *p, uint16_t *node)
{
	*node = parse_all(p);
	while (accept(p, TOKEN_NAME, "or")) {
		uint16_t other = parse_all(p);

		*node = node_add(p, WHERE_OR, *node, other);
	}
}

int where_parse(const char *text, struct where *where, struct where_error *error)
{
	struct where_parser p = {.text = text, .at = text, .where = where, .error = error, .start = text};

	where->count = where->root = where->text_bytes = 0;
	if (strlen(text) >= WHERE_BYTES) {
		parse_fail(&p, text + WHERE_BYTES - 1, "the filter is longer than %d bytes", WHERE_BYTES - 1);
		return p.err;
	}
	next(&p);
	if (!p.err && p.token == TOKEN_END)
		return 0;
	parse_any(&p, &where->root);
	if (!p.err && p.token != TOKEN_END)
		parse_expected(&p, "and, or or the end");
	return p.err;
}

const char *where_column(const struct where *where, uint32_t index)
{
	for (uint32_t i = 0; i < where->count; i++)
		if (where->nodes[i].kind == WHERE_TEST && where->nodes[i].name == NAME_COLUMN && index-- == 0)
			return where->text + where->nodes[i].column;
	return NULL;
}

static bool is_outcome(const char *word)
{
	for (unsigned i = 0; i < OUTCOME_COUNT; i++)
		if (strcasecmp(outcome_facts((enum outcome)i)->name, word) == 0)
			return true;
	return false;
}

static bool is_line(const char *word)
{
	for (unsigned i = 0; i < PHONE_TYPES; i++)
		if (strcasecmp(phone_type_name((enum phone_type)i), word) == 0)
			return true;
	return false;
}

const char *where_stranger(const struct where *where, enum where_name *name)
{
	for (uint32_t i = 0; i < where->count; i++) {
		const struct where_node *node = &where->nodes[i];
		const char *word = where->text + node->value;

		*name = node->name;
		if (node->kind != WHERE_TEST || node->op != WHERE_EQUAL || node->type != TYPE_TEXT || !*word)
			continue;
		if ((node->name == NAME_LAST_OUTCOME && !is_outcome(word)) || (node->name == NAME_LINE && !is_line(word)))
			return word;
	}
	return NULL;
}
