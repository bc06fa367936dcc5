/* recording.c - see recording.h */
#include "campaigns/recording.h"

#include "campaigns/evlog.h"
#include "campaigns/hold_table.h"
#include "campaigns/line.h"
#include "campaigns/tables.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KEEP_DAYS 365

/* --- classes */

/* Bit i of a set of classes is the i-th. */
static const struct recording_class {
	const char *name;
	int32_t floor_days, ceiling_days; /* ceiling 0: none */
} recording_classes[] = {
	{"us-telemarketing", 0, 0}, /* no rule of its own */
	{"us-collections", 1096, 0}, /* three years from the call (12 CFR 1006.100(b)) */
	{"uk", 0, 366}, /* a year unless there is a reason (storage limitation) */
	{"eu", 0, 366}, /* the same */
	{"ca", 0, 0}, /* no rule of its own */
	{"cn", 30, 0}, /* 30 days (MIIT) */
	{"cn-card", 731, 0}, /* two years (collection of card debts) */
	{0},
};

static uint32_t class_bit(const char *name, size_t bytes)
{
	for (uint32_t i = 0; recording_classes[i].name; i++)
		if (strlen(recording_classes[i].name) == bytes && memcmp(recording_classes[i].name, name, bytes) == 0)
			return 1u << i;
	return 0;
}

bool recording_classes_parse(const char *text, uint32_t *classes)
{
	uint32_t found = 0;

	if (strcmp(text, "none") == 0)
		text = "";
	while (*text) {
		size_t bytes = strcspn(text, ",");
		uint32_t bit = class_bit(text, bytes);
		if (!bit)
			return false;
		found |= bit;
		text += bytes + (text[bytes] == ',');
	}
	*classes = found;
	return true;
}

const char *recording_classes_text(uint32_t classes, char out[96])
{
	size_t at = 0;

	out[0] = '\0';
	for (uint32_t i = 0; recording_classes[i].name; i++)
		if (classes >> i & 1)
			at += (size_t)snprintf(out + at, 96 - at, "%s%s", at ? "," : "", recording_classes[i].name);
	return at ? out : "none";
}

/* The longest floor, and the shortest ceiling that is not below it; 0: none. */
static void class_bounds(uint32_t classes, int64_t *floor_us, int64_t *ceiling_us)
{
	*floor_us = *ceiling_us = 0;
	for (uint32_t i = 0; recording_classes[i].name; i++) {
		int64_t floor = recording_classes[i].floor_days * DAY_US, ceiling = recording_classes[i].ceiling_days * DAY_US;
		if (!(classes >> i & 1))
			continue;
		*floor_us = floor > *floor_us ? floor : *floor_us;
		*ceiling_us = ceiling && (!*ceiling_us || ceiling < *ceiling_us) ? ceiling : *ceiling_us;
	}
	if (*ceiling_us && *ceiling_us < *floor_us)
		*ceiling_us = *floor_us;
}

int64_t recording_floor_us(const struct recording_terms *terms)
{
	int64_t floor_us, ceiling_us;

	class_bounds(terms->classes, &floor_us, &ceiling_us);
	return floor_us;
}

int64_t recording_keep_us(const struct recording_terms *terms)
{
	int64_t floor_us, ceiling_us;

	class_bounds(terms->classes, &floor_us, &ceiling_us);
	if (terms->keep_us)
		return terms->keep_us > floor_us ? terms->keep_us : floor_us;
	return floor_us ? floor_us : ceiling_us ? ceiling_us : KEEP_DAYS * DAY_US;
}

int recording_terms_check(const struct recording_terms *terms, char *why)
{
	int64_t floor_us, ceiling_us;
	char names[96];

	class_bounds(terms->classes, &floor_us, &ceiling_us);
	recording_classes_text(terms->classes, names);
	if (terms->format > RECORDING_G711)
		return say(why, ERR_RANGE, "recordings are kept as opus or g711");
	if (terms->keep_us < 0 || (terms->keep_us && terms->keep_us < floor_us))
		return say(why, ERR_RANGE, "recordings of class %s must be kept for %d days at least", names,
			(int)(floor_us / DAY_US));
	if (ceiling_us && terms->keep_us > ceiling_us)
		return say(why, ERR_RANGE, "recordings of class %s may be kept for %d days at most", names,
			(int)(ceiling_us / DAY_US));
	if (terms->pause_us < 5 * SEC_US || terms->pause_us > RECORDING_PAUSE_US_MAX)
		return say(why, ERR_RANGE, "a pause of the recording ends by itself after 5 to 900 seconds");
	return 0;
}

