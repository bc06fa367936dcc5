/*
 * base64.h - bytes as text and back (RFC 4648, with padding; pure)
 *
 * Errors  base64_decode() answers -1 for anything that base64_encode() would not have written: then one text means one value.
 */
#ifndef OUTDIAL_CAMPAIGNS_BASE64_H
#define OUTDIAL_CAMPAIGNS_BASE64_H

#include <stddef.h>

#define BASE64_BYTES(n) (((n) + 2) / 3 * 4 + 1) /* room for the text of n bytes and its NUL */

void base64_encode(const void *data, size_t bytes, char *out);
/* Bytes written to out, at most `size`, or -1. */
int base64_decode(const char *text, size_t length, void *out, size_t size);

#endif
