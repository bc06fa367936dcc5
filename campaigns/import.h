/*
 * import.h - uploading a list
 *
 * What    CSV, TSV, semicolon or pipe files in UTF-8, UTF-16 or GB18030 become leads; what cannot is written to a reject file
 *         that can be fixed and uploaded again. read = accepted + rejected + duplicate, always. Memory does not grow with the
 *         file.
 * Crash   after a kill -9 at any point the same call with options->resume makes of list and reject file what it would have made
 *         without (upload.h).
 * Source  RFC 4180; docs/LISTS.md.
 */
#ifndef OUTDIAL_CAMPAIGNS_IMPORT_H
#define OUTDIAL_CAMPAIGNS_IMPORT_H

#include "campaigns/store.h"

#define IMPORT_REASONS 16
#define IMPORT_REGIONS 12

struct import_reason {
	char code[24]; /* "E_PHONE_INVALID", ... */
	uint64_t count;
};

struct import_region { /* accepted rows by the country of their first number */
	uint16_t code; /* 86, 1, 44; 0: all that found no place in the table */
	uint64_t count;
};

struct import_ambiguous { /* numbers without "+" that are valid in another region, too */
	uint64_t looked, rows; /* rows looked at (an even sample of a large file), and ambiguous ones of these */
	char region[3];        /* the first such region */
};

/* How far an upload looks for leads with the same numbers, from near to far. */
enum import_scope {
	IMPORT_FILE,
	IMPORT_LIST,
	IMPORT_CAMPAIGN, /* all lists of the campaigns that dial the list */
	IMPORT_STORE,
	IMPORT_SCOPES    /* nowhere */
};
/* "file", "list", "campaign", "store". */
const char *import_scope_name(enum import_scope scope);

struct import_receipt {
	uint64_t read, accepted, rejected, duplicate;
	char encoding[16];  /* "UTF-8", "UTF-16LE", "UTF-16BE", "GB18030" */
	char delimiter;     /* , ; | or tab */
	bool header;
	char columns[400];  /* how columns were understood: "phone=电话 name=姓名 ..." */
	char samples[3][200]; /* the first decoded rows */
	char reject_path[512]; /* "" when nothing was rejected */
	struct import_reason reasons[IMPORT_REASONS];
	uint32_t reason_count;
	int64_t elapsed_us;
	bool stopped; /* options->stop was raised: the rest of the file was not read */
	int64_t uploaded_us; /* when the list got a file of the same bytes first, 0: never */
	uint32_t id;         /* number of the upload in the store; 0 in a dry run */
	bool already;        /* that upload of before had this very file, read in this very way: nothing was changed */
	uint64_t resumed_at; /* rows that an interrupted run had done; they are counted above too */
	struct import_region regions[IMPORT_REGIONS];
	uint32_t region_count;
	struct import_ambiguous ambiguous;
	/* duplicates by where the nearest lead with a number of theirs is; those that were kept, too */
	uint64_t found[IMPORT_SCOPES];
	uint64_t kept;                 /* duplicates that were taken all the same: counted as accepted */
	uint64_t linked;               /* those that were taken as the same person: counted as accepted */
	uint64_t updated;              /* those that changed the lead that was there: counted as duplicate */
	/* rows all of whose numbers are on the do-not-call list; by `dnc` rejected, suppressed or just counted */
	uint64_t listed;
};

typedef void import_progress_h(void *arg, uint64_t bytes_done, uint64_t bytes_total, const struct import_receipt *so_far);

struct import_options {
	const char *path;
	const char *list;      /* made when it is not there */
	const char *region;    /* "CN"; NULL: numbers must have "+" (or the list's own region) */
	const char *map;       /* "phone=电话,name=姓名,phone2=...,zone=...,priority=..." ; NULL: by header names */
	const char *encoding;  /* NULL: detected or refused */
	const char *reject_path; /* NULL: FILE.rejects.csv beside the file */
	bool dry_run;
	import_progress_h *progress; /* NULL: none; called at most every 200 ms */
	void *arg;
	/* NULL; else when it is not 0 the import ends after the current row as if the file ended there */
	const volatile int *stop;
	/* go on where an upload of this file to this list was interrupted; from its beginning when nothing of it is stored */
	bool resume;
	bool again;  /* read the file although it was loaded already */
	const char *scope;      /* NULL: "list" */
	const char *duplicates; /* "skip" (NULL), "update", "link" or "keep" */
	/* by what a lead is found: "number" (NULL), "external_id" (a row without one: by number) or "any" */
	const char *match;
	/* rows whose numbers are all on the do-not-call list: "mark" (NULL: suppressed leads), "skip" (rejected) or "proceed" */
	const char *dnc;
	bool yes;    /* the region is certain, though more than 0.5 % of the numbers are valid in a region of another list, too */
	const char *roles; /* "phone2=guarantor,phone3=third_party": whose numbers a column has; NULL: what its title says */
	/* leads that wait in memory before they are written; 0: 1,000,000. Less is less memory and more time */
	uint32_t chunk_rows;
};

/* ERR_ENCODING, ERR_SYNTAX, -ENOENT, -ENOSPC ... with a sentence in why (400 bytes) that says what, where and what to do. */
int import_list(
	struct store *store, const struct import_options *options, struct import_receipt *receipt, char why[FILE_WHY_BYTES]);

/* Do-not-call file: one number a line or a CSV whose first column is the number. Counts: read = added + present + bad. */
struct dnc_receipt {
	uint64_t read, added, present, bad, first_bad_line;
};
/* 0, an error of the file or of the store; a sentence in why. What was added before an error stays. */
int import_dnc(struct store *store, const char *path, const char *region, struct dnc_receipt *receipt, char why[FILE_WHY_BYTES]);
/* The same with the file's encoding named; NULL: detected or refused. */
int import_dnc_encoded(struct store *store, const char *path, const char *encoding, const char *region,
	struct dnc_receipt *receipt, char why[FILE_WHY_BYTES]);

/*
 * One number as E.164 ("+8613800138000"). `region` may be NULL. ERR_SYNTAX with a short reason ("not a number", "too short",
 * "invalid for CN") in why.
 */
int phone_normalise(const char *text, const char *region, char e164[NUMBER_BYTES], char why[WHY_BYTES]);
/* Candidate time zones of an E.164 number, NULL-terminated static names, at most `max` - 1; answers the count, 0 unknown. */
int zone_of_number(const char *e164, const char **names, int max);

#endif
