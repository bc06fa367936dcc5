/*
 * explain_text.h - one sentence for each reason why a lead may or may not be dialled (for files of this folder only)
 *
 * What    Fills explanation.text from what explain_decision() has filled already.
 */
#ifndef OUTDIAL_CAMPAIGNS_EXPLAIN_TEXT_H
#define OUTDIAL_CAMPAIGNS_EXPLAIN_TEXT_H

#include "campaigns/tables.h"

struct explaining {
	const struct campaign *campaign;
	const struct lead *lead;
	const struct list *list; /* that the lead is in */
	const struct claim_view *view;
	struct explanation *out;
};

void explain_text(const struct explaining *about);

#endif
