/* decide.c - from what was heard so far to a verdict, and its late correction */
#include "media/amd/decide.h"

#include <stddef.h>

#include "media/amd/cadence.h"
#include "media/amd/limits.h"
#include "media/amd/signals.h"
#include "media/amd/weights.h"

#define PROB_RECALLED 0.99f
#define BEEP_START_MS 300 /* a tone that is there when the line opens is the end of the ringing; no machine beeps that soon */

struct point {
	uint32_t talk_ms, silence_ms;
};

/*
 * After a word 0.7 s, after a name 1.4 s, after a sentence 1.6 s: the longer the speech, the likelier a recording that pauses,
 * and the fewer people it keeps waiting. Never so long that the legal two seconds are in danger.
 */
static const struct point silence_curve[] = {
	{0, 680}, {600, 700}, {900, 980}, {1250, 1400}, {1800, 1550}, {2600, 1600}, {4500, 1650}};
#define POINTS ((int)(sizeof silence_curve / sizeof silence_curve[0]))

/* The silence in ms that makes `talk_ms` of voice a person's greeting. */
static uint32_t decide_silence_ms(uint32_t talk_ms)
{
	for (int i = 1; i < POINTS; i++) {
		const struct point *a = &silence_curve[i - 1], *b = &silence_curve[i];
		if (talk_ms <= b->talk_ms)
			return a->silence_ms +
			       (b->silence_ms - a->silence_ms) * (talk_ms - a->talk_ms) / (b->talk_ms - a->talk_ms);
	}
	return silence_curve[POINTS - 1].silence_ms;
}

uint32_t decide_talk_ms(const struct decide *decide, const struct voice *voice)
{
	return decide->talk_ms + (voice->on ? voice->end_ms - voice->start_ms : 0);
}

struct out {
	struct amd_event *events;
	int count;
	uint32_t now_ms;
};

static struct amd_event *put(struct out *out, enum amd_event_kind kind, uint32_t at_ms)
{
	if (out->count == AMD_EVENTS_MAX)
		return NULL;
	struct amd_event *event = &out->events[out->count++];
	*event = (struct amd_event){.kind = kind, .at_ms = at_ms, .now_ms = out->now_ms, .cause = ""};
	return event;
}

static void end_greeting(struct decide *decide, struct out *out)
{
	if (decide->greeting_ended || !decide->heard)
		return;
	decide->greeting_ended = true;
	put(out, AMD_EV_GREETING_END, decide->voice_end_ms);
}

static void say(struct decide *decide, struct out *out, enum amd_verdict verdict, float prob, const char *cause)
{
	if (decide->verdict != AMD_NONE)
		return;
	decide->verdict = verdict;
	decide->verdict_ms = out->now_ms;
	decide->greeting_db = decide->talker_db;
	struct amd_event *event = put(out, AMD_EV_VERDICT, out->now_ms);
	if (event == NULL)
		return;
	event->verdict = verdict;
	event->prob = prob;
	event->cause = cause;
}

static void revise_to(struct decide *decide, struct out *out, enum amd_verdict verdict, float prob, const char *cause)
{
	if (decide->revised || decide->settled || (decide->verdict != AMD_HUMAN && decide->verdict != AMD_UNKNOWN))
		return;
	decide->revised = true;
	struct amd_event *event = put(out, AMD_EV_REVISED, out->now_ms);
	if (event == NULL)
		return;
	event->verdict = verdict;
	event->prob = prob;
	event->cause = cause;
}

static void revise(struct decide *decide, struct out *out, float prob, const char *cause)
{
	revise_to(decide, out, AMD_MACHINE, prob, cause);
}

/* --- voice: what was said and since when it is quiet */

static void group_began(struct decide *decide, const struct voice *voice, struct out *out)
{
	if (decide->heard && voice->start_ms > decide->last_end_ms + LIMIT_PAUSE_MS)
		decide->pauses++;
	if (decide->heard)
		return;
	decide->heard = true;
	decide->onset_ms = voice->start_ms;
	put(out, AMD_EV_VOICE_START, voice->start_ms);
}

/* A sound that is no voice but as loud as the voice was (music, a hum that began) is no silence. */
static bool is_quiet(const struct decide *decide, const struct decide_in *in)
{
	return !in->voice->gap && (in->look->zero || in->look->level_db < decide->talker_db - LIMIT_QUIET_BELOW_DB);
}

