/* ua_sofia_way.c - URIs as text, and where requests go */
#include "dialer/ua_sofia.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- text */

void sofia_host(const char *ip, char *out, size_t size)
{
	snprintf(out, size, strchr(ip, ':') ? "[%s]" : "%s", ip);
}

static const char *const via_params[] = {"", ";transport=tcp", ";transport=tls"};

void sofia_uri(const char *user, const char *ip, uint16_t port, enum wire_transport via, char *out, size_t size)
{
	char host[50];
	sofia_host(ip, host, sizeof(host));
	snprintf(out, size, "sip:%s%s%s:%u%s", user, *user ? "@" : "", host, port, via_params[via]);
}

/* The same for a name, which stands without a port; `domain` NULL: the address. */
void sofia_named_uri(
	const char *user, const char *domain, const char *ip, uint16_t port, enum wire_transport via, char *out, size_t size)
{
	if (domain)
		snprintf(out, size, "sip:%s%s%s%s", user, *user ? "@" : "", domain, via_params[via]);
	else
		sofia_uri(user, ip, port, via, out, size);
}

/* Where requests in a dialog over this transport reach us, as a Contact. */
const char *sofia_contact(const struct wire *wire, const char *user, enum wire_transport via, char out[160])
{
	char uri[156];
	sofia_uri(user, wire->ip, via == WIRE_TLS ? wire->tls_port : wire->port, via, uri, sizeof(uri));
	snprintf(out, 160, "<%s>", uri);
	return out;
}

/* "scheme name=value, name=value" of a parsed header. */
void sofia_join(char *out, size_t size, const char *scheme, const char *glue, const msg_param_t *params, const char *comma)
{
	size_t at = (size_t)snprintf(out, size, "%s", scheme ? scheme : "");
	for (; params && *params && at < size; params++, glue = comma)
		at += (size_t)snprintf(out + at, size - at, "%s%s", glue, *params);
	if (at >= size)
		*out = 0;
}

/* An IP address as a URI's host writes it. */
static bool literal(const char *host)
{
	unsigned char address[16];
	char bare[46];
	if (!host)
		return false;
	if (*host != '[')
		return inet_pton(AF_INET, host, address) == 1;
	size_t length = strlen(host);
	return length > 2 && host[length - 1] == ']' && text_copy_n(bare, sizeof(bare), host + 1, length - 2) &&
	       inet_pton(AF_INET6, bare, address) == 1;
}

bool sofia_is_sip(const url_t *url)
{
	return url->url_type == url_sip && url->url_host && *url->url_host;
}

/* May the library send to this URI by itself? Only to a literal, over a transport that we have. */
bool sofia_reachable(const struct wire *wire, const url_t *url)
{
	char transport[8] = "udp";
	if (!sofia_is_sip(url) || !literal(url->url_host) || (url->url_host[0] == '[') != wire->ipv6)
		return false;
	if (!url->url_params)
		return true;
	if (url_has_param(url, "maddr"))
		return false;
	if (url_has_param(url, "transport") && !url_param(url->url_params, "transport", transport, sizeof(transport)))
		return false;
	return !strcasecmp(transport, "udp") || (wire->has_tcp && !strcasecmp(transport, "tcp"));
}

enum wire_transport sofia_via(const sip_via_t *via)
{
	const char *protocol = via ? or_empty(via->v_protocol) : "";
	return !strcasecmp(protocol, "SIP/2.0/TCP") ? WIRE_TCP : !strcasecmp(protocol, "SIP/2.0/TLS") ? WIRE_TLS : WIRE_UDP;
}

int sofia_print_url(const url_t *url, char *out, size_t size)
{
	isize_t length = url ? url_e(out, (isize_t)size, url) : 0;
	return length > 0 && (size_t)length < size ? 0 : -EPROTO;
}

void sofia_retarget(struct wire_dialog *dialog, const sip_contact_t *contact)
{
	bool nat = dialog->by_peer;
	if (!contact)
		return;
	nta_leg_server_route(dialog->opaque, NULL, contact);
	dialog->by_peer = nat || !sofia_routed(dialog);
}

/* --- where requests go */

/* Every Record-Route is a SIP URI: else the whole set is left out. */
const sip_record_route_t *sofia_sound_route(const sip_t *sip)
{
	for (const sip_record_route_t *at = sip->sip_record_route; at; at = at->r_next)
		if (!sofia_is_sip(at->r_url))
			return NULL;
	return sip->sip_record_route;
}

const sip_contact_t *sofia_sound_contact(const sip_t *sip)
{
	return sip->sip_contact && sofia_is_sip(sip->sip_contact->m_url) ? sip->sip_contact : NULL;
}

/* Does the library find its way to the first hop of the dialog by itself? */
bool sofia_routed(const struct wire_dialog *dialog)
{
	const sip_route_t *route = NULL;
	const sip_contact_t *target = NULL;
	if (dialog->peer_via == WIRE_TLS) /* its connection was checked: everything goes over it */
		return false;
	if (nta_leg_get_route(dialog->opaque, &route, &target) < 0)
		return false;
	if (route)
		return url_has_param(route->r_url, "lr") && sofia_reachable(dialog->wire, route->r_url);
	return target && sofia_reachable(dialog->wire, target->m_url);
}

/* The way to the peer, in `uri`, when the dialog's own is of no use; else NULL. */
const url_string_t *sofia_way(const struct wire_dialog *dialog, char uri[96])
{
	if (!dialog->by_peer)
		return NULL;
	sofia_uri("", dialog->peer_ip, dialog->peer_port, dialog->peer_via, uri, 96);
	return URL_STRING_MAKE(uri);
}
