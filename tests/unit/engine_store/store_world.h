/*
 * store_world.h - the world of tests/unit/engine with a real store: what the engine's storage thread would do is done in the same
 * transactions
 *
 * What    Agents, media plane and time are that world's; campaigns/ with its claims and outcomes is real. The carrier (called.c)
 *         knows no chance. A store of test_store.h's, which the engine has while it runs.
 * Sees    that the team claims no lead whose callback is a seat's own before its grace is over, and that a seat for which one is
 *         claimed is ready.
 * Use     store_world_begin(), change sw, store_world_run(), read the store.
 */
#ifndef OUTDIAL_TESTS_UNIT_ENGINE_STORE_WORLD_H
#define OUTDIAL_TESTS_UNIT_ENGINE_STORE_WORLD_H

#include "campaigns/opgroup.h"
#include "tests/unit/engine/world.h"

#define STORE_SEATS 4
#define STORE_OWN_MAX 256

struct store_world {
	struct store *store; /* the engine's, while it runs */
	struct opgroup group;
	/* what a scenario says */
	bool here[STORE_SEATS]; /* shall be logged in */
	void (*script)(void);   /* each lap */
	bool busy;              /* all lines of the called are */
	bool alone;             /* seat 0 is the only one, and four of five lines are busy, but for those who expect its call */
	int64_t next_us;        /* of the script */
	bool away[STORE_SEATS];
	/* what was seen */
	uint32_t own_claims, own_empty, gone;
	struct {
		uint64_t attempt;
		char seat[NAME_BYTES];
	} own[STORE_OWN_MAX];
};

extern struct store_world sw;

/* Everything anew; the clock is w->now_us from here to the end of the run. */
void store_world_begin(int64_t now_us);
/* The store of `dir`, which nobody else may have open. */
void store_world_run(const char *dir, int64_t for_us);
void store_world_end(void);

/* The seat's desk: NULL while it is not logged in. */
struct desk *store_world_desk(uint32_t seat);
/* Its telephone hangs up now; `here` says whether it comes back. */
void store_world_hangs_up(uint32_t seat);
void store_world_press(uint32_t seat, const char *keys);

#endif
