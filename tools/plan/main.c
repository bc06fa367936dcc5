/*
 * main.c - outdial-plan: how many seats, lines and calls a second a list needs, and what is lost with fewer
 *
 * Use     outdial plan --leads N [--within DAYS] | --accounts N  [--hours T] [--report FILE] [--scenario FILE] ...
 * Prints  the need, what the day then looks like, and a table of what fewer seats, lines or calls a second cost; --json all of
 * it.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "tools/plan/past.h"
#include "tools/world/need.h"
#include "tools/world/scenario_line.h"
#include "tools/world/scenario_options.h"

#define ROWS_MAX 12

struct request {
	struct scenario_line line;
	struct scenario scenario;
	const char *file, *report;
	int64_t leads, within, accounts;
	struct need_options need;
	bool json;
};

struct row {
	char label[40];
	int64_t seats, lines;
	double cps;
	struct totals totals;
};

static void usage(FILE *out)
{
	fputs("usage: outdial plan --leads N | --accounts N [OPTION...]\n\n"
	      "Says how many seats, lines and calls a second it takes to work a list, or so\n"
	      "many accounts, in a day, and what is lost with fewer. It lives the days with the\n"
	      "product's own pacing; outdial sim shows any of them.\n\n"
	      "  --leads N           size of the list\n"
	      "  --within DAYS       days to work it in (1)\n"
	      "  --accounts N        or: accounts to work in a day\n"
	      "  --reserve SHARE     people on the roster beyond the seats at work (15%)\n"
	      "  --report FILE       answer rates, talk and wrap-up as in this report\n"
	      "                      (outdial report --json)\n"
	      "  --scenario FILE     what a day is made of, as of outdial sim\n"
	      "  --days N            days lived for each figure (2 to 8, by the team's size)\n"
	      "  --seed N            same seed, same plan (1)\n"
	      "  --json              print JSON\n",
		out);
	scenario_options_help(out);
	fputs("\nexample:\n  outdial plan --leads 6000 --hours 8 --answer 22% --talk 180s\n", out);
}

/* --- options */

enum { LEADS = SCENARIO_LINE_OWN, WITHIN, ACCOUNTS, RESERVE, REPORT, SCENARIO, DAYS, SEED, JSON };

static const struct option own_options[] = {{"leads", 1, 0, LEADS}, {"within", 1, 0, WITHIN}, {"accounts", 1, 0, ACCOUNTS},
	{"reserve", 1, 0, RESERVE}, {"report", 1, 0, REPORT}, {"scenario", 1, 0, SCENARIO}, {"days", 1, 0, DAYS},
	{"seed", 1, 0, SEED}, {"json", 0, 0, JSON}, {0}};

static bool parse_share(const char *text, double *out)
{
	char *end;
	double x = strtod(text, &end);

	x = *end == '%' ? x / 100 : x;
	end += *end == '%';
	if (end == text || *end || !(x >= 0 && x <= 2))
		return false;
	*out = x;
	return true;
}

static bool parse_option(void *arg, int option, char *text)
{
	struct request *r = arg;
	int64_t seed = 0;

	switch (option) {
	case LEADS:
		return text_i64(text, 1, 100000000, &r->leads);
	case WITHIN:
		return text_i64(text, 1, 1000, &r->within);
	case ACCOUNTS:
		return text_i64(text, 1, 2000000, &r->accounts);
	case RESERVE:
		return parse_share(text, &r->need.reserve);
	case DAYS:
		return text_i64(text, 1, 1000, &r->need.days);
	case SEED:
		if (!text_i64(text, 0, INT64_MAX, &seed))
			return false;
		r->need.seed = (uint64_t)seed;
		return true;
	case REPORT:
		r->report = text;
		return true;
	case SCENARIO:
		r->file = text;
		return true;
	}
	r->json |= option == JSON;
	return true;
}

/* 0 go on, 1 done (help), 2 misuse. */
static int parse_options(struct request *r, int argc, char **argv)
{
	int status;

	r->line = (struct scenario_line){.program = "plan", .own = own_options, .take = parse_option, .arg = r, .usage = usage};
	status = scenario_line_parse(&r->line, argc, argv);
	if (status || !r->leads != !r->accounts)
		return status;
	return scenario_line_complain(
		&r->line, "give the size of the list (--leads) or the accounts of a day (--accounts)", NULL);
}

