/*
 * pace_stdio.c - the product's pacing behind a line protocol
 */
#include "tools/pace/pace_stdio.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "pacing/pacing.h"

#define FIELDS_MAX 24
#define LINE_BYTES 1024
#define NUMBERS_MAX 65536
#define CALLS_SPARE 2048 /* call numbers beyond the lines: a number may be in use a moment longer than its line */
#define CALLS_LEAST 8192 /* a pacer has room for these at least, so that a day with more of them keeps what was learned */
#define SEATS_LEAST 1024

struct session {
	FILE *out, *err;
	struct pacer *pacer;
	struct pacing_options options;
	int64_t origin_us, now_us; /* of the day; of the latest line. The pacer's clock never goes back over days */
	uint64_t line;
	int fault;
};

static void complain(struct session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void complain(struct session *s, const char *format, ...)
{
	va_list list;

	fprintf(s->err, "line %" PRIu64 ": ", s->line);
	va_start(list, format);
	vfprintf(s->err, format, list);
	va_end(list);
	fputc('\n', s->err);
}

static bool number(const char *text, double *out)
{
	char *end;
	double x = strtod(text, &end);

	if (end == text || *end || !isfinite(x) || fabs(x) > 1e15)
		return false;
	*out = x;
	return true;
}

struct header {
	double agents, target, hold_ms, amd, deduct, min_ring_ms, ring_timeout_ms, max_lines, cps, dial_stop_ms, day_ms;
};

/* One name=value of the header; names that are not known are for others. */
static bool header_field(struct header *h, const char *text)
{
	const struct {
		const char *name;
		double *value;
	} fields[] = {{"agents", &h->agents}, {"target", &h->target}, {"hold_ms", &h->hold_ms}, {"amd", &h->amd},
		{"deduct", &h->deduct}, {"min_ring_ms", &h->min_ring_ms}, {"ring_timeout_ms", &h->ring_timeout_ms},
		{"max_lines", &h->max_lines}, {"cps", &h->cps}, {"dial_stop_ms", &h->dial_stop_ms}, {"day_ms", &h->day_ms}};
	const char *equals = strchr(text, '=');

	for (size_t i = 0; equals && i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strlen(fields[i].name) == (size_t)(equals - text) && !strncmp(fields[i].name, text, (size_t)(equals - text)))
			return number(equals + 1, fields[i].value);
	return equals != NULL;
}

static bool header_good(const struct header *h)
{
	return h->agents >= 1 && h->agents <= NUMBERS_MAX && h->target >= 0 && h->target <= 0.05 && h->hold_ms >= 0 &&
	       h->min_ring_ms >= 0 && h->ring_timeout_ms > 0 && h->ring_timeout_ms <= 600e3 && h->max_lines >= 1 &&
	       h->max_lines <= 1e9;
}

/* A share of people lost by classification that nobody counts in `abandoned` is taken off; a mere flag (1) says that they are
 * counted. */
static double ceiling(const struct header *h)
{
	return h->deduct > 0 && h->deduct < 1 ? fmax(0, h->target - h->deduct) : h->target;
}

static struct pacing_options header_options(const struct session *s, const struct header *h)
{
	double calls = h->max_lines + h->agents + CALLS_SPARE, stop_ms = h->dial_stop_ms > 0 ? h->dial_stop_ms : h->day_ms;
	double seats = h->agents + 1; /* seats may be counted from 1 */

	return (struct pacing_options){.mode = PACING_PREDICTIVE,
		.calls_max = (uint32_t)fmin(fmax(calls, CALLS_LEAST), NUMBERS_MAX),
		.seats_max = (uint32_t)fmin(fmax(seats, SEATS_LEAST), NUMBERS_MAX),
		.abandon_prob_max = ceiling(h),
		.hold_us = (int64_t)(h->hold_ms * 1000),
		.ring_us_min = (int64_t)(h->min_ring_ms * 1000),
		.ring_us_max = (int64_t)(h->ring_timeout_ms * 1000),
		.period_start_us = s->origin_us,
		.day_end_us = stop_ms > 0 ? s->origin_us + (int64_t)(stop_ms * 1000) : 0,
		.classified = h->amd != 0};
}

static bool fits_pacer(const struct session *s, const struct pacing_options *o)
{
	return s->pacer && o->calls_max <= s->options.calls_max && o->seats_max <= s->options.seats_max &&
	       o->ring_us_max == s->options.ring_us_max;
}

/* What is not finished when a day begins belongs to the day before: every seat is out. */
static void begin_day(struct session *s, const struct header *h)
{
	struct pacing_options o;

	s->origin_us = s->now_us / DAY_US * DAY_US + DAY_US;
	s->now_us = s->origin_us;
	o = header_options(s, h);
	if (!fits_pacer(s, &o)) {
		pacer_free(s->pacer);
		s->pacer = pacer_alloc(&o, s->now_us);
		s->fault = s->pacer ? 0 : -ENOMEM;
		s->options = o;
	} else {
		pacer_clear(s->pacer, s->now_us);
		pacer_configure(s->pacer, &o, s->now_us);
	}
}

static void on_header(struct session *s, char **fields, int count)
{
	struct header h = {
		.target = 0.03, .hold_ms = 2000, .amd = 1, .min_ring_ms = 15000, .ring_timeout_ms = 25000, .max_lines = 100};

	if (count < 2 || strcmp(fields[1], "pacing/1")) {
		complain(s, "the header is not of pacing/1");
	} else {
		for (int i = 2; i < count; i++)
			if (!header_field(&h, fields[i]))
				complain(s, "cannot read \"%s\"", fields[i]);
		if (header_good(&h)) {
			begin_day(s, &h);
			return;
		}
		complain(s, "a value of the header is missing or out of range");
	}
	pacer_free(s->pacer);
	s->pacer = NULL;
}

/* The field's number as a time of the day that does not go back. */
static bool set_time(struct session *s, const char *text)
{
	double ms;

	if (!number(text, &ms) || ms < 0 || ms > 7 * 86400e3) {
		complain(s, "\"%s\" is no time", text);
		return false;
	}
	if (s->origin_us + (int64_t)(ms * 1000) > s->now_us)
		s->now_us = s->origin_us + (int64_t)(ms * 1000);
	return true;
}

static bool index_of(struct session *s, const char *text, uint32_t *out)
{
	double x;

	if (!number(text, &x) || x < 0 || x >= NUMBERS_MAX) {
		complain(s, "\"%s\" is no call or seat", text);
		return false;
	}
	*out = (uint32_t)x;
	return true;
}

static const struct {
	char letter;
	enum pacing_event event;
	bool call, seat;
} letters[] = {{'D', PACING_DIALLED, true, false}, {'A', PACING_ANSWERED, true, false}, {'V', PACING_PERSON, true, false},
	{'M', PACING_MACHINE, true, false}, {'N', PACING_NO_ANSWER, true, false}, {'B', PACING_BUSY, true, false},
	{'S', PACING_DEAD, true, false}, {'F', PACING_FAILED, true, false}, {'X', PACING_ABANDONED, true, false},
	{'K', PACING_CANCELLED, true, false}, {'C', PACING_CONNECTED, true, true}, {'m', PACING_MACHINE_SEAT, true, true},
	{'W', PACING_WRAP, false, true}, {'R', PACING_READY, false, true}, {'L', PACING_LEFT, false, true}};

static void on_event(struct session *s, char **fields, int count)
{
	uint32_t call = 0, seat = 0;

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		if (letters[i].letter != fields[0][0])
			continue;
		if (count < 2 + letters[i].call + letters[i].seat) {
			complain(s, "too few fields");
			return;
		}
		if (!set_time(s, fields[1]) || (letters[i].call && !index_of(s, fields[2], &call)) ||
			(letters[i].seat && !index_of(s, fields[2 + letters[i].call], &seat)))
			return;
		if (s->pacer)
			pacer_note(s->pacer, letters[i].event, call, seat, s->now_us);
		return;
	}
	complain(s, "\"%s\" is no event", fields[0]);
}

