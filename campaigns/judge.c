/* judge.c - the truth about sampled calls, and the rate that follows from it */
#include "campaigns/judge.h"

#include "base/text.h"

#include <math.h>
#include <string.h>

#define NORMAL_95 1.959963984540054 /* two-sided */

/* Consecutive ids must fall evenly and without a pattern: the finalizer of splitmix64. */
bool judge_chosen(uint64_t attempt, double share)
{
	uint64_t z = attempt + UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53 < share;
}

bool judge_review_chosen(uint64_t attempt, double share)
{
	return judge_chosen(attempt ^ UINT64_C(0x5851f42d4c957f2d), share);
}

static bool judge_says_machine(const char *disposition)
{
	const struct disposition *found = disposition_by_name(disposition);

	return found && found->effect == DISPOSITION_MACHINE;
}

enum judge_truth judge_truth(const struct attempt *attempt)
{
	if (attempt->review)
		return attempt->review == REVIEW_WANTED ? JUDGE_UNKNOWN : attempt->review == REVIEW_PERSON ? JUDGE_PERSON : JUDGE_MACHINE;
	if (!attempt->sampled)
		return JUDGE_NOT_SAMPLED;
	if (attempt->disposition[0])
		return judge_says_machine(attempt->disposition) ? JUDGE_MACHINE : JUDGE_PERSON;
	return attempt->seat_us && attempt->end_us - attempt->seat_us > JUDGE_TALK_US ? JUDGE_PERSON : JUDGE_UNKNOWN;
}

/*
 * Connected means that the seat's audio reached the person within the hold time of the law. Whom we cut off before was
 * abandoned.
 */
enum outcome judge_talk(const struct attempt *attempt, int64_t hold_us)
{
	int64_t from_us = attempt->greeting_end_us ? attempt->greeting_end_us : attempt->verdict_us;
	int64_t until_us = (from_us ? from_us : attempt->answer_us) + hold_us;

	if (judge_says_machine(attempt->disposition) || (attempt->sampled && judge_truth(attempt) != JUDGE_PERSON))
		return OUTCOME_MACHINE;
	if (!attempt->seat_us && (attempt->hangup_by == HANGUP_SEAT || attempt->hangup_by == HANGUP_ENGINE))
		return OUTCOME_ABANDONED;
	if (!attempt->seat_us)
		return attempt->end_us <= until_us ? OUTCOME_HUNG_UP_EARLY : OUTCOME_ABANDONED_LATE;
	return attempt->seat_us <= until_us ? OUTCOME_CONNECTED : OUTCOME_ABANDONED_LATE;
}

bool judge_silent(const struct attempt *attempt)
{
	int64_t from_us = attempt->greeting_end_us ? attempt->greeting_end_us : attempt->verdict_us;

	if (attempt->outcome != OUTCOME_ABANDONED)
		return false;
	return !attempt->message_us || attempt->message_us - (from_us ? from_us : attempt->answer_us) > JUDGE_MESSAGE_US;
}

/* A machine where a person was thought to be, or a person among the sampled machines; other words change nothing. */
void judge_dispose(struct attempt *attempt, const char *disposition, int64_t hold_us)
{
	bool talk = attempt->outcome == OUTCOME_CONNECTED || attempt->outcome == OUTCOME_ABANDONED_LATE ||
		    attempt->outcome == OUTCOME_MACHINE;
	bool matters = attempt->sampled || judge_says_machine(attempt->disposition) || judge_says_machine(disposition);

	text_copy(attempt->disposition, sizeof(attempt->disposition), disposition);
	if (talk && matters && attempt->seat_us)
		attempt->outcome = judge_talk(attempt, hold_us);
}

/* --- counting */

/* A call that was with a seat as a person's, and was taken back later, was not lost by the verdict that is measured here. */
static bool judge_is_machine(const struct attempt *attempt)
{
	return attempt->outcome != OUTCOME_NONE && attempt->answer_us && !attempt->revised &&
	       strcmp(attempt->verdict, "machine") == 0;
}

static void judge_move(struct judge_counts *counts, const struct attempt *attempt, uint64_t by)
{
	enum judge_truth truth = judge_truth(attempt);

	if (!judge_is_machine(attempt))
		return;
	counts->machines += by;
	counts->sampled += attempt->sampled ? by : 0;
	counts->reviewed += attempt->review ? by : 0;
	counts->judged += truth == JUDGE_MACHINE || truth == JUDGE_PERSON ? by : 0;
	counts->wrong += truth == JUDGE_PERSON ? by : 0;
}

void judge_add(struct judge_counts *counts, const struct attempt *attempt)
{
	judge_move(counts, attempt, 1);
}

void judge_remove(struct judge_counts *counts, const struct attempt *attempt)
{
	judge_move(counts, attempt, UINT64_MAX); /* that is -1 */
}

struct judge_rate judge_rate(const struct judge_counts *counts)
{
	double n = (double)counts->judged, zz = NORMAL_95 * NORMAL_95;

	if (!counts->judged)
		return (struct judge_rate){1, 0, 1};
	double p = (double)counts->wrong / n, middle = (p + zz / (2 * n)) / (1 + zz / n);
	double half = NORMAL_95 / (1 + zz / n) * sqrt(p * (1 - p) / n + zz / (4 * n * n));
	return (struct judge_rate){p, fmax(0, middle - half), fmin(1, middle + half)};
}

uint64_t judge_lost(const struct judge_counts *counts)
{
	return (uint64_t)llround(judge_rate(counts).rate * (double)(counts->machines - counts->sampled));
}
