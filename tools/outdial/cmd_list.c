/* cmd_list.c - outdial list import | list | show */
#include "tools/outdial/outdial.h"

#include "base/clock.h"
#include "base/err.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static const struct column list_columns[] = {
	{"LIST", 20, false}, {"REGION", 6, false}, {"LEADS", 9, true}, {"DONE", 9, true}, {"STATE", 8, false},
	{"MADE", WHEN_COLUMNS, false}, {0}};

const char *list_word(const struct list *list)
{
	bool expired = list->state == LIST_ON && !list_active(list, clock_us());

	return expired ? "expired" : list_state_name(list->state);
}

static struct doc *list_doc(const struct list *list)
{
	struct doc *doc = doc_object();

	doc_put_text(doc, "name", list->name);
	doc_put_text(doc, "region", *list->region ? list->region : NULL);
	doc_put_i64(doc, "leads", (int64_t)list->leads);
	doc_put_i64(doc, "done", (int64_t)list->done);
	doc_put_i64(doc, "read", (int64_t)list->read);
	doc_put_i64(doc, "rejected", (int64_t)list->rejected);
	doc_put_i64(doc, "duplicate", (int64_t)list->duplicate);
	doc_put_text(doc, "state", list_word(list));
	doc_put_i64(doc, "expires_us", list->expires_us);
	doc_put_i64(doc, "created_us", list->created_us);
	return doc;
}

static void list_row(const struct list *list)
{
	char when[WHEN_BYTES];
	struct row row;

	row_set(&row, 0, "%s", list->name);
	row_set(&row, 1, "%s", *list->region ? list->region : "-");
	row_set(&row, 2, "%" PRIu64, list->leads);
	row_set(&row, 3, "%" PRIu64, list->done);
	row_set(&row, 4, "%s", list_word(list));
	row_set(&row, 5, "%s", when_cell(list->created_us, when));
	row_print(stdout, list_columns, &row);
}

int cmd_list_list(struct call *call)
{
	struct listing listing = listing_begin(call, list_columns);
	struct list list = {0};
	int err;

	while ((err = list_next(call->store, list.name, &list)) == 0)
		if (listing_row(&listing))
			list_row(&list);
		else
			doc_push(listing.all, list_doc(&list));
	return listing_end(&listing, err, "no lists yet; 'outdial list import FILE --list NAME' makes one");
}

static void list_campaigns(struct store *store, const struct list *list, char *out, size_t size)
{
	struct campaign campaign = {0};
	size_t at = 0;

	snprintf(out, size, "none");
	while (campaign_next(store, campaign.name, &campaign) == 0) {
		if (campaign_dials(&campaign, list->id) && at < size)
			at += (size_t)snprintf(out + at, size - at, "%s%s (%s)", at ? ", " : "", campaign.name,
				campaign_state_name(campaign.state));
	}
}

int cmd_list_show(struct call *call)
{
	char when[WHEN_BYTES], campaigns[1024];
	struct list list;
	int err = list_get(call->store, call->args[0], &list);

	if (err == ERR_UNKNOWN)
		return no_such(call, "list", "list", call->args[0]);
	if (err)
		return fail_err(call, err, NULL);
	if (call_has(call, "json")) {
		say_doc(stdout, list_doc(&list));
		return STATUS_DONE;
	}
	list_campaigns(call->store, &list, campaigns, sizeof(campaigns));
	printf("list %s\n", list.name);
	field_print(stdout, "region", "%s", *list.region ? list.region : "none: numbers need \"+\" (list set --region CN)");
	field_print(stdout, "leads", "%" PRIu64 ", of which %" PRIu64 " are done", list.leads, list.done);
	uint64_t accepted = list.read - list.rejected - list.duplicate;

	field_print(stdout, "uploads", "%" PRIu64 " read = %" PRIu64 " accepted + %" PRIu64 " rejected + %" PRIu64 " duplicate",
		list.read, accepted, list.rejected, list.duplicate);
	if (list.leads > accepted)
		field_print(stdout, "", "and %" PRIu64 " leads of uploads that were interrupted", list.leads - accepted);
	field_print(stdout, "campaigns", "%s", campaigns);
	field_print(stdout, "state", "%s", list_word(&list));
	if (list.expires_us)
		field_print(stdout, "expires", "%s", when_text(list.expires_us, when));
	field_print(stdout, "made", "%s", when_text(list.created_us, when));
	return STATUS_DONE;
}
