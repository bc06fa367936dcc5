/* guess.c - slows down whoever guesses passwords */
#include "dialer/guess.h"

#include <arpa/inet.h>
#include <string.h>

#define WAYS 4

/* FNV-1a over what is kept of the address, and the login; never 0. */
static uint64_t mix(uint64_t hash, const void *bytes, size_t count)
{
	for (const unsigned char *at = bytes; count; count--)
		hash = (hash ^ *at++) * UINT64_C(0x100000001b3);
	return hash;
}

static uint64_t key_of(const struct guess *guess, const char *ip, const char *login)
{
	unsigned char bits[16];
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ guess->seed;

	if (inet_pton(AF_INET6, ip, bits) == 1)
		hash = mix(hash, bits, 8);
	else
		hash = mix(hash, ip, strlen(ip));
	if (login)
		hash = mix(mix(hash, "/", 1), login, strlen(login));
	return hash ? hash : 1;
}

static struct guess_slot *set_of(const struct guess *guess, uint64_t key)
{
	return (struct guess_slot *)&guess->slots[(key ^ key >> 32) % (GUESS_SLOTS / WAYS) * WAYS];
}

static struct guess_slot *find(const struct guess *guess, uint64_t key)
{
	struct guess_slot *set = set_of(guess, key);

	for (int i = 0; i < WAYS; i++)
		if (set[i].key == key)
			return &set[i];
	return NULL;
}

/* The key's bucket, or the emptiest one of its set, emptied. */
static struct guess_slot *take(struct guess *guess, uint64_t key)
{
	struct guess_slot *set = set_of(guess, key), *slot = find(guess, key);

	if (slot)
		return slot;
	slot = set;
	for (int i = 1; i < WAYS; i++)
		if (set[i].empty_us < slot->empty_us)
			slot = &set[i];
	*slot = (struct guess_slot){.key = key};
	return slot;
}

static void drop(struct guess *guess, uint64_t key, int64_t leak_us, int64_t now_us)
{
	struct guess_slot *slot = take(guess, key);

	slot->empty_us = (slot->empty_us > now_us ? slot->empty_us : now_us) + leak_us;
}

/* A bucket takes one drop more when it holds less than `max` of them. */
static int64_t wait_us(const struct guess *guess, uint64_t key, int64_t max, int64_t leak_us, int64_t now_us)
{
	const struct guess_slot *slot = find(guess, key);
	int64_t left_us = slot ? slot->empty_us - now_us - (max - 1) * leak_us : 0;

	return left_us > 0 ? left_us : 0;
}

int64_t guess_wait_us(const struct guess *guess, const char *ip, const char *login, int64_t now_us)
{
	int64_t pair_us = wait_us(guess, key_of(guess, ip, login), GUESS_PAIR_MAX, GUESS_PAIR_LEAK_US, now_us);
	int64_t address_us = wait_us(guess, key_of(guess, ip, NULL), GUESS_ADDRESS_MAX, GUESS_ADDRESS_LEAK_US, now_us);

	return pair_us > address_us ? pair_us : address_us;
}

void guess_wrong(struct guess *guess, const char *ip, const char *login, int64_t now_us)
{
	drop(guess, key_of(guess, ip, login), GUESS_PAIR_LEAK_US, now_us);
	drop(guess, key_of(guess, ip, NULL), GUESS_ADDRESS_LEAK_US, now_us);
}

void guess_right(struct guess *guess, const char *ip, const char *login, int64_t now_us)
{
	struct guess_slot *slot = find(guess, key_of(guess, ip, login));

	if (slot)
		slot->empty_us = now_us;
}
