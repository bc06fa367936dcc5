/*
 * bench_sip.c - what a call costs in the user agent: INVITE 180 200 ACK BYE 200 against `sipp -sn uas` on loopback
 *
 * What    Places CALLS calls at RATE a second, hangs each up in the handler of its answer, and prints CPU time of this process
 * per call (getrusage, user and system), set-ups a second that were kept, failures, and the time from INVITE to answer. Use
 * bench_sip [CALLS RATE]...   default: 5000 500 5000 1000
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hist.h"
#include "base/text.h"
#include "dialer/offer.h"
#include "dialer/ua.h"

#define LEGS_MAX 20000

struct bench {
	struct ua *ua;
	struct hist setup_us;
	uint32_t placed, answered, failed, refused;
	int last_code;
};

static double cpu_s(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void on_event(void *arg, const struct ua_event *event)
{
	struct bench *bench = arg;
	if (event->kind == UA_EV_ANSWERED) {
		hist_note(&bench->setup_us, clock_us() - (int64_t)event->cookie);
		bench->answered++;
		ua_bye(bench->ua, event->leg, NULL);
	} else if (event->kind == UA_EV_FAILED || event->kind == UA_EV_ENDED) {
		bench->failed++;
		bench->last_code = event->code;
	}
}

static uint16_t free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t bytes = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, bytes) || getsockname(fd, (struct sockaddr *)&address, &bytes))
		exit(1);
	close(fd);
	return ntohs(address.sin_port);
}

static pid_t start_sipp(uint16_t port)
{
	char text[8];
	snprintf(text, sizeof(text), "%u", port);
	pid_t pid = fork();
	if (pid)
		return pid;
	if (!freopen("/dev/null", "r", stdin) || !freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
		_exit(1);
	execlp("sipp", "sipp", "-sn", "uas", "-i", "127.0.0.1", "-p", text, "-nostdin", "-nd", "-timeout", "120s", (char *)NULL);
	_exit(127);
}

static void place(struct bench *bench, uint16_t port, const char *sdp)
{
	uint64_t leg;
	struct ua_invite invite = {.cookie = (uint64_t)clock_us(),
		.to_user = "service",
		.host = "127.0.0.1",
		.port = port,
		.from_user = "4000",
		.sdp = sdp};
	if (ua_invite(bench->ua, &invite, &leg))
		bench->refused++;
	bench->placed++;
}

static void wait_until(struct bench *bench, int64_t due_us)
{
	int64_t now_us = clock_us(), wait_us = ua_step(bench->ua);
	if (due_us - now_us < wait_us)
		wait_us = due_us - now_us;
	struct pollfd fd = {ua_fd(bench->ua), POLLIN, 0};
	struct timespec wait = {wait_us / SEC_US, wait_us % SEC_US * 1000};
	if (wait_us > 0)
		ppoll(&fd, 1, &wait, NULL);
}

static bool done(const struct bench *bench)
{
	return bench->answered + bench->failed + bench->refused >= bench->placed;
}

static void run(struct bench *bench, uint16_t port, uint32_t calls, uint32_t rate)
{
	struct offer offer;
	char sdp[OFFER_TEXT_MAX];
	offer_make("127.0.0.1", 40000, AMD_ULAW, NULL, 1, &offer);
	offer_print(&offer, sdp, sizeof(sdp));
	*bench = (struct bench){.ua = bench->ua};
	double cpu = cpu_s();
	int64_t start_us = clock_us(), end_us = start_us;
	while (bench->placed < calls) {
		wait_until(bench, start_us + (int64_t)bench->placed * SEC_US / rate);
		while (bench->placed < calls && clock_us() >= start_us + (int64_t)bench->placed * SEC_US / rate)
			place(bench, port, sdp);
	}
	end_us = clock_us();
	for (int64_t until_us = end_us + 10 * SEC_US; clock_us() < until_us && !done(bench);)
		wait_until(bench, until_us);
	for (int64_t until_us = clock_us() + 200 * MS_US; clock_us() < until_us;)
		wait_until(bench, until_us);
	cpu = cpu_s() - cpu;
	printf("sip calls=%u rate=%u kept=%.0f/s answered=%u failed=%u refused=%u last_code=%d cpu_us_per_call=%.1f "
	       "core_share=%.3f "
	       "setup_us_p50=%lld p99=%lld\n",
		calls, rate, calls * 1e6 / (double)(end_us - start_us), bench->answered, bench->failed, bench->refused,
		bench->last_code, cpu * 1e6 / calls, cpu * 1e6 / (double)(end_us - start_us),
		(long long)hist_at(&bench->setup_us, 0.5), (long long)hist_at(&bench->setup_us, 0.99));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const char *const usual[] = {"", "5000", "500", "5000", "1000"};
	const char *const *pairs = argc < 3 ? usual : (const char *const *)argv;
	int count = argc < 3 ? 5 : argc;
	struct bench bench = {0};
	struct ua_options options = {
		.ip = "127.0.0.1", .user_agent = "bench", .legs_max = LEGS_MAX, .event = on_event, .arg = &bench};
	char why[160];
	uint16_t port = free_port();
	pid_t sipp = start_sipp(port);
	if (sipp < 0 || ua_open(&bench.ua, &options, why)) {
		fprintf(stderr, "bench_sip: %s\n", why);
		return 1;
	}
	for (int64_t until_us = clock_us() + SEC_US; clock_us() < until_us;)
		wait_until(&bench, until_us);
	for (int i = 1; i + 1 < count; i += 2) {
		int64_t calls = 0, rate = 0;
		if (!text_i64(pairs[i], 1, 1000000, &calls) || !text_i64(pairs[i + 1], 1, 100000, &rate))
			break;
		run(&bench, port, (uint32_t)calls, (uint32_t)rate);
	}
	ua_close(bench.ua);
	kill(sipp, SIGKILL);
	waitpid(sipp, NULL, 0);
	return 0;
}
