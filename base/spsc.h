/*
 * spsc.h - bounded ring of fixed-size items between two threads
 *
 * What    One producer thread pushes, one consumer thread takes; plain structs are copied, nothing is shared but the ring.
 * Errors  a full ring refuses: the caller counts it and slows down.
 */
#ifndef OUTDIAL_BASE_SPSC_H
#define OUTDIAL_BASE_SPSC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spsc {
	unsigned char *items;
	size_t item_bytes;
	uint32_t mask; /* count - 1, count is a power of two */
	_Alignas(64) _Atomic uint32_t head; /* written by the producer */
	_Alignas(64) _Atomic uint32_t tail; /* written by the consumer */
};

/* `count` must be a power of two. -EINVAL, -ENOMEM. */
int spsc_init(struct spsc *ring, uint32_t count, size_t item_bytes);
/*
 * The same with all of its memory taken at once. A ring is written from end to end however few items wait in it, so that each
 * page is the first time's page fault of a thread that may not wait, and the process seems to leak until the first round is over.
 * spsc_init() is for rings that are seldom used.
 */
int spsc_init_resident(struct spsc *ring, uint32_t count, size_t item_bytes);
void spsc_fini(struct spsc *ring);
/* Producer: copies the item in; false when full. */
bool spsc_push(struct spsc *ring, const void *item);
/* Consumer: copies the oldest item out; false when empty. */
bool spsc_take(struct spsc *ring, void *item);
/*
 * The same in place, for items that are large and seldom full: where the next item is to be written (NULL when full), then it is
 * there.
 */
void *spsc_room(const struct spsc *ring);
void spsc_commit(struct spsc *ring);
/* The oldest item where it stands (NULL when empty), then it is gone. */
const void *spsc_peek(const struct spsc *ring);
void spsc_drop(struct spsc *ring);
/* Items waiting, as either side sees it. */
uint32_t spsc_count(const struct spsc *ring);

#endif
