/*
 * limits.h - every constant of the classifier that is a judgement, in one place, with its reason
 *
 * Units   in the names. Constants of physics and of standards (window, bin width, SIT frequencies, cadences) stand where they are
 * used.
 */
#ifndef OUTDIAL_MEDIA_AMD_LIMITS_H
#define OUTDIAL_MEDIA_AMD_LIMITS_H

/* --- frames that carry nothing */
#define LIMIT_ZERO_HOLD_FRAMES                                                                                                   \
	3                         /* a filled loss is one to three frames; a longer run of zero is a far end that sends nothing  \
				   */
#define LIMIT_ZERO_ROOM_DB -64.0f /* a line quieter than that shows zero now and then by itself */

/* --- voice (voice.c) */
#define LIMIT_FLOOR_START_DB -48.0f        /* per band: a call that begins with a word has no floor yet; a room is below this */
#define LIMIT_FLOOR_LOW_DB -84.0f          /* codec silence is not a room */
#define LIMIT_FLOOR_BIAS_DB 3.0f           /* the least of 3 s of smoothed noise lies this far under its mean */
#define LIMIT_SNR_CLIP_DB 24.0f            /* one loud band must not speak for the others */
#define LIMIT_ACTIVE_SNR_DB 7.0f           /* root mean square over the bands; steady noise stays under 5 */
#define LIMIT_ACTIVE_BELOW_TALKER_DB 24.0f /* echo, breath and other talkers are quieter than the one who answered */
#define LIMIT_PERIODIC 0.18f               /* voiced speech .18-.45, and its pitch goes on; noise .05-.18 and its pitch jumps */
#define LIMIT_PERIODIC_WEAK 0.11f          /* before the first voice: a deep one in noise, whose pitch then has to hold still */
#define LIMIT_PITCH_STEP_WEAK 1.06f
#define LIMIT_PITCH_STEP 1.13f /* a voice's pitch moves less than two semitones in 20 ms */
#define LIMIT_FORMANT_SNR_DB 11.0f
#define LIMIT_FORMANT_SNR_FIRST_DB 8.0f /* before the first voice */
#define LIMIT_FORMANT_SHARE 0.38f       /* of the power round the first formant; noise has .1-.2 in its strongest peak */
#define LIMIT_FORMANT_STEP 1.12f
#define LIMIT_ONSET_ACTIVE 4 /* of the last 8 frames: a word of 180 ms passes, a click or a bump does not */
#define LIMIT_ONSET_PERIODIC 3
#define LIMIT_VOICE_HANG_FRAMES 10 /* 200 ms: the longest stop inside a word is 150 ms */
#define LIMIT_TALKER_FALL_DB 0.06f /* a frame: 3 dB a second */

/* --- tones (tones.c) */
#define LIMIT_TONE_SHARE 0.88f      /* of the power in the peak (or in two) to begin a tone: 10 dB over noise leaves .91 */
#define LIMIT_TONE_SHARE_KEEP 0.70f /* to go on: a codec or a lost frame smears it */
#define LIMIT_TONE_SHARE_SURE 0.93f /* mean of a run that is certainly no voice: tones through GSM have .98 */
#define LIMIT_TONE_PAIR_SHARE 0.10f /* the second of two; levels of a pair differ by less than 9 dB */
#define LIMIT_TONE_SPREAD 1.7f      /* bins^2: one tone .33, 400+450 Hz 1.1, a voice's harmonics over 2 */
#define LIMIT_TONE_DRIFT_HZ 24.0f   /* in 20 ms */
#define LIMIT_CHIRP_DRIFT_HZ 45.0f  /* the same for a very pure one: beeps that glide */
#define LIMIT_CHIRP_SHARE 0.96f
#define LIMIT_TONE_RESIDUE_DB 10.0f /* new samples so much under the window's level: what is seen is the end of something */
#define LIMIT_TONE_SEAM_MS 80       /* the shortest pause of a cadence is 200 ms, three lost frames are 60 */
#define LIMIT_TONE_DB_MIN -58.0f
#define LIMIT_TONE_FALL_DB 12.0f /* under the loudest frame of the run: it has ended and this is its echo */
#define LIMIT_TONE_FRAMES_SURE 4 /* 80 ms at one frequency is no vowel */

/* --- beeps: through GSM and Speex a beep keeps share .98, wobble 5 Hz, ripple .5 dB; a held vowel loses one of the three */
#define LIMIT_BEEP_MS_MIN 100
#define LIMIT_BEEP_MS_MAX 2200
#define LIMIT_BEEP_SPREAD 0.75f /* 400+450 Hz have 1.1, 440+480 Hz ripple */
#define LIMIT_BEEP_SHARE 0.96f
#define LIMIT_BEEP_WOBBLE_HZ 6.0f
#define LIMIT_BEEP_RIPPLE_DB 0.8f
#define LIMIT_BEEP_SHORT_MS 160 /* below this there are few frames to judge by: ask for more of each */
#define LIMIT_BEEP_SHORT_SHARE 0.98f
#define LIMIT_BEEP_SHORT_WOBBLE_HZ 1.5f

