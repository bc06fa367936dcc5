/* codec.c - fields of records */
#include "campaigns/codec.h"

#include <string.h>

static void enc_bytes(struct enc *enc, const void *data, size_t bytes)
{
	if (enc->bad || bytes > sizeof(enc->bytes) - enc->count) {
		enc->bad = true;
		return;
	}
	if (bytes)
		memcpy(enc->bytes + enc->count, data, bytes);
	enc->count += bytes;
}

static void enc_le(struct enc *enc, uint64_t value, unsigned bytes)
{
	unsigned char le[8];

	for (unsigned i = 0; i < bytes; i++)
		le[i] = (unsigned char)(value >> (8 * i));
	enc_bytes(enc, le, bytes);
}

void enc_start(struct enc *enc, uint8_t version)
{
	enc->count = 0;
	enc->bad = false;
	enc_u8(enc, version);
}

void enc_u8(struct enc *enc, uint8_t value)
{
	enc_le(enc, value, 1);
}

void enc_u16(struct enc *enc, uint16_t value)
{
	enc_le(enc, value, 2);
}

void enc_u32(struct enc *enc, uint32_t value)
{
	enc_le(enc, value, 4);
}

void enc_u64(struct enc *enc, uint64_t value)
{
	enc_le(enc, value, 8);
}

void enc_i64(struct enc *enc, int64_t value)
{
	enc_le(enc, (uint64_t)value, 8);
}

void enc_f64(struct enc *enc, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	enc_le(enc, bits, 8);
}

void enc_text(struct enc *enc, const char *text)
{
	size_t length = strnlen(text, 255);

	enc_u8(enc, (uint8_t)length);
	enc_bytes(enc, text, length);
}

void enc_blob(struct enc *enc, const void *data, uint16_t bytes)
{
	enc_u16(enc, bytes);
	enc_bytes(enc, data, bytes);
}

static const unsigned char *dec_take(struct dec *dec, size_t bytes)
{
	const unsigned char *at = dec->at;

	if (dec->bad || (size_t)(dec->end - dec->at) < bytes) {
		dec->bad = true;
		return NULL;
	}
	dec->at += bytes;
	return at;
}

static uint64_t dec_le(struct dec *dec, unsigned bytes)
{
	const unsigned char *at = dec_take(dec, bytes);
	uint64_t value = 0;

	for (unsigned i = 0; at && i < bytes; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

struct dec dec_start(const void *data, size_t bytes, uint8_t version)
{
	struct dec dec = {data, (const unsigned char *)data + bytes, false};

	if (dec_u8(&dec) != version)
		dec.bad = true;
	return dec;
}

struct dec dec_start_upto(const void *data, size_t bytes, uint8_t newest, uint8_t *version)
{
	struct dec dec = {data, (const unsigned char *)data + bytes, false};

	*version = dec_u8(&dec);
	if (*version < 1 || *version > newest)
		dec.bad = true;
	return dec;
}

uint8_t dec_u8(struct dec *dec)
{
	return (uint8_t)dec_le(dec, 1);
}

uint16_t dec_u16(struct dec *dec)
{
	return (uint16_t)dec_le(dec, 2);
}

uint32_t dec_u32(struct dec *dec)
{
	return (uint32_t)dec_le(dec, 4);
}

uint64_t dec_u64(struct dec *dec)
{
	return dec_le(dec, 8);
}

int64_t dec_i64(struct dec *dec)
{
	return (int64_t)dec_le(dec, 8);
}

double dec_f64(struct dec *dec)
{
	uint64_t bits = dec_le(dec, 8);
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

void dec_text(struct dec *dec, char *out, size_t size)
{
	size_t length = dec_u8(dec);
	const unsigned char *at = dec_take(dec, length);

	out[0] = '\0';
	if (!at)
		return;
	if (length >= size) {
		dec->bad = true;
		return;
	}
	memcpy(out, at, length);
	out[length] = '\0';
}

uint16_t dec_blob(struct dec *dec, void *out, uint16_t size)
{
	uint16_t bytes = dec_u16(dec);
	const unsigned char *at = dec_take(dec, bytes);

	if (!at)
		return 0;
	if (bytes > size) {
		dec->bad = true;
		return 0;
	}
	memcpy(out, at, bytes);
	return bytes;
}
