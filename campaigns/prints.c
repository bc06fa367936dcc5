/* prints.c - what is kept of recordings that were heard before, their labels, and the key of their hashes */
#include "campaigns/tables.h"

#include "base/err.h"
#include "base/random.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define KEY_WORDS 4

/* --- rows */

void print_save(struct db_txn *txn, const struct print_row *row)
{
	struct db_key key = key_u32(row->slot);
	struct enc enc;

	if (row->bytes == 0) {
		db_del(txn, T_PRINTS, &key);
		return;
	}
	enc_start(&enc, 1);
	enc_blob(&enc, row->data, row->bytes);
	enc_u64(&enc, row->attempt);
	record_put(txn, T_PRINTS, &key, &enc);
}

/* A row of a newer program, or a damaged one, costs a recording and nothing else: it is no error of the store. */
static void print_decode(const struct db_view *view, struct print_row *out)
{
	struct dec dec = dec_start(view->data, view->bytes, 1);

	out->bytes = dec_blob(&dec, out->data, sizeof(out->data));
	if (dec.at < dec.end)
		out->attempt = dec_u64(&dec);
	if (dec.bad || dec.at != dec.end)
		out->bytes = 0;
}

int print_next(struct store *store, uint32_t from, struct print_row *out)
{
	struct db_key low = key_u32(from), key;
	struct db_view view;
	struct db_txn txn;
	bool there;

	memset(out, 0, sizeof(*out));
	db_read_begin(store->db, &txn);
	there = db_seek(&txn, T_PRINTS, &low, &key, &view);
	if (there) {
		out->slot = db_key_u32_at(&key, 0);
		print_decode(&view, out);
	}
	return read_found(&txn, there);
}

static int print_remove_in(struct db_txn *txn, void *arg)
{
	const struct print_row *row = arg;
	struct db_key key = key_u32(row->slot);
	struct print_row now = {0};
	struct db_view view;

	if (!db_get(txn, T_PRINTS, &key, &view))
		return 0;
	print_decode(&view, &now);
	if (now.bytes == row->bytes && memcmp(now.data, row->data, row->bytes) == 0)
		db_del(txn, T_PRINTS, &key);
	return 0;
}

int print_remove(struct store *store, const struct print_row *row)
{
	struct print_row copy = *row;

	return db_change(store->db, print_remove_in, &copy);
}

/* --- labels */

static bool label_decode(struct db_txn *txn, const struct db_key *key, const struct db_view *view, struct print_label *out)
{
	struct dec dec = dec_start(view->data, view->bytes, 1);

	out->recording = db_key_u32_at(key, 0);
	out->label = dec_u8(&dec);
	out->forget = dec_u8(&dec);
	out->at_us = dec_i64(&dec);
	return record_ok(txn, &dec);
}

static void label_drop_oldest(struct db_txn *txn)
{
	struct print_label label, oldest = {.at_us = INT64_MAX};
	struct db_key key = key_u32(0);
	struct db_view view;

	for (bool there = db_seek(txn, T_PRINT_LABELS, &key, &key, &view); there;
		there = db_step(txn, T_PRINT_LABELS, &key, &view))
		if (label_decode(txn, &key, &view, &label) && label.at_us < oldest.at_us)
			oldest = label;
	key = key_u32(oldest.recording);
	db_del(txn, T_PRINT_LABELS, &key);
}

static int label_set_in(struct db_txn *txn, void *arg)
{
	const struct print_label *label = arg;
	struct db_key key = key_u32(label->recording);
	struct enc enc;

	if (!db_get(txn, T_PRINT_LABELS, &key, NULL) && db_count(txn, T_PRINT_LABELS) >= PRINT_LABELS)
		label_drop_oldest(txn);
	enc_start(&enc, 1);
	enc_u8(&enc, label->label);
	enc_u8(&enc, label->forget);
	enc_i64(&enc, label->at_us);
	record_put(txn, T_PRINT_LABELS, &key, &enc);
	meta_add(txn, "print_labels", 1);
	store_touch(txn);
	return 0;
}

int print_label_set(struct store *store, const struct print_label *label)
{
	struct print_label copy = *label;

	return db_change(store->db, label_set_in, &copy);
}

int print_label_next(struct store *store, uint32_t from, struct print_label *out)
{
	struct db_key low = key_u32(from), key;
	struct db_view view;
	struct db_txn txn;

	memset(out, 0, sizeof(*out));
	db_read_begin(store->db, &txn);
	bool there = db_seek(&txn, T_PRINT_LABELS, &low, &key, &view) && label_decode(&txn, &key, &view, out);

	return read_found(&txn, there);
}

uint64_t print_labels_version(struct store *store)
{
	struct db_txn txn;

	db_read_begin(store->db, &txn);
	uint64_t version = meta_get(&txn, "print_labels");

	return db_read_end(&txn) ? 0 : version;
}

/* --- the key */

static void print_key_name(unsigned word, char name[16])
{
	snprintf(name, 16, "print_key%u", word);
}

static bool print_key_read(struct db_txn *txn, uint64_t words[KEY_WORDS])
{
	uint64_t any = 0;
	char name[16];

	for (unsigned i = 0; i < KEY_WORDS; i++) {
		print_key_name(i, name);
		any |= words[i] = meta_get(txn, name);
	}
	return any != 0;
}

static int print_key_in(struct db_txn *txn, void *arg)
{
	uint64_t *words = arg;
	char name[16];

	if (print_key_read(txn, words))
		return 0;
	int err = random_bytes(words, KEY_WORDS * sizeof(*words));

	if (err)
		return err;
	for (unsigned i = 0; i < KEY_WORDS; i++) {
		print_key_name(i, name);
		meta_set(txn, name, words[i]);
	}
	return 0;
}

int print_key(struct store *store, uint8_t key[32])
{
	uint64_t words[KEY_WORDS];
	struct db_txn txn;

	db_read_begin(store->db, &txn);
	bool there = print_key_read(&txn, words);
	int err = db_read_end(&txn);
	if (!err && !there)
		err = db_change(store->db, print_key_in, words);
	for (unsigned i = 0; !err && i < 32; i++)
		key[i] = (uint8_t)(words[i / 8] >> (8 * (i % 8)));
	return err;
}
