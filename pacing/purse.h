/*
 * purse.h - the abandonment budget of one legal period and the price of risk (pure)
 *
 * What    Counts people and abandoned people of the period; knows what the calls in flight may still cost (the sum of the
 * expected overflow that each was charged when it was placed); answers whether over-dialling is allowed at all (the gate), and
 * the highest risk that one more call may carry (the price). Gate    Over-dialling needs room for one more abandoned person on
 * top of everything committed, now or from a small, capped credit on people who are still to come in the period. When the
 * period's end is near or unknown the credit is 0: the share is then at or under the ceiling at every moment, not only at the
 * end. Price   Lagrange's multiplier of the budget: it rises while the charges run below the share that is still to be spent, and
 *         falls while they run above it (dual ascent). Charges are corrected by what was really abandoned per charge.
 */
#ifndef OUTDIAL_PACING_PURSE_H
#define OUTDIAL_PACING_PURSE_H

#include <stdbool.h>
#include <stdint.h>

#define PURSE_CHARGE_ONE 1000000.0 /* charges are kept as whole millionths of a person: they add up exactly */

struct purse {
	double ceiling;
	uint64_t live, abandoned;   /* of the period */
	uint64_t charged, realised; /* since start, forgotten slowly: settled charges (millionths), people abandoned */
	uint64_t in_flight;         /* charges of calls in flight, millionths */
	double price_log;
};

/* What the rest of the period may bring. */
struct purse_outlook {
	double live_expected; /* people still to be reached in the period; negative: nobody knows */
	double burst;         /* standard deviation of people less seats within a ring time: who is lost is not lost alone */
};

struct purse_terms {
	bool open;         /* over-dialling is allowed */
	double price;      /* highest chance of overflow that one more call may carry */
	double target;     /* share of people that may be lost from now on */
	double left;       /* people that may still be lost, credit included, commitments taken off */
	double room;       /* the same without the reserve for chance */
	double spare;      /* what may be lost at once and be made good before the period ends */
	double correction; /* people lost for each one charged */
};

void purse_init(struct purse *purse, double ceiling, uint64_t live, uint64_t abandoned);
/* Another period, or its true counts. */
void purse_period(struct purse *purse, uint64_t live, uint64_t abandoned);
struct purse_terms purse_terms(const struct purse *purse, struct purse_outlook outlook);
/* A call was placed with this chance of costing somebody. */
void purse_charge(struct purse *purse, uint32_t charge);
/* A call with this charge is over. */
void purse_settle(struct purse *purse, uint32_t charge);
/* The law placed calls worth `live` people with `overflow` expected, and nothing but the price held it. */
void purse_learn(struct purse *purse, const struct purse_terms *terms, double live, double overflow);
void purse_live(struct purse *purse);
/* The person turned out to be a machine. */
void purse_not_live(struct purse *purse);
void purse_abandoned(struct purse *purse);

#endif
