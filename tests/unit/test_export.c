/* test_export.c - outcomes as CSV and NDJSON, plain and compressed */
#include "tests/unit/test_export_util.h"

#include "base/doc.h"
#include "campaigns/export.h"
#include "campaigns/outcome_row.h"
#include "campaigns/sha256.h"
#include "campaigns/zframe.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define T0 (INT64_C(1794801600) * SEC_US) /* 2026-11-16T04:00:00Z */
#define HEADER                                                                                                                   \
	"attempt,campaign,list,lead,attempt_number,number,caller_id,trunk,outcome,live,abandoned,intent,invite,ringing,answer,"  \
	"first_voice,"                                                                                                           \
	"greeting_end,verdict_at,seat_audio,message_start,end,ring_ms,talk_ms,answer_to_seat_ms,hangup_by,sip_code,sip_reason,"  \
	"verdict,"                                                                                                               \
	"verdict_cause,verdict_prob,seat,disposition,sampled,org,seller,offer,party_type,direction,prerecorded,prerecorded_id,"           \
	"prerecorded_sha256,duration_ms,script_id,script_sha256,caller_name,caller_id_authority,caller_id_authority_from,"          \
	"caller_id_authority_to,transfer_to,transfer_name,seq,q850,redress,reached,diverted\r\n"

static struct campaign campaign;
static struct export_receipt receipt;
static char why[400], path[128];

static struct attempt connected(uint64_t id)
{
	struct attempt attempt = {.id = id,
		.lead = 7,
		.campaign = campaign.id,
		.list = campaign.list,
		.number = 2,
		.e164 = "+8613800138000",
		.caller_id = "+862112345678",
		.trunk = "t",
		.outcome = OUTCOME_CONNECTED,
		.intent_us = T0,
		.invite_us = T0 + 2 * MS_US,
		.ringing_us = T0 + SEC_US,
		.answer_us = T0 + 5 * SEC_US,
		.voice_us = T0 + 5300 * MS_US,
		.greeting_end_us = T0 + 6 * SEC_US,
		.verdict_us = T0 + 6 * SEC_US,
		.seat_us = T0 + 6020 * MS_US,
		.end_us = T0 + 66020 * MS_US,
		.hangup_by = HANGUP_CALLEE,
		.sip_code = 200,
		.sip_reason = "OK",
		.verdict = "person",
		.cause = "short_greeting",
		.verdict_prob = 0.9375f,
		.seat = "a1",
		.disposition = "promise"};

	return attempt;
}

static int setup(void **state)
{
	if (test_setup(state) != 0)
		return -1;
	campaign = test_campaign();
	return 0;
}

static int export_to(const char *name, struct export_options options)
{
	snprintf(path, sizeof(path), "%s/%s", test_dir, name);
	options.path = path;
	return export_run(test_store, &options, &receipt, why);
}

static char *exported(const char *name, struct export_options options)
{
	size_t count;
	char *text;

	assert_int_equal(export_to(name, options), 0);
	text = file_get(path, &count);
	assert_non_null(text);
	assert_int_equal(receipt.bytes, count);
	return text;
}

static void test_LOG_7_csv(void **state)
{
	struct attempt attempt = connected(1);
	char *text;
	(void)state;

	put_attempt(attempt);
	text = exported("o.csv", (struct export_options){.format = EXPORT_CSV});
	assert_string_equal(text, HEADER
		"1,c,l,7,2,+8613800138000,+862112345678,t,connected,true,false,2026-11-16T04:00:00.000Z,2026-11-16T04:00:00.002Z,"
		"2026-11-16T04:00:01.000Z,2026-11-16T04:00:05.000Z,2026-11-16T04:00:05.300Z,2026-11-16T04:00:06.000Z,2026-11-"
		"16T04:00:06.000Z,"
		"2026-11-16T04:00:06.020Z,,2026-11-16T04:01:06.020Z,4000,60000,1020,callee,200,OK,person,short_greeting,0.938,a1,"
		"promise,false,n/a,n/a,n/a,n/a,outbound,false,n/a,n/a,61020,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,2,,,,false\r\n");
	assert_int_equal(receipt.rows, 1);
	free(text);
	snprintf(path, sizeof(path), "%s/o.csv.partial", test_dir);
	assert_int_equal(access(path, F_OK), -1);
}

