/*
 * test_inkernel.c - the program of the relay in the kernel, packet by packet (BPF_PROG_TEST_RUN); skipped where it is not
 * permitted
 */
#include "base/clock.h"
#include "media/inkernel.h"
#include "media/rtp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define IP_AT 14
#define UDP_AT 34
#define RTP_AT 42
#define VOICE 160
#define WHOLE (RTP_AT + RTP_HEAD + VOICE)
#define SSRC 0x01020304
#define REELS 3

enum { SENT_ON, LEFT }; /* what inkernel_try() answers */

static struct inkernel *kernel;
static uint16_t near_port; /* even; the next even one is the other leg's */

static uint16_t port_free(void)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(addr);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &length), 0);
	close(fd);
	return ntohs(addr.sin_port);
}

static int open_kernel(void **state)
{
	char why[INKERNEL_WHY];

	(void)state;
	do
		near_port = port_free();
	while (near_port % 2);
	if (inkernel_open(&kernel, "lo", REELS, why))
		print_message("# skipped: %s\n", why);
	return 0;
}

static int close_kernel(void **state)
{
	(void)state;
	inkernel_close(kernel);
	return 0;
}

/* Not cmocka's skip(), which tests/run would count as a failure: open_kernel() has said it. */
#define NEEDS_KERNEL()                                                                                                           \
	do {                                                                                                                     \
		if (!kernel)                                                                                                     \
			return;                                                                                                  \
	} while (0)

/* --- packets */

static uint32_t sum_bytes(const uint8_t *data, size_t bytes, uint32_t sum)
{
	for (size_t i = 0; i < bytes; i++)
		sum += i % 2 ? data[i] : (uint32_t)data[i] << 8;
	return sum;
}

static uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* 0xffff: right. */
static uint16_t ip_sum(const uint8_t *packet)
{
	return sum_fold(sum_bytes(packet + IP_AT, 20, 0));
}

static uint16_t udp_sum(const uint8_t *packet, size_t bytes)
{
	uint32_t pseudo = sum_bytes(packet + IP_AT + 12, 8, 17 + (uint32_t)(bytes - UDP_AT));

	return sum_fold(sum_bytes(packet + UDP_AT, bytes - UDP_AT, pseudo));
}

static void put16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void put_sums(uint8_t *packet, size_t bytes)
{
	put16(packet + IP_AT + 10, 0);
	put16(packet + IP_AT + 10, (uint16_t)~ip_sum(packet));
	put16(packet + UDP_AT + 6, 0);
	uint16_t sum = (uint16_t)~udp_sum(packet, bytes);
	put16(packet + UDP_AT + 6, sum ? sum : 0xffff); /* 0 would say that there is none */
}

static void packet_make(uint8_t packet[WHOLE], uint16_t seq, uint32_t ts)
{
	struct rtp_header header = {.seq = seq, .ts = ts, .ssrc = SSRC};

	memset(packet, 0, WHOLE);
	packet[12] = 8; /* IPv4 */
	packet[IP_AT] = 0x45;
	put16(packet + IP_AT + 2, WHOLE - IP_AT);
	put16(packet + IP_AT + 4, 0xbeef);
	packet[IP_AT + 8] = 17;
	packet[IP_AT + 9] = IPPROTO_UDP;
	memcpy(packet + IP_AT + 12, "\x7f\x00\x00\x05\x7f\x00\x00\x01", 8);
	put16(packet + UDP_AT, near_port);
	put16(packet + UDP_AT + 2, near_port);
	put16(packet + UDP_AT + 4, WHOLE - UDP_AT);
	rtp_build(packet + RTP_AT, &header);
	for (int i = 0; i < VOICE; i++)
		packet[RTP_AT + RTP_HEAD + i] = (uint8_t)(i * 7);
	put_sums(packet, WHOLE);
}

static union addr address(const char *ip, uint16_t port)
{
	union addr out;

