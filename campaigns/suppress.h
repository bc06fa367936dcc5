/*
 * suppress.h - suppression lists that others publish, and what keeps a number from being dialled
 *
 * What    A named list has a kind (who publishes it, what lifts it), a scope (which calls it is for), a maximum age and a set of
 *         numbers. A full file becomes a new generation beside the one in force and replaces it in one step; change files are
 *         applied to the one in force. The store's own do-not-call numbers (dnc_add of store.h) are the list "internal": always
 *         there, everywhere, never too old.
 * Check   suppress_check() runs inside the intent's transaction for the number that is to be dialled: own list, then revocations,
 *         then each list whose scope covers the call. A list that is older than its maximum age stops what it covers. The first
 *         in the order of enum suppress_kind that forbids is the answer; consent or business lifts only the kinds that say so.
 * Errors  ERR_UNKNOWN, ERR_EXISTS, ERR_RANGE, ERR_SYNTAX (file), ERR_WRONG_STATE (another load of the list runs), -ENOSPC;
 *         sentences in why.
 * Source  16 CFR 310.4(b)(1)(iii), 47 CFR 64.1200(c), PECR reg. 21; docs/SUPPRESSION.md.
 */
#ifndef OUTDIAL_CAMPAIGNS_SUPPRESS_H
#define OUTDIAL_CAMPAIGNS_SUPPRESS_H

#include "base/doc.h"
#include "campaigns/consent.h"
#include "campaigns/store.h"

#define SUPPRESS_WHY_BYTES 400
#define SUPPRESS_LISTS_MAX 64
#define SUPPRESS_WHERE_BYTES 128

/* Order of precedence. Stored as numbers: new ones go to the end, and get a rank in suppress.c. */
enum suppress_kind {
	SUPPRESS_INTERNAL,
	SUPPRESS_LITIGATOR,
	SUPPRESS_STATE,
	SUPPRESS_NATIONAL,
	SUPPRESS_TPS,
	SUPPRESS_CTPS,
	SUPPRESS_WIRELESS, /* ported to wireless, or wireless from the start */
	SUPPRESS_REASSIGNED,
	SUPPRESS_KINDS
};

struct suppress_kind_facts {
	const char *name;
	uint32_t max_age_days;  /* default; 0: never too old */
	bool consent_lifts, business_lifts;
	bool telemarketing;     /* only for campaigns of that purpose */
	const char *sentence;
};
const struct suppress_kind_facts *suppress_kind_facts(enum suppress_kind kind);
/* SUPPRESS_KINDS when no kind has that name. */
enum suppress_kind suppress_kind_by_name(const char *name);

enum suppress_scope {
	SUPPRESS_EVERYWHERE,
	SUPPRESS_COUNTRY,  /* where: region, "US"; all numbers of its calling code */
	SUPPRESS_US_STATE, /* where: "FL"; numbers of its area codes, and leads whose column state (or region) says so */
	SUPPRESS_CAMPAIGN, /* where: names with commas between them */
	SUPPRESS_SELLER,   /* where: sellers (clients) likewise, as `campaign terms` names them */
	SUPPRESS_SCOPES
};
const char *suppress_scope_name(enum suppress_scope scope);

struct suppress_list {
	uint16_t id; /* 0: internal */
	char name[NAME_BYTES];
	enum suppress_kind kind;
	enum suppress_scope scope;
	char where[SUPPRESS_WHERE_BYTES];
	uint32_t calling_code; /* of a country, 0 else */
	uint32_t max_age_days;
	uint32_t warn_days;    /* before it is too old, somebody is told; at its making 0: SUPPRESS_WARN_DAYS */
	uint32_t generation;   /* in force; 0: nothing was loaded yet, so it is too old whatever its age may be */
	uint32_t set, set_next; /* where its numbers are; those that a load is writing, 0: none */
	uint32_t loads;        /* full and change files so far */
	uint64_t numbers;
	int64_t as_of_us;      /* the newest data in it */
	int64_t loaded_us, created_us;
	char sha256[65], source[128]; /* of the newest file */
};

