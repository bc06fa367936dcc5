/* ua_sofia_relics.c - what ends a dialog after a crash */
#include "dialer/ua_sofia.h"

#include "base/text.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>

/* A From or To of ours, without its display name. */
static bool print_party(const url_t *url, const char *tag, char *out, size_t size)
{
	char uri[160];
	if (sofia_print_url(url, uri, sizeof(uri)))
		return false;
	return (size_t)snprintf(out, size, "<%s>%s%s", uri, tag ? ";tag=" : "", or_empty(tag)) < size;
}

static bool print_routes(const sip_route_t *route, char *out, size_t size)
{
	char uri[160];
	size_t at = 0;
	*out = 0;
	for (; route && at < size; route = route->r_next) {
		if (sofia_print_url(route->r_url, uri, sizeof(uri)))
			return false;
		at += (size_t)snprintf(out + at, size - at, "%s<%s>", at ? ", " : "", uri);
	}
	return at < size;
}

static bool start_relic(const struct wire_dialog *dialog, const sip_t *sip, struct relic *out)
{
	*out = (struct relic){.via = (uint8_t)dialog->peer_via, .peer_port = dialog->peer_port, .by_peer = dialog->by_peer};
	return sip && sip->sip_from && sip->sip_to && sip->sip_cseq && sip->sip_call_id &&
	       text_copy(out->call_id, sizeof(out->call_id), sip->sip_call_id->i_id) &&
	       text_copy(out->peer_ip, sizeof(out->peer_ip), dialog->peer_ip);
}

int wire_relic_call(const struct wire_dialog *dialog, const struct wire_call *call, struct relic *out)
{
	nta_outgoing_t *orq = (nta_outgoing_t *)(uintptr_t)call;
	msg_t *msg = nta_outgoing_getrequest(orq);
	const sip_t *sip = msg ? sip_object(msg) : NULL;
	const char *branch = nta_outgoing_branch(orq);
	bool fits = start_relic(dialog, sip, out) && branch && text_copy(out->branch, sizeof(out->branch), branch) &&
		    print_party(sip->sip_from->a_url, sip->sip_from->a_tag, out->local, sizeof(out->local)) &&
		    print_party(sip->sip_to->a_url, NULL, out->remote, sizeof(out->remote)) &&
		    !sofia_print_url(sip->sip_request->rq_url, out->target, sizeof(out->target));
	if (fits)
		out->cseq = sip->sip_cseq->cs_seq;
	if (msg)
		msg_destroy(msg);
	return fits ? 0 : -EPROTO;
}

/* Theirs: the tag that we gave is not in their request, and our own CSeq begins when we ask for something. */
static bool print_parties(const struct wire_dialog *dialog, const sip_t *sip, bool theirs, struct relic *out)
{
	const sip_addr_t *local = theirs ? sip->sip_to : sip->sip_from, *remote = theirs ? sip->sip_from : sip->sip_to;
	const char *tag = theirs ? nta_leg_get_tag(dialog->opaque) : local->a_tag;
	out->cseq = theirs ? 0 : sip->sip_cseq->cs_seq;
	return tag && print_party(local->a_url, tag, out->local, sizeof(out->local)) &&
	       print_party(remote->a_url, remote->a_tag, out->remote, sizeof(out->remote));
}

int wire_relic_up(const struct wire_dialog *dialog, struct wire_request *request, struct relic *out)
{
	const sip_t *sip = request ? sofia_request_of((nta_incoming_t *)request) : dialog->wire->response;
	const sip_route_t *route = NULL;
	const sip_contact_t *target = NULL;
	bool fits = start_relic(dialog, sip, out) && print_parties(dialog, sip, request, out) &&
		    nta_leg_get_route(dialog->opaque, &route, &target) >= 0 && target &&
		    !sofia_print_url(target->m_url, out->target, sizeof(out->target)) &&
		    print_routes(route, out->route, sizeof(out->route));
	out->answered = true;
	return fits ? 0 : -EPROTO;
}

#define CSEQ_AHEAD 100000 /* of what the dialog may have used since its INVITE */

int wire_end_relic(struct wire *wire, const struct relic *relic, struct wire_dialog *dialog)
{
	char hop[96], cseq[32];
	dialog->magic = WIRE_DIALOG_MAGIC;
	dialog->wire = wire;
	dialog->peer_port = relic->peer_port;
	dialog->peer_via = (enum wire_transport)relic->via;
	dialog->by_peer = relic->by_peer || !relic->answered || dialog->peer_via == WIRE_TLS;
	text_copy(dialog->peer_ip, sizeof(dialog->peer_ip), relic->peer_ip);
	if (relic->via > WIRE_TLS || sofia_need(wire, dialog->peer_via))
		return -EPROTO;
	snprintf(cseq, sizeof(cseq), "%u %s", relic->answered ? relic->cseq + CSEQ_AHEAD : relic->cseq,
		relic->answered ? "BYE" : "CANCEL");
	dialog->bye = nta_outgoing_tcreate(wire->door, sofia_on_bye_done, dialog, sofia_way(dialog, hop),
		relic->answered ? sip_method_bye : sip_method_cancel, relic->answered ? "BYE" : "CANCEL",
		URL_STRING_MAKE(relic->target), TAG_IF(!relic->answered, NTATAG_BRANCH_KEY(relic->branch)),
		SIPTAG_FROM_STR(relic->local), SIPTAG_TO_STR(relic->remote), SIPTAG_CALL_ID_STR(relic->call_id),
		TAG_IF(relic->cseq, SIPTAG_CSEQ_STR(cseq)), TAG_IF(relic->route[0], SIPTAG_ROUTE_STR(relic->route)),
		SIPTAG_USER_AGENT_STR(wire->user_agent), SIPTAG_REASON_STR("SIP;cause=500;text=\"Restarted\""), TAG_END());
	return dialog->bye ? 0 : -EPROTO;
}
