/*
 * test_ua.h - user agents on loopback in one process, and bare sockets that say what no decent user agent would (for
 * tests/unit/test_ua*.c)
 */
#ifndef OUTDIAL_TESTS_UNIT_TEST_UA_H
#define OUTDIAL_TESTS_UNIT_TEST_UA_H

#include "base/clock.h"
#include "base/text.h"
#include "dialer/digest.h"
#include "dialer/ua.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define IP "127.0.0.1"
#define EVENTS_MAX 1024 /* more than legs: on a machine that stood still all may time out at once */
#define SOON 10000 /* ms, at most: what must come comes at once, but on a machine that is busy */
#define SDP "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"

enum habit { IGNORE, ANSWER, RING_ANSWER, RING, BUSY, ANSWER_BYE };

struct side {
	struct ua *ua;
	enum habit habit;
	bool cancel_on_trying, bye_on_answer, stranger, answer_reoffers;
	struct ua_event events[EVENTS_MAX];
	char sdp[512], user[64], from[64], to[64], reason[128];
	int count;
	uint64_t leg;
};

static inline void by_habit(struct side *side, uint64_t leg)
{
	if (side->habit == RING || side->habit == RING_ANSWER)
		assert_int_equal(ua_progress(side->ua, leg, 180, NULL), 0);
	if (side->habit == ANSWER || side->habit == RING_ANSWER || side->habit == ANSWER_BYE)
		assert_int_equal(ua_answer(side->ua, leg, SDP), 0);
	if (side->habit == ANSWER_BYE)
		assert_int_equal(ua_bye(side->ua, leg, NULL), 0);
	if (side->habit == BUSY)
		assert_int_equal(ua_reject(side->ua, leg, 486, NULL), 0);
}

static inline void keep_texts(struct side *side, const struct ua_event *event)
{
	text_copy_n(side->sdp, sizeof(side->sdp), event->sdp ? event->sdp : "", event->sdp_bytes);
	text_copy(side->reason, sizeof(side->reason), event->reason);
	if (event->kind != UA_EV_INCOMING)
		return;
	text_copy(side->user, sizeof(side->user), event->user ? event->user : "");
	text_copy(side->from, sizeof(side->from), event->from_user);
	text_copy(side->to, sizeof(side->to), event->to_user);
}

static inline void on_event(void *arg, const struct ua_event *event)
{
	struct side *side = arg;
	assert_true(side->count < EVENTS_MAX);
	assert_non_null(event->phrase);
	assert_non_null(event->call_id);
	side->events[side->count++] = *event;
	side->leg = event->leg;
	keep_texts(side, event);
	if (event->kind == UA_EV_INCOMING)
		by_habit(side, event->leg);
	if (event->kind == UA_EV_TRYING && side->cancel_on_trying)
		assert_int_equal(ua_cancel(side->ua, event->leg, "SIP;cause=200;text=\"Call completed elsewhere\""), 0);
	if (event->kind == UA_EV_ANSWERED && side->bye_on_answer)
		assert_int_equal(ua_bye(side->ua, event->leg, NULL), 0);
	if (event->kind == UA_EV_REOFFER && side->answer_reoffers)
		assert_int_equal(ua_answer(side->ua, event->leg, SDP), 0);
	if (event->kind == UA_EV_FAILED || event->kind == UA_EV_ENDED)
		assert_int_not_equal(ua_bye(side->ua, event->leg, NULL), 0); /* nothing to say in the last event */
}

static inline bool on_allow(void *arg, const char *ip)
{
	struct side *side = arg;
	assert_string_equal(ip, IP);
	return !side->stranger;
}

static inline bool on_secret(void *arg, const char *user, char ha1[33])
{
	char hex[DIGEST_HEX_MAX];
	(void)arg;
	if (strcmp(user, "1001") || digest_ha1(DIGEST_MD5, "1001", "outdial", "right", hex))
		return false;
	memcpy(ha1, hex, 33);
	return true;
}

