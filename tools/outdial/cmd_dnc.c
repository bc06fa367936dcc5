/* cmd_dnc.c - outdial dnc add | remove | import | check: numbers by hand */
#include "tools/outdial/outdial.h"

#include "base/err.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const struct flag flags_dnc[] = {{"region", 'r', "CN", "country of numbers without \"+\""},
	{"list", 'l', "NAME", "suppression list (default: the do-not-call list of this store, internal)"}, {0}};

const struct flag flags_dnc_import[] = {{"region", 'r', "CN", "country of numbers without \"+\""},
	{"encoding", 'e', "NAME", "UTF-8, UTF-16LE, UTF-16BE, GB18030, ... (default: found out, or refused)"}, {0}};

static int number_of(const struct call *call, const char *text, char e164[NUMBER_BYTES])
{
	char why[WHY_BYTES] = "";
	const char *region = call_value(call, "region");

	if (phone_normalise(text, region, e164, why) == 0)
		return STATUS_DONE;
	return misuse(call, "'%s' is no telephone number: %s%s", text, why,
		region || *text == '+' ? "" : "; give it with \"+\" and country code, or name the country with --region");
}

/* All numbers must be good before the first is changed: a list that is half done is hard to repeat. */
static int each_number(struct call *call, bool listed, const char *done, const char *was)
{
	const char *list = call_value(call, "list");
	char e164[NUMBER_BYTES], why[SUPPRESS_WHY_BYTES] = "";

	for (int i = 0; i < call->arg_count; i++)
		if (number_of(call, call->args[i], e164) != STATUS_DONE)
			return STATUS_MISUSE;
	for (int i = 0; i < call->arg_count; i++) {
		bool was_there = false;

		number_of(call, call->args[i], e164);
		int err = suppress_put(call->store, list ? list : "internal", e164, listed, &was_there, why);

		if (err)
			return fail_err(call, err, why);
		printf("%s %s\n", e164, was_there == listed ? was : done);
	}
	return STATUS_DONE;
}

int cmd_dnc_add(struct call *call)
{
	return each_number(call, true, "added", "was on the list already");
}

int cmd_dnc_remove(struct call *call)
{
	return each_number(call, false, "removed", "was not on the list");
}

/* The store's own list in any case; of the others those that have it. */
int cmd_dnc_check(struct call *call)
{
	char e164[NUMBER_BYTES], sentence[FILE_WHY_BYTES];
	struct suppress_list list;
	bool listed = false;

	if (number_of(call, call->args[0], e164) != STATUS_DONE)
		return STATUS_MISUSE;
	int err = dnc_check(call->store, e164, &listed);

	if (err)
		return fail_err(call, err, NULL);
	printf("%s is %son the do-not-call list\n", e164, listed ? "" : "not ");
	for (uint16_t after = 0; (err = suppress_next(call->store, after, &list)) == 0; after = list.id) {
		if (suppress_has(call->store, &list, e164, &listed) != 0 || !listed)
			continue;
		suppress_explain(call->store,
			&(struct suppress_view){
				.answer = SUPPRESS_LISTED, .list = list.id, .number = strtoull(e164 + 1, NULL, 10)},
			sentence, sizeof(sentence));
		printf("%s\n", sentence);
	}
	return err == ERR_UNKNOWN ? STATUS_DONE : fail_err(call, err, NULL);
}

int cmd_dnc_import(struct call *call)
{
	struct dnc_receipt receipt = {0};
	char why[FILE_WHY_BYTES] = "";
	int err = import_dnc_encoded(
		call->store, call->args[0], call_value(call, "encoding"), call_value(call, "region"), &receipt, why);

	if (err)
		return fail_file(call, err, why);
	cell_print(stdout, call->args[0], PATH_COLUMNS, false, false);
	printf(" -> do-not-call list\n");
	field_print(stdout, "rows", "%" PRIu64 " read = %" PRIu64 " added + %" PRIu64 " present + %" PRIu64 " bad", receipt.read,
		receipt.added, receipt.present, receipt.bad);
	field_print(stdout, "numbers", "%" PRIu64 " on the list now", dnc_count(call->store));
	if (receipt.bad == 0)
		return STATUS_DONE;
	/* A number that should not be called and is not on the list is worth a failure, not a remark. */
	return fail(call,
		"%" PRIu64 " of %" PRIu64 " rows: no telephone number, the first in line %" PRIu64
		" of %s; the others are on the list, fix these and import the file again",
		receipt.bad, receipt.read, receipt.first_bad_line, call->args[0]);
}
