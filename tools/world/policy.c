/*
 * policy.c - who decides in a simulated day
 */
#include "tools/world/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {[POLICY_PRODUCT] = "product",
	[POLICY_PROGRESSIVE] = "progressive",
	[POLICY_HAND] = "hand",
	[POLICY_RATIO] = "ratio",
	[POLICY_VICIDIAL_HARD] = "vicidial-hard",
	[POLICY_VICIDIAL_AVERAGE] = "vicidial-average",
	[POLICY_VICIDIAL_TAPERED] = "vicidial-tapered",
	[POLICY_ISSABEL] = "issabel",
	[POLICY_ISSABEL_OVER] = "issabel-over",
	[POLICY_CLAIRVOYANT] = "clairvoyant"};
#define NAMES (sizeof(names) / sizeof(names[0]))

static bool parse_ratio(const char *text, struct policy *policy)
{
	char *end;
	double x = strtod(text, &end);

	if (end == text || *end || !(x >= 1 && x <= 20))
		return false;
	*policy = (struct policy){POLICY_RATIO, x};
	return true;
}

bool policy_parse(const char *text, struct policy *policy)
{
	if (!strncmp(text, "ratio=", 6))
		return parse_ratio(text + 6, policy);
	if (!strcmp(text, "predictive"))
		text = names[POLICY_PRODUCT];
	for (size_t i = 0; i < NAMES; i++) {
		if (i == POLICY_RATIO || strcmp(names[i], text))
			continue;
		*policy = (struct policy){(enum policy_kind)i, 0};
		return true;
	}
	return false;
}

const char *policy_name(const struct policy *policy, char out[32])
{
	if (policy->kind == POLICY_RATIO)
		snprintf(out, 32, "ratio=%g", policy->ratio);
	else
		snprintf(out, 32, "%s", names[policy->kind]);
	return out;
}

const char *policy_names(void)
{
	return "product progressive hand ratio=X vicidial-hard vicidial-average vicidial-tapered issabel issabel-over "
	       "clairvoyant";
}
