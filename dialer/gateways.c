/* gateways.c - choice among a trunk's gateways, and their rests */
#include "dialer/gateways.h"

#include "base/text.h"
#include "dialer/allow.h"

#include <stddef.h>
#include <string.h>

/* --- the addresses */

static bool target_same(const struct gateway_target *a, const struct gateway_target *b)
{
	return a->port == b->port && !strcmp(a->ip, b->ip) && !strcmp(a->transport, b->transport) && !strcmp(a->name, b->name);
}

static bool target_among(const struct gateway_target *target, const struct gateway_target *targets, int count)
{
	for (int i = 0; i < count; i++)
		if (target_same(target, &targets[i]))
			return true;
	return false;
}

static struct gateway *slot_of(struct gateways *gateways, const struct gateway_target *target)
{
	struct gateway *free_slot = NULL;

	for (int i = 0; i < TARGETS_MAX; i++) {
		struct gateway *gateway = &gateways->slots[i];
		if (gateway->serial && target_same(&gateway->target, target))
			return gateway;
		if (!gateway->serial && !free_slot)
			free_slot = gateway;
	}
	return free_slot;
}

static void slot_leave(struct gateways *gateways, struct gateway *gateway)
{
	if (!gateways_had(gateways, gateway->target.ip))
		text_copy(gateways->left[gateways->left_count++ % LEFT_MAX], sizeof(gateways->left[0]), gateway->target.ip);
	*gateway = (struct gateway){0};
}

void gateways_set(struct gateways *gateways, const struct gateway_target *targets, int count, int64_t now_us)
{
	for (int i = 0; i < TARGETS_MAX; i++)
		if (gateways->slots[i].serial && !target_among(&gateways->slots[i].target, targets, count))
			slot_leave(gateways, &gateways->slots[i]);
	for (int i = 0; i < count; i++) {
		struct gateway *gateway = slot_of(gateways, &targets[i]);
		if (!gateway)
			return;
		if (!gateway->serial) {
			gateway->serial = ++gateways->serials;
			gateway->ping_us = now_us;
		}
		gateway->target = targets[i];
	}
}

int gateways_count(const struct gateways *gateways)
{
	int count = 0;

	for (int i = 0; i < TARGETS_MAX; i++)
		count += gateways->slots[i].serial != 0;
	return count;
}

struct gateway *gateways_at(struct gateways *gateways, int slot, uint32_t serial)
{
	return slot >= 0 && serial && gateways->slots[slot].serial == serial ? &gateways->slots[slot] : NULL;
}

bool gateways_have(const struct gateways *gateways, const char *ip)
{
	for (int i = 0; i < TARGETS_MAX; i++)
		if (gateways->slots[i].serial && allow_match(gateways->slots[i].target.ip, ip))
			return true;
	return false;
}

bool gateways_had(const struct gateways *gateways, const char *ip)
{
	for (uint32_t i = 0; i < gateways->left_count && i < LEFT_MAX; i++)
		if (allow_match(gateways->left[i], ip))
			return true;
	return false;
}

void gateways_forget(struct gateways *gateways)
{
	gateways->left_count = 0;
}

/* --- the choice */

static bool gateway_up(const struct gateway *gateway)
{
	return gateway->serial && !gateway->resting_until_us;
}

/* It has rested, and only a call can tell whether it is well. */
static bool gateway_wants_probe(const struct gateways *gateways, const struct gateway *gateway, int64_t now_us)
{
	return gateway->serial && gateway->resting_until_us && now_us >= gateway->resting_until_us && !gateways->ping_us;
}

/* A candidate list as bits, narrowed to the lowest priority in it. */
static uint32_t narrow(const struct gateways *gateways, uint32_t bits)
{
	uint32_t lowest = UINT32_MAX, kept = 0;

	for (int i = 0; i < TARGETS_MAX; i++)
		if (bits >> i & 1 && gateways->slots[i].target.priority < lowest)
			lowest = gateways->slots[i].target.priority;
	for (int i = 0; i < TARGETS_MAX; i++)
		if (bits >> i & 1 && gateways->slots[i].target.priority == lowest)
			kept |= 1u << i;
	return kept;
}

/* RFC 2782: in proportion to the weights; those of weight 0 only where all are. */
static int by_weight(const struct gateways *gateways, uint32_t bits, uint32_t dice)
{
	uint32_t sum = 0;
	int last = -1;

	for (int i = 0; i < TARGETS_MAX; i++)
		sum += bits >> i & 1 ? gateways->slots[i].target.weight : 0;
	uint32_t at = sum ? dice % sum : 0;
	for (int i = 0; i < TARGETS_MAX; i++) {
		uint32_t weight = gateways->slots[i].target.weight;
		if (!(bits >> i & 1) || (sum && !weight))
			continue;
		last = i;
		if (at < weight || !sum)
			break;
		at -= weight;
	}
	return last;
}

int gateways_pick(const struct gateways *gateways, uint32_t tried, int64_t now_us, uint32_t dice)
{
	uint32_t up = 0, probe = 0;

	for (int i = 0; i < TARGETS_MAX; i++) {
		up |= (uint32_t)gateway_up(&gateways->slots[i]) << i;
		probe |= (uint32_t)gateway_wants_probe(gateways, &gateways->slots[i], now_us) << i;
	}
	uint32_t bits = up & ~tried ? up & ~tried : probe & ~tried;
	return bits ? by_weight(gateways, narrow(gateways, bits), dice) : -1;
}

