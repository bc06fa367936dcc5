/* cmd_import.c - outdial list import: progress, receipt, and what Ctrl-C leaves */
#include "tools/outdial/outdial.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

const struct flag flags_import[] = {
	{"list", 'l', "NAME", "list to put the leads in; made when it is not there"},
	{"region", 'r', "CN", "country of numbers without \"+\" (default: the list's own)"},
	{"map", 'm', "PAIRS", "columns, e.g. phone=电话,name=姓名,phone2=手机,zone=时区 (default: by their names)"},
	{"role", 0, "PAIRS", "whose numbers a telephone column has: phone2=guarantor,phone3=third_party; also debtor, other"},
	{"save-map", 0, "NAME", "keep the mapping, with --role, --region, --encoding and --match: later --map @NAME"},
	{"encoding", 'e', "NAME", "UTF-8, UTF-16LE, UTF-16BE, GB18030, BIG5, WINDOWS-1252, ... (default: found out, or refused)"},
	{"rejects", 0, "FILE", "where refused rows go (default: FILE.rejects.csv)"},
	{"dry-run", 'n', NULL, "read and check everything, store nothing"},
	{"resume", 0, NULL, "go on where an interrupted upload of this file stopped"},
	{"dedupe", 0, "SCOPE", "where a lead makes a row a duplicate: file, list (default), campaign or store"},
	{"match", 0, "KEY", "by what it does: number (default), external_id (by number without one) or any of both"},
	{"duplicates", 0, "WHAT", "skip them (default), update the lead, link them to it as the same person, or keep them"},
	{"dnc", 0, "WHAT",
		"rows with no number that may be called: mark (default: stored, not dialled), skip (rejected) or proceed"},
	{"yes", 'y', NULL, "the region is right, though many numbers are valid in a region of another list, too"},
	{"again", 0, NULL, "read the file although it was loaded already; what is stored counts as duplicate"},
	{"json", 0, NULL, "print the receipt as JSON"},
	{0},
};

static volatile sig_atomic_t import_interrupted;

struct import_watch {
	int64_t started_us;
	bool terminal;
};

/* The first Ctrl-C is taken up between two rows; a second one ends the program at once, which the store survives too. */
static void import_signal(int signal_number)
{
	(void)signal_number;
	import_interrupted = 1;
}

