/* Two user agents on loopback in one process, and bare sockets that say what no decent user agent would. */
#include "base/clock.h"
#include "base/err.h"
#include "base/prng.h"
#include "base/text.h"
#include "dialer/digest.h"
#include "dialer/ua.h"

#include <arpa/inet.h>
#include <errno.h>
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
#define EVENTS_MAX 64
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

static void by_habit(struct side *side, uint64_t leg)
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

static void keep_texts(struct side *side, const struct ua_event *event)
{
	text_copy_n(side->sdp, sizeof(side->sdp), event->sdp ? event->sdp : "", event->sdp_bytes);
	text_copy(side->reason, sizeof(side->reason), event->reason);
	if (event->kind != UA_EV_INCOMING)
		return;
	text_copy(side->user, sizeof(side->user), event->user ? event->user : "");
	text_copy(side->from, sizeof(side->from), event->from_user);
	text_copy(side->to, sizeof(side->to), event->to_user);
}

static void on_event(void *arg, const struct ua_event *event)
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

static bool on_allow(void *arg, const char *ip)
{
	struct side *side = arg;
	assert_string_equal(ip, IP);
	return !side->stranger;
}

static bool on_secret(void *arg, const char *user, char ha1[33])
{
	char hex[DIGEST_HEX_MAX];
	(void)arg;
	if (strcmp(user, "1001") || digest_ha1(DIGEST_MD5, "1001", "outdial", "right", hex))
		return false;
	memcpy(ha1, hex, 33);
	return true;
}

static struct ua_options options_of(struct side *side)
{
	return (struct ua_options){.ip = IP,
		.user_agent = "test",
		.legs_max = 4,
		.event = on_event,
		.allow = on_allow,
		.secret = on_secret,
		.arg = side};
}

static void open_side(struct side *side, const struct ua_options *options)
{
	char why[160];
	memset(side, 0, sizeof(*side));
	if (ua_open(&side->ua, options, why))
		fail_msg("%s", why);
}

static void open_plain(struct side *side)
{
	struct ua_options options = options_of(side);
	open_side(side, &options);
}

/* Steps both for at most `ms` or until `side` has seen `count` events. */
static bool pump(struct side *a, struct side *b, const struct side *side, int count, int ms)
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

static void settle(struct side *a, struct side *b)
{
	pump(a, b, NULL, 0, 12);
}

static uint64_t call(struct side *side, uint16_t port)
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

static void expect(const struct side *side, int index, enum ua_event_kind kind, int code)
{
	assert_true(index < side->count);
	assert_int_equal(side->events[index].kind, kind);
	assert_int_equal(side->events[index].code, code);
}

static uint32_t legs(const struct side *side)
{
	struct ua_counters counters;
	ua_counters(side->ua, &counters);
	return counters.legs;
}

static void shut(struct side *a, struct side *b)
{
	assert_int_equal(legs(a), 0);
	ua_close(a->ua);
	if (b) {
		assert_int_equal(legs(b), 0);
		ua_close(b->ua);
	}
}

/* --- two of ours */

static void ring_answer(struct side *a, struct side *b)
{
	open_plain(a);
	open_plain(b);
	b->habit = RING_ANSWER;
	call(a, ua_port(b->ua));
	assert_true(pump(a, b, a, 3, 1000));
	assert_true(pump(a, b, b, 2, 1000));
	expect(a, 0, UA_EV_TRYING, 180);
	expect(a, 1, UA_EV_PROGRESS, 180);
	expect(a, 2, UA_EV_ANSWERED, 200);
	assert_string_equal(a->sdp, SDP);
	assert_int_equal(a->events[2].cookie, 7);
	expect(b, 0, UA_EV_INCOMING, 0);
	expect(b, 1, UA_EV_ACKED, 0);
	assert_string_equal(b->from, "4000");
	assert_string_equal(b->to, "+8613800138000");
}

static void test_caller_hangs_up(void **state)
{
	struct side a, b;
	(void)state;
	ring_answer(&a, &b);
	assert_int_equal(ua_bye(a.ua, a.leg, "Q.850;cause=16"), 0);
	assert_int_not_equal(ua_bye(a.ua, a.leg, NULL), 0);
	assert_true(pump(&a, &b, &b, 3, 1000));
	expect(&b, 2, UA_EV_ENDED, 0);
	assert_string_equal(b.reason, "Q.850;cause=16");
	settle(&a, &b);
	assert_int_equal(a.count, 3);
	shut(&a, &b);
}

static void test_callee_hangs_up(void **state)
{
	struct side a, b;
	(void)state;
	ring_answer(&a, &b);
	ua_set_cookie(b.ua, b.leg, 99);
	assert_int_equal(ua_bye(b.ua, b.leg, NULL), 0);
	assert_true(pump(&a, &b, &a, 4, 1000));
	expect(&a, 3, UA_EV_ENDED, 0);
	assert_false(a.events[3].local);
	settle(&a, &b);
	shut(&a, &b);
}

static void test_bye_inside_handlers(void **state)
{
	struct side a, b;
	(void)state;
	open_plain(&a);
	open_plain(&b);
	b.habit = ANSWER_BYE; /* before the ACK: waits for it */
	call(&a, ua_port(b.ua));
	assert_true(pump(&a, &b, &a, 2, 1000));
	expect(&a, 0, UA_EV_ANSWERED, 200);
	expect(&a, 1, UA_EV_ENDED, 0);
	b.habit = ANSWER;
	a.bye_on_answer = true;
	call(&a, ua_port(b.ua));
	assert_true(pump(&a, &b, &b, 4, 1000));
	expect(&b, 3, UA_EV_ENDED, 0);
	settle(&a, &b);
	shut(&a, &b);
}

