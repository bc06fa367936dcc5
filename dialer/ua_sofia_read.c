/* ua_sofia_read.c - messages as ua.c sees them */
#include "dialer/ua_sofia.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum wire_method sofia_method(sip_method_t method)
{
	switch (method) {
	case sip_method_invite:
		return WIRE_INVITE;
	case sip_method_ack:
		return WIRE_ACK;
	case sip_method_bye:
		return WIRE_BYE;
	case sip_method_cancel:
		return WIRE_CANCEL;
	case sip_method_options:
		return WIRE_OPTIONS;
	case sip_method_info:
		return WIRE_INFO;
	case sip_method_update:
		return WIRE_UPDATE;
	case sip_method_prack:
		return WIRE_PRACK;
	case sip_method_unknown:
		return WIRE_STRANGE;
	default:
		return WIRE_OTHER;
	}
}

/* Can digest.c answer this challenge? Its algorithm's rank among those that can be answered, 0: no. */
static int rank_auth(const msg_auth_t *auth)
{
	if (!auth->au_scheme || strcasecmp(auth->au_scheme, "Digest"))
		return 0;
	const char *hash = msg_params_find(auth->au_params, "algorithm="), *qop = msg_params_find(auth->au_params, "qop=");
	if (qop && !strcasecmp(qop, "\"auth-int\""))
		return 0;
	if (hash && !strncasecmp(hash + (*hash == '"'), "SHA-256", 7) && !strcasestr(hash, "-sess"))
		return 2;
	return !hash || (!strncasecmp(hash + (*hash == '"'), "MD5", 3) && !strcasestr(hash, "-sess"));
}

/* The strongest of several challenges (RFC 8760 leaves the choice to the local policy); the first of equals. */
static const msg_auth_t *pick_auth(const msg_auth_t *auth)
{
	const msg_auth_t *best = NULL;
	for (int rank, best_rank = 0; auth; auth = auth->au_next)
		if ((rank = rank_auth(auth)) > best_rank) {
			best = auth;
			best_rank = rank;
		}
	return best;
}

static void fill_auth(struct wire *wire, struct wire_message *message, const msg_auth_t *plain, const msg_auth_t *proxy)
{
	const msg_auth_t *auth = pick_auth(plain);
	message->proxy_auth = !auth;
	if (!auth)
		auth = pick_auth(proxy);
	wire->auth_text[0] = 0;
	if (auth)
		sofia_join(wire->auth_text, sizeof(wire->auth_text), auth->au_scheme, " ", auth->au_params, ", ");
	message->auth = wire->auth_text;
}

/* All Reason values: one may speak SIP and the next one Q.850. */
static void fill_reason(struct wire *wire, const sip_reason_t *reason)
{
	char *out = wire->reason_text;
	size_t left = sizeof(wire->reason_text);
	*out = 0;
	for (; reason && left > 2; reason = reason->re_next) {
		sofia_join(out, left, reason->re_protocol, ";", reason->re_params, ";");
		size_t length = strlen(out);
		out += length;
		left -= length;
		if (reason->re_next && left > 2)
			left -= (size_t)snprintf(out, left, ", "), out += 2;
	}
}

/* A header that this library has no class for. */
static const char *extra(const sip_t *sip, const char *name)
{
	for (const sip_unknown_t *at = sip->sip_unknown; at; at = at->un_next)
		if (at->un_name && !strcasecmp(at->un_name, name))
			return or_empty(at->un_value);
	return "";
}

static void fill_call_info(struct wire *wire, struct wire_message *message, const sip_call_info_t *info)
{
	char *out = wire->call_info_text;
	size_t size = sizeof(wire->call_info_text);
	isize_t length = info ? url_e(out + 1, (isize_t)size - 2, info->ci_url) : 0;
	if (length <= 0 || (size_t)length + 2 >= size)
		return;
	out[0] = '<';
	sofia_join(out + length + 1, size - (size_t)length - 1, ">", ";", info->ci_params, ";");
	message->call_info = out;
}

static void fill_identity(struct wire *wire, struct wire_message *message, const sip_t *sip)
{
	message->asserted = extra(sip, "P-Asserted-Identity");
	message->diversion = extra(sip, "Diversion");
	if (!*message->diversion)
		message->diversion = extra(sip, "History-Info");
	sofia_join(wire->privacy_text, sizeof(wire->privacy_text), NULL, "",
		sip->sip_privacy ? sip->sip_privacy->priv_values : NULL, ";");
	message->privacy = wire->privacy_text;
	fill_call_info(wire, message, sip->sip_call_info);
}

