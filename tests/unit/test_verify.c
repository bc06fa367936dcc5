/*
 * test_verify.c - the mutation test of the evidence log: whatever is changed anywhere is found, and the first bad event is named
 */
#include "tests/unit/test_evidence.h"

#include "campaigns/campaigns.h"
#include "campaigns/manifest.h"
#include "campaigns/segment.h"
#include "campaigns/sha256.h"

#include <errno.h>
#include <sys/stat.h>

#define EVENTS 700 /* in segments of 300, 300, 100: of 256 + 44, 256 + 44 and 100 lines */

static const char *const lines_1 = "seg-000000000300-000000000599.ndjson.zst";

struct file {
	char name[96];
	char *bytes;
	size_t count;
};

static struct file files[16];
static uint32_t file_count;
static char said[8192];

static void path_of(const char *name, char out[256])
{
	snprintf(out, 256, "%s/evidence/%s", test_dir, name);
}

static void put(const char *name, const char *bytes, size_t count)
{
	char path[256];

	path_of(name, path);
	file_put(path, bytes, count);
}

static struct file *keep(const char *name)
{
	struct file *file = &files[file_count++];
	char path[256];

	snprintf(file->name, sizeof(file->name), "%s", name);
	path_of(name, path);
	assert_int_equal(file_text(path, 1 << 20, &file->bytes, &file->count), 0);
	return file;
}

static struct file *file_of(const char *name)
{
	for (uint32_t i = 0; i < file_count; i++)
		if (strcmp(files[i].name, name) == 0)
			return &files[i];
	fail_msg("no file %s", name);
	return NULL;
}

static void restore(void)
{
	for (uint32_t i = 0; i < file_count; i++)
		put(files[i].name, files[i].bytes, files[i].count);
}

static void say_h(void *arg, const char *sentence)
{
	size_t at = strlen(said);

	(void)arg;
	snprintf(said + at, sizeof(said) - at, "%s\n", sentence);
}

static struct verify_report verify(const char *checkpoint)
{
	struct verify_options options = {.dir = test_dir, .say_h = say_h};
	struct verify_report report;
	char why[WHY_BYTES];
	int err;

	if (checkpoint)
		options.checkpoints[options.checkpoint_count++] = checkpoint;
	said[0] = '\0';
	err = evidence_verify(&options, &report, why);
	if (err)
		fail_msg("%s: %s", err_text(err), why);
	return report;
}

static int setup(void **state)
{
	static const char *const names[] = {"seg-000000000000-000000000299.ndjson.zst", "seg-000000000000-000000000299.leaf8",
		"seg-000000000300-000000000599.ndjson.zst", "seg-000000000300-000000000599.leaf8",
		"seg-000000000600-000000000699.ndjson.zst", "seg-000000000600-000000000699.leaf8", "MANIFEST.sha256",
		"MANIFEST.sig", "checkpoint"};
	struct verify_report report;

	if (test_setup(state))
		return -1;
	test_events(1, EVENTS - 1);
	while (test_seal(300).waiting)
		;
	test_events(5000, 20); /* not sealed */
	store_close(test_store);
	test_store = NULL;
	file_count = 0;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		keep(names[i]);
	report = verify(NULL);
	assert_int_equal(report.faults, 0);
	assert_int_equal(report.events, EVENTS);
	assert_int_equal(report.waiting, 20);
	assert_int_equal(report.outside, 0);
	return 0;
}

static int teardown(void **state)
{
	for (uint32_t i = 0; i < file_count; i++)
		free(files[i].bytes);
	return test_teardown(state);
}

static void assert_bad(const struct file *file, const char *what, size_t at)
{
	struct verify_report report = verify(NULL);
	struct manifest_entry entry;

	if (!report.faults)
		fail_msg("%s of %s at %zu was not found", what, file->name, at);
	if (!segment_name_parse(file->name, &entry))
		return;
	if (!report.bad_known || report.bad_seq < entry.first || report.bad_seq > entry.last)
		fail_msg("%s of %s at %zu: first bad is said to be %llu: %s", what, file->name, at,
			(unsigned long long)report.bad_seq, said);
}

/* Each byte of the small files and each 61st of the large ones; another bit each time. */
static void test_LOG_2_flip(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < file_count; i++) {
		struct file *file = &files[i];
		size_t step = file->count > 1000 ? 61 : file->count > 300 ? 3 : 1;

		for (size_t at = 0; at < file->count; at += step) {
			file->bytes[at] ^= (char)(1 << (at % 8));
			put(file->name, file->bytes, file->count);
			assert_bad(file, "flip", at);
			file->bytes[at] ^= (char)(1 << (at % 8));
		}
		put(file->name, file->bytes, file->count);
	}
	assert_int_equal(verify(NULL).faults, 0);
}

