/* cmd_suppress.c - outdial dnc list | show | create | set | load | apply | drop: suppression lists */
#include "tools/outdial/outdial.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

const struct flag flags_dnc_create[] = {
	{"kind", 'k', "KIND", "litigator, state, national, tps, ctps, wireless or reassigned"},
	{"country", 0, "US", "only for numbers of this country"},
	{"state", 0, "FL", "only for this state of the US: its area codes, and leads whose column state says so"},
	{"campaign", 'c', "NAMES", "only for these campaigns, with commas between them"},
	{"seller", 0, "NAMES", "only for campaigns that call for these sellers, as 'campaign terms' names them"},
	{"max-age", 0, "DAYS", "days after which its data is too old and its calls stop, e.g. 31d, or none (default: by kind)"},
	{"warn", 0, "DAYS", "say so that many days before it is too old: in the log, in status and here (default 3d)"},
	{0},
};

const struct flag flags_dnc_set[] = {
	{"warn", 0, "DAYS", "say so that many days before it is too old, e.g. 5d"},
	{0},
};

/* The first is for load alone: apply has those behind it. */
const struct flag flags_dnc_load[] = {
	{"yes", 'y', NULL, "take it even if it has less than half of the numbers that are in force"},
	{"region", 'r', "US", "country of numbers without \"+\" (default: the list's)"},
	{"as-of", 0, "TIME", "when the data is from, e.g. 2026-11-01 (default: the file's own time)"},
	{"skip-bad", 0, NULL, "pass over lines without a telephone number, do not refuse the file"},
	{"json", 0, NULL, "print the receipt as JSON"},
	{0},
};

#define SHOW_LOADS 10

static const struct column suppress_columns[] = {{"LIST", 17, false}, {"KIND", 10, false}, {"FOR", 14, false},
	{"NUMBERS", 11, true}, {"GEN", 4, true}, {"DATA OF", 10, false}, {"AGE", 24, false}, {0}};

static void suppress_scope_text(const struct suppress_list *list, char *out, size_t size)
{
	if (list->scope == SUPPRESS_EVERYWHERE)
		text_copy(out, size, "everywhere");
	else
		snprintf(out, size, "%s %s", suppress_scope_name(list->scope), list->where);
}

/* "12 of 31 days", "too old (40 of 31 days)", "any". */
static void suppress_age_text(const struct suppress_list *list, char *out, size_t size)
{
	int64_t now_us = clock_us(), stale_us = suppress_stale_us(list);
	int days = (int)((now_us - list->as_of_us) / DAY_US);

	if (!stale_us)
		text_copy(out, size, "any");
	else if (stale_us == INT64_MIN)
		text_copy(out, size, "EMPTY: stops its calls");
	else if (now_us >= stale_us)
		snprintf(out, size, "TOO OLD: %d of %u days", days, list->max_age_days);
	else
		snprintf(out, size, "%d of %u days%s", days, list->max_age_days,
			suppress_age(list, now_us) == SUPPRESS_AGE_SOON ? ", renew" : "");
}

static struct doc *suppress_doc(const struct suppress_list *list)
{
	struct doc *doc = doc_object();

	doc_put_text(doc, "name", list->name);
	doc_put_i64(doc, "id", list->id);
	doc_put_text(doc, "kind", suppress_kind_facts(list->kind)->name);
	doc_put_text(doc, "scope", suppress_scope_name(list->scope));
	doc_put_text(doc, "where", *list->where ? list->where : NULL);
	doc_put_i64(doc, "numbers", (int64_t)list->numbers);
	doc_put_i64(doc, "generation", list->generation);
	doc_put_i64(doc, "max_age_days", list->max_age_days);
	doc_put_i64(doc, "warn_days", list->warn_days);
	doc_put_i64(doc, "as_of_us", list->as_of_us);
	doc_put_i64(doc, "loaded_us", list->loaded_us);
	doc_put_bool(doc, "too_old", suppress_stale_us(list) && clock_us() >= suppress_stale_us(list));
	doc_put_text(doc, "sha256", *list->sha256 ? list->sha256 : NULL);
	doc_put_text(doc, "source", *list->source ? list->source : NULL);
	return doc;
}

