/*
 * codec.h - records on disk: packed, little-endian, each begins with its version byte
 *
 * What    An encoder that appends fields to the caller's buffer and a decoder that reads them back in the same order. Text is a
 *         length byte and the bytes. The layout is what the calls say, never what a compiler makes of a struct.
 * Errors  a value that does not fit, or ends early, sets `bad`; fields read after that are 0 and "". Check once at the end.
 */
#ifndef OUTDIAL_CAMPAIGNS_CODEC_H
#define OUTDIAL_CAMPAIGNS_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_BYTES_MAX 1900 /* above about 2 KB LMDB uses whole overflow pages */

struct enc {
	unsigned char bytes[RECORD_BYTES_MAX];
	size_t count;
	bool bad;
};

struct dec {
	const unsigned char *at, *end;
	bool bad;
};

void enc_start(struct enc *enc, uint8_t version);
void enc_u8(struct enc *enc, uint8_t value);
void enc_u16(struct enc *enc, uint16_t value);
void enc_u32(struct enc *enc, uint32_t value);
void enc_u64(struct enc *enc, uint64_t value);
void enc_i64(struct enc *enc, int64_t value);
void enc_f64(struct enc *enc, double value);
void enc_text(struct enc *enc, const char *text); /* at most 255 bytes are kept */
void enc_blob(struct enc *enc, const void *data, uint16_t bytes);

/* A record of another version than the one expected is bad. */
struct dec dec_start(const void *data, size_t bytes, uint8_t version);
/* A record that grew at its end: any version from 1 to `newest` is good, *version says which. */
struct dec dec_start_upto(const void *data, size_t bytes, uint8_t newest, uint8_t *version);
uint8_t dec_u8(struct dec *dec);
uint16_t dec_u16(struct dec *dec);
uint32_t dec_u32(struct dec *dec);
uint64_t dec_u64(struct dec *dec);
int64_t dec_i64(struct dec *dec);
double dec_f64(struct dec *dec);
void dec_text(struct dec *dec, char *out, size_t size);
uint16_t dec_blob(struct dec *dec, void *out, uint16_t size);

#endif
