/* cmd_export.c - outdial export ..., outdial report */
#include "tools/outdial/outdial.h"

#include "base/err.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const struct flag flags_export[] = {
	{"campaign", 'c', "NAME", "only this campaign"},
	{"from", 0, "TIME", "attempts from this moment on, e.g. 2026-11-21 or 2026-11-21T09:00Z"},
	{"to", 0, "TIME", "attempts before this moment"},
	{"format", 'f', "FORMAT", "csv (default) or ndjson"},
	{"bom", 0, NULL, "begin with a byte order mark, for spreadsheets"},
	{"output", 'o', "FILE", "write there (default: standard output); compressed when it ends in .zst"},
	{"number", 0, "+NUMBER", "only calls to this number"},
	{"seat", 0, "LOGIN", "only calls that this seat had"},
	{"zone", 'z', "ZONE", "zone of --from, --to, days and months, e.g. Europe/London (default: this machine's)"},
	{0},
};

const struct flag flags_report[] = {
	{"json", 0, NULL, "print JSON"}, {"output", 'o', "FILE", "write there (default: standard output)"}, {0}};

/* NULL: standard output, which "-" and /dev/stdout name too. */
static const char *output_path(const struct call *call)
{
	const char *path = call_value(call, "output");

	return path && strcmp(path, "-") != 0 && strcmp(path, "/dev/stdout") != 0 ? path : NULL;
}

static int export_options_of(const struct call *call, struct export_options *options)
{
	const char *format = call_value(call, "format");
	struct campaign campaign;

	*options = (struct export_options){.what = call->command->name,
		.campaign = call_value(call, "campaign"),
		.path = output_path(call),
		.bom = call_has(call, "bom"),
		.number = call_value(call, "number"),
		.seat = call_value(call, "seat")};
	if (option_zone(call))
		return STATUS_MISUSE;
	if (option_time(call, "from", &options->from_us) || option_time(call, "to", &options->to_us))
		return STATUS_MISUSE;
	if (options->from_us && options->to_us && options->from_us >= options->to_us)
		return misuse(call, "--from must be before --to");
	if (options->number &&
		(options->number[0] != '+' || !options->number[1] || options->number[strspn(options->number, "+0123456789")]))
		return misuse(call, "--number %s: with \"+\" and country code, e.g. +8613800138000", options->number);
	if (format && strcmp(format, "csv") != 0 && strcmp(format, "ndjson") != 0)
		return misuse(call, "--format %s: csv or ndjson", format);
	options->format = format && strcmp(format, "ndjson") == 0 ? EXPORT_NDJSON : EXPORT_CSV;
	if (options->campaign && campaign_get(call->store, options->campaign, &campaign) == ERR_UNKNOWN)
		return no_such(call, "campaign", "campaign", options->campaign);
	return STATUS_DONE;
}

static bool packed(const char *path)
{
	size_t length = path ? strlen(path) : 0;

	return length > 4 && strcmp(path + length - 4, ".zst") == 0;
}

int cmd_export(struct call *call)
{
	struct export_options options;
	struct export_receipt receipt = {0};
	struct seat seat;
	char why[FILE_WHY_BYTES] = "";
	int status = export_options_of(call, &options);

	if (status != STATUS_DONE)
		return status;
	int err = export_run(call->store, &options, &receipt, why);

	if (err == ERR_RANGE)
		return misuse(call, "%s", why);
	if (err)
		return fail_err(call, err, why);
	cell_print(stdout, options.path ? options.path : "", PATH_COLUMNS, false, false);
	fprintf(options.path ? stdout : stderr, "%s%" PRIu64 " rows, %" PRIu64 " bytes, sha256 %s%s\n", options.path ? ": " : "",
		receipt.rows, receipt.bytes, receipt.sha256, packed(options.path) ? " (of the text unpacked)" : "");
	if (receipt.incomplete)
		fprintf(stderr,
			"%" PRIu64
			" rows have an item that is n/a; 'outdial campaign terms NAME' fills it in for calls to come\n",
			receipt.incomplete);
	if (receipt.rows == 0 && options.seat && seat_get(call->store, options.seat, &seat) == ERR_UNKNOWN)
		fprintf(stderr, "no seat is called '%s' now, and none was when these calls were made\n", options.seat);
	if (receipt.unfinished)
		fprintf(stderr, "%" PRIu64 " attempts that are under way are left out\n", receipt.unfinished);
	return STATUS_DONE;
}

/* A report that was cut off must not look whole. */
static int write_whole(const struct call *call, const char *path, const char *text)
{
	struct outfile out;
	int err = outfile_open(&out, path);

	if (!err) {
		fprintf(out.file, "%s%s", text, *text && text[strlen(text) - 1] == '\n' ? "" : "\n"); /* commit sees its error */
		err = outfile_commit(&out);
	}
	return err ? fail(call, "%s cannot be written: %s", path, err_text(err)) : STATUS_DONE;
}

int cmd_report(struct call *call)
{
	const char *path = output_path(call);
	struct report *report = calloc(1, sizeof(*report));
	char why[WHY_BYTES] = "", *text;

	if (!report)
		return fail_err(call, -ENOMEM, NULL);
	int err = report_make(call->store, call->args[0], report, why);

	if (err) {
		free(report);
		if (err == ERR_UNKNOWN && !*why)
			return no_such(call, "campaign", "campaign", call->args[0]);
		return fail_err(call, err, why);
	}
	struct doc *doc = call_has(call, "json") ? report_doc(report) : NULL;

	text = doc ? doc_print(doc, 2) : report_text(report);
	doc_free(doc);
	free(report);
	if (!text)
		return fail_err(call, -ENOMEM, NULL);
	int status = STATUS_DONE;

	if (path)
		status = write_whole(call, path, text);
	else
		printf("%s%s", text, *text && text[strlen(text) - 1] == '\n' ? "" : "\n");
	free(text);
	return status;
}
