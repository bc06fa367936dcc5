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

#define SWEEP_US (3600 * SEC_US)
#define STORED_NUMBERS_MIN 2 /* a greeting of one number may be a person's: it stays off the disk */

_Static_assert(MEMORY_ENTRY_BYTES <= PRINT_BYTES, "an entry fits into a row");

struct place { /* of the entry with the same index */
	uint32_t slot;
	int64_t stored_us;
	uint8_t stored_numbers; /* 0: it has no row */
	uint32_t recording;
	uint64_t attempt; /* that played it last */
};

struct recall {
	struct store *store;
	struct writer *writer;
	struct memory memory;
	struct memory_entry entries[PRINT_SLOTS];
	struct place places[PRINT_SLOTS];
	uint32_t free_slots[PRINT_SLOTS], free_count;
	uint8_t key[32];
	uint64_t heard, known;
	int64_t sweep_us;
	uint64_t labels_version;
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
	struct print_row row = {.slot = place->slot, .bytes = MEMORY_ENTRY_BYTES, .attempt = place->attempt};

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

	if (!memory_decode(row->data, row->bytes, &entry) || entry.last_us < now_us - PRINT_KEEP_US ||
		!memory_put(&recall->memory, &entry))
		return false;
	recall->places[index] = (struct place){row->slot, entry.last_us, entry.number_count, memory_id(&entry), row->attempt};
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
	recall->store = store;
	recall->writer = writer;
	recall->sweep_us = now_us + SWEEP_US;
	memory_init(&recall->memory, recall->entries, PRINT_SLOTS, PRINT_KEEP_US);
	int err = print_key(store, recall->key);
	if (!err)
		err = recall_load(recall, store, now_us);
	if (!err)
		recall_reload(recall);
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
	place->recording = memory_id(&recall->entries[index]);
}

/* What a label, or what became of earlier calls, makes of a call that plays it. */
static enum outcome recall_outcome(const struct memory_match *match, bool early)
{
	switch (match->label) {
	case MEMORY_LABEL_DEAD_NUMBER:
		return OUTCOME_DEAD_NUMBER;
	case MEMORY_LABEL_BUSY:
		return OUTCOME_BUSY;
	case MEMORY_LABEL_NO_ANSWER:
		return OUTCOME_NO_ANSWER;
	case MEMORY_LABEL_CONGESTION:
		return OUTCOME_CONGESTION;
	case MEMORY_LABEL_ANNOUNCEMENT:
		return OUTCOME_ANNOUNCEMENT;
	case MEMORY_LABEL_NONE:
		break;
	default:
		return OUTCOME_NONE;
	}
	if (!early || !match->ends_as)
		return OUTCOME_NONE;
	return match->ends_as == MEMORY_REFUSED_AS_MIXED ? OUTCOME_ANNOUNCEMENT : (enum outcome)match->ends_as;
}

struct recalled recall_hear(struct recall *recall, const struct attempt *attempt, const struct amd_print *print, int64_t now_us)
{
	size_t before = recall->memory.count;
	struct recalled out = {0};
	uint64_t hash;

	if (!recall_hash(recall, attempt->e164, &hash))
		return out;
	recall->heard++;
	struct memory_match match = memory_hear(&recall->memory, print, hash, now_us);
	if (match.number_count == 0)
		return out; /* unknown, and too short to be kept */
	if (!match.known)
		recall_settle(recall, match.index, recall->memory.count > before);
	recall->places[match.index].attempt = attempt->id;
	recall_store(recall, match.index, now_us);
	out.recording = recall->places[match.index].recording;
	out.verdict = memory_verdict(&match);
	out.outcome = recall_outcome(&match, attempt->answer_us == 0);
	recall->known += attempt->answer_us ? out.verdict != AMD_NONE : out.outcome != OUTCOME_NONE;
	return out;
}

/* The network's own words, that is. Somebody who declines, or lets it ring, hears none of what is played to the caller. */
static bool recall_is_refusal(enum outcome outcome)
{
	return outcome == OUTCOME_DEAD_NUMBER || outcome == OUTCOME_CONGESTION;
}

void recall_ended(struct recall *recall, uint32_t recording, enum outcome outcome)
{
	for (size_t i = 0; recording && i < recall->memory.count; i++) {
		if (recall->places[i].recording != recording)
			continue;
		if (outcome == OUTCOME_NONE)
			memory_answered(&recall->memory, i);
		else if (recall_is_refusal(outcome))
			memory_refused(&recall->memory, i, (uint8_t)outcome);
		recall->places[i].stored_us = 0; /* to be written with its next hearing */
		return;
	}
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

static void recall_label(struct recall *recall, const struct print_label *label)
{
	for (size_t i = recall->memory.count; i-- > 0;) {
		if (recall->places[i].recording != label->recording)
			continue;
		if (!label->forget)
			memory_label(&recall->memory, i, (enum memory_label)label->label);
		else if (recall->entries[i].first_us <= label->at_us && !recall_forget(recall, i))
			recall->labels_version = 0; /* a busy writer: when the labels are read again */
	}
}

void recall_reload(struct recall *recall)
{
	uint64_t version = print_labels_version(recall->store);
	struct print_label label;
	uint32_t from = 0;

	if (version == recall->labels_version)
		return;
	recall->labels_version = version;
	for (size_t i = 0; i < recall->memory.count; i++)
		memory_label(&recall->memory, i, MEMORY_LABEL_NONE);
	while (print_label_next(recall->store, from, &label) == 0) {
		if (label.label < MEMORY_LABELS)
			recall_label(recall, &label);
		if (label.recording == UINT32_MAX)
			break;
		from = label.recording + 1;
	}
	log_line(LOG_INFO, "recording_labels", "version=%llu known=%zu", (unsigned long long)version, recall->memory.count);
}

void recall_turn(struct recall *recall, int64_t now_us)
{
	if (now_us < recall->sweep_us)
		return;
	recall->sweep_us = now_us + SWEEP_US;
	for (size_t i = recall->memory.count; i-- > 0;)
		if (recall->entries[i].last_us < now_us - PRINT_KEEP_US && !recall_forget(recall, i))
			return;
}

void recall_count(const struct recall *recall, struct recall_counters *out)
{
	*out = (struct recall_counters){
		.heard = recall->heard, .known = recall->known, .entries = (uint32_t)recall->memory.count};
	for (size_t i = 0; i < recall->memory.count; i++)
		out->announcements += recall->entries[i].number_count >= MEMORY_NUMBERS;
}
