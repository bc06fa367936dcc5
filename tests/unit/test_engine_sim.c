/*
 * test_engine_sim.c - the whole engine on a fake clock: real calls, desks, runs, gates and pacer; a made-up carrier, phones and store
 *
 * The real objects of dialer/ and pacing/ are linked; ua_, media_, writer_, uring_ and the store's readers are this file's. An hour of dialling
 * passes in about a second. What the engine may do is asserted where it does it: no command on a leg that is over, no CANCEL
 * before 15 s of ringing, exactly one outcome an attempt, never two calls on one seat. A failure prints the seed.
 */
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/prng.h"
#include "base/text.h"
#include "dialer/engine.h"
#include "dialer/lore.h"
#include "media/amd/memory.h"

#include <errno.h>
#include <glob.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define LEGS 8192
#define LEADS_MAX 4000

enum leg_state { LEG_FREE, LEG_EARLY, LEG_UP, LEG_CANCELLED, LEG_SEAT };

struct leg {
	enum leg_state state;
	uint64_t handle, cookie, stream;
	uint32_t seat;
	bool person, ringing, early, printed;
	int64_t sent_us, ringing_us, answered_us, greeting_end_us;
	uint64_t attempt;
	struct timer timer;
};

static struct world {
	int64_t now_us, end_us;
	struct prng prng;
	struct wheel wheel;
	struct leg legs[LEGS];
	uint32_t leg_next;
	struct ua_options ua;
	struct engine *engine;
	struct media_event media[4096];
	uint32_t media_head, media_tail;
	struct writer_event writer[8192];
	uint32_t writer_head, writer_tail;
	struct campaign campaign, second; /* second: none without a name */
	struct trunk trunk, other;        /* other: answers on 127.0.0.2 */
	uint64_t version, attempts, outcomes, by[OUTCOME_COUNT], late_truth, shifts;
	uint32_t leads, leads_left, seats, streams_open, busy[64];
	enum outcome result[LEADS_MAX + 1];
	bool truth[LEADS_MAX + 1]; /* a person answered */
	struct attempt record[LEADS_MAX + 1];
	bool seat_bound[64], seats_misbehave, writer_refuses, logins, stop_at_once;
	double person_prob, wrong_prob; /* of being a person; of a person being taken for a machine */
	int64_t talk_us;
	uint64_t sampled, judged, wrong, taken_back, messages, cut, lost_unsampled;
	bool agents_judge;
	bool agents_tell; /* who talks says at once that the called wants no more calls, and hangs up */
	volatile int signals;
	/* what a scenario changes */
	void (*hook)(void); /* after each step of the loop */
	int64_t began_us, writer_slow_us, writer_due_us[8192];
	bool opt_outs_wait; /* the disk never says that one is kept */
	bool opts_out; /* who hears the message of an abandoned call presses the opt-out key */
	int64_t kept_us[LEADS_MAX + 1];
	uint32_t kept;
	bool trunk_silent, trunk_deaf, invites_fail;
	bool unusable;            /* the first gateway answers at once, with what the user agent can make nothing of */
	uint32_t silent_gateways; /* the first ones, by the last digit of their addresses */
	uint32_t invites[2]; /* by trunk */
	uint32_t history, cut_off;
	uint32_t connected[2], dialled[2]; /* by campaign */
	char dir[32]; /* of the journal; empty: none */
	bool informs; /* a campaign without agents: machines hear its message */
	double bucket; /* calls that the trunk's rate allows now, kept independently of the gate */
	int64_t bucket_us;
	int64_t bridge_us;
	uint32_t queued; /* people who waited while another was served */
	/* recordings */
	uint32_t recorded, notes[4]; /* by kind */
	struct recording_note note;  /* the last pause or end of one */
	struct tape_seen {
		uint32_t count;
		bool paused[4];
		int64_t at_us[4], refused_us;
	} tape;
	/* machines that all play one recording */
	bool one_recording;
	uint64_t printed, recalled;
	struct print_row rows[PRINT_SLOTS];
	struct print_label label; /* of it */
	bool announces; /* the network plays it before it refuses a call */
} *w;

static struct world_streams {
	uint64_t cookie;
	bool open;
	uint64_t peer, number;
	struct timer message;
} streams[65536];
static uint64_t stream_next;

static double unit(void)
{
	return prng_unit(&w->prng);
}

static struct leg *leg_of(uint64_t handle)
{
	struct leg *leg = &w->legs[handle % LEGS];

	return leg->handle == handle && leg->state != LEG_FREE ? leg : NULL;
}

static struct leg *leg_new(uint64_t *handle)
{
	do
		w->leg_next++;
	while (w->leg_next % LEGS == 0 || w->legs[w->leg_next % LEGS].state != LEG_FREE);
	struct leg *leg = &w->legs[w->leg_next % LEGS];
	*leg = (struct leg){.handle = w->leg_next};
	*handle = leg->handle;
	return leg;
}

static void tell(struct leg *leg, enum ua_event_kind kind, int code, bool local, const char *sdp)
{
	struct ua_event event = {.kind = kind, .leg = leg->handle, .cookie = leg->cookie, .code = code, .local = local, .phrase = "",
		.reason = "", .sdp = sdp, .sdp_bytes = sdp ? strlen(sdp) : 0, .from_user = "", .to_user = "", .source_ip = "127.0.0.1",
		.call_id = "", .answered = leg->state == LEG_UP};

	if (kind == UA_EV_FAILED || kind == UA_EV_ENDED) {
		wheel_cancel(&w->wheel, &leg->timer);
		leg->state = LEG_FREE;
	}
	w->ua.event(w->ua.arg, &event);
}

static const char theirs[] = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\n"
			     "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n";

static void later(struct leg *leg, int64_t in_us, wheel_h *handler)
{
	wheel_arm(&w->wheel, &leg->timer, w->now_us + in_us, handler, leg);
}

static void media_push(struct media_event event)
{
	w->media[w->media_head++ % 4096] = event;
	assert_true(w->media_head - w->media_tail < 4096);
}

/* --- the called */

static void leg_hangs_up(void *arg)
{
	tell(arg, UA_EV_ENDED, 0, false, NULL);
}

static void amd_push(struct leg *leg, enum amd_event_kind kind, enum amd_verdict verdict, int64_t at_us)
{
	media_push((struct media_event){.kind = MEDIA_EV_AMD, .stream = leg->stream, .cookie = leg->cookie, .at_us = at_us,
		.amd = {.kind = kind, .verdict = verdict, .prob = 0.9f, .cause = "sim"}});
}

static void leg_beeps(void *arg)
{
	struct leg *leg = arg;

	amd_push(leg, AMD_EV_BEEP, AMD_NONE, w->now_us);
	later(leg, unit() < 0.2 ? 4 * SEC_US : 60 * SEC_US, leg_hangs_up); /* some tapes are short */
}

static void leg_quiet(void *arg)
{
	struct leg *leg = arg;

	amd_push(leg, AMD_EV_GREETING_END, AMD_NONE, w->now_us - 1600 * MS_US);
	later(leg, 60 * SEC_US, leg_hangs_up);
}

/* A person who speaks like a recording. */
static void leg_wrong_verdict(struct leg *leg)
{
	leg->greeting_end_us = w->now_us - 100 * MS_US;
	amd_push(leg, AMD_EV_VERDICT, AMD_MACHINE, w->now_us);
	later(leg, 30 * SEC_US, leg_hangs_up);
}

static void record_voice(struct amd_print *print, uint64_t whose)
{
	struct prng voice;

	prng_seed(&voice, whose);
	for (int i = 0; i < AMD_PRINT_FRAMES; i++)
		print->code[i] = (uint16_t)prng_u64(&voice);
}

static uint32_t recording_of(uint64_t whose)
{
	struct memory_entry entry = {0};

	record_voice(&entry.print, whose);
	return memory_id(&entry);
}

/* The recording, or the voice of somebody whom nobody else sounds like. */
static void leg_print(struct leg *leg)
{
	struct media_event event = {.kind = MEDIA_EV_AMD, .stream = leg->stream, .cookie = leg->cookie, .at_us = w->now_us,
		.amd = {.kind = AMD_EV_PRINT}, .print = {.frames = AMD_PRINT_FRAMES, .voiced = AMD_PRINT_FRAMES}};

	record_voice(&event.print, leg->person ? leg->handle : 0);
	media_push(event);
	leg->printed = true;
	w->printed += !leg->person;
}

static void leg_verdict(void *arg)
{
	static const enum amd_verdict tones[] = {AMD_FAX, AMD_SIT, AMD_BUSY, AMD_CONGESTION, AMD_RINGBACK};
	struct leg *leg = arg;

	if (w->one_recording && !leg->printed) {
		leg_print(leg);
		later(leg, 100 * MS_US, leg_verdict);
		return;
	}
	double u = unit();
	if (leg->person && unit() < w->wrong_prob) {
		leg_wrong_verdict(leg);
		return;
	}
	leg->greeting_end_us = w->now_us - 600 * MS_US;
	if (leg->person)
		amd_push(leg, AMD_EV_GREETING_END, AMD_NONE, leg->greeting_end_us);
	amd_push(leg, AMD_EV_VERDICT, leg->person ? (u < 0.9 ? AMD_HUMAN : AMD_UNKNOWN) : u < 0.5 ? AMD_MACHINE : tones[(int)(u * 10) - 5],
		w->now_us);
	if (!leg->person && u < 0.5) {
		later(leg, (int64_t)(unit() * 20 * SEC_US), unit() < 0.1 ? leg_hangs_up : unit() < 0.6 ? leg_beeps : leg_quiet);
		return;
	}
	if (leg->person && u < 0.03)
		amd_push(leg, AMD_EV_REVISED, AMD_MACHINE, w->now_us); /* now and then the classifier changes its mind */
	later(leg, leg->person ? w->talk_us / 2 + (int64_t)(unit() * (double)w->talk_us) : 30 * SEC_US, leg_hangs_up);
}

static void leg_answers(void *arg)
{
	struct leg *leg = arg;

	leg->state = LEG_UP;
	w->truth[leg->attempt] = leg->person;
	if (leg->early) /* said about the ringing, and not taken yet when the answer is there */
		amd_push(leg, AMD_EV_VERDICT, AMD_RINGBACK, w->now_us - 10 * MS_US);
	amd_push(leg, AMD_EV_VOICE_START, AMD_NONE, w->now_us + 300 * MS_US);
	tell(leg, UA_EV_ANSWERED, 200, false, unit() < 0.01 ? "v=0\r\n" : theirs);
	if (leg->state != LEG_UP)
		return; /* the engine had no use for that description */
	leg->answered_us = w->now_us;
	if (unit() < 0.02)
		later(leg, 200 * MS_US, leg_hangs_up);
	else
		later(leg, (int64_t)(SEC_US + unit() * 2 * SEC_US), leg_verdict);
}

static void leg_not_found(void *arg)
{
	tell(arg, UA_EV_FAILED, 404, false, NULL);
}

static void leg_fails(void *arg)
{
	static const int codes[] = {486, 404, 503, 603, 480, 302};

	tell(arg, UA_EV_FAILED, codes[prng_below(&w->prng, 6)], false, NULL);
}

/* A recording of the network's, in place of the ringing; then it refuses, unless the engine has hung up. */
static void leg_announces(void *arg)
{
	struct leg *leg = arg;

	leg_print(leg);
	later(leg, 8 * SEC_US, leg_not_found);
}

static void leg_silent_trunk(void *arg)
{
	tell(arg, UA_EV_FAILED, 408, true, NULL);
}

