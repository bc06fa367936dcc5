/*
 * trunks.c - the trunks' own life: addresses of their gateways, OPTIONS, REGISTER, what TLS expects
 *
 * Every trunk of the store has a gate, whether a campaign uses it or not. A trunk that was removed keeps its gate, and its
 * addresses their right to talk to us, until its last call is over; so does an address that a gateway's name does not lead to any
 * more.
 */
#include "dialer/engine.h"

#include "base/err.h"
#include "base/log.h"
#include "dialer/ua_tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum purpose { PING, REGISTER };

/* What an answer belongs to: the gate's index, the purpose, the gateway's slot and serial. */
static uint64_t cookie_of(const struct engine *engine, const struct gate *gate, enum purpose purpose, int slot)
{
	return (uint64_t)(gate - engine->gates) | (uint64_t)purpose << 8 | (uint64_t)slot << 16 |
	       (uint64_t)gate->gateways.slots[slot].serial << 32;
}

static struct gateway *gateway_of(struct engine *engine, uint64_t cookie)
{
	return gateways_at(&engine->gates[cookie & 0xff].gateways, cookie >> 16 & 0xff, (uint32_t)(cookie >> 32));
}

/* --- addresses */

/* Those known now; at least one gateway without any leaves the others working. */
static void set_addresses(struct engine *engine, struct gate *gate, int64_t now_us)
{
	struct gateway_target targets[TARGETS_MAX];
	int count = 0;

	for (int i = 0; i < trunk_gateways(&gate->trunk) && count < TARGETS_MAX; i++) {
		struct trunk_gateway gateway = trunk_gateway(&gate->trunk, i);
		if (gate_literal(&gateway, &targets[count]))
			count++;
		else
			count += names_targets(engine->names, &gateway, targets + count, TARGETS_MAX - count, now_us);
	}
	gateways_set(&gate->gateways, targets, count, now_us);
}

static size_t list_peers(const struct gate *gate, struct tls_peer *peers)
{
	size_t count = 0;

	for (int i = 0; i < TARGETS_MAX; i++) {
		const struct gateway *gateway = &gate->gateways.slots[i];
		if (gateway->serial && !strcmp(gateway->target.transport, "tls"))
			gate_tls_peer(&gate->trunk, &gateway->target, &peers[count++]);
	}
	return count;
}

static void expect_peers(struct engine *engine)
{
	struct tls_peer *peers = calloc((size_t)GATES_MAX * TARGETS_MAX, sizeof(*peers));
	size_t count = 0;
	char why[160] = "";

	for (int i = 0; peers && i < GATES_MAX; i++)
		count += list_peers(&engine->gates[i], peers + count);
	if (!peers || tls_expect(peers, count))
		log_line(LOG_ERROR, "tls_unavailable", "why=\"%s\"", err_text(-12));
	else if (count && ua_need_tls(engine->ua, why))
		log_line(LOG_ERROR, "tls_unavailable", "why=\"%s\"", why);
	free(peers);
}

static void set_all_addresses(struct engine *engine, int64_t now_us)
{
	for (int i = 0; i < GATES_MAX; i++)
		if (engine->gates[i].trunk.name[0])
			set_addresses(engine, &engine->gates[i], now_us);
	expect_peers(engine);
}

/* --- the store */

struct gate *trunks_gate(struct engine *engine, const char *name, int64_t now_us)
{
	struct gate *free_gate = NULL, *gate = NULL;
	struct trunk trunk;

	if (trunk_get(engine->store, name, &trunk))
		return NULL;
	for (int i = 0; i < GATES_MAX && !gate; i++) {
		if (!strcmp(engine->gates[i].trunk.name, name))
			gate = &engine->gates[i];
		if (!engine->gates[i].trunk.name[0] && !free_gate)
			free_gate = &engine->gates[i];
	}
	if (!gate)
		gate = free_gate;
	if (!gate)
		return NULL;
	gate_configure(gate, &trunk, now_us);
	registration_want(&gate->registration, trunk.register_s, now_us);
	gate->removed = false;
	return gate;
}