/* A later source wins: reference, scenario file, report, options. */
static int build_scenario(struct request *r)
{
	char why[SCENARIO_WHY_BYTES];

	scenario_init(&r->scenario);
	if (r->file && scenario_read(r->file, &r->scenario, why))
		return scenario_line_refuse(&r->line, r->file, why);
	if (r->report && past_read(r->report, &r->scenario, why))
		return scenario_line_refuse(&r->line, r->report, why);
	if (scenario_line_apply(&r->line, &r->scenario))
		return 2;
	r->scenario.leads = 0;
	r->need.goal = r->accounts ? (double)r->accounts : ceil((double)r->leads / (double)r->within);
	return 0;
}

/* --- what fewer cost */

static int add_row(const struct request *r, const struct need *need, struct row *row, const struct policy *policy)
{
	struct scenario s = r->scenario;

	s.seats = row->seats ? row->seats : need->seats;
	s.lines = row->lines ? row->lines : need->lines;
	s.cps = row->cps > 0 ? row->cps : need->cps;
	return need_live(&r->need, &s, policy, &row->totals);
}

static int fewer_seats(const struct request *r, const struct need *need, struct row *rows, int *count)
{
	static const double shares[] = {0.9, 0.75, 0.5};
	static const struct policy product = {POLICY_PRODUCT, 0};
	int64_t last = need->seats;
	int err = 0;

	for (size_t i = 0; i < 3 && !err; i++) {
		int64_t n = (int64_t)round(shares[i] * (double)need->seats);

		if (n < 1 || n == last)
			continue;
		last = rows[*count].seats = n;
		snprintf(rows[*count].label, sizeof(rows[0].label), "%lld seats", (long long)n);
		err = add_row(r, need, &rows[(*count)++], &product);
	}
	return err;
}

static int fewer_lines(const struct request *r, const struct need *need, struct row *rows, int *count)
{
	static const double shares[] = {0.7, 0.5};
	static const struct policy product = {POLICY_PRODUCT, 0};
	int err = 0;

	for (size_t i = 0; i < 2 && !err; i++) {
		int64_t n = (int64_t)round(shares[i] * (double)need->lines);

		if (n < 1 || n == need->lines)
			continue;
		rows[*count].lines = n;
		snprintf(rows[*count].label, sizeof(rows[0].label), "%lld lines", (long long)n);
		err = add_row(r, need, &rows[(*count)++], &product);
	}
	if (err)
		return err;
	rows[*count].cps = fmax(0.1, round(5 * need->cps) / 10);
	snprintf(rows[*count].label, sizeof(rows[0].label), "%g calls a second", rows[*count].cps);
	return add_row(r, need, &rows[(*count)++], &product);
}

static int other_ways(const struct request *r, const struct need *need, struct row *rows, int *count)
{
	static const struct policy progressive = {POLICY_PROGRESSIVE, 0}, hand = {POLICY_HAND, 0};
	int err;

	snprintf(rows[*count].label, sizeof(rows[0].label), "one line a free seat");
	err = add_row(r, need, &rows[(*count)++], &progressive);
	snprintf(rows[*count].label, sizeof(rows[0].label), "dialled by hand");
	return err ? err : add_row(r, need, &rows[(*count)++], &hand);
}

/* --- output */

static double days_for_goal(const struct request *r, const struct totals *t)
{
	return need_accounts_a_day(t) > 0 ? r->need.goal / need_accounts_a_day(t) * (double)(r->leads ? r->within : 1) : INFINITY;
}

static void print_row(const struct request *r, const char *label, const struct totals *t)
{
	double accounts = need_accounts_a_day(t);

	printf("  %-24s %8.0f %8.1f %% %9.0f %9.2f %6.1f %% %6.2f %%\n", label, accounts, 100 * accounts / r->need.goal,
		fmax(0, r->need.goal - accounts), days_for_goal(r, t), 100 * totals_utilisation(t), 100 * totals_abandoned(t));
}

static void print_goal(const struct request *r)
{
	const struct scenario *s = &r->scenario;

	if (r->leads)
		printf("Goal      %lld leads within %lld day%s of %.3g hours", (long long)r->leads, (long long)r->within,
			r->within > 1 ? "s" : "", (double)s->day_us / 3600e6);
	else
		printf("Goal      %lld accounts in a day of %.3g hours", (long long)r->accounts, (double)s->day_us / 3600e6);
	printf("\nAssumed   %.3g %% people, %.3g %% machines, %.3g %% busy, %.3g %% dead numbers;\n          talk %.0f s, "
	       "wrap-up %.0f s; "
	       "at most %.3g %% abandoned\n\n",
		100 * s->person_prob, 100 * s->machine_prob, 100 * s->busy_prob, 100 * s->dead_prob, (double)s->talk_us / 1e6,
		(double)s->wrap_us / 1e6, 100 * s->ceiling);
}

