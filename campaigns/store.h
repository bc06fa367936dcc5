/*
 * store.h - the store: campaigns, lists, trunks, seats, do-not-call numbers, leads, attempts, shifts
 *
 * What    One LMDB environment in a folder of its own (DIR/data.mdb, lock.mdb). Every call is one short transaction.
 *         Keys are composite and big-endian, no DUPSORT (docs/STORAGE.md has the tables).
 * Open    by many processes at once; one writes at a time, and no write transaction lasts longer than about 5 ms.
 * Errors  ERR_UNKNOWN (no such name), ERR_EXISTS, ERR_SCHEMA (other version), ERR_RANGE, ERR_WRONG_STATE, -ENOSPC (disk or map
 *         full: nothing of the transaction happened), ERR_STORE. Functions with `why` (160 bytes, may be NULL) write a sentence
 *         for the user.
 * Thread  a store may be read by several threads; synchronous changes by one thread at a time.
 */
#ifndef OUTDIAL_CAMPAIGNS_STORE_H
#define OUTDIAL_CAMPAIGNS_STORE_H

#include "campaigns/cause.h"
#include "campaigns/outcome.h"
#include "campaigns/phone_role.h"
#include "campaigns/phone_type.h"
#include "campaigns/trunk_calls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WHY_BYTES 160
#define FILE_WHY_BYTES 400 /* of a sentence about a file, which has its path in it */
#define NAME_BYTES 48    /* names: 1..47 bytes of letters, digits, - _ . */
#define NUMBER_BYTES 20  /* "+" and at most 15 digits, or a caller id */
#define LEAD_PHONES 4
#define LEAD_FIELDS_BYTES 1024
#define WHERE_BYTES 384  /* a filter's text (where.h) and its end */

struct store;

enum store_mode { STORE_READ, STORE_WRITE, STORE_CREATE };

/*
 * STORE_CREATE makes the folder and an empty store, ERR_EXISTS when there is one. -ENOENT: there is none. ERR_SCHEMA: made by
 * another version.
 */
int store_open(struct store **store, const char *dir, enum store_mode mode, char *why);
void store_close(struct store *store); /* NULL is fine */
const char *store_dir(const struct store *store);
/* Grows with each change of a campaign, list, trunk, seat or do-not-call number by any process: poll it to notice changes. */
uint64_t store_version(struct store *store);
bool store_name_ok(const char *name);

/* --- trunks */
enum srtp_mode { SRTP_OFF, SRTP_OPTIONAL, SRTP_REQUIRED };

#define GATEWAYS_MAX 8

/* One door of the carrier (gateway.h parses and prints it). */
struct trunk_gateway {
	char host[100];    /* IP literal, or a name that is resolved while the engine runs */
	uint16_t port;     /* 0: what SRV says, else 5060, or 5061 with tls */
	char transport[8]; /* "udp", "tcp", "tls"; empty: what NAPTR says, else udp */
	uint8_t priority;  /* 1..100, lower first */
	uint16_t weight;   /* 0..65535 among equals, RFC 2782 */
};

struct trunk {
	char name[NAME_BYTES];
	char host[46];          /* IP literal */
	uint16_t port;
	char transport[8];      /* "udp" or "tcp" */
	char allow[256];        /* addresses that may send us SIP for it, comma separated; host is always allowed */
	uint32_t calls_max;     /* at once */
	double cps_max;         /* new calls a second (token bucket, depth one second) */
	char user[64], secret[64]; /* digest; empty: none */
	enum srtp_mode srtp;
	char prefix[16];        /* put before the number on the wire, e.g. "00" replaces "+": empty keeps "+" */
	uint8_t gateways_count; /* 0: host, port and transport above are the only gateway */
	struct trunk_gateway gateways[GATEWAYS_MAX];
	uint32_t ping_s;        /* OPTIONS to a gateway that is up this often; 0: none, and a call probes one that has rested */
	uint32_t register_s;    /* lifetime of the registration that is asked for; 0: none */
	char domain[100];       /* in the URIs of the registration and of its calls; empty: the gateway's host */
	char tls_ca[200];       /* file of the certificates that are trusted; empty: the system's */
	char tls_name[100];     /* name that the certificate must have; empty: the gateway's host */
	char tls_cert[200], tls_key[200]; /* files of our own certificate; empty: none is shown */
	struct trunk_calls calls; /* what the carrier wants of each call */
};

