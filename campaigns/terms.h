/*
 * terms.h - for whom, for what and with which right a campaign calls: what a law wants kept of each call and no switch can tell
 *
 * What    One record a campaign, beside it. Each intent's line has what held at that moment; what was never said stands there as
 *         "n/a". Of each message and script that was ever used a copy stays in DIR/kept under its SHA-256.
 * Source  16 CFR 310.5(a)(1)-(3): sellers, goods, party, unique messages and scripts, caller ids and the right to use them.
 * Errors  ERR_UNKNOWN (no such campaign), ERR_RANGE with a sentence, -errno.
 */
#ifndef OUTDIAL_CAMPAIGNS_TERMS_H
#define OUTDIAL_CAMPAIGNS_TERMS_H

#include "campaigns/store.h"

enum party { PARTY_UNKNOWN, PARTY_CONSUMER, PARTY_BUSINESS };

struct kept_file { /* empty: none */
	char name[48];   /* of the file, without its folder */
	char sha256[65];
};

struct terms {
	char org[48];    /* who places the calls */
	char seller[64]; /* for whom */
	char offer[64];  /* good, service or purpose */
	enum party party;
	struct kept_file script, message, voicemail;
	char authority[48];                           /* contract or proof of the right to use the caller id */
	int64_t authority_from_us, authority_to_us; /* its period; 0: open */
	bool no_data_stops;     /* a reassigned numbers database that knows nothing of a number stops calls to it */
	bool unwanted_stays;    /* 607 Unwanted ends the lead only; else it is an opt-out too */
};

/* All empty when nothing was said. */
int terms_get(struct store *store, uint32_t campaign, struct terms *out);
int terms_put(struct store *store, uint32_t campaign, const struct terms *terms, char *why);
const char *party_name(enum party party); /* "" unknown */

/* Name and sum of a file, and its copy in DIR/kept. */
int terms_keep(struct store *store, const char *path, struct kept_file *out);
/* The campaign's messages as they are now; files that cannot be read are none. */
int terms_note_files(struct store *store, const struct campaign *campaign);

#endif
