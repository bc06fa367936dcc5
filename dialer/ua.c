/* ua.c - the user agent's face: opening, stepping, counting */
#include "dialer/ua.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/random.h"
#include "base/text.h"
#include "dialer/hash.h"
#include "dialer/ua_leg.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TRYING_US (5 * SEC_US)
#define ACK_US (33 * SEC_US)
#define WAIT_US_MAX (50 * MS_US) /* while a timer of ours is armed: further ones are not looked for */
#define IDLE_US_MAX (1 * SEC_US)
#define UNHEARD_MAX 2000 /* INVITEs without a provisional: the library's list of them costs O(n^2) */
#define LEGS_SPARE 64

static bool let_in(void *arg, const char *ip)
{
	struct ua *ua = arg;
	return !ua->options.allow || ua->options.allow(ua->options.arg, ip);
}

static const struct wire_handlers handlers = {
	.allow = let_in,
	.knock = in_knock,
	.response = out_response,
	.bye_done = out_bye_done,
	.request = in_request,
	.settled = in_settled,
	.asked = mid_asked,
	.replied = query_replied,
};

/* --- open and close */

static int set_up(struct ua *ua, const struct ua_options *options)
{
	uint8_t seed[8];
	ua->options = *options;
	if (!ua->options.trying_us)
		ua->options.trying_us = TRYING_US;
	if (!text_copy(ua->ip, sizeof(ua->ip), options->ip) ||
		!text_copy(ua->realm, sizeof(ua->realm), options->realm ? options->realm : ""))
		return ERR_RANGE;
	ua->options.realm = ua->realm;
	wheel_init(&ua->wheel, clock_us());
	if (random_bytes(ua->nonce_key, sizeof(ua->nonce_key)) || random_bytes(seed, sizeof(seed)) ||
		random_bytes(&ua->guess.seed, sizeof(ua->guess.seed)))
		return ERR_CRYPTO;
	text_hex(seed, sizeof(seed), ua->seed);
	ua->nonces = calloc(NONCES_MAX, sizeof(*ua->nonces));
	if (!ua->nonces)
		return -ENOMEM;
	return pool_init(&ua->legs, options->legs_max + options->legs_max / 2 + LEGS_SPARE, sizeof(struct leg));
}

int ua_open(struct ua **out, const struct ua_options *options, char *why)
{
	struct ua *ua = calloc(1, sizeof(*ua));
	if (!ua)
		return -ENOMEM;
	struct wire_options wire = {.ip = ua->ip,
		.port = options->port,
		.tls_port = options->tls_port,
		.user_agent = options->user_agent,
		.invites_max = options->legs_max,
		.handlers = &handlers,
		.arg = ua};
	if (why)
		*why = 0;
	int err = set_up(ua, options);
	if (!err)
		err = wire_open(&ua->wire, &wire, why);
	if (!err && options->relics)
		err = relics_start(ua, options->relics);
	if (err) {
		if (why && !*why)
			snprintf(why, 160, "SIP user agent: %s", err_text(err));
		ua_close(ua);
		return err;
	}
	*out = ua;
	return 0;
}

void ua_close(struct ua *ua)
{
	uint32_t at = 0;
	uint64_t handle;
	struct leg *leg;
	if (!ua)
		return;
	while (ua->legs.items && (leg = pool_next(&ua->legs, &at, &handle)))
		leg_free(leg);
	query_end_all(ua);
	relics_stop(ua);
	wire_close(ua->wire);
	pool_fini(&ua->legs);
	hash_wipe(ua->nonce_key, sizeof(ua->nonce_key));
	free(ua->nonces);
	free(ua);
}

int ua_fd(const struct ua *ua)
{
	return wire_fd(ua->wire);
}

uint16_t ua_port(const struct ua *ua)
{
	return wire_port(ua->wire);
}

int ua_need_tls(const struct ua *ua, char *why)
{
	return wire_need_tls(ua->wire, why);
}

int64_t ua_step(struct ua *ua)
{
	int64_t wait_us = wire_step(ua->wire, clock_us());
	wheel_turn(&ua->wheel, clock_us());
	int64_t most_us = ua->wheel.armed ? wheel_wait_us(&ua->wheel, clock_us(), WAIT_US_MAX) : IDLE_US_MAX;
	return wait_us < most_us ? wait_us : most_us;
}

/* --- calls out */

