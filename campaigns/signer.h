/*
 * signer.h - the key of a store, and the memory of what it has signed
 *
 * What    DIR/signer/ holds private.pem (mode 0600), public.pem and `last`: size and root of the last checkpoint. The memory is
 *         written before a signature leaves, so the signer never states two histories: a store that was put back from an older
 *         copy, or another store, does not have at that size the root that was signed, and is refused.
 * Caveat  the folder may be a link to another disk or another user's: a copy of the store that is put back together with an old
 *         signer/ goes unnoticed here, and is found by whoever holds a later checkpoint.
 * Errors  -errno, ERR_SYNTAX, ERR_CRYPTO, ERR_WRONG_STATE (key without memory), each with a sentence.
 */
#ifndef OUTDIAL_CAMPAIGNS_SIGNER_H
#define OUTDIAL_CAMPAIGNS_SIGNER_H

#include "campaigns/checkpoint.h"

struct signer {
	struct sign_key *key;
	char folder[4096];
	uint64_t size; /* of the last checkpoint, 0: none */
	struct hash root;
};

/* Makes folder, key and memory when there is no key yet. ERR_WRONG_STATE: the store has a checkpoint, so there was one. */
int signer_open(struct signer *signer, const char *dir, char *why);
void signer_close(struct signer *signer);
/* Durable when it answers 0. */
int signer_remember(struct signer *signer, uint64_t size, const struct hash *root);
/* The public key's file of a store. */
void signer_public_path(const char *dir, char out[4096]);

#endif
