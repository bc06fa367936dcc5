/*
 * leadrow.h - one row of an upload to a lead, or the reason why not (pure but for the check that a zone's file exists)
 */
#ifndef OUTDIAL_CAMPAIGNS_LEADROW_H
#define OUTDIAL_CAMPAIGNS_LEADROW_H

#include "campaigns/columns.h"
#include "campaigns/lead_update.h"
#include "campaigns/reject.h"
#include "campaigns/zone.h"

struct leadrow {
	const struct columns *columns;
	const char *region; /* "" or "CN" */
	struct lead lead;
	struct lead_said said;
	const char *zones[ZONE_NAMES_MAX + 1]; /* candidate zones, NULL-terminated */
	struct rejection rejection;            /* when leadrow_read() says no */
	char message[WHY_BYTES + 64];
	char zone_good[ZONE_NAME_BYTES]; /* the zone column's last valid name: it rarely changes from row to row */
};

/* True: leadrow->lead and zones are ready for lead_batch_add(). False: leadrow->rejection says why. */
bool leadrow_read(struct leadrow *leadrow, const struct row *row);
/* An update found that its further columns do not fit beside those of the lead: leadrow->rejection says so. */
void leadrow_refuse_update(struct leadrow *leadrow);

#endif