static void test_busy(void **state)
{
	struct side a, b;
	(void)state;
	open_plain(&a);
	open_plain(&b);
	b.habit = BUSY;
	call(&a, ua_port(b.ua));
	assert_true(pump(&a, &b, &a, 1, 1000));
	expect(&a, 0, UA_EV_FAILED, 486);
	assert_false(a.events[0].local);
	assert_int_equal(b.count, 1);
	settle(&a, &b);
	shut(&a, &b);
}

static void test_cancel(void **state)
{
	struct side a, b;
	(void)state;
	open_plain(&a);
	open_plain(&b);
	b.habit = RING;
	a.cancel_on_trying = true;
	call(&a, ua_port(b.ua));
	assert_true(pump(&a, &b, &a, 2, 1000));
	expect(&a, 1, UA_EV_FAILED, 487);
	assert_false(a.events[1].raced);
	expect(&b, 1, UA_EV_ENDED, 0);
	assert_non_null(strstr(b.reason, "cause=200"));
	settle(&a, &b);
	shut(&a, &b);
}

static void test_cancel_before_any_provisional(void **state)
{
	struct side a, b;
	(void)state;
	open_plain(&a);
	open_plain(&b);
	assert_int_equal(ua_cancel(a.ua, call(&a, ua_port(b.ua)), NULL), 0);
	assert_true(pump(&a, &b, &a, 1, 1000)); /* b's 100 lets the CANCEL go */
	expect(&a, 0, UA_EV_FAILED, 487);
	expect(&b, 1, UA_EV_ENDED, 0);
	settle(&a, &b);
	shut(&a, &b);
}

/* --- what kill -9 leaves behind: the file as it was, and a process without memory */

static void copy_file(const char *from, const char *to)
{
	static char bytes[64 * 1024];
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	assert_non_null(in);
	assert_non_null(out);
	size_t count = fread(bytes, 1, sizeof(bytes), in);
	assert_int_equal(fwrite(bytes, 1, count, out), count);
	fclose(in);
	fclose(out);
}

/* `side` dies and another one takes its place: same port, same file. Closing clears the slots, so the copy is from before. */
static void die_and_return(struct side *side, struct ua_options *options)
{
	char before[120];
	snprintf(before, sizeof(before), "%s.before", options->relics);
	copy_file(options->relics, before);
	options->port = ua_port(side->ua);
	ua_close(side->ua);
	assert_int_equal(rename(before, options->relics), 0);
	open_side(side, options);
}

static uint64_t relics_ended(const struct side *side, uint64_t *found)
{
	struct ua_counters counters;
	ua_counters(side->ua, &counters);
	*found = counters.relics;
	return counters.relics_ended;
}

static void relics(struct side *a, struct side *b, struct side *dead, enum habit habit, int heard)
{
	char path[] = "/tmp/outdial-relics-XXXXXX";
	struct side *alive = dead == a ? b : a;
	struct ua_options options = options_of(dead);
	uint64_t found;
	close(mkstemp(path));
	options.relics = path;
	open_plain(alive);
	open_side(dead, &options);
	b->habit = habit;
	call(a, ua_port(b->ua));
	assert_true(pump(a, b, alive, heard, 1000));
	settle(a, b);
	die_and_return(dead, &options);
	assert_true(pump(a, b, alive, heard + 1, 1000));
	expect(alive, heard, UA_EV_ENDED, 0);
	assert_false(alive->events[heard].local);
	settle(a, b);
	assert_int_equal(relics_ended(dead, &found), 1);
	assert_int_equal(found, 1);
	assert_int_equal(legs(dead), 0);
	die_and_return(dead, &options); /* it is over: nothing is left for the next one */
	assert_int_equal(relics_ended(dead, &found), 0);
	assert_int_equal(found, 0);
	ua_close(a->ua);
	ua_close(b->ua);
	remove(path);
}

static void test_relic_rings(void **state)
{
	struct side a, b;
	(void)state;
	relics(&a, &b, &a, RING, 1); /* the CANCEL is the INVITE's: b finds its call by the branch */
}

static void test_relic_of_ours_is_up(void **state)
{
	struct side a, b;
	(void)state;
	relics(&a, &b, &a, RING_ANSWER, 2);
}

static void test_relic_of_theirs_is_up(void **state)
{
	struct side a, b;
	(void)state;
	relics(&a, &b, &b, ANSWER, 1);
}

static void login(struct side *a, struct side *b, const char *user, const char *secret, int code)
{
	struct ua_options options = options_of(b);
	uint64_t leg;
	open_plain(a);
	options.realm = "outdial";
	open_side(b, &options);
	b->habit = ANSWER;
	struct ua_invite invite = {.to_user = "login",
		.host = IP,
		.port = ua_port(b->ua),
		.from_user = "1001",
		.sdp = SDP,
		.auth_user = user,
		.auth_secret = secret};
	assert_int_equal(ua_invite(a->ua, &invite, &leg), 0);
	assert_true(pump(a, b, a, 1, 1000));
	assert_int_equal(a->events[a->count - 1].code, code);
}

static void test_login(void **state)
{
	struct side a, b;
	(void)state;
	login(&a, &b, "1001", "right", 200);
	assert_string_equal(b.user, "1001");
	ua_bye(a.ua, a.leg, NULL);
	settle(&a, &b);
	shut(&a, &b);
}

static void test_login_refused(void **state)
{
	static const struct {
		const char *user, *secret;
		int code;
	} wrong[] = {{"1001", "wrong", 403}, {"1002", "right", 403}, {NULL, NULL, 401}};
	struct side a, b;
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct ua_counters counters;
		login(&a, &b, wrong[i].user, wrong[i].secret, wrong[i].code);
		ua_counters(b.ua, &counters);
		assert_int_equal(counters.logins_refused, wrong[i].user ? 1 : 0);
		assert_int_equal(b.count, 0);
		settle(&a, &b);
		shut(&a, &b);
	}
}

