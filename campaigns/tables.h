/*
 * tables.h - inside of the store: tables, keys, and what runs inside a transaction (for files of this folder only)
 *
 * What    store.h opens a transaction a call; the functions here take one that is open, so that claims and outcomes can do
 * several things at once. They report through the transaction's sticky error; answers are false or NULL when there is nothing.
 * Tables  docs/STORAGE.md shows keys and records. Both indexes are keyed by list (docs/decisions/0002-indexes-by-list.md).
 */
#ifndef OUTDIAL_CAMPAIGNS_TABLES_H
#define OUTDIAL_CAMPAIGNS_TABLES_H

#include "campaigns/callerid.h"
#include "campaigns/codec.h"
#include "campaigns/db.h"
#include "campaigns/explain.h"
#include "campaigns/place.h"
#include "campaigns/rules.h"
#include "campaigns/store.h"
#include "campaigns/suppress.h"
#include "campaigns/terms.h"
#include "campaigns/tz.h"
#include "campaigns/where.h"
#include "campaigns/window.h"

#include <pthread.h>

#define STORE_SCHEMA 1
#define ZONES_MAX 48         /* candidate zones of one set */
#define CHANGE_ROWS_MAX 2000 /* rows of one write transaction */

enum table {
	T_META,      /* name -> u64 */
	T_TRUNK,     /* name -> record */
	T_SEAT,      /* login -> record */
	T_LIST,      /* id u32 -> record */
	T_LIST_NAME, /* name -> id */
	T_CAMPAIGN,  /* id u32 -> record */
	T_CAMPAIGN_NAME,
	T_LEAD,       /* id u64 -> record */
	T_CONTACT,    /* key u64 (lead_key.h), lead u64 -> list u32. During an upload its lead may not be there yet (batch.h) */
	T_ZONES,      /* id u16 -> names of zones, and of places after a '@', each ended by NUL */
	T_ZONES_HASH, /* hash u64, id u16 -> */
	T_GROUP,      /* list u32, zones u16 -> counts of its entries in ready and sched, and of its leads in aside */
	T_SCHED,      /* list u32, zones u16, due_s u32, lead u64 -> */
	T_READY,      /* list u32, zones u16, ~priority u16, due_s u32, lead u64 -> */
	T_ATTEMPT,    /* id u64 -> record */
	T_ACTIVE,     /* attempt u64 -> list u32, campaign u32 */
	T_CALLING,    /* e164 u64 -> attempt u64: numbers that are being dialled */
	T_DNC,        /* e164 / 10,000 u64 -> bitmap of 1,250 bytes or ascending u16 */
	T_SHIFT,      /* id u64 -> record */
	T_LOG,        /* seq u64 -> a line of the evidence log without its newline; gap-free from the last segment's end on */
	T_SEGMENT,    /* first seq u64 -> record of a sealed segment */
	T_PRINTS,     /* slot u32 -> record */
	T_TERMS,      /* campaign u32 -> record */
	T_UPLOAD,     /* id u32 -> record: how far an upload is, and of what (upload.h) */
	T_VIEW,       /* list u32, view u32 -> record (view.h) */
	T_SUPPRESS,      /* list u16 -> record of a suppression list */
	T_SUPPRESS_SET,  /* set u32, e164 / 10,000 u64 -> as T_DNC; a new set stands at the end */
	T_SUPPRESS_LOAD, /* list u16, load u32 -> record */
	T_TRUNK_CALLS, /* trunk's name -> record */
	T_CALLBACK,   /* lead u64 ->: it has one */
	T_TALLY,      /* campaign u32, quarter u32, period u16 -> record (tally.h) */
	T_RULES,      /* name of a pack -> its text; name@hash -> a text that is or was in force */
	T_LEDGER,     /* subject u64, time_s u32, attempt u64 -> record: what was tried with a person, or at a number */
	T_CALLERID,      /* number u64 -> record */
	T_CALLERID_POOL, /* pool, NUL, number u64 -> */
	T_CALLERID_USE,  /* number u64 -> counters */
	T_CALLERID_SEEN, /* called number u64 -> caller id that it saw last, and whether that was blocked */
	T_REFUSAL,       /* hour u32, campaign u32, reason u16 -> counts of the hour (refusal.h) */
	T_PRINT_LABELS,  /* recording u32 -> record: what somebody who listened to it says it is */
	T_CONSENT,    /* number or person u64, id u64 -> record (consent.h) */
	T_REASSIGNED, /* number u64 -> record */
	T_HOLD,          /* person or number u64 -> record of a legal hold (hold.h) */
	T_PRUNED,        /* 0 u64 -> record: where the log begins (pruned.h) */
	T_RECORDING,  /* attempt u64 -> record (recording.h) */
	T_PERSONKEY,  /* number or person u64 -> place u32 of its key (personkey.h); those of leads stand in the leads */
	T_ERASED,     /* pseudonym -> record of an erasure (erase.h) */
	T_ASIDE,      /* list or space of a view u32, lead u64 -> record (aside.h) */
	T_CALLBACK_SEAT, /* login, NUL, callback_s u32, lead u64 ->: a READY lead whose callback is that seat's own */
	T_COUNT
};
#define T_LATER T_LOG /* tables from here on may be missing in a store that an earlier program made */