static void import_signals(void)
{
	struct sigaction action = {.sa_handler = import_signal, .sa_flags = SA_RESETHAND | SA_RESTART};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static void watch_progress(void *arg, uint64_t bytes_done, uint64_t bytes_total, const struct import_receipt *so_far)
{
	const struct import_watch *watch = arg;
	char left[WHEN_BYTES] = "?";
	double passed_s = (double)(clock_us() - watch->started_us) / SEC_US;

	if (!watch->terminal)
		return;
	if (bytes_done > 0 && bytes_total >= bytes_done)
		clock_text((int64_t)(passed_s * SEC_US * (double)(bytes_total - bytes_done) / (double)bytes_done), left);
	fprintf(stderr, "\r%3.0f%%  %" PRIu64 " rows  %.0f rows/s  %" PRIu64 " rejected  %s left\x1b[K",
		bytes_total ? 100.0 * (double)bytes_done / (double)bytes_total : 0.0, so_far->read,
		passed_s > 0 ? (double)so_far->read / passed_s : 0.0, so_far->rejected, left);
}

static const char *delimiter_text(char delimiter)
{
	return delimiter == ','    ? "comma"
	       : delimiter == ';'  ? "semicolon"
	       : delimiter == '|'  ? "pipe"
	       : delimiter == '\t' ? "tab"
				   : "none";
}

static struct doc *receipt_reasons(const struct import_receipt *receipt)
{
	struct doc *reasons = doc_object();

	for (uint32_t i = 0; i < receipt->reason_count; i++)
		doc_put_i64(reasons, receipt->reasons[i].code, (int64_t)receipt->reasons[i].count);
	return reasons;
}

static const char *region_text(uint16_t code, char out[16])
{
	snprintf(out, 16, code ? "+%u" : "other", code);
	return out;
}

static struct doc *receipt_regions(const struct import_receipt *receipt)
{
	struct doc *regions = doc_object();
	char name[16];

	for (uint32_t i = 0; i < receipt->region_count; i++)
		doc_put_i64(regions, region_text(receipt->regions[i].code, name), (int64_t)receipt->regions[i].count);
	return regions;
}

static void receipt_found(const struct import_receipt *receipt)
{
	if (receipt->duplicate + receipt->kept + receipt->linked)
		field_print(stdout, "duplicates",
			"%" PRIu64 " in the file, %" PRIu64 " in the list, %" PRIu64 " in its campaigns, %" PRIu64
			" elsewhere in the store; %" PRIu64 " kept, %" PRIu64 " linked, %" PRIu64 " updated",
			receipt->found[IMPORT_FILE], receipt->found[IMPORT_LIST], receipt->found[IMPORT_CAMPAIGN],
			receipt->found[IMPORT_STORE], receipt->kept, receipt->linked, receipt->updated);
	if (receipt->listed)
		field_print(stdout, "do not call", "%" PRIu64 " rows have no number that is not on the list", receipt->listed);
}

/* "+86 9700, +1 300": where the numbers are; and how many could be elsewhere. */
static void receipt_where(const struct import_receipt *receipt)
{
	char text[512] = "", name[16];
	size_t at = 0;

	for (uint32_t i = 0; i < receipt->region_count && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s %" PRIu64, i ? ", " : "",
			region_text(receipt->regions[i].code, name), receipt->regions[i].count);
	if (at)
		field_print(stdout, "countries", "%s", text);
	if (receipt->ambiguous.rows)
		field_print(stdout, "ambiguous", "%" PRIu64 " of %" PRIu64 " rows looked at are valid in %s, too",
			receipt->ambiguous.rows, receipt->ambiguous.looked, receipt->ambiguous.region);
}

static void receipt_counts(const struct import_receipt *receipt, struct doc *doc)
{
	doc_put_i64(doc, "read", (int64_t)receipt->read);
	doc_put_i64(doc, "accepted", (int64_t)receipt->accepted);
	doc_put_i64(doc, "rejected", (int64_t)receipt->rejected);
	doc_put_i64(doc, "duplicate", (int64_t)receipt->duplicate);
	doc_put(doc, "reasons", receipt_reasons(receipt));
	for (int i = 0; i < IMPORT_SCOPES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "duplicate_in_%s", import_scope_name((enum import_scope)i));
		doc_put_i64(doc, name, (int64_t)receipt->found[i]);
	}
	doc_put_i64(doc, "kept", (int64_t)receipt->kept);
	doc_put_i64(doc, "linked", (int64_t)receipt->linked);
	doc_put_i64(doc, "updated", (int64_t)receipt->updated);
	doc_put_i64(doc, "do_not_call", (int64_t)receipt->listed);
}

static void receipt_json(const struct import_options *options, const struct import_receipt *receipt)
{
	char delimiter[2] = {receipt->delimiter, '\0'};
	struct doc *doc = doc_object(), *samples = doc_array();

	doc_put_text(doc, "file", options->path);
	doc_put_text(doc, "list", options->list);
	doc_put_bool(doc, "dry_run", options->dry_run);
	doc_put_bool(doc, "stopped", receipt->stopped);
	doc_put_i64(doc, "import", receipt->id);
	doc_put_bool(doc, "already", receipt->already);
	doc_put_i64(doc, "resumed_at", (int64_t)receipt->resumed_at);
	receipt_counts(receipt, doc);
	doc_put(doc, "regions", receipt_regions(receipt));
	doc_put_i64(doc, "ambiguous_looked", (int64_t)receipt->ambiguous.looked);
	doc_put_i64(doc, "ambiguous", (int64_t)receipt->ambiguous.rows);
	doc_put_text(doc, "reject_file", *receipt->reject_path ? receipt->reject_path : NULL);
	doc_put_text(doc, "encoding", receipt->encoding);
	doc_put_text(doc, "delimiter", delimiter);
	doc_put_bool(doc, "header", receipt->header);
	doc_put_text(doc, "columns", receipt->columns);
	for (int i = 0; i < 3 && *receipt->samples[i]; i++)
		doc_push_text(samples, receipt->samples[i]);
	doc_put(doc, "samples", samples);
	doc_put_i64(doc, "uploaded_before_us", receipt->uploaded_us);
	doc_put_i64(doc, "elapsed_us", receipt->elapsed_us);
	say_doc(stdout, doc);
}

