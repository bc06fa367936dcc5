/*
 * ua_login.c - digest as the client: which challenge is answered, and the one that is answered before it is asked
 *
 * What    A gateway's last challenge is remembered by gateway and user, so that the next INVITE carries credentials at once and
 *         half of
 * the messages are saved. A server that gives a nonce for one use answers 401 with stale=true or a new nonce: one more try, as
 * without memory. A challenge is answered once a request, and once more when it says that only the nonce was old.
 */
#include "dialer/ua_leg.h"

#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool nonce_is(const struct nonce *nonce, const struct login *login)
{
	return nonce->used && !strcmp(nonce->user, login->user) && !strcmp(nonce->gateway, login->gateway);
}

static struct nonce *nonce_find(struct ua *ua, const struct login *login)
{
	for (int i = 0; i < NONCES_MAX; i++)
		if (nonce_is(&ua->nonces[i], login))
			return &ua->nonces[i];
	return NULL;
}

/* The login's place: its own, or the one that was not used for the longest time. */
static struct nonce *nonce_take(struct ua *ua, const struct login *login)
{
	struct nonce *oldest = &ua->nonces[0], *found = nonce_find(ua, login);
	if (found)
		return found;
	for (int i = 1; i < NONCES_MAX; i++)
		if (ua->nonces[i].used < oldest->used)
			oldest = &ua->nonces[i];
	memset(oldest, 0, sizeof(*oldest));
	text_copy(oldest->user, sizeof(oldest->user), login->user);
	text_copy(oldest->gateway, sizeof(oldest->gateway), login->gateway);
	return oldest;
}

int login_take(struct leg *leg, const struct ua_invite *invite)
{
	if (!invite->auth_user)
		return 0;
	struct login *login = leg->login = calloc(1, sizeof(*leg->login));
	if (!login)
		return -ENOMEM;
	snprintf(login->gateway, sizeof(login->gateway), "%s:%u", invite->host, invite->port);
	bool fits = text_copy(login->user, sizeof(login->user), invite->auth_user) &&
		    text_copy(login->secret, sizeof(login->secret), invite->auth_secret ? invite->auth_secret : "");
	return fits ? 0 : ERR_RANGE;
}

static size_t print_header(const struct login *login, struct digest *challenge, bool proxy, const char *method, const char *uri,
	char *out, size_t size)
{
	char value[DIGEST_HEADER_MAX];
	challenge->nc++;
	if (digest_answer(challenge, login->user, login->secret, method, uri, NULL, value, sizeof(value)))
		return 0;
	int length = snprintf(out, size, "%s: %s\r\n", proxy ? "Proxy-Authorization" : "Authorization", value);
	if (length > 0 && (size_t)length < size)
		return (size_t)length;
	*out = 0;
	return 0;
}

void login_headers(struct leg *leg, const char *method, const char *uri, char *out, size_t size)
{
	struct nonce *nonce = leg->login ? nonce_find(leg->ua, leg->login) : NULL;
	size_t at = 0;
	*out = 0;
	for (int proxy = 0; nonce && proxy < 2; proxy++)
		if (nonce->known[proxy])
			at += print_header(leg->login, &nonce->challenge[proxy], proxy, method, uri, out + at, size - at);
	if (nonce)
		nonce->used = ++leg->ua->serial;
}

bool login_learn(struct leg *leg, enum login_use use, const struct wire_message *message)
{
	struct digest challenge;
	bool proxy = message->proxy_auth;
	if (!leg->login || (message->code != 401 && message->code != 407) || digest_parse(message->auth, &challenge))
		return false;
	uint8_t *answered = &leg->login->answered[use][proxy];
	if (*answered && (*answered > 1 || !challenge.stale))
		return false;
	++*answered;
	struct nonce *nonce = nonce_take(leg->ua, leg->login);
	challenge.nc = 0;
	nonce->challenge[proxy] = challenge;
	nonce->known[proxy] = true;
	nonce->used = ++leg->ua->serial;
	leg->ua->counters.challenges++;
	return true;
}
