/* spsc.c - single producer, single consumer ring */
#include "base/spsc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int spsc_init(struct spsc *ring, uint32_t count, size_t item_bytes)
{
	memset(ring, 0, sizeof(*ring));
	if (count < 2 || (count & (count - 1)))
		return -EINVAL;
	ring->items = calloc(count, item_bytes);
	if (!ring->items)
		return -ENOMEM;
	ring->item_bytes = item_bytes;
	ring->mask = count - 1;
	return 0;
}

void spsc_fini(struct spsc *ring)
{
	free(ring->items);
	ring->items = NULL;
}

bool spsc_push(struct spsc *ring, const void *item)
{
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);

	if (head - tail > ring->mask)
		return false;
	memcpy(ring->items + (head & ring->mask) * ring->item_bytes, item, ring->item_bytes);
	atomic_store_explicit(&ring->head, head + 1, memory_order_release);
	return true;
}

bool spsc_take(struct spsc *ring, void *item)
{
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_acquire);

	if (head == tail)
		return false;
	memcpy(item, ring->items + (tail & ring->mask) * ring->item_bytes, ring->item_bytes);
	atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
	return true;
}

uint32_t spsc_count(const struct spsc *ring)
{
	return atomic_load_explicit(&ring->head, memory_order_acquire) - atomic_load_explicit(&ring->tail, memory_order_acquire);
}
