/* outcome_row.c - see outcome_row.h */
#include "campaigns/outcome_row.h"

#include <stddef.h>

typedef void cell_h(const struct outcome_row *row, struct cell *cell);

/* --- columns */
#define COLUMN_H(name) static void name##_h(const struct outcome_row *row, struct cell *cell)

COLUMN_H(attempt)
{
	cell_integer(cell, (int64_t)row->attempt->id);
}

COLUMN_H(campaign)
{
	cell_text(cell, row->campaign);
}

COLUMN_H(list)
{
	cell_text(cell, row->list);
}

COLUMN_H(lead)
{
	cell_integer(cell, (int64_t)row->attempt->lead);
}

COLUMN_H(attempt_number)
{
	cell_integer(cell, row->attempt->number);
}

COLUMN_H(number)
{
	cell_number(cell, row->attempt->e164);
}

COLUMN_H(caller_id)
{
	cell_number(cell, row->attempt->caller_id);
}

COLUMN_H(trunk)
{
	cell_text(cell, row->attempt->trunk);
}

COLUMN_H(outcome)
{
	cell_text(cell, outcome_facts(row->attempt->outcome)->name);
}

COLUMN_H(live)
{
	cell_bool(cell, outcome_facts(row->attempt->outcome)->live);
}

COLUMN_H(abandoned)
{
	cell_bool(cell, outcome_facts(row->attempt->outcome)->abandoned);
}

COLUMN_H(intent)
{
	cell_time(cell, row->attempt->intent_us);
}

COLUMN_H(invite)
{
	cell_time(cell, row->attempt->invite_us);
}

COLUMN_H(ringing)
{
	cell_time(cell, row->attempt->ringing_us);
}

COLUMN_H(answer)
{
	cell_time(cell, row->attempt->answer_us);
}

COLUMN_H(first_voice)
{
	cell_time(cell, row->attempt->voice_us);
}

COLUMN_H(greeting_end)
{
	cell_time(cell, row->attempt->greeting_end_us);
}

COLUMN_H(verdict_at)
{
	cell_time(cell, row->attempt->verdict_us);
}

COLUMN_H(seat_audio)
{
	cell_time(cell, row->attempt->seat_us);
}

COLUMN_H(message_start)
{
	cell_time(cell, row->attempt->message_us);
}

COLUMN_H(end)
{
	cell_time(cell, row->attempt->end_us);
}

/* From the first ringing to the answer, or to the end of a call that nobody answered. */
COLUMN_H(ring_ms)
{
	const struct attempt *attempt = row->attempt;

	cell_span_ms(cell, attempt->ringing_us, attempt->answer_us ? attempt->answer_us : attempt->end_us);
}

COLUMN_H(talk_ms)
{
	cell_span_ms(cell, row->attempt->seat_us, row->attempt->end_us);
}

COLUMN_H(answer_to_seat_ms)
{
	cell_span_ms(cell, row->attempt->answer_us, row->attempt->seat_us);
}

COLUMN_H(hangup_by)
{
	static const char *const names[] = {"", "callee", "seat", "engine", "network"};
	unsigned by = (unsigned)row->attempt->hangup_by;

	cell_text(cell, by < sizeof(names) / sizeof(names[0]) ? names[by] : "");
}

COLUMN_H(sip_code)
{
	if (row->attempt->sip_code)
		cell_integer(cell, row->attempt->sip_code);
}

COLUMN_H(sip_reason)
{
	cell_text(cell, row->attempt->sip_reason);
}

COLUMN_H(verdict)
{
	cell_text(cell, row->attempt->verdict);
}

COLUMN_H(verdict_cause)
{
	cell_text(cell, row->attempt->cause);
}

COLUMN_H(verdict_prob)
{
	if (!row->attempt->verdict[0])
		return;
	cell_real(cell, (double)(int64_t)((double)row->attempt->verdict_prob * 1000 + 0.5) / 1000); /* three digits say it */
}

COLUMN_H(seat)
{
	cell_text(cell, row->attempt->seat);
}

COLUMN_H(disposition)
{
	cell_text(cell, row->attempt->disposition);
}

COLUMN_H(sampled)
{
	cell_bool(cell, row->attempt->sampled);
}

/* What the law wants kept; calls of a program that did not ask for it have none of it. */
static void put_item(struct cell *cell, const char *text)
{
	cell_text(cell, *text ? text : "n/a");
}

