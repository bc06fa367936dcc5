/* ua_sofia.c - the agent on sofia-sip: opening, closing, stepping */
#include "dialer/ua_sofia.h"

#include "base/clock.h"
#include "base/text.h"
#include "dialer/ua_socket.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sofia-sip/sresolv.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/tport_tag.h>

#define STEP_DATAGRAMS_MAX 256
#define SOCKET_BYTES (4 * 1024 * 1024)
/* Messages that wait for a connection to be made or to take more; the library has 64 and fails what comes beyond. */
#define STREAM_QUEUE 2048

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
	sofia_host(wire->ip, host, sizeof(host));
	snprintf(uri, sizeof(uri), "sip:%s:%u;transport=udp", host, wire->port);
	return nta_agent_create(wire->root, URL_STRING_MAKE(uri), NULL, wire, NTATAG_UA(1), NTATAG_UDP_MTU(65535),
		NTATAG_MAXSIZE(WIRE_DATAGRAM_MAX), NTATAG_USE_NAPTR(0), NTATAG_USE_SRV(0), NTATAG_CLIENT_RPORT(1),
		NTATAG_SERVER_RPORT(1), NTATAG_MERGE_482(1), NTATAG_MAX_PROCEEDING((usize_t)options->invites_max + 256),
		TPTAG_REUSE(0), TPTAG_UDP_RMEM(SOCKET_BYTES), TPTAG_UDP_WMEM(SOCKET_BYTES), TPTAG_LOG(0), TAG_END());
}

static int make_root(struct wire *wire)
{
	hatch_open(&wire->hatch);
	wire->root = su_root_create(NULL);
	if (!wire->root || wire->hatch.epoll_fd < 0)
		return -ENOMEM;
	su_root_threading(wire->root, 0);
	return 0;
}

/*
 * TCP and TLS, before the first connection: adding a transport makes the library free what its connections point to. One that
 * cannot be bound is missed by those who need it. What TLS checks is ua_tls.c's: the library is told to check nothing.
 */
static void open_streams(struct wire *wire)
{
	char uri[80], host[50];
	sofia_uri("", wire->ip, wire->port, WIRE_TCP, uri, sizeof(uri));
	wire->has_tcp = nta_agent_add_tport(
				wire->agent, URL_STRING_MAKE(uri), TPTAG_REUSE(1), TPTAG_QUEUESIZE(STREAM_QUEUE), TAG_END()) >= 0;
	wire->tcp_door = (struct door){.ports = {wire->port}, .allow = wire->handlers->allow, .arg = wire->arg};
	door_open(&wire->tcp_door);
	if (socket_probe(wire->ip, &wire->tls_port))
		return;
	wire->tcp_door.ports[1] = wire->tls_port;
	sofia_host(wire->ip, host, sizeof(host));
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
	if (!wire->agent)
		return say(why, -EADDRINUSE, "cannot bind SIP to", wire->ip, wire->port);
	if (wire->hatch.udp_fd < 0 || !socket_bound(wire->hatch.udp_fd, wire->ip, wire->port))
		return say(why, -ENOTSUP, "the SIP library would read datagrams unseen on", wire->ip, wire->port);
	open_streams(wire);
	if (!resolver_refused)
		return say(why, -ENOTSUP, "the SIP library would ask DNS on", wire->ip, wire->port);
	wire->door = nta_leg_tcreate(wire->agent, sofia_on_knock, &wire->door_dialog, NTATAG_NO_DIALOG(1), TAG_END());
	return wire->door ? 0 : say(why, -ENOMEM, "no memory for SIP on", wire->ip, wire->port);
}

static void set_up(struct wire *wire, const struct wire_options *options)
{
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
	sofia_uri("outdial", wire->ip, wire->port, WIRE_UDP, uri, sizeof(uri));
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
	hatch_close(&wire->hatch);
	su_home_deinit(wire->home);
	su_deinit();
	free(wire);
}

int wire_fd(const struct wire *wire)
{
	return wire->hatch.epoll_fd;
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

int wire_need_tls(const struct wire *wire, char *why)
{
	return wire->has_tls ? 0 : say(why, -EADDRINUSE, "cannot bind SIP over TLS to", wire->ip, wire->tls_port);
}

int sofia_need(const struct wire *wire, enum wire_transport via)
{
	return (via == WIRE_TCP && !wire->has_tcp) || (via == WIRE_TLS && !wire->has_tls) ? -EPROTO : 0;
}

/* --- stepping */

static enum socket_head look(struct wire *wire)
{
	enum socket_head head = socket_look(wire->hatch.udp_fd, WIRE_DATAGRAM_MAX, wire->handlers->allow, wire->arg);
	wire->counters.bytes_refused += head == HEAD_LARGE;
	wire->counters.strangers += head == HEAD_STRANGER;
	wire->counters.malformed += head == HEAD_NOISE;
	return head;
}

/* Anything that the library would read now? Of a connection each of its steps takes one record. */
static bool waiting(const struct wire *wire)
{
	struct pollfd fd = {.fd = wire->hatch.epoll_fd, .events = POLLIN};
	return poll(&fd, 1, 0) > 0;
}

/* The library's turn; of datagrams it sees the one that was looked at, if any. */
static su_duration_t turn(struct wire *wire, enum socket_head head)
{
	hatch_shut(&wire->hatch, head != HEAD_PASS);
	return su_root_step(wire->root, 0);
}

/*
 * One datagram a turn: what has been looked at is exactly what the library reads next; then connections, until nothing waits.
 * Without either the library is asked for its timers; a step that left something to do at once (a message to itself) is followed
 * by another one. Between two steps the hatch is open: a datagram ends the wait for wire_fd().
 */
int64_t wire_step(struct wire *wire, int64_t now_us)
{
	int left = STEP_DATAGRAMS_MAX;
	su_duration_t wait_ms = 0;
	for (enum socket_head head; left && ((head = look(wire)) != HEAD_EMPTY || waiting(wire)); left--)
		if (head == HEAD_PASS || head == HEAD_ERROR || head == HEAD_EMPTY)
			wait_ms = turn(wire, head);
	if (left && !wait_ms)
		wait_ms = turn(wire, HEAD_EMPTY);
	hatch_shut(&wire->hatch, false);
	late_end(wire, now_us);
	if (!left)
		return 0;
	return wait_ms < 0 || wait_ms == SU_DURATION_MAX ? INT64_MAX : (wait_ms ? (int64_t)wait_ms : 1) * MS_US;
}
