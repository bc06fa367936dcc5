/* outcome.c - tables of outcomes and dispositions, and SIP codes to outcomes */
#include "campaigns/outcome.h"

#include "campaigns/cause.h"

#include <string.h>

#define MINUTE_S 60
#define HOUR_S 3600
#define DAY_S 86400

/* name, live, abandoned, worked, number_dead, lead_done, retry_s, sentence */
static const struct outcome_facts outcome_table[OUTCOME_COUNT] = {
	[OUTCOME_NONE] = {"none", false, false, false, false, false, HOUR_S, "not finished"},
	[OUTCOME_CONNECTED] = {"connected", true, false, true, false, true, DAY_S, "a person talked with a seat"},
	[OUTCOME_ABANDONED] = {"abandoned", true, true, false, false, false, 3 * DAY_S,
		"a person answered, no seat was free in time: the message was played"},
	[OUTCOME_ABANDONED_LATE] = {"abandoned_late", true, true, true, false, true, 3 * DAY_S,
		"a person reached a seat later than the law allows: counts as abandoned"},
	[OUTCOME_HUNG_UP_EARLY] = {"hung_up_early", false, false, true, false, false, 4 * HOUR_S,
		"answered and hung up before the verdict or the seat"},
	[OUTCOME_MACHINE] = {"machine", false, false, true, false, false, 4 * HOUR_S,
		"an answering machine or voice mail answered"},
	[OUTCOME_FAX] = {"fax", false, false, true, true, false, MINUTE_S, "a fax or modem answered"},
	[OUTCOME_SCREENER] = {"screener", false, false, true, false, false, 4 * HOUR_S, "a call screening assistant answered"},
	[OUTCOME_SILENT] = {"silent", false, false, true, false, false, 2 * HOUR_S, "answered, and nothing was heard"},
	[OUTCOME_NO_ANSWER] = {"no_answer", false, false, true, false, false, 2 * HOUR_S, "it rang and nobody answered"},
	[OUTCOME_BUSY] = {"busy", false, false, true, false, false, 10 * MINUTE_S, "the line was busy"},
	[OUTCOME_REJECTED] = {"rejected", false, false, true, false, false, DAY_S, "the called person declined the call"},
	[OUTCOME_BLOCKED] = {"blocked", false, false, false, false, false, DAY_S,
		"the analytics of a network blocked the call (603+)", true},
	[OUTCOME_DEAD_NUMBER] = {"dead_number", false, false, true, true, false, MINUTE_S, "the number is not in service"},
	[OUTCOME_CONGESTION] = {"congestion", false, false, false, false, false, 5 * MINUTE_S,
		"the network or the trunk was overloaded"},
	[OUTCOME_TRUNK_SILENT] = {"trunk_silent", false, false, false, false, false, 5 * MINUTE_S,
		"the trunk did not answer the INVITE"},
	[OUTCOME_TRUNK_REFUSED] = {"trunk_refused", false, false, false, false, false, 15 * MINUTE_S,
		"the trunk refused the call: credentials, codec or configuration"},
	[OUTCOME_CANCELLED] = {"cancelled", false, false, false, false, false, 10 * MINUTE_S, "the engine took the call back"},
	[OUTCOME_SEAT_LOST] = {"seat_lost", true, false, true, false, false, HOUR_S, "the seat's line was lost during the talk"},
	[OUTCOME_UNKNOWN_CRASH] = {"unknown_crash", false, false, false, false, false, 3 * DAY_S,
		"the engine ended during the attempt: what became of it is not known"},
	[OUTCOME_VOICEMAIL] = {"voicemail", false, false, true, false, false, DAY_S,
		"a machine answered and the campaign's message was left"},
	[OUTCOME_SKIPPED] = {"skipped", false, false, false, false, false, HOUR_S,
		"the agent saw the lead and did not call: no attempt"},
	[OUTCOME_UNWANTED] = {"unwanted", false, false, true, false, true, DAY_S,
		"the called person marked the call as unwanted (607)", true},
	[OUTCOME_FILTERED] = {"filtered", false, false, false, false, false, DAY_S,
		"a service in between rejected the call on the called person's behalf (608)", true},
	[OUTCOME_ANNOUNCEMENT] = {"announcement", false, false, true, false, false, 4 * HOUR_S,
		"a network's announcement spoke instead of a person"},
	[OUTCOME_MESSAGE] = {"message", false, false, true, false, true, DAY_S,
		"answered, and the campaign's message was played"},
};

