/*
 * campaign_leads.h - which leads a campaign dials, and in which order: its lists and shares, filter, order (for files of this
 * folder only)
 */
#ifndef OUTDIAL_CAMPAIGNS_CAMPAIGN_LEADS_H
#define OUTDIAL_CAMPAIGNS_CAMPAIGN_LEADS_H

#include "campaigns/tables.h"

void campaign_leads_encode(struct enc *enc, const struct campaign *campaign);
void campaign_leads_decode(struct dec *dec, struct campaign *out);
/* `list` and `lists` say the same: of a campaign with one list, `list` decides. */
void campaign_leads_normal(struct campaign *campaign);
/* Lists, shares, order and filter: ERR_RANGE or ERR_SYNTAX with a sentence in why (WHY_BYTES). */
int campaign_leads_check(const struct campaign *campaign, char *why);
/* Has it anything to dial? ERR_WRONG_STATE with a sentence. */
int campaign_leads_may_run(struct db_txn *txn, const struct campaign *campaign, char *why);
/* One list, all of its leads, by priority. */
bool campaign_leads_plain(const struct campaign *campaign);
bool campaign_leads_same(const struct campaign *a, const struct campaign *b);

#endif
