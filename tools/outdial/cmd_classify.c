/* cmd_classify.c - outdial classify report | estimate | review | judge */
#include "tools/outdial/outdial.h"

#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const struct flag flags_classify[] = {
	{"campaign", 'c', "NAME", "only this campaign (default: all)"},
	{"from", 0, "TIME", "attempts from this moment on, e.g. 2026-11-21 or 2026-11-21T09:00Z"},
	{"to", 0, "TIME", "attempts before this moment"},
	{"json", 0, NULL, "print JSON"},
	{0},
};

const struct flag flags_estimate[] = {
	{"from", 0, "TIME", "sample from this moment on (default: all)"},
	{"to", 0, "TIME", "sample before this moment (default: now)"},
	{"by", 0, "NAME", "who answers for it"},
	{0},
};

static int print(const struct call *call, const struct classify_report *report)
{
	if (call_has(call, "json")) {
		say_doc(stdout, classify_report_doc(report));
		return STATUS_DONE;
	}
	char *text = classify_report_text(report);

	if (!text)
		return fail_err(call, -ENOMEM, NULL);
	fputs(text, stdout);
	free(text);
	return STATUS_DONE;
}

int cmd_classify_report(struct call *call)
{
	static struct classify_report report;
	char why[WHY_BYTES] = "";
	int64_t from_us, to_us;

	if (option_time(call, "from", &from_us) || option_time(call, "to", &to_us))
		return STATUS_MISUSE;
	if (from_us && to_us && from_us >= to_us)
		return misuse(call, "--from must be before --to");
	int err = classify_report_make(call->store, call_value(call, "campaign"), from_us, to_us, &report, why);

	return err ? fail_err(call, err, why) : print(call, &report);
}

int cmd_classify_estimate(struct call *call)
{
	char why[WHY_BYTES] = "";
	struct estimate estimate;
	int64_t from_us, to_us;

	if (option_time(call, "from", &from_us) || option_time(call, "to", &to_us))
		return STATUS_MISUSE;
	if (from_us && to_us && from_us >= to_us)
		return misuse(call, "--from must be before --to");
	int err = estimate_store(call->store, call->args[0], from_us, to_us, call_value(call, "by"), &estimate, why);

	if (err == ERR_RANGE)
		return misuse(call, "%s", why);
	if (err)
		return fail_err(call, err, why);
	struct judge_rate rate = judge_rate(&estimate.counts);

	printf("%" PRIu64 " of %" PRIu64
	       " checked machine verdicts were people: %.2f %% (95 %%: %.2f-%.2f); by %s, in the evidence log\n",
		estimate.counts.wrong, estimate.counts.judged, 100 * rate.rate, 100 * rate.low, 100 * rate.high, estimate.by);
	return STATUS_DONE;
}

/* --- the review queue */

static const struct column review_columns[] = {{"ATTEMPT", 10, true}, {"ANSWERED", WHEN_COLUMNS, false}, {"CAUSE", 16, false},
	{"SURE", 6, true}, {"LENGTH", 8, true}, {"RECORDING", 9, false}, {0}};

static void review_print(struct call *call, const struct attempt *attempt, struct doc *all)
{
	struct recording recording = {.state = RECORDING_LOST};
	char answered[WHEN_BYTES], length[WHEN_BYTES];
	struct row row = {0};

	(void)recording_get(call->store, attempt->id, &recording);
	if (all) {
		struct doc *doc = doc_object();
		doc_put_i64(doc, "attempt", (int64_t)attempt->id);
		doc_put_i64(doc, "answer_us", attempt->answer_us);
		doc_put_text(doc, "cause", attempt->cause);
		doc_put_real(doc, "prob", (double)attempt->verdict_prob);
		doc_put_text(doc, "recording", recording_state_name(recording.state));
		doc_push(all, doc);
		return;
	}
	row_set(&row, 0, "%" PRIu64, attempt->id);
	row_set(&row, 1, "%s", when_cell(attempt->answer_us, answered));
	row_set(&row, 2, "%s", attempt->cause);
	row_set(&row, 3, "%.2f", (double)attempt->verdict_prob);
	row_set(&row, 4, "%s", clock_text(attempt->end_us - attempt->answer_us, length));
	row_set(&row, 5, "%s", recording_state_name(recording.state));
	row_print(stdout, review_columns, &row);
}

int cmd_classify_review(struct call *call)
{
	struct doc *all = call_has(call, "json") ? doc_array() : NULL;
	const char *name = call_value(call, "campaign");
	struct campaign campaign = {0};
	struct attempt attempt;
	int err = name ? campaign_get(call->store, name, &campaign) : 0;

	if (err == ERR_UNKNOWN)
		return no_such(call, "campaign", "campaign", name);
	if (!all)
		row_print_titles(stdout, review_columns);
	for (uint64_t after = 0; !err && !(err = review_next(call->store, after, &attempt)); after = attempt.id)
		if (!name || attempt.campaign == campaign.id)
			review_print(call, &attempt, all);
	if (all)
		say_doc(stdout, all);
	return err == ERR_UNKNOWN ? STATUS_DONE : fail_err(call, err, NULL);
}

int cmd_classify_judge(struct call *call)
{
	bool person = strcmp(call->args[1], "person") == 0;
	char why[WHY_BYTES] = "";
	int64_t attempt;

	if (!text_i64(call->args[0], 1, INT64_MAX, &attempt))
		return misuse(
			call, "%s: expected the number of an attempt, as 'outdial classify review' shows it", call->args[0]);
	if (!person && strcmp(call->args[1], "machine") != 0)
		return misuse(call, "%s: expected person or machine", call->args[1]);
	int err = review_judge(call->store, (uint64_t)attempt, person, why);

	return err ? fail_err(call, err, why) : STATUS_DONE;
}
