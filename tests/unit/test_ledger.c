/* test_ledger.c - how often and how soon: ledgers that claims count in and ask, over numbers, leads and campaigns */
#include "tests/unit/test_leads.h"

#include "base/doc.h"
#include "base/prng.h"
#include "campaigns/ledger.h"
#include "campaigns/ledger_import.h"
#include "campaigns/rules.h"

#define HOUR_US (3600 * SEC_US)

static const char *const new_york[] = {"America/New_York", NULL}, *const paris[] = {"Europe/Paris", NULL},
				*const london[] = {"Europe/London", NULL};

static void ends(struct attempt attempt, enum outcome outcome, bool rang, bool answered, const char *disposition)
{
	attempt.outcome = outcome;
	attempt.invite_us = attempt.intent_us;
	attempt.ringing_us = rang ? attempt.intent_us + SEC_US : 0;
	attempt.answer_us = answered ? attempt.intent_us + 2 * SEC_US : 0;
	attempt.seat_us = outcome == OUTCOME_CONNECTED ? attempt.intent_us + 3 * SEC_US : 0;
	strcpy(attempt.disposition, disposition);
	finish_as(&attempt);
}

/* A running campaign under shipped packs whose leads are due again at once and 50 times. */
static struct campaign running(const char *rules, enum campaign_purpose purpose)
{
	struct campaign campaign = test_campaign();
	char why[PACK_WHY_BYTES] = "";
	uint32_t changed;

	assert_int_equal(rules_load_builtin(test_store, &changed, why), 0);
	test_right(&campaign);
	strcpy(campaign.rules, rules);
	campaign.purpose = purpose;
	campaign.attempts_max = 50;
	for (int i = 0; i < OUTCOME_COUNT; i++)
		campaign.retry_s[i] = 0;
	if (campaign_update(test_store, &campaign, why) != 0)
		fail_msg("%s", why);
	return campaign;
}

/* One lead with a person and further columns: "debt\0..." */
static uint64_t add_lead(uint32_t list, const char *numbers, const char *const *zones, const char *fields, size_t bytes)
{
	return test_lead_with(list, numbers, 0, zones, fields, bytes);
}

#define FIELDS(fields) fields, sizeof(fields)
#define LEAD(numbers, zones, fields) add_lead(campaign.list, numbers, zones, FIELDS(fields))

static void start(const struct campaign *campaign)
{
	char why[WHY_BYTES] = "";

	if (campaign_set_state(test_store, campaign->name, CAMPAIGN_RUNNING, why) != 0)
		fail_msg("%s", why);
}

/* The same campaign once more, with a list of its own: one list has a number once. */
static struct campaign second(const struct campaign *first)
{
	struct campaign campaign = *first;
	char why[WHY_BYTES] = "";

	strcpy(campaign.name, "c2");
	assert_int_equal(list_create(test_store, "l2", "CN", &campaign.list, why), 0);
	if (campaign_create(test_store, &campaign, why) != 0)
		fail_msg("%s", why);
	return campaign;
}

static struct explanation explain(uint64_t id)
{
	struct campaign campaign = {.name = ""};
	struct explanation out;
	struct lead lead;

	assert_int_equal(lead_get(test_store, id, &lead), 0);
	while (campaign.list != lead.list)
		assert_int_equal(campaign_next(test_store, campaign.name, &campaign), 0);
	assert_int_equal(explain_lead(test_store, &campaign, &lead, test_now_us, &out), 0);
	return out;
}

static void denied(uint64_t id, const char *rule)
{
	struct explanation at = explain(id);

	if (at.reason != CLAIM_LIMIT || strcmp(at.rule, rule) != 0)
		fail_msg("%s by %s: %s", claim_reason_name(at.reason), at.rule, at.text);
	assert_true(strlen(at.source) > 10);
	assert_int_equal(claim_one(1).id, 0);
}

static struct attempt allowed(void)
{
	struct attempt attempt = claim_one(1);

	assert_int_not_equal(attempt.id, 0);
	return attempt;
}

#define NEW_YORK_NOON_US (INT64_C(1794848400) * SEC_US) /* Monday 2026-11-16 */

