/*
 * main.c - outdial-sim: simulated days paced by the product's own pacer, or by the rules that it is compared with
 *
 * Use     outdial sim [--scenario FILE] [--seats N,N,..] [--days N] [--law NAME | --compare NAME,NAME,..] [--shock NAME|all] ...
 * Prints  one run in words; several as a table, one line each; --json all of it; --plot draws the last day of one run.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "tools/sim/plot.h"
#include "tools/world/scenario_line.h"
#include "tools/world/scenario_options.h"
#include "tools/world/totals.h"

#define SIZES_MAX 16
#define POLICIES_MAX 12

struct request {
	struct scenario_line line;
	struct scenario scenario;
	const char *file, *shock, *plot;
	int64_t sizes[SIZES_MAX];
	int sizes_count;
	struct policy policies[POLICIES_MAX];
	int policies_count;
	int64_t days, leads;
	uint64_t seed;
	bool events, fresh, each_day, json, print;
	struct doc *runs;
};

/* Lines of at most 80 columns. */
static void usage_laws(FILE *out)
{
	int column = fprintf(out, "\nlaws:") - 1;

	for (const char *at = policy_names(); *at;) {
		int length = (int)strcspn(at, " ");
		bool fits = column + 1 + length <= 80;

		fprintf(out, "%s%.*s", fits ? " " : "\n  ", length, at);
		column = (fits ? column + 1 : 2) + length;
		at += length + (at[length] == ' ');
	}
}

static void usage(FILE *out)
{
	fputs("usage: outdial sim [OPTION...]\n\n"
	      "Lives simulated days of a calling team and prints accounts worked a seat a day,\n"
	      "how busy the seats are, how many people are abandoned, waits, lines and calls a\nsecond.\n\n"
	      "  --scenario FILE     what a day is made of; tools/sim/scenarios/ has examples\n"
	      "  --print             print the scenario, all names and values; live nothing\n"
	      "  --seats N[,N..]     team sizes\n"
	      "  --days N            days of each (20)\n"
	      "  --leads N           the day ends with the list; its end is not known before\n"
	      "  --seed N            same seed, same days (1)\n"
	      "  --law NAME          who decides (product)\n"
	      "  --compare A,B,..    several laws on the same days\n"
	      "  --shock NAME|all    a shock in the middle of the day\n",
		out);
	scenario_options_help(out);
	fputs("  --events            a decision after each event too, as the engine does\n"
	      "  --fresh             nothing is kept from the day before\n"
	      "  --each-day          a line for each day\n"
	      "  --json              print JSON\n"
	      "  --plot FILE.svg     draw the last day (or FILE.png); needs gnuplot\n",
		out);
	usage_laws(out);
	fputs("\nshocks:", out);
	for (size_t i = 0; scenario_shock_name(i); i++)
		fprintf(out, " %s", scenario_shock_name(i));
	fputs("\n\nexample:\n  outdial sim --seats 10,25 --compare product,progressive,vicidial-hard\n", out);
}

/* --- options */

static bool parse_sizes(struct request *r, char *text)
{
	char *save = NULL;

	r->sizes_count = 0;
	for (char *word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save))
		if (r->sizes_count == SIZES_MAX || !text_i64(word, 1, SCENARIO_SEATS_MAX, &r->sizes[r->sizes_count++]))
			return false;
	return r->sizes_count > 0;
}

static bool parse_policies(struct request *r, char *text)
{
	char *save = NULL;

	r->policies_count = 0;
	for (char *word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save))
		if (r->policies_count == POLICIES_MAX || !policy_parse(word, &r->policies[r->policies_count++]))
			return false;
	return r->policies_count > 0;
}

enum { SCENARIO = SCENARIO_LINE_OWN, PRINT, SEATS, LEADS, DAYS, SEED, LAW, SHOCK, EVENTS, FRESH, EACH_DAY, JSON, PLOT };