/* The sixth wrong password in a row is not looked at, nor is the right one then; another login is. */
static void test_login_guessed(void **state)
{
	static const struct {
		const char *user, *secret;
		int code;
	} tries[] = {{"1001", "a", 403}, {"1001", "b", 403}, {"1001", "c", 403}, {"1001", "d", 403}, {"1001", "e", 403}, {"1001", "f", 503},
		{"1001", "right", 503}, {"1002", "g", 403}};
	struct side a, b;
	struct ua_counters counters;
	uint64_t leg;
	(void)state;
	login(&a, &b, tries[0].user, tries[0].secret, tries[0].code);
	for (int i = 1; i < 8; i++) {
		struct ua_invite invite = {.to_user = "login",
			.host = IP,
			.port = ua_port(b.ua),
			.from_user = "1001",
			.sdp = SDP,
			.auth_user = tries[i].user,
			.auth_secret = tries[i].secret};
		assert_int_equal(ua_invite(a.ua, &invite, &leg), 0);
		assert_true(pump(&a, &b, &a, i + 1, 1000));
		assert_int_equal(a.events[a.count - 1].code, tries[i].code);
	}
	ua_counters(b.ua, &counters);
	assert_int_equal(counters.logins_refused, 6);
	assert_int_equal(counters.logins_slowed, 2);
	assert_int_equal(b.count, 0);
	settle(&a, &b);
	shut(&a, &b);
}

static void test_limits(void **state)
{
	struct side a, b;
	uint64_t leg;
	struct ua_invite invite = {.to_user = "1", .host = IP, .port = 9, .from_user = "2", .sdp = SDP};
	struct ua_invite bad[] = {invite, invite, invite, invite, invite, invite};
	(void)state;
	open_plain(&a);
	open_plain(&b);
	bad[0].to_user = "1\r\nX: y";
	bad[1].host = "carrier.example";
	bad[2].from_name = "a\"b";
	bad[3].port = 0;
	bad[4].transport = "sctp";
	bad[5].call_id = "a b";
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(ua_invite(a.ua, &bad[i], &leg), ERR_RANGE);
	b.habit = RING;
	for (int i = 0; i < 4; i++)
		call(&a, ua_port(b.ua));
	assert_int_equal(ua_invite(a.ua, &invite, &leg), ERR_FULL);
	settle(&a, &b);
	assert_int_equal(legs(&b), 4);
	ua_close(a.ua);
	ua_close(b.ua);
}

static void test_port_taken(void **state)
{
	struct side a, b = {0};
	char why[160];
	(void)state;
	open_plain(&a);
	struct ua_options options = options_of(&b);
	options.port = ua_port(a.ua);
	assert_int_equal(ua_open(&b.ua, &options, why), -EADDRINUSE);
	assert_non_null(strstr(why, "in use"));
	text_copy(options.ip, sizeof(options.ip), "192.0.2.1");
	options.port = 0;
	assert_int_equal(ua_open(&b.ua, &options, why), -EADDRNOTAVAIL);
	shut(&a, NULL);
}

/* --- a bare socket on the other side */

struct bare {
	int fd;
	uint16_t port;
	char text[9000];
	struct sockaddr_in from;
	struct prng *prng; /* what is said is mutated */
};

static void open_bare(struct bare *bare)
{
	socklen_t bytes = sizeof(bare->from);
	memset(bare, 0, sizeof(*bare));
	bare->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	bare->from = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(bind(bare->fd, (struct sockaddr *)&bare->from, bytes), 0);
	assert_int_equal(getsockname(bare->fd, (struct sockaddr *)&bare->from, &bytes), 0);
	bare->port = ntohs(bare->from.sin_port);
}

/* The next datagram that starts with `start`; others are skipped. */
static bool hear(struct side *side, struct bare *bare, const char *start, int ms)
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

static void mutate(struct prng *prng, char *text, size_t size);

static void say(struct bare *bare, struct side *side, const void *data, size_t bytes)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(ua_port(side->ua)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char changed[4000];
	if (bare->prng && bytes < sizeof(changed) / 2) {
		text_copy_n(changed, sizeof(changed), data, bytes);
		mutate(bare->prng, changed, sizeof(changed));
		data = changed;
		bytes = strlen(changed);
	}
	assert_true(sendto(bare->fd, data, bytes, 0, (struct sockaddr *)&to, sizeof(to)) >= 0);
}

static void header(const char *text, const char *name, char *out, size_t size)
{
	char needle[40];
	snprintf(needle, sizeof(needle), "\r\n%s: ", name);
	const char *at = strstr(text, needle);
	assert_non_null(at);
	at += strlen(needle);
	text_copy_n(out, size, at, strcspn(at, "\r"));
}

/* A response to the request in `text` (a copy of bare->text), with further headers. */
static void respond(struct bare *bare, struct side *side, const char *text, const char *line, const char *tag, const char *more)
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
static void request(struct bare *bare, struct side *side, const char *method, const char *to_tag, unsigned cseq, const char *more)
{
	char out[3000];
	int length = snprintf(out, sizeof(out),
		"%s sip:bob@127.0.0.1:%u SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK%s%u\r\nFrom: "
		"<sip:eve@127.0.0.1>;tag=eve\r\n"
		"To: <sip:bob@127.0.0.1>%s%s\r\nCall-ID: bare-%u\r\nCSeq: %u %s\r\nMax-Forwards: 70\r\n%sContent-Length: "
		"0\r\n\r\n",
		method, ua_port(side->ua), bare->port, strcmp(method, "ACK") ? method : "x", cseq, *to_tag ? ";tag=" : "", to_tag,
		bare->port, cseq, method, more);
	say(bare, side, out, (size_t)length);
}

