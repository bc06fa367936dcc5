/*
 * keeper.h - finishes recordings: from the spool to files that are kept, in a thread of its own with the lowest priority
 *
 * What    Looks into DIR/recordings/spool once a second. Each recording that is whole becomes Opus or WAV (media/archive.h),
 *         encrypted if outdial.conf names a key, then a record and an event with its sum (campaigns/recording.h), then its spool
 *         file goes. What cannot be finished now (disk full, no key) stays and is tried again.
 * Crash   after any step the next turn ends at the same: a file is written again, an event is written once.
 */
#ifndef OUTDIAL_DIALER_KEEPER_H
#define OUTDIAL_DIALER_KEEPER_H

#include "campaigns/campaigns.h"

#include <stdatomic.h>

struct keeper;

/*
 * Makes the folders. Spool files that an earlier engine was writing when it died are whole from now on, marked as cut off;
 * recordings that the store calls open and that have no file are lost. To be called before the media plane opens; `spool` gets
 * its folder (4,096 bytes).
 */
int keeper_recover(struct store *store, char *spool);
/* `key`: path of the key file, "none" for none. */
int keeper_start(struct keeper **keeper, struct store *store, const char *key);
void keeper_stop(struct keeper *keeper); /* NULL is fine. What is not finished is so after the next start. */
/* One look: how many were finished, and how many could not be. Between two recordings it ends when *stop is set (may be NULL). */
int keeper_turn(struct store *store, const char *key, const atomic_bool *stop, uint32_t *finished, uint32_t *left);

#endif
