/*
 * sealer.h - a thread that seals the evidence log now and then, apart from the claims
 *
 * What    Every five seconds it looks: when 65,536 events wait, or the oldest has waited for a minute, it seals what is there, at
 *         a lower priority than the engine's threads. Started and stopped with the storage thread. A failure is logged once and
 *         tried again. It also frees the old pages that programs held which were killed while they read, and wipes the store's
 *         free room after an erasure (scrub.h).
 */
#ifndef OUTDIAL_CAMPAIGNS_SEALER_H
#define OUTDIAL_CAMPAIGNS_SEALER_H

#include "campaigns/store.h"

struct sealer;

/* -errno: no thread. The store must stay open until sealer_stop(). */
int sealer_start(struct sealer **sealer, struct store *store);
/* Waits for the segment that is being sealed, if any. NULL is fine. */
void sealer_stop(struct sealer *sealer);

#endif
