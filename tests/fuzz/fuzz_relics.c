/*
 * fuzz_relics.c - any bytes as the file of dialogs that an engine left: each relic that comes out of it has its texts ended, fits
 * the sum, and is kept as it is by the next engine; when the first byte is odd the sums are put right
 */
/* How a relic is summed is private to its file: it is taken in whole. */
#include "dialer/relics.c"

#include "tests/fuzz/fuzz_store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SLOTS 16

static void check_relic(const struct relic *relic)
{
	const struct {
		const char *at;
		size_t size;
	} texts[] = {{relic->peer_ip, sizeof(relic->peer_ip)}, {relic->branch, sizeof(relic->branch)},
		{relic->call_id, sizeof(relic->call_id)}, {relic->local, sizeof(relic->local)},
		{relic->remote, sizeof(relic->remote)}, {relic->target, sizeof(relic->target)},
		{relic->route, sizeof(relic->route)}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check(memchr(texts[i].at, '\0', texts[i].size) != NULL);
	check(relic->sum && relic->sum == sum_of(relic));
}

/* Behind the magic number the input's bytes are the slots, without the room that is left in each. */
static size_t lay_out(const uint8_t *data, size_t size, bool mend, unsigned char file[(SLOTS + 1) * SLOT_BYTES])
{
	const uint64_t magic = RELICS_MAGIC;
	size_t count = 1, bytes;

	memset(file, 0, (SLOTS + 1) * SLOT_BYTES);
	memcpy(file, &magic, sizeof(magic));
	for (; size && count <= SLOTS; count++, data += bytes, size -= bytes) {
		struct relic relic = {0};

		bytes = size < sizeof(relic) ? size : sizeof(relic);
		memcpy(&relic, data, bytes);
		relic.sum = mend ? sum_of(&relic) : relic.sum;
		memcpy(file + count * SLOT_BYTES, &relic, sizeof(relic));
	}
	return count * SLOT_BYTES;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char file[(SLOTS + 1) * SLOT_BYTES];
	struct relic *left, *again;
	struct relics *relics;
	uint32_t count, count_again;
	char path[64];
	size_t bytes = size && *data < 128 ? lay_out(data + 1, size - 1, *data & 1, file) : size;
	int fd = fuzz_file(size && *data < 128 ? file : data, bytes, path);

	check(relics_open(&relics, path, SLOTS, &left, &count) == 0 && count <= SLOTS);
	for (uint32_t i = 0; i < count; i++) {
		check_relic(&left[i]);
		relics_put(relics, i, &left[i]);
	}
	relics_close(relics);
	check(relics_open(&relics, path, SLOTS, &again, &count_again) == 0 && count_again == count);
	check(memcmp(left, again, count * sizeof(*left)) == 0);
	relics_close(relics);
	free(left);
	free(again);
	close(fd);
	return 0;
}
