/*
 * decide.h - what the sounds heard so far mean (pure)
 *
 * What    Tones first, because they are sure. Then voice: a person says something short and waits, a recording talks on. The
 * silence that is asked for before "human" grows with what has been said, so that a "hello" is connected at once and a sentence
 * is given the time to turn out to be a recording's first. Afterwards it listens on and may take "human" back. Units   *_ms of
 * audio since the leg began.
 */
#ifndef OUTDIAL_MEDIA_AMD_DECIDE_H
#define OUTDIAL_MEDIA_AMD_DECIDE_H

#include "media/amd/amd.h"
#include "media/amd/music.h"
#include "media/amd/tones.h"
#include "media/amd/voice.h"

struct decide {
	enum amd_verdict verdict;
	enum amd_verdict recalled; /* what a memory of recordings has said, to be told with the next frame */
	uint32_t verdict_ms;
	uint32_t onset_ms, voice_end_ms;                                 /* of the greeting */
	uint32_t talk_ms;                                                /* finished word groups of the greeting */
	uint32_t silence_ms;                                             /* heard, not lost, since the last voice */
	uint32_t late_start_ms, late_talk_ms, late_loud_ms, late_end_ms; /* voice after the verdict */
	float talker_db, greeting_db; /* level of who speaks; of who had spoken at the verdict */
	uint32_t beep_count;          /* finished tones that were looked at as beeps */
	uint32_t last_end_ms;         /* of the last finished word group */
	uint16_t pauses;              /* that were followed by more voice */
	uint8_t begun;                /* frames that a verdict has waited for a sound to become a word */
	bool heard, voice_was_on, greeting_ended, revised;
	bool settled; /* somebody has said that a person follows this recording: nothing is taken back */
};

/* What one frame brings to it. */
struct decide_in {
	const struct amd_options *options;
	const struct frame_look *look;
	const struct voice *voice;
	const struct tones *tones;
	const struct music *music;
	uint32_t now_ms;
};

/* Answers how many events it has written. */
int decide_feed(struct decide *decide, const struct decide_in *in, struct amd_event events[AMD_EVENTS_MAX]);


/* Talk of the greeting so far, the present word group included. */
uint32_t decide_talk_ms(const struct decide *decide, const struct voice *voice);

#endif
