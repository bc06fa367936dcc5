/*
 * dwell.h - how long a seat talks or wraps up: a survival table in logarithmic bins (pure)
 *
 * What    Counts durations in bins of a quarter octave from 65 ms to over an hour, with a prior worth a few samples, and gives
 * the cumulative hazard, so that "talked for t already, ends within x" is 1 - exp(-level (H(t + x) - H(t))). Stays that are not
 * over yet are counted as at risk (Kaplan-Meier), so long ones do not go missing. Scale   The prior is worth few samples: a team
 * whose talks are 30 times shorter is known after some tens of calls.
 */
#ifndef OUTDIAL_PACING_DWELL_H
#define OUTDIAL_PACING_DWELL_H

#include <stdint.h>

#define DWELL_BINS 64

struct dwell {
	double ended[DWELL_BINS];          /* durations, prior included */
	double hazard_sum[DWELL_BINS + 1]; /* H at the bins' edges */
	double edge_us[DWELL_BINS + 1];
	double count;
	double mean_us; /* of the table */
};

/* Prior: lognormal of this mean and coefficient of variation, worth `samples`. */
void dwell_init(struct dwell *dwell, double mean_us, double cv, double samples);
void dwell_note(struct dwell *dwell, int64_t duration_us);
/* Rebuilds H; under_way[b] stays have lasted up to bin b so far. */
void dwell_build(struct dwell *dwell, const uint32_t under_way[DWELL_BINS]);

/* The bin of a stay, 0 .. DWELL_BINS - 1. */
int dwell_bin(int64_t duration_us);
/* Middle and width of a bin, microseconds. */
double dwell_middle_us(const struct dwell *dwell, int bin);
double dwell_width_us(const struct dwell *dwell, int bin);
/* H(t). */
double dwell_hazard(const struct dwell *dwell, double t_us);

#endif
