/* test_merkle.c - the tree of RFC 6962: published vectors, and each path and consistency proof of trees up to 64 leaves */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "campaigns/merkle.h"
#include "campaigns/sha256.h"

#include <stdio.h>
#include <string.h>

#define LEAVES 64

static struct sha256 *sha;
static struct hash leaves[LEAVES], roots[LEAVES + 1];

static struct merkle tree_of(uint64_t n, struct merkle_path *paths, uint32_t path_count)
{
	struct merkle tree;

	assert_int_equal(merkle_init(&tree), 0);
	for (uint64_t i = 0; i < n; i++)
		merkle_add(&tree, &leaves[i], paths, path_count);
	return tree;
}

static int setup(void **state)
{
	(void)state;
	sha = sha256_alloc();
	for (uint64_t i = 0; i < LEAVES; i++)
		leaves[i] = merkle_leaf(sha, &i, sizeof(i));
	for (uint64_t n = 0; n <= LEAVES; n++) {
		struct merkle tree = tree_of(n, NULL, 0);

		roots[n] = merkle_root(&tree, NULL, 0);
		merkle_fini(&tree);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sha256_free(sha);
	return 0;
}

static void assert_hex(const struct hash *hash, const char *hex)
{
	char text[65];

	text_hex(hash->bytes, HASH_BYTES, text);
	assert_string_equal(text, hex);
}

/* The eight inputs and nine roots that implementations of certificate transparency test with. */
static void test_vectors(void **state)
{
	static const struct {
		const char *bytes;
		size_t count;
	} inputs[] = {{"", 0}, {"\x00", 1}, {"\x10", 1}, {"\x20\x21", 2}, {"\x30\x31", 2}, {"\x40\x41\x42\x43", 4},
		{"\x50\x51\x52\x53\x54\x55\x56\x57", 8},
		{"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16}};
	static const char *const expected[] = {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
	struct merkle tree;
	struct hash root;

	(void)state;
	assert_int_equal(merkle_init(&tree), 0);
	for (unsigned n = 0; n <= 8; n++) {
		root = merkle_root(&tree, NULL, 0);
		assert_hex(&root, expected[n]);
		if (n < 8) {
			struct hash leaf = merkle_leaf(tree.sha, inputs[n].bytes, inputs[n].count);

			merkle_add(&tree, &leaf, NULL, 0);
		}
	}
	merkle_fini(&tree);
}

static void check_path(struct merkle_path *path, uint64_t n)
{
	struct hash other = leaves[path->index];

	assert_true(merkle_check_path(sha, &leaves[path->index], path, n, &roots[n]));
	other.bytes[7] ^= 1;
	assert_false(merkle_check_path(sha, &other, path, n, &roots[n]));
	assert_false(merkle_check_path(sha, &leaves[path->index], path, n, &roots[n - 1]));
	for (uint32_t i = 0; i < path->count; i++) {
		path->hashes[i].bytes[i % HASH_BYTES] ^= 0x10;
		assert_false(merkle_check_path(sha, &leaves[path->index], path, n, &roots[n]));
		path->hashes[i].bytes[i % HASH_BYTES] ^= 0x10;
	}
	path->count++;
	assert_false(merkle_check_path(sha, &leaves[path->index], path, n, &roots[n]));
	path->count -= 2;
	assert_false(n > 1 && merkle_check_path(sha, &leaves[path->index], path, n, &roots[n]));
}

/* All leaves of all trees; all paths of a tree are collected in one pass. */
static void test_paths(void **state)
{
	static struct merkle_path paths[LEAVES];

	(void)state;
	for (uint64_t n = 1; n <= LEAVES; n++) {
		struct merkle tree;
		struct hash root;

		memset(paths, 0, sizeof(paths));
		for (uint64_t i = 0; i < n; i++)
			paths[i].index = i;
		tree = tree_of(n, paths, (uint32_t)n);
		root = merkle_root(&tree, paths, (uint32_t)n);
		assert_true(merkle_equal(&root, &roots[n]));
		merkle_fini(&tree);
		for (uint64_t i = 0; i < n; i++)
			check_path(&paths[i], n);
	}
}

static void test_consistency(void **state)
{
	struct hash proof[2 * MERKLE_LEVELS];

	(void)state;
	for (uint64_t n = 1; n <= LEAVES; n++) {
		for (uint64_t m = 1; m <= n; m++) {
			uint32_t count = merkle_consistency(sha, leaves, m, n, proof);

			assert_true(merkle_check_consistency(sha, m, &roots[m], n, &roots[n], proof, count));
			assert_false(merkle_check_consistency(sha, m, &roots[m - 1], n, &roots[n], proof, count));
			assert_false(merkle_check_consistency(sha, m, &roots[m], n, &roots[n - 1], proof, count));
			for (uint32_t i = 0; i < count; i++) {
				proof[i].bytes[3] ^= 0x40;
				assert_false(merkle_check_consistency(sha, m, &roots[m], n, &roots[n], proof, count));
				proof[i].bytes[3] ^= 0x40;
			}
			if (count)
				assert_false(merkle_check_consistency(sha, m, &roots[m], n, &roots[n], proof, count - 1));
		}
	}
}

/* A tree goes on from its saved peaks as if it had never stopped. */
static void test_peaks(void **state)
{
	unsigned char bytes[MERKLE_LEVELS * HASH_BYTES];

	(void)state;
	for (uint64_t m = 0; m <= LEAVES; m++) {
		struct merkle tree = tree_of(m, NULL, 0), again;
		size_t count = merkle_save(&tree, bytes);
		struct hash root;

		assert_int_equal(merkle_init(&again), 0);
		assert_true(merkle_restore(&again, m, bytes, count));
		assert_false(merkle_restore(&again, m, bytes, count + HASH_BYTES));
		for (uint64_t i = m; i < LEAVES; i++)
			merkle_add(&again, &leaves[i], NULL, 0);
		root = merkle_root(&again, NULL, 0);
		assert_true(merkle_equal(&root, &roots[LEAVES]));
		merkle_fini(&tree);
		merkle_fini(&again);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_consistency),
		cmocka_unit_test(test_peaks),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