int gateways_pick_any(const struct gateways *gateways, int64_t now_us, uint32_t dice)
{
	int slot = gateways_pick(gateways, 0, now_us, dice);

	if (slot >= 0)
		return slot;
	for (int i = 0; i < TARGETS_MAX; i++) {
		const struct gateway *gateway = &gateways->slots[i];
		if (gateway->serial && (slot < 0 || gateway->resting_until_us < gateways->slots[slot].resting_until_us))
			slot = i;
	}
	return slot;
}

/* --- rests */

bool gateway_heard(struct gateway *gateway)
{
	bool rested = gateway->resting_until_us != 0;

	gateway->streak = 0;
	gateway->why[0] = '\0';
	gateway->resting_until_us = gateway->rest_us = 0;
	gateway->trouble = GATEWAY_FINE;
	return rested;
}

static bool has_spare(const struct gateways *gateways, const struct gateway *but)
{
	for (int i = 0; i < TARGETS_MAX; i++)
		if (&gateways->slots[i] != but && gateway_up(&gateways->slots[i]))
			return true;
	return false;
}

static int64_t rest_of(struct gateway *gateway, enum gateway_trouble trouble, int64_t retry_us)
{
	if (trouble == GATEWAY_BUSY && retry_us)
		return retry_us < GATEWAY_BUSY_US_MAX ? retry_us : GATEWAY_BUSY_US_MAX;
	if (trouble != GATEWAY_REFUSED)
		return GATEWAY_REST_US;
	int64_t twice_us = gateway->rest_us * 2;
	gateway->rest_us = twice_us < GATEWAY_REST_US       ? GATEWAY_REST_US
			   : twice_us < GATEWAY_REST_US_MAX ? twice_us
							    : GATEWAY_REST_US_MAX;
	return gateway->rest_us;
}

static void count(struct gateway *gateway, enum gateway_trouble trouble)
{
	gateway->silent += trouble == GATEWAY_SILENT;
	gateway->refused += trouble == GATEWAY_REFUSED;
	gateway->busy += trouble == GATEWAY_BUSY;
}

/* 503 without Retry-After speaks of this call only (RFC 3261, 21.5.4): another gateway is tried, this one stays. */
bool gateway_failed(
	struct gateways *gateways, struct gateway *gateway, enum gateway_trouble trouble, int64_t retry_us, int64_t now_us)
{
	bool resting = gateway->resting_until_us > now_us;
	bool probed = gateway->resting_until_us && !resting;

	count(gateway, trouble);
	if (trouble == GATEWAY_BUSY && !retry_us)
		return false;
	if (!resting)
		gateway->trouble = trouble;
	gateway->streak++;
	uint32_t streak_max = has_spare(gateways, gateway) ? GATEWAY_STREAK_SPARE : GATEWAY_STREAK;
	if (resting || (!probed && trouble != GATEWAY_BUSY && gateway->streak < streak_max))
		return false;
	gateway->resting_until_us = now_us + rest_of(gateway, trouble, retry_us);
	gateway->ping_us = gateway->resting_until_us;
	gateway->rests++;
	return true;
}

/* --- pings */

struct gateway *gateways_ping(struct gateways *gateways, int64_t now_us)
{
	for (int i = 0; gateways->ping_us && i < TARGETS_MAX; i++) {
		struct gateway *gateway = &gateways->slots[i];
		if (gateway->serial && !gateway->pinging && now_us >= gateway->ping_us)
			return gateway;
	}
	return NULL;
}

void gateway_pinged(struct gateway *gateway)
{
	gateway->pinging = true;
	gateway->pings++;
}

/* While it rests, the end of the rest is the time of the next ping. */
void gateway_ping_done(const struct gateways *gateways, struct gateway *gateway, bool heard, int64_t now_us)
{
	gateway->pinging = false;
	gateway->pings_failed += !heard;
	if (!gateway->resting_until_us)
		gateway->ping_us = now_us + gateways->ping_us;
	else if (gateway->ping_us <= now_us)
		gateway->ping_us = now_us + GATEWAY_REST_US;
}

/* --- the whole */

enum gateways_state gateways_state(const struct gateways *gateways, int64_t now_us)
{
	enum gateways_state state = GATEWAYS_SHUT;

	for (int i = 0; i < TARGETS_MAX; i++) {
		if (gateway_up(&gateways->slots[i]))
			return GATEWAYS_OPEN;
		if (gateway_wants_probe(gateways, &gateways->slots[i], now_us))
			state = GATEWAYS_PROBE;
	}
	return state;
}

int64_t gateways_resting_until_us(const struct gateways *gateways)
{
	int64_t first_us = 0;

	for (int i = 0; i < TARGETS_MAX; i++) {
		const struct gateway *gateway = &gateways->slots[i];
		if (gateway_up(gateway))
			return 0;
		if (gateway->serial && (!first_us || gateway->resting_until_us < first_us))
			first_us = gateway->resting_until_us;
	}
	return first_us;
}

const char *gateway_trouble_name(enum gateway_trouble trouble)
{
	static const char *const names[] = {"", "silent", "refuses", "busy"};

	return (unsigned)trouble <= GATEWAY_BUSY ? names[trouble] : "";
}

const char *gateway_trouble_text(const struct gateway *gateway)
{
	static const char *const texts[] = {
		"", "silent: no answer", "refuses: its port is closed, or the connection failed", "busy"};

	if (gateway->why[0])
		return gateway->why;
	return (unsigned)gateway->trouble <= GATEWAY_BUSY ? texts[gateway->trouble] : "";
}

void gateways_explain(struct gateways *gateways, const char *ip, uint16_t port, const char *why)
{
	for (int i = 0; i < TARGETS_MAX; i++) {
		struct gateway *gateway = &gateways->slots[i];

		if (gateway->serial && gateway->target.port == port && !strcmp(gateway->target.ip, ip))
			text_copy(gateway->why, sizeof(gateway->why), why);
	}
}
