/*
 * manner.h - how a trunk wants its calls: what of trunk_calls.h goes into an INVITE
 *
 * What    Fills an INVITE's 100rel, session timer and header lines: who the caller is said to be, privacy, and the Identity
 *         header, whose value a signing service keeps in a file (this program signs nothing). The file is read for each call, so
 *         that it may be renewed at any time.
 * Errors  -errno when the Identity file cannot be read, ERR_SYNTAX when its first line is no header value, ERR_RANGE when the
 *         lines do not fit.
 */
#ifndef OUTDIAL_DIALER_MANNER_H
#define OUTDIAL_DIALER_MANNER_H

#include "campaigns/campaigns.h"
#include "dialer/ua.h"

#define MANNER_HEADERS_MAX 4096

/* `host` is our own address; invite->from_user and from_name are set already. invite->headers then points to `headers`. */
int manner_apply(const struct trunk_calls *calls, const char *host, struct ua_invite *invite, char headers[MANNER_HEADERS_MAX]);

#endif