static void test_LOG_2_truncate_and_append(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < file_count; i++) {
		struct file *file = &files[i];

		for (size_t count = 0; count < file->count; count += 1 + file->count / 40) {
			put(file->name, file->bytes, count);
			assert_bad(file, "truncation", count);
		}
		put(file->name, file->bytes, file->count);
		assert_int_equal(test_shell("printf x >> %s", file->name), 0);
		assert_bad(file, "addition", file->count);
		/* a skippable frame, which every zstd passes over without a word */
		assert_int_equal(test_shell("printf '\\120\\052\\115\\030\\001\\000\\000\\000x' >> %s", file->name), 0);
		assert_bad(file, "addition", file->count);
		assert_int_equal(test_shell("rm %s", file->name), 0);
		assert_bad(file, "removal", 0);
		put(file->name, file->bytes, file->count);
	}
	assert_int_equal(verify(NULL).faults, 0);
}

/* --- lines, by somebody who can compress */

static struct {
	char text[300][LINE_BYTES_MAX + 1];
	uint32_t count;
} lines;

static int line_h(void *arg, const char *line, size_t bytes)
{
	(void)arg;
	memcpy(lines.text[lines.count], line, bytes);
	lines.text[lines.count++][bytes] = '\0';
	return 0;
}

/* Segment 1 again, of the lines at these places; locators too when asked for. */
static void write_segment(const uint32_t *order, uint32_t count, bool locators)
{
	struct sha256 *sha = sha256_alloc();
	struct segment_writer *writer;
	char path[256];
	FILE *out, *leaf;

	path_of(lines_1, path);
	out = fopen(path, "w");
	path_of(locators ? "seg-000000000300-000000000599.leaf8" : "../scratch", path);
	leaf = fopen(path, "w");
	assert_true(out && leaf);
	assert_int_equal(segment_writer_open(&writer, out, leaf), 0);
	for (uint32_t i = 0; i < count; i++) {
		struct hash hash = merkle_leaf(sha, lines.text[order[i]], strlen(lines.text[order[i]]));

		assert_int_equal(segment_write(writer, lines.text[order[i]], strlen(lines.text[order[i]]), &hash), 0);
	}
	assert_int_equal(segment_finish(writer), 0);
	segment_writer_close(writer);
	fclose(out);
	fclose(leaf);
	sha256_free(sha);
}

static void read_lines(void)
{
	char path[256];
	FILE *file;

	path_of(lines_1, path);
	file = fopen(path, "r");
	lines.count = 0;
	assert_int_equal(segment_read(file, line_h, NULL), 0);
	fclose(file);
	assert_int_equal(lines.count, 300);
}

static void assert_first_bad(uint64_t seq, const char *what)
{
	struct verify_report report = verify(NULL);

	if (!report.faults || !report.bad_known || report.bad_seq != seq)
		fail_msg("%s: first bad is %llu, said is %llu (%llu faults): %s", what, (unsigned long long)seq,
			(unsigned long long)report.bad_seq, (unsigned long long)report.faults, said);
}

static void test_LOG_2_lines(void **state)
{
	static const uint32_t places[] = {0, 1, 7, 254, 255, 256, 257, 298};
	uint32_t order[301];

	(void)state;
	read_lines();
	for (unsigned p = 0; p < sizeof(places) / sizeof(places[0]); p++) {
		uint32_t at = places[p];
		char *digit = strstr(lines.text[at], "\"sip_code\":4") + 11;

		for (uint32_t i = 0; i < 300; i++)
			order[i] = i;
		*digit = '6';
		write_segment(order, 300, false);
		assert_first_bad(300 + at, "flip");
		*digit = '4';
		for (uint32_t i = at; i < 299; i++)
			order[i] = i + 1;
		write_segment(order, 299, false);
		assert_first_bad(300 + at, "drop");
		for (uint32_t i = 0; i < 301; i++)
			order[i] = i <= at ? i : i - 1;
		write_segment(order, 301, false);
		assert_first_bad(301 + at, "duplicate");
		for (uint32_t i = 0; i < 300; i++)
			order[i] = i == at ? at + 1 : i == at + 1 ? at : i;
		write_segment(order, 300, false);
		assert_first_bad(300 + at, "swap");
		for (uint32_t i = 0; i < 300; i++)
			order[i] = i;
		write_segment(order, at, false);
		assert_first_bad(300 + at, "truncation");
	}
	restore();
	assert_int_equal(verify(NULL).faults, 0);
}

/* --- frames */

