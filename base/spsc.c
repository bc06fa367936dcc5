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

int spsc_init_resident(struct spsc *ring, uint32_t count, size_t item_bytes)
{
	int err = spsc_init(ring, count, item_bytes);

	if (!err)
		explicit_bzero(ring->items, count * item_bytes); /* memset() after calloc() is left out by the compiler */
	return err;
}

void spsc_fini(struct spsc *ring)
{
	free(ring->items);
	ring->items = NULL;
}

void *spsc_room(const struct spsc *ring)
{
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);

	return head - tail > ring->mask ? NULL : ring->items + (head & ring->mask) * ring->item_bytes;
}

void spsc_commit(struct spsc *ring)
{
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	atomic_store_explicit(&ring->head, head + 1, memory_order_release);
}

const void *spsc_peek(const struct spsc *ring)
{
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_acquire);

	return head == tail ? NULL : ring->items + (tail & ring->mask) * ring->item_bytes;
}

void spsc_drop(struct spsc *ring)
{
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
}

bool spsc_push(struct spsc *ring, const void *item)
{
	void *room = spsc_room(ring);

	if (!room)
		return false;
	memcpy(room, item, ring->item_bytes);
	spsc_commit(ring);
	return true;
}

bool spsc_take(struct spsc *ring, void *item)
{
	const void *oldest = spsc_peek(ring);

	if (!oldest)
		return false;
	memcpy(item, oldest, ring->item_bytes);
	spsc_drop(ring);
	return true;
}

uint32_t spsc_count(const struct spsc *ring)
{
	return atomic_load_explicit(&ring->head, memory_order_acquire) - atomic_load_explicit(&ring->tail, memory_order_acquire);
}
