/*
 * main.c - outdial-sim: simulated days paced by the product's own pacer
 *
 * Use     outdial-sim [--seats N,N,..] [--days N] [--seed N] [--law progressive|predictive] [--shock NAME|all] [--ceiling P] ...
 * Prints  one line a team size: accounts a seat a day, utilisation, abandoned share, share of days at or under the ceiling.
 */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tools/sim/world.h"

#define SIZES_MAX 16

struct request {
	struct scenario scenario;
	uint32_t sizes[SIZES_MAX];
	int sizes_count;
	int64_t days, first;
	uint64_t seed;
	bool all_shocks, each_day;
};

static const char *const usage =
	"usage: outdial-sim [options]\n"
	"  --seats N[,N..]     team sizes (25)\n"
	"  --days N            days of each (20)\n"
	"  --seed N            seed (1)\n"
	"  --law NAME          progressive or predictive (predictive)\n"
	"  --shock NAME        none, double, snap, break, trunk, silence, longer, shorter, uneven, noamd, short or all (none)\n"
	"  --ceiling P         abandoned share at most, 0..0.05 (0.03)\n"
	"  --answer P          share of calls that people answer (0.30)\n"
	"  --talk SECONDS      mean talk (225)\n"
	"  --wrap SECONDS      mean wrap-up (45)\n"
	"  --scale X           all of ring, talk and wrap-up times multiplied (1)\n"
	"  --hours X           length of the day (8)\n"
	"  --leads N           the day ends with the list; its end is not known before\n"
	"  --tick MS           a decision so often (500)\n"
	"  --events            and after each event, as the engine does\n"
	"  --fresh             nothing is kept from the day before\n"
	"  --each-day          a line for each day\n";

static bool parse_sizes(struct request *r, const char *text)
{
	char *end;

	for (r->sizes_count = 0; r->sizes_count < SIZES_MAX; text = end + 1) {
		unsigned long n = strtoul(text, &end, 10);

		if (n < 1 || n > 4000)
			return false;
		r->sizes[r->sizes_count++] = (uint32_t)n;
		if (*end != ',')
			return *end == 0;
	}
	return false;
}

static bool parse_number(const char *text, double min, double max, double *out)
{
	char *end;
	double x = strtod(text, &end);

	if (end == text || *end || !(x >= min && x <= max))
		return false;
	*out = x;
	return true;
}

static bool parse_law(struct scenario *s, const char *text)
{
	s->mode = strcmp(text, "progressive") ? PACING_PREDICTIVE : PACING_PROGRESSIVE;
	return !strcmp(text, "progressive") || !strcmp(text, "predictive");
}

static bool parse_shock(struct request *r, const char *text)
{
	r->all_shocks = !strcmp(text, "all");
	if (!r->all_shocks)
		r->scenario.shock = scenario_shock_named(text);
	return r->scenario.shock != SHOCK_COUNT;
}

static const struct option long_options[] = {{"seats", 1, 0, 's'}, {"days", 1, 0, 'd'}, {"seed", 1, 0, 'r'}, {"law", 1, 0, 'l'},
	{"shock", 1, 0, 'x'}, {"ceiling", 1, 0, 'c'}, {"answer", 1, 0, 'a'}, {"talk", 1, 0, 't'}, {"wrap", 1, 0, 'w'},
	{"scale", 1, 0, 'm'}, {"tick", 1, 0, 'k'}, {"hours", 1, 0, 'H'}, {"leads", 1, 0, 'n'}, {"events", 0, 0, 'e'},
	{"fresh", 0, 0, 'f'}, {"each-day", 0, 0, 'v'}, {"help", 0, 0, 'h'}, {0}};

static bool parse_option(struct request *r, int option, const char *text)
{
	struct scenario *s = &r->scenario;
	double x = 0;
	bool good = true;

	switch (option) {
	case 's':
		return parse_sizes(r, text);
	case 'd':
		good = parse_number(text, 1, 1e6, &x);
		r->days = (int64_t)x;
		return good;
	case 'r':
		good = parse_number(text, 0, 1e15, &x);
		r->seed = (uint64_t)x;
		return good;
	case 'l':
		return parse_law(s, text);
	case 'x':
		return parse_shock(r, text);
	case 'c':
		return parse_number(text, 0, 0.05, &s->ceiling);
	case 'a':
		return parse_number(text, 0, 0.6, &s->person_prob);
	case 't':
		good = parse_number(text, 0.1, 3600, &x);
		s->talk_us = x * 1e6;
		return good;
	case 'w':
		good = parse_number(text, 0.1, 3600, &x);
		s->wrap_us = x * 1e6;
		return good;
	case 'm':
		return parse_number(text, 0.001, 10, &s->time_scale);
	case 'k':
		good = parse_number(text, 10, 60000, &x);
		s->tick_us = (int64_t)(x * 1000);
		return good;
	case 'H':
		good = parse_number(text, 0.01, 24, &x);
		s->day_us = (int64_t)(x * 3600e6);
		return good;
	case 'n':
		good = parse_number(text, 1, 1e8, &x);
		s->leads = (uint32_t)x;
		return good;
	case 'e':
		s->events = true;
		return true;
	case 'f':
		s->fresh = true;
		return true;
	case 'v':
		r->each_day = true;
		return true;
	default:
		return false;
	}
}

