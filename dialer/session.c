/* session.c - the rules of RFC 4028 as functions of what both sides said */
#include "dialer/session.h"

#include "base/clock.h"

#include <stdio.h>

#define SPARE_S_MAX 32 /* the side that waits hangs up so long before the end, or a third of the interval */

static const char *const session_names[] = {"", ";refresher=uac", ";refresher=uas"};

void session_ask(const struct session_terms *terms, char out[SESSION_HEADERS_MAX])
{
	*out = 0;
	if (terms->interval_s)
		snprintf(out, SESSION_HEADERS_MAX, "Session-Expires: %u%s\r\nMin-SE: %u\r\n", terms->interval_s,
			session_names[terms->refresher], terms->min_s);
}

bool session_raise(struct session_terms *terms, const struct session_said *said)
{
	if (!terms->interval_s || said->min_s <= terms->min_s || said->min_s > SESSION_MAX_S)
		return false;
	terms->min_s = said->min_s;
	if (terms->interval_s < said->min_s)
		terms->interval_s = said->min_s;
	return true;
}

static uint32_t session_bounded(uint32_t interval_s)
{
	return interval_s > SESSION_MAX_S ? SESSION_MAX_S : interval_s;
}

/*
 * The RFC has no session shorter than SESSION_MIN_S. An answer that says so all the same is obeyed down to SESSION_SANE_S,
 * because the other side will hang up when it is not refreshed in time; below that it is nonsense, and would end the call at
 * once.
 */
void session_agree(const struct session_said *said, struct session *session)
{
	bool too_short = said->interval_s && said->interval_s < SESSION_SANE_S;

	session->interval_s = too_short ? SESSION_MIN_S : session_bounded(said->interval_s);
	session->ours = said->refresher != SESSION_UAS;
}

/* RFC 4028, table 2: a caller that does not know session timers cannot refresh. */
static bool session_caller_refreshes(const struct session_said *said)
{
	return said->supported && said->refresher != SESSION_UAS;
}

bool session_meet(const struct session_terms *terms, const struct session_said *said, struct session *session,
	char out[SESSION_HEADERS_MAX])
{
	uint32_t interval_s = said->interval_s ? said->interval_s : terms->interval_s;
	uint32_t min_s = terms->min_s > SESSION_MIN_S ? terms->min_s : SESSION_MIN_S;
	bool caller = session_caller_refreshes(said);

	*out = 0;
	if (said->interval_s && said->interval_s < min_s && said->supported) {
		snprintf(out, SESSION_HEADERS_MAX, "Min-SE: %u", min_s);
		return false;
	}
	if (interval_s && interval_s < said->min_s)
		interval_s = said->min_s;
	if (interval_s && interval_s < min_s)
		interval_s = min_s;
	*session = (struct session){.interval_s = session_bounded(interval_s), .ours = !caller};
	if (session->interval_s)
		snprintf(out, SESSION_HEADERS_MAX, "%sSession-Expires: %u%s", caller ? "Require: timer\r\n" : "",
			session->interval_s, session_names[caller ? SESSION_UAC : SESSION_UAS]);
	return true;
}

int64_t session_due_us(const struct session *session)
{
	uint32_t spare_s = session->interval_s / 3 < SPARE_S_MAX ? session->interval_s / 3 : SPARE_S_MAX;

	return session->ours ? session->interval_s / 2 * SEC_US : (session->interval_s - spare_s) * SEC_US;
}
