/*
 * main.c - outdial-carrier: a SIP carrier on loopback, for tests, demonstrations and load
 *
 * Answers calls as people, machines and networks do (mix.h), counts them and prints what it saw (witness.h). One thread, plus the
 * media plane's worker.
 */
#include "tools/carrier/callee.h"

#include "dialer/ua_tls.h"

#include <getopt.h>
#include <errno.h>

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
	bool measure;
	struct mix mix;
	const char *voices, *report, *log;
};

static const char usage[] = "usage: outdial-carrier --listen IP:PORT --rtp-ports MIN-MAX [options]\n"
			    "A SIP carrier for tests: answers each call as a person, a machine or a network would.\n"
			    "  --listen IP:PORT     where SIP is received\n"
			    "  --rtp-ports MIN-MAX  ports for RTP, two a call\n"
			    "  --tls-port PORT      SIP over TLS besides, with\n"
			    "  --tls-cert FILE      a certificate (PEM)\n"
			    "  --tls-key FILE       and its key\n"
			    "  --mix FILE           shares and durations; see --print-mix\n"
			    "  --mix-default        the built-in mix (this is the default)\n"
			    "  --print-mix          prints the mix with all names, and ends\n"
			    "  --compress X         divides all durations by X (default 1); sound keeps its length\n"
			    "  --seed N             same seed, same fate of each number (default 1)\n"
			    "  --calls-max N        calls at once, more are refused with 503 (default 500)\n"
			    "  --voices DIR         hello-*.wav reply-*.wav machine-*.wav dead-*.wav; without, tones stand in\n"
			    "  --log FILE           CSV, one line a call\n"
			    "  --report FILE        the printed figures as JSON\n"
			    "  --measure            silence carries the time of its sending: delay, jitter and loss of each packet\n"
			    "                       between here and an outdial-seats --measure (a classifier would hear it as noise)\n"
			    "  --seconds N          ends by itself; otherwise SIGINT or SIGTERM ends it\n";

static int complain(const char *what, const char *value)
{
	fprintf(stderr, "outdial-carrier: %s: %s\n", what, value);
	return ERR_RANGE;
}

static int options_number(const char *name, const char *text, int64_t max, int64_t *out)
{
	return text_i64(text, 1, max, out) ? 0 : complain(name, "expected a whole number in range");
}

static int options_mix(struct options *options, const char *path)
{
	char why[160];
	int err = mix_read(path, &options->mix, why);

	return err ? complain("--mix", why) : 0;
}

static int options_compress(struct options *options, const char *text)
{
	char *end;

	options->compress = strtod(text, &end);
	if (end != text && !*end && options->compress >= 0.01 && options->compress <= 1000)
		return 0;
	return complain("--compress", "expected a factor between 0.01 and 1000");
}

enum {
	OPT_LISTEN = 1,
	OPT_RTP,
	OPT_TLS_PORT,
	OPT_TLS_CERT,
	OPT_TLS_KEY,
	OPT_MIX,
	OPT_MIX_DEFAULT,
	OPT_PRINT,
	OPT_COMPRESS,
	OPT_SEED,
	OPT_CALLS,
	OPT_VOICES,
	OPT_LOG,
	OPT_REPORT,
	OPT_SECONDS,
	OPT_MEASURE,
	OPT_HELP
};

static const struct option long_options[] = {
	{"listen", 1, NULL, OPT_LISTEN},
	{"rtp-ports", 1, NULL, OPT_RTP},
	{"tls-port", 1, NULL, OPT_TLS_PORT},
	{"tls-cert", 1, NULL, OPT_TLS_CERT},
	{"tls-key", 1, NULL, OPT_TLS_KEY},
	{"mix", 1, NULL, OPT_MIX},
	{"mix-default", 0, NULL, OPT_MIX_DEFAULT},
	{"print-mix", 0, NULL, OPT_PRINT},
	{"compress", 1, NULL, OPT_COMPRESS},
	{"seed", 1, NULL, OPT_SEED},
	{"calls-max", 1, NULL, OPT_CALLS},
	{"voices", 1, NULL, OPT_VOICES},
	{"log", 1, NULL, OPT_LOG},
	{"report", 1, NULL, OPT_REPORT},
	{"seconds", 1, NULL, OPT_SECONDS},
	{"measure", 0, NULL, OPT_MEASURE},
	{"help", 0, NULL, OPT_HELP},
	{0},
};

static int options_one(struct options *options, int which, bool *print)
{
	int64_t seconds = 0;
	int err = 0;

	switch (which) {
	case OPT_LISTEN:
		return far_address(optarg, options->ip, &options->port) ? 0 : complain("--listen", "expected IP:PORT");
	case OPT_RTP:
		return far_ports(optarg, &options->rtp_min, &options->rtp_max) ? 0 : complain("--rtp-ports", "expected MIN-MAX");
	case OPT_TLS_PORT:
		return options_number("--tls-port", optarg, 65535, &options->tls_port);
	case OPT_TLS_CERT:
		options->tls_cert = optarg;
		return 0;
	case OPT_TLS_KEY:
		options->tls_key = optarg;
		return 0;
	case OPT_MIX:
		return options_mix(options, optarg);
	case OPT_MIX_DEFAULT:
		mix_defaults(&options->mix);
		return 0;
	case OPT_PRINT:
		*print = true;
		return 0;
	case OPT_COMPRESS:
		return options_compress(options, optarg);
	case OPT_SEED:
		return options_number("--seed", optarg, INT64_MAX, &options->seed);
	case OPT_CALLS:
		return options_number("--calls-max", optarg, 20000, &options->calls_max);
	case OPT_SECONDS:
		err = options_number("--seconds", optarg, 86400, &seconds);
		options->run_us = seconds * SEC_US;
		return err;
	case OPT_MEASURE:
		options->measure = true;
		return 0;
	case OPT_VOICES:
		options->voices = optarg;
		return 0;
	case OPT_LOG:
		options->log = optarg;
		return 0;
	case OPT_REPORT:
		options->report = optarg;
		return 0;
	default:
		fputs(usage, which == OPT_HELP ? stdout : stderr);
		return which == OPT_HELP ? 1 : ERR_RANGE;
	}
}

/* 0: go on; 1: all is done (help, mix printed); negative: wrong, and said so. */
static int options_parse(struct options *options, int argc, char **argv)
{
	bool print = false;
	int which, err = 0;

	*options = (struct options){.seed = 1, .calls_max = CALLS_MAX_DEFAULT, .compress = 1};
	mix_defaults(&options->mix);
	while (!err && (which = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		err = options_one(options, which, &print);
	if (err)
		return err;
	mix_compress(&options->mix, options->compress);
	if (print) {
		mix_print(&options->mix, stdout);
		return 1;
	}
	if (optind < argc)
		return complain("unexpected argument", argv[optind]);
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