static void listen(struct decide *decide, const struct decide_in *in, struct out *out)
{
	const struct voice *voice = in->voice;
	if (voice->on && !decide->voice_was_on)
		group_began(decide, voice, out);
	if (!voice->on && decide->voice_was_on) {
		decide->talk_ms += voice->end_ms - voice->start_ms;
		decide->last_end_ms = voice->end_ms;
	}
	decide->voice_was_on = voice->on;
	if (voice->on && voice->end_ms == in->now_ms) {
		decide->silence_ms = 0;
		decide->talker_db = voice->talker_db;
		decide->voice_end_ms = decide->greeting_ended ? decide->voice_end_ms : voice->end_ms;
	} else if (is_quiet(decide, in)) {
		decide->silence_ms += FRAME_MS;
	}
}

/* --- tones */

static void judge_tones(struct decide *decide, const struct decide_in *in, struct out *out)
{
	enum amd_sit sit;
	if (decide->verdict != AMD_NONE || (!in->tones->on && in->tones->count == 0))
		return;
	if (signals_sit(in->tones, &sit)) {
		say(decide, out, AMD_SIT, 0.98f, "sit");
		out->events[out->count - 1].sit = sit;
	} else if (signals_fax(in->tones, decide->heard, in->now_ms)) {
		say(decide, out, AMD_FAX, 0.97f, "fax");
	} else if (!decide->heard) {
		struct cadence cadence = cadence_read(in->tones, in->now_ms);
		if (cadence.sure != AMD_NONE)
			say(decide, out, cadence.sure, 0.95f, "cadence");
	}
}

static bool is_pure(const struct tone *tone)
{
	return tone->hz2 <= 0 && tone->start_ms >= BEEP_START_MS && tone->spread < LIMIT_BEEP_SPREAD &&
	       tone->share >= LIMIT_BEEP_SHARE && tone->wobble_hz <= LIMIT_BEEP_WOBBLE_HZ &&
	       tone->ripple_db <= LIMIT_BEEP_RIPPLE_DB;
}

static bool beep_like(const struct tone *tone)
{
	uint32_t ms = tone_ms(tone);
	if (ms < LIMIT_BEEP_MS_MIN || ms > LIMIT_BEEP_MS_MAX)
		return false;
	if (ms < LIMIT_BEEP_SHORT_MS && (tone->share < LIMIT_BEEP_SHORT_SHARE || tone->wobble_hz > LIMIT_BEEP_SHORT_WOBBLE_HZ))
		return false;
	return is_pure(tone);
}

/* A beep has begun after words, as far as one can tell before it ends. */
static bool beep_begun(const struct decide *decide, const struct tones *tones)
{
	return decide->heard && tones->on && is_pure(&tones->run) && tone_ms(&tones->run) >= LIMIT_BEEP_SHORT_MS &&
	       tone_ms(&tones->run) <= LIMIT_BEEP_MS_MAX;
}

/* Before any voice a tone may be the beginning of something else: wait until nothing else is left. */
static bool may_be_other(const struct decide *decide, const struct decide_in *in, const struct tone *tone)
{
	if (signals_sit_begun(in->tones, in->now_ms))
		return true;
	if (decide->heard)
		return false;
	return signals_cng_burst(tone) || cadence_read(in->tones, in->now_ms).alive;
}

/* While it sounds it is known to be no person; where it ends is told when it has ended. */
static void judge_beep_begun(struct decide *decide, const struct decide_in *in, struct out *out)
{
	if (!beep_begun(decide, in->tones) || signals_sit_begun(in->tones, in->now_ms))
		return;
	if (decide->verdict == AMD_NONE || decide->verdict == AMD_HUMAN || decide->verdict == AMD_UNKNOWN) {
		end_greeting(decide, out);
		say(decide, out, AMD_MACHINE, PROB_BEEP, "beep");
		if (decide->verdict != AMD_MACHINE)
			revise(decide, out, PROB_REVISED_BEEP, "beep");
	}
}

/* After these a tone is the network's or a fax machine's, not a voicemail's. */
static bool is_signal(enum amd_verdict verdict)
{
	return verdict >= AMD_SIT && verdict <= AMD_CONGESTION;
}

