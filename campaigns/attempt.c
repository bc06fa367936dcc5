/* attempt.c - attempts: intent, outcome, disposition */
#include "campaigns/tables.h"

#include "campaigns/evlog.h"
#include "campaigns/judge.h"
#include "campaigns/ledger.h"
#include "campaigns/retry.h"
#include "campaigns/tally.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* --- record */

#define ATTEMPT_VERSION 5 /* 2: sampled, revised; 3: q850, redress, reached, diverted, caller_name; 4: review; 5: person_key */

void attempt_save(struct db_txn *txn, const struct attempt *attempt)
{
	const int64_t times_us[] = {attempt->intent_us, attempt->invite_us, attempt->ringing_us, attempt->answer_us,
		attempt->voice_us, attempt->greeting_end_us, attempt->verdict_us, attempt->seat_us, attempt->message_us,
		attempt->end_us};
	struct db_key key = key_u64(attempt->id);
	struct enc enc;

	enc_start(&enc, ATTEMPT_VERSION);
	enc_u64(&enc, attempt->lead);
	enc_u32(&enc, attempt->campaign);
	enc_u32(&enc, attempt->list);
	enc_u32(&enc, attempt->number);
	enc_text(&enc, attempt->e164);
	enc_text(&enc, attempt->caller_id);
	enc_text(&enc, attempt->trunk);
	enc_u8(&enc, (uint8_t)attempt->outcome);
	for (unsigned i = 0; i < sizeof(times_us) / sizeof(times_us[0]); i++)
		enc_i64(&enc, times_us[i]);
	enc_u8(&enc, (uint8_t)attempt->hangup_by);
	enc_u16(&enc, attempt->sip_code);
	enc_text(&enc, attempt->sip_reason);
	enc_text(&enc, attempt->verdict);
	enc_text(&enc, attempt->cause);
	enc_f64(&enc, attempt->verdict_prob);
	enc_u8(&enc, attempt->early_media);
	enc_text(&enc, attempt->seat);
	enc_text(&enc, attempt->disposition);
	enc_u8(&enc, attempt->sampled);
	enc_u8(&enc, attempt->revised);
	enc_u16(&enc, attempt->q850);
	enc_text(&enc, attempt->redress);
	enc_text(&enc, attempt->reached);
	enc_u8(&enc, attempt->diverted);
	enc_text(&enc, attempt->caller_name);
	enc_u8(&enc, (uint8_t)attempt->review);
	enc_u32(&enc, attempt->person_key);
	record_put(txn, T_ATTEMPT, &key, &enc);
}

static void attempt_decode_times(struct dec *dec, struct attempt *out)
{
	int64_t *times_us[] = {&out->intent_us, &out->invite_us, &out->ringing_us, &out->answer_us, &out->voice_us,
		&out->greeting_end_us, &out->verdict_us, &out->seat_us, &out->message_us, &out->end_us};

	for (unsigned i = 0; i < sizeof(times_us) / sizeof(times_us[0]); i++)
		*times_us[i] = dec_i64(dec);
}

