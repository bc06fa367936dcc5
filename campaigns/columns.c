/* columns.c - see columns.h; the table of known titles stands in column_names.c */
#include "campaigns/columns.h"
#include "base/err.h"
#include "base/text.h"
#include "campaigns/column_names.h"
#include "campaigns/number.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_copy_utf8(char *out, size_t size, const char *in)
{
	size_t n = strlen(in);

	if (n > size - 1) {
		n = size - 1;
		while (n > 0 && (in[n] & 0xC0) == 0x80)
			n--;
	}
	memcpy(out, in, n);
	out[n] = 0;
}

/* --- titles */
static void column_take(struct column *column, const struct column_name *name)
{
	column->role = name->role;
	column->rank = name->rank;
	column->phone = name->phone;
	if (name->key)
		text_copy(column->key, sizeof(column->key), name->key);
}

static void titles_read(struct columns *columns, const struct row *row)
{
	uint32_t i;

	for (i = 0; i < columns->count; i++) {
		struct column *column = &columns->items[i];

		if (columns->header)
			text_copy_utf8(column->title, sizeof(column->title), row->fields[i]);
		if (!column->title[0])
			snprintf(column->title, sizeof(column->title), "column%u", i + 1);
		text_copy(column->key, sizeof(column->key), column->title);
	}
}

static bool header_likely(const struct row *row)
{
	struct column_name name;
	bool numbers = false;
	uint32_t i;

	for (i = 0; i < row->count; i++) {
		if (column_name_find(row->fields[i], &name))
			return true;
		numbers |= number_likely(row->fields[i]);
	}
	return !numbers;
}

/* --- the map */
struct map_entry {
	char key[COLUMN_TITLE_BYTES], title[COLUMN_TITLE_BYTES];
};

static void trimmed(char *out, size_t size, const char *from, size_t length)
{
	while (length && *from == ' ') {
		from++;
		length--;
	}
	while (length && from[length - 1] == ' ')
		length--;
	text_copy_n(out, size, from, length);
}

/* The next entry of the map; 1, 0 at its end, ERR_SYNTAX. */
static int map_next(const char **at, struct map_entry *entry, char *why)
{
	const char *end = *at + strcspn(*at, ","), *equals = memchr(*at, '=', (size_t)(end - *at));

	if (!**at)
		return 0;
	if (equals) {
		trimmed(entry->key, sizeof(entry->key), *at, (size_t)(equals - *at));
		trimmed(entry->title, sizeof(entry->title), equals + 1, (size_t)(end - equals - 1));
	}
	if (!equals || !entry->key[0] || !entry->title[0]) {
		snprintf(why, COLUMNS_WHY_BYTES, "--map \"%.*s\": write NAME=COLUMN, for example phone=电话,name=姓名",
			(int)(end - *at < 80 ? end - *at : 80), *at);
		return ERR_SYNTAX;
	}
	*at = *end ? end + 1 : end;
	return 1;
}

/* The column that an entry means, -1: none. */
static int map_column(const struct row *row, const char *title)
{
	int64_t number;
	uint32_t i;

	for (i = 0; i < row->count; i++) {
		if (column_title_same(row->fields[i], title))
			return (int)i;
	}
	return text_i64(title, 1, row->count, &number) ? (int)number - 1 : -1;
}

/* Does the map name a title that stands in the row? Then the row is a header. */
static bool map_says_header(const struct row *row, const char *map)
{
	struct map_entry entry;
	char why[COLUMNS_WHY_BYTES];
	int64_t number;

	while (map_next(&map, &entry, why) > 0) {
		if (map_column(row, entry.title) >= 0 && !text_i64(entry.title, 1, row->count, &number))
			return true;
	}
	return false;
}

static void titles_list(const struct row *row, char *out, size_t size)
{
	char title[40];
	size_t used = 0;
	uint32_t i;

	out[0] = 0;
	for (i = 0; i < row->count && used + 48 < size; i++) {
		text_copy_utf8(title, sizeof(title), row->fields[i]);
		used += (size_t)snprintf(out + used, size - used, "%s%s", i ? ", " : "", title);
	}
	if (i < row->count)
		snprintf(out + used, size - used, ", ...");
}

static int map_miss(const struct row *row, const struct map_entry *entry, char *why)
{
	char titles[200];

	titles_list(row, titles, sizeof(titles));
	snprintf(why, COLUMNS_WHY_BYTES, "--map: the file has no column \"%s\" (for %s); its first row is: %s", entry->title,
		entry->key, titles);
	return ERR_SYNTAX;
}

static bool map_names_phone(const char *map)
{
	struct map_entry entry;
	struct column_name name;
	char why[COLUMNS_WHY_BYTES];

	while (map_next(&map, &entry, why) > 0) {
		if (column_role_find(entry.key, &name) && name.role == COLUMN_PHONE)
			return true;
	}
	return false;
}

