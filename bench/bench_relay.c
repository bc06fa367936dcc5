/*
 * bench_relay.c - CPU time of one RTP packet in the media plane, through its face
 *
 * What    A generator process plays both far ends of N conversations over loopback: each leg sends 172 bytes every 20 ms (above
 *         1,000 conversations less often, so that one core can drive them) and takes what comes. On loopback the sender is charged
 *         for the receiver's delivery, therefore two figures:
 *           relay_us      CPU of the relay process a relayed packet
 *           increment_us  CPU of relay and generator a relayed packet, less what the generator took when its legs talked directly
 *         The kinds of run take turns; each figure is the median of the rounds, with the least and the greatest behind it.
 * Rows    floor: one send and one receive on connected sockets, nothing else: what this kernel and machine take at least
 *         relay: bridged, latched, statistics, RTCP; delay of one leg in 16, by the kernel's time of arrival, and without a relay
 *         kernel: the same, relayed by the kernel (media/inkernel.h), in turn with ours, where it is permitted
 *         rtpengine: the same conversations through Debian's rtpengine in user space, in turn with ours, when it is installed
 *         srtp: one side of each conversation is SRTP; added_us is relay_us less that of plain conversations, as many
 *         record: each conversation is recorded in stereo, the recorder's thread included; in turn plain and recorded, through
 *         sockets and in the kernel; missed: packets that the kernel sent on and no recording has, in the last round
 *         listen: the same with one leg of each conversation under classification instead
 *         classify: answered legs that are listened to and hear silence; us a packet heard, the packet sent for it included
 *         crypt: protect and unprotect alone, so many sessions in turn
 * Usage   bench_relay [seconds a run, default 2] [rounds, default 3] [conversations of the relay row, default 800] [row, default all: floor relay
 *         classify record listen srtp srtp-5000 crypt]
 */
#include "base/clock.h"
#include "base/hist.h"
#include "media/crypt.h"
#include "media/media.h"
#include "media/rtp.h"

#include "bench/rtpengine.h"

#include <arpa/inet.h>
#include <dirent.h>
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
#define LEGS_MAX 10000
#define WARM_PACKETS 30 /* a leg; the connected sockets are open by then */
#define PROBE_EVERY 16
#define ROUNDS_MAX 15

enum kind { DIRECT, PLAIN, SRTP, RECORD, CLASSIFY, RTPENGINE, KERNEL, KERNEL_RECORD, LISTEN, KERNEL_LISTEN };

struct plan {
	enum kind kind;
	unsigned legs, period_ms;
	int64_t run_us;
	unsigned silence_ms; /* 0: each packet of it */
};

struct result {
	int64_t cpu_us;
	uint64_t sent, received;
	int64_t delay_us_p50, delay_us_p99;
};

struct generator {
	int fds[LEGS_MAX];
	uint16_t ports[LEGS_MAX];
	struct rtp_header next[LEGS_MAX];
	struct plan plan;
	unsigned legs;
	struct crypt *protect[LEGS_MAX], *open[LEGS_MAX];
	uint64_t sent, received;
	struct hist delay;
};

static struct media_srtp keys[LEGS_MAX]; /* of each leg, both ways; made before the fork */
static char record_dir[] = "/var/tmp/bench_relay.XXXXXX";

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

/* --- one leg of the generator: takes what has come, sends the next packet with the time in it */

static bool probe(unsigned leg)
{
	return leg % PROBE_EVERY == 0;
}

static int64_t arrival_us(struct msghdr *msg)
{
	struct timespec ts = {0};

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
			memcpy(&ts, CMSG_DATA(c), sizeof(ts));
	}
	return ts.tv_sec * SEC_US + ts.tv_nsec / 1000;
}

/* The relay's own silence has no time of ours in it: it says something when a far end's packets were late, here because the generator had no CPU. */
static bool stamped(const struct generator *g, const uint8_t *packet, size_t bytes, int64_t *sent_us)
{
	int64_t now_us = clock_us();

	memcpy(sent_us, packet + RTP_HEAD, sizeof(*sent_us));
	return g->plan.kind != CLASSIFY && bytes == PACKET && *sent_us <= now_us && *sent_us > now_us - 60 * SEC_US;
}

