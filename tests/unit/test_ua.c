/* test_ua.c - two user agents of ours: calls, logins, bounds, and what is left of a call after kill -9 */
#include "tests/unit/test_ua.h"

#include "base/err.h"

#include <errno.h>

static void ring_answer(struct side *a, struct side *b)
{
	open_plain(a);
	open_plain(b);
	b->habit = RING_ANSWER;
	call(a, ua_port(b->ua));
	assert_true(pump(a, b, a, 3, SOON));
	assert_true(pump(a, b, b, 2, SOON));
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
	assert_true(pump(&a, &b, &b, 3, SOON));
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
	assert_true(pump(&a, &b, &a, 4, SOON));
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
	assert_true(pump(&a, &b, &a, 2, SOON));
	expect(&a, 0, UA_EV_ANSWERED, 200);
	expect(&a, 1, UA_EV_ENDED, 0);
	b.habit = ANSWER;
	a.bye_on_answer = true;
	call(&a, ua_port(b.ua));
	assert_true(pump(&a, &b, &b, 4, SOON));
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
	assert_true(pump(&a, &b, &a, 1, SOON));
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
	assert_true(pump(&a, &b, &a, 2, SOON));
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
	assert_true(pump(&a, &b, &a, 1, SOON)); /* b's 100 lets the CANCEL go */
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
	assert_true(pump(a, b, alive, heard, SOON));
	settle(a, b);
	die_and_return(dead, &options);
	assert_true(pump(a, b, alive, heard + 1, SOON));
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

/* --- logins */

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
	assert_true(pump(a, b, a, 1, SOON));
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
	} tries[] = {{"1001", "a", 403}, {"1001", "b", 403}, {"1001", "c", 403}, {"1001", "d", 403}, {"1001", "e", 403},
		{"1001", "f", 503}, {"1001", "right", 503}, {"1002", "g", 403}};
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
		assert_true(pump(&a, &b, &a, i + 1, SOON));
		assert_int_equal(a.events[a.count - 1].code, tries[i].code);
	}
	ua_counters(b.ua, &counters);
	assert_int_equal(counters.logins_refused, 6);
	assert_int_equal(counters.logins_slowed, 2);
	assert_int_equal(b.count, 0);
	settle(&a, &b);
	shut(&a, &b);
}

/* --- bounds */

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
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
