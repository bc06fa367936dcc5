/*
 * retention_data.h - how long records are kept, by class and rule pack: data, one row a source (for retention.c only)
 *
 * What    CLASS, PACK, DAYS, SOURCE. Of all rows that apply to a record the longest wins. A record of a campaign that names no pack of this
 *         table is kept for the longest time of its class, one of no campaign for the longest that applies to any campaign of the store.
 * Marks   as in the rule packs: V read in the source, S a secondary source, M to be confirmed. Nothing here is legal advice.
 */
#ifndef OUTDIAL_CAMPAIGNS_RETENTION_DATA_H
#define OUTDIAL_CAMPAIGNS_RETENTION_DATA_H

#define YEARS(n) ((n) * 366)

/* clang-format off */
#define RETENTION_ROWS \
	ROW(RETENTION_CALL,      "us-federal",        YEARS(5), "16 CFR 310.5(b)(1) as amended 2024: five years; V") \
	ROW(RETENTION_CALL,      "us-states",         YEARS(5), "as us-federal; M") \
	ROW(RETENTION_CALL,      "canada",            YEARS(3), "CRTC Unsolicited Telecommunications Rules, Part IV: three years; V") \
	ROW(RETENTION_CALL,      "china-collections", YEARS(2), "as the recordings of collection calls; M") \
	ROW(RETENTION_OPT_OUT,   "us-federal",        YEARS(5), "47 CFR 64.1200(d)(6), 16 CFR 310.5: five years; V") \
	ROW(RETENTION_OPT_OUT,   "canada",            YEARS(3), "CRTC: internal list, three years; V") \
	ROW(RETENTION_RECORDING, "us-federal",        YEARS(3), "12 CFR 1006.100: three years after the call; V") \
	ROW(RETENTION_RECORDING, "china-collections", YEARS(2), "Commercial bank credit card rules, art. 68-70: two years; S") \
	ROW(RETENTION_OTHER,     "us-federal",        YEARS(5), "as call detail: what it rests on; M") \
	ROW(RETENTION_OTHER,     "canada",            YEARS(3), "as call detail: what it rests on; M")
/* clang-format on */

#endif
