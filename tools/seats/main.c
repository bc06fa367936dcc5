/*
 * main.c - outdial-seats: agents that log in to the engine, talk and press keys, for tests, demonstrations and load
 */
#include "tools/seats/office.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>

struct options {
	struct office office;
	struct office_options wanted;
	const char *report;
};

static const char usage[] = "usage: outdial-seats --engine IP:PORT --listen IP:PORT --rtp-ports MIN-MAX --secret-file FILE\n"
			    "                     (--logins seat01..seat10 | --login-prefix seat --count 10) [options]\n"
			    "Agents that log in to the engine by a call each, stay for the shift, talk and press keys.\n"
			    "  --engine IP:PORT      the engine's SIP address\n"
			    "  --listen IP:PORT      our own\n"
			    "  --rtp-ports MIN-MAX   ports for RTP, two a seat\n"
			    "  --logins A..B         logins that differ in the number at their end, or a list a,b,c\n"
			    "  --login-prefix P      with --count N: P01 .. PN\n"
			    "  --secret-file FILE    first line: the secret of all of them\n"
			    "  --voices DIR          agent-*.wav; without, tones stand in\n"
			    "  --disposition-mix M   digits and shares, such as 1:60,2:20,8:20; sent as #1, #2, #8\n"
			    "  --pause-every N       after each N talks a pause (*2, *1) of\n"
			    "  --pause-seconds S     S seconds (default 5)\n"
			    "  --srtp                offers SRTP (SDES)\n"
			    "  --steady              for load: neither listens nor talks, sends silence at full rate\n"
			    "  --measure             the same, and its silence carries the time of its sending: delay, jitter and loss of\n"
			    "                        each packet between here and an outdial-carrier --measure\n"
			    "  --report FILE         the printed figures as JSON\n"
			    "  --seconds N           logs out and ends by itself; otherwise SIGINT or SIGTERM does\n";

static int options_number(const char *name, const char *text, int64_t max, int64_t *out)
{
	return text_i64(text, 1, max, out) ? 0 : office_complain(name, "expected a whole number in range");
}

static int options_secret(struct office *office, const char *path)
{
	FILE *file = fopen(path, "r");
	bool read = file && fgets(office->secret, sizeof(office->secret), file);
	int err = file ? 0 : -errno;

	if (file)
		fclose(file);
	if (!read)
		return office_complain(path, err ? err_text(err) : "no secret in it");
	office->secret[strcspn(office->secret, "\r\n")] = '\0';
	return office->secret[0] ? 0 : office_complain(path, "its first line is empty");
}

/* "1:60,2:20": shares are made to sum to 1. */
static int options_dispositions(struct office *office, const char *text)
{
	double sum = 0;

	while (*text) {
		char *end;
		uint32_t at = office->disposition_count;

		if (at == DISPOSITIONS_MAX || !isdigit((unsigned char)text[0]) || text[1] != ':')
			return office_complain("--disposition-mix", "expected such as 1:60,2:20");
		office->dispositions[at].digit = text[0];
		office->dispositions[at].share = strtod(text + 2, &end);
		if (end == text + 2 || !(office->dispositions[at].share > 0) || (*end && *end != ','))
			return office_complain("--disposition-mix", "expected such as 1:60,2:20");
		sum += office->dispositions[at].share;
		office->disposition_count++;
		text = *end ? end + 1 : end;
	}
	for (uint32_t i = 0; i < office->disposition_count; i++)
		office->dispositions[i].share /= sum;
	return 0;
}

enum {
	OPT_ENGINE = 1,
	OPT_LISTEN,
	OPT_RTP,
	OPT_LOGINS,
	OPT_PREFIX,
	OPT_COUNT,
	OPT_SECRET,
	OPT_VOICES,
	OPT_DISPOSITIONS,
	OPT_PAUSE_EVERY,
	OPT_PAUSE,
	OPT_SRTP,
	OPT_STEADY,
	OPT_MEASURE,
	OPT_REPORT,
	OPT_SECONDS,
	OPT_HELP
};

static const struct option long_options[] = {
	{"engine", 1, NULL, OPT_ENGINE},
	{"listen", 1, NULL, OPT_LISTEN},
	{"rtp-ports", 1, NULL, OPT_RTP},
	{"logins", 1, NULL, OPT_LOGINS},
	{"login-prefix", 1, NULL, OPT_PREFIX},
	{"count", 1, NULL, OPT_COUNT},
	{"secret-file", 1, NULL, OPT_SECRET},
	{"voices", 1, NULL, OPT_VOICES},
	{"disposition-mix", 1, NULL, OPT_DISPOSITIONS},
	{"pause-every", 1, NULL, OPT_PAUSE_EVERY},
	{"pause-seconds", 1, NULL, OPT_PAUSE},
	{"srtp", 0, NULL, OPT_SRTP},
	{"steady", 0, NULL, OPT_STEADY},
	{"measure", 0, NULL, OPT_MEASURE},
	{"report", 1, NULL, OPT_REPORT},
	{"seconds", 1, NULL, OPT_SECONDS},
	{"help", 0, NULL, OPT_HELP},
	{0},
};

