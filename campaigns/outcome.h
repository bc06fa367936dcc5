/*
 * outcome.h - what can become of an attempt (pure tables)
 *
 * What    Exactly one outcome an attempt. Names are stable: they stand in exports. The table says of each whether a person had
 *         answered (the denominator of the abandoned share), whether the account counts as worked, whether the number is
 *         finished, and the default delay before the next attempt.
 */
#ifndef OUTDIAL_CAMPAIGNS_OUTCOME_H
#define OUTDIAL_CAMPAIGNS_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

/* Stored as numbers: new ones go to the end. */
enum outcome {
	OUTCOME_NONE,          /* not finished */
	OUTCOME_CONNECTED,     /* a person (or unknown) talked with a seat */
	OUTCOME_ABANDONED,     /* a person, no seat within the hold time: message played, counted */
	OUTCOME_ABANDONED_LATE, /* connected to a seat later than the law allows: counted as abandoned */
	OUTCOME_HUNG_UP_EARLY, /* answered, hung up before the verdict or the seat, within the hold time */
	OUTCOME_MACHINE,
	OUTCOME_FAX,
	OUTCOME_SCREENER,
	OUTCOME_SILENT,        /* answered, nothing heard */
	OUTCOME_NO_ANSWER,
	OUTCOME_BUSY,
	OUTCOME_REJECTED,      /* 603: the called person declined */
	OUTCOME_BLOCKED,       /* 603+: the analytics of a network blocked it */
	OUTCOME_DEAD_NUMBER,   /* 404, 410, 484, 604, SIT vacant or intercept */
	OUTCOME_CONGESTION,    /* 5xx, SIT reorder or no circuit, trunk full */
	OUTCOME_TRUNK_SILENT,  /* no provisional from the trunk in time */
	OUTCOME_TRUNK_REFUSED, /* 401, 403, 407, bad SDP: configuration */
	OUTCOME_CANCELLED,     /* the engine took it back: stop, drain, pacing */
	OUTCOME_SEAT_LOST,     /* talking, and the seat's leg went away */
	OUTCOME_UNKNOWN_CRASH, /* the engine died; never dialled again silently */
	OUTCOME_VOICEMAIL,     /* a machine, and the campaign's message was left whole */
	OUTCOME_MESSAGE,       /* a campaign without agents played its message */
	OUTCOME_SKIPPED,       /* the agent saw the lead and went to the next: nobody was called */
	OUTCOME_UNWANTED,      /* 607: the called person says that the call is unwanted */
	OUTCOME_FILTERED,      /* 608: somebody in between rejected it on the called person's behalf */
	OUTCOME_ANNOUNCEMENT,  /* a network's recording spoke, before the answer or after it, and its reason is not known */
	OUTCOME_COUNT
};

struct outcome_facts {
	const char *name;
	bool live;            /* a person answered: denominator of the abandoned share */
	bool abandoned;       /* numerator */
	bool worked;          /* the account counts as worked */
	bool number_dead;     /* this telephone number is never tried again for this lead */
	bool lead_done;       /* the lead is finished whatever attempts are left */
	int32_t retry_s;      /* default delay before the lead's next attempt */
	const char *sentence; /* for docs and --help */
	bool blocked;         /* somebody does not want this caller id here: no other one is tried (callerid.h) */
};

/* Facts of an outcome; OUTCOME_NONE for a number out of range. Static. */
const struct outcome_facts *outcome_facts(enum outcome outcome);
/* OUTCOME_COUNT when no outcome has that name. */
enum outcome outcome_by_name(const char *name);

/* SIP final code of an unanswered attempt to an outcome; `reason` is the Reason header's text or "". */
enum outcome outcome_of_sip(int code, const char *phrase, const char *reason);

/* Dispositions: what the agent says about a connected call by `#` and a digit. */
enum disposition_effect {
	DISPOSITION_NOTHING,
	DISPOSITION_DNC,
	DISPOSITION_NUMBER_DEAD,
	DISPOSITION_RETRY,
	DISPOSITION_MACHINE,
	DISPOSITION_RETRY_OWN
};

struct disposition {
	char digit;
	const char *name; /* stable, in exports */
	enum disposition_effect effect;
	const char *sentence;
};

/*
 * #1 contact #2 promise #3 refused #4 callback (RETRY) #5 wrong_number (NUMBER_DEAD) #6 dispute #7 paid #8 other #9 do_not_call
 * (DNC) #0 machine (MACHINE): no person was there, and the attempt's outcome says so. *8 personal_callback (RETRY_OWN, digit
 * 'p'): again, by this seat. NULL: none.
 */
const struct disposition *disposition_by_digit(char digit);
const struct disposition *disposition_by_name(const char *name);

#endif
