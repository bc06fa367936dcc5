/*
 * The only file that includes sofia-sip. What it guards against (measured on 1.12.11+20110422-6, docs/decisions):
 * datagrams are looked at before the library reads them (source, size, first byte), connections when they are accepted (source, ua_door.h);
 * every NULL is checked; only SIP URIs with an
 * IP literal become a route, everything else is sent to the peer that the call was placed to or came from, so that no name is
 * ever resolved; an ACK is created only inside the handler of its 2xx, where the INVITE surely exists (the library asserts that
 * it does); nta_outgoing_tagged() is not used: a 2xx of another fork is acknowledged and ended by the library itself; nta_outgoing_prack() is
 * not used either: it would tie the leg to the first fork that speaks reliably.
 */
#include "dialer/ua_wire.h"

#include "base/clock.h"
#include "base/text.h"
#include "dialer/ua_door.h"
#include "dialer/ua_socket.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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
#include <sofia-sip/sresolv.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/tport_tag.h>

#define LATE_US (33 * SEC_US)
#define STEP_DATAGRAMS_MAX 256
#define SOCKET_BYTES (4 * 1024 * 1024)
#define STREAM_QUEUE 2048 /* messages that wait for a connection to be made or to take more; the library has 64 and fails what comes beyond */

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
	int epoll_fd, udp_fd;
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
	char auth_text[2048], reason_text[512], call_info_text[256], privacy_text[64];
	su_home_t home[1]; /* of `supported` */
	sip_supported_t *supported;
};

/*
 * The library's DNS resolver is switched off by standing in front of its constructor (the dynamic linker prefers our definition;
 * the agent lives without a resolver and answers requests to names with 500). It has no setting for that, and it must be off: the
 * BYE that the library itself sends to a fork that lost follows that fork's Contact, whatever it says, and when no server
 * answers, the query loops for ever over socket() and connect(). wire_open() checks that this function was the one that was
 * called.
 */
static bool resolver_refused;

sres_resolver_t *sres_resolver_create(su_root_t *root, char const *conf, tag_type_t tag, tag_value_t value, ...)
{
	(void)root;
	(void)conf;
	(void)tag;
	(void)value;
	resolver_refused = true;
	return NULL;
}

/* --- text */

static void print_host(const char *ip, char *out, size_t size)
{
	snprintf(out, size, strchr(ip, ':') ? "[%s]" : "%s", ip);
}

static const char *const via_params[] = {"", ";transport=tcp", ";transport=tls"};

static void print_uri(const char *user, const char *ip, uint16_t port, enum wire_transport via, char *out, size_t size)
{
	char host[50];
	print_host(ip, host, sizeof(host));
	snprintf(out, size, "sip:%s%s%s:%u%s", user, *user ? "@" : "", host, port, via_params[via]);
}

/* The same for a name, which stands without a port; `domain` NULL: the address. */
static void print_named(
	const char *user, const char *domain, const char *ip, uint16_t port, enum wire_transport via, char *out, size_t size)
{
	if (domain)
		snprintf(out, size, "sip:%s%s%s%s", user, *user ? "@" : "", domain, via_params[via]);
	else
		print_uri(user, ip, port, via, out, size);
}

/* Where requests in a dialog over this transport reach us, as a Contact. */
static const char *contact_of(const struct wire *wire, const char *user, enum wire_transport via, char out[160])
{
	char uri[156];
	print_uri(user, wire->ip, via == WIRE_TLS ? wire->tls_port : wire->port, via, uri, sizeof(uri));
	snprintf(out, 160, "<%s>", uri);
	return out;
}

/* "scheme name=value, name=value" of a parsed header. */
static void join(char *out, size_t size, const char *scheme, const char *glue, const msg_param_t *params, const char *comma)
{
	size_t at = (size_t)snprintf(out, size, "%s", scheme ? scheme : "");
	for (; params && *params && at < size; params++, glue = comma)
		at += (size_t)snprintf(out + at, size - at, "%s%s", glue, *params);
	if (at >= size)
		*out = 0;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
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

static bool sip_uri(const url_t *url)
{
	return url->url_type == url_sip && url->url_host && *url->url_host;
}

/* May the library send to this URI by itself? Only to a literal, over a transport that we have. */
static bool reachable(const struct wire *wire, const url_t *url)
{
	char transport[8] = "udp";
	if (!sip_uri(url) || !literal(url->url_host) || (url->url_host[0] == '[') != wire->ipv6)
		return false;
	if (!url->url_params)
		return true;
	if (url_has_param(url, "maddr"))
		return false;
	if (url_has_param(url, "transport") && !url_param(url->url_params, "transport", transport, sizeof(transport)))
		return false;
	return !strcasecmp(transport, "udp") || (wire->has_tcp && !strcasecmp(transport, "tcp"));
}

/* --- messages as ua.c sees them */

static enum wire_method method_of(sip_method_t method)
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
		join(wire->auth_text, sizeof(wire->auth_text), auth->au_scheme, " ", auth->au_params, ", ");
	message->auth = wire->auth_text;
}

