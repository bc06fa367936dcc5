/* cmd_list_set.c - outdial list set: on, off, archived, expires, region */
#include "tools/outdial/outdial.h"

#include "base/err.h"

#include <string.h>

const struct flag flags_list_set[] = {
	{"state", 's', "STATE", "on, off (campaigns wait for it) or archived (it is over)"},
	{"expires", 'e', "TIME", "not dialled from then on, e.g. 2026-12-31T18:00; never"},
	{"region", 'r', "CN", "country of numbers without \"+\" in its next uploads; \"\": none"},
	{0},
};

static bool list_state_parse(const char *text, enum list_state *state)
{
	for (int i = LIST_ON; i <= LIST_ARCHIVED; i++) {
		if (strcmp(text, list_state_name((enum list_state)i)) == 0) {
			*state = (enum list_state)i;
			return true;
		}
	}
	return false;
}

int cmd_list_set(struct call *call)
{
	const char *name = call->args[0], *state_text = call_value(call, "state"), *expires = call_value(call, "expires");
	char why[WHY_BYTES] = "", when[WHEN_BYTES];
	enum list_state state = LIST_ON;
	const char *region = call_value(call, "region");
	struct list list;
	int64_t expires_us = 0;
	int err = 0;

	if (!state_text && !expires && !region)
		return misuse(call, "nothing to change: --state STATE, --expires TIME or --region CN");
	if (state_text && !list_state_parse(state_text, &state))
		return misuse(call, "--state %s: expected on, off or archived", state_text);
	if (expires && strcmp(expires, "never") != 0 && !when_parse(expires, &expires_us))
		return misuse(call, "--expires %s: expected a time such as 2026-12-31T18:00, or never", expires);
	if (region && !list_region_known(region))
		return misuse(call, "--region %s: expected the two capital letters of a country, e.g. CN, US or GB", region);
	if (state_text) /* first: it may be refused */
		err = list_set_state(call->store, name, state, why);
	if (!err && expires)
		err = list_set_expiry(call->store, name, expires_us, why);
	if (!err && region)
		err = list_set_region(call->store, name, region, why);
	if (!err)
		err = list_get(call->store, name, &list);
	if (err)
		return fail_err(call, err, why);
	printf("list %s is %s%s%s", name, list_word(&list), list.expires_us ? ", its end is " : "",
		list.expires_us ? when_text(list.expires_us, when) : "");
	if (region)
		printf("; in its next uploads numbers without \"+\" are %s%s", *list.region ? "of " : "refused", list.region);
	putchar('\n');
	return STATUS_DONE;
}
