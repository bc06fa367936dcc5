/* pool.c - fixed pools with index + generation handles */
#include "base/pool.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int pool_init(struct pool *pool, uint32_t count, size_t item_bytes)
{
	memset(pool, 0, sizeof(*pool));
	pool->items = calloc(count, item_bytes);
	pool->generation = calloc(count, sizeof(uint32_t));
	pool->next_free = calloc(count, sizeof(uint32_t));
	if (!pool->items || !pool->generation || !pool->next_free) {
		pool_fini(pool);
		return -ENOMEM;
	}
	pool->count = count;
	pool->item_bytes = item_bytes;
	for (uint32_t i = 0; i < count; i++)
		pool->next_free[i] = i + 1 < count ? i + 2 : 0;
	pool->free_head = count ? 1 : 0;
	return 0;
}

void pool_fini(struct pool *pool)
{
	free(pool->items);
	free(pool->generation);
	free(pool->next_free);
	memset(pool, 0, sizeof(*pool));
}

static uint64_t pool_handle(const struct pool *pool, uint32_t index)
{
	return (uint64_t)pool->generation[index] << 32 | (index + 1);
}

void *pool_take(struct pool *pool, uint64_t *handle)
{
	*handle = 0;
	if (!pool->free_head)
		return NULL;
	uint32_t index = pool->free_head - 1;
	pool->free_head = pool->next_free[index];
	pool->generation[index]++;
	pool->used++;
	if (pool->used > pool->used_max)
		pool->used_max = pool->used;
	*handle = pool_handle(pool, index);
	void *item = pool->items + index * pool->item_bytes;
	return memset(item, 0, pool->item_bytes);
}

void *pool_get(const struct pool *pool, uint64_t handle)
{
	uint32_t index = (uint32_t)handle - 1;

	if (index >= pool->count || pool->generation[index] != (uint32_t)(handle >> 32) || !(pool->generation[index] & 1))
		return NULL;
	return pool->items + index * pool->item_bytes;
}

void pool_put(struct pool *pool, uint64_t handle)
{
	uint32_t index = (uint32_t)handle - 1;

	assert(pool_get(pool, handle));
	pool->generation[index]++;
	pool->next_free[index] = pool->free_head;
	pool->free_head = index + 1;
	pool->used--;
}

void *pool_next(const struct pool *pool, uint32_t *at, uint64_t *handle)
{
	while (*at < pool->count) {
		uint32_t index = (*at)++;
		if (pool->generation[index] & 1) {
			*handle = pool_handle(pool, index);
			return pool->items + index * pool->item_bytes;
		}
	}
	return NULL;
}
