/*
 * witness.h - what the called side saw: one record a call, counts, a CSV log
 *
 * What    The engine reports its own outcomes; this is the other side's view of the same calls, so that a test can compare them
 * by Call-ID. delay is the time from the end of a person's greeting to the first voice that the person hears. It holds the
 *         connect, the agent's own reaction, and the time that the voice needs to be told from noise: an upper bound of the
 * engine's part. Log     CSV with a header line, one line a call, written when the call is over. Times are microseconds since the
 * epoch, 0 is never. ended_by: caller (BYE or CANCEL), callee (BYE or refusal), network (no ACK), stop (the carrier was stopped).
 * Thread  one.
 */
#ifndef OUTDIAL_TOOLS_CARRIER_WITNESS_H
#define OUTDIAL_TOOLS_CARRIER_WITNESS_H

#include "base/hist.h"
#include "media/media.h"
#include "tools/carrier/mix.h"

#include <stdint.h>
#include <stdio.h>

enum ended_by { ENDED_CALLER, ENDED_CALLEE, ENDED_NETWORK, ENDED_STOP, ENDED_WAYS };

struct record {
	char call_id[96], number[32];
	uint32_t attempt;
	enum behaviour behaviour;
	int64_t invite_us, ringing_us, answer_us, greeting_end_us, voice_us, end_us;
	uint32_t message_ms; /* longest unbroken voice heard, when it was 6 s or more: the message to abandoned people
			      */
	enum ended_by ended_by;
	uint16_t code; /* final code of the INVITE: 200, 486, 487, ... */
	struct media_stats stats;
};

struct witness {
	FILE *log; /* NULL: none */
	uint64_t calls[MIX_BEHAVIOURS], answered[MIX_BEHAVIOURS], cancelled[MIX_BEHAVIOURS];
	uint64_t ended[ENDED_WAYS];
	uint64_t refused_full, refused_offer, repeated; /* over --calls-max; no usable SDP; further attempts to a number */
	uint64_t rx_packets, tx_packets, rx_lost, rx_late;
	uint64_t greeted, heard, late, unheard,
		messages;  /* people: said hello; heard a voice; after 2 s; never; heard the message */
	struct hist delay; /* us, greeting's end to first voice, of `heard` without `messages` */
	int64_t first_us, last_us;
	uint32_t live, live_max;
};

/* Opens the log (path NULL: none) and writes its header. A negative errno. */
int witness_open(struct witness *witness, const char *path);
/* A call has come in; a call is over. */
void witness_begin(struct witness *witness, int64_t now_us);
void witness_end(struct witness *witness, const struct record *record);
void witness_print(const struct witness *witness, FILE *out);
struct doc;
/* The same figures as JSON, and those of the sound, which it takes over; a negative errno. */
int witness_report(const struct witness *witness, struct doc *sound, const char *path);
void witness_close(struct witness *witness);

#endif
