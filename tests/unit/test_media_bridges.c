/* test_media_bridges.c - two streams that are one conversation: across workers, changing partners, the first word and the last */
#include "tests/unit/test_media_rig.h"

#include "media/g711.h"

#include <errno.h>

/* The command ring is full, and the bridge is made all the same, when there is room. */
static void test_a_bridge_is_never_refused(void **state)
{
	struct rig rig;
	uint64_t a, b;
	int err = 0;

	(void)state;
	rig_open(&rig);
	rig_stream(&rig, 0, &a);
	rig_stream(&rig, 1, &b);
	rig.far[0].sends = rig.far[1].sends = true;
	for (int i = 0; !err && i < 10000000; i++)
		err = media_play_stop(rig.media, a);
	assert_int_equal(err, -EAGAIN);
	assert_int_equal(media_bridge(rig.media, a, b), 0);
	rig_wait(&rig, a, MEDIA_EV_BRIDGED);
	for (err = 0; !err;)
		err = media_play_stop(rig.media, a);
	assert_int_equal(media_unbridge(rig.media, b), 0);
	int silence = count_sample(&rig.far[0], 0xff);
	RIG_UNTIL(&rig, count_sample(&rig.far[0], 0xff) - silence >= 2);
	rig_close(&rig);
}

/* a is bridged to b, then to c, then c closes: whoever is left alone hears silence, here and at another worker. */
static void partners_change(uint32_t workers)
{
	struct rig rig;
	uint64_t a, b, c;
	uint16_t port;

	rig_workers = workers;
	rig_open(&rig);
	rig_workers = 1;
	rig_stream(&rig, 0, &a);
	rig_stream(&rig, 1, &b);
	assert_int_equal(media_stream_open(rig.media, 0, &c, &port), 0);
	struct media_remote nobody = remote_of(9, AMD_ULAW, 0);
	assert_int_equal(media_remote(rig.media, c, &nobody), 0);
	rig.far[0].sends = rig.far[1].sends = true;
	assert_int_equal(media_bridge(rig.media, a, b), 0);
	rig_wait(&rig, b, MEDIA_EV_BRIDGED);
	assert_int_equal(media_bridge(rig.media, a, c), 0);
	rig_wait(&rig, c, MEDIA_EV_BRIDGED);
	for (int side = 0; side < 2; side++) { /* neither hears the other any more, once what was on its way is heard */
		uint8_t silence = side ? 0xd5 : 0xff;
		RIG_UNTIL(&rig, silent_for(&rig.far[side], silence, 4));
		int heard = rig.far[side].audio;
		RIG_UNTIL(&rig, rig.far[side].audio >= heard + 4);
		assert_true(silent_for(&rig.far[side], silence, rig.far[side].audio - heard));
	}
	assert_int_equal(media_stream_close(rig.media, c), 0);
	rig_wait(&rig, c, MEDIA_EV_CLOSED);
	int before = rig_seen(&rig, b, MEDIA_EV_BRIDGED);
	assert_int_equal(media_bridge(rig.media, b, a), 0);
	RIG_UNTIL(&rig, rig_seen(&rig, b, MEDIA_EV_BRIDGED) > before);
	assert_int_equal(rig_counters(&rig).relay_full, 0);
	rig_close(&rig);
}

static void test_partners_change(void **state)
{
	(void)state;
	partners_change(1);
	partners_change(2);
	partners_change(3);
}

/* One packet of the agent, which the plane has heard before this answers. */
static void agent_says(struct rig *rig)
{
	uint64_t heard = rig_counters(rig).rx_packets;

	far_send_audio(&rig->far[1]);
	for (int turn = 0; turn < 10000 && rig_counters(rig).rx_packets == heard; turn++)
		usleep(1000);
	assert_true(rig_counters(rig).rx_packets > heard);
}

/* Done when it is silent again: what comes before that goes the old way. */
static void unbridge(struct rig *rig, uint64_t a)
{
	int silence = count_sample(&rig->far[0], 0xff);

	assert_int_equal(media_unbridge(rig->media, a), 0);
	RIG_UNTIL(rig, count_sample(&rig->far[0], 0xff) - silence >= 2);
}

/* Bridges within 20 ms of the agent's last packet; on a machine that is too busy for that, again. */
static void bridge_fresh(struct rig *rig, uint64_t a, uint64_t b, uint8_t voice)
{
	for (int said = 0; said < 50 && !count_sample(&rig->far[0], voice); said++) {
		unbridge(rig, a);
		agent_says(rig);
		assert_int_equal(media_bridge(rig->media, a, b), 0);
		rig_run(rig, 30);
	}
}

/* The person hears the agent's last packet at once, not the next one; an older one is not repeated, and numbers go on. */
static void first_word(uint32_t workers)
{
	struct rig rig;
	uint64_t a, b;
	uint8_t voice;

	rig_workers = workers;
	rig_open(&rig);
	rig_workers = 1;
	rig_stream(&rig, 0, &a);
	rig_stream(&rig, 1, &b);
	g711_convert(&voice, &rig.far[1].fill, 1, AMD_ALAW, AMD_ULAW);
	agent_says(&rig);
	rig_run(&rig, 60);
	assert_int_equal(media_bridge(rig.media, a, b), 0);
	rig_run(&rig, 60);
	assert_int_equal(count_sample(&rig.far[0], voice), 0);
	assert_int_equal(rig_seen(&rig, a, MEDIA_EV_BRIDGED), 0);

	bridge_fresh(&rig, a, b, voice);
	assert_int_equal(count_sample(&rig.far[0], voice), 1);
	RIG_UNTIL(&rig, rig_seen(&rig, a, MEDIA_EV_BRIDGED) == 1);
	rig.far[1].sends = true;
	RIG_UNTIL(&rig, count_sample(&rig.far[0], voice) >= 5);
	assert_int_equal(rig.far[0].holes, 0); /* nor one number twice */
	assert_int_equal((uint16_t)(rig.far[0].last.seq - rig.far[0].first.seq) + 1, rig.far[0].got);
	rig_close(&rig);
}

static void test_the_last_word_before_the_bridge_is_the_first_heard(void **state)
{
	(void)state;
	first_word(1);
	first_word(2);
}

/*
 * The agent's audio and then a key: the audio is not the last word any more, and out of turn it would leave a hole for the key.
 */
static void test_audio_before_a_key_is_not_the_last_word(void **state)
{
	struct rig rig;
	uint64_t a, b;
	uint8_t voice;

	(void)state;
	rig_open(&rig);
	rig_stream(&rig, 0, &a);
	rig_stream(&rig, 1, &b);
	g711_convert(&voice, &rig.far[1].fill, 1, AMD_ALAW, AMD_ULAW);
	for (int i = 0; i < 10; i++) {
		uint64_t heard = rig_counters(&rig).rx_packets;
		far_send_audio(&rig.far[1]);
		far_press(&rig.far[1], 96, 5);
		for (int turn = 0; turn < 10000 && rig_counters(&rig).rx_packets < heard + 6; turn++)
			usleep(1000);
		assert_int_equal(media_bridge(rig.media, a, b), 0);
		rig_run(&rig, 30);
		unbridge(&rig, a);
	}
	assert_int_equal(count_sample(&rig.far[0], voice), 0);
	assert_int_equal(rig.far[0].holes, 0);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_bridge_is_never_refused),
		cmocka_unit_test(test_partners_change),
		cmocka_unit_test(test_the_last_word_before_the_bridge_is_the_first_heard),
		cmocka_unit_test(test_audio_before_a_key_is_not_the_last_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
