/* campaign_record.c - a campaign's record, and what it says where nobody said anything */
#include "campaigns/campaign_leads.h"

#include "base/clock.h"

#include <string.h>

#define CAMPAIGN_GRACE_US (15 * 60 * SEC_US) /* as long as a talk and its wrap-up may keep the seat of a personal callback */
#define CAMPAIGN_WEIGHT 10 /* so that a campaign can be given less than the others, too */

/*
 * Behind the fields stand blocks: a tag, a length and fields. A program passes over blocks whose tag it does not know and gives
 * fields that an older program did not write their defaults.
 */
enum { BLOCK_PACING = 1, BLOCK_CLASSIFY, BLOCK_RULES = 5, BLOCK_LEADS = 8, BLOCK_RECORD = 16 };

static void campaign_save_block(struct enc *enc, uint8_t tag, const struct enc *block)
{
	enc_u8(enc, tag);
	enc_blob(enc, block->bytes, (uint16_t)block->count);
}

static void campaign_save_tail(struct enc *enc, const struct campaign *campaign)
{
	struct enc record = {0}, classify = {0}, pacing = {0}, leads = {0}, rules = {0};

	campaign_leads_encode(&leads, campaign);
	campaign_save_block(enc, BLOCK_LEADS, &leads);
	recording_terms_encode(&record, &campaign->record);
	enc_f64(&record, campaign->review_prob);
	campaign_save_block(enc, BLOCK_RECORD, &record);
	enc_u8(&classify, (uint8_t)campaign->connect);
	enc_text(&classify, campaign->voicemail);
	enc_f64(&classify, campaign->sample_prob);
	enc_u8(&classify, campaign->count_false_positives);
	enc_u8(&classify, (uint8_t)campaign->screener);
	campaign_save_block(enc, BLOCK_CLASSIFY, &classify);
	enc_text(&rules, campaign->rules);
	campaign_save_block(enc, BLOCK_RULES, &rules);
	enc_u32(&pacing, campaign->weight);
	enc_u8(&pacing, (uint8_t)campaign->purpose);
	enc_text(&pacing, campaign->overdial_by);
	enc_i64(&pacing, campaign->overdial_us);
	for (int i = 0; i < LEGAL_WINDOWS; i++)
		enc_f64(&pacing, campaign->legal_prob[i]);
	enc_f64(&pacing, campaign->ratio);
	enc_u32(&pacing, campaign->lines_max);
	enc_i64(&pacing, campaign->preview_us);
	enc_u8(&pacing, campaign->preview_dials);
	enc_i64(&pacing, campaign->callback_grace_us);
	campaign_save_block(enc, BLOCK_PACING, &pacing);
}

static void campaign_decode_classify(struct dec *block, struct campaign *out)
{
	out->connect = (enum connect_policy)dec_u8(block);
	dec_text(block, out->voicemail, sizeof(out->voicemail));
	out->sample_prob = dec_f64(block);
	out->count_false_positives = dec_u8(block);
	if (block->at < block->end)
		out->screener = (enum screener_policy)dec_u8(block);
}

static void campaign_defaults_pacing(struct campaign *campaign)
{
	campaign->record.pause_us = 120 * SEC_US;
	campaign->weight = CAMPAIGN_WEIGHT;
	campaign->ratio = 1.5;
	campaign->preview_us = 60 * SEC_US;
	campaign->callback_grace_us = CAMPAIGN_GRACE_US;
	campaign->legal_prob[LEGAL_30_DAYS] = 0.03; /* 16 CFR 310.4(b)(4)(i) */
	campaign->legal_prob[LEGAL_DAY] = campaign->legal_prob[LEGAL_MONTH] = -1;
}

static void campaign_decode_pacing(struct dec *block, struct campaign *out)
{
	if (block->at < block->end)
		out->weight = dec_u32(block);
	if (block->at >= block->end)
		return;
	out->purpose = (enum campaign_purpose)dec_u8(block);
	dec_text(block, out->overdial_by, sizeof(out->overdial_by));
	out->overdial_us = dec_i64(block);
	for (int i = 0; i < LEGAL_WINDOWS; i++)
		out->legal_prob[i] = dec_f64(block);
	if (block->at >= block->end)
		return;
	out->ratio = dec_f64(block);
	out->lines_max = dec_u32(block);
	if (block->at >= block->end)
		return;
	out->preview_us = dec_i64(block);
	out->preview_dials = dec_u8(block);
	if (block->at < block->end)
		out->callback_grace_us = dec_i64(block);
}

static void campaign_load_tail(struct dec *dec, struct campaign *out)
{
	unsigned char bytes[RECORD_BYTES_MAX];

	campaign_defaults_pacing(out);
	while (dec->at < dec->end && !dec->bad) {
		uint8_t tag = dec_u8(dec);
		uint16_t count = dec_blob(dec, bytes, sizeof(bytes));
		struct dec block = {bytes, bytes + count, false};

		if (tag == BLOCK_PACING)
			campaign_decode_pacing(&block, out);
		if (tag == BLOCK_CLASSIFY)
			campaign_decode_classify(&block, out);
		if (tag == BLOCK_RECORD) {
			recording_terms_decode(&block, &out->record);
			out->review_prob = dec_f64(&block);
		}
		if (tag == BLOCK_LEADS)
			campaign_leads_decode(&block, out);
		if (tag == BLOCK_RULES)
			dec_text(&block, out->rules, sizeof(out->rules));
		dec->bad |= block.bad;
	}
}

