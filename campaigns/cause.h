/*
 * cause.h - what a final response says beyond its code (pure): Q.850 cause, who blocked the call, whom to complain to
 *
 * What    Reads the values of Reason (several may stand there), Call-Info, P-Asserted-Identity and Diversion or History-Info.
 *         Tells apart 603 Decline (the called), 603 Network Blocked ("603+", a network's analytics), 607 Unwanted (the called)
 *         and 608 Rejected (an intermediary).
 * Errors  none: what cannot be read is not there. Bytes of the network; every length is bounded.
 * Source  RFC 3326 (Reason), Q.850, ATIS-1000099 (603+: phrase, and v=, url=, tel=, email= in the Reason's text), RFC 8197 (607),
 *         RFC 8688 (608: URL of a jCard in Call-Info), 3325 (P-Asserted-Identity), 5806 (Diversion), 7044 (History-Info).
 */
#ifndef OUTDIAL_CAMPAIGNS_CAUSE_H
#define OUTDIAL_CAMPAIGNS_CAUSE_H

#include <stdbool.h>
#include <stdint.h>

#define CAUSE_REDRESS_BYTES 160
#define CAUSE_NUMBER_BYTES 20

struct cause {
	uint8_t q850;                      /* 1..127, 0 not said */
	bool blocked;                      /* 603+ */
	char redress[CAUSE_REDRESS_BYTES]; /* "url=... tel=... email=...", "" none */
};

/* Texts may be NULL. */
void cause_read(int code, const char *phrase, const char *reason, const char *call_info, struct cause *out);

/* Number in the first URI of a P-Asserted-Identity, "" when it has none; a privacy of "id" hides it. */
void cause_number(const char *asserted, const char *privacy, char out[CAUSE_NUMBER_BYTES]);
/* Was the call passed on to somebody else? Diversion, or a History-Info with more than one entry. */
bool cause_diverted(const char *diversion);

#endif
