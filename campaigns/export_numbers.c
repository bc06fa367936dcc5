/* export_numbers.c - exports about numbers: who asked not to be called, how often somebody was called, how a caller id fares */
#include "campaigns/export_in.h"

#include "campaigns/idmap.h"
#include "campaigns/lawcount.h"
#include "campaigns/logread.h"
#include "campaigns/personal.h"
#include "campaigns/tables.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS_MAX (2u * 1024 * 1024) /* at once; a shorter period has fewer */

static int too_many(struct export *export, int err)
{
	return err == ERR_FULL
		       ? say(export->why, err, "too many numbers for one export: name a shorter period with --from and --to")
		       : err;
}

/* An array that grows by doubling. */
static int room_for(void **items, size_t count, size_t *room, size_t bytes)
{
	size_t more = *room ? *room * 2 : 256;
	void *grown;

	if (count < *room)
		return 0;
	grown = realloc(*items, more * bytes);
	if (!grown)
		return -ENOMEM;
	*items = grown;
	*room = more;
	return 0;
}

/* --- optouts */

struct optout {
	char number[NUMBER_BYTES];
	int64_t asked_us, effective_us, removed_us, later_us;
	uint64_t attempt, later_attempt, later_count, seq; /* attempt: during which it was asked for, 0: by an operator */
};

struct optouts {
	struct optout *items;
	size_t count, room;
	struct idmap listed;      /* number -> place + 1 of the entry that holds */
	struct call_record ended; /* the call that ended last: the request stands behind it, in the same transaction */
	int64_t ended_us;
};

static const char *const optout_columns[] = {"number", "asked_by", "asked_at", "effective_at", "latency_ms", "attempt",
	"removed_at", "attempts_after", "first_attempt_after", "first_attempt_after_at", "seq", NULL};

const char *const *export_optouts_columns(void)
{
	return optout_columns;
}

static int optout_add(struct optouts *optouts, const struct line_head *head, const struct call_record *said)
{
	struct optout made = {.effective_us = head->us, .attempt = said->attempt.id, .seq = head->seq};
	int err = room_for((void **)&optouts->items, optouts->count, &optouts->room, sizeof(made));

	if (err)
		return err;
	text_copy(made.number, sizeof(made.number), said->attempt.e164);
	made.asked_us = made.attempt && made.attempt == optouts->ended.attempt.id ? optouts->ended_us : head->us;
	optouts->items[optouts->count++] = made;
	return number_of(made.number) ? idmap_put(&optouts->listed, number_of(made.number), optouts->count) : 0;
}

static const char *const optout_events[] = {"outcome", "disposition", "intent", "dnc_add", "dnc_remove", NULL};

static int optouts_h(void *arg, const struct line_head *head, const char *line, size_t bytes)
{
	struct optouts *optouts = arg;
	struct call_record said = {.seq = head->seq};
	uint64_t place;

	history_line(line, bytes, &said);
	if (line_event_is(head, "outcome") || line_event_is(head, "disposition")) {
		optouts->ended = said;
		optouts->ended_us = said.attempt.end_us ? said.attempt.end_us : head->us;
		return 0;
	}
	if (!number_of(said.attempt.e164) && strcmp(said.attempt.e164, PERSONAL_ERASED) != 0)
		return 0;
	if (line_event_is(head, "dnc_add"))
		return optout_add(optouts, head, &said);
	if (!number_of(said.attempt.e164) || !idmap_get(&optouts->listed, number_of(said.attempt.e164), &place))
		return 0;
	struct optout *optout = &optouts->items[place - 1];

	if (line_event_is(head, "dnc_remove")) {
		optout->removed_us = head->us;
		idmap_take(&optouts->listed, number_of(said.attempt.e164), &place);
	} else if (optout->later_count++ == 0) {
		optout->later_attempt = said.attempt.id;
		optout->later_us = head->us;
	}
	return 0;
}

