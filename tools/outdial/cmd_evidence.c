/* cmd_evidence.c - outdial seal, verify, prove */
#include "tools/outdial/outdial.h"

#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct flag flags_verify[] = {
	{"checkpoint", 'c', "FILE", "a checkpoint that was kept elsewhere: does the log still agree with it?"},
	{"key", 'k', "FILE", "public key in PEM (default: the store's own)"},
	{"proof", 'p', "FILE", "check a file of 'outdial prove' instead, without a store"},
	{"json", 0, NULL, "print JSON"},
	{0},
};

const struct flag flags_prove[] = {{"output", 'o', "FILE", "write there (default: standard output)"}, {0}};

/* --- seal */

/* What waited when it began; the engine may write on all the while. */
int cmd_seal(struct call *call)
{
	struct seal_receipt receipt;
	uint64_t events = 0, bytes = 0;
	uint32_t segments = 0;
	char why[WHY_BYTES], root[65];

	do {
		int err = evidence_seal(call->store, NULL, &receipt, why);

		if (err)
			return fail_err(call, err, why);
		events += receipt.events;
		bytes += receipt.bytes;
		segments += receipt.events > 0;
	} while (receipt.events && receipt.waiting > receipt.events);
	text_hex(receipt.root.bytes, HASH_BYTES, root);
	if (call_has(call, "json")) {
		struct doc *doc = doc_object();

		doc_put_i64(doc, "events", (int64_t)events);
		doc_put_i64(doc, "segments", segments);
		doc_put_i64(doc, "bytes", (int64_t)bytes);
		doc_put_i64(doc, "size", (int64_t)receipt.size);
		doc_put_text(doc, "root", root);
		say_doc(stdout, doc);
	} else if (receipt.size == 0) {
		printf("nothing has happened yet: nothing to seal\n");
	} else {
		printf("%" PRIu64 " events sealed in %" PRIu32 " segments of %" PRIu64 " bytes\ncheckpoint: %" PRIu64
		       " events, root %s\n",
			events, segments, bytes, receipt.size, root);
	}
	return STATUS_DONE;
}

/* --- verify */

static void print_fault(void *arg, const char *sentence)
{
	(void)arg;
	fprintf(stderr, "BAD: %s\n", sentence);
}

static void verify_print_doc(const struct verify_report *report, const char *root)
{
	struct doc *doc = doc_object();

	doc_put_bool(doc, "good", report->faults == 0);
	doc_put_i64(doc, "events", (int64_t)report->events);
	doc_put_i64(doc, "segments", (int64_t)report->segments);
	doc_put_i64(doc, "size", (int64_t)report->size);
	doc_put_text(doc, "root", root);
	doc_put_i64(doc, "waiting", (int64_t)report->waiting);
	doc_put_i64(doc, "faults", (int64_t)report->faults);
	if (report->bad_known)
		doc_put_i64(doc, "first_bad_seq", (int64_t)report->bad_seq);
	else
		doc_put_text(doc, "first_bad_seq", NULL);
	doc_put_i64(doc, "clock_back", (int64_t)report->clock_back);
	doc_put_i64(doc, "outside_checkpoints", report->outside);
	doc_put_i64(doc, "first", (int64_t)report->first);
	doc_put_i64(doc, "outside_checkpoints_older", report->outside_older);
	doc_put_bool(doc, "self_consistent_only", report->outside == 0);
	say_doc(stdout, doc);
}

static void verify_print(const struct verify_report *report, const char *root)
{
	printf("%" PRIu64 " events in %" PRIu64 " segments, checkpoint of %" PRIu64 " events, root %s\n", report->events,
		report->segments, report->size, root);
	if (report->first)
		printf("the log begins with event %" PRIu64 ": those before were let go by 'outdial retention run'\n",
			report->first);
	if (report->outside_older)
		printf("%" PRIu32 " checkpoint(s) from outside are of events that went: nothing can be said of them\n",
			report->outside_older);
	if (report->store_there)
		printf("%" PRIu64 " events are not sealed yet: nothing protects them so far\n", report->waiting);
	else
		printf("no store here: only the sealed files were looked at\n");
	if (report->clock_back)
		printf("the clock stepped back before %" PRIu64 " events\n", report->clock_back);
	if (report->faults == 0)
		printf(report->outside ? "good: agrees with the checkpoint from outside\n"
				       : "good, but self-consistent only: no checkpoint from outside was given (--checkpoint)\n");
}

