/*
 * manifest.h - MANIFEST.sha256: the files of the evidence folder and their sums, as `sha256sum -c` reads them (pure)
 *
 * What    One line a file, "<64 hex digits>  <name>\n", in order of sequence numbers: each segment and after it its locators.
 *         Names are seg-<first>-<last> with twelve digits or more each, then .ndjson.zst or .leaf8.
 */
#ifndef OUTDIAL_CAMPAIGNS_MANIFEST_H
#define OUTDIAL_CAMPAIGNS_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEGMENT_NAME_BYTES 80
#define MANIFEST_LINE_BYTES (64 + 2 + SEGMENT_NAME_BYTES + 2)

enum segment_file { SEGMENT_LINES, SEGMENT_LOCATORS };

struct manifest_entry {
	uint64_t first, last;
	enum segment_file file;
	char sha256[65];
};

void segment_name(uint64_t first, uint64_t last, enum segment_file file, char out[SEGMENT_NAME_BYTES]);
/* The whole name must be one that segment_name() writes. */
bool segment_name_parse(const char *name, struct manifest_entry *out);
/* Answers the length. */
size_t manifest_print(const struct manifest_entry *entry, char out[MANIFEST_LINE_BYTES]);
/* Takes the line at *text and moves on: 1, 0 at the end, ERR_SYNTAX. */
int manifest_next(const char **text, const char *end, struct manifest_entry *out);

#endif