static int optout_row(struct export *export, const struct optout *optout)
{
	const struct history_filter *filter = &export->filter;
	struct cell cell;

	if ((filter->from_us && optout->effective_us < filter->from_us) ||
		(filter->to_us && optout->effective_us >= filter->to_us) ||
		(filter->number && strcmp(filter->number, optout->number) != 0))
		return 0;
	sheet_number(export->sheet, optout->number);
	sheet_text(export->sheet, optout->attempt ? "called_person" : "operator");
	sheet_time(export->sheet, optout->asked_us);
	sheet_time(export->sheet, optout->effective_us);
	cell_none(&cell);
	if (optout->attempt)
		cell_span_ms(&cell, optout->asked_us, optout->effective_us);
	sheet_cell(export->sheet, &cell);
	if (optout->attempt)
		sheet_integer(export->sheet, (int64_t)optout->attempt);
	else
		sheet_none(export->sheet);
	sheet_time(export->sheet, optout->removed_us);
	sheet_integer(export->sheet, (int64_t)optout->later_count);
	if (optout->later_count)
		sheet_integer(export->sheet, (int64_t)optout->later_attempt);
	else
		sheet_none(export->sheet);
	sheet_time(export->sheet, optout->later_us);
	sheet_integer(export->sheet, (int64_t)optout->seq);
	return sheet_end_row(export->sheet);
}

int export_optouts_run(struct export *export)
{
	struct optouts optouts = {.count = 0};
	uint64_t end;
	int err = logread_end(export->store, &end);

	idmap_init(&optouts.listed, NUMBERS_MAX);
	if (!err)
		err = logread(export->store, &(struct logread_want){export->filter.from_us, end, optout_events}, optouts_h,
			&optouts, export->why);
	for (size_t i = 0; i < optouts.count && !err; i++)
		err = optout_row(export, &optouts.items[i]);
	free(optouts.items);
	idmap_fini(&optouts.listed);
	return too_many(export, err);
}

/* --- frequency: a row an attempt, with what had been before */

#define RING 16
#define LOOK_BACK_US (30 * DAY_US)

#define SUBJECTS_MAX (6u * 1024 * 1024) /* numbers, persons and debts at once */

struct called { /* a number, a person, or a person about a debt */
	uint32_t at_s[RING]; /* the attempts before, the latest first */
	uint32_t talked_s;
};

struct frequency {
	struct export *export;
	struct called *items;
	size_t count, room;
	struct idmap subjects; /* number, or hash of person and debt -> place + 1 */
};

enum subject { BY_NUMBER, BY_PERSON, BY_DEBT, SUBJECTS };

static const char *const frequency_columns[] = {"campaign", "attempt", "number", "at", "previous_at", "gap_s", "attempts_24h",
	"attempts_7d", "attempts_30d", "last_conversation_at", "person", "debt", "seq", "person_24h", "person_7d", "person_30d",
	"debt_24h", "debt_7d", NULL};

const char *const *export_frequency_columns(void)
{
	return frequency_columns;
}

static int called_of(struct frequency *frequency, uint64_t subject, uint32_t *index)
{
	uint64_t place;
	int err = 0;

	if (!idmap_get(&frequency->subjects, subject, &place)) {
		err = room_for((void **)&frequency->items, frequency->count, &frequency->room, sizeof(struct called));
		if (!err)
			err = idmap_put(&frequency->subjects, subject, place = frequency->count + 1);
		if (err)
			return err;
		frequency->items[frequency->count++] = (struct called){.talked_s = 0};
	}
	*index = (uint32_t)place;
	return 0;
}

static uint64_t mixed(uint64_t a, uint64_t b)
{
	uint64_t hash = (a ^ (b + 1) * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xd6e8feb86659fd93);

	hash ^= hash >> 32;
	return hash ? hash : 1;
}