const struct outcome_facts *outcome_facts(enum outcome outcome)
{
	return &outcome_table[(unsigned)outcome < OUTCOME_COUNT ? outcome : OUTCOME_NONE];
}

enum outcome outcome_by_name(const char *name)
{
	for (unsigned i = 0; i < OUTCOME_COUNT; i++)
		if (strcmp(outcome_table[i].name, name) == 0)
			return (enum outcome)i;
	return OUTCOME_COUNT;
}

static const struct {
	int code;
	enum outcome outcome;
} outcome_codes[] = {
	{486, OUTCOME_BUSY},
	{600, OUTCOME_BUSY},
	{404, OUTCOME_DEAD_NUMBER},
	{410, OUTCOME_DEAD_NUMBER},
	{416, OUTCOME_DEAD_NUMBER},
	{484, OUTCOME_DEAD_NUMBER},
	{485, OUTCOME_DEAD_NUMBER},
	{604, OUTCOME_DEAD_NUMBER},
	{408, OUTCOME_NO_ANSWER},
	{480, OUTCOME_NO_ANSWER},
	{487, OUTCOME_NO_ANSWER},
	{603, OUTCOME_REJECTED},
	{607, OUTCOME_UNWANTED},
	{608, OUTCOME_FILTERED},
	{401, OUTCOME_TRUNK_REFUSED},
	{403, OUTCOME_TRUNK_REFUSED},
	{407, OUTCOME_TRUNK_REFUSED},
	{415, OUTCOME_TRUNK_REFUSED},
	{488, OUTCOME_TRUNK_REFUSED},
	{606, OUTCOME_TRUNK_REFUSED},
};

enum outcome outcome_of_sip(int code, const char *phrase, const char *reason)
{
	struct cause cause;

	cause_read(code, phrase, reason, NULL, &cause);
	if (cause.blocked)
		return OUTCOME_BLOCKED;
	for (unsigned i = 0; i < sizeof(outcome_codes) / sizeof(outcome_codes[0]); i++)
		if (outcome_codes[i].code == code)
			return outcome_codes[i].outcome;
	return OUTCOME_CONGESTION;
}

static const struct disposition outcome_dispositions[] = {
	{'1', "contact", DISPOSITION_NOTHING, "spoke with the right person"},
	{'2', "promise", DISPOSITION_NOTHING, "promised to pay"},
	{'3', "refused", DISPOSITION_NOTHING, "refused to pay"},
	{'4', "callback", DISPOSITION_RETRY, "asked to be called again"},
	{'5', "wrong_number", DISPOSITION_NUMBER_DEAD, "the number belongs to somebody else"},
	{'6', "dispute", DISPOSITION_NOTHING, "disputes the matter"},
	{'7', "paid", DISPOSITION_NOTHING, "has paid already"},
	{'8', "other", DISPOSITION_NOTHING, "something else"},
	{'9', "do_not_call", DISPOSITION_DNC, "does not want to be called: the number goes on the do-not-call list"},
	{'0', "machine", DISPOSITION_MACHINE, "it was a machine"},
	{'p', "personal_callback", DISPOSITION_RETRY_OWN, "asked to be called again by the same agent"},
};

const struct disposition *disposition_by_digit(char digit)
{
	for (unsigned i = 0; i < sizeof(outcome_dispositions) / sizeof(outcome_dispositions[0]); i++)
		if (outcome_dispositions[i].digit == digit)
			return &outcome_dispositions[i];
	return NULL;
}

const struct disposition *disposition_by_name(const char *name)
{
	for (unsigned i = 0; i < sizeof(outcome_dispositions) / sizeof(outcome_dispositions[0]); i++)
		if (strcmp(outcome_dispositions[i].name, name) == 0)
			return &outcome_dispositions[i];
	return NULL;
}
