/*
 * latch.h - whose packets a stream accepts, and where it sends (pure: no I/O, no clock, no allocation)
 *
 * What    The description names an address; behind a translator the packets come from another one. The first valid packet from
 * the described address latches at once; another source only when it sends LATCH_PACKETS valid packets over LATCH_PROBE_US and
 * the described one none. After that strangers are refused, until latch_aim() names another address or the source has been silent
 * for LATCH_SILENT_US. Flow    latch_look() before the costly checks (SRTP), latch_take() once the packet has proved valid.
 * Thread  the caller's.
 * Source  RFC 4961 (symmetric RTP), RFC 7362 (latching and its dangers).
 */
#ifndef OUTDIAL_MEDIA_LATCH_H
#define OUTDIAL_MEDIA_LATCH_H

#include "media/addr.h"

#define LATCH_PACKETS 3
#define LATCH_PROBE_US 40000
#define LATCH_SILENT_US 5000000

struct latch {
	union addr aim;    /* from the description */
	union addr source; /* latched */
	bool aimed, locked;
	int64_t heard_us; /* last accepted packet */
	union addr probe;
	int64_t probe_us;
	unsigned probe_count;
};

enum latch_answer {
	LATCH_REFUSE, /* a stranger, or not yet proved */
	LATCH_ACCEPT,
	LATCH_NEW, /* accepted and latched just now */
};

/* The described address; the same one again changes nothing. */
void latch_aim(struct latch *latch, const union addr *aim);
/* Could this source be accepted? Changes nothing. */
bool latch_look(const struct latch *latch, const union addr *from, int64_t now_us);
/* A valid packet from this source. */
enum latch_answer latch_take(struct latch *latch, const union addr *from, int64_t now_us);
/* Where to send: the latched source, else the described one; NULL when there is none or it is 0.0.0.0. */
const union addr *latch_to(const struct latch *latch);

#endif
