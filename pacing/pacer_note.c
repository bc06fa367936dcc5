/*
 * pacer_note.c - the events of calls and seats
 *
 * Each event has one small function that answers false when it does not fit the state of its call or seat; pacer_note() counts
 * these.
 */
#include "pacing/pacer.h"

#define SLACK_WEIGHT 0.125 /* of the newest abandoned person in the learned slack */

static void live(struct pacer *pacer, struct pacer_call *call)
{
	if (call->live)
		return;
	call->live = true;
	pacer->state.live++;
	purse_live(&pacer->purse);
}

/* It was a machine after all, which is no person of the law's count. */
static void not_live(struct pacer *pacer, struct pacer_call *call)
{
	if (!call->live)
		return;
	call->live = false;
	pacer->state.live--;
	purse_not_live(&pacer->purse);
}

/* The call is over for the pacer: its charge is settled, moves the price, and its number is free. */
static void finish(struct pacer *pacer, struct pacer_call *call)
{
	purse_settle(&pacer->purse, call->charge);
	if (call->live_expected > 0)
		purse_learn(&pacer->purse, &pacer->terms, (double)call->live_expected, call->charge / PURSE_CHARGE_ONE);
	if (call->state == PACER_ANSWERED)
		pacer->answered--;
	if (call->state == PACER_WAITING)
		pacer->waiting--;
	if (call->state == PACER_RINGING)
		pacer->state.calls_ringing--;
	pacer->resolved++;
	call->state = PACER_IDLE;
}

static bool end_ringing(struct pacer *pacer, struct pacer_call *call, enum ringing_end end)
{
	if (call->state != PACER_RINGING)
		return false;
	ringing_end(&pacer->ringing, &call->ring, end);
	finish(pacer, call);
	return true;
}

/* An answered call turns out to be `end`. */
static void verdict(struct pacer *pacer, struct pacer_call *call, enum ringing_end end, int64_t now_us)
{
	if (call->state == PACER_ANSWERED)
		ringing_verdict(&pacer->ringing, &call->ring, call->answer_bin, call->weight, end, now_us);
}

/* A call that the last decision asked for is charged; one that nobody asked for is not. */
static void charge(struct pacer *pacer, struct pacer_call *call)
{
	if (!pacer->asked)
		return;
	pacer->asked--;
	call->charge = pacer->charge;
	purse_charge(&pacer->purse, call->charge);
	call->live_expected = pacer->learns ? (float)pacer->live_each : 0;
}

static bool dialled(struct pacer *pacer, struct pacer_call *call, uint32_t group)
{
	bool fits = call->state == PACER_IDLE;

	if (call->state == PACER_RINGING)
		ringing_end(&pacer->ringing, &call->ring, RINGING_CENSORED);
	if (!fits) {
		verdict(pacer, call, RINGING_CENSORED, pacer->seen_us);
		finish(pacer, call);
	}
	*call = (struct pacer_call){.state = PACER_RINGING, .ring = ringing_dial(&pacer->ringing, group)};
	charge(pacer, call);
	pacer->state.dialled++;
	pacer->state.calls_ringing++;
	return fits;
}

static bool answered(struct pacer *pacer, struct pacer_call *call, int64_t now_us)
{
	if (call->state != PACER_RINGING)
		return false;
	call->weight = ringing_answer(&pacer->ringing, &call->ring, now_us);
	call->answer_bin = pacer->ringing.head;
	call->since_us = now_us;
	call->state = pacer->options.classified ? PACER_ANSWERED : PACER_WAITING;
	pacer->state.calls_ringing--;
	pacer->answered += pacer->options.classified;
	pacer->waiting += !pacer->options.classified;
	pacer->state.answered++;
	return true;
}

static bool person(struct pacer *pacer, struct pacer_call *call, int64_t now_us)
{
	bool fits = call->state == PACER_ANSWERED || (call->state == PACER_WAITING && !call->live);

	if (!fits)
		return false;
	live(pacer, call);
	if (call->state == PACER_WAITING)
		return true;
	verdict(pacer, call, RINGING_PERSON, now_us);
	pacer->answered--;
	pacer->waiting++;
	call->state = PACER_WAITING;
	call->since_us = now_us;
	return true;
}

static bool machine(struct pacer *pacer, struct pacer_call *call, int64_t now_us)
{
	if (call->state == PACER_IDLE)
		return false;
	pacer->state.machines++;
	if (end_ringing(pacer, call, RINGING_MACHINE))
		return true;
	verdict(pacer, call, RINGING_MACHINE, now_us);
	not_live(pacer, call);
	finish(pacer, call);
	return true;
}

/* A person was served, lost or gone. */
static bool end_answered(struct pacer *pacer, struct pacer_call *call, enum ringing_end end, int64_t now_us)
{
	if (call->state != PACER_ANSWERED && call->state != PACER_WAITING)
		return false;
	verdict(pacer, call, end, now_us);
	finish(pacer, call);
	return true;
}

static bool connected(struct pacer *pacer, struct pacer_call *call, uint32_t seat, uint32_t number, int64_t now_us)
{
	bool was_there = call->state == PACER_ANSWERED || call->state == PACER_WAITING;

	if (was_there) {
		live(pacer, call);
		end_answered(pacer, call, RINGING_PERSON, now_us);
		pacer->state.connected++;
	}
	return crew_connect(&pacer->crew, seat, number, now_us) && was_there;
}

