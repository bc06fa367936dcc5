/* prng.c - xoshiro256** */
#include "base/prng.h"

static uint64_t prng_rotl(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

static uint64_t prng_splitmix(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void prng_seed(struct prng *prng, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		prng->s[i] = prng_splitmix(&seed);
}

uint64_t prng_u64(struct prng *prng)
{
	uint64_t *s = prng->s;
	uint64_t result = prng_rotl(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = prng_rotl(s[3], 45);
	return result;
}

double prng_unit(struct prng *prng)
{
	return (double)(prng_u64(prng) >> 11) * 0x1.0p-53;
}

uint64_t prng_below(struct prng *prng, uint64_t bound)
{
	return (uint64_t)((unsigned __int128)prng_u64(prng) * bound >> 64);
}
