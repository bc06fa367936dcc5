/*
 * recall.h - recordings heard before: the classifier's memory, the store behind it, the calls in front of it
 *
 * What    Each greeting's print (AMD_EV_PRINT) is looked up in a table (media/amd/memory.h) with a keyed hash of the called
 *         number. What three different numbers have played is nobody's own greeting: the call is told through its classifier,
 *         which says `machine`, cause "heard-before", as if it had found out by itself. What somebody has labelled is what the
 *         label says.
 * Early   Before the answer a recording ends the call when a label says so, or when three numbers have played it, the network has
 *         then ended three calls by itself, and none was ever answered: what is played while a telephone rings is no
 *         announcement.
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

/* What is known of a greeting. */
struct recalled {
	uint32_t recording;       /* its name (memory_id()); 0: unknown, and not kept */
	enum amd_verdict verdict; /* after the answer: what it is; NONE: too little is known */
	enum outcome outcome;     /* the call ends as that; NONE: as the verdict says, and before the answer not at all */
};

struct recall_counters {
	uint64_t heard; /* prints looked up; a long greeting has two */
	uint64_t known; /* calls that were recognised */
	uint32_t entries, announcements; /* in memory now; of them, heard from three numbers */
};

/* Reads what the store has kept. */
int recall_open(struct recall **recall, struct store *store, struct writer *writer, int64_t now_us);
void recall_close(struct recall *recall); /* NULL is fine */

/* The greeting of the attempt has this print; what is heard before its answer_us is set is early. */
struct recalled recall_hear(struct recall *recall, const struct attempt *attempt, const struct amd_print *print, int64_t now_us);
/* What became of a call that had played it before the answer: NONE: it was answered, else how the network ended it. */
void recall_ended(struct recall *recall, uint32_t recording, enum outcome outcome);
/* The store has changed: labels are read again if one of them has. */
void recall_reload(struct recall *recall);
/* Now and then: forgets what is too old. */
void recall_turn(struct recall *recall, int64_t now_us);
void recall_count(const struct recall *recall, struct recall_counters *out);

#endif
