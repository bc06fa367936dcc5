/* where_match.c - texts of columns as values, and whether a lead matches */
#include "campaigns/where.h"

#include "campaigns/where_value.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DAY_S 86400

/* --- values */

/* Digits, or groups of three divided by commas after the first: copies them without the commas. NULL: neither. */
static const char *take_digits(const char *text, char *out, size_t size)
{
	const char *c = text;
	size_t at = 0, group = 0;
	bool commas = false;

	for (; (*c >= '0' && *c <= '9') || (*c == ',' && group > 0); c++) {
		if (*c == ',') {
			if (group > 3 || (commas && group != 3))
				return NULL;
			commas = true;
			group = 0;
			continue;
		}
		if (at + 1 >= size)
			return NULL;
		out[at++] = *c;
		group++;
	}
	out[at] = '\0';
	return commas && group != 3 ? NULL : c;
}

bool where_number(const char *text, double *out)
{
	char word[64] = "+", *end;
	const char *c = text + strspn(text, " ");

	if (*c == '-' || *c == '+')
		word[0] = *c++;
	c = take_digits(c, word + 1, 40);
	if (!c)
		return false;
	if (*c == '.') {
		size_t digits = strspn(c + 1, "0123456789"), at = strlen(word);

		if (digits > 20)
			return false;
		memcpy(word + at, c, digits + 1);
		word[at + digits + 1] = '\0';
		c += digits + 1;
	}
	if (c[strspn(c, " ")] || !word[strcspn(word, "0123456789")])
		return false;
	*out = strtod(word, &end);
	return *end == '\0';
}

/* `count` digits as a number, -1 when they are none. */
static int digits_at(const char *text, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + text[i] - '0';
	}
	return value;
}

/* Days since 1970-01-01 of the Gregorian calendar: years begin in March, so that the leap day is the last. */
static int64_t days_of(int year, int month, int day)
{
	int y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
	int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return (int64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool is_day(int year, int month, int day)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (leap && month == 2);
}

/* "", or a blank or T and HH:MM with perhaps :SS behind. */
static bool take_time(const char *text, struct where_moment *out)
{
	int hour, minute, second = 0;

	out->whole_day = *text == '\0';
	if (out->whole_day)
		return true;
	if (*text != ' ' && *text != 'T' && *text != 't')
		return false;
	hour = digits_at(text + 1, 2);
	if (hour < 0 || hour > 23 || text[3] != ':')
		return false;
	minute = digits_at(text + 4, 2);
	if (minute < 0 || minute > 59)
		return false;
	if (text[6] == ':') {
		second = digits_at(text + 7, 2);
		if (second < 0 || second > 59 || text[9])
			return false;
	} else if (text[6])
		return false;
	out->moment_s += hour * 3600 + minute * 60 + second;
	return true;
}

bool where_moment(const char *text, struct where_moment *out)
{
	const char *c = text + strspn(text, " ");
	int year = digits_at(c, 4), month, day;
	char divider;

	if (year < 0)
		return false;
	divider = c[4] == '-' || c[4] == '/' || c[4] == '.' ? c[4] : '\0';
	c += 4 + (divider != '\0');
	month = digits_at(c, 2);
	if (month < 0 || (divider && c[2] != divider))
		return false;
	c += 2 + (divider != '\0');
	day = digits_at(c, 2);
	if (!is_day(year, month, day))
		return false;
	out->moment_s = days_of(year, month, day) * DAY_S;
	return take_time(c + 2, out);
}

/* --- a lead against the tree */

struct where_column { /* what a lead has under a name */
	const char *text; /* "" when it has none */
	bool number_known, moment_known;
	double number;
	struct where_moment moment;
	char buffer[NUMBER_BYTES];
};

static void column_number(struct where_column *out, double number)
{
	out->number_known = true;
	out->number = number;
	snprintf(out->buffer, sizeof(out->buffer), "%.0f", number);
	out->text = out->buffer;
}

/* A moment of the lead's own, 0: never. */
static void column_moment(struct where_column *out, int64_t us)
{
	out->moment_known = us != 0;
	out->moment = (struct where_moment){.moment_s = us / SEC_US};
	out->text = us ? "set" : "";
}

static struct where_column column_of(const struct where *where, const struct where_node *node, const struct lead *lead)
{
	struct where_column out = {.text = ""};
	const char *text;

	switch (node->name) {
	case NAME_ATTEMPTS:
		column_number(&out, lead->attempts);
		break;
	case NAME_PRIORITY:
		column_number(&out, lead->priority);
		break;
	case NAME_LAST_OUTCOME:
		out.text = lead->last_outcome == OUTCOME_NONE ? "" : outcome_facts(lead->last_outcome)->name;
		break;
	case NAME_CREATED:
		column_moment(&out, lead->created_us);
		break;
	case NAME_LAST_ATTEMPT:
		column_moment(&out, lead->last_us);
		break;
	case NAME_NUMBER:
		out.text = lead->phone_count ? lead->phones[0].e164 : "";
		break;
	case NAME_LINE:
		out.text = lead->phone_count ? phone_type_name(lead->phones[0].type) : "";
		break;
	case NAME_COLUMN:
		text = lead_field(lead, where->text + node->column);
		out.text = text ? text : "";
		break;
	}
	return out;
}

/* Less, equal, more as -1, 0, 1; false: they cannot be compared. */
static bool compare(const struct where *where, const struct where_node *node, struct where_column *column, int *out)
{
	int64_t left, right = node->moment_s;

	switch (node->type) {
	case TYPE_NUMBER:
		if (!column->number_known && !where_number(column->text, &column->number))
			return false;
		*out = (column->number > node->number) - (column->number < node->number);
		return true;
	case TYPE_DATE:
		if (!column->moment_known && !where_moment(column->text, &column->moment))
			return false;
		left = column->moment.moment_s;
		if (node->whole_day)
			left -= (left % DAY_S + DAY_S) % DAY_S;
		*out = (left > right) - (left < right);
		return true;
	case TYPE_TEXT:
		*out = strcasecmp(column->text, where->text + node->value);
		*out = (*out > 0) - (*out < 0);
		return true;
	}
	return false;
}

static bool test(const struct where *where, const struct where_node *node, const struct lead *lead)
{
	struct where_column column = column_of(where, node, lead);
	int order;

	if (node->op == WHERE_CONTAINS)
		return strcasestr(column.text, where->text + node->value) != NULL;
	if (node->op == WHERE_EMPTY)
		return !column.text[strspn(column.text, " \t")];
	if (!compare(where, node, &column, &order))
		return false;
	switch (node->op) {
	case WHERE_EQUAL:
		return order == 0;
	case WHERE_LESS:
		return order < 0;
	case WHERE_LESS_EQUAL:
		return order <= 0;
	case WHERE_GREATER:
		return order > 0;
	case WHERE_GREATER_EQUAL:
		return order >= 0;
	case WHERE_CONTAINS:
	case WHERE_EMPTY:
		break;
	}
	return false;
}

static bool match(const struct where *where, uint16_t index, const struct lead *lead)
{
	const struct where_node *node = &where->nodes[index];

	switch (node->kind) {
	case WHERE_AND:
		return match(where, node->left, lead) && match(where, node->right, lead);
	case WHERE_OR:
		return match(where, node->left, lead) || match(where, node->right, lead);
	case WHERE_NOT:
		return !match(where, node->left, lead);
	case WHERE_TEST:
		return test(where, node, lead);
	}
	return false;
}

bool where_match(const struct where *where, const struct lead *lead)
{
	return where->count == 0 || match(where, where->root, lead);
}
