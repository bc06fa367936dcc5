/* test_uring.c - the ring: polls, waits, datagrams in both directions */
#include "base/clock.h"
#include "media/uring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

struct seen {
	struct uring *uring;
	struct uring_op op;
	int fd, calls, drain, last;
};

static void on_ready(void *arg, int res)
{
	struct seen *seen = arg;
	uint64_t value;

	seen->calls++;
	seen->last = res;
	if (seen->drain)
		assert_int_equal(read(seen->fd, &value, sizeof(value)), sizeof(value));
}

static void on_ready_stop(void *arg, int res)
{
	struct seen *seen = arg;

	on_ready(arg, res);
	uring_poll_stop(seen->uring, &seen->op);
}

static void seen_init(struct seen *seen, struct uring *uring, uring_h *handler)
{
	*seen = (struct seen){.uring = uring, .fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), .drain = 1};
	seen->op.handler = handler;
	seen->op.arg = seen;
	assert_int_equal(uring_poll(uring, seen->fd, &seen->op), 0);
}

static void bump(int fd)
{
	uint64_t one = 1;

	assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
}

static void test_poll_reports_each_time(void **state)
{
	struct uring *uring;
	struct seen seen;

	(void)state;
	assert_int_equal(uring_alloc(&uring, 8), 0);
	seen_init(&seen, uring, on_ready);
	assert_int_equal(uring_step(uring, 0, 0), 0);
	for (int i = 1; i <= 3; i++) {
		bump(seen.fd);
		assert_int_equal(uring_step(uring, 1, SEC_US), 1);
		assert_int_equal(seen.calls, i);
	}
	uring_free(uring);
	close(seen.fd);
}

static void test_poll_is_level_triggered(void **state)
{
	struct uring *uring;
	struct seen seen;

	(void)state;
	assert_int_equal(uring_alloc(&uring, 8), 0);
	seen_init(&seen, uring, on_ready);
	seen.drain = 0;
	bump(seen.fd);
	for (int i = 1; i <= 3; i++)
		assert_int_equal(uring_step(uring, 1, SEC_US), 1);
	assert_int_equal(seen.calls, 3);
	uring_free(uring);
	close(seen.fd);
}

static void test_poll_stop_is_final(void **state)
{
	struct uring *uring;
	struct seen inside, outside;

	(void)state;
	assert_int_equal(uring_alloc(&uring, 8), 0);
	seen_init(&inside, uring, on_ready_stop);
	seen_init(&outside, uring, on_ready);
	bump(inside.fd);
	assert_true(uring_step(uring, 1, SEC_US) >= 1);
	uring_poll_stop(uring, &outside.op);
	uring_poll_stop(uring, &outside.op);
	bump(inside.fd);
	bump(outside.fd);
	memset(&outside.op, 0xff, sizeof(outside.op)); /* its struct may be gone at once */
	for (int i = 0; i < 3; i++)
		(void)uring_step(uring, 0, 0);
	assert_int_equal(inside.calls, 1);
	assert_int_equal(outside.calls, 0);
	uring_free(uring);
	close(inside.fd);
	close(outside.fd);
}

static void test_poll_of_a_bad_descriptor_says_so(void **state)
{
	struct uring *uring;
	struct seen seen = {0};

	(void)state;
	assert_int_equal(uring_alloc(&uring, 8), 0);
	seen.op.handler = on_ready;
	seen.op.arg = &seen;
	assert_int_equal(uring_poll(uring, 99999, &seen.op), 0);
	assert_int_equal(uring_step(uring, 1, SEC_US), 1);
	assert_int_equal(seen.last, -EBADF);
	assert_int_equal(seen.op.flags, 0);
	uring_free(uring);
}

static void test_wait_ends_in_time(void **state)
{
	struct uring *uring;

	(void)state;
	assert_int_equal(uring_alloc(&uring, 8), 0);
	int64_t start_us = clock_us();
	assert_int_equal(uring_step(uring, 64, 5000), 0);
	int64_t took_us = clock_us() - start_us;
	assert_in_range(took_us, 4500, 10 * SEC_US); /* and not for ever */
	uring_free(uring);
}