static bool abandoned(struct pacer *pacer, struct pacer_call *call, int64_t now_us)
{
	if (call->state != PACER_ANSWERED && call->state != PACER_WAITING)
		return false;
	live(pacer, call);
	pacer->slack_us += SLACK_WEIGHT * ((double)(now_us - call->since_us) - pacer->slack_us);
	purse_abandoned(&pacer->purse);
	pacer->state.abandoned++;
	return end_answered(pacer, call, RINGING_PERSON, now_us);
}

/* A machine that nobody recognised: it takes a seat as a person does. */
static bool machine_seat(struct pacer *pacer, struct pacer_call *call, uint32_t seat, uint32_t number, int64_t now_us)
{
	const struct crew_seat *s = &pacer->crew.seats[seat];
	bool told_late = s->state == CREW_TALK && s->call == number;

	if (!told_late && !end_answered(pacer, call, RINGING_PERSON, now_us))
		return false;
	not_live(pacer, call);
	pacer->state.machines++;
	return told_late || crew_connect(&pacer->crew, seat, number, now_us);
}

static bool note_seat(struct pacer *pacer, enum pacing_event event, uint32_t seat, int64_t now_us)
{
	switch (event) {
	case PACING_WRAP:
		if (!crew_wrap(&pacer->crew, seat, now_us))
			return false;
		pacer->talks++;
		return true;
	case PACING_READY:
		return crew_ready(&pacer->crew, seat, now_us);
	default:
		return crew_leave(&pacer->crew, seat, now_us);
	}
}

static bool count_end(struct pacer *pacer, struct pacer_call *call, enum ringing_end end, uint64_t *count)
{
	bool fits = end_ringing(pacer, call, end);

	*count += fits;
	return fits;
}

static bool note_call(struct pacer *pacer, enum pacing_event event, uint32_t number, uint32_t seat, int64_t now_us)
{
	struct pacer_call *call = &pacer->calls[number];

	switch (event) {
	case PACING_DIALLED:
		return dialled(pacer, call, seat);
	case PACING_ANSWERED:
		return answered(pacer, call, now_us);
	case PACING_PERSON:
		return person(pacer, call, now_us);
	case PACING_MACHINE:
		return machine(pacer, call, now_us);
	case PACING_NO_ANSWER:
		return count_end(pacer, call, RINGING_OTHER, &pacer->state.no_answer);
	case PACING_BUSY:
		return count_end(pacer, call, RINGING_OTHER, &pacer->state.busy);
	case PACING_DEAD:
		return count_end(pacer, call, RINGING_OTHER, &pacer->state.dead);
	case PACING_FAILED:
		call->live_expected = 0; /* neither reached nor risked anybody */
		return count_end(pacer, call, RINGING_FAILED, &pacer->state.failed) ||
		       end_answered(pacer, call, RINGING_FAILED, now_us);
	case PACING_CONNECTED:
		return connected(pacer, call, seat, number, now_us);
	case PACING_ABANDONED:
		return abandoned(pacer, call, now_us);
	case PACING_CANCELLED:
		return end_ringing(pacer, call, RINGING_CENSORED);
	case PACING_MACHINE_SEAT:
		return machine_seat(pacer, call, seat, number, now_us);
	default:
		return end_answered(pacer, call, RINGING_OTHER, now_us);
	}
}

static bool names_seat(enum pacing_event event)
{
	return event == PACING_WRAP || event == PACING_READY || event == PACING_LEFT;
}

static void count_seats(struct pacer *pacer)
{
	const uint32_t *counts = pacer->crew.counts;

	pacer->state.seats_free = counts[CREW_FREE];
	pacer->state.seats_talking = counts[CREW_TALK];
	pacer->state.seats_wrapping = counts[CREW_WRAP];
	pacer->state.seats_in = counts[CREW_FREE] + counts[CREW_TALK] + counts[CREW_WRAP];
}

void pacer_clear(struct pacer *pacer, int64_t now_us)
{
	ringing_advance(&pacer->ringing, now_us);
	for (uint32_t c = 0; c < pacer->options.calls_max; c++)
		if (!end_ringing(pacer, &pacer->calls[c], RINGING_CENSORED))
			end_answered(pacer, &pacer->calls[c], RINGING_CENSORED, now_us);
	crew_clear(&pacer->crew);
	count_seats(pacer);
}

void pacer_note(struct pacer *pacer, enum pacing_event event, uint32_t call, uint32_t seat, int64_t now_us)
{
	bool both = event == PACING_CONNECTED || event == PACING_MACHINE_SEAT, fits = false;

	ringing_advance(&pacer->ringing, now_us);
	if (event > PACING_LOST)
		fits = false;
	else if (names_seat(event))
		fits = seat < pacer->options.seats_max && note_seat(pacer, event, seat, now_us);
	else if (call < pacer->options.calls_max && (!both || seat < pacer->options.seats_max))
		fits = note_call(pacer, event, call, seat, now_us);
	pacer->state.misfits += !fits;
	count_seats(pacer);
}