static int options_numbers(struct options *options, int which)
{
	int64_t number = 0;
	int err;

	switch (which) {
	case OPT_COUNT:
		return options_number("--count", optarg, AGENTS_MAX, &options->wanted.count);
	case OPT_PAUSE_EVERY:
		err = options_number("--pause-every", optarg, 1000000, &number);
		options->office.pause_every = (uint32_t)number;
		return err;
	case OPT_PAUSE:
		err = options_number("--pause-seconds", optarg, 3600, &number);
		options->office.pause_us = number * SEC_US;
		return err;
	default:
		err = options_number("--seconds", optarg, 86400, &number);
		options->wanted.run_us = number * SEC_US;
		return err;
	}
}

static int options_one(struct options *options, int which)
{
	struct office *office = &options->office;

	switch (which) {
	case OPT_ENGINE:
		return far_address(optarg, office->engine_ip, &office->engine_port)
			       ? 0
			       : office_complain("--engine", "expected IP:PORT");
	case OPT_LISTEN:
		return far_address(optarg, office->ip, &options->wanted.port) ? 0
									      : office_complain("--listen", "expected IP:PORT");
	case OPT_RTP:
		return far_ports(optarg, &options->wanted.rtp_min, &options->wanted.rtp_max)
			       ? 0
			       : office_complain("--rtp-ports", "expected MIN-MAX");
	case OPT_DISPOSITIONS:
		return options_dispositions(office, optarg);
	case OPT_SRTP:
		office->srtp = true;
		return 0;
	case OPT_STEADY:
		office->steady = true;
		return 0;
	case OPT_MEASURE:
		office->steady = office->quality.measured = true;
		return 0;
	case OPT_LOGINS:
		options->wanted.logins = optarg;
		return 0;
	case OPT_PREFIX:
		options->wanted.prefix = optarg;
		return 0;
	case OPT_SECRET:
		return options_secret(office, optarg);
	case OPT_VOICES:
		options->wanted.voices = optarg;
		return 0;
	case OPT_REPORT:
		options->report = optarg;
		return 0;
	case OPT_COUNT:
	case OPT_PAUSE_EVERY:
	case OPT_PAUSE:
	case OPT_SECONDS:
		return options_numbers(options, which);
	default:
		fputs(usage, which == OPT_HELP ? stdout : stderr);
		return which == OPT_HELP ? 1 : ERR_RANGE;
	}
}

/* 0: go on; 1: help was printed; negative: wrong, and said so. */
static int options_parse(struct options *options, int argc, char **argv)
{
	int which, err = 0;

	options->office.pause_us = 5 * SEC_US;
	while (!err && (which = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		err = options_one(options, which);
	if (err)
		return err;
	if (optind < argc)
		return office_complain("unexpected argument", argv[optind]);
	if (!options->wanted.port || !options->office.engine_port || !options->wanted.rtp_max || !options->office.secret[0])
		return office_complain("--engine, --listen, --rtp-ports and --secret-file", "all are needed; see --help");
	if (!options->wanted.logins && !(options->wanted.prefix && options->wanted.count))
		return office_complain("--logins, or --login-prefix and --count", "needed; see --help");
	return 0;
}

int main(int argc, char **argv)
{
	static struct options options;
	struct office *office = &options.office;
	struct agent_sums all = {0};
	uint32_t absent = 0;
	int err = options_parse(&options, argc, argv);

	if (err)
		return err > 0 ? 0 : 2;
	far_signals(&office->far);
	err = office_staff(office, &options.wanted);
	if (!err)
		err = office_open(office, &options.wanted);
	if (!err) {
		printf("outdial-seats: %u seats from %s:%u to %s:%u\n", office->agent_count, office->ip, options.wanted.port,
			office->engine_ip, office->engine_port);
		fflush(stdout);
		office_run(office, options.wanted.run_us);
		far_close(&office->far);
		absent = office_print(office, &all);
		far_print_quality(&office->quality, stdout);
		err = options.report ? office_report(office, &all, options.report) : 0;
	}
	free(office->agents);
	return err || absent ? 1 : 0;
}
