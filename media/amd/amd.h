/*
 * amd.h - call classification (pure: no I/O, no clock, no allocation)
 *
 * What    One 20 ms frame of G.711 in, events out: who or what has answered, when the greeting ended, where the beep was. Also
 * fed with early media (183), where SIT, busy and ringback end an attempt before it is billed. Shape   struct amd is the caller's
 * memory, at most 2 KB a leg; frames are 160 bytes, 8 kHz, mono. Units   at_ms and in *_ms: milliseconds of audio since amd_init,
 * counted in frames (lost frames count too). Errors  none at run time. Causal  an event after frame n depends on frames 0..n
 * only. Thread  the caller's; legs are independent. Source  docs/AMD.md; ITU-T G.711, E.180 (tones), Q.35; ANSI T1.401 (SIT).
 */
#ifndef OUTDIAL_MEDIA_AMD_AMD_H
#define OUTDIAL_MEDIA_AMD_AMD_H

#include <stdbool.h>
#include <stdint.h>

#define AMD_FRAME 160
#define AMD_BYTES 2048
#define AMD_EVENTS_MAX 4 /* at most this many events a frame */

enum amd_law { AMD_ULAW, AMD_ALAW };

enum amd_verdict {
	AMD_NONE, /* not decided yet */
	AMD_HUMAN,
	AMD_MACHINE,
	AMD_SCREENER, /* call screening asks for a name */
	AMD_SIT,
	AMD_FAX,
	AMD_RINGBACK,
	AMD_BUSY,
	AMD_CONGESTION,
	AMD_MUSIC,
	AMD_SILENCE,
	AMD_UNKNOWN, /* time is up and nothing is sure: goes to a seat */
};

enum amd_sit { AMD_SIT_GENERIC, AMD_SIT_IC, AMD_SIT_VC, AMD_SIT_RO, AMD_SIT_NC };

enum amd_event_kind {
	AMD_EV_VERDICT,      /* once a leg: verdict, prob, cause, sit */
	AMD_EV_REVISED,      /* at most once, after HUMAN or UNKNOWN: it was a machine after all */
	AMD_EV_VOICE_START,  /* first voice; at_ms is where it began */
	AMD_EV_GREETING_END, /* at_ms is where the voice ended, which is before now */
	AMD_EV_BEEP,         /* at_ms is the beep's end */
	AMD_EV_PRINT,        /* amd_print() has a fingerprint to look up: after 1.3 s of greeting, and when it is whole */
};

/*
 * A greeting's fingerprint: 16 signs a frame, from the first voice on (print.h). No sound can be made of it. Two of the same
 * recording differ in few of them: memory.h compares.
 */
#define AMD_PRINT_FRAMES 128 /* 2.56 s: whole */
#define AMD_PRINT_EARLY 64   /* 1.3 s: enough to recognise one that is known */
struct amd_print {
	uint16_t code[AMD_PRINT_FRAMES];
	uint8_t frames; /* so far */
	uint8_t voiced; /* of them, with voice */
};

struct amd_event {
	enum amd_event_kind kind;
	enum amd_verdict verdict;
	enum amd_sit sit;
	float prob;      /* of the verdict, 0..1, people and machines being as many (docs/AMD.md); of UNKNOWN: a person */
	uint32_t at_ms;  /* what it speaks about; for VERDICT and REVISED now */
	uint32_t now_ms; /* audio heard when it was said */
	const char
		*cause; /* static, short, stable: "short-greeting", "long-greeting", "beep", "sit", "cadence", "timeout", ... */
};

struct amd_options {
	enum amd_law law;
	bool early;              /* early media: only tones and announcements are judged, never HUMAN */
	uint32_t decide_ms_max;  /* the verdict falls by then at the latest; 0 = default 6000 */
	uint32_t silence_ms_max; /* no voice by then: SILENCE; 0 = default 4000 */
	int32_t ring_ms;         /* prior: time from the first 18x to answer, -1 unknown */
};

struct amd {
	_Alignas(64) unsigned char opaque[AMD_BYTES];
};

void amd_init(struct amd *amd, const struct amd_options *options);

/*
 * One frame: 160 bytes of G.711, or NULL for a frame that was lost. Writes at most AMD_EVENTS_MAX events to `events` and answers
 * how many. May go on after the verdict for REVISED and BEEP.
 */
int amd_feed(struct amd *amd, const uint8_t *g711, struct amd_event events[AMD_EVENTS_MAX]);

/* The fingerprint as far as it has come. */
const struct amd_print *amd_print(const struct amd *amd);

/*
 * The caller has recognised the recording (memory.h): `verdict`, MACHINE, SCREENER or HUMAN, is said with the next frame and the
 * cause "heard-before"; after HUMAN or UNKNOWN the first two are a REVISED, and HUMAN lets no REVISED follow. Anything else is
 * ignored, and so is this after another verdict.
 */
void amd_recall(struct amd *amd, enum amd_verdict verdict);

/* The verdict so far. */
enum amd_verdict amd_verdict(const struct amd *amd);

/*
 * All that counts has been said: the verdict was taken back, or it stands for so long that a beep which still came would surprise
 * nobody.
 */
bool amd_over(const struct amd *amd);

/* What the classifier sees at this moment: for traces and pictures, never for decisions. */
struct amd_peek {
	uint32_t now_ms;
	float snr_db;            /* of the bands over the floor, root mean square */
	float tone_hz, tone2_hz; /* of a steady tone that is on, else 0 */
	uint32_t talk_ms;        /* voice heard so far */
	uint32_t silence_ms;     /* since the last voice, lost frames not counted */
	bool voice;
	uint32_t onset_ms; /* of the first voice; 0 none yet */
	uint32_t pauses;   /* long ones, that were followed by more voice */
};
void amd_peek(const struct amd *amd, struct amd_peek *peek);

/* "human", "machine", "sit", ... / "ic", "vc", ... */
const char *amd_verdict_name(enum amd_verdict verdict);
const char *amd_sit_name(enum amd_sit sit);

#endif
