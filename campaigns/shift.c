/* shift.c - logins of seats */
#include "campaigns/tables.h"

#include "base/err.h"

#include <string.h>

void shift_save(struct db_txn *txn, const struct shift *shift)
{
	struct db_key key = key_u64(shift->id);
	struct enc enc;

	enc_start(&enc, 1);
	enc_text(&enc, shift->login);
	enc_text(&enc, shift->team);
	enc_i64(&enc, shift->login_us);
	enc_i64(&enc, shift->logout_us);
	enc_i64(&enc, shift->wait_us);
	enc_i64(&enc, shift->talk_us);
	enc_i64(&enc, shift->wrap_us);
	enc_i64(&enc, shift->pause_us);
	enc_u32(&enc, shift->calls);
	enc_text(&enc, shift->end);
	record_put(txn, T_SHIFT, &key, &enc);
}

static bool shift_decode(struct db_txn *txn, uint64_t id, const struct db_view *view, struct shift *out)
{
	struct dec dec = dec_start(view->data, view->bytes, 1);

	memset(out, 0, sizeof(*out));
	out->id = id;
	dec_text(&dec, out->login, sizeof(out->login));
	dec_text(&dec, out->team, sizeof(out->team));
	out->login_us = dec_i64(&dec);
	out->logout_us = dec_i64(&dec);
	out->wait_us = dec_i64(&dec);
	out->talk_us = dec_i64(&dec);
	out->wrap_us = dec_i64(&dec);
	out->pause_us = dec_i64(&dec);
	out->calls = dec_u32(&dec);
	dec_text(&dec, out->end, sizeof(out->end));
	return record_ok(txn, &dec);
}

int shift_next(struct store *store, uint64_t after, struct shift *out)
{
	struct db_key from = key_u64(after + 1), key;
	struct db_view view;
	struct db_txn txn;
	bool there;

	if (after == UINT64_MAX)
		return ERR_UNKNOWN;
	db_read_begin(store->db, &txn);
	there = db_seek(&txn, T_SHIFT, &from, &key, &view) && shift_decode(&txn, db_key_u64_at(&key, 0), &view, out);
	return read_found(&txn, there);
}
