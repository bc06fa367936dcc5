/*
 * office.h - all agents of one process: who they are, the shift, its figures
 *
 * Errors  said on standard error where they happen; the functions answer a negative error.
 * Thread  one.
 */
#ifndef OUTDIAL_TOOLS_SEATS_OFFICE_H
#define OUTDIAL_TOOLS_SEATS_OFFICE_H

#include "tools/far/far_options.h"
#include "tools/seats/agent.h"

#define OFFICE_PROGRAM "outdial-seats"

struct office_options {
	uint16_t port, rtp_min, rtp_max;
	int64_t run_us;     /* 0: until a signal */
	const char *logins; /* "seat01..seat10" or "a,b,c"; or */
	const char *prefix; /* with count */
	int64_t count;
	const char *voices; /* folder or NULL */
};

/* Says "outdial-seats: WHAT: SENTENCE"; answers ERR_RANGE. */
int office_complain(const char *what, const char *sentence);
/* Makes the agents. */
int office_staff(struct office *office, const struct office_options *options);
int office_open(struct office *office, const struct office_options *options);
/* Logs all in, runs, logs all out. */
void office_run(struct office *office, int64_t run_us);
/* Prints a line a seat and their sum into *all; answers how many never logged in. */
uint32_t office_print(const struct office *office, struct agent_sums *all);
int office_report(const struct office *office, const struct agent_sums *all, const char *path);

#endif
