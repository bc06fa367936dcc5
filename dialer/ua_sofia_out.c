/* ua_sofia_out.c - calls out: INVITE, ACK, PRACK, CANCEL, BYE */
#include "dialer/ua_sofia.h"

#include "base/clock.h"
#include "base/text.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LATE_US (33 * SEC_US)

/* --- calls out */

static int on_response(struct wire_dialog *dialog, nta_outgoing_t *orq, const sip_t *sip)
{
	struct wire *wire = dialog->wire;
	struct wire_message message;
	(void)orq;
	assert(dialog->magic == WIRE_DIALOG_MAGIC);
	sofia_fill_response(wire, &message, sip);
	wire->response = sip;
	wire->handlers->response(dialog->leg, &message);
	wire->response = NULL;
	return 0;
}

static int make_dialog(struct wire *wire, const struct wire_invite *invite, struct wire_dialog *dialog)
{
	char from[500], to[330], uri[320];
	sofia_named_uri(invite->from_user, invite->from_domain, wire->ip, wire->port, WIRE_UDP, uri, sizeof(uri));
	if (invite->from_name)
		snprintf(from, sizeof(from), "\"%s\" <%s>", invite->from_name, uri);
	else
		snprintf(from, sizeof(from), "<%s>", uri);
	sofia_named_uri(invite->to_user, invite->domain, invite->host, invite->port, WIRE_UDP, uri, sizeof(uri));
	snprintf(to, sizeof(to), "<%s>", uri);
	nta_leg_t *leg = nta_leg_tcreate(wire->agent, sofia_on_request, dialog, SIPTAG_CALL_ID_STR(invite->call_id),
		SIPTAG_FROM_STR(from), SIPTAG_TO_STR(to), TAG_END());
	if (!leg)
		return -EPROTO;
	dialog->opaque = leg;
	return nta_leg_tag(leg, NULL) ? 0 : -EPROTO;
}

