/* merkle.c - see merkle.h */
#include "campaigns/merkle.h"

#include "campaigns/sha256.h"

#include <errno.h>
#include <string.h>

int merkle_init(struct merkle *tree)
{
	memset(tree, 0, sizeof(*tree));
	tree->sha = sha256_alloc();
	return tree->sha ? 0 : -ENOMEM;
}

void merkle_fini(struct merkle *tree)
{
	sha256_free(tree->sha);
	tree->sha = NULL;
}

void merkle_copy(struct merkle *tree, const struct merkle *from)
{
	tree->size = from->size;
	memcpy(tree->peaks, from->peaks, sizeof(tree->peaks));
}

bool merkle_equal(const struct hash *a, const struct hash *b)
{
	return memcmp(a->bytes, b->bytes, HASH_BYTES) == 0;
}

struct hash merkle_leaf(struct sha256 *sha, const void *line, size_t bytes)
{
	struct hash hash;

	sha256_restart(sha);
	sha256_add(sha, "\x00", 1);
	sha256_add(sha, line, bytes);
	sha256_bytes(sha, hash.bytes);
	return hash;
}

struct hash merkle_node(struct sha256 *sha, const struct hash *left, const struct hash *right)
{
	unsigned char both[1 + 2 * HASH_BYTES] = {0x01};
	struct hash hash;

	memcpy(both + 1, left->bytes, HASH_BYTES);
	memcpy(both + 1 + HASH_BYTES, right->bytes, HASH_BYTES);
	sha256_restart(sha);
	sha256_add(sha, both, sizeof(both));
	sha256_bytes(sha, hash.bytes);
	return hash;
}

/* --- growing */

static void path_push(struct merkle_path *path, const struct hash *hash)
{
	if (path->count < MERKLE_LEVELS)
		path->hashes[path->count++] = *hash;
}

/* `left` of 2^level leaves from `start` joins `right`, which ends before `end`: leaves on one side need the root of the other. */
static void paths_join(struct merkle_path *paths, uint32_t count, uint64_t start, uint32_t level, uint64_t end,
	const struct hash *left, const struct hash *right)
{
	for (uint32_t i = 0; i < count; i++) {
		uint64_t index = paths[i].index;

		if (index < start || index >= end)
			continue;
		path_push(&paths[i], index - start < UINT64_C(1) << level ? right : left);
	}
}

void merkle_add(struct merkle *tree, const struct hash *leaf, struct merkle_path *paths, uint32_t path_count)
{
	struct hash hash = *leaf;
	uint32_t level = 0;

	for (; tree->size >> level & 1; level++) {
		uint64_t start = tree->size >> (level + 1) << (level + 1);

		paths_join(paths, path_count, start, level, tree->size + 1, &tree->peaks[level], &hash);
		hash = merkle_node(tree->sha, &tree->peaks[level], &hash);
	}
	tree->peaks[level] = hash;
	tree->size++;
}

struct hash merkle_root(const struct merkle *tree, struct merkle_path *paths, uint32_t path_count)
{
	struct hash hash;
	bool any = false;

	sha256_restart(tree->sha);
	sha256_bytes(tree->sha, hash.bytes); /* of no leaf: SHA-256 of nothing */
	for (uint32_t level = 0; level < MERKLE_LEVELS && tree->size >> level; level++) {
		if (!(tree->size >> level & 1))
			continue;
		if (any) {
			uint64_t start = level == 63 ? 0 : tree->size >> (level + 1) << (level + 1);

			paths_join(paths, path_count, start, level, tree->size, &tree->peaks[level], &hash);
			hash = merkle_node(tree->sha, &tree->peaks[level], &hash);
		} else {
			hash = tree->peaks[level];
		}
		any = true;
	}
	return hash;
}

/* --- RFC 9162 2.1.3.2 */

bool merkle_check_path(
	struct sha256 *sha, const struct hash *leaf, const struct merkle_path *path, uint64_t size, const struct hash *root)
{
	uint64_t node = path->index, last = size - 1;
	struct hash hash = *leaf;

