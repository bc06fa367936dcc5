/*
 * pacer.c - a campaign's pacer: start, run-time changes, decisions
 */
#include "pacing/pacer.h"

#include <math.h>
#include <stdlib.h>

#include "pacing/law.h"

#define BUILD_US 1000000 /* the tables follow what was learned this often */
#define RESOLVED_MIN 10  /* calls and talks to have seen before over-dialling */
#define TALKS_MIN 3
#define SLACK_SHARE 0.7       /* of the hold is left when a person has been classified, until learned better */
#define SPEND_SHARE 0.5       /* of the room left that one decision may commit */
#define BURST_PROB_MAX 0.0002 /* of losing more people at once than there is room for */
#define LEADS_CERTAIN 0.7
#define BUSY_SHARE 0.8 /* of a seat's time, for the outlook on a first day */
#define OUTLOOK_SAMPLES 20.0
#define STEP_US_MAX 5000000

static bool options_good(const struct pacing_options *options)
{
	return options->calls_max >= 1 && options->calls_max <= 65536 && options->seats_max >= 1 && options->seats_max <= 65536 &&
	       options->abandon_prob_max >= 0 && options->abandon_prob_max <= 0.05;
}

static void build_crew(struct pacer *pacer, int64_t now_us)
{
	int64_t horizons[CREW_POINTS];

	for (int j = 0; j < CREW_POINTS; j++)
		horizons[j] = pacer->ringing.grid_us[j] + (int64_t)pacer->slack_us;
	crew_build(&pacer->crew, horizons);
	pacer->crew_built_us = now_us;
}

static void build(struct pacer *pacer, int64_t now_us)
{
	ringing_build(&pacer->ringing);
	pacer->built_us = now_us;
	build_crew(pacer, now_us);
}

/* One half of the tables at a time, so that no decision bears both. */
static void build_due(struct pacer *pacer, int64_t now_us)
{
	if (now_us - pacer->built_us >= BUILD_US) {
		ringing_build(&pacer->ringing);
		pacer->built_us = now_us;
	} else if (pacer->crew_built_us < pacer->built_us) {
		build_crew(pacer, now_us);
	}
}

struct pacer *pacer_alloc(const struct pacing_options *options, int64_t now_us)
{
	struct pacer *pacer = options_good(options) ? calloc(1, sizeof(*pacer)) : NULL;

	if (!pacer)
		return NULL;
	pacer->calls = calloc(options->calls_max, sizeof(*pacer->calls));
	if (!pacer->calls || crew_init(&pacer->crew, options->seats_max, now_us)) {
		pacer_free(pacer);
		return NULL;
	}
	pacer->options = *options;
	pacer->seen_us = now_us;
	pacer->slack_us = SLACK_SHARE * (double)options->hold_us;
	ringing_init(&pacer->ringing, options->ring_us_max, options->classified, now_us);
	purse_init(&pacer->purse, options->abandon_prob_max, options->period_live_count, options->period_abandoned_count);
	build(pacer, now_us);
	return pacer;
}

void pacer_free(struct pacer *pacer)
{
	if (!pacer)
		return;
	crew_fini(&pacer->crew);
	free(pacer->calls);
	free(pacer);
}

void pacer_configure(struct pacer *pacer, const struct pacing_options *options, int64_t now_us)
{
	uint32_t calls_max = pacer->options.calls_max, seats_max = pacer->options.seats_max;

	if (options->period_start_us != pacer->options.period_start_us)
		purse_period(&pacer->purse, options->period_live_count, options->period_abandoned_count);
	pacer->purse.ceiling = fmin(0.05, fmax(0, options->abandon_prob_max));
	pacer->options = *options;
	pacer->options.calls_max = calls_max;
	pacer->options.seats_max = seats_max;
	pacer->ringing.classified = options->classified;
	ringing_advance(&pacer->ringing, now_us);
	build(pacer, now_us);
}

void pacer_period(struct pacer *pacer, uint64_t live_count, uint64_t abandoned_count)
{
	purse_period(&pacer->purse, live_count, abandoned_count);
}

/* Seat time is summed so that people reached per seat second, and so the rest of the day, can be foreseen. */
static void pass_time(struct pacer *pacer, int64_t now_us)
{
	int64_t step = now_us - pacer->seen_us;

	pacer->seat_us += (double)pacer->state.seats_in * (double)(step < STEP_US_MAX ? step : STEP_US_MAX);
	pacer->seen_us = now_us;
	ringing_advance(&pacer->ringing, now_us);
	build_due(pacer, now_us);
}

