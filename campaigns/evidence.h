/*
 * evidence.h - sealing: the tail of the evidence log becomes files that a stranger can check
 *
 * What    evidence_seal() moves up to 65,536 lines from the table `log` to DIR/evidence/seg-*.ndjson.zst and signs a checkpoint:
 *           written under a temporary name, synchronised, read again, decompressed, compared with the store line by line,
 *           renamed, folder synchronised -> recorded in the store -> rows deleted, 1,000 a transaction -> read once more and
 *           hashed -> signer's memory -> checkpoint -> MANIFEST.sig, MANIFEST.sha256.
 *         A crash after any step is put right by the next call: until it is recorded a segment is in the store, and a file nobody
 *         knows of is removed only when all its lines still are.
 * Errors  ERR_WRONG_STATE: another sealing runs; or the signer refuses, because at the size that it last signed the store has
 *         another root; -errno, -ENOSPC, ERR_STORE, ERR_SYNTAX. All with a sentence; nothing is lost by any.
 * Thread  any one at a time; a lock file keeps others out. Write transactions are short, so claims go on.
 * Format  docs/EVIDENCE.md.
 */
#ifndef OUTDIAL_CAMPAIGNS_EVIDENCE_H
#define OUTDIAL_CAMPAIGNS_EVIDENCE_H

#include "campaigns/merkle.h"
#include "campaigns/store.h"

enum seal_step {
	SEAL_TO_THE_END,
	SEAL_WRITTEN,
	SEAL_SYNCED,
	SEAL_COMPARED,
	SEAL_RENAMED_LOCATORS,
	SEAL_RENAMED,
	SEAL_RECORDED,
	SEAL_TRIMMED_SOME,
	SEAL_TRIMMED,
	SEAL_REMEMBERED,
	SEAL_CHECKPOINT,
	SEAL_SIGNATURE,
	SEAL_STEPS
};

struct seal_options {
	uint32_t lines_max;        /* of a segment, 0: 65,536 */
	enum seal_step stop_after; /* for tests: leave everything as a crash after this step would, -ECANCELED */
};

struct seal_receipt {
	uint64_t first, events; /* sealed by this call; events 0: none waited */
	uint64_t bytes;         /* of the compressed file */
	uint64_t size;          /* of the checkpoint */
	struct hash root;
	uint64_t waiting;       /* events that are left */
};

/* One segment at most. `options` may be NULL. */
int evidence_seal(struct store *store, const struct seal_options *options, struct seal_receipt *receipt, char *why);
/* Events that wait for their sealing, and the time of the oldest (0: none). */
int evidence_waiting(struct store *store, uint64_t *count, int64_t *oldest_us);

#endif
