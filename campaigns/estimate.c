/* estimate.c - see estimate.h */
#include "campaigns/estimate.h"

#include "campaigns/evlog.h"
#include "campaigns/logread.h"
#include "campaigns/tables.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 256

/* --- making one */

static int count_in(struct store *store, struct estimate *estimate)
{
	struct attempt *chunk = malloc(CHUNK * sizeof(*chunk));
	int count = chunk ? 0 : -ENOMEM;
	uint64_t after = 0;

	while (chunk && (count = attempt_read(store, after, chunk, CHUNK)) > 0) {
		for (int i = 0; i < count; i++)
			if (chunk[i].campaign == estimate->campaign && chunk[i].intent_us >= estimate->from_us &&
				chunk[i].intent_us < estimate->to_us)
				judge_add(&estimate->counts, &chunk[i]);
		after = chunk[count - 1].id;
	}
	free(chunk);
	return count;
}

static int store_in(struct db_txn *txn, void *arg)
{
	evlog_estimate(txn, arg);
	return 0;
}

int estimate_store(struct store *store, const char *campaign, int64_t from_us, int64_t to_us, const char *by,
	struct estimate *out, char why[WHY_BYTES])
{
	struct campaign found;
	int err = campaign_get(store, campaign, &found);

	if (err)
		return say(why, err, "there is no campaign \"%.47s\"; 'outdial campaign list' shows all", campaign);
	if (!store_name_ok(by))
		return say(why, ERR_RANGE, "an estimate needs the name of who answers for it: letters, digits, -, _ and .");
	*out = (struct estimate){
		.campaign = found.id, .made_us = clock_us(), .from_us = from_us, .to_us = to_us ? to_us : clock_us()};
	text_copy(out->by, sizeof(out->by), by);
	err = count_in(store, out);
	if (!err && out->counts.judged == 0)
		return say(why, ERR_WRONG_STATE,
			"no machine verdict of that span was checked by an agent: see 'outdial campaign set --sample'");
	return err ? err : db_change(store->db, store_in, out);
}

/* --- reading them */

static void field_set(struct estimate *estimate, const struct line_field *field)
{
	const struct {
		const char *key;
		uint64_t *value;
	} numbers[] = {{"machines", &estimate->counts.machines}, {"sampled", &estimate->counts.sampled},
		{"judged", &estimate->counts.judged}, {"wrong", &estimate->counts.wrong}};

	if (line_field_is(field, "campaign"))
		estimate->campaign = (uint32_t)field->number;
	else if (line_field_is(field, "from_us"))
		estimate->from_us = (int64_t)field->number;
	else if (line_field_is(field, "to_us"))
		estimate->to_us = (int64_t)field->number;
	else if (line_field_is(field, "by"))
		line_field_text(field, estimate->by, sizeof(estimate->by));
	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (line_field_is(field, numbers[i].key))
			*numbers[i].value = field->number;
}

static int estimates_h(void *arg, const struct line_head *head, const char *line, size_t bytes)
{
	struct estimates *estimates = arg;
	struct estimate *items;
	struct line_field field;
	const char *at = NULL;

	items = realloc(estimates->items, (estimates->count + 1) * sizeof(*items));
	if (!items)
		return -ENOMEM;
	estimates->items = items;
	items[estimates->count] = (struct estimate){.made_us = head->us};
	while (line_next_field(line, bytes, &at, &field))
		field_set(&items[estimates->count], &field);
	estimates->count++;
	return 0;
}

int estimates_read(struct store *store, struct estimates *out, char why[WHY_BYTES])
{
	static const char *const events[] = {"false_positive_estimate", NULL};
	uint64_t end;
	int err = logread_end(store, &end);

	*out = (struct estimates){0};
	return err ? err : logread(store, &(struct logread_want){0, end, events}, estimates_h, out, why);
}

void estimates_fini(struct estimates *estimates)
{
	free(estimates->items);
	*estimates = (struct estimates){0};
}

const struct estimate *estimate_for(const struct estimates *estimates, uint32_t campaign, int64_t start_us, int64_t end_us)
{
	for (size_t i = estimates->count; i > 0; i--) {
		const struct estimate *estimate = &estimates->items[i - 1];
		bool overlaps = estimate->from_us < end_us && estimate->to_us > start_us;

		if (estimate->campaign == campaign && (estimate->made_us < end_us || overlaps))
			return estimate;
	}
	return NULL;
}

uint64_t estimate_lost(const struct estimate *estimate, const struct judge_counts *counts)
{
	uint64_t unchecked = counts->machines - counts->sampled;

	return estimate ? (uint64_t)llround(judge_rate(&estimate->counts).rate * (double)unchecked) : unchecked;
}
