/*
 * recall.h - recordings heard before: the classifier's memory, the store behind it, the calls in front of it
 *
 * What    Each greeting's print (AMD_EV_PRINT) is looked up in a table (media/amd/memory.h) with a keyed hash of the called number.
 *         What three different numbers have played is nobody's own greeting: the call is told through its classifier, which
 *         says `machine`, cause "heard-before", as if it had found out by itself.
 * Kept    In memory 2,048 recordings. In the store those that at least two numbers have played, so that no person's greeting
 *         reaches the disk; prints and hashes, never sound, never a number. Forgotten 90 days after they were heard last.
 * Bounded One lookup compares at most 2,048 prints. A row is written when its numbers change and at most once a day else.
 * Errors  Nothing here fails a call: what cannot be hashed or written is not remembered.
 * Thread  the engine's.
 */
#ifndef OUTDIAL_DIALER_RECALL_H
#define OUTDIAL_DIALER_RECALL_H

#include "campaigns/writer.h"
#include "media/media.h"

struct recall;

struct recall_counters {
	uint64_t heard; /* prints looked up; a long greeting has two */
	uint64_t known; /* calls that were recognised */
	uint32_t entries, announcements; /* in memory now; of them, heard from three numbers */
};

/* Reads what the store has kept. */
int recall_open(struct recall **recall, struct store *store, struct writer *writer, int64_t now_us);
void recall_close(struct recall *recall); /* NULL is fine */

/* The greeting of the call to this number has this print. NONE: too little is known of it; else what it is. */
enum amd_verdict recall_hear(struct recall *recall, const char *e164, const struct amd_print *print, int64_t now_us);
/* Now and then: forgets what is too old. */
void recall_turn(struct recall *recall, int64_t now_us);
void recall_count(const struct recall *recall, struct recall_counters *out);

#endif