int trunk_put(struct store *store, const struct trunk *trunk, bool must_be_new, char *why);
int trunk_get(struct store *store, const char *name, struct trunk *out);
/* The next trunk after name (""; the first); ERR_UNKNOWN at the end. Same for the other *_next. */
int trunk_next(struct store *store, const char *after, struct trunk *out);
int trunk_remove(struct store *store, const char *name, char *why); /* ERR_WRONG_STATE while a campaign uses it */

/* --- seats */
struct seat {
	char login[NAME_BYTES];
	char name[64];
	char team[NAME_BYTES];
	char realm[64];
	char ha1[33]; /* MD5(login:realm:secret), 32 hex digits: the secret itself is never stored */
	enum srtp_mode srtp;
};

int seat_put(struct store *store, const struct seat *seat, bool must_be_new, char *why);
/* Reads, changes and writes in one transaction, as campaign_edit() does. *out (may be NULL): the seat as it is stored. */
typedef int seat_edit_h(struct seat *seat, void *arg);
int seat_edit(struct store *store, const char *login, seat_edit_h *edit, void *arg, struct seat *out, char *why);
int seat_get(struct store *store, const char *login, struct seat *out);
int seat_next(struct store *store, const char *after, struct seat *out);
int seat_remove(struct store *store, const char *login, char *why);

/* --- lists */
enum list_state {
	LIST_ON,
	LIST_OFF,      /* rests: a campaign waits for it */
	LIST_ARCHIVED, /* over: a campaign that has nothing else is finished */
	LIST_REMOVING, /* over, and its leads are being removed (list_remove.h) */
	LIST_REMOVED,  /* what stays of it is what its calls are known by; it has a name as long as holds keep leads */
};

struct list {
	uint32_t id;
	char name[NAME_BYTES];
	char region[3];       /* default region of numbers without "+": "CN" */
	uint64_t leads;       /* rows accepted */
	uint64_t read, rejected, duplicate; /* of all imports */
	uint64_t done;        /* leads finished */
	int64_t created_us;
	enum list_state state;
	int64_t expires_us;   /* not dialled from then on; 0 never */
	uint64_t removed;     /* leads that went with it */
};

const char *list_state_name(enum list_state state);
/* Switched on and not expired. */
bool list_active(const struct list *list, int64_t now_us);
/* Effective at once. ERR_WRONG_STATE: an archived list is not switched on again by accident: it becomes off first. */
int list_set_state(struct store *store, const char *name, enum list_state state, char *why);
int list_set_expiry(struct store *store, const char *name, int64_t expires_us, char *why);
/* Two capital letters of a country that is known, or "". */
bool list_region_known(const char *region);
/* Of uploads from now on; leads that are there have whole numbers. "": none. */
int list_set_region(struct store *store, const char *name, const char *region, char *why);

int list_create(struct store *store, const char *name, const char *region, uint32_t *id, char *why);
int list_get(struct store *store, const char *name, struct list *out);
int list_get_id(struct store *store, uint32_t id, struct list *out);
int list_next(struct store *store, const char *after, struct list *out);

/* --- campaigns */
enum campaign_mode {
	CAMPAIGN_PROGRESSIVE,
	CAMPAIGN_PREDICTIVE,
	CAMPAIGN_POWER,     /* a fixed ratio of lines to free seats */
	CAMPAIGN_AGENTLESS, /* whoever answers hears the message */
	CAMPAIGN_PREVIEW,   /* the agent sees the lead first */
	CAMPAIGN_MODES
};
enum campaign_purpose { PURPOSE_TELEMARKETING, PURPOSE_COLLECTIONS, PURPOSE_OTHER };
/* Spans over which a law counts abandoned calls: successive 30 days from the first dial, the day, the calendar month. */
enum legal_window { LEGAL_30_DAYS, LEGAL_DAY, LEGAL_MONTH, LEGAL_WINDOWS };
enum connect_policy {
	CONNECT_CLASSIFIED, /* classify first, then a seat */
	CONNECT_ANSWER,     /* a seat at the answer; the classifier listens beside it and takes it back from a machine */
};
/* An assistant that asks who is calling, and why. */
enum screener_policy {
	SCREENER_HANGUP,
	SCREENER_SEAT,    /* an agent tells it */
	SCREENER_MESSAGE, /* it hears the voicemail message */
	SCREENER_POLICIES
};
enum campaign_state { CAMPAIGN_STOPPED, CAMPAIGN_RUNNING, CAMPAIGN_PAUSED, CAMPAIGN_FINISHED };

