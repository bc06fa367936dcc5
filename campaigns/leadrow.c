/* leadrow.c - see leadrow.h */
#include "campaigns/leadrow.h"
#include "base/text.h"
#include "campaigns/number.h"
#include "campaigns/place.h"

#include <stdio.h>
#include <string.h>

static const char *cell(const struct row *row, uint32_t index)
{
	return index < row->count ? row->fields[index] : "";
}

static bool refuse(struct leadrow *leadrow, const char *code, const char *field)
{
	leadrow->rejection = (struct rejection){.code = code, .field = field, .message = leadrow->message};
	return false;
}

/* --- numbers */
static bool number_known(const struct lead *lead, const char *e164)
{
	uint32_t i;

	for (i = 0; i < lead->phone_count; i++) {
		if (strcmp(lead->phones[i].e164, e164) == 0)
			return true;
	}
	return false;
}

/* The first reason why a number was not taken, an empty cell last: it says the least. */
static void note_refusal(struct leadrow *leadrow, enum number_code code, uint32_t column, const char *why)
{
	const char *name = number_code_name(code);

	if (leadrow->rejection.code &&
		(code == NUMBER_EMPTY || strcmp(leadrow->rejection.code, number_code_name(NUMBER_EMPTY)) != 0))
		return;
	snprintf(leadrow->message, sizeof(leadrow->message), "%s", why);
	refuse(leadrow, name, leadrow->columns->items[column].title);
}

static bool read_numbers(struct leadrow *leadrow, const struct row *row)
{
	struct lead *lead = &leadrow->lead;
	char e164[NUMBER_BYTES], why[WHY_BYTES];
	uint32_t i;

	for (i = 0; i < leadrow->columns->phone_count; i++) {
		uint32_t column = leadrow->columns->phones[i];
		enum phone_type type;
		enum number_code code = number_parse_typed(cell(row, column), leadrow->region, e164, &type, why);

		if (code != NUMBER_OK)
			note_refusal(leadrow, code, column, why);
		else if (!number_known(lead, e164)) {
			lead->phones[lead->phone_count].type = type;
			lead->phones[lead->phone_count].role = leadrow->columns->items[column].phone;
			text_copy(lead->phones[lead->phone_count++].e164, NUMBER_BYTES, e164);
		}
	}
	return lead->phone_count > 0;
}

/* --- zones */
static bool read_zone(struct leadrow *leadrow, const struct row *row)
{
	int column = leadrow->columns->zone;
	const char *name = column >= 0 ? cell(row, (uint32_t)column) : "";

	leadrow->zones[0] = NULL;
	leadrow->said.zone = name[0];
	if (!name[0]) {
		zone_of_lead(&leadrow->lead, leadrow->zones);
		return true;
	}
	if (strcmp(name, leadrow->zone_good) != 0) {
		if (!zone_valid(name)) {
			snprintf(leadrow->message, sizeof(leadrow->message),
				"\"%.60s\" is no time zone of this system: write it as Asia/Shanghai", name);
			return refuse(leadrow, "E_ZONE", leadrow->columns->items[column].title);
		}
		text_copy(leadrow->zone_good, sizeof(leadrow->zone_good), name);
	}
	leadrow->zones[0] = leadrow->zone_good;
	leadrow->zones[1] = NULL;
	return true;
}

/* --- the rest */
static bool read_priority(struct leadrow *leadrow, const struct row *row)
{
	int column = leadrow->columns->priority;
	const char *text = column >= 0 ? cell(row, (uint32_t)column) : "";
	int64_t value = 0;

	if (text[0] && !text_i64(text, 0, UINT16_MAX, &value)) {
		snprintf(leadrow->message, sizeof(leadrow->message),
			"\"%.40s\" is no priority: a whole number from 0 to 65535, higher first", text);
		return refuse(leadrow, "E_PRIORITY", leadrow->columns->items[column].title);
	}
	leadrow->lead.priority = (uint16_t)value;
	leadrow->said.priority = text[0];
	return true;
}

static bool field_add(struct lead *lead, const char *key, const char *value)
{
	size_t key_bytes = strlen(key) + 1, value_bytes = strlen(value) + 1;

	if (key_bytes + value_bytes > LEAD_FIELDS_BYTES - (size_t)lead->fields_bytes)
		return false;
	memcpy(lead->fields + lead->fields_bytes, key, key_bytes);
	memcpy(lead->fields + lead->fields_bytes + key_bytes, value, value_bytes);
	lead->fields_bytes = (uint16_t)(lead->fields_bytes + key_bytes + value_bytes);
	return true;
}

void leadrow_refuse_update(struct leadrow *leadrow)
{
	snprintf(leadrow->message, sizeof(leadrow->message),
		"its further columns and those that the lead has hold more than %d bytes together: leave some out with --map "
		"ignore=COLUMN",
		LEAD_FIELDS_BYTES);
	refuse(leadrow, "E_FIELDS_SIZE", "");
}

/* Empty cells are not kept. */
static bool read_fields(struct leadrow *leadrow, const struct row *row)
{
	const struct columns *columns = leadrow->columns;
	uint32_t i;

	for (i = 0; i < columns->count; i++) {
		const char *value = cell(row, i);

		if (columns->items[i].role != COLUMN_FIELD || !value[0] ||
			field_add(&leadrow->lead, columns->items[i].key, value))
			continue;
		snprintf(leadrow->message, sizeof(leadrow->message),
			"the further columns hold more than %d bytes with their titles: shorten them, or leave some out with "
			"--map ignore=COLUMN",
			LEAD_FIELDS_BYTES);
		return refuse(leadrow, "E_FIELDS_SIZE", columns->items[i].title);
	}
	return true;
}

/* A zone that the list states is believed; else the address adds to what the numbers say. */
static bool read_address(struct leadrow *leadrow)
{
	if (leadrow->zones[0] != leadrow->zone_good)
		place_add_zones(&leadrow->lead, leadrow->zones);
	return true;
}

static bool check_shape(struct leadrow *leadrow, const struct row *row)
{
	uint32_t i;

	if (row->code != ROW_OK) {
		snprintf(leadrow->message, sizeof(leadrow->message), "%s", row_code_sentence(row->code));
		return refuse(leadrow, row_code_name(row->code), "");
	}
	for (i = leadrow->columns->count; i < row->count; i++) {
		if (!row->fields[i][0])
			continue; /* empty columns at the end are usual */
		snprintf(leadrow->message, sizeof(leadrow->message),
			"the row has %u fields, the first row has %u: a delimiter stands unquoted in one", row->count,
			leadrow->columns->count);
		return refuse(leadrow, "E_COLUMNS", "");
	}
	return true;
}

bool leadrow_read(struct leadrow *leadrow, const struct row *row)
{
	memset(&leadrow->lead, 0, offsetof(struct lead, fields));
	leadrow->rejection = (struct rejection){.code = NULL};
	leadrow->message[0] = 0;
	return check_shape(leadrow, row) && read_numbers(leadrow, row) && read_zone(leadrow, row) &&
	       read_priority(leadrow, row) && read_fields(leadrow, row) && read_address(leadrow);
}
