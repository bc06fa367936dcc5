/*
 * board.c - the engine's status as lines of a terminal, 80 columns wide
 *
 * What    Every line has a rank. When the terminal has fewer rows than there are lines, lines of the highest rank go, the last
 * first: then at least campaigns, seats in sum and trunks stay in sight.
 */
#include "tools/outdial/outdial.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define BOARD_LINES_MAX 600
#define BOARD_SEATS_MAX 400 /* so that trunks and counters have room behind them */
#define BOARD_LINE_BYTES 384

enum rank { RANK_HEAD, RANK_CAMPAIGN, RANK_SEATS, RANK_TRUNK, RANK_WHY, RANK_OUTCOME, RANK_SEAT, RANK_COUNTER, RANKS };

struct board {
	int count, missed;
	struct board_line {
		enum rank rank;
		char text[BOARD_LINE_BYTES];
	} lines[BOARD_LINES_MAX];
};

static const struct column campaign_columns[] = {{"CAMPAIGN", 14, false}, {"STATE", 8, false}, {"RING", 4, true},
	{"TALK", 4, true}, {"DIALLED", 7, true}, {"PEOPLE", 6, true}, {"SPOKEN", 6, true}, {"ABAND", 5, true},
	{"SHARE/MAX", 9, true}, {"HELD BY", 8, false}, {0}};
static const struct column outcome_columns[] = {{"CAMPAIGN", 14, false}, {"MACHINE", 8, true}, {"NO ANSWER", 9, true},
	{"BUSY", 8, true}, {"DEAD", 8, true}, {"FAILED", 8, true}, {"NEXT", 19, false}, {0}};
static const struct column seat_columns[] = {{"SEAT", 12, false}, {"NAME", 14, false}, {"TEAM", 10, false}, {"STATE", 8, false},
	{"FOR", 8, true}, {"CALLS", 6, true}, {"CAMPAIGN", 16, false}, {0}};
static const struct column trunk_columns[] = {{"TRUNK", 20, false}, {"CALLS", 6, true}, {"MAX", 6, true}, {"CPS MAX", 8, true},
	{"FAILED", 6, true}, {"STATE", 20, false}, {0}};
static const struct column gateway_columns[] = {{"  GATEWAY", 40, false}, {"INVITES", 8, true}, {"STATE", 30, false}, {0}};

/* --- lines */

static void board_add(struct board *board, enum rank rank, const char *text, size_t length)
{
	if (board->count == BOARD_LINES_MAX) {
		board->missed++;
		return;
	}
	struct board_line *line = &board->lines[board->count++];

	line->rank = rank;
	if (length >= sizeof(line->text)) /* cut before the character that does not fit */
		for (length = sizeof(line->text) - 1; length && ((unsigned char)text[length] & 0xc0) == 0x80;)
			length--;
	memcpy(line->text, text, length);
	line->text[length] = '\0';
}

static void __attribute__((format(printf, 3, 4))) board_say(struct board *board, enum rank rank, const char *fmt, ...)
{
	char text[BOARD_LINE_BYTES];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	board_add(board, rank, text, strlen(text));
}

/* A row of a table; NULL: its titles. */
static void board_row(struct board *board, enum rank rank, const struct column *columns, const struct row *row)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return;
	if (row)
		row_print_line(out, columns, row);
	else
		row_print_titles(out, columns);
	fclose(out);
	board_add(board, rank, text, length ? length - 1 : 0); /* without the newline */
	free(text);
}

/* --- campaigns */

