/*
 * callback.h - calls at a time that was agreed with the person
 *
 * What    A lead with a callback is due at that time, in the called person's zone, and then stands before all other leads; no filter of a campaign
 *         leaves it out. Every other rule holds: window, do-not-call list, attempts, its list's state, the rest after an abandoned call.
 * Life    made here, or by the disposition `callback` (#4) of the seat that talked: then it is that seat's, after the campaign's delay. It is over when a person
 *         was reached or the lead is finished; a line that is busy or silent is tried again after the campaign's delay, first again.
 * Owner   who agreed it, for the list and for the seat's screen. Any seat of the campaign's team may get the call.
 * Errors  functions with `why` write a sentence. ERR_UNKNOWN, ERR_WRONG_STATE (a call is under way, do-not-call, attempts used up), ERR_RANGE.
 */
#ifndef OUTDIAL_CAMPAIGNS_CALLBACK_H
#define OUTDIAL_CAMPAIGNS_CALLBACK_H

#include "campaigns/store.h"

/* "2026-11-24T15:30" in the person's own zone as microseconds. ERR_SYNTAX: no such text; ERR_RANGE: the zone is not known, or is one of several. */
int callback_time(struct store *store, const struct lead *lead, const char *text, int64_t *at_us, char *why);
/* `seat` NULL or "": the campaign's. Takes the place of an earlier one; a finished lead is taken up again. */
int callback_add(struct store *store, uint64_t lead, int64_t at_us, const char *seat, char *why);
/* The lead stays due then, but without precedence. */
int callback_cancel(struct store *store, uint64_t lead, char *why);
/* The next lead with a callback after this one, by id. ERR_UNKNOWN: no more. */
int callback_next(struct store *store, uint64_t after, struct lead *out);
/* The agreed time there: "Tue 15:30", or "" when its zone is not known. */
void callback_local(struct store *store, const struct lead *lead, char out[32]);

#endif
