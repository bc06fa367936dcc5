/*
 * retry.h - what becomes of a lead after an attempt (pure: no I/O, no clock)
 *
 * What    Counts the attempt, marks a dead number, chooses the number of the next attempt (they take turns), and decides:
 *         finished, or due again when. Whoever calls moves the index entries.
 * Rules   Finished: the outcome finishes the lead, or the campaign's delay for it is -1, or the attempts are used up, or all
 *         numbers are dead, or the person asked not to be called. A call whose INVITE never left and that the engine took back
 *         is no attempt. Whoever was abandoned is not dialled for at least 72 h,
 *         whatever the campaign says: not even by a reserved seat. After a crash nobody knows whether the person was abandoned:
 *         the same.
 * Callback the agent's `callback` makes the lead's next call one that is dialled first, and that seat's; one that did not reach
 *         the person stays one. A time that was agreed during the call or after it stands (not within the 72 h), whatever the
 *         agent says of the call then, but for do-not-call. A seat's own (`personal_callback`) stays its own until the person is
 *         reached; the campaign's grace begins anew with each time.
 * Source  Ofcom's 72 hours after an abandoned call.
 */
#ifndef OUTDIAL_CAMPAIGNS_RETRY_H
#define OUTDIAL_CAMPAIGNS_RETRY_H

#include "campaigns/store.h"

#include "base/clock.h"

#define RETRY_CRASH_S_MIN (72 * 3600)
#define RETRY_CALLBACK_S 86400
#define RETRY_NEVER_US (UINT32_MAX * SEC_US) /* the last second that the indexes know */

/* `lead` as it was when the attempt began; changes attempts, phones, last_*, state and due_us. */
void retry_after(const struct campaign *campaign, const struct attempt *attempt, struct lead *lead);
/* The same decision again for a disposition given later: the attempt is not counted twice. */
void retry_dispose(const struct campaign *campaign, const struct attempt *attempt, struct lead *lead);
/* When the team may have a callback that is a seat's own. grace_us negative: RETRY_NEVER_US. */
int64_t retry_team_us(int64_t at_us, int64_t grace_us);
/* Index of the first number at or after `from` (in turn) that is not dead, phone_count when all are. */
uint32_t retry_phone(const struct lead *lead, uint32_t from);

#endif
