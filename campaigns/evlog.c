/* evlog.c - see evlog.h: a line is begun, sealed where it is personal, and written */
#include "campaigns/evlog_in.h"

#include "campaigns/personal.h"

#include "base/clock.h"
#include "base/err.h"

#include <stdio.h>
#include <unistd.h>

uint64_t evlog_sealed(struct db_txn *txn)
{
	return meta_get(txn, "log_sealed");
}

uint64_t evlog_next(struct db_txn *txn)
{
	struct db_key last;

	return db_last(txn, T_LOG, &last, NULL) ? db_key_u64_at(&last, 0) + 1 : evlog_sealed(txn);
}

void evlog_about(struct db_txn *txn, struct line *line, uint64_t subject)
{
	struct store *store = db_owner(txn->db);

	if (subject)
		line->person_key = personkey_of_subject(txn, store->keys, subject);
}

void evlog_about_number(struct db_txn *txn, struct line *line, const char *e164)
{
	evlog_about(txn, line, number_of(e164));
}

void evlog_write(struct db_txn *txn, uint64_t seq, struct line *line)
{
	struct store *store = db_owner(txn->db);
	struct db_key key = key_u64(seq);

	if (line->personal_bytes && !line->person_key) /* about nobody who could be named */
		line->person_key = personkey_new(txn, store->keys);
	if (line->personal_bytes && !txn->err && !personal_seal(store->keys, seq, line))
		txn->err = ERR_STORE;
	line_end(line);
	if (line->bad && !txn->err)
		txn->err = ERR_RANGE;
	db_put(txn, T_LOG, &key, line->text, line->bytes);
}

void evlog_end(struct db_txn *txn, uint64_t seq, struct line *line)
{
	line_u64(line, "uid", getuid());
	evlog_write(txn, seq, line);
}

/* Attempts that an earlier program made are in the store and not in the log: the first line says how many. */
static void evlog_begin(struct db_txn *txn)
{
	struct line line;
	char tag[20];

	snprintf(tag, sizeof(tag), "%016llx", (unsigned long long)meta_get(txn, "tag"));
	line_start(&line, 0, clock_us(), "begin");
	line_text(&line, "store", tag);
	line_u64(&line, "attempts_before", db_count(txn, T_ATTEMPT));
	evlog_write(txn, 0, &line);
}

uint64_t evlog_start(struct db_txn *txn, struct line *line, const char *event)
{
	uint64_t seq = evlog_next(txn);

	if (seq == 0) {
		evlog_begin(txn);
		seq = 1;
	}
	line_start(line, seq, clock_us(), event);
	return seq;
}

/* --- what several events say */

void evlog_put_file(struct line *line, const char *key, const char *sum_key, const struct kept_file *file)
{
	line_item(line, key, file->name);
	line_item(line, sum_key, file->sha256);
}

void evlog_put_time(struct line *line, const char *key, int64_t us)
{
	if (us)
		line_time(line, key, us);
	else
		line_item(line, key, "");
}

void evlog_put_terms(struct line *line, const struct terms *terms)
{
	line_item(line, "org", terms->org);
	line_item(line, "seller", terms->seller);
	line_item(line, "offer", terms->offer);
	line_item(line, "party", party_name(terms->party));
	evlog_put_file(line, "script", "script_sha256", &terms->script);
	line_item(line, "authority", terms->authority);
	evlog_put_time(line, "authority_from_us", terms->authority_from_us);
	evlog_put_time(line, "authority_to_us", terms->authority_to_us);
}
