/*
 * pacing_names.c - words for events and reasons
 */
#include "pacing/pacing.h"

const char *pacing_event_name(enum pacing_event event)
{
	static const char *const names[] = {
		[PACING_DIALLED] = "dialled",
		[PACING_ANSWERED] = "answered",
		[PACING_PERSON] = "person",
		[PACING_MACHINE] = "machine",
		[PACING_NO_ANSWER] = "no answer",
		[PACING_BUSY] = "busy",
		[PACING_DEAD] = "dead number",
		[PACING_FAILED] = "failed",
		[PACING_CONNECTED] = "connected",
		[PACING_ABANDONED] = "abandoned",
		[PACING_CANCELLED] = "cancelled",
		[PACING_MACHINE_SEAT] = "machine to seat",
		[PACING_WRAP] = "wrap-up",
		[PACING_READY] = "ready",
		[PACING_LEFT] = "left",
		[PACING_LOST] = "lost",
	};

	return (unsigned)event < sizeof(names) / sizeof(names[0]) ? names[event] : "unknown";
}

const char *pacing_reason_name(enum pacing_reason reason)
{
	static const char *const names[] = {
		[PACING_BY_NOTHING] = "nothing",
		[PACING_BY_SEATS] = "seats",
		[PACING_BY_BUDGET] = "budget",
		[PACING_BY_LINES] = "lines",
		[PACING_BY_TOKENS] = "tokens",
		[PACING_BY_LEADS] = "leads",
		[PACING_BY_WINDOW] = "window",
		[PACING_BY_LEARNING] = "learning",
	};

	return (unsigned)reason < sizeof(names) / sizeof(names[0]) ? names[reason] : "unknown";
}
