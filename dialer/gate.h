/*
 * gate.h - what one trunk lets out: lines, calls a second, a rest after failures (pure)
 *
 * What    A token bucket one second deep, a count of the calls on the trunk, and its gateways with their breakers (gateways.h):
 *         while none is up the trunk rests, and where calls have to probe, one at a time does.
 * Units   *_us microseconds since the epoch.
 */
#ifndef OUTDIAL_DIALER_GATE_H
#define OUTDIAL_DIALER_GATE_H

#include "campaigns/campaigns.h"
#include "dialer/gateways.h"
#include "dialer/registration.h"

struct gate {
	struct trunk trunk;
	double tokens;
	int64_t filled_us;
	uint32_t calls; /* on the trunk or reserved */
	bool probing;   /* the one call of a trunk that has rested is out */
	struct gateways gateways;
	uint64_t failed_over; /* INVITEs that went on to another gateway */
	struct registration registration;
	bool removed;   /* the store does not have it any more */
	uint32_t unheard; /* calls whose INVITE nobody has answered with anything yet */
	uint32_t unusable; /* answers in a row whose description is of no use to us */
	int64_t unusable_until_us; /* and how long the trunk rests for them; 0: they are not GATE_UNUSABLE */
};

#define GATE_UNUSABLE 3
#define GATE_UNUSABLE_REST_US (300 * INT64_C(1000000))

/* The address of a gateway that needs no resolver; false: it has a name. */
bool gate_literal(const struct trunk_gateway *gateway, struct gateway_target *target);
/* The host of URIs to this gateway; NULL: its address. */
const char *gate_domain(const struct gate *gate, const struct gateway_target *target);
struct tls_peer;
/* What TLS to this address must show. */
void gate_tls_peer(const struct trunk *trunk, const struct gateway_target *target, struct tls_peer *out);

/*
 * Takes over a trunk's settings; counts and tokens of a gate in use stay. Where all gateways are IP addresses, they are set, too.
 */
void gate_configure(struct gate *gate, const struct trunk *trunk, int64_t now_us);
/* Calls that may be placed now: lines and breaker, without regard to calls a second. */
uint32_t gate_lines_free(const struct gate *gate, int64_t now_us);
/* Does the trunk rest, or is it still to be proved that it is well again? */
bool gate_resting(const struct gate *gate);
/* When that rest is over, be it for its gateways or for its answers; 0: it does not rest. */
int64_t gate_resting_until_us(const struct gate *gate);
/* Of the gateways, the longest row of failures. */
uint32_t gate_streak(const struct gate *gate);
/* Calls that the rate lets out now (a whole number in a double). */
double gate_tokens(struct gate *gate, int64_t now_us);
/* Takes `count` lines and tokens; the caller has asked both functions above. */
void gate_reserve(struct gate *gate, uint32_t count, int64_t now_us);
/* Lines and tokens that were not used after all. */
void gate_return(struct gate *gate, uint32_t count);
/* A call that was reserved never left for a reason of our own: its line goes back, its token does not; a probe is due again. */
void gate_unplaced(struct gate *gate);
/* A reserved call waits for its agent: its line stays, its place in the rate goes back, and a trunk that wants a probe is probed
 * by others meanwhile. Answers gate_resume() whether it may leave now; then it is the probe where one is wanted. One that never
 * leaves: gate_release(). */
void gate_postpone(struct gate *gate);
bool gate_resume(struct gate *gate, int64_t now_us);
/* A call goes to another gateway: one more INVITE for the rate, and the calls after it wait for it. */
void gate_charge(struct gate *gate);
/* A gateway has spoken about a call, or failed it: a probe that was out is answered. */
void gate_settled(struct gate *gate);
/*
 * Somebody answered; `usable`: with a description of media that we can speak by. Each one without rang a person who met nobody, so
 * that after GATE_UNUSABLE in a row the trunk rests, and is then tried by one call at a time. True: it rests from now on.
 */
bool gate_answered(struct gate *gate, bool usable, int64_t now_us);
/* A call left the trunk. */
void gate_release(struct gate *gate);

#endif