static void print_text(const struct request *r, const struct need *need, const struct row *rows, int count)
{
	char label[40];

	print_goal(r);
	printf("Needed    %lld seats at work, %lld people on the roster (%.0f %% reserve)\n", (long long)need->seats,
		(long long)need->roster, 100 * r->need.reserve);
	printf("          %lld lines, %.3g calls a second\n", (long long)need->lines, need->cps);
	printf("That is   %.0f accounts a seat a day, seats busy %.0f %%\n\n", totals_accounts(&need->totals),
		100 * totals_utilisation(&need->totals));
	printf("  %-24s %8s %10s %9s %9s %8s %8s\n", "a day with", "accounts", "of goal", "left over", "days", "busy", "aband.");
	snprintf(label, sizeof(label), "%lld seats, as above", (long long)need->seats);
	print_row(r, label, &need->totals);
	for (int i = 0; i < count; i++)
		print_row(r, rows[i].label, &rows[i].totals);
}

static struct doc *row_doc(const struct request *r, const struct need *need, const struct row *row)
{
	struct doc *doc = doc_object();
	const struct totals *t = &row->totals;

	doc_put_text(doc, "label", row->label);
	doc_put_i64(doc, "seats", row->seats ? row->seats : need->seats);
	doc_put_i64(doc, "lines", row->lines ? row->lines : need->lines);
	doc_put_real(doc, "calls_a_second", row->cps > 0 ? row->cps : need->cps);
	doc_put_i64(doc, "accounts_a_day", (int64_t)round(need_accounts_a_day(t)));
	doc_put_real(doc, "goal_share", need_accounts_a_day(t) / r->need.goal);
	doc_put_real(doc, "days_for_goal", days_for_goal(r, t));
	doc_put_real(doc, "utilisation", totals_utilisation(t));
	doc_put_real(doc, "abandoned_share", totals_abandoned(t));
	return doc;
}

static void print_json(const struct request *r, const struct need *need, const struct row *rows, int count)
{
	struct doc *doc = doc_object(), *fewer = doc_array(), *day = doc_object();
	char *text;

	doc_put_real(doc, "goal_accounts_a_day", r->need.goal);
	doc_put_i64(doc, "seats", need->seats);
	doc_put_i64(doc, "roster", need->roster);
	doc_put_real(doc, "reserve_share", r->need.reserve);
	doc_put_i64(doc, "lines", need->lines);
	doc_put_real(doc, "calls_a_second", need->cps);
	totals_doc(day, &need->totals);
	doc_put(doc, "day", day);
	for (int i = 0; i < count; i++)
		doc_push(fewer, row_doc(r, need, &rows[i]));
	doc_put(doc, "fewer", fewer);
	text = doc_print(doc, 2);
	puts(text);
	free(text);
	doc_free(doc);
}

static void progress(int64_t seats)
{
	fprintf(stderr, "\rliving days with %lld seats ...\033[K", (long long)seats);
}

static int plan(struct request *r)
{
	struct row *rows = calloc(ROWS_MAX, sizeof(*rows));
	struct need need;
	int count = 0, err = rows ? need_find(&r->need, &r->scenario, &need) : -ENOMEM;

	err = err ? err : fewer_seats(r, &need, rows, &count);
	err = err ? err : fewer_lines(r, &need, rows, &count);
	err = err ? err : other_ways(r, &need, rows, &count);
	if (r->need.progress_h)
		fprintf(stderr, "\r\033[K");
	if (err == ERR_RANGE)
		fprintf(stderr,
			"outdial-plan: %d seats do not reach %.0f accounts in a day of %.3g hours; give it more days (--within) "
			"or "
			"hours\n",
			SCENARIO_SEATS_MAX, r->need.goal, (double)r->scenario.day_us / 3600e6);
	else if (err)
		fprintf(stderr, "outdial-plan: %s\n", err_text(err));
	else if (r->json)
		print_json(r, &need, rows, count);
	else
		print_text(r, &need, rows, count);
	free(rows);
	return err ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct request r = {.within = 1, .need = {.seed = 1, .reserve = 0.15}};
	int status = parse_options(&r, argc, argv);

	if (status)
		return status == 1 ? 0 : status;
	status = build_scenario(&r);
	if (status)
		return status;
	r.need.progress_h = isatty(STDERR_FILENO) ? progress : NULL;
	return plan(&r);
}
