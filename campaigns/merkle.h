/*
 * merkle.h - the hash tree of RFC 6962 over the lines of the evidence log (pure: no I/O)
 *
 * What    Leaf = SHA-256(0x00 || line), node = SHA-256(0x01 || left || right); a tree of n > 1 leaves splits at the largest power
 *         of two below n, so odd nodes are not duplicated. struct merkle keeps only the roots of the whole subtrees on the right
 *         edge (at most 64): leaves are added one by one and forgotten. Paths are collected on the way by those who are
 *         interested in a leaf (struct merkle_path), so that a log of any size is proven in one pass and constant memory.
 * Shape   hashes are 32 bytes. A path has at most 64 of them.
 * Errors  -ENOMEM from merkle_init.
 * Source  RFC 6962 2.1 (tree, paths, consistency), RFC 9162 2.1.3.2 and 2.1.4.2 (the two checks).
 */
#ifndef OUTDIAL_CAMPAIGNS_MERKLE_H
#define OUTDIAL_CAMPAIGNS_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_BYTES 32
#define MERKLE_LEVELS 64

struct sha256;

struct hash {
	unsigned char bytes[HASH_BYTES];
};

struct merkle_path {
	uint64_t index; /* of the leaf */
	uint32_t count;
	struct hash hashes[MERKLE_LEVELS];
};

struct merkle {
	struct sha256 *sha;
	uint64_t size;
	struct hash peaks[MERKLE_LEVELS]; /* [k]: of the subtree of 2^k leaves, where bit k of size is set */
};

int merkle_init(struct merkle *tree);
void merkle_fini(struct merkle *tree);
/* Size and peaks of another; the hash context stays its own. */
void merkle_copy(struct merkle *tree, const struct merkle *from);

bool merkle_equal(const struct hash *a, const struct hash *b);
struct hash merkle_leaf(struct sha256 *sha, const void *line, size_t bytes);
struct hash merkle_node(struct sha256 *sha, const struct hash *left, const struct hash *right);

/* Adds a leaf; `paths` (count of them, may be NULL) whose index is at most that of the leaf grow where two subtrees join. */
void merkle_add(struct merkle *tree, const struct hash *leaf, struct merkle_path *paths, uint32_t path_count);
/* The root of what was added, which ends the paths, too: do not add to a tree with paths afterwards. */
struct hash merkle_root(const struct merkle *tree, struct merkle_path *paths, uint32_t path_count);

/* Is the leaf at path->index in the tree of that size and root? */
bool merkle_check_path(
	struct sha256 *sha, const struct hash *leaf, const struct merkle_path *path, uint64_t size, const struct hash *root);

/* The proof that the tree of the first m of n leaves is the beginning of the tree of all n, 0 < m <= n; answers its length. */
uint32_t merkle_consistency(
	struct sha256 *sha, const struct hash *leaves, uint64_t m, uint64_t n, struct hash proof[2 * MERKLE_LEVELS]);
bool merkle_check_consistency(struct sha256 *sha, uint64_t m, const struct hash *root_m, uint64_t n, const struct hash *root_n,
	const struct hash *proof, uint32_t count);

/*
 * Peaks as bytes, the largest subtree first: at most 64 x 32. Answers the count. The other way: false when the count is not that
 * of size.
 */
size_t merkle_save(const struct merkle *tree, unsigned char out[MERKLE_LEVELS * HASH_BYTES]);
bool merkle_restore(struct merkle *tree, uint64_t size, const unsigned char *bytes, size_t count);

#endif