static void suppress_row(const struct suppress_list *list)
{
	char text[160], when[WHEN_BYTES];
	struct row row;

	row_set(&row, 0, "%s", list->name);
	row_set(&row, 1, "%s", suppress_kind_facts(list->kind)->name);
	suppress_scope_text(list, text, sizeof(text));
	row_set(&row, 2, "%.90s", text);
	row_set(&row, 3, "%" PRIu64, list->numbers);
	row_set(&row, 4, "%u", list->generation);
	row_set(&row, 5, "%.10s", list->as_of_us ? when_text(list->as_of_us, when) : "-");
	suppress_age_text(list, text, sizeof(text));
	row_set(&row, 6, "%.90s", text);
	row_print(stdout, suppress_columns, &row);
}

/* Below the table: what stops calls, or soon will. */
static void list_warn(struct store *store)
{
	struct doc *ages = suppress_ages(store, clock_us());

	for (size_t i = 0; i < doc_count(ages); i++) {
		const struct doc *one = doc_at(ages, i);

		printf("%s: %s\n", doc_text(one, "name", "?"), doc_text(one, "why", ""));
	}
	doc_free(ages);
}

int cmd_dnc_list(struct call *call)
{
	struct doc *all = call_has(call, "json") ? doc_array() : NULL;
	struct suppress_list list;
	int err = suppress_get(call->store, "internal", &list);

	if (!all && !err)
		row_print_titles(stdout, suppress_columns);
	for (; !err; err = suppress_next(call->store, list.id, &list)) {
		if (all)
			doc_push(all, suppress_doc(&list));
		else
			suppress_row(&list);
	}
	if (err != ERR_UNKNOWN) {
		doc_free(all);
		return fail_err(call, err, NULL);
	}
	if (all)
		say_doc(stdout, all);
	else
		list_warn(call->store);
	return STATUS_DONE;
}

static int suppress_named(struct call *call, struct suppress_list *list)
{
	int err = suppress_get(call->store, call->args[0], list);

	if (err == ERR_UNKNOWN)
		return no_such(call, "suppression list", "dnc", call->args[0]);
	return err ? fail_err(call, err, NULL) : STATUS_DONE;
}

static struct doc *load_doc(const struct suppress_load_row *row)
{
	struct doc *doc = doc_object();

	doc_put_text(doc, "what", row->changes ? "apply" : "load");
	doc_put_i64(doc, "generation", row->generation);
	doc_put_i64(doc, "rows", (int64_t)row->rows);
	doc_put_i64(doc, "added", (int64_t)row->added);
	doc_put_i64(doc, "removed", (int64_t)row->removed);
	doc_put_i64(doc, "bad", (int64_t)row->bad);
	doc_put_i64(doc, "at_us", row->at_us);
	doc_put_i64(doc, "as_of_us", row->as_of_us);
	doc_put_text(doc, "sha256", row->sha256);
	doc_put_text(doc, "source", row->source);
	return doc;
}

static void load_print(const struct suppress_load_row *row)
{
	char when[WHEN_BYTES];

	printf("  %s  %s generation %u, %" PRIu64 " rows", when_text(row->at_us, when), row->changes ? "apply" : "load ",
		row->generation, row->rows);
	if (row->changes)
		printf(", %" PRIu64 " added, %" PRIu64 " removed", row->added, row->removed);
	printf(", %s\n    sha256 %s\n", row->source, row->sha256);
}

/* Of the history the last few; all in JSON. */
static void suppress_loads(struct call *call, const struct suppress_list *list, struct doc *loads)
{
	struct suppress_load_row row = {.number = loads || list->loads < SHOW_LOADS ? 0 : list->loads - SHOW_LOADS};

	while (suppress_load_next(call->store, list->id, row.number, &row) == 0) {
		if (loads)
			doc_push(loads, load_doc(&row));
		else
			load_print(&row);
	}
}

int cmd_dnc_show(struct call *call)
{
	struct suppress_list list;
	char text[160], when[WHEN_BYTES];
	int status = suppress_named(call, &list);

	if (status != STATUS_DONE)
		return status;
	if (call_has(call, "json")) {
		struct doc *doc = suppress_doc(&list), *loads = doc_array();

		suppress_loads(call, &list, loads);
		doc_put(doc, "loads", loads);
		say_doc(stdout, doc);
		return STATUS_DONE;
	}
	printf("%s\n", list.name);
	suppress_scope_text(&list, text, sizeof(text));
	field_print(stdout, "kind", "%s: who is on it %s", suppress_kind_facts(list.kind)->name,
		suppress_kind_facts(list.kind)->sentence);
	field_print(stdout, "for", "%s", text);
	field_print(stdout, "numbers", "%" PRIu64 " in generation %u", list.numbers, list.generation);
	field_print(stdout, "data of", "%s", when_text(list.as_of_us, when));
	suppress_age_text(&list, text, sizeof(text));
	field_print(stdout, "age", "%s", text);
	suppress_loads(call, &list, NULL);
	return STATUS_DONE;
}

