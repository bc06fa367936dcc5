/*
 * law.h - one G.711 code as a 16-bit sample (pure)
 *
 * What    Arithmetic instead of a table: a loop over a frame becomes eight samples at once, and no cache lines are taken from
 * five thousand legs. Source  ITU-T G.711, tables 1a and 2a; samples scaled to 16 bits.
 */
#ifndef OUTDIAL_MEDIA_AMD_LAW_H
#define OUTDIAL_MEDIA_AMD_LAW_H

#include <stdint.h>

static inline int law_ulaw(uint8_t code)
{
	int u = ~code & 0xff, value = ((((u & 0x0f) << 3) + 0x84) << ((u >> 4) & 7)) - 0x84;
	return u & 0x80 ? -value : value;
}

static inline int law_alaw(uint8_t code)
{
	int a = code ^ 0x55, segment = (a >> 4) & 7, value = (a & 0x0f) << 4;
	value = segment ? (value + 0x108) << (segment - 1) : value + 8;
	return a & 0x80 ? value : -value;
}

#endif
