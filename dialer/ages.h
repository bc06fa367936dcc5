/*
 * ages.h - suppression lists that are too old, or soon will be, are told
 *
 * What    ages_turn() looks at all lists once a minute. It tells of each that will be too old soon (suppress.h), and of each that
 *         is and so stops calls: at once, then once a day; and once when it is fine again. Who starts anew tells anew.
 * Shape   struct ages, zeroed: what was told of whom.
 * Errors  a store that cannot be read is looked at again in a minute.
 * Thread  engine thread only.
 */
#ifndef OUTDIAL_DIALER_AGES_H
#define OUTDIAL_DIALER_AGES_H

#include "campaigns/campaigns.h"

struct ages {
	int64_t looked_us;
	uint32_t count;
	struct age_told {
		uint16_t list;
		enum suppress_age age;
		int64_t at_us;
	} told[SUPPRESS_LISTS_MAX];
};

/* `tell` (the engine's writes a line of the log) is called for each list that it is time to speak of. */
typedef void ages_tell_h(const struct suppress_list *list, enum suppress_age age, int64_t now_us);
void ages_turn(struct ages *ages, struct store *store, int64_t now_us, ages_tell_h *tell);
ages_tell_h ages_log;

#endif