	assert_int_equal(addr_parse(&out, ip, port), 0);
	return out;
}

/* From 127.0.0.5 to us, and from another port of ours to 127.0.0.9. */
static struct inkernel_way way_make(uint16_t seq, uint32_t ts)
{
	return (struct inkernel_way){
		.from = address("127.0.0.5", near_port),
		.local = address("127.0.0.1", near_port),
		.out = address("127.0.0.3", near_port + 2),
		.to = address("127.0.0.9", near_port),
		.ssrc = SSRC,
		.ssrc_out = 0xa1a2a3a4,
		.seq_shift = 1000,
		.ts_shift = 0x80000000,
		.payload_bytes = VOICE,
		.seq = seq,
		.ts = ts,
	};
}

static void way_open(uint16_t seq, uint32_t ts)
{
	struct inkernel_way way = way_make(seq, ts);

	assert_int_equal(inkernel_begin(kernel, &way), 0);
}

static struct inkernel_seen way_close(void)
{
	struct inkernel_seen seen;

	inkernel_end(kernel, near_port, &seen);
	return seen;
}

/* --- tests */

static void test_a_packet_is_rewritten(void **state)
{
	uint8_t packet[WHOLE], before[WHOLE], ports[4];
	struct rtp_header out;

	(void)state;
	NEEDS_KERNEL();
	way_open(65535, 80);
	packet_make(packet, 0, 240);
	packet[RTP_AT + 1] |= 0x80; /* a talkspurt begins */
	put_sums(packet, WHOLE);
	memcpy(before, packet, WHOLE);
	assert_int_equal(inkernel_try(kernel, packet, WHOLE), SENT_ON);

	put16(ports, near_port + 2);
	put16(ports + 2, near_port);
	assert_memory_equal(packet + IP_AT + 12, "\x7f\x00\x00\x03\x7f\x00\x00\x09", 8);
	assert_int_equal(packet[IP_AT + 1], 0xb8);
	assert_int_equal(packet[IP_AT + 8], 64);
	assert_memory_equal(packet + UDP_AT, ports, 4);
	assert_int_equal(ip_sum(packet), 0xffff);
	assert_int_equal(udp_sum(packet, WHOLE), 0xffff);
	assert_int_equal(rtp_parse(packet + RTP_AT, WHOLE - RTP_AT, &out), 0);
	assert_int_equal(out.seq, 1000);
	assert_int_equal(out.ts, 0x800000f0);
	assert_int_equal(out.ssrc, 0xa1a2a3a4);
	assert_true(out.marker);
	assert_int_equal(out.payload_bytes, VOICE);
	assert_memory_equal(packet + RTP_AT + RTP_HEAD, before + RTP_AT + RTP_HEAD, VOICE);
	struct inkernel_seen seen = way_close();
	assert_int_equal(seen.seq, 0);
	assert_int_equal(seen.ts, 240);
}

/* Seven minutes of random numbers and times: each checksum is right, and the newest number is known. */
static void test_many_packets(void **state)
{
	uint8_t packet[WHOLE];
	uint16_t seq = 65000;
	uint32_t ts = 0xfffff000, random = 1;

	(void)state;
	NEEDS_KERNEL();
	way_open(seq, ts);
	for (int i = 0; i < 20000; i++) {
		random = random * 1664525 + 1013904223;
		seq++;
		ts += random >> 20;
		packet_make(packet, seq, ts);
		memcpy(packet + RTP_AT + RTP_HEAD, &random, sizeof(random));
		put_sums(packet, WHOLE);
		assert_int_equal(inkernel_try(kernel, packet, WHOLE), SENT_ON);
		assert_int_equal(ip_sum(packet), 0xffff);
		assert_int_equal(udp_sum(packet, WHOLE), 0xffff);
	}
	struct inkernel_seen seen = way_close();
	assert_int_equal(seen.seq, seq);
	assert_int_equal(seen.ts, ts);
}