static void judge_beep(struct decide *decide, const struct decide_in *in, struct out *out)
{
	const struct tone *tone = tones_kept(in->tones, 0);
	if (tone == NULL || decide->beep_count == in->tones->finished || in->tones->on)
		return;
	if (!beep_like(tone)) {
		decide->beep_count = in->tones->finished;
		return;
	}
	if (may_be_other(decide, in, tone))
		return;
	decide->beep_count = in->tones->finished;
	if (is_signal(decide->verdict))
		return;
	put(out, AMD_EV_BEEP, tone->end_ms);
	end_greeting(decide, out);
	say(decide, out, AMD_MACHINE, PROB_BEEP, "beep");
	revise(decide, out, PROB_REVISED_BEEP, "beep");
}

/* --- the greeting */

/* Priors: how long it rang; and whoever has gone on after a pause may do so again. */
static uint32_t extra_ms(const struct decide *decide, const struct amd_options *options)
{
	int32_t ring_ms = options->ring_ms;
	uint32_t extra = decide->pauses > 0 ? LIMIT_PAUSED_EXTRA_MS : 0;
	return extra +
	       (ring_ms >= 0 && (ring_ms < LIMIT_RING_SHORT_MS || ring_ms > LIMIT_RING_LONG_MS) ? LIMIT_RING_EXTRA_MS : 0);
}

static void judge_silence(struct decide *decide, const struct decide_in *in, struct out *out)
{
	uint32_t talk_ms = decide_talk_ms(decide, in->voice),
		 need_ms = decide_silence_ms(talk_ms) + extra_ms(decide, in->options);
	if (decide->silence_ms < need_ms)
		return;
	if (voice_maybe(in->voice) && decide->begun++ < LIMIT_WORD_BEGUN_FRAMES)
		return;
	if (tones_sure(in->tones) && tone_ms(&in->tones->run) <= LIMIT_BEEP_MS_MAX)
		return;
	end_greeting(decide, out);
	if (!in->options->early)
		say(decide, out, AMD_HUMAN, talk_ms < 1200 ? PROB_SHORT_GREETING : PROB_GREETING_PAUSE,
			talk_ms < 1200 ? "short-greeting" : "greeting-pause");
}

/* Something that does not stop is a recording, or music. */
static void say_endless(const struct decide_in *in, struct decide *decide, struct out *out, float prob, const char *cause)
{
	if (music_is(in->music))
		say(decide, out, AMD_MUSIC, 0.8f, "held-notes");
	else
		say(decide, out, AMD_MACHINE, prob, cause);
}

static void judge_greeting(struct decide *decide, const struct decide_in *in, struct out *out)
{
	if (decide->verdict != AMD_NONE || !decide->heard)
		return;
	uint32_t talk_ms = decide_talk_ms(decide, in->voice), span_ms = decide->voice_end_ms - decide->onset_ms;
	if (in->options->early && talk_ms >= LIMIT_EARLY_TALK_MS)
		say(decide, out, AMD_MACHINE, 0.9f, "announcement");
	else if (talk_ms >= LIMIT_LONG_TALK_MS || span_ms >= LIMIT_LONG_SPAN_MS)
		say_endless(in, decide, out, PROB_LONG_GREETING, "long-greeting");
	else if (decide->pauses >= LIMIT_PAUSES && talk_ms >= LIMIT_PAUSES_TALK_MS && in->voice->on)
		say(decide, out, AMD_MACHINE, PROB_PHRASES, "phrases");
	else
		judge_silence(decide, in, out);
}

static uint32_t limit(uint32_t wanted_ms, uint32_t fallback_ms)
{
	return wanted_ms != 0 ? wanted_ms : fallback_ms;
}

/* At the deadline: still talking or sounding, or began so late that a word would be expected and has said more than one. */
static bool goes_on(const struct decide *decide, const struct decide_in *in)
{
	uint32_t talk_ms = decide_talk_ms(decide, in->voice);
	if (decide->onset_ms >= LIMIT_LATE_ONSET_MS && talk_ms >= LIMIT_LATE_ONSET_TALK_MS)
		return true;
	bool enough = talk_ms >= LIMIT_MACHINE_TALK_MS || in->now_ms - decide->onset_ms >= LIMIT_MACHINE_SOUND_MS;
	return enough && decide->silence_ms < LIMIT_STILL_TALKING_MS;
}

