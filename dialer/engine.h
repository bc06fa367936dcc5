/*
 * engine.h - the engine's parts and how they know each other (private to dialer/)
 *
 * Flow    engine.c steps everything on one thread, engine_events.c hands on what happened:
 *         writer event -> call.c (INVITE) -> ua event / media event -> call.c -> connect.c (person meets seat) -> writer (outcome)
 *         seat legs -> desk.c;  campaigns, their pacers and claims -> run.c;  trunks -> gate.c;  questions from outside -> control.c
 * Own     struct engine owns all; calls and desks live in pools and are named by handles across threads and callbacks.
 */
#ifndef OUTDIAL_DIALER_ENGINE_H
#define OUTDIAL_DIALER_ENGINE_H

#include "base/clock.h"
#include "base/doc.h"
#include "base/hist.h"
#include "base/pool.h"
#include "base/wheel.h"
#include "campaigns/campaigns.h"
#include "dialer/ages.h"
#include "dialer/books.h"
#include "dialer/config.h"
#include "dialer/gate.h"
#include "dialer/governor.h"
#include "dialer/journal.h"
#include "dialer/keeper.h"
#include "dialer/keys.h"
#include "dialer/names.h"
#include "dialer/offer.h"
#include "dialer/pulse.h"
#include "dialer/recall.h"
#include "dialer/ua.h"
#include "media/media.h"
#include "pacing/pacing.h"

#define RUNS_MAX 64
#define GATES_MAX 64
#define MESSAGES_MAX 64

struct control;
struct engine;

/* One campaign that is running, or still has calls. */
struct run {
	bool used;
	struct campaign campaign;
	struct gate *gate; /* NULL: its trunk is unknown */
	struct pacer *pacer;
	struct journal *journal; /* of what the pacer is told; NULL: none */
	int64_t learned_us;      /* what it has learned was last saved, or read */
	uint32_t message;     /* prompt for abandoned calls, 0 none */
	uint32_t voicemail;   /* prompt for machines, 0 none */
	uint32_t calls;       /* call objects alive */
	uint32_t requested;   /* leads asked of the writer and not yet answered */
	struct gate *reserved; /* whose lines they hold: the campaign's trunk may be another one by the time they come */
	int64_t empty_until_us; /* nothing to claim before this */
	int64_t next_us;      /* when a lead becomes dialable, 0 unknown */
	bool finished, dirty;
	double seat_us;       /* seat time lately (share.c), */
	uint32_t seats;       /* and seats that count for it now */
	bool held_back;       /* by lines or calls a second, at its last decision */
	struct pacing_options options; /* what the pacer was told last */
	uint32_t people_open, lost_open; /* of the calls without an outcome: people, and people who were abandoned */
	struct books books;   /* people and abandoned people in each legal window */
	struct pulse pulse;   /* of the last minute */
	struct {              /* own.c: the one claim of a seat's own callback that the writer has not answered */
		uint64_t desk;    /* that is reserved for it; 0: none */
		struct gate *gate; /* whose line it holds */
	} own;
};

/* --- calls: the legs to the called */
enum call_state {
	CALL_DIALLING,   /* INVITE is out */
	CALL_RINGING,    /* 18x */
	CALL_LISTENING,  /* answered, being classified */
	CALL_OFFERED,    /* answered, wants a seat at once; being classified */
	CALL_TRIAL,      /* with a seat; being classified */
	CALL_WAITING,    /* a person, waits for a seat within the hold time */
	CALL_TALKING,
	CALL_MESSAGE,    /* abandoned: hears the campaign's message */
	CALL_BEEP,       /* a machine: waits for its beep */
	CALL_LEAVING,    /* a machine: the voicemail message plays */
	CALL_CANCELLING, /* CANCEL is out, the outcome is known */
	CALL_ENDED,      /* only the outcome has still to be taken by the writer */
	CALL_PREVIEW,    /* not dialled yet: its agent looks at the lead */
	CALL_OPTING,     /* pressed the opt-out key: hangs up when the number is durably on the do-not-call list */
	CALL_STATES
};

