/*
 * pacing_names.c - words for reasons
 */
#include "pacing/pacing.h"

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
