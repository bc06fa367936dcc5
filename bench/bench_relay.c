/*
 * bench_relay.c - CPU time of one relayed RTP packet, through the face of media/
 *
 * What    A generator process plays both far ends of N conversations over loopback: each leg sends 172 bytes every 20 ms and
 * takes what comes. First its legs talk to each other directly, then through the media plane (latched, bridged, statistics). On
 *         loopback the sender is charged for the receiver's delivery, therefore two figures a line:
 *           relay_us      CPU of the relay process a relayed packet
 *           increment_us  CPU of relay and generator a relayed packet, less what the generator took without a relay
 *         and, below them, what SRTP adds: protect and unprotect of such a packet with so many sessions in turn.
 * Usage   bench_relay [seconds a run, default 3] [conversations ...; default 100 400 800]
 */
#include "base/clock.h"
#include "media/crypt.h"
#include "media/media.h"
#include "media/rtp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PACKET 172
#define LEGS_MAX 8000
#define WARM_US (SEC_US / 2)

struct result {
	int64_t cpu_us;
	uint64_t sent, received;
};

struct generator {
	int fds[LEGS_MAX];
	uint16_t ports[LEGS_MAX];
	struct rtp_header next[LEGS_MAX];
	unsigned legs;
	uint64_t sent, received;
};

static int64_t cpu_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * SEC_US + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

static void __attribute__((noreturn)) fail(const char *what, int err)
{
	fprintf(stderr, "bench_relay: %s: %d\n", what, err);
	exit(1);
}

static void transfer(int fd, void *data, size_t bytes, bool out)
{
	for (size_t at = 0; at < bytes;) {
		ssize_t n = out ? write(fd, (char *)data + at, bytes - at) : read(fd, (char *)data + at, bytes - at);
		if (n <= 0)
			fail("the other process has gone", errno);
		at += (size_t)n;
	}
}

/* --- the generator */

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
}

static void generator_open(struct generator *g)
{
	for (unsigned i = 0; i < g->legs; i++) {
		struct sockaddr_in addr = loopback(0);
		socklen_t length = sizeof(addr);
		g->fds[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (g->fds[i] < 0 || bind(g->fds[i], (struct sockaddr *)&addr, sizeof(addr)) ||
			getsockname(g->fds[i], (struct sockaddr *)&addr, &length))
			fail("socket", errno);
		g->ports[i] = ntohs(addr.sin_port);
		g->next[i] = (struct rtp_header){.ssrc = i + 1};
	}
}

static void generator_aim(struct generator *g, const uint16_t *to)
{
	for (unsigned i = 0; i < g->legs; i++) {
		struct sockaddr_in addr = loopback(to[i]);
		if (connect(g->fds[i], (struct sockaddr *)&addr, sizeof(addr)))
			fail("connect", errno);
	}
}

static void leg_turn(struct generator *g, unsigned leg)
{
	uint8_t packet[PACKET] = {0};
	uint8_t in[2048];

	g->received += recv(g->fds[leg], in, sizeof(in), 0) > 0;
	rtp_build(packet, &g->next[leg]);
	g->next[leg].seq++;
	g->next[leg].ts += 160;
	g->sent += send(g->fds[leg], packet, sizeof(packet), 0) == sizeof(packet);
}

/* One of 20 groups of legs each millisecond. */
static void generator_run(struct generator *g, int64_t for_us)
{
	int64_t start_us = clock_us();

	for (int64_t ms = 0; ms * 1000 < for_us; ms++) {
		int64_t wait_us = start_us + ms * 1000 - clock_us();
		struct timespec ts = {.tv_nsec = wait_us * 1000};
		if (wait_us > 0)
			nanosleep(&ts, NULL);
		for (unsigned leg = (unsigned)(ms % 20); leg < g->legs; leg += 20)
			leg_turn(g, leg);
	}
}

/* The two ends of a conversation are in different groups: 20 of each 40 legs are firsts. */
static unsigned partner(unsigned leg)
{
	return leg ^ 1;
}

static void generator_main(int control, unsigned legs, int64_t run_us, bool direct)
{
	static struct generator g;
	static uint16_t to[LEGS_MAX];
	struct result result;
	char go = 0;

	g.legs = legs;
	generator_open(&g);
	transfer(control, g.ports, legs * sizeof(uint16_t), true);
	if (!direct)
		transfer(control, to, legs * sizeof(uint16_t), false);
	for (unsigned i = 0; direct && i < legs; i++)
		to[i] = g.ports[partner(i)];
	generator_aim(&g, to);
	generator_run(&g, WARM_US);
	g.sent = g.received = 0;
	transfer(control, &go, 1, true);
	int64_t cpu = cpu_us();
	generator_run(&g, run_us);
	result = (struct result){cpu_us() - cpu, g.sent, g.received};
	transfer(control, &result, sizeof(result), true);
	transfer(control, &go, 1, false); /* sockets stay until the relay has been measured */
	exit(0);
}

/* --- the relay */

static void relay_open(struct media **media, unsigned legs, const uint16_t *far, uint16_t *near)
{
	struct media_options options = {
		.ip = "127.0.0.1", .port_min = 10000, .port_max = 32767, .streams_max = legs, .fifo = true};
	static uint64_t streams[LEGS_MAX];
	int err = media_open(media, &options);

	for (unsigned i = 0; !err && i < legs; i++) {
		struct media_remote remote = {.ip = "127.0.0.1", .port = far[i]};
		err = media_stream_open(*media, i, &streams[i], &near[i]);
		for (int again = 0; !err && again < 1000 && (err = media_remote(*media, streams[i], &remote)) == -EAGAIN; again++)
			usleep(1000);
		if (!err && i % 2)
			err = media_bridge(*media, streams[i - 1], streams[i]);
		if (i % 500 == 499)
			usleep(5000); /* the second descriptor of each stream is given back */
	}
	if (err)
		fail("media plane", err);
}

struct figures {
	struct result generator;
	int64_t relay_cpu_us;
	uint64_t relayed, late_ticks;
	bool fifo;
};

static void relay_measure(int control, unsigned legs, struct figures *out)
{
	static uint16_t far[LEGS_MAX], near[LEGS_MAX];
	struct media_counters before, after;
	struct media *media;
	char go;

	transfer(control, far, legs * sizeof(uint16_t), false);
	relay_open(&media, legs, far, near);
	transfer(control, near, legs * sizeof(uint16_t), true);
	transfer(control, &go, 1, false);
	int64_t cpu = cpu_us();
	media_counters(media, &before);
	transfer(control, &out->generator, sizeof(out->generator), false);
	out->relay_cpu_us = cpu_us() - cpu;
	media_counters(media, &after);
	out->relayed = after.tx_packets - before.tx_packets;
	out->late_ticks = after.late_ticks - before.late_ticks;
	out->fifo = after.fifo;
	transfer(control, &go, 1, true);
	media_close(media);
}

static void direct_measure(int control, unsigned legs, struct figures *out)
{
	static uint16_t far[LEGS_MAX];
	char go;

	transfer(control, far, legs * sizeof(uint16_t), false);
	transfer(control, &go, 1, false);
	transfer(control, &out->generator, sizeof(out->generator), false);
	transfer(control, &go, 1, true);
}

static void measure(unsigned legs, int64_t run_us, bool direct, struct figures *out)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		fail("socketpair", errno);
	pid_t child = fork();
	if (child < 0)
		fail("fork", errno);
	if (!child) {
		close(pair[0]);
		generator_main(pair[1], legs, run_us, direct);
	}
	close(pair[1]);
	if (direct)
		direct_measure(pair[0], legs, out);
	else
		relay_measure(pair[0], legs, out);
	waitpid(child, NULL, 0);
	close(pair[0]);
}

