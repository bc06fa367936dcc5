/* report.c - figures of a campaign from its attempts and shifts; see report.h. Printing stands in report_text.c */
#include "campaigns/report.h"
#include "base/clock.h"
#include "base/err.h"
#include "campaigns/idset.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 256
#define ACCOUNTS_MAX (256u * 1024 * 1024)

/* --- attempts */
static void delays_note(struct report *report, const struct attempt *attempt)
{
	int64_t from_us = attempt->greeting_end_us ? attempt->greeting_end_us : attempt->answer_us;

	if (!attempt->seat_us || !attempt->answer_us)
		return;
	hist_note(&report->answer_to_seat, attempt->seat_us - from_us);
	hist_note(&report->ok_to_seat, attempt->seat_us - attempt->answer_us);
}

static void span_note(struct report *report, const struct attempt *attempt)
{
	if (attempt->invite_us && (!report->first_us || attempt->invite_us < report->first_us))
		report->first_us = attempt->invite_us;
	if (attempt->end_us > report->last_us)
		report->last_us = attempt->end_us;
}

static int attempt_note(struct report *report, const struct attempt *attempt, struct idset *worked)
{
	const struct outcome_facts *facts = outcome_facts(attempt->outcome);
	int rc = 0;

	report->attempts++;
	span_note(report, attempt);
	if (attempt->outcome == OUTCOME_NONE) {
		report->unfinished++;
		return 0;
	}
	report->by_outcome[(unsigned)attempt->outcome < OUTCOME_COUNT ? attempt->outcome : OUTCOME_NONE]++;
	report->live += facts->live;
	report->abandoned += facts->abandoned;
	judge_add(&report->judged, attempt);
	delays_note(report, attempt);
	if (facts->worked)
		rc = idset_add(worked, attempt->lead + 1); /* + 1: the set has no 0 */
	return rc < 0 ? rc : 0;
}

static int attempts_walk(struct store *store, struct report *report, struct idset *worked)
{
	struct attempt *chunk = malloc(CHUNK * sizeof(*chunk));
	uint64_t after = 0;
	int i, count = 0, err = chunk ? 0 : -ENOMEM;

	while (!err && (count = attempt_read(store, after, chunk, CHUNK)) > 0) {
		for (i = 0; i < count && !err; i++) {
			if (chunk[i].campaign == report->campaign.id)
				err = attempt_note(report, &chunk[i], worked);
		}
		after = chunk[count - 1].id;
	}
	free(chunk);
	report->accounts_worked = worked->count;
	return err ? err : count;
}

/* --- shifts */
static uint64_t login_hash(const char *login)
{
	uint64_t hash = UINT64_C(0xCBF29CE484222325);

	for (; *login; login++)
		hash = (hash ^ (unsigned char)*login) * UINT64_C(0x100000001B3);
	return hash | 1;
}

/*
 * A shift keeps sums, not times: of one that reaches beyond the campaign the time outside is taken from waiting first, then from
 * pauses, then from wrap-up, as work is what the campaign gave it.
 */
static void shift_clip(struct shift *shift, int64_t inside_us)
{
	int64_t over_us = shift->wait_us + shift->talk_us + shift->wrap_us + shift->pause_us - inside_us;
	int64_t *const parts[] = {&shift->wait_us, &shift->pause_us, &shift->wrap_us, &shift->talk_us};
	unsigned i;

	for (i = 0; i < 4 && over_us > 0; i++) {
		int64_t cut_us = *parts[i] < over_us ? *parts[i] : over_us;

		*parts[i] -= cut_us;
		over_us -= cut_us;
	}
}

static int shift_note(struct report *report, struct shift shift, struct idset *logins)
{
	int64_t from_us = shift.login_us > report->first_us ? shift.login_us : report->first_us;
	int64_t to_us = shift.logout_us < report->last_us ? shift.logout_us : report->last_us;
	int rc;

	if (strcmp(shift.team, report->campaign.team) != 0 || to_us <= from_us)
		return 0;
	shift_clip(&shift, to_us - from_us);
	report->seat_us += to_us - from_us;
	report->wait_us += shift.wait_us;
	report->talk_us += shift.talk_us;
	report->wrap_us += shift.wrap_us;
	report->pause_us += shift.pause_us;
	rc = idset_add(logins, login_hash(shift.login));
	return rc < 0 ? rc : 0;
}

static int shifts_walk(struct store *store, struct report *report, struct idset *logins)
{
	struct shift shift = {.id = 0};
	int err;

	if (!report->first_us)
		return 0;
	while (!(err = shift_next(store, shift.id, &shift))) {
		err = shift_note(report, shift, logins);
		if (err)
			return err;
	}
	report->seats = (uint32_t)logins->count;
	return err == ERR_UNKNOWN ? 0 : err;
}

/* --- shares */
static void shares(struct report *report)
{
	int64_t paid_us = report->seat_us - report->pause_us;
	uint64_t counted;

	if (report->seat_us > 0)
		report->accounts_per_seat_hour =
			(double)report->accounts_worked / ((double)report->seat_us / (3600.0 * (double)SEC_US));
	if (paid_us > 0)
		report->utilisation = (double)(report->talk_us + report->wrap_us) / (double)paid_us;
	report->lost = judge_lost(&report->judged);
	counted = report->campaign.count_false_positives ? report->lost : 0;
	if (report->live + counted)
		report->abandoned_prob = (double)(report->abandoned + counted) / (double)(report->live + counted);
}

static int make(struct store *store, struct report *out, struct idset *worked, struct idset *logins)
{
	int err = list_get_id(store, out->campaign.list, &out->list);

	if (err == ERR_UNKNOWN)
		err = 0;
	if (!err)
		err = attempts_walk(store, out, worked);
	if (!err)
		err = shifts_walk(store, out, logins);
	if (!err)
		shares(out);
	return err;
}

int report_make(struct store *store, const char *campaign, struct report *out, char why[WHY_BYTES])
{
	struct idset worked, logins;
	int err;

	memset(out, 0, sizeof(*out));
	err = campaign_get(store, campaign, &out->campaign);
	if (err) {
		snprintf(why, WHY_BYTES,
			err == ERR_UNKNOWN ? "there is no campaign \"%.48s\"; 'outdial campaign list' shows all" : "campaign \"%.48s\" cannot be read", campaign);
		return err;
	}
	idset_init(&worked, ACCOUNTS_MAX);
	idset_init(&logins, 1024 * 1024);
	err = make(store, out, &worked, &logins);
	if (err)
		snprintf(why, WHY_BYTES, "the report could not be made: %s", err_text(err));
	idset_fini(&worked);
	idset_fini(&logins);
	return err;
}