/* False: nothing was there, or nothing that could be read. Reports are taken and not counted. */
static bool leg_receive(struct generator *g, unsigned leg)
{
	_Alignas(16) uint8_t in[2048], control[64];
	struct iovec iov = {in, sizeof(in)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	ssize_t n = probe(leg) ? recvmsg(g->fds[leg], &msg, 0) : recv(g->fds[leg], in, sizeof(in), 0);
	size_t bytes = n > 0 ? (size_t)n : 0;
	int64_t sent_us;

	if (rtp_is_rtcp(in, bytes))
		return true;
	if (!bytes || (g->open[leg] && crypt_rtp(g->open[leg], in, &bytes)))
		return false;
	bool ours = stamped(g, in, bytes, &sent_us);

	g->received += ours || g->plan.kind == CLASSIFY;
	if (ours && probe(leg))
		hist_note(&g->delay, arrival_us(&msg) - sent_us);
	return true;
}

static void leg_turn(struct generator *g, unsigned leg)
{
	_Alignas(16) uint8_t packet[PACKET + CRYPT_TRAILER];
	int64_t now_us = clock_us();
	size_t bytes = PACKET;

	(void)leg_receive(g, leg);
	rtp_build(packet, &g->next[leg]);
	memset(packet + RTP_HEAD, (int)(g->next[leg].seq * 37 + leg), PACKET - RTP_HEAD);
	memcpy(packet + RTP_HEAD, &now_us, sizeof(now_us));
	g->next[leg].seq++;
	g->next[leg].ts += 160;
	if (!g->protect[leg] || !crypt_rtp(g->protect[leg], packet, &bytes))
		g->sent += send(g->fds[leg], packet, bytes, 0) == (ssize_t)bytes;
}

/* One group of legs each millisecond, as many groups as the period has. */
static void generator_run(struct generator *g, int64_t for_us)
{
	int64_t start_us = clock_us();

	for (int64_t ms = 0; ms * 1000 < for_us; ms++) {
		int64_t wait_us = start_us + ms * 1000 - clock_us();
		struct timespec ts = {.tv_nsec = wait_us * 1000};
		if (wait_us > 0)
			nanosleep(&ts, NULL);
		for (unsigned leg = (unsigned)(ms % g->plan.period_ms); leg < g->legs; leg += g->plan.period_ms)
			leg_turn(g, leg);
	}
}

/* What is still on its way is no loss; it is taken, and the legs begin or end with nothing waiting. */
static void generator_drain(struct generator *g)
{
	struct timespec rest = {.tv_nsec = 50 * 1000 * 1000};

	nanosleep(&rest, NULL);
	for (unsigned leg = 0; leg < g->legs; leg++) {
		while (leg_receive(g, leg))
			continue;
	}
}

static bool records(const struct plan *plan)
{
	return plan->kind == RECORD || plan->kind == KERNEL_RECORD;
}

static bool classifies(const struct plan *plan, unsigned leg)
{
	return plan->kind == CLASSIFY || (leg % 2 && (plan->kind == LISTEN || plan->kind == KERNEL_LISTEN));
}

static bool in_kernel(const struct plan *plan)
{
	return plan->kind == KERNEL || plan->kind == KERNEL_RECORD || plan->kind == KERNEL_LISTEN;
}

/* A recording's blocks are all in memory after some seconds. */
static int64_t warm_us(const struct plan *plan)
{
	return SEC_US / 2 + WARM_PACKETS * plan->period_ms * MS_US + (records(plan) ? 4 * SEC_US : 0);
}

/* The two ends of a conversation are neighbours. */
static unsigned partner(unsigned leg)
{
	return leg ^ 1;
}

static void generator_prepare(struct generator *g)
{
	int on = 1;

	for (unsigned i = 0; i < g->legs; i++) {
		if (probe(i) && setsockopt(g->fds[i], SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)))
			fail("timestamps", errno);
		if (g->plan.kind == SRTP && i % 2 && (crypt_alloc(&g->protect[i], &keys[i], true) || crypt_alloc(&g->open[i], &keys[i], false)))
			fail("srtp", 0);
	}
}