static void test_cancel_race(void **state)
{
	struct side a;
	struct bare b;
	char invite[9000], contact[80];
	struct ua_counters counters;
	(void)state;
	open_plain(&a);
	open_bare(&b);
	snprintf(contact, sizeof(contact), "Contact: <sip:b@127.0.0.1:%u>\r\n", b.port);
	a.cancel_on_trying = true;
	call(&a, b.port);
	assert_true(hear(&a, &b, "INVITE", 1000));
	assert_non_null(strstr(b.text, "X-Campaign: spring\r\n"));
	assert_non_null(strstr(b.text, "Max-Forwards: 70\r\n"));
	assert_non_null(strstr(b.text, "User-Agent: test\r\n"));
	assert_non_null(strstr(b.text, "From: \"Out Dial\" <sip:4000@127.0.0.1:"));
	assert_non_null(strstr(b.text, "Allow: INVITE, ACK"));
	assert_null(strstr(b.text, "100rel"));
	strcpy(invite, b.text);
	respond(&b, &a, invite, "180 Ringing", "x", contact);
	assert_true(hear(&a, &b, "CANCEL", 1000));
	respond(&b, &a, b.text, "200 OK", "x", "");
	respond(&b, &a, invite, "200 OK", "x", contact);
	assert_true(hear(&a, &b, "ACK", 1000));
	assert_true(hear(&a, &b, "BYE", 1000));
	respond(&b, &a, b.text, "200 OK", "", "");
	settle(&a, NULL);
	expect(&a, a.count - 1, UA_EV_FAILED, 487);
	assert_true(a.events[a.count - 1].raced);
	ua_counters(a.ua, &counters);
	assert_int_equal(counters.raced, 1);
	close(b.fd);
	shut(&a, NULL);
}

/* Several challenges in one message: the strongest that we can answer is taken, wherever it stands. */
static void test_challenges(void **state)
{
	static const struct {
		const char *headers, *wanted;
	} cases[] = {
		{"WWW-Authenticate: Basic realm=\"b\"\r\n"
		 "WWW-Authenticate: Digest realm=\"m\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"\r\n"
		 "WWW-Authenticate: Digest realm=\"s\", nonce=\"n2\", algorithm=SHA-256, qop=\"auth,auth-int\"\r\n"
		 "WWW-Authenticate: Digest realm=\"t\", nonce=\"n3\", algorithm=SHA-512-256, qop=\"auth\"\r\n",
			"nonce=\"n2\""},
		{"WWW-Authenticate: Digest realm=\"s\", nonce=\"n2\", algorithm=SHA-256-sess, qop=\"auth\"\r\n"
		 "WWW-Authenticate: Digest realm=\"i\", nonce=\"n3\", algorithm=SHA-256, qop=\"auth-int\"\r\n"
		 "WWW-Authenticate: Digest realm=\"m\", nonce=\"n1\"\r\n",
			"nonce=\"n1\""},
	};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct side a;
		struct bare b;
		uint64_t leg;
		open_plain(&a);
		open_bare(&b);
		struct ua_invite invite = {.to_user = "1", .host = IP, .port = b.port, .from_user = "2", .sdp = SDP, .auth_user = "u", .auth_secret = "s"};
		assert_int_equal(ua_invite(a.ua, &invite, &leg), 0);
		assert_true(hear(&a, &b, "INVITE", 1000));
		respond(&b, &a, b.text, "401 Unauthorized", "x", cases[i].headers);
		assert_true(hear(&a, &b, "ACK", 1000));
		assert_true(hear(&a, &b, "INVITE", 1000));
		const char *answer = strstr(b.text, "\r\nAuthorization: Digest ");
		assert_non_null(answer);
		assert_non_null(strstr(answer, cases[i].wanted));
		assert_null(strstr(answer + 2, "\r\nAuthorization: "));
		respond(&b, &a, b.text, "486 Busy Here", "x", "");
		assert_true(hear(&a, &b, "ACK", 1000));
		settle(&a, NULL);
		close(b.fd);
		shut(&a, NULL);
	}
}

static void test_forks(void **state)
{
	struct side a;
	struct bare b;
	char invite[9000], contact[80];
	struct ua_counters counters;
	(void)state;
	open_plain(&a);
	open_bare(&b);
	snprintf(contact, sizeof(contact), "Contact: <sip:b@127.0.0.1:%u>\r\n", b.port);
	call(&a, b.port);
	assert_true(hear(&a, &b, "INVITE", 1000));
	strcpy(invite, b.text);
	respond(&b, &a, invite, "100 Trying", "", "");
	respond(&b, &a, invite, "180 Ringing", "one", contact);
	respond(&b, &a, invite, "180 Ringing", "two", contact);
	respond(&b, &a, invite, "200 OK", "two", contact);
	assert_true(hear(&a, &b, "ACK", 1000));
	assert_non_null(strstr(b.text, "tag=two"));
	respond(&b, &a, invite, "200 OK", "one", contact); /* answered at the same moment */
	assert_true(hear(&a, &b, "ACK", 1000));
	assert_non_null(strstr(b.text, "tag=one"));
	assert_true(hear(&a, &b, "BYE", 1000));
	assert_non_null(strstr(b.text, "tag=one"));
	respond(&b, &a, b.text, "200 OK", "", "");
	respond(&b, &a, invite, "200 OK", "two", contact); /* sent again: acknowledged again, and no second event */
	assert_true(hear(&a, &b, "ACK", 1000));
	assert_non_null(strstr(b.text, "tag=two"));
	assert_int_equal(a.count, 4);
	expect(&a, 0, UA_EV_TRYING, 100);
	expect(&a, 3, UA_EV_ANSWERED, 200);
	ua_counters(a.ua, &counters);
	assert_int_equal(counters.forks_ended, 1);
	assert_int_equal(ua_bye(a.ua, a.leg, NULL), 0);
	assert_true(hear(&a, &b, "BYE", 1000));
	assert_non_null(strstr(b.text, "tag=two"));
	respond(&b, &a, b.text, "200 OK", "", "");
	settle(&a, NULL);
	close(b.fd);
	shut(&a, NULL);
}