static void leg_unusable(void *arg)
{
	struct leg *leg = arg;

	leg->state = LEG_UP;
	tell(leg, UA_EV_FAILED, 488, true, NULL);
}

static void leg_rings(void *arg)
{
	struct leg *leg = arg;
	double u = unit();

	tell(leg, UA_EV_TRYING, 100, false, NULL);
	leg->early = u < 0.1;
	tell(leg, UA_EV_PROGRESS, leg->early ? 183 : 180, false, leg->early ? theirs : NULL);
	leg->ringing_us = w->now_us;
	leg->ringing = true;
	leg->person = unit() < w->person_prob / (w->person_prob + 0.25);
	if (leg->early && w->announces) {
		leg->person = false;
		later(leg, 2 * SEC_US, leg_announces);
	} else if (u < w->person_prob + 0.25)
		later(leg, (int64_t)(unit() * 20 * SEC_US), leg_answers);
	else if (u < w->person_prob + 0.45)
		later(leg, (int64_t)(unit() * 3 * SEC_US), leg_fails);
	/* else it rings until the engine cancels */
}

static void leg_cancel_done(void *arg)
{
	struct leg *leg = arg;

	tell(leg, UA_EV_FAILED, 487, false, NULL);
}

/* Never more than the trunk's calls a second, over all campaigns: a bucket one second deep. Claims that the writer delayed come in a bunch. */
static void check_rate(void)
{
	double depth = w->trunk.cps_max > 1 ? w->trunk.cps_max : 1;

	w->bucket += w->bucket_us ? (double)(w->now_us - w->bucket_us) / SEC_US * w->trunk.cps_max : depth;
	w->bucket = w->bucket < depth ? w->bucket : depth;
	w->bucket_us = w->now_us;
	w->bucket -= 1;
	assert_true(w->bucket > -1e-3 || w->writer_slow_us || w->hook);
}

int ua_invite(struct ua *ua, const struct ua_invite *invite, uint64_t *handle)
{
	struct leg *leg = leg_new(handle);

	(void)ua;
	if (w->invites_fail)
		return ERR_FULL;
	if (unit() < 0.002)
		return ERR_RANGE;
	assert_true(w->engine->gates[0].calls <= w->trunk.calls_max);
	bool second = strcmp(invite->host, w->trunk.host) != 0;
	w->invites[second]++;
	w->dialled[((struct call *)pool_get(&w->engine->calls, invite->cookie))->attempt.campaign - 1]++;
	if (!second)
		check_rate();
	leg->state = LEG_EARLY;
	leg->cookie = invite->cookie;
	const struct call *call = pool_get(&w->engine->calls, invite->cookie);
	leg->stream = call->stream;
	leg->attempt = call->attempt.id;
	leg->sent_us = w->now_us;
	if (w->unusable)
		later(leg, SEC_US, leg_unusable);
	else if ((uint32_t)(invite->host[8] - '0') <= w->silent_gateways)
		later(leg, 5 * SEC_US, leg_silent_trunk);
	else if (unit() < 0.01 || (w->trunk_silent && !second))
		later(leg, 5 * SEC_US, leg_silent_trunk);
	else
		later(leg, (int64_t)(unit() * 3 * SEC_US), leg_rings);
	return 0;
}

int ua_query(struct ua *ua, const struct ua_query *query)
{
	(void)ua, (void)query;
	fail_msg("no trunk of this world pings or registers");
	return 0;
}

int ua_need_tls(const struct ua *ua, char *why)
{
	(void)ua, (void)why;
	fail_msg("no trunk of this world has TLS");
	return 0;
}

int ua_cancel(struct ua *ua, uint64_t handle, const char *reason)
{
	struct leg *leg = leg_of(handle);

	(void)ua, (void)reason;
	assert_non_null(leg);
	assert_int_equal(leg->state, LEG_EARLY);
	if (!w->signals && !(w->announces && leg->printed)) /* the network has refused already, in words */
		assert_true(w->now_us - (leg->ringing ? leg->ringing_us : leg->sent_us) >= 15 * SEC_US);
	leg->state = LEG_CANCELLED;
	wheel_cancel(&w->wheel, &leg->timer);
	if (!w->trunk_deaf)
		later(leg, 30 * MS_US, leg_cancel_done);
	return 0;
}

int ua_bye(struct ua *ua, uint64_t handle, const char *reason)
{
	struct leg *leg = leg_of(handle);

	(void)ua, (void)reason;
	assert_non_null(leg);
	assert_true(leg->state == LEG_UP || leg->state == LEG_SEAT);
	wheel_cancel(&w->wheel, &leg->timer);
	w->cut_off += leg->early && leg->answered_us && w->now_us - leg->answered_us < 100 * MS_US;
	if (leg->state == LEG_SEAT)
		w->seat_bound[leg->seat] = false;
	leg->state = LEG_FREE;
	return 0;
}

/* --- the agents */

static void seat_leaves(void *arg)
{
	struct leg *leg = arg;
	uint32_t seat = leg->seat;

	w->seat_bound[seat] = false;
	tell(leg, UA_EV_ENDED, 0, false, NULL);
}

static void seat_presses(struct leg *leg, char digit)
{
	media_push((struct media_event){.kind = MEDIA_EV_DTMF, .stream = leg->stream, .cookie = leg->cookie, .digit = digit});
}

/* Says of each talk what it is: in the talk, or where that was too short in the wrap-up time. */
static void seat_judges(struct leg *leg)
{
	const struct desk *desk = pool_get(&w->engine->desks, leg->cookie);

	if (!desk || (desk->state != DESK_TALKING && desk->state != DESK_WRAP) || !desk->attempt)
		return;
	seat_presses(leg, '#');
	seat_presses(leg, w->truth[desk->attempt] ? '1' : '0');
}

static void press(struct leg *leg, char digit)
{
	media_push((struct media_event){.kind = MEDIA_EV_DTMF, .stream = leg->stream, .cookie = leg->cookie, .digit = digit});
}

static void seat_keys(void *arg)
{
	static const char keys[] = "0123456789*#*1*2*3#1#9*4*5";
	struct leg *leg = arg;

	if (w->campaign.mode == CAMPAIGN_PREVIEW && !w->seats_misbehave) {
		press(leg, '*');
		press(leg, unit() < 0.7 ? '4' : '5');
	}
	if (unit() < 0.02 && w->seats_misbehave) {
		seat_leaves(leg);
		return;
	}
	for (const char *key = "#9*3"; w->agents_tell && *key; key++)
		press(leg, *key);
	if (w->agents_judge)
		seat_judges(leg);
	if (w->seats_misbehave)
		media_push((struct media_event){.kind = MEDIA_EV_DTMF, .stream = leg->stream, .cookie = leg->cookie,
			.digit = keys[prng_below(&w->prng, sizeof(keys) - 1)]});
	later(leg, (int64_t)(unit() * 4 * SEC_US), seat_keys);
}

static void seat_acks(void *arg)
{
	struct leg *leg = arg;

	if (unit() < 0.5)
		media_push((struct media_event){.kind = MEDIA_EV_LATCHED, .stream = leg->stream, .cookie = leg->cookie});
	tell(leg, UA_EV_ACKED, 0, false, NULL);
	media_push((struct media_event){.kind = MEDIA_EV_LATCHED, .stream = leg->stream, .cookie = leg->cookie});
	later(leg, 5 * SEC_US, seat_keys);
}

int ua_answer(struct ua *ua, uint64_t handle, const char *sdp)
{
	struct leg *leg = leg_of(handle);

	(void)ua;
	assert_non_null(leg);
	assert_non_null(strstr(sdp, "m=audio"));
	later(leg, 20 * MS_US, seat_acks);
	return 0;
}

int ua_reject(struct ua *ua, uint64_t handle, int code, const char *phrase)
{
	struct leg *leg = leg_of(handle);

	(void)ua, (void)code, (void)phrase;
	assert_non_null(leg);
	w->seat_bound[leg->seat] = false;
	leg->state = LEG_FREE;
	return 0;
}

void ua_set_cookie(struct ua *ua, uint64_t handle, uint64_t cookie)
{
	struct leg *leg = leg_of(handle);

	(void)ua;
	leg->cookie = cookie;
	leg->stream = ((struct desk *)pool_get(&w->engine->desks, cookie))->stream;
}

static void seat_calls(uint32_t seat, const char *sdp)
{
	uint64_t handle;
	char login[16];
	struct leg *leg = leg_new(&handle);

	snprintf(login, sizeof(login), "seat%u", seat);
	leg->state = LEG_SEAT;
	leg->seat = seat;
	w->seat_bound[seat] = true;
	struct ua_event event = {.kind = UA_EV_INCOMING, .leg = handle, .phrase = "", .reason = "", .sdp = sdp, .sdp_bytes = strlen(sdp),
		.from_user = login, .to_user = login, .user = login, .source_ip = "127.0.0.1", .call_id = ""};
	w->ua.event(w->ua.arg, &event);
}

int ua_open(struct ua **ua, const struct ua_options *options, char *why)
{
	(void)why;
	w->ua = *options;
	*ua = (struct ua *)w;
	return 0;
}

void ua_close(struct ua *ua)
{
	(void)ua;
}

int ua_fd(const struct ua *ua)
{
	(void)ua;
	return 0;
}

int64_t ua_step(struct ua *ua)
{
	(void)ua;
	for (uint32_t i = 0; w->logins && i < w->seats; i++)
		if (!w->seat_bound[i])
			seat_calls(i, theirs);
	wheel_turn(&w->wheel, w->now_us);
	return MS_US;
}

void ua_counters(const struct ua *ua, struct ua_counters *out)
{
	(void)ua;
	memset(out, 0, sizeof(*out));
}

/* --- the media plane */

int media_open(struct media **media, const struct media_options *options)
{
	(void)options;
	*media = (struct media *)w;
	return 0;
}

void media_close(struct media *media)
{
	(void)media;
}

int media_event_fd(const struct media *media)
{
	(void)media;
	return 0;
}

bool media_take(struct media *media, struct media_event *event)
{
	(void)media;
	if (w->media_tail == w->media_head)
		return false;
	*event = w->media[w->media_tail++ % 4096];
	return true;
}

int media_prompt_load(struct media *media, const char *path, uint32_t *prompt, char *why)
{
	(void)media, (void)why;
	*prompt = strcmp(path, "voicemail.wav") == 0 ? 10 : 9;
	return 0;
}

int media_prompt_tone(struct media *media, uint32_t hz, uint32_t ms, int dbm0, uint32_t *prompt)
{
	(void)media, (void)hz, (void)ms, (void)dbm0;
	*prompt = 1;
	return 0;
}

int media_stream_open(struct media *media, uint64_t cookie, uint64_t *stream, uint16_t *port)
{
	(void)media;
	*stream = ++stream_next;
	*port = 20000;
	streams[*stream % 65536] = (struct world_streams){.cookie = cookie, .open = true};
	w->streams_open++;
	return 0;
}

int media_remote(struct media *media, uint64_t stream, const struct media_remote *remote)
{
	(void)media, (void)remote;
	assert_true(streams[stream % 65536].open);
	return 0;
}

uint32_t media_prompt_ms(const struct media *media, uint32_t prompt)
{
	(void)media;
	return prompt == 10 ? 8000 : 100;
}

static void message_ends(void *arg)
{
	struct world_streams *stream = arg;

	media_push((struct media_event){.kind = MEDIA_EV_PLAYED, .stream = (uint64_t)stream->number, .cookie = stream->cookie});
}

/* Nobody talks on that stream, and a message is heard to its end 8 s later. */
static void message_begins(uint64_t stream)
{
	struct world_streams *at = &streams[stream % 65536];

	assert_int_equal(at->peer, 0);
	at->number = stream;
	w->messages++;
	wheel_arm(&w->wheel, &at->message, w->now_us + 8 * SEC_US, message_ends, at);
}

