/*
 * limits.h - how often and how soon: rules that count what was tried with a person (pure)
 *
 * What    The entries of a person and of all its numbers go in, with the rules that apply to the group; out comes the first rule
 *         that says no, and when that ends. An attempt that is under way, or of which a crash left nothing known, counts as
 *         everything that it may have been.
 * Days    `local` spans are whole days in the lead's zones: where these differ, the day that began first.
 * Source  docs/RULES.md.
 */
#ifndef OUTDIAL_CAMPAIGNS_LIMITS_H
#define OUTDIAL_CAMPAIGNS_LIMITS_H

#include "campaigns/rulepack.h"

#define EVENT_OPEN (EVENT_ATTEMPT | EVENT_CONNECTED | EVENT_UNANSWERED | EVENT_CONVERSATION | EVENT_ABANDONED | EVENT_MACHINE | \
		    EVENT_REFUSAL)

struct ledger_entry {
	int64_t at_us;
	uint64_t attempt;  /* large: told by somebody else (ledger_import.h) */
	uint64_t number;   /* 0: not told, counts for each */
	uint32_t debt, seller, subject; /* hashes, 0: not told, counts for each */
	uint32_t events;   /* enum rule_event */
	uint32_t count;
};

struct ledger_who { /* who is called, for whom and about what */
	uint64_t person;
	uint64_t also; /* what the lead's columns say of a person whose key is another one (lead.person); 0: nothing */
	uint64_t numbers[LEAD_PHONES];
	uint32_t number_count;
	uint32_t debt, seller, subject;
	char role[16];     /* "debtor", "guarantor", "third_party", ... */
	bool lost_contact; /* the list documents it */
};

struct limits_question {
	const struct rule *const *rules;
	uint32_t rule_count;
	const struct ledger_entry *entries;
	uint32_t entry_count;
	const struct ledger_who *who;
	uint64_t number;     /* that would be dialled */
	const char *role;    /* whose it is */
	bool seat_reserved;
	const struct tz *const *zones; /* at least one */
	uint32_t zone_count;
	int64_t now_us;
};

struct limits_answer {
	const struct rule *rule; /* NULL: none says no */
	int64_t until_us;        /* when it says yes again, if nothing else happens; 0 unknown */
	uint32_t counted;
};
struct limits_answer limits_ask(const struct limits_question *question);

/* What a finished attempt was, as the rules count it; 0: it was none (nothing left the house). */
uint32_t limits_events(const struct attempt *attempt);
/* The longest time back that one of the rules looks, 0: none counts. */
int64_t limits_span_us(const struct rule *const *rules, uint32_t count);

#endif
