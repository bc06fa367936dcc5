/* plane.c - a media plane that moves no packet, and sees who would hear whom; see world.h */
#include "tests/unit/engine/world.h"

#include "base/clock.h"

#include <errno.h>

static struct world_streams {
	uint64_t cookie;
	bool open;
	uint64_t peer, number;
	uint32_t refused;
	struct timer message;
} streams[65536];
static uint64_t stream_next;

void world_plane_begin(void)
{
	memset(streams, 0, sizeof(streams));
}

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

	world_media((struct media_event){.kind = MEDIA_EV_PLAYED, .stream = (uint64_t)stream->number, .cookie = stream->cookie});
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
	if (prompt == 9 && streams[stream % 65536].refused++ < w->media_busy)
		return -EAGAIN;
	if (prompt == 10)
		message_begins(stream);
	if (prompt == 9 && w->opts_out) {
		world_media((struct media_event){.kind = MEDIA_EV_DTMF, .stream = stream, .cookie = streams[stream % 65536].cookie, .digit = '5'});
		world_media((struct media_event){.kind = MEDIA_EV_DTMF, .stream = stream, .cookie = streams[stream % 65536].cookie, .digit = '9'});
		return 0;
	}
	if (prompt == 9)
		world_media((struct media_event){.kind = MEDIA_EV_PLAYED, .stream = stream, .cookie = streams[stream % 65536].cookie});
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

int media_recall(struct media *media, uint64_t stream, enum amd_verdict verdict)
{
	(void)media;
	assert_true(streams[stream % 65536].open);
	assert_true(verdict == AMD_MACHINE || (verdict == AMD_SCREENER && w->label.label == MEMORY_LABEL_SCREENER));
	world_recalled(stream, verdict);
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
	if (w->seats_mute)
		return 0;
	world_media((struct media_event){.kind = MEDIA_EV_BRIDGED, .stream = a, .cookie = x->cookie,
		.at_us = w->now_us + (w->bridge_us ? w->bridge_us : 20 * MS_US)});
	world_media((struct media_event){.kind = MEDIA_EV_BRIDGED, .stream = b, .cookie = y->cookie, .at_us = w->now_us + 20 * MS_US});
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

const char *media_kernel_why(const struct media *media)
{
	(void)media;
	return "";
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
