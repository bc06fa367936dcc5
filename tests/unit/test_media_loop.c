/* test_media_loop.c - the media plane through its face, over loopback, in real time (some three seconds) */
#include "tests/unit/test_media_rig.h"

#include "base/err.h"
#include "media/g711.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

/* Silence, prompt, bridge with digits and a stranger, silence again: one source on the wire. */
static void test_one_source_through_all_switches(void **state)
{
	struct rig rig;
	uint64_t a, b;
	uint32_t tone;
	uint16_t stranger_port;

	(void)state;
	rig_open(&rig);
	assert_int_equal(media_prompt_tone(rig.media, 425, 100, -10, &tone), 0);
	assert_int_equal(media_prompt_ms(rig.media, tone), 100);
	rig_stream(&rig, 0, &a);
	rig_stream(&rig, 1, &b);
	RIG_UNTIL(&rig, count_sample(&rig.far[0], 0xff) >= 3);
	RIG_UNTIL(&rig, count_sample(&rig.far[1], 0xd5) >= 3);
	assert_true(rig.far[0].first.marker);

	assert_int_equal(media_play(rig.media, a, tone, 0), 0);
	rig_wait(&rig, a, MEDIA_EV_PLAYED);
	RIG_UNTIL(&rig, rig.far[0].audio - count_sample(&rig.far[0], 0xff) >= 5);
	rig_run(&rig, 10);
	assert_int_equal(rig.far[0].audio - count_sample(&rig.far[0], 0xff), 5);

	rig.far[0].sends = rig.far[1].sends = true;
	assert_int_equal(media_bridge(rig.media, a, b), 0);
	rig_wait(&rig, a, MEDIA_EV_BRIDGED);
	rig_wait(&rig, b, MEDIA_EV_BRIDGED);
	int stranger = far_socket(&stranger_port);
	send_to(stranger, rig.far[0].to,
		"\x80\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x09"
		"strange",
		19);
	rig_run(&rig, 200);
	RIG_UNTIL(&rig, rig_seen(&rig, a, MEDIA_EV_LATCHED) == 1);
	uint8_t in_a, in_b;
	g711_convert(&in_a, &rig.far[1].fill, 1, AMD_ALAW, AMD_ULAW);
	g711_convert(&in_b, &rig.far[0].fill, 1, AMD_ULAW, AMD_ALAW);
	RIG_UNTIL(&rig, count_sample(&rig.far[0], in_a) >= 8);
	RIG_UNTIL(&rig, count_sample(&rig.far[1], in_b) >= 8);

	far_press(&rig.far[1], 96, 11);
	RIG_UNTIL(&rig, rig.far[0].events >= 5);
	rig_wait(&rig, b, MEDIA_EV_DTMF);
	assert_int_equal(rig_seen(&rig, b, MEDIA_EV_DTMF), 1);
	assert_int_equal(rig_counters(&rig).relayed_away > 0, rig_workers > 1);
	assert_int_equal(rig_last(&rig, b, MEDIA_EV_DTMF)->digit, '#');
	assert_int_equal(rig_last(&rig, b, MEDIA_EV_DTMF)->cookie, 101);
	assert_int_equal(rig.far[0].events, 5);
	assert_int_equal(rig.far[0].event_code, 11);

	assert_int_equal(media_unbridge(rig.media, b), 0);
	rig_run(&rig, 30);
	int silence = count_sample(&rig.far[0], 0xff);
	RIG_UNTIL(&rig, count_sample(&rig.far[0], 0xff) - silence >= 2);

	assert_int_equal(media_stream_close(rig.media, a), 0);
	assert_int_equal(media_play(rig.media, a, tone, 0), 0); /* stale: ignored */
	const struct media_event *closed = rig_wait(&rig, a, MEDIA_EV_CLOSED);
	RIG_UNTIL(&rig, rig.far[0].byes);
	far_receive(&rig.far[0]); /* what was sent before the BYE, and read after it */
	assert_int_equal(closed->stats.rx_stranger, 1);
	assert_int_equal(closed->stats.rx_lost, 0);
	assert_int_equal(closed->stats.rx_malformed, 0);
	assert_int_equal(closed->stats.tx_packets, rig.far[0].got);
	assert_int_equal(closed->stats.rtcp_tx, 1);
	assert_int_equal(rig.far[0].byes, 1);

	/* far_note() has checked the SSRC and that time never goes back */
	for (int i = 0; i < 2; i++) {
		const struct far *far = &rig.far[i];
		assert_int_equal(far->holes, 0);
		assert_int_equal((uint16_t)(far->last.seq - far->first.seq) + 1, far->got);
	}
	close(stranger);
	rig_close(&rig);
}

