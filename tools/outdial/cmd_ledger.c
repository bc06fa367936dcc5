/* cmd_ledger.c - outdial ledger import */
#include "tools/outdial/outdial.h"

#include "base/err.h"

#include <inttypes.h>

const struct flag flags_ledger[] = {{"zone", 'z', "ZONE", "time zone of the times in the file (default: Etc/UTC)"}, {0}};

int cmd_ledger_import(struct call *call)
{
	const char *zone = call_has(call, "zone") ? call_value(call, "zone") : "Etc/UTC";
	struct ledger_receipt receipt;
	char why[FILE_WHY_BYTES] = "";
	int err = ledger_import(call->store, call->args[0], zone, &receipt, why);

	if (err == ERR_SYNTAX)
		return misuse(call, "%s; nothing was counted", why);
	if (err)
		return fail_file(call, err, why);
	printf("%" PRIu64 " rows read = %" PRIu64 " counted now + %" PRIu64 " counted already\n", receipt.read, receipt.added,
		receipt.present);
	return STATUS_DONE;
}
