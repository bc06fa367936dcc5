/*
 * spool.h - the file that a recording is while its call lasts (pure: bytes only)
 *
 * What    A head of 4,096 bytes, then the blocks of tape.h one behind the other. ID.part is being written, or was when the engine
 *         died; ID.done is whole and waits to be finished (archive.h).
 * Errors  ERR_SYNTAX: no head of ours.
 */
#ifndef OUTDIAL_MEDIA_SPOOL_H
#define OUTDIAL_MEDIA_SPOOL_H

#include "media/tape.h"

#define SPOOL_HEAD_BYTES 4096
#define SPOOL_PART ".part"
#define SPOOL_DONE ".done"
#define SPOOL_PAIRS_MAX (UINT64_C(8000) * 86400) /* a day */

struct spool_head {
	uint64_t id;
	enum amd_law law;
	bool ended; /* the next two are known; false: the engine died while it was written */
	int64_t start_us;
	uint64_t pairs, lost; /* length; samples of either side that could not be written */
};

void spool_print(uint8_t out[SPOOL_HEAD_BYTES], const struct spool_head *head);
int spool_parse(const uint8_t *data, size_t bytes, struct spool_head *out);
/* Length in samples of a file of so many bytes, as its head or, without, its size says; at most SPOOL_PAIRS_MAX. */
uint64_t spool_pairs(const struct spool_head *head, uint64_t file_bytes);

#endif
