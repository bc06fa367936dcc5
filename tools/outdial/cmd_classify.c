/* cmd_classify.c - outdial classify report | estimate */
#include "tools/outdial/outdial.h"

#include "base/err.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

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

	printf("%" PRIu64 " of %" PRIu64 " checked machine verdicts were people: %.2f %% (95 %%: %.2f-%.2f); by %s, in the evidence log\n",
		estimate.counts.wrong, estimate.counts.judged, 100 * rate.rate, 100 * rate.low, 100 * rate.high, estimate.by);
	return STATUS_DONE;
}
