/*
 * g711.h - the two laws of G.711 (pure)
 *
 * What    Sample by sample between 16-bit linear and mu-law or A-law, and from one law to the other by table.
 * Source  ITU-T G.711, tables 1a, 1b, 2a, 2b.
 */
#ifndef OUTDIAL_MEDIA_G711_H
#define OUTDIAL_MEDIA_G711_H

#include "media/amd/amd.h"

#include <stddef.h>
#include <stdint.h>

int16_t g711_decode(enum amd_law law, uint8_t code);
uint8_t g711_encode(enum amd_law law, int16_t sample);
/* Copies `count` samples from one law to the other. g711_init() must have been called once. */
void g711_convert(uint8_t *out, const uint8_t *in, size_t count, enum amd_law from, enum amd_law to);
/* The code of silence: 0xff or 0xd5. */
uint8_t g711_silence(enum amd_law law);
void g711_init(void);

#endif
