/* suppress_age.c - which suppression lists are too old, or soon will be */
#include "campaigns/suppress.h"

#include "base/clock.h"

#include <stdio.h>

int64_t suppress_stale_us(const struct suppress_list *list)
{
	if (list->max_age_days == 0)
		return 0;
	return list->as_of_us ? list->as_of_us + (int64_t)list->max_age_days * DAY_US : INT64_MIN;
}

enum suppress_age suppress_age(const struct suppress_list *list, int64_t now_us)
{
	int64_t stale_us = suppress_stale_us(list);

	if (!stale_us)
		return SUPPRESS_AGE_FINE;
	if (now_us >= stale_us)
		return SUPPRESS_AGE_OVER;
	return now_us >= stale_us - (int64_t)list->warn_days * DAY_US ? SUPPRESS_AGE_SOON : SUPPRESS_AGE_FINE;
}

const char *suppress_age_name(enum suppress_age age)
{
	static const char *const names[] = {"fine", "soon", "too_old"};

	return names[(unsigned)age <= SUPPRESS_AGE_OVER ? age : SUPPRESS_AGE_FINE];
}

void suppress_age_say(const struct suppress_list *list, int64_t now_us, char out[SUPPRESS_AGE_BYTES])
{
	int64_t stale_us = suppress_stale_us(list);
	long long hours = (stale_us - now_us) / (3600 * SEC_US);

	out[0] = '\0';
	if (stale_us == INT64_MIN)
		snprintf(out, SUPPRESS_AGE_BYTES, "no whole list yet: its calls are stopped until 'outdial dnc load %s FILE'",
			list->name);
	else if (suppress_age(list, now_us) == SUPPRESS_AGE_OVER)
		snprintf(out, SUPPRESS_AGE_BYTES, "too old: its calls are stopped until 'outdial dnc load %s FILE'", list->name);
	else if (suppress_age(list, now_us) == SUPPRESS_AGE_SOON)
		snprintf(out, SUPPRESS_AGE_BYTES, "too old in %lld %s, then its calls stop: 'outdial dnc load %s FILE'",
			hours >= 48 ? hours / 24 : hours, hours >= 48 ? "days" : "hours", list->name);
}

struct doc *suppress_ages(struct store *store, int64_t now_us)
{
	struct doc *all = doc_array();
	struct suppress_list list = {0};

	while (suppress_next(store, list.id, &list) == 0) {
		enum suppress_age age = suppress_age(&list, now_us);
		char text[SUPPRESS_AGE_BYTES];
		struct doc *one;

		if (age == SUPPRESS_AGE_FINE)
			continue;
		one = doc_object();
		suppress_age_say(&list, now_us, text);
		doc_put_text(one, "name", list.name);
		doc_put_text(one, "age", suppress_age_name(age));
		doc_put_i64(one, "too_old_us", list.as_of_us ? suppress_stale_us(&list) : 0);
		doc_put_text(one, "why", text);
		doc_push(all, one);
	}
	return all;
}
