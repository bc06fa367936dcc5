/* test_store.h - a store in a folder of its own, with a campaign that may dial at any hour (for tests/unit/test_*.c) */
#ifndef OUTDIAL_TESTS_UNIT_TEST_STORE_H
#define OUTDIAL_TESTS_UNIT_TEST_STORE_H

#include "tests/unit/test_files.h"

#include "base/clock.h"
#include "base/err.h"
#include "campaigns/callerid.h"
#include "campaigns/explain.h"
#include "campaigns/personal.h"
#include "campaigns/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char test_dir[64];
static struct store *test_store;
static int64_t test_now_us;

static const char *const test_shanghai[] = {"Asia/Shanghai", NULL};

#define TEST_MONDAY_NOON_US (INT64_C(1794801600) * SEC_US) /* 2026-11-16 04:00 UTC: Monday 12:00 in Shanghai */

/* The path of a file in the store's folder, good for three more calls. */
static inline const char *test_path(const char *name)
{
	static char paths[4][160];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", test_dir, name);
	return path;
}

/* Writes the text into a file of the store's folder; its path. */
static inline const char *test_file(const char *name, const char *text)
{
	const char *path = test_path(name);

	file_put_text(path, text);
	return path;
}

static inline void test_reopen(void)
{
	store_close(test_store);
	assert_int_equal(store_open(&test_store, test_dir, STORE_WRITE, NULL), 0);
}

static inline int test_setup(void **state)
{
	(void)state;
	test_now_us = TEST_MONDAY_NOON_US;
	clock_fake(&test_now_us);
	strcpy(test_dir, "/tmp/outdial-test-XXXXXX");
	return mkdtemp(test_dir) && store_open(&test_store, test_dir, STORE_CREATE, NULL) == 0 ? 0 : -1;
}

static inline int test_teardown(void **state)
{
	char command[128];

	(void)state;
	clock_fake(NULL);
	store_close(test_store);
	test_store = NULL;
	snprintf(command, sizeof(command), "rm -rf '%s'", test_dir);
	return system(command);
}

/* A line of the log as its readers see it, with its personal fields, ended by NUL. */
static inline void test_opened(const char *line, size_t bytes, char *out, size_t size)
{
	struct personal_reader *reader;
	struct line_head head;

	assert_int_equal(personal_reader_open(&reader, test_dir), 0);
	if (line_parse_head(line, bytes, &head))
		line = personal_line(reader, &head, line, &bytes);
	assert_true(bytes < size);
	memcpy(out, line, bytes);
	out[bytes] = '\0';
	personal_reader_close(reader);
}

static inline struct trunk test_trunk(void)
{
	struct trunk trunk = {
		.name = "t", .host = "127.0.0.1", .port = 5060, .transport = "udp", .calls_max = 100, .cps_max = 50};

	return trunk;
}

static inline struct seat test_seat(void)
{
	struct seat seat = {
		.login = "a1", .name = "Agent 1", .team = "red", .realm = "outdial", .ha1 = "0123456789abcdef0123456789abcdef"};

	return seat;
}

/* Trunk, seat and list "l" are made; the campaign is stored, with a window that is always open. */
static inline struct campaign test_campaign(void)
{
	struct trunk trunk = test_trunk();
	struct seat seat = test_seat();
	struct campaign campaign;
	char why[WHY_BYTES] = "";

	assert_int_equal(trunk_put(test_store, &trunk, true, why), 0);
	assert_int_equal(seat_put(test_store, &seat, true, why), 0);
	campaign_defaults(&campaign);
	strcpy(campaign.name, "c");
	strcpy(campaign.team, "red");
	strcpy(campaign.trunk, "t");
	strcpy(campaign.caller_id, "+862112345678");
	campaign.window = (struct window){0, 1440, 0x7f};
	assert_int_equal(list_create(test_store, "l", "CN", &campaign.list, why), 0);
	assert_int_equal(campaign_create(test_store, &campaign, why), 0);
	return campaign;
}

/* What the check says of the lead now; its sentences in text (640 bytes) unless NULL. */
static inline enum claim_reason test_ask(const struct campaign *campaign, uint64_t lead, char *text)
{
	struct explanation answer;
	struct lead record;

	assert_int_equal(lead_get(test_store, lead, &record), 0);
	assert_int_equal(explain_lead(test_store, campaign, &record, test_now_us, &answer), 0);
	if (text)
		strcpy(text, answer.text);
	return answer.reason;
}

/* A record of the right to use its caller id, as a campaign with rule packs needs it. */
static inline void test_right(const struct campaign *campaign)
{
	struct callerid id;

	callerid_defaults(&id);
	strcpy(id.number, campaign->caller_id);
	strcpy(id.proof, "contract-17");
	id.minute_max = id.day_max = id.week_max = 1000000;
	assert_int_equal(callerid_put(test_store, &id, false, NULL), 0);
}

/* One lead with these numbers ("+1...,+2..."), its id. */
static inline uint64_t test_lead_with(
	uint32_t list, const char *numbers, uint16_t priority, const char *const *zones, const char *fields, size_t fields_bytes)
{
	struct lead lead = {.priority = priority};
	struct lead_batch *batch;
	bool duplicate;
	char copy[128], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", numbers);
	for (char *one = strtok_r(copy, ",", &save); one; one = strtok_r(NULL, ",", &save))
		snprintf(lead.phones[lead.phone_count++].e164, NUMBER_BYTES, "%s", one);
	memcpy(lead.fields, fields, fields_bytes);
	lead.fields_bytes = (uint16_t)fields_bytes;
	assert_int_equal(lead_batch_open(test_store, list, &batch), 0);
	assert_int_equal(lead_batch_add(batch, &lead, zones, &duplicate), 0);
	assert_int_equal(lead_batch_close(batch, 1, 0, duplicate), 0);
	if (duplicate)
		return 0;
	snprintf(copy, sizeof(copy), "%s", lead.phones[0].e164);
	lead.id = 0;
	do
		assert_int_equal(lead_by_number(test_store, copy, lead.id, &lead), 0);
	while (lead.list != list);
	return lead.id;
}

static inline uint64_t test_lead(uint32_t list, const char *numbers, uint16_t priority, const char *const *zones)
{
	return test_lead_with(list, numbers, priority, zones, "name\0Li", 8);
}

#endif