/* T t idle talk wrap out ring amd queue lines_used lines_max cps_tokens dials live connected abandoned machines_to_seats */
static bool read_tick(struct session *s, char **fields, int count, struct pacing_view *view)
{
	double idle, used, max, tokens, live, abandoned;

	if (count < 17 || !number(fields[2], &idle) || !number(fields[9], &used) || !number(fields[10], &max) ||
		!number(fields[11], &tokens) || !number(fields[13], &live) || !number(fields[15], &abandoned) || idle < 0 ||
		used < 0 || max < 0 || live < 0 || abandoned < 0) {
		complain(s, "cannot read the tick");
		return false;
	}
	if (!set_time(s, fields[1]))
		return false;
	*view = (struct pacing_view){.lines_free = (uint32_t)fmin(1e9, fmax(0, max - used)),
		.tokens = tokens,
		.leads_ready = UINT32_MAX,
		.dialling = true,
		.idle_known = true,
		.idle = (uint32_t)fmin(idle, NUMBERS_MAX)};
	if (s->pacer)
		pacer_period(s->pacer, (uint64_t)live, (uint64_t)abandoned);
	return true;
}

static void on_tick(struct session *s, char **fields, int count)
{
	struct pacing_decision d = {0};
	struct pacing_view view;

	if (read_tick(s, fields, count, &view) && s->pacer)
		d = pacer_decide(s->pacer, &view, s->now_us);
	if (fprintf(s->out, "%" PRIu32 " %" PRIu32 "\n", d.place, d.cancel) < 0 || fflush(s->out))
		s->fault = -EIO;
}

static int split(char *line, char **fields)
{
	char *save = NULL;
	int count = 0;

	for (char *f = strtok_r(line, " \t\r\n", &save); f && count < FIELDS_MAX; f = strtok_r(NULL, " \t\r\n", &save))
		fields[count++] = f;
	return count;
}

static void on_line(struct session *s, char *line)
{
	char *fields[FIELDS_MAX];
	int count = split(line, fields);

	if (!count)
		return;
	if (fields[0][1])
		complain(s, "\"%s\" is no event", fields[0]);
	else if (fields[0][0] == 'H')
		on_header(s, fields, count);
	else if (fields[0][0] == 'T')
		on_tick(s, fields, count);
	else if (fields[0][0] == 'E')
		(void)(count > 1 && set_time(s, fields[1]));
	else
		on_event(s, fields, count);
}

/* The rest of a line that did not fit. */
static void skip_line(FILE *in)
{
	int c;

	while ((c = getc(in)) != EOF && c != '\n')
		;
}

int pace_stdio(FILE *in, FILE *out, FILE *err)
{
	struct session s = {.out = out, .err = err};
	char line[LINE_BYTES];

	while (!s.fault && fgets(line, sizeof(line), in)) {
		s.line++;
		if (strlen(line) == sizeof(line) - 1 && line[sizeof(line) - 2] != '\n') {
			complain(&s, "longer than %d bytes", LINE_BYTES - 2);
			skip_line(in);
			continue;
		}
		on_line(&s, line);
	}
	pacer_free(s.pacer);
	return s.fault ? s.fault : ferror(in) ? -EIO : 0;
}
