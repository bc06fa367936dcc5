/* upload.c - see upload.h */
#include "campaigns/upload.h"
#include "campaigns/evlog.h"
#include "campaigns/sha256.h"
#include "campaigns/tables.h"

#include "base/clock.h"
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PIECE_BYTES (64 * 1024)
#define NAME_ROOM 64
#define VERSION 4 /* 2: counts by region; 3: by scope, do-not-call; 4: updated, linked */

int upload_sum(int fd, char sum[UPLOAD_SUM_BYTES])
{
	struct sha256 *sha = sha256_alloc();
	char piece[PIECE_BYTES];
	off_t at = 0;
	ssize_t n;
	int err;

	if (!sha)
		return -ENOMEM;
	for (; (n = pread(fd, piece, sizeof(piece), at)) > 0; at += n)
		sha256_add(sha, piece, (size_t)n);
	err = n < 0 ? -errno : 0;
	sha256_hex(sha, sum);
	sha256_free(sha);
	return err;
}

int upload_key(const char *text, char key[UPLOAD_SUM_BYTES])
{
	struct sha256 *sha = sha256_alloc();

	if (!sha)
		return -ENOMEM;
	sha256_add(sha, text, strlen(text));
	sha256_hex(sha, key);
	sha256_free(sha);
	return 0;
}

/* --- names in the meta table */

/* 40 of the 64 digits fit into a key; nobody makes two such files by accident. */
static void name_of(char out[NAME_ROOM], const char *what, uint32_t list, const char *sum)
{
	snprintf(out, NAME_ROOM, "%s.%u.%.40s", what, list, sum);
}

static void pending_name(char out[NAME_ROOM], uint32_t list)
{
	snprintf(out, NAME_ROOM, "pending.%u", list);
}

int upload_seen(struct store *store, uint32_t list, const char *sum, int64_t *at_us)
{
	char name[NAME_ROOM];
	struct db_txn txn;

	name_of(name, "upload", list, sum);
	db_read_begin(store->db, &txn);
	*at_us = (int64_t)meta_get(&txn, name);
	return db_read_end(&txn);
}

/* --- the record */

static void place_encode(struct enc *enc, const struct upload_place *place)
{
	enc_u64(enc, place->mark.text_bytes);
	enc_u64(enc, place->mark.record);
	enc_u64(enc, place->mark.line);
	enc_u64(enc, place->read);
	enc_u64(enc, place->accepted);
	enc_u64(enc, place->rejected);
	enc_u64(enc, place->duplicate);
	enc_u64(enc, place->reject_bytes);
	enc_u8(enc, (uint8_t)place->reason_count);
	for (uint32_t i = 0; i < place->reason_count; i++) {
		enc_text(enc, place->reasons[i].code);
		enc_u64(enc, place->reasons[i].count);
	}
	enc_u8(enc, (uint8_t)place->region_count);
	for (uint32_t i = 0; i < place->region_count; i++) {
		enc_u16(enc, place->regions[i].code);
		enc_u64(enc, place->regions[i].count);
	}
	for (uint32_t i = 0; i < IMPORT_SCOPES; i++)
		enc_u64(enc, place->found[i]);
	enc_u64(enc, place->kept);
	enc_u64(enc, place->listed);
	enc_u64(enc, place->updated);
	enc_u64(enc, place->linked);
}

static void place_decode(struct dec *dec, uint8_t version, struct upload_place *place)
{
	place->mark.text_bytes = dec_u64(dec);
	place->mark.record = dec_u64(dec);
	place->mark.line = dec_u64(dec);
	place->read = dec_u64(dec);
	place->accepted = dec_u64(dec);
	place->rejected = dec_u64(dec);
	place->duplicate = dec_u64(dec);
	place->reject_bytes = dec_u64(dec);
	place->reason_count = dec_u8(dec);
	if (place->reason_count > IMPORT_REASONS) {
		place->reason_count = 0;
		dec->bad = true;
	}
	for (uint32_t i = 0; i < place->reason_count; i++) {
		dec_text(dec, place->reasons[i].code, sizeof(place->reasons[i].code));
		place->reasons[i].count = dec_u64(dec);
	}
	if (version < 2)
		return;
	place->region_count = dec_u8(dec);
	if (place->region_count > IMPORT_REGIONS) {
		place->region_count = 0;
		dec->bad = true;
	}
	for (uint32_t i = 0; i < place->region_count; i++) {
		place->regions[i].code = dec_u16(dec);
		place->regions[i].count = dec_u64(dec);
	}
	if (version < 3)
		return;
	for (uint32_t i = 0; i < IMPORT_SCOPES; i++)
		place->found[i] = dec_u64(dec);
	place->kept = dec_u64(dec);
	place->listed = dec_u64(dec);
	if (version < 4)
		return;
	place->updated = dec_u64(dec);
	place->linked = dec_u64(dec);
}

