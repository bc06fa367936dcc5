/*
 * retention.h - what is older than every law asks for goes, and the rest of the log stays provable
 *
 * What    retention_run() lets whole segments go from the beginning of the evidence log, as far as each of their events is older
 *         than the longest time that applies to it (retention_data.h, by the campaign's rule packs: those of the intent's line
 *         and those it has today) and none is about a held number or person (hold.h); then the attempts in the store whose lines
 *         went. What went is an event of the log; the peaks of the hash tree stay (pruned.h), so that checkpoints and proofs of
 *         later events hold. Before that the recordings whose own time is over go, so that their removal is in the log that is
 *         sealed.
 * Dry     the same without a change: the receipt says what would go, and what stops it.
 * Errors  ERR_WRONG_STATE (a sealing runs, nothing sealed), those of evidence_seal(), with a sentence; what was done by then
 *         is whole.
 */
#ifndef OUTDIAL_CAMPAIGNS_RETENTION_H
#define OUTDIAL_CAMPAIGNS_RETENTION_H

#include "campaigns/recording.h"
#include "campaigns/store.h"

enum retention_class { RETENTION_CALL, RETENTION_OPT_OUT, RETENTION_RECORDING, RETENTION_OTHER, RETENTION_CLASSES };

/* How long a record of the class is kept under these packs ("us-federal,canada"; versions behind a '@' are passed over). */
int64_t retention_us(enum retention_class class, const char *packs);
/* The rows of the table, for people: false behind the last. */
bool retention_row(uint32_t index, enum retention_class *class, const char **pack, uint32_t *days, const char **source);
const char *retention_class_name(enum retention_class class);

enum retention_stop { RETENTION_NEWEST, RETENTION_AGE, RETENTION_HELD };

struct retention_receipt {
	uint64_t first, events, segments, bytes; /* that went, or would go; first: of the log before */
	uint64_t attempts;                       /* records in the store that went, or would */
	int64_t until_us;                        /* time of the last event of these */
	enum retention_stop stop;                /* why the next segment stays: it is the newest, not old enough, or held */
	uint64_t stop_seq;                       /* the event that keeps it */
	int64_t stop_until_us;                   /* AGE: until when, at least */
	uint64_t event;                          /* sequence number of the event that records it; 0: nothing went */
	struct recording_prune recordings;       /* by the classes of each (recording.h); each has an event of its own */
};

int retention_run(struct store *store, bool dry, struct retention_receipt *receipt, char *why);

#endif