static void far_burst(struct far *far, int packets)
{
	while (packets--)
		far_send_audio(far);
}

/* The connected socket takes over and gives back without a hole, and strangers are seen and counted beside it. */
static void test_a_lane_is_opened_and_moves(void **state)
{
	struct rig rig;
	uint64_t a, b;
	struct far other;
	uint16_t stranger_port;

	(void)state;
	rig_open(&rig);
	rig_stream(&rig, 0, &a);
	rig_stream(&rig, 1, &b);
	assert_int_equal(media_bridge(rig.media, a, b), 0);
	RIG_UNTIL(&rig, rig.far[0].got >= 1);
	for (int i = 0; i < 2; i++)
		far_burst(&rig.far[i], 30);
	RIG_UNTIL(&rig, rig_counters(&rig).lanes == 2);
	rig.far[0].sends = rig.far[1].sends = true;
	RIG_UNTIL(&rig, rig.far[0].got >= 40 && rig.far[1].got >= 40);
	int stranger = far_socket(&stranger_port);
	send_to(stranger, rig.far[0].to, "\x80\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x09noise", 17);
	send_to(stranger, rig.far[0].to, "garbage", 7);
	send_to(rig.far[0].fd, rig.far[0].to, "garbage", 7);
	send_to(rig.far[0].fd, rig.far[0].to, "more garbage", 12);
	RIG_UNTIL(&rig, rig_seen(&rig, a, MEDIA_EV_REFUSED) == 2); /* once a kind */
	const struct media_event *refused = rig_last(&rig, a, MEDIA_EV_REFUSED);
	char whence[56];
	snprintf(whence, sizeof(whence), "127.0.0.1:%u",
		refused->refusal == MEDIA_REFUSED_GARBAGE ? rig.far[0].port : stranger_port);
	assert_string_equal(refused->from, whence);
	rig_run(&rig, 40);
	for (int i = 0; i < 2; i++)
		assert_int_equal(rig.far[i].holes, 0);

	far_init(&other, 0x1111, 0, 0x20); /* a re-INVITE names another place */
	other.to = rig.far[0].to;
	struct media_remote moved = remote_of(other.port, AMD_ULAW, 101);
	rig.far[0].sends = false;
	assert_int_equal(media_remote(rig.media, a, &moved), 0);
	RIG_UNTIL(&rig, rig_counters(&rig).lanes == 1);
	other.next = rig.far[0].next;
	far_burst(&other, 30);
	RIG_UNTIL(&rig, rig_counters(&rig).lanes == 2);
	RIG_UNTIL(&rig, (far_receive(&other), other.got >= 5));
	assert_int_equal(media_stream_close(rig.media, a), 0);
	assert_int_equal(rig_wait(&rig, a, MEDIA_EV_CLOSED)->stats.rx_stranger, 2);
	assert_int_equal(rig_last(&rig, a, MEDIA_EV_CLOSED)->stats.rx_lost, 0);
	assert_int_equal(rig_last(&rig, a, MEDIA_EV_CLOSED)->stats.rx_malformed, 2);
	assert_int_equal(rig_counters(&rig).lanes, 1);
	close(other.fd);
	close(other.rtcp_fd);
	close(stranger);
	rig_close(&rig);
}

/* --- streams that talk to each other */

static void pair_open(struct rig *rig, uint64_t streams[2], struct media_remote remotes[2])
{
	uint16_t ports[2];

	for (int i = 0; i < 2; i++)
		assert_int_equal(media_stream_open(rig->media, (uint64_t)i, &streams[i], &ports[i]), 0);
	for (int i = 0; i < 2; i++)
		remotes[i] = remote_of(ports[!i], AMD_ULAW, 101);
}