static int verify_proof(struct call *call, const char *path)
{
	struct proof *proof = calloc(1, sizeof(*proof));
	const char *key_path = call_value(call, "key");
	struct sign_key *key = NULL;
	char why[WHY_BYTES] = "", *text = NULL;
	size_t bytes;
	int status = STATUS_DONE, err = proof ? file_text(path, PROOF_BYTES_MAX, &text, &bytes) : -ENOMEM;

	if (err) {
		free(proof);
		return fail(call, "%s cannot be read: %s", path, err_text(err));
	}
	err = proof_parse(text, bytes, proof);
	free(text);
	if (!err && key_path && (err = sign_public_load(&key, key_path)))
		status = misuse(call, "--key %s is no public key: %s", key_path, err_text(err));
	else if (err)
		status = fail(call, "BAD: %s is not a proof, or a damaged one", path);
	else if (proof_check(proof, key, why))
		status = fail(call, "BAD: %s", why);
	if (status == STATUS_DONE) {
		for (uint32_t i = 0; i < proof->count; i++)
			printf("%s\n", proof->events[i].line);
		printf("good: %" PRIu32 " events of attempt %" PRIu64 " are in the log of %" PRIu64 " events of %s\n",
			proof->count, proof->attempt, proof->checkpoint.size, proof->checkpoint.origin);
		if (!key)
			printf("self-consistent only: the key is the proof's own; name the public key with --key\n");
	}
	sign_key_free(key);
	free(proof);
	return status;
}

/* A file of the auditor's that is not there says nothing about the log. */
static bool unreadable(const struct call *call, const char *option)
{
	const char *path = call_value(call, option);

	if (!path || access(path, R_OK) == 0)
		return false;
	misuse(call, "--%s %s: %s", option, path, err_text(-errno));
	return true;
}

/* It would agree with itself whatever was written anew. */
static bool own_checkpoint(const struct call *call)
{
	const char *path = call_value(call, "checkpoint");
	char own[4096];
	struct stat given, ours;

	snprintf(own, sizeof(own), "%s/evidence/checkpoint", call->dir);
	return path && stat(path, &given) == 0 && stat(own, &ours) == 0 && given.st_dev == ours.st_dev &&
	       given.st_ino == ours.st_ino;
}

int cmd_verify(struct call *call)
{
	struct verify_options options = {.dir = call->dir, .key_path = call_value(call, "key"), .say_h = print_fault};
	struct verify_report report;
	char why[WHY_BYTES] = "", root[65];

	if (call_value(call, "proof") && call_value(call, "checkpoint"))
		return misuse(call, "--proof has its checkpoint in it: leave --checkpoint out");
	if (unreadable(call, "proof") || unreadable(call, "checkpoint") || unreadable(call, "key"))
		return STATUS_MISUSE;
	if (own_checkpoint(call))
		return misuse(call,
			"--checkpoint %s is the store's own, which agrees with itself: give a copy that was kept elsewhere",
			call_value(call, "checkpoint"));
	if (call_value(call, "proof"))
		return verify_proof(call, call_value(call, "proof"));
	if (call_value(call, "checkpoint"))
		options.checkpoints[options.checkpoint_count++] = call_value(call, "checkpoint");
	int err = evidence_verify(&options, &report, why);

	if (err == -ENOENT && report.events == 0)
		return fail(call, "there is no evidence in %s: nothing was sealed yet; 'outdial seal' does it now", call->dir);
	if (err)
		return fail_err(call, err, why);
	text_hex(report.root.bytes, HASH_BYTES, root);
	if (call_has(call, "json"))
		verify_print_doc(&report, root);
	else
		verify_print(&report, root);
	if (report.faults == 0)
		return STATUS_DONE;
	fflush(stdout);
	if (report.bad_known)
		return fail(call, "BAD: %" PRIu64 " faults; the first bad sequence number is %" PRIu64, report.faults,
			report.bad_seq);
	return fail(call, "BAD: %" PRIu64 " faults; all events are as the segments say", report.faults);
}

/* --- prove */

static int prove_write(struct call *call, const char *path, const char *text, size_t bytes)
{
	struct outfile out;
	int err;

	if (!path) {
		fwrite(text, 1, bytes, stdout);
		return STATUS_DONE;
	}
	err = outfile_open(&out, path);
	if (!err) {
		fwrite(text, 1, bytes, out.file); /* commit sees its error */
		err = outfile_commit(&out);
	}
	return err ? fail(call, "%s cannot be written: %s", path, err_text(err)) : STATUS_DONE;
}

int cmd_prove(struct call *call)
{
	struct proof *proof = calloc(1, sizeof(*proof));
	const char *path = call_value(call, "output");
	char why[WHY_BYTES] = "", *text = NULL, *end;
	size_t bytes;
	int status;

	if (!proof)
		return fail_err(call, -ENOMEM, NULL);
	errno = 0;
	uint64_t attempt = strtoull(call->args[0], &end, 10);

	if (errno || *end || end == call->args[0] || call->args[0][0] == '-' || attempt == 0) {
		free(proof);
		return misuse(call, "%s is not an attempt's number", call->args[0]);
	}
	int err = proof_make(call->store, attempt, proof, why);

	if (!err)
		err = proof_print(proof, &text, &bytes);
	status = err ? fail_err(call, err, why) : prove_write(call, path && strcmp(path, "-") != 0 ? path : NULL, text, bytes);
	if (status == STATUS_DONE && path)
		printf("%s: %" PRIu32 " events of attempt %" PRIu64 ", %zu bytes\n", path, proof->count, attempt, bytes);
	free(text);
	free(proof);
	return status;
}
