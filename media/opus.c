/* opus.c - see opus.h. libopusfile always answers 48 kHz: six samples become one behind a low-pass filter. */
#include "media/opus.h"

#include "base/err.h"

#include <errno.h>
#include <math.h>
#include <opus/opusenc.h>
#include <opusfile.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BITRATE 48000
#define COMPLEXITY 0 /* 5 takes half as much CPU again and is no clearer at 8 kHz */

/* --- writing */

struct opus_writer {
	OggOpusEnc *encoder;
	opus_sink_h *sink;
	void *arg;
	int err; /* of the sink */
	bool begun; /* a pair was put */
};

static int on_write(void *arg, const unsigned char *data, opus_int32 bytes)
{
	struct opus_writer *writer = arg;

	if (!writer->err)
		writer->err = writer->sink(writer->arg, data, (size_t)bytes);
	return writer->err != 0;
}

static int on_close(void *arg)
{
	(void)arg;
	return 0;
}

static int writer_begin(struct opus_writer *writer, const char *title)
{
	static const OpusEncCallbacks callbacks = {on_write, on_close};
	OggOpusComments *comments = ope_comments_create();
	int err = OPE_OK;

	if (!comments || ope_comments_add(comments, "TITLE", title) != OPE_OK) {
		ope_comments_destroy(comments);
		return -ENOMEM;
	}
	writer->encoder = ope_encoder_create_callbacks(&callbacks, writer, comments, 8000, 2, 0, &err);
	ope_comments_destroy(comments);
	if (!writer->encoder)
		return -ENOMEM;
	ope_encoder_ctl(writer->encoder, OPUS_SET_BITRATE(BITRATE));
	ope_encoder_ctl(writer->encoder, OPUS_SET_COMPLEXITY(COMPLEXITY));
	ope_encoder_ctl(writer->encoder, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
	return 0;
}

int opus_writer_open(struct opus_writer **writer, const char *title, opus_sink_h *sink, void *arg)
{
	struct opus_writer *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->sink = sink;
	made->arg = arg;
	int err = writer_begin(made, title);
	if (err)
		free(made);
	else
		*writer = made;
	return err;
}

int opus_writer_put(struct opus_writer *writer, const int16_t *samples, size_t pairs)
{
	int err = ope_encoder_write(writer->encoder, samples, (int)pairs);

	writer->begun |= pairs > 0;
	return writer->err ? writer->err : err == OPE_OK ? 0 : -ENOMEM;
}

/* libopusenc 0.2.1 reads memory that it has not set, and asserts, when a stream ends before its first sample: it gets one, of silence. */
int opus_writer_close(struct opus_writer *writer)
{
	static const int16_t nothing[2];

	if (!writer->begun)
		ope_encoder_write(writer->encoder, nothing, 1);
	int drained = ope_encoder_drain(writer->encoder), err = writer->err ? writer->err : drained == OPE_OK ? 0 : -ENOMEM;

	ope_encoder_destroy(writer->encoder);
	free(writer);
	return err;
}

/* --- reading: a windowed sinc of 97 taps, flat to 3.4 kHz; above 4.6 kHz there is nothing in what we wrote */

#define STEP 6
#define TAPS 97
#define PART 960

struct thin {
	float taps[TAPS];
	int16_t history[(TAPS + STEP) * 2];
	size_t have; /* pairs in history */

	int16_t out[PART * 2];
	size_t count;
	opus_heard_h *heard;
	void *arg;
};

static void taps_make(float taps[TAPS])
{
	double sum = 0, made[TAPS];

	for (int i = 0; i < TAPS; i++) {
		double x = i - (TAPS - 1) / 2.0, phase = 2 * M_PI * (i + 1) / (TAPS + 1);
		double window = 0.42 - 0.5 * cos(phase) + 0.08 * cos(2 * phase);
		double sinc = x == 0 ? 1 : sin(M_PI * x / STEP) / (M_PI * x / STEP);
		made[i] = sinc * window;
		sum += made[i];
	}
	for (int i = 0; i < TAPS; i++)
		taps[i] = (float)(made[i] / sum);
}

static int thin_flush(struct thin *thin)
{
	int err = thin->count ? thin->heard(thin->arg, thin->out, thin->count) : 0;

	thin->count = 0;
	return err;
}

static int thin_one(struct thin *thin)
{
	for (unsigned side = 0; side < 2; side++) {
		float sum = 0;
		for (unsigned i = 0; i < TAPS; i++)
			sum += thin->taps[i] * (float)thin->history[2 * i + side];
		sum = sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum;
		thin->out[2 * thin->count + side] = (int16_t)lrintf(sum);
	}
	thin->have -= STEP;
	memmove(thin->history, thin->history + 2 * STEP, thin->have * 2 * sizeof(int16_t));
	return ++thin->count == PART ? thin_flush(thin) : 0;
}

static int thin_put(struct thin *thin, const int16_t *samples, size_t pairs)
{
	int err = 0;

	for (size_t i = 0; !err && i < pairs; i++) {
		memcpy(thin->history + 2 * thin->have, samples + 2 * i, 2 * sizeof(int16_t));
		if (++thin->have >= TAPS)
			err = thin_one(thin);
	}
	return err;
}

static int read_all(OggOpusFile *file, struct thin *thin)
{
	static const int16_t nothing[(TAPS / 2) * 2];
	int16_t samples[2 * 5760];
	int err = thin_put(thin, nothing, TAPS / 2); /* so that sample 0 comes out as sample 0 */

	while (!err) {
		int pairs = op_read_stereo(file, samples, sizeof(samples) / sizeof(samples[0]));
		if (pairs == 0)
			break;
		if (pairs != OP_HOLE)
			err = pairs < 0 ? ERR_SYNTAX : thin_put(thin, samples, (size_t)pairs);
	}
	if (!err)
		err = thin_put(thin, nothing, TAPS / 2);
	return err ? err : thin_flush(thin);
}

int opus_read(const uint8_t *image, size_t bytes, opus_heard_h *heard, void *arg)
{
	int failed = 0;
	OggOpusFile *file = op_open_memory(image, bytes, &failed);
	struct thin *thin = file ? calloc(1, sizeof(*thin)) : NULL;
	int err = !file ? ERR_SYNTAX : !thin ? -ENOMEM : 0;

	if (!err) {
		thin->heard = heard;
		thin->arg = arg;
		taps_make(thin->taps);
		err = read_all(file, thin);
	}
	free(thin);
	if (file)
		op_free(file);
	return err;
}
