/*
 * ua_wire.h - what ua.c needs of sofia-sip, said without its types (inner seam of the user agent: ua.c above, ua_sofia*.c below)
 *
 * What    An agent on one UDP port; client INVITEs, dialogs and server requests as opaque pointers. ua_sofia*.c keep the
 * protocol's traps (docs/decisions), ua.c the life of a leg. Own     a call is owned by the leg until wire_drop() or
 * wire_confirm(); a dialog until wire_dialog_free(); a request until the handler that got it returns, except an INVITE for which
 * wire_keep() was called: that one until wire_forget(). Errors  -EPROTO: sofia refused (hostile Contact, Record-Route, no
 * memory); the caller ends the leg. Thread  one owner, like ua.h.
 */
#ifndef OUTDIAL_DIALER_UA_WIRE_H
#define OUTDIAL_DIALER_UA_WIRE_H

#include "dialer/relics.h"
#include "dialer/session.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_DATAGRAM_MAX 8192
#define WIRE_ALLOW "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK"
#define WIRE_SUPPORTED "100rel, timer"

enum wire_transport { WIRE_UDP, WIRE_TCP, WIRE_TLS };

struct wire;
struct wire_call;    /* client INVITE transaction */
struct wire_request; /* server transaction */

enum wire_method {
	WIRE_INVITE,
	WIRE_ACK,
	WIRE_BYE,
	WIRE_CANCEL,
	WIRE_OPTIONS,
	WIRE_INFO,
	WIRE_UPDATE,
	WIRE_OTHER,   /* known, and none that we take */
	WIRE_STRANGE, /* unknown */
	WIRE_PRACK,
};

/* A message as text; views are valid during the handler. */
struct wire_message {
	enum wire_method method;
	int code;                                    /* responses */
	bool internal;                               /* a response that the library made up: timeout (408) or transport (503) */
	bool tagged;                                 /* To has a tag: the request means a dialog */
	bool sip_contact;                            /* Contact is one sip: URI with a host */
	bool proxy_auth;                             /* auth stands in a Proxy- header */
	const char *phrase, *reason, *auth, *to_tag; /* never NULL */
	const char *sdp;                             /* NULL without a body */
	size_t sdp_bytes;
	const char *from_user, *to_user, *call_id; /* never NULL */
	char source_ip[46];
	uint16_t source_port;
	uint32_t rseq;               /* of a provisional that wants a PRACK; 0: it does not */
	struct session_said session;
	bool takes_update;           /* Allow has UPDATE */
	const char *asserted, *privacy, *diversion, *call_info; /* header values, never NULL */
	uint32_t retry_after_s; /* 0 without */
	uint32_t expires_s, min_expires_s; /* of a registration; 0 without */
};

#define WIRE_DIALOG_MAGIC 0x57444c47u

/* The other end of a leg; lives in the leg, is zeroed before use and must not move. */
struct wire_dialog {
	uint32_t magic; /* WIRE_DIALOG_MAGIC, set by the first call */
	struct wire *wire;
	void *leg;        /* set by ua.c: comes back in the handlers */
	void *opaque;     /* the library's dialog */
	void *bye;        /* the library's BYE while it is unanswered */
	void *ask;        /* the library's re-INVITE or UPDATE of ours while it is unanswered */
	char peer_ip[46]; /* where the call was placed to, or came from */
	uint16_t peer_port;
	enum wire_transport peer_via;
	bool by_peer; /* Contact and Record-Route are of no use to us: everything goes to the peer */
};

/* ua.c's side. */
struct wire_handlers {
	bool (*allow)(void *arg, const char *ip);
	void (*knock)(void *arg, struct wire_request *request, const struct wire_message *message);
	void (*response)(void *leg, const struct wire_message *message);
	void (*bye_done)(void *leg, const struct wire_message *message);
	void (*request)(void *leg, struct wire_request *request, const struct wire_message *message);
	/* The final answer to wire_ask(). */
	void (*asked)(void *leg, const struct wire_message *message);
	/* The final answer to wire_query(). */
	void (*replied)(void *leg, const struct wire_message *message);
	/* A kept INVITE is acknowledged (WIRE_ACK), cancelled (WIRE_CANCEL) or timed out (WIRE_OTHER). */
	void (*settled)(void *leg, const struct wire_message *message);
};

struct wire_options {
	const char *ip;
	uint16_t port; /* 0: any free one */
	uint16_t tls_port; /* the same */
	const char *user_agent;
	uint32_t invites_max;
	const struct wire_handlers *handlers;
	void *arg;
};

struct wire_counters {
	uint64_t bytes_refused, strangers, malformed;
};

struct wire_invite {
	const char *to_user, *host, *from_user, *from_name, *call_id, *sdp, *headers;
	uint16_t port;
	enum wire_transport via;
	const char *domain;      /* host of the request URI and To; NULL: host and port */
	const char *from_domain; /* host of From; NULL: our address */
};

