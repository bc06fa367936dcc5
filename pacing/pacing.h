/*
 * pacing.h - how many calls to place now (pure: no I/O, no clock, no allocation after pacer_alloc)
 *
 * What    One pacer paces one campaign over one team of seats. It is told every event of a call's and a seat's life as it
 *         happens, and asked for a decision after each event that can change one (event-driven) and on a slow tick.
 * Shape   opaque struct pacer, sized at pacer_alloc for calls_max and seats_max; call and seat numbers are small integers
 *         0..max-1 chosen by the caller and used again (the index part of its pool handles).
 * Units   *_us microseconds since the epoch, never going back between calls; *_prob 0..1.
 * Errors  an event that does not fit what went before (an answer of a call that was never dialled) is counted
 *         and ignored; nothing fails at run time.
 * Determinism  same options, same events, same views: same decisions, bit by bit.
 * Thread  the caller's.
 * Source  docs/PACING.md; 16 CFR 310.4(b)(4) for the abandonment ceiling and the 15 s of ringing.
 */
#ifndef OUTDIAL_PACING_PACING_H
#define OUTDIAL_PACING_PACING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACING_GROUPS 64 /* groups of leads that are told apart */

enum pacing_mode {
	PACING_PROGRESSIVE, /* one line per free seat: nobody is abandoned but by a seat that leaves */
	PACING_PREDICTIVE,  /* as many lines as the abandonment budget allows */
	PACING_POWER,       /* `ratio` lines a free seat while the budget has room, else one */
	PACING_AGENTLESS,   /* no seats: as many calls as lines, tokens and leads allow */
};

struct pacing_options {
	enum pacing_mode mode;
	uint32_t calls_max, seats_max; /* bounds of call and seat numbers */
	double abandon_prob_max;       /* ceiling of abandoned / answered by people, e.g. 0.03 */
	int64_t hold_us;               /* a person may wait this long after the greeting's end: 2 s by law */
	int64_t ring_us_min;           /* no ringing call may be cancelled before this: 15 s by law */
	int64_t ring_us_max;           /* the engine gives a ringing call up after this */
	int64_t period_start_us;       /* start of the current legal window, and what it holds so far: */
	uint64_t period_live_count, period_abandoned_count;
	int64_t day_end_us; /* dialling stops then; 0 when open-ended */
	bool classified;    /* calls are classified before a seat is connected */
	double ratio;       /* of PACING_POWER: lines for a free seat, 1 or more */
};

enum pacing_event {
	PACING_DIALLED,      /* call; seat: its group of leads, below   (D) */
	PACING_ANSWERED,     /* call: 200 OK                            (A) */
	PACING_PERSON,       /* call: classified as a person            (V) */
	PACING_MACHINE,      /* call: classified as a machine, ended    (M) */
	PACING_NO_ANSWER,    /* call: rang out                          (N) */
	PACING_BUSY,         /* call                                    (B) */
	PACING_DEAD,         /* call: number out of service             (S) */
	PACING_FAILED,       /* call: network or trunk failed           (F) */
	PACING_CONNECTED,    /* call, seat: talk begins                 (C) */
	PACING_ABANDONED,    /* call: a person, and no seat in time     (X) */
	PACING_CANCELLED,    /* call: cancelled on the pacer's word     (K) */
	PACING_MACHINE_SEAT, /* call, seat: a machine passed to a seat  (m) */
	PACING_WRAP,         /* seat: talk ended, wrap-up begins        (W) */
	PACING_READY,        /* seat: free for the next call            (R) */
	PACING_LEFT,         /* seat: logged out or paused              (L) */
	PACING_LOST,         /* call: a person or unknown hung up before connection, not abandoned by us */
};

/* What only the engine knows at the moment of a decision. */
struct pacing_view {
	uint32_t lines_free;  /* calls that trunk and engine can still take */
	double tokens;        /* calls that the calls-per-second limit lets out now; negative = no limit */
	uint32_t leads_ready; /* leads that may be dialled now; UINT32_MAX = unknown, many */
	bool dialling;        /* false: the campaign is paused or its window is closed; the answer is then 0 calls */
	bool idle_known;      /* the caller counts the free seats itself: that count is believed, not the one from the events */
	uint32_t idle;
};

