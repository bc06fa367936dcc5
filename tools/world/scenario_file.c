/*
 * scenario_file.c - a scenario as a text: one table of names gives parser, checks and print
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "tools/world/scenario.h"

#define FILE_BYTES_MAX 65536
#define LINE_BYTES_MAX 200
#define TIME_BYTES 32

enum type { COUNT, SHARE, FACTOR, TIME, SWITCH, FACTORS, BREAK, SHOCK };

struct field {
	const char *section, *name;
	enum type type;
	size_t offset;
	double min, max; /* of a time: seconds */
	const char *sentence;
};

#define AT(member) offsetof(struct scenario, member)
static const struct field fields[] = {
	{"day", "seats", COUNT, AT(seats), 1, SCENARIO_SEATS_MAX, "people who talk"},
	{"day", "hours", TIME, AT(day_us), 60, 86400, "length of the day"},
	{"day", "dial_stop", TIME, AT(stop_us), 0, 3600, "no call is placed so long before the day ends"},
	{"day", "leads", COUNT, AT(leads), 0, 1e8, "the day ends with so many leads worked; 0: there are always more"},
	{"day", "ceiling", SHARE, AT(ceiling), 0, 0.05, "abandoned at most, of calls answered by people"},
	{"day", "hold", TIME, AT(hold_us), 0, 60, "a person is abandoned so long after the greeting's end"},
	{"day", "tick", TIME, AT(tick_us), 0.01, 60, "a decision so often"},
	{"day", "time_scale", FACTOR, AT(time_scale), 0.001, 10, "all of ring, talk and wrap-up times multiplied"},
	{"calls", "person", SHARE, AT(person_prob), 0, 1, "answered by a person, if it rang long enough"},
	{"calls", "machine", SHARE, AT(machine_prob), 0, 1, "answered by a machine"},
	{"calls", "busy", SHARE, AT(busy_prob), 0, 1, ""},
	{"calls", "dead", SHARE, AT(dead_prob), 0, 1, "number out of service"},
	{"calls", "fails", SHARE, AT(fail_prob), 0, 1, "fails in the trunk before all that; the lead is tried again"},
	{"calls", "answers_by_hour", FACTORS, 0, 0, 10, "person multiplied, for each hour of the day; the last stays"},
	{"calls", "block_leads", COUNT, AT(block_leads), 1, 1e6, "so many leads that follow each other are alike"},
	{"calls", "block_variation", FACTOR, AT(block_cv), 0, 2, "variation of person between such blocks"},
	{"calls", "delay", TIME, AT(delay_us), 0, 60, "from dialling to the first ring"},
	{"calls", "ring", TIME, AT(ring_us), 1, 120, "given up after so long"},
	{"calls", "ring_min", TIME, AT(ring_us_min), 0, 120, "never given up before"},
	{"calls", "person_ring", TIME, AT(person_ring_us), 0.1, 120, "mean until a person answers"},
	{"calls", "person_ring_shape", FACTOR, AT(person_ring_shape), 1, 100, "of its gamma distribution"},
	{"calls", "machine_ring", TIME, AT(machine_ring_us), 0, 120, "mean until a machine answers"},
	{"calls", "machine_ring_sd", TIME, AT(machine_ring_us_sd), 0, 60, "its standard deviation"},
	{"calls", "machine_at_once", SHARE, AT(machine_at_once_prob), 0, 1, "of machines: answers at the first ring"},
	{"answer", "classified", SWITCH, AT(classified), 0, 0, "people are told from machines before a seat hears them"},
	{"answer", "greeting", TIME, AT(greeting_us), 0.1, 60, "mean length of a greeting"},
	{"answer", "greeting_variation", FACTOR, AT(greeting_cv), 0, 3, ""},
	{"answer", "verdict", TIME, AT(verdict_us), 0, 30, "so long after the greeting's end"},
	{"answer", "person_lost", SHARE, AT(lost_prob), 0, 1, "people taken for machines"},
	{"answer", "machine_passed", SHARE, AT(passed_prob), 0, 1, "machines taken for people"},
	{"seats", "talk", TIME, AT(talk_us), 0.1, 36000, "mean"},
	{"seats", "talk_variation", FACTOR, AT(talk_cv), 0, 5, ""},
	{"seats", "wrap", TIME, AT(wrap_us), 0, 36000, "mean"},
	{"seats", "wrap_variation", FACTOR, AT(wrap_cv), 0, 5, ""},
	{"seats", "machine_talk", TIME, AT(machine_talk_us), 0, 3600, "until a seat has noticed a machine"},
	{"seats", "machine_wrap", TIME, AT(machine_wrap_us), 0, 3600, "and noted it"},
	{"seats", "seat_variation", FACTOR, AT(seat_cv), 0, 1, "of talk and wrap-up between agents"},
	{"seats", "break", BREAK, 0, 0, 0, "LENGTH between TIME and TIME of the day, or none; one line for each"},
	{"seats", "pauses_per_hour", FACTOR, AT(pauses_per_hour), 0, 4, "unannounced"},
	{"seats", "pause", TIME, AT(pause_us), 1, 3600, "length of one"},
	{"seats", "hand_work", TIME, AT(hand_us), 0, 3600, "dialling by hand: look up, dial and note one account, mean"},
	{"trunk", "lines", COUNT, AT(lines), 0, SCENARIO_LINES_MAX, "calls at once, talks included; 0: 13 a seat"},
	{"trunk", "calls_per_second", FACTOR, AT(cps), 0, 10000, "0: no limit"},
	{"shocks", "answers", SHOCK, SHOCK_ANSWERS, 0, 10, "people multiplied: VALUE at TIME [for TIME] [over TIME]"},
	{"shocks", "talk", SHOCK, SHOCK_TALK, 0.01, 10, "talk multiplied"},
	{"shocks", "wrap", SHOCK, SHOCK_WRAP, 0.01, 10, "wrap-up multiplied"},
	{"shocks", "fails", SHOCK, SHOCK_FAILS, 0, 1, "this share of calls fails in the trunk"},
	{"shocks", "silent", SHOCK, SHOCK_SILENT, 0, 1, "this share of calls rings out"},
	{"shocks", "leave", SHOCK, SHOCK_LEAVE, 0, 1, "this share of seats leaves together; `for` is needed"},
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

struct reader {
	struct scenario *scenario;
	char *why;
	int line;
	const char *section;
	bool breaks, seen[FIELDS];
};

static int refuse(struct reader *r, int err, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Control bytes of a foreign file never reach the terminal. */
static int refuse(struct reader *r, int err, const char *format, ...)
{
	va_list list;
	int n = snprintf(r->why, SCENARIO_WHY_BYTES, "line %d: ", r->line);

	va_start(list, format);
	vsnprintf(r->why + n, SCENARIO_WHY_BYTES - (size_t)n, format, list);
	va_end(list);
	for (char *p = r->why; *p; p++)
		*p = (char)(iscntrl((unsigned char)*p) ? '?' : *p);
	return err;
}

/* "30%", "0.3". */
static bool parse_real(const char *text, bool share, double min, double max, double *out)
{
	char *end;
	double x = strtod(text, &end);

	if (end == text || !isfinite(x) || strpbrk(text, "xXnN"))
		return false;
	if (share && *end == '%') {
		x /= 100;
		end++;
	}
	if (*end || x < min || x > max)
		return false;
	*out = x;
	return true;
}

static bool parse_time(const char *text, double min_s, double max_s, int64_t *out)
{
	int64_t us;

	if (!text || !text_duration_us(text, &us) || (double)us < min_s * 1e6 || (double)us > max_s * 1e6)
		return false;
	*out = us;
	return true;
}

static bool parse_factors(struct scenario *s, char *value, const struct field *f)
{
	char *save = NULL;
	double level[SCENARIO_HOURS_MAX];
	int64_t n = 0;

	for (char *word = strtok_r(value, " \t", &save); word; word = strtok_r(NULL, " \t", &save))
		if (n == SCENARIO_HOURS_MAX || !parse_real(word, false, f->min, f->max, &level[n++]))
			return false;
	if (!n)
		return false;
	memcpy(s->by_hour, level, (size_t)n * sizeof(level[0]));
	s->by_hour_count = n;
	return true;
}

/* "30m between 3h and 5h"; the first of a text replaces those that were there. */
static bool parse_break(struct reader *r, char *value)
{
	struct scenario *s = r->scenario;
	char *word[6] = {0}, *save = NULL;
	struct rest rest;
	int n = 0;

	if (!r->breaks)
		s->breaks_count = 0;
	r->breaks = true;
	if (!strcmp(value, "none"))
		return true;
	for (char *w = strtok_r(value, " \t", &save); w && n < 6; w = strtok_r(NULL, " \t", &save))
		word[n++] = w;
	if (n != 5 || strcmp(word[1], "between") || strcmp(word[3], "and") || !parse_time(word[0], 1, 86400, &rest.length_us) ||
		!parse_time(word[2], 0, 86400, &rest.from_us) || !parse_time(word[4], 0, 86400, &rest.to_us) ||
		rest.to_us < rest.from_us || s->breaks_count == SCENARIO_BREAKS_MAX)
		return false;
	s->breaks[s->breaks_count++] = rest;
	return true;
}

/* "2 at 4h for 1h over 1m" */
static bool parse_shock(struct scenario *s, const struct field *f, char *value)
{
	struct shock shock = {.kind = (enum shock_kind)f->offset, .at_us = -1};
	char *save = NULL, *word = strtok_r(value, " \t", &save);

	if (!word || !parse_real(word, true, f->min, f->max, &shock.value))
		return false;
	while ((word = strtok_r(NULL, " \t", &save))) {
		int64_t *at = !strcmp(word, "at")     ? &shock.at_us
			      : !strcmp(word, "for")  ? &shock.for_us
			      : !strcmp(word, "over") ? &shock.over_us
						      : NULL;

		if (!at || !parse_time(strtok_r(NULL, " \t", &save), 0, 86400, at))
			return false;
	}
	if (shock.at_us < 0 || (shock.kind == SHOCK_LEAVE && !shock.for_us) || s->shocks_count == SCENARIO_SHOCKS_MAX)
		return false;
	s->shocks[s->shocks_count++] = shock;
	return true;
}

static bool set_field(struct reader *r, const struct field *f, char *value)
{
	char *place = (char *)r->scenario + f->offset;

	switch (f->type) {
	case COUNT:
		return text_i64(value, (int64_t)f->min, (int64_t)f->max, (int64_t *)(void *)place);
	case SHARE:
	case FACTOR:
		return parse_real(value, f->type == SHARE, f->min, f->max, (double *)(void *)place);
	case TIME:
		return parse_time(value, f->min, f->max, (int64_t *)(void *)place);
	case SWITCH:
		*(bool *)(void *)place = !strcmp(value, "yes");
		return !strcmp(value, "yes") || !strcmp(value, "no");
	case FACTORS:
		return parse_factors(r->scenario, value, f);
	case BREAK:
		return parse_break(r, value);
	case SHOCK:
		return parse_shock(r->scenario, f, value);
	}
	return false;
}

static void time_text(int64_t us, char out[TIME_BYTES])
{
	static const struct {
		int64_t us;
		const char *unit;
	} units[] = {{3600 * SEC_US, "h"}, {60 * SEC_US, "m"}, {SEC_US, "s"}, {MS_US, "ms"}};
	int i = 0;

	while (us && i < 3 && us % units[i].us)
		i++;
	snprintf(out, TIME_BYTES, "%lld%s", (long long)(us ? us / units[i].us : 0), us ? units[i].unit : "s");
}

/* What was expected, in words. */
static int refuse_value(struct reader *r, const struct field *f)
{
	char min[TIME_BYTES], max[TIME_BYTES];

	time_text((int64_t)(f->min * 1e6), min);
	time_text((int64_t)(f->max * 1e6), max);
	switch (f->type) {
	case COUNT:
		return refuse(r, ERR_RANGE, "%s must be a whole number from %.0f to %.0f", f->name, f->min, f->max);
	case SHARE:
		return refuse(r, ERR_RANGE, "%s must be a share from %g%% to %g%%", f->name, 100 * f->min, 100 * f->max);
	case FACTOR:
		return refuse(r, ERR_RANGE, "%s must be a number from %g to %g", f->name, f->min, f->max);
	case TIME:
		return refuse(r, ERR_RANGE, "%s must be a time from %s to %s such as 45s, 1500ms, 10m or 8h", f->name, min, max);
	case SWITCH:
		return refuse(r, ERR_RANGE, "%s must be yes or no", f->name);
	case FACTORS:
		return refuse(r, ERR_RANGE, "%s must be 1 to %d numbers from 0 to 10, one an hour", f->name, SCENARIO_HOURS_MAX);
	case BREAK:
		return refuse(
			r, ERR_RANGE, "break must be like \"30m between 3h and 5h\" (%d at most), or none", SCENARIO_BREAKS_MAX);
	case SHOCK:
		return refuse(r, ERR_RANGE,
			"%s must be like \"%s at 4h for 10m over 1m\", its value from %g to %g (%d shocks at most)", f->name,
			f->max > 1 ? "2" : "50%", f->min, f->max, SCENARIO_SHOCKS_MAX);
	}
	return ERR_RANGE;
}

static int on_section(struct reader *r, char *text)
{
	char *end = strchr(text, ']');

	if (!end || end[1])
		return refuse(r, ERR_SYNTAX, "a section is written [name]");
	*end = 0;
	for (size_t i = 0; i < FIELDS; i++) {
		if (!strcmp(fields[i].section, text + 1)) {
			r->section = fields[i].section;
			return 0;
		}
	}
	return refuse(
		r, ERR_SYNTAX, "there is no section [%.40s]: they are day, calls, answer, seats, trunk and shocks", text + 1);
}

static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && isspace((unsigned char)end[-1]))
		*--end = 0;
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

static int on_value(struct reader *r, const char *name, char *value)
{
	const char *elsewhere = NULL;

	for (size_t i = 0; i < FIELDS; i++) {
		const struct field *f = &fields[i];

		if (strcmp(f->name, name))
			continue;
		if (strcmp(f->section, r->section)) {
			elsewhere = elsewhere ? elsewhere : f->section;
			continue;
		}
		if (r->seen[i] && f->type != BREAK && f->type != SHOCK)
			return refuse(r, ERR_SYNTAX, "%s stands twice", f->name);
		r->seen[i] = true;
		return set_field(r, f, value) ? 0 : refuse_value(r, f);
	}
	if (elsewhere)
		return refuse(r, ERR_SYNTAX, "%.40s belongs into section [%s]", name, elsewhere);
	return refuse(r, ERR_SYNTAX, "there is no \"%.40s\" in section [%s]", name, r->section);
}

static int on_line(struct reader *r, char *text)
{
	char *equals;

	text[strcspn(text, "#")] = 0;
	text = trim(text);
	if (!*text)
		return 0;
	if (*text == '[')
		return on_section(r, text);
	equals = strchr(text, '=');
	if (!equals)
		return refuse(r, ERR_SYNTAX, "\"%.40s\" is neither [section] nor name = value", text);
	if (!r->section)
		return refuse(r, ERR_SYNTAX, "a [section] has to come before the first value");
	*equals = 0;
	return on_value(r, trim(text), trim(equals + 1));
}

int scenario_parse(const char *text, size_t length, struct scenario *scenario, char *why)
{
	struct reader r = {.scenario = scenario, .why = why};
	const char *end = text + length;
	int err = 0;

	while (text < end && !err) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t bytes = (size_t)((newline ? newline : end) - text);
		char line[LINE_BYTES_MAX];

		r.line++;
		if (bytes >= sizeof(line))
			return refuse(&r, ERR_SYNTAX, "longer than %d bytes", LINE_BYTES_MAX - 1);
		if (memchr(text, 0, bytes))
			return refuse(&r, ERR_SYNTAX, "this is no text");
		text_copy_n(line, sizeof(line), text, bytes);
		err = on_line(&r, line);
		text = newline ? newline + 1 : end;
	}
	return err ? err : scenario_check(scenario, why);
}

