/* ua_sofia_ask.c - requests of ours besides: re-INVITE and UPDATE within a call, OPTIONS and REGISTER outside */
#include "dialer/ua_sofia.h"

#include "base/clock.h"
#include "base/text.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* --- re-INVITE and UPDATE of ours */

static int on_asked(struct wire_dialog *dialog, nta_outgoing_t *orq, const sip_t *sip)
{
	struct wire *wire = dialog->wire;
	struct wire_message message;
	if (!sofia_final(dialog, sip, &message))
		return 0;
	dialog->ask = NULL;
	message.method = nta_outgoing_method(orq) == sip_method_invite ? WIRE_INVITE : WIRE_UPDATE;
	if (message.code < 300)
		sofia_retarget(dialog, sofia_sound_contact(sip));
	if (message.code < 300 && message.method == WIRE_INVITE) {
		sofia_acknowledge(dialog, orq, NULL);
		sofia_keep_late(wire, orq, clock_us());
		orq = NULL;
	}
	wire->handlers->asked(dialog->leg, &message);
	nta_outgoing_destroy(orq);
	return 0;
}

int wire_ask(struct wire_dialog *dialog, enum wire_method method, const char *headers, const char *sdp)
{
	char hop[96], contact[160];
	bool invite = method == WIRE_INVITE;
	assert(!dialog->ask);
	dialog->ask = nta_outgoing_tcreate(dialog->opaque, on_asked, dialog, sofia_way(dialog, hop),
		invite ? sip_method_invite : sip_method_update, invite ? "INVITE" : "UPDATE", NULL,
		SIPTAG_CONTACT_STR(sofia_contact(dialog->wire, "outdial", dialog->peer_via, contact)),
		SIPTAG_ALLOW_STR(WIRE_ALLOW), SIPTAG_SUPPORTED_STR("timer"), SIPTAG_USER_AGENT_STR(dialog->wire->user_agent),
		TAG_IF(headers, SIPTAG_HEADER_STR(headers)), TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
		TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)), TAG_END());
	return dialog->ask ? 0 : -EPROTO;
}

/* --- OPTIONS and REGISTER */

/* What our registration got: the lifetime of our Contact, else Expires. */
static void fill_registration(const struct wire *wire, struct wire_message *message, const sip_t *sip)
{
	if (!sip)
		return;
	if (sip->sip_expires)
		message->expires_s = (uint32_t)sip->sip_expires->ex_delta;
	if (sip->sip_min_expires)
		message->min_expires_s = (uint32_t)sip->sip_min_expires->me_delta;
	for (const sip_contact_t *at = sip->sip_contact; at; at = at->m_next) {
		int64_t expires_s;
		if (!strcmp(or_empty(at->m_url->url_host), wire->ip) && at->m_expires &&
			text_i64(at->m_expires, 0, UINT32_MAX, &expires_s))
			message->expires_s = (uint32_t)expires_s;
	}
}

static int on_replied(struct wire_dialog *dialog, nta_outgoing_t *orq, const sip_t *sip)
{
	struct wire *wire = dialog->wire;
	struct wire_message message;
	if (!sofia_final(dialog, sip, &message))
		return 0;
	fill_registration(wire, &message, sip);
	dialog->ask = NULL;
	wire->handlers->replied(dialog->leg, &message);
	nta_outgoing_destroy(orq);
	return 0;
}

void wire_query_uri(const struct wire_query *query, char *out, size_t size)
{
	sofia_named_uri("", query->domain, query->host, query->port, query->domain ? WIRE_UDP : query->via, out, size);
}

int wire_query(struct wire *wire, const struct wire_query *query, struct wire_dialog *dialog)
{
	char target[160], from[300], to[260], contact[160], contact_text[200], hop[96], cseq[32];
	dialog->magic = WIRE_DIALOG_MAGIC;
	dialog->wire = wire;
	if (sofia_need(wire, query->via))
		return -EPROTO;
	wire_query_uri(query, target, sizeof(target));
	sofia_uri("", query->host, query->port, query->via, hop, sizeof(hop));
	sofia_named_uri(query->user, query->domain, query->host, query->port, WIRE_UDP, to, sizeof(to));
	if (!query->registers)
		sofia_uri("outdial", wire->ip, wire->port, WIRE_UDP, to, sizeof(to));
	snprintf(from, sizeof(from), "<%s>;tag=%s", to, query->call_id);
	snprintf(to, sizeof(to), "<%s>", target);
	if (query->registers)
		snprintf(to, sizeof(to), "%.*s", (int)(strchr(from, '>') - from) + 1, from);
	snprintf(contact_text, sizeof(contact_text), "%s;expires=%u",
		sofia_contact(wire, query->registers ? query->user : "outdial", query->via, contact), query->expires_s);
	snprintf(cseq, sizeof(cseq), "%u %s", query->cseq, query->registers ? "REGISTER" : "OPTIONS");
	dialog->ask = nta_outgoing_tcreate(wire->door, on_replied, dialog, URL_STRING_MAKE(hop),
		query->registers ? sip_method_register : sip_method_options, query->registers ? "REGISTER" : "OPTIONS",
		URL_STRING_MAKE(target), SIPTAG_FROM_STR(from), SIPTAG_TO_STR(to), SIPTAG_CALL_ID_STR(query->call_id),
		SIPTAG_CSEQ_STR(cseq), SIPTAG_CONTACT_STR(query->registers ? contact_text : contact),
		SIPTAG_USER_AGENT_STR(wire->user_agent), TAG_IF(query->registers, SIPTAG_ALLOW_STR(WIRE_ALLOW)),
		TAG_IF(query->headers, SIPTAG_HEADER_STR(query->headers)), TAG_END());
	return dialog->ask ? 0 : -EPROTO;
}
