/*
 * pacer.h - the insides of struct pacer, for the files of this folder and their tests only
 */
#ifndef OUTDIAL_PACING_PACER_H
#define OUTDIAL_PACING_PACER_H

#include "pacing/crew.h"
#include "pacing/pacing.h"
#include "pacing/purse.h"
#include "pacing/ringing.h"

enum pacer_call_state {
	PACER_IDLE,
	PACER_RINGING,
	PACER_ANSWERED, /* waiting for its classification */
	PACER_WAITING,  /* wants a seat */
};

struct pacer_call {
	struct ringing_call ring;
	int64_t answer_bin, since_us;
	uint32_t weight, charge;
	float live_expected; /* people, when it was placed; 0 when the price has nothing to learn from it */
	enum pacer_call_state state;
	bool live; /* counted as a person */
};

struct pacer {
	struct pacing_options options;
	struct pacing_state state;
	struct pacer_call *calls;
	uint32_t answered, waiting; /* calls in these states */
	struct ringing ringing;
	struct crew crew;
	struct purse purse;
	int64_t built_us, crew_built_us, seen_us;
	uint64_t resolved, talks; /* seen so far: whether over-dialling can begin */
	double slack_us;          /* from wanting a seat until it counts as abandoned, learned */
	double seat_us;           /* login time summed over the seats, for the outlook */
	double burst;             /* of the last decision's forecast */
	/* Of the last decision: what each call that it asked for is charged and worth, until all are placed. */
	uint32_t asked, charge;
	struct purse_terms terms;
	double live_each, risk;
	bool learns; /* nothing but the price held it */
};

#endif
