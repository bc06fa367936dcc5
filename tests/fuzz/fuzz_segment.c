/* fuzz_segment.c - any bytes as a sealed segment: lines come out of it, an end, or a refusal; what it gives can be sealed again */
#include "campaigns/segment.h"

#include "campaigns/line.h"
#include "campaigns/sha256.h"

#include "base/err.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct copy {
	struct segment_writer *writer;
	struct sha256 *sha;
	uint64_t lines, bytes, sum;
};

#define BYTES_MAX (64u << 10) /* what a small file may be unpacked to here: more only takes longer */

static void check(int ok)
{
	if (!ok)
		abort();
}

static int line_h(void *arg, const char *line, size_t bytes)
{
	struct copy *copy = arg;
	struct hash leaf = merkle_leaf(copy->sha, line, bytes);
	struct line_head head;

	check(bytes <= LINE_BYTES_MAX && !memchr(line, '\n', bytes));
	line_parse_head(line, bytes, &head);
	copy->lines++;
	copy->bytes += bytes + 1;
	for (int i = 0; i < 8; i++)
		copy->sum = copy->sum * 31 + leaf.bytes[i];
	if (copy->writer)
		check(segment_write(copy->writer, line, bytes, &leaf) == 0);
	return copy->bytes > BYTES_MAX ? ERR_FULL : 0;
}

static int read_bytes(const void *data, size_t size, struct copy *copy)
{
	FILE *file = fmemopen((void *)(uintptr_t)data, size, "rb");

	check(file != NULL);
	int err = segment_read(file, line_h, copy);
	fclose(file);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct copy first = {.sha = sha256_alloc()}, second = {.sha = sha256_alloc()};
	char *text[2];
	size_t bytes[2];
	FILE *lines = open_memstream(&text[0], &bytes[0]), *locators = open_memstream(&text[1], &bytes[1]);

	check(lines && locators && first.sha && second.sha && segment_writer_open(&first.writer, lines, locators) == 0);
	int err = size ? read_bytes(data, size, &first) : 0;
	check(err == 0 || err == ERR_SYNTAX || err == ERR_FULL);
	check(segment_finish(first.writer) == 0);
	segment_writer_close(first.writer);
	check(fclose(lines) == 0 && fclose(locators) == 0 && bytes[1] == first.lines * LOCATOR_BYTES);
	if (err != ERR_FULL && bytes[0])
		check(read_bytes(text[0], bytes[0], &second) == 0);
	if (err != ERR_FULL)
		check(second.lines == first.lines && second.sum == first.sum);
	for (int i = 0; i < 2; i++)
		free(text[i]);
	sha256_free(first.sha);
	sha256_free(second.sha);
	return 0;
}