static bool attempt_decode(struct db_txn *txn, uint64_t id, const struct db_view *view, struct attempt *out)
{
	uint8_t version;
	struct dec dec = dec_start_upto(view->data, view->bytes, ATTEMPT_VERSION, &version);

	memset(out, 0, sizeof(*out));
	out->id = id;
	out->lead = dec_u64(&dec);
	out->campaign = dec_u32(&dec);
	out->list = dec_u32(&dec);
	out->number = dec_u32(&dec);
	dec_text(&dec, out->e164, sizeof(out->e164));
	dec_text(&dec, out->caller_id, sizeof(out->caller_id));
	dec_text(&dec, out->trunk, sizeof(out->trunk));
	out->outcome = (enum outcome)dec_u8(&dec);
	attempt_decode_times(&dec, out);
	out->hangup_by = (enum hangup_by)dec_u8(&dec);
	out->sip_code = dec_u16(&dec);
	dec_text(&dec, out->sip_reason, sizeof(out->sip_reason));
	dec_text(&dec, out->verdict, sizeof(out->verdict));
	dec_text(&dec, out->cause, sizeof(out->cause));
	out->verdict_prob = (float)dec_f64(&dec);
	out->early_media = dec_u8(&dec);
	dec_text(&dec, out->seat, sizeof(out->seat));
	dec_text(&dec, out->disposition, sizeof(out->disposition));
	if (version >= 2) {
		out->sampled = dec_u8(&dec);
		out->revised = dec_u8(&dec);
	}
	if (version >= 3) {
		out->q850 = dec_u16(&dec);
		dec_text(&dec, out->redress, sizeof(out->redress));
		dec_text(&dec, out->reached, sizeof(out->reached));
		out->diverted = dec_u8(&dec);
		dec_text(&dec, out->caller_name, sizeof(out->caller_name));
	}
	if (version >= 4)
		out->review = (enum attempt_review)dec_u8(&dec);
	if (version >= 5)
		out->person_key = dec_u32(&dec);
	return record_ok(txn, &dec);
}

bool attempt_load(struct db_txn *txn, uint64_t id, struct attempt *out)
{
	struct db_key key = key_u64(id);
	struct db_view view;

	return db_get(txn, T_ATTEMPT, &key, &view) && attempt_decode(txn, id, &view, out);
}

/* --- the end of an attempt */

/* What the intent says stays: the engine's copy adds what happened since. */
static void attempt_merge(struct attempt *attempt, const struct attempt *end, int64_t now_us)
{
	struct attempt intent = *attempt;

	*attempt = *end;
	attempt->id = intent.id;
	attempt->lead = intent.lead;
	attempt->campaign = intent.campaign;
	attempt->list = intent.list;
	attempt->number = intent.number;
	attempt->person_key = intent.person_key;
	memcpy(attempt->e164, intent.e164, sizeof(attempt->e164));
	memcpy(attempt->caller_id, intent.caller_id, sizeof(attempt->caller_id));
	memcpy(attempt->caller_name, intent.caller_name, sizeof(attempt->caller_name));
	attempt->intent_us = intent.intent_us;
	if (!*attempt->trunk)
		memcpy(attempt->trunk, intent.trunk, sizeof(attempt->trunk));
	if (attempt->end_us == 0)
		attempt->end_us = now_us;
}

/* Somebody who asks not to be called is on the list in the same transaction as the record of the asking. Whose telephone says 607
 * asks, too, but for campaigns whose terms say otherwise. */
static void attempt_effect(struct db_txn *txn, const struct attempt *attempt, int64_t asked_us)
{
	const struct disposition *disposition = disposition_by_name(attempt->disposition);
	bool said = disposition && disposition->effect == DISPOSITION_DNC;
	struct terms terms;

	if (!number_of(attempt->e164) || dnc_has(txn, number_of(attempt->e164))) /* no number: the person was erased since */
		return;
	if (said)
		dnc_opt_out(txn, attempt->e164, attempt->id, asked_us, attempt->seat_us ? "agent" : "key");
	if (said || attempt->outcome != OUTCOME_UNWANTED)
		return;
	terms_load(txn, attempt->campaign, &terms);
	if (!terms.unwanted_stays)
		dnc_opt_out(txn, attempt->e164, attempt->id, asked_us, "607");
}

/* The lead is out of both indexes while its attempt is under way. If it is not so, the outcome is recorded all the same. */
static void attempt_return_lead(struct db_txn *txn, const struct attempt *attempt, int64_t now_us)
{
	struct campaign campaign;
	struct lead lead;

	if (!lead_load(txn, attempt->lead, &lead))
		return;
	ledger_finish(txn, &lead, attempt);
	if (lead.state != LEAD_ACTIVE ||
		!campaign_load(txn, attempt->campaign, &campaign))
		return;
	retry_after(&campaign, attempt, &lead);
	lead_settle(txn, &lead, LEAD_ACTIVE, now_us);
}

