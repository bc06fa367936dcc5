/* base64.c - see base64.h */
#include "campaigns/base64.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const void *data, size_t bytes, char *out)
{
	const unsigned char *in = data;

	for (; bytes; in += 3, out += 4) {
		size_t n = bytes < 3 ? bytes : 3;
		uint32_t bits = (uint32_t)in[0] << 16 | (n > 1 ? (uint32_t)in[1] << 8 : 0) | (n > 2 ? in[2] : 0);

		for (int i = 0; i < 4; i++)
			out[i] = (size_t)i <= n ? alphabet[bits >> (18 - 6 * i) & 63] : '=';
		bytes -= n;
	}
	*out = '\0';
}

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* One group of four; the bits that padding leaves over must be 0. Bytes in it, or -1. */
static int decode_four(const char *text, unsigned char out[3])
{
	int n = text[3] != '=' ? 3 : text[2] != '=' ? 2 : 1;
	uint32_t bits = 0;

	for (int i = 0; i < 4; i++) {
		int value = i <= n ? value_of(text[i]) : 0;

		if (value < 0)
			return -1;
		bits = bits << 6 | (uint32_t)value;
	}
	for (int i = 0; i < 3; i++)
		out[i] = (unsigned char)(bits >> (16 - 8 * i));
	return (n < 3 && out[2]) || (n < 2 && out[1]) ? -1 : n;
}

int base64_decode(const char *text, size_t length, void *out, size_t size)
{
	unsigned char three[3];
	size_t got = 0;

	if (length % 4 || length > INT_MAX)
		return -1;
	for (size_t at = 0; at < length; at += 4) {
		int n = decode_four(text + at, three);

		if (n < 0 || (n < 3 && at + 4 < length) || got + (size_t)n > size)
			return -1;
		memcpy((unsigned char *)out + got, three, (size_t)n);
		got += (size_t)n;
	}
	return (int)got;
}