static int map_apply(struct columns *columns, const struct row *row, const char *map, char *why)
{
	struct map_entry entry;
	struct column_name name;
	int rc, index;

	while ((rc = map_next(&map, &entry, why)) > 0) {
		index = map_column(row, entry.title);
		if (index < 0)
			return map_miss(row, &entry, why);
		columns->items[index].role = COLUMN_FIELD;
		if (column_role_find(entry.key, &name))
			column_take(&columns->items[index], &name);
		else
			text_copy(columns->items[index].key, COLUMN_TITLE_BYTES, entry.key);
	}
	return rc;
}

/* --- roles */
static void roles_by_title(struct columns *columns, const struct row *row, bool phones)
{
	struct column_name name;
	uint32_t i;

	for (i = 0; i < columns->count; i++) {
		if (column_name_find(row->fields[i], &name) && (phones || name.role != COLUMN_PHONE))
			column_take(&columns->items[i], &name);
	}
}

static void roles_by_content(struct columns *columns, const struct row *row)
{
	uint32_t i;

	for (i = 0; i < columns->count; i++) {
		if (number_likely(row->fields[i]))
			columns->items[i].role = COLUMN_PHONE;
	}
}

/* The four best telephone columns, by rank and then from left to right; more of them are further fields. */
static void phones_choose(struct columns *columns)
{
	uint32_t i;
	int rank;

	for (rank = 0; rank < COLUMN_RANKS; rank++) {
		for (i = 0; i < columns->count; i++) {
			if (columns->items[i].role != COLUMN_PHONE || columns->items[i].rank != rank)
				continue;
			if (columns->phone_count < LEAD_PHONES)
				columns->phones[columns->phone_count++] = i;
			else
				columns->items[i].role = COLUMN_FIELD;
		}
	}
}

/* Only one column can be the zone or the priority; the first is. */
static void singles_choose(struct columns *columns)
{
	uint32_t i;

	columns->zone = columns->priority = -1;
	for (i = 0; i < columns->count; i++) {
		int *single = columns->items[i].role == COLUMN_ZONE       ? &columns->zone
			      : columns->items[i].role == COLUMN_PRIORITY ? &columns->priority
									  : NULL;

		if (single && *single < 0)
			*single = (int)i;
		else if (single)
			columns->items[i].role = COLUMN_FIELD;
	}
}

static bool key_taken(const struct columns *columns, uint32_t before, const char *key)
{
	for (uint32_t i = 0; i < before; i++)
		if (columns->items[i].role == COLUMN_FIELD && strcmp(columns->items[i].key, key) == 0)
			return true;
	return false;
}

/* How many columns before it have its title. */
static uint32_t title_count(const struct columns *columns, uint32_t index)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < index; i++)
		count += strcmp(columns->items[i].title, columns->items[index].title) == 0;
	return count;
}

/* Two columns of one key would hide the second from filters and agents: it goes by its own title, then by that and a number. */
static void keys_part(struct columns *columns)
{
	char title[COLUMN_TITLE_BYTES - 12];

	for (uint32_t i = 0; i < columns->count; i++) {
		struct column *column = &columns->items[i];

		if (column->role != COLUMN_FIELD || !key_taken(columns, i, column->key))
			continue;
		text_copy(column->key, sizeof(column->key), column->title);
		text_copy_utf8(title, sizeof(title), column->title);
		uint32_t twins = title_count(columns, i);

		for (uint32_t n = twins ? twins + 1 : 2; key_taken(columns, i, column->key); n++)
			snprintf(column->key, sizeof(column->key), "%s %u", title, n);
	}
}

/* Without a header the reject file needs titles that mean the same when it is uploaded. */
static void titles_make(struct columns *columns)
{
	uint32_t i;

	for (i = 0; i < columns->phone_count && !columns->header; i++)
		snprintf(columns->items[columns->phones[i]].title, COLUMN_TITLE_BYTES, i ? "phone%u" : "phone", i + 1);
	for (i = 0; i < columns->count && !columns->header; i++) {
		struct column *column = &columns->items[i];

		if (column->role == COLUMN_ZONE)
			text_copy(column->title, sizeof(column->title), "zone");
		else if (column->role == COLUMN_PRIORITY)
			text_copy(column->title, sizeof(column->title), "priority");
		else if (column->role == COLUMN_FIELD)
			text_copy(column->title, sizeof(column->title), column->key);
	}
}

static int no_phone(const struct columns *columns, const struct row *row, char *why)
{
	char titles[240];

	titles_list(row, titles, sizeof(titles));
	snprintf(why, COLUMNS_WHY_BYTES,
		"no column is known as the telephone number: the %s is: %s. Say which with --map phone=COLUMN",
		columns->header ? "header" : "first row", titles);
	return ERR_SYNTAX;
}

/* The entry of the map that took the last telephone column away: its word is what is wrong. */
static bool map_took_phone(const struct columns *columns, const struct row *row, const char *map, char *why)
{
	struct map_entry entry;
	struct column_name name;

	while (map_next(&map, &entry, why) > 0) {
		const char *cell = row->fields[map_column(row, entry.title)];

		if (columns->header ? !column_name_find(cell, &name) || name.role != COLUMN_PHONE : !number_likely(cell))
			continue;
		snprintf(why, COLUMNS_WHY_BYTES,
			"--map %s=%s: no telephone column is left, \"%s\" is not phone, phone2, phone3 or phone4; write phone=%s",
			entry.key, entry.title, entry.key, entry.title);
		return true;
	}
	return false;
}

