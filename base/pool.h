/*
 * pool.h - fixed pools addressed by handles
 *
 * What    Calls, legs, seats and streams live in pools that are sized at start. A handle is generation << 32 | index + 1, so 0 is
 *         never a handle and a stale one resolves to NULL. No pointer crosses a thread: handles do.
 * Cost    O(1) take, put and get; no allocation after pool_init().
 * Thread  one owner.
 */
#ifndef OUTDIAL_BASE_POOL_H
#define OUTDIAL_BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

struct pool {
	unsigned char *items; /* count * item_bytes */
	uint32_t *generation; /* odd while taken */
	uint32_t *next_free;
	uint32_t free_head; /* index + 1, 0 when exhausted */
	uint32_t count, used, used_max;
	size_t item_bytes;
};

/* Memory for `count` items of `item_bytes`. -ENOMEM. */
int pool_init(struct pool *pool, uint32_t count, size_t item_bytes);
/* Frees everything; items still taken are gone with it. */
void pool_fini(struct pool *pool);

/* A zeroed item and its handle, or NULL (and *handle = 0) when the pool is exhausted. */
void *pool_take(struct pool *pool, uint64_t *handle);
/* Gives an item back; the handle is stale from now on. Stale or 0 is a programmer's error. */
void pool_put(struct pool *pool, uint64_t handle);
/* The item, or NULL for 0 or a stale handle. Valid until pool_put(). */
void *pool_get(const struct pool *pool, uint64_t handle);

/* Walk: *at starts at 0; answers the next taken item (handle in *handle) or NULL. Putting the current item is allowed. */
void *pool_next(const struct pool *pool, uint32_t *at, uint64_t *handle);

#endif
