/* spool.c - see spool.h: little-endian fields at fixed places */
#include "media/spool.h"

#include "base/err.h"

#include <endian.h>
#include <string.h>

static const char magic[8] = "OUTDTAP1";

enum { AT_MAGIC = 0, AT_ID = 8, AT_LAW = 16, AT_ENDED = 17, AT_START = 24, AT_PAIRS = 32, AT_LOST = 40, AT_END = 48 };

static void put_u64(uint8_t *to, uint64_t value)
{
	uint64_t le = htole64(value);

	memcpy(to, &le, sizeof(le));
}

static uint64_t get_u64(const uint8_t *from)
{
	uint64_t le;

	memcpy(&le, from, sizeof(le));
	return le64toh(le);
}

void spool_print(uint8_t out[SPOOL_HEAD_BYTES], const struct spool_head *head)
{
	memset(out, 0, SPOOL_HEAD_BYTES);
	memcpy(out + AT_MAGIC, magic, sizeof(magic));
	put_u64(out + AT_ID, head->id);
	out[AT_LAW] = (uint8_t)head->law;
	out[AT_ENDED] = head->ended;
	put_u64(out + AT_START, (uint64_t)head->start_us);
	put_u64(out + AT_PAIRS, head->pairs);
	put_u64(out + AT_LOST, head->lost);
}

int spool_parse(const uint8_t *data, size_t bytes, struct spool_head *out)
{
	if (bytes < AT_END || memcmp(data, magic, sizeof(magic)) != 0 || data[AT_LAW] > AMD_ALAW || data[AT_ENDED] > 1)
		return ERR_SYNTAX;
	*out = (struct spool_head){
		.id = get_u64(data + AT_ID),
		.law = (enum amd_law)data[AT_LAW],
		.ended = data[AT_ENDED],
		.start_us = (int64_t)get_u64(data + AT_START),
		.pairs = get_u64(data + AT_PAIRS),
		.lost = get_u64(data + AT_LOST),
	};
	return out->pairs > SPOOL_PAIRS_MAX ? ERR_SYNTAX : 0;
}

uint64_t spool_pairs(const struct spool_head *head, uint64_t file_bytes)
{
	uint64_t pairs = file_bytes > SPOOL_HEAD_BYTES ? (file_bytes - SPOOL_HEAD_BYTES) / 2 : 0;

	if (head->ended)
		return head->pairs;
	return pairs < SPOOL_PAIRS_MAX ? pairs : SPOOL_PAIRS_MAX;
}