static size_t frame_2(const struct file *file)
{
	for (size_t at = 4; at + 4 < file->count; at++)
		if (memcmp(file->bytes + at, "\x28\xB5\x2F\xFD", 4) == 0)
			return at;
	return 0;
}

static void test_LOG_2_frames(void **state)
{
	struct file *file = file_of(lines_1);
	size_t second = frame_2(file), rest = file->count - second;
	char *other = malloc(2 * file->count);

	(void)state;
	assert_true(second > 0 && other);
	put(lines_1, file->bytes + second, rest);
	assert_first_bad(300, "first frame dropped");
	put(lines_1, file->bytes, second);
	assert_first_bad(556, "second frame dropped");
	memcpy(other, file->bytes + second, rest);
	memcpy(other + rest, file->bytes, second);
	put(lines_1, other, file->count);
	assert_first_bad(300, "frames swapped");
	memcpy(other, file->bytes, second);
	memcpy(other + second, file->bytes, file->count);
	put(lines_1, other, second + file->count);
	assert_first_bad(556, "first frame twice");
	memcpy(other, file->bytes, file->count);
	memcpy(other + file->count, file->bytes + second, rest);
	put(lines_1, other, file->count + rest);
	assert_first_bad(599, "second frame twice");
	free(other);
	restore();
	put("seg-000000000000-000000000299.ndjson.zst", file->bytes, file->count);
	assert_first_bad(0, "another segment under the name");
	restore();
}

/* --- the manifest's lines */

static void put_manifest(const uint32_t *order, uint32_t count)
{
	struct file *file = file_of("MANIFEST.sha256");
	size_t starts[8] = {0}, at = 0;
	char text[2048];
	uint32_t found = 0;

	for (size_t i = 0; i < file->count && found < 6; i++)
		if (file->bytes[i] == '\n')
			starts[++found] = i + 1;
	assert_int_equal(found, 6);
	for (uint32_t i = 0; i < count; i++) {
		memcpy(text + at, file->bytes + starts[order[i]], starts[order[i] + 1] - starts[order[i]]);
		at += starts[order[i] + 1] - starts[order[i]];
	}
	put("MANIFEST.sha256", text, at);
}

static void test_LOG_2_manifest(void **state)
{
	static const struct {
		uint32_t order[8], count;
		uint64_t bad;
	} cases[] = {{{2, 3, 4, 5}, 4, 0}, {{0, 1, 4, 5}, 4, 300}, {{0, 1, 2, 3}, 4, 600}, {{0, 1, 0, 1, 2, 3, 4, 5}, 8, 0},
		{{0, 1, 2, 3, 2, 3, 4, 5}, 8, 300}, {{2, 3, 0, 1, 4, 5}, 6, 0}, {{0, 1, 4, 5, 2, 3}, 6, 300},
		{{0, 1, 3, 2, 4, 5}, 6, 300}, {{0, 1, 2, 4, 5}, 5, 300}, {{0}, 0, 0}};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put_manifest(cases[i].order, cases[i].count);
		assert_first_bad(cases[i].bad, "manifest");
		assert_non_null(strstr(said, "MANIFEST.sig is not its signature"));
	}
	restore();
}

/* --- somebody who makes all files fit, without the key, and with it */

static void fit_manifest(void)
{
	assert_int_equal(test_shell("sha256sum seg-*.leaf8 seg-*.zst | sort -k 2,2 > x && "
				    "for s in 000000000000-000000000299 000000000300-000000000599 000000000600-000000000699; do "
				    "grep seg-$s.ndjson x; grep seg-$s.leaf8 x; done > MANIFEST.sha256; rm x"),
		0);
	assert_int_equal(test_shell("sha256sum -c --strict MANIFEST.sha256"), 0);
}

static void test_LOG_2_fitting(void **state)
{
	uint32_t order[300];
	char path[256];

	(void)state;
	read_lines();
	for (uint32_t i = 0; i < 300; i++)
		order[i] = i;
	*(strstr(lines.text[100], "\"sip_code\":4") + 11) = '6';
	write_segment(order, 300, true);
	fit_manifest();
	assert_first_bad(300, "lines, locators and manifest, unsigned");
	assert_non_null(strstr(said, "not what the store recorded"));
	/* with the manifest signed as well: the checkpoint and the store remain */
	assert_int_equal(
		test_shell("openssl pkeyutl -sign -inkey ../signer/private.pem -rawin -in MANIFEST.sha256 -out MANIFEST.sig"), 0);
	assert_first_bad(300, "manifest signed");
	assert_non_null(strstr(said, "checkpoint: the first 700 events are not those"));
	/* without the store nobody knows which line, and still it is found */
	snprintf(path, sizeof(path), "mv %s/data.mdb %s/data", test_dir, test_dir);
	assert_int_equal(system(path), 0);
	assert_true(verify(NULL).faults > 0);
}

