/* record.c - a stream's recording: what the worker does between the taps (hear.c, talk.c) and the recorder's thread */
#include "media/recorder.h"
#include "media/stream.h"

static uint32_t record_place(const struct stream *stream)
{
	return handle_place(stream->handle, stream->worker->workers);
}

static uint8_t *record_take(void *arg)
{
	const struct stream *stream = arg;

	return recorder_take(stream->worker->records);
}

static void record_give(void *arg, uint8_t *block, uint32_t number)
{
	const struct stream *stream = arg;

	recorder_give(stream->worker->records, record_place(stream), block, number);
}

/* Once a stream. */
void record_start(struct stream *stream, uint64_t id, int64_t start_us)
{
	struct spool_head head = {.id = id, .law = stream->remote.law, .start_us = start_us};
	struct tape_shelf shelf = {.take = record_take, .give = record_give, .arg = stream};

	if (stream->worker->records && !stream->tape.on && !stream->tape_owed &&
		recorder_begin(stream->worker->records, record_place(stream), &head))
		tape_start(&stream->tape, &shelf, head.law, start_us);
}

void record_pause(struct stream *stream, bool paused, int64_t at_us)
{
	if (paused)
		tape_pause(&stream->tape, at_us);
	else
		tape_resume(&stream->tape, at_us);
}

bool record_end(struct stream *stream)
{
	if (stream->tape.on) {
		stream->tape_pairs = tape_stop(&stream->tape, stream->worker->now_us);
		stream->tape_owed = true;
	}
	if (stream->tape_owed)
		stream->tape_owed =
			!recorder_end(stream->worker->records, record_place(stream), stream->tape_pairs, stream->tape.lost);
	return !stream->tape_owed;
}
