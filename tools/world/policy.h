/*
 * policy.h - who decides in a simulated day: the product's pacer, or a rule that it is compared with
 */
#ifndef OUTDIAL_WORLD_POLICY_H
#define OUTDIAL_WORLD_POLICY_H

#include <stdbool.h>
#include <stddef.h>

enum policy_kind {
	POLICY_PRODUCT,          /* the product's predictive law */
	POLICY_PROGRESSIVE,      /* the product's progressive mode: one line a free seat */
	POLICY_HAND,             /* each agent dials */
	POLICY_RATIO,            /* so many lines a free seat */
	POLICY_VICIDIAL_HARD,    /* VICIdial's ADAPT_HARD_LIMIT */
	POLICY_VICIDIAL_AVERAGE, /* ADAPT_AVERAGE */
	POLICY_VICIDIAL_TAPERED, /* ADAPT_TAPERED */
	POLICY_ISSABEL,          /* Issabel's predictor, over-dial off */
	POLICY_ISSABEL_OVER,     /* and on */
	POLICY_CLAIRVOYANT,      /* knows who will answer when, and when each seat will be free: a bound, no dialer */
};

struct policy {
	enum policy_kind kind;
	double ratio;
};

/* "product", "ratio=1.6", ...; false for anything else. "predictive" is another name of the product's law. */
bool policy_parse(const char *text, struct policy *policy);
const char *policy_name(const struct policy *policy, char out[32]);
/* All names, separated by blanks. */
const char *policy_names(void);

#endif