static const struct option own_options[] = {{"scenario", 1, 0, SCENARIO}, {"print", 0, 0, PRINT}, {"seats", 1, 0, SEATS},
	{"leads", 1, 0, LEADS}, {"days", 1, 0, DAYS}, {"seed", 1, 0, SEED}, {"law", 1, 0, LAW}, {"compare", 1, 0, LAW},
	{"shock", 1, 0, SHOCK}, {"events", 0, 0, EVENTS}, {"fresh", 0, 0, FRESH}, {"each-day", 0, 0, EACH_DAY},
	{"json", 0, 0, JSON}, {"plot", 1, 0, PLOT}, {0}};

static bool parse_option(void *arg, int option, char *text)
{
	struct request *r = arg;
	int64_t seed = 0;

	switch (option) {
	case SCENARIO:
		r->file = text;
		return true;
	case SEATS:
		return parse_sizes(r, text);
	case LEADS:
		return text_i64(text, 1, 100000000, &r->leads);
	case DAYS:
		return text_i64(text, 1, 100000, &r->days);
	case SEED:
		if (!text_i64(text, 0, INT64_MAX, &seed))
			return false;
		r->seed = (uint64_t)seed;
		return true;
	case LAW:
		return parse_policies(r, text);
	case SHOCK:
		r->shock = text;
		return !strcmp(text, "all") || scenario_shock_text(text);
	case PLOT:
		r->plot = text;
		return plot_format(text) != NULL;
	}
	r->print |= option == PRINT;
	r->events |= option == EVENTS;
	r->fresh |= option == FRESH;
	r->each_day |= option == EACH_DAY;
	r->json |= option == JSON;
	return true;
}

/* --- the scenario */

static int apply(struct request *r, struct scenario *scenario, const char *text)
{
	char why[SCENARIO_WHY_BYTES];

	return scenario_add(scenario, text, why) ? scenario_line_complain(&r->line, why, NULL) : 0;
}

static int build_scenario(struct request *r)
{
	char why[SCENARIO_WHY_BYTES];
	int err;

	scenario_init(&r->scenario);
	if (r->file && scenario_read(r->file, &r->scenario, why))
		return scenario_line_refuse(&r->line, r->file, why);
	err = scenario_line_apply(&r->line, &r->scenario);
	if (r->leads)
		r->scenario.leads = r->leads;
	if (!err && r->shock && strcmp(r->shock, "all"))
		err = apply(r, &r->scenario, scenario_shock_text(r->shock));
	if (!r->sizes_count)
		r->sizes[r->sizes_count++] = r->scenario.seats;
	else if (r->sizes_count == 1)
		r->scenario.seats = r->sizes[0];
	if (!r->policies_count)
		r->policies[r->policies_count++] = (struct policy){POLICY_PRODUCT, 0};
	return err;
}

/* --- the runs */

static bool single(const struct request *r)
{
	return r->sizes_count == 1 && r->policies_count == 1 && !(r->shock && !strcmp(r->shock, "all"));
}

static void print_day(int64_t number, const struct day *d, int64_t seats)
{
	printf("  day %3lld  accounts %.0f  busy %.3f  abandoned %llu of %llu (%.2f %%)  dialled %llu\n", (long long)number,
		(double)d->accounts / (double)seats, d->login_us > 0 ? d->busy_us / d->login_us : 0,
		(unsigned long long)d->abandoned, (unsigned long long)d->live,
		d->live ? 100.0 * (double)d->abandoned / (double)d->live : 0, (unsigned long long)d->dialled);
}

static struct doc *day_doc(const struct day *d)
{
	struct doc *doc = doc_object();

	doc_put_i64(doc, "accounts", (int64_t)d->accounts);
	doc_put_i64(doc, "dialled", (int64_t)d->dialled);
	doc_put_i64(doc, "live", (int64_t)d->live);
	doc_put_i64(doc, "abandoned", (int64_t)d->abandoned);
	doc_put_real(doc, "utilisation", d->login_us > 0 ? d->busy_us / d->login_us : 0);
	return doc;
}

static void report(
	struct request *r, const struct scenario *s, const struct totals *t, const char *law, const char *shock, struct doc *days)
{
	char label[96];

