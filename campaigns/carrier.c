/* carrier.c - see carrier.h */
#include "campaigns/carrier.h"

#include "campaigns/number.h"
#include "campaigns/segment.h"
#include "campaigns/table.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

_Static_assert(CARRIER_WHY_BYTES == TABLE_WHY_BYTES, "table_open() says its sentence there");

#define RECORDS_MAX (4u * 1024 * 1024)

/* --- values */

/* Takes ".25" behind the seconds out of a text: its microseconds. */
static int64_t take_fraction(char *text)
{
	char *dot = strrchr(text, '.'), *end;
	int64_t us = 0, unit = SEC_US;

	if (!dot || dot == text || !isdigit((unsigned char)dot[-1]) || !isdigit((unsigned char)dot[1]))
		return 0;
	for (end = dot + 1; isdigit((unsigned char)*end); end++)
		if (unit > 1)
			us += (*end - '0') * (unit /= 10);
	memmove(dot, end, strlen(end) + 1);
	return us;
}

/* Seconds, milliseconds or microseconds since 1970: told by their length. */
static bool epoch_time(const char *text, int64_t *us)
{
	static const struct {
		size_t digits;
		int64_t unit_us;
	} kinds[] = {{10, SEC_US}, {13, MS_US}, {16, 1}};
	int64_t value;

	if (!text_i64(text, 0, INT64_C(9999999999999999), &value))
		return false;
	for (unsigned i = 0; i < 3; i++)
		if (strlen(text) == kinds[i].digits) {
			*us = value * kinds[i].unit_us;
			return true;
		}
	return false;
}

bool carrier_time(const char *text, carrier_when_h *when, int64_t *us)
{
	char copy[48];
	int64_t fraction_us;

	text += strspn(text, " ");
	if (!text_copy(copy, sizeof(copy), text))
		return false;
	fraction_us = take_fraction(copy);
	if (!epoch_time(copy, us) && !when(copy, us))
		return false;
	*us += fraction_us;
	return *us > 0;
}

bool carrier_duration(const char *text, int64_t *us)
{
	int64_t total_s = 0, part;
	char copy[32], *at = copy, *colon;
	int64_t fraction_us;

	if (!text_copy(copy, sizeof(copy), text + strspn(text, " ")))
		return false;
	copy[strcspn(copy, " ")] = '\0';
	fraction_us = take_fraction(copy);
	for (int parts = 0; parts < 3; parts++) {
		colon = strchr(at, ':');
		if (colon)
			*colon = '\0';
		if (!text_i64(at, 0, 10000000, &part))
			return false;
		total_s = total_s * 60 + part;
		if (!colon) {
			*us = total_s * SEC_US + fraction_us;
			return true;
		}
		at = colon + 1;
	}
	return false;
}

/*
 * "17.<tag>@outdial": the attempt whose Call-ID that is; `like` is the Call-ID of attempt 0. Trunks may change what stands behind
 * "@".
 */
static uint64_t attempt_of(const char *call_id, const char *like)
{
	size_t tag_bytes = strcspn(like + 1, "@");
	uint64_t attempt;
	char *end;

	if (!isdigit((unsigned char)*call_id))
		return 0;
	errno = 0;
	attempt = strtoull(call_id, &end, 10);
	return !errno && strncmp(end, like + 1, tag_bytes) == 0 ? attempt : 0;
}

/* --- columns */

enum role { ROLE_CALLED, ROLE_START, ROLE_DURATION, ROLE_CODE, ROLE_CALL_ID, ROLES };

static const struct {
	const char *name;
	const char *titles[14];
} roles[ROLES] = {
	{"called", {"called", "called_number", "calledno", "callee", "to", "dst", "destination", "number", "b_number", "被叫",
			   "被叫号码", NULL}},
	{"start", {"start", "start_time", "starttime", "started", "calldate", "setup_time", "invite_time", "datetime", "time",
			  "开始时间", "呼叫时间", NULL}},
	{"duration", {"duration", "duration_s", "billsec", "seconds", "talk_time", "通话时长", "时长", NULL}},
	{"code", {"code", "sip_code", "response", "status_code", NULL}},
	{"call_id", {"call_id", "callid", "call-id", NULL}},
};

struct reading {
	const struct carrier_options *options;
	struct carrier *out;
	char like[64]; /* Call-ID of attempt 0 */
	int column[ROLES]; /* -1: there is none */
	char *why;
};

static int title_index(const struct row *header, const char *title)
{
	for (uint32_t i = 0; i < header->count; i++)
		if (strcasecmp(header->fields[i], title) == 0)
			return (int)i;
	return -1;
}

static int set_role(struct reading *reading, const struct row *header, char *pair)
{
	char *equals = strchr(pair, '=');

	if (equals)
		*equals = '\0';
	for (int role = 0; equals && role < ROLES; role++) {
		if (strcmp(pair, roles[role].name) != 0)
			continue;
		reading->column[role] = title_index(header, equals + 1);
		if (reading->column[role] >= 0)
			return 0;
		snprintf(
			reading->why, CARRIER_WHY_BYTES, "--map: %s has no column \"%.60s\"", reading->options->path, equals + 1);
		return ERR_SYNTAX;
	}
	snprintf(reading->why, CARRIER_WHY_BYTES,
		"--map %.60s: expected called, start, duration, code or call_id, \"=\" and a column's title", pair);
	return ERR_SYNTAX;
}