/* All Reason values: one may speak SIP and the next one Q.850. */
static void fill_reason(struct wire *wire, const sip_reason_t *reason)
{
	char *out = wire->reason_text;
	size_t left = sizeof(wire->reason_text);
	*out = 0;
	for (; reason && left > 2; reason = reason->re_next) {
		join(out, left, reason->re_protocol, ";", reason->re_params, ";");
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
	join(out + length + 1, size - (size_t)length - 1, ">", ";", info->ci_params, ";");
	message->call_info = out;
}

static void fill_identity(struct wire *wire, struct wire_message *message, const sip_t *sip)
{
	message->asserted = extra(sip, "P-Asserted-Identity");
	message->diversion = extra(sip, "Diversion");
	if (!*message->diversion)
		message->diversion = extra(sip, "History-Info");
	join(wire->privacy_text, sizeof(wire->privacy_text), NULL, "", sip->sip_privacy ? sip->sip_privacy->priv_values : NULL, ";");
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

static void fill(struct wire *wire, struct wire_message *message, const sip_t *sip)
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
	message->sip_contact = sip->sip_contact && !sip->sip_contact->m_next && sip_uri(sip->sip_contact->m_url);
}

static void fill_response(struct wire *wire, struct wire_message *message, const sip_t *sip)
{
	fill(wire, message, sip);
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

static void fill_request(struct wire *wire, struct wire_message *message, nta_incoming_t *irq, const sip_t *sip)
{
	fill(wire, message, sip);
	fill_source(message, irq);
	message->method = method_of(sip->sip_request->rq_method);
	message->to_user = or_empty(sip->sip_request->rq_url->url_user);
	message->from_user = sip->sip_from ? or_empty(sip->sip_from->a_url->url_user) : "";
	fill_auth(wire, message, sip->sip_authorization, sip->sip_proxy_authorization);
}

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

static int on_knock(struct wire_dialog *door, nta_leg_t *leg, nta_incoming_t *irq, const sip_t *sip)
{
	struct wire *wire = door->wire;
	struct wire_message message;
	(void)leg;
	fill_request(wire, &message, irq, sip);
	if (!welcome(wire, &message))
		return 403;
	if (demands(wire, irq, sip))
		return 420;
	wire->handlers->knock(wire->arg, (struct wire_request *)irq, &message);
	/* A kept INVITE is answered later. Anything else has its answer by now, or nobody cared for it. */
	return nta_incoming_magic(irq, NULL) ? 0 : 500;
}

static int on_request(struct wire_dialog *dialog, nta_leg_t *leg, nta_incoming_t *irq, const sip_t *sip)
{
	struct wire *wire = dialog->wire;
	struct wire_message message;
	(void)leg;
	assert(dialog->magic == WIRE_DIALOG_MAGIC);
	fill_request(wire, &message, irq, sip);
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
	fill(wire, &message, sip);
	if (sip && sip->sip_request)
		message.method = method_of(sip->sip_request->rq_method);
	wire->handlers->settled(dialog->leg, &message);
	return 0;
}

/* --- open and close */

static void log_nowhere(void *stream, const char *fmt, va_list args)
{
	(void)stream;
	(void)fmt;
	(void)args;
}

static int say(char *why, int err, const char *what, const char *ip, uint16_t port)
{
	if (why)
		snprintf(why, 160, "%s %s port %u: %s", what, ip, port, strerror(-err));
	return err;
}

static nta_agent_t *make_agent(struct wire *wire, const struct wire_options *options)
{
	char uri[80], host[50];
	print_host(wire->ip, host, sizeof(host));
	snprintf(uri, sizeof(uri), "sip:%s:%u;transport=udp", host, wire->port);
	return nta_agent_create(wire->root, URL_STRING_MAKE(uri), NULL, wire, NTATAG_UA(1), NTATAG_UDP_MTU(65535),
		NTATAG_MAXSIZE(WIRE_DATAGRAM_MAX), NTATAG_USE_NAPTR(0), NTATAG_USE_SRV(0), NTATAG_CLIENT_RPORT(1),
		NTATAG_SERVER_RPORT(1), NTATAG_MERGE_482(1), NTATAG_MAX_PROCEEDING((usize_t)options->invites_max + 256),
		TPTAG_REUSE(0), TPTAG_UDP_RMEM(SOCKET_BYTES), TPTAG_UDP_WMEM(SOCKET_BYTES), TPTAG_LOG(0), TAG_END());
}

static int make_root(struct wire *wire)
{
	struct sockets *before = malloc(sizeof(*before));
	if (!before)
		return -ENOMEM;
	sockets_note(before);
	wire->root = su_root_create(NULL);
	if (wire->root) {
		su_root_threading(wire->root, 0);
		wire->epoll_fd = sockets_new_epoll(before);
	}
	free(before);
	return wire->root && wire->epoll_fd >= 0 ? 0 : -ENOMEM;
}

/*
 * TCP and TLS, before the first connection: adding a transport makes the library free what its connections point to. One that
 * cannot be bound is missed by those who need it. What TLS checks is ua_tls.c's: the library is told to check nothing.
 */
static void open_streams(struct wire *wire)
{
	char uri[80], host[50];
	print_uri("", wire->ip, wire->port, WIRE_TCP, uri, sizeof(uri));
	wire->has_tcp = nta_agent_add_tport(wire->agent, URL_STRING_MAKE(uri), TPTAG_REUSE(1), TPTAG_QUEUESIZE(STREAM_QUEUE), TAG_END()) >= 0;
	wire->tcp_door = (struct door){.ports = {wire->port}, .allow = wire->handlers->allow, .arg = wire->arg};
	door_open(&wire->tcp_door);
	if (socket_probe(wire->ip, &wire->tls_port))
		return;
	wire->tcp_door.ports[1] = wire->tls_port;
	print_host(wire->ip, host, sizeof(host));
	snprintf(uri, sizeof(uri), "sips:%s:%u", host, wire->tls_port); /* the library knows its TLS by the scheme only */
	wire->has_tls = nta_agent_add_tport(wire->agent, URL_STRING_MAKE(uri), TPTAG_REUSE(1), TPTAG_QUEUESIZE(STREAM_QUEUE),
				TPTAG_TLS_VERSION(0), TPTAG_TLS_VERIFY_POLICY(0), TAG_END()) >= 0;
}

static int open_agent(struct wire *wire, const struct wire_options *options, char *why)
{
	su_home_init(wire->home);
	wire->supported = sip_supported_make(wire->home, WIRE_SUPPORTED);
	if (!wire->supported)
		return -ENOMEM;
	int err = socket_probe(wire->ip, &wire->port);
	if (err)
		return say(why, err, "cannot bind SIP to", wire->ip, wire->port);
	err = make_root(wire);
	if (err)
		return say(why, err, "no event loop for SIP on", wire->ip, wire->port);
	wire->agent = make_agent(wire, options);
	wire->udp_fd = wire->agent ? sockets_find_udp(wire->ip, wire->port) : -1;
	if (wire->udp_fd < 0)
		return say(why, -EADDRINUSE, "cannot bind SIP to", wire->ip, wire->port);
	open_streams(wire);
	if (!resolver_refused)
		return say(why, -ENOTSUP, "the SIP library would ask DNS on", wire->ip, wire->port);
	wire->door = nta_leg_tcreate(wire->agent, on_knock, &wire->door_dialog, NTATAG_NO_DIALOG(1), TAG_END());
	return wire->door ? 0 : say(why, -ENOMEM, "no memory for SIP on", wire->ip, wire->port);
}

static void set_up(struct wire *wire, const struct wire_options *options)
{
	wire->epoll_fd = wire->udp_fd = -1;
	wire->handlers = options->handlers;
	wire->arg = options->arg;
	wire->port = options->port;
	wire->tls_port = options->tls_port;
	wire->ipv6 = strchr(options->ip, ':');
	wire->late_last = &wire->late_first;
	wire->door_dialog = (struct wire_dialog){.magic = WIRE_DIALOG_MAGIC, .wire = wire};
	text_copy(wire->ip, sizeof(wire->ip), options->ip);
	text_copy(wire->user_agent, sizeof(wire->user_agent), options->user_agent ? options->user_agent : "Outdial");
}

int wire_open(struct wire **out, const struct wire_options *options, char *why)
{
	struct wire *wire = calloc(1, sizeof(*wire));
	if (!wire)
		return -ENOMEM;
	su_init();
	su_log_redirect(NULL, log_nowhere, NULL);
	su_log_set_level(NULL, 0);
	set_up(wire, options);
	int err = open_agent(wire, options, why);
	if (err) {
		wire_close(wire);
		return err;
	}
	char uri[78];
	print_uri("outdial", wire->ip, wire->port, WIRE_UDP, uri, sizeof(uri));
	snprintf(wire->contact, sizeof(wire->contact), "<%s>", uri);
	*out = wire;
	return 0;
}

/* Lets go of those whose time has come; INT64_MAX: of all. */
static void late_end(struct wire *wire, int64_t now_us)
{
	struct late *at;
	while ((at = wire->late_first) && at->due_us <= now_us) {
		wire->late_first = at->next;
		if (!at->next)
			wire->late_last = &wire->late_first;
		nta_outgoing_destroy(at->orq);
		free(at);
	}
}

void wire_close(struct wire *wire)
{
	if (!wire)
		return;
	late_end(wire, INT64_MAX);
	if (wire->door)
		nta_leg_destroy(wire->door);
	door_close(&wire->tcp_door);
	if (wire->agent)
		nta_agent_destroy(wire->agent);
	if (wire->root)
		su_root_destroy(wire->root);
	su_home_deinit(wire->home);
	su_deinit();
	free(wire);
}

int wire_fd(const struct wire *wire)
{
	return wire->epoll_fd;
}

uint16_t wire_port(const struct wire *wire)
{
	return wire->port;
}

void wire_counted(const struct wire *wire, struct wire_counters *out)
{
	usize_t bad = 0;
	nta_agent_get_stats(wire->agent, NTATAG_S_BAD_MESSAGE_REF(bad), TAG_END());
	*out = wire->counters;
	out->malformed += bad;
	out->strangers += wire->tcp_door.strangers;
}

/* --- stepping */

static enum socket_head look(struct wire *wire)
{
	enum socket_head head = socket_look(wire->udp_fd, WIRE_DATAGRAM_MAX, wire->handlers->allow, wire->arg);
	wire->counters.bytes_refused += head == HEAD_LARGE;
	wire->counters.strangers += head == HEAD_STRANGER;
	wire->counters.malformed += head == HEAD_NOISE;
	return head;
}

/* Anything that the library would read now? Of a connection each of its steps takes one record. */
static bool waiting(const struct wire *wire)
{
	struct pollfd fd = {.fd = wire->epoll_fd, .events = POLLIN};
	return poll(&fd, 1, 0) > 0;
}

/*
 * One datagram a turn: what has been looked at is exactly what the library reads next; then connections, until nothing waits. Without
 * either the library is asked for its timers; a step that left something to do at once (a message to itself) is followed by another one.
 */
int64_t wire_step(struct wire *wire, int64_t now_us)
{
	int left = STEP_DATAGRAMS_MAX;
	su_duration_t wait_ms = 0;
	for (enum socket_head head; left && ((head = look(wire)) != HEAD_EMPTY || waiting(wire)); left--)
		if (head == HEAD_PASS || head == HEAD_ERROR || head == HEAD_EMPTY)
			wait_ms = su_root_step(wire->root, 0);
	if (left && !wait_ms)
		wait_ms = su_root_step(wire->root, 0);
	late_end(wire, now_us);
	if (!left)
		return 0;
	return wait_ms < 0 || wait_ms == SU_DURATION_MAX ? INT64_MAX : (wait_ms ? (int64_t)wait_ms : 1) * MS_US;
}

/* --- where requests go */

/* Every Record-Route is a SIP URI: else the whole set is left out. */
static const sip_record_route_t *sound_route(const sip_t *sip)
{
	for (const sip_record_route_t *at = sip->sip_record_route; at; at = at->r_next)
		if (!sip_uri(at->r_url))
			return NULL;
	return sip->sip_record_route;
}

static const sip_contact_t *sound_contact(const sip_t *sip)
{
	return sip->sip_contact && sip_uri(sip->sip_contact->m_url) ? sip->sip_contact : NULL;
}

/* Does the library find its way to the first hop of the dialog by itself? */
static bool routed(const struct wire_dialog *dialog)
{
	const sip_route_t *route = NULL;
	const sip_contact_t *target = NULL;
	if (dialog->peer_via == WIRE_TLS) /* its connection was checked: everything goes over it */
		return false;
	if (nta_leg_get_route(dialog->opaque, &route, &target) < 0)
		return false;
	if (route)
		return url_has_param(route->r_url, "lr") && reachable(dialog->wire, route->r_url);
	return target && reachable(dialog->wire, target->m_url);
}

/* The way to the peer, in `uri`, when the dialog's own is of no use; else NULL. */
static const url_string_t *way(const struct wire_dialog *dialog, char uri[96])
{
	if (!dialog->by_peer)
		return NULL;
	print_uri("", dialog->peer_ip, dialog->peer_port, dialog->peer_via, uri, 96);
	return URL_STRING_MAKE(uri);
}

/* --- calls out */

static int on_response(struct wire_dialog *dialog, nta_outgoing_t *orq, const sip_t *sip)
{
	struct wire *wire = dialog->wire;
	struct wire_message message;
	(void)orq;
	assert(dialog->magic == WIRE_DIALOG_MAGIC);
	fill_response(wire, &message, sip);
	wire->response = sip;
	wire->handlers->response(dialog->leg, &message);
	wire->response = NULL;
	return 0;
}

int wire_need_tls(const struct wire *wire, char *why)
{
	return wire->has_tls ? 0 : say(why, -EADDRINUSE, "cannot bind SIP over TLS to", wire->ip, wire->tls_port);
}

static int need(const struct wire *wire, enum wire_transport via)
{
	return (via == WIRE_TCP && !wire->has_tcp) || (via == WIRE_TLS && !wire->has_tls) ? -EPROTO : 0;
}

static enum wire_transport via_of(const sip_via_t *via)
{
	const char *protocol = via ? or_empty(via->v_protocol) : "";
	return !strcasecmp(protocol, "SIP/2.0/TCP") ? WIRE_TCP : !strcasecmp(protocol, "SIP/2.0/TLS") ? WIRE_TLS : WIRE_UDP;
}

static int make_dialog(struct wire *wire, const struct wire_invite *invite, struct wire_dialog *dialog)
{
	char from[500], to[330], uri[320];
	print_named(invite->from_user, invite->from_domain, wire->ip, wire->port, WIRE_UDP, uri, sizeof(uri));
	if (invite->from_name)
		snprintf(from, sizeof(from), "\"%s\" <%s>", invite->from_name, uri);
	else
		snprintf(from, sizeof(from), "<%s>", uri);
	print_named(invite->to_user, invite->domain, invite->host, invite->port, WIRE_UDP, uri, sizeof(uri));
	snprintf(to, sizeof(to), "<%s>", uri);
	nta_leg_t *leg = nta_leg_tcreate(wire->agent, on_request, dialog, SIPTAG_CALL_ID_STR(invite->call_id),
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
	if (need(wire, invite->via) || make_dialog(wire, invite, dialog))
		return -EPROTO;
	wire_invite_uri(invite, target, sizeof(target));
	nta_outgoing_t *orq = nta_outgoing_tcreate(dialog->opaque, on_response, dialog, way(dialog, hop), SIP_METHOD_INVITE,
		URL_STRING_MAKE(target), NTATAG_PASS_100(1),
		SIPTAG_CONTACT_STR(contact_of(wire, "outdial", invite->via, contact)), SIPTAG_ALLOW_STR(WIRE_ALLOW),
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
			orq = nta_outgoing_mcreate(
				dialog->wire->agent, on_response, dialog, way(dialog, hop), msg, NTATAG_PASS_100(1), TAG_END());
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
	print_named(invite->to_user, invite->domain, invite->host, invite->port, invite->via, out, size);
}

static int print_url(const url_t *url, char *out, size_t size)
{
	isize_t length = url ? url_e(out, (isize_t)size, url) : 0;
	return length > 0 && (size_t)length < size ? 0 : -EPROTO;
}

int wire_call_uri(const struct wire_call *call, char *out, size_t size)
{
	return print_url(nta_outgoing_request_uri((const nta_outgoing_t *)call), out, size);
}

static int on_late(struct wire_dialog *dialog, nta_outgoing_t *orq, const sip_t *sip)
{
	(void)dialog;
	(void)orq;
	(void)sip;
	return 0;
}

static void keep_late(struct wire *wire, nta_outgoing_t *orq, int64_t now_us)
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
	nta_leg_client_reroute(dialog->opaque, sound_route(sip), sound_contact(sip), 1);
	dialog->by_peer = !routed(dialog);
}

/* Inside the handler of the 2xx to `orq`. */
static int acknowledge(struct wire_dialog *dialog, nta_outgoing_t *orq, const char *sdp)
{
	char hop[96];
	sip_cseq_t cseq[1];
	sip_cseq_init(cseq);
	cseq->cs_seq = nta_outgoing_cseq(orq);
	cseq->cs_method = sip_method_ack;
	cseq->cs_method_name = "ACK";
	nta_outgoing_t *ack = nta_outgoing_tcreate(dialog->opaque, NULL, NULL, way(dialog, hop), SIP_METHOD_ACK, NULL,
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
	int err = acknowledge(dialog, orq, sdp);
	keep_late(dialog->wire, orq, now_us);
	return err;
}

/* --- PRACK */

int wire_prack_uri(const struct wire_dialog *dialog, char *out, size_t size)
{
	const sip_t *sip = dialog->wire->response;
	const sip_contact_t *contact = sip ? sound_contact(sip) : NULL;
	return contact ? print_url(contact->m_url, out, size) : -EPROTO;
}

/* May the library send to the early dialog's first hop by itself? */
static bool early_routed(const struct wire *wire, const sip_route_t *route, const sip_contact_t *contact)
{
	if (route)
		return url_has_param(route->r_url, "lr") && reachable(wire, route->r_url);
	return reachable(wire, contact->m_url);
}

/*
 * The early dialog is the response's own (tag, Contact, route): another fork may still win, so the leg itself learns nothing here.
 * The transaction goes on by itself: when no answer comes, the other side gives the call up.
 */
static nta_outgoing_t *create_prack(struct wire_dialog *dialog, su_home_t *home, const char *headers, const char *sdp)
{
	char uri[96];
	const sip_t *sip = dialog->wire->response;
	const sip_contact_t *contact = sound_contact(sip);
	if (!contact || !sip->sip_rseq || !sip->sip_cseq)
		return NULL;
	sip_route_t *route = sip_route_reverse(home, sound_route(sip));
	bool direct = early_routed(dialog->wire, route, contact);
	print_uri("", dialog->peer_ip, dialog->peer_port, dialog->peer_via, uri, sizeof(uri));
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

static int on_bye_done(struct wire_dialog *dialog, nta_outgoing_t *orq, const sip_t *sip)
{
	struct wire *wire = dialog->wire;
	struct wire_message message;
	assert(dialog->magic == WIRE_DIALOG_MAGIC);
	fill_response(wire, &message, sip);
	if (message.code < 200)
		return 0;
	dialog->bye = NULL;
	wire->handlers->bye_done(dialog->leg, &message);
	nta_outgoing_destroy(orq); /* the answer's texts are its own: not before the handler has read them */
	return 0;
}

int wire_bye(struct wire_dialog *dialog, const char *reason, const char *headers)
{
	char hop[96];
	dialog->bye = nta_outgoing_tcreate(dialog->opaque, on_bye_done, dialog, way(dialog, hop), SIP_METHOD_BYE, NULL,
		SIPTAG_USER_AGENT_STR(dialog->wire->user_agent), TAG_IF(reason, SIPTAG_REASON_STR(reason)),
		TAG_IF(headers, SIPTAG_HEADER_STR(headers)), TAG_END());
	return dialog->bye ? 0 : -EPROTO;
}

int wire_target(const struct wire_dialog *dialog, char *out, size_t size)
{
	const sip_contact_t *target = NULL;
	if (nta_leg_get_route(dialog->opaque, NULL, &target) < 0 || !target)
		return -EPROTO;
	return print_url(target->m_url, out, size);
}

/* --- re-INVITE and UPDATE of ours */

static void retarget(struct wire_dialog *dialog, const sip_contact_t *contact)
{
	bool nat = dialog->by_peer;
	if (!contact)
		return;
	nta_leg_server_route(dialog->opaque, NULL, contact);
	dialog->by_peer = nat || !routed(dialog);
}

static int on_asked(struct wire_dialog *dialog, nta_outgoing_t *orq, const sip_t *sip)
{
	struct wire *wire = dialog->wire;
	struct wire_message message;
	assert(dialog->magic == WIRE_DIALOG_MAGIC);
	fill_response(wire, &message, sip);
	if (message.code < 200)
		return 0;
	dialog->ask = NULL;
	message.method = nta_outgoing_method(orq) == sip_method_invite ? WIRE_INVITE : WIRE_UPDATE;
	if (message.code < 300)
		retarget(dialog, sound_contact(sip));
	if (message.code < 300 && message.method == WIRE_INVITE) {
		acknowledge(dialog, orq, NULL);
		keep_late(wire, orq, clock_us());
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
	dialog->ask = nta_outgoing_tcreate(dialog->opaque, on_asked, dialog, way(dialog, hop),
		invite ? sip_method_invite : sip_method_update, invite ? "INVITE" : "UPDATE", NULL,
		SIPTAG_CONTACT_STR(contact_of(dialog->wire, "outdial", dialog->peer_via, contact)), SIPTAG_ALLOW_STR(WIRE_ALLOW), SIPTAG_SUPPORTED_STR("timer"),
		SIPTAG_USER_AGENT_STR(dialog->wire->user_agent), TAG_IF(headers, SIPTAG_HEADER_STR(headers)),
		TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")), TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)), TAG_END());
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
		if (!strcmp(or_empty(at->m_url->url_host), wire->ip) && at->m_expires && text_i64(at->m_expires, 0, UINT32_MAX, &expires_s))
			message->expires_s = (uint32_t)expires_s;
	}
}

static int on_replied(struct wire_dialog *dialog, nta_outgoing_t *orq, const sip_t *sip)
{
	struct wire *wire = dialog->wire;
	struct wire_message message;
	assert(dialog->magic == WIRE_DIALOG_MAGIC);
	fill_response(wire, &message, sip);
	if (message.code < 200)
		return 0;
	fill_registration(wire, &message, sip);
	dialog->ask = NULL;
	wire->handlers->replied(dialog->leg, &message);
	nta_outgoing_destroy(orq);
	return 0;
}

void wire_query_uri(const struct wire_query *query, char *out, size_t size)
{
	print_named("", query->domain, query->host, query->port, query->domain ? WIRE_UDP : query->via, out, size);
}

int wire_query(struct wire *wire, const struct wire_query *query, struct wire_dialog *dialog)
{
	char target[160], from[300], to[260], contact[160], contact_text[200], hop[96], cseq[32];
	dialog->magic = WIRE_DIALOG_MAGIC;
	dialog->wire = wire;
	if (need(wire, query->via))
		return -EPROTO;
	wire_query_uri(query, target, sizeof(target));
	print_uri("", query->host, query->port, query->via, hop, sizeof(hop));
	print_named(query->user, query->domain, query->host, query->port, WIRE_UDP, to, sizeof(to));
	if (!query->registers)
		print_uri("outdial", wire->ip, wire->port, WIRE_UDP, to, sizeof(to));
	snprintf(from, sizeof(from), "<%s>;tag=%s", to, query->call_id);
	snprintf(to, sizeof(to), "<%s>", target);
	if (query->registers)
		snprintf(to, sizeof(to), "%.*s", (int)(strchr(from, '>') - from) + 1, from);
	snprintf(contact_text, sizeof(contact_text), "%s;expires=%u",
		contact_of(wire, query->registers ? query->user : "outdial", query->via, contact), query->expires_s);
	snprintf(cseq, sizeof(cseq), "%u %s", query->cseq, query->registers ? "REGISTER" : "OPTIONS");
	dialog->ask = nta_outgoing_tcreate(wire->door, on_replied, dialog, URL_STRING_MAKE(hop),
		query->registers ? sip_method_register : sip_method_options, query->registers ? "REGISTER" : "OPTIONS",
		URL_STRING_MAKE(target), SIPTAG_FROM_STR(from), SIPTAG_TO_STR(to), SIPTAG_CALL_ID_STR(query->call_id),
		SIPTAG_CSEQ_STR(cseq), SIPTAG_CONTACT_STR(query->registers ? contact_text : contact), SIPTAG_USER_AGENT_STR(wire->user_agent),
		TAG_IF(query->registers, SIPTAG_ALLOW_STR(WIRE_ALLOW)), TAG_IF(query->headers, SIPTAG_HEADER_STR(query->headers)), TAG_END());
	return dialog->ask ? 0 : -EPROTO;
}

/* --- calls in */

/* Behind a NAT: one Via, and a Contact that is not where the request came from. Answer to where it came from. */
static bool hidden(const sip_t *sip, const struct wire_message *message)
{
	char host[50];
	print_host(message->source_ip, host, sizeof(host));
	return sip->sip_via && !sip->sip_via->v_next && !sip->sip_record_route && sip->sip_contact &&
	       strcasecmp(or_empty(sip->sip_contact->m_url->url_host), host);
}

/* The message of a request, as long as the request lives. */
static const sip_t *request_of(nta_incoming_t *irq)
{
	msg_t *msg = nta_incoming_getrequest(irq);
	const sip_t *sip = msg ? sip_object(msg) : NULL;
	if (msg)
		msg_destroy(msg);
	return sip;
}

int wire_accept(struct wire *wire, struct wire_request *request, const struct wire_message *message, struct wire_dialog *dialog)
{
	nta_incoming_t *irq = (nta_incoming_t *)request;
	const sip_t *sip = request_of(irq);
	dialog->magic = WIRE_DIALOG_MAGIC;
	dialog->wire = wire;
	dialog->peer_port = message->source_port;
	text_copy(dialog->peer_ip, sizeof(dialog->peer_ip), message->source_ip);
	if (!sip)
		return -EPROTO;
	dialog->peer_via = via_of(sip->sip_via);
	nta_leg_t *leg = nta_leg_tcreate(wire->agent, on_request, dialog, SIPTAG_CALL_ID(sip->sip_call_id),
		SIPTAG_FROM(sip->sip_to), SIPTAG_TO(sip->sip_from), TAG_END());
	if (!leg)
		return -EPROTO;
	dialog->opaque = leg;
	const char *tag = nta_incoming_tag(irq, NULL);
	if (!tag || !nta_leg_tag(leg, tag) || nta_leg_server_route(leg, sound_route(sip), sound_contact(sip)) < 0)
		return -EPROTO;
	dialog->by_peer = hidden(sip, message) || !routed(dialog);
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
	const sip_t *sip = code > 100 && code < 200 ? request_of(irq) : NULL;
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
	const sip_t *sip = request_of((nta_incoming_t *)request);
	if (sip)
		retarget(dialog, sound_contact(sip));
}

/* --- what ends a dialog after a crash */

/* A From or To of ours, without its display name. */
static bool print_party(const url_t *url, const char *tag, char *out, size_t size)
{
	char uri[160];
	if (print_url(url, uri, sizeof(uri)))
		return false;
	return (size_t)snprintf(out, size, "<%s>%s%s", uri, tag ? ";tag=" : "", or_empty(tag)) < size;
}

static bool print_routes(const sip_route_t *route, char *out, size_t size)
{
	char uri[160];
	size_t at = 0;
	*out = 0;
	for (; route && at < size; route = route->r_next) {
		if (print_url(route->r_url, uri, sizeof(uri)))
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
		    !print_url(sip->sip_request->rq_url, out->target, sizeof(out->target));
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
	const sip_t *sip = request ? request_of((nta_incoming_t *)request) : dialog->wire->response;
	const sip_route_t *route = NULL;
	const sip_contact_t *target = NULL;
	bool fits = start_relic(dialog, sip, out) && print_parties(dialog, sip, request, out) &&
		    nta_leg_get_route(dialog->opaque, &route, &target) >= 0 && target &&
		    !print_url(target->m_url, out->target, sizeof(out->target)) && print_routes(route, out->route, sizeof(out->route));
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
	if (relic->via > WIRE_TLS || need(wire, dialog->peer_via))
		return -EPROTO;
	snprintf(cseq, sizeof(cseq), "%u %s", relic->answered ? relic->cseq + CSEQ_AHEAD : relic->cseq, relic->answered ? "BYE" : "CANCEL");
	dialog->bye = nta_outgoing_tcreate(wire->door, on_bye_done, dialog, way(dialog, hop),
		relic->answered ? sip_method_bye : sip_method_cancel, relic->answered ? "BYE" : "CANCEL", URL_STRING_MAKE(relic->target),
		TAG_IF(!relic->answered, NTATAG_BRANCH_KEY(relic->branch)), SIPTAG_FROM_STR(relic->local), SIPTAG_TO_STR(relic->remote),
		SIPTAG_CALL_ID_STR(relic->call_id), TAG_IF(relic->cseq, SIPTAG_CSEQ_STR(cseq)), TAG_IF(relic->route[0], SIPTAG_ROUTE_STR(relic->route)),
		SIPTAG_USER_AGENT_STR(wire->user_agent), SIPTAG_REASON_STR("SIP;cause=500;text=\"Restarted\""), TAG_END());
	return dialog->bye ? 0 : -EPROTO;
}