int64_t recording_due_us(const struct recording *recording)
{
	int64_t from_us = recording->end_us ? recording->end_us : recording->start_us + recording->ms * MS_US;

	return from_us + recording_keep_us(&recording->terms);
}

/* --- record */

void recording_terms_encode(struct enc *enc, const struct recording_terms *terms)
{
	enc_u8(enc, terms->on);
	enc_u8(enc, (uint8_t)terms->format);
	enc_u32(enc, terms->classes);
	enc_i64(enc, terms->keep_us);
	enc_i64(enc, terms->pause_us);
}

void recording_terms_decode(struct dec *dec, struct recording_terms *out)
{
	out->on = dec_u8(dec);
	out->format = (enum recording_format)dec_u8(dec);
	out->classes = dec_u32(dec);
	out->keep_us = dec_i64(dec);
	out->pause_us = dec_i64(dec);
}

static void recording_save(struct db_txn *txn, const struct recording *recording)
{
	struct db_key key = key_u64(recording->attempt);
	struct enc enc;

	enc_start(&enc, 1);
	enc_u32(&enc, recording->campaign);
	enc_u8(&enc, (uint8_t)recording->state);
	recording_terms_encode(&enc, &recording->terms);
	enc_i64(&enc, recording->start_us);
	enc_i64(&enc, recording->end_us);
	enc_u8(&enc, (uint8_t)recording->gap_count);
	for (uint32_t i = 0; i < recording->gap_count; i++) {
		enc_i64(&enc, recording->gaps[i].from_us);
		enc_i64(&enc, recording->gaps[i].to_us);
		enc_text(&enc, recording->gaps[i].who);
		enc_text(&enc, recording->gaps[i].why);
	}
	enc_text(&enc, recording->file);
	enc_text(&enc, recording->sha256);
	enc_u64(&enc, recording->bytes);
	enc_u32(&enc, recording->ms);
	enc_u32(&enc, recording->lost_ms);
	enc_u8(&enc, recording->encrypted);
	enc_u8(&enc, recording->crashed);
	enc_i64(&enc, recording->removed_us);
	record_put(txn, T_RECORDING, &key, &enc);
}

static void gaps_decode(struct dec *dec, struct recording *out)
{
	uint32_t count = dec_u8(dec);

	dec->bad |= count > RECORDING_GAPS;
	for (uint32_t i = 0; i < count && !dec->bad; i++) {
		struct recording_gap *gap = &out->gaps[out->gap_count++];
		gap->from_us = dec_i64(dec);
		gap->to_us = dec_i64(dec);
		dec_text(dec, gap->who, sizeof(gap->who));
		dec_text(dec, gap->why, sizeof(gap->why));
	}
}

static bool recording_decode(struct db_txn *txn, uint64_t attempt, const struct db_view *view, struct recording *out)
{
	struct dec dec = dec_start(view->data, view->bytes, 1);

	*out = (struct recording){.attempt = attempt};
	out->campaign = dec_u32(&dec);
	out->state = (enum recording_state)dec_u8(&dec);
	recording_terms_decode(&dec, &out->terms);
	out->start_us = dec_i64(&dec);
	out->end_us = dec_i64(&dec);
	gaps_decode(&dec, out);
	dec_text(&dec, out->file, sizeof(out->file));
	dec_text(&dec, out->sha256, sizeof(out->sha256));
	out->bytes = dec_u64(&dec);
	out->ms = dec_u32(&dec);
	out->lost_ms = dec_u32(&dec);
	out->encrypted = dec_u8(&dec);
	out->crashed = dec_u8(&dec);
	out->removed_us = dec_i64(&dec);
	return record_ok(txn, &dec);
}

static bool recording_load(struct db_txn *txn, uint64_t attempt, struct recording *out)
{
	struct db_key key = key_u64(attempt);
	struct db_view view;

	return db_get(txn, T_RECORDING, &key, &view) && recording_decode(txn, attempt, &view, out);
}

int recording_get(struct store *store, uint64_t attempt, struct recording *out)
{
	struct db_txn txn;

	db_read_begin(store->db, &txn);
	return read_found(&txn, recording_load(&txn, attempt, out));
}

int recording_next(struct store *store, uint64_t after, struct recording *out)
{
	struct db_key low = key_u64(after + 1), key;
	struct db_view view;
	struct db_txn txn;

	db_read_begin(store->db, &txn);
	bool there = db_seek(&txn, T_RECORDING, &low, &key, &view) && recording_decode(&txn, db_key_u64_at(&key, 0), &view, out);
	return read_found(&txn, there);
}

