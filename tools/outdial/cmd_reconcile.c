/* cmd_reconcile.c - outdial reconcile: our calls beside a carrier's records */
#include "tools/outdial/outdial.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

const struct flag flags_reconcile[] = {
	{"map", 'm', "PAIRS",
		"which column is what: called=TITLE,start=TITLE, likewise duration, code, call_id (default: by usual titles)"},
	{"trunk", 'k', "NAME", "only calls over this trunk"},
	{"tolerance", 't', "TIME", "how far times and durations may be apart (default 5s)"},
	{"region", 'r', "CN", "country of numbers without \"+\""},
	{"zone", 'z', "ZONE", "zone of its times without one, and of --from and --to (default: this machine's)"},
	{"from", 0, "TIME", "calls from this moment on (default: the first record)"},
	{"to", 0, "TIME", "calls before this moment (default: the last record)"},
	{"encoding", 'e', "NAME", "UTF-8, UTF-16LE, GB18030, ... (default: found out, or refused)"},
	{"format", 'f', "FORMAT", "of the findings: csv (default) or ndjson"},
	{"bom", 0, NULL, "begin with a byte order mark, for spreadsheets"},
	{"output", 'o', "FILE", "write the findings there (default: standard output)"},
	{0},
};

static int reconcile_options(const struct call *call, struct reconcile_options *options)
{
	const char *format = call_value(call, "format"), *tolerance = call_value(call, "tolerance"),
		   *path = call_value(call, "output");

	*options = (struct reconcile_options){
		.carrier = {call->args[0], call_value(call, "map"), call_value(call, "region"), call_value(call, "encoding"),
			when_parse},
		.trunk = call_value(call, "trunk"),
		.tolerance_us = 5 * SEC_US,
	};
	options->sheet.path = path && strcmp(path, "-") != 0 ? path : NULL;
	options->sheet.bom = call_has(call, "bom");
	if (option_zone(call) || option_time(call, "from", &options->from_us) || option_time(call, "to", &options->to_us))
		return STATUS_MISUSE;
	if (options->from_us && options->to_us && options->from_us >= options->to_us)
		return misuse(call, "--from must be before --to");
	if (tolerance && (!text_duration_us(tolerance, &options->tolerance_us) || options->tolerance_us > 3600 * SEC_US))
		return misuse(call, "--tolerance %s: a time up to an hour, e.g. 5s (" TEXT_DURATION_UNITS ")", tolerance);
	if (format && strcmp(format, "csv") != 0 && strcmp(format, "ndjson") != 0)
		return misuse(call, "--format %s: csv or ndjson", format);
	options->sheet.format = format && strcmp(format, "ndjson") == 0 ? EXPORT_NDJSON : EXPORT_CSV;
	return STATUS_DONE;
}

static void say_receipt(FILE *out, const struct reconcile_receipt *receipt)
{
	char from[WHEN_BYTES], to[WHEN_BYTES];

	fprintf(out, "%s to %s: %" PRIu64 " calls of ours, %" PRIu64 " records of the carrier\n",
		when_text(receipt->from_us, from), when_text(receipt->to_us, to), receipt->calls, receipt->records);
	fprintf(out,
		"%" PRIu64 " match, %" PRIu64 " of them differ; %" PRIu64 " only the carrier has, %" PRIu64 " only we have\n",
		receipt->matched, receipt->differ, receipt->carrier_only, receipt->ours_only);
	if (receipt->unreadable || receipt->outside)
		fprintf(out, "%" PRIu64 " records cannot be read, %" PRIu64 " are of another time\n", receipt->unreadable,
			receipt->outside);
}

int cmd_reconcile(struct call *call)
{
	struct reconcile_options options;
	struct reconcile_receipt receipt;
	struct trunk trunk;
	char why[CARRIER_WHY_BYTES] = "";
	int status = reconcile_options(call, &options), err;

	if (status != STATUS_DONE)
		return status;
	err = reconcile_run(call->store, &options, &receipt, why);
	if (err == ERR_SYNTAX || err == ERR_ENCODING || err == ERR_RANGE || err == ERR_FULL || err == -ENOENT || err == -EISDIR)
		return misuse(call, "%s", why);
	if (err)
		return fail_err(call, err, why);
	say_receipt(options.sheet.path ? stdout : stderr, &receipt);
	if (options.trunk && receipt.calls == 0 && trunk_get(call->store, options.trunk, &trunk) == ERR_UNKNOWN)
		fprintf(stderr, "no trunk is called '%s' now, and none was when these calls were made\n", options.trunk);
	return receipt.differ || receipt.carrier_only || receipt.ours_only || receipt.unreadable ? STATUS_FAILED : STATUS_DONE;
}
