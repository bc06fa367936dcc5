/*
 * ua_leg.h - one leg and the user agent around it (inside of ua.c, ua_leg.c, ua_out.c, ua_in.c)
 *
 * Life    out  CALLING -> UP -> ENDING -> gone            in  RINGING -> ANSWERED -> UP -> ENDING -> gone
 *              CALLING -> CANCELLING -> gone | ENDING         RINGING -> gone (reject, CANCEL)
 *              CALLING | CANCELLING -> ABANDONED -> gone | ENDING  (no provisional came; the owner knows already)
 * Pool    in ENDING and ABANDONED the owner has no word any more; the leg waits until the other side has answered or 32 s are
 * over. The pool is larger than legs_max for their sake. Rule    after leg_tell() a leg may be gone: ask leg_alive() again.
 */
#ifndef OUTDIAL_DIALER_UA_LEG_H
#define OUTDIAL_DIALER_UA_LEG_H

#include "base/pool.h"
#include "base/wheel.h"
#include "dialer/ua.h"
#include "dialer/ua_wire.h"

#define LEG_FORKS_MAX 8

enum leg_state { LEG_CALLING, LEG_CANCELLING, LEG_ABANDONED, LEG_RINGING, LEG_ANSWERED, LEG_UP, LEG_ENDING, LEG_DEAD };

struct login {
	char user[96], secret[128];
	bool invite_done, bye_done;
};

struct leg {
	struct wire_dialog dialog;
	struct ua *ua;
	uint64_t handle, cookie;
	struct wire_call *call;       /* our INVITE before its final answer */
	struct wire_request *request; /* their INVITE before its ACK */
	struct wire_request *reoffer; /* only during UA_EV_REOFFER */
	struct timer timer;
	struct login *login;
	char *call_id;
	uint32_t forks[LEG_FORKS_MAX]; /* hashes of the To tags heard before the answer */
	uint8_t forks_count;
	uint8_t state;
	bool unheard;    /* an INVITE of ours has had no provisional yet */
	bool counted;    /* among legs_max */
	bool replied;    /* their INVITE has had a provisional */
	bool bye_wanted; /* ua_bye() before the ACK */
};

struct ua {
	struct ua_options options;
	struct wire *wire;
	struct pool legs;
	struct wheel wheel;
	struct ua_counters counters;
	uint32_t unheard;
	uint8_t nonce_key[32];
	char realm[96], ip[46], seed[17];
	uint64_t serial;
};

/* NULL when the pool is exhausted or legs_max is reached. */
struct leg *leg_take(struct ua *ua);
/* Without an event. */
void leg_free(struct leg *leg);
/* The leg, when it still exists in any state. */
struct leg *leg_alive(struct ua *ua, uint64_t handle);
/* The leg, when the owner has a word in it. */
struct leg *leg_owned(struct ua *ua, uint64_t handle);

void leg_arm(struct leg *leg, int64_t delay_us, wheel_h *handler);
void leg_mark_unheard(struct leg *leg);
void leg_mark_heard(struct leg *leg);

/* Fills what every event has and hands it over. */
void leg_tell(struct leg *leg, struct ua_event *event);
/* The last event: tells, then frees. */
void leg_finish(struct leg *leg, struct ua_event *event);
/* BYE, and the leg is ours alone from now on; frees it when no BYE can be sent. */
void leg_bye(struct leg *leg, const char *reason);

/* Handlers of the wire. */
void out_response(void *leg, const struct wire_message *message);
void out_bye_done(void *leg, const struct wire_message *message);
void out_trying_late(void *leg);
void in_knock(void *ua, struct wire_request *request, const struct wire_message *message);
void in_request(void *leg, struct wire_request *request, const struct wire_message *message);
void in_settled(void *leg, const struct wire_message *message);
void in_ack_late(void *leg);

#endif
