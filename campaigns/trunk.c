/* trunk.c - where calls leave */
#include "campaigns/tables.h"

#include "base/err.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

struct trunk_change {
	const struct trunk *trunk;
	bool must_be_new;
	char *why;
};

static void trunk_encode(struct enc *enc, const struct trunk *trunk)
{
	enc_start(enc, 1);
	enc_text(enc, trunk->host);
	enc_u16(enc, trunk->port);
	enc_text(enc, trunk->transport);
	enc_text(enc, trunk->allow);
	enc_u32(enc, trunk->calls_max);
	enc_f64(enc, trunk->cps_max);
	enc_text(enc, trunk->user);
	enc_text(enc, trunk->secret);
	enc_u8(enc, (uint8_t)trunk->srtp);
	enc_text(enc, trunk->prefix);
}

static bool trunk_decode(struct db_txn *txn, const struct db_key *key, const struct db_view *view, struct trunk *out)
{
	struct dec dec = dec_start(view->data, view->bytes, 1);

	memset(out, 0, sizeof(*out));
	text_copy_n(out->name, sizeof(out->name), (const char *)key->bytes, key->count);
	dec_text(&dec, out->host, sizeof(out->host));
	out->port = dec_u16(&dec);
	dec_text(&dec, out->transport, sizeof(out->transport));
	dec_text(&dec, out->allow, sizeof(out->allow));
	out->calls_max = dec_u32(&dec);
	out->cps_max = dec_f64(&dec);
	dec_text(&dec, out->user, sizeof(out->user));
	dec_text(&dec, out->secret, sizeof(out->secret));
	out->srtp = (enum srtp_mode)dec_u8(&dec);
	dec_text(&dec, out->prefix, sizeof(out->prefix));
	return record_ok(txn, &dec);
}

static bool trunk_address_ok(const char *text)
{
	struct in6_addr address;

	return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

static int trunk_check_allow(const char *allow, char *why)
{
	while (*allow) {
		size_t length = strcspn(allow, ",");
		char one[64];

		if (!text_copy_n(one, sizeof(one), allow, length) || !trunk_address_ok(one))
			return say(why, ERR_RANGE, "allow: \"%.60s\" is not an IP address", one);
		allow += length + (allow[length] == ',');
	}
	return 0;
}

static int trunk_check(const struct trunk *trunk, char *why)
{
	if (!store_name_ok(trunk->name))
		return say(why, ERR_RANGE, "a trunk's name is 1 to %d letters, digits, - _ or .", NAME_BYTES - 1);
	if (!trunk_address_ok(trunk->host))
		return say(why, ERR_RANGE, "host \"%.45s\" is not an IP address", trunk->host);
	if (trunk->port == 0)
		return say(why, ERR_RANGE, "port must be 1 to 65535");
	if (strcmp(trunk->transport, "udp") != 0 && strcmp(trunk->transport, "tcp") != 0)
		return say(why, ERR_RANGE, "transport must be udp or tcp, not \"%.7s\"", trunk->transport);
	if (trunk->calls_max < 1 || trunk->calls_max > 100000)
		return say(why, ERR_RANGE, "calls at once must be 1 to 100000");
	if (!(trunk->cps_max > 0 && trunk->cps_max <= 10000))
		return say(why, ERR_RANGE, "calls a second must be above 0 and at most 10000");
	if (trunk->srtp > SRTP_REQUIRED)
		return say(why, ERR_RANGE, "srtp must be off, optional or required");
	if (strspn(trunk->prefix, "+0123456789*#") != strlen(trunk->prefix))
		return say(why, ERR_RANGE, "prefix may have digits, + * and # only");
	return trunk_check_allow(trunk->allow, why);
}

static int trunk_put_in(struct db_txn *txn, void *arg)
{
	struct trunk_change *change = arg;
	struct db_key key = key_text(change->trunk->name);
	struct enc enc;

	if (change->must_be_new && db_get(txn, T_TRUNK, &key, NULL))
		return say(change->why, ERR_EXISTS, "there is a trunk \"%s\" already", change->trunk->name);
	trunk_encode(&enc, change->trunk);
	record_put(txn, T_TRUNK, &key, &enc);
	store_touch(txn);
	return 0;
}

int trunk_put(struct store *store, const struct trunk *trunk, bool must_be_new, char *why)
{
	struct trunk_change change = {trunk, must_be_new, why};
	int err = trunk_check(trunk, why);

	if (err)
		return err;
	err = db_change(store->db, trunk_put_in, &change);
	return err && err != ERR_EXISTS ? say(why, err, "the trunk was not stored: %s", err_text(err)) : err;
}

int trunk_get(struct store *store, const char *name, struct trunk *out)
{
	struct db_key key = key_text(name);
	struct db_txn txn;
	struct db_view view;
	bool there;

	db_read_begin(store->db, &txn);
	there = key.count && db_get(&txn, T_TRUNK, &key, &view) && trunk_decode(&txn, &key, &view, out);
	return read_found(&txn, there);
}

int trunk_next(struct store *store, const char *after, struct trunk *out)
{
	struct db_key key;
	struct db_txn txn;
	struct db_view view;
	bool there;

	db_read_begin(store->db, &txn);
	there = name_after(&txn, T_TRUNK, after, &key, &view) && trunk_decode(&txn, &key, &view, out);
	return read_found(&txn, there);
}

/* A campaign that uses the trunk; false: none does. */
static bool trunk_user(struct db_txn *txn, const char *trunk, struct campaign *user)
{
	struct db_key from = db_key_empty(), key;
	bool there = db_seek(txn, T_CAMPAIGN, &from, &key, NULL);

	for (; there; there = db_step(txn, T_CAMPAIGN, &key, NULL))
		if (campaign_load(txn, db_key_u32_at(&key, 0), user) && strcmp(user->trunk, trunk) == 0)
			return true;
	return false;
}

static int trunk_remove_in(struct db_txn *txn, void *arg)
{
	struct trunk_change *change = arg;
	struct db_key key = key_text(change->trunk->name);
	struct campaign user;

	if (trunk_user(txn, change->trunk->name, &user))
		return say(change->why, ERR_STATE, "the campaign \"%s\" uses this trunk", user.name);
	if (!db_del(txn, T_TRUNK, &key))
		return say(change->why, ERR_UNKNOWN, "there is no trunk \"%.47s\"", change->trunk->name);
	store_touch(txn);
	return 0;
}

int trunk_remove(struct store *store, const char *name, char *why)
{
	struct trunk trunk = {0};
	struct trunk_change change = {&trunk, false, why};

	if (!store_name_ok(name))
		return say(why, ERR_UNKNOWN, "there is no trunk \"%.47s\"", name);
	text_copy(trunk.name, sizeof(trunk.name), name);
	return db_change(store->db, trunk_remove_in, &change);
}
