/* memory.c - recordings heard before: the bounded table */
#include "media/amd/memory.h"

#include <assert.h>
#include <string.h>

#include "media/amd/limits.h"
#include "media/amd/spectrum.h"

#define SHIFT_MAX 18  /* frames: a weak first syllable may be missed on a noisy line */
#define GLANCE 24     /* frames that settle most comparisons */
#define BITS 16       /* a frame */
#define WORD_FRAMES 4 /* codes in 64 bits */
#define FRAMES_MIN 44 /* an overlap that a likeness can be told from */
#define VERSION 1

void memory_init(struct memory *memory, struct memory_entry *entries, size_t capacity, int64_t keep_us)
{
	*memory = (struct memory){.entries = entries, .capacity = capacity, .keep_us = keep_us};
}

/* Signs that differ in the first `frames`, a multiple of WORD_FRAMES. */
static inline unsigned differ(const uint16_t *a, const uint16_t *b, unsigned frames)
{
	unsigned sum = 0;
	for (unsigned i = 0; i < frames; i += WORD_FRAMES) {
		uint64_t x, y;
		memcpy(&x, a + i, sizeof x);
		memcpy(&y, b + i, sizeof y);
		sum += (unsigned)__builtin_popcountll(x ^ y);
	}
	return sum;
}

/* Where two prints lie on each other at one alignment. */
struct overlap {
	const uint16_t *a, *b;
	unsigned frames; /* a multiple of WORD_FRAMES; 0 when the two overlap too little */
};

static inline struct overlap overlap_at(const struct amd_print *a, const struct amd_print *b, int shift)
{
	unsigned skip_a = shift > 0 ? (unsigned)shift : 0, skip_b = shift < 0 ? (unsigned)-shift : 0;
	if (a->frames < FRAMES_MIN + skip_a || b->frames < FRAMES_MIN + skip_b)
		return (struct overlap){0};
	unsigned have_a = a->frames - skip_a, have_b = b->frames - skip_b;
	return (struct overlap){
		a->code + skip_a, b->code + skip_b, (have_a < have_b ? have_a : have_b) / WORD_FRAMES * WORD_FRAMES};
}

static inline float distance_at(const struct amd_print *a, const struct amd_print *b, int shift)
{
	struct overlap o = overlap_at(a, b, shift);
	return o.frames == 0 ? 1 : (float)differ(o.a, o.b, o.frames) / (float)(o.frames * BITS);
}

/* A glance at every second alignment: signs last longer than a frame, so the neighbours of the right one are alike too. */
AMD_WIDE float memory_distance(const struct amd_print *a, const struct amd_print *b)
{
	float least = 1;
	for (int shift = -SHIFT_MAX; shift <= SHIFT_MAX; shift += 2) {
		struct overlap o = overlap_at(a, b, shift);
		if (o.frames == 0 || (float)differ(o.a, o.b, GLANCE) > LIMIT_PRINT_GLANCE * GLANCE * BITS)
			continue;
		for (int beside = shift - 1; beside <= shift + 1; beside++) {
			float distance = distance_at(a, b, beside);
			least = distance < least ? distance : least;
		}
	}
	return least;
}

/* A short print is alike by chance more easily. */
static float limit_of(const struct amd_print *print)
{
	return print->frames < AMD_PRINT_FRAMES ? LIMIT_PRINT_ALIKE_EARLY : LIMIT_PRINT_ALIKE;
}

static bool is_old(const struct memory *memory, const struct memory_entry *entry, int64_t now_us)
{
	return entry->last_us < now_us - memory->keep_us;
}

static struct memory_entry *nearest(const struct memory *memory, const struct amd_print *print, int64_t now_us, float *distance)
{
	struct memory_entry *best = NULL;
	*distance = limit_of(print);
	for (size_t i = 0; i < memory->count; i++) {
		float now = memory_distance(&memory->entries[i].print, print);
		if (now > *distance || is_old(memory, &memory->entries[i], now_us))
			continue;
		*distance = now;
		best = &memory->entries[i];
	}
	return best;
}

