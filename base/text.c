/* text.c - bounded copies and strict numbers */
#include "base/text.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool text_copy_n(char *out, size_t size, const char *in, size_t length)
{
	size_t n = length < size ? length : size - 1;

	memcpy(out, in, n);
	out[n] = '\0';
	return n == length;
}

bool text_copy(char *out, size_t size, const char *in)
{
	return text_copy_n(out, size, in, strlen(in));
}

size_t text_utf8(const char *in, size_t room)
{
	const unsigned char *text = (const unsigned char *)in;
	size_t n = text[0] < 0x80 ? 1 : text[0] < 0xC2 ? 0 : text[0] < 0xE0 ? 2 : text[0] < 0xF0 ? 3 : text[0] < 0xF5 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if (i >= room || (text[i] & 0xC0) != 0x80)
			return 0;
	if (n == 3 && ((text[0] == 0xE0 && text[1] < 0xA0) || (text[0] == 0xED && text[1] > 0x9F)))
		return 0;
	if (n == 4 && ((text[0] == 0xF0 && text[1] < 0x90) || (text[0] == 0xF4 && text[1] > 0x8F)))
		return 0;
	return n;
}

void text_hex(const void *bytes, size_t count, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *from = bytes;

	for (size_t i = 0; i < count; i++) {
		out[2 * i] = digits[from[i] >> 4];
		out[2 * i + 1] = digits[from[i] & 15];
	}
	out[2 * count] = '\0';
}

bool text_i64(const char *in, int64_t min, int64_t max, int64_t *out)
{
	char *end;

	if (!(*in == '-' || (*in >= '0' && *in <= '9')))
		return false;
	errno = 0;
	long long value = strtoll(in, &end, 10);
	if (errno || *end || end == in || value < min || value > max)
		return false;
	*out = value;
	return true;
}

bool text_duration_us(const char *in, int64_t *out_us)
{
	static const struct {
		const char *unit;
		int64_t us;
	} units[] = {{"ms", MS_US}, {"s", SEC_US}, {"m", 60 * SEC_US}, {"h", 3600 * SEC_US}, {"d", DAY_US}};
	char *end;

	if (*in < '0' || *in > '9')
		return false;
	errno = 0;
	long long value = strtoll(in, &end, 10);
	if (errno)
		return false;
	if (value == 0 && !*end) {
		*out_us = 0;
		return true;
	}
	for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit) == 0)
			return !__builtin_mul_overflow((int64_t)value, units[i].us, out_us);
	}
	return false;
}