/* No voice, and no tone that could still become a signal: a hum goes on, a signal stops. */
static bool nothing(const struct decide *decide, const struct decide_in *in)
{
	const struct tones *tones = in->tones;
	if (decide->heard || voice_maybe(in->voice))
		return false;
	if (tones->on && tone_ms(&tones->run) <= LIMIT_BEEP_MS_MAX)
		return false;
	if (tones->count == 0)
		return true;
	return !signals_cng_burst(tones_kept(tones, 0)) && !cadence_read(tones, in->now_ms).alive;
}

static void judge_time(struct decide *decide, const struct decide_in *in, struct out *out)
{
	if (decide->verdict != AMD_NONE)
		return;
	if (in->now_ms >= limit(in->options->silence_ms_max, LIMIT_SILENCE_MS) && nothing(decide, in))
		say(decide, out, AMD_SILENCE, 0.9f, "no-voice");
	if (in->now_ms < limit(in->options->decide_ms_max, LIMIT_DECIDE_MS))
		return;
	if (!decide->heard)
		say(decide, out, AMD_SILENCE, 0.7f, "no-voice");
	else if (goes_on(decide, in) || music_is(in->music))
		say_endless(in, decide, out, PROB_STILL_TALKING, "still-talking");
	else
		say(decide, out, AMD_UNKNOWN, PROB_TIMEOUT, "timeout");
}

/* --- after the verdict */

/* How much more talk makes a monologue: little when it went on at once, for a person waits for an answer. */
static uint32_t late_talk_ms(const struct decide *decide)
{
	return decide->late_start_ms <= decide->verdict_ms + LIMIT_LATE_SOON_MS ? LIMIT_LATE_TALK_SOON_MS : LIMIT_LATE_TALK_MS;
}

static void listen_late(struct decide *decide, const struct decide_in *in, struct out *out)
{
	if ((decide->verdict != AMD_HUMAN && decide->verdict != AMD_UNKNOWN) || decide->revised)
		return;
	if (in->now_ms > decide->verdict_ms + LIMIT_LATE_MS || !in->voice->on || in->voice->end_ms != in->now_ms)
		return;
	if (decide->late_start_ms == 0 || in->voice->start_ms > decide->late_end_ms + LIMIT_LATE_GAP_MS) {
		decide->late_start_ms = in->voice->start_ms;
		decide->late_talk_ms = in->now_ms - in->voice->start_ms;
		decide->late_loud_ms = 0;
	} else {
		decide->late_talk_ms += FRAME_MS;
	}
	decide->late_end_ms = in->now_ms;
	decide->late_loud_ms += in->look->level_db > decide->greeting_db - LIMIT_LATE_BELOW_DB ? FRAME_MS : 0;
	if (decide->late_talk_ms >= late_talk_ms(decide) && decide->late_loud_ms * LIMIT_LATE_LOUD_PART >= decide->late_talk_ms)
		revise(decide, out, PROB_REVISED_MONOLOGUE, "monologue");
}

/* Where no silence led to the verdict the greeting ends all the same; an unsure one may be a person's, and the legal clock runs.
 */
static void listen_end(struct decide *decide, struct out *out)
{
	uint32_t need_ms = decide->verdict == AMD_UNKNOWN ? LIMIT_STILL_TALKING_MS : decide_silence_ms(decide->talk_ms);
	if (decide->verdict != AMD_NONE && decide->verdict != AMD_HUMAN && decide->silence_ms >= need_ms)
		end_greeting(decide, out);
}

/* A recording that was heard before from other numbers: no structure is as sure as that. */
static void recall(struct decide *decide, struct out *out)
{
	if (decide->recalled == AMD_NONE)
		return;
	bool first = decide->verdict == AMD_NONE;
	if (first)
		say(decide, out, decide->recalled, PROB_RECALLED, "heard-before");
	if (decide->recalled == AMD_HUMAN)
		decide->settled = true;
	else if (!first)
		revise_to(decide, out, decide->recalled, PROB_RECALLED, "heard-before");
	decide->recalled = AMD_NONE;
}

int decide_feed(struct decide *decide, const struct decide_in *in, struct amd_event events[AMD_EVENTS_MAX])
{
	struct out out = {events, 0, in->now_ms};
	listen(decide, in, &out);
	recall(decide, &out);
	judge_tones(decide, in, &out);
	judge_beep_begun(decide, in, &out);
	judge_beep(decide, in, &out);
	judge_greeting(decide, in, &out);
	judge_time(decide, in, &out);
	listen_late(decide, in, &out);
	listen_end(decide, &out);
	return out.count;
}
