/*
 * verify_segments.c - segments of the evidence log against manifest, locators, checkpoints and the store's records; see
 * verify_in.h
 */
#include "campaigns/verify_in.h"

#include "campaigns/line.h"
#include "campaigns/pruned.h"
#include "campaigns/sealed.h"
#include "campaigns/segment.h"

#include "base/err.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Checkpoints are compared when the tree has their size. */
static void check_roots(struct verify *verify)
{
	struct hash root;
	bool known = false;

	for (uint32_t i = 0; i < verify->options->checkpoint_count; i++) {
		struct outside *outside = &verify->outside[i];

		if (!outside->path || outside->met || outside->checkpoint.size != verify->tree.size)
			continue;
		root = known ? root : merkle_root(&verify->tree, NULL, 0);
		known = outside->met = true;
		if (merkle_equal(&root, &outside->checkpoint.root)) {
			verify->report->outside++;
			continue;
		}
		verify_fault(verify, "%s: the first %llu events are not those that it was signed for", outside->path,
			(unsigned long long)verify->tree.size);
	}
	if (!verify->checkpoint_there || verify->checkpoint.size != verify->tree.size)
		return;
	root = known ? root : merkle_root(&verify->tree, NULL, 0);
	if (!merkle_equal(&root, &verify->checkpoint.root))
		verify_fault(verify, "checkpoint: the first %llu events are not those that it was signed for",
			(unsigned long long)verify->tree.size);
}

/* The log may begin later: what is kept of the tree before must lead to the checkpoint's root with what follows. */
int verify_pruned(struct verify *verify)
{
	char path[PATH_BYTES], *text = NULL;
	struct pruned pruned;
	size_t bytes;
	int err = file_text(verify_path(verify, "pruned", path), PRUNED_BYTES, &text, &bytes);

	if (err == -ENOENT || err == -ENOMEM)
		return err == -ENOENT ? 0 : err;
	if (!err) {
		err = pruned_parse(text, bytes, &pruned);
		free(text);
	}
	if (err || !pruned_tree(&pruned, &verify->tree)) {
		verify_fault(verify, "pruned: cannot be read, or is damaged: where the log begins is not known");
		verify_bad_seq(verify, 0);
		return 0;
	}
	verify->report->first = verify->next = pruned.first;
	check_roots(verify);
	return 0;
}

/* The first bad line of a segment is named; the rest of it would only say it again. */
static int line_fault(struct verify *verify, const char *what)
{
	uint64_t seq = verify->next < verify->last ? verify->next : verify->last;

	if (!verify->segment_bad) {
		verify_fault(verify, "seq %llu: %s", (unsigned long long)seq, what);
		verify_bad_seq(verify, seq);
	}
	verify->segment_bad = true;
	return 0;
}

static void check_line(struct verify *verify, const char *line, size_t bytes, const struct hash *leaf)
{
	unsigned char locator[LOCATOR_BYTES];
	bool located = verify->locators && fread(locator, 1, LOCATOR_BYTES, verify->locators) == LOCATOR_BYTES;
	struct line_head head;

	if (!line_parse_head(line, bytes, &head))
		line_fault(verify, "not a line of ours");
	else if (head.seq != verify->next)
		line_fault(verify, "another sequence number stands in its place");
	else if (located && memcmp(locator, leaf->bytes, LOCATOR_BYTES) != 0)
		line_fault(verify, "the line is not the one that was sealed");
	else {
		verify->report->clock_back += head.us < verify->last_us;
		verify->last_us = head.us;
	}
}

/* A line too many ends the segment: a few bytes of zstd are as many empty lines as somebody likes. */
static int line_h(void *arg, const char *line, size_t bytes)
{
	struct verify *verify = arg;
	struct hash leaf;

	if (verify->next > verify->last) {
		line_fault(verify, "the segment has more lines than its name says");
		return ERR_FULL;
	}
	leaf = merkle_leaf(verify->tree.sha, line, bytes);
	check_line(verify, line, bytes, &leaf);
	merkle_add(&verify->tree, &leaf, NULL, 0);
	verify->next++;
	verify->report->events++;
	verify->report->bytes += bytes + 1;
	check_roots(verify);
	return 0;
}

static int check_sum(struct verify *verify, const struct manifest_entry *entry)
{
	char name[SEGMENT_NAME_BYTES], path[PATH_BYTES], sum[65];
	uint64_t bytes;
	int err;

	segment_name(entry->first, entry->last, entry->file, name);
	err = file_sum(verify_path(verify, name, path), sum, &bytes);
	if (err == -ENOMEM)
		return err;
	if (err || strcmp(sum, entry->sha256) != 0) {
		verify_fault(verify, "%s: %s", name, err ? err_text(err) : "its sum is not the manifest's");
		verify->segment_bad = verify->segment_bad || err;
		if (err)
			verify_bad_seq(verify, entry->first);
	}
	return err || strcmp(sum, entry->sha256) != 0 ? 1 : 0;
}

