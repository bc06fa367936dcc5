/*
 * report.h - figures of a campaign, recomputed from its attempts and shifts (never from stored percentages)
 */
#ifndef OUTDIAL_CAMPAIGNS_REPORT_H
#define OUTDIAL_CAMPAIGNS_REPORT_H

#include "base/doc.h"
#include "base/hist.h"
#include "campaigns/judge.h"

struct report {
	struct campaign campaign;
	struct list list;
	uint64_t attempts, unfinished, by_outcome[OUTCOME_COUNT];
	uint64_t accounts_worked;  /* leads with at least one attempt whose outcome counts as worked */
	uint64_t live, abandoned;  /* denominator and numerator, by outcome */
	struct judge_counts judged; /* the classifier's `machine` verdicts and what their sample says */
	uint64_t lost;             /* people lost to such verdicts, estimated; part of the counts that are held against the ceiling
				      when the campaign counts false positives */
	int64_t first_us, last_us; /* first INVITE, last end */
	uint32_t seats;            /* logins of the team during the campaign */
	int64_t seat_us, wait_us, talk_us, wrap_us, pause_us; /* summed over shifts of the team, inside first_us..last_us */
	/* abandoned_prob: held against the ceiling; utilisation: (talk + wrap) / (login - pause) */
	double accounts_per_seat_hour, utilisation, abandoned_prob;
	struct hist answer_to_seat; /* us from the greeting's end (answer when unknown) to the seat's audio, of connected calls */
	struct hist ok_to_seat;     /* us from the 200 OK to the seat's audio */
};

/* ERR_UNKNOWN: no such campaign. Errors of the store and of the log; a sentence in why, or none. */
int report_make(struct store *store, const char *campaign, struct report *out, char why[WHY_BYTES]);
/* The same figures as JSON (report.json) and as text of at most 80 columns. */
struct doc *report_doc(const struct report *report);
char *report_text(const struct report *report); /* malloc'ed */

#endif