int wire_invite(struct wire *wire, const struct wire_invite *invite, struct wire_dialog *dialog, struct wire_call **call)
{
	char target[320], hop[96], contact[160];
	dialog->magic = WIRE_DIALOG_MAGIC;
	dialog->wire = wire;
	dialog->peer_port = invite->port;
	dialog->peer_via = invite->via;
	dialog->by_peer = true;
	text_copy(dialog->peer_ip, sizeof(dialog->peer_ip), invite->host);
	if (sofia_need(wire, invite->via) || make_dialog(wire, invite, dialog))
		return -EPROTO;
	wire_invite_uri(invite, target, sizeof(target));
	nta_outgoing_t *orq = nta_outgoing_tcreate(dialog->opaque, on_response, dialog, sofia_way(dialog, hop), SIP_METHOD_INVITE,
		URL_STRING_MAKE(target), NTATAG_PASS_100(1),
		SIPTAG_CONTACT_STR(sofia_contact(wire, "outdial", invite->via, contact)), SIPTAG_ALLOW_STR(WIRE_ALLOW),
		SIPTAG_USER_AGENT_STR(wire->user_agent), TAG_IF(invite->headers, SIPTAG_HEADER_STR(invite->headers)),
		TAG_IF(invite->sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
		TAG_IF(invite->sdp, SIPTAG_PAYLOAD_STR(invite->sdp)), TAG_END());
	*call = (struct wire_call *)orq;
	return orq ? 0 : -EPROTO;
}

/* A copy of the request without what belongs to the first try. */
static msg_t *copy_request(nta_outgoing_t *orq)
{
	msg_t *sent = nta_outgoing_getrequest(orq);
	msg_t *msg = sent ? msg_copy(sent) : NULL;
	sip_t *sip = msg ? sip_object(msg) : NULL;
	if (sent)
		msg_destroy(sent);
	if (!sip)
		return NULL;
	while (sip->sip_via)
		sip_header_remove(msg, sip, (sip_header_t *)sip->sip_via);
	if (sip->sip_cseq)
		sip_header_remove(msg, sip, (sip_header_t *)sip->sip_cseq);
	return msg;
}

/* What a second try says anew. */
static void strip(msg_t *msg, sip_t *sip)
{
	while (sip->sip_authorization)
		sip_header_remove(msg, sip, (sip_header_t *)sip->sip_authorization);
	while (sip->sip_proxy_authorization)
		sip_header_remove(msg, sip, (sip_header_t *)sip->sip_proxy_authorization);
	if (sip->sip_session_expires)
		sip_header_remove(msg, sip, (sip_header_t *)sip->sip_session_expires);
	if (sip->sip_min_se)
		sip_header_remove(msg, sip, (sip_header_t *)sip->sip_min_se);
}

static msg_hclass_t *class_of(const char *line, size_t name)
{
	static const struct {
		const char *name;
		msg_hclass_t *class;
	} classes[] = {
		{"Authorization", sip_authorization_class},
		{"Proxy-Authorization", sip_proxy_authorization_class},
		{"Session-Expires", sip_session_expires_class},
		{"Min-SE", sip_min_se_class},
	};
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		if (strlen(classes[i].name) == name && !strncasecmp(classes[i].name, line, name))
			return classes[i].class;
	return NULL;
}

/* Line by line: what the library adds as one text it would write behind the body. */
static bool add_lines(msg_t *msg, const char *lines)
{
	char value[1200];
	while (*lines) {
		size_t length = strcspn(lines, "\r"), name = strcspn(lines, ":");
		msg_hclass_t *class = class_of(lines, name);
		if (!class || name + 2 > length || !text_copy_n(value, sizeof(value), lines + name + 2, length - name - 2) ||
			sip_add_make(msg, sip_object(msg), class, value) < 0)
			return false;
		lines += length;
		lines += strspn(lines, "\r\n");
	}
	return true;
}

int wire_invite_again(struct wire_dialog *dialog, struct wire_call **call, const char *headers)
{
	char hop[96];
	nta_outgoing_t *old = (nta_outgoing_t *)*call, *orq = NULL;
	msg_t *msg = copy_request(old);
	if (msg) {
		strip(msg, sip_object(msg));
		if (add_lines(msg, headers) &&
			nta_msg_request_complete(msg, dialog->opaque, SIP_METHOD_INVITE,
				(url_string_t *)sip_object(msg)->sip_request->rq_url) >= 0)
			orq = nta_outgoing_mcreate(dialog->wire->agent, on_response, dialog, sofia_way(dialog, hop), msg,
				NTATAG_PASS_100(1), TAG_END());
	}
	if (!orq) {
		if (msg)
			msg_destroy(msg);
		return -EPROTO;
	}
	nta_outgoing_destroy(old);
	*call = (struct wire_call *)orq;
	return 0;
}

void wire_invite_uri(const struct wire_invite *invite, char *out, size_t size)
{
	sofia_named_uri(invite->to_user, invite->domain, invite->host, invite->port, invite->via, out, size);
}

int wire_call_uri(const struct wire_call *call, char *out, size_t size)
{
	return sofia_print_url(nta_outgoing_request_uri((const nta_outgoing_t *)call), out, size);
}

static int on_late(struct wire_dialog *dialog, nta_outgoing_t *orq, const sip_t *sip)
{
	(void)dialog;
	(void)orq;
	(void)sip;
	return 0;
}

void sofia_keep_late(struct wire *wire, nta_outgoing_t *orq, int64_t now_us)
{
	struct late *item = malloc(sizeof(*item));
	nta_outgoing_bind(orq, on_late, NULL);
	if (!item) {
		nta_outgoing_destroy(orq);
		return;
	}
	*item = (struct late){.orq = orq, .due_us = now_us + LATE_US};
	*wire->late_last = item;
	wire->late_last = &item->next;
}

static void learn(struct wire_dialog *dialog, const sip_t *sip)
{
	if (sip->sip_to && sip->sip_to->a_tag)
		nta_leg_rtag(dialog->opaque, sip->sip_to->a_tag);
	nta_leg_client_reroute(dialog->opaque, sofia_sound_route(sip), sofia_sound_contact(sip), 1);
	dialog->by_peer = !sofia_routed(dialog);
}

/* Inside the handler of the 2xx to `orq`. */
int sofia_acknowledge(struct wire_dialog *dialog, nta_outgoing_t *orq, const char *sdp)
{
	char hop[96];
	sip_cseq_t cseq[1];
	sip_cseq_init(cseq);
	cseq->cs_seq = nta_outgoing_cseq(orq);
	cseq->cs_method = sip_method_ack;
	cseq->cs_method_name = "ACK";
	nta_outgoing_t *ack = nta_outgoing_tcreate(dialog->opaque, NULL, NULL, sofia_way(dialog, hop), SIP_METHOD_ACK, NULL,
		SIPTAG_CSEQ(cseq), TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")), TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)),
		TAG_END());
	nta_outgoing_destroy(ack);
	return ack ? 0 : -EPROTO;
}

int wire_confirm(struct wire_dialog *dialog, struct wire_call *call, const char *sdp, int64_t now_us)
{
	nta_outgoing_t *orq = (nta_outgoing_t *)call;
	assert(dialog->wire->response);
	learn(dialog, dialog->wire->response);
	int err = sofia_acknowledge(dialog, orq, sdp);
	sofia_keep_late(dialog->wire, orq, now_us);
	return err;
}

/* --- PRACK */

int wire_prack_uri(const struct wire_dialog *dialog, char *out, size_t size)
{
	const sip_t *sip = dialog->wire->response;
	const sip_contact_t *contact = sip ? sofia_sound_contact(sip) : NULL;
	return contact ? sofia_print_url(contact->m_url, out, size) : -EPROTO;
}

/* May the library send to the early dialog's first hop by itself? */
static bool early_routed(const struct wire *wire, const sip_route_t *route, const sip_contact_t *contact)
{
	if (route)
		return url_has_param(route->r_url, "lr") && sofia_reachable(wire, route->r_url);
	return sofia_reachable(wire, contact->m_url);
}

/*
 * The early dialog is the response's own (tag, Contact, route): another fork may still win, so the leg itself learns nothing
 * here. The transaction goes on by itself: when no answer comes, the other side gives the call up.
 */
static nta_outgoing_t *create_prack(struct wire_dialog *dialog, su_home_t *home, const char *headers, const char *sdp)
{
	char uri[96];
	const sip_t *sip = dialog->wire->response;
	const sip_contact_t *contact = sofia_sound_contact(sip);
	if (!contact || !sip->sip_rseq || !sip->sip_cseq)
		return NULL;
	sip_route_t *route = sip_route_reverse(home, sofia_sound_route(sip));
	bool direct = early_routed(dialog->wire, route, contact);
	sofia_uri("", dialog->peer_ip, dialog->peer_port, dialog->peer_via, uri, sizeof(uri));
	sip_rack_t rack[1];
	sip_rack_init(rack);
	rack->ra_response = (uint32_t)sip->sip_rseq->rs_response;
	rack->ra_cseq = sip->sip_cseq->cs_seq;
	rack->ra_method = sip->sip_cseq->cs_method;
	rack->ra_method_name = sip->sip_cseq->cs_method_name;
	return nta_outgoing_tcreate(dialog->opaque, NULL, NULL, direct ? NULL : URL_STRING_MAKE(uri), SIP_METHOD_PRACK,
		(const url_string_t *)contact->m_url, SIPTAG_TO(sip->sip_to), SIPTAG_RACK(rack), SIPTAG_ROUTE(route),
		TAG_IF(headers, SIPTAG_HEADER_STR(headers)), TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
		TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)), TAG_END());
}

