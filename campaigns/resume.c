/* resume.c - see resume.h */
#include "campaigns/resume.h"

#include "base/clock.h"
#include "base/err.h"

#include <stdio.h>
#include <string.h>

/* Called inside the transactions of the batch: a chunk under way is found again from its beginning. */
static void note_in(struct db_txn *txn, void *arg, const struct lead_chunk *chunk, bool closing)
{
	const struct resume *resume = arg;
	struct upload upload = resume->upload;

	upload.chunk = *chunk;
	if (!chunk->count)
		upload.place = resume->now;
	if (!closing) {
		upload_save(txn, &upload);
		return;
	}
	upload.counted = (struct upload_counts){
		resume->now.read, resume->now.rejected, resume->now.duplicate, resume->now.updated, resume->now.linked};
	upload.ended_us = clock_us();
	upload.state = resume->stopped ? UPLOAD_PENDING : UPLOAD_WHOLE;
	if (resume->stopped)
		upload_save(txn, &upload);
	else
		upload_finish(txn, &upload);
}

static int refuse(const struct upload *pending, const struct upload *wanted, char *why)
{
	bool same_file = strcmp(pending->sum, wanted->sum) == 0;

	snprintf(why, FILE_WHY_BYTES,
		same_file ? "the interrupted upload #%u of %.200s was read with another --region, --map, --encoding or other "
			    "rules: "
			    "say the same again, or leave out --resume to begin anew"
			  : "the interrupted upload #%u to this list is of another file (%.200s): upload that with --resume, or "
			    "leave "
			    "out --resume to begin anew",
		pending->id, pending->path);
	return ERR_WRONG_STATE;
}

static int begin(struct resume *resume, const struct upload *wanted, const struct upload *pending)
{
	int err = pending->id ? upload_leave(resume->store, pending) : 0;

	resume->upload = *wanted;
	return err ? err : upload_begin(resume->store, &resume->upload);
}

int resume_start(struct resume *resume, const struct upload *wanted, bool go_on, char why[FILE_WHY_BYTES])
{
	struct upload pending;
	int err = upload_pending(resume->store, wanted->list, &pending);

	if (err)
		return err;
	if (go_on && pending.id && strcmp(pending.key, wanted->key) != 0)
		return refuse(&pending, wanted, why);
	if (!go_on || !pending.id)
		err = begin(resume, wanted, &pending);
	else
		resume->upload = pending;
	resume->now = resume->upload.place;
	lead_batch_created(resume->batch, resume->upload.started_us);
	lead_batch_resume(resume->batch, &resume->upload.chunk);
	lead_batch_journal(resume->batch, note_in, resume);
	return err;
}

int resume_flush(struct resume *resume, const struct upload_place *now)
{
	int err;

	resume->now = *now;
	err = lead_batch_flush(resume->batch);
	if (!err) {
		resume->upload.place = *now;
		resume->upload.chunk = (struct lead_chunk){.count = 0};
	}
	return err;
}

int resume_close(struct resume *resume, const struct upload_place *now)
{
	const struct upload_counts *counted = &resume->upload.counted;
	struct lead_batch *batch = resume->batch;

	resume->now = *now;
	resume->batch = NULL;
	lead_batch_counts(batch, now->updated - counted->updated, now->linked - counted->linked);
	return lead_batch_close(
		batch, now->read - counted->read, now->rejected - counted->rejected, now->duplicate - counted->duplicate);
}