static int roles_find(struct columns *columns, const struct row *row, const char *map, char *why)
{
	bool phones = !map_names_phone(map);
	int err;

	columns->header = map_says_header(row, map) || header_likely(row);
	titles_read(columns, row);
	if (columns->header)
		roles_by_title(columns, row, phones);
	else if (phones)
		roles_by_content(columns, row);
	err = map_apply(columns, row, map, why);
	if (err)
		return err;
	phones_choose(columns);
	singles_choose(columns);
	keys_part(columns);
	titles_make(columns);
	if (columns->phone_count)
		return 0;
	return map_took_phone(columns, row, map, why) ? ERR_SYNTAX : no_phone(columns, row, why);
}

int columns_init(struct columns *columns, const struct row *first, const char *map, char why[COLUMNS_WHY_BYTES])
{
	int err;

	*columns = (struct columns){.count = first->count, .zone = -1, .priority = -1};
	if (first->code != ROW_OK) {
		snprintf(why, COLUMNS_WHY_BYTES, "the first row (line %llu) cannot be read: %s", (unsigned long long)first->line,
			row_code_sentence(first->code));
		return ERR_SYNTAX;
	}
	columns->items = calloc(first->count, sizeof(columns->items[0]));
	if (!columns->items)
		return -ENOMEM;
	err = roles_find(columns, first, map ? map : "", why);
	if (err)
		columns_fini(columns);
	return err;
}

/* The telephone column that an entry of --role means, -1: none. */
static int role_column(const struct columns *columns, const char *name)
{
	char number[16];

	for (uint32_t i = 0; i < columns->phone_count; i++) {
		snprintf(number, sizeof(number), i ? "phone%u" : "phone", i + 1);
		if (strcmp(name, number) == 0)
			return (int)columns->phones[i];
	}
	for (uint32_t i = 0; i < columns->phone_count; i++) {
		if (column_title_same(columns->items[columns->phones[i]].title, name))
			return (int)columns->phones[i];
	}
	return -1;
}

int columns_roles(struct columns *columns, const char *roles, char why[COLUMNS_WHY_BYTES])
{
	struct map_entry entry;
	char names[200];
	int rc;

	while ((rc = map_next(&roles, &entry, why)) > 0) {
		int index = role_column(columns, entry.key);
		enum phone_role role = phone_role_find(entry.title);

		columns_text(columns, names, sizeof(names));
		if (index < 0)
			snprintf(why, COLUMNS_WHY_BYTES, "--role: \"%s\" is no telephone column of the file; its columns are: %s",
				entry.key, names);
		else if (role == PHONE_UNSAID)
			snprintf(why, COLUMNS_WHY_BYTES, "--role %s=%s: say debtor, guarantor, third_party or other", entry.key,
				entry.title);
		else
			columns->items[index].phone = role;
		if (index < 0 || role == PHONE_UNSAID)
			return ERR_SYNTAX;
	}
	if (rc < 0)
		snprintf(why, COLUMNS_WHY_BYTES, "--role: write COLUMN=ROLE, for example phone2=guarantor");
	return rc;
}

void columns_fini(struct columns *columns)
{
	free(columns->items);
	*columns = (struct columns){.zone = -1, .priority = -1};
}

/* --- for the receipt */
#define MORE " ..."

/* Room for MORE is always left: a list of columns that was cut says so. */
static void text_add(char *out, size_t size, const char *name, const char *title)
{
	size_t used = strlen(out), more = sizeof(MORE) - 1;
	char piece[2 * COLUMN_TITLE_BYTES + 32];

	snprintf(piece, sizeof(piece), "%s%s=%s", used ? " " : "", name, title);
	if (used >= more && strcmp(out + used - more, MORE) == 0)
		return;
	text_copy_utf8(out + used, size - used - more, piece);
	if (strlen(piece) >= size - used - more)
		strcat(out, MORE);
}

void columns_text(const struct columns *columns, char *out, size_t size)
{
	char name[40];
	uint32_t i;

	out[0] = 0;
	for (i = 0; i < columns->phone_count; i++) {
		const char *role = phone_role_name(columns->items[columns->phones[i]].phone);
		int used = snprintf(name, sizeof(name), i ? "phone%u" : "phone", i + 1);

		snprintf(name + used, sizeof(name) - (size_t)used, *role ? "(%s)" : "%s", role);
		text_add(out, size, name, columns->items[columns->phones[i]].title);
	}
	if (columns->zone >= 0)
		text_add(out, size, "zone", columns->items[columns->zone].title);
	if (columns->priority >= 0)
		text_add(out, size, "priority", columns->items[columns->priority].title);
	for (i = 0; i < columns->count; i++) {
		if (columns->items[i].role == COLUMN_FIELD)
			text_add(out, size, columns->items[i].key, columns->items[i].title);
	}
}
