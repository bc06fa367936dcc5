/*
 * main.c - outdial-carrier: a SIP carrier on loopback, for tests, demonstrations and load
 *
 * Answers calls as people, machines and networks do (mix.h), counts them and prints what it saw (witness.h). One thread, plus the
 * media plane's worker.
 */
#include "tools/carrier/callee.h"

#include "dialer/ua_tls.h"
#include "tools/far/far_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define CALLS_MAX_DEFAULT 500
#define DRAIN_US (500 * MS_US)

struct options {
	char ip[46];
	uint16_t port, rtp_min, rtp_max;
	int64_t tls_port; /* 0: no TLS */
	const char *tls_cert, *tls_key;
	int64_t seed, calls_max;
	int64_t run_us; /* 0: until a signal */
	double compress;
	bool measure, print;
	struct mix mix;
	char why[160]; /* what is wrong with the mix */
	const char *voices, *report, *log;
};

static const char *options_listen(void *to, const char *value)
{
	struct options *options = to;

	return far_address(value, options->ip, &options->port) ? NULL : "expected IP:PORT";
}

static const char *options_ports(void *to, const char *value)
{
	struct options *options = to;

	return far_ports(value, &options->rtp_min, &options->rtp_max) ? NULL : "expected MIN-MAX";
}

static const char *options_mix(void *to, const char *path)
{
	struct options *options = to;

	return mix_read(path, &options->mix, options->why) ? options->why : NULL;
}

static const char *options_mix_default(void *to, const char *value)
{
	(void)value;
	mix_defaults(&((struct options *)to)->mix);
	return NULL;
}

static const char *options_compress(void *to, const char *text)
{
	struct options *options = to;
	char *end;

	options->compress = strtod(text, &end);
	if (end != text && !*end && options->compress >= 0.01 && options->compress <= 1000)
		return NULL;
	return "expected a factor between 0.01 and 1000";
}

#define AT(member) .at = offsetof(struct options, member)

static const struct far_option options_table[] = {
	{"listen", "IP:PORT", "where SIP is received", FAR_OWN, .take = options_listen},
	{"rtp-ports", "MIN-MAX", "ports for RTP, two a call", FAR_OWN, .take = options_ports},
	{"tls-port", "PORT", "SIP over TLS besides, with", FAR_NUMBER, AT(tls_port), .max = 65535},
	{"tls-cert", "FILE", "a certificate (PEM)", FAR_TEXT, AT(tls_cert)},
	{"tls-key", "FILE", "and its key", FAR_TEXT, AT(tls_key)},
	{"mix", "FILE", "shares and durations; see --print-mix", FAR_OWN, .take = options_mix},
	{"mix-default", NULL, "the built-in mix (this is the default)", FAR_OWN, .take = options_mix_default},
	{"print-mix", NULL, "prints the mix with all names, and ends", FAR_FLAG, AT(print)},
	{"compress", "X", "divides all durations by X (default 1); sound keeps its\nlength", FAR_OWN, .take = options_compress},
	{"seed", "N", "same seed, same fate of each number (default 1)", FAR_NUMBER, AT(seed), .max = INT64_MAX},
	{"calls-max", "N", "calls at once, more are refused with 503 (default 500)", FAR_NUMBER, AT(calls_max), .max = 20000},
	{"voices", "DIR", "hello-*.wav reply-*.wav machine-*.wav dead-*.wav;\nwithout, tones stand in", FAR_TEXT, AT(voices)},
	{"log", "FILE", "CSV, one line a call", FAR_TEXT, AT(log)},
	{"report", "FILE", "the printed figures as JSON, and their histograms", FAR_TEXT, AT(report)},
	{"measure", NULL,
		"silence carries the time of its sending, for an\noutdial-seats --measure (a classifier would hear noise)",
		FAR_FLAG, AT(measure)},
	{"seconds", "N", "ends by itself; otherwise SIGINT or SIGTERM ends it", FAR_SECONDS, AT(run_us), .max = 86400},
	{0},
};

static const struct far_program program = {
	.name = "outdial-carrier",
	.usage = "usage: outdial-carrier --listen IP:PORT --rtp-ports MIN-MAX [options]\n"
		 "A SIP carrier for tests: answers each call as a person, a machine or a network\n"
		 "would.\n",
	.options = options_table,
};

static int complain(const char *what, const char *sentence)
{
	return far_complain(program.name, what, sentence);
}

/* 0: go on; 1: all is done (help, mix printed); negative: wrong, and said so. */
static int options_parse(struct options *options, int argc, char **argv)
{
	int err;

	*options = (struct options){.seed = 1, .calls_max = CALLS_MAX_DEFAULT, .compress = 1};
	mix_defaults(&options->mix);
	err = far_options(&program, options, argc, argv);
	if (err)
		return err;
	mix_compress(&options->mix, options->compress);
	if (options->print) {
		mix_print(&options->mix, stdout);
		return 1;
	}
	if (!options->port || !options->rtp_max)
		return complain("--listen and --rtp-ports", "both are needed; see --help");
	if (!options->tls_port != !options->tls_cert || !options->tls_cert != !options->tls_key)
		return complain("--tls-port, --tls-cert and --tls-key", "all three belong together");
	return 0;
}