int media_play(struct media *media, uint64_t stream, uint32_t prompt, int32_t ms)
{
	(void)media, (void)ms;
	assert_true(streams[stream % 65536].open);
	if (prompt == 10)
		message_begins(stream);
	if (prompt == 9 && w->opts_out) {
		media_push((struct media_event){.kind = MEDIA_EV_DTMF, .stream = stream, .cookie = streams[stream % 65536].cookie, .digit = '5'});
		media_push((struct media_event){.kind = MEDIA_EV_DTMF, .stream = stream, .cookie = streams[stream % 65536].cookie, .digit = '9'});
		return 0;
	}
	if (prompt == 9)
		media_push((struct media_event){.kind = MEDIA_EV_PLAYED, .stream = stream, .cookie = streams[stream % 65536].cookie});
	return 0;
}

int media_play_stop(struct media *media, uint64_t stream)
{
	(void)media;
	assert_true(streams[stream % 65536].open);
	return 0;
}

int media_classify(struct media *media, uint64_t stream, const struct amd_options *options)
{
	(void)media, (void)options;
	assert_true(streams[stream % 65536].open);
	return 0;
}

int media_record(struct media *media, uint64_t stream, uint64_t id, int64_t start_us)
{
	(void)media, (void)id;
	assert_true(streams[stream % 65536].open);
	assert_int_equal(start_us, w->now_us);
	w->recorded++;
	return 0;
}

/* Each change is refused once: it has to be told again with its own moment. */
int media_record_pause(struct media *media, uint64_t stream, bool paused, int64_t at_us)
{
	struct tape_seen *seen = &w->tape;

	(void)media;
	assert_true(streams[stream % 65536].open);
	if (seen->refused_us != at_us) {
		seen->refused_us = at_us;
		return -EAGAIN;
	}
	assert_true(w->now_us - at_us <= 10 * MS_US);
	assert_true(seen->count < sizeof(seen->at_us) / sizeof(seen->at_us[0]));
	seen->paused[seen->count] = paused;
	seen->at_us[seen->count++] = at_us;
	return 0;
}

/* The classifier says it at once, and nothing else later. */
int media_recall(struct media *media, uint64_t stream, enum amd_verdict verdict)
{
	struct leg *leg = NULL;

	(void)media;
	assert_true(streams[stream % 65536].open);
	assert_true(verdict == AMD_MACHINE || (verdict == AMD_SCREENER && w->label.label == MEMORY_LABEL_SCREENER));
	for (int i = 0; i < LEGS; i++)
		if (w->legs[i].state == LEG_UP && w->legs[i].stream == stream)
			leg = &w->legs[i];
	assert_true(leg && !leg->person);
	w->recalled++;
	media_push((struct media_event){.kind = MEDIA_EV_AMD, .stream = stream, .cookie = leg->cookie, .at_us = w->now_us,
		.amd = {.kind = AMD_EV_VERDICT, .verdict = verdict, .prob = 0.98f, .cause = "heard-before"}});
	if (verdict == AMD_SCREENER)
		later(leg, 4 * SEC_US, leg_quiet); /* it has asked, and waits */
	else
		later(leg, 30 * SEC_US, leg_hangs_up);
	return 0;
}

/* Whoever of a team has waited longest is served first. */
static void nobody_waits_longer(uint64_t cookie)
{
	struct call *served = pool_get(&w->engine->calls, cookie), *other;
	uint64_t handle;

	if (!served || !served->attempt.verdict_us)
		return;
	for (uint32_t at = 0; (other = pool_next(&w->engine->calls, &at, &handle));) {
		if (other->state != CALL_WAITING || other == served || !other->attempt.verdict_us)
			continue;
		w->queued++;
		if (strcmp(other->run->campaign.team, served->run->campaign.team) == 0)
			assert_true(other->attempt.verdict_us >= served->attempt.verdict_us);
	}
}

int media_bridge(struct media *media, uint64_t a, uint64_t b)
{
	struct world_streams *x = &streams[a % 65536], *y = &streams[b % 65536];

	(void)media;
	assert_true(x->open && y->open);
	assert_true(x->peer == 0 && y->peer == 0); /* never two calls on one seat */
	x->peer = b;
	y->peer = a;
	nobody_waits_longer(x->cookie);
	nobody_waits_longer(y->cookie);
	media_push((struct media_event){.kind = MEDIA_EV_BRIDGED, .stream = a, .cookie = x->cookie,
		.at_us = w->now_us + (w->bridge_us ? w->bridge_us : 20 * MS_US)});
	media_push((struct media_event){.kind = MEDIA_EV_BRIDGED, .stream = b, .cookie = y->cookie, .at_us = w->now_us + 20 * MS_US});
	return 0;
}

int media_unbridge(struct media *media, uint64_t stream)
{
	struct world_streams *x = &streams[stream % 65536];

	(void)media;
	if (x->peer)
		streams[x->peer % 65536].peer = 0;
	x->peer = 0;
	return 0;
}

int media_stream_close(struct media *media, uint64_t stream)
{
	assert_true(streams[stream % 65536].open);
	media_unbridge(media, stream);
	streams[stream % 65536].open = false;
	wheel_cancel(&w->wheel, &streams[stream % 65536].message);
	w->streams_open--;
	return 0;
}

int media_srtp_key(struct media_srtp *srtp, enum media_suite suite)
{
	*srtp = (struct media_srtp){.suite = suite};
	return 0;
}

const char *media_refusal_name(enum media_refusal refusal)
{
	(void)refusal;
	return "stranger";
}

void media_counters(const struct media *media, struct media_counters *out)
{
	(void)media;
	memset(out, 0, sizeof(*out));
}

/* --- the store and its writer */

int store_open(struct store **store, const char *dir, enum store_mode mode, char *why)
{
	(void)dir, (void)mode, (void)why;
	*store = (struct store *)w;
	return 0;
}

const char *claim_reason_name(enum claim_reason reason)
{
	return reason == CLAIM_OK ? "ok" : "dnc";
}

int attempt_still_allowed(struct store *store, const struct attempt *attempt, int64_t now_us, enum claim_reason *reason)
{
	(void)store, (void)now_us;
	*reason = attempt->e164[strlen(attempt->e164) - 1] == '7' ? CLAIM_DNC : CLAIM_OK;
	return 0;
}

const char *store_dir(const struct store *store)
{
	(void)store;
	return w->dir;
}

/* What the engine before this one learned, kept over the worlds of this program. */
static struct pacing_learned lore;
static bool lore_kept, lore_used;

int lore_load(const char *dir, const char *campaign, struct pacing_learned *out)
{
	(void)dir;
	(void)campaign;
	if (!lore_kept || !lore_used)
		return -ENOENT;
	*out = lore;
	return 0;
}

void lore_save(const char *dir, const char *campaign, const struct pacer *pacer)
{
	(void)dir;
	(void)campaign;
	pacer_learned(pacer, &lore);
	lore_kept = true;
}

void store_close(struct store *store)
{
	(void)store;
}

uint64_t store_version(struct store *store)
{
	(void)store;
	return w->version;
}

int trunk_get(struct store *store, const char *name, struct trunk *out)
{
	(void)store;
	const struct trunk *found = strcmp(name, w->trunk.name) == 0 ? &w->trunk : &w->other;

	if (strcmp(name, found->name) != 0)
		return ERR_UNKNOWN;
	*out = *found;
	return 0;
}

int trunk_next(struct store *store, const char *after, struct trunk *out)
{
	(void)store;
	bool first = !*after, second = !strcmp(after, w->trunk.name) && w->other.name[0];

	if (first || second)
		*out = first ? w->trunk : w->other;
	return first || second ? 0 : ERR_UNKNOWN;
}

int seat_get(struct store *store, const char *login, struct seat *out)
{
	(void)store;
	*out = (struct seat){.team = "team"};
	text_copy(out->login, sizeof(out->login), login);
	return 0;
}

int campaign_next(struct store *store, const char *after, struct campaign *out)
{
	const struct campaign *next = !*after ? &w->campaign : &w->second;

	(void)store;
	if (!next->name[0] || strcmp(next->name, after) == 0)
		return ERR_UNKNOWN;
	*out = *next;
	return 0;
}

int suppress_next(struct store *store, uint16_t after, struct suppress_list *out)
{
	(void)store, (void)after, (void)out;
	return ERR_UNKNOWN;
}

int campaign_get(struct store *store, const char *name, struct campaign *out)
{
	(void)store;
	*out = w->campaign;
	return strcmp(name, out->name) == 0 ? 0 : ERR_UNKNOWN;
}

bool campaign_overdials(const struct campaign *campaign)
{
	return (campaign->mode == CAMPAIGN_PREDICTIVE || campaign->mode == CAMPAIGN_POWER) && (campaign->purpose != PURPOSE_COLLECTIONS || *campaign->overdial_by);
}

const char *campaign_purpose_name(enum campaign_purpose purpose)
{
	(void)purpose;
	return "purpose";
}

const char *campaign_mode_name(enum campaign_mode mode)
{
	return mode == CAMPAIGN_PREDICTIVE ? "predictive" : "progressive";
}

const char *campaign_state_name(enum campaign_state state)
{
	(void)state;
	return "state";
}

int tally_read(struct store *store, const struct campaign *campaign, int64_t since_us, tally_h *each, void *arg)
{
	struct tally row = {.at_us = w->began_us - DAY_US, .live_count = w->history, .abandoned_count = w->history / 10};

	(void)store;
	if (campaign->id == 1 && w->history && row.at_us >= since_us)
		each(arg, &row);
	return 0;
}

void attempt_call_id(struct store *store, uint64_t id, char out[64])
{
	(void)store;
	snprintf(out, 64, "%llu@sim", (unsigned long long)id);
}

int writer_start(struct writer **writer, struct store *store, uint64_t *recovered, char *why)
{
	(void)store, (void)why;
	*recovered = 0;
	*writer = (struct writer *)w;
	return 0;
}

void writer_stop(struct writer *writer)
{
	(void)writer;
}

int writer_event_fd(const struct writer *writer)
{
	(void)writer;
	return 0;
}

bool writer_take(struct writer *writer, struct writer_event *event)
{
	(void)writer;
	if (w->writer_tail == w->writer_head || w->now_us < w->writer_due_us[w->writer_tail % 8192])
		return false;
	*event = w->writer[w->writer_tail++ % 8192];
	return true;
}

static struct writer_event *writer_event_new(void)
{
	w->writer_due_us[w->writer_head % 8192] = w->now_us + w->writer_slow_us;
	return &w->writer[w->writer_head++ % 8192];
}

int writer_claim(struct writer *writer, uint32_t campaign, uint32_t count)
{
	(void)writer;
	assert_in_range(count, 1, 256);
	while (count && w->leads_left) {
		struct writer_event *event = writer_event_new();
		*event = (struct writer_event){.kind = WRITER_CLAIMED, .campaign = campaign};
		event->attempt = (struct attempt){.id = ++w->attempts, .lead = w->attempts, .campaign = campaign, .intent_us = w->now_us};
		snprintf(event->attempt.e164, sizeof(event->attempt.e164), "+861380000%04d", (int)w->attempts);
		w->leads_left--;
		count--;
	}
	if (count)
		*writer_event_new() = (struct writer_event){.kind = WRITER_EMPTY, .campaign = campaign, .count = count,
			.finished = w->outcomes == w->leads};
	return 0;
}

