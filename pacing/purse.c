/*
 * purse.c - the abandonment budget of one legal period and the price of risk
 */
#include "pacing/purse.h"

#include <math.h>

#define PRICE_START 3.0 /* times the ceiling */
#define PRICE_LOG_MIN (-6.0)
#define PRICE_LOG_MAX (-0.7)
#define PRICE_STEP 0.03   /* logarithm of the price per person reached while nothing is charged */
#define WINDOW_LIVE 150.0 /* people over whom a surplus is spent when the end is unknown */
#define WINDOW_LIVE_MIN 20.0
#define MARGIN_SIGMA 0.5
#define RESERVE_SIGMA 1.0    /* of what is committed may come on top, */
#define BURST_SHARE 1.5      /* and people are lost in bursts, */
#define BURST_FREE 0.7       /* but one at a time by a small team: the gate's own room covers that one */
#define CREDIT_ABANDONED 4.0 /* people that may be lost before they are earned, */
#define CREDIT_BURST 2.0     /* more by a large team, which loses many at once, */
#define CREDIT_REST 0.02     /* at most this share of what the rest of the period will allow, */
#define CREDIT_SHARE 0.2     /* and this share of what was earned */
#define CREDIT_CERTAIN 0.3   /* of the expected rest of the period */
#define LATER_CERTAIN 0.5    /* of what the rest beyond the credit may earn is counted on */
#define LATER_UNKNOWN 200.0  /* people who come yet when nobody knows: enough to make good a burst, not to borrow on */
#define TARGET_MAX 2.5       /* times the ceiling */
#define CORRECTION_PRIOR 4.0
#define REALISED_MAX 300

void purse_init(struct purse *purse, double ceiling, uint64_t live, uint64_t abandoned)
{
	*purse = (struct purse){.ceiling = ceiling, .live = live, .abandoned = abandoned};
	purse->price_log = fmin(PRICE_LOG_MAX, log(fmax(ceiling, 1e-3) * PRICE_START));
}

void purse_period(struct purse *purse, uint64_t live, uint64_t abandoned)
{
	purse->live = live;
	purse->abandoned = abandoned;
}

static double correction(const struct purse *purse)
{
	double ratio =
		((double)purse->realised + CORRECTION_PRIOR) / ((double)purse->charged / PURSE_CHARGE_ONE + CORRECTION_PRIOR);

	return fmin(3, fmax(0.5, ratio));
}

/* What is held back against chance, less what the part of the rest that was not lent could earn back. */
static double reserve(const struct purse *purse, double committed, double at_once, double later)
{
	return fmax(0, RESERVE_SIGMA * sqrt(committed) + at_once - LATER_CERTAIN * purse->ceiling * later);
}

struct purse_terms purse_terms(const struct purse *purse, struct purse_outlook outlook)
{
	struct purse_terms terms = {.correction = correction(purse), .price = exp(purse->price_log)};
	double live = (double)purse->live, lost = (double)purse->abandoned, c = purse->ceiling;
	double committed = terms.correction * (double)purse->in_flight / PURSE_CHARGE_ONE;
	double at_once = fmax(0, BURST_SHARE * outlook.burst - BURST_FREE), kept, lent;
	bool known = outlook.live_expected >= 0;
	double rest = known ? CREDIT_CERTAIN * outlook.live_expected : 0, later = known ? 0 : LATER_UNKNOWN, credit, window;

	if (c <= 0)
		return terms;
	lent = CREDIT_ABANDONED + fmin(CREDIT_BURST * outlook.burst, CREDIT_REST * c * fmax(0, outlook.live_expected));
	credit = fmin(rest, lent / c + CREDIT_SHARE * live);
	later += rest - credit;
	window = fmax(WINDOW_LIVE_MIN, known ? outlook.live_expected : WINDOW_LIVE + 0.5 * live);
	terms.left = c * (live + credit) - lost - committed;
	terms.spare = terms.left + LATER_CERTAIN * c * later;
	terms.room = terms.left - reserve(purse, committed, at_once, later);
	/* What the gate will hold back at the period's end is not planned to be spent, or the gate would shut for the last
	 * minutes. */
	kept = MARGIN_SIGMA * sqrt(c * window) + (known ? at_once : 0);
	terms.target = (c * (live + window) - lost - committed - kept) / window;
	terms.target = fmin(terms.target, TARGET_MAX * c);
	terms.open = terms.room >= 1 && terms.target > 0;
	return terms;
}

void purse_charge(struct purse *purse, uint32_t charge)
{
	purse->in_flight += charge;
}

void purse_settle(struct purse *purse, uint32_t charge)
{
	purse->in_flight -= charge;
	purse->charged += charge;
	if (purse->realised <= REALISED_MAX && (double)purse->charged <= REALISED_MAX * PURSE_CHARGE_ONE)
		return;
	purse->realised /= 2;
	purse->charged /= 2;
}

void purse_learn(struct purse *purse, const struct purse_terms *terms, double live, double overflow)
{
	double error = fmax(terms->target, 0) * live - terms->correction * overflow;
	double step = fmax(-0.3, fmin(0.3, PRICE_STEP * error / fmax(purse->ceiling, 1e-3)));

	purse->price_log = fmin(PRICE_LOG_MAX, fmax(PRICE_LOG_MIN, purse->price_log + step));
}

void purse_live(struct purse *purse)
{
	purse->live++;
}

void purse_not_live(struct purse *purse)
{
	purse->live -= purse->live > 0;
}

void purse_abandoned(struct purse *purse)
{
	purse->abandoned++;
	purse->realised++;
}
