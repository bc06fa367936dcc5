/* seat.c - agents' logins */
#include "campaigns/tables.h"

#include "base/err.h"
#include "base/text.h"

#include <string.h>

struct seat_change {
	const struct seat *seat;
	bool must_be_new;
	char *why;
};

struct seat_editing {
	const char *login;
	seat_edit_h *edit;
	void *arg;
	struct seat seat; /* as it is stored */
	char *why;
};

static void seat_encode(struct enc *enc, const struct seat *seat)
{
	enc_start(enc, 1);
	enc_text(enc, seat->name);
	enc_text(enc, seat->team);
	enc_text(enc, seat->realm);
	enc_text(enc, seat->ha1);
	enc_u8(enc, (uint8_t)seat->srtp);
}

static bool seat_decode(struct db_txn *txn, const struct db_key *key, const struct db_view *view, struct seat *out)
{
	struct dec dec = dec_start(view->data, view->bytes, 1);

	memset(out, 0, sizeof(*out));
	text_copy_n(out->login, sizeof(out->login), (const char *)key->bytes, key->count);
	dec_text(&dec, out->name, sizeof(out->name));
	dec_text(&dec, out->team, sizeof(out->team));
	dec_text(&dec, out->realm, sizeof(out->realm));
	dec_text(&dec, out->ha1, sizeof(out->ha1));
	out->srtp = (enum srtp_mode)dec_u8(&dec);
	return record_ok(txn, &dec);
}

static int seat_check(const struct seat *seat, char *why)
{
	if (!store_name_ok(seat->login))
		return say(why, ERR_RANGE, "a login is 1 to %d letters, digits, - _ or .", NAME_BYTES - 1);
	if (!store_name_ok(seat->team))
		return say(why, ERR_RANGE, "a seat needs a team: 1 to %d letters, digits, - _ or .", NAME_BYTES - 1);
	if (!*seat->realm)
		return say(why, ERR_RANGE, "a seat needs the realm that its secret was hashed with");
	if (strlen(seat->ha1) != 32 || strspn(seat->ha1, "0123456789abcdef") != 32)
		return say(why, ERR_RANGE, "ha1 must be 32 hexadecimal digits in lower case: MD5 of login:realm:secret");
	if (seat->srtp > SRTP_REQUIRED)
		return say(why, ERR_RANGE, "srtp must be off, optional or required");
	return 0;
}

static int seat_put_in(struct db_txn *txn, void *arg)
{
	struct seat_change *change = arg;
	struct db_key key = key_text(change->seat->login);
	struct enc enc;

	if (change->must_be_new && db_get(txn, T_SEAT, &key, NULL))
		return say(change->why, ERR_EXISTS, "there is a seat \"%s\" already", change->seat->login);
	seat_encode(&enc, change->seat);
	record_put(txn, T_SEAT, &key, &enc);
	store_touch(txn);
	return 0;
}

int seat_put(struct store *store, const struct seat *seat, bool must_be_new, char *why)
{
	struct seat_change change = {seat, must_be_new, why};
	int err = seat_check(seat, why);

	if (err)
		return err;
	err = db_change(store->db, seat_put_in, &change);
	return err && err != ERR_EXISTS ? say(why, err, "the seat was not stored: %s", err_text(err)) : err;
}

static int seat_unknown(const char *login, char *why)
{
	return say(why, ERR_UNKNOWN, "there is no seat \"%.47s\"; 'outdial seat list' shows all", login);
}

int seat_get(struct store *store, const char *login, struct seat *out)
{
	struct db_key key = key_text(login);
	struct db_txn txn;
	struct db_view view;
	bool there;

	db_read_begin(store->db, &txn);
	there = key.count && db_get(&txn, T_SEAT, &key, &view) && seat_decode(&txn, &key, &view, out);
	return read_found(&txn, there);
}

int seat_next(struct store *store, const char *after, struct seat *out)
{
	struct db_key key;
	struct db_txn txn;
	struct db_view view;
	bool there;

	db_read_begin(store->db, &txn);
	there = name_after(&txn, T_SEAT, after, &key, &view) && seat_decode(&txn, &key, &view, out);
	return read_found(&txn, there);
}

static int seat_remove_in(struct db_txn *txn, void *arg)
{
	struct seat_change *change = arg;
	struct db_key key = key_text(change->seat->login);

	if (!db_del(txn, T_SEAT, &key))
		return seat_unknown(change->seat->login, change->why);
	store_touch(txn);
	return 0;
}

int seat_remove(struct store *store, const char *login, char *why)
{
	struct seat seat = {0};
	struct seat_change change = {&seat, false, why};

	if (!store_name_ok(login))
		return seat_unknown(login, why);
	text_copy(seat.login, sizeof(seat.login), login);
	return db_change(store->db, seat_remove_in, &change);
}

static int seat_edit_in(struct db_txn *txn, void *arg)
{
	struct seat_editing *editing = arg;
	struct db_key key = key_text(editing->login);
	struct db_view view;

	if (!db_get(txn, T_SEAT, &key, &view) || !seat_decode(txn, &key, &view, &editing->seat))
		return seat_unknown(editing->login, editing->why);
	int err = editing->edit(&editing->seat, editing->arg);

	if (!err)
		err = seat_check(&editing->seat, editing->why);
	return err ? err : seat_put_in(txn, &(struct seat_change){&editing->seat, false, editing->why});
}

int seat_edit(struct store *store, const char *login, seat_edit_h *edit, void *arg, struct seat *out, char *why)
{
	struct seat_editing editing = {.login = login, .edit = edit, .arg = arg, .why = why};

	if (!store_name_ok(login))
		return seat_unknown(login, why);
	int err = db_change(store->db, seat_edit_in, &editing);

	if (!err && out)
		*out = editing.seat;
	return err && err != ERR_UNKNOWN && err != ERR_RANGE ? say(why, err, "the seat was not stored: %s", err_text(err)) : err;
}
