/*
 * judge.c - the reference mix of calls, people and seats, pacing a dialer only through the line protocol pacing/1
 *
 * What    Lives days of a call centre in simulated time, tells another program each event of them on its standard input, asks it
 *         at each tick how many calls to place, and counts accounts, utilisation and abandoned people. Written from the
 *         protocol's and the mix's description alone: it shares nothing with pacing/ or tools/sim/, so that neither can be
 *         wrong in the same way. It knows two laws itself, for calibration: one line a free seat, and a fixed ratio.
 * Luck    Each lead, seat and day draws from its own seed: two laws on the same seed meet the same list, seats and breaks.
 * Fair    Calibrated by the one baseline that needs no law: one line a free seat must work 261 to 266 accounts with utilisation
 *         .79 to .80. That line is also run first on the same days, so that `ratio` compares laws free of luck.
 * Usage   judge [name=value ...] -- program [argument ...]   (without a program: law=line, or law=ratio ratio=2)
 *         shock= double snap break trunk silence longer shorter uneven noamd short; the names of numbers are in `numbers`.
 * Build   cc -O2 -D_GNU_SOURCE -o build/judge tests/judge/judge.c -lm
 * Units   milliseconds since the day's start, as in the protocol; *_s seconds.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HOUR 3600000LL
#define MINUTE 60000LL
#define BLOCK_LEADS 200

/* ---- what may be chosen ---- */

static double seats = 25, days = 10, seed = 1, live = 0.30, machine = 0.25, talk_s = 225, wrap_s = 45, target = 0.03, amd = 1,
	      block_cv = 0.15, hours = 8, fresh = 0, tick = 500, verbose = 0, machine_late = 0, cps = 0, lines_a_seat = 12,
	      ratio = 2, first = 0, ring_cv = 1, deduct = 0, lose = 0.005, scale = 1, from = 4, same_seats = 0, short_break = 15,
	      redraw = 0;
static char law[16] = "pace", shock[16] = "none";

static const struct {
	const char *name;
	double *value;
} numbers[] = {{"seats", &seats}, {"days", &days}, {"seed", &seed}, {"live", &live}, {"machine", &machine}, {"talk", &talk_s},
	{"wrap", &wrap_s}, {"target", &target}, {"amd", &amd}, {"block_cv", &block_cv}, {"hours", &hours}, {"fresh", &fresh},
	{"tick", &tick}, {"verbose", &verbose}, {"machine_late", &machine_late}, {"cps", &cps}, {"lines", &lines_a_seat},
	{"ratio", &ratio}, {"first", &first}, {"ring_cv", &ring_cv}, {"deduct", &deduct}, {"lose", &lose}, {"scale", &scale},
	{"from", &from}, {"same_seats", &same_seats}, {"short_break", &short_break}, {"redraw", &redraw}};

/* ---- luck ---- */

static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

struct luck {
	uint64_t state;
};

static struct luck luck_of(uint64_t kind, uint64_t day, uint64_t index)
{
	return (struct luck){mix(mix(mix((uint64_t)seed * 0x9e3779b97f4a7c15ULL + kind) + day * 0xd1342543de82ef95ULL) +
				 index * 0x2545f4914f6cdd1dULL)};
}

static double unit(struct luck *l)
{
	return ((double)(mix(l->state += 0x9e3779b97f4a7c15ULL) >> 11) + 0.5) * 0x1p-53;
}

static double normal(struct luck *l)
{
	double r = sqrt(-2 * log(unit(l)));

	return r * cos(2 * M_PI * unit(l));
}

static double lognormal(struct luck *l, double mean, double cv)
{
	double s2 = log(1 + cv * cv);

	return mean * exp(sqrt(s2) * normal(l) - 0.5 * s2);
}

/* Marsaglia and Tsang, "A simple method for generating gamma variables", 2000; shape above 1. */
static double gamma_of(struct luck *l, double shape, double mean)
{
	double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);

	for (;;) {
		double x = normal(l), v = 1 + c * x;

		v = v * v * v;
		if (v > 0 && log(unit(l)) < 0.5 * x * x + d - d * v + d * log(v))
			return d * v * mean / shape;
	}
}

/* ---- the day's state ---- */

