/* trunk_now.c - what the running engine says of a trunk: each gateway, and what is wrong with it */
#include "tools/outdial/outdial.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void gateway_show(const struct doc *doc, int64_t now_us)
{
	int64_t resting_us = doc_i64(doc, "resting_until_us", 0) - now_us;
	const char *why = doc_text(doc, "why", "");
	char state[64] = "up";

	if (!doc_bool(doc, "up", true) && resting_us > 0)
		snprintf(state, sizeof(state), "rests for %" PRId64 " s", resting_us / SEC_US + 1);
	else if (!doc_bool(doc, "up", true))
		snprintf(state, sizeof(state), "to be probed");
	field_print(stdout, "now",
		"%s %s:%" PRId64 " %s%s%s; %" PRId64 " INVITEs, %" PRId64 " silent, %" PRId64 " refused, %" PRId64 " busy",
		doc_text(doc, "transport", "?"), doc_text(doc, "ip", "?"), doc_i64(doc, "port", 0), state, *why ? ", " : "", why,
		doc_i64(doc, "invites", 0), doc_i64(doc, "silent", 0), doc_i64(doc, "refused", 0), doc_i64(doc, "busy", 0));
}

static void trunk_show(const struct doc *trunk, int64_t now_us)
{
	const struct doc *gateways = doc_get(trunk, "gateways");

	if (doc_count(gateways) == 0)
		field_print(stdout, "now", "no address: 'outdial trunk test' says why");
	for (size_t i = 0; i < doc_count(gateways); i++)
		gateway_show(doc_at(gateways, i), now_us);
}

void trunk_now_show(const struct call *call, const char *name)
{
	char why[WHY_BYTES];
	struct doc *status = NULL;

	if (status_ask(call->dir, &status, why) != 0) {
		field_print(stdout, "now", "no engine runs");
		return;
	}
	const struct doc *trunks = doc_get(status, "trunks");

	for (size_t i = 0; i < doc_count(trunks); i++)
		if (!strcmp(doc_text(doc_at(trunks, i), "name", ""), name))
			trunk_show(doc_at(trunks, i), doc_i64(status, "now_us", 0));
	doc_free(status);
}
