/* gate.c - token bucket and breaker of a trunk */
#include "dialer/gate.h"

#include "base/clock.h"
#include "base/text.h"
#include "dialer/ua_tls.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static double gate_depth(const struct gate *gate)
{
	return gate->trunk.cps_max > 1 ? gate->trunk.cps_max : 1;
}

bool gate_literal(const struct trunk_gateway *gateway, struct gateway_target *target)
{
	if (!gateway_literal(gateway->host))
		return false;
	*target = (struct gateway_target){.priority = gateway->priority * 65536u, .weight = gateway->weight};
	target->port = gateway->port ? gateway->port : strcmp(gateway->transport, "tls") ? 5060 : 5061;
	text_copy(target->ip, sizeof(target->ip), gateway->host);
	text_copy(target->name, sizeof(target->name), gateway->host);
	text_copy(target->transport, sizeof(target->transport), gateway->transport);
	return true;
}

const char *gate_domain(const struct gate *gate, const struct gateway_target *target)
{
	if (gate->trunk.domain[0])
		return gate->trunk.domain;
	return gateway_literal(target->name) ? NULL : target->name;
}

void gate_tls_peer(const struct trunk *trunk, const struct gateway_target *target, struct tls_peer *out)
{
	*out = (struct tls_peer){.port = target->port};
	text_copy(out->ip, sizeof(out->ip), target->ip);
	text_copy(out->name, sizeof(out->name), trunk->tls_name[0] ? trunk->tls_name : target->name);
	text_copy(out->ca, sizeof(out->ca), trunk->tls_ca);
	text_copy(out->cert, sizeof(out->cert), trunk->tls_cert);
	text_copy(out->key, sizeof(out->key), trunk->tls_key);
}

void gate_configure(struct gate *gate, const struct trunk *trunk, int64_t now_us)
{
	struct gateway_target targets[GATEWAYS_MAX];
	bool fresh = gate->filled_us == 0;
	int literals = 0;

	if (trunk->srtp != gate->trunk.srtp)
		gate_answered(gate, true, now_us); /* that may have been the cause of those that were not */
	gate->trunk = *trunk;
	gate->gateways.ping_us = trunk->ping_s * SEC_US;
	for (int i = 0; i < trunk_gateways(trunk); i++) {
		struct trunk_gateway gateway = trunk_gateway(trunk, i);
		literals += gate_literal(&gateway, &targets[literals]);
	}
	if (literals == trunk_gateways(trunk))
		gateways_set(&gate->gateways, targets, literals, now_us);
	if (fresh) {
		gate->tokens = 1;
		gate->filled_us = now_us;
	}
}

/* What it lets out where its answers are of no use: nothing, then one call at a time, until one is answered as it should be. */
static enum gateways_state gate_state(const struct gate *gate, int64_t now_us)
{
	enum gateways_state state = gateways_state(&gate->gateways, now_us);

	if (gate->unusable < GATE_UNUSABLE || state == GATEWAYS_SHUT)
		return state;
	return now_us < gate->unusable_until_us || gate->calls ? GATEWAYS_SHUT : GATEWAYS_PROBE;
}

uint32_t gate_lines_free(const struct gate *gate, int64_t now_us)
{
	enum gateways_state state = gate_state(gate, now_us);

	if (state == GATEWAYS_SHUT || gate->probing || gate->calls >= gate->trunk.calls_max)
		return 0;
	return state == GATEWAYS_PROBE ? 1 : gate->trunk.calls_max - gate->calls;
}

bool gate_resting(const struct gate *gate)
{
	return gate_state(gate, 0) != GATEWAYS_OPEN;
}

int64_t gate_resting_until_us(const struct gate *gate)
{
	int64_t gateways_us = gateways_resting_until_us(&gate->gateways);

	return gateways_us > gate->unusable_until_us ? gateways_us : gate->unusable_until_us;
}

uint32_t gate_streak(const struct gate *gate)
{
	uint32_t most = 0;

	for (int i = 0; i < TARGETS_MAX; i++)
		if (gate->gateways.slots[i].streak > most)
			most = gate->gateways.slots[i].streak;
	return most;
}

double gate_tokens(struct gate *gate, int64_t now_us)
{
	if (now_us > gate->filled_us) {
		gate->tokens += (double)(now_us - gate->filled_us) / (double)SEC_US * gate->trunk.cps_max;
		gate->tokens = fmin(gate->tokens, gate_depth(gate));
		gate->filled_us = now_us;
	}
	return gate->tokens > 0 ? floor(gate->tokens) : 0;
}

void gate_reserve(struct gate *gate, uint32_t count, int64_t now_us)
{
	assert(count <= gate_lines_free(gate, now_us));
	gate->calls += count;
	gate->tokens -= count;
	gate->probing = gate_resting(gate) && count > 0;
}

void gate_return(struct gate *gate, uint32_t count)
{
	assert(count <= gate->calls);
	gate->calls -= count;
	gate->tokens = fmin(gate->tokens + count, gate_depth(gate));
	if (count)
		gate->probing = false;
}

void gate_unplaced(struct gate *gate)
{
	assert(gate->calls > 0);
	gate->calls--;
	gate->probing = false;
}

void gate_postpone(struct gate *gate)
{
	gate->tokens = fmin(gate->tokens + 1, gate_depth(gate));
	gate->probing = false;
}

bool gate_resume(struct gate *gate, int64_t now_us)
{
	if (now_us < gate->unusable_until_us || gateways_state(&gate->gateways, now_us) == GATEWAYS_SHUT)
		return false;
	if (gate->probing || gate_tokens(gate, now_us) < 1)
		return false;
	gate->tokens -= 1;
	gate->probing = gate_resting(gate);
	return true;
}

void gate_charge(struct gate *gate)
{
	gate->tokens -= 1;
}

void gate_settled(struct gate *gate)
{
	gate->probing = false;
}

bool gate_answered(struct gate *gate, bool usable, int64_t now_us)
{
	gate->unusable = usable ? 0 : gate->unusable + 1;
	if (usable)
		gate->unusable_until_us = 0;
	if (gate->unusable < GATE_UNUSABLE || now_us < gate->unusable_until_us)
		return false;
	gate->unusable_until_us = now_us + GATE_UNUSABLE_REST_US;
	return true;
}

void gate_release(struct gate *gate)
{
	assert(gate->calls > 0);
	gate->calls--;
}