	if (path->index >= size)
		return false;
	for (uint32_t i = 0; i < path->count; i++) {
		if (last == 0)
			return false;
		if (node & 1 || node == last) {
			hash = merkle_node(sha, &path->hashes[i], &hash);
			for (; !(node & 1) && node; last >>= 1)
				node >>= 1;
		} else {
			hash = merkle_node(sha, &hash, &path->hashes[i]);
		}
		node >>= 1;
		last >>= 1;
	}
	return last == 0 && merkle_equal(&hash, root);
}

/* --- consistency, RFC 6962 2.1.2 */

static uint64_t split(uint64_t n)
{
	uint64_t k = 1;

	while (k < n - k)
		k *= 2;
	return k;
}

static struct hash range_root(struct sha256 *sha, const struct hash *leaves, uint64_t n)
{
	struct hash left, right;
	uint64_t k;

	if (n == 1)
		return leaves[0];
	k = split(n);
	left = range_root(sha, leaves, k);
	right = range_root(sha, leaves + k, n - k);
	return merkle_node(sha, &left, &right);
}

static uint32_t subproof(struct sha256 *sha, const struct hash *leaves, uint64_t m, uint64_t n, bool whole, struct hash *proof)
{
	uint32_t count;
	uint64_t k;

	if (m == n) {
		if (whole)
			return 0;
		proof[0] = range_root(sha, leaves, m);
		return 1;
	}
	k = split(n);
	if (m <= k) {
		count = subproof(sha, leaves, m, k, whole, proof);
		proof[count] = range_root(sha, leaves + k, n - k);
	} else {
		count = subproof(sha, leaves + k, m - k, n - k, false, proof);
		proof[count] = range_root(sha, leaves, k);
	}
	return count + 1;
}

uint32_t merkle_consistency(
	struct sha256 *sha, const struct hash *leaves, uint64_t m, uint64_t n, struct hash proof[2 * MERKLE_LEVELS])
{
	return m == 0 || m > n ? 0 : subproof(sha, leaves, m, n, true, proof);
}

/* RFC 9162 2.1.4.2 */
bool merkle_check_consistency(struct sha256 *sha, uint64_t m, const struct hash *root_m, uint64_t n, const struct hash *root_n,
	const struct hash *proof, uint32_t count)
{
	uint64_t node = m - 1, last = n - 1;
	struct hash old, all;
	uint32_t i = 0;

	if (m == 0 || m > n)
		return false;
	if (m == n)
		return count == 0 && merkle_equal(root_m, root_n);
	if (count == 0)
		return false;
	for (; node & 1; last >>= 1)
		node >>= 1;
	old = all = node ? proof[i++] : *root_m;
	for (; i < count; i++) {
		if (last == 0)
			return false;
		if (node & 1 || node == last) {
			old = merkle_node(sha, &proof[i], &old);
			all = merkle_node(sha, &proof[i], &all);
			for (; !(node & 1) && node; last >>= 1)
				node >>= 1;
		} else {
			all = merkle_node(sha, &all, &proof[i]);
		}
		node >>= 1;
		last >>= 1;
	}
	return last == 0 && merkle_equal(&old, root_m) && merkle_equal(&all, root_n);
}

/* --- peaks as bytes */

size_t merkle_save(const struct merkle *tree, unsigned char out[MERKLE_LEVELS * HASH_BYTES])
{
	size_t count = 0;

	for (int level = MERKLE_LEVELS - 1; level >= 0; level--)
		if (tree->size >> level & 1)
			memcpy(out + HASH_BYTES * count++, tree->peaks[level].bytes, HASH_BYTES);
	return count * HASH_BYTES;
}

bool merkle_restore(struct merkle *tree, uint64_t size, const unsigned char *bytes, size_t count)
{
	size_t at = 0;

	if (count != (size_t)__builtin_popcountll(size) * HASH_BYTES)
		return false;
	tree->size = size;
	for (int level = MERKLE_LEVELS - 1; level >= 0; level--)
		if (size >> level & 1)
			memcpy(tree->peaks[level].bytes, bytes + HASH_BYTES * at++, HASH_BYTES);
	return true;
}