static void receipt_rejects(const struct import_receipt *receipt)
{
	char text[1024] = "";
	size_t at = 0;

	for (uint32_t i = 0; i < receipt->reason_count && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s %" PRIu64, i ? ", " : "", receipt->reasons[i].code,
			receipt->reasons[i].count);
	if (at)
		field_print(stdout, "reasons", "%s", text);
	if (!*receipt->reject_path)
		return;
	printf("  rejects     ");
	cell_print(stdout, receipt->reject_path, PATH_COLUMNS, false, false);
	printf("\n%14sfix that file and upload it again\n", "");
}

static void receipt_print(const struct import_options *options, const struct import_receipt *receipt)
{
	double seconds = (double)receipt->elapsed_us / SEC_US;
	char when[WHEN_BYTES];

	cell_print(stdout, options->path, PATH_COLUMNS, false, false);
	printf(" -> list %s%s\n", options->list, options->dry_run ? " (dry run: nothing was stored)" : "");
	if (receipt->already) {
		field_print(stdout, "again",
			"already loaded as import #%" PRIu32 " on %s: nothing was changed; --again reads it all the same",
			receipt->id, when_text(receipt->uploaded_us, when));
		return;
	}
	if (receipt->resumed_at)
		field_print(stdout, "resumed", "after %" PRIu64 " rows of import #%" PRIu32, receipt->resumed_at, receipt->id);
	field_print(stdout, "rows", "%" PRIu64 " read = %" PRIu64 " accepted + %" PRIu64 " rejected + %" PRIu64 " duplicate",
		receipt->read, receipt->accepted, receipt->rejected, receipt->duplicate);
	receipt_rejects(receipt);
	receipt_found(receipt);
	receipt_where(receipt);
	if (receipt->uploaded_us)
		field_print(stdout, "again", "this very file was uploaded to the list on %s: %" PRIu64 " rows are duplicates",
			when_text(receipt->uploaded_us, when), receipt->duplicate);
	field_print(stdout, "file", "%s, delimiter %s, %s header line", receipt->encoding, delimiter_text(receipt->delimiter),
		receipt->header ? "with a" : "without");
	field_print(stdout, "columns", "%s", receipt->columns);
	for (int i = 0; i < 3 && *receipt->samples[i]; i++) {
		printf("  %-12s", i ? "" : "first rows");
		cell_print(stdout, receipt->samples[i], 66, false, false);
		putchar('\n');
	}
	field_print(stdout, "time", "%.1f s, %.0f rows/s", seconds,
		seconds > 0 ? (double)(receipt->read - receipt->resumed_at) / seconds : 0.0);
}

/* How the file is read: --map @NAME is a mapping that was kept, what the command says besides wins. */
static int map_resolve(struct call *call, struct import_options *options, struct savedmap *map, char why[FILE_WHY_BYTES])
{
	const char **said[SAVEDMAP_PARTS] = {[SAVEDMAP_MAP] = &options->map,
		[SAVEDMAP_ROLE] = &options->roles,
		[SAVEDMAP_REGION] = &options->region,
		[SAVEDMAP_ENCODING] = &options->encoding,
		[SAVEDMAP_MATCH] = &options->match};
	bool kept = options->map && options->map[0] == '@';
	int err = kept ? savedmap_get(call->store, options->map + 1, map, why) : 0;

	if (kept)
		options->map = NULL;
	for (int i = 0; i < SAVEDMAP_PARTS && !err; i++) {
		if (*said[i] && !text_copy(map->text[i], SAVEDMAP_BYTES, *said[i])) {
			snprintf(why, FILE_WHY_BYTES, "--%s is longer than %d bytes", savedmap_part_name((enum savedmap_part)i),
				SAVEDMAP_BYTES - 1);
			err = ERR_RANGE;
		}
		*said[i] = map->text[i][0] ? map->text[i] : NULL;
	}
	return err;
}

