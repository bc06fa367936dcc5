/* export_lines.c - exports whose rows are events as they stand in the log: a table says which events and which keys */
#include "campaigns/export_in.h"

#include "campaigns/logread.h"

#include <string.h>

enum line_put { PUT_AS_IS, PUT_TIME, PUT_TELEPHONE, PUT_EVENT, PUT_AT, PUT_SEQ };

struct line_column {
	const char *column, *key; /* key NULL: the column's own name */
	enum line_put put;
};

struct line_export {
	const char *const *events; /* names; with "*" at its end: all that begin so */
	const struct line_column *columns; /* ends with column NULL */
	const char *const *reasons; /* of refusals; NULL: events are of other kinds */
};

#define LINE_COLUMNS_MAX 32

/* --- the tables */

static const char *const decided[] = {"intent", "refused", NULL};
/* What was refused in an hour stands in the same table, at the end of the columns. */
#define REFUSAL_COLUMNS                                                                                                          \
	{"event", NULL, PUT_EVENT}, {"hour", "from_us", PUT_TIME}, {"reason", NULL, PUT_AS_IS}, {"refused", NULL, PUT_AS_IS},            \
		{"waiting", NULL, PUT_AS_IS}
static const char *const window_reasons[] = {"window", "zone_unknown", "place_unknown", "rules", "limit", "caller_id", NULL};
static const char *const list_reasons[] = {"dnc", "dnc_stale", NULL};
static const struct line_column window_columns[] = {{"attempt", NULL, PUT_AS_IS}, {"campaign", "campaign_name", PUT_AS_IS},
	{"number", "to", PUT_TELEPHONE}, {"at", NULL, PUT_AT}, {"rule", NULL, PUT_AS_IS}, {"local_time", "local", PUT_AS_IS},
	{"zone", NULL, PUT_AS_IS}, {"zone_source", "zone_from", PUT_AS_IS}, {"places", NULL, PUT_AS_IS}, {"tzdata", NULL, PUT_AS_IS},
	{"zone_map", NULL, PUT_AS_IS}, {"rule_packs", "packs", PUT_AS_IS}, {"seq", NULL, PUT_SEQ}, REFUSAL_COLUMNS,
	{NULL, NULL, PUT_AS_IS}};
static const struct line_export windows = {decided, window_columns, window_reasons};

static const struct line_column decision_columns[] = {{"attempt", NULL, PUT_AS_IS}, {"campaign", "campaign_name", PUT_AS_IS},
	{"number", "to", PUT_TELEPHONE}, {"at", NULL, PUT_AT}, {"consulted", "suppression", PUT_AS_IS}, {"person", NULL, PUT_AS_IS},
	{"seq", NULL, PUT_SEQ}, REFUSAL_COLUMNS, {"list", "list_name", PUT_AS_IS}, {NULL, NULL, PUT_AS_IS}};
static const struct line_export decisions = {decided, decision_columns, list_reasons};

static const char *const list_events[] = {"dnc_*", "suppress_*", "consent_*", "reassigned", NULL};
static const struct line_column change_columns[] = {{"event", NULL, PUT_EVENT}, {"at", NULL, PUT_AT}, {"number", "to", PUT_TELEPHONE},
	{"attempt", NULL, PUT_AS_IS}, {"list", "list_name", PUT_AS_IS}, {"kind", NULL, PUT_AS_IS}, {"scope", NULL, PUT_AS_IS},
	{"generation", NULL, PUT_AS_IS}, {"as_of", "as_of_us", PUT_TIME}, {"max_age_days", NULL, PUT_AS_IS}, {"rows", NULL, PUT_AS_IS},
	{"count", NULL, PUT_AS_IS}, {"added", NULL, PUT_AS_IS}, {"removed", NULL, PUT_AS_IS}, {"sha256", NULL, PUT_AS_IS},
	{"source", NULL, PUT_AS_IS}, {"uid", NULL, PUT_AS_IS}, {"seq", NULL, PUT_SEQ}, {"basis", NULL, PUT_AS_IS}, {"dated", "at_us", PUT_TIME},
	{"seller", NULL, PUT_AS_IS}, {"evidence", NULL, PUT_AS_IS}, {"answer", NULL, PUT_AS_IS}, {NULL, NULL, PUT_AS_IS}};
