/*
 * listen.c - feeds the classifier with 20 ms frames
 *
 * The classifier counts frames, so frames have to be as many as time: packets of other lengths are cut, missing ones become empty
 * frames, and when nothing comes for 60 ms time itself feeds empty frames. If it turns out that the packets were only delayed,
 * the clock of the audio is set back by what was made up, so that at_us of later events is right.
 */
#include "media/g711.h"
#include "media/stream.h"

#include <string.h>

#define GAP_PACKETS_MAX 10
#define QUIET_US 60000
#define MADE_UP_A_TURN 50

void listen_start(struct stream *stream, const struct amd_options *options)
{
	struct listen *listen = &stream->listen;
	struct amd_options own;

	listen->on = options;
	if (!options)
		return;
	own = *options;
	if (stream->remote_known)
		own.law = stream->remote.law;
	listen->law = own.law;
	listen->anchored = listen->ts_known = false;
	listen->made_up = listen->cut = 0;
	listen->heard_us = stream->worker->now_us;
	amd_init(&listen->amd, &own);
}

void listen_recall(struct stream *stream, enum amd_verdict verdict)
{
	if (stream->listen.on)
		amd_recall(&stream->listen.amd, verdict);
}

static void listen_feed(struct stream *stream, const uint8_t *frame)
{
	struct amd_event heard[AMD_EVENTS_MAX];
	int count = amd_feed(&stream->listen.amd, frame, heard);

	for (int i = 0; i < count; i++) {
		struct media_event event = {
			.kind = MEDIA_EV_AMD,
			.amd = heard[i],
			.at_us = stream->listen.anchor_us + (int64_t)heard[i].at_ms * 1000,
		};
		if (heard[i].kind == AMD_EV_PRINT)
			event.print = *amd_print(&stream->listen.amd);
		(void)worker_tell(stream->worker, stream, &event);
	}
}

static void feed_nothing(struct stream *stream, unsigned frames)
{
	stream->listen.cut = 0;
	while (frames--)
		listen_feed(stream, NULL);
}

static void listen_anchor(struct listen *listen, int64_t us)
{
	if (!listen->anchored)
		listen->anchor_us = us;
	listen->anchored = true;
}

/* What is missing between the last packet and this one, of which some was made up already. */
static void listen_gap(struct stream *stream, size_t bytes, uint32_t ts)
{
	struct listen *listen = &stream->listen;
	unsigned gap = stream->source.gap > GAP_PACKETS_MAX ? GAP_PACKETS_MAX : stream->source.gap;
	unsigned lost = (unsigned)(gap * bytes / AMD_FRAME);
	int32_t hole = listen->ts_known ? (int32_t)(ts - listen->ts_next) / AMD_FRAME : 0;

	if (lost > listen->made_up)
		feed_nothing(stream, lost - listen->made_up);
	else if (hole >= 0 && (uint32_t)hole < listen->made_up)
		listen->anchor_us -= (int64_t)(listen->made_up - (uint32_t)hole) * FRAME_US;
	listen->made_up = 0;
}

static void listen_cut(struct stream *stream, const uint8_t *payload, size_t bytes, enum amd_law law)
{
	struct listen *listen = &stream->listen;

	if (!listen->cut && bytes == AMD_FRAME && law == listen->law) {
		listen_feed(stream, payload);
		return;
	}
	while (bytes) {
		size_t room = AMD_FRAME - listen->cut, part = bytes < room ? bytes : room;
		g711_convert(listen->frame + listen->cut, payload, part, law, listen->law);
		listen->cut += (unsigned)part;
		payload += part;
		bytes -= part;
		if (listen->cut == AMD_FRAME) {
			listen_feed(stream, listen->frame);
			listen->cut = 0;
		}
	}
}

void listen_packet(struct stream *stream, const uint8_t *payload, size_t bytes, enum amd_law law, uint32_t ts)
{
	struct listen *listen = &stream->listen;

	if (!listen->on)
		return;
	listen_anchor(listen, stream->worker->now_us - (int64_t)bytes * 125);
	listen_gap(stream, bytes, ts);
	listen_cut(stream, payload, bytes, law);
	listen->heard_us = stream->worker->now_us;
	listen->ts_next = ts + (uint32_t)bytes;
	listen->ts_known = true;
}

void listen_miss(struct stream *stream, size_t bytes)
{
	struct listen *listen = &stream->listen;

	if (!listen->on)
		return;
	feed_nothing(stream, (unsigned)(bytes / AMD_FRAME));
	listen->ts_next += (uint32_t)bytes;
}

void listen_turn(struct stream *stream)
{
	struct listen *listen = &stream->listen;
	int64_t quiet_us = stream->worker->now_us - listen->heard_us;

	if (!listen->on || quiet_us < QUIET_US)
		return;
	listen_anchor(listen, listen->heard_us);
	int64_t due = quiet_us / FRAME_US - listen->made_up;
	if (due > MADE_UP_A_TURN)
		due = MADE_UP_A_TURN;
	if (due <= 0)
		return;
	listen->made_up += (unsigned)due;
	feed_nothing(stream, (unsigned)due);
}