static void FRQ_1_the_eighth_call_in_seven_days(void **state)
{
	struct campaign campaign = running("us-federal", PURPOSE_COLLECTIONS);
	uint64_t id = LEAD("+12125550123,+13055550123", new_york, "person\0P1\0debt\0D1");

	(void)state;
	start(&campaign);
	test_now_us = NEW_YORK_NOON_US;
	for (int i = 0; i < 7; i++, test_now_us += HOUR_US)
		ends(allowed(), OUTCOME_NO_ANSWER, true, false, "");
	denied(id, "us-federal/reg-f-7-in-7");
	assert_int_equal(explain(id).until_us, NEW_YORK_NOON_US + 7 * DAY_US);
	test_now_us = NEW_YORK_NOON_US + 7 * DAY_US - SEC_US;
	denied(id, "us-federal/reg-f-7-in-7");
	test_now_us += 2 * SEC_US;
	allowed();
	test_lead(campaign.list, "+12125550199", 0, new_york); /* somebody else */
	allowed();
}

static void FRQ_1_another_debt_counts_apart(void **state)
{
	struct campaign campaign = running("us-federal", PURPOSE_COLLECTIONS);
	uint64_t first = LEAD("+12125550123", new_york, "person\0P1\0debt\0D1");

	(void)state;
	start(&campaign);
	test_now_us = NEW_YORK_NOON_US;
	for (int i = 0; i < 7; i++, test_now_us += HOUR_US)
		ends(allowed(), OUTCOME_NO_ANSWER, true, false, "");
	denied(first, "us-federal/reg-f-7-in-7");
	LEAD("+13055550123", new_york, "person\0P1\0debt\0D2");
	ends(allowed(), OUTCOME_NO_ANSWER, true, false, "");
	assert_int_equal(explain(first).reason, CLAIM_LIMIT);
}

static void FRQ_1_not_within_seven_days_after_a_conversation(void **state)
{
	struct campaign campaign = running("us-federal", PURPOSE_COLLECTIONS);
	uint64_t id = LEAD("+12125550123", new_york, "person\0P1\0debt\0D1"), again;

	(void)state;
	start(&campaign);
	test_now_us = NEW_YORK_NOON_US;
	ends(allowed(), OUTCOME_CONNECTED, true, true, "promise");
	assert_int_equal(explain(id).reason, CLAIM_DONE);
	again = LEAD("+13055550123", new_york, "person\0P1\0debt\0D1");
	denied(again, "us-federal/reg-f-after-conversation");
	test_now_us = NEW_YORK_NOON_US + 7 * DAY_US - 13 * HOUR_US; /* Sunday 23:00 is the seventh day */
	assert_int_equal(explain(again).reason, CLAIM_LIMIT);
	assert_int_equal(explain(again).until_us, NEW_YORK_NOON_US + 7 * DAY_US - 12 * HOUR_US);
	test_now_us = NEW_YORK_NOON_US + 7 * DAY_US;
	allowed();
}

/* H6: what did not reach the dialled number is no call; what rang, was blocked or is not known is one. */
static void FRQ_1_exclusions_by_result(void **state)
{
	static const struct {
		enum outcome outcome;
		bool rang, counts;
	} table[] = {{OUTCOME_BUSY, false, false}, {OUTCOME_BUSY, true, true}, {OUTCOME_DEAD_NUMBER, false, false},
		{OUTCOME_DEAD_NUMBER, true, true}, {OUTCOME_CONGESTION, false, false}, {OUTCOME_CONGESTION, true, true},
		{OUTCOME_TRUNK_SILENT, false, false}, {OUTCOME_TRUNK_REFUSED, false, false}, {OUTCOME_NO_ANSWER, true, true},
		{OUTCOME_NO_ANSWER, false, true}, {OUTCOME_BLOCKED, false, true}, {OUTCOME_REJECTED, false, true},
		{OUTCOME_CANCELLED, true, true}};

	(void)state;
	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct attempt attempt = {.outcome = table[i].outcome, .invite_us = 1, .ringing_us = table[i].rang};
		uint32_t events = limits_events(&attempt);

		assert_true(events & EVENT_ATTEMPT);
		assert_int_equal(!(events & EVENT_NOT_CONNECTED), table[i].counts);
	}
	assert_int_equal(limits_events(&(struct attempt){.outcome = OUTCOME_CANCELLED}), 0); /* the INVITE never left */
	assert_int_equal(limits_events(&(struct attempt){.outcome = OUTCOME_SKIPPED}), 0);
	assert_int_equal(limits_events(&(struct attempt){.outcome = OUTCOME_UNKNOWN_CRASH}), EVENT_OPEN);
}

