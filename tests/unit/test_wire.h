/*
 * test_wire.h - the user agent above a wire that is a struct and a clock that is a variable (for tests/unit/test_ua_*.c that are
 * linked with tests/unit/wire/)
 */
#ifndef OUTDIAL_TESTS_UNIT_TEST_WIRE_H
#define OUTDIAL_TESTS_UNIT_TEST_WIRE_H

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "dialer/session.h"
#include "dialer/ua.h"
#include "dialer/ua_wire.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OURS "v=0 ours"
#define THEIRS "v=0 theirs"

/* --- the wire: keeps what was sent last */

struct wire {
	const struct wire_handlers *handlers;
	void *arg, *leg; /* of the last call */
	struct wire_dialog *dialog;
	char headers[3000], sdp[64], reason[100], reply_headers[300];
	enum wire_method asked;
	int invites, agains, pracks, acks, asks, byes, cancels, reply, replies;
};

extern struct wire w;
extern int wire_tokens[3]; /* what handles point to */

/* --- the owner */

static int64_t now_us;
static struct ua *ua;
static struct ua_event last;
static char last_sdp[64];
static int events[UA_EV_REANSWER + 1];
static const char *answers; /* to offers and re-offers; NULL: none */

static inline void on_event(void *arg, const struct ua_event *event)
{
	(void)arg;
	last = *event;
	text_copy_n(last_sdp, sizeof(last_sdp), event->sdp ? event->sdp : "", event->sdp_bytes);
	events[event->kind]++;
	if (event->kind == UA_EV_INCOMING || ((event->kind == UA_EV_OFFER || event->kind == UA_EV_REOFFER) && answers))
		assert_int_equal(ua_answer(ua, event->leg, answers ? answers : OURS), 0);
}

static inline int open_ua(void **state)
{
	struct ua_options options = {.ip = "127.0.0.1", .legs_max = 4, .event = on_event};
	(void)state;
	memset(events, 0, sizeof(events));
	memset(&last, 0, sizeof(last));
	answers = NULL;
	now_us = 1700000000 * SEC_US;
	clock_fake(&now_us);
	return ua_open(&ua, &options, NULL);
}

static inline int close_ua(void **state)
{
	(void)state;
	ua_close(ua);
	clock_fake(NULL);
	return 0;
}

static inline void pass(int64_t time_us)
{
	for (int64_t end_us = now_us + time_us; now_us < end_us;) {
		now_us += 100 * MS_US;
		ua_step(ua);
	}
}

static inline struct wire_message message(int code)
{
	return (struct wire_message){.code = code, .method = WIRE_OTHER, .phrase = "", .reason = "", .auth = "", .to_tag = "x",
		.from_user = "", .to_user = "", .call_id = "c", .asserted = "", .privacy = "", .diversion = "", .call_info = ""};
}

static inline struct wire_message described(struct wire_message m, const char *sdp)
{
	m.sdp = sdp;
	m.sdp_bytes = sdp ? strlen(sdp) : 0;
	return m;
}

static inline void respond(struct wire_message m)
{
	w.handlers->response(w.leg, &m);
}

static inline void asked(struct wire_message m)
{
	w.dialog->ask = NULL;
	w.handlers->asked(w.leg, &m);
}

static inline void request(enum wire_method method, struct wire_message m)
{
	m.method = method;
	w.handlers->request(w.leg, (struct wire_request *)&wire_tokens[2], &m);
}

static inline struct ua_invite plain(void)
{
	return (struct ua_invite){.to_user = "1", .host = "127.0.0.1", .port = 5070, .from_user = "2", .sdp = OURS};
}

static inline uint64_t place(struct ua_invite invite)
{
	uint64_t leg = 0;
	assert_int_equal(ua_invite(ua, &invite, &leg), 0);
	return leg;
}

static inline struct wire_message ok(uint32_t interval_s, enum session_refresher refresher, bool update)
{
	struct wire_message m = described(message(200), THEIRS);
	m.session = (struct session_said){.interval_s = interval_s, .refresher = refresher, .supported = true};
	m.takes_update = update;
	return m;
}

static inline uint64_t placed_with_session(uint32_t interval_s, enum session_refresher refresher, bool update)
{
	struct ua_invite invite = plain();
	invite.session_s = interval_s;
	uint64_t leg = place(invite);
	respond(ok(interval_s, refresher, update));
	assert_int_equal(events[UA_EV_ANSWERED], 1);
	return leg;
}

static inline struct ua_counters counters(void)
{
	struct ua_counters out;
	ua_counters(ua, &out);
	return out;
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_ua, close_ua)

#endif