/* The keys under which the ledger counted the attempt, as its line has them; 0: the line has none. */
static uint64_t hex_of(const char *line, size_t bytes, const char *key)
{
	struct line_field field;
	const char *at = NULL;
	char text[20] = "";

	while (line_next_field(line, bytes, &at, &field))
		if (line_field_is(&field, key))
			line_field_text(&field, text, sizeof(text));
	return strtoull(text, NULL, 16);
}

/* Places + 1 of those that the attempt counts for; 0: none. A person without a key of its own is its number. */
static int subjects_of(
	struct frequency *frequency, const struct call_record *call, const char *line, size_t bytes, uint32_t out[SUBJECTS])
{
	uint64_t number = number_of(call->attempt.e164), person = hex_of(line, bytes, "person"),
		 debt = hex_of(line, bytes, "debt");
	int err = called_of(frequency, number, &out[BY_NUMBER]);

	person = person ? person : number;
	if (!err && person && person != number)
		err = called_of(frequency, mixed(person, 0), &out[BY_PERSON]);
	if (!err && person && debt)
		err = called_of(frequency, mixed(person, debt), &out[BY_DEBT]);
	return err;
}

/* With this one; a full ring means at least so many. */
static int64_t within(const struct called *called, uint32_t now_s, uint32_t span_s)
{
	int64_t count = 1;

	for (int i = 0; i < RING; i++)
		count += called->at_s[i] && called->at_s[i] + span_s > now_s;
	return count;
}

static void put_key(struct sheet *sheet, const char *line, size_t bytes, const char *key)
{
	struct line_field field;
	const char *at = NULL;
	char text[64] = "";

	while (line_next_field(line, bytes, &at, &field))
		if (line_field_is(&field, key))
			line_field_text(&field, text, sizeof(text));
	sheet_text(sheet, text);
}

static void put_within(struct sheet *sheet, const struct called *called, uint32_t now_s, const uint32_t *spans_s, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (called)
			sheet_integer(sheet, within(called, now_s, spans_s[i]));
		else
			sheet_none(sheet);
}

static int frequency_row(struct frequency *frequency, const struct call_record *call, const uint32_t places[SUBJECTS],
	const char *line, size_t bytes)
{
	static const uint32_t spans_s[] = {86400, 7 * 86400, 30 * 86400};
	const struct called *called = &frequency->items[places[BY_NUMBER] - 1];
	const struct called *person = places[BY_PERSON] ? &frequency->items[places[BY_PERSON] - 1] : called;
	uint32_t now_s = (uint32_t)(call->attempt.intent_us / SEC_US);
	struct sheet *sheet = frequency->export->sheet;

	sheet_text(sheet, call->campaign);
	sheet_integer(sheet, (int64_t)call->attempt.id);
	sheet_number(sheet, call->attempt.e164);
	sheet_time(sheet, call->attempt.intent_us);
	sheet_time(sheet, called->at_s[0] * SEC_US);
	if (called->at_s[0])
		sheet_integer(sheet, now_s - called->at_s[0]);
	else
		sheet_none(sheet);
	put_within(sheet, called, now_s, spans_s, 3);
	sheet_time(sheet, called->talked_s * SEC_US);
	put_key(sheet, line, bytes, "person");
	put_key(sheet, line, bytes, "debt");
	sheet_integer(sheet, (int64_t)call->seq);
	put_within(sheet, person, now_s, spans_s, 3);
	put_within(sheet, places[BY_DEBT] ? &frequency->items[places[BY_DEBT] - 1] : NULL, now_s, spans_s, 2);
	return sheet_end_row(sheet);
}

/* Of somebody who was erased nobody can say which calls were to him. */
static int erased_row(struct frequency *frequency, const struct call_record *call)
{
	struct sheet *sheet = frequency->export->sheet;

	sheet_text(sheet, call->campaign);
	sheet_integer(sheet, (int64_t)call->attempt.id);
	sheet_number(sheet, call->attempt.e164);
	sheet_time(sheet, call->attempt.intent_us);
	for (int i = 0; i < 8; i++)
		sheet_none(sheet);
	sheet_integer(sheet, (int64_t)call->seq);
	for (int i = 0; i < 5; i++)
		sheet_none(sheet);
	return sheet_end_row(sheet);
}

