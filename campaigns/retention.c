/* retention.c - see retention.h */
#include "campaigns/retention.h"

#include "campaigns/evidence.h"
#include "campaigns/evlog.h"
#include "campaigns/hold_table.h"
#include "campaigns/ledger.h"
#include "campaigns/line.h"
#include "campaigns/manifest.h"
#include "campaigns/personal.h"
#include "campaigns/pruned.h"
#include "campaigns/retention_data.h"
#include "campaigns/sealed.h"
#include "campaigns/segment.h"

#include "base/clock.h"
#include "base/err.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEGMENTS_MAX 1000 /* records that go in one transaction; more go with the next run */

/* --- the table */

#define ROW(class, pack, days, source) {class, pack, days, source},
static const struct {
	enum retention_class class;
	const char *pack;
	uint32_t days;
	const char *source;
} rows[] = {RETENTION_ROWS};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

bool retention_row(uint32_t index, enum retention_class *class, const char **pack, uint32_t *days, const char **source)
{
	if (index >= ROWS)
		return false;
	*class = rows[index].class;
	*pack = rows[index].pack;
	*days = rows[index].days;
	*source = rows[index].source;
	return true;
}

const char *retention_class_name(enum retention_class class)
{
	static const char *const names[RETENTION_CLASSES] = {"call", "opt_out", "recording", "other"};

	return (unsigned)class < RETENTION_CLASSES ? names[class] : "";
}

/* Is it one of "a@2026-11-22#1a2b,b"? */
static bool names_pack(const char *packs, const char *pack)
{
	size_t bytes = strlen(pack);

	for (; *packs; packs += strcspn(packs, ","), packs += *packs == ',')
		if (strncmp(packs, pack, bytes) == 0 && strchr(",@", packs[bytes]))
			return true;
	return false;
}

int64_t retention_us(enum retention_class class, const char *packs)
{
	uint32_t longest = 0, of_class = 0;

	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].class != class)
			continue;
		of_class = rows[i].days > of_class ? rows[i].days : of_class;
		if (names_pack(packs, rows[i].pack) && rows[i].days > longest)
			longest = rows[i].days;
	}
	return (longest ? longest : of_class) * DAY_US;
}

/* --- one line */

#define HELD_PERSONS 1024 /* beyond it everybody counts as held */

struct looking {
	struct store *store;
	struct retention_receipt *receipt;
	uint64_t size;                          /* of the log that is sealed and signed */
	int64_t any_us[RETENTION_CLASSES];      /* for what belongs to no campaign */
	uint64_t persons[HELD_PERSONS];         /* of leads with a held number */
	uint32_t person_count;
	bool held_any;
	struct db_txn txn; /* of one segment's reading */
	int64_t now_us;
	struct personal_reader *personal;
	bool stopped;
	int64_t last_us; /* of the segment's lines */
};

/* What a line says of itself. */
struct subject {
	enum retention_class class;
	uint32_t campaign;
	uint64_t attempt, lead, number, person;
	char packs[sizeof(((struct explanation *)0)->packs)];
};

static bool begins(const struct line_head *head, const char *word)
{
	return head->event_bytes >= strlen(word) && memcmp(head->event, word, strlen(word)) == 0;
}

static enum retention_class class_of(const struct line_head *head)
{
	static const char *const calls[] = {"intent", "outcome", "recovered", "disposition", "refused"};

	if (begins(head, "dnc_") || begins(head, "suppress_") || begins(head, "consent_"))
		return RETENTION_OPT_OUT;
	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (begins(head, calls[i]))
			return RETENTION_CALL;
	return RETENTION_OTHER;
}

/* Lines of calls have the ledger's key, those of consents the name itself. */
static uint64_t person_of(const struct line_head *head, const struct line_field *field)
{
	char text[HOLD_SUBJECT_BYTES];

	line_field_text(field, text, sizeof(text));
	if (!*text)
		return 0;
	return begins(head, "consent_") ? ledger_person(text) : strtoull(text, NULL, 16);
}

