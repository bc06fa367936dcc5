/*
 * ua.h - SIP user agent: legs over sofia-sip's transactions (the only door to sofia-sip is ua_sofia.h, which ua_sofia*.c alone include)
 *
 * What    Places and takes calls. One leg is one INVITE and the dialog that comes of it, forks, digests, reliable provisionals,
 *         CANCEL races and retransmissions handled inside. The owner gets few, plain events.
 * Life    out:  ua_invite -> [UA_EV_TRYING] -> [UA_EV_PROGRESS]* -> UA_EV_ANSWERED | UA_EV_FAILED;  ANSWERED -> UA_EV_ENDED
 *         in:   UA_EV_INCOMING -> ua_progress* -> ua_answer -> UA_EV_ACKED -> UA_EV_ENDED | ua_reject;  a CANCEL gives UA_EV_ENDED
 *         FAILED and ENDED are the last event of a leg: its handle is stale when the handler returns. After ua_bye, ua_cancel
 *         and ua_reject the leg is the ua's own affair: no ENDED follows, except that a cancelled leg reports FAILED (487, or
 *         what came), or ANSWERED with raced true: a 2xx was faster than the CANCEL. The owner has the call, or hangs up. A 2xx
 *         with an offer that was to be answered is ended inside then, and reported as FAILED with code 487 and raced true.
 * Shape   legs are handles; the owner's cookie comes back with each event. Texts in events are views, valid during the handler.
 * Safety  datagrams from addresses that allow() refuses are dropped and counted; NULL from sofia at any point ends that leg with
 *         FAILED 500, never the process. No DNS: targets are IP literals.
 * Thread  one owner; ua_step() calls the handler.
 * Source  RFC 3261, 3262 (100rel), 3311 (UPDATE), 3326 (Reason), 4028 (session timers), 7616 and 8760 (digest), docs/decisions; traps in the design notes.
 */
#ifndef OUTDIAL_DIALER_UA_H
#define OUTDIAL_DIALER_UA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ua;

enum ua_event_kind {
	UA_EV_TRYING,   /* the first provisional of any kind, 100 included */
	UA_EV_PROGRESS, /* 180-189: code, sdp when early media is offered */
	UA_EV_ANSWERED, /* 2xx, already acknowledged: sdp */
	UA_EV_FAILED,   /* 3xx-6xx: code, phrase, reason. local: our own timers said so (408: no answer to INVITE; 503: transport) */
	UA_EV_INCOMING, /* a new call: from_user, to_user, source, sdp; user when it proved who it is */
	UA_EV_ACKED,    /* our 2xx arrived */
	UA_EV_REOFFER,  /* re-INVITE or UPDATE: sdp (NULL without); answer with ua_answer() or ua_reject(488) before the handler returns */
	UA_EV_ENDED,    /* the other side ended the leg (BYE, CANCEL), or it is lost (no ACK; session expired, code 408: local) */
	UA_EV_OFFER,    /* a call that was placed without sdp: their offer; ua_answer() before the handler returns, or the call ends (488 local) */
	UA_EV_REANSWER, /* to ua_offer(): code, sdp with a 2xx; also the answer in the ACK of their INVITE or re-INVITE that had none: code 0, sdp */
	UA_EV_REPLY,    /* to ua_query(): code, phrase, local; leg is 0 */
};

enum ua_rel100 { UA_REL100_OFF, UA_REL100_SUPPORTED, UA_REL100_REQUIRED };
/* Who is asked to refresh a session (RFC 4028): nobody in particular, we, or they. */
enum ua_refresher { UA_REFRESH_ANY, UA_REFRESH_US, UA_REFRESH_THEM };

struct ua_event {
	enum ua_event_kind kind;
	uint64_t leg, cookie;
	int code;            /* SIP status, 0 without */
	bool local, raced;
	const char *phrase;  /* never NULL */
	const char *reason;  /* Reason header as text, "" without */
	const char *sdp;     /* NULL without */
	size_t sdp_bytes;
	const char *from_user, *to_user, *user, *source_ip; /* INCOMING; user NULL when no proof was asked */
	uint16_t source_port;
	const char *call_id;
	/* Header values as they came, "" without; of INCOMING, PROGRESS, ANSWERED and FAILED. */
	const char *asserted;  /* P-Asserted-Identity */
	const char *privacy;   /* Privacy */
	const char *diversion; /* Diversion, or History-Info */
	const char *call_info; /* Call-Info: where a 608 tells whom to complain to */
	uint32_t retry_after_s; /* FAILED and REPLY: Retry-After, 0 without */
	uint32_t expires_s, min_expires_s; /* REPLY to REGISTER: lifetime given, least lifetime; 0 when it did not say */
	bool answered; /* FAILED: by a 2xx that was of no use, and was ended */
};

typedef void ua_event_h(void *arg, const struct ua_event *event);
/* May this source address talk to us? */
typedef bool ua_allow_h(void *arg, const char *ip);
/* HA1 (32 hex digits of MD5(user:realm:secret), RFC 7616 3.4.2) of a user; false when there is none. */
typedef bool ua_secret_h(void *arg, const char *user, char ha1[33]);
/* A login was not looked at: there were too many wrong passwords before it (guess.h). `user` is anybody's text. */
typedef void ua_slowed_h(void *arg, const char *user, const char *ip);