int scenario_read(const char *path, struct scenario *scenario, char *why)
{
	FILE *in = fopen(path, "re");
	char *text = malloc(FILE_BYTES_MAX);
	size_t length = 0;
	int err = in ? text ? 0 : -ENOMEM : -errno;

	if (!err) {
		length = fread(text, 1, FILE_BYTES_MAX, in);
		err = ferror(in) ? -EIO : 0;
	}
	if (err)
		snprintf(why, SCENARIO_WHY_BYTES, "cannot be read: %s", err_text(err));
	else if (length == FILE_BYTES_MAX)
		err = ERR_RANGE, snprintf(why, SCENARIO_WHY_BYTES, "longer than %d bytes", FILE_BYTES_MAX - 1);
	else
		err = scenario_parse(text, length, scenario, why);
	free(text);
	if (in)
		fclose(in);
	return err;
}

/* --- print */

static void print_breaks(FILE *out, const struct scenario *s)
{
	char length[TIME_BYTES], from[TIME_BYTES], to[TIME_BYTES];

	for (int64_t i = 0; i < s->breaks_count; i++) {
		time_text(s->breaks[i].length_us, length);
		time_text(s->breaks[i].from_us, from);
		time_text(s->breaks[i].to_us, to);
		fprintf(out, "break = %s between %s and %s\n", length, from, to);
	}
	if (!s->breaks_count)
		fprintf(out, "break = none\n");
}

