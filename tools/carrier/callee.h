/*
 * callee.h - one called side: what answers, step by step
 *
 * What    A callee is one incoming call. Its plan (mix.h) says what it is; one small step after the other does it, each armed by
 * a timer or by the end of what is played: incoming -> ring -> answer -> greet -> (greeted) -> listen, reply, say hello again ->
 * hang up
 *                    -> refuse           -> fax              -> record of a machine
 * Ends    by the caller's BYE or CANCEL, by itself, or by callee_stop(); the record is handed to the witness when leg and stream
 *         are both gone.
 * Thread  the carrier's.
 */
#ifndef OUTDIAL_TOOLS_CARRIER_CALLEE_H
#define OUTDIAL_TOOLS_CARRIER_CALLEE_H

#include "base/pool.h"
#include "tools/carrier/mix.h"
#include "tools/carrier/voices.h"
#include "tools/carrier/witness.h"
#include "tools/far/far.h"
#include "tools/far/far_quality.h"

#define CARRIER_NUMBERS (1u << 17) /* numbers of which the attempts are counted; the rest count as first attempts */

struct carrier {
	struct far far;
	struct mix mix;
	struct voices voices;
	struct witness witness;
	struct far_quality quality;
	struct pool callees;
	uint64_t seed;
	char ip[46];
	struct {
		uint64_t hash; /* 0: free */
		uint32_t attempts;
	} * numbers;
};

enum callee_stage {
	CALLEE_WAITING,  /* before the answer, or nothing of its own to say */
	CALLEE_EARLY,    /* early media plays */
	CALLEE_GREETING, /* hello or the machine's text plays */
	CALLEE_LISTENING,
	CALLEE_OVER,
};

struct callee {
	struct carrier *carrier;
	uint64_t handle, leg, stream; /* leg, stream: 0 when gone */
	enum callee_stage stage;
	struct plan plan;
	struct prng prng;
	struct timer step, end;
	void (*next)(struct callee *callee); /* what `step` does */
	struct offer remote, local;
	enum amd_law law;
	bool speaking;       /* something of its own is being played */
	int64_t sentence_us; /* where the voice of the other side began, 0: it is silent */
	struct record record;
};

/* UA_EV_INCOMING: a new callee, or a refusal. */
void callee_incoming(struct carrier *carrier, const struct ua_event *event);
/* Every other event of its leg, and the events of its stream. */
void callee_sip(struct callee *callee, const struct ua_event *event);
void callee_media(struct callee *callee, const struct media_event *event);
/* Hangs up or refuses at once: the carrier ends. */
void callee_stop(struct callee *callee);

#endif
