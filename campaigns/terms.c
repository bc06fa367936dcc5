/* terms.c - see terms.h */
#include "campaigns/terms.h"

#include "campaigns/evlog.h"
#include "campaigns/outfile.h"
#include "campaigns/segment.h"
#include "campaigns/suppress_table.h"
#include "campaigns/tables.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const parties[] = {"", "consumer", "business"};

const char *party_name(enum party party)
{
	return (unsigned)party <= PARTY_BUSINESS ? parties[party] : "";
}

/* --- record */

#define TERMS_VERSION 2 /* 2: no_data_stops, unwanted_stays */

static void enc_kept(struct enc *enc, const struct kept_file *file)
{
	enc_text(enc, file->name);
	enc_text(enc, file->sha256);
}

static void dec_kept(struct dec *dec, struct kept_file *file)
{
	dec_text(dec, file->name, sizeof(file->name));
	dec_text(dec, file->sha256, sizeof(file->sha256));
}

static void terms_save(struct db_txn *txn, uint32_t campaign, const struct terms *terms)
{
	struct db_key key = key_u32(campaign);
	struct enc enc;

	enc_start(&enc, TERMS_VERSION);
	enc_text(&enc, terms->org);
	enc_text(&enc, terms->seller);
	enc_text(&enc, terms->offer);
	enc_u8(&enc, (uint8_t)terms->party);
	enc_kept(&enc, &terms->script);
	enc_kept(&enc, &terms->message);
	enc_kept(&enc, &terms->voicemail);
	enc_text(&enc, terms->authority);
	enc_i64(&enc, terms->authority_from_us);
	enc_i64(&enc, terms->authority_to_us);
	enc_u8(&enc, terms->no_data_stops);
	enc_u8(&enc, terms->unwanted_stays);
	record_put(txn, T_TERMS, &key, &enc);
}

void terms_load(struct db_txn *txn, uint32_t campaign, struct terms *out)
{
	struct db_key key = key_u32(campaign);
	struct db_view view;
	uint8_t version;

	memset(out, 0, sizeof(*out));
	if (!db_get(txn, T_TERMS, &key, &view))
		return;
	struct dec dec = dec_start_upto(view.data, view.bytes, TERMS_VERSION, &version);

	dec_text(&dec, out->org, sizeof(out->org));
	dec_text(&dec, out->seller, sizeof(out->seller));
	dec_text(&dec, out->offer, sizeof(out->offer));
	out->party = (enum party)dec_u8(&dec);
	dec_kept(&dec, &out->script);
	dec_kept(&dec, &out->message);
	dec_kept(&dec, &out->voicemail);
	dec_text(&dec, out->authority, sizeof(out->authority));
	out->authority_from_us = dec_i64(&dec);
	out->authority_to_us = dec_i64(&dec);
	if (version >= 2) {
		out->no_data_stops = dec_u8(&dec);
		out->unwanted_stays = dec_u8(&dec);
	}
	record_ok(txn, &dec);
}

/* --- reading and changing */

int terms_get(struct store *store, uint32_t campaign, struct terms *out)
{
	struct db_txn txn;

	db_read_begin(store->db, &txn);
	terms_load(&txn, campaign, out);
	return db_read_end(&txn);
}

/* A line of the log has room for them because nothing in them is escaped. */
static bool plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || strchr("\"\\\x7f", *text))
			return false;
	return true;
}

static int terms_check(const struct terms *terms, char *why)
{
	const char *const texts[] = {terms->org, terms->seller, terms->offer, terms->authority, terms->script.name};

	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!plain(texts[i]))
			return say(why, ERR_RANGE, "\"%.63s\" may not have quotes, backslashes or control characters", texts[i]);
	if (terms->authority_from_us && terms->authority_to_us && terms->authority_from_us >= terms->authority_to_us)
		return say(why, ERR_RANGE, "the right to use the caller id must begin before it ends");
	if ((unsigned)terms->party > PARTY_BUSINESS)
		return say(why, ERR_RANGE, "the called party must be consumer or business");
	return 0;
}

struct terms_change {
	uint32_t campaign;
	const struct terms *terms;
};

static int terms_put_in(struct db_txn *txn, void *arg)
{
	const struct terms_change *change = arg;
	struct campaign campaign;

	if (!campaign_load(txn, change->campaign, &campaign))
		return txn->err ? txn->err : ERR_UNKNOWN;
	terms_save(txn, change->campaign, change->terms);
	evlog_terms(txn, &campaign, change->terms);
	return 0;
}

int terms_put(struct store *store, uint32_t campaign, const struct terms *terms, char *why)
{
	struct terms_change change = {campaign, terms};
	int err = terms_check(terms, why);

	if (!err)
		err = db_change(store->db, terms_put_in, &change);
	return err ? err : suppress_return(store, clock_us(), NULL); /* lists and consent may be a seller's */
}

/* --- files */

static int copy_bytes(FILE *from, FILE *to)
{
	char piece[64 * 1024];
	size_t got;

	errno = 0;
	while ((got = fread(piece, 1, sizeof(piece), from)) > 0)
		if (fwrite(piece, 1, got, to) != got)
			return errno ? -errno : -EIO;
	return ferror(from) ? (errno ? -errno : -EIO) : 0;
}

static int copy_file(const char *from, const char *to)
{
	FILE *file = fopen(from, "re");
	struct outfile out;
	int err;

	if (!file)
		return -errno;
	err = outfile_open(&out, to);
	if (!err) {
		err = copy_bytes(file, out.file);
		err = err ? err : outfile_commit(&out);
		outfile_abort(&out);
	}
	fclose(file);
	return err;
}

/* What stands in a name and would be escaped in a line becomes "_". */
static void base_name(const char *path, struct kept_file *out)
{
	const char *slash = strrchr(path, '/');

	text_copy(out->name, sizeof(out->name), slash ? slash + 1 : path);
	for (char *p = out->name; *p; p++)
		if ((unsigned char)*p < ' ' || strchr("\"\\\x7f", *p))
			*p = '_';
}

int terms_keep(struct store *store, const char *path, struct kept_file *out)
{
	char kept[4096];
	uint64_t bytes;
	int err = file_sum(path, out->sha256, &bytes);

	if (err)
		return err;
	base_name(path, out);
	if (snprintf(kept, sizeof(kept), "%s/kept", store_dir(store)) >= (int)sizeof(kept) - 66)
		return -ENAMETOOLONG;
	if (mkdir(kept, 0700) && errno != EEXIST)
		return -errno;
	strcat(kept, "/");
	strcat(kept, out->sha256);
	return access(kept, F_OK) == 0 ? 0 : copy_file(path, kept);
}

static int note_file(struct store *store, const char *path, struct kept_file *file, bool *changed)
{
	struct kept_file now = {0};
	int err = *path && access(path, R_OK) == 0 ? terms_keep(store, path, &now) : 0;

	*changed |= strcmp(now.sha256, file->sha256) != 0 || strcmp(now.name, file->name) != 0;
	*file = now;
	return err;
}

int terms_note_files(struct store *store, const struct campaign *campaign)
{
	struct terms terms;
	bool changed = false;
	int err = terms_get(store, campaign->id, &terms);

	if (!err)
		err = note_file(store, campaign->message, &terms.message, &changed);
	if (!err)
		err = note_file(store, campaign->voicemail, &terms.voicemail, &changed);
	return err || !changed ? err : terms_put(store, campaign->id, &terms, NULL);
}