static double live_until_end(const struct pacer *pacer, int64_t now_us)
{
	double prior = BUSY_SHARE / (pacer->crew.talk.mean_us + pacer->crew.wrap.mean_us);
	double rate = ((double)pacer->state.live + OUTLOOK_SAMPLES) / (pacer->seat_us + OUTLOOK_SAMPLES / prior);

	return fmax(0, rate * pacer->state.seats_in * (double)(pacer->options.day_end_us - now_us));
}

static struct purse_outlook outlook(const struct pacer *pacer, const struct pacing_view *view, int64_t now_us)
{
	struct purse_outlook outlook = {.live_expected = -1, .burst = pacer->burst};
	double leads = LEADS_CERTAIN * view->leads_ready * pacer->ringing.prob;

	if (pacer->options.day_end_us)
		outlook.live_expected = live_until_end(pacer, now_us);
	if (view->leads_ready != UINT32_MAX && (outlook.live_expected < 0 || leads < outlook.live_expected))
		outlook.live_expected = leads;
	return outlook;
}

/* Of a call placed now. */
static double answer_prob(const struct pacer *pacer)
{
	return fmin(0.98, pacer->ringing.level * pacer->ringing.rates.recent * pacer->ringing.prob);
}

/* The tightest of what trunk, limits and list allow. */
static uint32_t place_max(const struct pacing_view *view, enum pacing_reason *reason)
{
	uint32_t max = view->lines_free, tokens = view->tokens < 0 ? UINT32_MAX : (uint32_t)fmin(view->tokens, 1e9);

	*reason = PACING_BY_LINES;
	if (tokens < max) {
		max = tokens;
		*reason = PACING_BY_TOKENS;
	}
	if (view->leads_ready < max) {
		max = view->leads_ready;
		*reason = PACING_BY_LEADS;
	}
	return max;
}

/* A seat counts as free when the caller says so, even if the event that told of it was lost. */
static uint32_t seats_free(const struct pacer *pacer, const struct pacing_view *view)
{
	if (!view->idle_known)
		return pacer->state.seats_free;
	return view->idle < pacer->options.seats_max ? view->idle : pacer->options.seats_max;
}

/* One line for each free seat that nobody is on the way to. */
static uint32_t place_floor(const struct pacer *pacer, uint32_t free)
{
	uint32_t in_flight = pacer->state.calls_ringing + pacer->answered + pacer->waiting;

	return free > in_flight ? free - in_flight : 0;
}

static void fill_law(struct pacer *pacer, struct law_input *input, const struct purse_terms *terms, uint32_t free, int64_t now_us)
{
	double worth;

	ringing_forecast(&pacer->ringing, now_us, input->wanted);
	crew_forecast(&pacer->crew, now_us, input->freed);
	worth = pacer->ringing.level * pacer->ringing.rates.recent;
	for (int j = 0; j < RINGING_POINTS; j++)
		input->share[j] = fmin(0.98, worth * (double)pacer->ringing.reach[0][j]);
	pacer->burst = sqrt(input->wanted[RINGING_POINTS - 1].var + input->freed[RINGING_POINTS - 1].var);
	input->share_spread = pacer->ringing.level_spread;
	input->free = (int)free - (int)pacer->waiting;
	input->price = terms->price;
	input->overflow_max = SPEND_SHARE * fmax(0, terms->room) / terms->correction;
	input->spare = (int)fmin(1e6, fmax(0, terms->spare));
	input->burst_prob_max = BURST_PROB_MAX;
}

/* A fixed ratio of lines to free seats, rounded to the nearest, while the budget has room. */
static uint32_t place_power(const struct pacer *pacer, const struct purse_terms *terms, uint32_t free)
{
	uint32_t in_flight = pacer->state.calls_ringing + pacer->answered + pacer->waiting;
	double want = floor(pacer->options.ratio * free + 0.5);

	if (pacer->options.mode != PACING_POWER || !terms->open || !(want > in_flight))
		return 0;
	return (uint32_t)fmin(want, 1e9) - in_flight;
}

/*
 * What of it the room allows, in expectation and in a burst, and never less than the floor; *risk becomes the mean risk of these
 * calls.
 */
static uint32_t bounded_power(const struct law_input *input, uint32_t power, uint32_t floor, double *risk)
{
	for (; power > floor; power -= (power - floor + 1) / 2) {
		double mean = 0.5 * (*risk + law_risk(input, power - 1));

		if (power * input->share[RINGING_POINTS - 1] * mean > input->overflow_max ||
			law_burst(input, power) > input->burst_prob_max)
			continue;
		*risk = mean;
		return power;
	}
	return floor;
}

