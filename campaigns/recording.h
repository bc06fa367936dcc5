/*
 * recording.h - what the store knows of recordings: one record an attempt that is recorded, its pauses, its file, how long it is
 * kept
 *
 * What    The engine notes beginning, pauses and end (writer_recording()); whoever finishes the file says so with its sum, which
 *         becomes an event of the evidence log; retention removes the file and leaves record and event.
 * Files   DIR/recordings/DAY/ATTEMPT.opus or .wav, with .enc when encrypted; DAY is the UTC day of the answer. What is not
 *         finished yet is in DIR/recordings/spool (media/spool.h).
 * Classes a recording may belong to several laws' classes: the longest floor holds, a ceiling that is below it gives way.
 * Errors  ERR_UNKNOWN (not recorded), ERR_RANGE with a sentence, as store.h.
 * Source  12 CFR 1006.100(b) (three years); the UK's and EU's storage limitation, a year unless said otherwise; MIIT (30 days)
 *         and card rules (two years) of China. PCI DSS 3.3.1 for pauses.
 */
#ifndef OUTDIAL_CAMPAIGNS_RECORDING_H
#define OUTDIAL_CAMPAIGNS_RECORDING_H

#include "campaigns/store.h"

#define RECORDING_GAPS 8 /* the last one lasts to the end of the call */
#define RECORDING_WHY_BYTES 24
#define RECORDING_PAUSE_US_MAX (INT64_C(900) * 1000000)

enum recording_state { RECORDING_OPEN, RECORDING_KEPT, RECORDING_LOST, RECORDING_REMOVED };

struct recording_gap { /* nothing of it is in the file */
	int64_t from_us, to_us; /* to_us 0: goes on */
	char who[NAME_BYTES], why[RECORDING_WHY_BYTES];
};

struct recording {
	uint64_t attempt;
	uint32_t campaign;
	enum recording_state state;
	struct recording_terms terms;
	int64_t start_us, end_us; /* end_us 0: the call goes on, or the engine died */
	struct recording_gap gaps[RECORDING_GAPS];
	uint32_t gap_count;
	char file[40]; /* "20261122/1017.opus.enc" */
	char sha256[65];
	uint64_t bytes;
	uint32_t ms, lost_ms; /* length; sound, of either side, that the disk did not take */
	bool encrypted, crashed; /* crashed: cut off by the end of the engine */
	int64_t removed_us;
};

/* --- classes */
/* "us-collections,cn" to bits; false: a name is none. */
bool recording_classes_parse(const char *text, uint32_t *classes);
const char *recording_classes_text(uint32_t classes, char out[96]); /* "none" */
/* How long a law asks for it at least; 0: none does. */
int64_t recording_floor_us(const struct recording_terms *terms);
/* How long a recording of these terms is kept: what they say, else the classes' floor, else their ceiling, else a year. */
int64_t recording_keep_us(const struct recording_terms *terms);
/* ERR_RANGE: shorter than a floor, longer than a ceiling; or another member. */
int recording_terms_check(const struct recording_terms *terms, char *why);
/* From then on it may be removed. */
int64_t recording_due_us(const struct recording *recording);

/* --- records */
int recording_get(struct store *store, uint64_t attempt, struct recording *out);
/* The first after `after`. ERR_UNKNOWN: no more. */
int recording_next(struct store *store, uint64_t after, struct recording *out);
const char *recording_state_name(enum recording_state state);
/* DIR/recordings/FILE */
void recording_path(struct store *store, const struct recording *recording, char out[4096]);

/* --- notes of the engine, in the order in which things happen */
enum recording_note_kind { NOTE_BEGUN, NOTE_PAUSED, NOTE_RESUMED, NOTE_ENDED };
struct recording_note {
	enum recording_note_kind kind;
	uint64_t attempt;
	uint32_t campaign;
	int64_t at_us;
	struct recording_terms terms; /* of BEGUN */
	char who[NAME_BYTES], why[RECORDING_WHY_BYTES];
};
/* For tools and tests; the engine has writer_recording(). */
int recording_note(struct store *store, const struct recording_note *note);

/* --- the file's fate: one transaction with its event */
/*
 * file, sha256, bytes, ms, lost_ms, encrypted, crashed are taken from `kept`. Without a record one is made: the engine died
 * before it was durable.
 */
int recording_keep(struct store *store, const struct recording *kept);
int recording_lose(struct store *store, uint64_t attempt, const char *why);
/* Removes the file and says so in the log. */
int recording_remove(struct store *store, uint64_t attempt, const char *why);

struct recording_prune {
	uint64_t seen, removed, bytes;
	uint64_t held; /* due, but their number or person is on hold */
};
/* Removes what is due and not on hold. `dry`: only counts. For `outdial recording prune` and a retention run. */
int recording_prune(struct store *store, int64_t now_us, bool dry, struct recording_prune *out);

#endif
