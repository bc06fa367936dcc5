/*
 * rowtext.h - one row of a text table as bytes (RFC 4180)
 *
 * What    Fields are put one after the other and quoted where they must be; rowtext_safe() also takes the power of a formula from
 *         a text that a spreadsheet would run. The text stands in a buffer that is used again for the next row.
 */
#ifndef OUTDIAL_CAMPAIGNS_ROWTEXT_H
#define OUTDIAL_CAMPAIGNS_ROWTEXT_H

#include <stdbool.h>
#include <stddef.h>

struct rowtext {
	char *text;
	size_t bytes, room;
	char delimiter;
	bool first, failed; /* failed: out of memory */
};

void rowtext_init(struct rowtext *row, char delimiter);
void rowtext_fini(struct rowtext *row);
void rowtext_begin(struct rowtext *row);
/* The field as it is. */
void rowtext_put(struct rowtext *row, const char *field);
/* An apostrophe before a text that starts with = + - @ tab or CR, also after spaces and apostrophes. */
void rowtext_safe(struct rowtext *row, const char *field);
/* What stood there before rowtext_safe(): without its apostrophe. A view of the field. */
const char *rowtext_bare(const char *field);
/* Ends the row with CRLF. -ENOMEM when a part of it could not be stored. */
int rowtext_end(struct rowtext *row);

#endif