struct window { /* calling window in the lead's own time zone; from < to, minutes of the local day */
	uint16_t from_min, to_min;
	uint8_t weekdays; /* bit 0 Monday .. bit 6 Sunday */
};

#define CAMPAIGN_LISTS 8

struct campaign_list {
	uint32_t list;
	uint32_t share; /* 1..1000: of the calls, against the other lists that have something to dial */
	uint32_t view;  /* the store's own (view.h) */
};

/* Which lead comes first. */
enum lead_order_by {
	ORDER_PRIORITY, /* the lead's priority, then who is due longest */
	ORDER_OLDEST,   /* as they came into the list */
	ORDER_NEWEST,   /* who came last first */
	ORDER_ATTEMPTS, /* fewest attempts, then who is due longest */
	ORDER_RANDOM,   /* by a number drawn from the seed and the lead's id: always the same */
	ORDER_COLUMN    /* numbers before texts, empty ones last */
};

struct lead_order {
	enum lead_order_by by;
	bool descending;         /* COLUMN */
	uint64_t seed;           /* RANDOM */
	char column[NAME_BYTES]; /* COLUMN */
};

enum recording_format { RECORDING_OPUS, RECORDING_G711 };

/* Whether and how calls are recorded (recording.h). */
struct recording_terms {
	bool on;
	enum recording_format format;
	uint32_t classes; /* bits of recording_classes[] */
	int64_t keep_us;  /* 0: as the classes say */
	int64_t pause_us; /* a pause ends by itself after so long */
};

struct campaign {
	uint32_t id;
	char name[NAME_BYTES];
	enum campaign_mode mode;
	enum campaign_state state;
	uint32_t list;
	char team[NAME_BYTES], trunk[NAME_BYTES];
	char caller_id[NUMBER_BYTES], caller_name[64];
	int64_t ring_us_max;               /* 15 s .. 120 s */
	uint32_t attempts_max;             /* a lead, 1..50 */
	int32_t retry_s[OUTCOME_COUNT];    /* delay before the next attempt, -1: the lead is done */
	struct window window;
	uint32_t priority;                 /* 1..100, higher first when campaigns share a team */
	double abandon_prob_max;           /* 0 .. 0.05 */
	int64_t hold_us;                   /* 2 s */
	int64_t wrap_us;                   /* wrap-up time of a seat after a talk; 0: until *1 */
	bool classify;
	char message[256];                 /* WAV for abandoned calls; required for predictive mode */
	int64_t created_us, first_dial_us; /* 0: never dialled */
	/* 1..1000: share of the seats among campaigns of equal priority, and of a common trunk */
	uint32_t weight;
	enum campaign_purpose purpose;     /* collections never over-dial, unless */
	char overdial_by[NAME_BYTES];      /* somebody said so; empty: nobody did */
	int64_t overdial_us;               /* when */
	double ratio;                      /* of power mode: lines for a free seat, 1 .. 5 */
	uint32_t lines_max;                /* at once; 0: what its trunk has */
	int64_t preview_us;                /* an agent may look at a lead so long, 5 s .. 120 s; then */
	bool preview_dials;                /* it is dialled; false: skipped */
	/* the law's ceilings, 0 .. 0.05; negative: that window does not apply. One applies at least */
	double legal_prob[LEGAL_WINDOWS];
	enum connect_policy connect;
	char voicemail[256];               /* WAV left after the beep of a machine; empty: hang up */
	double sample_prob;                /* 0 .. 0.2: share of `machine` verdicts that a seat checks */
	bool count_false_positives;        /* people lost to `machine` verdicts, as estimated, are abandoned people */
	struct campaign_list lists[CAMPAIGN_LISTS]; /* the first is `list`; one or none: `list` alone decides */
	uint32_t list_count;
	struct lead_order order;
	char where[WHERE_BYTES];           /* filter (where.h): only leads that match are dialled; empty: all */
	char rules[160];                   /* rule packs, "us-federal,us-states"; empty: its own window alone */
	enum screener_policy screener;     /* what a call screening assistant gets */
	struct recording_terms record;
	double review_prob;                /* 0 .. 1: share of `machine` verdicts whose recording somebody is to listen to */
	/* a personal callback waits so long for its seat; then it is the team's. Negative: for ever */
	int64_t callback_grace_us;
};