static inline struct ua_options options_of(struct side *side)
{
	return (struct ua_options){.ip = IP,
		.user_agent = "test",
		.legs_max = 4,
		.event = on_event,
		.allow = on_allow,
		.secret = on_secret,
		.arg = side};
}

static inline void open_side(struct side *side, const struct ua_options *options)
{
	char why[160];
	memset(side, 0, sizeof(*side));
	if (ua_open(&side->ua, options, why))
		fail_msg("%s", why);
}

static inline void open_plain(struct side *side)
{
	struct ua_options options = options_of(side);
	open_side(side, &options);
}

/* Steps both for at most `ms` or until `side` has seen `count` events. */
static inline bool pump(struct side *a, struct side *b, const struct side *side, int count, int ms)
{
	int64_t end_us = clock_us() + ms * MS_US;
	do {
		ua_step(a->ua);
		if (b)
			ua_step(b->ua);
		if (side && side->count >= count)
			return true;
		struct pollfd fds[2] = {{ua_fd(a->ua), POLLIN, 0}, {b ? ua_fd(b->ua) : -1, POLLIN, 0}};
		poll(fds, 2, 2);
	} while (clock_us() < end_us);
	return false;
}

/* Until nothing has come for 12 ms: a busy machine makes it later, not shorter. */
static inline void settle(struct side *a, struct side *b)
{
	struct pollfd fds[2] = {{ua_fd(a->ua), POLLIN, 0}, {b ? ua_fd(b->ua) : -1, POLLIN, 0}};

	for (int quiet = 0, turns = 0; quiet < 6; turns++) {
		assert_true(turns < 10000);
		ua_step(a->ua);
		if (b)
			ua_step(b->ua);
		quiet = poll(fds, 2, 2) > 0 ? 0 : quiet + 1;
	}
}

static inline uint64_t call(struct side *side, uint16_t port)
{
	uint64_t leg = 0;
	struct ua_invite invite = {.cookie = 7,
		.to_user = "+8613800138000",
		.host = IP,
		.port = port,
		.from_user = "4000",
		.from_name = "Out Dial",
		.sdp = SDP,
		.headers = "X-Campaign: spring\r\nX-More: 1\r\n"};
	assert_int_equal(ua_invite(side->ua, &invite, &leg), 0);
	assert_int_not_equal(leg, 0);
	return leg;
}

static inline void expect(const struct side *side, int index, enum ua_event_kind kind, int code)
{
	const struct ua_event *last = &side->events[side->count ? side->count - 1 : 0];
	if (index >= side->count)
		fail_msg("%d events instead of %d; the last was kind %d, code %d", side->count, index + 1, (int)last->kind,
			last->code);
	assert_int_equal(side->events[index].kind, kind);
	assert_int_equal(side->events[index].code, code);
}

static inline uint32_t legs(const struct side *side)
{
	struct ua_counters counters;
	ua_counters(side->ua, &counters);
	return counters.legs;
}

static inline void shut(struct side *a, struct side *b)
{
	assert_int_equal(legs(a), 0);
	ua_close(a->ua);
	if (b) {
		assert_int_equal(legs(b), 0);
		ua_close(b->ua);
	}
}

/* --- a bare socket on the other side */

struct bare {
	int fd;
	uint16_t port;
	/* in Call-ID and branch: a socket may get the port of one before it, whose transactions the agent remembers */
	unsigned call;
	char text[9000];
	struct sockaddr_in from;
	void (*spoil)(char *text, size_t size); /* what is said goes through it; NULL: as it is */
};

static inline void open_bare(struct bare *bare)
{
	static unsigned calls;
	socklen_t bytes = sizeof(bare->from);
	memset(bare, 0, sizeof(*bare));
	bare->call = ++calls;
	bare->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	bare->from = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(bind(bare->fd, (struct sockaddr *)&bare->from, bytes), 0);
	assert_int_equal(getsockname(bare->fd, (struct sockaddr *)&bare->from, &bytes), 0);
	bare->port = ntohs(bare->from.sin_port);
}