int writer_outcome(struct writer *writer, const struct attempt *attempt)
{
	(void)writer;
	if (w->writer_refuses && unit() < 0.3)
		return -EAGAIN;
	assert_in_range(attempt->id, 1, w->attempts);
	assert_int_equal(w->result[attempt->id], OUTCOME_NONE); /* exactly one */
	assert_true(attempt->outcome > OUTCOME_NONE && attempt->outcome < OUTCOME_COUNT);
	assert_true(attempt->end_us >= attempt->intent_us);
	if (attempt->outcome == OUTCOME_CONNECTED) {
		assert_true(attempt->seat[0] && attempt->seat_us && attempt->answer_us);
		int64_t from_us = attempt->greeting_end_us ? attempt->greeting_end_us : attempt->verdict_us;
		assert_true(attempt->seat_us - (from_us ? from_us : attempt->answer_us) <= w->campaign.hold_us);
	}
	if (attempt->outcome == OUTCOME_VOICEMAIL)
		assert_true(attempt->message_us && (w->informs || (attempt->end_us - attempt->message_us >= 8 * SEC_US && w->campaign.voicemail[0])));
	if (attempt->sampled)
		assert_true(attempt->seat[0] && strcmp(attempt->verdict, "machine") == 0 && !attempt->message_us);
	if (w->kept_us[attempt->id]) {
		if (w->opts_out || (attempt->hangup_by == HANGUP_SEAT && attempt->outcome != OUTCOME_SEAT_LOST))
			assert_true(attempt->end_us >= w->kept_us[attempt->id]); /* no BYE before the opt-out is durable */
		if (!w->seats_misbehave) /* who may press another key after that */
			assert_string_equal(attempt->disposition, "do_not_call");
		assert_int_equal(attempt->seat_us == 0, w->opts_out);
		w->kept++;
	}
	w->record[attempt->id] = *attempt;
	w->result[attempt->id] = attempt->outcome;
	w->connected[attempt->campaign - 1] += attempt->outcome == OUTCOME_CONNECTED;
	w->by[attempt->outcome]++;
	w->outcomes++;
	return 0;
}

int writer_disposition(struct writer *writer, uint64_t attempt, const char *disposition)
{
	struct attempt *record = &w->record[attempt];

	(void)writer;
	assert_true(w->result[attempt] != OUTCOME_NONE); /* only after the outcome */
	judge_dispose(record, disposition, w->campaign.hold_us); /* as the store does it */
	return 0;
}

int writer_shift(struct writer *writer, const struct shift *shift)
{
	(void)writer;
	assert_int_equal(shift->wait_us + shift->talk_us + shift->wrap_us + shift->pause_us, shift->logout_us - shift->login_us);
	w->shifts++;
	return 0;
}

int writer_dnc(struct writer *writer, const char *e164)
{
	(void)writer, (void)e164;
	return 0;
}

int writer_opt_out(struct writer *writer, uint64_t attempt, const char *e164, int64_t asked_us, const char *how)
{
	(void)writer;
	assert_string_equal(how, w->agents_tell || !w->opts_out ? "agent" : "key");
	if (w->writer_refuses && unit() < 0.3)
		return -EAGAIN;
	assert_int_equal(*e164, '+');
	assert_in_range(asked_us, 1, w->now_us);
	w->kept_us[attempt] = w->now_us + w->writer_slow_us;
	if (w->opt_outs_wait)
		return 0;
	*writer_event_new() = (struct writer_event){.kind = WRITER_KEPT, .campaign = 1, .attempt = {.id = attempt}};
	return 0;
}

int writer_campaign_finished(struct writer *writer, uint32_t campaign)
{
	(void)writer, (void)campaign;
	w->signals = 1; /* nothing is left: the engine may go */
	w->logins = false;
	return 0;
}

int writer_recording(struct writer *writer, const struct recording_note *note)
{
	(void)writer;
	w->notes[note->kind]++;
	assert_true(note->attempt && note->at_us == w->now_us);
	if (note->kind == NOTE_PAUSED || note->kind == NOTE_RESUMED)
		w->note = *note;
	return 0;
}

int keeper_recover(struct store *store, char *spool)
{
	(void)store;
	strcpy(spool, "/nowhere/recordings/spool");
	return 0;
}

int keeper_start(struct keeper **keeper, struct store *store, const char *key)
{
	(void)store, (void)key;
	*keeper = NULL;
	return 0;
}

void keeper_stop(struct keeper *keeper)
{
	(void)keeper;
}

int writer_print(struct writer *writer, const struct print_row *row)
{
	(void)writer;
	if (w->writer_refuses && unit() < 0.3)
		return -EAGAIN;
	assert_true(row->slot < PRINT_SLOTS);
	w->rows[row->slot] = *row;
	return 0;
}

int print_next(struct store *store, uint32_t from, struct print_row *out)
{
	(void)store;
	while (from < PRINT_SLOTS && !w->rows[from].bytes)
		from++;
	if (from == PRINT_SLOTS)
		return ERR_UNKNOWN;
	*out = w->rows[from];
	return 0;
}

uint64_t print_labels_version(struct store *store)
{
	(void)store;
	return w->label.label != 0;
}

int print_label_next(struct store *store, uint32_t from, struct print_label *out)
{
	(void)store;
	*out = w->label;
	return from > w->label.recording || !w->label.label ? ERR_UNKNOWN : 0;
}

int print_key(struct store *store, uint8_t key[32])
{
	(void)store;
	memset(key, 7, 32);
	return 0;
}

bool writer_healthy(const struct writer *writer)
{
	(void)writer;
	return true;
}

void writer_counters(const struct writer *writer, struct writer_counters *out)
{
	(void)writer;
	memset(out, 0, sizeof(*out));
}

/* --- the ring: time itself */

int uring_alloc(struct uring **uring, unsigned entries)
{
	(void)entries;
	*uring = (struct uring *)w;
	return 0;
}

void uring_free(struct uring *uring)
{
	(void)uring;
}

int uring_poll(struct uring *uring, int fd, struct uring_op *op)
{
	(void)uring, (void)fd, (void)op;
	return 0;
}

void uring_poll_stop(struct uring *uring, struct uring_op *op)
{
	(void)uring, (void)op;
}

int uring_step(struct uring *uring, unsigned wait_count, int64_t wait_us)
{
	(void)uring, (void)wait_count;
	w->now_us += wait_us > MS_US ? wait_us : MS_US;
	if (w->hook)
		w->hook();
	if (w->now_us >= w->end_us && w->signals < 2) {
		w->signals += w->stop_at_once ? 2 : 1;
		w->end_us += (w->stop_at_once ? 5 : 90) * SEC_US;
		w->logins = false;
	}
	return 0;
}

int control_open(struct control **control, struct engine *engine, const char *dir, char *why)
{
	(void)dir, (void)why;
	*control = (struct control *)w;
	w->engine = engine;
	engine->config.journal = w->dir[0];
	return 0;
}

void control_turn(struct control *control)
{
	(void)control;
}

void control_close(struct control *control)
{
	(void)control;
}

/* --- the scenarios */

static void world_begin(uint64_t seed, enum campaign_mode mode)
{
	w = calloc(1, sizeof(*w));
	assert_non_null(w);
	memset(streams, 0, sizeof(streams));
	w->now_us = INT64_C(1800000000) * SEC_US;
	w->end_us = w->now_us + 3600 * SEC_US;
	prng_seed(&w->prng, seed);
	wheel_init(&w->wheel, w->now_us);
	w->began_us = w->now_us;
	w->trunk = (struct trunk){.name = "trunk", .host = "127.0.0.1", .port = 5080, .transport = "udp", .calls_max = 60, .cps_max = 20};
	w->campaign = (struct campaign){.id = 1, .name = "c", .mode = mode, .state = CAMPAIGN_RUNNING, .list = 1, .team = "team", .trunk = "trunk",
		.caller_id = "+861000", .ring_us_max = 25 * SEC_US, .attempts_max = 1, .priority = 1, .weight = 10, .abandon_prob_max = 0.03,
		.legal_prob = {0.03, -1, -1}, .hold_us = 2 * SEC_US, .wrap_us = 10 * SEC_US, .classify = true, .message = "m.wav"};
	w->other = w->trunk;
	text_copy(w->other.name, sizeof(w->other.name), "other");
	text_copy(w->other.host, sizeof(w->other.host), "127.0.0.2");
	w->version = 1;
	w->leads = w->leads_left = 800;
	w->seats = 10;
	w->logins = true;
	w->person_prob = 0.3;
	w->talk_us = 60 * SEC_US;
	clock_fake(&w->now_us);
	log_setup(LOG_ERROR, false);
}

/* The pacer was told exactly what can be counted from the attempts; when the run is gone, so is its pacer. */
static void world_audit(struct engine *engine)
{
	struct run *run = run_find(engine, 1);
	struct judge_counts counts = {0};
	uint64_t before = w->campaign.first_dial_us ? w->history : 0, abandoned = before / 10, live = before;

	for (uint64_t id = 1; id <= w->attempts; id++) {
		const struct attempt *attempt = &w->record[id];
		if (attempt->campaign != 1)
			continue;
		live += outcome_facts(attempt->outcome)->live;
		abandoned += outcome_facts(attempt->outcome)->abandoned;
		judge_add(&counts, attempt);
		w->lost_unsampled += w->truth[id] && strcmp(attempt->verdict, "machine") == 0 && !attempt->sampled && !attempt->revised;
	}
	w->sampled = counts.sampled, w->judged = counts.judged, w->wrong = counts.wrong;
	if (!run)
		return;
	assert_memory_equal(&counts, &run->books.book[BOOK_30_DAYS].judged, sizeof(counts));
	uint64_t lost = w->campaign.count_false_positives ? judge_lost(&counts) : 0;
	double share = live + lost ? (double)(abandoned + lost) / (double)(live + lost) : 0;
	assert_true(fabs(pacer_state(run->pacer).abandoned_prob - share) < 1e-12);
	if (!w->seats_misbehave && !w->hook && !w->second.name[0])
		assert_int_equal(pacer_state(run->pacer).misfits, 0);
}

static void world_run(uint64_t seed)
{
	struct engine *engine = NULL;
	char why[400] = "";

	assert_int_equal(engine_open(&engine, "/nowhere", why), 0);
	engine_loop(engine, &w->signals);
	print_message("# seed %llu: %llu attempts, connected %llu, abandoned %llu, no answer %llu, machine %llu, early %llu, misfits %llu\n",
		(unsigned long long)seed, (unsigned long long)w->attempts, (unsigned long long)w->by[OUTCOME_CONNECTED],
		(unsigned long long)w->by[OUTCOME_ABANDONED], (unsigned long long)w->by[OUTCOME_NO_ANSWER],
		(unsigned long long)w->by[OUTCOME_MACHINE], (unsigned long long)w->by[OUTCOME_HUNG_UP_EARLY],
		(unsigned long long)engine->misfits);
	assert_int_equal(w->outcomes, w->attempts);
	assert_int_equal(engine->calls.used, 0);
	for (int i = 0; i < GATES_MAX; i++)
		assert_int_equal(engine->gates[i].calls, 0);
	assert_null(engine->waiting_head);
	bool at_once = w->campaign.connect == CONNECT_ANSWER || w->campaign.mode == CAMPAIGN_PREVIEW;
	if (!w->seats_misbehave || !at_once) /* else an agent may have hung up at once */
		assert_int_equal(w->cut_off, 0);
	for (int i = 0; i < RUNS_MAX; i++)
		if (engine->runs[i].used)
			assert_int_equal(pacer_state(engine->runs[i].pacer).calls_ringing + pacer_state(engine->runs[i].pacer).calls_answered, 0);
	world_audit(engine);
	engine_close(engine);
	assert_int_equal(w->streams_open, 0);
	assert_true(w->shifts > 0);
	clock_fake(NULL);
}

