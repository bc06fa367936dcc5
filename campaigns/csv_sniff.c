/* csv_sniff.c - the delimiter of a sample; see csv.h */
#include "campaigns/csv.h"

#include <string.h>

#define KINDS 4
#define LINES_MAX 200

static const char kinds[KINDS] = {',', ';', '\t', '|'};

struct tally {
	uint32_t first[KINDS]; /* count in the first line */
	uint32_t same[KINDS];  /* lines with that count */
	uint32_t lines;
};

static void tally_line(struct tally *tally, const uint32_t counts[KINDS])
{
	int k;

	for (k = 0; k < KINDS; k++) {
		if (tally->lines == 0)
			tally->first[k] = counts[k];
		tally->same[k] += counts[k] > 0 && counts[k] == tally->first[k];
	}
	tally->lines++;
}

static void tally_text(struct tally *tally, const char *text, size_t bytes)
{
	uint32_t counts[KINDS] = {0};
	bool quoted = false, seen = false;
	const char *kind;
	size_t i;

	for (i = 0; i < bytes && tally->lines < LINES_MAX; i++) {
		if (text[i] == '"')
			quoted = !quoted;
		if (!quoted && (text[i] == '\n' || text[i] == '\r')) {
			if (seen)
				tally_line(tally, counts);
			memset(counts, 0, sizeof(counts));
			seen = false;
			continue;
		}
		seen = true;
		kind = quoted ? NULL : memchr(kinds, text[i], KINDS);
		if (kind)
			counts[kind - kinds]++;
	}
	if (seen && tally->lines < LINES_MAX)
		tally_line(tally, counts);
}

/* The one whose count is the same in most lines; then the one that makes more columns; then the order of `kinds`. */
char rows_sniff(const char *text, size_t bytes)
{
	struct tally tally = {0};
	int k, best = 0;

	tally_text(&tally, text, bytes);
	for (k = 1; k < KINDS; k++) {
		if (tally.same[k] > tally.same[best] || (tally.same[k] == tally.same[best] && tally.first[k] > tally.first[best]))
			best = k;
	}
	return kinds[best];
}