enum call_event {
	CALL_EV_TRYING,
	CALL_EV_PROGRESS,
	CALL_EV_ANSWERED,
	CALL_EV_FAILED,
	CALL_EV_ENDED,       /* the called person hung up */
	CALL_EV_PERSON,      /* verdict: person or unknown */
	CALL_EV_MACHINE,     /* verdict: anything that is no person */
	CALL_EV_REVISED,
	CALL_EV_SEAT,        /* a seat is there */
	CALL_EV_BRIDGED,     /* the seat's first packet went to the called */
	CALL_EV_PLAYED,      /* the message was heard */
	CALL_EV_DIGIT,
	CALL_EV_QUIET,       /* the greeting has ended */
	CALL_EV_BEEP,        /* a voicemail's beep has ended */
	CALL_EV_TIMER,       /* ring time, hold time, classification time */
	CALL_EV_SEAT_HANGUP,
	CALL_EV_SEAT_LOST,
	CALL_EV_STOP,        /* the engine ends now */
	CALL_EV_DIAL,        /* the agent wants the previewed lead, */
	CALL_EV_SKIP,        /* or the next one */
	CALL_EV_KEPT,        /* the opt-out is durable */
	CALL_EVENTS
};

struct call_record {
	bool on, paused;
	bool told;      /* the media plane knows the last change, */
	int64_t at_us;  /* which was then */
	uint32_t pauses;
	struct timer timer; /* tells it again, or ends the pause */
};

struct call {
	uint64_t self;
	struct engine *engine;
	struct run *run;
	struct gate *gate;
	enum call_state state;
	uint64_t leg, stream, desk; /* 0: none */
	uint64_t reserved;    /* desk that previews it, until it talks; 0: none */
	bool postponed;       /* it has a line, and no place in the trunk's rate: its agent has not dialled yet, */
	bool dial_wanted;     /* or has, and it goes as soon as the trunk lets it */
	struct attempt attempt;
	enum outcome planned; /* what a cancelled attempt, or one that hears the message, ends as */
	bool heard_trunk;     /* the gateway that is tried now said something */
	bool unheard;         /* counted in its gate's unheard */
	bool agentless;       /* as its campaign was when it was dialled */
	bool voice_open;      /* voice began and has not ended */
	int64_t held_from_us; /* of a person who waits: the clock of the law runs from here */
	bool person, lost;    /* counted in the run: people_open, lost_open */
	bool recalled;        /* its greeting was recognised as a recording heard before, */
	enum outcome recalled_as; /* and ends the call as this; NONE: as the verdict says */
	uint32_t early_recording; /* played before the answer; 0: none */
	bool again;           /* the voicemail message was begun a second time */
	int64_t beep_us;      /* end of the last beep, 0 none */
	int64_t give_up_us;   /* waiting for the beep, or for room to tell the message, ends */
	int64_t opt_us;       /* the opt-out key was pressed, by the called or by the agent whom they told */
	bool opt_kept;        /* that is durable, or the disk takes nothing */
	bool end_wanted;      /* the agent hung up before it was */
	struct offer local;
	struct timer timer;
	struct call *waiting_next; /* queue of connect.c */
	uint16_t fields_bytes;
	char fields[LEAD_FIELDS_BYTES];
	uint32_t tried;       /* slots of gateways, as bits */
	int gateway_slot;     /* that the INVITE went to, */
	uint32_t gateway_serial; /* 0: none yet */
	struct call_record record;
};

/* What comes with an event; unused members are zero. */
struct call_input {
	const struct ua_event *ua;
	const struct media_event *media;
	uint64_t desk;
	int64_t now_us;
};

