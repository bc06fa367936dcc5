/* lead.c - leads and their numbers */
#include "campaigns/lead_key.h"
#include "campaigns/ledger.h"
#include "campaigns/tables.h"

#include "base/err.h"

#include <string.h>

/*
 * What few leads have stands at the end and may be missing: the callback, the roles of the numbers, who it is, the place of its
 * key, whose callback.
 */
static void lead_encode_rare(const struct lead *lead, struct enc *enc)
{
	bool own = lead->callback_us && lead->callback_own, roles = own;

	for (uint32_t i = 0; i < lead->phone_count && i < LEAD_PHONES; i++)
		roles |= lead->phones[i].role != PHONE_UNSAID;
	roles |= lead->person || lead->person_key;
	if (!lead->callback_us && !roles)
		return;
	enc_i64(enc, lead->callback_us);
	enc_text(enc, lead->callback_us ? lead->callback_seat : "");
	for (uint32_t i = 0; roles && i < lead->phone_count && i < LEAD_PHONES; i++)
		enc_u8(enc, (uint8_t)lead->phones[i].role);
	if (lead->person || lead->person_key || own)
		enc_u64(enc, lead->person);
	if (lead->person_key || own)
		enc_u32(enc, lead->person_key);
	if (own)
		enc_u8(enc, own);
}

void lead_encode(const struct lead *lead, struct enc *enc)
{
	enc_start(enc, 1);
	enc_u32(enc, lead->list);
	enc_u8(enc, (uint8_t)lead->state);
	enc_u8(enc, (uint8_t)lead->phone_next);
	enc_u32(enc, lead->attempts);
	enc_u16(enc, lead->priority);
	enc_u16(enc, lead->zones);
	enc_u8(enc, (uint8_t)lead->last_outcome);
	enc_i64(enc, lead->last_us);
	enc_i64(enc, lead->due_us);
	enc_i64(enc, lead->created_us);
	enc_u8(enc, (uint8_t)lead->phone_count);
	for (uint32_t i = 0; i < lead->phone_count && i < LEAD_PHONES; i++) {
		enc_u64(enc, number_of(lead->phones[i].e164));
		enc_u8(enc, (uint8_t)(lead->phones[i].dead | lead->phones[i].type << 1)); /* an earlier program knew no types */
	}
	enc_blob(enc, lead->fields, lead->fields_bytes);
	lead_encode_rare(lead, enc);
}

void lead_save(struct db_txn *txn, const struct lead *lead)
{
	struct db_key key = key_u64(lead->id);
	struct enc enc;

	lead_encode(lead, &enc);
	record_put(txn, T_LEAD, &key, &enc);
}

static void lead_decode(struct dec *dec, struct lead *out)
{
	uint8_t state;

	out->list = dec_u32(dec);
	out->state = (enum lead_state)dec_u8(dec);
	out->phone_next = dec_u8(dec);
	out->attempts = dec_u32(dec);
	out->priority = dec_u16(dec);
	out->zones = dec_u16(dec);
	out->last_outcome = (enum outcome)dec_u8(dec);
	out->last_us = dec_i64(dec);
	out->due_us = dec_i64(dec);
	out->created_us = dec_i64(dec);
	out->phone_count = dec_u8(dec);
	if (out->phone_count > LEAD_PHONES) {
		out->phone_count = 0;
		dec->bad = true;
	}
	for (uint32_t i = 0; i < out->phone_count; i++) {
		number_text(dec_u64(dec), out->phones[i].e164);
		state = dec_u8(dec);
		out->phones[i].dead = state & 1;
		out->phones[i].type = (enum phone_type)(state >> 1);
	}
	out->fields_bytes = dec_blob(dec, out->fields, sizeof(out->fields));
	if (dec->at == dec->end) /* nothing rare, or written before there was any */
		return;
	out->callback_us = dec_i64(dec);
	dec_text(dec, out->callback_seat, sizeof(out->callback_seat));
	for (uint32_t i = 0; dec->at != dec->end && i < out->phone_count; i++)
		out->phones[i].role = (enum phone_role)dec_u8(dec);
	if (dec->at != dec->end)
		out->person = dec_u64(dec);
	if (dec->at != dec->end)
		out->person_key = dec_u32(dec);
	if (dec->at != dec->end)
		out->callback_own = dec_u8(dec);
}