static void print_shocks(FILE *out, const struct scenario *s, const struct field *f)
{
	char text[TIME_BYTES];
	bool any = false;

	for (int64_t i = 0; i < s->shocks_count; i++) {
		const struct shock *shock = &s->shocks[i];

		if (shock->kind != (enum shock_kind)f->offset)
			continue;
		time_text(shock->at_us, text);
		fprintf(out, "%s = %g at %s", f->name, shock->value, text);
		time_text(shock->for_us, text);
		if (shock->for_us)
			fprintf(out, " for %s", text);
		time_text(shock->over_us, text);
		if (shock->over_us)
			fprintf(out, " over %s", text);
		fputc('\n', out);
		any = true;
	}
	if (!any)
		fprintf(out, "# %s =\n", f->name);
}

static void print_field(FILE *out, const struct scenario *s, const struct field *f)
{
	const char *place = (const char *)s + f->offset;
	char text[TIME_BYTES];

	if (f->type == COUNT)
		fprintf(out, "%s = %lld\n", f->name, (long long)*(const int64_t *)(const void *)place);
	else if (f->type == SHARE)
		fprintf(out, "%s = %g%%\n", f->name, 100 * *(const double *)(const void *)place);
	else if (f->type == FACTOR)
		fprintf(out, "%s = %g\n", f->name, *(const double *)(const void *)place);
	else if (f->type == TIME)
		time_text(*(const int64_t *)(const void *)place, text), fprintf(out, "%s = %s\n", f->name, text);
	else if (f->type == SWITCH)
		fprintf(out, "%s = %s\n", f->name, *(const bool *)(const void *)place ? "yes" : "no");
	else if (f->type == BREAK)
		print_breaks(out, s);
	else if (f->type == SHOCK)
		print_shocks(out, s, f);
	if (f->type != FACTORS)
		return;
	fprintf(out, "%s =", f->name);
	for (int64_t i = 0; i < s->by_hour_count; i++)
		fprintf(out, " %g", s->by_hour[i]);
	fputc('\n', out);
}

void scenario_print(FILE *out, const struct scenario *scenario)
{
	const char *section = "";

	for (size_t i = 0; i < FIELDS; i++) {
		if (strcmp(section, fields[i].section))
			fprintf(out, "%s[%s]\n", *section ? "\n" : "", fields[i].section);
		section = fields[i].section;
		if (*fields[i].sentence)
			fprintf(out, "# %s\n", fields[i].sentence);
		print_field(out, scenario, &fields[i]);
	}
}