static void test_progressive_hour(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		world_begin(seed, CAMPAIGN_PROGRESSIVE);
		world_run(seed);
		assert_true(w->by[OUTCOME_CONNECTED] > 50);
		assert_int_equal(w->by[OUTCOME_ABANDONED], 0);
		free(w);
	}
}

static void test_predictive_until_the_list_is_done(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		world_begin(seed, CAMPAIGN_PREDICTIVE);
		world_run(seed);
		assert_int_equal(w->attempts, w->leads); /* finished by itself */
		assert_true(w->by[OUTCOME_CONNECTED] > 100);
		uint64_t live = w->by[OUTCOME_CONNECTED] + w->by[OUTCOME_ABANDONED] + w->by[OUTCOME_ABANDONED_LATE];
		assert_true((double)(w->by[OUTCOME_ABANDONED] + w->by[OUTCOME_ABANDONED_LATE]) <= 0.03 * (double)live + 2);
		free(w);
	}
}

/* Agents who press any key, hang up in mid call and come back; a writer that is often too busy. */
static void test_unruly_seats_and_a_busy_writer(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		world_begin(seed, seed % 2 ? CAMPAIGN_PREDICTIVE : CAMPAIGN_PROGRESSIVE);
		w->seats_misbehave = true;
		w->writer_refuses = true;
		w->end_us = w->now_us + 1200 * SEC_US;
		world_run(seed);
		assert_true(w->by[OUTCOME_SEAT_LOST] > 0);
		free(w);
	}
}

/* Two signals in the middle of calls: everything ends within seconds and is accounted for. */
static void test_stop_at_once(void **state)
{
	(void)state;
	world_begin(7, CAMPAIGN_PREDICTIVE);
	w->end_us = w->now_us + 300 * SEC_US;
	w->stop_at_once = true;
	world_run(7);
	assert_true(w->by[OUTCOME_CANCELLED] > 0);
	assert_true(w->now_us < w->end_us);
	free(w);
}

/* --- what follows a verdict */

/* How many attempts of this outcome had a seat before their verdict. */
static uint64_t seated_before_verdict(enum outcome outcome)
{
	uint64_t count = 0;

	for (uint64_t id = 1; id <= w->attempts; id++)
		count += w->record[id].outcome == outcome && w->record[id].seat_us &&
			 (!w->record[id].verdict_us || w->record[id].seat_us < w->record[id].verdict_us);
	return count;
}

/* Everybody who is connected hears a seat before the classifier has decided, and a machine's seat is back without wrap-up. */
static void test_a_seat_at_the_answer(void **state)
{
	(void)state;
	for (uint64_t seed = 11; seed <= 12; seed++) {
		world_begin(seed, CAMPAIGN_PROGRESSIVE);
		w->campaign.connect = CONNECT_ANSWER;
		world_run(seed);
		assert_true(w->by[OUTCOME_CONNECTED] > 100);
		assert_int_equal(w->by[OUTCOME_ABANDONED] + w->by[OUTCOME_ABANDONED_LATE], 0);
		assert_true(seated_before_verdict(OUTCOME_CONNECTED) * 100 > w->by[OUTCOME_CONNECTED] * 95);
		assert_true(seated_before_verdict(OUTCOME_MACHINE) * 100 > w->by[OUTCOME_MACHINE] * 90);
		free(w);
	}
}

static void test_a_seat_at_the_answer_predictive(void **state)
{
	(void)state;
	for (uint64_t seed = 14; seed <= 15; seed++) {
		world_begin(seed, CAMPAIGN_PREDICTIVE);
		w->campaign.connect = CONNECT_ANSWER;
		world_run(seed);
		uint64_t lost = w->by[OUTCOME_ABANDONED] + w->by[OUTCOME_ABANDONED_LATE];
		assert_true(w->by[OUTCOME_CONNECTED] > 100);
		assert_true((double)lost <= 0.03 * (double)(w->by[OUTCOME_CONNECTED] + lost) + 2);
		free(w);
	}
}

/* The message is left after a beep or a silence; a machine that hangs up before its end is recorded as a machine. */
static void test_voicemail(void **state)
{
	(void)state;
	for (uint64_t seed = 21; seed <= 22; seed++) {
		world_begin(seed, CAMPAIGN_PROGRESSIVE);
		w->campaign.connect = seed % 2 ? CONNECT_ANSWER : CONNECT_CLASSIFIED;
		strcpy(w->campaign.voicemail, "voicemail.wav");
		world_run(seed);
		for (uint64_t id = 1; id <= w->attempts; id++)
			w->cut += w->record[id].outcome == OUTCOME_MACHINE && w->record[id].message_us &&
				  w->record[id].hangup_by == HANGUP_CALLEE;
		assert_true(w->by[OUTCOME_VOICEMAIL] > 50);
		assert_true(w->cut > 0 && w->messages >= w->by[OUTCOME_VOICEMAIL] + w->cut);
		free(w);
	}
}

/* A fifth of the people is taken for machines; agents judge a fifth of the verdicts, and the estimate meets the truth. */
static void test_the_sample_finds_the_lost(void **state)
{
	(void)state;
	for (uint64_t seed = 31; seed <= 32; seed++) {
		world_begin(seed, CAMPAIGN_PROGRESSIVE);
		w->leads = w->leads_left = 1600;
		w->end_us += 2 * 3600 * SEC_US;
		w->seats = 20;
		w->talk_us = 10 * SEC_US; /* short of what alone would prove a person */
		w->campaign.connect = seed % 2 ? CONNECT_ANSWER : CONNECT_CLASSIFIED;
		w->campaign.sample_prob = 0.2;
		w->campaign.count_false_positives = true;
		w->wrong_prob = 0.2;
		w->agents_judge = true;
		world_run(seed);
		struct judge_counts counts = {0};
		for (uint64_t id = 1; id <= w->attempts; id++)
			judge_add(&counts, &w->record[id]);
		struct judge_rate rate = judge_rate(&counts);
		double truth = (double)w->lost_unsampled / (double)(counts.machines - counts.sampled);
		print_message("# %llu machine verdicts, %llu sampled, %llu judged, %llu wrong: rate %.3f (%.3f-%.3f), truth %.3f\n",
			(unsigned long long)counts.machines, (unsigned long long)counts.sampled, (unsigned long long)counts.judged,
			(unsigned long long)counts.wrong, rate.rate, rate.low, rate.high, truth);
		assert_true(counts.sampled * 10 > counts.machines && counts.judged * 2 > counts.sampled);
		assert_true(rate.low <= truth && truth <= rate.high);
		free(w);
	}
}

/* Everything at once, with agents who press any key and a writer that is often too busy. */
static void test_policies_with_unruly_seats(void **state)
{
	(void)state;
	for (uint64_t seed = 41; seed <= 44; seed++) {
		world_begin(seed, seed % 2 ? CAMPAIGN_PREDICTIVE : CAMPAIGN_PROGRESSIVE);
		w->campaign.connect = seed % 4 < 2 ? CONNECT_ANSWER : CONNECT_CLASSIFIED;
		strcpy(w->campaign.voicemail, "voicemail.wav");
		w->campaign.sample_prob = 0.2;
		w->campaign.count_false_positives = seed > 42;
		w->wrong_prob = 0.1;
		w->seats_misbehave = w->writer_refuses = true;
		w->stop_at_once = seed == 44;
		w->end_us = w->now_us + 900 * SEC_US;
		world_run(seed);
		free(w);
	}
}

/* Without a judged call every machine verdict counts: a predictive campaign falls back to one line a free seat. */
static void test_no_estimate_stops_overdialling(void **state)
{
	(void)state;
	world_begin(51, CAMPAIGN_PREDICTIVE);
	w->campaign.count_false_positives = true;
	world_run(51);
	assert_true(w->by[OUTCOME_CONNECTED] > 50);
	assert_true(w->by[OUTCOME_ABANDONED] + w->by[OUTCOME_ABANDONED_LATE] <= 1);
	free(w);
}

/* --- recordings */

static uint32_t heard_before(void)
{
	uint32_t count = 0;

	for (uint64_t id = 1; id <= w->attempts; id++) {
		bool said = strcmp(w->record[id].cause, "heard-before") == 0;
		if (said)
			assert_int_equal(w->result[id], OUTCOME_MACHINE);
		count += said;
	}
	return count;
}

static uint32_t rows_stored(void)
{
	uint32_t count = 0;

	for (int i = 0; i < PRINT_SLOTS; i++)
		count += w->rows[i].bytes > 0;
	return count;
}

/* The first two numbers teach it; from the third on the recording is a machine at once, and people are what they were. */
static void test_a_recording_is_known_from_its_third_number_on(void **state)
{
	static struct print_row kept[PRINT_SLOTS];

	(void)state;
	world_begin(61, CAMPAIGN_PROGRESSIVE);
	w->one_recording = true;
	world_run(61);
	assert_true(w->printed > 50 && w->by[OUTCOME_CONNECTED] > 50);
	assert_int_equal(w->recalled, w->printed - 2);
	assert_int_equal(heard_before(), w->recalled);
	assert_int_equal(rows_stored(), 1); /* people's voices stay off the disk */
	memcpy(kept, w->rows, sizeof(kept));
	free(w);
	for (int days = 0; days <= 91; days += 91) { /* the next engine knows it from the first call on, but not for ever */
		world_begin(62, CAMPAIGN_PROGRESSIVE);
		memcpy(w->rows, kept, sizeof(kept));
		w->now_us += days * DAY_US;
		w->began_us = w->now_us;
		w->end_us = w->now_us + 900 * SEC_US;
		wheel_init(&w->wheel, w->now_us);
		w->one_recording = true;
		world_run(62);
		assert_true(w->printed > 10);
		assert_int_equal(w->recalled, days ? w->printed - 2 : w->printed);
		free(w);
	}
}

/* A writer that has no time costs rows, not verdicts; seats at the answer are taken back. */
static void test_recordings_and_a_busy_writer(void **state)
{
	(void)state;
	world_begin(63, CAMPAIGN_PREDICTIVE);
	w->one_recording = w->writer_refuses = w->seats_misbehave = true;
	w->campaign.connect = CONNECT_ANSWER;
	w->end_us = w->now_us + 1200 * SEC_US;
	world_run(63);
	assert_true(w->recalled > 20 && w->recalled >= w->printed - 2 - w->by[OUTCOME_HUNG_UP_EARLY]);
	assert_true(rows_stored() <= 1);
	free(w);
}

/* Somebody labels it when three numbers have played it. */
static void hook_label(void)
{
	if (w->label.label || w->recalled < 1)
		return;
	w->label = (struct print_label){.recording = recording_of(0), .label = MEMORY_LABEL_SCREENER};
	w->version++;
}

/* From the label on; what the assistant gets is the campaign's policy. */
static void screener_policy(enum screener_policy policy, enum outcome expected)
{
	world_begin(64, CAMPAIGN_PROGRESSIVE);
	w->one_recording = true;
	w->campaign.screener = policy;
	if (policy == SCREENER_MESSAGE)
		text_copy(w->campaign.voicemail, sizeof(w->campaign.voicemail), "voicemail.wav");
	w->hook = hook_label;
	world_run(64);
	uint32_t screeners = 0, as_expected = 0;
	for (uint64_t id = 1; id <= w->attempts; id++) {
		bool screener = strcmp(w->record[id].verdict, "screener") == 0;

		screeners += screener;
		as_expected += screener && w->result[id] == expected;
		if (screener)
			assert_true((w->record[id].seat[0] != 0) == (w->result[id] == OUTCOME_CONNECTED));
	}
	print_message("# policy %d: %u assistants, %u ended as %s\n", (int)policy, screeners, as_expected, outcome_facts(expected)->name);
	assert_true(screeners > 10);
	if (policy == SCREENER_HANGUP)
		assert_int_equal(as_expected, screeners);
	else
		assert_true(as_expected * 2 > screeners);
	free(w);
}

