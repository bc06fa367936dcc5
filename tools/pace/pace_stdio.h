/*
 * pace_stdio.h - the product's pacing behind a line protocol, so that any simulator can judge it
 *
 * What    Speaks pacing/1 (docs/PACING.md): events in, for each T line "<calls to place> <ringing calls to cancel>" out. The
 * pacer lives on from one H .. E day to the next while agents, lines and ring times stay the same. Errors  a line that cannot be
 * read gets a sentence with its number on `err` and is skipped; after a wrong header every line is skipped until the next good
 * one. A T line is always answered, with "0 0" when there is no pacer.
 */
#ifndef OUTDIAL_PACE_STDIO_H
#define OUTDIAL_PACE_STDIO_H

#include <stdio.h>

/* Until the end of `in`. 0; -EIO when `in` or `out` failed, -ENOMEM. */
int pace_stdio(FILE *in, FILE *out, FILE *err);

#endif
