/* trunk.c - where calls leave */
#include "campaigns/gateway.h"
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

/* Behind the fields stand blocks, each with a tag and a length: a program passes over those that it does not know. */
enum { BLOCK_GATEWAYS = 1 };

static void trunk_encode_gateways(struct enc *enc, const struct trunk *trunk)
{
	struct enc block = {0};

	enc_u8(&block, trunk->gateways_count);
	for (int i = 0; i < trunk->gateways_count; i++) {
		const struct trunk_gateway *gateway = &trunk->gateways[i];
		enc_text(&block, gateway->host);
		enc_u16(&block, gateway->port);
		enc_text(&block, gateway->transport);
		enc_u8(&block, gateway->priority);
		enc_u16(&block, gateway->weight);
	}
	enc_u32(&block, trunk->ping_s);
	enc_u32(&block, trunk->register_s);
	enc_text(&block, trunk->domain);
	enc_text(&block, trunk->tls_ca);
	enc_text(&block, trunk->tls_name);
	enc_text(&block, trunk->tls_cert);
	enc_text(&block, trunk->tls_key);
	enc->bad |= block.bad;
	enc_u8(enc, BLOCK_GATEWAYS);
	enc_blob(enc, block.bytes, (uint16_t)block.count);
}

static void trunk_decode_gateways(struct dec *block, struct trunk *out)
{
	out->gateways_count = dec_u8(block);
	block->bad |= out->gateways_count > GATEWAYS_MAX;
	for (int i = 0; i < out->gateways_count && !block->bad; i++) {
		struct trunk_gateway *gateway = &out->gateways[i];
		dec_text(block, gateway->host, sizeof(gateway->host));
		gateway->port = dec_u16(block);
		dec_text(block, gateway->transport, sizeof(gateway->transport));
		gateway->priority = dec_u8(block);
		gateway->weight = dec_u16(block);
	}
	out->ping_s = dec_u32(block);
	out->register_s = dec_u32(block);
	dec_text(block, out->domain, sizeof(out->domain));
	dec_text(block, out->tls_ca, sizeof(out->tls_ca));
	dec_text(block, out->tls_name, sizeof(out->tls_name));
	dec_text(block, out->tls_cert, sizeof(out->tls_cert));
	dec_text(block, out->tls_key, sizeof(out->tls_key));
}

static void trunk_decode_tail(struct dec *dec, struct trunk *out)
{
	unsigned char bytes[RECORD_BYTES_MAX];

	while (dec->at < dec->end && !dec->bad) {
		uint8_t tag = dec_u8(dec);
		uint16_t count = dec_blob(dec, bytes, sizeof(bytes));
		struct dec block = {bytes, bytes + count, false};

		if (tag == BLOCK_GATEWAYS)
			trunk_decode_gateways(&block, out);
		dec->bad |= block.bad;
	}
}

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
	trunk_encode_gateways(enc, trunk);
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
	trunk_decode_tail(&dec, out);
	return record_ok(txn, &dec) && trunk_calls_load(txn, key, &out->calls);
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

static int trunk_check_address(const struct trunk *trunk, char *why)
{
	if (!trunk_address_ok(trunk->host))
		return say(why, ERR_RANGE, "host \"%.45s\" is not an IP address", trunk->host);
	if (trunk->port == 0)
		return say(why, ERR_RANGE, "port must be 1 to 65535");
	if (!gateway_transport_ok(trunk->transport))
		return say(why, ERR_RANGE, "transport must be udp, tcp or tls, not \"%.7s\"", trunk->transport);
	return 0;
}

static int trunk_check_gateways(const struct trunk *trunk, char *why)
{
	char text[GATEWAY_TEXT_BYTES];
	struct trunk_gateway same;

	if (trunk->gateways_count > GATEWAYS_MAX)
		return say(why, ERR_RANGE, "a trunk has at most %d gateways", GATEWAYS_MAX);
	for (int i = 0; i < trunk->gateways_count; i++) {
		gateway_print(&trunk->gateways[i], text, sizeof(text));
		int err = gateway_parse(text, &same, why);
		if (err)
			return err;
	}
	if (trunk->ping_s > 3600)
		return say(why, ERR_RANGE, "pings are 1 to 3600 seconds apart, or off");
	if (trunk->register_s && (trunk->register_s < 60 || trunk->register_s > 86400))
		return say(why, ERR_RANGE, "a registration lasts 60 to 86400 seconds");
	if (trunk->register_s && !trunk->user[0])
		return say(why, ERR_RANGE, "a registration needs a user");
	if (!trunk->tls_cert[0] != !trunk->tls_key[0])
		return say(why, ERR_RANGE, "our own certificate and its key are given together");
	return 0;
}

static int trunk_check(const struct trunk *trunk, char *why)
{
	int err = 0;

	if (!store_name_ok(trunk->name))
		return say(why, ERR_RANGE, "a trunk's name is 1 to %d letters, digits, - _ or .", NAME_BYTES - 1);
	if (!trunk->gateways_count)
		err = trunk_check_address(trunk, why);
	if (!err)
		err = trunk_check_gateways(trunk, why);
	if (err)
		return err;
	if (trunk->calls_max < 1 || trunk->calls_max > 100000)
		return say(why, ERR_RANGE, "calls at once must be 1 to 100000");
	if (!(trunk->cps_max > 0 && trunk->cps_max <= 10000))
		return say(why, ERR_RANGE, "calls a second must be above 0 and at most 10000");
	if (trunk->srtp > SRTP_REQUIRED)
		return say(why, ERR_RANGE, "srtp must be off, optional or required");
	if (strspn(trunk->prefix, "+0123456789*#") != strlen(trunk->prefix))
		return say(why, ERR_RANGE, "prefix may have digits, + * and # only");
	err = trunk_calls_check(&trunk->calls, why);

	return err ? err : trunk_check_allow(trunk->allow, why);
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
	trunk_calls_save(txn, &key, &change->trunk->calls);
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
		return say(change->why, ERR_WRONG_STATE, "the campaign \"%s\" uses this trunk", user.name);
	if (!db_del(txn, T_TRUNK, &key))
		return say(change->why, ERR_UNKNOWN, "there is no trunk \"%.47s\"; 'outdial trunk list' shows all",
			change->trunk->name);
	db_del(txn, T_TRUNK_CALLS, &key);
	store_touch(txn);
	return 0;
}

int trunk_remove(struct store *store, const char *name, char *why)
{
	struct trunk trunk = {0};
	struct trunk_change change = {&trunk, false, why};

	if (!store_name_ok(name))
		return say(why, ERR_UNKNOWN, "there is no trunk \"%.47s\"; 'outdial trunk list' shows all", name);
	text_copy(trunk.name, sizeof(trunk.name), name);
	return db_change(store->db, trunk_remove_in, &change);
}