#define EDGE_CASES 20000

struct edge {
	struct prng prng;
	uint64_t subject;
	uint32_t refused; /* cases in which the rule said no */
};

/*
 * One person, some attempts near the edge of the span (and far from it): the answer is that of whoever counts them to the
 * microsecond.
 */
static void edge_case(struct db_txn *txn, struct edge *edge, const struct rule *rule)
{
	const struct tz *zones[] = {tz_get("UTC")};
	struct ledger_who who = {.person = ++edge->subject};
	int64_t now_us = NEW_YORK_NOON_US + (int64_t)prng_below(&edge->prng, 10 * SEC_US), from_us = now_us - rule->span.us;
	uint32_t count = (uint32_t)prng_below(&edge->prng, 2 * rule->limit + 2), within = 0;
	struct ledger_view view;

	for (uint32_t i = 1; i <= count; i++) {
		int64_t wide_us = prng_below(&edge->prng, 4) ? 2 * SEC_US : rule->span.us;
		struct ledger_entry entry = {.attempt = i, .events = EVENT_ATTEMPT, .count = 1};

		entry.at_us = from_us - wide_us + (int64_t)prng_below(&edge->prng, (uint64_t)(2 * wide_us));
		entry.at_us = entry.at_us > now_us ? now_us : entry.at_us;
		within += entry.at_us > from_us;
		ledger_put(txn, who.person, &entry);
	}
	ledger_read(txn, &who, now_us - limits_span_us(&rule, 1), &view);
	struct limits_question question = {.rules = &rule,
		.rule_count = 1,
		.entries = view.entries,
		.entry_count = view.count,
		.who = &who,
		.role = "debtor",
		.zones = zones,
		.zone_count = 1,
		.now_us = now_us};
	struct limits_answer answer = limits_ask(&question);

	if ((answer.rule != NULL) != (within >= rule->limit))
		fail_msg("case %llu: %u of %u attempts are within the span, and the rule says %s",
			(unsigned long long)edge->subject, within, count, answer.rule ? "no" : "yes");
	if (!answer.rule)
		return;
	edge->refused++;
	question.now_us = answer.until_us - 1;
	assert_non_null(limits_ask(&question).rule);
	question.now_us = answer.until_us;
	assert_null(limits_ask(&question).rule);
}

static int edge_in(struct db_txn *txn, void *arg)
{
	static const struct rule rules[] = {{.kind = RULE_LIMIT, .events = EVENT_ATTEMPT, .limit = 7, .span = {.us = 7 * DAY_US}},
		{.kind = RULE_LIMIT, .events = EVENT_ATTEMPT, .limit = 3, .span = {.us = DAY_US}}};

	for (int i = 0; i < EDGE_CASES; i++)
		edge_case(txn, arg, &rules[i % 2]);
	return 0;
}

static void FRQ_1_FRQ_2_no_span_ends_a_second_early(void **state)
{
	struct edge edge = {.subject = 1000};

	(void)state;
	prng_seed(&edge.prng, 7);
	assert_int_equal(db_change(test_store->db, edge_in, &edge), 0);
	assert_in_range(edge.refused, EDGE_CASES / 10, EDGE_CASES * 9 / 10);
}

