/* spectrum.c - the one transform of a frame, from which everything is read */
#include "media/amd/spectrum.h"

#include <math.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* arithmetic in short loops of known length: unrolled and vectorised */
#endif

#define HALF 128  /* complex points: even samples are the real part, odd samples the imaginary part */
#define COLUMNS 8 /* 128 = 16 rows of 8 columns, then 8 rows of 16 */
#define ROWS 16
#define PITCH_BIN_MIN 2
#define PITCH_BINS 46 /* 62..1500 Hz */
#define LAG_MIN 20.0
#define LAG_MAX 107.0

static float window[SPECTRUM_IN];
static float root_re[ROWS / 2], root_im[ROWS / 2]; /* 16th roots of one */
static float twist_re[HALF], twist_im[HALF];       /* between the two passes, in the order of the second */
static float split_re[HALF], split_im[HALF];       /* takes two real halves apart */
static float lag_cos[PITCH_BINS][SPECTRUM_LAGS];
static float lag_hz[SPECTRUM_LAGS];

__attribute__((constructor)) static void tables(void)
{
	for (int n = 0; n < SPECTRUM_IN; n++)
		window[n] = (float)(0.5 - 0.5 * cos(2 * M_PI * (n + 0.5) / SPECTRUM_IN));
	for (int n = 0; n < ROWS / 2; n++) {
		root_re[n] = (float)cos(2 * M_PI * n / ROWS);
		root_im[n] = (float)-sin(2 * M_PI * n / ROWS);
	}
	for (int n = 0; n < HALF; n++) {
		int column = n / ROWS, row = n % ROWS;
		twist_re[n] = (float)cos(2 * M_PI * row * column / HALF);
		twist_im[n] = (float)-sin(2 * M_PI * row * column / HALF);
		split_re[n] = (float)cos(2 * M_PI * n / SPECTRUM_IN);
		split_im[n] = (float)-sin(2 * M_PI * n / SPECTRUM_IN);
	}
	for (int l = 0; l < SPECTRUM_LAGS; l++) {
		double lag = LAG_MIN * pow(LAG_MAX / LAG_MIN, (double)l / (SPECTRUM_LAGS - 1));
		lag_hz[l] = (float)(8000 / lag);
		for (int k = 0; k < PITCH_BINS; k++)
			lag_cos[k][l] = (float)cos(2 * M_PI * (k + PITCH_BIN_MIN) * lag / SPECTRUM_IN);
	}
}

/* One radix-2 step over rows of `lanes` values: `half` pairs, rows in groups of `group`. */
static inline __attribute__((always_inline)) void butterflies(const float *restrict xr, const float *restrict xi,
	float *restrict yr, float *restrict yi, int half, int group, int lanes, int root_step)
{
	int run = group * lanes;
	for (int p = 0; p < half; p++) {
		float wr = root_re[p * root_step], wi = root_im[p * root_step];
		const float *ar = xr + p * run, *ai = xi + p * run, *br = ar + half * run, *bi = ai + half * run;
		float *sr = yr + 2 * p * run, *si = yi + 2 * p * run, *dr = sr + run, *di = si + run;
		for (int i = 0; i < run; i++) {
			float re = ar[i] - br[i], im = ai[i] - bi[i];
			sr[i] = ar[i] + br[i];
			si[i] = ai[i] + bi[i];
			dr[i] = re * wr - im * wi;
			di[i] = re * wi + im * wr;
		}
	}
}

/* 128-point complex transform of (xr, xi) into (yr, yi); x is used up. */
static inline __attribute__((always_inline)) void transform(
	float *restrict xr, float *restrict xi, float *restrict yr, float *restrict yi)
{
	butterflies(xr, xi, yr, yi, 8, 1, COLUMNS, 1);
	butterflies(yr, yi, xr, xi, 4, 2, COLUMNS, 2);
	butterflies(xr, xi, yr, yi, 2, 4, COLUMNS, 4);
	butterflies(yr, yi, xr, xi, 1, 8, COLUMNS, 8);
	for (int column = 0; column < COLUMNS; column++) {
		for (int row = 0; row < ROWS; row++) {
			int to = column * ROWS + row, from = row * COLUMNS + column;
			yr[to] = xr[from] * twist_re[to] - xi[from] * twist_im[to];
			yi[to] = xr[from] * twist_im[to] + xi[from] * twist_re[to];
		}
	}
	butterflies(yr, yi, xr, xi, 4, 1, ROWS, 2);
	butterflies(xr, xi, yr, yi, 2, 2, ROWS, 4);
	butterflies(yr, yi, xr, xi, 1, 4, ROWS, 8);
	for (int n = 0; n < HALF; n++) {
		yr[n] = xr[n];
		yi[n] = xi[n];
	}
}

AMD_WIDE void spectrum_power(const float in[SPECTRUM_IN], float power[SPECTRUM_BINS])
{
	/* Sum of power = mean square: 2 / (256^2 * mean of the squared window), a one-sided spectrum; a quarter of it is in the
	 * split. */
	const float scale = 2.0f / (256.0f * 256.0f * 0.375f) / 4.0f;
	_Alignas(32) float xr[HALF], xi[HALF], yr[HALF], yi[HALF];
	for (int n = 0; n < HALF; n++) {
		xr[n] = in[2 * n] * window[2 * n];
		xi[n] = in[2 * n + 1] * window[2 * n + 1];
	}
	transform(xr, xi, yr, yi);
	power[0] = 0; /* nothing below uses the constant part */
	for (int k = 1; k < HALF; k++) {
		float er = yr[k] + yr[HALF - k], ei = yi[k] - yi[HALF - k];
		float or = yi[k] + yi[HALF - k], oi = yr[HALF - k] - yr[k];
		float re = er + split_re[k] * or -split_im[k] * oi, im = ei + split_re[k] * oi + split_im[k] * or ;
		power[k] = (re * re + im * im) * scale;
	}
}

AMD_WIDE float spectrum_periodicity(const float power[SPECTRUM_BINS], float *hz)
{
	_Alignas(32) float sum[SPECTRUM_LAGS] = {0};
	float total = 1e-12f;
	for (int k = 0; k < PITCH_BINS; k++) {
		float amplitude = sqrtf(power[k + PITCH_BIN_MIN]);
		total += amplitude;
		for (int l = 0; l < SPECTRUM_LAGS; l++)
			sum[l] += amplitude * lag_cos[k][l];
	}
	int best = 0;
	for (int l = 1; l < SPECTRUM_LAGS; l++)
		if (sum[l] > sum[best])
			best = l;
	*hz = lag_hz[best];
	return sum[best] > 0 ? sum[best] / total : 0;
}
