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
		snprintf(out, size, "%s is on the do-not-call list. `outdial dnc remove %s` takes it off, if that is allowed.", e164, e164);
		return;
	}
	text_day(list->as_of_us, day);
	snprintf(out, size, "%s %s: list %s, generation %u, data of %s from %.60s.", e164, suppress_kind_facts(list->kind)->sentence,
		list->name, list->generation, day, list->source[0] ? list->source : "hand");
}

static void text_stale(const struct suppress_list *list, const char *e164, char *out, size_t size)
{
	char day[16];

	if (list->as_of_us == 0) {
		snprintf(out, size, "The suppression list %s covers %s and nothing was loaded into it yet: `outdial dnc load %s FILE`.",
			list->name, e164, list->name);
		return;
	}
	text_day(list->as_of_us, day);
	snprintf(out, size,
		"The suppression list %s covers %s, its data is of %s and may be %u days old at most: load a newer file with `outdial dnc "
		"load %s FILE`.",
		list->name, e164, day, list->max_age_days, list->name);
}

void suppress_explain(struct store *store, const struct suppress_view *view, char *out, size_t size)
{
	struct suppress_list list;
	char e164[NUMBER_BYTES];
	bool listed = view->answer == SUPPRESS_LISTED || view->answer == SUPPRESS_STALE;

	out[0] = '\0';
	number_text(view->number, e164);
	if (listed && suppress_get_id(store, view->list, &list) != 0)
		return;
	if (view->answer == SUPPRESS_LISTED)
		text_listed(&list, e164, out, size);
	else if (view->answer == SUPPRESS_STALE)
		text_stale(&list, e164, out, size);
}