static void FRQ_2_the_fourth_in_24_hours_over_all_numbers(void **state)
{
	struct campaign campaign = running("us-federal,us-states", PURPOSE_TELEMARKETING), other_campaign = second(&campaign);
	struct terms terms = {.seller = "ACME", .offer = "solar"};
	char why[WHY_BYTES];
	uint64_t id = LEAD("+13055550101,+13055550102,+13055550103,+13055550104", new_york, "person\0P1");

	(void)state;
	assert_int_equal(terms_put(test_store, campaign.id, &terms, why), 0);
	start(&campaign);
	test_now_us = NEW_YORK_NOON_US - 2 * HOUR_US;
	for (int i = 0; i < 3; i++, test_now_us += HOUR_US)
		ends(allowed(), OUTCOME_NO_ANSWER, true, false, "");
	denied(id, "us-states/florida-3-in-24");
	assert_int_equal(terms_put(test_store, other_campaign.id, &terms, why), 0);
	uint64_t same = add_lead(other_campaign.list, "+13055550105", new_york, FIELDS("person\0P1"));
	uint64_t other = add_lead(other_campaign.list, "+13055550106,+13055550103", new_york, FIELDS("person\0P2"));

	start(&other_campaign);
	assert_string_equal(explain(same).rule, "us-states/florida-3-in-24"); /* another campaign of the seller */
	assert_int_equal(explain(same).reason, CLAIM_LIMIT);
	assert_int_equal(explain(other).reason, CLAIM_OK); /* shares a number: one of the three */
	terms.offer[0] = 'p'; /* another subject matter */
	assert_int_equal(terms_put(test_store, campaign.id, &terms, why), 0);
	assert_int_equal(explain(id).reason, CLAIM_NOT_DUE); /* it was put back for the rule, which no longer speaks */
}

static void FRQ_3_connected_calls_a_day_with_those_of_others(void **state)
{
	struct campaign campaign = running("china-collections", PURPOSE_COLLECTIONS);
	uint64_t id = LEAD("+8613800000001,+8613800000002", test_shanghai, "person\0P1");

	(void)state;
	start(&campaign);
	test_now_us = TEST_MONDAY_NOON_US;
	ends(allowed(), OUTCOME_MACHINE, true, true, "");
	ends(allowed(), OUTCOME_MACHINE, true, true, "");
	assert_int_equal(explain(id).reason, CLAIM_OK);
	struct ledger_note note = {.person = "P1", .at_us = test_now_us, .events = EVENT_CONNECTED, .count = 1};
	uint32_t added;

	assert_int_equal(ledger_notes(test_store, &note, 1, &added), 0);
	assert_int_equal(added, 1);
	denied(id, "china-collections/3-connected-a-day");
	assert_int_equal(ledger_notes(test_store, &note, 1, &added), 0); /* the same file twice changes nothing */
	assert_int_equal(added, 0);
	assert_int_equal(explain(id).until_us, TEST_MONDAY_NOON_US + 12 * HOUR_US); /* midnight, then the window */
	test_now_us = TEST_MONDAY_NOON_US + 12 * HOUR_US;
	assert_int_equal(explain(id).reason, CLAIM_WINDOW);
	assert_int_equal(claim_one(campaign.id).id, 0);
	test_now_us = TEST_MONDAY_NOON_US + 20 * HOUR_US + 60 * SEC_US;
	allowed();
}

static void FRQ_3_six_attempts_a_number_and_day(void **state)
{
	struct campaign campaign = running("china-collections", PURPOSE_COLLECTIONS);
	uint64_t id = LEAD("+8613800000001,+8613800000002", test_shanghai, "person\0P1");
	int first = 0;

	(void)state;
	start(&campaign);
	for (int i = 0; i < 12; i++, test_now_us += 60 * SEC_US) {
		struct attempt attempt = allowed();

		first += strcmp(attempt.e164, "+8613800000001") == 0;
		ends(attempt, OUTCOME_NO_ANSWER, true, false, "");
	}
	assert_int_equal(first, 6); /* when one number is used up, the other is dialled */
	denied(id, "china-collections/6-attempts-a-day");
}

/*
 * Two persons share a number: what another agency tried with each is counted at the number, also when its table gives only the
 * day.
 */
