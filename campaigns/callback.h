/*
 * callback.h - calls at a time that was agreed with the person
 *
 * What    A lead with a callback is due at that time, in the called person's zone, and then stands before all other leads; no
 *         filter of a campaign leaves it out. Every other rule holds: window, do-not-call list, attempts, its list's state, the
 *         rest after an abandoned call.
 * Life    made here, or by the dispositions `callback` (#4) and `personal_callback` (*8) of the seat that talked, after the
 *         campaign's delay. It is over when a person was reached or the lead is finished; a line that is busy or silent is tried
 *         again after the campaign's delay, first again.
 * Owner   callback_seat is who agreed it, for the list and for the seat's screen. The call goes to any seat of the campaign's
 *         team, unless it is personal: then to that seat alone, while it is logged in and ready, one line for it; and to the team
 *         when the campaign's grace is over. The lead says both times itself: callback_us for the seat, due_us for the team.
 *         T_CALLBACK_SEAT has the seat's own in the order of their times.
 * Errors  functions with `why` write a sentence. ERR_UNKNOWN, ERR_WRONG_STATE (a call is under way, do-not-call, attempts used
 *         up), ERR_RANGE.
 */
#ifndef OUTDIAL_CAMPAIGNS_CALLBACK_H
#define OUTDIAL_CAMPAIGNS_CALLBACK_H

#include "campaigns/store.h"

/*
 * "2026-11-24T15:30" in the person's own zone as microseconds. ERR_SYNTAX: no such text; ERR_RANGE: the zone is not known, or is
 * one of several.
 */
int callback_time(struct store *store, const struct lead *lead, const char *text, int64_t *at_us, char *why);
/* `seat` NULL or "": the campaign's. Takes the place of an earlier one; a finished lead is taken up again. */
int callback_add(struct store *store, uint64_t lead, int64_t at_us, const char *seat, char *why);
/*
 * A personal one: ERR_WRONG_STATE when no campaign of the seat's team dials the lead's list. grace_us CALLBACK_GRACE_CAMPAIGN:
 * the shortest of those campaigns'.
 */
#define CALLBACK_GRACE_CAMPAIGN INT64_MIN
#define CALLBACK_GRACE_NEVER INT64_C(-1) /* the team never gets it */
int callback_add_own(struct store *store, uint64_t lead, int64_t at_us, const char *seat, int64_t grace_us, char *why);
/*
 * The team gets what is this seat's own at its time, and what is due at once. Also when there is no such seat (any more). *count:
 * how many.
 */
int callback_release(struct store *store, const char *seat, uint64_t *count, char *why);
/* How many are this seat's own. */
int callback_count_own(struct store *store, const char *seat, uint64_t *count);
/* The lead stays due then, but without precedence. */
int callback_cancel(struct store *store, uint64_t lead, char *why);
/* The next lead with a callback after this one, by id. ERR_UNKNOWN: no more. */
int callback_next(struct store *store, uint64_t after, struct lead *out);
/* When the team may have it: 0 it is the team's already, negative never. */
int64_t callback_team_us(const struct lead *lead);

/* A place among a seat's own, in the order of their times; zeros: before the first. */
struct callback_place {
	int64_t at_us;
	uint64_t lead;
};

/*
 * A callback that is the seat's own, is due, and may be dialled by one of the campaigns: the first in the order of their times
 * behind `after`. One search looks at CALLBACK_LOOKS_MAX of them; whoever hands the struct's `after` to the next search goes on
 * behind those, so that none waits because of those before it.
 */
struct callback_search {
	const char *seat;
	const uint32_t *campaigns;
	uint32_t campaign_count;
	int64_t now_us;
	struct callback_place after; /* in and out: the last that was looked at, zeros behind the last that is due */
	/* found */
	uint64_t lead;
	uint32_t campaign;
	bool waits;      /* some are due; those that were looked at may not be dialled now */
	int64_t next_us; /* when the next one is due, 0 none */
};
#define CALLBACK_LOOKS_MAX 32
/* ERR_UNKNOWN: none now. A read: the claim that follows asks everything again (writer_claim_own). */
int callback_search(struct store *store, struct callback_search *search);
/* The agreed time there: "Tue 15:30", or "" when its zone is not known. */
void callback_local(struct store *store, const struct lead *lead, char out[32]);

#endif
