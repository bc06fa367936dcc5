/* cmd_consent.c - outdial consent: who agreed to be called, who took it back, whose number it is now */
#include "tools/outdial/outdial.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

const struct flag flags_consent_add[] = {
	{"basis", 0, "WORD", "consent, purchase or inquiry"},
	{"date", 0, "TIME", "when it was given, bought or asked for"},
	{"evidence", 0, "TEXT", "where the proof is: form, recording, order"},
	{"seller", 0, "TEXT", "for whom, as campaign terms name it (default: everybody)"},
	{"until", 0, "TIME", "its last moment (default: none; a purchase counts 18 months, an inquiry 3)"},
	{"person", 0, "ID", "instead of a number: the person, as the lists' column person names it"},
	{"region", 'r', "CN", "country of numbers without \"+\""},
	{0},
};

const struct flag flags_consent_revoke[] = {
	{"date", 0, "TIME", "when (default: now)"},
	{"evidence", 0, "TEXT", "how it was said: letter, mail, recording"},
	{"seller", 0, "TEXT", "for whom (default: all calls)"},
	{"person", 0, "ID", "instead of a number: the person"},
	{"region", 'r', "CN", "country of numbers without \"+\""},
	{0},
};

const struct flag flags_consent_show[] = {
	{"person", 0, "ID", "instead of a number: the person"},
	{"region", 'r', "CN", "country of numbers without \"+\""},
	{"json", 0, NULL, "print JSON"},
	{0},
};

const struct flag flags_consent_query[] = {
	{"fresh", 0, "TIME", "leave out numbers that were answered less than this ago (default 30d)"}, {0}};

const struct flag flags_consent_answers[] = {{"as-of", 0, "TIME", "when the database answered (default: now)"}, {0}};

#define FRESH_US (30 * DAY_US)

static const struct column consent_columns[] = {{"ID", 5, true}, {"WHO", 18, false}, {"BASIS", 10, false}, {"DATE", 10, false},
	{"UNTIL", 10, false}, {"SELLER", 12, false}, {"EVIDENCE", 30, false}, {0}};

/* A number as argument, or --person. */
static int consent_whose(struct call *call, struct consent *consent)
{
	const char *person = call_value(call, "person"), *region = call_value(call, "region");
	char why[WHY_BYTES] = "";

	if ((call->arg_count == 1) == (person != NULL))
		return misuse(call, "give a number, or --person");
	if (person && (!*person || !text_copy(consent->person, sizeof(consent->person), person)))
		return misuse(call, "--person: 1 to %zu bytes", sizeof(consent->person) - 1);
	if (!person && phone_normalise(call->args[0], region, consent->e164, why) != 0)
		return misuse(call, "'%s' is no telephone number: %s", call->args[0], why);
	return STATUS_DONE;
}

static int text_option(const struct call *call, const char *name, char *out, size_t size)
{
	const char *value = call_value(call, name);

	return !value || text_copy(out, size, value) ? STATUS_DONE : misuse(call, "--%s: at most %zu bytes", name, size - 1);
}

static int consent_options(struct call *call, struct consent *consent)
{
	int status = consent_whose(call, consent);

	if (!status)
		status = text_option(call, "evidence", consent->evidence, sizeof(consent->evidence));
	if (!status)
		status = text_option(call, "seller", consent->seller, sizeof(consent->seller));
	return status ? status : option_time(call, "date", &consent->at_us);
}

static int consent_store(struct call *call, struct consent *consent)
{
	char why[WHY_BYTES] = "";
	uint32_t added = 0;
	int err = consent_add_many(call->store, consent, 1, &added, why);

	if (err == ERR_RANGE)
		return misuse(call, "%s", why);
	if (err)
		return fail_err(call, err, why);
	printf("%s: %s %s\n", *consent->e164 ? consent->e164 : consent->person, consent_basis_name(consent->basis),
		added ? "recorded" : "was recorded already");
	return STATUS_DONE;
}

int cmd_consent_add(struct call *call)
{
	struct consent consent = {.basis = consent_basis_by_name(call_value(call, "basis"))};
	int status = consent_options(call, &consent);

	if (!status)
		status = option_time(call, "until", &consent.until_us);
	if (status)
		return status;
	if (consent.basis >= CONSENT_REVOKED)
		return misuse(call, "--basis %s: consent, purchase or inquiry; 'outdial consent revoke' takes consent back",
			call_value(call, "basis"));
	return consent_store(call, &consent);
}

int cmd_consent_revoke(struct call *call)
{
	struct consent consent = {.basis = CONSENT_REVOKED};
	int status = consent_options(call, &consent);

	if (status)
		return status;
	if (!consent.at_us)
		consent.at_us = clock_us();
	return consent_store(call, &consent);
}

/* --- list, show */

static struct doc *consent_doc(const struct consent *consent)
{
	struct doc *doc = doc_object();

	doc_put_i64(doc, "id", (int64_t)consent->id);
	doc_put_text(doc, "number", *consent->e164 ? consent->e164 : NULL);
	doc_put_text(doc, "person", *consent->person ? consent->person : NULL);
	doc_put_text(doc, "basis", consent_basis_name(consent->basis));
	doc_put_i64(doc, "at_us", consent->at_us);
	doc_put_i64(doc, "until_us", consent_end_us(consent) == INT64_MAX ? 0 : consent_end_us(consent));
	doc_put_text(doc, "seller", *consent->seller ? consent->seller : NULL);
	doc_put_text(doc, "evidence", consent->evidence);
	doc_put_i64(doc, "noted_us", consent->noted_us);
	return doc;
}

