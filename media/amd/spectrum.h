/*
 * spectrum.h - power spectrum of 256 real samples (pure)
 *
 * What    One transform a frame feeds everything else: band energies, tones, periodicity. 31.25 Hz a bin at 8 kHz.
 * Same    The AVX2 and the portable build of these functions do the same additions in the same order and use no fused
 * multiply-add: a verdict does not depend on the machine. Tables  sines are computed once before main() (about 1 ms). Source  J.
 * W. Cooley, J. W. Tukey 1965; the autosort arrangement is T. G. Stockham's.
 */
#ifndef OUTDIAL_MEDIA_AMD_SPECTRUM_H
#define OUTDIAL_MEDIA_AMD_SPECTRUM_H

#define SPECTRUM_IN 256
#define SPECTRUM_BINS 128
#define SPECTRUM_BIN_HZ 31.25f

/* Lags that periodicity is looked for at, all samples of 8 kHz: 20 (400 Hz) to 107 (75 Hz), even steps in frequency ratio. */
#define SPECTRUM_LAGS 48

/* Wide loops are compiled twice and the right one is chosen when the program starts; -DAMD_WIDE= leaves only the portable one. */
#ifndef AMD_WIDE
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define AMD_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define AMD_WIDE
#endif
#endif

/* power[k], k = 0..127: mean-square share of bin k of the Hann-windowed input; the sum over bins is the input's mean square. */
void spectrum_power(const float in[SPECTRUM_IN], float power[SPECTRUM_BINS]);

/*
 * How periodic the frame is, 0..1, from the compressed spectrum below 1.5 kHz (so that one strong formant does not hide the
 * pitch). *hz is the best pitch, 75..400 Hz.
 */
float spectrum_periodicity(const float power[SPECTRUM_BINS], float *hz);

#endif
