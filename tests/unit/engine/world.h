/*
 * world.h - the whole engine on a fake clock: real calls, desks, runs, gates and pacer; a made-up carrier, phones and store
 *
 * What    The real objects of dialer/ and pacing/ are linked; ua_, media_, writer_, uring_ and the store's readers are this folder's. An hour of
 *         dialling passes in about a second. What the engine may do is asserted where it does it: no command on a leg that is over, no CANCEL before
 *         15 s of ringing, exactly one outcome an attempt, never two calls on one seat. A failure prints the seed.
 * Files   called.c the carrier and who is called; seats.c the agents and the user agent's rest; plane.c the media plane; store.c store and writer; keeper.c nobody's recordings;
 *         world.c the loop's time, the beginning and the end of a world. Each test_engine_*.c is linked with all of them.
 * Use     world_begin(), change what *w offers, world_run(), look at what *w counted, free(w). One world at a time.
 */
#ifndef OUTDIAL_TESTS_UNIT_ENGINE_WORLD_H
#define OUTDIAL_TESTS_UNIT_ENGINE_WORLD_H

#include "base/prng.h"
#include "base/text.h"
#include "base/wheel.h"
#include "dialer/engine.h"
#include "media/amd/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LEGS 8192
#define LEADS_MAX 4000

enum leg_state { LEG_FREE, LEG_EARLY, LEG_UP, LEG_CANCELLED, LEG_SEAT };

struct leg {
	enum leg_state state;
	uint64_t handle, cookie, stream;
	uint32_t seat;
	bool person, ringing, early, printed;
	int64_t sent_us, ringing_us, answered_us, greeting_end_us;
	uint64_t attempt;
	struct timer timer;
};

struct world {
	int64_t now_us, end_us;
	struct prng prng;
	struct wheel wheel;
	struct leg legs[LEGS];
	uint32_t leg_next;
	struct ua_options ua;
	struct engine *engine;
	struct media_event media[4096];
	uint32_t media_head, media_tail;
	struct writer_event writer[8192];
	uint32_t writer_head, writer_tail;
	struct campaign campaign, second; /* second: none without a name */
	struct trunk trunk, other;        /* other: answers on 127.0.0.2 */
	uint64_t version, attempts, outcomes, by[OUTCOME_COUNT], late_truth, shifts;
	uint32_t leads, leads_left, seats, streams_open, busy[64];
	enum outcome result[LEADS_MAX + 1];
	bool truth[LEADS_MAX + 1]; /* a person answered */
	struct attempt record[LEADS_MAX + 1];
	bool seat_bound[64], seats_misbehave, writer_refuses, logins, stop_at_once;
	double person_prob, wrong_prob; /* of being a person; of a person being taken for a machine */
	int64_t talk_us;
	uint64_t sampled, judged, wrong, taken_back, messages, cut, lost_unsampled;
	bool agents_judge;
	bool agents_tell; /* who talks says at once that the called wants no more calls, and hangs up */
	volatile int signals;
	/* what a scenario changes */
	void (*hook)(void); /* after each step of the loop */
	int64_t began_us, writer_slow_us, writer_due_us[8192];
	bool opt_outs_wait; /* the disk never says that one is kept */
	bool opts_out; /* who hears the message of an abandoned call presses the opt-out key */
	int64_t kept_us[LEADS_MAX + 1];
	uint32_t kept;
	bool trunk_silent, trunk_deaf, invites_fail;
	uint64_t said, said_again; /* dispositions after the end of a call that the writer took, and refused */
	uint32_t media_busy; /* so many orders to play a message are refused before one is taken */
	bool seats_mute;   /* no telephone of a seat sends anything */
	bool answers_race; /* who is cancelled has just answered */
	bool answers_unusable; /* no answer says where its sound comes from; else one in a hundred does not */
	uint64_t by_unusable;  /* abandoned by that; not in by[] */
	bool undecided;    /* the classifier says when a person's greeting is over, and no more; the person hangs up 3 s later */
	bool unusable;            /* the first gateway answers at once, with what the user agent can make nothing of */
	uint32_t silent_gateways; /* the first ones, by the last digit of their addresses */
	uint32_t invites[2]; /* by trunk */
	uint8_t invited[LEADS_MAX + 1]; /* by attempt: to how many gateways */
	uint32_t history, cut_off;
	uint32_t connected[2], dialled[2]; /* by campaign */
	char dir[32]; /* of the journal; empty: none */
	bool informs; /* a campaign without agents: machines hear its message */
	double bucket; /* calls that the trunk's rate allows now, kept independently of the gate */
	int64_t bucket_us;
	int64_t bridge_us;
	uint32_t queued; /* people who waited while another was served */
	/* recordings */
	uint32_t recorded, notes[4]; /* by kind */
	struct recording_note note;  /* the last pause or end of one */
	struct tape_seen {
		uint32_t count;
		bool paused[4];
		int64_t at_us[4], refused_us;
	} tape;
	/* machines that all play one recording */
	bool one_recording;
	uint64_t printed, recalled;
	struct print_row rows[PRINT_SLOTS];
	struct print_label label; /* of it */
	bool announces; /* the network plays it before it refuses a call */
	bool taught;    /* by what the engine of the world before this one learned */
	const char *team0;   /* of seat0 in the store; NULL: as of all */
	uint32_t shifts_moved; /* ended because the seat got another team */
};

extern struct world *w;
extern const char world_sdp[]; /* of any telephone */

/* A world of an hour with 10 seats and 800 leads; the caller changes what it likes and frees it. */
void world_begin(uint64_t seed, enum campaign_mode mode);
/* Until its end; every account is audited. */
void world_run(uint64_t seed);
/* Since its beginning. */
int64_t world_second(void);
/* The next number of 0..1. */
double world_chance(void);

/* NULL: it is over. */
struct leg *world_leg(uint64_t handle);
struct leg *world_leg_new(uint64_t *handle);
/* The leg's own timer. */
void world_later(struct leg *leg, int64_t in_us, wheel_h *handler);
/* What the user agent, and what the media plane, says to the engine. */
void world_tell(struct leg *leg, enum ua_event_kind kind, int code, bool local, const char *sdp);
void world_media(struct media_event event);

/* The recording that all machines play (0) as the classifier's memory names it. */
uint32_t world_recording(uint64_t whose);
/* The engine knows the recording on this stream. */
void world_recalled(uint64_t stream, enum amd_verdict verdict);
/* A seat's telephone logs in. */
void world_seat_calls(uint32_t seat, const char *sdp);
/* No stream of a world before this one is left. */
void world_plane_begin(void);

#endif
