/* wav.c - outdial-amd: the WAV files that it reads */
#include "tools/amd/wav.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { TAG_PCM = 1, TAG_ALAW = 6, TAG_ULAW = 7, TAG_EXTENSIBLE = 0xfffe };

struct chunks {
	const uint8_t *format, *data;
	size_t format_bytes, data_bytes;
};

static uint32_t le16(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t le32(const uint8_t *p)
{
	return le16(p) | le16(p + 2) << 16;
}

static int refuse(char *why, size_t why_size, const char *sentence)
{
	snprintf(why, why_size, "%s", sentence);
	return ERR_SYNTAX;
}

static void find_chunks(const uint8_t *bytes, size_t length, struct chunks *chunks)
{
	size_t at = 12;
	while (at + 8 <= length) {
		size_t size = le32(bytes + at + 4), room = length - at - 8;
		size = size < room ? size : room;
		if (memcmp(bytes + at, "fmt ", 4) == 0 && chunks->format == NULL) {
			chunks->format = bytes + at + 8;
			chunks->format_bytes = size;
		} else if (memcmp(bytes + at, "data", 4) == 0 && chunks->data == NULL) {
			chunks->data = bytes + at + 8;
			chunks->data_bytes = size;
		}
		at += 8 + size + (size & 1);
	}
}

/* G.711 u-law of a 16-bit sample: the nearest code at or below its magnitude plus the bias. */
static uint8_t ulaw_of(int sample)
{
	int sign = sample < 0 ? 0x80 : 0, magnitude = sample < 0 ? -sample : sample;
	magnitude = (magnitude > 32635 ? 32635 : magnitude) + 0x84;
	int segment = 7;
	while (segment > 0 && !(magnitude & (0x80 << segment)))
		segment--;
	return (uint8_t) ~(sign | segment << 4 | ((magnitude >> (segment + 3)) & 0x0f));
}

static int copy_samples(const struct chunks *chunks, unsigned tag, struct wav *wav, char *why, size_t why_size)
{
	wav->count = tag == TAG_PCM ? chunks->data_bytes / 2 : chunks->data_bytes;
	wav->law = tag == TAG_ALAW ? AMD_ALAW : AMD_ULAW;
	wav->g711 = malloc(wav->count ? wav->count : 1);
	if (wav->g711 == NULL) {
		snprintf(why, why_size, "out of memory");
		return -ENOMEM;
	}
	if (tag != TAG_PCM) {
		memcpy(wav->g711, chunks->data, wav->count);
		return 0;
	}
	for (size_t n = 0; n < wav->count; n++)
		wav->g711[n] = ulaw_of((int16_t)le16(chunks->data + 2 * n));
	return 0;
}

int wav_parse(const uint8_t *bytes, size_t length, struct wav *wav, char *why, size_t why_size)
{
	struct chunks chunks = {0};
	memset(wav, 0, sizeof *wav);
	if (length < 12 || memcmp(bytes, "RIFF", 4) != 0 || memcmp(bytes + 8, "WAVE", 4) != 0)
		return refuse(why, why_size, "not a RIFF/WAVE file");
	find_chunks(bytes, length, &chunks);
	if (chunks.format == NULL || chunks.format_bytes < 16)
		return refuse(why, why_size, "no format chunk");
	if (chunks.data == NULL)
		return refuse(why, why_size, "no data chunk");
	unsigned tag = le16(chunks.format), channels = le16(chunks.format + 2), rate = le32(chunks.format + 4),
		 bits = le16(chunks.format + 14);
	if (tag == TAG_EXTENSIBLE && chunks.format_bytes >= 26)
		tag = le16(chunks.format + 24);
	bool known = (tag == TAG_PCM && bits == 16) || ((tag == TAG_ALAW || tag == TAG_ULAW) && bits == 8);
	if (!known || channels != 1 || rate != 8000) {
		snprintf(why, why_size, "format tag %u, %u bits, %u channels, %u Hz; wanted PCM16, A-law or u-law, mono, 8000 Hz",
			tag, bits, channels, rate);
		return ERR_SYNTAX;
	}
	return copy_samples(&chunks, tag, wav, why, why_size);
}

static int slurp(FILE *file, uint8_t **bytes, size_t *length)
{
	size_t room = 0;
	*bytes = NULL;
	*length = 0;
	for (;;) {
		if (*length == room) {
			room = room ? room * 2 : 1 << 17;
			uint8_t *more = room <= WAV_BYTES_MAX ? realloc(*bytes, room) : NULL;
			if (more == NULL)
				return room <= WAV_BYTES_MAX ? -ENOMEM : -EFBIG;
			*bytes = more;
		}
		size_t got = fread(*bytes + *length, 1, room - *length, file);
		*length += got;
		if (got == 0)
			return ferror(file) ? -EIO : 0;
	}
}

int wav_read(const char *path, struct wav *wav, char *why, size_t why_size)
{
	uint8_t *bytes = NULL;
	size_t length = 0;
	memset(wav, 0, sizeof *wav);
	FILE *file = fopen(path, "rb");
	int err = file != NULL ? slurp(file, &bytes, &length) : -errno;
	if (err == 0)
		err = wav_parse(bytes, length, wav, why, why_size);
	else
		snprintf(why, why_size, "%s", err_text(err));
	if (file != NULL)
		fclose(file);
	free(bytes);
	return err;
}

void wav_free(struct wav *wav)
{
	free(wav->g711);
	memset(wav, 0, sizeof *wav);
}
