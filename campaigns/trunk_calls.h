/*
 * trunk_calls.h - how a carrier wants its calls: reliable provisionals, session timers, who makes the offer, who the caller is
 * said to be
 *
 * What    One record a trunk in a table of its own (T_TRUNK_CALLS); a trunk without one has the defaults: nothing of all this.
 * Source  RFC 3262 (100rel), 4028 (session timers), 3261 13.2.1 (INVITE without a description), 3325 (P-Asserted-Identity), 3323
 *         (Privacy), 8224 (Identity).
 */
#ifndef OUTDIAL_CAMPAIGNS_TRUNK_CALLS_H
#define OUTDIAL_CAMPAIGNS_TRUNK_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#define TRUNK_SESSION_S_MIN 90
#define TRUNK_SESSION_S_MAX 86400

enum rel100_mode { REL100_OFF, REL100_SUPPORTED, REL100_REQUIRED, REL100_MODES };
enum refresh_mode { REFRESH_ANY, REFRESH_US, REFRESH_THEM, REFRESH_MODES };
/* The header that repeats the caller id: none, P-Asserted-Identity (a trusted trunk), P-Preferred-Identity. */
enum assert_mode { ASSERT_NONE, ASSERT_ASSERTED, ASSERT_PREFERRED, ASSERT_MODES };

struct trunk_calls {
	enum rel100_mode rel100;
	uint32_t session_s;     /* Session-Expires that is asked for; 0: none */
	uint32_t session_min_s; /* Min-SE; 0: 90 */
	enum refresh_mode refresh;
	bool delayed_offer; /* INVITE without a description */
	enum assert_mode assert_by;
	char assert_host[100];   /* in that header's URI; empty: our address */
	bool private_id;         /* Privacy: id */
	char identity_file[200]; /* its first line is sent as the Identity header; empty: none */
};

const char *rel100_name(enum rel100_mode mode);
const char *refresh_name(enum refresh_mode mode);
const char *assert_name(enum assert_mode mode);
/* False: no mode has that name. */
bool rel100_parse(const char *text, enum rel100_mode *out);
bool refresh_parse(const char *text, enum refresh_mode *out);
bool assert_parse(const char *text, enum assert_mode *out);
/* ERR_RANGE with a sentence in why (160 bytes). */
int trunk_calls_check(const struct trunk_calls *calls, char *why);

#endif