/* Whether over-dialling may be thought of; if not, why. */
static bool may_overdial(const struct pacer *pacer, const struct purse_terms *terms, enum pacing_reason *reason)
{
	*reason = pacer->options.mode == PACING_POWER && !terms->open ? PACING_BY_BUDGET : PACING_BY_SEATS;
	if (pacer->options.mode != PACING_PREDICTIVE)
		return false;
	if (pacer->resolved < RESOLVED_MIN || pacer->talks < TALKS_MIN) {
		*reason = PACING_BY_LEARNING;
		return false;
	}
	if (!terms->open) {
		*reason = PACING_BY_BUDGET;
		return false;
	}
	return true;
}

/* Between what and what a decision has to stay. */
struct bounds {
	uint32_t max, floor, power; /* what trunk and leads allow; what seats are owed; what a fixed ratio wants */
	bool over;                  /* over-dialling may be thought of */
};

/* *held: the law would have placed more than may be placed. */
static struct law_output weigh(struct law_input *input, const struct bounds *bounds, bool *held)
{
	struct law_output law;
	uint32_t floor;

	/*
	 * One more than may be placed, to see whether it is the price or the trunk that holds: only the first has something to
	 * learn.
	 */
	input->place_max = bounds->over ? bounds->max + (bounds->max < UINT32_MAX) : 0;
	law = law_place(input);
	*held = law.place > bounds->max;
	if (*held) {
		law.overflow *= (double)bounds->max / law.place;
		law.place = bounds->max;
	}
	floor = bounded_power(input, bounds->power, bounds->floor, &law.risk);
	if (law.place < floor) {
		law.place = floor < bounds->max ? floor : bounds->max;
		law.overflow = law.place * input->share[RINGING_POINTS - 1] * law.risk;
	}
	return law;
}

static bool day_is_over(const struct pacer *pacer, const struct pacing_view *view, int64_t now_us)
{
	return !view->dialling || (pacer->options.day_end_us && now_us >= pacer->options.day_end_us);
}

static struct pacing_decision think(struct pacer *pacer, const struct pacing_view *view, int64_t now_us)
{
	struct purse_terms terms = purse_terms(&pacer->purse, outlook(pacer, view, now_us));
	enum pacing_reason bound, why;
	uint32_t free = seats_free(pacer, view);
	struct bounds bounds = {.max = place_max(view, &bound),
		.floor = place_floor(pacer, free),
		.power = place_power(pacer, &terms, free),
		.over = may_overdial(pacer, &terms, &why)};
	struct law_input input;
	struct law_output law;
	struct pacing_decision d;
	bool held;

	fill_law(pacer, &input, &terms, free, now_us);
	law = weigh(&input, &bounds, &held);
	d = (struct pacing_decision){
		.place = law.place,
		.reason = law.place >= bounds.max ? bound : law.place > 0 && bounds.over ? PACING_BY_NOTHING : why,
		.answer_prob = answer_prob(pacer),
		.overflow_expected = law.overflow + (double)pacer->purse.in_flight / PURSE_CHARGE_ONE,
		.seats_free_expected = free + input.freed[RINGING_POINTS - 1].mean,
	};
	if (day_is_over(pacer, view, now_us)) {
		d.place = 0;
		d.reason = PACING_BY_WINDOW;
	}
	pacer->asked = d.place;
	pacer->charge = d.place ? (uint32_t)(law.overflow / d.place * PURSE_CHARGE_ONE) : 0;
	pacer->terms = terms;
	pacer->risk = law.risk;
	pacer->live_each = d.answer_prob;
	pacer->learns = bounds.over && !held;
	return d;
}

/* Without seats there is nothing to wait for. */
static struct pacing_decision release(struct pacer *pacer, const struct pacing_view *view)
{
	struct pacing_decision d = {.answer_prob = answer_prob(pacer)};

	d.place = place_max(view, &d.reason);
	if (!view->dialling) {
		d.place = 0;
		d.reason = PACING_BY_WINDOW;
	}
	pacer->asked = 0;
	pacer->learns = false;
	return d;
}

struct pacing_decision pacer_decide(struct pacer *pacer, const struct pacing_view *view, int64_t now_us)
{
	struct pacing_decision d;

	pass_time(pacer, now_us);
	d = pacer->options.mode == PACING_AGENTLESS ? release(pacer, view) : think(pacer, view, now_us);
	pacer->state.last = d;
	return d;
}

struct pacing_state pacer_state(const struct pacer *pacer)
{
	struct pacing_state state = pacer->state;

	state.calls_answered = pacer->answered + pacer->waiting;
	state.abandoned_prob = pacer->purse.live ? (double)pacer->purse.abandoned / (double)pacer->purse.live : 0;
	state.risk_prob = pacer->risk;
	state.price_prob = pacer->terms.price;
	state.spend_prob = fmax(0, pacer->terms.target);
	state.left = pacer->terms.left;
	state.level = pacer->ringing.level;
	return state;
}
