/*
 * evlog_in.h - what several events of evlog_calls.c and evlog_changes.c say (inside of evlog*.c)
 */
#ifndef OUTDIAL_CAMPAIGNS_EVLOG_IN_H
#define OUTDIAL_CAMPAIGNS_EVLOG_IN_H

#include "campaigns/evlog.h"
#include "campaigns/line.h"

/* An item of a file that is kept: its name and its SHA-256. */
void evlog_put_file(struct line *line, const char *key, const char *sum_key, const struct kept_file *file);
/* A time, or "n/a". */
void evlog_put_time(struct line *line, const char *key, int64_t us);
/* For whom, for what, with which right: an item that nobody gave is "n/a" and never missing (complete.h). */
void evlog_put_terms(struct line *line, const struct terms *terms);

#endif
