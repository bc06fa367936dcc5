/* wire.c - see tests/unit/test_wire.h: a wire that keeps what was sent last, in the place of dialer/ua_sofia*.c */
#include "tests/unit/test_wire.h"

struct wire w;

int wire_tokens[3];

static void keep(const char *headers, const char *sdp)
{
	text_copy(w.headers, sizeof(w.headers), headers ? headers : "");
	text_copy(w.sdp, sizeof(w.sdp), sdp ? sdp : "");
}

int wire_open(struct wire **wire, const struct wire_options *options, char *why)
{
	(void)why;
	w = (struct wire){.handlers = options->handlers, .arg = options->arg};
	*wire = &w;
	return 0;
}

void wire_close(struct wire *wire)
{
	(void)wire;
}

int wire_fd(const struct wire *wire)
{
	(void)wire;
	return -1;
}

uint16_t wire_port(const struct wire *wire)
{
	(void)wire;
	return 5060;
}

int64_t wire_step(struct wire *wire, int64_t at_us)
{
	(void)wire;
	(void)at_us;
	return INT64_MAX;
}

void wire_counted(const struct wire *wire, struct wire_counters *out)
{
	(void)wire;
	memset(out, 0, sizeof(*out));
}

int wire_need_tls(const struct wire *wire, char *why)
{
	(void)wire;
	(void)why;
	return 0;
}

int wire_query(struct wire *wire, const struct wire_query *query, struct wire_dialog *dialog)
{
	(void)wire;
	(void)query;
	(void)dialog;
	return ERR_RANGE;
}

void wire_query_uri(const struct wire_query *query, char *out, size_t size)
{
	(void)query;
	*out = 0;
	(void)size;
}

void wire_invite_uri(const struct wire_invite *invite, char *out, size_t size)
{
	snprintf(out, size, "sip:%s@%s:%u", invite->to_user, invite->host, invite->port);
}

int wire_invite(struct wire *wire, const struct wire_invite *invite, struct wire_dialog *dialog, struct wire_call **call)
{
	keep(invite->headers, invite->sdp);
	wire->invites++;
	wire->leg = dialog->leg;
	wire->dialog = dialog;
	*call = (struct wire_call *)&wire_tokens[0];
	return 0;
}

int wire_invite_again(struct wire_dialog *dialog, struct wire_call **call, const char *headers)
{
	(void)dialog;
	(void)call;
	keep(headers, w.sdp);
	w.agains++;
	return 0;
}

int wire_call_uri(const struct wire_call *call, char *out, size_t size)
{
	(void)call;
	snprintf(out, size, "sip:1@127.0.0.1:5070");
	return 0;
}

int wire_confirm(struct wire_dialog *dialog, struct wire_call *call, const char *sdp, int64_t at_us)
{
	(void)dialog;
	(void)call;
	(void)at_us;
	keep("", sdp);
	w.acks++;
	return 0;
}

int wire_prack(struct wire_dialog *dialog, const char *headers, const char *sdp)
{
	(void)dialog;
	keep(headers, sdp);
	w.pracks++;
	return 0;
}

int wire_prack_uri(const struct wire_dialog *dialog, char *out, size_t size)
{
	return wire_target(dialog, out, size);
}

int wire_cancel(struct wire_call *call, const char *reason)
{
	(void)call;
	(void)reason;
	w.cancels++;
	return 0;
}

void wire_drop(struct wire_call *call)
{
	(void)call;
}

int wire_bye(struct wire_dialog *dialog, const char *reason, const char *headers)
{
	(void)dialog;
	keep(headers, NULL);
	text_copy(w.reason, sizeof(w.reason), reason ? reason : "");
	w.byes++;
	return 0;
}

int wire_target(const struct wire_dialog *dialog, char *out, size_t size)
{
	(void)dialog;
	snprintf(out, size, "sip:far@127.0.0.1:5070");
	return 0;
}

int wire_ask(struct wire_dialog *dialog, enum wire_method method, const char *headers, const char *sdp)
{
	dialog->ask = &wire_tokens[1];
	keep(headers, sdp);
	w.asked = method;
	w.asks++;
	return 0;
}

int wire_accept(struct wire *wire, struct wire_request *request, const struct wire_message *message, struct wire_dialog *dialog)
{
	(void)request;
	(void)message;
	wire->leg = dialog->leg;
	wire->dialog = dialog;
	return 0;
}

int wire_relic_call(const struct wire_dialog *dialog, const struct wire_call *call, struct relic *out)
{
	(void)dialog, (void)call, (void)out;
	return -EPROTO;
}

int wire_relic_up(const struct wire_dialog *dialog, struct wire_request *request, struct relic *out)
{
	(void)dialog, (void)request, (void)out;
	return -EPROTO;
}

int wire_end_relic(struct wire *wire, const struct relic *relic, struct wire_dialog *dialog)
{
	(void)wire, (void)relic, (void)dialog;
	return -EPROTO;
}

void wire_dialog_free(struct wire_dialog *dialog)
{
	(void)dialog;
}

void wire_keep(struct wire_request *request, struct wire_dialog *dialog)
{
	(void)request;
	(void)dialog;
}

void wire_forget(struct wire_request *request)
{
	(void)request;
}

int wire_reply(struct wire *wire, struct wire_request *request, int code, const char *phrase, const char *sdp, const char *header)
{
	(void)request;
	(void)phrase;
	wire->reply = code;
	wire->replies++;
	text_copy(wire->sdp, sizeof(wire->sdp), sdp ? sdp : "");
	text_copy(wire->reply_headers, sizeof(wire->reply_headers), header ? header : "");
	return 0;
}

void wire_refresh(struct wire_dialog *dialog, struct wire_request *request)
{
	(void)dialog;
	(void)request;
}
