/* cmd_recording.c - outdial recording list | get | verify | prune | pause | resume */
#include "tools/outdial/outdial.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "dialer/config.h"
#include "dialer/control.h"
#include "media/archive.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

const struct flag flags_recordings[] = {
	{"campaign", 'c', "NAME", "only this campaign (default: all)"}, {"json", 0, NULL, "print JSON"}, {0}};

const struct flag flags_recording_get[] = {
	{"output", 'o', "FILE", "write there: .wav, or .opus as it is kept"},
	{"key", 0, "FILE", "key of an encrypted one (default: recording_key of outdial.conf)"},
	{0},
};

const struct flag flags_recording_verify[] = {
	{"campaign", 'c', "NAME", "only this campaign (default: all)"},
	{"key", 0, "FILE", "key of encrypted ones (default: recording_key of outdial.conf)"},
	{0},
};

const struct flag flags_recording_prune[] = {{"dry-run", 0, NULL, "only count"}, {0}};

const struct flag flags_recording_pause[] = {
	{"by", 0, "NAME", "who asks; stands in the log (default tool)"},
	{"why", 0, "WORD", "why, e.g. card (default asked)"},
	{0},
};

/* --- one recording */

static int recording_of(const struct call *call, const char *text, struct recording *out)
{
	int64_t attempt;

	if (!text_i64(text, 1, INT64_MAX, &attempt))
		return misuse(call, "%s: expected the number of an attempt, as 'outdial recording list' shows it", text);
	int err = recording_get(call->store, (uint64_t)attempt, out);
	if (err == ERR_UNKNOWN)
		return fail(call, "attempt %" PRId64 " was not recorded", attempt);
	return err ? fail_err(call, err, NULL) : STATUS_DONE;
}

/* The key that outdial.conf names, or --key; *key NULL: none. */
static int key_of(const struct call *call, uint8_t bytes[VAULT_KEY_BYTES], const uint8_t **key)
{
	const char *path = call_value(call, "key");
	char why[WHY_BYTES] = "";
	struct config config;

	*key = NULL;
	int err = path ? 0 : config_read(call->dir, &config, why);
	if (err)
		return fail(call, "outdial.conf: %s", why);
	path = path ? path : config.recording_key;
	if (strcmp(path, "none") == 0)
		return STATUS_DONE;
	err = vault_key(path, bytes);
	if (err == ERR_SYNTAX)
		return fail(call, "%s holds no key: expected 64 hexadecimal digits, as 'openssl rand -hex 32' writes them", path);
	if (err)
		return fail(call, "key file %s: %s", path, err_text(err));
	*key = bytes;
	return STATUS_DONE;
}

static enum archive_format format_of(const struct recording *recording)
{
	return recording->terms.format == RECORDING_G711 ? ARCHIVE_G711 : ARCHIVE_OPUS;
}

static const char *damage_text(int err)
{
	return err == ERR_SYNTAX ? "it is damaged, or was encrypted with another key" :
	       err == -ENOKEY    ? "it is encrypted: name the key with --key, or recording_key in outdial.conf" :
				   err_text(err);
}

/* --- get */

static bool ends_in(const char *path, const char *tail)
{
	size_t bytes = strlen(path), length = strlen(tail);

	return bytes > length && strcmp(path + bytes - length, tail) == 0;
}

static bool wants_wav(const char *out)
{
	return ends_in(out, ".wav");
}

int cmd_recording_get(struct call *call)
{
	const char *out = call_value(call, "output");
	uint8_t bytes[VAULT_KEY_BYTES];
	struct recording recording;
	const uint8_t *key;
	char path[4096];
	if (!wants_wav(out) && !ends_in(out, ".opus"))
		return misuse(call, "--output %s: a name that ends in .wav, or in .opus for the recording as it is kept", out);
	int status = recording_of(call, call->args[0], &recording);

	if (status == STATUS_DONE && recording.state != RECORDING_KEPT)
		return fail(call, "the recording of attempt %" PRIu64 " is %s", recording.attempt,
			recording.state == RECORDING_OPEN ? "not finished yet: try again when its call is over"
							  : recording_state_name(recording.state));
	if (status == STATUS_DONE && format_of(&recording) == ARCHIVE_G711 && !wants_wav(out))
		return misuse(call, "it is kept as G.711: name a file that ends in .wav");
	if (status == STATUS_DONE)
		status = key_of(call, bytes, &key);
	if (status != STATUS_DONE)
		return status;
	recording_path(call->store, &recording, path);
	int err = archive_get(path, key, format_of(&recording), wants_wav(out), out);
	if (err == -EEXIST)
		return fail(call, "%s is there already: name another file", out);
	if (err)
		return fail(call, "%s: %s", err == -ENOENT && access(path, F_OK) == 0 ? out : path, damage_text(err));
	printf("%s: attempt %" PRIu64 ", %.1f s\n", out, recording.attempt, recording.ms / 1000.0);
	return STATUS_DONE;
}