enum happening { ANSWER, CLASSIFY, OUTCOME, HANG_UP, TALK_END, WRAP_END, AWAY, BACK, MACHINE_FOUND };
enum who { PERSON, MACHINE, BUSY, DEAD, NOBODY, FAILS };
enum post { OUT, IDLE, TALK, WRAP };

struct event {
	int64_t at;
	uint64_t order;
	uint32_t index, stamp;
	enum happening kind;
	int64_t value;
};

struct call {
	uint32_t stamp, seat;
	enum who who;
	bool wrong; /* will be classified wrongly */
	char stage; /* 0 idle, 'r'ing, 'a'md, 'q'ueue, 't'alk */
	int64_t dialled, greeting_end;
	double talk, wrap;
};

struct seat {
	uint32_t stamp;
	enum post post;
	double pace;
	int64_t since, counted, due; /* a break waits for the end of the call, this long */
	uint32_t call;
};

static struct event *heap;
static size_t heap_count, heap_max;
static uint64_t orders;
static struct call *calls;
static struct seat *team;
static uint32_t *idle_calls, idle_count, *queue, queue_count, calls_max;
static int64_t now, day_ms, stop_ms;
static uint64_t day_number, leads;
static uint32_t ringing, classifying, talking, lines_max;
static double tokens;
static struct {
	uint64_t accounts, dials, live, connected, abandoned, machines, lost, cancels_early;
	double busy_ms, in_ms;
} sum;
static FILE *to, *answers;