static void test_LOG_7_formulas_are_neutralised(void **state)
{
	struct attempt attempt = connected(1);
	char *text;
	(void)state;

	strcpy(attempt.sip_reason, "=cmd|' /C calc'!A0, \"x\"");
	strcpy(attempt.cause, "@SUM(1)");
	strcpy(attempt.caller_id, "=1+2");
	strcpy(attempt.disposition, "-1");
	put_attempt(attempt);
	text = exported("o.csv", (struct export_options){.format = EXPORT_CSV});
	assert_non_null(strstr(text, ",\"'=cmd|' /C calc'!A0, \"\"x\"\"\","));
	assert_non_null(strstr(text, ",'@SUM(1),"));
	assert_non_null(strstr(text, ",'=1+2,"));
	assert_non_null(strstr(text, ",'-1,false,"));
	assert_non_null(strstr(text, ",+8613800138000,")); /* a number stays as it is */
	free(text);
}

static void test_bytes_of_the_network_are_cleaned(void **state)
{
	struct attempt attempt = connected(1);
	struct call_items items = {.prerecorded = false};
	struct outcome_row row = {.attempt = &attempt, .items = &items, .campaign = "c", .list = "l"};
	struct cell cell;
	(void)state;

	strcpy(attempt.sip_reason, "a\xFF\xE5\xBC\xA0\r\n\xE5");
	outcome_cell_get(&row, 26, &cell);
	assert_string_equal(outcome_columns()[26], "sip_reason");
	assert_string_equal(cell.text, "a?\xE5\xBC\xA0  ?");
}

static void test_LOG_7_ndjson(void **state)
{
	struct attempt attempt = connected(1);
	struct doc *doc;
	char *text, *end;
	(void)state;

	put_attempt(attempt);
	attempt.id = 2;
	attempt.answer_us = attempt.seat_us = 0;
	attempt.outcome = OUTCOME_BUSY;
	attempt.verdict[0] = 0;
	put_attempt(attempt);
	text = exported("o.ndjson", (struct export_options){.format = EXPORT_NDJSON});
	end = strchr(text, '\n');
	doc = doc_parse(text, (size_t)(end - text), why, sizeof(why));
	assert_non_null(doc);
	assert_int_equal(doc_count(doc), OUTCOME_COLUMNS);
	assert_int_equal(doc_i64(doc, "talk_ms", 0), 60000);
	assert_true(doc_bool(doc, "live", false));
	assert_string_equal(doc_text(doc, "number", ""), "+8613800138000");
	assert_true(doc_real(doc, "verdict_prob", 0) == 0.938);
	doc_free(doc);
	doc = doc_parse(end + 1, strlen(end + 1), why, sizeof(why));
	assert_non_null(doc);
	assert_string_equal(doc_text(doc, "outcome", ""), "busy");
	assert_null(doc_text(doc, "answer", NULL));
	doc_free(doc);
	free(text);
}

/* One a second, of two campaigns by turns, each tenth unfinished. */
static struct attempt mixed(uint64_t id)
{
	struct attempt attempt = connected(id);

	attempt.intent_us = T0 + (int64_t)id * SEC_US;
	attempt.campaign = campaign.id + id % 2;
	attempt.outcome = id % 10 ? OUTCOME_NO_ANSWER : OUTCOME_NONE;
	return attempt;
}

static void test_filters(void **state)
{
	struct export_options options = {.format = EXPORT_NDJSON};
	(void)state;

	put_attempts(600, mixed);
	free(exported("all", options));
	assert_int_equal(receipt.rows, 540);
	assert_int_equal(receipt.unfinished, 60);
	options.campaign = "c";
	free(exported("one", options));
	assert_int_equal(receipt.rows + receipt.unfinished, 300);
	options.campaign = NULL;
	options.from_us = T0 + 101 * SEC_US;
	options.to_us = T0 + 103 * SEC_US;
	free(exported("two", options));
	assert_int_equal(receipt.rows, 2);
	options.campaign = "nobody";
	assert_int_equal(export_to("none", options), ERR_UNKNOWN);
	assert_non_null(strstr(why, "nobody"));
	assert_int_equal(access(path, F_OK), -1);
}

static char *unpacked(const char *name, size_t *count)
{
	FILE *file = fopen(name, "rb");
	struct zframe_reader *reader;
	char *text = calloc(1, 1 << 20);
	size_t got, at = 0;
	int err;

	assert_int_equal(zframe_reader_open(&reader, file), 0);
	do {
		err = zframe_read(reader, text + at, 1000, &got);
		at += got;
	} while (!err && got);
	zframe_reader_close(reader);
	fclose(file);
	*count = at;
	if (!err)
		return text;
	free(text);
	assert_int_equal(err, ERR_SYNTAX);
	return NULL;
}

