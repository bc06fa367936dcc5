/*
 * cmd_trunk_test.c - outdial trunk test: each step of the way to a carrier, one line a step
 *
 *   resolve -> (TCP, TLS) connect -> (TLS) handshake -> OPTIONS -> (digest) REGISTER
 *
 * A user agent of its own on a free port asks, so the engine may run or not. REGISTER asks for an end of a registration that does
 * not exist (this port's): the credentials are tried, and what the engine registered stays. No step goes on after one that
 * failed.
 */
#include "tools/outdial/outdial.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "dialer/config.h"
#include "dialer/gate.h"
#include "dialer/names.h"
#include "dialer/ua.h"
#include "dialer/ua_tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RESOLVE_US (8 * SEC_US)
#define CONNECT_MS 5000
#define ANSWER_US (5 * SEC_US)

struct trial {
	struct config config;
	struct gate gate;
	struct ua *ua;
	bool answered, local;
	int code;
	char phrase[80], tls_why[160];
};

static bool step(bool fine, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static bool step(bool fine, const char *name, const char *fmt, ...)
{
	va_list args;

	printf("%-8s %-6s ", name, fine ? "ok" : "FAILED");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	return fine;
}

/* --- resolve */

static int resolve_name(
	const struct trial *trial, const struct trunk_gateway *gateway, struct gateway_target *targets, char *failed)
{
	const struct config *config = &trial->config;
	struct names *names;
	int count = 0;

	if (names_open(&names, strcmp(config->dns, "system") ? config->dns : "", strchr(config->sip_ip, ':'))) {
		text_copy(failed, 200, "no resolver: is dns in outdial.conf right?");
		return 0;
	}
	for (int64_t end_us = clock_us() + RESOLVE_US; !count && !*failed && clock_us() < end_us;) {
		count = names_targets(names, gateway, targets, TARGETS_MAX, clock_us());
		if (!count) {
			poll(NULL, 0, 20);
			names_turn(names, clock_us(), failed);
		}
	}
	names_close(names);
	char *why = strstr(failed, "why=\""), *end = why ? strchr(why + 5, '"') : NULL; /* of a line for the log */

	if (end) {
		*end = '\0';
		memmove(failed, why + 5, strlen(why + 5) + 1);
	}
	return count;
}

static int resolve(const struct trial *trial, const struct trunk_gateway *gateway, struct gateway_target *targets)
{
	char failed[200] = "";
	int count = gate_literal(gateway, targets) ? 1 : resolve_name(trial, gateway, targets, failed);

	if (!count)
		step(false, "resolve", "%s: %s", gateway->host, *failed ? failed : "no answer within 8 s");
	for (int i = 0; i < count; i++)
		step(true, "resolve", "%s is %s port %u over %s", gateway->host, targets[i].ip, targets[i].port,
			targets[i].transport);
	return count;
}

/* --- connect */

static int connect_err(const struct gateway_target *target)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(target->port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(target->port)};
	bool six = inet_pton(AF_INET6, target->ip, &v6.sin6_addr) == 1;
	int err = 0, fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t bytes = sizeof(err);

	if (fd < 0)
		return -errno;
	if (!six)
		inet_pton(AF_INET, target->ip, &v4.sin_addr);
	struct pollfd wait = {.fd = fd, .events = POLLOUT};
	if (connect(fd, six ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4, six ? sizeof(v6) : sizeof(v4)) &&
		errno != EINPROGRESS)
		err = errno;
	else if (poll(&wait, 1, CONNECT_MS) < 1)
		err = ETIMEDOUT;
	else
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &bytes);
	close(fd);
	return -err;
}

/* --- ask */

static void on_event(void *arg, const struct ua_event *event)
{
	struct trial *trial = arg;

	if (event->kind != UA_EV_REPLY)
		return;
	trial->answered = true;
	trial->local = event->local;
	trial->code = event->code;
	text_copy(trial->phrase, sizeof(trial->phrase), event->phrase);
}

static void on_tls_failed(void *arg, const char *ip, uint16_t port, const char *why)
{
	struct trial *trial = arg;

	(void)ip;
	(void)port;
	if (!*trial->tls_why)
		text_copy(trial->tls_why, sizeof(trial->tls_why), why);
}

