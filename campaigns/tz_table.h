/*
 * tz_table.h - inside of time zones: the tables of one (for tz.c, which reads them, and tz_files.c, which keeps them)
 */
#ifndef OUTDIAL_CAMPAIGNS_TZ_TABLE_H
#define OUTDIAL_CAMPAIGNS_TZ_TABLE_H

#include "campaigns/tz.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#define TZ_FILE_BYTES_MAX 65536
#define TZ_TYPES_MAX 256

enum tz_rule_kind { RULE_JULIAN, RULE_DAY, RULE_MONTH };

struct tz_rule { /* one change of a year, in local time before the change */
	enum tz_rule_kind kind;
	int day, week, month;
	int32_t time_s;
};

struct tz_footer {
	bool present, has_dst;
	int32_t std_s, dst_s;
	struct tz_rule start, end; /* of daylight saving time */
};

struct tz_stamp { /* another one: the file was replaced or written */
	dev_t device;
	ino_t inode;
	off_t bytes;
	int64_t changed_ns;
};

struct tz {
	char name[64];
	uint32_t count;
	int64_t *at;   /* `count` ascending instants */
	uint8_t *type; /* which type begins there */
	int32_t offsets_s[TZ_TYPES_MAX];
	struct tz_footer footer;
	/* of a zone of tz_get() */
	struct tz_stamp stamp;
	struct tz *_Atomic newest; /* its tables since the file changed; NULL: these */
	struct tz *before;         /* of the newest: those that it replaced, which somebody may be reading */
};

#endif