static void test_srtp_and_digits(void **state)
{
	struct rig rig;
	uint64_t s[2];
	struct media_remote remote[2];

	(void)state;
	rig_open(&rig);
	pair_open(&rig, s, remote);
	assert_int_equal(media_srtp_key(&remote[0].tx, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80), 0);
	assert_int_equal(media_srtp_key(&remote[1].tx, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_32), 0);
	assert_memory_not_equal(remote[0].tx.key, remote[1].tx.key, 30);
	remote[1].rx = remote[0].tx;
	remote[0].rx = remote[1].tx;
	for (int i = 0; i < 2; i++)
		assert_int_equal(media_remote(rig.media, s[i], &remote[i]), 0);
	assert_int_equal(media_dtmf(rig.media, s[0], "1x5"), 0);
	RIG_UNTIL(&rig, rig_seen(&rig, s[1], MEDIA_EV_DTMF) >= 2);
	assert_int_equal(rig_last(&rig, s[1], MEDIA_EV_DTMF)->digit, '5');
	assert_int_equal(media_stream_close(rig.media, s[0]), 0);
	assert_int_equal(media_stream_close(rig.media, s[1]), 0);
	const struct media_event *closed = rig_wait(&rig, s[1], MEDIA_EV_CLOSED);
	assert_int_equal(closed->stats.rx_srtp_failed, 0);
	assert_int_equal(closed->stats.rx_stranger, 0);
	assert_true(closed->stats.rx_packets >= 8); /* seven of the first digit, one of the second */
	rig_close(&rig);
}

static void test_wrong_key_is_refused(void **state)
{
	struct rig rig;
	uint64_t s[2];
	struct media_remote remote[2];

	(void)state;
	rig_open(&rig);
	pair_open(&rig, s, remote);
	for (int i = 0; i < 2; i++) { /* each expects a key that the other does not have */
		assert_int_equal(media_srtp_key(&remote[i].tx, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80), 0);
		assert_int_equal(media_srtp_key(&remote[i].rx, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80), 0);
		assert_int_equal(media_remote(rig.media, s[i], &remote[i]), 0);
	}
	RIG_UNTIL(&rig, rig_counters(&rig).refused[MEDIA_REFUSED_SRTP] >= 10);
	assert_int_equal(media_stream_close(rig.media, s[0]), 0);
	const struct media_event *closed = rig_wait(&rig, s[0], MEDIA_EV_CLOSED);
	assert_true(closed->stats.rx_srtp_failed >= 1);
	assert_int_equal(closed->stats.rx_packets, 0);
	assert_int_equal(rig_seen(&rig, s[0], MEDIA_EV_LATCHED), 0);
	rig_close(&rig);
}

/* Nothing comes at all: the classifier still gets its time. How much later than by its own count it judged. */
static int64_t judged_late_us(void)
{
	struct rig rig;
	uint64_t a;
	struct amd_options options = {.silence_ms_max = 300, .decide_ms_max = 500, .ring_ms = -1};

	rig_open(&rig);
	rig_stream(&rig, 0, &a);
	int64_t start_us = clock_us();
	assert_int_equal(media_classify(rig.media, a, &options), 0);
	const struct media_event *event = rig_wait(&rig, a, MEDIA_EV_AMD);
	assert_int_equal(event->amd.kind, AMD_EV_VERDICT);
	assert_int_equal(event->amd.verdict, AMD_SILENCE);
	int64_t late_us = event->at_us - start_us - (int64_t)event->amd.at_ms * MS_US;
	rig_close(&rig);
	return late_us;
}

static void test_silence_is_judged_without_packets(void **state)
{
	int64_t late_us = INT64_MAX;

	(void)state;
	for (int i = 0; late_us > 60 * MS_US && i < 20; i++) { /* a busy machine may be late in truth, but not each time */
		late_us = judged_late_us();
		assert_true(late_us >= -5 * MS_US);
	}
	assert_true(late_us <= 60 * MS_US);
}

/* What the owner recognised is what the worker's classifier says. */
static void test_a_recalled_greeting_is_a_machine(void **state)
{
	struct rig rig;
	uint64_t a;
	struct amd_options options = {.silence_ms_max = 30000, .decide_ms_max = 30000, .ring_ms = -1};

	(void)state;
	rig_open(&rig);
	rig_stream(&rig, 0, &a);
	assert_int_equal(media_recall(rig.media, a, AMD_MACHINE), 0); /* nothing is classified yet: ignored */
	rig_run(&rig, 100);
	assert_int_equal(media_classify(rig.media, a, &options), 0);
	rig_run(&rig, 200);
	assert_int_equal(rig_seen(&rig, a, MEDIA_EV_AMD), 0);
	assert_int_equal(media_recall(rig.media, a, AMD_MACHINE), 0);
	const struct media_event *event = rig_wait(&rig, a, MEDIA_EV_AMD);
	assert_int_equal(event->amd.kind, AMD_EV_VERDICT);
	assert_int_equal(event->amd.verdict, AMD_MACHINE);
	assert_string_equal(event->amd.cause, "heard-before");
	assert_int_equal(media_stream_close(rig.media, a), 0);
	assert_int_equal(media_recall(rig.media, a, AMD_MACHINE), 0); /* stale: ignored */
	rig_close(&rig);
}