bool ua_user_fine(const char *user, bool empty_fine)
{
	size_t length = user ? strlen(user) : 0;
	if (!length)
		return empty_fine;
	return length < 96 &&
	       strspn(user, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-_.!~*'()&=$,") == length;
}

/* Text that cannot leave its header: printable, and none of `not`. */
static bool text_fine(const char *text, const char * not, size_t length_max)
{
	size_t length = 0;
	for (; text && text[length]; length++)
		if (iscntrl((unsigned char)text[length]) || strchr(not, text[length]))
			return false;
	return length <= length_max;
}

bool ua_literal(const char *host)
{
	unsigned char bits[16];
	return host && (inet_pton(AF_INET, host, bits) == 1 || inet_pton(AF_INET6, host, bits) == 1);
}

bool ua_transport(const char *name, enum wire_transport *via)
{
	*via = !name ? WIRE_UDP : !strcasecmp(name, "tcp") ? WIRE_TCP : !strcasecmp(name, "tls") ? WIRE_TLS : WIRE_UDP;
	return !name || *via != WIRE_UDP || !strcasecmp(name, "udp");
}

static int to_wire(const struct ua_invite *in, struct wire_invite *out)
{
	*out = (struct wire_invite){.to_user = in->to_user,
		.host = in->host,
		.port = in->port,
		.from_user = in->from_user && *in->from_user ? in->from_user : "anonymous",
		.from_name = in->from_name,
		.sdp = in->sdp,
		.domain = in->domain && *in->domain ? in->domain : NULL,
		.from_domain = in->from_domain && *in->from_domain ? in->from_domain : NULL};
	bool fine = ua_user_fine(in->to_user, false) && ua_user_fine(in->from_user, true) && ua_literal(in->host) && in->port &&
		    ua_transport(in->transport, &out->via) && text_fine(in->from_name, "\"\\<>", 100) &&
		    text_fine(in->call_id, " \t<>\"\\,;", 200) && text_fine(out->domain, " \"\\<>@;?", 99) &&
		    text_fine(out->from_domain, " \"\\<>@;?", 99);
	return fine ? 0 : ERR_RANGE;
}

static char *make_call_id(struct ua *ua, const char *given)
{
	char *made;
	if (given && *given)
		return strdup(given);
	return asprintf(&made, "%s-%" PRIu64 "@%s", ua->seed, ++ua->serial, ua->ip) < 0 ? NULL : made;
}

/* The further header lines of an INVITE: the owner's, 100rel, session timer, credentials. To be freed; NULL: no memory. */
static char *invite_headers(struct leg *leg, const struct ua_invite *invite, const struct wire_invite *wire)
{
	static const char *const rel100[] = {"", "100rel", "100rel"};
	char uri[256], session[SESSION_HEADERS_MAX], login[LOGIN_HEADERS_MAX] = "", *made;
	const char *rel = rel100[invite->rel100], *timer = leg->terms.interval_s ? "timer" : "";
	bool supports = *rel || *timer;
	session_ask(&leg->terms, session);
	if (leg->login) {
		wire_invite_uri(wire, uri, sizeof(uri));
		login_headers(leg, "INVITE", uri, login, sizeof(login));
		leg->ua->counters.preauthorised += *login != 0;
	}
	return asprintf(&made, "%s%s%s%s%s%s%s%s%s", invite->headers ? invite->headers : "", supports ? "Supported: " : "", rel,
		       *rel && *timer ? ", " : "", timer, supports ? "\r\n" : "",
		       invite->rel100 == UA_REL100_REQUIRED ? "Require: 100rel\r\n" : "", session, login) < 0
		       ? NULL
		       : made;
}

static void take_terms(struct leg *leg, const struct ua_invite *invite)
{
	static const enum session_refresher refreshers[] = {SESSION_ANY, SESSION_UAC, SESSION_UAS};
	uint32_t min_s = invite->session_min_s > SESSION_MIN_S ? invite->session_min_s : SESSION_MIN_S;
	if (invite->session_s)
		leg->terms = (struct session_terms){.interval_s = invite->session_s > min_s ? invite->session_s : min_s,
			.min_s = min_s,
			.refresher = refreshers[invite->refresher]};
}

static int send_invite(struct ua *ua, struct leg *leg, const struct ua_invite *invite, struct wire_invite *wire)
{
	leg->cookie = invite->cookie;
	leg->state = LEG_CALLING;
	leg->placed = true;
	leg->offerless = !invite->sdp;
	take_terms(leg, invite);
	leg->call_id = make_call_id(ua, invite->call_id);
	wire->call_id = leg->call_id;
	int err = leg->call_id ? login_take(leg, invite) : -ENOMEM;
	if (err)
		return err;
	char *headers = invite_headers(leg, invite, wire);
	if (!headers)
		return -ENOMEM;
	wire->headers = *headers ? headers : NULL;
	mid_said(leg, invite->sdp);
	err = wire_invite(ua->wire, wire, &leg->dialog, &leg->call) ? ERR_RANGE : 0;
	free(headers);
	return err;
}

int ua_invite(struct ua *ua, const struct ua_invite *invite, uint64_t *handle)
{
	struct wire_invite wire;
	int err = to_wire(invite, &wire);
	if (err)
		return err;
	struct leg *leg = ua->unheard < UNHEARD_MAX ? leg_take(ua) : NULL;
	if (!leg)
		return ERR_FULL;
	err = send_invite(ua, leg, invite, &wire);
	if (err) {
		leg_free(leg);
		return err;
	}
	ua->counters.invites_out++;
	leg_mark_unheard(leg);
	relic_calling(leg);
	leg_arm(leg, ua->options.trying_us, out_trying_late);
	*handle = leg->handle;
	return 0;
}

int ua_cancel(struct ua *ua, uint64_t handle, const char *reason)
{
	struct leg *leg = leg_owned(ua, handle);
	if (!leg)
		return ERR_UNKNOWN;
	if (leg->state != LEG_CALLING || !text_fine(reason, "", 200))
		return ERR_WRONG_STATE;
	leg->state = LEG_CANCELLING;
	wire_cancel(leg->call, reason);
	return 0;
}

/* --- both directions */

int ua_bye(struct ua *ua, uint64_t handle, const char *reason)
{
	struct leg *leg = leg_owned(ua, handle);
	if (!leg)
		return ERR_UNKNOWN;
	if (!text_fine(reason, "", 200) || (leg->state != LEG_UP && leg->state != LEG_ANSWERED))
		return ERR_WRONG_STATE;
	if (leg->state == LEG_UP) {
		leg_bye(leg, reason);
		return 0;
	}
	leg->bye_wanted = true; /* RFC 3261, 15: not before the ACK */
	leg->state = LEG_ENDING;
	return 0;
}

/* --- calls in */

int ua_progress(struct ua *ua, uint64_t handle, int code, const char *sdp)
{
	struct leg *leg = leg_owned(ua, handle);
	if (!leg)
		return ERR_UNKNOWN;
	if (leg->state != LEG_RINGING || code < 101 || code > 199)
		return ERR_WRONG_STATE;
	leg->replied = true;
	return wire_reply(ua->wire, leg->request, code, NULL, sdp, NULL) ? ERR_WRONG_STATE : 0;
}

static int answer_reoffer(struct ua *ua, struct leg *leg, const char *sdp)
{
	char headers[SESSION_HEADERS_MAX];
	struct wire_request *request = leg->reoffer;
	leg->reoffer = NULL;
	leg->agreeing = true;
	mid_agree(leg, headers);
	mid_said(leg, sdp);
	if (leg->state == LEG_UP)
		wire_refresh(&leg->dialog, request);
	return wire_reply(ua->wire, request, 200, NULL, sdp, *headers ? headers : NULL) ? ERR_WRONG_STATE : 0;
}

/* Their offer came in a response: our answer goes into its PRACK or ACK, as soon as the owner's handler returns. */
static int answer_offer(struct leg *leg, const char *sdp)
{
	free(leg->answer);
	leg->answer = sdp ? strdup(sdp) : NULL;
	mid_said(leg, sdp);
	return leg->answer ? 0 : ERR_WRONG_STATE;
}

int ua_answer(struct ua *ua, uint64_t handle, const char *sdp)
{
	char headers[SESSION_HEADERS_MAX];
	struct leg *leg = leg_owned(ua, handle);
	if (!leg)
		return ERR_UNKNOWN;
	if (leg->offering)
		return answer_offer(leg, sdp);
	if (leg->reoffer)
		return answer_reoffer(ua, leg, sdp);
	if (leg->state != LEG_RINGING)
		return ERR_WRONG_STATE;
	leg->replied = true;
	leg->state = LEG_ANSWERED;
	ua->counters.answered++;
	relic_up(leg);
	leg_arm(leg, ACK_US, in_ack_late);
	mid_agree(leg, headers);
	mid_said(leg, sdp);
	return wire_reply(ua->wire, leg->request, 200, NULL, sdp, *headers ? headers : NULL) ? ERR_WRONG_STATE : 0;
}

int ua_offer(struct ua *ua, uint64_t handle, const char *sdp)
{
	struct leg *leg = leg_owned(ua, handle);
	if (!leg)
		return ERR_UNKNOWN;
	return leg->state == LEG_UP && sdp ? mid_offer(leg, sdp) : ERR_WRONG_STATE;
}

int ua_reject(struct ua *ua, uint64_t handle, int code, const char *phrase)
{
	struct leg *leg = leg_owned(ua, handle);
	if (!leg)
		return ERR_UNKNOWN;
	if (code < 300 || code > 699 || !text_fine(phrase, "", 100) || (!leg->reoffer && leg->state != LEG_RINGING))
		return ERR_WRONG_STATE;
	struct wire_request *request = leg->reoffer ? leg->reoffer : leg->request;
	wire_reply(ua->wire, request, code, phrase, NULL, NULL);
	if (leg->reoffer)
		leg->reoffer = NULL;
	else
		leg_free(leg);
	return 0;
}

void ua_set_cookie(struct ua *ua, uint64_t handle, uint64_t cookie)
{
	struct leg *leg = leg_alive(ua, handle);
	if (leg)
		leg->cookie = cookie;
}

void ua_counters(const struct ua *ua, struct ua_counters *out)
{
	struct wire_counters wire;
	wire_counted(ua->wire, &wire);
	*out = ua->counters;
	out->bytes_refused = wire.bytes_refused;
	out->strangers = wire.strangers;
	out->malformed = wire.malformed;
}