static void FRQ_3_what_others_tried_at_a_shared_number(void **state)
{
	struct campaign campaign = running("china-collections", PURPOSE_COLLECTIONS);
	uint64_t id = LEAD("+8613800000001", test_shanghai, "person\0P1");
	struct ledger_note notes[2] = {
		{.person = "P1", .e164 = "+8613800000001", .at_us = test_now_us, .events = EVENT_ATTEMPT, .count = 3}};
	uint32_t added;

	(void)state;
	start(&campaign);
	notes[1] = notes[0];
	strcpy(notes[1].person, "P2");
	assert_int_equal(ledger_notes(test_store, notes, 2, &added), 0);
	assert_int_equal(added, 2);
	denied(id, "china-collections/6-attempts-a-day");
	assert_int_equal(ledger_notes(test_store, notes, 2, &added), 0);
	assert_int_equal(added, 0);
}

static void FRQ_3_third_parties_only_while_the_debtor_is_lost(void **state)
{
	struct campaign campaign = running("china-collections", PURPOSE_COLLECTIONS);
	uint64_t friend = LEAD("+8613800000003", test_shanghai, "person\0P1\0role\0third_party");
	struct ledger_note note = {.person = "P1", .events = EVENT_LOST_CONTACT, .count = 1};
	uint32_t added;

	(void)state;
	start(&campaign);
	denied(friend, "china-collections/third-party-lost");
	LEAD("+8613800000004", test_shanghai, "person\0P2\0role\0third_party\0lost_contact\0letter of 2026-10-01");
	ends(allowed(), OUTCOME_NO_ANSWER, true, false, "");
	note.at_us = test_now_us;
	assert_int_equal(ledger_notes(test_store, &note, 1, &added), 0);
	assert_int_equal(explain(friend).reason, CLAIM_NOT_DUE); /* it was put back, and is asked again then */
	test_now_us += HOUR_US + SEC_US;
	assert_int_equal(explain(friend).reason, CLAIM_OK);
}

/* However the role is written: what is not the debtor's own is not called while the debtor can be reached. */
static void FRQ_3_any_other_role_is_a_third_party(void **state)
{
	struct campaign campaign = running("china-collections", PURPOSE_COLLECTIONS);

	uint64_t others[] = {LEAD("+8613800000003", test_shanghai, "person\0P1\0role\0Third Party"),
		LEAD("+8613800000004", test_shanghai, "person\0P2\0role\0第三人"),
		LEAD("+8613800000005", test_shanghai, "person\0P3\0role\0emergency_contact"),
		LEAD("+8613800000006", test_shanghai, "person\0P4\0role\0spouse")};

	(void)state;
	LEAD("+8613800000007", test_shanghai, "person\0P5\0role\0DEBTOR");
	start(&campaign);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(explain(others[i]).reason, CLAIM_LIMIT);
	assert_string_equal(allowed().e164, "+8613800000007");
}

static void FRQ_4_four_in_thirty_days_and_sixty_after_a_refusal(void **state)
{
	struct campaign campaign = running("france", PURPOSE_TELEMARKETING), other_campaign = second(&campaign);
	const int64_t ten_us = (INT64_C(1794819600) + 2 * 3600) * SEC_US; /* Monday 2026-11-16, 11:00 in Paris */
	uint64_t id = LEAD("+33123456789", paris, "person\0P1"), other;
	uint32_t calls = 0;

	(void)state;
	start(&campaign);
	for (int day = 0; day < 30; day++) {
		struct attempt attempt;

		test_now_us = ten_us + day * DAY_US;
		attempt = claim_one(campaign.id);
		calls += attempt.id != 0;
		if (attempt.id)
			ends(attempt, OUTCOME_NO_ANSWER, true, false, "");
	}
	assert_int_equal(calls, 4);
	assert_string_equal(explain(id).rule, "france/4-in-30-days");
	test_now_us = ten_us + 30 * DAY_US; /* Wednesday */
	ends(allowed(), OUTCOME_CONNECTED, true, true, "refused");
	other = add_lead(other_campaign.list, "+33123456780,+33123456789", paris, FIELDS("person\0P9"));
	start(&other_campaign);
	assert_string_equal(explain(other).rule, "france/after-refusal"); /* the number is his */
	test_now_us = ten_us + 89 * DAY_US;
	assert_int_equal(explain(other).reason, CLAIM_LIMIT);
	test_now_us = ten_us + 91 * DAY_US;
	assert_int_equal(explain(other).reason, CLAIM_OK);
}