static void note_number(struct memory_entry *entry, uint64_t hash)
{
	for (int i = 0; i < entry->number_count; i++)
		if (entry->numbers[i] == hash)
			return;
	if (entry->number_count < MEMORY_NUMBERS)
		entry->numbers[entry->number_count++] = hash;
}

/* Who gives way: the unlabelled before the labelled, the less known before the more known, the longer unheard first. */
static bool gives_way_before(const struct memory_entry *a, const struct memory_entry *b)
{
	if ((a->label != MEMORY_LABEL_NONE) != (b->label != MEMORY_LABEL_NONE))
		return a->label == MEMORY_LABEL_NONE;
	if (a->number_count != b->number_count)
		return a->number_count < b->number_count;
	return a->last_us < b->last_us;
}

static struct memory_entry *room(struct memory *memory, int64_t now_us)
{
	if (memory->count < memory->capacity)
		return &memory->entries[memory->count++];
	struct memory_entry *victim = NULL;
	for (size_t i = 0; i < memory->count; i++) {
		struct memory_entry *entry = &memory->entries[i];
		if (is_old(memory, entry, now_us))
			return entry;
		if (victim == NULL || gives_way_before(entry, victim))
			victim = entry;
	}
	return victim;
}

static struct memory_entry *learn(struct memory *memory, const struct amd_print *print, int64_t now_us)
{
	struct memory_entry *entry = print->frames == AMD_PRINT_FRAMES ? room(memory, now_us) : NULL;
	if (entry != NULL)
		*entry = (struct memory_entry){.print = *print, .first_us = now_us};
	return entry;
}

static uint8_t ends_as(const struct memory_entry *entry)
{
	bool sure = entry->number_count >= MEMORY_NUMBERS && entry->refused >= MEMORY_NUMBERS && !entry->answered;
	return sure ? entry->refused_as : 0;
}

struct memory_match memory_hear(struct memory *memory, const struct amd_print *print, uint64_t number_hash, int64_t now_us)
{
	struct memory_match match = {.distance = 1};
	struct memory_entry *entry = nearest(memory, print, now_us, &match.distance);
	match.known = entry != NULL;
	if (entry == NULL) {
		match.distance = 1;
		entry = learn(memory, print, now_us);
	}
	if (entry == NULL)
		return match;
	entry->heard++;
	entry->last_us = now_us;
	note_number(entry, number_hash);
	match.index = (size_t)(entry - memory->entries);
	match.number_count = entry->number_count;
	match.label = entry->label;
	match.ends_as = ends_as(entry);
	return match;
}

enum amd_verdict memory_verdict(const struct memory_match *match)
{
	if (!match->known || match->label == MEMORY_LABEL_IGNORE)
		return AMD_NONE;
	if (match->label == MEMORY_LABEL_SCREENER)
		return AMD_SCREENER;
	if (match->label == MEMORY_LABEL_HUMAN)
		return AMD_HUMAN;
	return match->label != MEMORY_LABEL_NONE || match->number_count >= MEMORY_NUMBERS ? AMD_MACHINE : AMD_NONE;
}

void memory_refused(struct memory *memory, size_t index, uint8_t as)
{
	assert(index < memory->count && as > 0 && as < MEMORY_REFUSED_AS_MIXED);
	struct memory_entry *entry = &memory->entries[index];
	entry->refused_as = entry->refused == 0 || entry->refused_as == as ? as : MEMORY_REFUSED_AS_MIXED;
	entry->refused += entry->refused < MEMORY_NUMBERS;
}

void memory_answered(struct memory *memory, size_t index)
{
	assert(index < memory->count);
	memory->entries[index].answered = true;
}

/* FNV-1a. */
uint32_t memory_id(const struct memory_entry *entry)
{
	uint32_t hash = 0x811c9dc5;
	for (int i = 0; i < AMD_PRINT_FRAMES; i++) {
		hash = (hash ^ (entry->print.code[i] & 0xff)) * 0x01000193;
		hash = (hash ^ (entry->print.code[i] >> 8)) * 0x01000193;
	}
	return hash;
}

