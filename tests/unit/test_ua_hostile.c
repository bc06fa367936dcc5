/*
 * test_ua_hostile.c - the user agent and a bare socket that means harm: whatever comes, the agent lives, and no leg is left over
 */
#include "tests/unit/test_ua.h"

#include "base/prng.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

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
		assert_true(hear(&a, &b, "INVITE", SOON));
		respond(&b, &a, b.text, "200 OK", "h", aimed(hostile[i], &b, more));
		if (!hear(&a, &b, "ACK", SOON))
			fail_msg("no ACK after %s", hostile[i]);
		expect(&a, a.count - 1, UA_EV_ANSWERED, 200);
		assert_int_equal(ua_bye(a.ua, a.leg, NULL), 0);
		if (!hear(&a, &b, "BYE", SOON))
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
		assert_true(hear(&a, &b, "SIP/2.0", SOON));
		if (!strncmp(b.text, "SIP/2.0 200", 11)) {
			header(b.text, "To", to, sizeof(to));
			text_copy(tag, sizeof(tag), strstr(to, "tag=") + 4);
			request(&b, &a, "ACK", tag, 1, hostile[i]);
			if (!hear(&a, &b, "BYE", SOON))
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
	assert_true(hear(&a, &b, "INVITE", SOON));
	strcpy(invite, b.text);
	respond(&b, &a, invite, "200 OK", "h", "Contact: <sip:>\r\n");
	settle(&a, NULL);
	assert_int_equal(a.count, 0);
	ua_counters(a.ua, &counters);
	assert_int_equal(counters.malformed, 1);
	respond(&b, &a, invite, "603 Decline", "h", "");
	assert_true(pump(&a, NULL, &a, 1, SOON));
	expect(&a, 0, UA_EV_FAILED, 603);
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
	assert_true(hear(&a, &b, "SIP/2.0 200", SOON));
	assert_non_null(strstr(b.text, "Accept: application/sdp"));
	assert_non_null(strstr(b.text, "Allow: INVITE"));
	close(b.fd);
	ua_close(a.ua);
}

/* --- mutated messages */

#ifndef MUTATIONS
#define MUTATIONS 1000
#endif

static struct prng dice;

/* Digits and dots stay as they are, so that no address but loopback comes about. */
static bool may_change(char c)
{
	return c != '.' && (c < '0' || c > '9');
}

static void mutate(char *text, size_t size)
{
	static const char *const words[] = {"\r\n", "\r\n ", ",", ";", "<", ">", "*", "\"", "%00", ";lr",
		";tag=", "sip:", "tel:", "<sip:", "<foo:bar>", "Contact: *\r\n", "Record-Route: <foo:bar>\r\n",
		"Route: <sip:x;lr>\r\n", "Require: x\r\n", ";maddr=host.invalid", ";transport=tcp", "RSeq: 7\r\n"};
	for (uint64_t left = 1 + prng_below(&dice, 4); left; left--) {
		size_t length = strlen(text), at = prng_below(&dice, length);
		const char *word = words[prng_below(&dice, sizeof(words) / sizeof(*words))];
		if (prng_below(&dice, 2) && may_change(text[at])) {
			text[at] = (char)(1 + prng_below(&dice, 255));
			if (!may_change(text[at]))
				text[at] = ' ';
		} else if (length + strlen(word) + 1 < size) {
			memmove(text + at + strlen(word), text + at, length - at + 1);
			memcpy(text + at, word, strlen(word));
		}
	}
}