static void generator_main(int control, const struct plan *plan)
{
	static struct generator g;
	static uint16_t to[LEGS_MAX];
	struct result result;
	bool direct = plan->kind == DIRECT;
	char go = 0;

	g.plan = *plan;
	g.legs = plan->legs;
	generator_open(&g);
	generator_prepare(&g);
	transfer(control, g.ports, g.legs * sizeof(uint16_t), true);
	if (!direct)
		transfer(control, to, g.legs * sizeof(uint16_t), false);
	for (unsigned i = 0; direct && i < g.legs; i++)
		to[i] = g.ports[partner(i)];
	generator_aim(&g, to);
	generator_run(&g, warm_us(plan));
	generator_drain(&g);
	g.sent = g.received = 0;
	memset(&g.delay, 0, sizeof(g.delay));
	transfer(control, &go, 1, true);
	int64_t cpu = cpu_us();
	generator_run(&g, plan->run_us);
	result = (struct result){cpu_us() - cpu, g.sent, 0, hist_at(&g.delay, 0.5), hist_at(&g.delay, 0.99)};
	transfer(control, &go, 1, true); /* the others stop their clocks now */
	generator_drain(&g);
	result.received = g.received;
	transfer(control, &result, sizeof(result), true);
	transfer(control, &go, 1, false); /* sockets stay until the relay has been measured */
	exit(0);
}

/* --- the relay */

static int relay_leg(struct media *media, const struct plan *plan, unsigned i, uint64_t *streams, uint16_t far)
{
	struct media_remote remote = {.ip = "127.0.0.1", .port = far};
	struct amd_options classify = {.ring_ms = -1};

	if (plan->kind == SRTP && i % 2)
		remote.rx = remote.tx = keys[i];
	int err = media_remote(media, streams[i], &remote);
	if (!err && classifies(plan, i))
		err = media_classify(media, streams[i], &classify);
	if (!err && records(plan) && i % 2)
		err = media_record(media, streams[i], i, clock_us());
	return !err && i % 2 && plan->kind != CLASSIFY ? media_bridge(media, streams[i - 1], streams[i]) : err;
}

static void relay_open(struct media **media, const struct plan *plan, const uint16_t *far, uint16_t *near)
{
	struct media_options options = {
		.ip = "127.0.0.1", .port_min = 10000, .port_max = 32767, .streams_max = plan->legs, .fifo = true,
		.silence_ms = plan->silence_ms};
	static uint64_t streams[LEGS_MAX];

	if (in_kernel(plan))
		snprintf(options.kernel_relay, sizeof(options.kernel_relay), "lo");
	if (records(plan))
		snprintf(options.record_dir, sizeof(options.record_dir), "%s", record_dir);
	int err = media_open(media, &options);

	for (unsigned i = 0; !err && i < plan->legs; i++) {
		err = media_stream_open(*media, i, &streams[i], &near[i]);
		if (!err)
			err = relay_leg(*media, plan, i, streams, far[i]);
		if (i % 100 == 99)
			usleep(10000); /* the worker takes the sockets and keys over */
	}
	if (err)
		fail("media plane", err);
}

struct figures {
	struct result generator;
	int64_t relay_cpu_us;
	uint64_t relayed, heard, late_ticks;
	uint32_t lanes;
	double carried; /* share of the packets that the kernel sent on */
	uint64_t missed; /* of those, packets that are in no recording */
	bool fifo, kernel;
};

static void relay_measure(int control, const struct plan *plan, struct figures *out)
{
	static uint16_t far[LEGS_MAX], near[LEGS_MAX];
	struct media_counters before, after;
	struct media *media;
	char go;

	transfer(control, far, plan->legs * sizeof(uint16_t), false);
	relay_open(&media, plan, far, near);
	transfer(control, near, plan->legs * sizeof(uint16_t), true);
	transfer(control, &go, 1, false);
	int64_t cpu = cpu_us();
	media_counters(media, &before);
	transfer(control, &go, 1, false);
	out->relay_cpu_us = cpu_us() - cpu;
	media_counters(media, &after);
	transfer(control, &out->generator, sizeof(out->generator), false);
	out->relayed = after.tx_packets - before.tx_packets;
	out->heard = after.rx_packets - before.rx_packets;
	out->late_ticks = after.late_ticks - before.late_ticks;
	out->lanes = after.lanes;
	out->fifo = after.fifo;
	out->kernel = after.kernel;
	out->carried = (double)(after.carried_packets - before.carried_packets) / (double)out->relayed;
	out->missed = after.carried_missed - before.carried_missed;
	transfer(control, &go, 1, true);
	media_close(media);
}

