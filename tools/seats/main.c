/*
 * main.c - outdial-seats: agents that log in to the engine, talk and press keys, for tests, demonstrations and load
 */
#include "tools/seats/office.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAUSE_US (5 * SEC_US)

struct options {
	struct office office;
	struct office_options wanted;
	const char *report;
};

static const char *options_engine(void *to, const char *value)
{
	struct office *office = &((struct options *)to)->office;

	return far_address(value, office->engine_ip, &office->engine_port) ? NULL : "expected IP:PORT";
}

static const char *options_listen(void *to, const char *value)
{
	struct options *options = to;

	return far_address(value, options->office.ip, &options->wanted.port) ? NULL : "expected IP:PORT";
}

static const char *options_ports(void *to, const char *value)
{
	struct office_options *wanted = &((struct options *)to)->wanted;

	return far_ports(value, &wanted->rtp_min, &wanted->rtp_max) ? NULL : "expected MIN-MAX";
}

static const char *options_secret(void *to, const char *path)
{
	struct office *office = &((struct options *)to)->office;
	FILE *file = fopen(path, "r");
	bool read = file && fgets(office->secret, sizeof(office->secret), file);
	int err = file ? 0 : -errno;

	if (file)
		fclose(file);
	if (!read)
		return err ? err_text(err) : "no secret in it";
	office->secret[strcspn(office->secret, "\r\n")] = '\0';
	return office->secret[0] ? NULL : "its first line is empty";
}

/* "1:60,2:20": shares are made to sum to 1. */
static const char *options_dispositions(void *to, const char *text)
{
	struct office *office = &((struct options *)to)->office;
	double sum = 0;

	while (*text) {
		char *end;
		uint32_t at = office->disposition_count;

		if (at == DISPOSITIONS_MAX || !isdigit((unsigned char)text[0]) || text[1] != ':')
			return "expected such as 1:60,2:20";
		office->dispositions[at].digit = text[0];
		office->dispositions[at].share = strtod(text + 2, &end);
		if (end == text + 2 || !(office->dispositions[at].share > 0) || (*end && *end != ','))
			return "expected such as 1:60,2:20";
		sum += office->dispositions[at].share;
		office->disposition_count++;
		text = *end ? end + 1 : end;
	}
	for (uint32_t i = 0; i < office->disposition_count; i++)
		office->dispositions[i].share /= sum;
	return NULL;
}

static const char *options_measure(void *to, const char *value)
{
	struct office *office = &((struct options *)to)->office;

	(void)value;
	office->steady = office->quality.measured = true;
	return NULL;
}

#define AT(member) .at = offsetof(struct options, member)

static const struct far_option options_table[] = {
	{"engine", "IP:PORT", "the engine's SIP address", FAR_OWN, .take = options_engine},
	{"listen", "IP:PORT", "our own", FAR_OWN, .take = options_listen},
	{"rtp-ports", "MIN-MAX", "ports for RTP, two a seat", FAR_OWN, .take = options_ports},
	{"logins", "A..B", "logins that differ in the number at their end, or a\nlist a,b,c", FAR_TEXT, AT(wanted.logins)},
	{"login-prefix", "P", "with --count N: P01 .. PN", FAR_TEXT, AT(wanted.prefix)},
	{"count", "N", "how many of them", FAR_NUMBER, AT(wanted.count), .max = AGENTS_MAX},
	{"secret-file", "FILE", "first line: the secret of all of them", FAR_OWN, .take = options_secret},
	{"voices", "DIR", "agent-*.wav; without, tones stand in", FAR_TEXT, AT(wanted.voices)},
	{"disposition-mix", "M", "digits and shares, such as 1:60,2:20,8:20; sent as\n#1, #2, #8", FAR_OWN,
		.take = options_dispositions},
	{"pause-every", "N", "after each N talks a pause (*2, *1) of", FAR_NUMBER, AT(office.pause_every), .max = 1000000},
	{"pause-seconds", "S", "S seconds (default 5)", FAR_SECONDS, AT(office.pause_us), .max = 3600},
	{"srtp", NULL, "offers SRTP (SDES)", FAR_FLAG, AT(office.srtp)},
	{"steady", NULL, "for load: neither listens nor talks, sends silence at\nfull rate", FAR_FLAG, AT(office.steady)},
	{"measure", NULL, "the same, and its silence carries the time of its\nsending, for an outdial-carrier --measure", FAR_OWN,
		.take = options_measure},
	{"report", "FILE", "the printed figures as JSON, and their histograms", FAR_TEXT, AT(report)},
	{"seconds", "N", "logs out and ends by itself; otherwise SIGINT or\nSIGTERM does", FAR_SECONDS, AT(wanted.run_us),
		.max = 86400},
	{0},
};

static const struct far_program program = {
	.name = OFFICE_PROGRAM,
	.usage = "usage: outdial-seats --engine IP:PORT --listen IP:PORT --rtp-ports MIN-MAX\n"
		 "                     --secret-file FILE\n"
		 "                     (--logins A..B | --login-prefix P --count N) [options]\n"
		 "Agents that log in to the engine by a call each, stay for the shift, talk and\n"
		 "press keys.\n",
	.options = options_table,
};

/* 0: go on; 1: help was printed; negative: wrong, and said so. */
static int options_parse(struct options *options, int argc, char **argv)
{
	int err;

	options->office.pause_us = PAUSE_US;
	err = far_options(&program, options, argc, argv);
	if (err)
		return err;
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
