/*
 * reconcile.h - our calls beside a carrier's records of them, in both directions
 *
 * What    Each attempt whose INVITE left is looked for among the carrier's records: by its Call-ID where they have it, else by
 *         number and time. What is left over on either side is a finding, and so is a pair that contradicts itself (answered or
 *         not, duration, code). An attempt that a crash left unknown may have been sent: a record of it is its own, and without
 *         one it is no finding.
 * Span    from the first to the last of the records, or what the options say; calls of ours outside of it are not looked for.
 * Log     the event `reconcile`: file's sum, span, counts.
 * Errors  those of carrier_read() and history_read(); with a sentence.
 */
#ifndef OUTDIAL_CAMPAIGNS_RECONCILE_H
#define OUTDIAL_CAMPAIGNS_RECONCILE_H

#include "campaigns/carrier.h"
#include "campaigns/sheet.h"

struct reconcile_options {
	struct carrier_options carrier;
	struct sheet_options sheet; /* where the findings go */
	const char *trunk;          /* only calls over it; NULL: all */
	int64_t from_us, to_us;     /* 0: what the records span */
	int64_t tolerance_us;       /* of times */
};

struct reconcile_receipt {
	uint64_t records, unreadable, outside; /* of the file; outside of the span */
	uint64_t calls;                        /* ours in the span */
	uint64_t matched, differ, carrier_only, ours_only;
	int64_t from_us, to_us;
	char sha256[65]; /* of the file */
};

int reconcile_run(struct store *store, const struct reconcile_options *options, struct reconcile_receipt *receipt,
	char why[CARRIER_WHY_BYTES]);

#endif