static void test_LOG_7_compressed(void **state)
{
	struct sha256 *sha = sha256_alloc();
	char *plain, *text, hex[65];
	size_t count;
	(void)state;

	put_attempts(500, connected);
	plain = exported("o.csv", (struct export_options){.format = EXPORT_CSV, .bom = true});
	assert_memory_equal(plain,
		"\xEF\xBB\xBF"
		"attempt,",
		11);
	sha256_add(sha, plain, strlen(plain));
	sha256_hex(sha, hex);
	assert_string_equal(hex, receipt.sha256);
	assert_int_equal(export_to("o.csv.zst", (struct export_options){.format = EXPORT_CSV, .bom = true}), 0);
	assert_string_equal(hex, receipt.sha256);
	text = unpacked(path, &count);
	assert_non_null(text);
	assert_string_equal(text, plain);
	free(text);
	free(plain);
	sha256_free(sha);
}

/* A compressed file that is cut short is never read as whole, and one that is damaged never as another. */
static void test_damaged_frames(void **state)
{
	size_t count = 0, unpacked_count;
	long found = 0;
	struct stat st;
	char *file, *whole;
	(void)state;

	put_attempts(300, connected);
	assert_int_equal(export_to("o.csv.zst", (struct export_options){.format = EXPORT_CSV}), 0);
	assert_int_equal(stat(path, &st), 0);
	file = file_get(path, &count);
	assert_non_null(file);
	whole = unpacked(path, &unpacked_count);
	assert_non_null(whole);
	for (off_t cut = 1; cut < st.st_size; cut += st.st_size / 7) {
		assert_int_equal(truncate(path, st.st_size - cut), 0);
		assert_null(unpacked(path, &unpacked_count));
	}
	file_put(path, file, count);
	for (long at = 0; at < st.st_size; at++) { /* zstd can say the same in other bytes */
		char *text;

		file_flip(path, at);
		text = unpacked(path, &unpacked_count);
		if (text)
			assert_string_equal(text, whole);
		found += !text;
		free(text);
		file_flip(path, at);
	}
	assert_true(found > st.st_size * 9 / 10);
	free(whole);
	free(file);
}

static void test_errors(void **state)
{
	(void)state;
	put_attempt(connected(1));
	assert_int_equal(export_to("no/such/folder.csv", (struct export_options){.format = EXPORT_CSV}), -ENOENT);
	assert_non_null(strstr(why, "folder.csv"));
	snprintf(path, sizeof(path), "%s", test_dir);
	struct export_options folder = {.format = EXPORT_CSV, .path = path};
	assert_int_equal(export_run(test_store, &folder, &receipt, why), -EISDIR);
	assert_true(why[0]);
}

/* A pipe is written to and stays a pipe: nothing is renamed over what is no file. */
static void test_a_pipe_stays_a_pipe(void **state)
{
	struct stat st;
	char text[8192];
	ssize_t count;
	int fd;
	(void)state;

	put_attempt(connected(1));
	snprintf(path, sizeof(path), "%s/fifo", test_dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(export_to("fifo", (struct export_options){.format = EXPORT_CSV}), 0);
	count = read(fd, text, sizeof(text));
	assert_int_equal(count, receipt.bytes);
	assert_memory_equal(text, HEADER, strlen(HEADER));
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	close(fd);
}

/* The file behind a link is replaced, not the link; what a descriptor's name leads to is written to as it is. */
static void test_links_stay_links(void **state)
{
	char real[200], link[200], text[64];
	struct stat st;
	(void)state;

	snprintf(real, sizeof(real), "%s/real.csv", test_dir);
	snprintf(link, sizeof(link), "%s/latest.csv", test_dir);
	close(open(real, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(symlink("real.csv", link), 0);
	assert_int_equal(export_to("latest.csv", (struct export_options){.format = EXPORT_CSV}), 0);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(real, &st), 0);
	assert_int_equal(st.st_size, receipt.bytes);
	int fd = open(real, O_RDWR | O_CLOEXEC);

	assert_int_equal(unlink(link), 0);
	snprintf(text, sizeof(text), "/proc/self/fd/%d", fd);
	assert_int_equal(symlink(text, link), 0);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(export_to("latest.csv", (struct export_options){.format = EXPORT_CSV}), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, receipt.bytes);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	close(fd);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_LOG_7_csv),
		T(test_LOG_7_formulas_are_neutralised),
		T(test_bytes_of_the_network_are_cleaned),
		T(test_LOG_7_ndjson),
		T(test_filters),
		T(test_LOG_7_compressed),
		T(test_damaged_frames),
		T(test_errors),
		T(test_a_pipe_stays_a_pipe),
		T(test_links_stay_links),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