void campaign_save(struct db_txn *txn, const struct campaign *campaign)
{
	struct db_key key = key_u32(campaign->id);
	struct enc enc;

	enc_start(&enc, 1);
	enc_text(&enc, campaign->name);
	enc_u8(&enc, (uint8_t)campaign->mode);
	enc_u8(&enc, (uint8_t)campaign->state);
	enc_u32(&enc, campaign->list);
	enc_text(&enc, campaign->team);
	enc_text(&enc, campaign->trunk);
	enc_text(&enc, campaign->caller_id);
	enc_text(&enc, campaign->caller_name);
	enc_i64(&enc, campaign->ring_us_max);
	enc_u32(&enc, campaign->attempts_max);
	enc_u8(&enc, OUTCOME_COUNT);
	for (int i = 0; i < OUTCOME_COUNT; i++)
		enc_u32(&enc, (uint32_t)campaign->retry_s[i]);
	enc_u16(&enc, campaign->window.from_min);
	enc_u16(&enc, campaign->window.to_min);
	enc_u8(&enc, campaign->window.weekdays);
	enc_u32(&enc, campaign->priority);
	enc_f64(&enc, campaign->abandon_prob_max);
	enc_i64(&enc, campaign->hold_us);
	enc_i64(&enc, campaign->wrap_us);
	enc_u8(&enc, campaign->classify);
	enc_text(&enc, campaign->message);
	enc_i64(&enc, campaign->created_us);
	enc_i64(&enc, campaign->first_dial_us);
	campaign_save_tail(&enc, campaign);
	record_put(txn, T_CAMPAIGN, &key, &enc);
}

/* A store may know fewer outcomes than this program: the others keep their defaults. */
static void campaign_decode_retry(struct dec *dec, struct campaign *out)
{
	uint8_t known = dec_u8(dec);

	for (int i = 0; i < OUTCOME_COUNT; i++)
		out->retry_s[i] = outcome_facts((enum outcome)i)->retry_s;
	for (int i = 0; i < known; i++) {
		int32_t delay_s = (int32_t)dec_u32(dec);

		if (i < OUTCOME_COUNT)
			out->retry_s[i] = delay_s;
	}
}

bool campaign_load(struct db_txn *txn, uint32_t id, struct campaign *out)
{
	struct db_key key = key_u32(id);
	struct db_view view;
	struct dec dec;

	if (!db_get(txn, T_CAMPAIGN, &key, &view))
		return false;
	dec = dec_start(view.data, view.bytes, 1);
	memset(out, 0, sizeof(*out));
	out->id = id;
	dec_text(&dec, out->name, sizeof(out->name));
	out->mode = (enum campaign_mode)dec_u8(&dec);
	out->state = (enum campaign_state)dec_u8(&dec);
	out->list = dec_u32(&dec);
	dec_text(&dec, out->team, sizeof(out->team));
	dec_text(&dec, out->trunk, sizeof(out->trunk));
	dec_text(&dec, out->caller_id, sizeof(out->caller_id));
	dec_text(&dec, out->caller_name, sizeof(out->caller_name));
	out->ring_us_max = dec_i64(&dec);
	out->attempts_max = dec_u32(&dec);
	campaign_decode_retry(&dec, out);
	out->window.from_min = dec_u16(&dec);
	out->window.to_min = dec_u16(&dec);
	out->window.weekdays = dec_u8(&dec);
	out->priority = dec_u32(&dec);
	out->abandon_prob_max = dec_f64(&dec);
	out->hold_us = dec_i64(&dec);
	out->wrap_us = dec_i64(&dec);
	out->classify = dec_u8(&dec);
	dec_text(&dec, out->message, sizeof(out->message));
	out->created_us = dec_i64(&dec);
	out->first_dial_us = dec_i64(&dec);
	campaign_load_tail(&dec, out);
	campaign_leads_normal(out);
	return record_ok(txn, &dec);
}

void campaign_defaults(struct campaign *campaign)
{
	memset(campaign, 0, sizeof(*campaign));
	campaign->mode = CAMPAIGN_PROGRESSIVE;
	campaign->state = CAMPAIGN_STOPPED;
	campaign->ring_us_max = 25 * SEC_US;
	campaign->attempts_max = 3;
	for (int i = 0; i < OUTCOME_COUNT; i++)
		campaign->retry_s[i] = outcome_facts((enum outcome)i)->retry_s;
	campaign->window = (struct window){.from_min = 9 * 60, .to_min = 20 * 60, .weekdays = 0x3f};
	campaign->priority = 50;
	campaign->abandon_prob_max = 0.03;
	campaign->hold_us = 2 * SEC_US;
	campaign->wrap_us = 30 * SEC_US;
	campaign->classify = true;
	campaign_defaults_pacing(campaign);
}
