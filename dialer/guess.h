/*
 * guess.h - slows down whoever guesses passwords (pure: caller's memory and clock)
 *
 * What    Wrong passwords fill buckets that leak with time: one bucket for the pair of source address and login, one for the
 *         address alone. While a bucket is full the next try is not looked at. The pair's bucket keeps a guesser from locking out
 *         the same login at another address; the address's bucket bounds one who tries many logins.
 * Shape   GUESS_SLOTS slots in sets of four; when a set is full the emptiest bucket goes, so that made-up logins do not push out
 *         a guesser's own full bucket. IPv6 addresses count by their /64.
 * Units   *_us microseconds of one clock that does not run backwards.
 * Errors  none. A right password empties the pair's bucket.
 * Source  the limits: five tries at once are a person's, then three a minute are 4,320 a day for each pair, 21,600 an address.
 */
#ifndef OUTDIAL_DIALER_GUESS_H
#define OUTDIAL_DIALER_GUESS_H

#include <stdint.h>

#define GUESS_SLOTS 1024
#define GUESS_PAIR_MAX 5
#define GUESS_PAIR_LEAK_US (20 * INT64_C(1000000))
#define GUESS_ADDRESS_MAX 30
#define GUESS_ADDRESS_LEAK_US (4 * INT64_C(1000000))

/* The bucket is empty at `empty_us`: a drop in it is one leak time until then. */
struct guess_slot {
	uint64_t key; /* 0: free */
	int64_t empty_us;
};

struct guess {
	uint64_t seed; /* anything that outsiders do not know */
	struct guess_slot slots[GUESS_SLOTS];
};

/* Microseconds until a try of this login from this address is looked at; 0: now. */
int64_t guess_wait_us(const struct guess *guess, const char *ip, const char *login, int64_t now_us);
void guess_wrong(struct guess *guess, const char *ip, const char *login, int64_t now_us);
void guess_right(struct guess *guess, const char *ip, const char *login, int64_t now_us);

#endif
