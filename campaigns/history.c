/* history.c - see history.h */
#include "campaigns/history.h"

#include "campaigns/idmap.h"
#include "campaigns/logread.h"
#include "campaigns/tables.h"

#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 256
#define WORDS_MAX (8u * 1024 * 1024)
#define OPEN_MAX (1024u * 1024) /* calls under way */

/* --- what a line says */

enum kind { K_U16, K_U32, K_U64, K_BOOL, K_TEXT, K_OUTCOME, K_HANGUP, K_PPM };

#define A(key, kind, member)                                                                                                     \
	{                                                                                                                        \
		key, sizeof(key) - 1, kind, offsetof(struct call_record, attempt.member), sizeof(((struct attempt *)0)->member)  \
	}
#define I(key, kind, member)                                                                                                     \
	{                                                                                                                        \
		key, sizeof(key) - 1, kind, offsetof(struct call_record, items.member), sizeof(((struct call_items *)0)->member) \
	}

static const struct {
	const char *key;
	size_t key_bytes;
	enum kind kind;
	size_t offset, size;
} keys[] = {
	A("attempt", K_U64, id),
	A("lead", K_U64, lead),
	A("campaign", K_U32, campaign),
	A("list", K_U32, list),
	A("number", K_U32, number),
	A("to", K_TEXT, e164),
	A("from", K_TEXT, caller_id),
	A("trunk", K_TEXT, trunk),
	{"campaign_name", sizeof("campaign_name") - 1, K_TEXT, offsetof(struct call_record, campaign), NAME_BYTES},
	A("outcome", K_OUTCOME, outcome),
	A("intent_us", K_U64, intent_us),
	A("invite_us", K_U64, invite_us),
	A("ringing_us", K_U64, ringing_us),
	A("answer_us", K_U64, answer_us),
	A("voice_us", K_U64, voice_us),
	A("greeting_end_us", K_U64, greeting_end_us),
	A("verdict_us", K_U64, verdict_us),
	A("seat_us", K_U64, seat_us),
	A("message_us", K_U64, message_us),
	A("end_us", K_U64, end_us),
	A("hangup_by", K_HANGUP, hangup_by),
	A("sip_code", K_U16, sip_code),
	A("sip_reason", K_TEXT, sip_reason),
	A("early_media", K_BOOL, early_media),
	A("q850", K_U16, q850),
	A("redress", K_TEXT, redress),
	A("reached", K_TEXT, reached),
	A("diverted", K_BOOL, diverted),
	A("verdict", K_TEXT, verdict),
	A("verdict_cause", K_TEXT, cause),
	A("verdict_ppm", K_PPM, verdict_prob),
	A("sampled", K_BOOL, sampled),
	A("revised", K_BOOL, revised),
	A("seat", K_TEXT, seat),
	A("disposition", K_TEXT, disposition),
	I("direction", K_TEXT, direction),
	I("from_name", K_TEXT, from_name),
	I("org", K_TEXT, org),
	I("seller", K_TEXT, seller),
	I("offer", K_TEXT, offer),
	I("party", K_TEXT, party),
	I("script", K_TEXT, script),
	I("script_sha256", K_TEXT, script_sha256),
	I("authority", K_TEXT, authority),
	I("authority_from_us", K_U64, authority_from_us),
	I("authority_to_us", K_U64, authority_to_us),
	I("prerecorded", K_BOOL, prerecorded),
	I("prerecorded_id", K_TEXT, prerecorded_id),
	I("prerecorded_sha256", K_TEXT, prerecorded_sha256),
	I("transfer_to", K_TEXT, transfer_to),
	I("transfer_name", K_TEXT, transfer_name),
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

static enum hangup_by hangup_of(const char *name)
{
	static const char *const names[] = {"callee", "seat", "engine", "network"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return (enum hangup_by)(HANGUP_CALLEE + i);
	return HANGUP_NOBODY;
}

static void set_named(enum kind kind, void *at, const struct line_field *field)
{
	char name[32];

	line_field_text(field, name, sizeof(name));
	if (kind == K_HANGUP)
		*(enum hangup_by *)at = hangup_of(name);
	else
		*(enum outcome *)at = outcome_by_name(name) == OUTCOME_COUNT ? OUTCOME_NONE : outcome_by_name(name);
}

static void set_value(enum kind kind, void *at, size_t size, const struct line_field *field)
{
	switch (kind) {
	case K_U16:
		*(uint16_t *)at = (uint16_t)field->number;
		break;
	case K_U32:
		*(uint32_t *)at = (uint32_t)field->number;
		break;
	case K_U64: /* times, too */
		*(uint64_t *)at = field->number;
		break;
	case K_BOOL:
		*(bool *)at = field->number != 0;
		break;
	case K_TEXT:
		line_field_text(field, at, size);
		break;
	case K_PPM:
		*(float *)at = (float)field->number / 1e6f;
		break;
	case K_OUTCOME:
	case K_HANGUP:
		set_named(kind, at, field);
		break;
	}
}

/* The keys of a line come in the order of the table, mostly: the search goes on where it was. */
void history_line(const char *line, size_t bytes, struct call_record *out)
{
	struct line_field field;
	const char *at = NULL;
	size_t next = 0;

	while (line_next_field(line, bytes, &at, &field)) {
		for (size_t i = 0; i < KEYS; i++) {
			size_t k = (next + i) % KEYS;

			if (field.key_bytes != keys[k].key_bytes || memcmp(field.key, keys[k].key, field.key_bytes) != 0)
				continue;
			set_value(keys[k].kind, (char *)out + keys[k].offset, keys[k].size, &field);
			next = k + 1;
			break;
		}
	}
}

/* --- the walk */

struct word { /* of an agent, after the end */
	enum outcome outcome;
	char disposition[24];
};

struct history {
	struct store *store;
	const struct history_filter *filter;
	history_call_h *call_h;
	void *arg;
	struct idmap words; /* attempt -> index + 1 in word */
	struct word *word;
	size_t word_count, word_room;
	struct idmap open; /* attempt -> struct call_record of its intent */
};

bool history_wants(const struct history_filter *filter, const struct attempt *attempt)
{
	return (!filter->campaign || attempt->campaign == filter->campaign) &&
	       (!filter->from_us || attempt->intent_us >= filter->from_us) &&
	       (!filter->to_us || attempt->intent_us < filter->to_us) &&
	       (!filter->number || strcmp(filter->number, attempt->e164) == 0) &&
	       (!filter->seat || strcmp(filter->seat, attempt->seat) == 0);
}

static int word_add(struct history *history, uint64_t attempt, const struct word *word)
{
	size_t room = history->word_room ? history->word_room * 2 : 1024;
	uint64_t index;

	if (idmap_get(&history->words, attempt, &index)) {
		history->word[index - 1] = *word;
		return 0;
	}
	if (history->word_count == history->word_room) {
		struct word *grown = realloc(history->word, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		history->word = grown;
		history->word_room = room;
	}
	history->word[history->word_count++] = *word;
	return idmap_put(&history->words, attempt, history->word_count);
}

/* First reading: what was said later. */
static const char *const word_events[] = {"disposition", NULL};

static int words_h(void *arg, const struct line_head *head, const char *line, size_t bytes)
{
	struct call_record said = {.seq = 0};
	struct word word;

	(void)head;
	history_line(line, bytes, &said);
	word.outcome = said.attempt.outcome;
	memcpy(word.disposition, said.attempt.disposition, sizeof(word.disposition));
	return said.attempt.id ? word_add(arg, said.attempt.id, &word) : 0;
}

static int hand_over(struct history *history, struct call_record *call)
{
	uint64_t index;

	if (idmap_get(&history->words, call->attempt.id, &index)) {
		call->attempt.outcome = history->word[index - 1].outcome;
		memcpy(call->attempt.disposition, history->word[index - 1].disposition, sizeof(call->attempt.disposition));
	}
	return history_wants(history->filter, &call->attempt) ? history->call_h(history->arg, call) : 0;
}

/* An intent is kept until its outcome comes. */
static int open_put(struct history *history, const struct line_head *head, const char *line, size_t bytes)
{
	struct call_record *call = calloc(1, sizeof(*call));
	int err;

	if (!call)
		return -ENOMEM;
	history_line(line, bytes, call);
	call->attempt.intent_us = head->us;
	if (!call->attempt.id) {
		free(call);
		return 0;
	}
	err = idmap_put(&history->open, call->attempt.id, (uint64_t)(uintptr_t)call);
	if (err)
		free(call);
	return err;
}

static int open_end(struct history *history, const struct line_head *head, const char *line, size_t bytes)
{
	struct call_record call = {.seq = head->seq}, *intent;
	uint64_t value;

	history_line(line, bytes, &call);
	if (call.attempt.id && idmap_take(&history->open, call.attempt.id, &value)) {
		intent = (struct call_record *)(uintptr_t)value;
		call = *intent;
		free(intent);
		history_line(line, bytes, &call);
		call.seq = head->seq;
	}
	return call.attempt.id ? hand_over(history, &call) : 0;
}

/* Attempts that were made before the log began: the store has them. */
static int from_store(struct history *history, uint64_t last)
{
	struct attempt *chunk = malloc(CHUNK * sizeof(*chunk));
	int count = chunk ? 0 : -ENOMEM, err = 0;
	uint64_t after = 0;

	while (chunk && !err && after < last && (count = attempt_read(history->store, after, chunk, CHUNK)) > 0) {
		for (int i = 0; i < count && !err && chunk[i].id <= last; i++) {
			struct call_record call = {.attempt = chunk[i]};

			err = chunk[i].outcome == OUTCOME_NONE ? 0 : hand_over(history, &call);
		}
		after = chunk[count - 1].id;
	}
	free(chunk);
	return err ? err : count < 0 ? count : 0;
}

static int begin(struct history *history, const char *line, size_t bytes)
{
	struct line_field field;
	const char *at = NULL;

	while (line_next_field(line, bytes, &at, &field))
		if (line_field_is(&field, "attempts_before") && field.number)
			return from_store(history, field.number);
	return 0;
}

/* Second reading: the calls. */
static const char *const call_events[] = {"intent", "outcome", "recovered", "begin", NULL};

static int calls_h(void *arg, const struct line_head *head, const char *line, size_t bytes)
{
	struct history *history = arg;

	if (line_event_is(head, "intent"))
		return open_put(history, head, line, bytes);
	return line_event_is(head, "begin") ? begin(history, line, bytes) : open_end(history, head, line, bytes);
}

static uint64_t open_drop(struct history *history)
{
	uint64_t count = 0;

	for (size_t i = 0; i < history->open.room; i++) {
		struct call_record *call = (struct call_record *)(uintptr_t)history->open.places[i].value;

		if (!history->open.places[i].id)
			continue;
		count += history_wants(history->filter, &call->attempt);
		free(call);
	}
	idmap_fini(&history->open);
	return count;
}

int history_read(struct store *store, const struct history_filter *filter, history_call_h *call_h, void *arg,
	uint64_t *unfinished, char why[WHY_BYTES])
{
	struct history history = {.store = store, .filter = filter, .call_h = call_h, .arg = arg};
	uint64_t end;
	int err = logread_end(store, &end);

	idmap_init(&history.words, WORDS_MAX);
	idmap_init(&history.open, OPEN_MAX);
	if (!err)
		err = logread(store, &(struct logread_want){filter->from_us, end, word_events}, words_h, &history, why);
	if (!err)
		err = logread(store, &(struct logread_want){filter->from_us, end, call_events}, calls_h, &history, why);
	if (err == ERR_FULL)
		say(why, err, "too many calls for one reading: name a shorter period with --from and --to");
	*unfinished = open_drop(&history);
	idmap_fini(&history.words);
	free(history.word);
	return err;
}