static void subject_of(const struct line_head *head, const char *line, size_t bytes, struct subject *out)
{
	struct line_field field;
	const char *at = NULL;
	char text[24];

	*out = (struct subject){.class = class_of(head)};
	while (line_next_field(line, bytes, &at, &field)) {
		if (line_field_is(&field, "packs"))
			line_field_text(&field, out->packs, sizeof(out->packs));
		else if (line_field_is(&field, "campaign"))
			out->campaign = (uint32_t)field.number;
		else if (line_field_is(&field, "attempt"))
			out->attempt = field.number;
		else if (line_field_is(&field, "lead"))
			out->lead = field.number;
		else if (line_field_is(&field, "person"))
			out->person = person_of(head, &field);
		else if (line_field_is(&field, "to")) {
			line_field_text(&field, text, sizeof(text));
			out->number = number_of(text);
		}
	}
}

/* An agent's later word names its attempt alone. */
static bool campaign_of(struct db_txn *txn, const struct subject *subject, struct campaign *out)
{
	struct attempt attempt;

	if (subject->campaign)
		return campaign_load(txn, subject->campaign, out);
	return subject->attempt && attempt_load(txn, subject->attempt, &attempt) && campaign_load(txn, attempt.campaign, out);
}

/* The packs of the line and those that the campaign names today; of what is no campaign's, those of all campaigns. */
static int64_t keep_us(struct looking *looking, const struct subject *subject)
{
	int64_t line_us = retention_us(subject->class, subject->packs), today_us;
	struct campaign campaign;

	if (!campaign_of(&looking->txn, subject, &campaign))
		return subject->campaign || subject->attempt ? line_us : looking->any_us[subject->class];
	today_us = retention_us(subject->class, campaign.rules);
	return *subject->packs && line_us > today_us ? line_us : today_us;
}

/* A line names one of the names that a lead goes by; the lead itself, when it is still there, knows the others. */
static bool is_lead_held(struct looking *looking, const struct subject *subject)
{
	struct lead lead;

	return subject->lead && looking->held_any && lead_load(&looking->txn, subject->lead, &lead) &&
	       hold_has_lead(&looking->txn, &lead);
}

static bool is_held(struct looking *looking, const struct subject *subject)
{
	/* evlog.c: without a name of his own he is the number */
	uint64_t person = subject->person ? subject->person : subject->number;

	if (looking->person_count == HELD_PERSONS)
		return true;
	for (uint32_t i = 0; person && i < looking->person_count; i++)
		if (looking->persons[i] == person)
			return true;
	return hold_has(&looking->txn, subject->number) || hold_has(&looking->txn, person) || is_lead_held(looking, subject);
}

/* What is the same for all lines. */
static int prepare(struct looking *looking)
{
	struct sealed newest = {.last = 0};
	struct db_key from = db_key_empty(), key;
	struct campaign campaign;
	bool there;

	db_read_begin(looking->store->db, &looking->txn);
	if (!looking->size && sealed_last(&looking->txn, &newest))
		looking->size = newest.last + 1;
	looking->held_any = db_count(&looking->txn, T_HOLD) > 0;
	looking->person_count = hold_persons(&looking->txn, looking->persons, HELD_PERSONS);
	there = db_seek(&looking->txn, T_CAMPAIGN, &from, &key, NULL);
	for (int class = 0; class < RETENTION_CLASSES && !there; class++)
		looking->any_us[class] = retention_us((enum retention_class)class, "");
	for (; there; there = db_step(&looking->txn, T_CAMPAIGN, &key, NULL))
		for (int class = 0; class < RETENTION_CLASSES && campaign_load(&looking->txn, db_key_u32_at(&key, 0), &campaign);
			class ++) {
			int64_t us = retention_us((enum retention_class)class, campaign.rules);

			looking->any_us[class] = us > looking->any_us[class] ? us : looking->any_us[class];
		}
	return db_read_end(&looking->txn);
}