/* Another history with the same key and the same number of events: only a checkpoint from outside tells them apart. */
static void test_LOG_2_rewritten(void **state)
{
	char outside[256], command[700], line[LINE_BYTES_MAX];
	struct verify_report report;

	(void)state;
	(void)line;
	snprintf(outside, sizeof(outside), "%s/outside", test_dir);
	snprintf(command, sizeof(command),
		"cd %s && cp evidence/checkpoint outside && rm -rf evidence data.mdb lock.mdb signer/last && "
		"echo 0 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= > signer/last",
		test_dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(store_open(&test_store, test_dir, STORE_CREATE, NULL), 0);
	test_events(2, 400);
	test_seal(0);
	test_events(900, 500);
	test_seal(0);
	report = verify(NULL);
	assert_int_equal(report.faults, 0);
	assert_int_equal(report.outside, 0);
	report = verify(outside);
	assert_true(report.faults > 0); /* it states 700 events: this history was signed for 401 and 901 */
	assert_non_null(strstr(said, "not those that it was signed for"));
}

/* A checkpoint from outside of any earlier moment. */
static void test_LOG_2_outside(void **state)
{
	char outside[256];
	struct verify_report report;

	(void)state;
	snprintf(outside, sizeof(outside), "%s/outside", test_dir);
	assert_int_equal(test_shell("cp checkpoint ../outside"), 0);
	assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, NULL), 0);
	test_events(9000, 100);
	test_seal(0);
	store_close(test_store);
	test_store = NULL;
	report = verify(outside);
	assert_int_equal(report.faults, 0);
	assert_int_equal(report.outside, 1);
	assert_int_equal(report.events, EVENTS + 120);
	assert_int_equal(test_shell("cp ../outside checkpoint"), 0); /* the newer checkpoint is replaced by the older */
	report = verify(outside);
	assert_true(report.faults > 0 && report.bad_known);
	assert_int_equal(report.bad_seq, EVENTS);
}

/* --- proofs */

static void test_proof(void **state)
{
	struct proof *proof = malloc(sizeof(*proof)), *other = malloc(sizeof(*other));
	struct sign_key *key;
	char *text, path[256], why[WHY_BYTES];
	size_t bytes;

	(void)state;
	assert_int_equal(store_open(&test_store, test_dir, STORE_READ, NULL), 0);
	assert_int_equal(proof_make(test_store, 1000000, proof, why), ERR_UNKNOWN);
	assert_int_equal(proof_make(test_store, 5003, proof, why), ERR_WRONG_STATE); /* not sealed yet */
	snprintf(path, sizeof(path), "%s/signer/public.pem", test_dir);
	assert_int_equal(sign_public_load(&key, path), 0);
	for (uint64_t attempt = 1; attempt < EVENTS; attempt += 33) {
		assert_int_equal(proof_make(test_store, attempt, proof, why), 0);
		assert_int_equal(proof->count, 1);
		assert_int_equal(proof_print(proof, &text, &bytes), 0);
		assert_int_equal(proof_parse(text, bytes, other), 0);
		assert_int_equal(proof_check(other, key, why), 0);
		assert_int_equal(proof_check(other, NULL, why), 0);
		for (size_t at = attempt % 7; at < bytes; at += 7) { /* whatever is flipped: no proof, or none of this key */
			text[at] ^= (char)(1 << (at % 7));
			if (proof_parse(text, bytes, other) == 0 && proof_check(other, key, why) == 0 &&
				(memcmp(other->key, proof->key, SIGN_PUBLIC_BYTES) == 0 || at > 70))
				fail_msg("a flip at %zu was not found: %s", at, text);
			text[at] ^= (char)(1 << (at % 7));
		}
		for (size_t cut = 0; cut < bytes; cut += 11)
			assert_true(proof_parse(text, cut, other) != 0 || proof_check(other, key, why) != 0);
		free(text);
	}
	sign_key_free(key);
	free(proof);
	free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_LOG_2_flip, setup, teardown),
		cmocka_unit_test_setup_teardown(test_LOG_2_truncate_and_append, setup, teardown),
		cmocka_unit_test_setup_teardown(test_LOG_2_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_LOG_2_frames, setup, teardown),
		cmocka_unit_test_setup_teardown(test_LOG_2_manifest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_LOG_2_fitting, setup, teardown),
		cmocka_unit_test_setup_teardown(test_LOG_2_rewritten, setup, teardown),
		cmocka_unit_test_setup_teardown(test_LOG_2_outside, setup, teardown),
		cmocka_unit_test_setup_teardown(test_proof, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