/*
 * Name, mode, team, trunk and list must be set; the rest from campaign_defaults(). Gives the id. Checks all ranges; sentence in
 * why.
 */
void campaign_defaults(struct campaign *campaign);
int campaign_create(struct store *store, struct campaign *campaign, char *why);
/* Changes everything but id, name, state (campaign_set_state has its checks), created_us and first_dial_us. */
int campaign_update(struct store *store, const struct campaign *campaign, char *why);
/*
 * Reads, changes and writes in one transaction, so that two who change different things at once do not undo each other. `edit`
 * answers 0 or an error that ends it; it may run twice and must do the same each time. *out (may be NULL): the campaign as it is
 * stored.
 */
typedef int campaign_edit_h(struct campaign *campaign, void *arg);
int campaign_edit(struct store *store, const char *name, campaign_edit_h *edit, void *arg, struct campaign *out, char *why);
/*
 * After a change of lists, filter or order: brings the campaign's views (docs/LISTS.md) up to date, in steps of at most 2,000
 * leads. Until then it dials those that are in already. Whoever is stopped in between can call it again; an engine goes on by
 * itself.
 */
int campaign_index(struct store *store, const struct campaign *campaign);
/*
 * Of the leads of its lists: how many there are, and match the filter. Columns that no lead has are named in `missing` (may be
 * NULL).
 */
struct campaign_match {
	uint64_t leads, match;
};
int campaign_count(
	struct store *store, const struct campaign *campaign, const char *where, struct campaign_match *out, char missing[96]);
bool campaign_dials(const struct campaign *campaign, uint32_t list);
/* "priority", "oldest", ..., "column:balance:desc" */
const char *campaign_order_text(const struct lead_order *order, char out[96]);
/*
 * start, pause, stop: start refuses (ERR_WRONG_STATE) a predictive campaign without a readable message, without trunk, seats or
 * leads.
 */
int campaign_set_state(struct store *store, const char *name, enum campaign_state state, char *why);
int campaign_get(struct store *store, const char *name, struct campaign *out);
int campaign_get_id(struct store *store, uint32_t id, struct campaign *out);
int campaign_next(struct store *store, const char *after, struct campaign *out);
const char *campaign_mode_name(enum campaign_mode mode);
const char *campaign_purpose_name(enum campaign_purpose purpose);
/* "30days", "day", "month" */
const char *legal_window_name(enum legal_window window);
/* May it place more calls than seats are free? Depends on the mode, the purpose and who allowed it. */
bool campaign_overdials(const struct campaign *campaign);
const char *campaign_state_name(enum campaign_state state);
const char *connect_policy_name(enum connect_policy policy);
const char *screener_policy_name(enum screener_policy policy);

/* Counts of what is left, from the indexes (bounded work: at most `limit` entries are looked at, limit 0 = all). */
struct campaign_left {
	uint64_t ready_open, ready_closed, later, done, active;
	int64_t next_us; /* when something that is not dialable now becomes so, 0 unknown */
	/* wait in its lists, but are not in its views: its filter does not match, or they are still being indexed */
	uint64_t unwanted;
	bool indexing;
	uint64_t suppressed; /* suppression lists forbid them to this campaign: not among the above, and none of what is done */
	uint64_t stale;      /* a list that is too old, or that nothing was loaded into yet, keeps them */
};
int campaign_left(
	struct store *store, const struct campaign *campaign, int64_t now_us, uint64_t limit, struct campaign_left *out);