static void bench_relay(unsigned conversations, int64_t run_us)
{
	struct figures direct = {0}, relay = {0};
	unsigned legs = 2 * conversations;

	measure(legs, run_us, true, &direct);
	measure(legs, run_us, false, &relay);
	double base_us = (double)direct.generator.cpu_us / (double)direct.generator.sent;
	double relay_us = (double)relay.relay_cpu_us / (double)relay.relayed;
	double both_us = (double)(relay.relay_cpu_us + relay.generator.cpu_us) / (double)relay.relayed;
	printf("relay conversations=%u packets=%llu lost_percent=%.2f relay_us=%.2f increment_us=%.2f core_percent=%.1f "
	       "late_ticks=%llu fifo=%d\n",
		conversations, (unsigned long long)relay.relayed,
		100.0 * (1 - (double)relay.generator.received / (double)relay.generator.sent), relay_us, both_us - base_us,
		100.0 * (double)relay.relay_cpu_us / (double)run_us, (unsigned long long)relay.late_ticks, relay.fifo);
	fflush(stdout);
}

/* --- SRTP */

static void bench_srtp(unsigned sessions)
{
	struct crypt **send = calloc(sessions, sizeof(*send)), **receive = calloc(sessions, sizeof(*receive));
	struct rtp_header header = {.ssrc = 1};
	_Alignas(16) uint8_t packet[PACKET + CRYPT_TRAILER] = {0};
	struct media_srtp key;
	unsigned rounds = 200000 / sessions, failed = 0;

	for (unsigned i = 0; i < sessions; i++) {
		if (media_srtp_key(&key, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80) || crypt_alloc(&send[i], &key, true) ||
			crypt_alloc(&receive[i], &key, false))
			fail("srtp", 0);
	}
	int64_t cpu = cpu_us();
	for (unsigned round = 0; round < rounds; round++, header.seq++) {
		for (unsigned i = 0; i < sessions; i++) {
			size_t bytes = PACKET;
			rtp_build(packet, &header);
			failed += crypt_rtp(send[i], packet, &bytes) || crypt_rtp(receive[i], packet, &bytes);
		}
	}
	double us = (double)(cpu_us() - cpu) / rounds / sessions / 2;
	printf("srtp sessions=%u us_per_packet_and_direction=%.2f failed=%u plugged=%d\n", sessions, us, failed, crypt_plugged());
	for (unsigned i = 0; i < sessions; i++) {
		crypt_free(send[i]);
		crypt_free(receive[i]);
	}
	free(send);
	free(receive);
}

int main(int argc, char **argv)
{
	static const unsigned usual[] = {100, 400, 800};
	int64_t run_us = (argc > 1 ? atoi(argv[1]) : 3) * SEC_US;

	signal(SIGPIPE, SIG_IGN);
	if (run_us < SEC_US || run_us > 60 * SEC_US)
		fail("seconds: 1 to 60", 0);
	for (int i = 0; i < (argc > 2 ? argc - 2 : 3); i++) {
		int n = argc > 2 ? atoi(argv[i + 2]) : (int)usual[i];
		if (n < 1 || 2 * n > LEGS_MAX)
			fail("conversations: 1 to 4000", n);
		bench_relay((unsigned)n, run_us);
	}
	if (crypt_init())
		fail("srtp", 0);
	bench_srtp(100);
	bench_srtp(2000);
	bench_srtp(5000);
	return 0;
}
