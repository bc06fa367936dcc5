/* ua_sofia_in.c - requests from outside, and what we answer */
#include "dialer/ua_sofia.h"

#include "base/text.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

/* --- requests from outside */

/* Second line behind the look at each datagram and connection: one that was allowed when it connected may not be so any more. */
static bool welcome(struct wire *wire, const struct wire_message *message)
{
	if (wire->handlers->allow(wire->arg, message->source_ip))
		return true;
	wire->counters.strangers++;
	return false;
}

/* A request that requires an extension that we have not is answered 420 here (RFC 3261, 8.2.2.3). */
static bool demands(const struct wire *wire, nta_incoming_t *irq, const sip_t *sip)
{
	sip_method_t method = sip->sip_request->rq_method;
	return method != sip_method_ack && method != sip_method_cancel &&
	       nta_check_required(irq, sip, wire->supported, TAG_END());
}

int sofia_on_knock(struct wire_dialog *door, nta_leg_t *leg, nta_incoming_t *irq, const sip_t *sip)
{
	struct wire *wire = door->wire;
	struct wire_message message;
	(void)leg;
	sofia_fill_request(wire, &message, irq, sip);
	if (!welcome(wire, &message))
		return 403;
	if (demands(wire, irq, sip))
		return 420;
	wire->handlers->knock(wire->arg, (struct wire_request *)irq, &message);
	/* A kept INVITE is answered later. Anything else has its answer by now, or nobody cared for it. */
	return nta_incoming_magic(irq, NULL) ? 0 : 500;
}

int sofia_on_request(struct wire_dialog *dialog, nta_leg_t *leg, nta_incoming_t *irq, const sip_t *sip)
{
	struct wire *wire = dialog->wire;
	struct wire_message message;
	(void)leg;
	assert(dialog->magic == WIRE_DIALOG_MAGIC);
	sofia_fill_request(wire, &message, irq, sip);
	if (!welcome(wire, &message))
		return 403;
	if (demands(wire, irq, sip))
		return 420;
	wire->handlers->request(dialog->leg, (struct wire_request *)irq, &message);
	/* A kept re-INVITE waits for its ACK. NTA sends the 500 only when the handler has not answered. */
	return nta_incoming_magic(irq, NULL) ? 0 : 500;
}

static int on_settled(struct wire_dialog *dialog, nta_incoming_t *irq, const sip_t *sip)
{
	struct wire *wire = dialog->wire;
	struct wire_message message;
	(void)irq;
	assert(dialog->magic == WIRE_DIALOG_MAGIC);
	sofia_fill(wire, &message, sip);
	if (sip && sip->sip_request)
		message.method = sofia_method(sip->sip_request->rq_method);
	wire->handlers->settled(dialog->leg, &message);
	return 0;
}

/* --- calls in */

/* Behind a NAT: one Via, and a Contact that is not where the request came from. Answer to where it came from. */
static bool hidden(const sip_t *sip, const struct wire_message *message)
{
	char host[50];
	sofia_host(message->source_ip, host, sizeof(host));
	return sip->sip_via && !sip->sip_via->v_next && !sip->sip_record_route && sip->sip_contact &&
	       strcasecmp(or_empty(sip->sip_contact->m_url->url_host), host);
}

int wire_accept(struct wire *wire, struct wire_request *request, const struct wire_message *message, struct wire_dialog *dialog)
{
	nta_incoming_t *irq = (nta_incoming_t *)request;
	const sip_t *sip = sofia_request_of(irq);
	dialog->magic = WIRE_DIALOG_MAGIC;
	dialog->wire = wire;
	dialog->peer_port = message->source_port;
	text_copy(dialog->peer_ip, sizeof(dialog->peer_ip), message->source_ip);
	if (!sip)
		return -EPROTO;
	dialog->peer_via = sofia_via(sip->sip_via);
	nta_leg_t *leg = nta_leg_tcreate(wire->agent, sofia_on_request, dialog, SIPTAG_CALL_ID(sip->sip_call_id),
		SIPTAG_FROM(sip->sip_to), SIPTAG_TO(sip->sip_from), TAG_END());
	if (!leg)
		return -EPROTO;
	dialog->opaque = leg;
	const char *tag = nta_incoming_tag(irq, NULL);
	if (!tag || !nta_leg_tag(leg, tag) || nta_leg_server_route(leg, sofia_sound_route(sip), sofia_sound_contact(sip)) < 0)
		return -EPROTO;
	dialog->by_peer = hidden(sip, message) || !sofia_routed(dialog);
	return 0;
}

void wire_dialog_free(struct wire_dialog *dialog)
{
	if (dialog->bye)
		nta_outgoing_destroy(dialog->bye);
	if (dialog->ask)
		nta_outgoing_destroy(dialog->ask);
	if (dialog->opaque)
		nta_leg_destroy(dialog->opaque);
	dialog->bye = dialog->ask = dialog->opaque = NULL;
	dialog->magic = 0;
}

void wire_keep(struct wire_request *request, struct wire_dialog *dialog)
{
	nta_incoming_bind((nta_incoming_t *)request, on_settled, dialog);
}

void wire_forget(struct wire_request *request)
{
	nta_incoming_destroy((nta_incoming_t *)request);
}

/* Sent again by the library until its PRACK comes; an answer that is given meanwhile waits for that. */
static int reply_reliably(struct wire *wire, nta_incoming_t *irq, int code, const char *phrase, const char *sdp)
{
	return nta_reliable_treply(irq, NULL, NULL, code, phrase, SIPTAG_CONTACT_STR(wire->contact), SIPTAG_ALLOW_STR(WIRE_ALLOW),
		       TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")), TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)), TAG_END())
		       ? 0
		       : -EPROTO;
}

int wire_reply(struct wire *wire, struct wire_request *request, int code, const char *phrase, const char *sdp, const char *header)
{
	nta_incoming_t *irq = (nta_incoming_t *)request;
	bool speaks = code < 300 && code > 100;
	const sip_t *sip = code > 100 && code < 200 ? sofia_request_of(irq) : NULL;
	if (sip && sip_has_feature(sip->sip_require, "100rel"))
		return reply_reliably(wire, irq, code, phrase, sdp);
	return nta_incoming_treply(irq, code, phrase, TAG_IF(speaks, SIPTAG_CONTACT_STR(wire->contact)),
		       TAG_IF(speaks || code == 405, SIPTAG_ALLOW_STR(WIRE_ALLOW)),
		       TAG_IF(speaks, SIPTAG_SUPPORTED_STR(WIRE_SUPPORTED)), SIPTAG_SERVER_STR(wire->user_agent),
		       TAG_IF(header, SIPTAG_HEADER_STR(header)), TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
		       TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)), TAG_END()) < 0
		       ? -EPROTO
		       : 0;
}

void wire_refresh(struct wire_dialog *dialog, struct wire_request *request)
{
	const sip_t *sip = sofia_request_of((nta_incoming_t *)request);
	if (sip)
		sofia_retarget(dialog, sofia_sound_contact(sip));
}