/* --- leads */
enum lead_state { LEAD_READY, LEAD_ACTIVE, LEAD_DONE, LEAD_SUPPRESSED };

struct lead_phone {
	char e164[NUMBER_BYTES];
	bool dead;
	enum phone_role role;
	enum phone_type type; /* kind of line */
};

struct lead {
	uint64_t id;
	uint32_t list;
	enum lead_state state;
	struct lead_phone phones[LEAD_PHONES];
	uint32_t phone_count, phone_next; /* which is dialled next */
	uint32_t attempts;
	uint16_t priority;                /* 0..65535, higher first */
	uint16_t zones;                   /* id of the set of candidate time zones; 0 unknown: never dialled */
	enum outcome last_outcome;
	int64_t last_us, due_us, created_us;
	int64_t callback_us;              /* agreed with the person: dialled first from then on (callback.h); 0 none */
	char callback_seat[NAME_BYTES];   /* who agreed it; empty: nobody in particular */
	bool callback_own;                /* that seat alone gets it, from callback_us on; the team from due_us on (callback.h) */
	/* who the lead is to the ledgers, whatever its columns say (ledger.h); 0: as they say */
	uint64_t person;
	uint32_t person_key;              /* place of its key (personkey.h); 0: no line has needed one */
	uint16_t fields_bytes;
	char fields[LEAD_FIELDS_BYTES];   /* "name\0value\0name\0value\0": further columns, shown to the agent */
};

int lead_get(struct store *store, uint64_t id, struct lead *out);
/* Leads that have this number, in order of id: the first after `after`. ERR_UNKNOWN: no more. */
int lead_by_number(struct store *store, const char *e164, uint64_t after, struct lead *out);
/* Value of a further column or NULL. Walk: lead_field_at(lead, i, &name, &value) until false. */
const char *lead_field(const struct lead *lead, const char *name);
bool lead_field_at(const struct lead *lead, uint32_t index, const char **name, const char **value);

/*
 * Bulk insert, used by the import: rows are collected, up to 1,000,000 of them, and written in transactions of at most 2,000
 * (batch.h). They get their ids then, in the order in which they were added; zones are interned from zone_names (NULL-terminated
 * IANA names; none: unknown). *duplicate: the list, or a row that waits, already has one of its numbers: it is not taken.
 * One batch a list at a time over all processes: ERR_WRONG_STATE from lead_batch_open.
 */
struct lead_batch;
int lead_batch_open(struct store *store, uint32_t list, struct lead_batch **batch);
int lead_batch_add(struct lead_batch *batch, struct lead *lead, const char *const *zone_names, bool *duplicate);
/* Counts to be added to the list's, in the same transaction as the rows that are still pending. Commits. */
int lead_batch_close(struct lead_batch *batch, uint64_t read, uint64_t rejected, uint64_t duplicates);
/* Frees the batch without writing what waits, after an error. Rows written before stay. NULL is fine. */
void lead_batch_abort(struct lead_batch *batch);

/* --- do-not-call numbers. E.164 with "+". Effective at once: every claim checks inside its transaction. */
int dnc_add(struct store *store, const char *e164, bool *was_there);
int dnc_remove(struct store *store, const char *e164, bool *was_there); /* suppressed leads of the number become ready again */
int dnc_check(struct store *store, const char *e164, bool *listed);
int dnc_add_many(struct store *store, const char *const *e164, uint32_t count, uint32_t *added); /* <= 2,000, one transaction */
uint64_t dnc_count(struct store *store);

/* --- attempts: intent first, outcome last */
enum hangup_by { HANGUP_NOBODY, HANGUP_CALLEE, HANGUP_SEAT, HANGUP_ENGINE, HANGUP_NETWORK };

/* A `machine` verdict whose recording somebody is to listen to, and what it was. */
enum attempt_review { REVIEW_NONE, REVIEW_WANTED, REVIEW_PERSON, REVIEW_MACHINE };