const char *recording_state_name(enum recording_state state)
{
	static const char *const names[] = {"open", "kept", "lost", "removed"};

	return (unsigned)state <= RECORDING_REMOVED ? names[state] : "unknown";
}

void recording_path(struct store *store, const struct recording *recording, char out[4096])
{
	snprintf(out, 4096, "%s/recordings/%s", store_dir(store), recording->file);
}

/* --- notes */

static void gap_log(struct db_txn *txn, const struct recording_note *note)
{
	struct line line;
	uint64_t seq = evlog_start(txn, &line, note->kind == NOTE_PAUSED ? "recording_paused" : "recording_resumed");

	line_u64(&line, "attempt", note->attempt);
	line_time(&line, "at_us", note->at_us);
	line_text(&line, "who", note->who);
	line_text(&line, "why", note->why);
	evlog_write(txn, seq, &line);
}

static struct recording_gap *gap_open(struct recording *recording)
{
	struct recording_gap *last = recording->gap_count ? &recording->gaps[recording->gap_count - 1] : NULL;

	return last && !last->to_us ? last : NULL;
}

static void note_pause(struct recording *recording, const struct recording_note *note)
{
	struct recording_gap *gap = &recording->gaps[recording->gap_count];

	if (gap_open(recording) || recording->gap_count == RECORDING_GAPS)
		return;
	*gap = (struct recording_gap){.from_us = note->at_us};
	text_copy(gap->who, sizeof(gap->who), note->who);
	text_copy(gap->why, sizeof(gap->why), note->why);
	recording->gap_count++;
}

static void note_close(struct recording *recording, int64_t at_us)
{
	struct recording_gap *gap = gap_open(recording);

	if (gap)
		gap->to_us = at_us;
}

void recording_note_in(struct db_txn *txn, const struct recording_note *note)
{
	struct recording recording;

	if (note->kind == NOTE_BEGUN)
		recording = (struct recording){
			.attempt = note->attempt, .campaign = note->campaign, .terms = note->terms, .start_us = note->at_us};
	else if (!recording_load(txn, note->attempt, &recording))
		return;
	if (note->kind == NOTE_PAUSED)
		note_pause(&recording, note);
	if (note->kind == NOTE_RESUMED || note->kind == NOTE_ENDED)
		note_close(&recording, note->at_us);
	if (note->kind == NOTE_ENDED)
		recording.end_us = note->at_us;
	recording_save(txn, &recording);
	if (note->kind == NOTE_PAUSED || note->kind == NOTE_RESUMED)
		gap_log(txn, note);
}

static int note_in(struct db_txn *txn, void *arg)
{
	recording_note_in(txn, arg);
	return 0;
}

int recording_note(struct store *store, const struct recording_note *note)
{
	struct recording_note copy = *note;

	return db_change(store->db, note_in, &copy);
}

/* --- the file's fate */

/* "FROM-TO who why;...": times in microseconds. */
static void gaps_text(const struct recording *recording, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < recording->gap_count && at < size; i++) {
		const struct recording_gap *gap = &recording->gaps[i];
		at += (size_t)snprintf(out + at, size - at, "%s%lld-%lld %s %s", at ? ";" : "", (long long)gap->from_us,
			(long long)(gap->to_us ? gap->to_us : recording->end_us), gap->who, gap->why);
	}
}

static void kept_log(struct db_txn *txn, const struct recording *recording)
{
	char classes[96], gaps[RECORDING_GAPS * 128];
	struct line line;
	uint64_t seq = evlog_start(txn, &line, "recording");

	gaps_text(recording, gaps, sizeof(gaps));
	line_u64(&line, "attempt", recording->attempt);
	line_text(&line, "file", recording->file);
	line_text(&line, "sha256", recording->sha256);
	line_u64(&line, "bytes", recording->bytes);
	line_bool(&line, "encrypted", recording->encrypted);
	line_time(&line, "start_us", recording->start_us);
	line_u64(&line, "ms", recording->ms);
	line_bool(&line, "complete", !recording->crashed && !recording->lost_ms);
	line_u64(&line, "lost_ms", recording->lost_ms);
	line_bool(&line, "crashed", recording->crashed);
	line_text(&line, "classes", recording_classes_text(recording->terms.classes, classes));
	line_time(&line, "keep_until_us", recording_due_us(recording));
	line_text(&line, "rec_gaps", gaps);
	evlog_write(txn, seq, &line);
}

