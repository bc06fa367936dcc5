/*
 * mix.h - what answers a call, and when (pure)
 *
 * What    A mix says which share of the calls is answered by whom, and how long people ring, talk and wait. mix_plan() decides
 * one call from seed, called number and attempt: the same three give the same call on every machine. Format  `name = value`
 * lines, `#` comments. Shares are any numbers >= 0. Durations are `MIN..MAX` (or one value, then it is constant) such as
 * `800ms..3s`: log-normal, 95 % between the two, cut to them. Number  what belongs to the line and not to the moment (dead,
 * dead_announced, fax) is decided by seed and number alone, so that a dead number is dead again the next time. Errors  mix_parse:
 * ERR_SYNTAX or ERR_RANGE with "line 7: ..." in why (160 bytes).
 */
#ifndef OUTDIAL_TOOLS_CARRIER_MIX_H
#define OUTDIAL_TOOLS_CARRIER_MIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum behaviour {
	MIX_PERSON,         /* rings, says hello, listens, talks by turns, hangs up after the talk time */
	MIX_SLOW_PERSON,    /* the same, but the hello comes late */
	MIX_EARLY_PERSON,   /* the network plays ringback as early media, then a person */
	MIX_SILENT_PERSON,  /* answers and never says a word */
	MIX_BRIEF_PERSON,   /* hangs up as soon as it has answered */
	MIX_MACHINE,        /* long greeting, beep, records */
	MIX_FAX,            /* answers with the fax answering tone */
	MIX_NO_ANSWER,      /* rings until the caller gives up, or 480 after no_answer */
	MIX_BUSY,           /* 486 */
	MIX_DEAD,           /* 404 */
	MIX_DEAD_ANNOUNCED, /* 183, SIT and announcement as early media, then 404 */
	MIX_CONGESTION,     /* 503 */
	MIX_DEAD_SPOKEN,    /* 183, an announcement without tones before it, then 404 */
	MIX_BEHAVIOURS
};

enum mix_time {
	MIX_SETUP,           /* INVITE to the first 18x or the refusal */
	MIX_RING,            /* 18x to answer */
	MIX_NO_ANSWER_LIMIT, /* 18x to 480 */
	MIX_HELLO,           /* answer to the first word of a person or machine */
	MIX_HELLO_SLOW,      /* the same for slow_person */
	MIX_PATIENCE,        /* a person that hears nothing hangs up this long after its hello */
	MIX_AGAIN,           /* and says hello again this long after it */
	MIX_TALK,            /* first voice heard to hanging up */
	MIX_REPLY,           /* end of a sentence of the other side to the reply */
	MIX_BRIEF,           /* answer to hanging up of brief_person */
	MIX_RECORD,          /* end of a machine's beep to hanging up */
	MIX_TIMES
};

struct mix_range {
	int64_t min_us, max_us;
};

struct mix {
	double shares[MIX_BEHAVIOURS];
	struct mix_range times[MIX_TIMES];
};

struct behaviour_facts {
	const char *name; /* in mix files and logs */
	double share;     /* default, of 100 */
	bool of_number;   /* decided by seed and number alone */
	bool person;      /* somebody of flesh picks up */
	uint16_t ringing; /* 180, 183 or 0: refused without ringing */
	uint16_t refusal; /* final code of a call that is not answered, 0: it is answered */
};

/* One call's fate. */
struct plan {
	enum behaviour behaviour;
	int64_t times_us[MIX_TIMES];
	uint64_t seed; /* for whatever else the call draws: which voice, how long each pause */
};

const struct behaviour_facts *mix_facts(enum behaviour behaviour);
void mix_defaults(struct mix *mix);
/* Lines of `text` over what *mix holds; *mix is undefined after an error. */
int mix_parse(const char *text, size_t length, struct mix *mix, char why[160]);
/* Reads a file over the defaults. -ENOENT ..., ERR_*. */
int mix_read(const char *path, struct mix *mix, char why[160]);
/* The mix as a file that mix_parse() reads. */
void mix_print(const struct mix *mix, FILE *out);
/* Divides every duration by `factor` > 0. Sound keeps its own length. */
void mix_compress(struct mix *mix, double factor);
/* attempt: 1 for the first call to this number. */
void mix_plan(const struct mix *mix, uint64_t seed, const char *number, uint32_t attempt, struct plan *plan);
/* A duration of a kind, drawn by the call's own numbers. */
struct prng;
int64_t mix_draw(const struct mix *mix, enum mix_time kind, struct prng *prng);

#endif