static void test_a_packet_without_checksum_stays_so(void **state)
{
	uint8_t packet[WHOLE];

	(void)state;
	NEEDS_KERNEL();
	way_open(1, 0);
	packet_make(packet, 2, 160);
	put16(packet + UDP_AT + 6, 0);
	assert_int_equal(inkernel_try(kernel, packet, WHOLE), SENT_ON);
	assert_memory_equal(packet + UDP_AT + 6, "\0", 2);
	(void)way_close();
}

/* Bits that a packet may have one way or the other: whose it is, and that it is the next one, lies in all others. */
static bool is_free(int byte, int bit)
{
	bool sender_mac = byte >= 6 && byte < 12;
	bool ip = byte == IP_AT + 1 || byte == IP_AT + 4 || byte == IP_AT + 5 || byte == IP_AT + 8 || byte == IP_AT + 10 ||
		byte == IP_AT + 11 || (byte == IP_AT + 6 && bit >= 6);
	bool rtp = (byte == RTP_AT + 1 && bit == 7) || (byte >= RTP_AT + 4 && byte < RTP_AT + 8);

	return sender_mac || ip || byte == UDP_AT + 6 || byte == UDP_AT + 7 || rtp;
}

static void test_every_bit_of_the_heads(void **state)
{
	uint8_t packet[WHOLE], before[WHOLE];

	(void)state;
	NEEDS_KERNEL();
	for (int i = 0; i < 8 * (RTP_AT + RTP_HEAD); i++) {
		way_open(1, 0);
		packet_make(packet, 2, 160);
		packet[i / 8] ^= (uint8_t)(1u << i % 8);
		memcpy(before, packet, WHOLE);
		int said = inkernel_try(kernel, packet, WHOLE);
		struct inkernel_seen seen = way_close();
		if (said != (is_free(i / 8, i % 8) ? SENT_ON : LEFT))
			fail_msg("byte %d bit %d: %d", i / 8, i % 8, said);
		assert_int_equal(seen.seq, said == SENT_ON ? 2 : 1);
		if (said == LEFT)
			assert_memory_equal(packet, before, WHOLE);
	}
}

static int try_changed(size_t bytes, int at, uint8_t value)
{
	uint8_t packet[WHOLE + 40];

	memset(packet, 0, sizeof(packet));
	packet_make(packet, 2, 160);
	if (at)
		packet[at] = value;
	return inkernel_try(kernel, packet, bytes);
}

/* What the sockets do otherwise, each by name. */
static void test_the_unusual_is_left_to_the_socket(void **state)
{
	uint8_t packet[WHOLE];

	(void)state;
	NEEDS_KERNEL();
	way_open(1, 0);
	for (size_t bytes = IP_AT + 20; bytes < WHOLE; bytes++)
		assert_int_equal(try_changed(bytes, 0, 0), LEFT);
	assert_int_equal(try_changed(WHOLE + 20, 0, 0), LEFT);
	assert_int_equal(try_changed(WHOLE, RTP_AT + 1, 101), LEFT);        /* a digit */
	assert_int_equal(try_changed(WHOLE, RTP_AT + 1, 13), LEFT);         /* comfort noise */
	assert_int_equal(try_changed(WHOLE, RTP_AT + 1, 200), LEFT);        /* a report */
	assert_int_equal(try_changed(WHOLE, RTP_AT, 0x90), LEFT);           /* an extension */
	assert_int_equal(try_changed(WHOLE, RTP_AT, 0x81), LEFT);           /* a contributor */
	assert_int_equal(try_changed(WHOLE, RTP_AT, 0xa0), LEFT);           /* padding */
	assert_int_equal(try_changed(WHOLE, RTP_AT, 0x40), LEFT);           /* another version */
	assert_int_equal(try_changed(WHOLE, IP_AT, 0x46), LEFT);            /* IP options */
	assert_int_equal(try_changed(WHOLE, IP_AT + 6, 0x20), LEFT);        /* first of a datagram in pieces */
	assert_int_equal(try_changed(WHOLE, IP_AT + 7, 3), LEFT);           /* a later one */
	assert_int_equal(try_changed(WHOLE, IP_AT + 15, 6), LEFT);          /* a stranger */
	assert_int_equal(try_changed(WHOLE, UDP_AT, 1), LEFT);              /* another of its ports */
	assert_int_equal(try_changed(WHOLE, UDP_AT + 3, (uint8_t)(near_port + 2)), LEFT); /* a port without a way */
	for (uint16_t seq = 65530; seq != 5; seq++) {
		packet_make(packet, seq, 160);
		if (seq != 2)
			assert_int_equal(inkernel_try(kernel, packet, WHOLE), LEFT);
	}
	assert_int_equal(way_close().seq, 1);
}