static void note_attempt(struct called *called, uint32_t at_s)
{
	memmove(called->at_s + 1, called->at_s, (RING - 1) * sizeof(called->at_s[0]));
	called->at_s[0] = at_s;
}

static const char *const frequency_events[] = {"intent", "outcome", NULL};

/* Calls of all campaigns and to all numbers of a person count; the filter chooses rows. */
static int frequency_h(void *arg, const struct line_head *head, const char *line, size_t bytes)
{
	struct frequency *frequency = arg;
	struct call_record call = {.seq = head->seq};
	uint32_t places[SUBJECTS] = {0};
	bool intent = line_event_is(head, "intent");
	int err;

	history_line(line, bytes, &call);
	call.attempt.intent_us = intent ? head->us : 0;
	if (!number_of(call.attempt.e164))
		return intent && strcmp(call.attempt.e164, PERSONAL_ERASED) == 0 &&
				       history_wants(&frequency->export->filter, &call.attempt)
			       ? erased_row(frequency, &call)
			       : 0;
	if (!intent) {
		err = call.attempt.seat_us ? called_of(frequency, number_of(call.attempt.e164), &places[BY_NUMBER]) : 0;
		if (!err && places[BY_NUMBER])
			frequency->items[places[BY_NUMBER] - 1].talked_s = (uint32_t)(call.attempt.seat_us / SEC_US);
		return err;
	}
	err = subjects_of(frequency, &call, line, bytes, places);
	if (!err && history_wants(&frequency->export->filter, &call.attempt))
		err = frequency_row(frequency, &call, places, line, bytes);
	for (int i = 0; i < SUBJECTS && !err; i++)
		if (places[i])
			note_attempt(&frequency->items[places[i] - 1], (uint32_t)(head->us / SEC_US));
	return err;
}

int export_frequency_run(struct export *export)
{
	struct frequency frequency = {.export = export};
	int64_t from_us = export->filter.from_us ? export->filter.from_us - LOOK_BACK_US : 0;
	uint64_t end;
	int err = logread_end(export->store, &end);

	idmap_init(&frequency.subjects, SUBJECTS_MAX);
	if (!err)
		err = logread(export->store, &(struct logread_want){from_us, end, frequency_events}, frequency_h, &frequency,
			export->why);
	free(frequency.items);
	idmap_fini(&frequency.subjects);
	return too_many(export, err);
}

/* --- callerids: a row a caller id and day */

#define SHORT_US (6 * SEC_US)

struct caller {
	char number[NUMBER_BYTES], name[64], authority[48];
	int64_t authority_from_us, authority_to_us, day_us;
	uint64_t attempts, answered, live, connected, abandoned, shorts, blocked, rejected, dead;
};

struct callers {
	struct caller *items;
	size_t count, room;
	struct idmap places; /* hash of number and day -> place + 1 */
};

static const char *const caller_columns[] = {"caller_id", "caller_name", "day", "authority", "authority_from", "authority_to",
	"authorised", "attempts", "answered", "answer_rate", "live", "connected", "abandoned", "short_calls", "short_share",
	"blocked", "rejected", "dead_numbers", NULL};

const char *const *export_callerids_columns(void)
{
	return caller_columns;
}

static uint64_t caller_hash(const char *number, int64_t day_us)
{
	uint64_t hash = UINT64_C(0xCBF29CE484222325) ^ (uint64_t)day_us;

	for (; *number; number++)
		hash = (hash ^ (unsigned char)*number) * UINT64_C(0x100000001B3);
	return hash ? hash : 1;
}