void trunks_reload(struct engine *engine, int64_t now_us)
{
	struct trunk trunk = {0};

	names_mark(engine->names);
	for (int i = 0; i < GATES_MAX; i++)
		engine->gates[i].removed = engine->gates[i].trunk.name[0] != 0;
	while (trunk_next(engine->store, trunk.name, &trunk) == 0)
		if (!trunks_gate(engine, trunk.name, now_us))
			log_line(LOG_ERROR, "trunk_refused", "trunk=%s why=\"more than %d trunks\"", trunk.name, GATES_MAX);
	set_all_addresses(engine, now_us);
	names_sweep(engine->names);
}

static bool gate_used(const struct engine *engine, const struct gate *gate)
{
	for (int i = 0; i < RUNS_MAX; i++) {
		const struct run *run = &engine->runs[i];
		if (run->used && (run->gate == gate || (run->requested && run->reserved == gate)))
			return true;
	}
	return gate->calls != 0;
}

/* --- REGISTER */

static int send_register(struct engine *engine, struct gate *gate, uint32_t expires_s, int64_t now_us)
{
	int slot = gateways_pick_any(&gate->gateways, now_us, gate->registration.cseq);
	const struct trunk *trunk = &gate->trunk;
	char call_id[80];

	if (slot < 0)
		return ERR_UNKNOWN;
	const struct gateway_target *target = &gate->gateways.slots[slot].target;
	snprintf(call_id, sizeof(call_id), "register-%.40s-%lld", trunk->name, (long long)engine->started_us);
	struct ua_query query = {
		.cookie = cookie_of(engine, gate, REGISTER, slot),
		.registers = true,
		.host = target->ip,
		.port = target->port,
		.transport = target->transport,
		.user = trunk->user,
		.domain = gate_domain(gate, target),
		.auth_user = trunk->user,
		.auth_secret = trunk->secret,
		.call_id = call_id,
		.cseq = registration_sent(&gate->registration),
		.expires_s = expires_s,
	};
	return ua_query(engine->ua, &query);
}

static void try_register(struct engine *engine, struct gate *gate, int64_t now_us)
{
	struct registration_answer failed = {.code = 503};

	if (gateways_count(&gate->gateways) && send_register(engine, gate, gate->registration.lifetime_s, now_us))
		registration_done(&gate->registration, &failed, now_us);
}

static void registered(struct gate *gate, const struct ua_event *event, int64_t now_us)
{
	struct registration *registration = &gate->registration;
	struct registration_answer answer = {event->code, event->expires_s, event->min_expires_s, event->retry_after_s};
	bool changed = registration_done(registration, &answer, now_us);

	if (changed && registration->expires_us)
		log_line(LOG_INFO, "registered", "trunk=%s seconds=%lld", gate->trunk.name,
			(long long)((registration->expires_us - now_us) / SEC_US));
	else if (event->code >= 300 && event->code != 423)
		log_line(LOG_WARN, "registration_failed", "trunk=%s code=%d why=\"%s\" again_s=%lld", gate->trunk.name,
			event->code, event->phrase, (long long)((registration->next_us - now_us) / SEC_US));
}

void trunks_close(struct engine *engine)
{
	int64_t now_us = clock_us();

	for (int i = 0; i < GATES_MAX; i++)
		if (registration_holds(&engine->gates[i].registration, now_us))
			send_register(engine, &engine->gates[i], 0, now_us);
}

/* --- OPTIONS */

static void send_ping(struct engine *engine, struct gate *gate, struct gateway *gateway, int64_t now_us)
{
	const struct gateway_target *target = &gateway->target;
	struct ua_query query = {
		.cookie = cookie_of(engine, gate, PING, (int)(gateway - gate->gateways.slots)),
		.host = target->ip,
		.port = target->port,
		.transport = target->transport,
		.domain = gate_domain(gate, target),
	};

	gateway_pinged(gateway);
	if (ua_query(engine->ua, &query))
		gateway_ping_done(&gate->gateways, gateway, false, now_us);
}

/* Any answer is a sign of life, but 503, and those that our own user agent makes up. */
static void ponged(struct gate *gate, struct gateway *gateway, const struct ua_event *event, int64_t now_us)
{
	bool heard = !event->local && event->code != 503;
	enum gateway_trouble trouble = !event->local ? GATEWAY_BUSY : event->code == 408 ? GATEWAY_SILENT : GATEWAY_REFUSED;
	int64_t retry_us = event->retry_after_s ? event->retry_after_s * SEC_US : GATEWAY_REST_US;

	if (heard)
		trunks_heard(gate, gateway);
	else
		trunks_blame(gate, gateway, trouble, retry_us, now_us);
	gateway_ping_done(&gate->gateways, gateway, heard, now_us);
}