static void test_a_closed_way_sends_nothing(void **state)
{
	struct inkernel_seen seen;

	(void)state;
	NEEDS_KERNEL();
	assert_int_equal(try_changed(WHOLE, 0, 0), LEFT);
	for (int again = 0; again < 3; again++) {
		way_open(1, 0);
		assert_int_equal(try_changed(WHOLE, 0, 0), SENT_ON);
		assert_int_equal(try_changed(WHOLE, 0, 0), LEFT); /* twice the same */
		inkernel_look(kernel, near_port, &seen);
		assert_int_equal(seen.seq, 2);
		assert_int_equal(way_close().seq, 2);
		assert_int_equal(try_changed(WHOLE, 0, 0), LEFT);
	}
}

/* The jitter goes on from what the sockets saw, and a clock that was set is none. */
static void test_jitter(void **state)
{
	static const uint32_t ts[] = {0, 16000, 16000 + 160, 0x70000000};
	struct inkernel_way way = way_make(0, 0);
	uint8_t packet[WHOLE];
	uint32_t jitter_q4[4];
	struct inkernel_seen seen;

	(void)state;
	NEEDS_KERNEL();
	way.jitter_q4 = 160;
	assert_int_equal(inkernel_begin(kernel, &way), 0);
	for (uint16_t i = 0; i < 4; i++) {
		packet_make(packet, (uint16_t)(i + 1), ts[i]);
		assert_int_equal(inkernel_try(kernel, packet, WHOLE), SENT_ON);
		inkernel_look(kernel, near_port, &seen);
		jitter_q4[i] = seen.jitter_q4;
	}
	assert_int_equal(jitter_q4[0], 160);
	assert_in_range(jitter_q4[1], 16000 - 8000, 16000 + 160); /* a busy machine takes time between two packets */
	assert_true(jitter_q4[2] != jitter_q4[1]);
	assert_int_equal(jitter_q4[3], jitter_q4[2]);
	(void)way_close();
}

/* --- sound that is laid down */

static void way_open_taped(uint16_t seq, uint16_t payload_bytes)
{
	struct inkernel_way way = way_make(seq, seq * 160u);

	way.payload_bytes = payload_bytes;
	way.reel = REELS;
	assert_int_equal(inkernel_begin(kernel, &way), 0);
}

/* A packet with so much of a sound that only this number has. */
static int try_sound(uint16_t seq, size_t payload_bytes)
{
	uint8_t packet[WHOLE];
	size_t bytes = RTP_AT + RTP_HEAD + payload_bytes;

	packet_make(packet, seq, seq * 160u);
	put16(packet + IP_AT + 2, (uint16_t)(bytes - IP_AT));
	put16(packet + UDP_AT + 4, (uint16_t)(bytes - UDP_AT));
	for (size_t i = 0; i < payload_bytes; i++)
		packet[RTP_AT + RTP_HEAD + i] = (uint8_t)(i * 7 + seq * 31);
	put_sums(packet, bytes);
	return inkernel_try(kernel, packet, bytes);
}

