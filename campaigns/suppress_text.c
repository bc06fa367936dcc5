/* suppress_text.c - why a number is suppressed, in sentences */
#include "campaigns/suppress_table.h"

#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static void text_day(int64_t us, char out[16])
{
	time_t seconds = (time_t)(us / SEC_US);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(out, 16, "%Y-%m-%d", &tm);
}

static void text_listed(const struct suppress_list *list, const char *e164, char *out, size_t size)
{
	char day[16];

	if (list->id == 0) {
		snprintf(out, size, "%s is on the do-not-call list. 'outdial dnc remove %s' takes it off, if that is allowed.",
			e164, e164);
		return;
	}
	text_day(list->as_of_us, day);
	snprintf(out, size, "%s %s: list %s, generation %u, data of %s from %.60s.", e164,
		suppress_kind_facts(list->kind)->sentence, list->name, list->generation, day,
		list->source[0] ? list->source : "hand");
}

static void text_stale(const struct suppress_list *list, const char *e164, char *out, size_t size)
{
	char day[16];

	if (list->as_of_us == 0) {
		snprintf(out, size,
			"The suppression list %s covers %s and nothing was loaded into it yet: 'outdial dnc load %s FILE'.",
			list->name, e164, list->name);
		return;
	}
	text_day(list->as_of_us, day);
	snprintf(out, size,
		"The suppression list %s covers %s, its data is of %s and may be %u days old at most: load a newer file with "
		"'outdial dnc "
		"load %s FILE'.",
		list->name, e164, day, list->max_age_days, list->name);
}

static void text_revoked(const struct consent *consent, const char *e164, char *out, size_t size)
{
	char day[16];

	text_day(consent->at_us, day);
	snprintf(out, size,
		"%s: %s%.63s revoked on %s%s%.63s (record %llu%s%.60s). Only consent of a later date ends that: 'outdial consent "
		"add'.",
		e164, *consent->person ? "the person " : "its owner", consent->person, day,
		*consent->seller ? " for calls of " : " for all calls", consent->seller, (unsigned long long)consent->id,
		*consent->evidence ? ", " : "", consent->evidence);
}

static void text_gone(struct store *store, const char *e164, char *out, size_t size)
{
	struct reassigned_row row = {0};
	char day[16], since[16];

	if (reassigned_get(store, e164, &row) != 0)
		return;
	text_day(row.answered_us, day);
	text_day(row.since_us, since);
	if (row.answer == REASSIGNED_YES)
		snprintf(out, size,
			"%s was given up since %s and may be somebody else's, says the reassigned numbers database (answer of "
			"%s): get consent anew.",
			e164, since, day);
	else
		snprintf(out, size,
			"The reassigned numbers database knows nothing of %s (answer of %s), and the campaign's terms say not to "
			"call then.",
			e164, day);
}

/* Why it may be called although a list has it, or is too old. */
static void text_lifted(const struct suppress_list *list, const struct consent *consent, char *out, size_t size)
{
	int64_t end_us = consent_end_us(consent);
	char day[16], end[16] = "";

	text_day(consent->at_us, day);
	if (end_us != INT64_MAX)
		text_day(end_us, end);
	snprintf(out, size, "List %s (%s) does not stop it: %s of %s, record %llu (%.80s), lifts that%s%s.", list->name,
		suppress_kind_facts(list->kind)->name, consent_basis_name(consent->basis), day, (unsigned long long)consent->id,
		consent->evidence, *end ? " until " : "", end);
}

void suppress_explain(struct store *store, const struct suppress_view *view, char *out, size_t size)
{
	bool lifted = view->answer == SUPPRESS_FREE && view->consent.id;
	struct suppress_list list = {0};
	char e164[NUMBER_BYTES];

	out[0] = '\0';
	number_text(view->number, e164);
	if ((lifted || view->answer == SUPPRESS_LISTED || view->answer == SUPPRESS_STALE) &&
		suppress_get_id(store, view->list, &list) != 0)
		return;
	if (view->answer == SUPPRESS_LISTED)
		text_listed(&list, e164, out, size);
	else if (view->answer == SUPPRESS_STALE)
		text_stale(&list, e164, out, size);
	else if (view->answer == SUPPRESS_REVOKED)
		text_revoked(&view->consent, e164, out, size);
	else if (view->answer == SUPPRESS_GONE)
		text_gone(store, e164, out, size);
	else if (lifted)
		text_lifted(&list, &view->consent, out, size);
}