static bool before(const struct event *a, const struct event *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void push(int64_t in, enum happening kind, uint32_t index, uint32_t stamp, int64_t value)
{
	size_t i = heap_count++;
	struct event e = {now + (in > 0 ? in : 0), orders++, index, stamp, kind, value};

	if (heap_count > heap_max)
		heap = realloc(heap, (heap_max = heap_max * 2 + 1024) * sizeof(*heap));
	for (; i && before(&e, &heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = e;
}

static struct event pop(void)
{
	struct event top = heap[0], e = heap[--heap_count];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < heap_count) {
		if (child + 1 < heap_count && before(&heap[child + 1], &heap[child]))
			child++;
		if (before(&e, &heap[child]))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = e;
	return top;
}

static void say(char letter, uint32_t number)
{
	if (to)
		fprintf(to, "%c %" PRId64 " %" PRIu32 "\n", letter, now, number);
}

static void say2(char letter, uint32_t call, uint32_t seat)
{
	if (to)
		fprintf(to, "%c %" PRId64 " %" PRIu32 " %" PRIu32 "\n", letter, now, call, seat);
}

/* ---- shocks ---- */

static bool is(const char *name)
{
	return !strcmp(shock, name);
}

static double ramp(double start, double minutes)
{
	return fmin(1, fmax(0, ((double)now - start) / (minutes * MINUTE)));
}

static double live_level(void)
{
	static const double by_hour[] = {0.85, 0.90, 1.0, 1.05, 0.95, 0.95, 1.10, 1.20};
	double begin = from * HOUR, h = by_hour[now / HOUR > 7 ? 7 : now / HOUR];

	if (is("double"))
		h *= 1 + ramp(begin, 1) - ramp(begin + HOUR, 1);
	if (is("snap") && now >= begin && now < begin + 0.75 * HOUR)
		h *= 0.4;
	if (is("silence") && now >= begin && now < begin + 5 * MINUTE)
		h = 0;
	return h;
}

static double talk_level(void)
{
	double on = ramp(from * HOUR, 30) - ramp((from + 3) * HOUR, 30);

	return is("longer") ? 1 + on : is("shorter") ? 1 - 0.5 * on : 1;
}

/* ---- seats ---- */

static void count_seat(struct seat *s)
{
	double ms = (double)(now - s->counted);

	sum.in_ms += s->post == OUT ? 0 : ms;
	sum.busy_ms += s->post == TALK || s->post == WRAP ? ms : 0;
	s->counted = now;
}

static void enter(struct seat *s, enum post post)
{
	count_seat(s);
	s->post = post;
	s->since = now;
	s->stamp++;
}

static void connect_call(uint32_t c, uint32_t number)
{
	struct call *call = &calls[c];
	struct seat *s = &team[number];
	bool person = call->who == PERSON;
	double ms = person ? call->talk * talk_level() * s->pace : 12000 * scale;

	enter(s, TALK);
	s->call = c;
	call->stage = 't';
	call->seat = number;
	talking++;
	sum.accounts++;
	sum.connected += person;
	sum.machines += !person;
	sum.live += person && !amd;
	if (person || machine_late > 0)
		say2('C', c, number);
	else
		say2('m', c, number);
	if (!person && machine_late > 0)
		push((int64_t)(machine_late * 1000), MACHINE_FOUND, c, call->stamp, 0);
	push((int64_t)ms, TALK_END, number, s->stamp, 0);
}

static void serve(void)
{
	while (queue_count) {
		uint32_t best = UINT32_MAX, c = queue[0];

		for (uint32_t i = 0; i < (uint32_t)seats; i++)
			if (team[i].post == IDLE && (best == UINT32_MAX || team[i].since < team[best].since))
				best = i;
		if (best == UINT32_MAX)
			return;
		memmove(queue, queue + 1, --queue_count * sizeof(*queue));
		connect_call(c, best);
	}
}

static void go_away(uint32_t number)
{
	struct seat *s = &team[number];

	if (s->post != OUT)
		say('L', number);
	enter(s, OUT);
	push(s->due, BACK, number, s->stamp, 0);
	s->due = 0;
}

static void get_ready(uint32_t number)
{
	if (team[number].due) {
		go_away(number);
		return;
	}
	enter(&team[number], IDLE);
	say('R', number);
	serve();
}

static void plan_breaks(uint32_t number)
{
	struct luck l = luck_of(3, day_number, number);
	double t;

	if (hours > 6)
		push((int64_t)((3.5 + unit(&l)) * HOUR), AWAY, number, 0, 30 * MINUTE);
	push((int64_t)(hours * (0.12 + 0.2 * unit(&l)) * HOUR), AWAY, number, 0, (int64_t)(short_break * MINUTE));
	push((int64_t)(hours * (0.66 + 0.2 * unit(&l)) * HOUR), AWAY, number, 0, (int64_t)(short_break * MINUTE));
	for (t = -log(unit(&l)) / 0.4; t < hours; t -= log(unit(&l)) / 0.4)
		push((int64_t)(t * HOUR), AWAY, number, 0, 2 * MINUTE);
	if (is("break") && number % 2)
		push((int64_t)(from * HOUR), AWAY, number, 0, 15 * MINUTE);
}

/* ---- calls ---- */

static void release(uint32_t c)
{
	calls[c].stamp++;
	calls[c].stage = 0;
	idle_calls[idle_count++] = c;
}

static double block_level(uint64_t lead)
{
	struct luck l = luck_of(1, day_number, lead / BLOCK_LEADS);

	return fmax(0.05, 1 + block_cv * normal(&l));
}

static enum who draw_who(struct luck *l, uint64_t lead)
{
	double person = fmin(live * block_level(lead) * live_level(), 1 - machine - 0.13), u = unit(l);

	if (u < person)
		return PERSON;
	u = (u - person) / (1 - person) * (1 - live); /* the others keep their shares among each other */
	return u < machine ? MACHINE : u < machine + 0.05 ? BUSY : u < machine + 0.13 ? DEAD : NOBODY;
}

static double ring_time(enum who who, struct luck *l)
{
	double x = 0;

	if (who == PERSON)
		do
			x = gamma_of(l, 2.2 / (ring_cv * ring_cv), 9000);
		while (redraw > 0 && x > 25000);
	if (who == MACHINE && unit(l) >= 0.2)
		do
			x = 19000 + 2500 * normal(l);
		while (x < 0 || (redraw > 0 && x > 25000));
	return who == NOBODY ? 25000 : x;
}

static void dial(void)
{
	uint32_t c = idle_calls[--idle_count];
	struct call *call = &calls[c];
	struct luck l = luck_of(2, day_number, leads);
	double ring;
	bool fails = is("trunk") && now >= from * HOUR && now < from * HOUR + 3 * MINUTE;

	call->who = draw_who(&l, leads);
	call->wrong = unit(&l) < (call->who == PERSON ? lose : 0.05);
	call->talk = lognormal(&l, talk_s * 1000, 1);
	call->wrap = lognormal(&l, wrap_s * 1000, 1.5);
	call->stage = 'r';
	call->dialled = now;
	sum.dials++;
	ringing++;
	say('D', c);
	if (fails) {
		call->who = FAILS;
		push(400, OUTCOME, c, call->stamp, 0);
		return;
	}
	leads++;
	ring = ring_time(call->who, &l);
	if (ring > 25000) { /* would have answered later than anybody rings */
		ring = 25000;
		call->who = NOBODY;
	}
	push((int64_t)((2500 + ring) * scale), call->who <= MACHINE ? ANSWER : OUTCOME, c, call->stamp,
		(int64_t)lognormal(&l, 2000, 0.45));
}

static void hang_on(uint32_t c)
{
	calls[c].stage = 'q';
	queue[queue_count++] = c;
	push(calls[c].greeting_end + 2000 - now, HANG_UP, c, calls[c].stamp, 0);
	serve();
}

static void answer(uint32_t c, int64_t greeting)
{
	ringing--;
	calls[c].greeting_end = now + greeting;
	say('A', c);
	if (amd) {
		classifying++;
		calls[c].stage = 'a';
		push(greeting + 600, CLASSIFY, c, calls[c].stamp, 0);
	} else {
		hang_on(c);
	}
}

static void classify(uint32_t c)
{
	struct call *call = &calls[c];
	bool as_person = (call->who == PERSON) != call->wrong;

	classifying--;
	sum.lost += call->who == PERSON && call->wrong;
	if (!as_person) {
		say('M', c);
		sum.accounts++;
		release(c);
		return;
	}
	sum.live += call->who == PERSON;
	say('V', c);
	hang_on(c);
}

static void hang_up(uint32_t c)
{
	uint32_t i = 0;

	if (calls[c].stage != 'q')
		return;
	while (queue[i] != c)
		i++;
	memmove(queue + i, queue + i + 1, (--queue_count - i) * sizeof(*queue));
	sum.accounts++;
	if (calls[c].who == PERSON) {
		sum.abandoned++;
		sum.live += !amd;
	}
	say('X', c);
	release(c);
}

static void outcome(uint32_t c)
{
	static const char letters[] = {[BUSY] = 'B', [DEAD] = 'S', [NOBODY] = 'N', [FAILS] = 'F'};

	ringing--;
	sum.accounts += calls[c].who != FAILS;
	say(letters[calls[c].who], c);
	release(c);
}

static void cancel_oldest(long count)
{
	while (count-- > 0) {
		uint32_t best = UINT32_MAX;

		for (uint32_t c = 0; c < calls_max; c++)
			if (calls[c].stage == 'r' && now - calls[c].dialled >= 15000 * scale + 2500 * scale &&
				(best == UINT32_MAX || calls[c].dialled < calls[best].dialled))
				best = c;
		if (best == UINT32_MAX) {
			sum.cancels_early++;
			return;
		}
		ringing--;
		say('K', best);
		release(best);
	}
}

static void happen(const struct event *e)
{
	struct seat *s = &team[e->index < (uint32_t)seats ? e->index : 0];
	bool of_seat = e->kind >= TALK_END && e->kind <= BACK;

	if (e->kind != AWAY && (of_seat ? s->stamp : calls[e->index].stamp) != e->stamp)
		return;
	switch (e->kind) {
	case ANSWER:
		answer(e->index, e->value);
		break;
	case CLASSIFY:
		classify(e->index);
		break;
	case OUTCOME:
		outcome(e->index);
		break;
	case HANG_UP:
		hang_up(e->index);
		break;
	case TALK_END: {
		struct call *call = &calls[s->call];
		double ms = call->who == PERSON ? call->wrap * s->pace : 8000 * scale;

		talking--;
		release(s->call);
		enter(s, WRAP);
		say('W', e->index);
		push((int64_t)ms, WRAP_END, e->index, s->stamp, 0);
		break;
	}
	case WRAP_END:
		get_ready(e->index);
		break;
	case AWAY:
		if (s->post == OUT)
			return;
		s->due += e->value;
		if (s->post == IDLE)
			go_away(e->index);
		break;
	case BACK:
		get_ready(e->index);
		break;
	case MACHINE_FOUND:
		say2('m', e->index, calls[e->index].seat);
		break;
	}
}

/* ---- the laws ---- */

static uint32_t count_post(enum post post)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < (uint32_t)seats; i++)
		n += team[i].post == post;
	return n;
}

static void own_law(long *place)
{
	long in_flight = ringing + classifying + queue_count;

	if (!strcmp(law, "ratio"))
		*place = lround(ratio * count_post(IDLE)) - in_flight;
	else
		*place = (long)count_post(IDLE) - in_flight;
}

static void ask(long *place, long *cancels)
{
	char line[64];

	fprintf(to, "T %" PRId64 " %u %u %u %u %u %u %u %u %u %.2f %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
		now, count_post(IDLE), count_post(TALK), count_post(WRAP), count_post(OUT), ringing, classifying, queue_count,
		ringing + classifying + queue_count + talking, lines_max, cps > 0 ? tokens : -1.0, sum.dials, sum.live,
		sum.connected, sum.abandoned, sum.machines);
	fflush(to);
	if (!fgets(line, sizeof(line), answers) || sscanf(line, "%ld %ld", place, cancels) != 2) {
		fprintf(stderr, "the pacer gave no answer\n");
		exit(1);
	}
}

static void decide(void)
{
	long place = 0, cancels = 0, free_lines = (long)lines_max - (long)(ringing + classifying + queue_count + talking);

	tokens = fmin(cps, tokens + cps * tick / 1000);
	if (to)
		ask(&place, &cancels);
	else
		own_law(&place);
	cancel_oldest(cancels);
	if (now >= stop_ms)
		return;
	for (; place > 0 && free_lines > 0 && (cps <= 0 || tokens >= 1); place--, free_lines--, tokens--)
		dial();
}

/* ---- a day ---- */

static void start_day(void)
{
	memset(&sum, 0, sizeof(sum));
	heap_count = queue_count = ringing = classifying = talking = 0;
	idle_count = 0;
	now = 0;
	leads = 0;
	tokens = cps;
	for (uint32_t c = calls_max; c--;) {
		calls[c].stamp++;
		calls[c].stage = 0;
		idle_calls[idle_count++] = c;
	}
	if (to)
		fprintf(to,
			"H pacing/1 agents=%g tick_ms=%g day=%" PRIu64 " day_ms=%" PRId64
			" target=%g hold_ms=2000 amd=%g deduct=%g "
			"min_ring_ms=%g ring_timeout_ms=%g max_lines=%u cps=%g dial_stop_ms=%" PRId64 " break_notice=0\n",
			seats, tick, day_number, day_ms, target, amd, deduct, 15000 * scale, 25000 * scale, lines_max, cps,
			stop_ms);
	for (uint32_t i = 0; i < (uint32_t)seats; i++) {
		struct luck l = luck_of(4, same_seats ? 0 : day_number, i);

		team[i] = (struct seat){.stamp = team[i].stamp + 1, .post = IDLE, .pace = fmax(0.4, 1 + 0.15 * normal(&l))};
		say('R', i);
		plan_breaks(i);
	}
}

/* The last quarter of an hour. */
static void show_quarter(void)
{
	static double busy, in;
	static uint64_t live_before, lost_before, day_before = UINT64_MAX;

	for (uint32_t i = 0; i < (uint32_t)seats; i++)
		count_seat(&team[i]);
	if (day_before != day_number) {
		busy = in = 0;
		live_before = lost_before = 0;
		day_before = day_number;
	}
	printf("  %4" PRId64 " min: utilisation %.3f, %3" PRIu64 " of %4" PRIu64 " abandoned, so far %.2f %%\n",
		(now + 1) / 60000, (sum.busy_ms - busy) / (sum.in_ms - in), sum.abandoned - lost_before, sum.live - live_before,
		100.0 * (double)sum.abandoned / (double)sum.live);
	busy = sum.busy_ms;
	in = sum.in_ms;
	live_before = sum.live;
	lost_before = sum.abandoned;
}

static void live_day(void)
{
	start_day();
	for (int64_t t = 0; t < day_ms; t += (int64_t)tick) {
		while (heap_count && heap[0].at <= t) {
			struct event e = pop();

			now = e.at;
			happen(&e);
		}
		now = t;
		decide();
		if (verbose > 1 && (t + (int64_t)tick) % (15 * MINUTE) == 0)
			show_quarter();
	}
	now = day_ms;
	for (uint32_t i = 0; i < (uint32_t)seats; i++)
		count_seat(&team[i]);
	if (to) {
		fprintf(to, "E %" PRId64 "\n", now);
		fflush(to);
	}
}

static pid_t start(char **argv)
{
	int in[2], out[2];
	pid_t pid;

	if (pipe(in) || pipe(out) || (pid = fork()) < 0)
		exit(1);
	if (!pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		close(out[0]);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	to = fdopen(in[1], "w");
	answers = fdopen(out[0], "r");
	setvbuf(to, NULL, _IOFBF, 1 << 16);
	return pid;
}

static void stop(pid_t pid)
{
	fclose(to);
	fclose(answers);
	waitpid(pid, NULL, 0);
}

static bool option(const char *text)
{
	const char *equals = strchr(text, '=');
	size_t n = equals ? (size_t)(equals - text) : 0;

	if (n == 3 && !strncmp(text, "law", 3))
		return snprintf(law, sizeof(law), "%s", equals + 1) > 0;
	if (n == 5 && !strncmp(text, "shock", 5))
		return snprintf(shock, sizeof(shock), "%s", equals + 1) > 0;
	for (size_t i = 0; n && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strlen(numbers[i].name) == n && !strncmp(text, numbers[i].name, n)) {
			*numbers[i].value = atof(equals + 1);
			return true;
		}
	return false;
}

static void set_up(void)
{
	if (is("uneven"))
		block_cv = 0.6;
	if (is("noamd"))
		amd = 0;
	if (is("short"))
		hours = 2;
	day_ms = (int64_t)(hours * HOUR);
	stop_ms = day_ms - 45000;
	lines_max = (uint32_t)(seats * lines_a_seat + 20);
	calls_max = lines_max;
	calls = calloc(calls_max, sizeof(*calls));
	idle_calls = calloc(calls_max, sizeof(*idle_calls));
	queue = calloc(calls_max, sizeof(*queue));
	team = calloc((size_t)seats, sizeof(*team));
}

int main(int argc, char **argv)
{
	double base = 0, accounts = 0, busy = 0, in = 0, abandoned = 0, people = 0, worst = 0, over = 0, lost = 0, square = 0;
	struct timespec t0, t1;
	pid_t pid = 0;
	int i = 1;

	for (; i < argc && strcmp(argv[i], "--"); i++)
		if (!option(argv[i])) {
			fprintf(stderr, "%s?\n", argv[i]);
			return 2;
		}
	set_up();
	clock_gettime(CLOCK_MONOTONIC, &t0);
	for (uint64_t d = 0; i < argc && d < (uint64_t)days; d++) {
		day_number = (uint64_t)first + d;
		live_day();
		base += (double)sum.accounts / seats;
	}
	for (uint64_t d = 0; d < (uint64_t)days; d++) {
		double share;

		if (i < argc && (!d || fresh)) {
			if (d)
				stop(pid);
			pid = start(argv + i + 1);
		}
		day_number = (uint64_t)first + d;
		live_day();
		share = sum.live ? (double)sum.abandoned / (double)sum.live : 0;
		accounts += (double)sum.accounts / seats;
		square += (double)sum.accounts / seats * (double)sum.accounts / seats;
		busy += sum.busy_ms;
		in += sum.in_ms;
		abandoned += (double)sum.abandoned;
		people += (double)sum.live;
		lost += (double)sum.lost;
		over += share > target + 1e-12;
		worst = fmax(worst, share);
		if (verbose)
			printf("day %" PRIu64 ": %.1f accounts, utilisation %.3f, %" PRIu64 " of %" PRIu64
			       " abandoned (%.2f %%)\n",
				day_number, (double)sum.accounts / seats, sum.busy_ms / sum.in_ms, sum.abandoned, sum.live,
				100 * share);
	}
	if (i < argc)
		stop(pid);
	clock_gettime(CLOCK_MONOTONIC, &t1);
	printf("seats=%g shock=%s live=%g talk=%g target=%g days=%g: accounts %.1f (se %.1f) utilisation %.4f abandoned %.2f %% "
	       "worst %.2f %% "
	       "over %g of %g days; line %.1f ratio %.4f; %.1f s\n",
		seats, shock, live, talk_s, target, days, accounts / days,
		sqrt(fmax(0, square / days - accounts / days * accounts / days) / days), busy / in,
		100 * abandoned / fmax(1, people), 100 * worst, over, days, base / days, base > 0 ? accounts / base : 0,
		(double)(t1.tv_sec - t0.tv_sec) + (double)(t1.tv_nsec - t0.tv_nsec) / 1e9);
	return 0;
}