static const char *const label_names[MEMORY_LABELS] = {
	"none", "machine", "screener", "ignore", "human", "announcement", "dead_number", "busy", "no_answer", "congestion"};

const char *memory_label_name(enum memory_label label)
{
	return (unsigned)label < MEMORY_LABELS ? label_names[label] : "none";
}

enum memory_label memory_label_by_name(const char *name)
{
	int label = 0;
	while (label < MEMORY_LABELS && strcmp(label_names[label], name) != 0)
		label++;
	return (enum memory_label)label;
}

void memory_label(struct memory *memory, size_t index, enum memory_label label)
{
	assert(index < memory->count);
	memory->entries[index].label = label;
}

const struct memory_entry *memory_at(const struct memory *memory, size_t index)
{
	return index < memory->count ? &memory->entries[index] : NULL;
}

bool memory_put(struct memory *memory, const struct memory_entry *entry)
{
	if (memory->count == memory->capacity)
		return false;
	memory->entries[memory->count++] = *entry;
	return true;
}

/* --- bytes */

static uint8_t *put(uint8_t *at, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		*at++ = (uint8_t)(value >> (8 * i));
	return at;
}

static uint64_t take(const uint8_t **at, int bytes)
{
	uint64_t value = 0;
	for (int i = 0; i < bytes; i++)
		value |= (uint64_t) * (*at)++ << (8 * i);
	return value;
}

void memory_encode(const struct memory_entry *entry, uint8_t out[MEMORY_ENTRY_BYTES])
{
	uint8_t *at = put(out, VERSION, 1);
	at = put(at, entry->label, 1);
	at = put(at, entry->number_count, 1);
	at = put(at, entry->print.voiced, 1);
	at = put(at, entry->heard, 4);
	at = put(at, (uint64_t)entry->first_us, 8);
	at = put(at, (uint64_t)entry->last_us, 8);
	for (int i = 0; i < MEMORY_NUMBERS; i++)
		at = put(at, entry->numbers[i], 8);
	for (int i = 0; i < AMD_PRINT_FRAMES; i++)
		at = put(at, entry->print.code[i], 2);
	at = put(at, entry->print.frames, 1);
	at = put(at, entry->refused, 1);
	at = put(at, entry->refused_as, 1);
	at = put(at, entry->answered, 1);
	assert(at == out + MEMORY_ENTRY_BYTES);
}

static bool is_sound(const struct memory_entry *entry)
{
	return entry->label < MEMORY_LABELS && entry->number_count >= 1 && entry->number_count <= MEMORY_NUMBERS &&
	       entry->print.frames == AMD_PRINT_FRAMES && entry->print.voiced <= AMD_PRINT_FRAMES &&
	       entry->first_us <= entry->last_us && entry->refused <= MEMORY_NUMBERS &&
	       (entry->refused > 0) == (entry->refused_as > 0);
}

bool memory_decode(const uint8_t *bytes, size_t length, struct memory_entry *entry)
{
	struct memory_entry read = {0};
	if (length != MEMORY_ENTRY_BYTES || bytes[0] != VERSION || bytes[MEMORY_ENTRY_BYTES - 4] != AMD_PRINT_FRAMES)
		return false;
	const uint8_t *at = bytes + 1;
	read.label = (enum memory_label)take(&at, 1);
	read.number_count = (uint8_t)take(&at, 1);
	read.print.voiced = (uint8_t)take(&at, 1);
	read.heard = (uint32_t)take(&at, 4);
	read.first_us = (int64_t)take(&at, 8);
	read.last_us = (int64_t)take(&at, 8);
	for (int i = 0; i < MEMORY_NUMBERS; i++)
		read.numbers[i] = take(&at, 8);
	for (int i = 0; i < AMD_PRINT_FRAMES; i++)
		read.print.code[i] = (uint16_t)take(&at, 2);
	read.print.frames = (uint8_t)take(&at, 1);
	read.refused = (uint8_t)take(&at, 1);
	read.refused_as = (uint8_t)take(&at, 1);
	uint64_t answered = take(&at, 1);
	read.answered = answered == 1;
	if (answered > 1 || !is_sound(&read))
		return false;
	*entry = read;
	return true;
}
