/*
 * call.h - what the files of a call's life share (for call.c, call_*.c and preview.c only)
 *
 * What    call.c has the table and the way to the answer and the verdict; call_talk.c the wait for a seat, the talk and the message when none
 * came; call_machine.c what follows when the classifier says machine: the sample that a seat checks, the seat that is taken back, the message left.
 */
#ifndef OUTDIAL_DIALER_CALL_H
#define OUTDIAL_DIALER_CALL_H

#include "dialer/engine.h"

typedef void call_step_h(struct call *call, const struct call_input *in);

/* --- call.c */
void call_arm(struct call *call, int64_t due_us);
void call_bye(struct call *call);
enum hangup_by call_hung_up(struct call *call, const struct call_input *in); /* CALL_EV_ENDED: keeps the reason, too */
void call_count_person(struct call *call, bool person); /* while it has no outcome */
void call_verdict(struct call *call, const struct call_input *in); /* verdict, cause, probability and time into the attempt */
enum outcome call_machine_outcome(const struct amd_event *amd);
void call_is_person(struct call *call, const struct call_input *in); /* from now on, and the clock of the law runs */
void call_unclassified(struct call *call, int64_t now_us); /* the classifier has not said anything in time */
void call_play_message(struct call *call, enum outcome outcome, int64_t now_us); /* the campaign's; then the call ends as `outcome` */

/* --- call_talk.c */
void call_take_seat(struct call *call, uint64_t desk); /* talks from now on */
/* The call has no seat any more; the seat wraps up or is ready at once. */
void call_leave_desk(struct call *call, bool wrap);
call_step_h step_seat;                 /* a seat for who waits */
call_step_h step_offered_seat;         /* or for whom is not classified yet, */
call_step_h step_offered_person;       /* who is a person, */
call_step_h step_offered_unclassified; /* or nobody knows */
call_step_h step_trial_person;         /* the same while a seat listens already */
call_step_h step_trial_unclassified;
call_step_h step_hold_over;            /* no seat in time: the message */
call_step_h step_message_over;
call_step_h step_message_timer;        /* told again, or it is over */
call_step_h step_message_hangup;
call_step_h step_message_digit;        /* 9: never again */
call_step_h step_opting_timer;
call_step_h step_bridged;              /* the called hears the seat */
call_step_h step_talk_hangup;
call_step_h step_talk_kept;            /* what the agent keyed for the called is durable */
call_step_h step_talk_timer;
call_step_h step_seat_hangup;
call_step_h step_seat_lost;
call_step_h step_stop_talking;         /* the engine ends */

/* --- call_start.c */
struct call *call_take(struct engine *engine, struct run *run, const struct writer_event *claimed);
void call_place(struct call *call); /* INVITE now */
/* An INVITE leaves later than its intent's check: hours, rule packs and lists asked again. False: no, and that is in the log. */
bool call_allowed(const struct call *call, int64_t now_us);
/* The same, asked only when the intent took long to become durable. */
bool call_fresh(const struct call *call, int64_t now_us);
/* An INVITE has left, to the first gateway or a further one: until something rings, and then so long. */
void call_arm_unheard(struct call *call, int64_t now_us);

/* Whoever answers gets this seat, at once. */
void call_reserve(struct call *call, struct desk *desk);

/* --- preview.c */
void preview_show(struct call *call, struct desk *desk); /* a seat that is reserved already */
call_step_h step_preview_dial;
call_step_h step_preview_skip;
call_step_h step_preview_timer;
call_step_h step_preview_stop;
call_step_h step_preview_lost;  /* its seat went away before the INVITE, */
call_step_h step_reserved_lost; /* or after it */

/* --- call_machine.c */
call_step_h step_machine;          /* verdict while nobody talks */
call_step_h step_trial_machine;    /* verdict while a seat listens already */
call_step_h step_revised;          /* a seat talks, and it is a machine after all */
call_step_h step_voicemail_quiet;  /* the greeting has ended */
call_step_h step_voicemail_beep;   /* the beep has ended */
call_step_h step_voicemail_timer;  /* quiet long enough, or waited too long */
call_step_h step_voicemail_hangup; /* the machine hung up before the message was whole */
call_step_h step_voicemail_stop;   /* the engine ends */
call_step_h step_leaving_beep;     /* a beep while the message plays: what was said before it is not on the tape */
call_step_h step_leaving_over;     /* the message is whole */

/* --- call_gateway.c: the trunk's gateways, within one attempt */
/* call_start.c: the INVITE to one of them. */
int call_invite(struct call *call, const struct gateway_target *target);
/* INVITE to the gateway that is best now. ERR_UNKNOWN: the trunk has no address yet. */
int call_try(struct call *call, int64_t now_us);
/* The gateway spoke. */
void call_heard(struct call *call);
/* Is an INVITE of it without any answer? Its gate counts such calls. */
void call_await(struct call *call, bool unheard);
/* The INVITE failed: the gateway's breaker hears of it, and if the failure was its own, another one is tried. True: it is. */
bool call_fails_over(struct call *call, const struct call_input *in);

#endif