/* Stops this whole process, worker included, and lets it go on. */
static void stand_still(int ms)
{
	pid_t self = getpid(), child = fork();

	if (child == 0) {
		usleep((useconds_t)ms * 1000);
		kill(self, SIGCONT);
		_exit(0);
	}
	assert_true(child > 0);
	kill(self, SIGSTOP);
	waitpid(child, NULL, 0);
}

/* Whether a stall of ours was taken for the other side's silence; its true silence is told. */
static bool stall_is_silence(void)
{
	struct rig rig;
	uint64_t a;

	rig_open_silent(&rig, 600 * MS_US);
	rig_stream(&rig, 0, &a);
	rig.far[0].sends = true;
	RIG_UNTIL(&rig, rig_seen(&rig, a, MEDIA_EV_LATCHED) == 1);
	stand_still(900);
	rig_run(&rig, 100);
	bool taken = rig_seen(&rig, a, MEDIA_EV_SILENT) != 0;
	rig.far[0].sends = false;
	RIG_UNTIL(&rig, rig_seen(&rig, a, MEDIA_EV_SILENT) == 1);
	rig_close(&rig);
	return taken;
}

/* Time in which we did not run is not the other side's silence. */
static void test_stall_is_no_silence(void **state)
{
	bool taken = true;

	(void)state;
	for (int i = 0; taken && i < 5; i++) /* on a busy machine the worker may run and the far end not, but not each time */
		taken = stall_is_silence();
	assert_false(taken);
}

static void test_bounds_and_refusals(void **state)
{
	struct rig rig;
	uint64_t s[9];
	uint16_t port;
	uint32_t prompt;
	char why[160] = "";
	struct media_remote remote = remote_of(9, AMD_ULAW, 0);

	(void)state;
	rig_open(&rig);
	for (int i = 0; i < 8; i++)
		assert_int_equal(media_stream_open(rig.media, 0, &s[i], &port), 0);
	assert_int_equal(media_stream_open(rig.media, 0, &s[8], &port), ERR_FULL);
	assert_int_equal(media_stream_close(rig.media, s[3]), 0);
	rig_wait(&rig, s[3], MEDIA_EV_CLOSED);
	assert_int_equal(media_stream_open(rig.media, 0, &s[8], &port), 0);
	assert_true(s[8] != s[3]);
	snprintf(remote.ip, sizeof(remote.ip), "example.org");
	assert_int_equal(media_remote(rig.media, s[0], &remote), -EINVAL);
	assert_int_equal(media_prompt_load(rig.media, "/nonexistent.wav", &prompt, why), -ENOENT);
	assert_int_equal(media_prompt_load(rig.media, "/proc/self/stat", &prompt, why), ERR_SYNTAX);
	assert_string_equal(why, "it is not a RIFF/WAVE file");
	assert_int_equal(media_prompt_ms(rig.media, 1), 0);
	struct media_counters counters;
	media_counters(rig.media, &counters);
	assert_int_equal(counters.streams, 8);
	assert_int_equal(counters.dropped_events, 0);
	struct media_options options = {.ip = "127.0.0.1", .port_min = 30001, .port_max = 30002, .streams_max = 1};
	struct media *none;
	assert_int_equal(media_open(&none, &options), -EINVAL);
	options.workers = MEDIA_WORKERS_MAX + 1;
	assert_int_equal(media_open(&none, &options), ERR_RANGE);
	options = (struct media_options){.ip = "here", .port_min = 30000, .port_max = 30009, .streams_max = 1};
	assert_int_equal(media_open(&none, &options), -EINVAL);
	rig_close(&rig);
}

/* The same with the two sides at two workers: nobody can hear the difference. */
static void test_two_workers(void **state)
{
	rig_workers = 2;
	test_one_source_through_all_switches(state);
	test_a_lane_is_opened_and_moves(state);
	test_srtp_and_digits(state);
	test_bounds_and_refusals(state);
	rig_workers = 1;
}

/* A busy machine may be late in truth, but not each time. */
static void assert_in_time(uint64_t (*late_h)(void))
{
	uint64_t late = 1;

	for (int i = 0; late && i < 20; i++)
		late = late_h();
	assert_int_equal(late, 0);
}

/*
 * Ten packets, then one each 200 ms: numbers have no holes, timestamps follow time, and a prompt is whole. Samples that it was
 * late.
 */
