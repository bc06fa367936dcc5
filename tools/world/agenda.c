/*
 * agenda.c - what happens next: a binary heap of timed events
 */
#include "tools/world/agenda.h"

#include <stdlib.h>

static bool earlier(const struct agenda_item *a, const struct agenda_item *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static bool grow(struct agenda *agenda)
{
	size_t room = agenda->room ? 2 * agenda->room : 1024;
	struct agenda_item *items = realloc(agenda->items, room * sizeof(*items));

	if (!items)
		return false;
	agenda->items = items;
	agenda->room = room;
	return true;
}

bool agenda_push(struct agenda *agenda, int64_t at_us, uint32_t kind, uint32_t index, uint32_t generation)
{
	struct agenda_item item = {at_us, agenda->order++, kind, index, generation};
	size_t i = agenda->count;

	if (i == agenda->room && !grow(agenda))
		return false;
	for (agenda->count++; i > 0 && earlier(&item, &agenda->items[(i - 1) / 2]); i = (i - 1) / 2)
		agenda->items[i] = agenda->items[(i - 1) / 2];
	agenda->items[i] = item;
	return true;
}

bool agenda_pop(struct agenda *agenda, struct agenda_item *item)
{
	struct agenda_item last;
	size_t i = 0, child;

	if (!agenda->count)
		return false;
	*item = agenda->items[0];
	last = agenda->items[--agenda->count];
	while ((child = 2 * i + 1) < agenda->count) {
		child += child + 1 < agenda->count && earlier(&agenda->items[child + 1], &agenda->items[child]);
		if (earlier(&last, &agenda->items[child]))
			break;
		agenda->items[i] = agenda->items[child];
		i = child;
	}
	agenda->items[i] = last;
	return true;
}

void agenda_fini(struct agenda *agenda)
{
	free(agenda->items);
	*agenda = (struct agenda){0};
}