/* --- create, drop */

static int create_scope(struct call *call, struct suppress_list *list)
{
	static const struct {
		const char *flag;
		enum suppress_scope scope;
	} scopes[] = {{"country", SUPPRESS_COUNTRY}, {"state", SUPPRESS_US_STATE}, {"campaign", SUPPRESS_CAMPAIGN},
		{"seller", SUPPRESS_SELLER}};
	int given = 0;

	for (unsigned i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
		const char *value = call_value(call, scopes[i].flag);

		if (!value)
			continue;
		list->scope = scopes[i].scope;
		given++;
		if (!text_copy(list->where, sizeof(list->where), value))
			return misuse(call, "--%s is too long", scopes[i].flag);
	}
	return given > 1 ? misuse(call, "give one of --country, --state, --campaign and --seller, or none: then the list is for "
					"all calls")
			 : STATUS_DONE;
}

/* A mistyped name would leave its campaign without the list, and nobody would see it. */
static int create_campaigns(struct call *call, const struct suppress_list *list)
{
	struct campaign campaign;
	char name[NAME_BYTES];

	for (const char *at = list->scope == SUPPRESS_CAMPAIGN ? list->where : ""; *at; at += strspn(at, ",")) {
		size_t length = strcspn(at, ",");
		int err = text_copy_n(name, sizeof(name), at, length) ? campaign_get(call->store, name, &campaign) : ERR_UNKNOWN;

		if (err == ERR_UNKNOWN)
			return fail(call, "--campaign: there is no campaign '%.*s'; 'outdial campaign list' shows all",
				(int)length, at);
		if (err)
			return fail_err(call, err, NULL);
		at += length;
	}
	return STATUS_DONE;
}

static int create_age(struct call *call, struct suppress_list *list)
{
	const char *age = call_value(call, "max-age");
	int64_t us;

	if (age && strcmp(age, "none") == 0)
		list->max_age_days = SUPPRESS_AGELESS;
	else if (age && (!text_duration_us(age, &us) || us < DAY_US || us % DAY_US || us > 3650 * DAY_US))
		return misuse(call, "--max-age %s: whole days such as 31d, or none", age);
	else if (age)
		list->max_age_days = (uint32_t)(us / DAY_US);
	return STATUS_DONE;
}

static int create_warn(struct call *call, uint32_t *days)
{
	const char *warn = call_value(call, "warn");
	int64_t us = 0;

	if (warn && (!text_duration_us(warn, &us) || us < DAY_US || us % DAY_US || us > SUPPRESS_WARN_DAYS_MAX * DAY_US))
		return misuse(call, "--warn %s: whole days, 1d to %dd", warn, SUPPRESS_WARN_DAYS_MAX);
	*days = (uint32_t)(us / DAY_US);
	return STATUS_DONE;
}

int cmd_dnc_set(struct call *call)
{
	char why[SUPPRESS_WHY_BYTES] = "";
	uint32_t days;
	int status = create_warn(call, &days), err;

	if (status != STATUS_DONE)
		return status;
	err = suppress_set_warn(call->store, call->args[0], days, why);
	if (err)
		return fail_err(call, err, why);
	printf("suppression list %s: the warning comes %u days before it is too old\n", call->args[0], days);
	return STATUS_DONE;
}

int cmd_dnc_create(struct call *call)
{
	const char *kind = call_value(call, "kind");
	struct suppress_list list = {.kind = suppress_kind_by_name(kind)};
	char why[SUPPRESS_WHY_BYTES];
	int status = create_scope(call, &list);

	if (status == STATUS_DONE)
		status = create_campaigns(call, &list);
	if (status == STATUS_DONE)
		status = create_age(call, &list);
	if (status == STATUS_DONE)
		status = create_warn(call, &list.warn_days);
	if (status != STATUS_DONE)
		return status;
	if (list.kind == SUPPRESS_KINDS || list.kind == SUPPRESS_INTERNAL)
		return misuse(call, "--kind %s: one of litigator, state, national, tps, ctps, wireless, reassigned", kind);
	if (!text_copy(list.name, sizeof(list.name), call->args[0]))
		return misuse(call, "the name is too long");
	int err = suppress_create(call->store, &list, why);

	if (err)
		return err == ERR_RANGE ? misuse(call, "%s", why) : fail_err(call, err, why);
	printf("suppression list %s made; %s\n", list.name,
		list.max_age_days ? "it stops the calls that it covers until a file is loaded" : "it is empty");
	return STATUS_DONE;
}

