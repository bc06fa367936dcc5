/* world.c - see world.h */
#include "tests/unit/engine/world.h"

#include "base/clock.h"
#include "base/log.h"

#include <math.h>
#include <time.h>

struct world *w;

int64_t world_second(void)
{
	return (w->now_us - w->began_us) / SEC_US;
}

double world_chance(void)
{
	return prng_unit(&w->prng);
}

struct leg *world_leg(uint64_t handle)
{
	struct leg *leg = &w->legs[handle % LEGS];

	return leg->handle == handle && leg->state != LEG_FREE ? leg : NULL;
}

struct leg *world_leg_new(uint64_t *handle)
{
	do
		w->leg_next++;
	while (w->leg_next % LEGS == 0 || w->legs[w->leg_next % LEGS].state != LEG_FREE);
	struct leg *leg = &w->legs[w->leg_next % LEGS];
	*leg = (struct leg){.handle = w->leg_next};
	*handle = leg->handle;
	return leg;
}

void world_tell(struct leg *leg, enum ua_event_kind kind, int code, bool local, const char *sdp)
{
	struct ua_event event = {.kind = kind,
		.leg = leg->handle,
		.cookie = leg->cookie,
		.code = code,
		.local = local,
		.phrase = "",
		.reason = "",
		.sdp = sdp,
		.sdp_bytes = sdp ? strlen(sdp) : 0,
		.from_user = "",
		.to_user = "",
		.source_ip = "127.0.0.1",
		.call_id = "",
		.answered = leg->state == LEG_UP};

	if (kind == UA_EV_FAILED || kind == UA_EV_ENDED) {
		wheel_cancel(&w->wheel, &leg->timer);
		leg->state = LEG_FREE;
	}
	w->ua.event(w->ua.arg, &event);
}

const char world_sdp[] = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\n"
			     "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n";

void world_later(struct leg *leg, int64_t in_us, wheel_h *handler)
{
	wheel_arm(&w->wheel, &leg->timer, w->now_us + in_us, handler, leg);
}

void world_media(struct media_event event)
{
	w->media[w->media_head++ % 4096] = event;
	assert_true(w->media_head - w->media_tail < 4096);
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

/* --- beginning and end */

void world_begin(uint64_t seed, enum campaign_mode mode)
{
	setenv("TZ", "UTC", 1); /* no world has a midnight in it, which ends the day of the law and of the journal */
	tzset();
	w = calloc(1, sizeof(*w));
	assert_non_null(w);
	world_plane_begin();
	w->now_us = INT64_C(1800000000) * SEC_US;
	w->end_us = w->now_us + 3600 * SEC_US;
	prng_seed(&w->prng, seed);
	wheel_init(&w->wheel, w->now_us);
	w->began_us = w->now_us;
	w->trunk = (struct trunk){
		.name = "trunk", .host = "127.0.0.1", .port = 5080, .transport = "udp", .calls_max = 60, .cps_max = 20};
	w->campaign = (struct campaign){.id = 1,
		.name = "c",
		.mode = mode,
		.state = CAMPAIGN_RUNNING,
		.list = 1,
		.team = "team",
		.trunk = "trunk",
		.caller_id = "+861000",
		.ring_us_max = 25 * SEC_US,
		.attempts_max = 1,
		.priority = 1,
		.weight = 10,
		.abandon_prob_max = 0.03,
		.legal_prob = {0.03, -1, -1},
		.hold_us = 2 * SEC_US,
		.wrap_us = 10 * SEC_US,
		.classify = true,
		.message = "m.wav"};
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
		w->lost_unsampled +=
			w->truth[id] && strcmp(attempt->verdict, "machine") == 0 && !attempt->sampled && !attempt->revised;
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

void world_run(uint64_t seed)
{
	struct engine *engine = NULL;
	char why[400] = "";

	assert_int_equal(engine_open(&engine, "/nowhere", why), 0);
	engine_loop(engine, &w->signals);
	print_message("# seed %llu: %llu attempts, connected %llu, abandoned %llu, no answer %llu, machine %llu, early %llu, "
		      "misfits %llu\n",
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
			assert_int_equal(pacer_state(engine->runs[i].pacer).calls_ringing +
						 pacer_state(engine->runs[i].pacer).calls_answered,
				0);
	world_audit(engine);
	engine_close(engine);
	assert_int_equal(w->streams_open, 0);
	assert_true(w->shifts > 0);
	clock_fake(NULL);
}
