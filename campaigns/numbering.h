/*
 * numbering.h - numbers that are good beyond doubt, without asking libphonenumber, and what kind of line they are (pure)
 *
 * What    Ranges of national numbers of a few countries (number_data.h), made by tools/gen_numbering.c from libphonenumber's own
 *         answers: where the table says yes, libphonenumber says the same; where it does not, libphonenumber must be asked.
 * Cost    one binary search: well under 0.1 us, where libphonenumber takes 20..40 us (bench/bench_import.c).
 * Source  tests/unit/test_numbering.c compares both on random numbers; `make numbering-check` on a million a country.
 */
#ifndef OUTDIAL_CAMPAIGNS_NUMBERING_H
#define OUTDIAL_CAMPAIGNS_NUMBERING_H

#include "campaigns/phone_type.h"

#include <stdbool.h>
#include <stddef.h>

#define NUMBERING_DIGITS 16 /* an international number and its end */

/* Digits after the "+". False: ask libphonenumber. */
bool numbering_international(const char *digits, size_t count, enum phone_type *type);
/* Digits as they are written within the region, with or without the 0 in front; out: those after the "+". False: ask. */
bool numbering_national(const char *digits, size_t count, const char *region, char out[NUMBERING_DIGITS], enum phone_type *type);
/* Walks the regions of the table, for tests: NULL at the end. */
const char *numbering_region(unsigned index);

#endif
