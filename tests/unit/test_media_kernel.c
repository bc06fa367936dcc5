/* test_media_kernel.c - a conversation through the relay in the kernel, and all that ends it, over loopback in real time */
#include "tests/unit/test_media_rig.h"

#include "media/g711.h"
#include "media/spool.h"

#include <stdlib.h>

#define VOICE_A 0x20
#define VOICE_B 0x30

/* Three far ends of one law; the third is the one that a talk is handed to. */
struct talk {
	struct rig rig;
	struct far third;
	uint64_t a, b, c;
	uint32_t tone;
};

static void leg_open(struct talk *t, struct far *far, uint64_t cookie, uint64_t *stream)
{
	struct media_remote remote = remote_of(far->port, AMD_ULAW, 101);

	remote.rtcp_port = far_rtcp_port(far);
	assert_int_equal(media_stream_open(t->rig.media, cookie, stream, &far->to), 0);
	assert_int_equal(media_remote(t->rig.media, *stream, &remote), 0);
}

/* False: this machine does not permit it, and the test ends (cmocka's skip() would count as a failure in tests/run). */
static bool talk_open(struct talk *t)
{
	memset(t, 0, sizeof(*t));
	rig_devices = "lo";
	rig_open(&t->rig);
	rig_devices = "";
	if (!rig_counters(&t->rig).kernel) {
		print_message("# skipped: %s\n", media_kernel_why(t->rig.media));
		rig_close(&t->rig);
		return false;
	}
	t->rig.far[1].next.type = 0;
	far_init(&t->third, 0x3333, 0, 0x40);
	assert_int_equal(media_prompt_tone(t->rig.media, 425, 100, -10, &t->tone), 0);
	leg_open(t, &t->rig.far[0], 1, &t->a);
	leg_open(t, &t->rig.far[1], 2, &t->b);
	assert_int_equal(media_bridge(t->rig.media, t->a, t->b), 0);
	t->rig.far[0].sends = t->rig.far[1].sends = true;
	return true;
}

static void talk_close(struct talk *t)
{
	for (int i = 0; i < 2; i++)
		assert_int_equal((uint16_t)(t->rig.far[i].last.seq - t->rig.far[i].first.seq) + 1, t->rig.far[i].got);
	close(t->third.fd);
	close(t->third.rtcp_fd);
	rig_close(&t->rig);
}

/* Both directions lie in the kernel. */
static void until_carried(struct talk *t)
{
	RIG_UNTIL(&t->rig, rig_counters(&t->rig).carried == 2);
}

/* Both fall silent, and all that they have ever sent has come to the plane: how many packets the first one sent. */
static uint16_t hush(struct talk *t)
{
	uint16_t sent[2];

	for (int i = 0; i < 2; i++) {
		t->rig.far[i].sends = false;
		sent[i] = (uint16_t)(t->rig.far[i].next.seq - 65530);
	}
	RIG_UNTIL(&t->rig, rig_counters(&t->rig).rx_packets == (uint64_t)sent[0] + sent[1]);
	return sent[0];
}

/* So many more packets of this sound, and no hole before or after. */
static void hears(struct talk *t, int far, uint8_t sample, int more)
{
	int before = count_sample(&t->rig.far[far], sample);

	RIG_UNTIL(&t->rig, count_sample(&t->rig.far[far], sample) >= before + more);
	assert_int_equal(t->rig.far[far].holes, 0);
}

static void both_hear(struct talk *t, int more)
{
	hears(t, 0, VOICE_B, more);
	hears(t, 1, VOICE_A, more);
}

static struct media_stats talk_end(struct talk *t, uint64_t stream)
{
	assert_int_equal(media_stream_close(t->rig.media, stream), 0);
	return rig_wait(&t->rig, stream, MEDIA_EV_CLOSED)->stats;
}

