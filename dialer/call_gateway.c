/*
 * call_gateway.c - the trunk's gateways, within one attempt
 *
 * A gateway that is silent, refuses or is busy (503) before anything rings hands the attempt to the next one, if hours and lists
 * still allow it: same attempt, same Call-ID and offer, a new INVITE with its own From tag and branch. The leg to the first one
 * is the user agent's affair by then: what it still may say is cancelled, or acknowledged and ended, so that no two legs are ever
 * answered.
 */
#include "dialer/call.h"

#include "base/err.h"
#include "base/log.h"

static uint32_t call_dice(const struct call *call)
{
	return (uint32_t)(call->attempt.id * UINT64_C(0x9E3779B97F4A7C15) >> 32);
}

void call_await(struct call *call, bool unheard)
{
	call->gate->unheard += (uint32_t)unheard - (uint32_t)call->unheard;
	call->unheard = unheard;
}

static int call_try_slot(struct call *call, int slot)
{
	struct gateway *gateway = &call->gate->gateways.slots[slot];

	call->tried |= 1u << slot;
	call->gateway_slot = slot;
	call->gateway_serial = gateway->serial;
	call->heard_trunk = false;
	gateway->invites++;
	int err = call_invite(call, &gateway->target);
	call_await(call, !err);
	return err;
}

int call_try(struct call *call, int64_t now_us)
{
	int slot = gateways_pick_any(&call->gate->gateways, now_us, call_dice(call));

	return slot < 0 ? ERR_UNKNOWN : call_try_slot(call, slot);
}

static struct gateway *call_gateway(struct call *call)
{
	return gateways_at(&call->gate->gateways, call->gateway_slot, call->gateway_serial);
}

void call_heard(struct call *call)
{
	struct gateway *gateway = call_gateway(call);

	gate_settled(call->gate);
	if (gateway)
		trunks_heard(call->gate, gateway);
}

/* Whose fault it is: a refusal by the called, or silence after the gateway spoke, is not the gateway's. */
static enum gateway_trouble call_trouble(const struct call *call, const struct ua_event *ua)
{
	if (ua->local && !call->heard_trunk)
		return ua->code == 408 ? GATEWAY_SILENT : GATEWAY_REFUSED;
	return !ua->local && ua->code == 503 ? GATEWAY_BUSY : GATEWAY_FINE;
}

static void call_blame(struct call *call, enum gateway_trouble trouble, const struct call_input *in)
{
	struct gateway *gateway = call_gateway(call);

	gate_settled(call->gate);
	if (gateway)
		trunks_blame(call->gate, gateway, trouble, in->ua->retry_after_s * SEC_US, in->now_us);
}

bool call_fails_over(struct call *call, const struct call_input *in)
{
	enum gateway_trouble trouble = call_trouble(call, in->ua);

	if (trouble == GATEWAY_FINE) {
		call_heard(call);
		return false;
	}
	call_blame(call, trouble, in);
	int slot = gateways_pick(&call->gate->gateways, call->tried, in->now_us, call_dice(call));
	if (slot < 0 || call->attempt.ringing_us || call->engine->stopping || !call_allowed(call, in->now_us))
		return false;
	if (call_try_slot(call, slot))
		return false;
	gate_charge(call->gate);
	call->gate->failed_over++;
	call_arm_unheard(call, in->now_us);
	log_line(LOG_DEBUG, "call_fails_over", "call=%llu trunk=%s why=\"%s\" to=%s", (unsigned long long)call->attempt.id,
		call->gate->trunk.name, gateway_trouble_name(trouble), call_gateway(call)->target.name);
	return true;
}
