/* wav.c - WAV files of telephone audio */
#include "media/wav.h"

#include "base/err.h"
#include "media/g711.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TAG_PCM = 1, TAG_ALAW = 6, TAG_ULAW = 7, TAG_EXTENSIBLE = 0xfffe };

struct chunk {
	const uint8_t *data;
	size_t bytes;
};

static uint32_t le(const uint8_t *p, int bytes)
{
	uint32_t value = 0;

	for (int i = bytes - 1; i >= 0; i--)
		value = value << 8 | p[i];
	return value;
}

static int __attribute__((format(printf, 2, 3))) refuse(char *why, const char *fmt, ...)
{
	va_list args;

	if (why) {
		va_start(args, fmt);
		vsnprintf(why, WAV_WHY, fmt, args);
		va_end(args);
	}
	return ERR_SYNTAX;
}

/* A writer that did not know the length leaves it 0 or huge: the last chunk is then what is there. */
static int find_chunk(const uint8_t *image, size_t bytes, const char *name, struct chunk *chunk)
{
	for (size_t at = 12; at + 8 <= bytes;) {
		size_t length = le(image + at + 4, 4), there = bytes - at - 8;
		if (!memcmp(image + at, name, 4)) {
			bool unknown = !memcmp(name, "data", 4) && !length;
			*chunk = (struct chunk){image + at + 8, unknown || length > there ? there : length};
			return 0;
		}
		if (length > there)
			break;
		at += 8 + length + (length & 1);
	}
	return ERR_SYNTAX;
}

static int check_format(const struct chunk *fmt, struct wav *wav, char *why)
{
	if (fmt->bytes < 16)
		return refuse(why, "the format chunk has %zu bytes, 16 are needed", fmt->bytes);
	unsigned channels = le(fmt->data + 2, 2), bits = le(fmt->data + 14, 2);
	wav->tag = (uint16_t)le(fmt->data, 2);
	if (wav->tag == TAG_EXTENSIBLE && fmt->bytes >= 26)
		wav->tag = (uint16_t)le(fmt->data + 24, 2);
	wav->rate = le(fmt->data + 4, 4);
	if (channels != 1)
		return refuse(why, "it has %u channels, one is needed", channels);
	if (wav->rate != 8000 && wav->rate != 16000)
		return refuse(why, "it has %u samples a second, 8000 or 16000 are needed", wav->rate);
	if (wav->tag != TAG_PCM && wav->tag != TAG_ALAW && wav->tag != TAG_ULAW)
		return refuse(why, "its format tag is %u; PCM (1), A-law (6) and mu-law (7) are known", wav->tag);
	if (bits != (wav->tag == TAG_PCM ? 16u : 8u))
		return refuse(why, "it has %u bits a sample", bits);
	return 0;
}

int wav_parse(const uint8_t *image, size_t bytes, struct wav *wav, char *why)
{
	struct wav out = {0};
	struct chunk fmt, data;

	if (bytes < 12 || memcmp(image, "RIFF", 4) || memcmp(image + 8, "WAVE", 4))
		return refuse(why, "it is not a RIFF/WAVE file");
	if (find_chunk(image, bytes, "fmt ", &fmt))
		return refuse(why, "it has no format chunk");
	int err = check_format(&fmt, &out, why);
	if (err)
		return err;
	if (find_chunk(image, bytes, "data", &data))
		return refuse(why, "it has no data chunk");
	out.samples = data.data;
	out.count = data.bytes / (out.tag == TAG_PCM ? 2 : 1);
	if (!wav_count(&out))
		return refuse(why, "it has no samples");
	*wav = out;
	return 0;
}

size_t wav_count(const struct wav *wav)
{
	return wav->rate == 16000 ? wav->count / 2 : wav->count;
}

static int16_t wav_sample(const struct wav *wav, size_t i)
{
	if (wav->tag == TAG_PCM)
		return (int16_t)le(wav->samples + 2 * i, 2);
	return g711_decode(wav->tag == TAG_ALAW ? AMD_ALAW : AMD_ULAW, wav->samples[i]);
}

/* --- 16 to 8 kHz */

#define TAPS 47 /* cut-off at a quarter of the rate, -60 dB from 4.6 kHz */

static void design(double taps[TAPS])
{
	double sum = 0;

	for (int i = 0; i < TAPS; i++) {
		double x = i - (TAPS - 1) / 2.0, phase = 2 * M_PI * (i + 1) / (TAPS + 1);
		double sinc = x == 0 ? 0.5 : sin(M_PI * x / 2) / (M_PI * x);
		taps[i] = sinc * (0.42 - 0.5 * cos(phase) + 0.08 * cos(2 * phase));
		sum += taps[i];
	}
	for (int i = 0; i < TAPS; i++)
		taps[i] /= sum;
}

static int16_t filtered(const struct wav *wav, const double taps[TAPS], size_t middle)
{
	double sum = 0;

	for (int i = 0; i < TAPS; i++) {
		size_t at = middle + (size_t)i - (TAPS - 1) / 2; /* wraps below 0: outside */
		if (at < wav->count)
			sum += taps[i] * wav_sample(wav, at);
	}
	return (int16_t)lrint(fmin(32767, fmax(-32768, sum)));
}

void wav_decode(const struct wav *wav, int16_t *out)
{
	double taps[TAPS];

	if (wav->rate == 8000) {
		for (size_t i = 0; i < wav->count; i++)
			out[i] = wav_sample(wav, i);
		return;
	}
	design(taps);
	for (size_t i = 0; i < wav_count(wav); i++)
		out[i] = filtered(wav, taps, 2 * i);
}
