/* cmd_retention.c - outdial hold, retention run, retention show */
#include "tools/outdial/outdial.h"

#include "base/err.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const struct flag flags_hold[] = {{"why", 0, "TEXT", "the case or letter that asks for it"}, {"release", 0, NULL, "it is over"},
	{"json", 0, NULL, "print JSON"}, {0}};

const struct flag flags_retention[] = {{"dry-run", 'n', NULL, "say what would go, and what stops it; change nothing"},
	{"output", 'o', "FILE", "write the receipt there, too, as JSON"}, {"json", 0, NULL, "print JSON"}, {0}};

/* --- holds */

static int show_holds(struct call *call)
{
	static const struct column columns[] = {
		{"SINCE", WHEN_COLUMNS, false}, {"PERSON OR NUMBER", 20, false}, {"WHY", 36, false}, {0}};
	struct doc *list = doc_array();
	struct hold hold = {.subject = 0};
	char when[WHEN_BYTES];
	bool json = call_has(call, "json"), any = false;
	int err;

	while (!(err = hold_next(call->store, hold.subject, &hold))) {
		struct doc *doc = doc_object();
		struct row row = {{""}};

		doc_put_text(doc, "subject", hold.name);
		doc_put_text(doc, "why", hold.why);
		doc_put_i64(doc, "since_us", hold.since_us);
		doc_push(list, doc);
		if (!any && !json)
			row_print_titles(stdout, columns);
		any = true;
		row_set(&row, 0, "%s", when_cell(hold.since_us, when));
		row_set(&row, 1, "%s", hold.name);
		row_set(&row, 2, "%s", hold.why);
		if (!json)
			row_print(stdout, columns, &row);
	}
	if (err != ERR_UNKNOWN) {
		doc_free(list);
		return fail_err(call, err, NULL);
	}
	if (json)
		say_doc(stdout, list);
	else
		doc_free(list);
	if (!any && !json)
		printf("there is no hold\n");
	return STATUS_DONE;
}

int cmd_hold(struct call *call)
{
	const char *words = call_value(call, "why");
	char why[WHY_BYTES] = "";
	int err;

	if (call->arg_count == 0)
		return words || call_has(call, "release") ? misuse(call, "name the person or number") : show_holds(call);
	if ((words != NULL) == call_has(call, "release"))
		return misuse(call, "give either --why TEXT or --release");
	err = words ? hold_put(call->store, call->args[0], words, why) : hold_release(call->store, call->args[0], why);
	if (err == ERR_RANGE || err == ERR_UNKNOWN)
		return misuse(call, "%s", why);
	if (err)
		return fail_err(call, err, why);
	printf(words ? "nothing about %s is deleted until the hold is released\n" : "the hold on %s is released\n",
		call->args[0]);
	return STATUS_DONE;
}

/* --- retention */

static const char *stop_name(enum retention_stop stop)
{
	return stop == RETENTION_HELD ? "held" : stop == RETENTION_AGE ? "age" : "newest";
}

static struct doc *receipt_doc(const struct retention_receipt *receipt, bool dry)
{
	struct doc *doc = doc_object();

	doc_put_bool(doc, "dry_run", dry);
	doc_put_i64(doc, "first", (int64_t)receipt->first);
	doc_put_i64(doc, "events", (int64_t)receipt->events);
	doc_put_i64(doc, "segments", (int64_t)receipt->segments);
	doc_put_i64(doc, "bytes", (int64_t)receipt->bytes);
	doc_put_i64(doc, "attempts", (int64_t)receipt->attempts);
	doc_put_i64(doc, "until_us", receipt->until_us);
	doc_put_text(doc, "stopped_by", stop_name(receipt->stop));
	doc_put_i64(doc, "stopped_at", (int64_t)receipt->stop_seq);
	doc_put_i64(doc, "not_before_us", receipt->stop_until_us);
	doc_put_i64(doc, "recorded_as", (int64_t)receipt->event);
	doc_put_i64(doc, "recordings", (int64_t)receipt->recordings.removed);
	doc_put_i64(doc, "recordings_bytes", (int64_t)receipt->recordings.bytes);
	doc_put_i64(doc, "recordings_held", (int64_t)receipt->recordings.held);
	return doc;
}

static void receipt_print(const struct retention_receipt *receipt, bool dry)
{
	char when[WHEN_BYTES];

	if (receipt->segments)
		printf("%" PRIu64 " events in %" PRIu64 " segments %s, up to %s; %" PRIu64 " attempts in the store\n",
			receipt->events, receipt->segments, dry ? "would go" : "went", when_text(receipt->until_us, when),
			receipt->attempts);
	else
		printf("nothing %s\n", dry ? "would go" : "went");
	if (receipt->stop == RETENTION_HELD)
		printf("the next segment stays: event %" PRIu64 " is about somebody on hold ('outdial hold')\n",
			receipt->stop_seq);
	else if (receipt->stop == RETENTION_AGE)
		printf("the next segment stays: event %" PRIu64 " is kept until %s ('outdial retention show')\n",
			receipt->stop_seq, when_text(receipt->stop_until_us, when));
	else
		printf("the newest segment always stays\n");
	printf("%" PRIu64 " of %" PRIu64 " recordings %s, %" PRIu64 " MB", receipt->recordings.removed, receipt->recordings.seen,
		dry ? "would go" : "went", receipt->recordings.bytes / 1000000);
	printf(receipt->recordings.held ? "; %" PRIu64 " stay because of a hold\n" : "\n", receipt->recordings.held);
	if (receipt->event)
		printf("recorded as event %" PRIu64 "\n", receipt->event);
}

int receipt_write(struct call *call, const char *path, const struct doc *doc)
{
	char *text = doc_print(doc, 2);
	struct outfile out;
	int err = text ? outfile_open(&out, path) : -ENOMEM;

	if (!err) {
		fprintf(out.file, "%s\n", text); /* commit sees its error */
		err = outfile_commit(&out);
	}
	free(text);
	return err ? fail(call, "the receipt cannot be written to %s: %s", path, err_text(err)) : STATUS_DONE;
}

int cmd_retention_run(struct call *call)
{
	bool dry = call_has(call, "dry-run");
	struct retention_receipt receipt;
	char why[WHY_BYTES] = "";
	int status = STATUS_DONE, err = retention_run(call->store, dry, &receipt, why);

	if (err)
		return fail_err(call, err, why);
	struct doc *doc = receipt_doc(&receipt, dry);

	if (call_value(call, "output"))
		status = receipt_write(call, call_value(call, "output"), doc);
	if (call_has(call, "json")) {
		say_doc(stdout, doc);
	} else {
		receipt_print(&receipt, dry);
		doc_free(doc);
	}
	return status;
}

int cmd_retention_show(struct call *call)
{
	static const struct column columns[] = {
		{"CLASS", 10, false}, {"RULE PACK", 18, false}, {"DAYS", 6, true}, {"SOURCE", 43, false}, {0}};
	enum retention_class class;
	const char *pack, *source;
	uint32_t days;
	(void)call;

	row_print_titles(stdout, columns);
	for (uint32_t i = 0; retention_row(i, &class, &pack, &days, &source); i++) {
		struct row row = {{""}};

		row_set(&row, 0, "%s", retention_class_name(class));
		row_set(&row, 1, "%s", pack);
		row_set(&row, 2, "%u", days);
		row_set(&row, 3, "%s", source);
		row_print(stdout, columns, &row);
	}
	putchar('\n');
	text_print(stdout, "", 0,
		"The longest that applies wins; what no row applies to is kept for the longest time of its class.");
	return STATUS_DONE;
}