static void test_screeners_get_what_the_campaign_says(void **state)
{
	(void)state;
	screener_policy(SCREENER_HANGUP, OUTCOME_SCREENER);
	screener_policy(SCREENER_SEAT, OUTCOME_CONNECTED);
	screener_policy(SCREENER_MESSAGE, OUTCOME_VOICEMAIL);
}

/* The network says the same words to each dead number: three refusals teach them, then the calls end 8 s sooner. */
static void test_an_announcement_before_the_answer_is_learned(void **state)
{
	uint32_t known = 0, by_network = 0;

	(void)state;
	world_begin(65, CAMPAIGN_PROGRESSIVE);
	w->announces = true;
	world_run(65);
	for (uint64_t id = 1; id <= w->attempts; id++) {
		const struct attempt *attempt = &w->record[id];
		bool said = strcmp(attempt->cause, "heard-before") == 0;

		known += said;
		by_network += !said && attempt->early_media && attempt->sip_code == 404;
		if (said)
			assert_true(w->result[id] == OUTCOME_DEAD_NUMBER && attempt->answer_us == 0 && attempt->hangup_by == HANGUP_ENGINE);
	}
	print_message("# %u ended by the network, %u by what is known of its words\n", by_network, known);
	assert_true(known > 5 && by_network >= 3);
	free(w);
}

/* --- changes while calls are up */

/* The campaign goes from one trunk to the other and back, each time with leads on their way from a slow store. */
static void hook_trunk_changes(void)
{
	if ((w->now_us - w->began_us) / MS_US % 700)
		return;
	text_copy(w->campaign.trunk, sizeof(w->campaign.trunk), strcmp(w->campaign.trunk, "trunk") == 0 ? "other" : "trunk");
	w->version++;
}

static void test_trunk_changes_under_a_request(void **state)
{
	(void)state;
	world_begin(11, CAMPAIGN_PREDICTIVE);
	w->hook = hook_trunk_changes;
	w->writer_slow_us = 60 * MS_US;
	w->leads = w->leads_left = 300;
	world_run(11);
	assert_true(w->invites[0] > 20 && w->invites[1] > 20);
	free(w);
}

/* --- the end, and trunks that do not answer */

/* Everybody who hears the message presses 9: the call ends when that is durable, 60 ms later, and without an agent. */
static void test_ABN_5_durable_before_the_bye(void **state)
{
	(void)state;
	for (uint64_t seed = 14; seed < 16; seed++) {
		world_begin(seed, CAMPAIGN_AGENTLESS);
		w->campaign.team[0] = '\0';
		w->campaign.lines_max = 7;
		w->seats = 1;
		w->end_us = w->now_us + 600 * SEC_US;
		w->informs = w->opts_out = true;
		w->writer_refuses = seed == 15;
		w->writer_slow_us = 60 * MS_US;
		world_run(seed);
		assert_true(w->kept > 20);
		print_message("# %u opted out, %llu heard the message\n", w->kept, (unsigned long long)w->by[OUTCOME_MESSAGE]);
		free(w);
	}
}

/* The same for #9 of an agent who hangs up at once. */
static void test_DNC_1_agents_key_durable_before_the_bye(void **state)
{
	(void)state;
	for (uint64_t seed = 16; seed < 18; seed++) {
		world_begin(seed, CAMPAIGN_PROGRESSIVE);
		w->agents_tell = true;
		w->writer_refuses = seed == 17;
		w->writer_slow_us = 60 * MS_US;
		w->leads = w->leads_left = 300;
		world_run(seed);
		assert_true(w->kept > 20);
		print_message("# %u opted out\n", w->kept);
		free(w);
	}
}

/* The second signal finds people whose opt-out the disk has not taken yet: their calls end, and the outcome carries it. */
static void test_stop_while_an_opt_out_waits(void **state)
{
	(void)state;
	world_begin(64, CAMPAIGN_AGENTLESS);
	w->campaign.team[0] = '\0';
	w->campaign.lines_max = 20;
	w->seats = 1;
	w->end_us = w->now_us + 300 * SEC_US;
	w->informs = w->opts_out = w->stop_at_once = true;
	w->opt_outs_wait = true;
	world_run(64);
	assert_true(w->kept > 5);
	free(w);
}

/* The second signal finds a trunk that answers no CANCEL: each attempt has its outcome all the same. */
static void test_stop_on_a_deaf_trunk(void **state)
{
	(void)state;
	world_begin(12, CAMPAIGN_PREDICTIVE);
	w->end_us = w->now_us + 300 * SEC_US;
	w->stop_at_once = w->trunk_deaf = true;
	world_run(12);
	assert_true(w->by[OUTCOME_CANCELLED] > 0);
	free(w);
}

static void several_gateways(uint32_t count)
{
	w->trunk.gateways_count = (uint8_t)count;
	for (uint32_t i = 0; i < count; i++) {
		struct trunk_gateway *gateway = &w->trunk.gateways[i];
		*gateway = (struct trunk_gateway){.port = 5080, .transport = "udp", .priority = (uint8_t)(i + 1), .weight = 1};
		snprintf(gateway->host, sizeof(gateway->host), "127.0.0.%u", i + 1);
	}
}

/* An answer that is of no use is an answer: another gateway would ring the same telephone once more. */
static void test_no_second_gateway_after_an_answer(void **state)
{
	(void)state;
	world_begin(62, CAMPAIGN_PROGRESSIVE);
	several_gateways(2);
	w->unusable = true;
	w->end_us = w->now_us + 120 * SEC_US;
	world_run(62);
	assert_true(w->invites[0] > 10);
	assert_int_equal(w->invites[1], 0);
	assert_int_equal(w->by[OUTCOME_TRUNK_SILENT], 0);
	free(w);
}

/* However long the gateways before it took: the one that takes the call has the ring time for itself (ua_cancel() looks). */
static void test_the_last_gateway_may_ring(void **state)
{
	(void)state;
	world_begin(63, CAMPAIGN_PROGRESSIVE);
	several_gateways(8);
	w->silent_gateways = 7;
	w->campaign.ring_us_max = 15 * SEC_US;
	w->end_us = w->now_us + 120 * SEC_US;
	world_run(63);
	assert_true(w->by[OUTCOME_CONNECTED] > 0);
	free(w);
}

/* Silent for a minute, then so short of descriptors that the probes cannot be placed, then well again. */
static void hook_probe_fails(void)
{
	int64_t s = (w->now_us - w->began_us) / SEC_US;

	w->trunk_silent = s < 60;
	w->invites_fail = s >= 60 && s < 120;
}

static void test_probe_that_cannot_be_placed(void **state)
{
	(void)state;
	world_begin(13, CAMPAIGN_PROGRESSIVE);
	w->hook = hook_probe_fails;
	w->end_us = w->now_us + 900 * SEC_US;
	world_run(13);
	assert_in_range(w->by[OUTCOME_CONGESTION], 30, 90); /* about one a second, not as many as the trunk would take */
	assert_true(w->by[OUTCOME_CONNECTED] > 20);
	free(w);
}

/* --- the legal period, teams, campaigns */

static int64_t second(void)
{
	return (w->now_us - w->began_us) / SEC_US;
}

static double abandoned_prob(void)
{
	return pacer_state(w->engine->runs[0].pacer).abandoned_prob;
}

/* Changes of the store do not wipe out what was abandoned in the period before the engine started. */
static void hook_period(void)
{
	if (second() == 2)
		w->version++;
	if (second() == 5)
		assert_in_range((int)(1000 * abandoned_prob()), 90, 101);
}

static void test_period_before_the_start_counts(void **state)
{
	(void)state;
	world_begin(14, CAMPAIGN_PREDICTIVE);
	w->campaign.first_dial_us = w->began_us - 2 * DAY_US;
	w->history = 200;
	w->hook = hook_period;
	w->end_us = w->now_us + 60 * SEC_US;
	world_run(14);
	free(w);
}

/* A seat whose sound comes too late is an abandoned call of the law's, and of the pacer's. */
static void hook_late(void)
{
	if (second() == 800)
		assert_true(abandoned_prob() > 0.7);
}

static void test_late_seats_count_as_abandoned(void **state)
{
	(void)state;
	world_begin(15, CAMPAIGN_PROGRESSIVE);
	w->bridge_us = 3 * SEC_US;
	w->talk_us = 20 * SEC_US;
	w->hook = hook_late;
	w->end_us = w->now_us + 800 * SEC_US;
	world_run(15);
	assert_true(w->by[OUTCOME_ABANDONED_LATE] > 20);
	free(w);
}

/* For ten minutes the campaign belongs to a team without seats, then again to the first one. */
static void hook_team(void)
{
	static uint32_t before;

	if (second() == 300 || second() == 900)
		text_copy(w->campaign.team, sizeof(w->campaign.team), second() == 300 ? "nobody" : "team");
	w->version += second() == 300 || second() == 900;
	if (second() == 302)
		before = w->invites[0];
	if (second() == 899)
		assert_int_equal(w->invites[0], before);
}

static void test_team_changes(void **state)
{
	uint32_t before;

	(void)state;
	world_begin(16, CAMPAIGN_PREDICTIVE);
	w->hook = hook_team;
	w->end_us = w->now_us + 900 * SEC_US;
	world_run(16);
	before = w->invites[0];
	free(w);
	world_begin(16, CAMPAIGN_PREDICTIVE);
	w->hook = hook_team;
	w->end_us = w->now_us + 1500 * SEC_US;
	world_run(16);
	assert_true(w->invites[0] > before + 50);
	free(w);
}

/* The campaign that comes first has a dead trunk: the seats go to the next one. */
static void test_dead_trunk_leaves_the_seats_to_others(void **state)
{
	(void)state;
	world_begin(17, CAMPAIGN_PROGRESSIVE);
	w->second = w->campaign;
	w->second.id = 2;
	text_copy(w->second.name, sizeof(w->second.name), "d");
	text_copy(w->second.trunk, sizeof(w->second.trunk), "other");
	w->campaign.priority = 90;
	w->trunk_silent = true;
	w->end_us = w->now_us + 600 * SEC_US;
	world_run(17);
	assert_true(w->invites[1] > 100);
	assert_in_range(w->invites[0], 5, 100);
	free(w);
}

/* --- what the law and the purpose forbid */

/* The day's ceiling is tighter than the 30 days' one: it holds, and the month that applies too is obeyed with it. */
static void test_the_tightest_window_holds(void **state)
{
	(void)state;
	for (uint64_t seed = 40; seed <= 42; seed++) {
		world_begin(seed, CAMPAIGN_PREDICTIVE);
		w->campaign.legal_prob[LEGAL_DAY] = 0.01;
		w->campaign.legal_prob[LEGAL_MONTH] = 0.05;
		w->leads = w->leads_left = LEADS_MAX;
		world_run(seed);
		uint64_t lost = w->by[OUTCOME_ABANDONED] + w->by[OUTCOME_ABANDONED_LATE], live = w->by[OUTCOME_CONNECTED] + lost;
		assert_true((double)lost <= 0.01 * (double)live + 1);
		assert_true(live > 200);
		free(w);
	}
}

