/*
 * fuzz_personkey.c - any bytes as the file of the persons' keys: each place is there, erased or missing as its bytes say; a key
 * that is there opens what it sealed, and the file is refused once a key was given out that is not in it
 */
#include "campaigns/personkey.h"
#include "campaigns/tables.h"

#include "base/err.h"
#include "tests/fuzz/fuzz_store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_file(const uint8_t *data, size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/" PERSONKEY_FILE, fuzz_folder());
	FILE *file = fopen(path, "we");
	check(file && fwrite(data, 1, size, file) == size && fclose(file) == 0);
}

static void check_place(struct personkeys *keys, uint32_t place, const uint8_t *data, size_t size)
{
	static const unsigned char zero[SIV_KEY_BYTES];
	const struct siv_context context = {"17", 2};
	unsigned char key[SIV_KEY_BYTES], box[8 + SIV_BYTES], text[8] = "";
	size_t at = (size_t)place * SIV_KEY_BYTES;
	enum personkey_state state = personkey_get(keys, place, key), again;

	if (!place || at + SIV_KEY_BYTES > size)
		check(state == PERSONKEY_MISSING);
	else
		check(state == (memcmp(data + at, zero, sizeof(zero)) ? PERSONKEY_THERE : PERSONKEY_ERASED));
	bool sealed = personkey_seal(keys, place, context, "name\0Li", 8, box);
	check(sealed == (place >= PERSONKEY_FIRST && state == PERSONKEY_THERE));
	if (sealed)
		check(personkey_unseal(keys, place, context, box, sizeof(box), text, &again) &&
		      !memcmp(text, "name\0Li", 8));
}

struct one_more {
	struct personkeys *keys;
	uint32_t given; /* places that were given out before */
	bool good;      /* the file has them, and begins as it should */
};

/* The answer is 1, so that the store stays as it was. */
static int take_one(struct db_txn *txn, void *arg)
{
	const struct one_more *more = arg;
	unsigned char key[SIV_KEY_BYTES];
	char why[WHY_BYTES] = "";

	meta_set(txn, "personkey_next", more->given);
	int err = personkey_check(txn, more->keys, why);
	check(more->good ? !err : err == ERR_STORE && why[0]);
	uint32_t place = personkey_new(txn, more->keys);
	check((place != 0) == more->good && (place ? !txn->err : txn->err == ERR_STORE));
	check(!place || (place >= more->given && personkey_get(more->keys, place, key) == PERSONKEY_THERE));
	return 1;
}

/* The first byte: how many places were given out; the others: the file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char title[SIV_KEY_BYTES] = "outdial person keys 1\n";
	static const unsigned char zero[SIV_KEY_BYTES];
	struct store *store = fuzz_store();
	struct one_more more;

	if (!size)
		return 0;
	more.given = PERSONKEY_FIRST + *data++ % 8;
	put_file(data, --size);
	bool begun = size >= 2 * SIV_KEY_BYTES && memcmp(data, title, sizeof(title)) == 0 &&
		     memcmp(data + SIV_KEY_BYTES, zero, sizeof(zero)) != 0;
	more.good = more.given <= PERSONKEY_FIRST || (begun && size / SIV_KEY_BYTES >= more.given);
	check(personkey_open(&more.keys, fuzz_folder()) == 0);
	for (uint32_t place = 0; place < size / SIV_KEY_BYTES + 2; place++)
		check_place(more.keys, place, data, size);
	check(db_change(store->db, take_one, &more) != 0);
	personkey_close(more.keys);
	return 0;
}