/* A second list and campaign: the 72 hours are the person's, not the lead's. */
static void ABN_7_abandoned_rests_72_hours_unless_a_seat_is_reserved(void **state)
{
	struct campaign campaign = running("uk", PURPOSE_TELEMARKETING), other_campaign = second(&campaign);
	uint64_t again;
	char why[WHY_BYTES];

	(void)state;
	LEAD("+447700900123", london, "person\0P1");
	start(&campaign);
	test_now_us = NEW_YORK_NOON_US;
	ends(allowed(), OUTCOME_ABANDONED, true, true, "");
	again = add_lead(other_campaign.list, "+447700900123,+447700900124", london, FIELDS("person\0P2"));
	start(&other_campaign);
	denied(again, "uk/after-abandoned");
	test_now_us = NEW_YORK_NOON_US + 72 * HOUR_US - SEC_US;
	denied(again, "uk/after-abandoned");
	assert_int_equal(claim_one(other_campaign.id).id, 0);
	other_campaign.mode = CAMPAIGN_PREVIEW; /* the agent is there before the call */
	assert_int_equal(campaign_update(test_store, &other_campaign, why), 0);
	assert_int_not_equal(explain(again).reason, CLAIM_LIMIT);
}

/* --- FRQ_5 */

static int ledger_count_in(struct db_txn *txn, void *arg)
{
	*(uint64_t *)arg = db_count(txn, T_LEDGER);
	return 0;
}

static uint64_t ledger_count(void)
{
	uint64_t count;

	assert_int_equal(db_change(test_store->db, ledger_count_in, &count), 0);
	return count;
}

static int undone_in(struct db_txn *txn, void *arg)
{
	claim_in(txn, arg);
	return ERR_WRONG_STATE;
}

static void FRQ_5_the_count_is_in_the_intents_transaction(void **state)
{
	struct campaign campaign = running("us-federal", PURPOSE_COLLECTIONS);
	struct claim_test call = {.campaign = 1, .count = 1};

	(void)state;
	LEAD("+12125550123", new_york, "person\0P1\0debt\0D1");
	start(&campaign);
	test_now_us = NEW_YORK_NOON_US;
	assert_int_equal(db_change(test_store->db, undone_in, &call), ERR_WRONG_STATE);
	assert_int_equal(call.got, 1);
	assert_int_equal(ledger_count(), 0); /* neither intent nor count */
	allowed();
	assert_int_equal(ledger_count(), 2); /* under the person and under the number */
	test_reopen();
	assert_int_equal(ledger_count(), 2);
}

struct summed {
	uint64_t person, attempt;
	uint32_t events;
};

struct log_reader {
	struct summed rows[512];
	uint32_t count;
};

static struct summed *row_of(struct log_reader *reader, uint64_t attempt)
{
	for (uint32_t i = 0; i < reader->count; i++)
		if (reader->rows[i].attempt == attempt)
			return &reader->rows[i];
	return &reader->rows[reader->count++];
}

/* What the log says of one attempt, with nothing but the log. */
static void read_line(struct log_reader *reader, struct doc *line)
{
	const char *event = doc_text(line, "event", "");
	struct attempt attempt = {.ringing_us = doc_i64(line, "ringing_us", 0),
		.answer_us = doc_i64(line, "answer_us", 0),
		.seat_us = doc_i64(line, "seat_us", 0),
		.invite_us = doc_i64(line, "invite_us", 0)};
	struct summed *row;

	if (strcmp(event, "intent") == 0) {
		row = row_of(reader, (uint64_t)doc_i64(line, "attempt", 0));
		*row = (struct summed){.person = strtoull(doc_text(line, "person", ""), NULL, 16),
			.attempt = (uint64_t)doc_i64(line, "attempt", 0), .events = EVENT_OPEN};
	}
	if (strcmp(event, "outcome") == 0) {
		row = row_of(reader, (uint64_t)doc_i64(line, "attempt", 0));
		attempt.outcome = outcome_by_name(doc_text(line, "outcome", ""));
		snprintf(attempt.disposition, sizeof(attempt.disposition), "%s", doc_text(line, "disposition", ""));
		row->events = limits_events(&attempt);
	}
}