/* Talk, and its end: every packet is counted on both sides, the last ones too. */
static void test_a_talk_and_its_end(void **state)
{
	struct talk t;

	(void)state;
	if (!talk_open(&t))
		return;
	until_carried(&t);
	uint64_t carried = rig_counters(&t.rig).carried_packets;
	both_hear(&t, 20);
	RIG_UNTIL(&t.rig, rig_counters(&t.rig).carried_packets >= carried + 30);
	uint16_t sent = hush(&t);
	struct media_stats a = talk_end(&t, t.a);
	RIG_UNTIL(&t.rig, t.rig.far[0].byes);
	assert_int_equal(a.rx_packets, sent);
	assert_int_equal(a.rx_lost, 0);
	assert_int_equal(a.rx_late, 0);
	assert_int_equal(a.tx_packets, t.rig.far[0].got);
	assert_int_equal(rig_counters(&t.rig).carried, 0);
	assert_int_equal(rig_seen(&t.rig, t.a, MEDIA_EV_BRIDGED), 1);
	talk_close(&t);
}

/* A key passes through the sockets, between the audio before and after it. */
static void test_digits_of_the_far_end(void **state)
{
	struct talk t;

	(void)state;
	if (!talk_open(&t))
		return;
	until_carried(&t);
	far_press(&t.rig.far[1], 101, 11);
	RIG_UNTIL(&t.rig, t.rig.far[0].events == 5);
	assert_int_equal(rig_wait(&t.rig, t.b, MEDIA_EV_DTMF)->digit, '#');
	both_hear(&t, 5);
	until_carried(&t);
	both_hear(&t, 5);
	talk_close(&t);
}

static void test_digits_and_prompts_of_ours(void **state)
{
	struct talk t;

	(void)state;
	if (!talk_open(&t))
		return;
	until_carried(&t);
	assert_int_equal(media_dtmf(t.rig.media, t.a, "5"), 0);
	RIG_UNTIL(&t.rig, t.rig.far[0].events >= 3);
	both_hear(&t, 5);
	until_carried(&t);
	assert_int_equal(media_play(t.rig.media, t.a, t.tone, 0), 0);
	rig_wait(&t.rig, t.a, MEDIA_EV_PLAYED);
	both_hear(&t, 5);
	until_carried(&t);
	both_hear(&t, 5);
	int silence = count_sample(&t.rig.far[0], 0xff);
	assert_true(t.rig.far[0].audio - count_sample(&t.rig.far[0], VOICE_B) - silence >= 5); /* the tone */
	talk_close(&t);
}

static void hold(struct talk *t, bool on)
{
	struct media_remote remote = remote_of(t->rig.far[0].port, AMD_ULAW, 101);

	remote.rtcp_port = far_rtcp_port(&t->rig.far[0]);
	remote.on_hold = on;
	assert_int_equal(media_remote(t->rig.media, t->a, &remote), 0);
}

static void test_a_hold(void **state)
{
	struct talk t;

	(void)state;
	if (!talk_open(&t))
		return;
	until_carried(&t);
	hold(&t, true);
	int got = -1;
	for (int tries = 0; tries < 5 && got != t.rig.far[0].got; tries++) { /* what was on its way comes still */
		got = t.rig.far[0].got;
		rig_run(&t.rig, 400);
	}
	assert_int_equal(t.rig.far[0].got, got);
	RIG_UNTIL(&t.rig, rig_counters(&t.rig).carried == 1); /* the other one is heard on */
	hold(&t, false);
	both_hear(&t, 5);
	until_carried(&t);
	both_hear(&t, 5);
	talk_close(&t);
}

