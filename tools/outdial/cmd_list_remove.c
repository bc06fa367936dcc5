/* cmd_list_remove.c - outdial list remove: what goes, what stays, and whether it shall */
#include "tools/outdial/outdial.h"

#include "base/err.h"

#include <inttypes.h>

const struct flag flags_list_remove[] = {
	{"dry-run", 'n', NULL, "say what would go and what stays; change nothing"}, {"yes", 'y', NULL, "do not ask"}, {0}};

static int failed(const struct call *call, int err, const char *why)
{
	return err == ERR_UNKNOWN ? no_such(call, "list", "list", call->args[0]) : fail_err(call, err, why);
}

static void counts_print(const struct list_removal *removal)
{
	field_print(stdout, "never called", "%" PRIu64 " leads go, with their numbers and columns", removal->gone);
	field_print(stdout, "called", "%" PRIu64 " stay as numbers, persons and debts: their calls are evidence", removal->called);
	if (removal->callbacks)
		field_print(stdout, "callbacks", "%" PRIu64 " that were promised to them go", removal->callbacks);
	if (removal->held)
		field_print(stdout, "legal hold", "%" PRIu64 " stay untouched until it is released", removal->held);
}

int cmd_list_remove(struct call *call)
{
	struct list_removal removal = {.gone = 0};
	const char *name = call->args[0];
	char why[WHY_BYTES] = "";
	int err = list_remove_look(call->store, name, &removal, why);

	if (err)
		return failed(call, err, why);
	printf("list %s\n", name);
	counts_print(&removal);
	fflush(stdout);
	if (call_has(call, "dry-run"))
		return STATUS_DONE;
	if (!call_has(call, "yes") && !ask_yes("Remove the list for good?"))
		return fail(call, "nothing was changed; --yes removes it");
	removal = (struct list_removal){.gone = 0};
	err = list_remove(call->store, name, &removal, why);
	if (err)
		return failed(call, err, why);
	printf("removed: recorded as event %" PRIu64 "; what went is wiped by the engine, or by 'outdial erase --wipe'\n",
		removal.event);
	if (removal.held)
		printf("%" PRIu64 " leads are held: the list keeps its name; run this again when the holds are released\n", removal.held);
	return STATUS_DONE;
}
