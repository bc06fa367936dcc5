/*
 * foresight.c - the clairvoyant bound: who will answer when, and when each seat will be free, is known
 *
 * What    Leads are dialled in the order of the list. Whoever is no person is dialled at once; a person when some seat that no
 *         other call is meant for will be free by the time that it is wanted.
 */
#include "base/clock.h"
#include "tools/world/world_in.h"

#define SLACK_US (1 * SEC_US) /* of the time that a person may wait */

/* When the seat can take a call that wants it at `at_us`, breaks before then included. */
static int64_t seat_free_us(const struct world *w, const struct seat *seat, int64_t at_us)
{
	int64_t free_us = seat->post == FREE ? w->now_us : seat->free_us + seat->break_us;

	for (int i = seat->breaks_done; i < seat->breaks_count && seat->breaks[i].at_us <= (free_us > at_us ? free_us : at_us);
		i++)
		free_us = (free_us > seat->breaks[i].at_us ? free_us : seat->breaks[i].at_us) + seat->breaks[i].length_us;
	return free_us;
}

/* Of the seats that are free in time, the one that waits the least. */
static uint32_t best_seat(const struct world *w, int64_t at_us)
{
	uint32_t best = NO_SEAT;
	int64_t best_us = -1;

	for (uint32_t s = 0; s < w->seats_count; s++) {
		int64_t free_us;

		if (w->seats[s].meant != NO_CALL)
			continue;
		free_us = seat_free_us(w, &w->seats[s], at_us);
		if (free_us > at_us + SLACK_US || free_us <= best_us)
			continue;
		best = s;
		best_us = free_us;
	}
	return best;
}

static bool wants_seat(const struct world *w, const struct lead *lead)
{
	if (lead->who != PERSON && lead->who != MACHINE)
		return false;
	return !w->scenario->classified || (lead->who == PERSON) != lead->passes;
}

void foresight_decide(struct world *w)
{
	const struct scenario *sc = w->scenario;

	while (w->flying + w->talking < w->lines_count && w->now_us < sc->day_us - sc->stop_us && w->free_head < w->calls_count &&
		!(sc->leads && call_next_lead(w) >= (uint64_t)sc->leads)) {
		struct lead lead = call_lead(w, call_next_lead(w));
		int64_t at_us = w->now_us + world_scaled(w, (double)sc->delay_us + lead.rings_us);
		uint32_t seat = NO_SEAT, c;

		if (wants_seat(w, &lead)) {
			at_us += sc->classified ? (int64_t)lead.greeting_us + sc->verdict_us : 0;
			seat = best_seat(w, at_us);
			if (seat == NO_SEAT)
				return;
		}
		c = call_dial(w, seat);
		if (seat != NO_SEAT)
			w->seats[seat].meant = c;
	}
}