static int read_log_in(struct db_txn *txn, void *arg)
{
	struct db_key from = db_key_empty(), key;
	struct db_view view;
	bool there = db_seek(txn, T_LOG, &from, &key, &view);

	for (; there; there = db_step(txn, T_LOG, &key, &view)) {
		char text[PERSONAL_LINE_BYTES];

		test_opened((const char *)view.data, view.bytes, text, sizeof(text));
		struct doc *line = doc_parse(text, strlen(text), NULL, 0);

		assert_non_null(line);
		read_line(arg, line);
		doc_free(line);
	}
	return 0;
}

static int compare_in(struct db_txn *txn, void *arg)
{
	struct log_reader *reader = arg;
	uint32_t alive = 0;

	for (uint32_t i = 0; i < reader->count; i++) {
		struct ledger_who who = {.person = reader->rows[i].person};
		struct ledger_view view;
		uint32_t k = 0;

		ledger_read(txn, &who, 0, &view);
		while (k < view.count && view.entries[k].attempt != reader->rows[i].attempt)
			k++;
		assert_int_equal(k < view.count, reader->rows[i].events != 0);
		if (k < view.count)
			assert_int_equal(view.entries[k].events, reader->rows[i].events);
		alive += k < view.count;
	}
	assert_true(alive > 100);
	return 0;
}

/* 300 random attempts of 20 persons; the ledger is what the log adds up to. */
static void FRQ_5_the_ledger_is_recomputed_from_the_log(void **state)
{
	static const enum outcome outcomes[] = {
		OUTCOME_NO_ANSWER, OUTCOME_BUSY, OUTCOME_MACHINE, OUTCOME_CANCELLED, OUTCOME_REJECTED, OUTCOME_CONNECTED};
	static struct log_reader reader;
	struct campaign campaign = running("", PURPOSE_TELEMARKETING);
	struct prng prng;

	(void)state;
	prng_seed(&prng, 7);
	reader.count = 0;
	for (int i = 0; i < 300; i++) {
		char number[20], fields[] = "person\0Pxx";

		snprintf(number, sizeof(number), "+8613800000%03d", i);
		snprintf(fields + 8, 3, "%02d", i % 20);
		add_lead(campaign.list, number, test_shanghai, fields, sizeof(fields));
	}
	start(&campaign);
	for (int i = 0; i < 300; i++, test_now_us += 7 * SEC_US) {
		struct attempt attempt = claim_one(1);
		enum outcome outcome = outcomes[prng_u64(&prng) % 6];
		bool rang = prng_u64(&prng) % 2;

		if (!attempt.id || prng_u64(&prng) % 8 == 0)
			continue; /* stays under way */
		ends(attempt, outcome, rang, outcome == OUTCOME_MACHINE || outcome == OUTCOME_CONNECTED,
			outcome == OUTCOME_CONNECTED && rang ? "refused" : "");
	}
	assert_int_equal(db_change(test_store->db, read_log_in, &reader), 0);
	assert_int_equal(db_change(test_store->db, compare_in, &reader), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(FRQ_1_the_eighth_call_in_seven_days), TEST(FRQ_1_another_debt_counts_apart),
		TEST(FRQ_1_not_within_seven_days_after_a_conversation), TEST(FRQ_1_exclusions_by_result),
		TEST(FRQ_1_FRQ_2_no_span_ends_a_second_early), TEST(FRQ_2_the_fourth_in_24_hours_over_all_numbers),
		TEST(FRQ_3_connected_calls_a_day_with_those_of_others), TEST(FRQ_3_six_attempts_a_number_and_day),
		TEST(FRQ_3_third_parties_only_while_the_debtor_is_lost), TEST(FRQ_3_any_other_role_is_a_third_party),
		TEST(FRQ_3_what_others_tried_at_a_shared_number), TEST(FRQ_4_four_in_thirty_days_and_sixty_after_a_refusal),
		TEST(ABN_7_abandoned_rests_72_hours_unless_a_seat_is_reserved),
		TEST(FRQ_5_the_count_is_in_the_intents_transaction), TEST(FRQ_5_the_ledger_is_recomputed_from_the_log)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