/* A collections campaign in predictive mode dials as a progressive one, until somebody lets it do otherwise. */
static void test_collections_do_not_overdial(void **state)
{
	uint64_t attempts[2];

	(void)state;
	for (int allowed = 0; allowed < 2; allowed++) {
		world_begin(43, CAMPAIGN_PREDICTIVE);
		w->campaign.purpose = PURPOSE_COLLECTIONS;
		text_copy(w->campaign.overdial_by, sizeof(w->campaign.overdial_by), allowed ? "ann" : "");
		w->leads = w->leads_left = LEADS_MAX;
		world_run(43);
		attempts[allowed] = w->attempts;
		if (!allowed)
			assert_int_equal(w->by[OUTCOME_ABANDONED], 0);
		free(w);
	}
	assert_true(attempts[1] > attempts[0] + 50);
}

/* --- the journal */

/* Reads the journal that an hour left, which begins with what another hour taught, and asks a fresh pacer the same questions. */
static uint32_t replay(const char *path)
{
	struct pacing_learned learned;
	struct journal_record record = {.learned = &learned};
	struct pacer *pacer = NULL;
	uint32_t decisions = 0, taught = 0;
	FILE *file = fopen(path, "rb");
	int got;

	assert_non_null(file);
	assert_int_equal(journal_check(file), 0);
	while ((got = journal_read(file, &record)) > 0) {
		if (record.kind == JOURNAL_ALLOC) {
			assert_null(pacer);
			pacer = pacer_alloc(&record.options, record.now_us);
		} else if (record.kind == JOURNAL_CONFIGURE) {
			pacer_configure(pacer, &record.options, record.now_us);
		} else if (record.kind == JOURNAL_PERIOD) {
			pacer_period(pacer, record.live_count, record.abandoned_count);
		} else if (record.kind == JOURNAL_RELEARN) {
			assert_int_equal(pacer_relearn(pacer, record.learned, record.now_us), 0);
			taught++;
		} else if (record.kind == JOURNAL_NOTE) {
			pacer_note(pacer, record.event, record.call, record.seat, record.now_us);
		} else {
			struct pacing_decision decision = pacer_decide(pacer, &record.view, record.now_us);
			assert_int_equal(decision.place, record.decision.place);
			assert_int_equal(decision.reason, record.decision.reason);
			assert_memory_equal(&decision.answer_prob, &record.decision.answer_prob, sizeof(double));
			assert_memory_equal(&decision.overflow_expected, &record.decision.overflow_expected, sizeof(double));
			assert_memory_equal(&decision.seats_free_expected, &record.decision.seats_free_expected, sizeof(double));
			decisions++;
		}
	}
	assert_int_equal(got, 0);
	assert_int_equal(taught, 1);
	fclose(file);
	pacer_free(pacer);
	return decisions;
}

static void hook_settings(void)
{
	if ((w->now_us - w->began_us) / MS_US % 300000 != 0)
		return;
	w->campaign.abandon_prob_max = second() / 300 % 2 ? 0.02 : 0.03;
	w->campaign.mode = second() / 300 % 3 ? CAMPAIGN_PREDICTIVE : CAMPAIGN_POWER;
	w->version++;
}