/* The talk is handed on while its packets lie in the kernel; who was left hears silence. */
static void test_a_transfer(void **state)
{
	struct talk t;

	(void)state;
	if (!talk_open(&t))
		return;
	until_carried(&t);
	leg_open(&t, &t.third, 3, &t.c);
	far_send_audio(&t.third);
	assert_int_equal(media_bridge(t.rig.media, t.a, t.c), 0);
	int silence = count_sample(&t.rig.far[1], 0xff);
	bool heard = false;
	for (int turn = 0; turn < 500 && !heard; turn++) {
		far_send_audio(&t.third);
		rig_run(&t.rig, 20);
		far_receive(&t.third);
		heard = rig_counters(&t.rig).carried == 2 && count_sample(&t.rig.far[0], 0x40) > 40 &&
			count_sample(&t.third, VOICE_A) > 40 && count_sample(&t.rig.far[1], 0xff) > silence + 40;
	}
	assert_true(heard);
	assert_int_equal(t.rig.far[0].holes + t.rig.far[1].holes + t.third.holes, 0);
	talk_close(&t);
}

static uint16_t number_of_next(struct far *far)
{
	struct pollfd one = {.fd = far->fd, .events = POLLIN};
	uint8_t packet[RTP_HEAD + 160];
	struct rtp_header in;

	assert_int_equal(poll(&one, 1, 10000), 1);
	assert_int_equal(recv(far->fd, packet, sizeof(packet), 0), sizeof(packet));
	assert_int_equal(rtp_parse(packet, sizeof(packet), &in), 0);
	return in.seq;
}

/* False: the machine stood still, and the other end may have been given silence before. */
static bool loss_and_disorder(struct talk *t)
{
	struct far *far = &t->rig.far[0];

	until_carried(t);
	both_hear(t, 2);
	int64_t since_us = clock_us();
	(void)hush(t);
	rig_run(&t->rig, 5);
	uint16_t last = t->rig.far[1].last.seq;
	far->next.seq += 2; /* the younger one first, and the one before that never */
	far_send_audio(far);
	far->next.seq -= 2;
	far_send_audio(far);
	uint16_t younger = number_of_next(&t->rig.far[1]), older = number_of_next(&t->rig.far[1]);
	if (clock_us() - since_us > 100000)
		return false;
	assert_int_equal(younger, (uint16_t)(last + 3));
	assert_int_equal(older, (uint16_t)(last + 2));
	return true;
}

/* Loss and disorder on the far end's way stay as they are, and are counted. */
static void test_loss_and_disorder(void **state)
{
	struct talk t;
	bool done = false;

	(void)state;
	for (int tries = 0; tries < 20 && !done && talk_open(&t); tries++) {
		done = loss_and_disorder(&t);
		struct media_stats a = talk_end(&t, t.a);
		if (done) {
			assert_int_equal(a.rx_late, 1);
			assert_int_equal(a.rx_lost, 1);
		}
		close(t.third.fd);
		close(t.third.rtcp_fd);
		rig_close(&t.rig);
	}
	if (!done)
		print_message("# skipped: not permitted, or the machine stands still\n");
}

/* Who says nothing more is found to be silent, whatever carried his packets; and hears silence of his own until then. */
static void test_a_far_end_that_falls_silent(void **state)
{
	struct talk t;

	(void)state;
	if (!talk_open(&t))
		return;
	until_carried(&t);
	t.rig.far[1].sends = false;
	hears(&t, 0, 0xff, 5);
	RIG_UNTIL(&t.rig, rig_counters(&t.rig).carried == 1);
	t.rig.far[1].sends = true;
	both_hear(&t, 5);
	until_carried(&t);
	talk_close(&t);
}

/* The same as its audio, behind an extension of the head. */
static void far_send_extended(struct far *far)
{
	uint8_t packet[RTP_HEAD + 8 + 160];

	rtp_build(packet, &far->next);
	packet[0] |= 0x10;
	memcpy(packet + RTP_HEAD, "\xbe\xde\0\1\x10\0\0\0", 8);
	memset(packet + RTP_HEAD + 8, far->fill, 160);
	send_to(far->fd, far->to, packet, sizeof(packet));
	far->next.seq++;
	far->next.ts += 160;
}