/* --- list */

static const struct column list_columns[] = {{"ATTEMPT", 8, true}, {"ANSWERED", WHEN_COLUMNS, false}, {"LENGTH", 8, true},
	{"STATE", 8, false}, {"KB", 6, true}, {"PAUSES", 6, true}, {"LOST", 5, true}, {"KEEP TO", 10, false}, {0}};

static void list_row(const struct recording *recording)
{
	char answered[WHEN_BYTES], until[WHEN_BYTES], length[WHEN_BYTES];
	struct row row = {0};

	row_set(&row, 0, "%" PRIu64, recording->attempt);
	row_set(&row, 1, "%s", when_cell(recording->start_us, answered));
	row_set(&row, 2, "%s", clock_text(recording->ms * MS_US, length));
	row_set(&row, 3, "%s%s", recording_state_name(recording->state), recording->crashed ? "*" : "");
	row_set(&row, 4, "%" PRIu64, (recording->bytes + 1023) / 1024);
	row_set(&row, 5, "%u", recording->gap_count);
	row_set(&row, 6, "%.1fs", recording->lost_ms / 1000.0);
	row_set(&row, 7, "%.10s", recording->state == RECORDING_KEPT ? when_text(recording_due_us(recording), until) : "-");
	row_print(stdout, list_columns, &row);
}

static struct doc *gaps_doc(const struct recording *recording)
{
	struct doc *all = doc_array();

	for (uint32_t i = 0; i < recording->gap_count; i++) {
		struct doc *gap = doc_object();
		doc_put_i64(gap, "from_us", recording->gaps[i].from_us);
		doc_put_i64(gap, "to_us", recording->gaps[i].to_us);
		doc_put_text(gap, "who", recording->gaps[i].who);
		doc_put_text(gap, "why", recording->gaps[i].why);
		doc_push(all, gap);
	}
	return all;
}

static struct doc *recording_doc(const struct recording *recording)
{
	struct doc *doc = doc_object();
	char classes[96];

	doc_put_i64(doc, "attempt", (int64_t)recording->attempt);
	doc_put_i64(doc, "campaign", recording->campaign);
	doc_put_text(doc, "state", recording_state_name(recording->state));
	doc_put_text(doc, "file", recording->file[0] ? recording->file : NULL);
	doc_put_text(doc, "sha256", recording->sha256[0] ? recording->sha256 : NULL);
	doc_put_i64(doc, "bytes", (int64_t)recording->bytes);
	doc_put_bool(doc, "encrypted", recording->encrypted);
	doc_put_bool(doc, "crashed", recording->crashed);
	doc_put_i64(doc, "start_us", recording->start_us);
	doc_put_i64(doc, "end_us", recording->end_us);
	doc_put_i64(doc, "ms", recording->ms);
	doc_put_i64(doc, "lost_ms", recording->lost_ms);
	doc_put_text(doc, "classes", recording_classes_text(recording->terms.classes, classes));
	doc_put_i64(doc, "keep_until_us", recording_due_us(recording));
	doc_put(doc, "rec_gaps", gaps_doc(recording));
	return doc;
}

typedef int each_h(struct call *call, const struct recording *recording, void *arg);

/* Those of --campaign, or all. */
static int recording_each(struct call *call, each_h *each, void *arg)
{
	const char *name = call_value(call, "campaign");
	struct campaign campaign = {0};
	struct recording recording;
	int err = name ? campaign_get(call->store, name, &campaign) : 0, status = STATUS_DONE;

	if (err == ERR_UNKNOWN)
		return no_such(call, "campaign", "campaign", name);
	for (uint64_t after = 0; !err && !(err = recording_next(call->store, after, &recording)); after = recording.attempt)
		if (!name || recording.campaign == campaign.id)
			status |= each(call, &recording, arg);
	return err && err != ERR_UNKNOWN ? fail_err(call, err, NULL) : status;
}

static int list_one(struct call *call, const struct recording *recording, void *arg)
{
	(void)call;
	if (arg)
		doc_push(arg, recording_doc(recording));
	else
		list_row(recording);
	return STATUS_DONE;
}

