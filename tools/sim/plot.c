/*
 * plot.c - a picture of one simulated day, drawn by gnuplot: seats, calls in flight, abandoned share, waits
 */
#include "tools/sim/plot.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define BIN_MINUTES 5 /* of one point */

const char *plot_format(const char *path)
{
	const char *dot = strrchr(path, '.');

	return !dot ? NULL : !strcmp(dot, ".svg") ? "svg" : !strcmp(dot, ".png") ? "png" : NULL;
}

/* One row a bin: hour, seats in, busy, in flight, abandoned share so far, people's wait, seats' wait. */
static void write_data(FILE *out, const struct day *day)
{
	double live = 0, abandoned = 0;

	fprintf(out, "$day << END\n");
	for (int64_t m = 0; m + BIN_MINUTES <= DAY_MINUTES && m * 60 * SEC_US < day->end_us; m += BIN_MINUTES) {
		struct minute sum = {0};

		for (int i = 0; i < BIN_MINUTES; i++) {
			const struct minute *one = &day->minutes[m + i];

			sum.ticks += one->ticks;
			sum.busy += one->busy;
			sum.in += one->in;
			sum.flying += one->flying;
			sum.waits += one->waits;
			sum.wait_us += one->wait_us;
			sum.idle_us += one->idle_us;
			live += one->live;
			abandoned += one->abandoned;
		}
		if (!sum.ticks)
			continue;
		fprintf(out, "%.4f %.2f %.2f %.2f %.3f ", ((double)m + BIN_MINUTES / 2.0) / 60, sum.in / sum.ticks,
			sum.busy / sum.ticks, sum.flying / sum.ticks, live > 0 ? 100 * abandoned / live : 0);
		if (sum.waits)
			fprintf(out, "%.2f %.2f\n", sum.wait_us / 1e6 / sum.waits, sum.idle_us / 1e6 / sum.waits);
		else
			fprintf(out, "NaN NaN\n");
	}
	fprintf(out, "END\n");
}

/* A shock is a grey band through all pictures. */
static void write_shocks(FILE *out, const struct scenario *s)
{
	for (int64_t i = 0; i < s->shocks_count; i++) {
		const struct shock *shock = &s->shocks[i];
		int64_t until_us = shock->for_us ? shock->at_us + shock->for_us + shock->over_us : s->day_us;

		fprintf(out,
			"set object %lld rectangle from %.4f, graph 0 to %.4f, graph 1 behind fc rgb '#fbe3c8' fs solid "
			"noborder\n",
			(long long)i + 1, (double)shock->at_us / 3600e6, fmin((double)until_us, (double)s->day_us) / 3600e6);
	}
}

static void write_head(FILE *out, const char *path, const struct scenario *s, const char *law)
{
	bool svg = !strcmp(plot_format(path), "svg");

	fprintf(out, "set terminal %s size 900,820 %s 'DejaVu Sans,%d'\n", svg ? "svg" : "pngcairo",
		svg ? "background 'white' font" : "font", svg ? 13 : 10);
	fprintf(out, "set output \"");
	for (const char *p = path; *p; p++)
		fprintf(out, *p == '"' || *p == '\\' || *p == '\n' ? "\\%03o" : "%c", (unsigned char)*p);
	fprintf(out,
		"\"\nset multiplot\nset lmargin 9\nset rmargin 8\nset tmargin 0\nset bmargin 0\nset border 3 lc rgb '#808080'\n"
		"set tics nomirror textcolor rgb '#303030'\nset grid y lc rgb '#e4e4e4' lw 1\n"
		"set key top right horizontal samplen 2 noopaque\nset xrange [0:%.4f]\nset xtics 1 format ''\n"
		"set label 99 '%lld seats, one day, law: %s' at screen 0.5,0.975 center font ',%d'\n",
		(double)s->day_us / 3600e6, (long long)s->seats, law, svg ? 16 : 12);
	write_shocks(out, s);
}

/* The pictures stand one above the other: picture 0 at the top. */
static void write_place(FILE *out, int picture)
{
	fprintf(out, "set origin 0,%.3f\nset size 1,0.195\n", 0.735 - 0.225 * picture);
	if (picture == 1)
		fprintf(out, "unset label 99\n");
}

static void write_pictures(FILE *out, const struct scenario *s)
{
	write_place(out, 0);
	fprintf(out,
		"set ylabel 'seats'\nset yrange [0:%.1f]\n"
		"plot $day using 1:2 with filledcurves y1=0 fc rgb '#d5dbe3' title 'logged in', "
		"'' using 1:3 with filledcurves y1=0 fc rgb '#4c78a8' title 'busy'\n",
		(double)s->seats * 1.25);
	write_place(out, 1);
	fprintf(out, "set ylabel 'calls in flight'\nset yrange [0:*]\nset offsets 0,0,graph 0.15,0\n"
		     "plot $day using 1:4 with lines lw 1.5 lc rgb '#2f6b4f' title 'dialled, no seat yet'\n");
	write_place(out, 2);
	fprintf(out,
		"set ylabel 'abandoned, %%'\nset yrange [0:*]\n"
		"plot $day using 1:5 with lines lw 1.8 lc rgb '#b3362b' title 'of the day so far', "
		"%g with lines dt 2 lc rgb '#303030' title 'ceiling'\n",
		100 * s->ceiling);
	write_place(out, 3);
	fprintf(out,
		"set ylabel 'seats wait, s'\nset y2label 'people wait, s'\nset y2range [0:%.1f]\nset y2tics\nset border 11\n"
		"set xlabel 'hour of the day'\nset xtics 1 format '%%g'\nset yrange [0:*]\n"
		"plot $day using 1:7 with lines lw 1.5 lc rgb '#4c78a8' title 'a seat for a person, mean', "
		"'' using 1:6 axes x1y2 with lines lw 1.5 lc rgb '#e08214' title 'a person for a seat (right)'\n"
		"unset multiplot\n",
		(double)s->hold_us / 1e6 + 0.5);
}

/* gnuplot reads its script from standard input; *pid is its process. NULL when it cannot be started. */
static FILE *start_gnuplot(pid_t *pid)
{
	int ends[2];

	if (pipe(ends))
		return NULL;
	*pid = fork();
	if (*pid == 0) {
		dup2(ends[0], STDIN_FILENO);
		close(ends[0]);
		close(ends[1]);
		execlp("gnuplot", "gnuplot", (char *)NULL);
		_exit(errno == ENOENT ? 127 : 126);
	}
	close(ends[0]);
	if (*pid > 0)
		return fdopen(ends[1], "w");
	close(ends[1]);
	return NULL;
}

int plot_day(const char *path, const struct scenario *scenario, const struct day *day, const char *law, char *why)
{
	pid_t pid = -1;
	FILE *out = start_gnuplot(&pid);
	int status = -1;

	if (!out) {
		snprintf(why, 200, "gnuplot cannot be started: %s", strerror(errno));
		return -errno;
	}
	signal(SIGPIPE, SIG_IGN);
	write_data(out, day);
	write_head(out, path, scenario, law);
	write_pictures(out, scenario);
	fclose(out);
	waitpid(pid, &status, 0);
	if (status == 0 && access(path, R_OK) == 0)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		snprintf(why, 200, "--plot needs gnuplot, which is not installed: apt-get install gnuplot-nox");
	else
		snprintf(why, 200, "gnuplot could not draw %.120s", path);
	return -EIO;
}