/* Checks name, kind, scope, where and age (0: the kind's own; SUPPRESS_AGELESS: none); gives the id. */
#define SUPPRESS_AGELESS UINT32_MAX
int suppress_create(struct store *store, struct suppress_list *list, char why[SUPPRESS_WHY_BYTES]);
/* "internal" gives the store's own list. */
int suppress_get(struct store *store, const char *name, struct suppress_list *out);
int suppress_get_id(struct store *store, uint16_t id, struct suppress_list *out);
/* The list with the least id above `after`, internal not among them. ERR_UNKNOWN: no more. */
int suppress_next(struct store *store, uint16_t after, struct suppress_list *out);
/* The list at once, its numbers in small transactions after that. */
int suppress_drop(struct store *store, const char *name, char why[SUPPRESS_WHY_BYTES]);
/* One number in or out of a list that was loaded or is to be kept by hand. */
int suppress_put(struct store *store, const char *name, const char *e164, bool listed, bool *was, char why[SUPPRESS_WHY_BYTES]);
int suppress_has(struct store *store, const struct suppress_list *list, const char *e164, bool *listed);

/* --- suppress_age.c: whom it is time to tell. Too old, or never loaded: the calls that it covers are stopped. */
/* When it becomes too old; 0 never. INT64_MIN: nothing was loaded. */
int64_t suppress_stale_us(const struct suppress_list *list);
#define SUPPRESS_WARN_DAYS 3
#define SUPPRESS_WARN_DAYS_MAX 365
enum suppress_age { SUPPRESS_AGE_FINE, SUPPRESS_AGE_SOON, SUPPRESS_AGE_OVER };
enum suppress_age suppress_age(const struct suppress_list *list, int64_t now_us); /* pure */
const char *suppress_age_name(enum suppress_age age); /* "fine", "soon", "too_old" */
/* What it is and what to do, for a person; "" when it is fine. Pure. */
#define SUPPRESS_AGE_BYTES 200
void suppress_age_say(const struct suppress_list *list, int64_t now_us, char out[SUPPRESS_AGE_BYTES]);
/* The lists that are not fine: name, age, too_old_us (0: never loaded), why. The caller's. */
struct doc *suppress_ages(struct store *store, int64_t now_us);
int suppress_set_warn(struct store *store, const char *name, uint32_t days, char why[SUPPRESS_WHY_BYTES]);

/* --- suppress_load.c */
struct suppress_load {
	const char *list, *path;
	const char *region;   /* of numbers without "+"; NULL: the list's country, else none */
	int64_t as_of_us;     /* 0: the file's time of change, but not after now */
	bool changes;         /* a change file; else a whole list */
	bool skip_bad;        /* lines without a number are counted, else they refuse the file */
	bool yes;             /* a whole list may have less than half of the numbers in force */
	void (*progress)(void *arg, uint64_t rows); /* NULL, or called every million rows */
	void *arg;
};

struct suppress_receipt {
	uint32_t generation;
	uint64_t rows, numbers;  /* of the file; on the list after it */
	uint64_t added, removed; /* against the list before it; a whole list gives only its numbers */
	uint64_t bad, bad_line;  /* bad_line: the first */
	uint64_t released;       /* leads that wait again because their number is not suppressed any more */
	int64_t as_of_us, elapsed_us;
	char sha256[65];
};

/* A kill at any moment leaves the generation before in force (whole list) or a part of the changes applied; repeat it. */
int suppress_load(
	struct store *store, const struct suppress_load *load, struct suppress_receipt *receipt, char why[SUPPRESS_WHY_BYTES]);

/* One line of a list's history. */
struct suppress_load_row {
	uint32_t number; /* from 1 */
	bool changes;
	uint32_t generation;
	uint64_t rows, added, removed, bad;
	int64_t at_us, as_of_us;
	char sha256[65], source[128];
};
/* The first after `after`; ERR_UNKNOWN: no more. */
int suppress_load_next(struct store *store, uint16_t list, uint32_t after, struct suppress_load_row *out);

/* --- the check */
enum suppress_answer { SUPPRESS_FREE, SUPPRESS_LISTED, SUPPRESS_REVOKED, SUPPRESS_GONE, SUPPRESS_STALE };
struct suppress_view {
	enum suppress_answer answer;
	uint16_t list;   /* of LISTED and STALE */
	uint64_t number; /* E.164 digits of the number that it is about */
	int64_t at_us;   /* of REVOKED and GONE (reassigned): the record's date */
	struct consent consent; /* that revoked; of FREE: that lifts `list`, id 0: nothing had to be lifted */
};
/* One or two sentences for a person: which list, from where and when, and what to do. "" when nothing forbids. */
void suppress_explain(struct store *store, const struct suppress_view *view, char *out, size_t size);

#endif
