/*
 * cmd_greetings.c - outdial greetings list | show | label | forget: what the classifier remembers of recordings
 *
 * What    The engine's own rows, with the labels beside them; a running engine reads a label within a second. Only what two
 *         numbers have played is in the store. No sound is kept: the last attempt that played a recording says where somebody can
 *         hear it.
 */
#include "tools/outdial/outdial.h"

#include "base/clock.h"
#include "media/amd/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct column recording_columns[] = {{"RECORDING", 9, false}, {"HEARD", 5, true}, {"NUMBERS", 7, true},
	{"LAST HEARD", WHEN_COLUMNS, false}, {"KEPT UNTIL", 10, false}, {"LABEL", 12, false}, {"TAKEN FOR", 24, false}, {0}};

struct heard {
	uint32_t id;
	struct print_row row;
	struct memory_entry entry;
	enum memory_label label;
};

/* --- the store */

/* False: there is none, or it is to be forgotten. */
static bool recording_labelled(struct store *store, struct heard *recording)
{
	struct print_label label;

	if (print_label_next(store, recording->id, &label) || label.recording != recording->id)
		return true;
	recording->label = label.label < MEMORY_LABELS ? (enum memory_label)label.label : MEMORY_LABEL_NONE;
	return !label.forget || recording->entry.first_us > label.at_us;
}

/* The next one in a slot from *slot on; false: no more. */
static bool heard_next(struct store *store, uint32_t *slot, struct heard *out)
{
	while (print_next(store, *slot, &out->row) == 0) {
		*slot = out->row.slot + 1;
		out->label = MEMORY_LABEL_NONE;
		if (!memory_decode(out->row.data, out->row.bytes, &out->entry))
			continue; /* the engine removes it */
		out->id = memory_id(&out->entry);
		if (recording_labelled(store, out))
			return true;
	}
	return false;
}

static int recording_find(const struct call *call, struct heard *out)
{
	char *end;
	unsigned long id = strtoul(call->args[0], &end, 16);

	if (strlen(call->args[0]) != 8 || *end)
		return misuse(call, "'%s': a recording has a name of 8 hexadecimal digits, see 'outdial greetings list'",
			call->args[0]);
	for (uint32_t slot = 0; heard_next(call->store, &slot, out);)
		if (out->id == id)
			return STATUS_DONE;
	return fail(call, "there is no recording %s; see 'outdial greetings list'", call->args[0]);
}

/* --- words */

/* What the label, or what was learned, makes of a call that plays it. */
static const char *recording_means(const struct heard *recording)
{
	const struct memory_entry *entry = &recording->entry;

	switch (recording->label) {
	case MEMORY_LABEL_NONE:
		break;
	case MEMORY_LABEL_IGNORE:
		return "nothing, by label";
	case MEMORY_LABEL_HUMAN:
		return "a person, by label";
	default:
		return memory_label_name(recording->label);
	}
	if (entry->number_count < MEMORY_NUMBERS)
		return "nothing yet";
	return entry->refused >= MEMORY_NUMBERS && !entry->answered ? "machine, and refusal" : "machine";
}

static void recording_row(const struct heard *recording)
{
	char last[WHEN_BYTES], until[WHEN_BYTES];
	struct row row;

	row_set(&row, 0, "%08" PRIx32, recording->id);
	row_set(&row, 1, "%" PRIu32, recording->entry.heard);
	row_set(&row, 2, "%s%u", recording->entry.number_count >= MEMORY_NUMBERS ? ">=" : "", recording->entry.number_count);
	row_set(&row, 3, "%s", when_cell(recording->entry.last_us, last));
	row_set(&row, 4, "%.10s", when_text(recording->entry.last_us + PRINT_KEEP_US, until));
	row_set(&row, 5, "%s", recording->label ? memory_label_name(recording->label) : "-");
	row_set(&row, 6, "%s", recording_means(recording));
	row_print(stdout, recording_columns, &row);
}

static struct doc *recording_doc(const struct heard *recording)
{
	const struct memory_entry *entry = &recording->entry;
	struct doc *doc = doc_object();
	char id[9];