static int look_h(void *arg, const char *line, size_t bytes)
{
	struct looking *looking = arg;
	struct subject subject;
	struct line_head head;

	if (!line_parse_head(line, bytes, &head))
		return ERR_SYNTAX;
	line = personal_line(looking->personal, &head, line, &bytes);
	subject_of(&head, line, bytes, &subject);
	int64_t until_us = head.us + keep_us(looking, &subject);
	bool held = is_held(looking, &subject);

	looking->last_us = head.us > looking->last_us ? head.us : looking->last_us;
	if (!held && until_us <= looking->now_us)
		return 0;
	looking->receipt->stop = held ? RETENTION_HELD : RETENTION_AGE;
	looking->receipt->stop_seq = head.seq;
	looking->receipt->stop_until_us = held ? 0 : until_us;
	looking->stopped = true;
	return -ECANCELED;
}

/* --- which segments */

static int look_segment(struct looking *looking, const struct sealed *sealed, char *why)
{
	char path[4096 + SEGMENT_NAME_BYTES], name[SEGMENT_NAME_BYTES];
	FILE *file;
	int err, also;

	segment_name(sealed->first, sealed->last, SEGMENT_LINES, name);
	snprintf(path, sizeof(path), "%s/evidence/%s", store_dir(looking->store), name);
	file = fopen(path, "re");
	if (!file)
		return say(why, -errno, "evidence/%.60s cannot be read: %s", name, err_text(-errno));
	looking->last_us = 0;
	db_read_begin(looking->store->db, &looking->txn);
	err = segment_read(file, look_h, looking);
	also = db_read_end(&looking->txn);
	fclose(file);
	if (looking->stopped)
		return 0;
	if (err == ERR_SYNTAX)
		return say(why, err, "evidence/%.60s is damaged: nothing goes before 'outdial verify' is content", name);
	return err ? err : also;
}

static void take(struct looking *looking, const struct sealed *sealed, struct pruned *pruned)
{
	struct retention_receipt *receipt = looking->receipt;

	receipt->segments++;
	receipt->events += sealed->last - sealed->first + 1;
	receipt->bytes += sealed->bytes;
	receipt->until_us = looking->last_us > receipt->until_us ? looking->last_us : receipt->until_us;
	pruned->first = sealed->last + 1;
	pruned->until_us = receipt->until_us;
	pruned->peaks_bytes = sealed->peaks_bytes;
	memcpy(pruned->peaks, sealed->peaks, sealed->peaks_bytes);
}

/* Whole segments from the beginning on; the newest always stays, for the tree goes on from it. */
static int choose(struct looking *looking, struct pruned *pruned, char *why)
{
	struct retention_receipt *receipt = looking->receipt;
	struct sealed sealed;
	int err = pruned_read(looking->store, pruned);

	receipt->first = pruned->first;
	while (!err && receipt->segments < SEGMENTS_MAX &&
		!(err = sealed_read_next(looking->store, receipt->first + receipt->events, &sealed))) {
		receipt->stop_seq = sealed.first;
		if (sealed.last + 1 >= looking->size)
			break;
		err = look_segment(looking, &sealed, why);
		if (err || looking->stopped)
			break;
		take(looking, &sealed, pruned);
	}
	return err == ERR_UNKNOWN ? 0 : err;
}

/* --- their going */

struct going {
	const struct pruned *pruned;
	struct retention_receipt *receipt;
};

static int segments_in(struct db_txn *txn, void *arg)
{
	struct going *going = arg;
	struct db_key from = db_key_empty(), key;
	struct line line;

	while (db_seek(txn, T_SEGMENT, &from, &key, NULL) && db_key_u64_at(&key, 0) < going->pruned->first)
		db_del(txn, T_SEGMENT, &key);
	pruned_save(txn, going->pruned);
	going->receipt->event = evlog_start(txn, &line, "pruned");
	line_u64(&line, "first", going->receipt->first);
	line_u64(&line, "last", going->pruned->first - 1);
	line_u64(&line, "segments", going->receipt->segments);
	line_time(&line, "until_us", going->pruned->until_us);
	evlog_end(txn, going->receipt->event, &line);
	return txn->err;
}