/* What held the decision where it is: the tightest of the bounds. */
enum pacing_reason {
	PACING_BY_NOTHING, /* placed what the law wanted */
	PACING_BY_SEATS,   /* every seat is provided for */
	PACING_BY_BUDGET,  /* the abandonment budget */
	PACING_BY_LINES,
	PACING_BY_TOKENS,
	PACING_BY_LEADS,
	PACING_BY_WINDOW,   /* not dialling, or the day ends */
	PACING_BY_LEARNING, /* too little seen yet to over-dial */
};

struct pacing_decision {
	uint32_t place;  /* calls to place now, within lines_free, tokens and leads_ready */
	uint32_t cancel; /* ringing calls to cancel, oldest first, none younger than ring_us_min */
	enum pacing_reason reason;
	double answer_prob;         /* estimate: a call placed now is answered by a person */
	double overflow_expected;   /* estimate: people that will find no seat, after placing */
	double seats_free_expected; /* estimate: seats free within one ring time */
};

/* What `outdial top`, `status` and the report show. */
struct pacing_state {
	uint32_t seats_in, seats_free, seats_talking, seats_wrapping;
	uint32_t calls_ringing, calls_answered; /* answered: waiting for classification or a seat */
	uint64_t dialled, answered, live, connected, abandoned, machines, no_answer, busy, dead, failed;
	double abandoned_prob; /* period's abandoned / live, 0 when live is 0 */
	uint64_t misfits;      /* events that did not fit */
	struct pacing_decision last;
	/* The law's terms at the last decision (predictive only). One more call is placed while its risk is under the price. */
	double risk_prob;  /* of the first call more: its person, or whom it displaces, finds no seat */
	double price_prob; /* highest risk that the budget bears now */
	double spend_prob; /* share of the people still to come that may be lost, */
	double left;       /* and how many at this moment, calls in flight taken off */
	double level;      /* today's answer rate as a multiple of what was learned, the hour's own factor included */
};

struct pacer;

/* NULL when memory is short or an option is out of range (calls_max, seats_max 1..65536; abandon_prob_max 0..0.05). */
struct pacer *pacer_alloc(const struct pacing_options *options, int64_t now_us);
void pacer_free(struct pacer *pacer); /* NULL is fine */

/* Mode, ceiling or times changed at run time; what was learned stays. calls_max and seats_max are ignored. */
void pacer_configure(struct pacer *pacer, const struct pacing_options *options, int64_t now_us);

/* A new shift: every seat is out and no call is in flight; what was learned stays. */
void pacer_clear(struct pacer *pacer, int64_t now_us);

/*
 * What was learned of ring times, answer rates, talk and wrap-up, and the price, for another pacer of the same campaign (the
 * engine keeps it over a restart). How far today's rates have moved from it is not part of it. The values mean something to this
 * version of the program only.
 */
#define PACING_LEARNED_VALUES 1085
struct pacing_learned {
	double value[PACING_LEARNED_VALUES];
};
void pacer_learned(const struct pacer *pacer, struct pacing_learned *out);
/* Replaces what this pacer knows; before its first event. -EINVAL, and nothing changes: another ring time, classified or not, or
 * a value out of its range. */
int pacer_relearn(struct pacer *pacer, const struct pacing_learned *learned, int64_t now_us);

/* The true counts of the current legal window, where the caller keeps better ones than the events give. */
void pacer_period(struct pacer *pacer, uint64_t live_count, uint64_t abandoned_count);

/* One event. `call` and `seat` as named beside the event, the other is ignored. A dialled call may name in `seat` a group of
 * leads, 1..PACING_GROUPS - 1, whose answer rate is learned for itself (attempt number and list, say); 0: none. */
void pacer_note(struct pacer *pacer, enum pacing_event event, uint32_t call, uint32_t seat, int64_t now_us);

/* What to do now. The caller notes PACING_DIALLED for each call that it really places. */
struct pacing_decision pacer_decide(struct pacer *pacer, const struct pacing_view *view, int64_t now_us);

struct pacing_state pacer_state(const struct pacer *pacer);
/* "budget", "seats", ... */
const char *pacing_reason_name(enum pacing_reason reason);

#endif
