/* The face: one leg's memory, and the path of one frame through the parts: look, tones, voice, decision. */
#include "media/amd/amd.h"

#include <assert.h>
#include <string.h>

#include "media/amd/decide.h"
#include "media/amd/frame.h"
#include "media/amd/limits.h"
#include "media/amd/music.h"
#include "media/amd/print.h"
#include "media/amd/tones.h"
#include "media/amd/voice.h"

struct leg {
	struct amd_options options;
	uint32_t now_ms;
	struct decide decide;
	struct voice voice;
	struct tones tones;
	struct music music;
	struct frame_memory frame;
	struct print print;
	bool print_due; /* AMD_EV_PRINT waits for room among the events */
};

_Static_assert(sizeof(struct leg) <= AMD_BYTES, "a leg fits in the face's memory");

static struct leg *leg_of(struct amd *amd)
{
	return (struct leg *)(void *)amd->opaque;
}

static const struct leg *leg_of_const(const struct amd *amd)
{
	return (const struct leg *)(const void *)amd->opaque;
}

void amd_init(struct amd *amd, const struct amd_options *options)
{
	struct leg *leg = leg_of(amd);
	memset(amd, 0, sizeof *amd);
	leg->options = *options;
	voice_init(&leg->voice);
}

int amd_feed(struct amd *amd, const uint8_t *g711, struct amd_event events[AMD_EVENTS_MAX])
{
	struct leg *leg = leg_of(amd);
	struct frame_look look;
	leg->now_ms += FRAME_MS;
	frame_look(&leg->frame, g711, leg->options.law, &look);
	tones_feed(&leg->tones, &look, leg->now_ms);
	voice_feed(&leg->voice, &look, leg->now_ms, tones_sure(&leg->tones));
	if (leg->decide.heard && leg->decide.verdict == AMD_NONE)
		music_feed(&leg->music, &look, leg->voice.talker_db);
	struct decide_in in = {&leg->options, &look, &leg->voice, &leg->tones, &leg->music, leg->now_ms};
	int count = decide_feed(&leg->decide, &in, events);
	leg->print_due |= print_feed(&leg->print, &look, leg->voice.on, leg->voice.gap);
	if (leg->print_due && count < AMD_EVENTS_MAX) {
		leg->print_due = false;
		events[count++] = (struct amd_event){.kind = AMD_EV_PRINT,
			.verdict = leg->decide.verdict,
			.at_ms = leg->now_ms,
			.now_ms = leg->now_ms,
			.cause = ""};
	}
	return count;
}

const struct amd_print *amd_print(const struct amd *amd)
{
	return &leg_of_const(amd)->print.out;
}

void amd_recall(struct amd *amd, enum amd_verdict verdict)
{
	if (verdict == AMD_MACHINE || verdict == AMD_SCREENER || verdict == AMD_HUMAN)
		leg_of(amd)->decide.recalled = verdict;
}

enum amd_verdict amd_verdict(const struct amd *amd)
{
	return leg_of_const(amd)->decide.verdict;
}

bool amd_over(const struct amd *amd)
{
	const struct leg *leg = leg_of_const(amd);

	return leg->decide.verdict != AMD_NONE && (leg->decide.revised || leg->now_ms > leg->decide.verdict_ms + LIMIT_OVER_MS);
}

void amd_peek(const struct amd *amd, struct amd_peek *peek)
{
	const struct leg *leg = leg_of_const(amd);
	*peek = (struct amd_peek){
		.now_ms = leg->now_ms,
		.snr_db = leg->voice.snr_db,
		.voice = leg->voice.on,
		.tone_hz = leg->tones.on ? leg->tones.run.hz : 0,
		.tone2_hz = leg->tones.on ? leg->tones.run.hz2 : 0,
		.talk_ms = decide_talk_ms(&leg->decide, &leg->voice),
		.silence_ms = leg->decide.silence_ms,
		.onset_ms = leg->decide.onset_ms,
		.pauses = leg->decide.pauses,
	};
}

const char *amd_verdict_name(enum amd_verdict verdict)
{
	static const char *const names[] = {"none", "human", "machine", "screener", "sit", "fax", "ringback", "busy",
		"congestion", "music", "silence", "unknown"};
	return (unsigned)verdict < sizeof names / sizeof names[0] ? names[verdict] : "none";
}

const char *amd_sit_name(enum amd_sit sit)
{
	static const char *const names[] = {"itu", "ic", "vc", "ro", "nc"};
	return (unsigned)sit < sizeof names / sizeof names[0] ? names[sit] : "itu";
}