static void campaign_line(struct board *board, const struct doc *doc)
{
	struct row row;

	row_set(&row, 0, "%s", doc_text(doc, "name", "?"));
	row_set(&row, 1, "%s", doc_bool(doc, "finished", false) ? "finished" : doc_text(doc, "state", "?"));
	row_set(&row, 2, "%" PRId64, doc_i64(doc, "ringing", 0));
	row_set(&row, 3, "%" PRId64, doc_i64(doc, "talking", 0));
	row_set(&row, 4, "%" PRId64, doc_i64(doc, "dialled", 0));
	row_set(&row, 5, "%" PRId64, doc_i64(doc, "live", 0));
	row_set(&row, 6, "%" PRId64, doc_i64(doc, "connected", 0));
	row_set(&row, 7, "%" PRId64, doc_i64(doc, "abandoned", 0));
	row_set(&row, 8, "%.1f/%.1f%%", doc_real(doc, "abandoned_prob", 0) * 100, doc_real(doc, "ceiling_prob", 0) * 100);
	row_set(&row, 9, "%s", strcmp(doc_text(doc, "state", "running"), "running") == 0 ? doc_text(doc, "reason", "") : "-");
	board_row(board, RANK_CAMPAIGN, campaign_columns, &row);
	if (*doc_text(doc, "why", ""))
		board_say(board, RANK_WHY, "  %s", doc_text(doc, "why", ""));
}

static void outcome_line(struct board *board, const struct doc *doc)
{
	static const char *const members[] = {"machines", "no_answer", "busy", "dead", "failed"};
	int64_t next_us = doc_i64(doc, "next_us", 0);
	char when[WHEN_BYTES];
	struct row row;

	row_set(&row, 0, "%s", doc_text(doc, "name", "?"));
	for (int i = 0; i < 5; i++)
		row_set(&row, i + 1, "%" PRId64, doc_i64(doc, members[i], 0));
	row_set(&row, 6, "%s", next_us ? when_cell(next_us, when) : "-");
	board_row(board, RANK_OUTCOME, outcome_columns, &row);
}

static void campaigns_block(struct board *board, const struct doc *campaigns)
{
	size_t count = doc_count(campaigns);

	board_say(board, RANK_CAMPAIGN, "%s", "");
	if (count == 0) {
		board_say(board, RANK_CAMPAIGN, "no campaign is running; 'outdial campaign start NAME' starts one");
		return;
	}
	board_row(board, RANK_CAMPAIGN, campaign_columns, NULL);
	for (size_t i = 0; i < count; i++)
		campaign_line(board, doc_at(campaigns, i));
	board_say(board, RANK_OUTCOME, "%s", "");
	board_row(board, RANK_OUTCOME, outcome_columns, NULL);
	for (size_t i = 0; i < count; i++)
		outcome_line(board, doc_at(campaigns, i));
}

/* --- seats: how many are in each state, in the order in which the states come */