#define ITEM_H(name, member)                                                                                                     \
	COLUMN_H(name)                                                                                                           \
	{                                                                                                                        \
		put_item(cell, row->items->member);                                                                              \
	}

ITEM_H(org, org)
ITEM_H(seller, seller)
ITEM_H(offer, offer)
ITEM_H(party_type, party)
ITEM_H(prerecorded_id, prerecorded_id)
ITEM_H(prerecorded_sha256, prerecorded_sha256)
ITEM_H(script_id, script)
ITEM_H(script_sha256, script_sha256)
ITEM_H(caller_name, from_name)
ITEM_H(caller_id_authority, authority)
ITEM_H(transfer_name, transfer_name)

COLUMN_H(direction)
{
	cell_text(cell, "outbound"); /* nothing else is in the log */
	(void)row;
}

COLUMN_H(prerecorded)
{
	cell_bool(cell, row->attempt->message_us != 0);
}

static void put_item_time(struct cell *cell, int64_t at_us)
{
	if (at_us)
		cell_time(cell, at_us);
	else
		cell_text(cell, "n/a");
}

COLUMN_H(caller_id_authority_from)
{
	put_item_time(cell, row->items->authority_from_us);
}

COLUMN_H(caller_id_authority_to)
{
	put_item_time(cell, row->items->authority_to_us);
}

COLUMN_H(transfer_to)
{
	cell_number(cell, *row->items->transfer_to ? row->items->transfer_to : "n/a");
}

/* From the answer to the end. */
COLUMN_H(duration_ms)
{
	cell_span_ms(cell, row->attempt->answer_us, row->attempt->end_us);
}

COLUMN_H(seq)
{
	if (row->seq)
		cell_integer(cell, (int64_t)row->seq);
}

COLUMN_H(q850)
{
	if (row->attempt->q850)
		cell_integer(cell, row->attempt->q850);
}

COLUMN_H(redress)
{
	cell_text(cell, row->attempt->redress);
}

COLUMN_H(reached)
{
	cell_number(cell, row->attempt->reached);
}

COLUMN_H(diverted)
{
	cell_bool(cell, row->attempt->diverted);
}

#define COLUMN(name)                                                                                                             \
	{                                                                                                                        \
#name, name##_h                                                                                                  \
	}

static const struct {
	const char *name;
	cell_h *get;
} columns[OUTCOME_COLUMNS] = {
	COLUMN(attempt),
	COLUMN(campaign),
	COLUMN(list),
	COLUMN(lead),
	COLUMN(attempt_number),
	COLUMN(number),
	COLUMN(caller_id),
	COLUMN(trunk),
	COLUMN(outcome),
	COLUMN(live),
	COLUMN(abandoned),
	COLUMN(intent),
	COLUMN(invite),
	COLUMN(ringing),
	COLUMN(answer),
	COLUMN(first_voice),
	COLUMN(greeting_end),
	COLUMN(verdict_at),
	COLUMN(seat_audio),
	COLUMN(message_start),
	COLUMN(end),
	COLUMN(ring_ms),
	COLUMN(talk_ms),
	COLUMN(answer_to_seat_ms),
	COLUMN(hangup_by),
	COLUMN(sip_code),
	COLUMN(sip_reason),
	COLUMN(verdict),
	COLUMN(verdict_cause),
	COLUMN(verdict_prob),
	COLUMN(seat),
	COLUMN(disposition),
	COLUMN(sampled),
	COLUMN(org),
	COLUMN(seller),
	COLUMN(offer),
	COLUMN(party_type),
	COLUMN(direction),
	COLUMN(prerecorded),
	COLUMN(prerecorded_id),
	COLUMN(prerecorded_sha256),
	COLUMN(duration_ms),
	COLUMN(script_id),
	COLUMN(script_sha256),
	COLUMN(caller_name),
	COLUMN(caller_id_authority),
	COLUMN(caller_id_authority_from),
	COLUMN(caller_id_authority_to),
	COLUMN(transfer_to),
	COLUMN(transfer_name),
	COLUMN(seq),
	COLUMN(q850),
	COLUMN(redress),
	COLUMN(reached),
	COLUMN(diverted),
};

const char *const *outcome_columns(void)
{
	static const char *names[OUTCOME_COLUMNS + 1];

	for (int i = 0; i < OUTCOME_COLUMNS; i++)
		names[i] = columns[i].name;
	return names;
}

void outcome_cell_get(const struct outcome_row *row, int column, struct cell *cell)
{
	cell_none(cell);
	columns[column].get(row, cell);
}