/* An intent that is durable becomes a call: stream, offer, INVITE. */
void call_start(struct engine *engine, struct run *run, const struct writer_event *claimed);
void call_happen(struct call *call, enum call_event event, const struct call_input *input);
/* The agent says that the called wants no more calls: durable before the agent's end of the call becomes a BYE. */
void call_told_off(struct call *call, int64_t now_us);
/* An intent that came too late to be dialled (drain): its outcome is written at once. */
void call_refuse(struct engine *engine, struct run *run, const struct writer_event *claimed);
/* Ends the call's account: queue, seat's stream, trunk, outcome. The SIP leg is over or on its way, the pacer knows. */
void call_finish(struct call *call, enum outcome outcome, enum hangup_by by, int64_t now_us);
/* The disposition of a call whose outcome the writer has not taken yet; false: it has. */
bool call_dispose_late(struct engine *engine, uint64_t attempt, const char *disposition);
/* Outcomes that the writer had no room for. */
void call_retry_outcomes(struct engine *engine);
/* The opt-out of this attempt is durable. */
void call_kept(struct engine *engine, uint64_t attempt, int64_t now_us);
/* call_record.c: from the answer to the end, if the campaign records. A pause answers NULL, or why not; twice is as once. */
void call_record_start(struct call *call, int64_t now_us);
void call_record_end(struct call *call, int64_t now_us);
const char *call_record_pause(struct call *call, bool paused, const char *who, const char *why);
/* {"ask":"recording","do":"pause" or "resume","of":attempt or seat,"who":name,"why":word} */
struct doc *call_record_doc(struct engine *engine, const struct doc *request);
uint32_t call_index(const struct call *call);
void call_note(struct call *call, enum pacing_event event, uint32_t seat, int64_t now_us);
const char *call_state_name(enum call_state state);

/* --- desks: the seats that are logged in */
enum desk_state { DESK_LOGIN, DESK_READY, DESK_TALKING, DESK_WRAP, DESK_PAUSED, DESK_PREVIEW, DESK_DIALLING };

struct desk {
	uint64_t self;
	struct engine *engine;
	enum desk_state state;
	int64_t since_us;
	struct seat seat;
	uint64_t leg, stream;
	uint64_t call;         /* while talking */
	struct run *run;       /* of the call that it talks or wraps up */
	struct run *home;      /* whose pacer counts the seat; NULL: none */
	uint64_t attempt;      /* of the last call: for the disposition */
	struct attempt last;   /* the last talk that wrapped up */
	bool acked, heard;     /* login: both are needed */
	bool offered;          /* ours was the offer */
	bool pause_wanted;
	bool removed;          /* from the store: ends when its talk and wrap-up are over */
	struct keys keys;
	struct offer local;
	struct shift shift;
	struct timer timer;
	bool away;             /* its home's pacer was told that it left, though it is reserved for a lead */
	int64_t own_us;        /* its own callbacks are looked for again then, */
	struct callback_place own_after; /* behind this one */
	char team_next[NAME_BYTES]; /* that the store gave it while it was at work; "": none */
};

void desk_ua(struct engine *engine, const struct ua_event *event);
void desk_media(struct desk *desk, const struct media_event *event);
/* The call begins or has ended; desk_release without wrap-up puts the seat straight back. */
void desk_take(struct desk *desk, struct call *call);
void desk_release(struct desk *desk, bool wrap);
/* Reserved for a lead that comes from the writer soon: shown, then dialled; and free again when nothing came of it. */
void desk_reserve(struct desk *desk, struct run *run);
void desk_preview(struct desk *desk, struct call *call);
void desk_dialling(struct desk *desk);
void desk_unreserve(struct desk *desk);
void desk_end(struct desk *desk, const char *why, bool bye);
/* What others changed: seats that are no more, or have another password, are marked; those of another team go there when they are free. */
void desk_reload(struct engine *engine);
void desk_dismiss(struct engine *engine); /* ends those that are marked and not at work */
void desk_save_shifts(struct engine *engine);
/* Dispositions for which the writer had no room. */
void desk_retry_dispositions(struct engine *engine);
const char *desk_state_name(enum desk_state state);

/* --- reoffer.c: answers UA_EV_REOFFER of either leg; `local` is what we said last, and what we say now afterwards. */
void reoffer_answer(struct engine *engine, uint64_t stream, struct offer *local, const struct ua_event *event);
/* Their answer to our description: the stream follows it. An error when there is none of use. */
int reoffer_answered(struct engine *engine, uint64_t stream, const struct offer *local, const struct ua_event *event);
/* Answers UA_EV_OFFER of a call that was placed without a description; `local` has our port, and what we say afterwards. */
void reoffer_first(struct engine *engine, uint64_t stream, enum srtp_mode srtp, struct offer *local, const struct ua_event *event);