/* Packets that look plain to us and not to the kernel: it is not asked for ever. */
static void test_in_vain(void **state)
{
	struct talk t;
	int begun = 0;

	(void)state;
	if (!talk_open(&t))
		return;
	t.rig.far[0].sends = t.rig.far[1].sends = false;
	for (int i = 1; i <= 12; i++) {
		for (int n = 0; n < 30; n++)
			far_send_extended(&t.rig.far[0]);
		if (i == 1)
			far_send_audio(&t.rig.far[1]); /* its source is known then */
		RIG_UNTIL(&t.rig, count_sample(&t.rig.far[1], VOICE_A) == i * 30);
		rig_run(&t.rig, 45);
		begun += rig_counters(&t.rig).carried == 1;
	}
	assert_true(begun <= 4);
	assert_int_equal(rig_counters(&t.rig).carried_packets, 0);
	assert_int_equal(t.rig.far[1].holes, 0);
	talk_close(&t);
}

/* A stranger's packets stay a stranger's, and disturb nobody. */
static void test_a_stranger(void **state)
{
	struct talk t;
	uint16_t port;

	(void)state;
	if (!talk_open(&t))
		return;
	until_carried(&t);
	int stranger = far_socket(&port);
	uint8_t packet[RTP_HEAD + 160] = {0};
	struct rtp_header header = t.rig.far[0].next;
	rtp_build(packet, &header);
	for (int i = 0; i < 10; i++)
		send_to(stranger, t.rig.far[0].to, packet, sizeof(packet));
	RIG_UNTIL(&t.rig, rig_counters(&t.rig).refused[MEDIA_REFUSED_STRANGER] == 10);
	both_hear(&t, 5);
	until_carried(&t);
	close(stranger);
	talk_close(&t);
}

/* --- recordings: each packet's sound is laid down by the kernel, and taken from there */

#define SECONDS_MAX 60

/* One value of a sample for each part of the talk and each end. */
static const uint8_t part_a[] = {0x50, 0x51, 0x52}, part_b[] = {0x60, 0x61, 0x62};

/* Both say this, most of it in the kernel, until all of it has been heard. How many packets each said. */
static void say(struct talk *t, int part, int count[2])
{
	const uint8_t sample[] = {part_a[part], part_b[part]};
	uint16_t from[2];

	for (int i = 0; i < 2; i++) {
		t->rig.far[i].fill = sample[i];
		t->rig.far[i].sends = true;
		from[i] = t->rig.far[i].next.seq;
	}
	uint64_t carried = rig_counters(&t->rig).carried_packets;
	for (int turn = 0; turn < 300 && rig_counters(&t->rig).carried_packets < carried + 60; turn++)
		rig_run(&t->rig, 20);
	assert_true(rig_counters(&t->rig).carried_packets >= carried + 60);
	for (int i = 0; i < 2; i++) {
		t->rig.far[i].sends = false;
		count[i] = (uint16_t)(t->rig.far[i].next.seq - from[i]);
		RIG_UNTIL(&t->rig, count_sample(&t->rig.far[1 - i], sample[i]) == count[i]);
	}
}

/* Of each value of a sample in the file how many there are, a side. */
static void spool_count(const char *path, struct spool_head *head, int count[TAPE_SIDES][256])
{
	static uint8_t data[SPOOL_HEAD_BYTES + SECONDS_MAX / 2 * TAPE_BLOCK_BYTES];
	FILE *file = fopen(path, "rb");

	assert_non_null(file);
	size_t bytes = fread(data, 1, sizeof(data), file);
	fclose(file);
	assert_int_equal(spool_parse(data, bytes, head), 0);
	for (size_t i = SPOOL_HEAD_BYTES; i < bytes; i++) {
		size_t in_block = (i - SPOOL_HEAD_BYTES) % TAPE_BLOCK_BYTES;
		count[in_block / TAPE_PAIRS][data[i] ^ g711_silence(head->law)]++;
	}
}

