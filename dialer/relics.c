/* relics.c - a mapped file of dialogs */
#include "dialer/relics.h"

#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SLOT_BYTES 1024
#define RELICS_MAGIC UINT64_C(0x316c65726c746f6f) /* "ootlrel1": another number when the struct changes */

struct relics {
	unsigned char *map;
	uint32_t count;
};

_Static_assert(sizeof(struct relic) <= SLOT_BYTES && sizeof(struct relic) % 8 == 0,
	"a relic fits its slot, and is summed by eight bytes");

static uint64_t sum_of(const struct relic *relic)
{
	const unsigned char *at = (const unsigned char *)&relic->since_us, *end = (const unsigned char *)(relic + 1);
	uint64_t sum = UINT64_C(14695981039346656037), word; /* FNV-1a, by eight bytes */

	for (; at < end; at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		sum = (sum ^ word) * UINT64_C(1099511628211);
	}
	return sum ? sum : 1;
}

static size_t bytes_of(uint32_t count)
{
	return ((size_t)count + 1) * SLOT_BYTES; /* the first slot is the head */
}

static struct relic *slot_at(const struct relics *relics, uint32_t slot)
{
	return (struct relic *)(relics->map + bytes_of(slot));
}

static bool ends(const char *text, size_t size)
{
	return memchr(text, '\0', size);
}

static bool sound(const struct relic *relic)
{
	return relic->sum && relic->sum == sum_of(relic) && ends(relic->peer_ip, sizeof(relic->peer_ip)) &&
	       ends(relic->branch, sizeof(relic->branch)) && ends(relic->call_id, sizeof(relic->call_id)) &&
	       ends(relic->local, sizeof(relic->local)) && ends(relic->remote, sizeof(relic->remote)) &&
	       ends(relic->target, sizeof(relic->target)) && ends(relic->route, sizeof(relic->route));
}

/* What an earlier engine left: of this shape, whatever its number of slots was. */
static int read_left(int fd, struct relic **left, uint32_t *left_count)
{
	struct stat stat;
	uint64_t magic = 0;
	unsigned char slot[SLOT_BYTES];

	if (fstat(fd, &stat) || pread(fd, &magic, sizeof(magic), 0) < 0)
		return -errno;
	uint32_t count = magic == RELICS_MAGIC ? (uint32_t)(stat.st_size / SLOT_BYTES) : 0;
	struct relic *all = calloc(count + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (uint32_t i = 1; i < count; i++) {
		if (pread(fd, slot, SLOT_BYTES, (off_t)i * SLOT_BYTES) != SLOT_BYTES)
			break;
		memcpy(&all[*left_count], slot, sizeof(*all));
		*left_count += sound(&all[*left_count]);
	}
	*left = all;
	return 0;
}

/* With all of its blocks: a store into a hole of a file is a SIGBUS when the disk is full. */
static int map_anew(int fd, struct relics *relics)
{
	size_t bytes = bytes_of(relics->count);
	int err = ftruncate(fd, 0) ? -errno : -posix_fallocate(fd, 0, (off_t)bytes);

	if (err)
		return err;
	void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	relics->map = map;
	*(uint64_t *)map = RELICS_MAGIC;
	return 0;
}

int relics_open(struct relics **out, const char *path, uint32_t count, struct relic **left, uint32_t *left_count)
{
	struct relics *relics = count ? calloc(1, sizeof(*relics)) : NULL;

	*left = NULL;
	*left_count = 0;
	if (!relics)
		return count ? -ENOMEM : ERR_RANGE;
	relics->count = count;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int err = fd < 0 ? -errno : read_left(fd, left, left_count);
	if (!err)
		err = map_anew(fd, relics);
	if (fd >= 0)
		close(fd);
	if (err) {
		relics_close(relics);
		return err;
	}
	*out = relics;
	return 0;
}

void relics_close(struct relics *relics)
{
	if (relics && relics->map)
		munmap(relics->map, bytes_of(relics->count));
	free(relics);
}

/* The sum goes first and comes last: a kill in between leaves a free slot. */
void relics_put(struct relics *relics, uint32_t slot, const struct relic *relic)
{
	if (!relics || slot >= relics->count)
		return;
	struct relic sealed = *relic, *at = slot_at(relics, slot);

	at->sum = 0;
	atomic_signal_fence(memory_order_seq_cst);
	sealed.sum = 0;
	memcpy(at, &sealed, sizeof(sealed));
	atomic_signal_fence(memory_order_seq_cst);
	at->sum = sum_of(&sealed);
}

void relics_clear(struct relics *relics, uint32_t slot)
{
	if (relics && slot < relics->count)
		memset(slot_at(relics, slot), 0, sizeof(struct relic)); /* whole: no number stays in the file after its call */
}