	if (r->json) {
		struct doc *doc = doc_object();

		doc_put_text(doc, "law", law);
		if (shock)
			doc_put_text(doc, "shock", shock);
		totals_doc(doc, t);
		if (r->each_day)
			doc_put(doc, "each_day", days);
		else
			doc_free(days);
		doc_push(r->runs, doc);
		return;
	}
	doc_free(days);
	snprintf(label, sizeof(label), "%s%s%s, %lld", law, shock ? " " : "", shock ? shock : "", (long long)s->seats);
	if (!single(r)) {
		totals_print_row(stdout, label, t);
		return;
	}
	printf("%s, %lld seats, %lld days of %.4g hours, seed %llu\n", law, (long long)s->seats, (long long)t->days,
		(double)s->day_us / 3600e6, (unsigned long long)r->seed);
	totals_print(stdout, t);
}

static int run(struct request *r, const struct scenario *scenario, const struct policy *policy, const char *shock)
{
	struct world_options options = {*policy, r->events, r->fresh};
	struct world *world = world_alloc(scenario, &options);
	const struct day *day = NULL;
	struct doc *days = doc_array();
	struct totals totals;
	char law[32], why[200];
	int status = 0;

	totals_init(&totals, scenario);
	for (int64_t n = 0; world && n < r->days && (!n || day); n++) {
		day = world_day(world, n, r->seed);
		if (day)
			totals_add(&totals, day);
		if (day && r->each_day && r->json)
			doc_push(days, day_doc(day));
		else if (day && r->each_day)
			print_day(n, day, scenario->seats);
	}
	if (!day) {
		fprintf(stderr, "outdial-sim: %s\n", "out of memory");
		status = 1;
	}
	report(r, scenario, &totals, policy_name(policy, law), shock, days);
	if (!status && r->plot && plot_day(r->plot, scenario, day, law, why)) {
		fprintf(stderr, "outdial-sim: %s\n", why);
		status = 1;
	}
	world_free(world);
	return status;
}

static int run_shock(struct request *r, const char *shock)
{
	struct scenario scenario = r->scenario;
	int status = 0;

	if (shock && !strcmp(r->shock, "all"))
		status = apply(r, &scenario, scenario_shock_text(shock));
	for (int i = 0; i < r->sizes_count && !status; i++) {
		scenario.seats = r->sizes[i];
		for (int p = 0; p < r->policies_count && !status; p++)
			status = run(r, &scenario, &r->policies[p], shock);
	}
	return status;
}

static int run_all(struct request *r)
{
	int status = 0;

	if (!r->json && !single(r)) {
		printf("%lld days of %.4g hours, seed %llu\n\n", (long long)r->days, (double)r->scenario.day_us / 3600e6,
			(unsigned long long)r->seed);
		totals_print_titles(stdout);
	}
	if (!r->shock || strcmp(r->shock, "all"))
		return run_shock(r, r->shock);
	for (size_t i = 0; scenario_shock_name(i) && !status; i++)
		status = run_shock(r, scenario_shock_name(i));
	return status;
}

static void print_json(struct request *r)
{
	struct doc *doc = doc_object();
	char *text;

	doc_put_i64(doc, "seed", (int64_t)r->seed);
	doc_put_i64(doc, "day_s", r->scenario.day_us / SEC_US);
	doc_put(doc, "runs", r->runs);
	text = doc_print(doc, 2);
	puts(text);
	free(text);
	doc_free(doc);
}

int main(int argc, char **argv)
{
	struct request r = {.days = 20, .seed = 1};
	int status;

	r.line = (struct scenario_line){.program = "sim", .own = own_options, .take = parse_option, .arg = &r, .usage = usage};
	status = scenario_line_parse(&r.line, argc, argv);
	if (status)
		return status == 1 ? 0 : status;
	status = build_scenario(&r);
	if (status)
		return status;
	if (r.print) {
		scenario_print(stdout, &r.scenario);
		return 0;
	}
	if (r.plot && !single(&r))
		return scenario_line_complain(&r.line, "--plot draws one run: one law, one team size, one shock", NULL);
	if (r.json)
		r.runs = doc_array();
	status = run_all(&r);
	if (r.json && !status)
		print_json(&r);
	return status;
}