static void fill_session(struct session_said *said, const sip_t *sip)
{
	const sip_session_expires_t *expires = sip->sip_session_expires;
	if (expires && expires->x_delta <= UINT32_MAX)
		said->interval_s = (uint32_t)expires->x_delta;
	if (expires && expires->x_refresher)
		said->refresher = strcasecmp(expires->x_refresher, "uas") ? SESSION_UAC : SESSION_UAS;
	if (sip->sip_min_se && sip->sip_min_se->min_delta <= UINT32_MAX)
		said->min_s = (uint32_t)sip->sip_min_se->min_delta;
	said->supported = sip_has_supported(sip->sip_supported, "timer") || sip_has_feature(sip->sip_require, "timer");
}

void sofia_fill(struct wire *wire, struct wire_message *message, const sip_t *sip)
{
	*message = (struct wire_message){.method = WIRE_OTHER,
		.phrase = "",
		.reason = "",
		.auth = "",
		.to_tag = "",
		.from_user = "",
		.to_user = "",
		.call_id = "",
		.asserted = "",
		.privacy = "",
		.diversion = "",
		.call_info = ""};
	if (!sip)
		return;
	fill_reason(wire, sip->sip_reason);
	message->reason = wire->reason_text;
	fill_identity(wire, message, sip);
	fill_session(&message->session, sip);
	message->takes_update = sip_is_allowed(sip->sip_allow, sip_method_update, "UPDATE");
	if (sip->sip_payload && sip->sip_payload->pl_len) {
		message->sdp = sip->sip_payload->pl_data;
		message->sdp_bytes = sip->sip_payload->pl_len;
	}
	if (sip->sip_to && sip->sip_to->a_tag) {
		message->tagged = true;
		message->to_tag = sip->sip_to->a_tag;
	}
	message->call_id = sip->sip_call_id ? or_empty(sip->sip_call_id->i_id) : "";
	message->sip_contact = sip->sip_contact && !sip->sip_contact->m_next && sofia_is_sip(sip->sip_contact->m_url);
}

void sofia_fill_response(struct wire *wire, struct wire_message *message, const sip_t *sip)
{
	sofia_fill(wire, message, sip);
	if (!sip || !sip->sip_status) {
		message->code = 408;
		message->internal = true;
		return;
	}
	message->code = sip->sip_status->st_status;
	message->phrase = or_empty(sip->sip_status->st_phrase);
	message->internal = nta_sip_is_internal(sip);
	if (message->code < 200 && sip->sip_rseq && sip->sip_rseq->rs_response <= UINT32_MAX)
		message->rseq = (uint32_t)sip->sip_rseq->rs_response;
	message->retry_after_s = sip->sip_retry_after ? (uint32_t)sip->sip_retry_after->af_delta : 0;
	fill_auth(wire, message, sip->sip_www_authenticate, sip->sip_proxy_authenticate);
}

bool sofia_final(const struct wire_dialog *dialog, const sip_t *sip, struct wire_message *message)
{
	assert(dialog->magic == WIRE_DIALOG_MAGIC);
	sofia_fill_response(dialog->wire, message, sip);
	return message->code >= 200;
}

/* The address that the request really came from. */
static void fill_source(struct wire_message *message, nta_incoming_t *irq)
{
	msg_t *msg = nta_incoming_getrequest(irq);
	su_sockaddr_t *from = msg ? msg_addr(msg) : NULL;
	if (from && from->su_family == AF_INET)
		inet_ntop(AF_INET, &from->su_sin.sin_addr, message->source_ip, sizeof(message->source_ip));
	else if (from && from->su_family == AF_INET6)
		inet_ntop(AF_INET6, &from->su_sin6.sin6_addr, message->source_ip, sizeof(message->source_ip));
	if (from)
		message->source_port = ntohs(from->su_port);
	if (msg)
		msg_destroy(msg);
}

void sofia_fill_request(struct wire *wire, struct wire_message *message, nta_incoming_t *irq, const sip_t *sip)
{
	sofia_fill(wire, message, sip);
	fill_source(message, irq);
	message->method = sofia_method(sip->sip_request->rq_method);
	message->to_user = or_empty(sip->sip_request->rq_url->url_user);
	message->from_user = sip->sip_from ? or_empty(sip->sip_from->a_url->url_user) : "";
	fill_auth(wire, message, sip->sip_authorization, sip->sip_proxy_authorization);
}

/* The message of a request, as long as the request lives. */
const sip_t *sofia_request_of(nta_incoming_t *irq)
{
	msg_t *msg = nta_incoming_getrequest(irq);
	const sip_t *sip = msg ? sip_object(msg) : NULL;
	if (msg)
		msg_destroy(msg);
	return sip;
}
