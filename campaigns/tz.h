/*
 * tz.h - time zones by IANA name, from the system's compiled tz files
 *
 * What    What is the offset of a zone at an instant, and until when. Exact for all instants: the file's transitions, then its
 *         footer rule.
 * Cache   A zone that was handed out stays until the process ends; NULL for names that are not there or not well-formed.
 *         tz_refresh() sees whether the files were replaced: then the same zone answers from the new ones (WIN-3). What is kept
 *         of its answers is as old as the generation under which it was made.
 * Thread  any.
 * Source  RFC 8536 (TZif versions 1 to 3), POSIX TZ rules for the footer; /usr/share/zoneinfo of Debian's tzdata. The C
 *         library's TZ variable is not used: it is one zone a process and not thread-safe.
 */
#ifndef OUTDIAL_CAMPAIGNS_TZ_H
#define OUTDIAL_CAMPAIGNS_TZ_H

#include <stddef.h>
#include <stdint.h>

struct tz;

struct tz_span {
	int32_t offset_s; /* local time = UTC + offset */
	int64_t until_s;  /* first instant at which that may change, INT64_MAX: never */
};

const struct tz *tz_get(const char *name);
const char *tz_name(const struct tz *tz);
struct tz_span tz_at(const struct tz *tz, int64_t utc_s);

/* "2026f": what the system's tables call themselves; "unknown". Stays valid. */
const char *tz_version(void);

/*
 * Looks at the files of all zones in use, a stat each; answers how many changed, the version among them. The engine calls it once
 * a second.
 */
uint32_t tz_refresh(void);
uint64_t tz_generation(void); /* changes with each refresh that found something */
/* For tests: another folder, ended by '/'; NULL the system's. Refreshes. */
void tz_use_dir(const char *dir);

/* For tests and fuzzing: a zone of the bytes of a TZif file. ERR_SYNTAX, -ENOMEM. */
int tz_parse(struct tz **tz, const void *bytes, size_t count);
void tz_free(struct tz *tz); /* NULL is fine; never for one of tz_get() */

#endif