/* --- connect.c: people who wait, and seats */
void connect_wait(struct engine *engine, struct call *call);   /* joins the queue */
void connect_forget(struct engine *engine, struct call *call); /* leaves it */
/* The seat of the team that is best for a call of this run, NULL: none is free. */
struct desk *connect_free(struct engine *engine, const char *team, const struct run *run);
void connect_serve(struct engine *engine, const char *team);   /* longest waiting person to the longest idle seat */

/* --- run.c */
void run_reload(struct engine *engine);                     /* the store changed */
void run_save(struct engine *engine, int64_t now_us);        /* keeps what the pacers have learned, now and then */
struct run *run_find(struct engine *engine, uint32_t campaign);
void run_writer(struct engine *engine, const struct writer_event *event);
void run_note(struct run *run, enum pacing_event event, uint32_t call, uint32_t seat, int64_t now_us);
/* May it dial, and is there somebody to dial? */
bool run_wants(const struct engine *engine, const struct run *run, int64_t now_us);
/* The same, and its trunk does not rest. */
bool run_hungry(const struct engine *engine, const struct run *run, int64_t now_us);
void run_decide_all(struct engine *engine, bool tick);
/* May it place one more call now, whatever its pacer says? */
bool run_has_line(struct engine *engine, struct run *run, int64_t now_us);
/* Does it place more calls than seats are free? */
bool run_overdials(const struct run *run);
void run_close(struct engine *engine);

/* An attempt of the run has its outcome: into the books. */
void run_count(struct run *run, const struct attempt *attempt, int64_t now_us);
/* The agent disposes of a talk that is over: what it was may change, and the books with it. */
void run_dispose(struct run *run, struct attempt *attempt, const char *disposition, int64_t now_us);

/* --- trunks.c: the trunks' gateways: addresses, OPTIONS, REGISTER */
int trunks_open(struct engine *engine, char *why);
/* The trunk's gate, made from the store or brought up to date; NULL: there is no such trunk, or no room. */
struct gate *trunks_gate(struct engine *engine, const char *name, int64_t now_us);
void trunks_reload(struct engine *engine, int64_t now_us); /* the store changed, and run_reload() knows it */
void trunks_turn(struct engine *engine, int64_t now_us);   /* on each tick */
void trunks_reply(struct engine *engine, const struct ua_event *event);
/* A gateway spoke; or failed a call or OPTIONS: its breaker hears of it, and the log of a change. */
void trunks_heard(struct gate *gate, struct gateway *gateway);
void trunks_blame(struct gate *gate, struct gateway *gateway, enum gateway_trouble trouble, int64_t retry_us, int64_t now_us);
void trunks_close(struct engine *engine); /* ends the registrations */

/* --- preview.c: the agent sees the lead first */
void preview_start(struct engine *engine, struct run *run, const struct writer_event *claimed);
/* Previews of campaigns that do not dial any more end. */
void preview_sweep(struct engine *engine);

/* --- own.c: callbacks that are a seat's own */
/* The seat is ready: is one of its own due? Then it is reserved, and the lead is claimed for it. */
void own_serve(struct engine *engine, struct desk *desk);
void own_turn(struct engine *engine); /* on each tick */
void own_reload(struct engine *engine); /* the store changed */
/* The writer's answer to such a claim. */
void own_writer(struct engine *engine, struct run *run, const struct writer_event *event);

/* --- share.c: several campaigns on one team, and on one trunk */
/* READY, WRAP or LEFT of a seat, for the campaign that counts it; a seat that becomes free may change its home. */
void run_note_seat(struct engine *engine, struct desk *desk, enum pacing_event event);
/* A call of this run takes the free seat, whosever it was. */
void share_claim(struct desk *desk, struct run *run);
/* The run has no seats any more; `tell` it so, unless it is over. */
void share_forget(struct engine *engine, struct run *run, bool tell);
/* On each tick: idle seats go where they are of use. */
void share_balance(struct engine *engine);
/* Takes off what the trunk's other campaigns must get first. */
void share_trunk(struct engine *engine, struct run *run, struct pacing_view *view, int64_t now_us);

