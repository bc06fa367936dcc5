/*
 * erase.h - a person goes, and every proof stays
 *
 * What    erase_run() takes a number ("+8613800138000") or a person (by the word in the lead's column person, debtor_id,
 *         customer_id or external_id, ledger.h) out of the store:
 *           his leads with their numbers and columns, callbacks, ledgers, consents and answers about his numbers are deleted;
 *           the attempts stay, without number; the keys of his lines in the evidence log are destroyed (personkey.h): the lines
 *           stay, sealed for good; recordings are removed, but for those that a law still asks for;
 *           his numbers get their bit in the do-not-call list, so that nobody calls them again;
 *           an event `erased` with a pseudonym, the reason and the counts; then the store's free room is wiped (scrub.h).
 *         A number means all persons whose leads have it. A number that others' leads have, too, stays theirs.
 * Order   the leads first, in one transaction that also writes down what is to do; then keys, attempts and recordings; the event
 *         last. Who is killed in between calls it again: it goes on, and ends in the same state.
 * Errors  ERR_WRONG_STATE: a legal hold; a call under way or just ended; a recording that is still being closed; an upload that
 *         has his number. ERR_UNKNOWN: nobody is known by that; ERR_RANGE: no number, no reason; ERR_FULL: more than ERASE_LEADS
 *         leads. Each with a sentence. -ECANCELED after `stop_after`.
 */
#ifndef OUTDIAL_CAMPAIGNS_ERASE_H
#define OUTDIAL_CAMPAIGNS_ERASE_H

#include "campaigns/scrub.h"

#define ERASE_LEADS 48          /* of one person; more is rather a column that does not say who somebody is */
#define ERASE_NUMBERS 64
#define ERASE_BASIS_BYTES 96
#define ERASE_REST_US (60 * INT64_C(1000000)) /* after a call: its recording is being closed */

enum erase_step { ERASE_TO_THE_END, ERASE_LEADS_GONE, ERASE_KEYS_GONE, ERASE_ATTEMPTS_DONE, ERASE_RECORDED, ERASE_STEPS };

struct erase_options {
	const char *basis;  /* why: a letter, an article; stands in the log in clear text */
	bool dry;           /* count, change nothing */
	bool may_call;      /* do not put his numbers into the do-not-call list */
	enum erase_step stop_after; /* for tests: leave everything as a crash after this step would */
};

struct erase_receipt {
	char pseudonym[33], basis[ERASE_BASIS_BYTES];
	int64_t at_us;
	uint64_t event; /* its sequence number */
	char hash[65];  /* its leaf hash: what the next checkpoint signs */
	uint32_t leads, numbers, shared; /* shared: numbers that others have, too, and that stay theirs */
	uint32_t listed;                 /* numbers that are in the do-not-call list from now on and were not */
	uint32_t rows;                   /* of ledgers, consents and answers about numbers */
	uint64_t attempts, keys, recordings;
	/* What stays, and until when at least. */
	/* attempts whose lines an earlier program wrote in clear text: they go with their segment */
	uint64_t clear;
	uint64_t recordings_kept;
	int64_t recordings_until_us, attempts_until_us;
	bool again;                      /* nothing was left to do: the receipt is that of the erasure then */
	struct scrub_report scrub;
};

int erase_run(
	struct store *store, const char *subject, const struct erase_options *options, struct erase_receipt *receipt, char *why);

#endif