static const struct line_export changes = {list_events, change_columns, NULL};

static const char *const export_events[] = {"export", NULL};
static const struct line_column taken_columns[] = {{"at", NULL, PUT_AT}, {"what", NULL, PUT_AS_IS},
	{"campaign", "campaign_name", PUT_AS_IS}, {"from", "from_us", PUT_TIME}, {"to", "to_us", PUT_TIME},
	{"number", NULL, PUT_TELEPHONE}, {"seat", NULL, PUT_AS_IS}, {"format", NULL, PUT_AS_IS}, {"rows", NULL, PUT_AS_IS},
	{"bytes", NULL, PUT_AS_IS}, {"sha256", NULL, PUT_AS_IS}, {"uid", NULL, PUT_AS_IS}, {"seq", NULL, PUT_SEQ},
	{NULL, NULL, PUT_AS_IS}};
static const struct line_export exports = {export_events, taken_columns, NULL};

static const char *const retention_events[] = {"hold", "hold_release", "pruned", "erased", "recording_removed", "recording_lost", NULL};
static const struct line_column retention_columns[] = {{"event", NULL, PUT_EVENT}, {"at", NULL, PUT_AT}, {"subject", NULL, PUT_TELEPHONE},
	{"why", NULL, PUT_AS_IS}, {"first", NULL, PUT_AS_IS}, {"last", NULL, PUT_AS_IS}, {"segments", NULL, PUT_AS_IS},
	{"until", "until_us", PUT_TIME}, {"uid", NULL, PUT_AS_IS}, {"seq", NULL, PUT_SEQ}, {"pseudonym", NULL, PUT_AS_IS},
	{"basis", NULL, PUT_AS_IS}, {"attempt", NULL, PUT_AS_IS}, {"recordings", NULL, PUT_AS_IS}, {"recordings_kept", NULL, PUT_AS_IS},
	{"recordings_until", "recordings_until_us", PUT_TIME}, {NULL, NULL, PUT_AS_IS}};
static const struct line_export retention = {retention_events, retention_columns, NULL};

/* --- a row */

static void cell_of(const struct line_field *field, enum line_put put, struct cell *cell)
{
	char text[CELL_TEXT_BYTES];

	if (field->kind == LINE_NUMBER && put == PUT_TIME)
		cell_time(cell, (int64_t)field->number);
	else if (field->kind == LINE_NUMBER)
		cell_integer(cell, (int64_t)field->number);
	else if (field->kind == LINE_BOOL)
		cell_bool(cell, field->number != 0);
	else {
		line_field_text(field, text, sizeof(text));
		if (put == PUT_TELEPHONE)
			cell_number(cell, text);
		else
			cell_text(cell, text);
	}
}

static void head_cells(const struct line_head *head, const struct line_column *columns, struct cell *cells)
{
	for (unsigned i = 0; columns[i].column; i++) {
		struct line_field event = {.kind = LINE_TEXT, .text = head->event, .text_bytes = head->event_bytes};

		cell_none(&cells[i]);
		if (columns[i].put == PUT_AT)
			cell_time(&cells[i], head->us);
		if (columns[i].put == PUT_SEQ)
			cell_integer(&cells[i], (int64_t)head->seq);
		if (columns[i].put == PUT_EVENT)
			cell_of(&event, PUT_AS_IS, &cells[i]);
	}
}

