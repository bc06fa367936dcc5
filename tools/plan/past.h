/*
 * past.h - what a campaign's report says of its list and its seats
 */
#ifndef OUTDIAL_PLAN_PAST_H
#define OUTDIAL_PLAN_PAST_H

#include "tools/world/scenario.h"

/* Shares of people, machines, busy lines, dead numbers and failures, talk and wrap-up from a report.json. 0, or an error and a
 * sentence: no report, or too few calls to go by. */
int past_read(const char *path, struct scenario *scenario, char *why);

#endif