void trunks_heard(struct gate *gate, struct gateway *gateway)
{
	if (gateway_heard(gateway))
		log_line(LOG_INFO, "gateway_up", "trunk=%s gateway=%s address=%s port=%u", gate->trunk.name, gateway->target.name,
			gateway->target.ip, gateway->target.port);
}

void trunks_blame(struct gate *gate, struct gateway *gateway, enum gateway_trouble trouble, int64_t retry_us, int64_t now_us)
{
	bool rests = gateway_failed(&gate->gateways, gateway, trouble, retry_us, now_us);

	if (!rests && gateway->streak == 1) /* the next ones are counted only */
		log_line(LOG_WARN, "gateway_fails", "trunk=%s gateway=%s address=%s port=%u why=\"%s\"", gate->trunk.name,
			gateway->target.name, gateway->target.ip, gateway->target.port, gateway_trouble_text(gateway));
	if (rests)
		log_line(LOG_WARN, "gateway_rests", "trunk=%s gateway=%s address=%s port=%u why=\"%s\" streak=%u seconds=%lld",
			gate->trunk.name, gateway->target.name, gateway->target.ip, gateway->target.port,
			gateway_trouble_text(gateway), gateway->streak,
			(long long)((gateway->resting_until_us - now_us) / SEC_US));
}

void trunks_reply(struct engine *engine, const struct ua_event *event)
{
	struct gate *gate = &engine->gates[event->cookie & 0xff];
	struct gateway *gateway = gateway_of(engine, event->cookie);
	int64_t now_us = clock_us();

	if ((event->cookie >> 8 & 0xff) == REGISTER && gate->trunk.name[0])
		registered(gate, event, now_us);
	else if (gateway)
		ponged(gate, gateway, event, now_us);
}

/* --- on each tick */

static void turn_gate(struct engine *engine, struct gate *gate, int64_t now_us)
{
	struct gateway *gateway;

	if (gate->removed && !gate_used(engine, gate)) {
		if (registration_holds(&gate->registration, now_us))
			send_register(engine, gate, 0, now_us);
		log_line(LOG_INFO, "trunk_removed", "trunk=%s", gate->trunk.name);
		*gate = (struct gate){0};
		expect_peers(engine);
		return;
	}
	if (!gate->calls)
		gateways_forget(&gate->gateways);
	while ((gateway = gateways_ping(&gate->gateways, now_us)))
		send_ping(engine, gate, gateway, now_us);
	if (registration_due(&gate->registration, now_us))
		try_register(engine, gate, now_us);
}

void trunks_turn(struct engine *engine, int64_t now_us)
{
	char failed[200];

	if (names_turn(engine->names, now_us, failed))
		set_all_addresses(engine, now_us);
	if (*failed)
		log_line(LOG_WARN, "name_unresolved", "%s", failed);
	for (int i = 0; i < GATES_MAX && !engine->draining; i++)
		if (engine->gates[i].trunk.name[0])
			turn_gate(engine, &engine->gates[i], now_us);
}

/* The failure itself comes as any other does; this is why. */
static void on_tls_failed(void *arg, const char *ip, uint16_t port, const char *why)
{
	struct engine *engine = arg;

	for (int i = 0; i < GATES_MAX; i++)
		if (engine->gates[i].trunk.name[0])
			gateways_explain(&engine->gates[i].gateways, ip, port, why);
	ua_unreachable(engine->ua, ip, port);
	log_line(LOG_WARN, "tls_failed", "address=%s port=%u why=\"%s\"", ip, port, why);
}

int trunks_open(struct engine *engine, char *why)
{
	const struct config *config = &engine->config;
	int err = names_open(&engine->names, strcmp(config->dns, "system") ? config->dns : "", strchr(config->sip_ip, ':'));

	if (err)
		snprintf(why, WHY_BYTES, "dns = %.60s: %s", config->dns,
			err == ERR_RANGE ? "system, or IP:PORT,IP:PORT" : err_text(err));
	bool shows = strcmp(config->tls_certificate, "none") && strcmp(config->tls_key, "none");
	tls_setup(shows ? config->tls_certificate : "", shows ? config->tls_key : "", on_tls_failed, engine);
	return err;
}