static void has_sound(uint16_t seq, size_t payload_bytes)
{
	struct inkernel_sound sound;

	assert_int_equal(inkernel_sound(kernel, near_port, seq, &sound), 0);
	assert_int_equal(sound.ts, seq * 160u);
	for (size_t i = 0; i < payload_bytes; i++)
		assert_int_equal(sound.payload[i], (uint8_t)(i * 7 + seq * 31));
}

/* Of any length that there is room for; the last ones, across the turn of the numbers; and after the end, too. */
static void test_sound_is_laid_down(void **state)
{
	static const uint16_t lengths[] = {1, 2, 7, 8, 80, 159, 160};
	struct inkernel_sound sound;

	(void)state;
	NEEDS_KERNEL();
	for (size_t n = 0; n < sizeof(lengths) / sizeof(lengths[0]); n++) {
		uint16_t seq = 65500;
		int64_t before_us = clock_steady_us();
		way_open_taped(seq, lengths[n]);
		for (int i = 0; i < 100; i++)
			assert_int_equal(try_sound(++seq, lengths[n]), SENT_ON);
		has_sound(seq, lengths[n]);
		assert_int_equal(try_sound((uint16_t)(seq + 2), lengths[n]), LEFT); /* and lays nothing down */
		assert_int_equal(way_close().seq, seq);
		for (uint16_t i = 0; i < INKERNEL_BEHIND; i++)
			has_sound((uint16_t)(seq - i), lengths[n]);
		assert_int_equal(inkernel_sound(kernel, near_port, (uint16_t)(seq - INKERNEL_BEHIND), &sound), -ENODATA);
		assert_int_equal(inkernel_sound(kernel, near_port, (uint16_t)(seq + 1), &sound), -ENODATA);
		assert_int_equal(inkernel_sound(kernel, near_port, seq, &sound), 0);
		assert_in_range(sound.heard_us, before_us, clock_steady_us());
	}
}

/* What lies in a reel belongs to the way that laid it down. */
static void test_an_earlier_sound_is_not_taken(void **state)
{
	struct inkernel_sound sound;

	(void)state;
	NEEDS_KERNEL();
	way_open_taped(7, VOICE);
	assert_int_equal(try_sound(8, VOICE), SENT_ON);
	has_sound(8, VOICE);
	(void)way_close();
	way_open_taped(8, VOICE);
	assert_int_equal(inkernel_sound(kernel, near_port, 8, &sound), -EAGAIN); /* counted elsewhere, not laid down here */
	(void)way_close();
	way_open(8, 8 * 160u);
	assert_int_equal(try_sound(9, VOICE), SENT_ON);
	assert_int_equal(inkernel_sound(kernel, near_port, 9, &sound), -ENODATA); /* nobody wanted it */
	(void)way_close();
}

static void test_reels_that_are_not_there(void **state)
{
	struct inkernel *none;
	struct inkernel_way way = way_make(0, 0);
	char why[INKERNEL_WHY];

	(void)state;
	NEEDS_KERNEL();
	assert_int_equal(inkernel_reels(kernel), REELS);
	way.reel = REELS + 1;
	assert_int_equal(inkernel_begin(kernel, &way), -EOPNOTSUPP);
	way.reel = 1;
	way.payload_bytes = INKERNEL_SOUND + 1;
	assert_int_equal(inkernel_begin(kernel, &way), -EOPNOTSUPP);
	assert_int_equal(inkernel_open(&none, "lo", UINT32_MAX, why), 0); /* no machine has 24 TB for it: without */
	assert_int_equal(inkernel_reels(none), 0);
	way.payload_bytes = VOICE;
	assert_int_equal(inkernel_begin(none, &way), -EOPNOTSUPP);
	way.reel = 0;
	assert_int_equal(inkernel_begin(none, &way), 0);
	inkernel_close(none);
}