/* A dry run keeps nothing that could go on. */
static int fail_stopped(struct call *call, const struct import_options *options, const struct import_receipt *receipt)
{
	if (options->dry_run)
		return fail(call, "interrupted after %" PRIu64 " rows: the receipt counts these, the rest of %s was not read",
			receipt->read, options->path);
	return fail(call,
		"interrupted after %" PRIu64
		" rows: what the receipt counts is in the list, the rest of %s was not read; the same command with "
		"--resume goes on there",
		receipt->read, options->path);
}

static int fail_rejected(struct call *call, const struct import_options *options, const struct import_receipt *receipt)
{
	bool no_region =
		!options->region && receipt->reason_count == 1 && strcmp(receipt->reasons[0].code, "E_PHONE_REGION") == 0;

	return fail(call, "no row of %s could be accepted: %s", options->path,
		no_region ? "numbers without \"+\" need their country, for example --region US" : "the reject file says why");
}

static struct import_options options_of(const struct call *call)
{
	return (struct import_options){
		.path = call->args[0],
		.list = call_value(call, "list"),
		.region = call_value(call, "region"),
		.map = call_value(call, "map"),
		.encoding = call_value(call, "encoding"),
		.reject_path = call_value(call, "rejects"),
		.dry_run = call_has(call, "dry-run"),
		.resume = call_has(call, "resume"),
		.again = call_has(call, "again"),
		.yes = call_has(call, "yes"),
		.scope = call_value(call, "dedupe"),
		.duplicates = call_value(call, "duplicates"),
		.match = call_value(call, "match"),
		.dnc = call_value(call, "dnc"),
		.roles = call_value(call, "role"),
		.progress = watch_progress,
		.stop = &import_interrupted,
	};
}

/* `keep`: the name under which the mapping will be kept, or NULL. */
static int upload(struct call *call, struct import_options *options, const char *keep, struct savedmap *map,
	struct import_receipt *receipt, char why[FILE_WHY_BYTES])
{
	struct import_watch watch = {.started_us = clock_us(), .terminal = isatty(STDERR_FILENO)};
	int err = map_resolve(call, options, map, why);

	options->arg = &watch;
	if (!err && keep)
		err = savedmap_check(call->store, keep, map, why);
	if (!err)
		err = import_list(call->store, options, receipt, why);
	if (watch.terminal)
		fprintf(stderr, "\r\x1b[K");
	return err;
}

int cmd_list_import(struct call *call)
{
	static struct savedmap map;
	char why[FILE_WHY_BYTES] = "";
	struct import_receipt receipt = {0};
	struct import_options options = options_of(call);
	const char *keep = call_value(call, "save-map");

	if (keep && !options.map && !options.roles)
		return misuse(call, "--save-map keeps what --map and --role say: give one of them, too");
	import_signals();
	int err = upload(call, &options, keep, &map, &receipt, why);

	if (err)
		return fail_file(call, err, why);
	if (call_has(call, "json"))
		receipt_json(&options, &receipt);
	else
		receipt_print(&options, &receipt);
	err = keep ? savedmap_put(call->store, keep, &map, why) : 0;
	if (err)
		return fail(call, "%s; the upload itself is done", why);
	if (receipt.stopped)
		return fail_stopped(call, &options, &receipt);
	return receipt.rejected == receipt.read && receipt.read > 0 ? fail_rejected(call, &options, &receipt) : STATUS_DONE;
}
