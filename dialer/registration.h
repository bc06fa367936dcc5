/*
 * registration.h - when a trunk registers, refreshes, and tries again (pure)
 *
 * What    REGISTER is refreshed at four fifths of its lifetime (RFC 3261, 10.2.4); 423 raises the lifetime; after failures it
 *         waits 30 s, twice as long each time, at most half an hour (RFC 5626, 4.5), or what Retry-After says.
 * Units   *_us microseconds since the epoch.
 */
#ifndef OUTDIAL_DIALER_REGISTRATION_H
#define OUTDIAL_DIALER_REGISTRATION_H

#include <stdbool.h>
#include <stdint.h>

#define REGISTRATION_RETRY_US (30 * INT64_C(1000000))
#define REGISTRATION_RETRY_US_MAX (1800 * INT64_C(1000000))

struct registration {
	uint32_t lifetime_s; /* asked for; 0: none is wanted */
	int64_t next_us;     /* the next REGISTER */
	int64_t expires_us;  /* 0: not registered */
	bool out;            /* one is under way */
	uint32_t failures;   /* in a row */
	int code;            /* of the last answer, 0 none yet */
	uint32_t cseq;
	uint64_t sent, refused;
};

struct registration_answer {
	int code; /* SIP status; 408 and 503 of our own, too */
	uint32_t expires_s, min_expires_s, retry_after_s;
};

/* The trunk's settings: a change registers at once; 0 forgets. */
void registration_want(struct registration *registration, uint32_t lifetime_s, int64_t now_us);
bool registration_due(const struct registration *registration, int64_t now_us);
/* It left: gives the CSeq that it has (and one that is kept for the answer to a challenge). */
uint32_t registration_sent(struct registration *registration);
/* True: it begins or ceases to be registered. */
bool registration_done(struct registration *registration, const struct registration_answer *answer, int64_t now_us);
bool registration_holds(const struct registration *registration, int64_t now_us);

#endif
