/*
 * world_in.h - what the files of a world share: call.c lives the calls, seat.c the seats, world.c the day
 */
#ifndef OUTDIAL_WORLD_WORLD_IN_H
#define OUTDIAL_WORLD_WORLD_IN_H

#include "base/prng.h"
#include "pacing/pacing.h"
#include "tools/world/agenda.h"
#include "tools/world/rival.h"
#include "tools/world/world.h"

#define WORLD_BREAKS_MAX 128
#define NO_SEAT UINT32_MAX
#define NO_CALL UINT32_MAX

enum kind {
	TICK,
	ANSWER, /* of a call, with its generation: */
	VERDICT,
	OVER,
	GIVE_UP,
	TALK_END, /* of a seat: */
	WRAP_END,
	BREAK_BEGIN,
	BREAK_END,
	HAND,
};
enum who { PERSON, MACHINE, BUSY, DEAD, NOBODY, FAILS };
enum stage { IDLE, RINGING, ANSWERED, WAITING, TALKING };

/* What will come of a lead when it is dialled now. Its talk and wrap-up are factors of the mean. */
struct lead {
	enum who who;
	bool passes; /* a machine taken for a person, or a person taken for a machine */
	double rings_us, greeting_us, talk, wrap;
};

struct call {
	struct lead lead;
	enum stage stage;
	uint32_t generation, seat, next_free; /* seat: of by hand and clairvoyant, before it talks; else NO_SEAT */
	uint64_t number;                      /* of its lead */
	int64_t dialled_us, greeting_end_us;
};

enum post { AWAY, FREE, TALK, WRAP };

struct seat {
	enum post post;
	uint32_t generation, call;
	double speed, wrap_us;      /* of this agent: durations are multiplied; of this talk */
	int64_t since_us, break_us; /* a break that is due, of this length */
	int64_t free_us;            /* when wrap-up, or the break, will be over */
	uint32_t meant;             /* clairvoyant: the call under way that is meant for it, or NO_CALL */
	bool machine;
	struct {
		int64_t at_us, length_us;
	} breaks[WORLD_BREAKS_MAX]; /* by time */
	int breaks_count, breaks_done;
};

struct world {
	const struct scenario *scenario;
	struct world_options options;
	struct pacer *pacer; /* of the product's policies, else NULL */
	struct rival rival;
	struct agenda agenda;
	struct call *calls;
	struct seat *seats;
	int64_t *talk_us;
	uint32_t *queue; /* people (or machines) waiting for a seat, oldest first */
	uint64_t *again; /* leads whose call failed */
	size_t again_count, again_room;
	uint32_t queue_count, free_head, calls_count, seats_count, lines_count;
	uint32_t flying, answered, talking, wrapping, free,
		in;              /* flying: calls without a seat, answered and waiting among them */
	uint64_t next_lead, key; /* key: of the day */
	int64_t block_index;
	double block, tokens;
	int64_t now_us, origin_us, lines_since_us, second;
	uint32_t second_dialled;
	bool fault; /* memory was short */
	struct day day;
};

/* world.c */
void world_note(struct world *w, enum pacing_event event, uint32_t call, uint32_t seat);
void world_plan(struct world *w, int64_t in_us, enum kind kind, uint32_t index, uint32_t generation);
int64_t world_scaled(const struct world *w, double us);
struct minute *world_minute(struct world *w);
/* Before the number of lines in use changes. */
void world_lines(struct world *w);

/* call.c */
struct lead call_lead(struct world *w, uint64_t number);
uint64_t call_next_lead(const struct world *w);
/* `seat`: the one it is meant for, or NO_SEAT. Answers its number. */
uint32_t call_dial(struct world *w, uint32_t seat);
void call_step(struct world *w, enum kind kind, uint32_t call);
void call_release(struct world *w, uint32_t call);
void call_cancel(struct world *w, uint32_t count);
bool call_by_hand(const struct world *w);

/* seat.c */
void seat_begin(struct world *w, uint32_t seat);
void seat_step(struct world *w, enum kind kind, uint32_t seat);
void seat_break(struct world *w, uint32_t seat);
void seat_connect(struct world *w, uint32_t call, uint32_t seat);
void seat_serve(struct world *w);
/* By hand: the seat's call came to nothing. */
void seat_next_by_hand(struct world *w, uint32_t seat);
void seat_end(struct world *w, uint32_t seat);

/* foresight.c */
void foresight_decide(struct world *w);

#endif
