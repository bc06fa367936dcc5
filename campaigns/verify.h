/*
 * verify.h - is the evidence what was signed?
 *
 * What    evidence_verify() reads all of DIR/evidence: manifest and its signature, each segment's sum, frames, lines, sequence
 *         numbers and leaf hashes, the checkpoint's signature and root, and with a store beside it what the store and the signer
 *         know of them and the lines that are not sealed yet. It goes on after a fault where it can, names each, and says which
 *         sequence number is the first that is bad. With checkpoints from outside it says whether the log still has the root that
 *         they state.
 * Limits  without such a checkpoint who holds the key can have written all anew: the answer then is "self-consistent only".
 * Errors  -errno, -ENOMEM, ERR_WRONG_STATE (a sealing runs): nothing was decided. What is bad is no error, but counted in faults.
 */
#ifndef OUTDIAL_CAMPAIGNS_VERIFY_H
#define OUTDIAL_CAMPAIGNS_VERIFY_H

#include "campaigns/checkpoint.h"

#define VERIFY_SAY_BYTES 300
#define VERIFY_OUTSIDE_MAX 16

struct verify_options {
	const char *dir;                                /* of the store: evidence/ is in it, data.mdb may be */
	const char *key_path;                           /* public key; NULL: signer/public.pem, else evidence/public.pem */
	const char *checkpoints[VERIFY_OUTSIDE_MAX];    /* files from outside */
	uint32_t checkpoint_count;
	void (*say_h)(void *arg, const char *sentence); /* each fault; NULL: nobody listens */
	void *say_arg;
};

struct verify_report {
	uint64_t events, segments, bytes; /* lines read from segments; bytes of lines with their newlines */
	uint64_t waiting;                 /* lines of the store that are not sealed */
	uint64_t size;                    /* of the checkpoint */
	struct hash root;
	uint64_t faults;
	bool bad_known;
	uint64_t bad_seq;   /* the first sequence number that is not as it was sealed */
	uint64_t clock_back; /* events whose time is before that of the one before them: no fault */
	bool store_there;
	uint64_t first;     /* the log begins with this event: those before were pruned; 0: none */
	uint32_t outside_older; /* checkpoints from outside that are of pruned events only: nothing can be said of them */
	uint32_t outside;   /* checkpoints from outside that the log agrees with */
};

int evidence_verify(const struct verify_options *options, struct verify_report *report, char *why);

/* The whole of a small file, ended by NUL; the caller frees. ERR_RANGE: larger than max. */
int file_text(const char *path, size_t max, char **text, size_t *bytes);

#endif
