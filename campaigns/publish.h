/*
 * publish.h - checkpoint and manifest of what is sealed (for files of this folder only)
 *
 * What    publish_check() asks whether the store still is the one whose history the signer has signed. publish() reads the
 *         segments since the last checkpoint from their files, hashes them anew, and only when that gives the roots that the
 *         store recorded are checkpoint and manifest signed: a bit that flipped between hashing and disk is found before the
 *         signature, not after.
 * Errors  ERR_WRONG_STATE: the signer refuses, with a sentence.
 */
#ifndef OUTDIAL_CAMPAIGNS_PUBLISH_H
#define OUTDIAL_CAMPAIGNS_PUBLISH_H

#include "campaigns/evidence.h"
#include "campaigns/signer.h"

struct publishing {
	struct store *store;
	struct signer *signer;
	const char *folder; /* DIR/evidence */
	enum seal_step stop_after;
	char *why;
};

int publish_check(const struct publishing *publishing);
int publish(struct publishing *publishing);

#endif
