/*
 * gateways.h - which gateway of a trunk takes the next call (pure: no I/O, no clock, no allocation)
 *
 * What    The addresses that a trunk's gateways have now, each with a breaker. The lowest priority that is up is chosen, among
 *         equals by weight (RFC 2782). A gateway that is silent or refuses rests: after GATEWAY_STREAK in a row when it is the
 *         only one that is up, after GATEWAY_STREAK_SPARE when another can take over. 503 with Retry-After rests it that long
 *         (RFC 3261, 21.5.4).
 * Back    With pings a gateway that has rested comes back by an answer to OPTIONS, else by one call that probes it.
 * Names   a slot is an index that stays with its address while calls refer to it; `serial` tells a slot that was used again.
 * Units   *_us microseconds since the epoch.
 */
#ifndef OUTDIAL_DIALER_GATEWAYS_H
#define OUTDIAL_DIALER_GATEWAYS_H

#include <stdbool.h>
#include <stdint.h>

#define TARGETS_MAX 16
#define LEFT_MAX 32 /* addresses that are a trunk's no more, remembered for its calls that are up */
#define GATEWAY_STREAK 5
#define GATEWAY_STREAK_SPARE 2
#define GATEWAY_REST_US (10 * INT64_C(1000000))
#define GATEWAY_REST_US_MAX (60 * INT64_C(1000000))   /* of one that refuses: each rest is twice the one before */
#define GATEWAY_BUSY_US_MAX (3600 * INT64_C(1000000)) /* Retry-After beyond this is not believed */

enum gateway_trouble { GATEWAY_FINE, GATEWAY_SILENT, GATEWAY_REFUSED, GATEWAY_BUSY };

/* Where to send: sofia gets the address, URIs and certificates the name. */
struct gateway_target {
	char ip[46];
	uint16_t port;
	char transport[4]; /* "udp", "tcp", "tls" */
	char name[100];    /* as the operator wrote it */
	uint32_t priority; /* lower first: the gateway's in the upper 16 bits, that of its SRV record below */
	uint16_t weight;
};

struct gateway {
	struct gateway_target target;
	uint32_t serial; /* 0: the slot is free */
	uint32_t streak;
	int64_t resting_until_us; /* 0: up */
	int64_t rest_us;          /* the last rest of one that refuses */
	enum gateway_trouble trouble; /* the last one */
	int64_t ping_us;          /* the next OPTIONS */
	bool pinging;             /* one is out */
	uint64_t invites, silent, refused, busy, rests, pings, pings_failed;
	char why[96]; /* what is known of its last failure beyond `trouble`, since it last spoke */
};

struct gateways {
	struct gateway slots[TARGETS_MAX];
	uint32_t serials;
	int64_t ping_us; /* between OPTIONS; 0: none */
	char left[LEFT_MAX][46]; /* a ring of those that went */
	uint32_t left_count;     /* that ever went into it */
};

/* The addresses as they are now: those that stay keep what is known of them. More than TARGETS_MAX are left out. */
void gateways_set(struct gateways *gateways, const struct gateway_target *targets, int count, int64_t now_us);
/* The slot for a call that has tried those whose bits are set in `tried`, -1: none is up. `dice`: any random number. */
int gateways_pick(const struct gateways *gateways, uint32_t tried, int64_t now_us, uint32_t dice);
/* The same for a first try that has to be made: of none that is up, the one that has rested longest. -1: there is no address. */
int gateways_pick_any(const struct gateways *gateways, int64_t now_us, uint32_t dice);
/* The gateway, NULL when the slot has got another address since. */
struct gateway *gateways_at(struct gateways *gateways, int slot, uint32_t serial);

/* It spoke. True: it had been resting. */
bool gateway_heard(struct gateway *gateway);
/* It did not, or said 503. `retry_us`: its Retry-After, 0 without. True: it rests from now on. */
bool gateway_failed(
	struct gateways *gateways, struct gateway *gateway, enum gateway_trouble trouble, int64_t retry_us, int64_t now_us);

/*
 * A gateway to which OPTIONS should go now, NULL: none; gateway_pinged() when it went, gateway_heard() or _failed() with the
 * answer.
 */
struct gateway *gateways_ping(struct gateways *gateways, int64_t now_us);
void gateway_pinged(struct gateway *gateway);
void gateway_ping_done(const struct gateways *gateways, struct gateway *gateway, bool heard, int64_t now_us);

enum gateways_state { GATEWAYS_OPEN, GATEWAYS_PROBE, GATEWAYS_SHUT };

/* Open; or one call may probe; or nothing may be sent. */
enum gateways_state gateways_state(const struct gateways *gateways, int64_t now_us);
/* When none is up: the end of the first rest; else 0. */
int64_t gateways_resting_until_us(const struct gateways *gateways);
/* That are in use now. */
int gateways_count(const struct gateways *gateways);
/* Is it the address of one of them? However it is written. */
bool gateways_have(const struct gateways *gateways, const char *ip);
/*
 * Was it, since gateways_forget()? A call that is up goes on with the gateway that it was placed by, wherever the name leads by
 * now.
 */
bool gateways_had(const struct gateways *gateways, const char *ip);
void gateways_forget(struct gateways *gateways);
const char *gateway_trouble_name(enum gateway_trouble trouble);
/* The last trouble in words. */
const char *gateway_trouble_text(const struct gateway *gateway);
/* Why the gateways at this address fail, until they speak again. */
void gateways_explain(struct gateways *gateways, const char *ip, uint16_t port, const char *why);

#endif