static void rtpengine_measure(int control, const struct plan *plan, struct rtpengine *engine, struct figures *out)
{
	static uint16_t far[LEGS_MAX], near[LEGS_MAX];
	char go;

	transfer(control, far, plan->legs * sizeof(uint16_t), false);
	for (unsigned i = 0; i < plan->legs; i += 2) {
		int err = rtpengine_bridge(engine, far + i, near + i);
		if (err)
			fail("rtpengine", err);
	}
	transfer(control, near, plan->legs * sizeof(uint16_t), true);
	transfer(control, &go, 1, false);
	int64_t cpu = rtpengine_cpu_us(engine);
	transfer(control, &go, 1, false);
	out->relay_cpu_us = rtpengine_cpu_us(engine) - cpu;
	transfer(control, &out->generator, sizeof(out->generator), false);
	out->relayed = out->generator.received;
	transfer(control, &go, 1, true);
}

static void direct_measure(int control, const struct plan *plan, struct figures *out)
{
	static uint16_t far[LEGS_MAX];
	char go;

	transfer(control, far, plan->legs * sizeof(uint16_t), false);
	transfer(control, &go, 1, false);
	transfer(control, &go, 1, false);
	transfer(control, &out->generator, sizeof(out->generator), false);
	transfer(control, &go, 1, true);
}

static struct figures measure(const struct plan *plan)
{
	struct figures out = {0};
	struct rtpengine engine = {.control = -1};
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		fail("socketpair", errno);
	pid_t child = fork();
	if (child < 0)
		fail("fork", errno);
	if (!child) {
		close(pair[0]);
		generator_main(pair[1], plan);
	}
	close(pair[1]);
	if (plan->kind == RTPENGINE) {
		int err = rtpengine_start(&engine);
		if (err)
			fail("rtpengine", err);
		rtpengine_measure(pair[0], plan, &engine, &out);
		rtpengine_stop(&engine);
	} else if (plan->kind == DIRECT)
		direct_measure(pair[0], plan, &out);
	else
		relay_measure(pair[0], plan, &out);
	waitpid(child, NULL, 0);
	close(pair[0]);
	return out;
}

/* --- rows */

