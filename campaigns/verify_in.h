/*
 * verify_in.h - one check of the evidence log under way (inside of verify*.c)
 *
 * Flow    verify.c: key, lock, checkpoints from outside, manifest -> verify_segments.c: each line into the tree -> verify.c: what
 *         the files cannot show by themselves.
 */
#ifndef OUTDIAL_CAMPAIGNS_VERIFY_IN_H
#define OUTDIAL_CAMPAIGNS_VERIFY_IN_H

#include "campaigns/checkpoint.h"
#include "campaigns/manifest.h"
#include "campaigns/merkle.h"
#include "campaigns/verify.h"

#include <stdio.h>

#define PATH_BYTES (4096 + SEGMENT_NAME_BYTES)

struct outside {
	struct checkpoint checkpoint;
	const char *path;
	bool met;
};

struct verify {
	const struct verify_options *options;
	struct verify_report *report;
	char *why;
	char folder[4096];
	int lock_fd;
	struct sign_key *key;
	struct store *store; /* NULL: none */
	char *manifest;
	size_t manifest_bytes;
	struct checkpoint checkpoint;
	bool checkpoint_there;
	struct outside outside[VERIFY_OUTSIDE_MAX];
	struct merkle tree;
	/* the segment that is read */
	FILE *locators;
	uint64_t next; /* the sequence number that is due */
	uint64_t last;
	int64_t last_us;
	bool segment_bad;
	bool tree_bad; /* a segment was bad: the roots after it say nothing new */
};

/* A sentence to whoever asked, and counted. */
void verify_fault(struct verify *verify, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The first bad sequence number is kept. */
void verify_bad_seq(struct verify *verify, uint64_t seq);
const char *verify_path(const struct verify *verify, const char *name, char out[PATH_BYTES]);

/*
 * verify_segments.c: where the log begins, when it was pruned, and all that the manifest names. What is wrong is a fault; errors
 * are those of this process (-ENOMEM).
 */
int verify_pruned(struct verify *verify);
int verify_segments(struct verify *verify);

#endif