struct zones { /* an interned set of candidate zones and places; immutable, lives as long as the store */
	uint16_t id;
	uint32_t count;
	const struct tz *zone[ZONES_MAX];
	struct places places; /* candidate jurisdictions; none in sets of an earlier program */
};

struct store {
	struct db *db;
	char *dir;
	char tag[20]; /* 16 hex digits, made once for each store: part of Call-IDs */
	pthread_mutex_t zones_lock;
	struct zones *zones[UINT16_MAX + 1];
	struct rulebook *rulebook; /* the newest; under the same lock */
	struct personkeys *keys; /* used inside write transactions only */
	int dir_fd; /* of who opened it for writing: holds a shared lock on the folder (scrub.h) */
};

/* --- meta.c part of store.c */
uint64_t meta_get(struct db_txn *txn, const char *name);
void meta_set(struct db_txn *txn, const char *name, uint64_t value);
void meta_add(struct db_txn *txn, const char *name, int64_t delta);
void store_touch(struct db_txn *txn); /* the version counter */

/* Writes a sentence; why may be NULL. Answers err, so that `return say(why, ERR_RANGE, ...)` reads well. */
int say(char *why, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* --- values by key */
struct db_key key_u32(uint32_t id);
struct db_key key_u64(uint64_t id);
struct db_key key_text(const char *text);
void record_put(struct db_txn *txn, uint32_t table, const struct db_key *key, const struct enc *enc);
/* A decoder that went bad means that the file is damaged: ERR_STORE sticks. */
bool record_ok(struct db_txn *txn, const struct dec *dec);
/* Ends a read transaction that looked for one thing: its error, or ERR_UNKNOWN when it is not there. */
int read_found(struct db_txn *txn, bool there);
/* First name after `after` in a table keyed by name; its value. */
bool name_after(struct db_txn *txn, uint32_t table, const char *after, struct db_key *key, struct db_view *value);

/* --- numbers: E.164 text and its digits as a number. 0 when it is not "+" and 1..15 digits without a leading 0. */
uint64_t number_of(const char *e164);
void number_text(uint64_t number, char out[NUMBER_BYTES]);

/* --- trunk_calls.c */
void trunk_calls_save(struct db_txn *txn, const struct db_key *trunk, const struct trunk_calls *calls);
bool trunk_calls_load(struct db_txn *txn, const struct db_key *trunk, struct trunk_calls *out);

/* --- lists, campaigns, leads, attempts */
bool list_load(struct db_txn *txn, uint32_t id, struct list *out);
void list_save(struct db_txn *txn, const struct list *list);
bool campaign_load(struct db_txn *txn, uint32_t id, struct campaign *out);
void campaign_save(struct db_txn *txn, const struct campaign *campaign);
int campaign_check(const struct campaign *campaign, char *why); /* ERR_RANGE: out of range, or it contradicts itself */
void terms_load(struct db_txn *txn, uint32_t campaign, struct terms *out); /* all empty when nothing was said */
bool lead_load(struct db_txn *txn, uint64_t id, struct lead *out);
void lead_encode(const struct lead *lead, struct enc *enc); /* its record */
void lead_save(struct db_txn *txn, const struct lead *lead);
/* An entry of T_LEAD that was found by walking. */
bool lead_decode_view(struct db_txn *txn, const struct db_key *key, const struct db_view *value, struct lead *out);
bool attempt_load(struct db_txn *txn, uint64_t id, struct attempt *out);
void attempt_save(struct db_txn *txn, const struct attempt *attempt);
void shift_save(struct db_txn *txn, const struct shift *shift);
/* Without bytes: removes it. */
void print_save(struct db_txn *txn, const struct print_row *row);

/* --- recording.c */
struct recording_note;
void recording_terms_encode(struct enc *enc, const struct recording_terms *terms);
void recording_terms_decode(struct dec *dec, struct recording_terms *out);
void recording_note_in(struct db_txn *txn, const struct recording_note *note);

/* --- index.c: where a lead waits. Keeps the group's counts. */
struct group {
	uint32_t list; /* or the space of a view (view.h) */
	uint16_t zones;
	uint64_t ready, sched;
	uint64_t aside, stale; /* aside.h; stale: of these */
};
struct db_key group_key(uint32_t list, uint16_t zones);
struct db_key ready_key(const struct lead *lead);
struct db_key sched_key(const struct lead *lead);
void index_ready(struct db_txn *txn, const struct lead *lead);
void index_sched(struct db_txn *txn, const struct lead *lead);
void index_remove(struct db_txn *txn, const struct lead *lead); /* from whichever it is in */
/* Next group of the list with zones above `after` (-1: the first). */
bool group_next(struct db_txn *txn, uint32_t list, int32_t after, struct group *out);
void group_add(struct db_txn *txn, uint32_t list, uint16_t zones, int64_t ready, int64_t sched);
void group_aside(struct db_txn *txn, uint32_t list, uint16_t zones, int64_t aside, int64_t stale);
/* Moves at most `limit` entries that are due from sched to ready; answers how many. `view` NULL: a list's own. */
struct view;
uint32_t group_promote(struct db_txn *txn, const struct group *group, const struct view *view, int64_t now_us, uint32_t limit);
/* When the group's next retry is due, 0: none waits. */
int64_t group_due_us(struct db_txn *txn, const struct group *group);
/* Gives a lead its new state and due time: index entries and the list's count of finished leads follow; saves the lead. */
void lead_settle(struct db_txn *txn, struct lead *lead, enum lead_state was, int64_t now_us);

/* --- callback_seat.c: callbacks that are a seat's own. Nothing for other leads. */
void callback_seat_put(struct db_txn *txn, const struct lead *lead);
void callback_seat_del(struct db_txn *txn, const struct lead *lead);

/* --- zones.c */
/* The set of an id; NULL: 0, or a zone of it cannot be read: means no. */
const struct zones *zones_get(struct store *store, struct db_txn *txn, uint16_t id);
/* The id of a set of names of zones, and of places with a '@' in front; 0 when no zone is among them or a name is none. Answers an error when it cannot be written. */
int zones_intern(struct store *store, const char *const *names, uint16_t *id);
/* The same without writing: is the set there? */
int zones_look(struct store *store, const char *const *names, uint16_t *id, bool *there);

/* --- dnc.c */
bool dnc_has(struct db_txn *txn, uint64_t number);
bool dnc_set(struct db_txn *txn, uint64_t number, bool listed); /* answers what it was */
/* The called asked, at asked_us during the attempt: on the list, with an event that says when and how ("key": pressed a key; "agent": told one; "607": the network says so). */
void dnc_opt_out(struct db_txn *txn, const char *e164, uint64_t attempt, int64_t asked_us, const char *how);
/* Leads that were put aside because of this number wait again, now. */
void dnc_release(struct db_txn *txn, uint64_t number, int64_t now_us);

/* --- ruling.c */
struct ruling { /* what the rules say about all leads of a group now */
	enum claim_reason reason; /* OK, WINDOW, ZONE_UNKNOWN, PLACE_UNKNOWN or RULES */
	const struct zones *zones;
	bool open;
	int64_t until_us;         /* of the window, 0 unknown */
	const struct tz *decides; /* a zone that is closed now, or that closes first */
	const struct rule *rule;  /* that decides; NULL: the campaign's own window */
	char packs[320]; /* "us-federal@2026-11-22#1a2b3c4d,...": what it rests on */
	char place[PLACE_BYTES]; /* PLACE_UNKNOWN: which is not covered, "" none is known */
	uint32_t counting_count;
	const struct rule *counting[RULES_COUNTING_MAX]; /* limits, rests, lost contact */
	char problem[WHY_BYTES];                         /* RULES: a sentence */
};
struct ruling_cache;

/* --- claim.c */
/* --- callerid_store.c */
struct callerid_choice {
	enum callerid_state state;
	int64_t until_us;   /* when it changes by itself, 0 unknown */
	struct callerid id; /* FINE: the one to send; only its number when there is no record */
	bool for_all;       /* not FINE: so it is whoever is called, now */
};
bool callerid_load(struct db_txn *txn, const char *number, struct callerid *out);
/* A campaign that names rule packs starts only with a number that has a record and a right that is not over, or with a pool of such. */
int callerid_may_run(struct db_txn *txn, const struct campaign *campaign, char *why);
/* Which number `e164` will see. */
void callerid_choose(
	struct db_txn *txn, const struct campaign *campaign, const char *e164, int64_t now_us, struct callerid_choice *choice);
/* An intent and an outcome count; the alarm is judged at the outcome. */
void callerid_note_intent(struct db_txn *txn, const struct callerid *id, const char *e164, int64_t now_us);
void callerid_note_outcome(struct db_txn *txn, const struct attempt *attempt, int64_t now_us);

struct claim_view { /* what the check found */
	enum claim_reason reason;
	int64_t until_us;
	uint32_t phone; /* index of the number to dial, when reason is CLAIM_OK; else of the one that decided */
	bool list_active, wanted; /* the lead's list may be dialled; the campaign's filter matches */
	bool own; /* DNC: all of its numbers are on the store's own list, so no campaign may dial it */
	struct suppress_view suppress; /* what forbids the first number that is forbidden; OK: what was lifted of the dialled one */
	struct ruling ruling;
	const struct rule *rule; /* LIMIT: the rule that says no */
	uint32_t counted;        /* LIMIT: attempts that it counts */
	struct callerid_choice caller; /* what the called would see; looked for last */
	int64_t due_us; /* for who asks */
};
/* The one check: may this campaign dial this lead now. `seat`: that asks for a callback of its own; NULL: any of the team. */
struct claim_view claim_check(struct store *store, struct db_txn *txn, const struct campaign *campaign, const struct lead *lead,
	const char *seat, int64_t now_us);
/* The answer is for good: the next claim that meets the lead finishes it, or suppresses it. */
bool claim_ends(const struct claim_view *view);

/* explain.c: all of an explanation but its sentences. */
void rule_name(const struct rule *rule, char out[64]); /* "pack/id"; NULL: "campaign" */
void explain_decision(const struct campaign *campaign, const struct lead *lead, const struct claim_view *view, int64_t now_us,
	struct explanation *out);

struct claim_head;
struct claim_closed { /* groups that may not be dialled now, for one reason */
	uint64_t leads;
	const struct rule *rule; /* of the first; NULL: the campaign's own window */
};
struct claim_run { /* claims of one campaign inside one write transaction */
	struct store *store;
	struct campaign campaign;
	int64_t now_us, next_us;
	int64_t ahead_us; /* of the wall clock, which hours are asked by: clock_ahead_us() */
	struct claim_head *heads; /* open groups with something to dial */
	uint32_t head_count, head_max;
	bool building; /* a view of its is not whole yet: it may have more than is seen */
	bool ready; /* the campaign is running and was looked at in this transaction */
	uint64_t version; /* of the store, in this transaction */
	struct ruling_cache *rulings;
	struct terms terms;
	struct where where; /* the campaign's filter */
	bool list_active[CAMPAIGN_LISTS]; /* of the campaign's lists: may they be dialled */
	bool alone[CAMPAIGN_LISTS]; /* known to be: no other campaign has its candidates there */
	struct claim_closed closed[CLAIM_REASONS];
};
void claim_start(struct claim_run *run, struct store *store, struct db_txn *txn, uint32_t campaign, int64_t now_us);
/* Takes the best lead that passes the check, writes its intent. False: nothing (more) now. */
bool claim_next(struct claim_run *run, struct db_txn *txn, struct attempt *attempt, struct lead *lead);
/* The same for one lead whose callback is this seat's own. One that may not be dialled stays where it is, unless that is for good. */
bool claim_own(struct claim_run *run, struct db_txn *txn, uint64_t id, const char *seat, struct attempt *attempt, struct lead *lead);
/* When something becomes dialable (0: unknown or never), and whether the campaign has nothing left that can ever be dialled. */
void claim_rest(const struct claim_run *run, struct db_txn *txn, int64_t *next_us, bool *finished);
void claim_fini(struct claim_run *run);

/* --- attempt.c: an attempt's end. ERR_EXISTS: it has its outcome already. ERR_UNKNOWN: no such attempt. */
int attempt_finish(struct db_txn *txn, const struct attempt *end, int64_t now_us);
int attempt_dispose(struct db_txn *txn, uint64_t id, const char *disposition, int64_t now_us);

/* --- recover.c. Every attempt in the active table becomes UNKNOWN_CRASH, durably. */
int recover_active(struct store *store, uint64_t *recovered, uint64_t *damaged);
/* An attempt whose INVITE never left becomes CANCELLED; its lead waits as before. */
int recover_unsent(struct store *store, const struct attempt *attempt);

#endif
