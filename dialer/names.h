/*
 * names.h - addresses of gateways that have names: NAPTR, SRV, A and AAAA (the only door to c-ares is names.c)
 *
 * What    Keeps the addresses of each gateway fresh, as RFC 3263 asks for them: NAPTR where neither port nor transport is given,
 *         SRV where no port is, A (AAAA for an engine on IPv6) always. An answer is asked for again when its TTL is over (5 s to
 *         an hour); when that fails the last good answer stays, and the question is put again after 5 s, later up to a minute.
 * Never   blocks: names_turn() does what the sockets have ready.
 * Thread  engine thread only.
 */
#ifndef OUTDIAL_DIALER_NAMES_H
#define OUTDIAL_DIALER_NAMES_H

#include "campaigns/campaigns.h"
#include "dialer/gateways.h"

#include <stddef.h>

struct names;

struct names_counters {
	uint64_t questions, answers, failures;
};

/* `servers`: "IP:PORT,IP" or "" for the system's. -ENOMEM, ERR_RANGE (servers). */
int names_open(struct names **names, const char *servers, bool ipv6);
void names_close(struct names *names); /* NULL is fine */

/*
 * The addresses of the gateway as they are known now; answers how many, at most `max`. After the first call the next
 * names_turn() puts the question.
 */
int names_targets(
	struct names *names, const struct trunk_gateway *gateway, struct gateway_target *targets, int max, int64_t now_us);
/* Between these two every gateway is asked for again; the others are forgotten. */
void names_mark(struct names *names);
void names_sweep(struct names *names);
/* True when an answer differs from the one before. `failed` (NULL or 200 bytes) gets a sentence about a failure, "" without. */
bool names_turn(struct names *names, int64_t now_us, char *failed);
void names_count(const struct names *names, struct names_counters *out);

/* The least TTL of the answers in a DNS message, seconds; -1 when it is none or has none. */
int64_t names_ttl(const unsigned char *message, size_t bytes);

#endif