static void test_more_polls_than_entries(void **state)
{
	struct uring *uring;
	static struct seen seen[300];

	(void)state;
	assert_int_equal(uring_alloc(&uring, 8), 0);
	for (int i = 0; i < 300; i++) {
		seen_init(&seen[i], uring, on_ready);
		bump(seen[i].fd);
	}
	for (int total = 0, i = 0; total < 300; i++) {
		int n = uring_step(uring, 300, 2000);
		assert_true(n >= 0);
		total += n;
		assert_true(i < 1000);
	}
	for (int i = 0; i < 300; i++)
		assert_int_equal(seen[i].calls, 1);
	uring_free(uring);
	for (int i = 0; i < 300; i++)
		close(seen[i].fd);
}

/* --- datagrams */

struct sink {
	struct uring *uring;
	struct uring_recv recv;
	int datagrams, ended, wrong;
	size_t bytes;
	struct sockaddr_in from;
	bool rearm;
};

static void on_datagram(void *arg, int bytes, uint8_t *data, const struct sockaddr *from)
{
	struct sink *sink = arg;

	if (bytes < 0) {
		sink->ended = bytes;
		if (sink->rearm)
			assert_int_equal(uring_recv(sink->uring, &sink->recv), 0);
		return;
	}
	sink->datagrams++;
	sink->bytes += (size_t)bytes;
	memcpy(&sink->from, from, sizeof(sink->from));
	for (int i = 1; i < bytes; i++)
		sink->wrong += data[i] != data[0];
}

static int udp(struct sockaddr_in *addr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t length = sizeof(*addr);

	*addr = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(bind(fd, (struct sockaddr *)addr, sizeof(*addr)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)addr, &length), 0);
	return fd;
}

static void sink_init(struct sink *sink, struct uring *uring, int fd)
{
	*sink = (struct sink){.uring = uring, .recv = {.handler = on_datagram, .arg = sink, .fd = fd}, .rearm = true};
	assert_int_equal(uring_recv(uring, &sink->recv), 0);
}

/* More datagrams than buffers and more sends than entries: the kernel runs out of both and all arrives. */
static void test_datagrams_go_and_come(void **state)
{
	struct uring *uring;
	struct sockaddr_in from, to;
	int out = udp(&from), in = udp(&to);
	struct sink sink;

	(void)state;
	assert_int_equal(uring_alloc(&uring, 16), 0);
	assert_int_equal(uring_datagrams(uring, 8), 0);
	sink_init(&sink, uring, in);
	for (int i = 0; i < 100; i++) {
		memset(uring_send_buffer(uring), i, 172);
		uring_send(uring, out, 172, (struct sockaddr *)&to);
	}
	for (int i = 0; i < 200 && sink.datagrams < 100; i++)
		assert_true(uring_step(uring, 1, 10000) >= 0);
	assert_int_equal(sink.datagrams, 100);
	assert_int_equal(sink.bytes, 17200);
	assert_int_equal(sink.wrong, 0);
	assert_int_equal(sink.from.sin_port, from.sin_port);
	uring_free(uring);
	close(in);
	close(out);
}

