/*
 * wav.h - WAV files of telephone audio (pure: no I/O)
 *
 * What    Finds the samples in a RIFF/WAVE image and turns them into 16-bit samples at 8 kHz: PCM16, A-law or mu-law, mono, 8 or
 * 16 kHz. Errors  ERR_SYNTAX with a sentence in `why`. Own     the parsed struct is a view into the image. Source  RIFF MCI
 * (1991), WAVEFORMATEX/EXTENSIBLE tags 1, 6, 7, 0xfffe; halving by a half-band filter (windowed sinc, Blackman).
 */
#ifndef OUTDIAL_MEDIA_WAV_H
#define OUTDIAL_MEDIA_WAV_H

#include <stddef.h>
#include <stdint.h>

#define WAV_WHY 160

struct wav {
	uint16_t tag;  /* 1 PCM16, 6 A-law, 7 mu-law */
	uint32_t rate; /* 8000 or 16000 */
	const uint8_t *samples;
	size_t count; /* samples, at least 1 */
};

/* `why` (NULL or WAV_WHY bytes). */
int wav_parse(const uint8_t *image, size_t bytes, struct wav *wav, char *why);
/* Samples at 8 kHz that wav_decode() writes. */
size_t wav_count(const struct wav *wav);
void wav_decode(const struct wav *wav, int16_t *out);

#endif
