/*
 * rules.h - rule packs in the store, and what they say about a group of leads now
 *
 * What    A pack is kept as its text under its name, and once more under "NAME@" and the first 16 digits of its SHA-256, so that
 *         any text that was ever in force can be shown. Loading one is one transaction with an event in the evidence log: the
 *         next claim obeys it. A campaign names its packs; what they say about leads that share zones and places is decided once
 *         for all of them.
 * Closed  unless known to be open: a pack that is named and not loaded, a place that no window of the campaign's packs covers, a
 *         place that is not known, a ring time outside the packs' bounds - each means no call.
 * Errors  ERR_SYNTAX with line and column, ERR_UNKNOWN, errors of the store; a sentence in `why`.
 */
#ifndef OUTDIAL_CAMPAIGNS_RULES_H
#define OUTDIAL_CAMPAIGNS_RULES_H

#include "campaigns/rulepack.h"
#include "campaigns/store.h"

#define RULES_MAX 16         /* packs of one campaign */
#define RULES_COUNTING_MAX 48 /* limits, rests and lost-contact rules of one group of leads */

/* --- packs in the store */
struct rules_receipt {
	char name[NAME_BYTES], version[11], sha256[65];
	uint32_t rules;
	bool changed; /* false: the same text was loaded already */
};
int rules_load(struct store *store, const char *text, size_t bytes, struct rules_receipt *receipt, char why[PACK_WHY_BYTES]);
/* All that are shipped with the program. */
int rules_load_builtin(struct store *store, uint32_t *changed, char why[PACK_WHY_BYTES]);
/* NAME or NAME@HASH. The caller frees the pack; *text (may be NULL) is malloc'ed, ended by NUL. ERR_UNKNOWN. */
int rules_get(struct store *store, const char *name, struct rulepack **pack, char **text);
/* The next name after `after`, without those of older texts. ERR_UNKNOWN at the end. */
int rules_next(struct store *store, const char *after, char name[NAME_BYTES]);

/* --- packs in the program (rules_builtin.c) */
struct rules_builtin {
	const char *name, *text; /* name NULL ends the table */
};
extern const struct rules_builtin rules_builtin[];

#endif
