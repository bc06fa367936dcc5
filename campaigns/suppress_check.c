/* suppress_check.c - may this number be called, as the lists and the people themselves say? See suppress_table.h */
#include "campaigns/consent_table.h"
#include "campaigns/suppress_table.h"

#include "base/clock.h"

#include <stdio.h>

/* What all lists ask about one call is looked up once. */
static void suppress_call_make(struct db_txn *txn, const struct campaign *campaign, const struct lead *lead, uint64_t number,
	struct terms *terms, struct suppress_call *call)
{
	terms_load(txn, campaign->id, terms);
	*call = (struct suppress_call){.campaign = campaign, .seller = terms->seller, .number = number};
	number_text(number, call->e164);
	place_of_lead(lead, &call->lead_places);
	place_of_number(call->e164, &call->number_places);
}

/* One list's word about a call that it covers. */
static enum suppress_answer suppress_ask(struct db_txn *txn, const struct suppress_list *list, uint64_t number, int64_t now_us)
{
	struct numset set = suppress_set(list->set);
	int64_t stale_us = suppress_stale_us(list);

	if (list->generation && numset_has(txn, &set, number))
		return SUPPRESS_LISTED;
	return stale_us && now_us >= stale_us ? SUPPRESS_STALE : SUPPRESS_FREE;
}

/* Listed beats too old; among the listed the kind's precedence decides. */
static bool suppress_outranks(
	enum suppress_answer answer, enum suppress_kind kind, const struct suppress_view *than, enum suppress_kind than_kind)
{
	if (than->answer == SUPPRESS_FREE || answer == SUPPRESS_FREE)
		return answer != SUPPRESS_FREE;
	if (answer != than->answer)
		return answer == SUPPRESS_LISTED;
	return kind < than_kind;
}

/* The record that lifts a list's word: consent before business. NULL: none may. */
static const struct consent *suppress_lifts(const struct suppress_list *list, const struct consent_word *word)
{
	const struct suppress_kind_facts *facts = suppress_kind_facts(list->kind);

	if (facts->consent_lifts && word->given.id)
		return &word->given;
	return facts->business_lifts && word->business.id ? &word->business : NULL;
}

/* What the people themselves said, and whether it is still their number. */
static struct suppress_view suppress_said(const struct consent_word *word, uint64_t number)
{
	struct suppress_view view = {.answer = SUPPRESS_FREE, .number = number};

	if (word->revoked.id)
		return (struct suppress_view){
			.answer = SUPPRESS_REVOKED, .number = number, .at_us = word->revoked.at_us, .consent = word->revoked};
	if (word->gone)
		return (struct suppress_view){.answer = SUPPRESS_GONE, .number = number, .at_us = word->reassigned.answered_us};
	return view;
}

struct suppress_view suppress_check(
	struct db_txn *txn, const struct campaign *campaign, const struct lead *lead, uint64_t number, int64_t now_us)
{
	enum suppress_kind decides = SUPPRESS_KINDS;
	struct suppress_view view;
	struct suppress_list list;
	struct suppress_call call;
	struct consent_word word;
	struct terms terms;

	if (dnc_has(txn, number))
		return (struct suppress_view){.answer = SUPPRESS_LISTED, .number = number};
	consent_ask(txn, campaign, lead, number, now_us, &word);
	view = suppress_said(&word, number);
	if (view.answer != SUPPRESS_FREE || !suppress_after(txn, 0, &list))
		return view;
	suppress_call_make(txn, campaign, lead, number, &terms, &call);
	for (bool there = true; there; there = suppress_after(txn, list.id, &list)) {
		enum suppress_answer answer =
			suppress_applies(&list, &call) ? suppress_ask(txn, &list, number, now_us) : SUPPRESS_FREE;
		const struct consent *lifts = answer != SUPPRESS_FREE ? suppress_lifts(&list, &word) : NULL;

		if (lifts && view.answer == SUPPRESS_FREE)
			view = (struct suppress_view){
				.answer = SUPPRESS_FREE, .list = list.id, .number = number, .consent = *lifts};
		if (lifts || !suppress_outranks(answer, list.kind, &view, decides))
			continue;
		view = (struct suppress_view){.answer = answer, .list = list.id, .number = number};
		decides = list.kind;
	}
	return view;
}

static size_t trace_said(const struct consent_word *word, char *out, size_t size)
{
	const struct consent *records[] = {&word->given, &word->business};
	size_t at = (size_t)snprintf(out, size, "internal");

	for (unsigned i = 0; i < 2; i++)
		if (records[i]->id)
			at += (size_t)snprintf(out + at, size - at, " %s:%llu", consent_basis_name(records[i]->basis),
				(unsigned long long)records[i]->id);
	if (word->reassigned.answer != REASSIGNED_UNASKED)
		at += (size_t)snprintf(out + at, size - at, " reassigned:%s@%lld",
			word->reassigned.answer == REASSIGNED_NO_DATA ? "no_data" : reassigned_name(word->reassigned.answer),
			(long long)(word->reassigned.answered_us / SEC_US));
	return at;
}

void suppress_trace(struct db_txn *txn, const struct campaign *campaign, const struct lead *lead, uint64_t number, int64_t now_us,
	char *out, size_t size)
{
	struct suppress_list list;
	struct suppress_call call;
	struct consent_word word;
	struct terms terms;

	consent_ask(txn, campaign, lead, number, now_us, &word);
	size_t at = trace_said(&word, out, size);

	if (!suppress_after(txn, 0, &list))
		return;
	suppress_call_make(txn, campaign, lead, number, &terms, &call);
	for (bool there = true; there && at < size; there = suppress_after(txn, list.id, &list))
		if (suppress_applies(&list, &call))
			at += (size_t)snprintf(out + at, size - at, " %u:%u", list.id, list.generation);
}