/* --- fax */
#define LIMIT_CED_MS 1500       /* no voicemail beep at 2100 Hz is that long */
#define LIMIT_CNG_QUIET_MS 2900 /* half a second of 1100 Hz, then nothing: 3 s is the period of T.30 less its tolerance */

/* --- music (music.c): music on hold 1.0 / 2.1-2.9 / .54-.76, a voice over music 1.0 / 3.1-3.7 / .3-.5, speech .3-.8 / 3.5-5.5 /
 * .1-.7 */
#define LIMIT_MUSIC_FRAMES 150 /* 3 s of sound to judge by */
#define LIMIT_MUSIC_DIP_DB 18.0f
#define LIMIT_MUSIC_LOUD 0.96f    /* of the frames */
#define LIMIT_MUSIC_FLUX_DB 3.05f /* mean step of a band from frame to frame */
#define LIMIT_MUSIC_HELD 0.02f    /* a third of a semitone */
#define LIMIT_MUSIC_HOLDS 0.48f   /* of the loud frames keep their pitch */

/* --- decision (decide.c) */
#define LIMIT_DECIDE_MS 6000
#define LIMIT_SILENCE_MS 4000
#define LIMIT_LONG_TALK_MS 4500 /* people who answer, companies too, have stopped by then */
#define LIMIT_LONG_SPAN_MS 5200
#define LIMIT_EARLY_TALK_MS 1500   /* nobody answers in early media: whoever speaks that long is an announcement */
#define LIMIT_MACHINE_TALK_MS 1300 /* still talking at the deadline: a person who begins late says little */
#define LIMIT_MACHINE_SOUND_MS                                                                                                   \
	3000                      /* the same for a sound that began as a voice: a person would have paused long enough by then */
#define LIMIT_QUIET_BELOW_DB 6.0f /* under the loudest of the voice: a room at 10 dB of signal to noise is 15 dB under it */
#define LIMIT_PAUSE_MS 480        /* between sentences, not between words */
#define LIMIT_PAUSES 2            /* people seldom make two such pauses in a greeting, and then it is short */
#define LIMIT_PAUSES_TALK_MS 3300
#define LIMIT_PAUSED_EXTRA_MS 150
#define LIMIT_LATE_ONSET_MS 3200 /* after that long a person says one word; a slow recording begins */
#define LIMIT_LATE_ONSET_TALK_MS 1000
#define LIMIT_STILL_TALKING_MS 600 /* ... with no more of a pause than between two sentences */
#define LIMIT_WORD_BEGUN_FRAMES 8  /* a verdict waits this long at most for a sound that may become a word */
#define LIMIT_RING_SHORT_MS 1500   /* answered at once: a switched-off phone's voicemail more often than a hand */
#define LIMIT_RING_LONG_MS 18000   /* three to five rings: where voicemail picks up */
#define LIMIT_RING_EXTRA_MS 150

/* --- fingerprint (print.c, memory.c); the distances were measured by tests/unit/test_amd_memory.c */
#define LIMIT_PRINT_EARLY_VOICED 45   /* of 64 frames: less is a word and the quiet after it, which all have in common */
#define LIMIT_PRINT_VOICED 84         /* of 128 */
#define LIMIT_PRINT_ALIKE 0.28f       /* of the signs differ: a copy at 15 dB of signal to noise has .18, a stranger .44 +- .03 */
#define LIMIT_PRINT_ALIKE_EARLY 0.23f /* of 64 frames: strangers spread more, +- .04 */
#define LIMIT_PRINT_GLANCE 0.40f      /* of the first 24 frames: more, and the rest need not be looked at */

/* --- late correction */
#define LIMIT_LATE_MS 8000       /* after the verdict */
#define LIMIT_OVER_MS 30000      /* after the verdict: voicemails have had their beep */
#define LIMIT_LATE_GAP_MS 1200   /* a monologue goes on after that; a person waits for an answer */
#define LIMIT_LATE_TALK_MS 2000  /* longer than "hello? who is this?" */
#define LIMIT_LATE_BELOW_DB 7.0f /* under the greeting's talker; a television in the room stays below that */
#define LIMIT_LATE_LOUD_PART 3   /* one frame in so many must be above it: speech has every second one there */
#define LIMIT_LATE_SOON_MS 600
#define LIMIT_LATE_TALK_SOON_MS 1100 /* when it went on within LIMIT_LATE_SOON_MS after the verdict */

#endif
