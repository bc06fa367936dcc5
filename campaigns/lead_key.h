/*
 * lead_key.h - under which keys of the contact index a lead stands (for files of this folder only)
 *
 * What    Its numbers, as in E.164, then a hash of its external id, if it has one: ledger_person(), which is larger than any
 *         number. Whoever finds a lead by such a hash compares the ids themselves.
 */
#ifndef OUTDIAL_CAMPAIGNS_LEAD_KEY_H
#define OUTDIAL_CAMPAIGNS_LEAD_KEY_H

#include "campaigns/db.h"
#include "campaigns/store.h"

#define LEAD_EXTERNAL "external_id" /* the further column */
#define LEAD_KEYS (LEAD_PHONES + 1)

/* Its numbers alone; answers the count. */
uint32_t lead_numbers(const struct lead *lead, uint64_t keys[LEAD_PHONES]);
uint32_t lead_keys(const struct lead *lead, uint64_t keys[LEAD_KEYS]);
/* Of the row of T_CONTACT that says so. */
struct db_key contact_key(uint64_t contact, uint64_t lead);

#endif
