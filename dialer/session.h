/*
 * session.h - session timers: who refreshes a call, how often, and when it is dead (pure: no I/O, no clock)
 *
 * What    A call whose far end vanished without a BYE ends when nobody refreshes it. Both sides agree on an interval and a
 *         refresher in Session-Expires; the refresher speaks at half of it, the other side waits until shortly before its end.
 * Units   *_s seconds, *_us microseconds; an interval of 0 means: no session timer.
 * Source  RFC 4028, sections 7 (UAC), 9 (UAS, table 2), 10 (refresh and expiry).
 */
#ifndef OUTDIAL_DIALER_SESSION_H
#define OUTDIAL_DIALER_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SESSION_SANE_S 4 /* an answer of less is taken for SESSION_MIN_S */
#define SESSION_MIN_S 90 /* no interval may be shorter (RFC 4028, 5) */
#define SESSION_MAX_S 86400
#define SESSION_HEADERS_MAX 128

enum session_refresher { SESSION_ANY, SESSION_UAC, SESSION_UAS };

/* What a message said. */
struct session_said {
	uint32_t interval_s, min_s; /* Session-Expires, Min-SE; 0: not there */
	enum session_refresher refresher;
	bool supported; /* "timer" is in Supported */
};

/* What we want of a call; raised by session_raise(). */
struct session_terms {
	uint32_t interval_s, min_s;
	enum session_refresher refresher; /* as we would like it, in requests of ours */
};

/* What was agreed. */
struct session {
	uint32_t interval_s;
	bool ours; /* we refresh */
};

/* Header lines of a request of ours; "" without an interval. */
void session_ask(const struct session_terms *terms, char out[SESSION_HEADERS_MAX]);
/* A 422 asked for a longer interval: true when the terms follow it and another try is of use. */
bool session_raise(struct session_terms *terms, const struct session_said *said);
/* What the 2xx to a request of ours made of the session. */
void session_agree(const struct session_said *said, struct session *session);
/*
 * Their request, our 2xx: fills the session and the header lines ("" for no session). False: the interval is too short, and `out`
 * has the Min-SE of a 422.
 */
bool session_meet(const struct session_terms *terms, const struct session_said *said, struct session *session,
	char out[SESSION_HEADERS_MAX]);
/* From the last refresh: when we refresh, or when the call is dead. 0: never. */
int64_t session_due_us(const struct session *session);

#endif