static void print_day(const struct scenario *s, int64_t number, const struct day *d)
{
	printf("  day %3lld  accounts %.0f  live %llu  abandoned %llu  %.2f %%  utilisation %.3f  dialled %llu  login %.0f s\n",
		(long long)number, (double)d->accounts / s->seats, (unsigned long long)d->live, (unsigned long long)d->abandoned,
		d->live ? 100.0 * (double)d->abandoned / (double)d->live : 0, d->busy_us / d->login_us,
		(unsigned long long)d->dialled, d->login_us / 1e6 / s->seats);
}

struct total {
	double accounts, live, abandoned, busy, login, lines, worst;
	int64_t within;
	uint64_t misfits, decisions, early_cancels;
};

static void add_day(struct total *t, const struct scenario *s, const struct day *d)
{
	double share = d->live ? (double)d->abandoned / (double)d->live : 0;

	t->accounts += (double)d->accounts / s->seats;
	t->live += (double)d->live;
	t->abandoned += (double)d->abandoned;
	t->busy += d->busy_us;
	t->login += d->login_us;
	t->lines += (double)d->lines_sum / (double)d->decisions;
	t->worst = fmax(t->worst, share);
	t->within += share <= s->ceiling;
	t->misfits = d->misfits;
	t->decisions += d->decisions;
	t->early_cancels += d->early_cancels;
}

static void print_total(const struct request *r, const struct scenario *s, const struct total *t)
{
	double n = (double)r->days;

	printf("%-11s %-8s %5u seats  %6.1f accounts  utilisation %.3f  abandoned %.2f %% (worst day %.2f %%)  days within %.1f "
	       "%%  lines %.1f  "
	       "misfits %llu\n",
		s->mode == PACING_PREDICTIVE ? "predictive" : "progressive", scenario_shock_name(s->shock), s->seats,
		t->accounts / n, t->busy / t->login, t->live > 0 ? 100 * t->abandoned / t->live : 0, 100 * t->worst,
		100 * (double)t->within / n, t->lines / n, (unsigned long long)t->misfits);
	if (t->early_cancels)
		printf("  %llu cancels before their time\n", (unsigned long long)t->early_cancels);
	fflush(stdout);
}

static int run(const struct request *r, uint32_t seats, enum shock shock)
{
	struct scenario s = r->scenario;
	struct total total = {0};
	struct world *world;

	s.seats = seats;
	s.shock = shock;
	scenario_shock(&s);
	world = world_alloc(&s);
	if (!world) {
		fprintf(stderr, "outdial-sim: out of memory\n");
		return 1;
	}
	for (int64_t n = 0; n < r->days; n++) {
		struct day d = world_day(world, n, r->seed);

		add_day(&total, &s, &d);
		if (r->each_day)
			print_day(&s, n, &d);
	}
	print_total(r, &s, &total);
	world_free(world);
	return 0;
}

static bool parse(struct request *r, int argc, char **argv)
{
	int option;

	scenario_init(&r->scenario);
	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1)
		if (!parse_option(r, option, optarg))
			return false;
	return optind == argc;
}

int main(int argc, char **argv)
{
	struct request r = {.sizes = {25}, .sizes_count = 1, .days = 20, .seed = 1};
	int err = 0;

	if (!parse(&r, argc, argv)) {
		fputs(usage, stderr);
		return 2;
	}
	for (int shock = r.all_shocks ? 0 : (int)r.scenario.shock;
		shock <= (r.all_shocks ? SHOCK_COUNT - 1 : (int)r.scenario.shock); shock++)
		for (int i = 0; i < r.sizes_count && !err; i++)
			err = run(&r, r.sizes[i], (enum shock)shock);
	return err;
}
