/*
 * prng.h - seeded random numbers for simulation, tests, jitter and media identifiers (never for secrets)
 *
 * Source  xoshiro256** by Blackman and Vigna, seeded through splitmix64 (public domain, prng.di.unimi.it).
 */
#ifndef OUTDIAL_BASE_PRNG_H
#define OUTDIAL_BASE_PRNG_H

#include <stdint.h>

struct prng {
	uint64_t s[4];
};

/* Same seed, same sequence, on every machine. */
void prng_seed(struct prng *prng, uint64_t seed);
uint64_t prng_u64(struct prng *prng);
/* Uniform 0 <= x < 1. */
double prng_unit(struct prng *prng);
/* Uniform 0 <= x < bound; 0 for bound 0. */
uint64_t prng_below(struct prng *prng, uint64_t bound);

#endif
