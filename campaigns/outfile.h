/*
 * outfile.h - a file that appears under its name only when it is whole
 *
 * What    Written to PATH.partial, synchronised and renamed by outfile_commit(). A crash or an error leaves no half file under
 *         the name. What is there and no file (/dev/stdout, a named pipe) is written to as it is: renaming would put a file in
 *         its place. Of a link the file behind it is replaced.
 */
#ifndef OUTDIAL_CAMPAIGNS_OUTFILE_H
#define OUTDIAL_CAMPAIGNS_OUTFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct outfile {
	FILE *file;
	char path[4096], partial[4096 + 16];
	bool direct; /* no temporary name */
};

/* -errno, -EISDIR, -ENAMETOOLONG. */
int outfile_open(struct outfile *out, const char *path);
/*
 * Goes on with what a process that died had written: its first `bytes` bytes are kept. ERR_WRONG_STATE: it is not there, or
 * shorter.
 */
int outfile_reopen(struct outfile *out, const char *path, uint64_t bytes);
/* What was written so far is durable; *bytes says how much. */
int outfile_sync(struct outfile *out, uint64_t *bytes);
/* Closes without removing: for outfile_reopen(). Nothing when it is not open. */
void outfile_leave(struct outfile *out);
/* Closes the file. -ENOSPC and the like: then the partial file is gone. */
int outfile_commit(struct outfile *out);
/* Closes and removes; nothing after a commit or when it was never opened (all zero). */
void outfile_abort(struct outfile *out);

#endif