int cmd_recording_list(struct call *call)
{
	struct doc *all = call_has(call, "json") ? doc_array() : NULL;

	if (!all)
		row_print_titles(stdout, list_columns);
	int status = recording_each(call, list_one, all);
	if (all)
		say_doc(stdout, all);
	return status;
}

/* --- verify: the sum of the bytes on the disk, then whether they can be read to their end */

struct verify {
	const uint8_t *key;
	uint64_t good, bad;
};

static int verify_one(struct call *call, const struct recording *recording, void *arg)
{
	struct verify *verify = arg;
	struct vault_receipt sum;
	char path[4096];

	if (recording->state != RECORDING_KEPT)
		return STATUS_DONE;
	recording_path(call->store, recording, path);
	int err = vault_sum(path, &sum);
	if (!err && strcmp(sum.sha256, recording->sha256) != 0) {
		verify->bad++;
		return fail(call, "%s is not what was kept: its SHA-256 is %s, not %s", recording->file, sum.sha256,
			recording->sha256);
	}
	if (!err && (verify->key || !recording->encrypted))
		err = archive_check(path, verify->key, format_of(recording));
	verify->good += !err;
	verify->bad += err != 0;
	return err ? fail(call, "%s: %s", recording->file, damage_text(err)) : STATUS_DONE;
}

int cmd_recording_verify(struct call *call)
{
	uint8_t bytes[VAULT_KEY_BYTES];
	struct verify verify = {0};
	struct recording recording;
	int status = key_of(call, bytes, &verify.key);

	if (status != STATUS_DONE)
		return status;
	if (call->arg_count == 0) {
		status = recording_each(call, verify_one, &verify);
	} else {
		status = recording_of(call, call->args[0], &recording);
		if (status != STATUS_DONE)
			return status;
		status = verify_one(call, &recording, &verify);
	}
	printf("%" PRIu64 " recordings are as they were kept, %" PRIu64 " are not\n", verify.good, verify.bad);
	return status;
}

/* --- prune */

int cmd_recording_prune(struct call *call)
{
	bool dry = call_has(call, "dry-run");
	struct recording_prune prune;
	int err = recording_prune(call->store, clock_us(), dry, &prune);

	if (err)
		return fail_err(call, err, NULL);
	printf("%" PRIu64 " of %" PRIu64 " recordings %s, %" PRIu64 " MB\n", prune.removed, prune.seen,
		dry ? "would be removed" : "removed", prune.bytes / 1000000);
	return STATUS_DONE;
}

/* --- pause and resume, of a call under way */

static int ask_recording(struct call *call, const char *what)
{
	struct doc *request = doc_object(), *reply = NULL;
	char why[WHY_BYTES];

	doc_put_text(request, "ask", "recording");
	doc_put_text(request, "do", what);
	doc_put_text(request, "of", call->args[0]);
	doc_put_text(request, "who", call_has(call, "by") ? call_value(call, "by") : "tool");
	doc_put_text(request, "why", call_has(call, "why") ? call_value(call, "why") : "asked");
	int err = control_ask(call->dir, request, &reply, why);
	doc_free(request);
	if (err)
		return fail(call, "%s", why);
	int status = doc_bool(reply, "ok", false)
			     ? STATUS_DONE
			     : fail(call, "%s", doc_text(reply, "why", "the engine refuses without a reason"));
	doc_free(reply);
	return status;
}

/* They come to stand in a line of the log. */
static bool plain_word(const char *text, size_t size)
{
	return !text || (strlen(text) < size && !strpbrk(text, "\"\\;") && store_name_ok(text));
}

static int change(struct call *call, const char *what)
{
	if (!plain_word(call_value(call, "by"), NAME_BYTES) || !plain_word(call_value(call, "why"), RECORDING_WHY_BYTES))
		return misuse(call, "--by and --why are words of letters, digits, '-', '_' and '.', --why of at most %d",
			RECORDING_WHY_BYTES - 1);
	int status = ask_recording(call, what);

	if (status == STATUS_DONE && strcmp(what, "pause") == 0)
		printf("nothing of %s is recorded until 'outdial recording resume %s', *7, or the campaign's time for a pause is "
		       "over\n",
			call->args[0], call->args[0]);
	else if (status == STATUS_DONE)
		printf("%s is recorded again\n", call->args[0]);
	return status;
}

int cmd_recording_pause(struct call *call)
{
	return change(call, "pause");
}

int cmd_recording_resume(struct call *call)
{
	return change(call, "resume");
}