/* Locators that are not as they were signed point at the wrong line: then the frames have to do. */
static int read_segment(struct verify *verify, const struct manifest_entry *entry, bool locators_good)
{
	char name[SEGMENT_NAME_BYTES], path[PATH_BYTES];
	FILE *file;
	int err;

	segment_name(entry->first, entry->last, SEGMENT_LOCATORS, name);
	verify->locators = locators_good ? fopen(verify_path(verify, name, path), "re") : NULL;
	segment_name(entry->first, entry->last, SEGMENT_LINES, name);
	file = fopen(verify_path(verify, name, path), "re");
	err = file ? segment_read(file, line_h, verify) : -errno;
	if (file)
		fclose(file);
	if (verify->locators)
		fclose(verify->locators);
	verify->locators = NULL;
	if (err == -ENOMEM)
		return err;
	if (err)
		line_fault(verify, err == ERR_SYNTAX ? "the file is damaged or cut short from here on" : err_text(err));
	else if (verify->next <= verify->last)
		line_fault(verify, "the segment ends before it");
	return 0;
}

/* What the store recorded when it was sealed. */
static void check_record(struct verify *verify, const struct manifest_entry *entry)
{
	struct sealed sealed;
	struct hash root;

	if (!verify->store)
		return;
	if (sealed_read_next(verify->store, entry->first, &sealed) || sealed.first != entry->first ||
		sealed.last != entry->last) {
		verify_fault(verify, "seq %llu: the store does not know of this segment", (unsigned long long)entry->first);
		verify_bad_seq(verify, entry->first);
		return;
	}
	root = merkle_root(&verify->tree, NULL, 0);
	if (verify->tree.size == entry->last + 1 && !merkle_equal(&root, &sealed.root) && !verify->tree_bad) {
		verify_fault(verify, "seq %llu to %llu: not what the store recorded when they were sealed",
			(unsigned long long)entry->first, (unsigned long long)entry->last);
		verify_bad_seq(verify, entry->first);
		verify->tree_bad = true;
	}
}

/* After a bad segment the next is read as if that had been whole. */
static int check_segment(struct verify *verify, const struct manifest_entry *entry, const struct manifest_entry *locators)
{
	int bad, more, err;

	verify->segment_bad = false;
	verify->next = entry->first;
	verify->last = entry->last;
	bad = check_sum(verify, entry);
	more = bad < 0 ? bad : check_sum(verify, locators);
	if (more < 0)
		return more;
	err = read_segment(verify, entry, more == 0);
	if (err)
		return err;
	verify->tree_bad |= verify->segment_bad;
	if (!bad && !more && !verify->segment_bad)
		check_record(verify, entry);
	else if (!verify->segment_bad)
		verify_bad_seq(verify, entry->first); /* all lines are good, and still a file is another: bytes beside them */
	verify->report->segments++;
	return 0;
}

static int take_pair(struct verify *verify, const char **at, struct manifest_entry pair[2], uint32_t line)
{
	const char *end = verify->manifest + verify->manifest_bytes;
	int got = manifest_next(at, end, &pair[0]);

	if (got > 0 && pair[0].file == SEGMENT_LINES)
		got = manifest_next(at, end, &pair[1]) > 0 && pair[1].file == SEGMENT_LOCATORS &&
				      pair[1].first == pair[0].first && pair[1].last == pair[0].last
			      ? 1
			      : ERR_SYNTAX;
	else if (got > 0)
		got = ERR_SYNTAX;
	if (got > 0 && pair[0].last - pair[0].first >= SEGMENT_LINES_MAX)
		got = ERR_SYNTAX;
	if (got < 0) {
		verify_fault(verify, "MANIFEST.sha256: line %u or %u is damaged or not in its place", line, line + 1);
		verify_bad_seq(verify, verify->next);
	}
	return got;
}

int verify_segments(struct verify *verify)
{
	const char *at = verify->manifest;
	struct manifest_entry pair[2];
	uint32_t line = 1;
	int got, err;

	for (; at && (got = take_pair(verify, &at, pair, line)) > 0; line += 2) {
		if (pair[0].first != verify->next) {
			verify_fault(verify, "MANIFEST.sha256: line %u begins with seq %llu, due is %llu", line,
				(unsigned long long)pair[0].first, (unsigned long long)verify->next);
			verify_bad_seq(verify, pair[0].first < verify->next ? pair[0].first : verify->next);
		}
		err = check_segment(verify, &pair[0], &pair[1]);
		if (err)
			return err;
		verify->next = pair[0].last + 1;
	}
	return 0;
}
