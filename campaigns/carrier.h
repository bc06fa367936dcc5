/*
 * carrier.h - a carrier's call records: a table with a header, read into memory
 *
 * What    Columns by their titles, or by `map` ("called=Ziel,start=Beginn"): called and start must be there; duration (seconds,
 *         fractions, or h:mm:ss), code (SIP) and call_id may. Times are what `when` takes, with fractions of a second, or
 *         seconds, milliseconds or microseconds since 1970. Rows that cannot be read are kept with their line and no number.
 * Bounds  4 million records; ERR_FULL: split the file.
 * Errors  those of table_open(); ERR_SYNTAX: a column is missing, the map is wrong, or no row can be read. All with a sentence.
 */
#ifndef OUTDIAL_CAMPAIGNS_CARRIER_H
#define OUTDIAL_CAMPAIGNS_CARRIER_H

#include "campaigns/store.h"

#include <stddef.h>

#define CARRIER_WHY_BYTES 400

struct carrier_record {
	uint64_t number; /* E.164 as a number; 0: this row cannot be read */
	int64_t start_us;
	int64_t duration_us; /* -1: unknown */
	uint64_t attempt;    /* that the Call-ID names, 0: none of ours */
	uint64_t line;       /* of the file */
	uint16_t code;       /* 0: unknown */
	bool matched;
};

typedef bool carrier_when_h(const char *text, int64_t *us);

struct carrier_options {
	const char *path, *map, *region, *encoding; /* all but path may be NULL */
	carrier_when_h *when;
};

struct carrier {
	struct carrier_record *items;
	size_t count, room, unreadable;
	char sha256[65]; /* of the file */
	bool durations, codes; /* there is such a column */
};

int carrier_read(struct store *store, const struct carrier_options *options, struct carrier *out, char why[CARRIER_WHY_BYTES]);
void carrier_fini(struct carrier *carrier);

/* Pure. "2026-11-21 09:00:30.25", "1795251630", ...: false when it is none. */
bool carrier_time(const char *text, carrier_when_h *when, int64_t *us);
/* "125", "125.4", "2:05", "0:02:05" */
bool carrier_duration(const char *text, int64_t *us);

#endif
