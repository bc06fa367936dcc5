/*
 * reject.h - the file of rows that could not be taken
 *
 * What    The columns of the upload, in its encoding and with its delimiter, then _record, _line, _code, _field, _message.
 *         Mended, it is uploaded as it is: the import ignores those five columns. Made at the first rejected row, under a
 *         temporary name, renamed when whole.
 * Name    The one that was given, or UPLOAD.rejects.csv, UPLOAD.rejects-2.csv ...: the first that is free, as an older one may
 *         just be being mended. It is taken by an empty file, so that two uploads of one file at once do not write to the same
 *         place; one that was taken by a process that died is taken over.
 * Crash   reject_sync() says how long the file is for sure; reject_resume() cuts it there and goes on.
 */
#ifndef OUTDIAL_CAMPAIGNS_REJECT_H
#define OUTDIAL_CAMPAIGNS_REJECT_H

#include "campaigns/charset.h"
#include "campaigns/columns.h"
#include "campaigns/csv.h"

struct rejection {
	const char *code, *field, *message; /* "E_PHONE_SHORT", title of the column or "", a sentence */
};

struct reject;
struct reject_options {
	const char *upload; /* path of the file that is read */
	const char *path;   /* NULL: beside the upload */
	const struct charset *charset;
	char delimiter;
	const struct columns *columns;
};

/* Opens nothing yet; what the options point to stays the caller's and must live as long. */
int reject_open(struct reject **reject, const struct reject_options *options);
/* Before the first row: go on with the file of a process that died. ERR_WRONG_STATE: it is gone, or was changed. */
int reject_resume(struct reject *reject, const char *path, uint64_t bytes);
/* Before the first row: a process that died had this name and nothing in the file that counts. */
int reject_rename(struct reject *reject, const char *path);
/* What was put so far is durable. *bytes 0: nothing was put. */
int reject_sync(struct reject *reject, uint64_t *bytes);
/* As reject_close(), but the file stays for reject_resume(). */
void reject_leave(struct reject *reject);
/* Where the rows go: "" until the first when no path was given. */
const char *reject_path(const struct reject *reject);
/* -EEXIST: no free name is left. */
int reject_put(struct reject *reject, const struct row *row, const struct rejection *rejection);
/* Whole and durable under its name. Then *made says whether there is a file. */
int reject_commit(struct reject *reject, bool *made);
/* Without a commit before it nothing is left. NULL is fine. */
void reject_close(struct reject *reject);

#endif
