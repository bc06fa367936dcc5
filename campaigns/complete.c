/* complete.c - see complete.h */
#include "campaigns/complete.h"

#include "campaigns/line.h"

#include <stdint.h>
#include <string.h>

static const char *const intent_items[] = {"to", "from", "from_name", "org", "seller", "offer", "party", "direction", "script",
	"script_sha256", "authority", "authority_from_us", "authority_to_us", NULL};
static const char *const outcome_items[] = {"to", "from", "intent_us", "end_us", "outcome", "prerecorded", "prerecorded_id",
	"prerecorded_sha256", "transfer_to", "transfer_name", NULL};

static const char *const *items_of(const struct line_head *head)
{
	static const struct {
		const char *event;
		const char *const *items;
	} events[] = {{"intent", intent_items}, {"outcome", outcome_items}, {"recovered", outcome_items}};

	for (unsigned i = 0; i < sizeof(events) / sizeof(events[0]) && head->version >= 2; i++)
		if (head->event_bytes == strlen(events[i].event) && memcmp(head->event, events[i].event, head->event_bytes) == 0)
			return events[i].items;
	return NULL;
}

/* Is the item among "to,person,debt"? */
static bool names_item(const struct line_field *field, const char *item)
{
	const char *at = field->text, *end = at + field->text_bytes, *comma;

	for (; at < end; at = comma + 1) {
		comma = memchr(at, ',', (size_t)(end - at));
		comma = comma ? comma : end;
		if (strlen(item) == (size_t)(comma - at) && memcmp(at, item, strlen(item)) == 0)
			return true;
	}
	return false;
}

/* Bit by place in `items` of those that are there, in clear text or sealed. */
static uint32_t items_seen(const char *text, size_t bytes, const char *const *items)
{
	struct line_field field;
	const char *at = NULL;
	uint32_t seen = 0;

	while (line_next_field(text, bytes, &at, &field))
		for (unsigned i = 0; items[i]; i++)
			if (line_field_is(&field, items[i]))
				seen |= (uint32_t)(field.kind != LINE_NULL) << i;
			else if (line_field_is(&field, "sealed") && field.kind == LINE_TEXT)
				seen |= (uint32_t)names_item(&field, items[i]) << i;
	return seen;
}

const char *line_lacks(const char *text, size_t bytes)
{
	struct line_head head;
	const char *const *items = line_parse_head(text, bytes, &head) ? items_of(&head) : NULL;

	if (!items)
		return NULL;
	uint32_t seen = items_seen(text, bytes, items);

	for (unsigned i = 0; items[i]; i++)
		if (!(seen >> i & 1))
			return items[i];
	return NULL;
}
