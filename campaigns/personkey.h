/*
 * personkey.h - a key for each person, in a file of its own, where it can be destroyed
 *
 * What    DIR/personkeys (mode 0600): places of 32 bytes. Place 0 says what the file is, place 1 is the store's own secret (for
 *         pseudonyms), the others are keys, random. Personal fields of the evidence log are sealed with the key of their person
 *         (personal.h); to erase somebody his keys are overwritten with zeros, in place, and the file is synchronised: the lines
 *         stay, and what they said of him is gone.
 * Durable The file grows by blocks of random keys, and a block is synchronised before a key of it is given out. Which is next
 *         stands in the store's meta table: it is taken in the transaction that uses it, and costs no synchronisation of its own.
 *         A place is given out once. A file whose title or secret is not there (power was lost while its first block was written)
 *         is begun anew as long as no key was given out and no erasure has a pseudonym by its secret, and refused from then
 *         on.
 * Backup  Keep copies of this file for a short time only, and apart from copies of the rest: who has an old copy can read what
 *         was erased.
 * Errors  personkey_new() sticks to the transaction: -errno of the file; ERR_STORE: the file is shorter than what was given out
 *         of it (it was lost, or taken from another copy than the store), or damaged at its beginning.
 * Thread  writing inside a write transaction only; each reader opens the file for itself.
 */
#ifndef OUTDIAL_CAMPAIGNS_PERSONKEY_H
#define OUTDIAL_CAMPAIGNS_PERSONKEY_H

#include "campaigns/siv.h"

#include <stdint.h>

#define PERSONKEY_FILE "personkeys"
#define PERSONKEY_FIRST 2u        /* the place of the first person */
#define PSEUDONYM_BYTES 16

enum personkey_state {
	PERSONKEY_THERE,
	PERSONKEY_ERASED,
	PERSONKEY_MISSING, /* the file, or this place of it, is not here */
};

struct db_txn;
struct personkeys;
/* The file need not be there: it is made when the first key is wanted. -ENOMEM. */
int personkey_open(struct personkeys **keys, const char *dir);
void personkey_close(struct personkeys *keys); /* NULL is fine */

/* A new place; 0 when an error sticks. */
uint32_t personkey_new(struct db_txn *txn, struct personkeys *keys);
/* The place of a number or person (ledger.h has the keys) for what belongs to no lead; made when there is none. */
uint32_t personkey_of_subject(struct db_txn *txn, struct personkeys *keys, uint64_t subject);
/* 0: there is none. */
uint32_t personkey_known(struct db_txn *txn, uint64_t subject);
/* Takes the subject's place away: 0, there was none. */
uint32_t personkey_forget_subject(struct db_txn *txn, uint64_t subject);

enum personkey_state personkey_get(struct personkeys *keys, uint32_t place, unsigned char out[SIV_KEY_BYTES]);
/* Zeros, durably. Places beyond the file are none. */
int personkey_destroy(struct personkeys *keys, const uint32_t *places, uint32_t count);
/* What stands for a number or person outside: HMAC with the store's secret. False: there is none. */
bool personkey_pseudonym(struct personkeys *keys, uint64_t subject, unsigned char out[PSEUDONYM_BYTES]);
/* Is all of the file there that was given out? Else ERR_STORE with a sentence. */
int personkey_check(struct db_txn *txn, struct personkeys *keys, char *why);
/* Makes the file when there is none. */
int personkey_make(struct db_txn *txn, struct personkeys *keys);

/*
 * Seals and opens with the key of a place. False from seal: errno-like reasons are in the transaction's hands: no key, or
 * libcrypto refuses.
 */
bool personkey_seal(
	struct personkeys *keys, uint32_t place, struct siv_context context, const void *text, size_t bytes, void *out);
/* *state other than THERE: nothing was written. False with THERE: the box was changed, or is of another line. */
bool personkey_unseal(struct personkeys *keys, uint32_t place, struct siv_context context, const void *box, size_t bytes,
	void *out, enum personkey_state *state);

#endif
