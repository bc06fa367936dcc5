/* ages.c - see ages.h */
#include "dialer/ages.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

#define AGES_LOOK_US (60 * SEC_US)

/* NULL: more lists than can be remembered. Who is not there is taken for fine. */
static struct age_told *ages_slot(struct ages *ages, uint16_t list)
{
	for (uint32_t i = 0; i < ages->count; i++)
		if (ages->told[i].list == list)
			return &ages->told[i];
	if (ages->count == SUPPRESS_LISTS_MAX)
		return NULL;
	ages->told[ages->count] = (struct age_told){.list = list, .age = SUPPRESS_AGE_FINE};
	return &ages->told[ages->count++];
}

static bool age_due(const struct age_told *told, enum suppress_age age, int64_t now_us)
{
	return age != told->age || (age != SUPPRESS_AGE_FINE && now_us >= told->at_us + DAY_US);
}

/* Lists that were dropped give their places back. */
static void ages_keep(struct ages *ages, uint16_t seen[SUPPRESS_LISTS_MAX], uint32_t seen_count)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < ages->count; i++)
		for (uint32_t k = 0; k < seen_count; k++)
			if (seen[k] == ages->told[i].list) {
				ages->told[kept++] = ages->told[i];
				break;
			}
	ages->count = kept;
}

void ages_turn(struct ages *ages, struct store *store, int64_t now_us, ages_tell_h *tell)
{
	uint16_t seen[SUPPRESS_LISTS_MAX];
	uint32_t seen_count = 0;
	struct suppress_list list = {0};
	int err;

	if (ages->looked_us && now_us < ages->looked_us + AGES_LOOK_US)
		return;
	ages->looked_us = now_us;
	while ((err = suppress_next(store, list.id, &list)) == 0 && seen_count < SUPPRESS_LISTS_MAX) {
		enum suppress_age age = suppress_age(&list, now_us);
		struct age_told *told = ages_slot(ages, list.id);

		seen[seen_count++] = list.id;
		if (!told || !age_due(told, age, now_us))
			continue;
		tell(&list, age, now_us);
		told->age = age;
		told->at_us = now_us;
	}
	if (err == ERR_UNKNOWN)
		ages_keep(ages, seen, seen_count);
}

void ages_log(const struct suppress_list *list, enum suppress_age age, int64_t now_us)
{
	static const enum log_level levels[] = {LOG_INFO, LOG_WARN, LOG_ERROR};
	static const char *const events[] = {"suppression_renewed", "suppression_soon_too_old", "suppression_too_old"};
	char why[SUPPRESS_AGE_BYTES];

	suppress_age_say(list, now_us, why);
	if (age == SUPPRESS_AGE_FINE)
		log_line(levels[age], events[age], "list=%s generation=%u", list->name, list->generation);
	else
		log_line(levels[age], events[age], "list=%s why=\"%s\"", list->name, why);
}