struct attempt {
	uint64_t id, lead;
	uint32_t campaign, list, number; /* number: 1 for the lead's first attempt */
	char e164[NUMBER_BYTES], caller_id[NUMBER_BYTES], trunk[NAME_BYTES];
	enum outcome outcome;
	/* 0: never */
	int64_t intent_us, invite_us, ringing_us, answer_us, voice_us, greeting_end_us, verdict_us, seat_us, message_us, end_us;
	enum hangup_by hangup_by;
	uint16_t sip_code;
	char sip_reason[64];
	char verdict[16], cause[32]; /* classification: name and reason; empty without */
	float verdict_prob;
	bool early_media;
	char seat[NAME_BYTES], disposition[24];
	bool sampled; /* the verdict was `machine`, and a seat was asked to check it */
	bool revised; /* the verdict was taken back while a seat had the call */
	uint16_t q850; /* cause in a Reason header, 0 not said */
	char redress[CAUSE_REDRESS_BYTES]; /* whom to complain to about a block, as the network says */
	char reached[NUMBER_BYTES]; /* who answered or refused, as the network asserts; empty: not said */
	bool diverted; /* the call was passed on to somebody else */
	char caller_name[64]; /* shown beside the caller id */
	enum attempt_review review;
	uint32_t person_key; /* place of the key that seals its lines (personkey.h); 0: made by an earlier program */
};

int attempt_get(struct store *store, uint64_t id, struct attempt *out);
/* The next attempt after `after` (0: the first), finished or not, in order of id. ERR_UNKNOWN at the end. */
int attempt_next(struct store *store, uint64_t after, struct attempt *out);
/* Up to `max` attempts after `after` in one read transaction; answers the count or a negative error. */
int attempt_read(struct store *store, uint64_t after, struct attempt *out, uint32_t max);
/* The Call-ID that belongs to an attempt: "<id>.<store id>@outdial". */
void attempt_call_id(struct store *store, uint64_t id, char out[64]);

/* --- shifts: one row a login of a seat, rewritten while it lasts */
struct shift {
	uint64_t id; /* login time in us, made unique */
	char login[NAME_BYTES], team[NAME_BYTES];
	int64_t login_us, logout_us; /* logout_us: last time seen while it lasts */
	int64_t wait_us, talk_us, wrap_us, pause_us;
	uint32_t calls;
	char end[24]; /* "" while it lasts; "hangup", "lost", "replaced", "removed", "team" (went on in another), "engine_stop" */
};

int shift_next(struct store *store, uint64_t after, struct shift *out);

/* --- prints: recordings that were heard before, as dialer/recall.c writes them. No sound and no number. */
#define PRINT_SLOTS 2048 /* rows, at most */
#define PRINT_BYTES 320
#define PRINT_KEEP_US (90 * DAY_US) /* after the last hearing */
#define PRINT_LABELS 4096 /* at most; the oldest gives way */

struct print_row {
	uint32_t slot;
	uint16_t bytes;
	uint8_t data[PRINT_BYTES];
	uint64_t attempt; /* that played it last: where somebody can listen to it; 0: not known */
};

/* The row of the first slot from `from` on. ERR_UNKNOWN: no more. bytes 0: the row cannot be read. */
int print_next(struct store *store, uint32_t from, struct print_row *out);
/* The key of the hashes in them: random, made when it is asked for first. */
int print_key(struct store *store, uint8_t key[32]);

/* What somebody says of a recording, or that it shall be forgotten. The engine never writes these, so it cannot undo them. */
struct print_label {
	uint32_t recording; /* memory_id() of media/amd/memory.h */
	uint8_t label;      /* enum memory_label there */
	bool forget;        /* what was learned until at_us goes; the label does, too */
	int64_t at_us;
};

int print_label_set(struct store *store, const struct print_label *label);
/* The label of the first recording from `from` on. ERR_UNKNOWN: no more. */
int print_label_next(struct store *store, uint32_t from, struct print_label *out);
/* Changes with each label. */
uint64_t print_labels_version(struct store *store);
/* Removes the row if it is still what was read: an engine may have given its slot to another recording. */
int print_remove(struct store *store, const struct print_row *row);

#endif
