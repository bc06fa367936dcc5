/*
 * call_record.c - a call's recording: from the answer on, with pauses
 *
 * A pause holds from the moment it was asked for: the media worker blanks what it has of the time since, so a command that has to
 * wait for its place is told again with the same moment. It ends by the one who asked, or by itself after the campaign's time.
 */
#include "dialer/call.h"

#include "base/err.h"
#include "base/log.h"
#include "base/text.h"

#include <string.h>

#define AGAIN_US (5 * MS_US)

static void record_note(struct call *call, enum recording_note_kind kind, int64_t at_us, const char *who, const char *why)
{
	struct recording_note note = {
		.kind = kind,
		.attempt = call->attempt.id,
		.campaign = call->attempt.campaign,
		.at_us = at_us,
		.terms = call->run->campaign.record,
	};

	text_copy(note.who, sizeof(note.who), who);
	text_copy(note.why, sizeof(note.why), why);
	if (writer_recording(call->engine->writer, &note))
		log_line(LOG_ERROR, "recording_not_noted", "call=%llu what=%d who=%s why=\"the storage thread takes nothing\"",
			(unsigned long long)call->attempt.id, (int)kind, who);
}

static void record_on_timer(void *call);

static void record_tell(struct call *call)
{
	struct call_record *record = &call->record;
	struct wheel *wheel = &call->engine->wheel;

	record->told = media_record_pause(call->engine->media, call->stream, record->paused, record->at_us) == 0;
	wheel_cancel(wheel, &record->timer);
	if (!record->told)
		wheel_arm(wheel, &record->timer, clock_us() + AGAIN_US, record_on_timer, call);
	else if (record->paused && record->pauses < RECORDING_GAPS)
		wheel_arm(wheel, &record->timer, record->at_us + call->run->campaign.record.pause_us, record_on_timer, call);
}

static void record_change(struct call *call, bool paused, const char *who, const char *why)
{
	struct call_record *record = &call->record;

	record->paused = paused;
	record->pauses += paused;
	record->at_us = clock_us();
	record_note(call, paused ? NOTE_PAUSED : NOTE_RESUMED, record->at_us, who, why);
	record_tell(call);
}

static void record_on_timer(void *arg)
{
	struct call *call = arg;

	if (!call->record.told)
		record_tell(call);
	else
		record_change(call, false, "engine", "time");
}

void call_record_start(struct call *call, int64_t now_us)
{
	if (!call->run->campaign.record.on)
		return;
	int err = media_record(call->engine->media, call->stream, call->attempt.id, now_us);
	if (err) {
		log_line(LOG_ERROR, "not_recorded", "call=%llu why=\"%s\"", (unsigned long long)call->attempt.id, err_text(err));
		return;
	}
	call->record = (struct call_record){.on = true, .told = true};
	record_note(call, NOTE_BEGUN, now_us, "", "");
}

void call_record_end(struct call *call, int64_t now_us)
{
	if (!call->record.on)
		return;
	wheel_cancel(&call->engine->wheel, &call->record.timer);
	record_note(call, NOTE_ENDED, now_us, "", "");
	call->record.on = false;
}

const char *call_record_pause(struct call *call, bool paused, const char *who, const char *why)
{
	if (!call->record.on)
		return "this call is not recorded";
	if (call->record.paused == paused)
		return NULL;
	if (!paused && call->record.pauses == RECORDING_GAPS)
		return "it was paused too often: the last pause lasts to the end of the call";
	record_change(call, paused, who, why);
	return NULL;
}

/* --- from outside */

/* The whole word counts: of "17a" the call 17 must not be paused in place of a seat that is not there. */
static struct call *record_find(struct engine *engine, const char *of)
{
	int64_t attempt = 0;
	struct desk *desk;
	struct call *call;
	uint64_t handle;

	for (uint32_t at = 0; (desk = pool_next(&engine->desks, &at, &handle));)
		if (strcmp(desk->seat.login, of) == 0)
			return pool_get(&engine->calls, desk->call);
	if (!text_i64(of, 1, INT64_MAX, &attempt))
		return NULL;
	for (uint32_t at = 0; (call = pool_next(&engine->calls, &at, &handle));)
		if (call->attempt.id == (uint64_t)attempt)
			return call;
	return NULL;
}

static const char *record_asked(struct call *call, const struct doc *request)
{
	const char *word = doc_text(request, "do", "");
	bool paused = strcmp(word, "pause") == 0;

	if (!paused && strcmp(word, "resume") != 0) /* no guess: it would record what was to be kept out */
		return "\"do\" is neither \"pause\" nor \"resume\"";
	if (!call)
		return "no call under way has this attempt's number, and no seat of this login talks";
	return call_record_pause(call, paused, doc_text(request, "who", ""), doc_text(request, "why", "asked"));
}

struct doc *call_record_doc(struct engine *engine, const struct doc *request)
{
	struct call *call = record_find(engine, doc_text(request, "of", ""));
	const char *why = record_asked(call, request);
	struct doc *answer = doc_object();

	doc_put_bool(answer, "ok", !why);
	if (why)
		doc_put_text(answer, "why", why);
	else
		doc_put_i64(answer, "attempt", (int64_t)call->attempt.id);
	return answer;
}