static void ask(struct trial *trial, const struct gateway_target *target, bool registers)
{
	const struct trunk *trunk = &trial->gate.trunk;
	struct ua_query query = {.registers = registers,
		.host = target->ip,
		.port = target->port,
		.transport = target->transport,
		.user = trunk->user,
		.domain = gate_domain(&trial->gate, target),
		.auth_user = *trunk->user ? trunk->user : NULL,
		.auth_secret = trunk->secret,
		.cseq = 1};

	trial->answered = false;
	int err = ua_query(trial->ua, &query);
	if (err) {
		trial->answered = trial->local = true;
		trial->code = 0;
		text_copy(trial->phrase, sizeof(trial->phrase), err_text(err));
	}
	for (int64_t end_us = clock_us() + 2 * ANSWER_US; !trial->answered && clock_us() < end_us;) {
		struct pollfd fd = {.fd = ua_fd(trial->ua), .events = POLLIN};
		int64_t left_us = ua_step(trial->ua);
		poll(&fd, 1, left_us < 20 * MS_US ? (int)(left_us / MS_US) : 20);
	}
}

static bool try_tls(const struct trial *trial, const struct gateway_target *target)
{
	uint64_t connected, failed;

	tls_counted(&connected, &failed);
	if (*trial->tls_why)
		return step(false, "TLS", "%s", trial->tls_why);
	return step(connected, "TLS",
		connected ? "%s shows a certificate that %s trusts" : "%s does not finish the handshake (%s)", target->name,
		*trial->gate.trunk.tls_ca ? trial->gate.trunk.tls_ca : "this system");
}

/* What the user agent says when nobody answered it has a SIP code, too, and its words would be taken for the gateway's. */
static bool unanswered(const struct trial *trial, const char *what)
{
	return step(false, what, "no answer: %s", trial->code == 503 ? "it cannot be sent there (closed port, or no route)" :
							   trial->code == 408 ? "silence" : trial->phrase);
}

/* Any answer but 503 says that the gateway is there. */
static bool try_options(struct trial *trial, const struct gateway_target *target)
{
	ask(trial, target, false);
	if (!strcmp(target->transport, "tls") && !try_tls(trial, target))
		return false;
	if (trial->local)
		return unanswered(trial, "OPTIONS");
	return step(trial->code != 503, "OPTIONS", "answered %d %s", trial->code, trial->phrase);
}

static bool try_register(struct trial *trial, const struct gateway_target *target)
{
	ask(trial, target, true);
	if (trial->local)
		return unanswered(trial, "REGISTER");
	return step(trial->code < 300, "REGISTER", "answered %d %s", trial->code, trial->phrase);
}

static bool try_target(struct trial *trial, const struct gateway_target *target)
{
	struct tls_peer peer;
	int err = strcmp(target->transport, "udp") ? connect_err(target) : 0;

	trial->tls_why[0] = 0;
	gate_tls_peer(&trial->gate.trunk, target, &peer);
	if (strcmp(target->transport, "udp") &&
		!step(!err, "connect", "%s port %u: %s", target->ip, target->port, err ? strerror(-err) : "open"))
		return false;
	if (tls_expect(&peer, 1) || !try_options(trial, target))
		return false;
	return !trial->gate.trunk.register_s || try_register(trial, target);
}

/* --- the command */

static bool try_trunk(struct trial *trial)
{
	const struct trunk *trunk = &trial->gate.trunk;
	struct gateway_target targets[TARGETS_MAX];
	bool fine = true;

	for (int i = 0; i < trunk_gateways(trunk); i++) {
		struct trunk_gateway gateway = trunk_gateway(trunk, i);
		int count = resolve(trial, &gateway, targets);
		fine = count && fine;
		for (int k = 0; k < count; k++)
			fine = try_target(trial, &targets[k]) && fine;
	}
	return fine;
}

int cmd_trunk_test(struct call *call)
{
	static struct trial trial; /* large */
	struct ua_options options = {
		.user_agent = "outdial trunk test", .legs_max = 1, .trying_us = ANSWER_US, .event = on_event, .arg = &trial};
	struct trunk trunk;
	char why[WHY_BYTES] = "";
	int err = trunk_get(call->store, call->args[0], &trunk);

	if (err)
		return fail(call, "no trunk %s: 'outdial trunk list' shows them", call->args[0]);
	if (config_read(call->dir, &trial.config, why))
		return fail(call, "%s", why);
	gate_configure(&trial.gate, &trunk, clock_us());
	text_copy(options.ip, sizeof(options.ip), trial.config.sip_ip);
	if ((err = ua_open(&trial.ua, &options, why)))
		return fail_err(call, err, why);
	tls_setup("", "", on_tls_failed, &trial);
	bool fine = try_trunk(&trial);
	ua_close(trial.ua);
	tls_expect(NULL, 0);
	return fine ? STATUS_DONE : STATUS_FAILED;
}
