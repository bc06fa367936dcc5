/*
 * dtmf.h - key presses as RTP events (pure: no I/O, no clock, no allocation)
 *
 * What    Parses and builds the event payload, reports each key press once, and paces the packets of digits that we send: 100 ms
 * of event, two repetitions of its end, silence until 160 ms, one packet each 20 ms. Thread  the caller's. Source  RFC 4733 2.3
 * (payload), 2.5.1 (timestamps, three end packets).
 */
#ifndef OUTDIAL_MEDIA_DTMF_H
#define OUTDIAL_MEDIA_DTMF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DTMF_BYTES 4
#define DTMF_DIGITS_MAX 16

struct dtmf_event {
	uint8_t code; /* 0-9, 10 *, 11 #, 12-15 A-D; others are not digits */
	bool end;
	uint8_t volume;    /* -dBm0 */
	uint16_t duration; /* samples */
};

struct dtmf_rx {
	bool seen, ended;
	uint8_t code;
	uint32_t ts;
	int64_t at_us;
};

struct dtmf_tx {
	char digits[DTMF_DIGITS_MAX];
	unsigned count, step; /* step: 20 ms steps into the first digit */
};

enum dtmf_step { DTMF_IDLE, DTMF_PAUSE, DTMF_FIRST, DTMF_MORE };

/* ERR_SYNTAX */
int dtmf_parse(const uint8_t *payload, size_t bytes, struct dtmf_event *event);
void dtmf_build(uint8_t out[DTMF_BYTES], const struct dtmf_event *event);
/* '0'..'9', '*', '#', 'A'..'D'; 0 for other events. */
char dtmf_digit(uint8_t code);
/* -1 for other characters; letters of either case. */
int dtmf_code(char digit);

/* True once a key press. */
bool dtmf_note(struct dtmf_rx *rx, const struct dtmf_event *event, uint32_t ts, int64_t now_us);

/* Queues what fits; characters that are no digits are skipped. */
void dtmf_queue(struct dtmf_tx *tx, const char *digits);
/* What to send in this 20 ms step. FIRST and MORE fill `event`. */
enum dtmf_step dtmf_next(struct dtmf_tx *tx, struct dtmf_event *event);

#endif
