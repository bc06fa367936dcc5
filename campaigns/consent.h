/*
 * consent.h - who agreed to be called, who does business with the seller, who took that back; and whether a number changed hands
 *
 * What    Records of a number or of a person (as the lists' column person names it): what it rests on, when it was given, for
 *         which seller, where the proof is. They are never changed or removed: a revocation is a further record. A claim weighs
 *         them inside the transaction of its intent, so that a record counts for the next claim of any process.
 * Weight  Own do-not-call list, then revocation, then lists by their kind; consent and business only lift what the table of kinds
 *         says (suppress.h). A revocation for a seller, or for all, stops that seller's calls until consent of a later date;
 *         business never ends it. A record without a seller is for all; calls of a campaign without a seller are stopped by every
 *         revocation, and only consent to all lifts anything for them.
 * Age     Business is 18 calendar months from a purchase or payment, 3 from an inquiry; consent lasts until its own last day, if
 *         it has one.
 * Hands   The answer of a reassigned numbers database: `yes` stops the number until consent of a later date than the answer.
 * Errors  ERR_RANGE with a sentence in why, ERR_UNKNOWN (no more), errors of the store.
 * Source  16 CFR 310.4(b)(1)(iii)(B), 47 CFR 64.1200(a)(10), (f)(5), (m); docs/CONSENT.md.
 */
#ifndef OUTDIAL_CAMPAIGNS_CONSENT_H
#define OUTDIAL_CAMPAIGNS_CONSENT_H

#include "campaigns/store.h"

#define CONSENT_ROWS_MAX 500 /* of one transaction */

/* Stored as numbers: new ones go to the end. */
enum consent_basis { CONSENT_GIVEN, CONSENT_PURCHASE, CONSENT_INQUIRY, CONSENT_REVOKED, CONSENT_BASES };
/* "consent", "purchase", "inquiry", "revocation" */
const char *consent_basis_name(enum consent_basis basis);
enum consent_basis consent_basis_by_name(const char *name); /* CONSENT_BASES: none of these */

struct consent {
	uint64_t id;             /* given by the store, never twice */
	enum consent_basis basis;
	char e164[NUMBER_BYTES]; /* whose: a number, or else */
	char person[64];         /* a person */
	char seller[64];         /* for whom; empty: everybody */
	char evidence[128];      /* where the proof is: a form, a recording, an order */
	int64_t at_us;           /* when it was given, bought, asked for or revoked; whole seconds */
	int64_t until_us;        /* its own end, 0 none; business may end sooner */
	int64_t noted_us;        /* when it came into the store */
};

/* Until when it counts: INT64_MAX without an end. Pure. */
int64_t consent_end_us(const struct consent *consent);
/*
 * All or none, in one transaction; those that are there already (the same in all but id and noted_us) are passed over. At most
 * CONSENT_ROWS_MAX.
 */
int consent_add_many(struct store *store, const struct consent *rows, uint32_t count, uint32_t *added, char why[WHY_BYTES]);
/* What is wrong with a record; 0: nothing. */
int consent_check(const struct consent *consent, int64_t now_us, char why[WHY_BYTES]);
/* The record after `after` (zeroed: the first), by number, then persons; ERR_UNKNOWN at the end. */
int consent_next(struct store *store, const struct consent *after, struct consent *out);
/* The same among those of one number or (e164 empty) person. */
int consent_next_of(struct store *store, const char *e164, const char *person, uint64_t after, struct consent *out);

/* --- reassigned numbers */
enum reassigned { REASSIGNED_UNASKED, REASSIGNED_NO, REASSIGNED_YES, REASSIGNED_NO_DATA, REASSIGNED_ANSWERS };
const char *reassigned_name(enum reassigned answer); /* "", "no", "yes", "no data" */

struct reassigned_row {
	char e164[NUMBER_BYTES];
	enum reassigned answer;
	int64_t since_us;    /* the date of consent that was asked about */
	int64_t answered_us; /* when the database said so */
};
int reassigned_get(struct store *store, const char *e164, struct reassigned_row *out); /* ERR_UNKNOWN: never asked */
int reassigned_put_many(struct store *store, const struct reassigned_row *rows, uint32_t count, uint32_t *changed);

/* --- what the records of one call say together */
struct consent_word {
	struct consent given, business, revoked; /* id 0: none that counts */
	struct reassigned_row reassigned;
	bool gone; /* the number is somebody else's now, as far as anybody knows */
};
/* Takes one more record into account, for a call on behalf of that seller at now_us; then consent_settle() ends it. Pure. */
void consent_weigh(struct consent_word *word, const struct consent *record, const char *seller, int64_t now_us);
void consent_settle(struct consent_word *word);

/* --- consent_file.c: tables of records, and the exchange with a reassigned numbers database */
struct consent_receipt {
	uint64_t read, added, present;
};
/*
 * Columns number or person, basis, date; evidence, seller, until may be. One bad row refuses the file and nothing is written.
 * ERR_SYNTAX.
 */
int consent_import(
	struct store *store, const char *path, const char *region, struct consent_receipt *receipt, char why[FILE_WHY_BYTES]);
/* All records in the same columns; "-": standard output. */
int consent_export(struct store *store, const char *path, uint64_t *rows, char why[FILE_WHY_BYTES]);
/*
 * Numbers of North America whose consent or business counts for somebody now, without a header: ten digits, date of the newest
 * record. Those that were answered less than fresh_us ago about the same date are left out.
 */
int reassigned_query(struct store *store, const char *path, int64_t fresh_us, uint64_t *rows, char why[FILE_WHY_BYTES]);
/* Number, date, answer (yes, no, no data), with or without a header. as_of_us: of the answers. */
int reassigned_answers(
	struct store *store, const char *path, int64_t as_of_us, struct consent_receipt *receipt, char why[FILE_WHY_BYTES]);

#endif
