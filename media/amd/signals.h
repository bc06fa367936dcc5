/*
 * signals.h - tones that say what they are by frequency and length: SIT and fax (pure)
 *
 * Source  ANSI T1.401 and ITU-T E.180 for SIT; ITU-T T.30 (CNG, CED) and V.8 (ANSam) for fax.
 */
#ifndef OUTDIAL_MEDIA_AMD_SIGNALS_H
#define OUTDIAL_MEDIA_AMD_SIGNALS_H

#include "media/amd/amd.h"
#include "media/amd/tones.h"

/* The last three runs, the third of which may still be on, are the three tones of SIT: true, and *sit says which. */
bool signals_sit(const struct tones *tones, enum amd_sit *sit);

/* The present run could be the first or second tone of SIT, or has just been. */
bool signals_sit_begun(const struct tones *tones, uint32_t now_ms);

/* A fax machine answers (2100 Hz, long) or calls (1100 Hz, half a second, twice or once and then nothing). */
bool signals_fax(const struct tones *tones, bool voice_heard, uint32_t now_ms);

/* The run is a CNG burst: half a second of 1100 Hz. */
bool signals_cng_burst(const struct tone *tone);

#endif
