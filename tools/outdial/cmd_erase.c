/* cmd_erase.c - outdial erase */
#include "tools/outdial/outdial.h"

#include "base/err.h"

#include <errno.h>
#include <inttypes.h>

const struct flag flags_erase[] = {
	{"basis", 'b', "TEXT", "why: the letter and the article; stands in the log as it is, so name nobody in it"},
	{"dry-run", 'n', NULL, "say what would go and what is kept; change nothing"},
	{"may-call", 0, NULL, "do not put the numbers on the do-not-call list"},
	{"output", 'o', "FILE", "write the receipt there, too, as JSON"},
	{"wipe", 0, NULL, "alone: wipe the store's free room once more"}, {"json", 0, NULL, "print JSON"}, {0}};

static struct doc *scrub_doc(const struct scrub_report *scrub)
{
	struct doc *doc = doc_object();

	doc_put_bool(doc, "whole", scrub->whole);
	doc_put_bool(doc, "alone", scrub->alone);
	doc_put_i64(doc, "pages", (int64_t)scrub->pages);
	doc_put_i64(doc, "wiped", (int64_t)scrub->wiped);
	doc_put_i64(doc, "pinned", (int64_t)scrub->pinned);
	doc_put_i64(doc, "strange", (int64_t)scrub->strange);
	return doc;
}

static struct doc *kept_doc(const struct erase_receipt *receipt)
{
	struct doc *doc = doc_object();

	doc_put_i64(doc, "calls", (int64_t)receipt->attempts);
	doc_put_i64(doc, "calls_until_us", receipt->attempts_until_us);
	doc_put_i64(doc, "calls_in_clear_text", (int64_t)receipt->clear);
	doc_put_i64(doc, "recordings", (int64_t)receipt->recordings_kept);
	doc_put_i64(doc, "recordings_until_us", receipt->recordings_until_us);
	doc_put_i64(doc, "numbers_of_others", receipt->shared);
	return doc;
}

static struct doc *receipt_doc(const struct erase_receipt *receipt, bool dry)
{
	struct doc *doc = doc_object(), *gone = doc_object();

	doc_put_bool(doc, "dry_run", dry);
	doc_put_text(doc, "pseudonym", receipt->pseudonym);
	doc_put_text(doc, "basis", receipt->basis);
	doc_put_i64(doc, "at_us", receipt->at_us);
	doc_put_i64(doc, "event", (int64_t)receipt->event);
	doc_put_text(doc, "event_leaf_sha256", receipt->hash);
	doc_put_bool(doc, "earlier", receipt->again);
	doc_put_i64(gone, "leads", receipt->leads);
	doc_put_i64(gone, "numbers", receipt->numbers);
	doc_put_i64(gone, "rows", receipt->rows);
	doc_put_i64(gone, "keys", (int64_t)receipt->keys);
	doc_put_i64(gone, "recordings", (int64_t)receipt->recordings);
	doc_put(doc, "erased", gone);
	doc_put(doc, "kept", kept_doc(receipt));
	doc_put_i64(doc, "put_on_do_not_call", receipt->listed);
	if (!dry)
		doc_put(doc, "free_room", scrub_doc(&receipt->scrub));
	return doc;
}

static void print_scrub(const struct scrub_report *scrub)
{
	if (scrub->whole)
		printf("the store's free room is wiped\n");
	else if (!scrub->alone)
		printf("the store's free room is wiped, but another program has the store open and may write old pages again: an "
		       "engine wipes within a "
		       "minute; else run 'outdial erase --wipe' when the program has ended\n");
	else
		printf("%" PRIu64 " free pages could not be wiped: a program still reads them; run 'outdial erase --wipe' when "
				  "it has ended\n",
			scrub->pinned + scrub->strange);
}

static void print_kept(const struct erase_receipt *receipt)
{
	char when[WHEN_BYTES];

	if (receipt->attempts)
		printf("kept: %" PRIu64 " call%s without number, with %s lines in the log, until %s at least (records of calls: "
					"'outdial retention show')\n",
			receipt->attempts, receipt->attempts == 1 ? "" : "s", receipt->attempts == 1 ? "its" : "their",
			when_text(receipt->attempts_until_us, when));
	if (receipt->clear)
		printf("kept: the lines of %" PRIu64
		       " of these calls are of an earlier program and have the number in clear text, until their segment goes\n",
			receipt->clear);
	if (receipt->recordings_kept)
		printf("kept: %" PRIu64 " recordings that a law asks for, until %s ('outdial recording list')\n",
			receipt->recordings_kept, when_text(receipt->recordings_until_us, when));
	if (receipt->shared)
		printf("kept: %u number%s that leads of others have, too\n", receipt->shared, receipt->shared == 1 ? "" : "s");
}

static void print_receipt(const struct erase_receipt *receipt, bool dry)
{
	char when[WHEN_BYTES];

	if (receipt->again)
		printf("erased already on %s; nothing new was found\n", when_text(receipt->at_us, when));
	printf("%s: %u lead%s, %u number%s, %u rows of ledgers and consents, %" PRIu64 " recording%s%s",
		dry ? "would go" : "gone", receipt->leads, receipt->leads == 1 ? "" : "s", receipt->numbers,
		receipt->numbers == 1 ? "" : "s", receipt->rows, receipt->recordings, receipt->recordings == 1 ? "" : "s",
		dry ? "\n" : "");
	if (!dry)
		printf(", %" PRIu64 " key%s of the log\n", receipt->keys, receipt->keys == 1 ? "" : "s");
	print_kept(receipt);
	if (receipt->listed)
		printf("%s on the do-not-call list: %u number%s\n", dry ? "would be put" : "put", receipt->listed,
			receipt->listed == 1 ? "" : "s");
	if (dry)
		return;
	print_scrub(&receipt->scrub);
	printf("recorded as event %" PRIu64 " (%s) of pseudonym %s\n", receipt->event, receipt->hash, receipt->pseudonym);
}

static int wipe(struct call *call)
{
	struct scrub_report scrub;
	int err = scrub_run(call->store, &scrub);

	if (err)
		return fail_err(call, err, NULL);
	if (call_has(call, "json"))
		say_doc(stdout, scrub_doc(&scrub));
	else
		print_scrub(&scrub);
	return scrub.whole ? STATUS_DONE : STATUS_FAILED;
}

int cmd_erase(struct call *call)
{
	struct erase_options options = {
		.basis = call_value(call, "basis"), .dry = call_has(call, "dry-run"), .may_call = call_has(call, "may-call")};
	struct erase_receipt receipt;
	char why[WHY_BYTES] = "";
	int status = STATUS_DONE, err;

	if (call_has(call, "wipe") == (call->arg_count == 1))
		return misuse(call, "name the person or number, or give --wipe alone");
	if (call_has(call, "wipe"))
		return wipe(call);
	err = erase_run(call->store, call->args[0], &options, &receipt, why);
	if (err == ERR_RANGE || err == ERR_UNKNOWN)
		return misuse(call, "%s", why);
	if (err)
		return fail_err(call, err, why);
	struct doc *doc = receipt_doc(&receipt, options.dry);

	if (call_value(call, "output"))
		status = receipt_write(call, call_value(call, "output"), doc);
	if (call_has(call, "json")) {
		say_doc(stdout, doc);
	} else {
		print_receipt(&receipt, options.dry);
		doc_free(doc);
	}
	return status;
}