int attempt_finish(struct db_txn *txn, const struct attempt *end, int64_t now_us)
{
	struct db_key key = key_u64(end->id), calling;
	struct attempt attempt;

	if (end->outcome <= OUTCOME_NONE || end->outcome >= OUTCOME_COUNT)
		return ERR_RANGE;
	if (!attempt_load(txn, end->id, &attempt))
		return ERR_UNKNOWN;
	if (!db_del(txn, T_ACTIVE, &key))
		return ERR_EXISTS;
	calling = key_u64(number_of(attempt.e164));
	db_del(txn, T_CALLING, &calling);
	attempt_merge(&attempt, end, now_us);
	attempt_save(txn, &attempt);
	tally_add(txn, &attempt);
	evlog_outcome(txn, &attempt);
	callerid_note_outcome(txn, &attempt, now_us);
	attempt_effect(txn, &attempt, attempt.end_us);
	attempt_return_lead(txn, &attempt, now_us);
	return txn->err;
}

int attempt_dispose(struct db_txn *txn, uint64_t id, const char *disposition, int64_t now_us)
{
	struct campaign campaign;
	struct attempt attempt;
	enum lead_state was;
	struct lead lead;

	if (!attempt_load(txn, id, &attempt))
		return ERR_UNKNOWN;
	if (attempt.outcome == OUTCOME_NONE)
		return ERR_WRONG_STATE;
	bool known = campaign_load(txn, attempt.campaign, &campaign);
	tally_remove(txn, &attempt);
	judge_dispose(&attempt, disposition, known ? campaign.hold_us : 2 * SEC_US);
	attempt_save(txn, &attempt);
	tally_add(txn, &attempt);
	evlog_disposition(txn, &attempt);
	attempt_effect(txn, &attempt, now_us);
	if (!lead_load(txn, attempt.lead, &lead) || !known)
		return txn->err;
	ledger_finish(txn, &lead, &attempt);
	if (lead.state == LEAD_ACTIVE || lead.last_us != attempt.end_us || lead.attempts != attempt.number)
		return txn->err; /* another attempt came since: what the agent says is kept, the lead goes its way */
	was = lead.state;
	index_remove(txn, &lead);
	lead.last_outcome = attempt.outcome;
	retry_dispose(&campaign, &attempt, &lead);
	lead_settle(txn, &lead, was, now_us);
	return txn->err;
}

/* --- reading */

int attempt_get(struct store *store, uint64_t id, struct attempt *out)
{
	struct db_txn txn;
	bool there;

	db_read_begin(store->db, &txn);
	there = attempt_load(&txn, id, out);
	return read_found(&txn, there);
}

int attempt_read(struct store *store, uint64_t after, struct attempt *out, uint32_t max)
{
	struct db_key from = key_u64(after + 1), key;
	struct db_view view;
	struct db_txn txn;
	uint32_t count = 0;
	bool there;
	int err;

	if (after == UINT64_MAX)
		return 0;
	db_read_begin(store->db, &txn);
	there = max && db_seek(&txn, T_ATTEMPT, &from, &key, &view);
	while (there && count < max && attempt_decode(&txn, db_key_u64_at(&key, 0), &view, &out[count])) {
		count++;
		there = count < max && db_step(&txn, T_ATTEMPT, &key, &view);
	}
	err = db_read_end(&txn);
	return err ? err : (int)count;
}

int attempt_next(struct store *store, uint64_t after, struct attempt *out)
{
	int count = attempt_read(store, after, out, 1);

	return count < 0 ? count : count == 0 ? ERR_UNKNOWN : 0;
}

void attempt_call_id(struct store *store, uint64_t id, char out[64])
{
	snprintf(out, 64, "%llu.%s@outdial", (unsigned long long)id, store->tag);
}
