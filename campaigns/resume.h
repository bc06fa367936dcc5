/*
 * resume.h - one upload's record through its life: begun or taken up again, marked with each transaction, ended (inside the
 * folder)
 */
#ifndef OUTDIAL_CAMPAIGNS_RESUME_H
#define OUTDIAL_CAMPAIGNS_RESUME_H

#include "campaigns/upload.h"

struct resume {
	struct store *store;
	struct lead_batch *batch;
	struct upload upload;    /* its place is where the chunk under way begins */
	struct upload_place now; /* where the rows that the batch has end */
	bool stopped;            /* the batch is closed before the file's end */
};

/*
 * With the list's lock held (the batch is open). `wanted` has list, sum, key, path and started_us; resume->upload is then what
 * the store has: the interrupted upload of the same key when `go_on` says so and there is one, else a new one; another that was
 * interrupted is left. ERR_WRONG_STATE (go_on, and the interrupted upload is of another file or was read in another way) with a
 * sentence.
 */
int resume_start(struct resume *resume, const struct upload *wanted, bool go_on, char why[FILE_WHY_BYTES]);
/* The batch is full: writes it, place and all. */
int resume_flush(struct resume *resume, const struct upload_place *now);
/* Closes the batch. */
int resume_close(struct resume *resume, const struct upload_place *now);

#endif
