/* journal.c - a pacer's inputs and decisions in a file */
#include "dialer/journal.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define BUFFER_BYTES 65536
#define FLUSH_US SEC_US /* what a crash may take */

struct journal {
	FILE *file;
	int64_t bytes, flushed_us;
	char path[512];
	char buffer[BUFFER_BYTES];
};

static const char journal_magic[8] = "OUTDIALJ";
static const uint32_t journal_sizes[4] = {sizeof(struct pacing_options), sizeof(struct pacing_view),
	sizeof(struct pacing_decision), sizeof(struct pacing_learned)};

/* --- the fields of a record: the same list for writing and for reading */

struct field {
	void *at;
	size_t bytes;
};

static int journal_fields(struct journal_record *r, struct field out[4])
{
	int n = 0;

	if (r->kind == JOURNAL_PERIOD) {
		out[n++] = (struct field){&r->live_count, sizeof(r->live_count)};
		out[n++] = (struct field){&r->abandoned_count, sizeof(r->abandoned_count)};
		return n;
	}
	out[n++] = (struct field){&r->now_us, sizeof(r->now_us)};
	if (r->kind == JOURNAL_ALLOC || r->kind == JOURNAL_CONFIGURE) {
		out[n++] = (struct field){&r->options, sizeof(r->options)};
	} else if (r->kind == JOURNAL_RELEARN) {
		out[n++] = (struct field){r->learned, sizeof(*r->learned)};
	} else if (r->kind == JOURNAL_NOTE) {
		out[n++] = (struct field){&r->event, sizeof(r->event)};
		out[n++] = (struct field){&r->call, sizeof(r->call)};
		out[n++] = (struct field){&r->seat, sizeof(r->seat)};
	} else {
		out[n++] = (struct field){&r->view, sizeof(r->view)};
		out[n++] = (struct field){&r->decision, sizeof(r->decision)};
	}
	return n;
}

/* --- writing */

static void journal_stop(struct journal *journal, const char *why)
{
	log_line(LOG_WARN, "journal_ends", "file=%s why=\"%s\"", journal->path, why);
	fclose(journal->file);
	journal->file = NULL;
}

static void journal_write(struct journal *journal, const void *data, size_t bytes)
{
	if (!journal->file)
		return;
	if (fwrite(data, 1, bytes, journal->file) != bytes)
		journal_stop(journal, strerror(errno));
	journal->bytes += (int64_t)bytes;
}

void journal_put(struct journal *journal, const struct journal_record *record)
{
	struct journal_record copy = *record;
	struct field fields[4];
	char kind = (char)record->kind;

	if (!journal || !journal->file)
		return;
	if (journal->bytes > JOURNAL_BYTES_MAX) {
		journal_stop(journal, "it is full");
		return;
	}
	journal_write(journal, &kind, 1);
	for (int i = 0, n = journal_fields(&copy, fields); i < n; i++)
		journal_write(journal, fields[i].at, fields[i].bytes);
	if (!journal->file || copy.now_us - journal->flushed_us < FLUSH_US)
		return;
	journal->flushed_us = copy.now_us;
	if (fflush(journal->file))
		journal_stop(journal, strerror(errno));
}

static void journal_path(char *out, size_t size, const char *dir, const char *campaign, int64_t now_us)
{
	time_t now_s = (time_t)(now_us / SEC_US);
	char when[32];
	struct tm tm;

	localtime_r(&now_s, &tm);
	strftime(when, sizeof(when), "%Y%m%d-%H%M%S", &tm);
	snprintf(out, size, "%s/journal", dir);
	mkdir(out, 0700);
	snprintf(out, size, "%s/journal/%s-%s.journal", dir, campaign, when);
}

struct journal *journal_open(const char *dir, const char *campaign, int64_t now_us)
{
	struct journal *journal = calloc(1, sizeof(*journal));

	if (!journal)
		return NULL;
	journal_path(journal->path, sizeof(journal->path), dir, campaign, now_us);
	journal->file = fopen(journal->path, "wbe");
	if (!journal->file) {
		log_line(LOG_WARN, "journal_refused", "file=%s why=\"%s\"", journal->path, strerror(errno));
		free(journal);
		return NULL;
	}
	setvbuf(journal->file, journal->buffer, _IOFBF, sizeof(journal->buffer));
	journal_write(journal, journal_magic, sizeof(journal_magic));
	journal_write(journal, journal_sizes, sizeof(journal_sizes));
	return journal;
}

void journal_close(struct journal *journal)
{
	if (journal && journal->file)
		fclose(journal->file);
	free(journal);
}

/* --- reading */

int journal_check(FILE *file)
{
	char magic[sizeof(journal_magic)];
	uint32_t sizes[4];

	if (fread(magic, 1, sizeof(magic), file) != sizeof(magic) || memcmp(magic, journal_magic, sizeof(magic)) != 0)
		return ERR_SYNTAX;
	if (fread(sizes, sizeof(sizes), 1, file) != 1)
		return ERR_SYNTAX;
	return memcmp(sizes, journal_sizes, sizeof(sizes)) == 0 ? 0 : ERR_SCHEMA;
}

int journal_read(FILE *file, struct journal_record *record)
{
	struct field fields[4];
	struct pacing_learned *learned = record->learned;
	int kind = fgetc(file);

	if (kind == EOF)
		return 0;
	if (kind < JOURNAL_ALLOC || kind > JOURNAL_RELEARN)
		return ERR_SYNTAX;
	memset(record, 0, sizeof(*record));
	record->kind = (enum journal_kind)kind;
	record->learned = learned;
	for (int i = 0, n = journal_fields(record, fields); i < n; i++)
		if (fread(fields[i].at, 1, fields[i].bytes, file) != fields[i].bytes)
			return ERR_SYNTAX;
	return 1;
}
