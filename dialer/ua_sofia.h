/*
 * ua_sofia.h - inside of ua_sofia*.c, the only files that include sofia-sip (nobody else includes this)
 *
 * What    ua_sofia.c opens and steps the agent, ua_sofia_way.c knows where requests go, ua_sofia_read.c turns messages into those
 *         of ua_wire.h,
 * ua_sofia_out.c places calls, ua_sofia_in.c takes what comes, ua_sofia_ask.c asks for the rest, ua_sofia_relics.c ends what a
 * crash left.
 * Guard   (measured on 1.12.11+20110422-6, docs/decisions):
 * datagrams are looked at before the library reads them (source, size, first byte; none unseen, ua_hatch.h), connections when
 * they are accepted (source, ua_door.h); every NULL is checked; only SIP URIs with an
 * IP literal become a route, everything else is sent to the peer that the call was placed to or came from, so that no name is
 * ever resolved; an ACK is created only inside the handler of its 2xx, where the INVITE surely exists (the library asserts that
 * it does); nta_outgoing_tagged() is not used: a 2xx of another fork is acknowledged and ended by the library itself;
 * nta_outgoing_prack() is not used either: it would tie the leg to the first fork that speaks reliably.
 */
#ifndef OUTDIAL_DIALER_UA_SOFIA_H
#define OUTDIAL_DIALER_UA_SOFIA_H

#include "dialer/ua_door.h"
#include "dialer/ua_hatch.h"
#include "dialer/ua_wire.h"

#define NTA_LEG_MAGIC_T struct wire_dialog
#define NTA_AGENT_MAGIC_T struct wire
#define NTA_OUTGOING_MAGIC_T struct wire_dialog
#define NTA_INCOMING_MAGIC_T struct wire_dialog
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/nta.h>
#include <sofia-sip/nta_tport.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_util.h>

/* A client INVITE after its 2xx: kept for the retransmissions of that 2xx and for those of other forks. */
struct late {
	nta_outgoing_t *orq;
	int64_t due_us;
	struct late *next;
};

struct wire {
	su_root_t *root;
	nta_agent_t *agent;
	nta_leg_t *door; /* requests outside of dialogs */
	char ip[46], contact[80], user_agent[64];
	uint16_t port;
	uint16_t tls_port;
	bool has_tcp, has_tls, ipv6;
	const struct wire_handlers *handlers;
	void *arg;
	struct wire_dialog door_dialog; /* the door's magic: no leg, only the way back to us */
	const sip_t *response;          /* during a response handler */
	struct late *late_first, **late_last;
	struct wire_counters counters;
	struct door tcp_door; /* TCP and TLS */
	struct hatch hatch;   /* UDP */
	char auth_text[2048], reason_text[512], call_info_text[256], privacy_text[64];
	su_home_t home[1]; /* of `supported` */
	sip_supported_t *supported;
};

static inline const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* --- ua_sofia.c */
/* -EPROTO: this transport could not be opened. */
int sofia_need(const struct wire *wire, enum wire_transport via);

/* --- ua_sofia_way.c */
/* An address as a URI's host writes it. */
void sofia_host(const char *ip, char *out, size_t size);
void sofia_uri(const char *user, const char *ip, uint16_t port, enum wire_transport via, char *out, size_t size);
/* The same for a name, which stands without a port; `domain` NULL: the address. */
void sofia_named_uri(
	const char *user, const char *domain, const char *ip, uint16_t port, enum wire_transport via, char *out, size_t size);
/* Where requests in a dialog over this transport reach us, as a Contact. */
const char *sofia_contact(const struct wire *wire, const char *user, enum wire_transport via, char out[160]);
/* "scheme name=value, name=value" of a parsed header. */
void sofia_join(char *out, size_t size, const char *scheme, const char *glue, const msg_param_t *params, const char *comma);
/* -EPROTO: none, or too long. */
int sofia_print_url(const url_t *url, char *out, size_t size);
bool sofia_is_sip(const url_t *url);
enum wire_transport sofia_via(const sip_via_t *via);
/* May the library send to this URI by itself? Only to a literal, over a transport that we have. */
bool sofia_reachable(const struct wire *wire, const url_t *url);
/* NULL when the message has none that is sound. */
const sip_record_route_t *sofia_sound_route(const sip_t *sip);
const sip_contact_t *sofia_sound_contact(const sip_t *sip);
/* Does the library find its way to the first hop of the dialog by itself? */
bool sofia_routed(const struct wire_dialog *dialog);
/* The way to the peer, in `uri`, when the dialog's own is of no use; else NULL. */
const url_string_t *sofia_way(const struct wire_dialog *dialog, char uri[96]);
/* The dialog's target has moved to this Contact (NULL: it has not). */
void sofia_retarget(struct wire_dialog *dialog, const sip_contact_t *contact);

/* --- ua_sofia_read.c: views that are valid during the handler */
enum wire_method sofia_method(sip_method_t method);
void sofia_fill(struct wire *wire, struct wire_message *message, const sip_t *sip);
void sofia_fill_response(struct wire *wire, struct wire_message *message, const sip_t *sip);
/* The answer to a request that is not an INVITE's first one. False: it is provisional, the final one is to come. */
bool sofia_final(const struct wire_dialog *dialog, const sip_t *sip, struct wire_message *message);
void sofia_fill_request(struct wire *wire, struct wire_message *message, nta_incoming_t *irq, const sip_t *sip);
/* The message of a request, as long as the request lives. */
const sip_t *sofia_request_of(nta_incoming_t *irq);

/* --- ua_sofia_in.c: the library's callbacks for requests outside of dialogs and inside */
int sofia_on_knock(struct wire_dialog *door, nta_leg_t *leg, nta_incoming_t *irq, const sip_t *sip);
int sofia_on_request(struct wire_dialog *dialog, nta_leg_t *leg, nta_incoming_t *irq, const sip_t *sip);

/* --- ua_sofia_out.c */
/* Inside the handler of the 2xx to `orq`. */
int sofia_acknowledge(struct wire_dialog *dialog, nta_outgoing_t *orq, const char *sdp);
/* Keeps an INVITE after its 2xx, for LATE_US. */
void sofia_keep_late(struct wire *wire, nta_outgoing_t *orq, int64_t now_us);
int sofia_on_bye_done(struct wire_dialog *dialog, nta_outgoing_t *orq, const sip_t *sip);

#endif
