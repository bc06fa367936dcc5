/* recall.c - the table of prints, and which row of the store each entry has */
#include "dialer/recall.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "dialer/hash.h"
#include "media/amd/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KEEP_US (90 * DAY_US)
#define SWEEP_US (3600 * SEC_US)
#define STORED_NUMBERS_MIN 2 /* a greeting of one number may be a person's: it stays off the disk */

_Static_assert(MEMORY_ENTRY_BYTES <= PRINT_BYTES, "an entry fits into a row");

struct place { /* of the entry with the same index */
	uint32_t slot;
	int64_t stored_us;
	uint8_t stored_numbers; /* 0: it has no row */
};

struct recall {
	struct writer *writer;
	struct memory memory;
	struct memory_entry entries[PRINT_SLOTS];
	struct place places[PRINT_SLOTS];
	uint32_t free_slots[PRINT_SLOTS], free_count;
	uint8_t key[32];
	uint64_t heard, known;
	int64_t sweep_us;
};

/* --- rows */

static bool recall_erase(struct recall *recall, uint32_t slot)
{
	struct print_row row = {.slot = slot};

	return writer_print(recall->writer, &row) == 0;
}

static void recall_store(struct recall *recall, size_t index, int64_t now_us)
{
	const struct memory_entry *entry = &recall->entries[index];
	struct place *place = &recall->places[index];
	struct print_row row = {.slot = place->slot, .bytes = MEMORY_ENTRY_BYTES};

	if (entry->number_count < STORED_NUMBERS_MIN)
		return;
	if (entry->number_count == place->stored_numbers && now_us - place->stored_us < DAY_US)
		return;
	memory_encode(entry, row.data);
	if (writer_print(recall->writer, &row) != 0)
		return; /* a busy writer: at the next hearing */
	place->stored_us = now_us;
	place->stored_numbers = entry->number_count;
}

/* --- open, close */

static bool recall_load_row(struct recall *recall, const struct print_row *row, int64_t now_us)
{
	struct memory_entry entry;
	size_t index = recall->memory.count;

	if (!memory_decode(row->data, row->bytes, &entry) || entry.last_us < now_us - KEEP_US || !memory_put(&recall->memory, &entry))
		return false;
	recall->places[index] = (struct place){row->slot, entry.last_us, entry.number_count};
	return true;
}

/* What is too old, or not ours, goes. */
static int recall_load(struct recall *recall, struct store *store, int64_t now_us)
{
	bool used[PRINT_SLOTS] = {0};
	struct print_row row;
	unsigned dropped = 0;
	int err;

	for (uint32_t from = 0; (err = print_next(store, from, &row)) == 0 && row.slot < PRINT_SLOTS; from = row.slot + 1) {
		used[row.slot] = recall_load_row(recall, &row, now_us);
		dropped += !used[row.slot] && recall_erase(recall, row.slot);
	}
	for (uint32_t slot = PRINT_SLOTS; slot-- > 0;)
		if (!used[slot])
			recall->free_slots[recall->free_count++] = slot;
	log_line(LOG_INFO, "recordings", "known=%zu forgotten=%u", recall->memory.count, dropped);
	return err == ERR_UNKNOWN ? 0 : err;
}

int recall_open(struct recall **out, struct store *store, struct writer *writer, int64_t now_us)
{
	struct recall *recall = calloc(1, sizeof(*recall));

	if (!recall)
		return -ENOMEM;
	recall->writer = writer;
	recall->sweep_us = now_us + SWEEP_US;
	memory_init(&recall->memory, recall->entries, PRINT_SLOTS, KEEP_US);
	int err = print_key(store, recall->key);
	if (!err)
		err = recall_load(recall, store, now_us);
	if (err) {
		recall_close(recall);
		return err;
	}
	*out = recall;
	return 0;
}

void recall_close(struct recall *recall)
{
	if (!recall)
		return;
	hash_wipe(recall->key, sizeof(recall->key));
	free(recall);
}

/* --- hearing */

static bool recall_hash(const struct recall *recall, const char *e164, uint64_t *hash)
{
	uint8_t mac[32];

	if (hash_hmac_sha256(recall->key, e164, strlen(e164), mac))
		return false;
	memcpy(hash, mac, sizeof(*hash));
	return true;
}

/* A new entry has a slot of its own, or that of the one that gave way to it, whose row must not outlive it. */
static void recall_settle(struct recall *recall, size_t index, bool grown)
{
	struct place *place = &recall->places[index];

	if (grown)
		*place = (struct place){.slot = recall->free_slots[--recall->free_count]};
	else if (place->stored_numbers)
		recall_erase(recall, place->slot);
	place->stored_numbers = 0;
}

enum amd_verdict recall_hear(struct recall *recall, const char *e164, const struct amd_print *print, int64_t now_us)
{
	size_t before = recall->memory.count;
	uint64_t hash;

	if (!recall_hash(recall, e164, &hash))
		return AMD_NONE;
	recall->heard++;
	struct memory_match match = memory_hear(&recall->memory, print, hash, now_us);
	if (match.number_count == 0)
		return AMD_NONE; /* unknown, and too short to be kept */
	if (!match.known)
		recall_settle(recall, match.index, recall->memory.count > before);
	recall_store(recall, match.index, now_us);
	enum amd_verdict verdict = memory_verdict(&match);
	recall->known += verdict != AMD_NONE;
	return verdict;
}

/* --- forgetting */

/* The last entry takes its place. False: its row cannot be removed now. */
static bool recall_forget(struct recall *recall, size_t index)
{
	uint32_t slot = recall->places[index].slot;
	size_t last = recall->memory.count - 1;

	if (recall->places[index].stored_numbers && !recall_erase(recall, slot))
		return false;
	recall->free_slots[recall->free_count++] = slot;
	recall->entries[index] = recall->entries[last];
	recall->places[index] = recall->places[last];
	recall->memory.count = last;
	return true;
}

void recall_turn(struct recall *recall, int64_t now_us)
{
	if (now_us < recall->sweep_us)
		return;
	recall->sweep_us = now_us + SWEEP_US;
	for (size_t i = recall->memory.count; i-- > 0;)
		if (recall->entries[i].last_us < now_us - KEEP_US && !recall_forget(recall, i))
			return;
}

void recall_count(const struct recall *recall, struct recall_counters *out)
{
	*out = (struct recall_counters){.heard = recall->heard, .known = recall->known, .entries = (uint32_t)recall->memory.count};
	for (size_t i = 0; i < recall->memory.count; i++)
		out->announcements += recall->entries[i].number_count >= MEMORY_NUMBERS;
}
