/* cmd_classify.c - outdial classify report */
#include "tools/outdial/outdial.h"

#include "base/err.h"

#include <errno.h>
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
