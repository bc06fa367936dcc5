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
#include "dialer/digest.h"
#include "dialer/guess.h"
#include "dialer/ua.h"
#include "dialer/ua_wire.h"

#define LEG_FORKS_MAX 8

enum leg_state { LEG_CALLING, LEG_CANCELLING, LEG_ABANDONED, LEG_RINGING, LEG_ANSWERED, LEG_UP, LEG_ENDING, LEG_DEAD };

enum login_use { LOGIN_INVITE, LOGIN_ASK, LOGIN_BYE, LOGIN_USES };

struct login {
	char user[96], secret[128], gateway[64]; /* gateway: "host:port", the key of what the ua remembers about it */
	uint8_t answered[LOGIN_USES][2];         /* challenges that were answered in each request: WWW-, Proxy- */
};

/* The last challenge of a gateway to one user: the next request answers it before it is asked. */
#define NONCES_MAX 64
struct nonce {
	char user[96], gateway[64];
	struct digest challenge[2]; /* WWW-, Proxy-; nc: how often it was used */
	bool known[2];
	uint64_t used;
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
	uint32_t forks[LEG_FORKS_MAX]; /* hashes of the To tags heard before the answer, */
	uint32_t rseq[LEG_FORKS_MAX];  /* and the last reliable provisional of each */
	uint8_t forks_count;
	uint8_t state;
	bool unheard;    /* an INVITE of ours has had no provisional yet */
	bool counted;    /* among legs_max */
	bool replied;    /* their INVITE has had a provisional */
	bool bye_wanted; /* ua_bye() before the ACK */
	bool placed;     /* by us: the Call-ID is ours */
	bool offerless;  /* placed without a description: theirs is the offer, */
	bool offering;   /* which the owner is being asked about, */
	char *answer;    /* and what it says to it, for the ACK or PRACK; */
	uint32_t agreed; /* the fork that has its answer already, 0 none */
	struct session_terms terms;
	struct session session;
	struct session_said heard;    /* what their INVITE or UPDATE said of it, until it is answered */
	struct timer beat;            /* refresh or end of the session */
	bool beat_last;               /* its end: the refresh is out */
	bool takes_update;            /* the other side's Allow has UPDATE, */
	bool refuses_update;          /* and it does not take it all the same */
	struct wire_request *unacked; /* their re-INVITE, answered, before its ACK, */
	bool answer_due;              /* in which their answer comes */
	bool agreeing;                /* the owner has just accepted it */
	char *ask;                    /* our re-INVITE or UPDATE: its description, "" none; NULL: none is under way */
	bool ask_ours;                /* the owner's, not a refresh */
	bool ask_update;              /* UPDATE */
	char *said;                   /* our description, for a refresh by re-INVITE */
	bool relic;                   /* an earlier process's: only its CANCEL or BYE is ours */
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
	struct nonce *nonces; /* NONCES_MAX */
	struct query *queries;
	uint32_t queries_count;
	struct relics *relics; /* NULL: none are kept */
	struct relic *left;    /* an earlier process's, to be ended from left_at on */
	uint32_t left_count, left_at;
	struct timer left_timer;
	struct guess guess;
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

/* CANCEL or BYE to an earlier process's dialog. */
void leg_end_relic(struct leg *leg, const struct relic *relic);

/* Handlers of the wire. */
void out_response(void *leg, const struct wire_message *message);
void out_bye_done(void *leg, const struct wire_message *message);
void out_trying_late(void *leg);
void in_knock(void *ua, struct wire_request *request, const struct wire_message *message);
void in_request(void *leg, struct wire_request *request, const struct wire_message *message);
void in_settled(void *leg, const struct wire_message *message);
void in_ack_late(void *leg);
void mid_asked(void *leg, const struct wire_message *message);

/* --- ua.c: checks of what the owner gives */
bool ua_user_fine(const char *user, bool empty_fine); /* a user part that needs no escaping */
bool ua_literal(const char *host);
bool ua_transport(const char *name, enum wire_transport *via); /* NULL: udp */

/* --- ua_query.c */
void query_replied(void *query, const struct wire_message *message);
void query_end_all(struct ua *ua);

/* --- ua_relics.c */
int relics_start(struct ua *ua, const char *path);
void relics_stop(struct ua *ua);
/* Notes what would end the leg: an INVITE has left; the call is up; nothing any more. */
void relic_calling(const struct leg *leg);
void relic_up(const struct leg *leg);
void relic_over(const struct leg *leg);

/* --- ua_login.c: digest, as the client */
int login_take(struct leg *leg, const struct ua_invite *invite);
/* Header lines for a request of ours, as far as the gateway's challenge is known already; "" without. */
void login_headers(struct leg *leg, const char *method, const char *uri, char *out, size_t size);
/* A 401 or 407: true when another try with login_headers() is of use. */
bool login_learn(struct leg *leg, enum login_use use, const struct wire_message *message);
#define LOGIN_HEADERS_MAX (2 * DIGEST_HEADER_MAX + 64)

/* --- ua_mid.c: what happens between the answer and the BYE */
/* The session begins or was refreshed: the clock runs anew. */
void mid_session(struct leg *leg);
/* Their request begins or refreshes the session: false, and 422 is sent, when its interval is too short. */
bool mid_meet(struct leg *leg, struct wire_request *request, const struct wire_message *message);
/* It gets its 2xx: header lines for that, and the clock runs anew. */
void mid_agree(struct leg *leg, char headers[SESSION_HEADERS_MAX]);
/* ua_offer(). */
int mid_offer(struct leg *leg, const char *sdp);
/* Remembers our description for refreshes, when there is a session. */
void mid_said(struct leg *leg, const char *sdp);

#endif