static void test_what_is_not_served(void **state)
{
	struct inkernel *none = NULL;
	struct inkernel_way way = way_make(0, 0);
	char why[INKERNEL_WHY];

	(void)state;
	NEEDS_KERNEL();
	assert_int_equal(inkernel_open(&none, "nowhere7", 0, why), -ENODEV);
	assert_non_null(strstr(why, "nowhere7"));
	assert_int_equal(inkernel_open(&none, "lo lo", 0, why), -EEXIST); /* and the first is given back */
	assert_null(none);
	way.to = address("::1", near_port);
	assert_int_equal(inkernel_begin(kernel, &way), -EAFNOSUPPORT);
	way = way_make(0, 0);
	way.from = address("192.0.2.1", near_port); /* an end that is elsewhere, or nowhere */
	assert_int_not_equal(inkernel_begin(kernel, &way), 0);
	assert_int_equal(try_changed(WHOLE, 0, 0), LEFT);
}

/* --- nothing stays */

static int socket_at(const char *ip, uint16_t port)
{
	union addr addr = address(ip, port);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, &addr.sa, addr_bytes(&addr)), 0);
	return fd;
}

#define SOON_MS 2000 /* at most: a machine that stands still makes it later, not wrong */

static bool comes(int fd)
{
	struct pollfd one = {.fd = fd, .events = POLLIN};
	char data[WHOLE];

	return poll(&one, 1, SOON_MS) == 1 && recv(fd, data, sizeof(data), 0) == RTP_HEAD + VOICE;
}

static void say(int fd, uint16_t seq)
{
	uint8_t packet[WHOLE];
	union addr to = address("127.0.0.1", near_port);

	packet_make(packet, seq, 160);
	assert_int_equal(sendto(fd, packet + RTP_AT, WHOLE - RTP_AT, 0, &to.sa, addr_bytes(&to)), WHOLE - RTP_AT);
}

static void relay_until_killed(int ready)
{
	struct inkernel *own;
	struct inkernel_way way = way_make(1, 0);
	char why[INKERNEL_WHY], go = 'x';

	if (!inkernel_open(&own, "lo", 0, why) && !inkernel_begin(own, &way) && write(ready, &go, 1) == 1)
		pause();
	_exit(1);
}

/* A process that dies takes its relay with it: what comes then is the socket's. */
static void test_kill_leaves_nothing(void **state)
{
	int ready[2], from, local, to, status;
	char go;

	(void)state;
	NEEDS_KERNEL();
	from = socket_at("127.0.0.5", near_port);
	local = socket_at("127.0.0.1", near_port);
	to = socket_at("127.0.0.9", near_port);
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();
	if (!child)
		relay_until_killed(ready[1]);
	assert_int_equal(read(ready[0], &go, 1), 1);
	say(from, 2);
	assert_true(comes(to));
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	bool ours = false;
	for (uint16_t seq = 3; !ours && seq < 8; seq++) { /* the kernel may take what a process held away a little after its end */
		say(from, seq);
		ours = comes(local);
	}
	assert_true(ours);
	close(from);
	close(local);
	close(to);
	close(ready[0]);
	close(ready[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_packet_is_rewritten),
		cmocka_unit_test(test_many_packets),
		cmocka_unit_test(test_a_packet_without_checksum_stays_so),
		cmocka_unit_test(test_every_bit_of_the_heads),
		cmocka_unit_test(test_the_unusual_is_left_to_the_socket),
		cmocka_unit_test(test_a_closed_way_sends_nothing),
		cmocka_unit_test(test_jitter),
		cmocka_unit_test(test_sound_is_laid_down),
		cmocka_unit_test(test_an_earlier_sound_is_not_taken),
		cmocka_unit_test(test_reels_that_are_not_there),
		cmocka_unit_test(test_what_is_not_served),
		cmocka_unit_test(test_kill_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, open_kernel, close_kernel);
}