/* OPTIONS or REGISTER, outside of dialogs. */
struct wire_query {
	bool registers;
	const char *user, *host, *domain, *call_id; /* user and domain of the registration; domain NULL: host and port */
	const char *headers;                        /* NULL or credentials, lines ended by CRLF */
	uint16_t port;
	enum wire_transport via;
	uint32_t cseq, expires_s;
};

int wire_open(struct wire **wire, const struct wire_options *options, char *why);
void wire_close(struct wire *wire);
int wire_fd(const struct wire *wire);
uint16_t wire_port(const struct wire *wire);
/* Runs what is due; answers the microseconds until the library's next timer, INT64_MAX when it has none. */
int64_t wire_step(struct wire *wire, int64_t now_us);
void wire_counted(const struct wire *wire, struct wire_counters *out);

/* Is WIRE_TLS to be had? A sentence in `why` (NULL or 160 bytes). */
int wire_need_tls(const struct wire *wire, char *why);

/* Sends the query; replied() follows, once, unless the dialog (zeroed but for its leg) is freed before. */
int wire_query(struct wire *wire, const struct wire_query *query, struct wire_dialog *dialog);
/* The request URI that it sends. */
void wire_query_uri(const struct wire_query *query, char *out, size_t size);

/* Sends an INVITE; fills dialog and *call. */
int wire_invite(struct wire *wire, const struct wire_invite *invite, struct wire_dialog *dialog, struct wire_call **call);
/*
 * Inside the response handler: sends it again, in place of *call; `headers` stand for the credentials and session timers that it
 * had.
 */
int wire_invite_again(struct wire_dialog *dialog, struct wire_call **call, const char *headers);
/* The request URI that wire_invite() will send. */
void wire_invite_uri(const struct wire_invite *invite, char *out, size_t size);
/* The request URI that `call` sent, for the digest. */
int wire_call_uri(const struct wire_call *call, char *out, size_t size);
/* Inside the response handler of a 2xx: takes tag and route, acknowledges (`sdp` NULL or our answer), and lets go of the call
 * (it lingers for retransmissions). */
int wire_confirm(struct wire_dialog *dialog, struct wire_call *call, const char *sdp, int64_t now_us);
/*
 * Inside the response handler of a reliable provisional: acknowledges it. `headers` NULL or credentials, `sdp` NULL or our
 * answer.
 */
int wire_prack(struct wire_dialog *dialog, const char *headers, const char *sdp);
/* The request URI of that PRACK, for the digest. */
int wire_prack_uri(const struct wire_dialog *dialog, char *out, size_t size);
/* Waits for a provisional by itself. `reason` NULL or a Reason header value. */
int wire_cancel(struct wire_call *call, const char *reason);
/* Ends the call's transaction without another event. NULL is fine. */
void wire_drop(struct wire_call *call);

/* bye_done() follows, once, unless the dialog is freed before. `headers` NULL or credentials. */
int wire_bye(struct wire_dialog *dialog, const char *reason, const char *headers);
/* The request URI that requests of ours in this dialog have, for the digest. */
int wire_target(const struct wire_dialog *dialog, char *out, size_t size);
/*
 * Re-INVITE or UPDATE; asked() follows, once, unless the dialog is freed before. The 2xx of a re-INVITE is acknowledged inside.
 */
int wire_ask(struct wire_dialog *dialog, enum wire_method method, const char *headers, const char *sdp);

/* What ends an INVITE of ours that has no final answer yet. -EPROTO: it does not fit. */
int wire_relic_call(const struct wire_dialog *dialog, const struct wire_call *call, struct relic *out);
/* What ends a call that is up: `request` is their INVITE; NULL inside the response handler of the 2xx to ours. */
int wire_relic_up(const struct wire_dialog *dialog, struct wire_request *request, struct relic *out);
/* CANCEL or BYE; bye_done() follows, once, unless the dialog (zeroed but for its leg) is freed before. */
int wire_end_relic(struct wire *wire, const struct relic *relic, struct wire_dialog *dialog);

/* Makes the dialog of an incoming INVITE; later requests in it go to the request handler. */
int wire_accept(struct wire *wire, struct wire_request *request, const struct wire_message *message, struct wire_dialog *dialog);
/* No handler is called for it from now on. Fine for one that was never made. */
void wire_dialog_free(struct wire_dialog *dialog);
/* The INVITE outlives its handler; settled() follows. */
void wire_keep(struct wire_request *request, struct wire_dialog *dialog);
/* NULL is fine. An INVITE without a final answer gets 500. */
void wire_forget(struct wire_request *request);
/* `sdp` NULL: no body. `header` NULL or header lines, CRLF between them. A provisional is sent reliably to
 * a caller that requires it. `phrase` NULL: the usual one. */
int wire_reply(
	struct wire *wire, struct wire_request *request, int code, const char *phrase, const char *sdp, const char *header);
/* A re-INVITE or UPDATE changed the other side's Contact. */
void wire_refresh(struct wire_dialog *dialog, struct wire_request *request);

#endif