static void consent_row(const struct consent *consent)
{
	int64_t end_us = consent_end_us(consent);
	char when[WHEN_BYTES];
	struct row row;

	row_set(&row, 0, "%" PRIu64, consent->id);
	row_set(&row, 1, "%s", *consent->e164 ? consent->e164 : consent->person);
	row_set(&row, 2, "%s", consent_basis_name(consent->basis));
	row_set(&row, 3, "%.10s", when_text(consent->at_us, when));
	row_set(&row, 4, "%.10s", end_us == INT64_MAX ? "-" : when_text(end_us, when));
	row_set(&row, 5, "%s", *consent->seller ? consent->seller : "all");
	row_set(&row, 6, "%.90s", consent->evidence);
	row_print(stdout, consent_columns, &row);
}

static void consent_put(struct doc *all, const struct consent *consent)
{
	if (all)
		doc_push(all, consent_doc(consent));
	else
		consent_row(consent);
}

int cmd_consent_list(struct call *call)
{
	struct doc *all = call_has(call, "json") ? doc_array() : NULL;
	struct consent consent = {0};
	int err;

	if (!all)
		row_print_titles(stdout, consent_columns);
	while ((err = consent_next(call->store, &consent, &consent)) == 0)
		consent_put(all, &consent);
	if (all)
		say_doc(stdout, all);
	return err == ERR_UNKNOWN ? STATUS_DONE : fail_err(call, err, NULL);
}

static void show_reassigned(const struct reassigned_row *row)
{
	char answered[WHEN_BYTES], since[WHEN_BYTES];

	field_print(stdout, "reassigned", "%s since %.10s (answer of %.10s)", reassigned_name(row->answer),
		when_text(row->since_us, since), when_text(row->answered_us, answered));
}

int cmd_consent_show(struct call *call)
{
	struct doc *doc = call_has(call, "json") ? doc_object() : NULL, *all = doc ? doc_array() : NULL;
	struct reassigned_row row;
	struct consent whose = {0}, consent = {0};
	int err, status = consent_whose(call, &whose);

	if (status != STATUS_DONE) {
		doc_free(doc);
		doc_free(all);
		return status;
	}
	if (!doc)
		row_print_titles(stdout, consent_columns);
	while ((err = consent_next_of(call->store, whose.e164, whose.person, consent.id, &consent)) == 0)
		consent_put(all, &consent);
	bool asked = *whose.e164 && reassigned_get(call->store, whose.e164, &row) == 0;

	if (asked && !doc)
		show_reassigned(&row);
	if (doc) {
		doc_put(doc, "records", all);
		doc_put_text(doc, "reassigned", asked ? reassigned_name(row.answer) : NULL);
		doc_put_i64(doc, "since_us", asked ? row.since_us : 0);
		doc_put_i64(doc, "answered_us", asked ? row.answered_us : 0);
		say_doc(stdout, doc);
	}
	return err == ERR_UNKNOWN ? STATUS_DONE : fail_err(call, err, NULL);
}

/* --- files */

static int file_failed(const struct call *call, int err, const char *why)
{
	if (err == ERR_SYNTAX)
		return misuse(call, "%s; nothing was changed", why);
	return fail_file(call, err, why);
}

int cmd_consent_import(struct call *call)
{
	struct consent_receipt receipt;
	char why[FILE_WHY_BYTES] = "";
	int err = consent_import(call->store, call->args[0], call_value(call, "region"), &receipt, why);

	if (err)
		return file_failed(call, err, why);
	printf("%" PRIu64 " rows read = %" PRIu64 " recorded + %" PRIu64 " there already\n", receipt.read, receipt.added,
		receipt.present);
	return STATUS_DONE;
}

int cmd_consent_export(struct call *call)
{
	char why[FILE_WHY_BYTES] = "";
	uint64_t rows = 0;
	int err = consent_export(call->store, call->args[0], &rows, why);

	if (err)
		return fail_err(call, err, why);
	if (strcmp(call->args[0], "-") != 0)
		printf("%" PRIu64 " records written to %s\n", rows, call->args[0]);
	return STATUS_DONE;
}

int cmd_consent_query(struct call *call)
{
	const char *fresh = call_value(call, "fresh");
	int64_t fresh_us = FRESH_US;
	char why[FILE_WHY_BYTES] = "";
	uint64_t rows = 0;

	if (fresh && (!text_duration_us(fresh, &fresh_us) || fresh_us < 0))
		return misuse(call, "--fresh %s: a time such as 30d (" TEXT_DURATION_UNITS ")", fresh);
	int err = reassigned_query(call->store, call->args[0], fresh_us, &rows, why);

	if (err)
		return fail_err(call, err, why);
	printf("%" PRIu64 " numbers to be asked about are in %s\n", rows, call->args[0]);
	return STATUS_DONE;
}

int cmd_consent_answers(struct call *call)
{
	struct consent_receipt receipt;
	int64_t as_of_us = 0;
	char why[FILE_WHY_BYTES] = "";
	int status = option_time(call, "as-of", &as_of_us);

	if (status != STATUS_DONE)
		return status;
	int err = reassigned_answers(call->store, call->args[0], as_of_us ? as_of_us : clock_us(), &receipt, why);

	if (err)
		return file_failed(call, err, why);
	printf("%" PRIu64 " answers read = %" PRIu64 " taken + %" PRIu64 " known already\n", receipt.read, receipt.added,
		receipt.present);
	return STATUS_DONE;
}