static void test_journal_reproduces_each_decision(void **state)
{
	char command[96];
	glob_t found;

	(void)state;
	assert_true(lore_kept); /* by the tests before */
	lore_used = true;
	world_begin(60, CAMPAIGN_PREDICTIVE);
	snprintf(w->dir, sizeof(w->dir), "/tmp/outdial-sim-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	w->campaign.ratio = 2;
	w->hook = hook_settings;
	w->leads = w->leads_left = LEADS_MAX;
	world_run(60);
	lore_used = false;
	snprintf(command, sizeof(command), "%s/journal/*.journal", w->dir);
	assert_int_equal(glob(command, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	uint32_t decisions = replay(found.gl_pathv[0]);
	print_message("# %u decisions reproduced\n", decisions);
	assert_true(decisions > 30000);
	unlink(found.gl_pathv[0]);
	globfree(&found);
	snprintf(command, sizeof(command), "%s/journal", w->dir);
	assert_int_equal(rmdir(command), 0);
	assert_int_equal(rmdir(w->dir), 0);
	free(w);
}

/* --- other modes */

/* Three lines for a free seat, but only while the budget has room. */
static void test_power_hour(void **state)
{
	(void)state;
	for (uint64_t seed = 44; seed <= 46; seed++) {
		world_begin(seed, CAMPAIGN_POWER);
		w->campaign.ratio = 3;
		w->leads = w->leads_left = LEADS_MAX;
		world_run(seed);
		uint64_t lost = w->by[OUTCOME_ABANDONED] + w->by[OUTCOME_ABANDONED_LATE], live = w->by[OUTCOME_CONNECTED] + lost;
		assert_true((double)lost <= 0.03 * (double)live + 1);
		assert_true(lost > 0 && live > 200);
		free(w);
	}
}

static void hook_lines(void)
{
	assert_true(w->engine->calls.used <= w->campaign.lines_max);
}

/* Nobody is logged in: people hear the message, with the campaign's own lines and no more. */
static void test_agentless_hour(void **state)
{
	(void)state;
	world_begin(47, CAMPAIGN_AGENTLESS);
	w->campaign.lines_max = 7;
	w->informs = true;
	w->campaign.team[0] = '\0';
	w->seats = 1;
	w->hook = hook_lines;
	w->end_us = w->now_us + 1200 * SEC_US;
	world_run(47);
	print_message("# messages %llu\n", (unsigned long long)w->by[OUTCOME_MESSAGE]);
	assert_true(w->by[OUTCOME_MESSAGE] > 50);
	assert_int_equal(w->by[OUTCOME_CONNECTED] + w->by[OUTCOME_ABANDONED], 0);
	free(w);
}

/* Each mode in turn while calls are up; what was learned stays, and every account is settled. */
static void hook_modes(void)
{
	static const enum campaign_mode modes[] = {CAMPAIGN_PROGRESSIVE, CAMPAIGN_AGENTLESS, CAMPAIGN_PREDICTIVE, CAMPAIGN_POWER};
	struct run *run = &w->engine->runs[0];

	if ((w->now_us - w->began_us) / MS_US % 60000 != 0 || !run->used)
		return;
	assert_true(pacer_state(run->pacer).dialled >= w->history);
	w->history = (uint32_t)pacer_state(run->pacer).dialled;
	w->campaign.mode = modes[second() / 60 % 4];
	w->version++;
}

static void test_modes_change(void **state)
{
	(void)state;
	world_begin(48, CAMPAIGN_PREDICTIVE);
	w->campaign.ratio = 1.5;
	w->hook = hook_modes;
	w->informs = true;
	w->leads = w->leads_left = LEADS_MAX;
	w->end_us = w->now_us + 1200 * SEC_US;
	world_run(48);
	assert_true(w->by[OUTCOME_MESSAGE] > 20 && w->by[OUTCOME_CONNECTED] > 50);
	assert_true(w->by[OUTCOME_ABANDONED] <= 0.03 * (double)w->by[OUTCOME_CONNECTED] + 2);
	assert_true(w->history > 300);
	free(w);
}

/* Agents choose; who is chosen talks with the agent who chose, and the do-not-call list holds until the last moment. */
static void test_preview_hour(void **state)
{
	(void)state;
	for (uint64_t seed = 61; seed <= 66; seed++) {
		world_begin(seed, CAMPAIGN_PREVIEW);
		w->campaign.preview_us = 20 * SEC_US;
		w->campaign.preview_dials = seed % 2;
		w->seats_misbehave = seed > 63;
		w->writer_refuses = seed > 64;
		w->trunk.cps_max = seed == 62 ? 0.2 : 20;
		w->leads = w->leads_left = LEADS_MAX;
		w->end_us = w->now_us + 1800 * SEC_US;
		world_run(seed);
		print_message("# skipped %llu\n", (unsigned long long)w->by[OUTCOME_SKIPPED]);
		assert_true(w->by[OUTCOME_SKIPPED] > 10 && w->by[OUTCOME_CONNECTED] > 20);
		assert_true(seed > 63 || w->by[OUTCOME_ABANDONED] + w->by[OUTCOME_ABANDONED_LATE] == 0);
		free(w);
	}
}

/* --- several campaigns */

static void two_campaigns(uint64_t seed, enum campaign_mode mode, uint32_t first_weight, uint32_t second_weight)
{
	world_begin(seed, mode);
	w->campaign.weight = first_weight;
	w->second = w->campaign;
	w->second.id = 2;
	w->second.weight = second_weight;
	text_copy(w->second.name, sizeof(w->second.name), "d");
	w->leads = w->leads_left = LEADS_MAX;
}

/* Seats are shared in proportion to weight: as many talks, all talks being alike. */
static void test_seats_are_shared_by_weight(void **state)
{
	(void)state;
	for (uint64_t seed = 20; seed <= 21; seed++) {
		two_campaigns(seed, seed == 20 ? CAMPAIGN_PROGRESSIVE : CAMPAIGN_PREDICTIVE, 20, 10);
		w->seats = 12;
		world_run(seed);
		print_message("# talks %u and %u\n", w->connected[0], w->connected[1]);
		double ratio = (double)w->connected[0] / w->connected[1];
		assert_true(ratio > 1.5 && ratio < 2.6);
		uint64_t live = w->by[OUTCOME_CONNECTED] + w->by[OUTCOME_ABANDONED] + w->by[OUTCOME_ABANDONED_LATE];
		assert_true((double)w->by[OUTCOME_ABANDONED] <= (seed == 20 ? 0 : 0.03 * (double)live + 2));
		free(w);
	}
}

/* More people than seats, who wait long: nobody_waits_longer() looks at each that is served. */
static void test_the_longest_waiting_is_first(void **state)
{
	(void)state;
	for (uint64_t seed = 28; seed <= 29; seed++) {
		two_campaigns(seed, CAMPAIGN_PREDICTIVE, 10, 10);
		w->campaign.hold_us = w->second.hold_us = 20 * SEC_US;
		w->campaign.legal_prob[0] = w->second.legal_prob[0] = w->campaign.abandon_prob_max = w->second.abandon_prob_max = 0.05;
		w->person_prob = 0.9;
		w->seats = 12;
		world_run(seed);
		print_message("# waited while another was served: %u\n", w->queued);
		assert_true(w->queued > 20);
		free(w);
	}
}

static void test_one_seat_serves_both(void **state)
{
	(void)state;
	two_campaigns(22, CAMPAIGN_PROGRESSIVE, 10, 10);
	w->seats = 1;
	world_run(22);
	print_message("# talks %u and %u\n", w->connected[0], w->connected[1]);
	assert_true(w->connected[0] >= 8 && w->connected[1] >= 8);
	free(w);
}

/* The higher priority has the seats until it has nobody to dial. */
static void test_priority_goes_first(void **state)
{
	(void)state;
	two_campaigns(23, CAMPAIGN_PREDICTIVE, 10, 1000);
	w->campaign.priority = 60;
	w->end_us = w->now_us + 900 * SEC_US;
	world_run(23);
	assert_int_equal(w->dialled[1], 0);
	assert_true(w->dialled[0] > 100);
	free(w);
}

/* A trunk that is short of lines, then of calls a second: both campaigns get their part, and the limits hold (ua_invite asserts them). */
static void test_a_short_trunk_is_shared(void **state)
{
	(void)state;
	for (uint64_t seed = 24; seed <= 27; seed++) {
		two_campaigns(seed, seed % 2 ? CAMPAIGN_PREDICTIVE : CAMPAIGN_PROGRESSIVE, seed < 26 ? 10 : 30, 10);
		w->trunk.calls_max = seed < 26 ? 6 : 60;
		w->trunk.cps_max = seed < 26 ? 20 : 0.25;
		w->seats = 20;
		w->end_us = w->now_us + 1800 * SEC_US;
		world_run(seed);
		print_message("# dialled %u and %u\n", w->dialled[0], w->dialled[1]);
		double ratio = (double)w->dialled[0] / w->dialled[1];
		assert_true(seed < 26 ? ratio > 0.6 && ratio < 1.7 : ratio > 2 && ratio < 4.5);
		free(w);
	}
}

/* --- agents in odd states */

static struct desk *desk_of(const char *login)
{
	struct desk *desk;
	uint64_t handle;

	for (uint32_t at = 0; (desk = pool_next(&w->engine->desks, &at, &handle));)
		if (strcmp(desk->seat.login, login) == 0)
			return desk;
	return NULL;
}

/* A second login that comes to nothing leaves the first one as it is: a telephone without our codecs, or a closing engine. */
static void hook_second_login(void)
{
	static uint64_t first;
	struct desk *desk = desk_of("seat0"), *other;
	uint64_t handle;

	if (second() == 100 && !first)
		first = desk->self;
	if (second() == 101 && (w->now_us - w->began_us) / MS_US % 1000 == 0)
		seat_calls(0, "v=0\r\n");
	for (uint32_t at = 0; w->signals && !w->history && (other = pool_next(&w->engine->desks, &at, &handle));)
		if (other->state == DESK_TALKING) {
			w->history = 1; /* once */
			seat_calls((uint32_t)atoi(other->seat.login + 4), theirs);
			assert_ptr_equal(desk_of(other->seat.login), other);
			assert_int_equal(other->state, DESK_TALKING);
		}
	if (second() > 100 && second() < 120)
		assert_true(desk && desk->self == first);
	w->seat_bound[0] = true;
}

static void test_second_login_that_fails(void **state)
{
	(void)state;
	world_begin(18, CAMPAIGN_PROGRESSIVE);
	w->hook = hook_second_login;
	w->end_us = w->now_us + 300 * SEC_US;
	world_run(18);
	assert_true(w->history);
	assert_int_equal(w->by[OUTCOME_SEAT_LOST], 0);
	free(w);
}

/* With a wrap-up time that only the agent ends, pause in it is a pause at once. */
static void hook_pause_in_wrap(void)
{
	struct desk *desk = desk_of("seat0");
	static const char keys[] = "*2";
	bool now = desk && desk->state == DESK_WRAP && (w->now_us - desk->since_us) / MS_US == 500;

	for (int i = 0; now && i < 2; i++)
		media_push((struct media_event){.kind = MEDIA_EV_DTMF, .stream = desk->stream, .cookie = desk->self, .digit = keys[i]});
	if (desk && desk->state == DESK_WRAP)
		assert_true(w->now_us - desk->since_us < SEC_US);
	w->history += desk && desk->state == DESK_PAUSED;
}

/* The first seat that talks presses a key of the recording, once. */
static void hook_record_key(const char *keys)
{
	struct desk *desk;
	uint64_t handle;

	for (uint32_t at = 0; !w->history && (desk = pool_next(&w->engine->desks, &at, &handle));) {
		if (desk->state != DESK_TALKING || w->now_us - desk->since_us < 5 * SEC_US)
			continue;
		w->history = 1;
		for (; *keys; keys++)
			media_push((struct media_event){.kind = MEDIA_EV_DTMF, .stream = desk->stream, .cookie = desk->self, .digit = *keys});
	}
}

static void hook_record_pause(void)
{
	hook_record_key("*6*6"); /* twice is as once */
}

static void hook_record_both(void)
{
	hook_record_key("*6*7");
}

static void record_run(uint64_t seed, void (*hook)(void))
{
	world_begin(seed, CAMPAIGN_PROGRESSIVE);
	w->seats = 2;
	w->talk_us = 300 * SEC_US;
	w->campaign.record = (struct recording_terms){.on = true, .pause_us = 30 * SEC_US};
	w->hook = hook;
	w->end_us = w->now_us + 900 * SEC_US;
	world_run(seed);
	uint64_t answered = 0;
	for (uint64_t id = 1; id <= w->attempts; id++)
		answered += w->record[id].answer_us != 0;
	assert_true(answered > 0 && w->recorded == answered && w->notes[NOTE_BEGUN] == answered && w->notes[NOTE_ENDED] == answered);
}

/* Nobody ends the pause: the engine does, after the campaign's time, to the moment, though the media plane refuses each command once. */
static void test_REC_2_a_pause_ends_by_itself(void **state)
{
	(void)state;
	record_run(23, hook_record_pause);
	assert_int_equal(w->tape.count, 2);
	assert_true(w->tape.paused[0] && !w->tape.paused[1]);
	assert_in_range(w->tape.at_us[1] - w->tape.at_us[0], 30 * SEC_US, 30 * SEC_US + 20 * MS_US);
	assert_true(w->notes[NOTE_PAUSED] == 1 && w->notes[NOTE_RESUMED] == 1);
	assert_string_equal(w->note.who, "engine");
	assert_string_equal(w->note.why, "time");
	free(w);
}

static void test_an_agent_pauses_and_goes_on(void **state)
{
	(void)state;
	record_run(24, hook_record_both);
	assert_true(w->notes[NOTE_PAUSED] == 1 && w->notes[NOTE_RESUMED] == 1 && !w->tape.paused[w->tape.count - 1]);
	assert_string_equal(w->note.why, "key");
	free(w);
}

static void test_pause_in_open_wrap_up(void **state)
{
	(void)state;
	world_begin(19, CAMPAIGN_PROGRESSIVE);
	w->seats = 1;
	w->campaign.wrap_us = 0;
	w->hook = hook_pause_in_wrap;
	w->end_us = w->now_us + 600 * SEC_US;
	world_run(19);
	assert_true(w->history > 0);
	free(w);
}

/* A trunk's address is an address, however it is spelt. */
static void hook_allow(void)
{
	if (second() == 1) {
		w->engine->config.seat_from[0] = '\0';
		assert_true(w->ua.allow(w->ua.arg, "2001:db8::1"));
		assert_true(w->ua.allow(w->ua.arg, "192.0.2.7"));
		assert_false(w->ua.allow(w->ua.arg, "192.0.2.8"));
	}
}

static void test_allowed_addresses(void **state)
{
	(void)state;
	world_begin(20, CAMPAIGN_PROGRESSIVE);
	text_copy(w->trunk.host, sizeof(w->trunk.host), "2001:DB8:0::1");
	text_copy(w->trunk.allow, sizeof(w->trunk.allow), "192.0.2.7");
	w->hook = hook_allow;
	w->end_us = w->now_us + 10 * SEC_US;
	world_run(20);
	free(w);
}

/* A pause keeps what was learned: the same pacer goes on. */
/* The carrier's name leads elsewhere while its calls are up: their answers and BYEs still come from the old address. */
static void hook_address_moves(void)
{
	if (second() == 60 && strcmp(w->trunk.host, "127.0.0.3")) {
		text_copy(w->trunk.host, sizeof(w->trunk.host), "127.0.0.3");
		w->version++;
	}
	if (second() == 61) {
		w->engine->config.seat_from[0] = '\0';
		assert_true(w->engine->gates[0].calls > 0);
		assert_true(w->ua.allow(w->ua.arg, "127.0.0.3"));
		assert_true(w->ua.allow(w->ua.arg, "127.0.0.1"));
		assert_false(w->ua.allow(w->ua.arg, "127.0.0.4"));
	}
}

static void test_calls_outlive_their_address(void **state)
{
	(void)state;
	world_begin(61, CAMPAIGN_PROGRESSIVE);
	w->hook = hook_address_moves;
	w->end_us = w->now_us + 120 * SEC_US;
	world_run(61);
	free(w);
}

static void hook_pause(void)
{
	static struct pacer *pacer;

	if (second() == 100 && w->campaign.state == CAMPAIGN_RUNNING)
		pacer = w->engine->runs[0].pacer;
	if (second() == 100 || second() == 250) {
		w->campaign.state = second() == 100 ? CAMPAIGN_PAUSED : CAMPAIGN_RUNNING;
		w->version++;
	}
	if (second() == 249)
		assert_int_equal(w->engine->calls.used, 0);
	if (second() == 252)
		assert_ptr_equal(w->engine->runs[0].pacer, pacer);
	w->history = second() == 252 ? (uint32_t)pacer_state(pacer).dialled : w->history;
}

static void test_pause_keeps_what_was_learned(void **state)
{
	(void)state;
	world_begin(21, CAMPAIGN_PREDICTIVE);
	w->hook = hook_pause;
	w->end_us = w->now_us + 400 * SEC_US;
	world_run(21);
	assert_in_range(w->history, 20, w->attempts - 10);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_progressive_hour),
		cmocka_unit_test(test_predictive_until_the_list_is_done),
		cmocka_unit_test(test_unruly_seats_and_a_busy_writer),
		cmocka_unit_test(test_stop_at_once),
		cmocka_unit_test(test_trunk_changes_under_a_request),
		cmocka_unit_test(test_ABN_5_durable_before_the_bye),
		cmocka_unit_test(test_DNC_1_agents_key_durable_before_the_bye),
		cmocka_unit_test(test_stop_while_an_opt_out_waits),
		cmocka_unit_test(test_stop_on_a_deaf_trunk),
		cmocka_unit_test(test_no_second_gateway_after_an_answer),
		cmocka_unit_test(test_the_last_gateway_may_ring),
		cmocka_unit_test(test_probe_that_cannot_be_placed),
		cmocka_unit_test(test_period_before_the_start_counts),
		cmocka_unit_test(test_late_seats_count_as_abandoned),
		cmocka_unit_test(test_team_changes),
		cmocka_unit_test(test_dead_trunk_leaves_the_seats_to_others),
		cmocka_unit_test(test_the_tightest_window_holds),
		cmocka_unit_test(test_collections_do_not_overdial),
		cmocka_unit_test(test_journal_reproduces_each_decision),
		cmocka_unit_test(test_power_hour),
		cmocka_unit_test(test_agentless_hour),
		cmocka_unit_test(test_modes_change),
		cmocka_unit_test(test_preview_hour),
		cmocka_unit_test(test_seats_are_shared_by_weight),
		cmocka_unit_test(test_the_longest_waiting_is_first),
		cmocka_unit_test(test_one_seat_serves_both),
		cmocka_unit_test(test_priority_goes_first),
		cmocka_unit_test(test_a_short_trunk_is_shared),
		cmocka_unit_test(test_second_login_that_fails),
		cmocka_unit_test(test_pause_in_open_wrap_up),
		cmocka_unit_test(test_allowed_addresses),
		cmocka_unit_test(test_calls_outlive_their_address),
		cmocka_unit_test(test_pause_keeps_what_was_learned),
		cmocka_unit_test(test_a_seat_at_the_answer),
		cmocka_unit_test(test_a_seat_at_the_answer_predictive),
		cmocka_unit_test(test_voicemail),
		cmocka_unit_test(test_the_sample_finds_the_lost),
		cmocka_unit_test(test_policies_with_unruly_seats),
		cmocka_unit_test(test_no_estimate_stops_overdialling),
		cmocka_unit_test(test_a_recording_is_known_from_its_third_number_on),
		cmocka_unit_test(test_recordings_and_a_busy_writer),
		cmocka_unit_test(test_screeners_get_what_the_campaign_says),
		cmocka_unit_test(test_an_announcement_before_the_answer_is_learned),
		cmocka_unit_test(test_REC_2_a_pause_ends_by_itself),
		cmocka_unit_test(test_an_agent_pauses_and_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