static int caller_of(struct callers *callers, const struct attempt *attempt, struct caller **out)
{
	int64_t day_us = law_period_of(LAW_UK_DAY, 0, attempt->intent_us).start_us;
	uint64_t hash = caller_hash(attempt->caller_id, day_us), place;
	int err;

	for (; idmap_get(&callers->places, hash, &place); hash = hash + 1 ? hash + 1 : 1) {
		*out = &callers->items[place - 1];
		if ((*out)->day_us == day_us && strcmp((*out)->number, attempt->caller_id) == 0)
			return 0;
	}
	err = room_for((void **)&callers->items, callers->count, &callers->room, sizeof(**out));
	if (!err)
		err = idmap_put(&callers->places, hash, callers->count + 1);
	if (err)
		return err;
	*out = &callers->items[callers->count++];
	**out = (struct caller){.day_us = day_us};
	text_copy((*out)->number, sizeof((*out)->number), attempt->caller_id);
	return 0;
}

static int caller_h(void *arg, const struct call_record *call)
{
	const struct attempt *attempt = &call->attempt;
	const struct outcome_facts *facts = outcome_facts(attempt->outcome);
	struct caller *caller;
	int err = caller_of(arg, attempt, &caller);

	if (err)
		return err;
	text_copy(caller->name, sizeof(caller->name), call->items.from_name);
	text_copy(caller->authority, sizeof(caller->authority), call->items.authority);
	caller->authority_from_us = call->items.authority_from_us;
	caller->authority_to_us = call->items.authority_to_us;
	caller->attempts++;
	caller->answered += attempt->answer_us != 0;
	caller->live += facts->live;
	caller->abandoned += facts->abandoned;
	caller->connected += attempt->outcome == OUTCOME_CONNECTED;
	caller->shorts += attempt->answer_us && attempt->end_us - attempt->answer_us < SHORT_US;
	caller->blocked += attempt->outcome == OUTCOME_BLOCKED;
	caller->rejected += attempt->outcome == OUTCOME_REJECTED;
	caller->dead += facts->number_dead && attempt->outcome != OUTCOME_FAX;
	return 0;
}

/* Somebody gave a right to use it, and the whole day lies in its period. */
static bool is_authorised(const struct caller *caller)
{
	return *caller->authority && strcmp(caller->authority, "n/a") != 0 && caller->authority_from_us <= caller->day_us &&
	       (!caller->authority_to_us || caller->authority_to_us >= law_period_of(LAW_UK_DAY, 0, caller->day_us).end_us);
}

static int caller_row(struct sheet *sheet, const struct caller *caller)
{
	sheet_number(sheet, caller->number);
	sheet_text(sheet, caller->name);
	sheet_time(sheet, caller->day_us);
	sheet_text(sheet, *caller->authority ? caller->authority : "n/a");
	sheet_time(sheet, caller->authority_from_us);
	sheet_time(sheet, caller->authority_to_us);
	sheet_bool(sheet, is_authorised(caller));
	sheet_integer(sheet, (int64_t)caller->attempts);
	sheet_integer(sheet, (int64_t)caller->answered);
	sheet_real(sheet, (double)caller->answered / (double)caller->attempts);
	sheet_integer(sheet, (int64_t)caller->live);
	sheet_integer(sheet, (int64_t)caller->connected);
	sheet_integer(sheet, (int64_t)caller->abandoned);
	sheet_integer(sheet, (int64_t)caller->shorts);
	if (caller->answered)
		sheet_real(sheet, (double)caller->shorts / (double)caller->answered);
	else
		sheet_none(sheet);
	sheet_integer(sheet, (int64_t)caller->blocked);
	sheet_integer(sheet, (int64_t)caller->rejected);
	sheet_integer(sheet, (int64_t)caller->dead);
	return sheet_end_row(sheet);
}

int export_callerids_run(struct export *export)
{
	struct callers callers = {.count = 0};
	int err;

	idmap_init(&callers.places, NUMBERS_MAX);
	err = export_calls(export, caller_h, &callers);
	for (size_t i = 0; i < callers.count && !err; i++)
		err = caller_row(export->sheet, &callers.items[i]);
	free(callers.items);
	idmap_fini(&callers.places);
	return too_many(export, err);
}
