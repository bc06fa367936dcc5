/*
 * learned.c - what a pacer has learned, taken out and given to another: one list of places serves both ways
 */
#include "pacing/pacer.h"

#include <assert.h>
#include <errno.h>
#include <math.h>

#define COUNT_MAX 1e6 /* the tables are halved long before */

struct span { /* doubles in a row, each within 0..max */
	double *at;
	size_t count;
	double max;
};

#define SPANS 12

static void find_spans(struct pacer *pacer, struct span out[SPANS])
{
	struct ringing *ringing = &pacer->ringing;
	struct crew *crew = &pacer->crew;
	struct span spans[SPANS] = {
		{ringing->ended[0], (size_t)RINGING_ENDS * RINGING_BINS, COUNT_MAX},
		{&ringing->resolved, 1, COUNT_MAX},
		{ringing->verdict[0], (size_t)2 * RINGING_BINS, COUNT_MAX},
		{&ringing->rates.hour[0].expected, (size_t)2 * RATES_HOURS, 1e12},
		{&ringing->rates.group[0].expected, (size_t)2 * RATES_GROUPS, COUNT_MAX},
		{crew->talk.ended, DWELL_BINS, COUNT_MAX},
		{&crew->talk.count, 1, COUNT_MAX},
		{crew->wrap.ended, DWELL_BINS, COUNT_MAX},
		{&crew->wrap.count, 1, COUNT_MAX},
		{&crew->endings, 1, COUNT_MAX},
		{&crew->leaves, 1, COUNT_MAX},
		{&pacer->slack_us, 1, 60e6},
	};

	for (int i = 0; i < SPANS; i++)
		out[i] = spans[i];
}

/* The head of the list: what the values are good for, and the whole numbers. */
enum { HEAD_BIN_US, HEAD_CLASSIFIED, HEAD_PRICE_LOG, HEAD_CHARGED, HEAD_REALISED, HEAD_RESOLVED, HEAD_TALKS, HEAD_COUNT };

void pacer_learned(const struct pacer *pacer, struct pacing_learned *out)
{
	struct span spans[SPANS];
	size_t n = HEAD_COUNT;

	*out = (struct pacing_learned){.value = {
		[HEAD_BIN_US] = (double)pacer->ringing.bin_us,
		[HEAD_CLASSIFIED] = pacer->ringing.classified,
		[HEAD_PRICE_LOG] = pacer->purse.price_log,
		[HEAD_CHARGED] = (double)pacer->purse.charged,
		[HEAD_REALISED] = (double)pacer->purse.realised,
		[HEAD_RESOLVED] = (double)pacer->resolved,
		[HEAD_TALKS] = (double)pacer->talks,
	}};
	find_spans((struct pacer *)pacer, spans); /* only read from here */
	for (int s = 0; s < SPANS; s++)
		for (size_t i = 0; i < spans[s].count; i++)
			out->value[n++] = spans[s].at[i];
	static_assert(HEAD_COUNT + RINGING_ENDS * RINGING_BINS + 2 * RINGING_BINS + 2 * RATES_HOURS + 2 * RATES_GROUPS +
				      2 * DWELL_BINS + 6 == PACING_LEARNED_VALUES, "pacing.h states the count");
	assert(n == PACING_LEARNED_VALUES);
}

static bool within(double value, double min, double max)
{
	return isfinite(value) && value >= min && value <= max;
}

static bool head_good(const struct pacer *pacer, const double *head)
{
	return head[HEAD_BIN_US] == (double)pacer->ringing.bin_us && head[HEAD_CLASSIFIED] == pacer->ringing.classified &&
	       within(head[HEAD_PRICE_LOG], -6, 0) && within(head[HEAD_CHARGED], 0, 1e12) &&
	       within(head[HEAD_REALISED], 0, 1e6) && within(head[HEAD_RESOLVED], 0, 1e15) && within(head[HEAD_TALKS], 0, 1e15);
}

static bool spans_good(const struct span spans[SPANS], const double *value)
{
	for (int s = 0; s < SPANS; s++)
		for (size_t i = 0; i < spans[s].count; i++)
			if (!within(*value++, 0, spans[s].max))
				return false;
	return true;
}

int pacer_relearn(struct pacer *pacer, const struct pacing_learned *learned, int64_t now_us)
{
	const double *head = learned->value, *value = head + HEAD_COUNT;
	struct span spans[SPANS];

	find_spans(pacer, spans);
	if (!head_good(pacer, head) || !spans_good(spans, value))
		return -EINVAL;
	for (int s = 0; s < SPANS; s++)
		for (size_t i = 0; i < spans[s].count; i++)
			spans[s].at[i] = *value++;
	pacer->purse.price_log = head[HEAD_PRICE_LOG];
	pacer->purse.charged = (uint64_t)head[HEAD_CHARGED];
	pacer->purse.realised = (uint64_t)head[HEAD_REALISED];
	pacer->resolved = (uint64_t)head[HEAD_RESOLVED];
	pacer->talks = (uint64_t)head[HEAD_TALKS];
	rates_hour(&pacer->ringing.rates);
	pacer_configure(pacer, &pacer->options, now_us); /* the tables follow */
	return 0;
}
