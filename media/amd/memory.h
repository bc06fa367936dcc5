/*
 * memory.h - recordings heard before (pure: no I/O, no clock; no allocation)
 *
 * What    The same greeting from three different numbers is nobody's own: a carrier's or a company's recording, or a screening
 *         assistant. The next call that begins with it is known after 1.3 s of voice. Holds fingerprints and hashes of numbers,
 *         never sound, never a number.
 * Shape   struct memory over the caller's array of entries; bounded; the oldest and least known gives way.
 * Units   *_us microseconds since the epoch; distance is the share of signs that differ, 0..1.
 * Flow    on AMD_EV_PRINT: match = memory_hear(...); when memory_verdict(&match) is not AMD_NONE, amd_recall() with it.
 * Store   memory_at() and memory_encode() to write entries, memory_decode() and memory_put() to read them back.
 * Cost    one comparison of an entry is about 0.1 us with AVX2 (bench/bench_amd.c).
 * Thread  one at a time.
 */
#ifndef OUTDIAL_MEDIA_AMD_MEMORY_H
#define OUTDIAL_MEDIA_AMD_MEMORY_H

#include <stddef.h>

#include "media/amd/amd.h"

#define MEMORY_NUMBERS 3       /* different numbers that make it an announcement */
#define MEMORY_ENTRY_BYTES 308 /* of an encoded entry */

enum memory_label {
	MEMORY_LABEL_NONE,     /* by the count of its numbers */
	MEMORY_LABEL_MACHINE,  /* somebody has listened to it */
	MEMORY_LABEL_SCREENER, /* ... and it is a screening assistant's request */
	MEMORY_LABEL_IGNORE,   /* ... and it must not lead to a verdict */
	MEMORY_LABEL_HUMAN,    /* ... and a person follows it */
	/* ... and it is a network's announcement, which says something unknown, or that: */
	MEMORY_LABEL_ANNOUNCEMENT,
	MEMORY_LABEL_DEAD_NUMBER,
	MEMORY_LABEL_BUSY,
	MEMORY_LABEL_NO_ANSWER, /* switched off, out of reach */
	MEMORY_LABEL_CONGESTION,
	MEMORY_LABELS
};

#define MEMORY_REFUSED_AS_MIXED 255

struct memory_entry {
	struct amd_print print;
	uint64_t numbers[MEMORY_NUMBERS]; /* hashes, the first ones */
	uint8_t number_count;             /* different ones, at most MEMORY_NUMBERS */
	enum memory_label label;
	uint32_t heard; /* times */
	int64_t first_us, last_us;
	/* Where it was heard before the answer: what became of those calls. */
	uint8_t refused;    /* the network ended them by itself; counted to MEMORY_NUMBERS */
	uint8_t refused_as; /* the caller's word for how, 1..254, when it was always the same, else MEMORY_REFUSED_AS_MIXED */
	bool answered;      /* one was answered: it is played while a telephone rings */
};

struct memory {
	struct memory_entry *entries;
	size_t count, capacity;
	int64_t keep_us; /* an entry that was not heard for so long is forgotten */
};

struct memory_match {
	bool known;
	size_t index; /* of the entry, until the memory changes */
	int number_count;
	enum memory_label label;
	float distance;
	uint8_t ends_as; /* heard before the answer it ends the call: refused_as of the entry; 0: it does not */
};

void memory_init(struct memory *memory, struct memory_entry *entries, size_t capacity, int64_t keep_us);

/*
 * A greeting was heard from the number with this hash (0 is a hash like any other). One that is known is counted; one that is
 * not is kept when its print is whole. Says what is known of it, this time included.
 */
struct memory_match memory_hear(struct memory *memory, const struct amd_print *print, uint64_t number_hash, int64_t now_us);

/* What that means for an answered leg: MACHINE, SCREENER, HUMAN, or NONE when too little is known. */
enum amd_verdict memory_verdict(const struct memory_match *match);

/*
 * A call on which it was heard before the answer was ended by the network (`as`, 1..254) or answered. Three numbers and three
 * refusals, never an answer: it is no music that somebody hears while a telephone rings, and memory_match.ends_as says so.
 */
void memory_refused(struct memory *memory, size_t index, uint8_t as);
void memory_answered(struct memory *memory, size_t index);

/* A name for the recording, made of its print: the same as long as the entry lives, in every process. */
uint32_t memory_id(const struct memory_entry *entry);

/* "none", "machine", "screener", "ignore", "human", "announcement", "dead_number", ... MEMORY_LABELS when none has that name. */
const char *memory_label_name(enum memory_label label);
enum memory_label memory_label_by_name(const char *name);

/* Somebody has listened to it. */
void memory_label(struct memory *memory, size_t index, enum memory_label label);

/* NULL when there is no such entry. */
const struct memory_entry *memory_at(const struct memory *memory, size_t index);

/* Adds an entry as it stands, for what the store has kept; false when there is no room. */
bool memory_put(struct memory *memory, const struct memory_entry *entry);

/* Little-endian, version first. */
void memory_encode(const struct memory_entry *entry, uint8_t out[MEMORY_ENTRY_BYTES]);

/* False when the bytes are not an entry that memory_encode() could have written. */
bool memory_decode(const uint8_t *bytes, size_t length, struct memory_entry *entry);

/* The share of signs that differ at the best alignment; 1 when the two overlap too little. */
float memory_distance(const struct amd_print *a, const struct amd_print *b);

#endif