struct attempts {
	int64_t until_us; /* intents up to here had their lines in what went */
	uint64_t after, gone;
	bool dry, end;
};

static bool attempt_stays(struct db_txn *txn, const struct attempt *attempt)
{
	struct lead lead;

	return attempt->outcome == OUTCOME_NONE || hold_has(txn, number_of(attempt->e164)) ||
	       (lead_load(txn, attempt->lead, &lead) && hold_has_lead(txn, &lead));
}

/* The newest attempt stays: the next gets its number from it. */
static int attempts_in(struct db_txn *txn, void *arg)
{
	struct attempts *attempts = arg;
	struct db_key from = key_u64(attempts->after + 1), key, last;
	uint64_t after = attempts->after;
	struct attempt attempt;

	attempts->gone = 0;
	attempts->end = !db_last(txn, T_ATTEMPT, &last, NULL);
	for (int i = 0; i < CHANGE_ROWS_MAX / 2 && !attempts->end && !txn->err; i++) {
		attempts->end = !db_seek(txn, T_ATTEMPT, &from, &key, NULL) || memcmp(key.bytes, last.bytes, 8) == 0 ||
				!attempt_load(txn, db_key_u64_at(&key, 0), &attempt) || attempt.intent_us > attempts->until_us;
		if (attempts->end)
			break;
		after = attempt.id;
		from = key_u64(after + 1);
		if (attempt_stays(txn, &attempt))
			continue;
		attempts->gone++;
		if (!attempts->dry)
			db_del(txn, T_ATTEMPT, &key);
	}
	if (!txn->err && attempts->end)
		attempts->after = UINT64_MAX;
	else if (!txn->err)
		attempts->after = after;
	return txn->err;
}

static int attempts_go(struct store *store, int64_t until_us, bool dry, uint64_t *gone)
{
	struct attempts attempts = {.until_us = until_us, .dry = dry};
	struct db_txn txn;
	int err = 0;

	for (*gone = 0; until_us && !err && attempts.after != UINT64_MAX; *gone += attempts.gone) {
		if (!dry) {
			err = db_change(store->db, attempts_in, &attempts);
			continue;
		}
		db_read_begin(store->db, &txn);
		attempts_in(&txn, &attempts);
		err = db_read_end(&txn);
	}
	return err;
}

/* What goes must be covered by a checkpoint: `size` is that of the newest. What is written meanwhile may wait. */
static int seal_all(struct store *store, uint64_t *size, char *why)
{
	struct seal_receipt receipt;
	int err;

	do
		err = evidence_seal(store, NULL, &receipt, why);
	while (!err && receipt.waiting >= SEGMENT_LINES_MAX);
	*size = receipt.size;
	return err;
}

static int let_go(struct looking *looking, const struct pruned *pruned, char *why)
{
	int err = db_change(looking->store->db, segments_in, &(struct going){pruned, looking->receipt});

	/* writes `pruned` and the manifest, and removes the files */
	return err ? err : seal_all(looking->store, &looking->size, why);
}

int retention_run(struct store *store, bool dry, struct retention_receipt *receipt, char *why)
{
	struct looking *looking = calloc(1, sizeof(*looking));
	struct pruned pruned;
	int err = looking ? 0 : -ENOMEM;

	memset(receipt, 0, sizeof(*receipt));
	if (err)
		return err;
	looking->store = store;
	looking->receipt = receipt;
	looking->now_us = clock_us();
	err = recording_prune(store, looking->now_us, dry, &receipt->recordings);
	if (!err && !dry)
		err = seal_all(store, &looking->size, why);
	if (!err)
		err = personal_reader_open(&looking->personal, store_dir(store));
	if (!err)
		err = prepare(looking);
	if (!err)
		err = choose(looking, &pruned, why);
	if (!err && receipt->segments && !dry)
		err = let_go(looking, &pruned, why);
	personal_reader_close(looking->personal);
	free(looking);
	return err ? err : attempts_go(store, pruned.until_us, dry, &receipt->attempts);
}