struct ua_options {
	char ip[46];
	uint16_t port;
	uint16_t tls_port;      /* TLS listens here; 0: any */
	const char *user_agent;
	uint32_t legs_max;
	int64_t trying_us;      /* no provisional within this: the attempt fails (408 local); 0 = 5 s */
	const char *realm;      /* INCOMING calls must prove themselves by digest in this realm; NULL: all are let in */
	ua_event_h *event;
	ua_allow_h *allow;      /* NULL: everybody */
	ua_secret_h *secret;
	void *arg;
	ua_slowed_h *slowed;    /* may be NULL */
	const char *relics;     /* file of live dialogs (relics.h): those that an earlier process left are cancelled or ended; NULL: none */
};

/* One outgoing call. Texts are copied. */
struct ua_invite {
	uint64_t cookie;
	const char *to_user;            /* number or login, request URI and To */
	const char *host; uint16_t port; /* next hop: IP literal */
	const char *transport;          /* "udp" (NULL), "tcp" or "tls" */
	const char *from_user, *from_name; /* caller id; name may be NULL */
	const char *call_id;            /* NULL: made up */
	const char *sdp;                /* NULL: their offer is asked for, UA_EV_OFFER */
	const char *auth_user, *auth_secret; /* NULL: no digest */
	const char *headers;            /* further header lines, each ended by CRLF, or NULL */
	enum ua_rel100 rel100;
	uint32_t session_s, session_min_s; /* session timer: seconds asked for, 0 none; and the least, 0 = 90 */
	enum ua_refresher refresher;
	const char *domain;             /* in request URI and To in place of the address; NULL: the address */
	const char *from_domain;        /* in From in place of ours */
};

/* One request outside of calls. Texts are copied. */
struct ua_query {
	uint64_t cookie;
	bool registers;                 /* REGISTER; else OPTIONS */
	const char *host; uint16_t port; /* next hop: IP literal */
	const char *transport;
	const char *user, *domain;      /* of the registration; domain NULL: the address */
	const char *auth_user, *auth_secret; /* NULL: no digest */
	const char *call_id;            /* NULL: made up */
	uint32_t cseq;                  /* one more is used when a challenge is answered */
	uint32_t expires_s;             /* 0 ends the registration */
};

struct ua_counters {
	uint64_t invites_out, invites_in, answered, failed, bytes_refused, strangers, malformed, timeouts, raced, forks_ended, options;
	uint32_t legs;
	uint64_t logins_refused; /* INCOMING with a wrong user or secret */
	uint64_t pracks, pracks_odd; /* reliable provisionals acknowledged; dropped: sent again, or out of order */
	uint64_t refreshes, expired, glares; /* sessions refreshed by us and ended for want of it; 491 to a re-INVITE or UPDATE of ours */
	uint64_t challenges, preauthorised;  /* 401 and 407 answered; requests that had credentials from the start */
	uint64_t logins_slowed;              /* INCOMING that was not looked at: too many wrong passwords before it */
	uint64_t relics, relics_ended;       /* dialogs that an earlier process left; those whose CANCEL or BYE was answered */
};

/* -EADDRINUSE, -EADDRNOTAVAIL, -ENOMEM; `why` (NULL or 160 bytes) gets a sentence. */
int ua_open(struct ua **ua, const struct ua_options *options, char *why);
void ua_close(struct ua *ua); /* NULL is fine; live legs are dropped silently */

/* The descriptor that becomes readable when ua_step() has work. */
int ua_fd(const struct ua *ua);
/* The UDP port: options.port, or the one that was chosen for port 0. */
uint16_t ua_port(const struct ua *ua);
/* Is TLS to be had? Not when its port is taken: a sentence in `why` (NULL or 160 bytes). Who is trusted: ua_tls.h. */
int ua_need_tls(const struct ua *ua, char *why);
/* UA_EV_REPLY with the cookie follows, once, after trying_us at the latest. ERR_FULL, ERR_RANGE, -ENOMEM. */
int ua_query(struct ua *ua, const struct ua_query *query);
/* Runs what is due without waiting; answers the microseconds until it wants to run again at the latest. */
int64_t ua_step(struct ua *ua);

/* ERR_FULL (legs_max), ERR_RANGE (bad address or user), -ENOMEM. */
int ua_invite(struct ua *ua, const struct ua_invite *invite, uint64_t *leg);
/* Before the answer. `reason` NULL or a Reason header value such as `SIP;cause=200;text="Call completed elsewhere"`. */
int ua_cancel(struct ua *ua, uint64_t leg, const char *reason);
/* A TLS connection to this address came to nothing, which the library tells nobody: calls on their way over it fail with the next step (503 local). */
void ua_unreachable(struct ua *ua, const char *ip, uint16_t port);
/* After the answer (either direction); also ends an incoming leg that is answered but not acknowledged yet. */
int ua_bye(struct ua *ua, uint64_t leg, const char *reason);

/* An incoming leg: 180 or 183 (sdp may be NULL). */
int ua_progress(struct ua *ua, uint64_t leg, int code, const char *sdp);
/* An established leg: re-INVITE with sdp. UA_EV_REANSWER follows, unless the leg ends before. ERR_WRONG_STATE while an offer is under way. */
int ua_offer(struct ua *ua, uint64_t leg, const char *sdp);

/* 200 with sdp: to INCOMING or REOFFER; sdp alone, in ACK or PRACK: to OFFER. */
int ua_answer(struct ua *ua, uint64_t leg, const char *sdp);
/* 3xx-6xx to INCOMING (ends the leg) or REOFFER (leaves it as it was). */
int ua_reject(struct ua *ua, uint64_t leg, int code, const char *phrase);

/* The owner's cookie may be set after UA_EV_INCOMING. */
void ua_set_cookie(struct ua *ua, uint64_t leg, uint64_t cookie);
void ua_counters(const struct ua *ua, struct ua_counters *out);

#endif