struct sample {
	double value[ROUNDS_MAX];
	unsigned count;
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void sample_add(struct sample *sample, double value)
{
	sample->value[sample->count++] = value;
	qsort(sample->value, sample->count, sizeof(double), compare);
}

static void sample_print(const char *name, const struct sample *sample)
{
	printf(" %s=%.2f[%.2f-%.2f]", name, sample->value[sample->count / 2], sample->value[0], sample->value[sample->count - 1]);
}

static unsigned period_ms(unsigned conversations)
{
	return 20 * ((conversations + 999) / 1000);
}

static double lost_percent(const struct figures *f)
{
	return 100.0 * (1 - (double)f->generator.received / (double)f->generator.sent);
}

static double relay_us(const struct figures *f)
{
	return (double)f->relay_cpu_us / (double)f->relayed;
}

struct relay_row {
	struct sample process, increment, lost, p50, p99;
};

static void row_add(struct relay_row *row, const struct figures *f, double direct_us)
{
	sample_add(&row->process, relay_us(f));
	sample_add(&row->increment, (double)(f->relay_cpu_us + f->generator.cpu_us) / (double)f->relayed - direct_us);
	sample_add(&row->lost, lost_percent(f));
	sample_add(&row->p50, (double)f->generator.delay_us_p50);
	sample_add(&row->p99, (double)f->generator.delay_us_p99);
}

static void row_print(const struct relay_row *row)
{
	sample_print("relay_us", &row->process);
	sample_print("increment_us", &row->increment);
	sample_print("lost_percent", &row->lost);
	sample_print("delay_us_p50", &row->p50);
	sample_print("delay_us_p99", &row->p99);
	printf("\n");
}

static void bench_relay(unsigned conversations, int64_t run_us, int rounds)
{
	struct plan plan = {PLAIN, 2 * conversations, period_ms(conversations), run_us, 0}, control = plan, peer = plan, kernel = plan;
	struct relay_row ours = {0}, theirs = {0}, inside = {0};
	struct sample direct_cpu = {0}, direct_p99 = {0};
	struct figures relay = {0}, carried = {0};
	bool installed = !system("command -v rtpengine >/dev/null"), permitted = true;

	control.kind = DIRECT;
	peer.kind = RTPENGINE;
	kernel.kind = KERNEL;
	for (int i = 0; i < rounds; i++) {
		struct figures direct = measure(&control);
		double direct_us = (double)direct.generator.cpu_us / (double)direct.generator.sent;
		relay = measure(&plan);
		row_add(&ours, &relay, direct_us);
		if (permitted) {
			carried = measure(&kernel);
			permitted = carried.kernel;
			row_add(&inside, &carried, direct_us);
		}
		if (installed) {
			struct figures other = measure(&peer);
			row_add(&theirs, &other, direct_us);
		}
		sample_add(&direct_cpu, direct_us);
		sample_add(&direct_p99, (double)direct.generator.delay_us_p99);
	}
	printf("direct conversations=%u", conversations);
	sample_print("us", &direct_cpu);
	sample_print("delay_us_p99", &direct_p99);
	printf("\nrelay conversations=%u period_ms=%u lanes=%u fifo=%d", conversations, plan.period_ms, relay.lanes, relay.fifo);
	row_print(&ours);
	printf("kernel conversations=%u", conversations);
	if (permitted) {
		printf(" carried=%.3f", carried.carried);
		row_print(&inside);
	} else {
		printf(" not permitted here\n");
	}
	printf("rtpengine conversations=%u", conversations);
	if (installed)
		row_print(&theirs);
	else
		printf(" not installed: apt-get install rtpengine-daemon\n");
	fflush(stdout);
}

/* Conversations of this kind and plain ones in turn. */
static void bench_added(const char *name, enum kind kind, unsigned conversations, int64_t run_us, int rounds)
{
	struct plan plain = {PLAIN, 2 * conversations, period_ms(conversations), run_us, 0}, more = plain;
	struct sample process = {0}, added = {0}, lost = {0};

	more.kind = kind;
	for (int i = 0; i < rounds; i++) {
		struct figures before = measure(&plain), after = measure(&more);
		sample_add(&process, relay_us(&after));
		sample_add(&added, relay_us(&after) - relay_us(&before));
		sample_add(&lost, lost_percent(&after));
	}
	printf("%s conversations=%u period_ms=%u", name, conversations, plain.period_ms);
	sample_print("relay_us", &process);
	sample_print("added_us", &added);
	sample_print("lost_percent", &lost);
	printf("\n");
	fflush(stdout);
}

static void bench_secure(unsigned sessions, int64_t run_us, int rounds)
{
	for (unsigned i = 0; i < 2 * sessions; i++) {
		if (media_srtp_key(&keys[i], MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80))
			fail("srtp", 0);
	}
	bench_added("srtp", SRTP, sessions, run_us, rounds);
}

static void record_clean(void)
{
	DIR *dir = opendir(record_dir);

	for (struct dirent *entry = dir ? readdir(dir) : NULL; entry; entry = readdir(dir))
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	(void)rmdir(record_dir);
}

/* Plain conversations and such, through sockets and in the kernel, in turn. */
static void bench_heard(const char *const names[4], const enum kind kinds[4], unsigned conversations, int64_t run_us, int rounds)
{
	struct plan plan = {DIRECT, 2 * conversations, period_ms(conversations), run_us, 0};
	struct relay_row rows[4] = {0};
	struct figures f[4] = {0};

	for (int i = 0; i < rounds; i++) {
		plan.kind = DIRECT;
		struct figures direct = measure(&plan);
		for (int kind = 0; kind < 4; kind++) {
			plan.kind = kinds[kind];
			f[kind] = measure(&plan);
			row_add(&rows[kind], &f[kind], (double)direct.generator.cpu_us / (double)direct.generator.sent);
		}
	}
	for (int kind = 0; kind < 4; kind++) {
		printf("%s conversations=%u carried=%.3f missed=%llu", names[kind], conversations, f[kind].carried,
			(unsigned long long)f[kind].missed);
		row_print(&rows[kind]);
	}
	fflush(stdout);
}

static void bench_listen(unsigned conversations, int64_t run_us, int rounds)
{
	static const char *const names[] = {"plain", "listen", "kernel", "kernel listen"};
	static const enum kind kinds[] = {PLAIN, LISTEN, KERNEL, KERNEL_LISTEN};

	bench_heard(names, kinds, conversations, run_us, rounds);
}

static void bench_record(unsigned conversations, int64_t run_us, int rounds)
{
	static const char *const names[] = {"plain", "record", "kernel", "kernel record"};
	static const enum kind kinds[] = {PLAIN, RECORD, KERNEL, KERNEL_RECORD};

	if (!mkdtemp(record_dir))
		fail(record_dir, errno);
	bench_heard(names, kinds, conversations, run_us, rounds);
	record_clean();
}

static void bench_classify(unsigned legs, unsigned silence_ms, int64_t run_us, int rounds)
{
	struct plan plan = {CLASSIFY, legs, period_ms(legs / 2), run_us, silence_ms};
	struct sample heard = {0};

	for (int i = 0; i < rounds; i++) {
		struct figures f = measure(&plan);
		sample_add(&heard, (double)f.relay_cpu_us / (double)f.heard);
	}
	printf("classify legs=%u silence_ms=%u", legs, silence_ms);
	sample_print("us_per_packet_heard", &heard);
	printf("\n");
	fflush(stdout);
}

static void bench_floor(unsigned sockets)
{
	struct plan plan = {DIRECT, 2 * sockets, 20, 0, 0};
	static struct generator g;
	static uint16_t to[LEGS_MAX];
	char data[2048] = {0};
	unsigned turns = 200000 / sockets;

	g.legs = plan.legs;
	generator_open(&g);
	for (unsigned i = 0; i < g.legs; i++)
		to[i] = g.ports[partner(i)];
	generator_aim(&g, to);
	int64_t cpu = cpu_us();
	for (unsigned turn = 0; turn < turns; turn++) {
		for (unsigned i = 0; i < g.legs; i += 2) {
			if (send(g.fds[i], data, PACKET, 0) != PACKET || recv(g.fds[i + 1], data, sizeof(data), 0) != PACKET)
				fail("floor", errno);
		}
	}
	printf("floor sockets=%u us_send_and_receive=%.2f\n", sockets, (double)(cpu_us() - cpu) / turns / sockets);
	for (unsigned i = 0; i < g.legs; i++)
		close(g.fds[i]);
	fflush(stdout);
}

/* --- SRTP alone */

static void bench_crypt(unsigned sessions)
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
	printf("crypt sessions=%u us_per_packet_and_direction=%.2f failed=%u plugged=%d\n", sessions, us, failed, crypt_plugged());
	for (unsigned i = 0; i < sessions; i++) {
		crypt_free(send[i]);
		crypt_free(receive[i]);
	}
	free(send);
	free(receive);
}