void upload_save(struct db_txn *txn, const struct upload *upload)
{
	struct db_key key = key_u32(upload->id);
	struct enc enc;

	enc_start(&enc, VERSION);
	enc_u32(&enc, upload->list);
	enc_u8(&enc, (uint8_t)upload->state);
	enc_text(&enc, upload->sum);
	enc_text(&enc, upload->key);
	enc_text(&enc, upload->path);
	enc_blob(&enc, upload->reject_path, (uint16_t)strlen(upload->reject_path));
	enc_i64(&enc, upload->started_us);
	enc_i64(&enc, upload->ended_us);
	enc_u64(&enc, upload->chunk.base);
	enc_u32(&enc, upload->chunk.count);
	enc_u32(&enc, upload->chunk.written);
	enc_u64(&enc, upload->counted.read);
	enc_u64(&enc, upload->counted.rejected);
	enc_u64(&enc, upload->counted.duplicate);
	place_encode(&enc, &upload->place);
	enc_u64(&enc, upload->counted.updated);
	enc_u64(&enc, upload->counted.linked);
	record_put(txn, T_UPLOAD, &key, &enc);
}

static bool upload_load(struct db_txn *txn, uint32_t id, struct upload *out)
{
	struct db_key key = key_u32(id);
	struct db_view view;
	struct dec dec;
	uint8_t version;

	memset(out, 0, sizeof(*out));
	if (!id || !db_get(txn, T_UPLOAD, &key, &view))
		return false;
	dec = dec_start_upto(view.data, view.bytes, VERSION, &version);
	out->id = id;
	out->list = dec_u32(&dec);
	out->state = (enum upload_state)dec_u8(&dec);
	dec_text(&dec, out->sum, sizeof(out->sum));
	dec_text(&dec, out->key, sizeof(out->key));
	dec_text(&dec, out->path, sizeof(out->path));
	dec_blob(&dec, out->reject_path, sizeof(out->reject_path) - 1);
	out->started_us = dec_i64(&dec);
	out->ended_us = dec_i64(&dec);
	out->chunk.base = dec_u64(&dec);
	out->chunk.count = dec_u32(&dec);
	out->chunk.written = dec_u32(&dec);
	out->counted.read = dec_u64(&dec);
	out->counted.rejected = dec_u64(&dec);
	out->counted.duplicate = dec_u64(&dec);
	place_decode(&dec, version, &out->place);
	if (version >= 4) {
		out->counted.updated = dec_u64(&dec);
		out->counted.linked = dec_u64(&dec);
	}
	return record_ok(txn, &dec);
}

/* --- finding */

static int upload_named(struct store *store, const char *name, struct upload *out)
{
	struct db_txn txn;

	db_read_begin(store->db, &txn);
	upload_load(&txn, (uint32_t)meta_get(&txn, name), out);
	return db_read_end(&txn);
}

int upload_find(struct store *store, uint32_t list, const char *key, struct upload *out)
{
	char name[NAME_ROOM];

	name_of(name, "import", list, key);
	return upload_named(store, name, out);
}

int upload_pending(struct store *store, uint32_t list, struct upload *out)
{
	char name[NAME_ROOM];

	pending_name(name, list);
	return upload_named(store, name, out);
}

/* --- its life */

static int begin_in(struct db_txn *txn, void *arg)
{
	struct upload *upload = arg;
	char name[NAME_ROOM];
	struct db_key key;

	upload->id = db_last(txn, T_UPLOAD, &key, NULL) ? db_key_u32_at(&key, 0) + 1 : 1;
	pending_name(name, upload->list);
	meta_set(txn, name, upload->id);
	upload_save(txn, upload);
	return 0;
}

int upload_begin(struct store *store, struct upload *upload)
{
	return db_change(store->db, begin_in, upload);
}

static void pending_end(struct db_txn *txn, uint32_t list)
{
	char name[NAME_ROOM];

	pending_name(name, list);
	meta_set(txn, name, 0);
}

void upload_finish(struct db_txn *txn, const struct upload *upload)
{
	char name[NAME_ROOM];

	upload_save(txn, upload);
	pending_end(txn, upload->list);
	name_of(name, "import", upload->list, upload->key);
	meta_set(txn, name, upload->id);
	name_of(name, "upload", upload->list, upload->sum);
	if (!meta_get(txn, name))
		meta_set(txn, name, (uint64_t)upload->started_us);
}

/* Rows after the chunk's beginning are known only as far as their leads are there. */
static int leave_in(struct db_txn *txn, void *arg)
{
	struct upload left = *(const struct upload *)arg;
	const struct upload_place *place = &left.place;
	struct upload_counts more = {.read = place->read + left.chunk.written - left.counted.read,
		.rejected = place->rejected - left.counted.rejected,
		.duplicate = place->duplicate - left.counted.duplicate,
		.updated = place->updated - left.counted.updated,
		.linked = place->linked - left.counted.linked};
	struct list list;

	if (list_load(txn, left.list, &list) && more.read) {
		list.read += more.read;
		list.rejected += more.rejected;
		list.duplicate += more.duplicate;
		list_save(txn, &list);
		evlog_import(txn, &list, &more);
		store_touch(txn);
	}
	left.state = UPLOAD_LEFT;
	left.ended_us = clock_us();
	upload_save(txn, &left);
	pending_end(txn, left.list);
	return 0;
}

int upload_leave(struct store *store, const struct upload *upload)
{
	struct upload left = *upload;
	int err = lead_chunk_forget(store, &upload->chunk);

	return err ? err : db_change(store->db, leave_in, &left);
}
