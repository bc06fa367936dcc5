/* review.c - see review.h */
#include "campaigns/review.h"

#include "campaigns/evlog.h"
#include "campaigns/line.h"
#include "campaigns/tables.h"

#include "base/err.h"

#include <errno.h>
#include <stdlib.h>

#define CHUNK 256

struct judging {
	uint64_t attempt;
	bool person;
	char *why;
};

static int judge_in(struct db_txn *txn, void *arg)
{
	const struct judging *judging = arg;
	struct attempt attempt;
	struct line line;

	if (!attempt_load(txn, judging->attempt, &attempt))
		return say(judging->why, ERR_UNKNOWN, "there is no attempt %llu", (unsigned long long)judging->attempt);
	if (attempt.review == REVIEW_NONE)
		return say(judging->why, ERR_WRONG_STATE,
			"attempt %llu is not in the review queue; 'outdial classify review' shows it",
			(unsigned long long)judging->attempt);
	attempt.review = judging->person ? REVIEW_PERSON : REVIEW_MACHINE;
	attempt_save(txn, &attempt);
	uint64_t seq = evlog_start(txn, &line, "review");

	line_u64(&line, "attempt", attempt.id);
	line_text(&line, "was", judging->person ? "person" : "machine");
	evlog_end(txn, seq, &line);
	return 0;
}

int review_judge(struct store *store, uint64_t attempt, bool person, char *why)
{
	struct judging judging = {.attempt = attempt, .person = person, .why = why};

	return db_change(store->db, judge_in, &judging);
}

int review_next(struct store *store, uint64_t after, struct attempt *out)
{
	struct attempt *chunk = malloc(CHUNK * sizeof(*chunk));
	int count = 0;

	if (!chunk)
		return -ENOMEM;
	while ((count = attempt_read(store, after, chunk, CHUNK)) > 0) {
		for (int i = 0; i < count; i++) {
			if (chunk[i].review != REVIEW_WANTED)
				continue;
			*out = chunk[i];
			free(chunk);
			return 0;
		}
		after = chunk[count - 1].id;
	}
	free(chunk);
	return count ? count : ERR_UNKNOWN;
}