static int number(int argc, char **argv, int at, int usual, int max)
{
	int n = argc > at ? atoi(argv[at]) : usual;

	if (n < 1 || n > max)
		fail("an argument is out of its range", n);
	return n;
}

static bool wanted(int argc, char **argv, const char *row)
{
	return argc < 5 || !strcmp(argv[4], row);
}

int main(int argc, char **argv)
{
	int64_t run_us = number(argc, argv, 1, 2, 60) * SEC_US;
	int rounds = number(argc, argv, 2, 3, ROUNDS_MAX), conversations = number(argc, argv, 3, 800, LEGS_MAX / 2);

	signal(SIGPIPE, SIG_IGN);
	if (crypt_init())
		fail("srtp", 0);
	if (wanted(argc, argv, "floor")) {
		bench_floor(1);
		bench_floor(1600);
	}
	if (wanted(argc, argv, "relay"))
		bench_relay((unsigned)conversations, run_us, rounds);
	if (wanted(argc, argv, "classify")) {
		bench_classify(1600, 200, run_us, rounds); /* as the engine does unless it is told otherwise */
		bench_classify(1600, 20, run_us, rounds);
	}
	if (wanted(argc, argv, "record"))
		bench_record(800, run_us, rounds);
	if (wanted(argc, argv, "listen"))
		bench_listen(800, run_us, rounds);
	if (wanted(argc, argv, "srtp"))
		bench_secure(1000, run_us, rounds);
	if (wanted(argc, argv, "srtp-5000"))
		bench_secure(5000, run_us, rounds);
	if (wanted(argc, argv, "crypt")) {
		bench_crypt(1000);
		bench_crypt(5000);
	}
	return 0;
}
