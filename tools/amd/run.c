/* run.c - outdial-amd: one clip through the classifier, frame by frame */
#include "tools/amd/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/doc.h"

#define FRAME_MS 20

static void keep(const struct amd_event *event, struct amd_event *place, bool *has)
{
	if (!*has)
		*place = *event;
	*has = true;
}

static void note(struct run_result *result, const struct amd_event *event)
{
	switch (event->kind) {
	case AMD_EV_VERDICT:
		keep(event, &result->verdict, &result->has_verdict);
		break;
	case AMD_EV_REVISED:
		keep(event, &result->revised, &result->has_revised);
		break;
	case AMD_EV_VOICE_START:
		keep(event, &result->voice_start, &result->has_voice_start);
		break;
	case AMD_EV_GREETING_END:
		keep(event, &result->greeting_end, &result->has_greeting_end);
		break;
	case AMD_EV_BEEP:
		keep(event, &result->beep, &result->has_beep);
		break;
	case AMD_EV_PRINT:
		break;
	}
}

const char *run_event_name(enum amd_event_kind kind)
{
	static const char *const names[] = {"verdict", "revised", "voice-start", "greeting-end", "beep", "print"};
	return names[kind];
}

/* The frame at `at` samples; the last one of a file is filled up with the code of zero in `room`. */
static const uint8_t *run_frame(const struct wav *wav, size_t at, uint8_t room[AMD_FRAME])
{
	if (wav->count - at >= AMD_FRAME)
		return wav->g711 + at;
	memset(room, wav->law == AMD_ALAW ? 0xd5 : 0xff, AMD_FRAME);
	memcpy(room, wav->g711 + at, wav->count - at);
	return room;
}

/* Files have no date: the memory's clock stands still. */
static void look_up(const struct run *run, struct amd *amd, struct run_result *result)
{
	struct memory_match match = memory_hear(run->memory, amd_print(amd), run->number_hash, 0);
	if (match.known)
		result->heard_from = match.number_count;
	amd_recall(amd, memory_verdict(&match));
}

void run_file(const struct run *run, const struct wav *wav, struct run_result *result)
{
	static struct amd amd;
	struct amd_event events[AMD_EVENTS_MAX];
	struct amd_options options = run->options;
	uint8_t room[AMD_FRAME];
	*result = (struct run_result){0};
	options.law = wav->law;
	amd_init(&amd, &options);
	for (size_t at = 0; at < wav->count; at += AMD_FRAME) {
		int count = amd_feed(&amd, run_frame(wav, at, room), events);
		result->heard_ms += FRAME_MS;
		for (int i = 0; i < count; i++) {
			note(result, &events[i]);
			if (events[i].kind == AMD_EV_PRINT && run->memory != NULL)
				look_up(run, &amd, result);
		}
		struct amd_peek peek;
		amd_peek(&amd, &peek);
		if (run->frame_h != NULL)
			run->frame_h(&peek, events, count, run->arg);
	}
}

static void put_ms(struct doc *doc, const char *key, bool has, uint32_t ms)
{
	if (has)
		doc_put_i64(doc, key, ms);
	else
		doc_put_text(doc, key, NULL);
}

static void print(struct doc *doc)
{
	char *line = doc_print(doc, 0);
	puts(line);
	free(line);
	doc_free(doc);
}

/* A file that ends before the classifier was sure: unknown, which goes to a seat. */
void run_print(const char *path, const struct run_result *result)
{
	struct doc *doc = doc_object();
	const struct amd_event *verdict = &result->verdict;
	doc_put_text(doc, "wav", path);
	doc_put_text(doc, "verdict", amd_verdict_name(result->has_verdict ? verdict->verdict : AMD_UNKNOWN));
	doc_put_i64(doc, "decision_ms", result->has_verdict ? verdict->now_ms : result->heard_ms);
	doc_put_real(doc, "prob", result->has_verdict ? round((double)verdict->prob * 1000) / 1000 : 0.5);
	doc_put_text(doc, "cause", result->has_verdict ? verdict->cause : "end-of-file");
	if (result->has_verdict && verdict->verdict == AMD_SIT)
		doc_put_text(doc, "sit", amd_sit_name(verdict->sit));
	put_ms(doc, "voice_start_ms", result->has_voice_start, result->voice_start.at_ms);
	put_ms(doc, "greeting_end_ms", result->has_greeting_end, result->greeting_end.at_ms);
	put_ms(doc, "beep_ms", result->has_beep, result->beep.now_ms);
	if (result->has_revised) {
		doc_put_text(doc, "revised", amd_verdict_name(result->revised.verdict));
		doc_put_i64(doc, "revised_ms", result->revised.now_ms);
		doc_put_text(doc, "revised_cause", result->revised.cause);
	}
	if (result->heard_from > 0)
		doc_put_i64(doc, "heard_from", result->heard_from);
	print(doc);
}

/* AMDSTATUS and AMDCAUSE as app_amd sets them; a file that ends before it decides is a caller who hung up. */
static void put_compat(struct doc *doc, bool decided, const struct compat_event *event)
{
	const char *status = "HANGUP";
	char cause[64] = "";
	if (decided)
		status = event->verdict == AMD_MACHINE ? "MACHINE" : event->verdict == AMD_HUMAN ? "HUMAN" : "NOTSURE";
	if (decided && event->limit > 0)
		snprintf(cause, sizeof cause, "%s-%u-%u", event->cause, event->value, event->limit);
	else if (decided)
		snprintf(cause, sizeof cause, "%s-%u", event->cause, event->value);
	doc_put_text(doc, "amdstatus", status);
	doc_put_text(doc, "amdcause", cause);
}

void run_compat(const struct compat_params *params, const char *path, const struct wav *wav)
{
	struct compat compat;
	struct compat_event event;
	uint8_t room[AMD_FRAME];
	uint32_t heard_ms = 0;
	bool decided = false;
	compat_init(&compat, params, wav->law);
	for (size_t at = 0; at < wav->count && !decided; at += AMD_FRAME) {
		decided = compat_feed(&compat, run_frame(wav, at, room), &event);
		heard_ms += FRAME_MS;
	}
	struct doc *doc = doc_object();
	doc_put_text(doc, "wav", path);
	doc_put_text(doc, "verdict", amd_verdict_name(decided ? event.verdict : AMD_UNKNOWN));
	doc_put_i64(doc, "decision_ms", heard_ms);
	doc_put_text(doc, "cause", decided ? event.cause : "end-of-file");
	put_compat(doc, decided, &event);
	print(doc);
}

void run_print_error(const char *path, const char *why)
{
	struct doc *doc = doc_object();
	doc_put_text(doc, "wav", path);
	doc_put_text(doc, "verdict", "error");
	doc_put_text(doc, "why", why);
	print(doc);
}
