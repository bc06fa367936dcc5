/*
 * reject.h - the file of rows that could not be taken
 *
 * What    The columns of the upload, in its encoding and with its delimiter, then _record, _line, _code, _field, _message. Mended, it is uploaded
 *         as it is: the import ignores those five columns. Made at the first rejected row, under a temporary name, renamed when whole.
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
/* Opens nothing yet; all pointers stay the caller's and must live as long. */
int reject_open(struct reject **reject, const char *path, const struct charset *charset, char delimiter, const struct columns *columns);
int reject_put(struct reject *reject, const struct row *row, const struct rejection *rejection);
/* Whole and durable under its name. Then *made says whether there is a file. */
int reject_commit(struct reject *reject, bool *made);
/* Without a commit before it the temporary file is removed. NULL is fine. */
void reject_close(struct reject *reject);

#endif