/* --- why.c: explains the rate */
#define WHY_SENTENCE_BYTES 320
void why_sentence(const struct engine *engine, const struct run *run, int64_t now_us, char *out, size_t size);
/* The whole answer to {"ask":"pace","campaign":name}. */
struct doc *why_doc(struct engine *engine, const char *name);

/* --- the engine */
#define SAID_MAX 1024

struct said { /* by an agent, of a call that is over */
	uint64_t attempt;
	char disposition[24];
};

struct engine {
	struct config config;
	struct store *store;
	struct writer *writer;
	struct ua *ua;
	struct media *media;
	struct uring *uring;
	struct control *control;
	struct recall *recall;
	struct keeper *keeper;
	uint64_t records_lost; /* recordings refused and milliseconds lost that the log has told */
	struct names *names;
	struct wheel wheel;
	struct pool calls, desks;
	struct run runs[RUNS_MAX];
	struct gate gates[GATES_MAX];
	struct {
		char path[256];
		uint32_t prompt;
	} messages[MESSAGES_MAX];
	uint32_t tone_login, tone_connect, tone_pause, tone_preview;
	struct call *waiting_head, *waiting_tail;
	uint64_t store_version;
	uint64_t recovered; /* attempts found unfinished at start */
	uint64_t logins_refused; /* wrong passwords and unknown logins that the log has told */
	char login_asked[32];    /* whose secret was asked for last, for that line */
	uint64_t logins_slowed;  /* the same of logins that came too fast */
	char login_slowed[32], login_slowed_ip[46];
	uint32_t outcomes_late; /* calls in CALL_ENDED */
	struct said said[SAID_MAX]; /* that the writer has not taken yet: nobody is dialled meanwhile */
	uint32_t said_count;
	uint64_t misfits;       /* events that a call's state had no use for */
	bool draining, stopping, unhealthy;
	int64_t started_us, drain_us, shared_us;
	uint64_t steps;
	int64_t late_us_max;
	struct governor governor;
	struct ages ages;
	int64_t zones_us; /* when the time zones' files were looked at */
	bool clock_ahead; /* of the system's: said */
	int64_t step_us_max;    /* since the governor's last turn, */
	uint64_t media_late;    /* and the media's late passes until then */
	struct timer tick, save;
	struct hist step_us;  /* of each step of the loop that had something to do: its own time, not that of its sleep */
	struct hist store_us; /* of each tick: what it spent in the store */
	uint64_t shift_last;  /* id of the shift that began last: none has the same */
};

#define ENGINE_WATCHED 3 /* descriptors that wake the loop */

/* --- engine_open.c: opens everything in the order store, writer, media, SIP; a sentence in why (400 bytes). */
int engine_open(struct engine **engine, const char *dir, char *why);
void engine_close(struct engine *engine); /* NULL is fine */

/* --- engine.c: runs until a drain has come to its end. `signals` counts those that came, the second ends all calls at once. */
void engine_loop(struct engine *engine, const volatile int *signals);
/* No new calls from now on; again: nothing. */
void engine_drain(struct engine *engine);
/* Timers that arm themselves again: each 100 ms, each 5 s. */
void engine_on_tick(void *arg);
void engine_on_save(void *arg);

/* --- engine_events.c: what the parts say, handed on. The user agent's callbacks (dialer/ua.h), */
void engine_on_ua(void *arg, const struct ua_event *event);
bool engine_on_secret(void *arg, const char *user, char ha1[33]);
void engine_on_slowed(void *arg, const char *user, const char *ip);
bool engine_on_allow(void *arg, const char *ip);
/* and all that waits in a queue of another thread. */
void engine_take_media(struct engine *engine);
void engine_take_writer(struct engine *engine);

int control_open(struct control **control, struct engine *engine, const char *dir, char *why);
/* Goes on with answers that the asker has not taken yet. */
void control_turn(struct control *control);
void control_close(struct control *control);
struct doc *status_doc(struct engine *engine); /* status.c */

#endif
