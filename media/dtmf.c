/* dtmf.c - key presses as RTP events */
#include "media/dtmf.h"

#include "base/err.h"

#include <string.h>

#define STEP_SAMPLES 160
#define STEPS_EVENT 5 /* 100 ms */
#define STEPS_END 7   /* the last packet of the event and two repetitions */
#define STEPS_ALL 8   /* 160 ms */
#define VOLUME 10
#define SAME_PRESS_US 60000

static const char digits_known[] = "0123456789*#ABCD";

int dtmf_parse(const uint8_t *payload, size_t bytes, struct dtmf_event *event)
{
	if (bytes < DTMF_BYTES)
		return ERR_SYNTAX;
	*event = (struct dtmf_event){
		.code = payload[0],
		.end = payload[1] & 0x80,
		.volume = payload[1] & 0x3f,
		.duration = (uint16_t)(payload[2] << 8 | payload[3]),
	};
	return 0;
}

void dtmf_build(uint8_t out[DTMF_BYTES], const struct dtmf_event *event)
{
	out[0] = event->code;
	out[1] = (uint8_t)((event->end ? 0x80 : 0) | (event->volume & 0x3f));
	out[2] = (uint8_t)(event->duration >> 8);
	out[3] = (uint8_t)event->duration;
}

char dtmf_digit(uint8_t code)
{
	return code < 16 ? digits_known[code] : 0;
}

int dtmf_code(char digit)
{
	if (digit >= 'a' && digit <= 'd')
		digit = (char)(digit - 'a' + 'A');
	const char *at = digit ? strchr(digits_known, digit) : NULL;
	return at ? (int)(at - digits_known) : -1;
}

/*
 * A press is known by its timestamp. Some senders let it grow with every packet: as long as the same key has not ended and
 * packets follow each other, it is one press.
 */
bool dtmf_note(struct dtmf_rx *rx, const struct dtmf_event *event, uint32_t ts, int64_t now_us)
{
	bool before = rx->seen && (int32_t)(ts - rx->ts) < 0 && now_us - rx->at_us < 5000000;
	bool same = rx->seen && event->code == rx->code && (ts == rx->ts || (!rx->ended && now_us - rx->at_us < SAME_PRESS_US));

	if (!dtmf_digit(event->code) || before)
		return false;
	rx->ended = event->end || (same && rx->ended);
	rx->seen = true;
	rx->code = event->code;
	rx->ts = ts;
	rx->at_us = now_us;
	return !same;
}

void dtmf_queue(struct dtmf_tx *tx, const char *digits)
{
	for (; *digits && tx->count < DTMF_DIGITS_MAX; digits++) {
		if (dtmf_code(*digits) >= 0)
			tx->digits[tx->count++] = *digits;
	}
}

enum dtmf_step dtmf_next(struct dtmf_tx *tx, struct dtmf_event *event)
{
	if (!tx->count)
		return DTMF_IDLE;
	unsigned step = tx->step++;
	unsigned steps = step < STEPS_EVENT ? step + 1 : STEPS_EVENT;
	*event = (struct dtmf_event){
		.code = (uint8_t)dtmf_code(tx->digits[0]),
		.end = step + 1 >= STEPS_EVENT,
		.volume = VOLUME,
		.duration = (uint16_t)(steps * STEP_SAMPLES),
	};
	if (tx->step == STEPS_ALL) {
		memmove(tx->digits, tx->digits + 1, --tx->count);
		tx->step = 0;
	}
	if (step >= STEPS_END)
		return DTMF_PAUSE;
	return step ? DTMF_MORE : DTMF_FIRST;
}