/* The next datagram that starts with `start`; others are skipped. */
static inline bool hear(struct side *side, struct bare *bare, const char *start, int ms)
{
	int64_t end_us = clock_us() + ms * MS_US;
	do {
		ssize_t got;
		pump(side, NULL, NULL, 0, 1);
		while ((got = recv(bare->fd, bare->text, sizeof(bare->text) - 1, 0)) >= 0) {
			bare->text[got] = 0;
			if (!strncmp(bare->text, start, strlen(start)))
				return true;
		}
	} while (clock_us() < end_us);
	return false;
}

static inline void say(struct bare *bare, struct side *side, const void *data, size_t bytes)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(ua_port(side->ua)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char changed[4000];
	if (bare->spoil && bytes < sizeof(changed) / 2) {
		text_copy_n(changed, sizeof(changed), data, bytes);
		bare->spoil(changed, sizeof(changed));
		data = changed;
		bytes = strlen(changed);
	}
	assert_true(sendto(bare->fd, data, bytes, 0, (struct sockaddr *)&to, sizeof(to)) >= 0);
}

static inline void header(const char *text, const char *name, char *out, size_t size)
{
	char needle[40];
	snprintf(needle, sizeof(needle), "\r\n%s: ", name);
	const char *at = strstr(text, needle);
	assert_non_null(at);
	at += strlen(needle);
	text_copy_n(out, size, at, strcspn(at, "\r"));
}

/* A response to the request in `text` (a copy of bare->text), with further headers. */
static inline void respond(
	struct bare *bare, struct side *side, const char *text, const char *line, const char *tag, const char *more)
{
	char via[200], from[300], to[300], id[200], cseq[40], out[3000];
	header(text, "Via", via, sizeof(via));
	header(text, "From", from, sizeof(from));
	header(text, "To", to, sizeof(to));
	header(text, "Call-ID", id, sizeof(id));
	header(text, "CSeq", cseq, sizeof(cseq));
	int length = snprintf(out, sizeof(out),
		"SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s%s%s\r\nCall-ID: %s\r\nCSeq: %s\r\n%sContent-Length: 0\r\n\r\n", line,
		via, from, to, *tag ? ";tag=" : "", tag, id, cseq, more);
	say(bare, side, out, (size_t)length);
}

/* A request of ours to the agent. */
static inline void request(
	struct bare *bare, struct side *side, const char *method, const char *to_tag, unsigned cseq, const char *more)
{
	char out[3000];
	int length = snprintf(out, sizeof(out),
		"%s sip:bob@127.0.0.1:%u SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK%u%s%u\r\n"
		"From: <sip:eve@127.0.0.1>;tag=eve\r\nTo: <sip:bob@127.0.0.1>%s%s\r\nCall-ID: bare-%u\r\nCSeq: %u "
		"%s\r\nMax-Forwards: 70\r\n"
		"%sContent-Length: 0\r\n\r\n",
		method, ua_port(side->ua), bare->port, bare->call, strcmp(method, "ACK") ? method : "x", cseq,
		*to_tag ? ";tag=" : "", to_tag, bare->call, cseq, method, more);
	say(bare, side, out, (size_t)length);
}

/* It calls, and is answered. */
static inline void bare_call(struct side *a, struct bare *b, char tag[80])
{
	char contact[80], to[300];
	snprintf(contact, sizeof(contact), "Contact: <sip:eve@127.0.0.1:%u>\r\n", b->port);
	request(b, a, "INVITE", "", 1, contact);
	assert_true(hear(a, b, "SIP/2.0 200", SOON));
	header(b->text, "To", to, sizeof(to));
	text_copy(tag, 80, strstr(to, "tag=") + 4);
	request(b, a, "ACK", tag, 1, "");
	settle(a, NULL);
	expect(a, 1, UA_EV_ACKED, 0);
}

/* 33 seconds pass for our own timers. */
static inline void jump(struct side *a)
{
	int64_t later_us = clock_us() + 40 * SEC_US;
	clock_fake(&later_us);
	ua_step(a->ua);
	clock_fake(NULL);
}

#endif
