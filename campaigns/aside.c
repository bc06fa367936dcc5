/* aside.c - see aside.h */
#include "campaigns/aside.h"

static struct db_key aside_key(uint32_t space, uint64_t lead)
{
	struct db_key key = key_u32(space);

	db_key_u64(&key, lead);
	return key;
}

static bool aside_decode(struct db_txn *txn, const struct db_key *key, const struct db_view *value, struct aside *out)
{
	struct dec dec = dec_start(value->data, value->bytes, 1);

	out->space = db_key_u32_at(key, 0);
	out->lead = db_key_u64_at(key, 4);
	out->campaign = dec_u32(&dec);
	out->stale = dec_u8(&dec);
	return record_ok(txn, &dec);
}

void aside_put(struct db_txn *txn, const struct aside *aside, uint16_t zones)
{
	struct db_key key = aside_key(aside->space, aside->lead);
	struct enc enc;

	enc_start(&enc, 1);
	enc_u32(&enc, aside->campaign);
	enc_u8(&enc, aside->stale);
	record_put(txn, T_ASIDE, &key, &enc);
	group_aside(txn, aside->space, zones, 1, aside->stale);
}

bool aside_there(struct db_txn *txn, uint32_t space, uint64_t lead)
{
	struct db_key key = aside_key(space, lead);

	return db_get(txn, T_ASIDE, &key, NULL);
}

bool aside_remove(struct db_txn *txn, uint32_t space, const struct lead *lead)
{
	struct db_key key = aside_key(space, lead->id);
	struct db_view value;
	struct aside aside;

	if (!db_get(txn, T_ASIDE, &key, &value) || !aside_decode(txn, &key, &value, &aside))
		return false;
	db_del(txn, T_ASIDE, &key);
	group_aside(txn, space, lead->zones, -1, -(int64_t)aside.stale);
	return true;
}

bool aside_after(struct db_txn *txn, uint32_t space, uint64_t lead, struct aside *out)
{
	struct db_key from = aside_key(space, lead + 1), key;
	struct db_view value;

	return db_seek(txn, T_ASIDE, &from, &key, &value) && aside_decode(txn, &key, &value, out);
}

bool aside_any(struct db_txn *txn, uint32_t space)
{
	struct aside aside;

	return aside_after(txn, space, 0, &aside) && aside.space == space;
}
