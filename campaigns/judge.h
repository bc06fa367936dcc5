/*
 * judge.h - what a talk was, and how often the classifier takes a person for a machine (pure)
 *
 * What    A random share of `machine` verdicts goes to a seat: the sample. The agent's answer is the truth about it: the
 * disposition `machine` (#0) is a machine, any other disposition or a talk of more than 20 s a person, anything else is unknown.
 * From the judged ones follows the rate of false positives, and from the rate how many people were lost among the verdicts that
 *         nobody checked. Without a judged one all of them count as people (no estimate, no discount).
 * Units   rates 0..1.
 * Source  Ofcom, statement on persistent misuse: a reasoned estimate of false positives belongs into the abandoned rate.
 * Interval: E. B. Wilson, JASA 22 (1927).
 */
#ifndef OUTDIAL_CAMPAIGNS_JUDGE_H
#define OUTDIAL_CAMPAIGNS_JUDGE_H

#include "campaigns/store.h"

#define JUDGE_TALK_US (20 * INT64_C(1000000)) /* nobody talks that long with a machine */
#define JUDGE_MESSAGE_US (2 * INT64_C(1000000))
#define JUDGE_SHARE_MAX 0.2

enum judge_truth { JUDGE_NOT_SAMPLED, JUDGE_UNKNOWN, JUDGE_MACHINE, JUDGE_PERSON };

/* Whether its recording is to be listened to: as judge_chosen(), and independent of it. */
bool judge_review_chosen(uint64_t attempt, double share);
/* Whether this attempt belongs to the sample: a fixed function of its id, true for `share` of all ids. */
bool judge_chosen(uint64_t attempt, double share);
enum judge_truth judge_truth(const struct attempt *attempt);

/*
 * The outcome of a talk that is over (end_us and hangup_by are set): connected, abandoned, late or not, hung up early, or a
 * machine.
 */
enum outcome judge_talk(const struct attempt *attempt, int64_t hold_us);
/* The agent disposes of a talk that is over: the attempt's disposition, and its outcome where that makes it another. */
void judge_dispose(struct attempt *attempt, const char *disposition, int64_t hold_us);

/* Abandoned, and no message began within 2 s of the greeting's end (of the answer, where none was heard): 16 CFR 310.4(b)(4)(iii). */
bool judge_silent(const struct attempt *attempt);

struct judge_counts {
	uint64_t machines; /* answered calls whose verdict was `machine`, sampled ones included */
	uint64_t sampled;  /* of these: passed to a seat all the same */
	uint64_t judged;   /* of these: the truth is known */
	uint64_t wrong;    /* of these: a person */
	uint64_t reviewed; /* machine verdicts whose recording is listened to; of these too some are judged */
};

/* Adds (or takes back) a finished attempt. */
void judge_add(struct judge_counts *counts, const struct attempt *attempt);
void judge_remove(struct judge_counts *counts, const struct attempt *attempt);

struct judge_rate {
	double rate, low, high; /* wrong / judged and its 95 % interval by Wilson; 1, 0, 1 when nothing was judged */
};
struct judge_rate judge_rate(const struct judge_counts *counts);
/* People lost among the machine verdicts that nobody checked: the rate times their number, rounded; all of them without a judged
 * one. */
uint64_t judge_lost(const struct judge_counts *counts);

#endif
