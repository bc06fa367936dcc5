/*
 * proof.h - the events of one attempt with the proof that they are in the log, as one small text
 *
 * What    For a complaint: lines, their paths in the hash tree and the checkpoint; whoever has the public key can check it
 *         without the store and without seeing any other call. docs/EVIDENCE.md has the form.
 * Shape   at most PROOF_BYTES_MAX of text and PROOF_EVENTS_MAX events.
 * Errors  ERR_SYNTAX, ERR_UNKNOWN (no such attempt in the log), ERR_WRONG_STATE (not all of it is sealed yet), ERR_FULL, -errno.
 */
#ifndef OUTDIAL_CAMPAIGNS_PROOF_H
#define OUTDIAL_CAMPAIGNS_PROOF_H

#include "campaigns/checkpoint.h"
#include "campaigns/line.h"
#include "campaigns/store.h"

#define PROOF_EVENTS_MAX 32
#define PROOF_BYTES_MAX (512 * 1024)

struct proof_event {
	char line[LINE_BYTES_MAX + 1];
	size_t line_bytes;
	struct merkle_path path; /* its index is the sequence number */
};

struct proof {
	uint64_t attempt;
	unsigned char key[SIGN_PUBLIC_BYTES];
	uint32_t count;
	struct proof_event events[PROOF_EVENTS_MAX];
	struct checkpoint checkpoint;
	char checkpoint_text[CHECKPOINT_BYTES];
};

/* Reads all sealed lines once; large: allocate it. */
int proof_make(struct store *store, uint64_t attempt, struct proof *out, char *why);
/* Malloc'ed text, the caller's. */
int proof_print(const struct proof *proof, char **text, size_t *bytes);
int proof_parse(const char *text, size_t bytes, struct proof *out);
/*
 * 0, or ERR_CRYPTO and a sentence: what does not fit. `key` NULL: the proof's own, which shows no more than that it fits itself.
 */
int proof_check(const struct proof *proof, const struct sign_key *key, char *why);

#endif
