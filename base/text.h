/*
 * text.h - small bounded text helpers
 */
#ifndef OUTDIAL_BASE_TEXT_H
#define OUTDIAL_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies at most size - 1 bytes and ends with NUL; false when it had to cut. `size` >= 1. */
bool text_copy(char *out, size_t size, const char *in);
/* The same for a counted view. */
bool text_copy_n(char *out, size_t size, const char *in, size_t length);
/* Bytes of the UTF-8 character at `in` (RFC 3629), 0 when there is none within `room`; a NUL is one of 1 byte. */
size_t text_utf8(const char *in, size_t room);
/* 2 * count digits in lower case and NUL. */
void text_hex(const void *bytes, size_t count, char *out);
/* Whole string as a decimal number within min..max; false (and *out untouched) otherwise. */
bool text_i64(const char *in, int64_t min, int64_t max, int64_t *out);
/*
 * "90s", "15m", "2h", "3d", "1500ms" and "0" as microseconds. False when it is none of these: any other number needs its unit,
 * for a bare 10 would be a guess.
 */
bool text_duration_us(const char *in, int64_t *out_us);
#define TEXT_DURATION_UNITS "ms, s, m, h or d" /* for sentences about what was expected */

#endif