/* Before, in and after a pause: of it nothing is there, of the rest all, and nothing else. */
static void recorded_talk(struct talk *t, const char *file)
{
	int said[3][2], count[TAPE_SIDES][256] = {0};
	struct spool_head head;

	assert_int_equal(media_record(t->rig.media, t->a, 1, clock_us()), 0);
	say(t, 0, said[0]);
	assert_int_equal(media_record_pause(t->rig.media, t->a, true, clock_us()), 0);
	say(t, 1, said[1]);
	assert_int_equal(media_record_pause(t->rig.media, t->a, false, clock_us()), 0);
	say(t, 2, said[2]);
	(void)talk_end(t, t->a);
	RIG_UNTIL(&t->rig, rig_counters(&t->rig).records_ended == 1);
	struct media_counters counters = rig_counters(&t->rig);

	spool_count(file, &head, count);
	assert_true((head.lost == 0) == (counters.carried_missed == 0));
	for (int side = 0; side < TAPE_SIDES; side++) {
		const uint8_t *part = side == TAPE_HEARD ? part_a : part_b;
		int known = count[side][part[0]] + count[side][part[2]] + count[side][g711_silence(AMD_ULAW)], all = 0;
		for (int i = 0; i < 256; i++)
			all += count[side][i];
		assert_int_equal(known, all);
		assert_true(count[side][part[0]] > 0 && count[side][part[2]] > 0);
		assert_true(count[side][part[0]] <= 160 * said[0][side] && count[side][part[2]] <= 160 * said[2][side]);
		if (!counters.late_ticks && !counters.carried_missed) /* else the socket's packets may be too late for their places */
			assert_true(count[side][part[0]] >= 160 * (said[0][side] - 10));
	}
}

static void test_a_recording(void **state)
{
	struct talk t;
	char spool[] = "/tmp/test_media_kernel.XXXXXX", file[64];

	(void)state;
	assert_non_null(mkdtemp(spool));
	snprintf(file, sizeof(file), "%s/1.done", spool);
	rig_spool = spool;
	bool open = talk_open(&t);
	rig_spool = "";
	if (open) {
		assert_true(rig_counters(&t.rig).kernel_records);
		recorded_talk(&t, file);
		talk_close(&t);
	}
	(void)unlink(file);
	(void)rmdir(spool);
}

/* The classifier hears the talk though the kernel relays it: here three seconds of silence. */
static void test_a_classifier(void **state)
{
	struct amd_options options = {.ring_ms = -1, .silence_ms_max = 3000};
	struct talk t;

	(void)state;
	if (!talk_open(&t))
		return;
	t.rig.far[0].fill = 0xff;
	assert_int_equal(media_classify(t.rig.media, t.a, &options), 0);
	until_carried(&t);
	assert_int_equal(rig_wait(&t.rig, t.a, MEDIA_EV_AMD)->amd.kind, AMD_EV_VERDICT);
	RIG_UNTIL(&t.rig, rig_counters(&t.rig).carried == 2); /* it listens on */
	talk_close(&t);
}

/* A device that is not there: all goes through sockets, and says why. */
static void test_falling_back(void **state)
{
	struct rig rig;

	(void)state;
	rig_devices = "nowhere7";
	rig_open(&rig);
	rig_devices = "";
	assert_false(rig_counters(&rig).kernel);
	assert_true(*media_kernel_why(rig.media));
	rig_close(&rig);
	rig_open(&rig);
	assert_false(rig_counters(&rig).kernel);
	assert_string_equal(media_kernel_why(rig.media), "");
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_talk_and_its_end),
		cmocka_unit_test(test_digits_of_the_far_end),
		cmocka_unit_test(test_digits_and_prompts_of_ours),
		cmocka_unit_test(test_a_hold),
		cmocka_unit_test(test_a_transfer),
		cmocka_unit_test(test_loss_and_disorder),
		cmocka_unit_test(test_a_far_end_that_falls_silent),
		cmocka_unit_test(test_in_vain),
		cmocka_unit_test(test_a_stranger),
		cmocka_unit_test(test_a_recording),
		cmocka_unit_test(test_a_classifier),
		cmocka_unit_test(test_falling_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
