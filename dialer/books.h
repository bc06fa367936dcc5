/*
 * books.h - a campaign's counts of people and of abandoned people in the legal windows (pure, but for the machine's time zone)
 *
 * What    Three kinds of window: successive periods of 30 days from the first dial (16 CFR 310.4(b)(4)(i)), the day, the calendar
 * month. Those that apply have a ceiling. An attempt belongs to the window in which its intent lies: so counts from the store at
 * the start and counts of events after it are the same. Units   *_us microseconds since the epoch; *_prob 0..1. Days and months
 * are those of the machine's time zone.
 */
#ifndef OUTDIAL_DIALER_BOOKS_H
#define OUTDIAL_DIALER_BOOKS_H

#include "campaigns/tally.h"

#include <stdbool.h>
#include <stdint.h>

enum book_kind { BOOK_30_DAYS, BOOK_DAY, BOOK_MONTH, BOOKS };

struct book {
	int64_t start_us, end_us;
	uint64_t live_count, abandoned_count; /* by outcome */
	struct judge_counts judged;           /* `machine` verdicts and their sample */
	uint64_t lost_count;                  /* people lost to false ones, when they count: of both above */
	double ceiling_prob;                  /* negative: this window does not apply */
};

struct books {
	struct book book[BOOKS];
};

/* Begins empty windows at now. `first_dial_us` 0: never dialled, the 30 days begin now. */
void books_open(struct books *books, const double ceiling_prob[BOOKS], int64_t first_dial_us, int64_t now_us);
/* Other ceilings; the counts stay (every window is counted, whether it applies or not). */
void books_ceilings(struct books *books, const double ceiling_prob[BOOKS]);
/* Windows that are over begin anew; true when one that applies did. */
bool books_turn(struct books *books, int64_t first_dial_us, int64_t now_us);
/* One finished attempt. */
void books_count(struct books *books, int64_t intent_us, bool live, bool abandoned);
/* Many at once, as the store kept them. */
void books_add(struct books *books, const struct tally *row);
/* What was counted before was not so. */
void books_uncount(struct books *books, int64_t intent_us, bool live, bool abandoned);
/* `move` is judge_add or judge_remove. */
void books_judge(struct books *books, const struct attempt *attempt, void (*move)(struct judge_counts *, const struct attempt *));
/* Whether those who were lost to false machine verdicts count, as the sample of each window estimates them. */
void books_estimate(struct books *books, bool count);
/* Both counts with these people. */
uint64_t book_live(const struct book *book);
uint64_t book_abandoned(const struct book *book);
/* The start of the longest window: attempts before it count nowhere. */
int64_t books_since_us(const struct books *books);
/* People who may still be abandoned in it; negative when it is overdrawn. */
double book_room(const struct book *book);
/* The window that leaves least room; NULL when none applies. */
const struct book *books_tightest(const struct books *books);
/* "30 days", "day", "month" */
const char *book_name(enum book_kind kind);

#endif