int cmd_dnc_drop(struct call *call)
{
	char why[SUPPRESS_WHY_BYTES];
	int err = suppress_drop(call->store, call->args[0], why);

	if (err)
		return fail_err(call, err, why);
	printf("suppression list %s dropped\n", call->args[0]);
	return STATUS_DONE;
}

/* --- load, apply */

static void load_progress(void *arg, uint64_t rows)
{
	(void)arg;
	fprintf(stderr, "\r%" PRIu64 " million rows", rows / 1000000);
}

static void receipt_print(const struct suppress_load *load, const struct suppress_receipt *receipt)
{
	char when[WHEN_BYTES];

	cell_print(stdout, load->path, PATH_COLUMNS, false, false);
	printf(" -> suppression list %s, generation %u\n", load->list, receipt->generation);
	if (load->changes)
		field_print(stdout, "rows",
			"%" PRIu64 " read, %" PRIu64 " added, %" PRIu64 " removed, the others changed nothing", receipt->rows,
			receipt->added, receipt->removed);
	else
		field_print(stdout, "rows", "%" PRIu64 " read", receipt->rows);
	if (receipt->bad)
		field_print(stdout, "skipped", "%" PRIu64 " lines without a number, the first is line %" PRIu64, receipt->bad,
			receipt->bad_line);
	field_print(stdout, "numbers", "%" PRIu64 " on the list now", receipt->numbers);
	field_print(stdout, "data of", "%s%s", when_text(receipt->as_of_us, when),
		load->as_of_us ? "" : " (the file's time; --as-of says otherwise)");
	field_print(stdout, "sha256", "%s", receipt->sha256);
	if (receipt->released)
		field_print(
			stdout, "leads", "%" PRIu64 " that were put aside wait again and are checked anew", receipt->released);
	field_print(stdout, "time", "%.1f s", (double)receipt->elapsed_us / SEC_US);
}

static void receipt_json(const struct suppress_load *load, const struct suppress_receipt *receipt)
{
	struct doc *doc = doc_object();

	doc_put_text(doc, "file", load->path);
	doc_put_text(doc, "list", load->list);
	doc_put_i64(doc, "generation", receipt->generation);
	doc_put_i64(doc, "rows", (int64_t)receipt->rows);
	doc_put_i64(doc, "added", (int64_t)receipt->added);
	doc_put_i64(doc, "removed", (int64_t)receipt->removed);
	doc_put_i64(doc, "bad", (int64_t)receipt->bad);
	doc_put_i64(doc, "numbers", (int64_t)receipt->numbers);
	doc_put_i64(doc, "released", (int64_t)receipt->released);
	doc_put_i64(doc, "as_of_us", receipt->as_of_us);
	doc_put_text(doc, "sha256", receipt->sha256);
	doc_put_i64(doc, "elapsed_us", receipt->elapsed_us);
	say_doc(stdout, doc);
}

static int load_file(struct call *call, bool changes)
{
	struct suppress_load load = {.list = call->args[0],
		.path = call->args[1],
		.region = call_value(call, "region"),
		.changes = changes,
		.skip_bad = call_has(call, "skip-bad"),
		.yes = !changes && call_has(call, "yes"),
		.progress = isatty(STDERR_FILENO) ? load_progress : NULL};
	struct suppress_receipt receipt;
	char why[SUPPRESS_WHY_BYTES];
	int err = option_time(call, "as-of", &load.as_of_us);

	if (err)
		return err;
	err = suppress_load(call->store, &load, &receipt, why);
	if (load.progress && receipt.rows >= 1000000)
		fprintf(stderr, "\r\x1b[K");
	if (err)
		return fail_file(call, err, why);
	if (call_has(call, "json"))
		receipt_json(&load, &receipt);
	else
		receipt_print(&load, &receipt);
	return STATUS_DONE;
}

int cmd_dnc_load(struct call *call)
{
	return load_file(call, false);
}

int cmd_dnc_apply(struct call *call)
{
	return load_file(call, true);
}