static void carrier_sip(void *arg, const struct ua_event *event)
{
	struct carrier *carrier = arg;
	struct callee *callee = pool_get(&carrier->callees, event->cookie);

	if (event->kind == UA_EV_INCOMING)
		callee_incoming(carrier, event);
	else if (callee && callee->leg == event->leg)
		callee_sip(callee, event);
}

static void carrier_media(void *arg, const struct media_event *event)
{
	struct carrier *carrier = arg;
	struct callee *callee = pool_get(&carrier->callees, event->cookie);

	if (callee)
		callee_media(callee, event);
}

static int carrier_open_far(struct carrier *carrier, const struct options *options)
{
	struct media_options media = {.port_min = options->rtp_min,
		.port_max = options->rtp_max,
		.streams_max = (uint32_t)options->calls_max,
		.workers = 1,
		.fifo = options->measure, /* other programs of the machine are none of the delay */
		.probe = options->measure ? &carrier->quality.probe : NULL};
	struct ua_options ua = {.port = options->port,
		.tls_port = (uint16_t)options->tls_port,
		.user_agent = "outdial-carrier",
		.legs_max = (uint32_t)options->calls_max + 64,
		.event = carrier_sip,
		.arg = carrier};
	char why[160] = "";
	int err;

	text_copy(media.ip, sizeof(media.ip), options->ip);
	text_copy(ua.ip, sizeof(ua.ip), options->ip);
	carrier->quality.measured = options->measure;
	carrier->far.media_event = carrier_media;
	carrier->far.arg = carrier;
	tls_setup(options->tls_cert ? options->tls_cert : "", options->tls_key ? options->tls_key : "", NULL, NULL);
	err = far_open(&carrier->far, &ua, &media, why);
	if (!err && options->tls_port) {
		err = ua_need_tls(carrier->far.ua, why);
		if (err)
			far_close(&carrier->far);
	}
	if (err) {
		fprintf(stderr, "outdial-carrier: %s (%s)\n", why, err_text(err));
		return err;
	}
	err = voices_load(&carrier->voices, carrier->far.media, options->voices, why);
	if (err) {
		fprintf(stderr, "outdial-carrier: %s (%s)\n", why, err_text(err));
		far_close(&carrier->far);
	}
	return err;
}

static int carrier_open(struct carrier *carrier, const struct options *options)
{
	int err;

	carrier->mix = options->mix;
	carrier->seed = (uint64_t)options->seed;
	text_copy(carrier->ip, sizeof(carrier->ip), options->ip);
	carrier->numbers = calloc(CARRIER_NUMBERS, sizeof(*carrier->numbers));
	err = carrier->numbers ? pool_init(&carrier->callees, (uint32_t)options->calls_max, sizeof(struct callee)) : -ENOMEM;
	if (err)
		return complain("memory", err_text(err));
	err = witness_open(&carrier->witness, options->log);
	if (err)
		return complain(options->log, err_text(err));
	return carrier_open_far(carrier, options);
}

static void carrier_run(struct carrier *carrier, int64_t run_us)
{
	int64_t until_us = run_us ? clock_us() + run_us : INT64_MAX;
	struct callee *callee;
	uint32_t at = 0;
	uint64_t handle;

	while (!carrier->far.stopped && clock_us() < until_us)
		if (far_step(&carrier->far) < 0)
			break;
	while ((callee = pool_next(&carrier->callees, &at, &handle)))
		callee_stop(callee);
	far_drain(&carrier->far, DRAIN_US);
}

static int carrier_report(struct carrier *carrier, const char *path)
{
	int err;

	witness_print(&carrier->witness, stdout);
	far_print_quality(&carrier->quality, stdout);
	err = path ? witness_report(&carrier->witness, far_quality_doc(&carrier->quality), path) : 0;
	return err ? complain(path, err_text(err)) : 0;
}

int main(int argc, char **argv)
{
	static struct carrier carrier;
	struct options options;
	int err = options_parse(&options, argc, argv);

	if (err)
		return err > 0 ? 0 : 2;
	far_signals(&carrier.far);
	err = carrier_open(&carrier, &options);
	if (!err) {
		printf("outdial-carrier: listening on %s:%u, seed %lld\n", options.ip, options.port, (long long)options.seed);
		fflush(stdout);
		carrier_run(&carrier, options.run_us);
		far_close(&carrier.far);
		err = carrier_report(&carrier, options.report);
	}
	witness_close(&carrier.witness);
	pool_fini(&carrier.callees);
	free(carrier.numbers);
	return err ? 1 : 0;
}