static void seats_sum(struct board *board, const struct doc *seats)
{
	struct {
		const char *state;
		int count;
	} sums[8] = {{0}};
	char text[BOARD_LINE_BYTES] = "";
	size_t at = 0;

	for (size_t i = 0; i < doc_count(seats); i++) {
		const char *state = doc_text(doc_at(seats, i), "state", "?");

		for (int k = 0; k < 8; k++) {
			if (sums[k].state && strcmp(sums[k].state, state) != 0)
				continue;
			sums[k].state = state;
			sums[k].count++;
			break;
		}
	}
	for (int k = 0; k < 8 && sums[k].state && at < sizeof(text); k++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s %d %.20s", k ? "," : ":", sums[k].count, sums[k].state);
	board_say(board, RANK_SEATS, "%s", "");
	board_say(board, RANK_SEATS, "seats logged in: %zu%s", doc_count(seats), text);
}

static void seat_line(struct board *board, const struct doc *doc, int64_t now_us)
{
	int64_t since_us = doc_i64(doc, "since_us", 0);
	char passed[WHEN_BYTES];
	struct row row;

	row_set(&row, 0, "%s", doc_text(doc, "login", "?"));
	row_set(&row, 1, "%s", doc_text(doc, "name", ""));
	row_set(&row, 2, "%s", doc_text(doc, "team", ""));
	row_set(&row, 3, "%s", doc_text(doc, "state", "?"));
	row_set(&row, 4, "%s", since_us ? clock_text(now_us - since_us, passed) : "-");
	row_set(&row, 5, "%" PRId64, doc_i64(doc, "calls", 0));
	row_set(&row, 6, "%s", doc_text(doc, "campaign", ""));
	board_row(board, RANK_SEAT, seat_columns, &row);
}

static void seats_block(struct board *board, const struct doc *seats, int64_t now_us)
{
	seats_sum(board, seats);
	if (doc_count(seats))
		board_row(board, RANK_SEAT, seat_columns, NULL);
	for (size_t i = 0; i < doc_count(seats) && i < BOARD_SEATS_MAX; i++)
		seat_line(board, doc_at(seats, i), now_us);
	if (doc_count(seats) > BOARD_SEATS_MAX)
		board_say(board, RANK_SEAT, "and %zu more; --json has them all", doc_count(seats) - BOARD_SEATS_MAX);
}

/* --- trunks and counters */

static void gateway_line(struct board *board, const struct doc *doc, int64_t now_us)
{
	int64_t resting_us = doc_i64(doc, "resting_until_us", 0) - now_us;
	const char *ip = doc_text(doc, "ip", "?"), *name = doc_text(doc, "name", ip);
	struct row row;

	row_set(&row, 0, "  %s %s%s%s:%" PRId64, doc_text(doc, "transport", "?"), strcmp(name, ip) ? name : "",
		strcmp(name, ip) ? " " : "", ip, doc_i64(doc, "port", 0));
	row_set(&row, 1, "%" PRId64, doc_i64(doc, "invites", 0));
	if (doc_bool(doc, "up", true))
		row_set(&row, 2, "up");
	else if (resting_us > 0)
		row_set(&row, 2, "%s, rests %" PRId64 " s", doc_text(doc, "trouble", "?"), resting_us / SEC_US + 1);
	else
		row_set(&row, 2, "%s, to be probed", doc_text(doc, "trouble", "?"));
	board_row(board, RANK_TRUNK, gateway_columns, &row);
}

static void trunk_line(struct board *board, const struct doc *doc, int64_t now_us)
{
	int64_t resting_us = doc_i64(doc, "resting_until_us", 0) - now_us;
	struct row row;

	row_set(&row, 0, "%s", doc_text(doc, "name", "?"));
	row_set(&row, 1, "%" PRId64, doc_i64(doc, "calls", 0));
	row_set(&row, 2, "%" PRId64, doc_i64(doc, "calls_max", 0));
	row_set(&row, 3, "%g", doc_real(doc, "cps_max", 0));
	row_set(&row, 4, "%" PRId64, doc_i64(doc, "failed_streak", 0));
	if (resting_us > 0)
		row_set(&row, 5, "rests for %" PRId64 " s", resting_us / SEC_US + 1);
	else if (doc_count(doc_get(doc, "gateways")) == 0)
		row_set(&row, 5, "no address");
	else if (!doc_bool(doc, "registers", false))
		row_set(&row, 5, "in use");
	else if (doc_bool(doc, "registered", false))
		row_set(&row, 5, "registered");
	else
		row_set(&row, 5, "not registered, %" PRId64, doc_i64(doc, "register_code", 0));
	board_row(board, RANK_TRUNK, trunk_columns, &row);
	const struct doc *gateways = doc_get(doc, "gateways");
	for (size_t i = 0; i < doc_count(gateways); i++)
		gateway_line(board, doc_at(gateways, i), now_us);
}

static void trunks_block(struct board *board, const struct doc *trunks, int64_t now_us)
{
	if (doc_count(trunks) == 0)
		return;
	board_say(board, RANK_TRUNK, "%s", "");
	board_row(board, RANK_TRUNK, trunk_columns, NULL);
	for (size_t i = 0; i < doc_count(trunks); i++)
		trunk_line(board, doc_at(trunks, i), now_us);
}

/* "sip: legs 3, strangers 0, ..." broken into lines */
static void counters_line(struct board *board, const char *name, const struct doc *counters)
{
	char text[81];
	const char *key;
	struct doc *value;
	void *iter = NULL;
	int at = snprintf(text, sizeof(text), "%s:", name), start = at;

	while (counters && doc_next(counters, &iter, &key, &value)) {
		char one[64];
		int64_t number;

		if (!doc_self_i64(value, &number))
			continue;
		int length = snprintf(one, sizeof(one), " %.40s %" PRId64, key, number);

		if (at + length > 80) {
			board_say(board, RANK_COUNTER, "%s", text);
			at = snprintf(text, sizeof(text), "%*s", start, "");
		}
		at += snprintf(text + at, sizeof(text) - (size_t)at, "%s", one);
	}
	if (at > start)
		board_say(board, RANK_COUNTER, "%s", text);
}

static void counters_block(struct board *board, const struct doc *status)
{
	static const char *const names[] = {"sip", "media", "writer", "recordings", "loop"};

	board_say(board, RANK_COUNTER, "%s", "");
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		counters_line(board, names[i], doc_get(status, names[i]));
}

/* --- without an engine: what the store knows */

static void idle_line(struct board *board, const struct doc *doc)
{
	static const char *const members[] = {"ready_open", "ready_closed", "later", "done"};
	const struct doc *left = doc_get(doc, "left");
	struct row row;

	row_set(&row, 0, "%s", doc_text(doc, "name", "?"));
	row_set(&row, 1, "%s", doc_text(doc, "state", "?"));
	for (int i = 0; i < 4; i++)
		row_set(&row, i + 2, "%" PRId64, doc_i64(left, members[i], 0));
	size_t more = doc_count(doc_get(doc, "mix"));

	if (more > 1)
		row_set(&row, 6, "%s +%zu", doc_text(doc, "list", "?"), more - 1);
	else
		row_set(&row, 6, "%s", doc_text(doc, "list", "?"));
	static const struct column columns[] = {{"CAMPAIGN", 16, false}, {"STATE", 8, false}, {"DIALABLE", 9, true},
		{"CLOSED", 9, true}, {"RETRY", 9, true}, {"DONE", 9, true}, {"LIST", 14, false}, {0}};

	if (board->lines[board->count - 1].rank == RANK_HEAD)
		board_row(board, RANK_CAMPAIGN, columns, NULL);
	board_row(board, RANK_CAMPAIGN, columns, &row);
}

/* Suppression lists that stop calls, or soon will. */
static void ages_block(struct board *board, const struct doc *lists)
{
	for (size_t i = 0; i < doc_count(lists); i++) {
		const struct doc *one = doc_at(lists, i);
		bool over = strcmp(doc_text(one, "age", ""), "too_old") == 0;

		board_say(board, RANK_HEAD, "%s %s:", over ? "SUPPRESSION LIST" : "suppression list", doc_text(one, "name", "?"));
		board_say(board, RANK_HEAD, "  %s", doc_text(one, "why", ""));
	}
}

static void idle_fill(struct board *board, const struct doc *status)
{
	const struct doc *campaigns = doc_get(status, "campaigns");

	board_say(board, RANK_HEAD, "%s", doc_text(status, "why", "no engine runs here"));
	ages_block(board, doc_get(status, "suppression"));
	board_say(board, RANK_HEAD, "what the store knows:%s", doc_count(campaigns) ? "" : " no campaigns yet");
	if (doc_count(campaigns))
		board_say(board, RANK_HEAD, "%s", "");
	for (size_t i = 0; i < doc_count(campaigns); i++)
		idle_line(board, doc_at(campaigns, i));
}

struct doc *board_of_store(struct store *store, const char *dir)
{
	struct doc *doc = doc_object(), *campaigns = doc_array();
	struct campaign campaign = {0};

	doc_put_bool(doc, "running", false);
	doc_put_text(doc, "dir", dir);
	while (campaign_next(store, campaign.name, &campaign) == 0)
		doc_push(campaigns, campaign_doc(store, &campaign, 200000));
	doc_put(doc, "campaigns", campaigns);
	doc_put(doc, "suppression", suppress_ages(store, clock_us()));
	return doc;
}

/* --- the whole */

static void store_block(struct board *board, const struct doc *status, int64_t now_us)
{
	const struct doc *writer = doc_get(status, "writer");
	int64_t since_us = doc_i64(writer, "failing_since_us", 0);
	char lasts[WHEN_BYTES];

	if (since_us) {
		board_say(board, RANK_HEAD, "THE STORE CANNOT BE WRITTEN for %s: %s", clock_text(now_us - since_us, lasts),
			doc_text(writer, "error", "?"));
		board_say(board, RANK_HEAD, "  no new calls; those under way go on, %" PRId64 " events wait in memory",
			doc_i64(writer, "waiting", 0));
		board_say(board, RANK_HEAD, "  make room on its disk or mend it: what waits is written, dialling goes on");
	} else if (!doc_bool(status, "healthy", true)) {
		board_say(board, RANK_HEAD, "THE STORE COULD NOT BE WRITTEN a moment ago: new calls begin again now");
	}
	if (doc_i64(writer, "unrecovered", 0) || doc_i64(writer, "refused", 0))
		board_say(board, RANK_HEAD, "damaged records in the store: %" PRId64 " operations refused, %" PRId64
			" attempts without end", doc_i64(writer, "refused", 0), doc_i64(writer, "unrecovered", 0));
}

static void engine_fill(struct board *board, const struct doc *status, int64_t now_us)
{
	char when[WHEN_BYTES], up[WHEN_BYTES];
	int64_t engine_us = doc_i64(status, "now_us", now_us);

	board_say(board, RANK_HEAD, "engine %" PRId64 ", up %s%s, %s", doc_i64(status, "pid", 0),
		clock_text(engine_us - doc_i64(status, "started_us", engine_us), up),
		doc_bool(status, "draining", false) ? ", draining" : "", when_text(engine_us, when));
	store_block(board, status, engine_us);
	ages_block(board, doc_get(status, "suppression"));
	campaigns_block(board, doc_get(status, "campaigns"));
	seats_block(board, doc_get(status, "seats"), engine_us);
	trunks_block(board, doc_get(status, "trunks"), engine_us);
	counters_block(board, status);
}

/* Which lines stay when there are only `rows`. */
static void board_fit(const struct board *board, int rows, bool *stays)
{
	int left = board->count;

	for (int i = 0; i < board->count; i++)
		stays[i] = true;
	for (int rank = RANKS - 1; rank >= 0; rank--) {
		for (int i = board->count - 1; i >= 0 && rows > 0 && left > rows; i--) {
			if (board->lines[i].rank != (enum rank)rank)
				continue;
			stays[i] = false;
			left--;
		}
	}
}

void board_print(FILE *out, const struct doc *status, int64_t now_us, int rows, int width, bool clear)
{
	struct board *board = calloc(1, sizeof(*board));
	bool stays[BOARD_LINES_MAX];
	int printed = 0;

	if (!board)
		return;
	if (doc_bool(status, "running", true))
		engine_fill(board, status, now_us);
	else
		idle_fill(board, status);
	board_fit(board, rows, stays);
	for (int i = 0; i < board->count; i++) {
		if (!stays[i])
			continue;
		fputs(printed++ && clear ? "\r\n" : "", out);
		cell_print(out, board->lines[i].text, width ? width : 80, false, false);
		fputs(clear ? "\x1b[K" : "\n", out);
	}
	if (board->missed && !rows)
		fprintf(out, "%d more lines are not shown; --json has them all\n", board->missed);
	free(board);
}
