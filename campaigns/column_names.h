/*
 * column_names.h - titles that people give to columns (pure; inside the folder)
 */
#ifndef OUTDIAL_CAMPAIGNS_COLUMN_NAMES_H
#define OUTDIAL_CAMPAIGNS_COLUMN_NAMES_H

#include "campaigns/columns.h"

#define COLUMN_RANKS 12 /* of telephone columns: phone 0, phone2 1, ... , "home phone" and the like last */

struct column_name {
	enum column_role role;
	const char *key; /* for fields of ours: "name", "external_id" */
	int rank;
	enum phone_role phone;
};

/* A title of a file ("Mobile Phone 2", "手机号码（必填）"). Case, spaces, _ - . and what stands in brackets do not count. */
bool column_name_find(const char *title, struct column_name *out);
/* A name on the left side of --map. */
bool column_role_find(const char *key, struct column_name *out);
bool column_title_same(const char *a, const char *b);

#endif