/* r1: the library ends the fork that lost by itself, at its Contact; a name there made it ask DNS in a loop without end. */
static void test_lost_fork_has_a_name(void **state)
{
	struct side a;
	struct bare b;
	char invite[9000], contact[80];
	(void)state;
	open_plain(&a);
	open_bare(&b);
	snprintf(contact, sizeof(contact), "Contact: <sip:b@127.0.0.1:%u>\r\n", b.port);
	call(&a, b.port);
	assert_true(hear(&a, &b, "INVITE", 1000));
	strcpy(invite, b.text);
	respond(&b, &a, invite, "200 OK", "two", contact);
	assert_true(hear(&a, &b, "ACK", 1000));
	respond(&b, &a, invite, "200 OK", "one", "Contact: <sip:b@host.invalid>\r\n");
	respond(&b, &a, invite, "200 OK", "three", "Contact: <tel:1>\r\nRecord-Route: <sip:host.invalid;lr>\r\n");
	settle(&a, NULL);
	assert_int_equal(ua_bye(a.ua, a.leg, NULL), 0);
	assert_true(hear(&a, &b, "BYE", 1000));
	respond(&b, &a, b.text, "200 OK", "", "");
	settle(&a, NULL);
	close(b.fd);
	shut(&a, NULL);
}

static void test_no_provisional(void **state)
{
	struct side a;
	struct bare b;
	char invite[9000];
	struct ua_options options = options_of(&a);
	(void)state;
	options.trying_us = 60 * MS_US;
	open_side(&a, &options);
	open_bare(&b);
	call(&a, b.port);
	assert_true(pump(&a, NULL, &a, 1, 1000));
	expect(&a, 0, UA_EV_FAILED, 408);
	assert_true(a.events[0].local);
	assert_int_equal(legs(&a), 0);
	assert_true(hear(&a, &b, "INVITE", 1000));
	strcpy(invite, b.text);
	respond(&b, &a, invite, "180 Ringing", "late", "");
	assert_true(hear(&a, &b, "CANCEL", 1000)); /* nobody wants that call any more */
	respond(&b, &a, b.text, "200 OK", "late", "");
	respond(&b, &a, invite, "487 Request Terminated", "late", "");
	assert_true(hear(&a, &b, "ACK", 1000));
	assert_int_equal(a.count, 1);
	close(b.fd);
	shut(&a, NULL);
}

static void test_redirect_and_dead_port(void **state)
{
	struct side a;
	struct bare b;
	(void)state;
	open_plain(&a);
	open_bare(&b);
	call(&a, b.port);
	assert_true(hear(&a, &b, "INVITE", 1000));
	respond(&b, &a, b.text, "302 Moved", "m", "Contact: <sip:1@192.0.2.1?Subject=x>\r\nReason: Q.850;cause=1\r\n");
	assert_true(hear(&a, &b, "ACK", 1000));
	expect(&a, 0, UA_EV_FAILED, 302);
	assert_string_equal(a.reason, "Q.850;cause=1");
	close(b.fd);
	call(&a, b.port);
	assert_true(pump(&a, NULL, &a, 2, 1000)); /* ICMP says so at once */
	expect(&a, 1, UA_EV_FAILED, 503);
	assert_true(a.events[1].local);
	shut(&a, NULL);
}

/* Values that make other layers of the library recurse or assert. */
static const char *const hostile[] = {
	"Contact: *\r\n",
	"Contact: <tel:123>\r\n",
	"Contact: <foo:bar>\r\n",
	"Contact: <sip:a@host.invalid>\r\n",
	"Contact: <sip:a@127.0.0.1;maddr=host.invalid>\r\n",
	"Contact: <sip:a@127.0.0.1;transport=tls>\r\n",
	"Contact: <sip:a@[::1]:5060>\r\n",
	"Contact: <sips:a@127.0.0.1>\r\n",
	"",
	"Record-Route: <foo:bar>\r\nContact: <sip:a@ME>\r\n",
	"Record-Route: <sip:host.invalid;lr>\r\nContact: <sip:a@ME>\r\n",
	"Record-Route: <sip:host.invalid>\r\nContact: *\r\n",
	"Record-Route: <tel:1>,<sip:127.0.0.1;lr>\r\n",
	"Contact: <sip:a@ME?Route=%3Cfoo:bar%3E>\r\nReason: ;;;\r\n",
};

/* The same with the bare socket's address for ME. */
static const char *aimed(const char *text, const struct bare *bare, char out[300])
{
	const char *me = strstr(text, "ME>");
	if (!me)
		me = strstr(text, "ME?");
	if (!me)
		return text;
	snprintf(out, 300, "%.*s127.0.0.1:%u%s", (int)(me - text), text, bare->port, me + 2);
	return out;
}

static void test_hostile_answers(void **state)
{
	struct side a;
	struct bare b;
	char more[300];
	(void)state;
	open_plain(&a);
	open_bare(&b);
	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
		a.count = 0;
		call(&a, b.port);
		assert_true(hear(&a, &b, "INVITE", 1000));
		respond(&b, &a, b.text, "200 OK", "h", aimed(hostile[i], &b, more));
		if (!hear(&a, &b, "ACK", 1000))
			fail_msg("no ACK after %s", hostile[i]);
		expect(&a, a.count - 1, UA_EV_ANSWERED, 200);
		assert_int_equal(ua_bye(a.ua, a.leg, NULL), 0);
		if (!hear(&a, &b, "BYE", 1000))
			fail_msg("no BYE after %s", hostile[i]);
		respond(&b, &a, b.text, "200 OK", "", hostile[i]);
		settle(&a, NULL);
	}
	close(b.fd);
	shut(&a, NULL);
}

