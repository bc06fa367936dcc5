/* manner.c - see manner.h */
#include "dialer/manner.h"

#include "base/err.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define IDENTITY_BYTES_MAX 3000

struct manner_text {
	char *out;
	size_t at;
	bool full;
};

static void __attribute__((format(printf, 2, 3))) manner_put(struct manner_text *text, const char *fmt, ...)
{
	va_list args;
	size_t room = MANNER_HEADERS_MAX - text->at;

	va_start(args, fmt);
	int n = vsnprintf(text->out + text->at, room, fmt, args);
	va_end(args);
	text->full |= n < 0 || (size_t)n >= room;
	text->at += text->full ? 0 : (size_t)n;
}

static void manner_assert(
	struct manner_text *text, const struct trunk_calls *calls, const char *host, const struct ua_invite *invite)
{
	const char *name = calls->assert_by == ASSERT_ASSERTED ? "P-Asserted-Identity" : "P-Preferred-Identity";
	const char *quote = invite->from_name ? "\"" : "", *space = invite->from_name ? " " : "";
	bool bare = strchr(host, ':') && *host != '[' && strchr(host, ':') != strrchr(host, ':'); /* an IPv6 address */

	if (calls->assert_by == ASSERT_NONE || !invite->from_user[0])
		return;
	manner_put(text, bare ? "%s: %s%s%s%s<sip:%s@[%s]>\r\n" : "%s: %s%s%s%s<sip:%s@%s>\r\n", name, quote,
		invite->from_name ? invite->from_name : "", quote, space, invite->from_user, host);
}

/* The first line without its end; printable bytes only, so that nothing but one header comes of it. */
static int manner_read(const char *path, char line[IDENTITY_BYTES_MAX])
{
	FILE *file = fopen(path, "re");

	if (!file)
		return -errno;
	bool there = fgets(line, IDENTITY_BYTES_MAX, file);

	fclose(file);
	size_t length = there ? strcspn(line, "\r\n") : 0;

	if (!length || !line[length]) /* empty, or longer than the buffer */
		return ERR_SYNTAX;
	line[length] = '\0';
	for (const char *at = line; *at; at++)
		if (iscntrl((unsigned char)*at))
			return ERR_SYNTAX;
	return 0;
}

static int manner_identity(struct manner_text *text, const char *path)
{
	char line[IDENTITY_BYTES_MAX];

	if (!*path)
		return 0;
	int err = manner_read(path, line);

	if (!err)
		manner_put(text, "Identity: %s\r\n", line);
	return err;
}

int manner_apply(const struct trunk_calls *calls, const char *host, struct ua_invite *invite, char headers[MANNER_HEADERS_MAX])
{
	static const enum ua_rel100 rel100[REL100_MODES] = {UA_REL100_OFF, UA_REL100_SUPPORTED, UA_REL100_REQUIRED};
	static const enum ua_refresher refresher[REFRESH_MODES] = {UA_REFRESH_ANY, UA_REFRESH_US, UA_REFRESH_THEM};
	struct manner_text text = {.out = headers};

	*headers = '\0';
	manner_assert(&text, calls, *calls->assert_host ? calls->assert_host : host, invite);
	if (calls->private_id)
		manner_put(&text, "Privacy: id\r\n");
	int err = manner_identity(&text, calls->identity_file);

	invite->rel100 = rel100[calls->rel100];
	invite->session_s = calls->session_s;
	invite->session_min_s = calls->session_min_s;
	invite->refresher = refresher[calls->refresh];
	if (calls->delayed_offer)
		invite->sdp = NULL;
	invite->headers = *headers ? headers : NULL;
	return err ? err : text.full ? ERR_RANGE : 0;
}