bool lead_decode_view(struct db_txn *txn, const struct db_key *key, const struct db_view *value, struct lead *out)
{
	struct dec dec = dec_start(value->data, value->bytes, 1);

	memset(out, 0, offsetof(struct lead, fields));
	out->id = db_key_u64_at(key, 0);
	lead_decode(&dec, out);
	return record_ok(txn, &dec);
}

bool lead_load(struct db_txn *txn, uint64_t id, struct lead *out)
{
	struct db_key key = key_u64(id);
	struct db_view view;

	return db_get(txn, T_LEAD, &key, &view) && lead_decode_view(txn, &key, &view, out);
}

int lead_get(struct store *store, uint64_t id, struct lead *out)
{
	struct db_txn txn;
	bool there;

	db_read_begin(store->db, &txn);
	there = lead_load(&txn, id, out);
	return read_found(&txn, there);
}

int lead_by_number(struct store *store, const char *e164, uint64_t after, struct lead *out)
{
	uint64_t number = number_of(e164);
	struct db_key from = key_u64(number), key;
	struct db_txn txn;
	bool there, loaded = false;

	if (!number || after == UINT64_MAX)
		return ERR_UNKNOWN;
	db_key_u64(&from, after + 1);
	db_read_begin(store->db, &txn);
	there = db_seek(&txn, T_CONTACT, &from, &key, NULL);
	for (; there && !loaded && db_key_u64_at(&key, 0) == number; there = db_step(&txn, T_CONTACT, &key, NULL))
		loaded = lead_load(&txn, db_key_u64_at(&key, 8), out); /* an upload that is under way writes contacts first */
	return read_found(&txn, loaded);
}

uint32_t lead_numbers(const struct lead *lead, uint64_t keys[LEAD_PHONES])
{
	uint32_t count;

	for (count = 0; count < lead->phone_count; count++)
		keys[count] = number_of(lead->phones[count].e164);
	return count;
}

uint32_t lead_keys(const struct lead *lead, uint64_t keys[LEAD_KEYS])
{
	const char *external = lead_field(lead, LEAD_EXTERNAL);
	uint32_t count = lead_numbers(lead, keys);

	if (external && *external)
		keys[count++] = ledger_person(external);
	return count;
}

struct db_key contact_key(uint64_t contact, uint64_t lead)
{
	struct db_key key = key_u64(contact);

	db_key_u64(&key, lead);
	return key;
}

/* One text inside of the fields, NULL when it does not end inside. */
static const char *lead_text_at(const struct lead *lead, size_t at, size_t *next)
{
	size_t length;

	if (at >= lead->fields_bytes || lead->fields_bytes > sizeof(lead->fields))
		return NULL;
	length = strnlen(lead->fields + at, lead->fields_bytes - at);
	if (at + length >= lead->fields_bytes)
		return NULL;
	*next = at + length + 1;
	return lead->fields + at;
}

/* The pair at *at, which moves on behind it. */
static bool lead_pair(const struct lead *lead, size_t *at, const char **name, const char **value)
{
	const char *n = lead_text_at(lead, *at, at), *v = n ? lead_text_at(lead, *at, at) : NULL;

	if (!v)
		return false;
	*name = n;
	*value = v;
	return true;
}

bool lead_field_at(const struct lead *lead, uint32_t index, const char **name, const char **value)
{
	const char *n, *v;
	size_t at = 0;

	for (uint32_t i = 0; i < index; i++)
		if (!lead_pair(lead, &at, &n, &v))
			return false;
	return lead_pair(lead, &at, name, value);
}

const char *lead_field(const struct lead *lead, const char *name)
{
	const char *n, *v;
	size_t at = 0;

	while (lead_pair(lead, &at, &n, &v))
		if (strcmp(n, name) == 0)
			return v;
	return NULL;
}