static int set_map(struct reading *reading, const struct row *header)
{
	char copy[1024], *save = NULL;
	int err = 0;

	if (!reading->options->map)
		return 0;
	if (!text_copy(copy, sizeof(copy), reading->options->map)) {
		snprintf(reading->why, CARRIER_WHY_BYTES, "--map: at most 1,000 bytes");
		return ERR_SYNTAX;
	}
	for (char *pair = strtok_r(copy, ",", &save); pair && !err; pair = strtok_r(NULL, ",", &save))
		err = set_role(reading, header, pair);
	return err;
}

static void titles_text(const struct row *header, char out[160])
{
	size_t at = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < header->count && at < 120; i++)
		at += (size_t)snprintf(out + at, 160 - at, "%s%.24s", i ? ", " : "", header->fields[i]);
}

static int set_columns(struct reading *reading, const struct row *header)
{
	char titles[160];
	int err;

	for (int role = 0; role < ROLES; role++) {
		reading->column[role] = -1;
		for (int i = 0; roles[role].titles[i] && reading->column[role] < 0; i++)
			reading->column[role] = title_index(header, roles[role].titles[i]);
	}
	err = set_map(reading, header);
	for (int role = ROLE_CALLED; role <= ROLE_START && !err; role++) {
		if (reading->column[role] >= 0)
			continue;
		titles_text(header, titles);
		snprintf(reading->why, CARRIER_WHY_BYTES,
			"%.100s: no column for %s; name it with --map %s=TITLE (its columns: %s)", reading->options->path,
			role == ROLE_CALLED ? "the called number" : "the start of a call", roles[role].name, titles);
		err = ERR_SYNTAX;
	}
	reading->out->durations = reading->column[ROLE_DURATION] >= 0;
	reading->out->codes = reading->column[ROLE_CODE] >= 0;
	return err;
}

/* --- rows */

static const char *field(const struct reading *reading, const struct row *row, enum role role)
{
	int column = reading->column[role];

	return column >= 0 && (uint32_t)column < row->count ? row->fields[column] : "";
}

/* False: the row says no number or no time. */
static bool parse_row(const struct reading *reading, const struct row *row, struct carrier_record *out)
{
	char e164[NUMBER_BYTES];
	int64_t code;

	if (row->code != ROW_OK ||
		number_parse(field(reading, row, ROLE_CALLED), reading->options->region, e164, NULL) != NUMBER_OK ||
		!carrier_time(field(reading, row, ROLE_START), reading->options->when, &out->start_us))
		return false;
	out->number = strtoull(e164 + 1, NULL, 10);
	if (!carrier_duration(field(reading, row, ROLE_DURATION), &out->duration_us))
		out->duration_us = -1;
	if (text_i64(field(reading, row, ROLE_CODE), 100, 699, &code))
		out->code = (uint16_t)code;
	out->attempt = attempt_of(field(reading, row, ROLE_CALL_ID), reading->like);
	return true;
}

static int take_row(struct reading *reading, const struct row *row)
{
	struct carrier *out = reading->out;
	size_t room = out->room ? out->room * 2 : 1024;
	struct carrier_record record = {.duration_us = -1, .line = row->line}, bad = record;

	if (out->count == RECORDS_MAX) {
		snprintf(reading->why, CARRIER_WHY_BYTES, "%.200s has more than %u records: split it by day",
			reading->options->path, RECORDS_MAX);
		return ERR_FULL;
	}
	if (out->count == out->room) {
		struct carrier_record *grown = realloc(out->items, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		out->items = grown;
		out->room = room;
	}
	bool readable = parse_row(reading, row, &record);

	out->unreadable += !readable;
	out->items[out->count++] = readable ? record : bad;
	return 0;
}

static int take_rows(struct reading *reading, struct rows *rows)
{
	struct row row;
	int rc = rows_next(rows, &row), err = rc < 0 ? rc : 0;

	if (rc == 0) {
		snprintf(reading->why, CARRIER_WHY_BYTES, "%.200s has no rows", reading->options->path);
		return ERR_SYNTAX;
	}
	if (!err)
		err = set_columns(reading, &row);
	while (!err && (rc = rows_next(rows, &row)) > 0)
		err = take_row(reading, &row);
	if (!err)
		err = rc;
	if (!err && reading->out->count == reading->out->unreadable) {
		snprintf(reading->why, CARRIER_WHY_BYTES, "%.100s: no row has a number and a time that can be read%s",
			reading->options->path,
			reading->options->region ? "" : "; are its numbers without \"+\"? Then name their country with --region");
		err = ERR_SYNTAX;
	}
	return err;
}

int carrier_read(struct store *store, const struct carrier_options *options, struct carrier *out, char why[CARRIER_WHY_BYTES])
{
	struct reading reading = {.options = options, .out = out, .why = why};
	struct table table;
	uint64_t bytes;
	int err;

	*out = (struct carrier){.count = 0};
	why[0] = '\0';
	attempt_call_id(store, 0, reading.like);
	if (options->region && !phone_lib_region(options->region)) {
		snprintf(why, CARRIER_WHY_BYTES, "region \"%.20s\" is not known: two capital letters of a country, e.g. CN",
			options->region);
		return ERR_RANGE;
	}
	err = table_open(&table, options->path, options->encoding, why);
	if (err)
		return err;
	err = file_sum(options->path, out->sha256, &bytes);
	if (!err)
		err = take_rows(&reading, table.rows);
	table_close(&table);
	if (err && !why[0])
		snprintf(why, CARRIER_WHY_BYTES, "%.200s: %s", options->path, err_text(err));
	if (err)
		carrier_fini(out);
	return err;
}

void carrier_fini(struct carrier *carrier)
{
	free(carrier->items);
	*carrier = (struct carrier){.count = 0};
}