int wire_prack(struct wire_dialog *dialog, const char *headers, const char *sdp)
{
	su_home_t home[1] = {SU_HOME_INIT(home)};
	nta_outgoing_t *orq = create_prack(dialog, home, headers, sdp);
	nta_outgoing_destroy(orq);
	su_home_deinit(home);
	return orq ? 0 : -EPROTO;
}

int wire_cancel(struct wire_call *call, const char *reason)
{
	nta_outgoing_t *cancel =
		nta_outgoing_tcancel((nta_outgoing_t *)call, NULL, NULL, TAG_IF(reason, SIPTAG_REASON_STR(reason)), TAG_END());
	return cancel ? 0 : -EPROTO;
}

void wire_drop(struct wire_call *call)
{
	nta_outgoing_destroy((nta_outgoing_t *)call);
}

/* --- BYE */

int sofia_on_bye_done(struct wire_dialog *dialog, nta_outgoing_t *orq, const sip_t *sip)
{
	struct wire *wire = dialog->wire;
	struct wire_message message;
	if (!sofia_final(dialog, sip, &message))
		return 0;
	dialog->bye = NULL;
	wire->handlers->bye_done(dialog->leg, &message);
	nta_outgoing_destroy(orq); /* the answer's texts are its own: not before the handler has read them */
	return 0;
}

int wire_bye(struct wire_dialog *dialog, const char *reason, const char *headers)
{
	char hop[96];
	dialog->bye = nta_outgoing_tcreate(dialog->opaque, sofia_on_bye_done, dialog, sofia_way(dialog, hop), SIP_METHOD_BYE,
		NULL, SIPTAG_USER_AGENT_STR(dialog->wire->user_agent), TAG_IF(reason, SIPTAG_REASON_STR(reason)),
		TAG_IF(headers, SIPTAG_HEADER_STR(headers)), TAG_END());
	return dialog->bye ? 0 : -EPROTO;
}

int wire_target(const struct wire_dialog *dialog, char *out, size_t size)
{
	const sip_contact_t *target = NULL;
	if (nta_leg_get_route(dialog->opaque, NULL, &target) < 0 || !target)
		return -EPROTO;
	return sofia_print_url(target->m_url, out, size);
}
