/*
 * number.h - one cell of a telephone column to E.164 (inside the folder; phone_normalise() of import.h is its face)
 *
 * What    Cleans what spreadsheets do (full-width digits, leading apostrophe, ".0", E-notation), takes a fast path for Chinese
 *         mobile, North American numbers and the ranges of numbering.h, and asks libphonenumber (phone.cc) for the rest.
 * Cost    fast path about 0.1 us, libphonenumber 20..40 us a number (bench/bench_import.c).
 * Source  docs/LISTS.md, "Telephone numbers". North American area codes that libphonenumber's metadata is too old for are
 *         accepted when their shape is right (NXX-NXX-XXXX, no N11, N9X, 37X, 96X, 555): losing good leads is worse, and an area
 *         code without a known zone is not dialled anyway.
 */
#ifndef OUTDIAL_CAMPAIGNS_NUMBER_H
#define OUTDIAL_CAMPAIGNS_NUMBER_H

#include "campaigns/phone_type.h"
#include "campaigns/store.h"

enum number_code {
	NUMBER_OK,
	NUMBER_EMPTY,
	NUMBER_SCI,     /* 1.38E+10: digits are lost */
	NUMBER_REGION,  /* no + and no region is known */
	NUMBER_SYNTAX,  /* not a telephone number */
	NUMBER_SHORT,
	NUMBER_LONG,
	NUMBER_INVALID, /* right length, but not a number of its country */
	NUMBER_PREMIUM, /* of number_parse_typed() only */
	NUMBER_CODES
};

/* "E_PHONE_INVALID" ... Static. */
const char *number_code_name(enum number_code code);
/* The number of `text` in e164, or why not. `region` NULL or "": only numbers with + (or 00 or full-width +) are taken. */
enum number_code number_parse(const char *text, const char *region, char e164[NUMBER_BYTES], char why[WHY_BYTES]);
/* And what kind of line it is. NUMBER_PREMIUM: one that makes whoever calls it pay. */
enum number_code number_parse_typed(
	const char *text, const char *region, char e164[NUMBER_BYTES], enum phone_type *type, char why[WHY_BYTES]);
/* Could this cell be meant as a telephone number: at least 7 digits and nothing but digits and what stands between them? */
bool number_likely(const char *text);

/* --- phone.cc: the only door to libphonenumber. NUMBER_OK: *type is known. */
enum number_code phone_lib_parse(const char *text, const char *region, char e164[NUMBER_BYTES], enum phone_type *type);
/* Is it a region of libphonenumber's ("CN", "US")? */
bool phone_lib_region(const char *region);
/* 86 of "CN"; 0: no such region. */
uint32_t phone_lib_calling_code(const char *region);

#endif
