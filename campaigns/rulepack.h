/*
 * rulepack.h - a rule pack: dated rules in a readable file, parsed (pure)
 *
 * What    Sections of "key = value" lines; "#" or ";" begin a line of comment:
 *           [pack]           name, version (a date), title, guard (seconds at both ends of each window; default 60s)
 *           [holidays NAME]  lines of holiday.h
 *           [rule ID]        where, kind, says, source, date, mark (V read in the source, S secondary source, M to be confirmed),
 *                            purpose (default: all), role (default: all), and what its kind needs:
 *             window   daily, mon .. sun, mon-fri, sat,sun, holiday = HH:MM-HH:MM[, ...] or closed; holidays = NAME.
 *                      Days that are not named are closed.
 *             limit    count = attempt | connected | unanswered | conversation, per = person[+debt][+number][+seller][+subject],
 *                      limit = N, within = 24 hours | 7 days | 1 local day, exclude = not_connected
 *             rest     after = attempt | conversation | abandoned | machine | refusal, per, lasts = 72 hours | 7 local days,
 *                      unless = seat (a seat is reserved before the call)
 *             ring     ring_min, ring_max = 15s
 *             lost     only with a lost-contact state
 *         docs/RULES.md explains each with examples.
 * Errors  ERR_SYNTAX with one sentence, line and column in the reader; nothing is left allocated.
 * Bounds  64 KiB, 96 rules, 8 tables of holidays; `within` and `lasts` at most 60 days (what the ledger keeps).
 */
#ifndef OUTDIAL_CAMPAIGNS_RULEPACK_H
#define OUTDIAL_CAMPAIGNS_RULEPACK_H

#include "campaigns/hours.h"
#include "campaigns/place.h"

#define PACK_RULES_MAX 96
#define PACK_HOLIDAYS_MAX 8
#define PACK_BYTES_MAX 65536
#define PACK_WHY_BYTES 400
#define RULE_PLACES_MAX 24
#define RULE_DAYS_MAX 60

enum rule_kind { RULE_WINDOW, RULE_LIMIT, RULE_REST, RULE_RING, RULE_LOST, RULE_KINDS };

/* What became of an attempt, as rules count it (ledger.h notes it). */
enum rule_event {
	EVENT_ATTEMPT = 1,       /* each that was placed */
	EVENT_CONNECTED = 2,     /* somebody or something answered */
	EVENT_UNANSWERED = 4,
	EVENT_CONVERSATION = 8,  /* talked with a seat */
	EVENT_ABANDONED = 16,
	EVENT_MACHINE = 32,
	EVENT_REFUSAL = 64,
	EVENT_NOT_CONNECTED = 128, /* did not reach the dialled number: a limit may exclude it */
	EVENT_LOST_CONTACT = 256,  /* no attempt: somebody documented that the person cannot be reached */
};

/* Attempts of one person are counted together; these narrow it down. */
enum rule_per { PER_DEBT = 1, PER_NUMBER = 2, PER_SELLER = 4, PER_SUBJECT = 8 };

struct rule_span { /* a time back from now */
	bool local; /* whole local days, today included */
	int64_t us; /* not local: so long; local: days * DAY_US */
};

struct rulepack;

struct rule {
	const struct rulepack *pack;
	char id[NAME_BYTES];
	char source[200], says[240], date[11];
	char mark; /* 'V', 'S', 'M' */
	enum rule_kind kind;
	uint8_t purposes; /* bit: enum campaign_purpose */
	uint8_t role_count;
	char roles[3][16]; /* none: all */
	uint32_t place_count;
	char places[RULE_PLACES_MAX][PLACE_BYTES];
	struct hours hours;       /* window, the guard band taken off */
	uint32_t events, per;     /* limit: counted; rest: begins it */
	uint32_t limit;
	struct rule_span span;
	bool exclude_not_connected, unless_seat;
	int64_t ring_us_min, ring_us_max; /* 0: none */
};

struct rulepack {
	char name[NAME_BYTES], version[11], title[120];
	uint32_t rule_count, holidays_count;
	struct holidays holidays[PACK_HOLIDAYS_MAX];
	struct rule rules[PACK_RULES_MAX];
	char sha256[65]; /* of the text */
};

/* The caller frees with rulepack_free(). -ENOMEM, ERR_SYNTAX. */
int rulepack_parse(struct rulepack **pack, const char *text, size_t bytes, char why[PACK_WHY_BYTES]);
/*
 * The same for a text that was loaded: an earlier program took places that no number or address gives, and its campaigns go on.
 */
int rulepack_parse_kept(struct rulepack **pack, const char *text, size_t bytes, char why[PACK_WHY_BYTES]);
void rulepack_free(struct rulepack *pack); /* NULL is fine */

const char *rule_kind_name(enum rule_kind kind);
/* "08:00-21:00 daily", "7 attempts in 7 days per person and debt", "15s to 60s of ringing": what it demands, in a line. */
void rule_text(const struct rule *rule, char *out, size_t size);
/* Does it apply in one of these places, for this purpose and role? */
bool rule_applies(const struct rule *rule, const struct places *places, enum campaign_purpose purpose, const char *role);

#endif
