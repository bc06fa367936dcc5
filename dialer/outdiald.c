/* outdiald.c - the engine as a program: options, signals, exit codes */
#include "dialer/engine.h"

#include "base/log.h"

#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define HEAP_STEP (1024 * 1024)

static volatile int outdiald_signals;

static void outdiald_on_signal(int number)
{
	(void)number;
	outdiald_signals++;
}

static void outdiald_help(FILE *out)
{
	fputs("Usage: outdiald [--dir DIR] [--check]\n"
	      "The Outdial engine: dials the running campaigns of the store in DIR and serves\nits seats.\n\n"
	      "  -d, --dir DIR   the store (default: $OUTDIAL_DIR, else /var/lib/outdial); made\n"
	      "                  by 'outdial init'\n"
	      "  -c, --check     read DIR/outdial.conf, say whether it is right, and end\n"
	      "  -h, --help      this text\n\n"
	      "One SIGTERM, SIGHUP or Ctrl-C: no new calls, ends with the last call. A second\none: ends all calls now.\n"
	      "Example: outdiald --dir /srv/outdial\n",
		out);
}

static int outdiald_check(const char *dir)
{
	struct config config;
	char why[WHY_BYTES], warning[CONFIG_WARNING_BYTES], path[4096];

	if (config_read(dir, &config, why) || config_files(&config, why)) {
		fprintf(stderr, "outdiald: %s/outdial.conf: %s\n", dir, why);
		return 2;
	}
	snprintf(path, sizeof(path), "%s/outdial.conf", dir);
	printf("%s: %s. SIP on %s:%d, RTP on %s:%d-%d\n", path,
		access(path, F_OK) ? "not there, all options have their defaults" : "right", config.sip_ip, (int)config.sip_port,
		config.rtp_ip, (int)config.rtp_port_min, (int)config.rtp_port_max);
	if (!config_roomy(&config, warning))
		fprintf(stderr, "outdiald: %s: warning: %s\n", path, warning);
	return 0;
}

/*
 * The file of options decides about the log from the first line on. A file that it names may come later: the log says that it is
 * missing.
 */
static int outdiald_configure(const char *dir)
{
	struct config config;
	static const char *const names[] = {"debug", "info", "warn", "error"};
	char why[WHY_BYTES], warning[CONFIG_WARNING_BYTES];

	if (config_read(dir, &config, why)) {
		fprintf(stderr, "outdiald: %s/outdial.conf: %s\n", dir, why);
		return 2;
	}
	for (int i = 0; i < 4; i++)
		if (strcmp(config.log_level, names[i]) == 0)
			log_setup((enum log_level)i, config.log_numbers);
	if (config_files(&config, why))
		log_line(LOG_ERROR, "configuration", "file=%s/outdial.conf why=\"%s\"", dir, why);
	if (!config_roomy(&config, warning))
		log_line(LOG_WARN, "configuration", "file=%s/outdial.conf why=\"%s\"", dir, warning);
	return 0;
}

static void outdiald_limits(void)
{
	struct rlimit limit;

	mallopt(M_TOP_PAD, HEAP_STEP); /* transactions of 13 kB come by the thousand: one brk() for dozens of them */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int outdiald_run(const char *dir)
{
	struct sigaction action = {.sa_handler = outdiald_on_signal};
	struct engine *engine = NULL;
	char why[400] = "";

	if (outdiald_configure(dir))
		return 2;
	outdiald_limits();
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL); /* its terminal is gone */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file at its limit is an error like a full disk */
	if (engine_open(&engine, dir, why)) {
		fprintf(stderr, "outdiald: %s\n", why);
		return 1;
	}
	log_line(LOG_INFO, "ready", "dir=%s sip=%s:%d rtp=%s:%d-%d recovered=%llu", dir, engine->config.sip_ip,
		(int)engine->config.sip_port, engine->config.rtp_ip, (int)engine->config.rtp_port_min,
		(int)engine->config.rtp_port_max, (unsigned long long)engine->recovered);
	engine_loop(engine, &outdiald_signals);
	engine_close(engine);
	log_line(LOG_INFO, "ended", "dir=%s", dir);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"dir", required_argument, NULL, 'd'}, {"check", no_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {0}};
	const char *dir = getenv("OUTDIAL_DIR");
	bool check = false;

	for (int c; (c = getopt_long(argc, argv, "d:ch", options, NULL)) != -1;) {
		switch (c) {
		case 'd':
			dir = optarg;
			break;
		case 'c':
			check = true;
			break;
		case 'h':
			outdiald_help(stdout);
			return 0;
		default:
			fputs("Try 'outdiald --help'.\n", stderr);
			return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "outdiald: unexpected argument '%s'. Try 'outdiald --help'.\n", argv[optind]);
		return 2;
	}
	if (!dir || !*dir)
		dir = "/var/lib/outdial";
	return check ? outdiald_check(dir) : outdiald_run(dir);
}