static void test_connected_and_long(void **state)
{
	struct uring *uring;
	struct sockaddr_in from, to;
	int out = udp(&from), in = udp(&to);
	struct sink sink;
	struct uring_counters counters;
	static char large[4000];

	(void)state;
	assert_int_equal(uring_alloc(&uring, 16), 0);
	assert_int_equal(uring_datagrams(uring, 8), 0);
	sink_init(&sink, uring, in);
	assert_int_equal(connect(out, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(send(out, large, sizeof(large), 0), sizeof(large));
	assert_int_equal(send(out, large, URING_DATAGRAM_MAX + 1, 0), URING_DATAGRAM_MAX + 1);
	memset(uring_send_buffer(uring), 7, URING_DATAGRAM_MAX);
	uring_send(uring, out, URING_DATAGRAM_MAX, NULL);
	for (int i = 0; i < 50 && !sink.datagrams; i++)
		assert_true(uring_step(uring, 1, 10000) >= 0);
	uring_count(uring, &counters);
	assert_int_equal(sink.bytes, URING_DATAGRAM_MAX);
	assert_int_equal(counters.recv_long, 2);
	uring_free(uring);
	close(in);
	close(out);
}

static void test_failed_sends_are_counted(void **state)
{
	struct uring *uring;
	struct sockaddr_in from, to;
	int out = udp(&from), in = udp(&to);
	struct uring_counters counters;

	(void)state;
	close(in); /* nobody there: the second send meets the refusal */
	assert_int_equal(uring_alloc(&uring, 16), 0);
	assert_int_equal(uring_datagrams(uring, 8), 0);
	assert_int_equal(connect(out, (struct sockaddr *)&to, sizeof(to)), 0);
	for (int i = 0; i < 2; i++) {
		memset(uring_send_buffer(uring), 7, 10);
		uring_send(uring, out, 10, NULL);
		assert_true(uring_step(uring, 0, 0) >= 0);
	}
	assert_true(uring_step(uring, 0, 0) >= 0);
	uring_count(uring, &counters);
	assert_int_equal(counters.send_failed, 1);
	uring_free(uring);
	close(out);
}

/* In the ring's own table: the process has its descriptor back, and a connected one is shown its peer. */
static void test_direct_descriptors(void **state)
{
	struct uring *uring;
	struct sockaddr_in from, to;
	int out = udp(&from), in = udp(&to), spare = udp(&(struct sockaddr_in){0});
	struct uring_counters counters;
	struct sink sink;

	(void)state;
	assert_int_equal(connect(in, (struct sockaddr *)&from, sizeof(from)), 0);
	assert_int_equal(uring_alloc(&uring, 16), 0);
	assert_int_equal(uring_datagrams(uring, 8), 0);
	assert_int_equal(uring_direct(uring, 2), 0);
	int direct_out = uring_adopt(uring, out), direct_in = uring_adopt(uring, in);
	assert_true(uring_is_direct(direct_out) && uring_is_direct(direct_in));
	assert_int_equal(uring_adopt(uring, spare), spare); /* no room: it stays what it was */
	assert_int_equal(fcntl(in, F_GETFD), -1);
	sink = (struct sink){.uring = uring, .rearm = true};
	sink.recv = (struct uring_recv){.handler = on_datagram, .arg = &sink, .fd = direct_in, .peer = (struct sockaddr *)&from};
	assert_int_equal(uring_recv(uring, &sink.recv), 0);
	for (int i = 0; i < 20; i++) {
		memset(uring_send_buffer(uring), i, 172);
		uring_send(uring, direct_out, 172, (struct sockaddr *)&to);
	}
	for (int i = 0; i < 100 && sink.datagrams < 20; i++)
		assert_true(uring_step(uring, 1, 10000) >= 0);
	assert_int_equal(sink.bytes, 20 * 172);
	assert_int_equal(sink.wrong, 0);
	assert_int_equal(sink.from.sin_port, from.sin_port);
	uring_close(uring, direct_out);
	uring_count(uring, &counters);
	assert_int_equal(counters.direct, 1);
	out = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(out, (struct sockaddr *)&from, sizeof(from)), 0); /* its port is free at once */
	assert_true(uring_is_direct(uring_adopt(uring, out)));
	uring_free(uring);
	close(spare);
}

static void test_stop_then_port_is_free(void **state)
{
	struct uring *uring;
	struct sockaddr_in addr;
	int fd = udp(&addr);
	struct sink sink;

	(void)state;
	assert_int_equal(uring_alloc(&uring, 16), 0);
	assert_int_equal(uring_datagrams(uring, 8), 0);
	sink_init(&sink, uring, fd);
	sink.rearm = false;
	assert_int_equal(uring_step(uring, 0, 0), 0);
	assert_true(uring_recv_stop(uring, &sink.recv));
	for (int i = 0; i < 20 && !sink.ended; i++)
		assert_true(uring_step(uring, 1, 10000) >= 0);
	assert_int_equal(sink.ended, -ECANCELED);
	assert_false(uring_recv_stop(uring, &sink.recv));
	close(fd);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);

	/* and the whole ring gone with a receive armed */
	sink_init(&sink, uring, fd);
	assert_true(uring_step(uring, 0, 0) >= 0);
	uring_free(uring);
	close(fd);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_poll_reports_each_time),
		cmocka_unit_test(test_poll_is_level_triggered),
		cmocka_unit_test(test_poll_stop_is_final),
		cmocka_unit_test(test_poll_of_a_bad_descriptor_says_so),
		cmocka_unit_test(test_wait_ends_in_time),
		cmocka_unit_test(test_more_polls_than_entries),
		cmocka_unit_test(test_datagrams_go_and_come),
		cmocka_unit_test(test_connected_and_long),
		cmocka_unit_test(test_failed_sends_are_counted),
		cmocka_unit_test(test_direct_descriptors),
		cmocka_unit_test(test_stop_then_port_is_free),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
