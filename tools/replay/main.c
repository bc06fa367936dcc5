/*
 * main.c - outdial-replay FILE...: feeds a pacing journal to the pacer and checks that each decision comes out as it did, bit by
 * bit
 *
 * Exit    0 all decisions reproduced, 1 not, or a file that cannot be read, 2 wrong use.
 */
#include "base/err.h"
#include "dialer/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct replay {
	const char *path;
	struct pacer *pacer;
	uint64_t record_count, decision_count, event_count;
	bool differs;
};

static bool same_real(double a, double b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

static const char *difference(const struct pacing_decision *a, const struct pacing_decision *b)
{
	if (a->place != b->place)
		return "calls to place";
	if (a->cancel != b->cancel)
		return "calls to cancel";
	if (a->reason != b->reason)
		return "reason";
	if (!same_real(a->answer_prob, b->answer_prob))
		return "answer probability";
	if (!same_real(a->overflow_expected, b->overflow_expected))
		return "expected overflow";
	return same_real(a->seats_free_expected, b->seats_free_expected) ? NULL : "expected free seats";
}

static void show(const char *label, const struct pacing_decision *d)
{
	printf("  %-9s place %u cancel %u reason %s answer %.17g overflow %.17g seats free %.17g\n", label, d->place, d->cancel,
		pacing_reason_name(d->reason), d->answer_prob, d->overflow_expected, d->seats_free_expected);
}

static void replay_decide(struct replay *replay, const struct journal_record *record)
{
	struct pacing_decision decision = pacer_decide(replay->pacer, &record->view, record->now_us);
	const char *what = difference(&record->decision, &decision);

	replay->decision_count++;
	if (!what)
		return;
	replay->differs = true;
	printf("%s: decision %" PRIu64 " (record %" PRIu64 ", at %" PRId64 " us) differs in its %s\n", replay->path,
		replay->decision_count, replay->record_count, record->now_us, what);
	show("journal", &record->decision);
	show("replay", &decision);
}

/* False: the record does not fit what went before. */
static bool replay_record(struct replay *replay, const struct journal_record *record)
{
	replay->record_count++;
	if ((record->kind == JOURNAL_ALLOC) == (replay->pacer != NULL))
		return false;
	switch (record->kind) {
	case JOURNAL_ALLOC:
		replay->pacer = pacer_alloc(&record->options, record->now_us);
		return replay->pacer != NULL;
	case JOURNAL_CONFIGURE:
		pacer_configure(replay->pacer, &record->options, record->now_us);
		return true;
	case JOURNAL_PERIOD:
		pacer_period(replay->pacer, record->live_count, record->abandoned_count);
		return true;
	case JOURNAL_RELEARN:
		return pacer_relearn(replay->pacer, record->learned, record->now_us) == 0;
	case JOURNAL_NOTE:
		replay->event_count++;
		pacer_note(replay->pacer, record->event, record->call, record->seat, record->now_us);
		return true;
	case JOURNAL_DECIDE:
		replay_decide(replay, record);
		return true;
	}
	return false;
}

static int replay_all(struct replay *replay, FILE *file)
{
	struct pacing_learned learned;
	struct journal_record record = {.learned = &learned};
	int err = journal_check(file);

	while (!err && !replay->differs) {
		int got = journal_read(file, &record);
		if (got <= 0)
			return got;
		if (!replay_record(replay, &record))
			err = ERR_SYNTAX;
	}
	return err;
}

static int replay_file(const char *path)
{
	struct replay replay = {.path = path};
	FILE *file = fopen(path, "rbe");

	if (!file) {
		fprintf(stderr, "outdial-replay: %s: %s\n", path, strerror(errno));
		return 1;
	}
	int err = replay_all(&replay, file);
	fclose(file);
	pacer_free(replay.pacer);
	if (err == ERR_SCHEMA)
		fprintf(stderr, "outdial-replay: %s: written by another version of the program\n", path);
	else if (err && !replay.record_count)
		fprintf(stderr, "outdial-replay: %s: not a pacing journal\n", path);
	else if (err)
		fprintf(stderr, "outdial-replay: %s: cut off or damaged after record %" PRIu64 "\n", path, replay.record_count);
	if (!replay.differs && (!err || replay.record_count))
		printf("%s: %" PRIu64 " events, %" PRIu64 " decisions reproduced bit by bit\n", path, replay.event_count,
			replay.decision_count);
	return err || replay.differs;
}

int main(int argc, char **argv)
{
	int bad = 0;

	if (argc < 2 || argv[1][0] == '-') {
		fprintf(argc > 1 && strcmp(argv[1], "--help") == 0 ? stdout : stderr,
			"usage: outdial-replay FILE...\nFeeds pacing journals (DIR/journal) to the pacer and checks each "
			"decision.\n");
		return argc > 1 && strcmp(argv[1], "--help") == 0 ? 0 : 2;
	}
	for (int i = 1; i < argc; i++)
		bad |= replay_file(argv[i]);
	return bad;
}
