/*
 * columns.h - which column of an uploaded table is what (pure)
 *
 * What    From --map, or from header names in English and Chinese; without a header the columns whose first cell looks like a
 *         telephone number are telephone columns. What is none of ours is kept as a further field under its own title; the
 *         columns that a reject file added (_record, _line, _code, _field, _message) are ignored.
 * Map     "phone=电话,name=姓名,balance=3,ignore=备注": our name = title or number (from 1) of a column. Roles: phone, phone2..phone4,
 *         name, zone, priority, external_id, ignore; any other name renames a further column. A map that names a
 *         telephone column names all of them.
 */
#ifndef OUTDIAL_CAMPAIGNS_COLUMNS_H
#define OUTDIAL_CAMPAIGNS_COLUMNS_H

#include "campaigns/csv.h"
#include "campaigns/store.h"

#define COLUMNS_WHY_BYTES 400
#define COLUMN_TITLE_BYTES 64

enum column_role { COLUMN_FIELD, COLUMN_PHONE, COLUMN_ZONE, COLUMN_PRIORITY, COLUMN_IGNORED, COLUMN_REJECT /* of a reject file */ };

struct column {
	enum column_role role;
	char title[COLUMN_TITLE_BYTES]; /* of the file; without a header the name that a reject file gives it */
	char key[COLUMN_TITLE_BYTES];   /* under which the lead keeps it */
	int rank;                       /* of a telephone column, lower first */
	enum phone_role phone;          /* whose number is in a telephone column */
};

struct columns {
	bool header; /* the row is a header and no lead */
	uint32_t count;
	struct column *items;
	uint32_t phones[LEAD_PHONES], phone_count; /* indexes, in the order in which they are dialled */
	int zone, priority;                        /* index or -1 */
};

/* ERR_SYNTAX (map, no telephone column, row unreadable) or -ENOMEM, with a sentence; then there is nothing to free. */
int columns_init(struct columns *columns, const struct row *first, const char *map, char why[COLUMNS_WHY_BYTES]);
/*
 * "phone2=guarantor,Nachbar=third_party": a telephone column, as the receipt names it or by its title, and its role. ERR_SYNTAX.
 */
int columns_roles(struct columns *columns, const char *roles, char why[COLUMNS_WHY_BYTES]);
void columns_fini(struct columns *columns);
/* "phone=电话 name=姓名 ...", cut at size. */
void columns_text(const struct columns *columns, char *out, size_t size);

/* Copies at most size - 1 bytes and never half a UTF-8 character. */
void text_copy_utf8(char *out, size_t size, const char *in);

#endif