static void test_hostile_invites(void **state)
{
	struct side a;
	struct bare b;
	(void)state;
	open_plain(&a);
	a.habit = ANSWER_BYE;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
		char tag[80], to[300], more[300];
		a.count = 0;
		open_bare(&b);
		request(&b, &a, "INVITE", "", 1, aimed(hostile[i], &b, more));
		assert_true(hear(&a, &b, "SIP/2.0", 1000));
		if (!strncmp(b.text, "SIP/2.0 200", 11)) {
			header(b.text, "To", to, sizeof(to));
			text_copy(tag, sizeof(tag), strstr(to, "tag=") + 4);
			request(&b, &a, "ACK", tag, 1, hostile[i]);
			if (!hear(&a, &b, "BYE", 1000))
				fail_msg("no BYE after %s", hostile[i]);
			respond(&b, &a, b.text, "200 OK", "", hostile[i]);
		} else {
			assert_memory_equal(b.text, "SIP/2.0 400", 11);
		}
		settle(&a, NULL);
		close(b.fd);
	}
	shut(&a, NULL);
}

/* What the parser refuses is dropped: the call waits for a better answer. */
static void test_unreadable_answer(void **state)
{
	struct side a;
	struct bare b;
	struct ua_counters counters;
	char invite[9000];
	(void)state;
	open_plain(&a);
	open_bare(&b);
	call(&a, b.port);
	assert_true(hear(&a, &b, "INVITE", 1000));
	strcpy(invite, b.text);
	respond(&b, &a, invite, "200 OK", "h", "Contact: <sip:>\r\n");
	settle(&a, NULL);
	assert_int_equal(a.count, 0);
	ua_counters(a.ua, &counters);
	assert_int_equal(counters.malformed, 1);
	respond(&b, &a, invite, "603 Decline", "h", "");
	assert_true(pump(&a, NULL, &a, 1, 1000));
	expect(&a, 0, UA_EV_FAILED, 603);
	close(b.fd);
	shut(&a, NULL);
}

static void test_other_methods(void **state)
{
	static const struct {
		const char *method, *tag, *status;
	} cases[] = {
		{"OPTIONS", "", "SIP/2.0 200"},
		{"BYE", "gone", "SIP/2.0 481"},
		{"INVITE", "gone", "SIP/2.0 481"},
		{"INFO", "gone", "SIP/2.0 481"},
		{"CANCEL", "", "SIP/2.0 481"},
		{"REGISTER", "", "SIP/2.0 405"},
		{"FROBNICATE", "", "SIP/2.0 501"},
		{"PRACK", "gone", "SIP/2.0 481"},
	};
	struct side a;
	struct bare b;
	(void)state;
	open_plain(&a);
	open_bare(&b);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		request(&b, &a, cases[i].method, cases[i].tag, i + 1, "Contact: <sip:a@127.0.0.1>\r\nRAck: 1 1 INVITE\r\n");
		if (!hear(&a, &b, cases[i].status, 1000))
			fail_msg("%s: %.40s", cases[i].method, b.text);
	}
	request(&b, &a, "INVITE", "", 98, "Contact: <sip:a@127.0.0.1>\r\nRequire: foo\r\n");
	assert_true(hear(&a, &b, "SIP/2.0 420", 1000));
	assert_non_null(strstr(b.text, "Unsupported: foo"));
	request(&b, &a, "ACK", "gone", 99, "");
	settle(&a, NULL);
	assert_int_equal(a.count, 0);
	close(b.fd);
	shut(&a, NULL);
}

static void bare_call(struct side *a, struct bare *b, char tag[80])
{
	char contact[80], to[300];
	snprintf(contact, sizeof(contact), "Contact: <sip:eve@127.0.0.1:%u>\r\n", b->port);
	request(b, a, "INVITE", "", 1, contact);
	assert_true(hear(a, b, "SIP/2.0 200", 1000));
	header(b->text, "To", to, sizeof(to));
	text_copy(tag, 80, strstr(to, "tag=") + 4);
	request(b, a, "ACK", tag, 1, "");
	settle(a, NULL);
	expect(a, 1, UA_EV_ACKED, 0);
}

static void test_inside_a_call(void **state)
{
	struct side a;
	struct bare b;
	char tag[80];
	(void)state;
	open_plain(&a);
	open_bare(&b);
	a.habit = ANSWER;
	bare_call(&a, &b, tag);
	request(&b, &a, "INFO", tag, 2, "");
	assert_true(hear(&a, &b, "SIP/2.0 200", 1000));
	request(&b, &a, "INVITE", tag, 3, "Contact: <sip:eve@127.0.0.1>\r\n");
	assert_true(hear(&a, &b, "SIP/2.0 488", 1000)); /* nobody took the offer */
	request(&b, &a, "ACK", tag, 3, "");
	a.answer_reoffers = true;
	request(&b, &a, "UPDATE", tag, 4, "Contact: *\r\n");
	assert_true(hear(&a, &b, "SIP/2.0 200", 1000));
	request(&b, &a, "INVITE", tag, 5, "Contact: <foo:bar>\r\n");
	assert_true(hear(&a, &b, "SIP/2.0 200", 1000));
	assert_non_null(strstr(b.text, "m=audio"));
	request(&b, &a, "ACK", tag, 5, "");
	request(&b, &a, "MESSAGE", tag, 6, "");
	assert_true(hear(&a, &b, "SIP/2.0 405", 1000));
	request(&b, &a, "BYE", tag, 1, ""); /* CSeq steps back */
	assert_true(hear(&a, &b, "SIP/2.0 500", 1000));
	request(&b, &a, "BYE", tag, 7, "Reason: SIP;cause=480\r\n");
	assert_true(hear(&a, &b, "SIP/2.0 200", 1000));
	expect(&a, a.count - 1, UA_EV_ENDED, 0);
	assert_string_equal(a.reason, "SIP;cause=480");
	close(b.fd);
	shut(&a, NULL);
}

