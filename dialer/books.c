/* books.c - counts of the legal windows */
#include "dialer/books.h"

#include "base/clock.h"

#include <stddef.h>
#include <time.h>

#define PERIOD_US (30 * DAY_US)

/* Midnight of the local day, or of the first of the local month, `ahead` days or months on. */
static int64_t local_start(int64_t now_us, bool month, int ahead)
{
	time_t now_s = (time_t)(now_us / SEC_US);
	struct tm tm;

	localtime_r(&now_s, &tm);
	tm.tm_sec = tm.tm_min = tm.tm_hour = 0;
	tm.tm_mday = month ? 1 : tm.tm_mday + ahead;
	tm.tm_mon += month ? ahead : 0;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * SEC_US;
}

static void book_place(struct book *book, enum book_kind kind, int64_t first_dial_us, int64_t now_us)
{
	if (kind == BOOK_30_DAYS) {
		int64_t first_us = first_dial_us && first_dial_us <= now_us ? first_dial_us : now_us;
		book->start_us = first_us + (now_us - first_us) / PERIOD_US * PERIOD_US;
		book->end_us = book->start_us + PERIOD_US;
		return;
	}
	book->start_us = local_start(now_us, kind == BOOK_MONTH, 0);
	book->end_us = local_start(now_us, kind == BOOK_MONTH, 1);
}

void books_ceilings(struct books *books, const double ceiling_prob[BOOKS])
{
	for (int i = 0; i < BOOKS; i++)
		books->book[i].ceiling_prob = ceiling_prob[i];
}

void books_open(struct books *books, const double ceiling_prob[BOOKS], int64_t first_dial_us, int64_t now_us)
{
	*books = (struct books){0};
	books_ceilings(books, ceiling_prob);
	for (int i = 0; i < BOOKS; i++)
		book_place(&books->book[i], (enum book_kind)i, first_dial_us, now_us);
}

bool books_turn(struct books *books, int64_t first_dial_us, int64_t now_us)
{
	bool turned = false;

	for (int i = 0; i < BOOKS; i++) {
		struct book *book = &books->book[i];
		if (now_us < book->end_us)
			continue;
		*book = (struct book){.ceiling_prob = book->ceiling_prob};
		book_place(book, (enum book_kind)i, first_dial_us, now_us);
		turned |= book->ceiling_prob >= 0;
	}
	return turned;
}

static bool book_has(const struct book *book, int64_t intent_us)
{
	return intent_us >= book->start_us && intent_us < book->end_us;
}

void books_count(struct books *books, int64_t intent_us, bool live, bool abandoned)
{
	for (int i = 0; i < BOOKS; i++) {
		struct book *book = &books->book[i];
		if (!book_has(book, intent_us))
			continue;
		book->live_count += live;
		book->abandoned_count += abandoned;
	}
}

void books_add(struct books *books, const struct tally *row)
{
	for (int i = 0; i < BOOKS; i++) {
		struct book *book = &books->book[i];
		if (!book_has(book, row->at_us))
			continue;
		book->live_count += row->live_count;
		book->abandoned_count += row->abandoned_count;
		book->judged.machines += row->judged.machines;
		book->judged.sampled += row->judged.sampled;
		book->judged.judged += row->judged.judged;
		book->judged.wrong += row->judged.wrong;
	}
}

void books_uncount(struct books *books, int64_t intent_us, bool live, bool abandoned)
{
	for (int i = 0; i < BOOKS; i++) {
		struct book *book = &books->book[i];
		if (!book_has(book, intent_us))
			continue;
		book->live_count -= live;
		book->abandoned_count -= abandoned;
	}
}

void books_judge(struct books *books, const struct attempt *attempt, void (*move)(struct judge_counts *, const struct attempt *))
{
	for (int i = 0; i < BOOKS; i++)
		if (book_has(&books->book[i], attempt->intent_us))
			move(&books->book[i].judged, attempt);
}

void books_estimate(struct books *books, bool count)
{
	for (int i = 0; i < BOOKS; i++)
		books->book[i].lost_count = count ? judge_lost(&books->book[i].judged) : 0;
}

uint64_t book_live(const struct book *book)
{
	return book->live_count + book->lost_count;
}

uint64_t book_abandoned(const struct book *book)
{
	return book->abandoned_count + book->lost_count;
}

int64_t books_since_us(const struct books *books)
{
	int64_t since_us = INT64_MAX;

	for (int i = 0; i < BOOKS; i++)
		if (books->book[i].start_us < since_us)
			since_us = books->book[i].start_us;
	return since_us;
}

double book_room(const struct book *book)
{
	return book->ceiling_prob * (double)book_live(book) - (double)book_abandoned(book);
}

const struct book *books_tightest(const struct books *books)
{
	const struct book *best = NULL;

	for (int i = 0; i < BOOKS; i++) {
		const struct book *book = &books->book[i];
		if (book->ceiling_prob >= 0 && (!best || book_room(book) < book_room(best)))
			best = book;
	}
	return best;
}

const char *book_name(enum book_kind kind)
{
	static const char *const names[BOOKS] = {"30 days", "day", "month"};

	return names[kind];
}
