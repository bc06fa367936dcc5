/*
 * compat.h - Asterisk's app_amd, as a comparison (pure: no I/O, no clock, no allocation)
 *
 * What    The decision of app_amd with its nine parameters, frame by frame, so that people who come from Asterisk can hear on
 * their own calls what it would have said. Never used to place calls. Its faults are kept: see docs/AMD.md. Shape   struct compat
 * is the caller's memory and less than a leg of the real classifier. Frames as in amd.h. Units   *_ms of audio; silence_level is
 * the mean of |sample| of a frame, 16-bit samples. Verdict AMD_MACHINE, AMD_HUMAN, or AMD_UNKNOWN for NOTSURE. AMDSTATUS HANGUP
 * is the caller's: the audio ended. Source  rebuilt from a description of apps/app_amd.c and main/dsp.c of Asterisk; no line of
 * either is here.
 */
#ifndef OUTDIAL_MEDIA_AMD_COMPAT_H
#define OUTDIAL_MEDIA_AMD_COMPAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/amd/amd.h"

/* In the order of the application's arguments. */
struct compat_params {
	uint32_t initial_silence_ms;
	uint32_t greeting_ms;
	uint32_t after_greeting_silence_ms;
	uint32_t total_ms;
	uint32_t word_ms_min;
	uint32_t between_words_ms;
	uint32_t words_max;
	uint32_t silence_level;
	uint32_t word_ms_max;
};

struct compat {
	struct compat_params params;
	enum amd_law law;
	enum amd_verdict verdict;
	bool initial, greeting, in_word;
	uint32_t frames;             /* that carried audio */
	uint32_t wall_ms, total_ms;  /* lost frames pass on the wall only */
	uint32_t silence_ms, dsp_ms; /* dsp: the run of silent frames up to now */
	uint32_t voice_ms, word_ms, words;
};

struct compat_event {
	enum amd_verdict verdict;
	uint32_t now_ms;
	const char *cause; /* "INITIALSILENCE", "HUMAN", "MAXWORDS", "LONGGREETING", "MAXWORDLENGTH", "TOOLONG", "NOAUDIODATA" */
	uint32_t value, limit; /* what was measured and the parameter it met; limit 0 where AMDCAUSE has one number */
};

/*
 * "app_amd", "vicidial" (the values that VICIdial's dialplan passes), or either followed by = and up to nine numbers with |
 * between them; a number left out keeps its default. False when it is none of these; *params is then untouched.
 */
bool compat_parse(const char *text, struct compat_params *params);

void compat_init(struct compat *compat, const struct compat_params *params, enum amd_law law);

/* One frame, or NULL for a lost one. True once, when it decides; further frames change nothing. */
bool compat_feed(struct compat *compat, const uint8_t *g711, struct compat_event *event);

#endif