static uint64_t thinned_late(void)
{
	struct rig rig;
	uint64_t a;
	uint32_t tone, late;

	rig_silence_ms = 200;
	rig_open(&rig);
	rig_silence_ms = 0;
	assert_int_equal(media_prompt_tone(rig.media, 425, 100, -10, &tone), 0);
	rig_stream(&rig, 0, &a);
	RIG_UNTIL(&rig, rig.far[0].got >= 13);
	late = rig.far[0].ts[12] - rig.far[0].ts[0] - (9 * 160 + 160 + 2 * 1600);
	rig_run(&rig, 50);
	int thinned = rig.far[0].got;
	assert_int_equal(media_play(rig.media, a, tone, 0), 0);
	rig_wait(&rig, a, MEDIA_EV_PLAYED);
	RIG_UNTIL(&rig, rig.far[0].audio - count_sample(&rig.far[0], 0xff) >= 5);
	rig_run(&rig, 10);
	assert_int_equal(rig.far[0].audio - count_sample(&rig.far[0], 0xff), 5);
	RIG_UNTIL(&rig, rig.far[0].got >= thinned + 5 + 10); /* each of the first 200 ms again */
	for (int i = 11; i < thinned; i++)
		assert_true(rig.far[0].ts[i] - rig.far[0].ts[i - 1] >= 1600);
	assert_int_equal(rig.far[0].holes, 0);
	assert_int_equal(rig.far[0].markers, 3); /* the beginning, the prompt and its end */
	rig_close(&rig);
	return late;
}

static void test_a_long_silence_is_thinned(void **state)
{
	(void)state;
	assert_in_time(thinned_late);
}

/* Who is on hold is sent nothing, and misses no numbers: after eleven minutes an SRTP receiver would take them for old ones. */
static void test_a_hold_takes_no_numbers(void **state)
{
	struct rig rig;
	uint64_t a, b;

	(void)state;
	rig_open(&rig);
	rig_stream(&rig, 0, &a);
	rig_stream(&rig, 1, &b);
	rig.far[0].sends = rig.far[1].sends = true;
	assert_int_equal(media_bridge(rig.media, a, b), 0);
	rig_wait(&rig, a, MEDIA_EV_BRIDGED);
	struct media_remote remote = remote_of(rig.far[0].port, AMD_ULAW, 101);
	remote.rtcp_port = far_rtcp_port(&rig.far[0]);
	remote.on_hold = true;
	assert_int_equal(media_remote(rig.media, a, &remote), 0);
	int got = -1;
	for (int i = 0; got != rig.far[0].got && i < 20; i++) { /* until the worker has heard of it */
		got = rig.far[0].got;
		rig_run(&rig, 100);
	}
	assert_int_equal(rig.far[0].got, got);
	remote.on_hold = false;
	assert_int_equal(media_remote(rig.media, a, &remote), 0);
	RIG_UNTIL(&rig, rig.far[0].got >= got + 5);
	assert_int_equal(rig.far[0].holes, 0);
	rig_close(&rig);
}

/* A stream that is aimed while the worker has nothing to do begins now, not at the end of the worker's last pass. */
static uint64_t late_after_a_rest(void)
{
	struct rig rig;
	uint64_t a;
	struct media_remote remote;

	rig_open(&rig);
	remote = remote_of(rig.far[0].port, AMD_ULAW, 101);
	assert_int_equal(media_stream_open(rig.media, 100, &a, &rig.far[0].to), 0);
	rig_run(&rig, 80);
	assert_int_equal(media_remote(rig.media, a, &remote), 0);
	RIG_UNTIL(&rig, rig.far[0].got >= 3);
	uint64_t late = rig_counters(&rig).late_ticks;
	rig_close(&rig);
	return late;
}

static void test_a_rest_is_no_lateness(void **state)
{
	(void)state;
	assert_in_time(late_after_a_rest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_source_through_all_switches),
		cmocka_unit_test(test_a_lane_is_opened_and_moves),
		cmocka_unit_test(test_srtp_and_digits),
		cmocka_unit_test(test_two_workers),
		cmocka_unit_test(test_a_hold_takes_no_numbers),
		cmocka_unit_test(test_a_rest_is_no_lateness),
		cmocka_unit_test(test_a_long_silence_is_thinned),
		cmocka_unit_test(test_wrong_key_is_refused),
		cmocka_unit_test(test_silence_is_judged_without_packets),
		cmocka_unit_test(test_a_recalled_greeting_is_a_machine),
		cmocka_unit_test(test_stall_is_no_silence),
		cmocka_unit_test(test_bounds_and_refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
