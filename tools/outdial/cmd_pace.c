/* cmd_pace.c - outdial pace explain: why a campaign dials at this rate now, in words and figures */
#include "tools/outdial/outdial.h"

#include "base/clock.h"
#include "dialer/control.h"

#include <inttypes.h>
#include <stdlib.h>

static long long figure(const struct doc *doc, const char *part, const char *name)
{
	return (long long)doc_i64(doc_get(doc, part), name, 0);
}

static void explain_calls(const struct doc *doc)
{
	field_print(stdout, "seats", "%lld logged in: %lld free, %lld talking, %lld in wrap-up", figure(doc, "seats", "in"),
		figure(doc, "seats", "free"), figure(doc, "seats", "talking"), figure(doc, "seats", "wrapping"));
	field_print(stdout, "calls",
		"%lld dialling, %lld ringing, %lld answered and being classified, %lld people waiting for a seat, %lld talking, "
		"%lld hearing the message, %lld machines for a voicemail, %lld being cancelled; %lld more asked of the list",
		figure(doc, "calls", "dialling"), figure(doc, "calls", "ringing"),
		figure(doc, "calls", "listening") + figure(doc, "calls", "offered"), figure(doc, "calls", "waiting"),
		figure(doc, "calls", "talking") + figure(doc, "calls", "trial"), figure(doc, "calls", "message"),
		figure(doc, "calls", "beep") + figure(doc, "calls", "leaving"), figure(doc, "calls", "cancelling"),
		figure(doc, "calls", "asked_for"));
}

static void explain_estimates(const struct doc *doc)
{
	const struct doc *estimates = doc_get(doc, "estimates");

	field_print(stdout, "estimates",
		"a call placed now reaches a person with probability %.3f; %.2f seats are expected free within a ring time; of "
		"the calls in "
		"flight %.3f people are expected to find no seat",
		doc_real(estimates, "answer_prob", 0), doc_real(estimates, "seats_free_expected", 0),
		doc_real(estimates, "overflow_expected", 0));
}

/* Of a predictive campaign only. */
static void explain_law(const struct doc *doc)
{
	const struct doc *law = doc_get(doc, "law");

	if (!law)
		return;
	field_print(stdout, "law",
		"the next call would cost somebody a seat with probability %.4f and may with %.4f; %.2f%% of the people still to "
		"come may "
		"be lost, %.2f of them now; people answer %.2f times as often as learned",
		doc_real(law, "risk_prob", 0), doc_real(law, "price_prob", 0), 100 * doc_real(law, "spend_prob", 0),
		doc_real(law, "left", 0), doc_real(law, "level", 0));
}

static void explain_window(const struct doc *window)
{
	double room = doc_real(window, "room", 0), live = (double)doc_i64(window, "live", 0);
	char from[WHEN_BYTES], to[WHEN_BYTES];

	field_print(stdout, "window",
		"%s, %s to %s: %.0f people, %" PRId64 " abandoned (%.2f%% of at most %.3g%%); %.2f more may be lost now%s",
		doc_text(window, "name", "?"), when_text(doc_i64(window, "start_us", 0), from),
		when_text(doc_i64(window, "end_us", 0), to), live, doc_i64(window, "abandoned", 0),
		live > 0 ? 100 * (double)doc_i64(window, "abandoned", 0) / live : 0, 100 * doc_real(window, "ceiling_prob", 0),
		room > 0 ? room : 0, doc_bool(window, "tightest", false) ? " - the tightest" : "");
}

static void explain_trunk(const struct doc *doc)
{
	const struct doc *trunk = doc_get(doc, "trunk");
	int64_t rests_us = doc_i64(trunk, "resting_until_us", 0) - doc_i64(doc, "now_us", 0);
	char text[64] = "";

	if (rests_us > 0)
		snprintf(text, sizeof(text), "; rests for %" PRId64 " s", rests_us / SEC_US + 1);
	field_print(stdout, "trunk", "%s: %lld of %lld lines, %.0f calls may leave now (%g a second)%s",
		doc_text(trunk, "name", "?"), figure(doc, "trunk", "calls"), figure(doc, "trunk", "calls_max"),
		doc_real(trunk, "tokens", 0), doc_real(trunk, "cps_max", 0), text);
}

static void explain_print(const struct doc *doc)
{
	const struct doc *windows = doc_get(doc, "windows");

	printf("campaign %s: %s\n", doc_text(doc, "campaign", "?"), doc_text(doc, "sentence", ""));
	field_print(stdout, "mode", "%s, %s", doc_text(doc, "mode", "?"), doc_text(doc, "state", "?"));
	field_print(stdout, "bound by", "%s", doc_text(doc, "reason", "?"));
	explain_calls(doc);
	explain_estimates(doc);
	explain_law(doc);
	for (size_t i = 0; i < doc_count(windows); i++)
		explain_window(doc_at(windows, i));
	explain_trunk(doc);
	field_print(stdout, "last minute",
		"%lld dialled, %lld answered, %lld people, %lld connected, %lld abandoned; %lld decisions",
		figure(doc, "minute", "dialled"), figure(doc, "minute", "answered"), figure(doc, "minute", "people"),
		figure(doc, "minute", "connected"), figure(doc, "minute", "abandoned"), figure(doc, "minute", "decisions"));
}

int cmd_pace_explain(struct call *call)
{
	struct doc *request = doc_object(), *reply = NULL;
	char why[WHY_BYTES];

	doc_put_text(request, "ask", "pace");
	doc_put_text(request, "campaign", call->args[0]);
	int err = control_ask(call->dir, request, &reply, why);
	doc_free(request);
	if (err)
		return fail(call, "%s", why);
	if (!doc_bool(reply, "ok", false)) {
		int status = fail(call, "%s", doc_text(reply, "why", "the engine refuses without a reason"));
		doc_free(reply);
		return status;
	}
	if (call_has(call, "json")) {
		say_doc(stdout, reply);
		return STATUS_DONE;
	}
	explain_print(reply);
	doc_free(reply);
	return STATUS_DONE;
}
