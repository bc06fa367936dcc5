/*
 * scenario.h - what a simulated day is made of
 *
 * What    Seats, people, machines, trunk and shocks of a day, and the file that describes them. The defaults are the reference
 * mix of docs/PACING.md. Times are microseconds from the day's start; shares are 0..1; *_cv is a standard deviation by its mean.
 * Format  [section] and `name = value` lines, # comments. scenario_print() writes every name with its value: it is the reference.
 * `break` and the shocks may stand more than once. Errors  ERR_SYNTAX or ERR_RANGE with "line 7: ..." in `why`; the scenario is
 * then half changed.
 */
#ifndef OUTDIAL_WORLD_SCENARIO_H
#define OUTDIAL_WORLD_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SCENARIO_HOURS_MAX 24
#define SCENARIO_BREAKS_MAX 8
#define SCENARIO_SHOCKS_MAX 16
#define SCENARIO_WHY_BYTES 200
#define SCENARIO_SEATS_MAX 4000
#define SCENARIO_LINES_MAX 60000

/* Each but LEAVE multiplies or replaces by `value` from `at_us` on, reached within `over_us`, for `for_us` (0: to the end). */
enum shock_kind {
	SHOCK_ANSWERS, /* share of people, multiplied */
	SHOCK_TALK,    /* talk, multiplied */
	SHOCK_WRAP,    /* wrap-up, multiplied */
	SHOCK_FAILS,   /* this share of calls fails in the trunk */
	SHOCK_SILENT,  /* this share of calls rings out, whoever would have answered */
	SHOCK_LEAVE,   /* this share of seats goes on a break together, each as soon as its call is done */
	SHOCK_KINDS,
};

struct shock {
	enum shock_kind kind;
	double value;
	int64_t at_us, for_us, over_us;
};

/* A break of each seat that begins at an even chance between two times. */
struct rest {
	int64_t length_us, from_us, to_us;
};

struct scenario {
	int64_t seats, leads;             /* leads: the day ends when so many are worked; 0: there are always more */
	int64_t day_us, stop_us, tick_us; /* stop: dialling ends so long before the day */
	double ceiling;
	int64_t hold_us;   /* a person is abandoned so long after the greeting's end */
	double time_scale; /* of ring, talk and wrap-up */

	double person_prob, machine_prob, busy_prob, dead_prob, fail_prob;
	double by_hour[SCENARIO_HOURS_MAX];
	int64_t by_hour_count, block_leads;
	double block_cv;
	int64_t delay_us, ring_us, ring_us_min; /* post-dial delay; ring time-out; no cancel before */
	int64_t person_ring_us, machine_ring_us, machine_ring_us_sd;
	double person_ring_shape, machine_at_once_prob;

	bool classified;
	int64_t greeting_us, verdict_us;            /* verdict: so long after the greeting */
	double greeting_cv, lost_prob, passed_prob; /* people taken for machines, machines taken for people */

	int64_t talk_us, wrap_us, machine_talk_us, machine_wrap_us;
	double talk_cv, wrap_cv, seat_cv;
	struct rest breaks[SCENARIO_BREAKS_MAX];
	int64_t breaks_count;
	double pauses_per_hour;
	int64_t pause_us;
	int64_t hand_us; /* by hand: looking up, dialling and noting of one account */

	int64_t lines; /* 0: 13 a seat */
	double cps;    /* calls a second; 0: no limit */

	struct shock shocks[SCENARIO_SHOCKS_MAX];
	int64_t shocks_count;
};

void scenario_init(struct scenario *scenario);
/* Changes what the text names; a text that names a break replaces all breaks, shocks are added. `why` of SCENARIO_WHY_BYTES. */
int scenario_parse(const char *text, size_t length, struct scenario *scenario, char *why);
/* The same from a file. */
int scenario_read(const char *path, struct scenario *scenario, char *why);
void scenario_print(FILE *out, const struct scenario *scenario);
/* 0, or ERR_RANGE and a sentence when values do not fit each other. */
int scenario_check(const struct scenario *scenario, char *why);

/* Named shocks in the text of a scenario file; NULL when there is no such name. */
const char *scenario_shock_text(const char *name);
/* NULL behind the last. */
const char *scenario_shock_name(size_t index);

uint32_t scenario_lines(const struct scenario *scenario);
/* Multipliers and shares at a time of the day. */
double scenario_answer_level(const struct scenario *scenario, int64_t t_us);
double scenario_level(const struct scenario *scenario, enum shock_kind kind, int64_t t_us);
double scenario_share(const struct scenario *scenario, enum shock_kind kind, int64_t t_us);

#endif
