/*
 * wav.h - reads a WAV file as G.711 frames (the program's own small parser)
 *
 * What    RIFF/WAVE, one channel, 8 kHz: PCM16 (format tag 1), A-law (6), u-law (7). Chunks in any order, unknown ones skipped; a
 *         data chunk that promises more than the file holds ends where the file ends (recorders that were killed leave such).
 */
#ifndef OUTDIAL_TOOLS_AMD_WAV_H
#define OUTDIAL_TOOLS_AMD_WAV_H

#include <stddef.h>
#include <stdint.h>

#include "media/amd/amd.h"

#define WAV_BYTES_MAX (256u * 1024 * 1024)

struct wav {
	enum amd_law law;
	uint8_t *g711; /* wav_free() frees it */
	size_t count;  /* samples */
};

/* 0, or a negative error and a sentence in `why`: what the file has that we cannot read. */
int wav_read(const char *path, struct wav *wav, char *why, size_t why_size);

/* The same from memory. */
int wav_parse(const uint8_t *bytes, size_t length, struct wav *wav, char *why, size_t why_size);

void wav_free(struct wav *wav);

#endif
