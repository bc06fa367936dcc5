/* trunk_calls.c - see trunk_calls.h */
#include "campaigns/tables.h"

#include "base/err.h"

#include <string.h>

static const char *const rel100_names[REL100_MODES] = {"off", "supported", "required"};
static const char *const refresh_names[REFRESH_MODES] = {"any", "us", "them"};
static const char *const assert_names[ASSERT_MODES] = {"none", "asserted", "preferred"};

static const char *name_at(const char *const *names, unsigned count, unsigned at)
{
	return names[at < count ? at : 0];
}

static bool name_find(const char *const *names, unsigned count, const char *text, unsigned *out)
{
	for (unsigned i = 0; i < count; i++) {
		if (strcmp(names[i], text) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

const char *rel100_name(enum rel100_mode mode)
{
	return name_at(rel100_names, REL100_MODES, mode);
}

const char *refresh_name(enum refresh_mode mode)
{
	return name_at(refresh_names, REFRESH_MODES, mode);
}

const char *assert_name(enum assert_mode mode)
{
	return name_at(assert_names, ASSERT_MODES, mode);
}

bool rel100_parse(const char *text, enum rel100_mode *out)
{
	return name_find(rel100_names, REL100_MODES, text, out);
}

bool refresh_parse(const char *text, enum refresh_mode *out)
{
	return name_find(refresh_names, REFRESH_MODES, text, out);
}

bool assert_parse(const char *text, enum assert_mode *out)
{
	return name_find(assert_names, ASSERT_MODES, text, out);
}

static bool session_ok(uint32_t seconds)
{
	return !seconds || (seconds >= TRUNK_SESSION_S_MIN && seconds <= TRUNK_SESSION_S_MAX);
}

int trunk_calls_check(const struct trunk_calls *calls, char *why)
{
	static const char host_bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]";

	if (calls->rel100 >= REL100_MODES || calls->refresh >= REFRESH_MODES || calls->assert_by >= ASSERT_MODES)
		return say(why, ERR_RANGE, "rel100, refresher or assert is none of its words");
	if (!session_ok(calls->session_s) || !session_ok(calls->session_min_s))
		return say(why, ERR_RANGE, "a session timer is %d to %d seconds, or 0 for none", TRUNK_SESSION_S_MIN,
			TRUNK_SESSION_S_MAX);
	if (calls->session_min_s > calls->session_s)
		return say(why, ERR_RANGE, "the least session interval is longer than the one that is asked for");
	if (strspn(calls->assert_host, host_bytes) != strlen(calls->assert_host))
		return say(why, ERR_RANGE, "\"%.60s\" is not a host", calls->assert_host);
	return 0;
}

/* --- record */

void trunk_calls_save(struct db_txn *txn, const struct db_key *trunk, const struct trunk_calls *calls)
{
	static const struct trunk_calls none;
	struct enc enc;

	if (memcmp(calls, &none, sizeof(none)) == 0) {
		db_del(txn, T_TRUNK_CALLS, trunk);
		return;
	}
	enc_start(&enc, 1);
	enc_u8(&enc, (uint8_t)calls->rel100);
	enc_u32(&enc, calls->session_s);
	enc_u32(&enc, calls->session_min_s);
	enc_u8(&enc, (uint8_t)calls->refresh);
	enc_u8(&enc, calls->delayed_offer);
	enc_u8(&enc, (uint8_t)calls->assert_by);
	enc_text(&enc, calls->assert_host);
	enc_u8(&enc, calls->private_id);
	enc_text(&enc, calls->identity_file);
	record_put(txn, T_TRUNK_CALLS, trunk, &enc);
}

bool trunk_calls_load(struct db_txn *txn, const struct db_key *trunk, struct trunk_calls *out)
{
	struct db_view view;

	memset(out, 0, sizeof(*out));
	if (!db_get(txn, T_TRUNK_CALLS, trunk, &view))
		return true;
	struct dec dec = dec_start(view.data, view.bytes, 1);

	out->rel100 = (enum rel100_mode)dec_u8(&dec);
	out->session_s = dec_u32(&dec);
	out->session_min_s = dec_u32(&dec);
	out->refresh = (enum refresh_mode)dec_u8(&dec);
	out->delayed_offer = dec_u8(&dec);
	out->assert_by = (enum assert_mode)dec_u8(&dec);
	dec_text(&dec, out->assert_host, sizeof(out->assert_host));
	out->private_id = dec_u8(&dec);
	dec_text(&dec, out->identity_file, sizeof(out->identity_file));
	return record_ok(txn, &dec);
}