/* A call out that gets mutated answers to it, or a call in whose every request is mutated. */
static void mutated_call(struct side *a, struct bare *b, unsigned turn)
{
	static const char *const lines[] = {"100 Trying", "180 Ringing", "183 Progress", "200 OK", "200 OK", "302 Moved",
		"401 No", "407 No", "486 Busy", "487 Request Terminated"};
	static const char *const methods[] = {"INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "INFO", "OPTIONS", "PRACK"};
	char contact[120], first[9000];
	snprintf(contact, sizeof(contact),
		"Contact: <sip:b@127.0.0.1:%u>\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n", b->port);
	b->spoil = mutate;
	if (turn % 2 == 0) {
		call(a, b->port);
		assert_true(hear(a, b, "INVITE", SOON));
		strcpy(first, b->text);
		for (int i = 0; i < 4; i++)
			respond(b, a, first, lines[prng_below(&dice, 10)], i % 2 ? "x" : "y", contact);
		ua_step(a->ua);
		if (ua_cancel(a->ua, a->leg, NULL) && ua_bye(a->ua, a->leg, NULL))
			ua_step(a->ua);
	} else {
		for (int i = 0; i < 4; i++) {
			request(b, a, methods[i ? prng_below(&dice, 8) : 0], i % 2 ? "x" : "", turn, contact);
			ua_step(a->ua);
		}
	}
	b->spoil = NULL;
	ua_step(a->ua);
	a->count = 0;
}

static void test_mutations(void **state)
{
	struct ua_options options;
	struct side a;
	struct bare b;
	(void)state;
	prng_seed(&dice, 20261121);
	for (unsigned turn = 0; turn < MUTATIONS; turn++) {
		if (turn % 500 == 0) {
			options = options_of(&a);
			options.legs_max = 500;
			open_side(&a, &options);
			a.habit = RING_ANSWER;
			open_bare(&b);
		}
		mutated_call(&a, &b, turn);
		if (turn % 500 < 499)
			continue;
		a.habit = BUSY;
		request(&b, &a, "OPTIONS", "", 60000, "");
		assert_true(hear(&a, &b, "SIP/2.0 200", SOON));
		close(b.fd);
		ua_close(a.ua);
	}
}

/* --- names and strangers */

/* The agent is sent a request with names in it, and goes on at once: a look-up would block it, each time. */
static bool goes_on(struct side *a, struct bare *b, const char *method, const char *via)
{
	static unsigned number;
	int64_t start_us = clock_us();
	char out[2000];
	int length = snprintf(out, sizeof(out),
		"%s sip:a@host.invalid SIP/2.0\r\nVia: %s%u\r\nFrom: <sip:e@host.invalid>;tag=1\r\nTo: <sip:a@host.invalid>\r\n"
		"Call-ID: n%u\r\nCSeq: 1 %s\r\nContact: <sip:e@host.invalid>\r\nContent-Length: 0\r\n\r\n",
		method, via, number, number, method);

	number++;
	say(b, a, out, (size_t)length);
	pump(a, NULL, NULL, 0, 10);
	return clock_us() - start_us < 500 * MS_US;
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
	(void)state;
	open_plain(&a);
	a.habit = BUSY;
	open_bare(&b);
	for (unsigned i = 0; i < sizeof(vias) / sizeof(*vias); i++)
		for (unsigned j = 0; j < 2; j++) {
			bool at_once = false;
			for (int tries = 0; !at_once && tries < 10; tries++) /* a busy machine stands still now and then */
				at_once = goes_on(&a, &b, j ? "INVITE" : "OPTIONS", vias[i]);
			assert_true(at_once);
		}
	request(&b, &a, "OPTIONS", "", 5, "");
	assert_true(hear(&a, &b, "SIP/2.0 200", SOON));
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

/* --- a datagram that comes while the agent is at work */

#define PELTS 3000

struct pelter {
	struct bare bare;
	struct sockaddr_in to;
	unsigned sent;
	atomic_uint seen;
	atomic_bool stop;
};

/* One message after the other, each as soon as the one before was seen: it meets the agent at any point of its step. */
static void *pelt(void *arg)
{
	/* The library answers it by itself, 400, before anybody of ours is asked. */
	static const char bad[] =
		"OPTIONS sip:a@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bKp\r\nFrom: <sip:a@b>;tag=1\r\n"
		"To: <sip:a@b>\r\nCall-ID: p\r\nCSeq: 1 OPTIONS\r\nContent-Length: -9\r\n\r\n";
	struct pelter *pelter = arg;

	while (pelter->sent < PELTS && !atomic_load(&pelter->stop)) {
		(void)!sendto(pelter->bare.fd, bad, sizeof(bad) - 1, 0, (struct sockaddr *)&pelter->to, sizeof(pelter->to));
		pelter->sent++;
		while (atomic_load(&pelter->seen) < pelter->sent && !atomic_load(&pelter->stop))
			sched_yield();
	}
	return NULL;
}

/* The agent's steps until it has seen so many strangers, or one has had an answer, or for so long. */
static void see(struct side *a, struct pelter *pelter, unsigned count, char *answer, size_t answer_bytes)
{
	struct ua_counters counters = {0};
	int64_t end_us = clock_us() + SOON * MS_US;

	while (counters.strangers < count && !*answer && clock_us() < end_us) {
		ua_step(a->ua);
		ua_counters(a->ua, &counters);
		atomic_store(&pelter->seen, (unsigned)counters.strangers);
		(void)!recv(pelter->bare.fd, answer, answer_bytes - 1, MSG_DONTWAIT);
	}
}

static void test_stranger_in_between(void **state)
{
	struct side a;
	struct pelter pelter = {.seen = 0};
	char answer[400] = "";
	pthread_t thread;
	(void)state;
	open_plain(&a);
	open_bare(&pelter.bare);
	a.stranger = true;
	pelter.to = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(ua_port(a.ua)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(pthread_create(&thread, NULL, pelt, &pelter), 0);
	see(&a, &pelter, PELTS, answer, sizeof(answer));
	atomic_store(&pelter.stop, true); /* a machine with other work has not done all in that time */
	pthread_join(thread, NULL);
	see(&a, &pelter, pelter.sent, answer, sizeof(answer));
	assert_string_equal(answer, "");
	assert_true(pelter.sent > 0);
	assert_int_equal(pelter.seen, pelter.sent);
	close(pelter.bare.fd);
	shut(&a, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile_answers),
		cmocka_unit_test(test_hostile_invites),
		cmocka_unit_test(test_unreadable_answer),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_names_everywhere),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_stranger_in_between),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