static void field_cell(const struct line_field *field, const struct line_column *columns, struct cell *cells)
{
	for (unsigned i = 0; columns[i].column; i++)
		if (columns[i].put <= PUT_TELEPHONE && line_field_is(field, columns[i].key ? columns[i].key : columns[i].column))
			cell_of(field, columns[i].put, &cells[i]);
}

static bool text_is(const struct line_field *field, const char *text)
{
	char value[CELL_TEXT_BYTES];

	line_field_text(field, value, sizeof(value));
	return strcmp(value, text) == 0;
}

static bool one_of(const char *const *texts, const struct line_field *field)
{
	while (*texts && !text_is(field, *texts))
		texts++;
	return *texts != NULL;
}

/* What a filter asks for must stand in the line: bit by bit. */
static unsigned asked(const struct export *export)
{
	return (export->filter.campaign ? 1u : 0) | (export->filter.number ? 2u : 0) | (export->filter.seat ? 4u : 0);
}

static unsigned answered(const struct export *export, const struct line_field *field)
{
	const struct history_filter *filter = &export->filter;

	if (filter->campaign && line_field_is(field, "campaign"))
		return field->number == filter->campaign ? 1u : 0;
	if (filter->campaign && line_field_is(field, "campaign_name"))
		return text_is(field, export->options->campaign) ? 1u : 0;
	if (filter->number && (line_field_is(field, "to") || line_field_is(field, "number")))
		return field->kind == LINE_TEXT && text_is(field, filter->number) ? 2u : 0;
	return filter->seat && line_field_is(field, "seat") && text_is(field, filter->seat) ? 4u : 0;
}

struct lines_run {
	struct export *export;
	const struct line_export *what;
};

static bool is_of_the_time(const struct history_filter *filter, int64_t us)
{
	return (!filter->from_us || us >= filter->from_us) && (!filter->to_us || us < filter->to_us);
}

static int lines_h(void *arg, const struct line_head *head, const char *line, size_t bytes)
{
	struct lines_run *run = arg;
	const struct line_column *columns = run->what->columns;
	struct cell cells[LINE_COLUMNS_MAX];
	struct line_field field;
	const char *at = NULL;
	unsigned met = 0;
	bool other = false;

	if (!is_of_the_time(&run->export->filter, head->us))
		return 0;
	head_cells(head, columns, cells);
	while (line_next_field(line, bytes, &at, &field)) {
		met |= answered(run->export, &field);
		other |= run->what->reasons && line_field_is(&field, "reason") && !one_of(run->what->reasons, &field);
		field_cell(&field, columns, cells);
	}
	if (other || (met & asked(run->export)) != asked(run->export))
		return 0;
	for (unsigned i = 0; columns[i].column; i++)
		sheet_cell(run->export->sheet, &cells[i]);
	return sheet_end_row(run->export->sheet);
}

static int run_lines(struct export *export, const struct line_export *what)
{
	struct lines_run run = {export, what};
	uint64_t end;
	int err = logread_end(export->store, &end);

	struct logread_want want = {export->filter.from_us, end, what->events};

	return err ? err : logread(export->store, &want, lines_h, &run, export->why);
}

static const char *const *names_of(const struct line_export *what, const char *names[LINE_COLUMNS_MAX])
{
	unsigned i = 0;

	for (; what->columns[i].column; i++)
		names[i] = what->columns[i].column;
	names[i] = NULL;
	return names;
}

#define LINES_EXPORT(name)                                                                                                       \
	const char *const *export_##name##_columns(void)                                                                         \
	{                                                                                                                        \
		static const char *names[LINE_COLUMNS_MAX];                                                                      \
                                                                                                                                 \
		return names_of(&name, names);                                                                                   \
	}                                                                                                                        \
	int export_##name##_run(struct export *export)                                                                           \
	{                                                                                                                        \
		return run_lines(export, &name);                                                                                 \
	}

LINES_EXPORT(windows)
LINES_EXPORT(decisions)
LINES_EXPORT(changes)
LINES_EXPORT(exports)
LINES_EXPORT(retention)