static int keep_in(struct db_txn *txn, void *arg)
{
	const struct recording *kept = arg;
	struct recording recording;

	if (!recording_load(txn, kept->attempt, &recording))
		recording = *kept;
	if (!recording.end_us)
		recording.end_us = recording.start_us + kept->ms * MS_US;
	note_close(&recording, recording.end_us);
	recording.state = RECORDING_KEPT;
	memcpy(recording.file, kept->file, sizeof(recording.file));
	memcpy(recording.sha256, kept->sha256, sizeof(recording.sha256));
	recording.bytes = kept->bytes;
	recording.ms = kept->ms;
	recording.lost_ms = kept->lost_ms;
	recording.encrypted = kept->encrypted;
	recording.crashed = kept->crashed;
	recording_save(txn, &recording);
	kept_log(txn, &recording);
	return 0;
}

int recording_keep(struct store *store, const struct recording *kept)
{
	struct recording copy = *kept;

	return db_change(store->db, keep_in, &copy);
}

struct fate {
	struct store *store;
	uint64_t attempt;
	const char *why;
	enum recording_state state;
	bool heeds_hold, held;
};

/* Whoever is on hold has their attempts in the store, however old (retention.c): without one there is no hold. */
static bool recording_held(struct db_txn *txn, const struct recording *recording)
{
	struct attempt attempt;
	struct lead lead;

	return attempt_load(txn, recording->attempt, &attempt) &&
	       (hold_has(txn, number_of(attempt.e164)) || (lead_load(txn, attempt.lead, &lead) && hold_has_lead(txn, &lead)));
}

/* The file goes first: a record that still says "kept" is removed again by the next run, a file without a record by nobody. */
static int file_remove(struct store *store, const struct recording *recording)
{
	char path[4096];

	recording_path(store, recording, path);
	return recording->file[0] && unlink(path) && errno != ENOENT ? -errno : 0;
}

/* Hold, file and record in one transaction: a hold that is placed meanwhile is before it, or finds the recording gone. */
static int fate_in(struct db_txn *txn, void *arg)
{
	struct fate *fate = arg;
	struct recording recording;
	struct line line;
	int err;

	if (!recording_load(txn, fate->attempt, &recording))
		return ERR_UNKNOWN;
	if (recording.state == fate->state)
		return 0;
	fate->held = fate->heeds_hold && recording_held(txn, &recording);
	if (fate->held)
		return 0;
	err = fate->state == RECORDING_REMOVED ? file_remove(fate->store, &recording) : 0;
	if (err)
		return err;
	recording.state = fate->state;
	recording.removed_us = fate->state == RECORDING_REMOVED ? clock_us() : 0;
	recording_save(txn, &recording);
	uint64_t seq = evlog_start(txn, &line, fate->state == RECORDING_REMOVED ? "recording_removed" : "recording_lost");

	line_u64(&line, "attempt", fate->attempt);
	line_text(&line, "sha256", recording.sha256);
	line_text(&line, "why", fate->why);
	evlog_end(txn, seq, &line);
	return 0;
}

int recording_lose(struct store *store, uint64_t attempt, const char *why)
{
	struct fate fate = {.attempt = attempt, .why = why, .state = RECORDING_LOST};

	return db_change(store->db, fate_in, &fate);
}

int recording_remove(struct store *store, uint64_t attempt, const char *why)
{
	struct fate fate = {.store = store, .attempt = attempt, .why = why, .state = RECORDING_REMOVED};

	return db_change(store->db, fate_in, &fate);
}

static bool held_now(struct store *store, const struct recording *recording)
{
	struct db_txn txn;
	bool held;

	db_read_begin(store->db, &txn);
	held = recording_held(&txn, recording);
	return db_read_end(&txn) || held; /* who cannot look does not remove */
}

int recording_prune(struct store *store, int64_t now_us, bool dry, struct recording_prune *out)
{
	struct recording recording;
	int err;

	*out = (struct recording_prune){0};
	for (uint64_t after = 0; !(err = recording_next(store, after, &recording)); after = recording.attempt) {
		struct fate fate = {.store = store, .attempt = recording.attempt, .why = "retention", .state = RECORDING_REMOVED, .heeds_hold = true};

		out->seen++;
		if (recording.state != RECORDING_KEPT || recording_due_us(&recording) > now_us)
			continue;
		if (dry)
			fate.held = held_now(store, &recording);
		else if ((err = db_change(store->db, fate_in, &fate)))
			return err;
		out->held += fate.held;
		out->removed += !fate.held;
		out->bytes += fate.held ? 0 : recording.bytes;
	}
	return err == ERR_UNKNOWN ? 0 : err;
}
