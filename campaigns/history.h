/*
 * history.h - the calls that were made, one after the other, as the evidence log tells them
 *
 * What    Joins what the log says of a call in several places: its intent (for whom, with which right), its outcome, and what the
 *         agent said after it. Of attempts that were made before the log began the store's own record is taken.
 * Memory  64 bytes for each word of an agent that came after the end of a call, in the period; a kilobyte for each call under
 *         way.
 * Errors  those of logread(); ERR_FULL: too many such words; -ENOMEM.
 */
#ifndef OUTDIAL_CAMPAIGNS_HISTORY_H
#define OUTDIAL_CAMPAIGNS_HISTORY_H

#include "campaigns/store.h"

/* As they stand in the lines: "n/a" where nobody said anything, empty in calls of a program that did not know them. */
struct call_items {
	char direction[12], from_name[64], org[48], seller[64], offer[64], party[12];
	char script[48], script_sha256[65], authority[48];
	int64_t authority_from_us, authority_to_us; /* 0: n/a */
	bool prerecorded;
	char prerecorded_id[48], prerecorded_sha256[65], transfer_to[NUMBER_BYTES], transfer_name[64];
};

struct call_record {
	struct attempt attempt; /* as it is today */
	struct call_items items;
	char campaign[NAME_BYTES];
	uint64_t seq; /* of the line that ended it; 0: from the store */
};

struct history_filter {
	uint32_t campaign;      /* 0: all */
	int64_t from_us, to_us; /* by intent, from <= t < to; 0: open */
	const char *number, *seat; /* NULL: all */
};

bool history_wants(const struct history_filter *filter, const struct attempt *attempt);

typedef int history_call_h(void *arg, const struct call_record *call);
/* In the order of their ends. *unfinished: those that were under way. */
int history_read(struct store *store, const struct history_filter *filter, history_call_h *call_h, void *arg,
	uint64_t *unfinished, char why[WHY_BYTES]);

/* For other readers of the log: what a line says of an attempt (fields that it does not have stay as they are). */
void history_line(const char *line, size_t bytes, struct call_record *out);

#endif