	snprintf(id, sizeof(id), "%08" PRIx32, recording->id);
	doc_put_text(doc, "recording", id);
	doc_put_i64(doc, "heard", entry->heard);
	doc_put_i64(doc, "numbers", entry->number_count);
	doc_put_bool(doc, "numbers_or_more", entry->number_count >= MEMORY_NUMBERS);
	doc_put_i64(doc, "first_us", entry->first_us);
	doc_put_i64(doc, "last_us", entry->last_us);
	doc_put_i64(doc, "keep_until_us", entry->last_us + PRINT_KEEP_US);
	doc_put_text(doc, "label", recording->label ? memory_label_name(recording->label) : NULL);
	doc_put_text(doc, "taken_for", recording_means(recording));
	doc_put_i64(doc, "early_refused", entry->refused);
	doc_put_bool(doc, "early_answered", entry->answered);
	doc_put_i64(doc, "attempt", (int64_t)recording->row.attempt);
	return doc;
}

static void recording_show(const struct heard *recording)
{
	const struct memory_entry *entry = &recording->entry;
	char when[WHEN_BYTES];

	printf("recording %08" PRIx32 "\n", recording->id);
	field_print(stdout, "heard", "%" PRIu32 " times, from %s%u numbers", entry->heard,
		entry->number_count >= MEMORY_NUMBERS ? "at least " : "", entry->number_count);
	field_print(stdout, "first", "%s", when_text(entry->first_us, when));
	field_print(stdout, "last", "%s", when_text(entry->last_us, when));
	field_print(stdout, "kept until", "%s, unless it is heard again", when_text(entry->last_us + PRINT_KEEP_US, when));
	field_print(stdout, "label", "%s", memory_label_name(recording->label));
	field_print(stdout, "taken for", "%s", recording_means(recording));
	field_print(stdout, "early", "after it the network refused %s%u calls%s",
		entry->refused >= MEMORY_NUMBERS ? "at least " : "", entry->refused,
		entry->answered ? "; a call was answered after it, so it ends none before the answer" : "");
	if (recording->row.attempt)
		field_print(stdout, "played in", "attempt %" PRIu64, recording->row.attempt);
}

/* --- commands */

int cmd_greetings_list(struct call *call)
{
	struct doc *all = call_has(call, "json") ? doc_array() : NULL;
	struct heard recording;
	uint32_t slot = 0, count = 0;

	for (; heard_next(call->store, &slot, &recording); count++) {
		if (all) {
			doc_push(all, recording_doc(&recording));
			continue;
		}
		if (count == 0)
			row_print_titles(stdout, recording_columns);
		recording_row(&recording);
	}
	if (all)
		say_doc(stdout, all);
	else if (count == 0)
		printf("no recording was heard from two numbers yet\n");
	return STATUS_DONE;
}

int cmd_greetings_show(struct call *call)
{
	struct heard recording;
	int status = recording_find(call, &recording);

	if (status != STATUS_DONE)
		return status;
	if (call_has(call, "json"))
		say_doc(stdout, recording_doc(&recording));
	else
		recording_show(&recording);
	return STATUS_DONE;
}

static int recording_say(struct call *call, const struct heard *recording, enum memory_label label, bool forget)
{
	struct print_label said = {.recording = recording->id, .label = (uint8_t)label, .forget = forget, .at_us = clock_us()};
	int err = print_label_set(call->store, &said);

	return err ? fail_err(call, err, NULL) : STATUS_DONE;
}

int cmd_greetings_label(struct call *call)
{
	enum memory_label label = memory_label_by_name(call->args[1]);
	struct heard recording;

	if (label == MEMORY_LABELS)
		return misuse(call,
			"'%s' is no label: human, machine, screener, announcement, dead_number, busy, no_answer, congestion, "
			"ignore or none",
			call->args[1]);
	int status = recording_find(call, &recording);
	if (status == STATUS_DONE)
		status = recording_say(call, &recording, label, false);
	if (status != STATUS_DONE)
		return status;
	recording.label = label;
	printf("recording %08" PRIx32 " is taken for: %s\n", recording.id, recording_means(&recording));
	return STATUS_DONE;
}

int cmd_greetings_forget(struct call *call)
{
	struct heard recording;
	int status = recording_find(call, &recording);

	if (status == STATUS_DONE)
		status = recording_say(call, &recording, MEMORY_LABEL_NONE, true);
	if (status != STATUS_DONE)
		return status;
	int err = print_remove(call->store, &recording.row);

	if (err)
		return fail_err(call, err, NULL);
	printf("recording %08" PRIx32 " is forgotten\n", recording.id);
	return STATUS_DONE;
}