static void test_garbage(void **state)
{
	struct side a;
	struct bare b;
	struct ua_counters counters;
	char noise[9000];
	unsigned seed = 7;
	(void)state;
	open_plain(&a);
	open_bare(&b);
	memset(noise, 'x', sizeof(noise));
	say(&b, &a, noise, 8193);
	say(&b, &a, "", 0);
	say(&b, &a, "\r\n\r\n", 4);
	say(&b, &a, "\0\1\0\0\x21\x12\xa4\x42", 8); /* STUN */
	for (int i = 0; i < 300; i++) {
		size_t length = 1 + (size_t)(rand_r(&seed) % 600);
		for (size_t j = 0; j < length; j++)
			noise[j] = (char)rand_r(&seed);
		noise[0] = (char)('A' + i % 26);
		say(&b, &a, noise, length);
		if (i % 50 == 0)
			pump(&a, NULL, NULL, 0, 1);
	}
	static const char whole[] =
		"INVITE sip:a@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKq\r\nFrom: <sip:e@h>;tag=1\r\n"
		"To: <sip:a@h>\r\nCall-ID: q\r\nCSeq: 1 INVITE\r\nContact: <sip:e@127.0.0.1:9>\r\nContent-Length: 4\r\n\r\nv=0\n";
	for (size_t length = 1; length < sizeof(whole) - 5; length++)
		say(&b, &a, whole, length), pump(&a, NULL, NULL, 0, 0);
	settle(&a, NULL);
	ua_counters(a.ua, &counters);
	assert_int_equal(counters.bytes_refused, 1);
	assert_true(counters.malformed > 300);
	request(&b, &a, "OPTIONS", "", 5, "");
	assert_true(hear(&a, &b, "SIP/2.0 200", 1000));
	assert_non_null(strstr(b.text, "Accept: application/sdp"));
	assert_non_null(strstr(b.text, "Allow: INVITE"));
	close(b.fd);
	ua_close(a.ua);
}

/* --- mutated messages: whatever comes, the agent lives, and no leg is left over */

#ifndef MUTATIONS
#define MUTATIONS 1000
#endif

/* Digits and dots stay as they are, so that no address but loopback comes about. */
static bool may_change(char c)
{
	return c != '.' && (c < '0' || c > '9');
}

static void mutate(struct prng *prng, char *text, size_t size)
{
	static const char *const words[] = {"\r\n", "\r\n ", ",", ";", "<", ">", "*", "\"", "%00", ";lr",
		";tag=", "sip:", "tel:", "<sip:", "<foo:bar>", "Contact: *\r\n", "Record-Route: <foo:bar>\r\n",
		"Route: <sip:x;lr>\r\n", "Require: x\r\n", ";maddr=host.invalid", ";transport=tcp", "RSeq: 7\r\n"};
	for (uint64_t left = 1 + prng_below(prng, 4); left; left--) {
		size_t length = strlen(text), at = prng_below(prng, length);
		const char *word = words[prng_below(prng, sizeof(words) / sizeof(*words))];
		if (prng_below(prng, 2) && may_change(text[at])) {
			text[at] = (char)(1 + prng_below(prng, 255));
			if (!may_change(text[at]))
				text[at] = ' ';
		} else if (length + strlen(word) + 1 < size) {
			memmove(text + at + strlen(word), text + at, length - at + 1);
			memcpy(text + at, word, strlen(word));
		}
	}
}

