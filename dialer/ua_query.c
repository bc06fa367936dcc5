/* ua_query.c - one request outside of calls: OPTIONS to see whether a gateway lives, REGISTER */
#include "dialer/ua_leg.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "dialer/hash.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUERIES_MAX 256

struct query {
	struct wire_dialog dialog;
	struct ua *ua;
	struct query *next, **link;
	struct timer timer;
	uint64_t cookie;
	struct wire_query wire;
	char user[96], domain[100], host[46], call_id[80], auth_user[96], secret[128];
	bool answered; /* a challenge */
};

static void query_free(struct query *query)
{
	struct ua *ua = query->ua;

	*query->link = query->next;
	if (query->next)
		query->next->link = query->link;
	ua->queries_count--;
	wheel_cancel(&ua->wheel, &query->timer);
	wire_dialog_free(&query->dialog);
	hash_wipe(query->secret, sizeof(query->secret));
	free(query);
}

void query_end_all(struct ua *ua)
{
	while (ua->queries)
		query_free(ua->queries);
}

static void query_finish(struct query *query, struct ua_event *event)
{
	struct ua *ua = query->ua;

	event->kind = UA_EV_REPLY;
	event->cookie = query->cookie;
	event->call_id = event->reason = "";
	query_free(query);
	ua->options.event(ua->options.arg, event);
}

static void query_late(void *arg)
{
	struct ua_event event = {.code = 408, .local = true, .phrase = "No Response"};

	query_finish(arg, &event);
}

static int query_send(struct query *query)
{
	wheel_arm(&query->ua->wheel, &query->timer, clock_us() + query->ua->options.trying_us, query_late, query);
	return wire_query(query->ua->wire, &query->wire, &query->dialog);
}

/* Once more with credentials; one challenge is answered. */
static bool query_again(struct query *query, const struct wire_message *message)
{
	char uri[160], value[DIGEST_HEADER_MAX], header[DIGEST_HEADER_MAX + 32];
	struct digest challenge;

	if (query->answered || !query->auth_user[0] || (message->code != 401 && message->code != 407) ||
		digest_parse(message->auth, &challenge))
		return false;
	wire_query_uri(&query->wire, uri, sizeof(uri));
	if (digest_answer(&challenge, query->auth_user, query->secret, query->wire.registers ? "REGISTER" : "OPTIONS", uri, NULL,
		    value, sizeof(value)))
		return false;
	snprintf(header, sizeof(header), "%s: %s\r\n", message->proxy_auth ? "Proxy-Authorization" : "Authorization", value);
	query->answered = true;
	query->wire.cseq++;
	query->wire.headers = header;
	int err = query_send(query);
	query->wire.headers = NULL;
	return !err;
}

void query_replied(void *arg, const struct wire_message *message)
{
	struct query *query = arg;
	struct ua_event event = {.code = message->code,
		.local = message->internal,
		.phrase = message->phrase,
		.retry_after_s = message->retry_after_s,
		.expires_s = message->expires_s,
		.min_expires_s = message->min_expires_s};

	if (!query_again(query, message))
		query_finish(query, &event);
}

static bool query_fill(struct query *query, const struct ua_query *in)
{
	query->wire = (struct wire_query){.registers = in->registers,
		.user = query->user,
		.host = query->host,
		.domain = in->domain && *in->domain ? query->domain : NULL,
		.call_id = query->call_id,
		.port = in->port,
		.cseq = in->cseq ? in->cseq : 1,
		.expires_s = in->expires_s};
	if (in->call_id)
		text_copy(query->call_id, sizeof(query->call_id), in->call_id);
	else
		snprintf(query->call_id, sizeof(query->call_id), "%s-%llu", query->ua->seed,
			(unsigned long long)++query->ua->serial);
	return ua_transport(in->transport, &query->wire.via) && ua_literal(in->host) && in->port &&
	       text_copy(query->host, sizeof(query->host), in->host) &&
	       text_copy(query->domain, sizeof(query->domain), in->domain ? in->domain : "") &&
	       text_copy(query->user, sizeof(query->user), in->user ? in->user : "") &&
	       ua_user_fine(query->user, !in->registers) &&
	       text_copy(query->auth_user, sizeof(query->auth_user), in->auth_user ? in->auth_user : "") &&
	       text_copy(query->secret, sizeof(query->secret), in->auth_secret ? in->auth_secret : "");
}

int ua_query(struct ua *ua, const struct ua_query *in)
{
	struct query *query = ua->queries_count < QUERIES_MAX ? calloc(1, sizeof(*query)) : NULL;

	if (!query)
		return ua->queries_count < QUERIES_MAX ? -ENOMEM : ERR_FULL;
	query->ua = ua;
	query->dialog.leg = query;
	query->cookie = in->cookie;
	query->next = ua->queries;
	query->link = &ua->queries;
	if (query->next)
		query->next->link = &query->next;
	ua->queries = query;
	ua->queries_count++;
	if (!query_fill(query, in) || query_send(query)) {
		query_free(query);
		return ERR_RANGE;
	}
	return 0;
}
