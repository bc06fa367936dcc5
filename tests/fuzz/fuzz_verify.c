/*
 * fuzz_verify.c - an evidence folder as somebody else may have written it: each file any bytes. The check comes to an end, names
 * each fault that it counts, and calls nothing whole that was not read to its end
 *
 * Input   files in the order of `names`, then those that the manifest names: two bytes of length (big endian), and the bytes. When
 *         the first byte of all is odd the manifest's sums are put right, so that what is behind them is reached.
 */
#include "campaigns/manifest.h"
#include "campaigns/segment.h"
#include "campaigns/sha256.h"
#include "campaigns/verify.h"

#include "base/err.h"
#include "tests/fuzz/fuzz_store.h"

#include <errno.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"public.pem", "checkpoint", "pruned", "MANIFEST.sig", NULL};

#define SEGMENTS_MAX 8

struct part {
	const uint8_t *at;
	size_t bytes;
};

static struct part take(const uint8_t **at, const uint8_t *end)
{
	size_t said = end - *at >= 2 ? (size_t)(*at)[0] << 8 | (*at)[1] : 0;

	*at += end - *at >= 2 ? 2 : end - *at;
	struct part part = {*at, said < (size_t)(end - *at) ? said : (size_t)(end - *at)};
	*at += part.bytes;
	return part;
}

static void put(const char *name, const void *bytes, size_t count)
{
	char path[256];

	check(snprintf(path, sizeof(path), "%s/evidence/%s", fuzz_folder(), name) < (int)sizeof(path));
	FILE *file = fopen(path, "we");
	check(file && fwrite(bytes, 1, count, file) == count && fclose(file) == 0);
}

/* The files that the manifest names, and the manifest with their sums; answers how many events it has names for. */
static uint64_t put_segments(struct part manifest, const uint8_t *at, const uint8_t *end, bool mend)
{
	const char *line = (const char *)manifest.at, *stop = line + manifest.bytes;
	char name[SEGMENT_NAME_BYTES], out[MANIFEST_LINE_BYTES], mended[SEGMENTS_MAX * MANIFEST_LINE_BYTES];
	struct manifest_entry entry;
	uint64_t events = 0;
	size_t bytes = 0;

	for (int i = 0; i < SEGMENTS_MAX && manifest_next(&line, stop, &entry) > 0; i++) {
		struct part part = take(&at, end);
		struct sha256 *sha = sha256_alloc();

		segment_name(entry.first, entry.last, entry.file, name);
		put(name, part.at, part.bytes);
		check(sha != NULL);
		sha256_add(sha, part.at, part.bytes);
		sha256_hex(sha, entry.sha256);
		sha256_free(sha);
		size_t more = manifest_print(&entry, out);
		memcpy(mended + bytes, out, more);
		bytes += more;
		events += entry.file == SEGMENT_LINES ? entry.last - entry.first + 1 : 0;
	}
	put("MANIFEST.sha256", mend ? (const void *)mended : manifest.at, mend ? bytes : manifest.bytes);
	return events;
}

static void say_h(void *arg, const char *sentence)
{
	check(*sentence);
	++*(uint64_t *)arg;
}

static void check_folder(uint64_t events)
{
	uint64_t said = 0;
	struct verify_options options = {.dir = fuzz_folder(), .say_h = say_h, .say_arg = &said};
	struct verify_report report;
	char why[WHY_BYTES];
	int err = evidence_verify(&options, &report, why);

	check(report.events <= events);
	check(err ? why[0] != '\0' : report.faults == said && (report.faults || !report.bad_known));
	if (!err && !report.faults)
		check(report.size == report.first + report.events);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *at = data + 1, *end = data + size;
	char path[128];

	if (!size)
		return 0;
	snprintf(path, sizeof(path), "%s/evidence", fuzz_folder());
	check(mkdir(path, 0700) == 0);
	for (int i = 0; names[i]; i++) {
		struct part part = take(&at, end);

		if (part.bytes)
			put(names[i], part.at, part.bytes);
	}
	struct part manifest = take(&at, end);
	check_folder(put_segments(manifest, at, end, *data & 1));
	nftw(path, fuzz_remove, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}