/* A call out that gets mutated answers to it, or a call in whose every request is mutated. */
static void mutated_call(struct side *a, struct bare *b, struct prng *prng, unsigned turn)
{
	static const char *const lines[] = {"100 Trying", "180 Ringing", "183 Progress", "200 OK", "200 OK", "302 Moved",
		"401 No", "407 No", "486 Busy", "487 Request Terminated"};
	static const char *const methods[] = {"INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "INFO", "OPTIONS", "PRACK"};
	char contact[120], first[9000];
	snprintf(contact, sizeof(contact),
		"Contact: <sip:b@127.0.0.1:%u>\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n", b->port);
	b->prng = prng;
	if (turn % 2 == 0) {
		call(a, b->port);
		if (hear(a, b, "INVITE", 50))
			strcpy(first, b->text);
		for (int i = 0; i < 4; i++)
			respond(b, a, first, lines[prng_below(prng, 10)], i % 2 ? "x" : "y", contact);
		ua_step(a->ua);
		if (ua_cancel(a->ua, a->leg, NULL) && ua_bye(a->ua, a->leg, NULL))
			ua_step(a->ua);
	} else {
		for (int i = 0; i < 4; i++) {
			request(b, a, methods[i ? prng_below(prng, 8) : 0], i % 2 ? "x" : "", turn, contact);
			ua_step(a->ua);
		}
	}
	b->prng = NULL;
	ua_step(a->ua);
	a->count = 0;
}

static void test_mutations(void **state)
{
	struct ua_options options;
	struct prng prng;
	struct side a;
	struct bare b;
	(void)state;
	prng_seed(&prng, 20261121);
	for (unsigned turn = 0; turn < MUTATIONS; turn++) {
		if (turn % 500 == 0) {
			options = options_of(&a);
			options.legs_max = 500;
			open_side(&a, &options);
			a.habit = RING_ANSWER;
			open_bare(&b);
		}
		mutated_call(&a, &b, &prng, turn);
		if (turn % 500 < 499)
			continue;
		a.habit = BUSY;
		request(&b, &a, "OPTIONS", "", 60000, "");
		assert_true(hear(&a, &b, "SIP/2.0 200", 2000));
		close(b.fd);
		ua_close(a.ua);
	}
}

/* Names in Via, in From and in the request URI: nobody is asked what they mean, and the agent goes on. */
static void test_names_everywhere(void **state)
{
	static const char *const vias[] = {
		"SIP/2.0/UDP host.invalid;branch=z9hG4bKn1",
		"SIP/2.0/UDP 127.0.0.1;maddr=host.invalid;branch=z9hG4bKn2",
		"SIP/2.0/UDP host.invalid:99999;received=host.invalid;rport=1;branch=z9hG4bKn3",
		"SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKn4",
		"SIP/2.0/UDP [::1]:5060;branch=z9hG4bKn5",
	};
	struct side a;
	struct bare b;
	char out[2000];
	(void)state;
	open_plain(&a);
	a.habit = BUSY;
	open_bare(&b);
	for (unsigned i = 0; i < sizeof(vias) / sizeof(*vias); i++)
		for (unsigned j = 0; j < 2; j++) {
			int64_t start_us = clock_us();
			int length = snprintf(out, sizeof(out),
				"%s sip:a@host.invalid SIP/2.0\r\nVia: %s%u\r\nFrom: <sip:e@host.invalid>;tag=1\r\nTo: "
				"<sip:a@host.invalid>\r\n"
				"Call-ID: n%u\r\nCSeq: 1 %s\r\nContact: <sip:e@host.invalid>\r\nContent-Length: 0\r\n\r\n",
				j ? "INVITE" : "OPTIONS", vias[i], j, i, j ? "INVITE" : "OPTIONS");
			say(&b, &a, out, (size_t)length);
			pump(&a, NULL, NULL, 0, 10);
			assert_true(clock_us() - start_us < 500 * MS_US); /* a look-up would block */
		}
	request(&b, &a, "OPTIONS", "", 5, "");
	assert_true(hear(&a, &b, "SIP/2.0 200", 1000));
	close(b.fd);
	shut(&a, NULL);
}

static void test_strangers(void **state)
{
	struct side a;
	struct bare b;
	struct ua_counters counters;
	(void)state;
	open_plain(&a);
	open_bare(&b);
	a.stranger = true;
	request(&b, &a, "OPTIONS", "", 1, "");
	request(&b, &a, "INVITE", "", 2, "Contact: <sip:a@127.0.0.1>\r\n");
	assert_false(hear(&a, &b, "", 40)); /* not a byte comes back */
	ua_counters(a.ua, &counters);
	assert_int_equal(counters.strangers, 2);
	assert_int_equal(a.count, 0);
	close(b.fd);
	shut(&a, NULL);
}

/* 33 seconds pass for our own timers. */
static void jump(struct side *a)
{
	int64_t later_us = clock_us() + 40 * SEC_US;
	clock_fake(&later_us);
	ua_step(a->ua);
	clock_fake(NULL);
}

static void test_no_ack(void **state)
{
	struct side a;
	struct bare b;
	(void)state;
	open_plain(&a);
	open_bare(&b);
	a.habit = ANSWER;
	request(&b, &a, "INVITE", "", 1, "Contact: <sip:a@127.0.0.1:9>\r\n");
	assert_true(hear(&a, &b, "SIP/2.0 200", 1000));
	jump(&a);
	expect(&a, 1, UA_EV_ENDED, 0);
	assert_true(a.events[1].local);
	assert_int_equal(legs(&a), 0);
	close(b.fd);
	shut(&a, NULL);
}

static void test_bye_never_answered(void **state)
{
	struct side a;
	struct bare b;
	char tag[80];
	(void)state;
	open_plain(&a);
	open_bare(&b);
	a.habit = ANSWER;
	for (int i = 0; i < 20; i++) { /* more than the pool holds */
		a.count = 0;
		close(b.fd);
		open_bare(&b);
		bare_call(&a, &b, tag);
		assert_int_equal(ua_bye(a.ua, a.leg, NULL), 0);
		assert_true(hear(&a, &b, "BYE", 1000));
		jump(&a);
		assert_int_equal(a.count, 2);
	}
	close(b.fd);
	shut(&a, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_caller_hangs_up),
		cmocka_unit_test(test_callee_hangs_up),
		cmocka_unit_test(test_bye_inside_handlers),
		cmocka_unit_test(test_busy),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_cancel_before_any_provisional),
		cmocka_unit_test(test_relic_rings),
		cmocka_unit_test(test_relic_of_ours_is_up),
		cmocka_unit_test(test_relic_of_theirs_is_up),
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_login_refused),
		cmocka_unit_test(test_login_guessed),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_port_taken),
		cmocka_unit_test(test_cancel_race),
		cmocka_unit_test(test_challenges),
		cmocka_unit_test(test_forks),
		cmocka_unit_test(test_lost_fork_has_a_name),
		cmocka_unit_test(test_no_provisional),
		cmocka_unit_test(test_redirect_and_dead_port),
		cmocka_unit_test(test_hostile_answers),
		cmocka_unit_test(test_hostile_invites),
		cmocka_unit_test(test_unreadable_answer),
		cmocka_unit_test(test_other_methods),
		cmocka_unit_test(test_inside_a_call),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_names_everywhere),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_no_ack),
		cmocka_unit_test(test_bye_never_answered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
