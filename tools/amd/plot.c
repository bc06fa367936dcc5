/* plot.c - outdial-amd --plot: a picture of a clip and its decision by gnuplot */
#include "tools/amd/plot.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "media/amd/law.h"

#define SLICE 40 /* samples a point of the waveform: 5 ms */
#define MARKS_MAX 16

extern char **environ;

struct mark {
	double at_s;
	char text[48];
};

struct plot {
	FILE *frames;
	struct mark marks[MARKS_MAX];
	int mark_count;
};

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "outdial-amd: %s: %s\n", what, why);
	return -1;
}

static void mark(struct plot *plot, const struct amd_event *event)
{
	if (plot->mark_count == MARKS_MAX || event->kind == AMD_EV_PRINT)
		return;
	struct mark *mark = &plot->marks[plot->mark_count++];
	mark->at_s = event->at_ms / 1000.0;
	if (event->kind == AMD_EV_VERDICT || event->kind == AMD_EV_REVISED)
		snprintf(mark->text, sizeof mark->text, "%s%s (%s)", event->kind == AMD_EV_REVISED ? "revised: " : "",
			amd_verdict_name(event->verdict), event->cause);
	else
		snprintf(mark->text, sizeof mark->text, "%s", run_event_name(event->kind));
}

/* A tone that is not there has a frequency under the picture's range: gnuplot warns when a column has no number at all. */
static double tone_of(float hz)
{
	return hz > 0 ? (double)hz : -1;
}

static void frame_put(const struct amd_peek *peek, const struct amd_event *events, int count, void *arg)
{
	struct plot *plot = arg;
	fprintf(plot->frames, "%.2f %.1f %d %.0f %.0f %.2f %.2f\n", peek->now_ms / 1000.0, (double)peek->snr_db, peek->voice,
		tone_of(peek->tone_hz), tone_of(peek->tone2_hz), peek->talk_ms / 1000.0, peek->silence_ms / 1000.0);
	for (int i = 0; i < count; i++)
		mark(plot, &events[i]);
}

/* The least and the largest sample of every 5 ms. */
static void wave_put(FILE *file, const struct wav *wav)
{
	for (size_t at = 0; at + SLICE <= wav->count; at += SLICE) {
		int low = 32767, high = -32768;
		for (size_t n = at; n < at + SLICE; n++) {
			int sample = wav->law == AMD_ALAW ? law_alaw(wav->g711[n]) : law_ulaw(wav->g711[n]);
			low = sample < low ? sample : low;
			high = sample > high ? sample : high;
		}
		fprintf(file, "%.4f %.4f %.4f\n", (double)at / 8000, low / 32768.0, high / 32768.0);
	}
}

/* gnuplot's own quoting: what could end the string is replaced, a name is only a title here. */
static void title_put(FILE *script, const char *path)
{
	const char *name = strrchr(path, '/');
	fputs("set title \"", script);
	for (const char *c = name != NULL ? name + 1 : path; *c != '\0'; c++)
		fputc(strchr("\"\\`@{}^_~&", *c) != NULL || (unsigned char)*c < ' ' ? ' ' : *c, script);
	fputs("\" noenhanced\n", script);
}

static void marks_put(FILE *script, const struct plot *plot)
{
	for (int i = 0; i < plot->mark_count; i++) {
		const struct mark *m = &plot->marks[i];
		bool verdict = strchr(m->text, '(') != NULL;
		fprintf(script, "set arrow from first %.3f, graph 0 to first %.3f, graph 1 nohead lc rgb '%s' lw 1.5 dt %d\n",
			m->at_s, m->at_s, verdict ? "#b00020" : "#5f6368", verdict ? 1 : 2);
	}
}

static void labels_put(FILE *script, const struct plot *plot)
{
	for (int i = 0; i < plot->mark_count; i++) {
		const struct mark *m = &plot->marks[i];
		fprintf(script, "set label \"%s\" noenhanced at first %.3f, graph %.2f offset 0.4,0 font ',10' tc rgb '%s'\n",
			m->text, m->at_s, 0.94 - 0.11 * (i % 4), strchr(m->text, '(') != NULL ? "#b00020" : "#202124");
	}
}

static void script_put(FILE *script, const char *picture, const char *path, const struct plot *plot, double seconds)
{
	const char *dot = strrchr(picture, '.');
	fprintf(script, "set terminal %s size 1200,760 %s\nset output 'picture'\n", strcmp(dot, ".svg") == 0 ? "svg" : "pngcairo",
		strcmp(dot, ".svg") == 0 ? "background rgb 'white'" : "");
	fprintf(script,
		"set multiplot\nset lmargin 9\nset rmargin 9\nset xrange [0:%.2f]\nset grid lc rgb '#e0e0e0'\nset tics "
		"nomirror\nset key tmargin right horizontal font ',10' samplen 2\n",
		seconds);
	marks_put(script, plot);
	title_put(script, path);
	fputs("set origin 0,0.64\nset size 1,0.36\nset format x ''\nset ylabel 'waveform'\nset yrange [-1:1]\n", script);
	labels_put(script, plot);
	fputs("plot 'wave' using 1:2:3 with filledcurves lc rgb '#1a73e8' notitle\nunset label\nunset title\n", script);
	fputs("set origin 0,0.43\nset size 1,0.22\nset ylabel 'over the floor, dB'\nset yrange [0:26]\n"
	      "plot 'frames' using 1:($3*26) with filledcurves y1=0 lc rgb '#c8e6c9' title 'voice', "
	      "'' using 1:2 with lines lc rgb '#202124' title 'bands over the floor'\n",
		script);
	fputs("set origin 0,0.22\nset ylabel 'tones, Hz'\nset yrange [0:4000]\nset ytics 1000\n"
	      "plot 'frames' using 1:4 with points pt 7 ps 0.4 lc rgb '#e8710a' title 'tone', "
	      "'' using 1:5 with points pt 7 ps 0.4 lc rgb '#9334e6' title 'second tone'\n",
		script);
	fputs("set origin 0,0\nset size 1,0.23\nset format x '%g'\nset xlabel 'seconds after the answer'\nset ylabel 'seconds'\n"
	      "set yrange [0:8]\nset ytics 2\nplot 'frames' using 1:6 with lines lw 2 lc rgb '#188038' title 'talk', "
	      "'' using 1:7 with lines lw 2 lc rgb '#5f6368' title 'silence'\nunset multiplot\n",
		script);
}

static int gnuplot(const char *folder)
{
	char program[] = "gnuplot", script[] = "script", *argv[] = {program, script, NULL};
	pid_t pid;
	int status;
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addchdir_np(&actions, folder);
	int error = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error == ENOENT)
		return complain("--plot", "gnuplot is not installed (apt-get install gnuplot-nox)");
	if (error != 0)
		return complain("gnuplot", strerror(error));
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return complain("gnuplot", "could not draw the picture");
	return 0;
}

static FILE *open_in(const char *folder, const char *name, const char *mode)
{
	char path[64];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return fopen(path, mode);
}

/* The folder may be on another file system than the picture: copied, not renamed. */
static int copy_out(const char *folder, const char *picture)
{
	FILE *from = open_in(folder, "picture", "rb"), *to = from != NULL ? fopen(picture, "wb") : NULL;
	char bytes[8192];
	size_t length;
	bool good = to != NULL;
	while (good && (length = fread(bytes, 1, sizeof bytes, from)) > 0)
		good = fwrite(bytes, 1, length, to) == length;
	if (from != NULL)
		fclose(from);
	if (to != NULL)
		good = fclose(to) == 0 && good;
	return good ? 0 : complain(picture, "cannot be written");
}

static void clean(const char *folder)
{
	static const char *const names[] = {"wave", "frames", "script", "picture"};
	char path[64];
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

static int draw(const char *folder, const char *picture, const char *path, struct run run, const struct wav *wav,
	struct run_result *result)
{
	struct plot plot = {.frames = open_in(folder, "frames", "w")};
	FILE *wave = open_in(folder, "wave", "w"), *script = open_in(folder, "script", "w");
	int status = -1;
	if (plot.frames != NULL && wave != NULL && script != NULL) {
		run.frame_h = frame_put;
		run.arg = &plot;
		run_file(&run, wav, result);
		wave_put(wave, wav);
		script_put(script, picture, path, &plot, (double)wav->count / 8000);
		status = 0;
	}
	FILE *const files[] = {plot.frames, wave, script};
	for (size_t i = 0; i < 3; i++)
		if (files[i] != NULL && fclose(files[i]) != 0)
			status = -1;
	if (status != 0)
		return complain(folder, "cannot be written");
	return gnuplot(folder) == 0 ? copy_out(folder, picture) : -1;
}

int plot_file(const char *picture, const char *path, const struct run *run, const struct wav *wav, struct run_result *result)
{
	const char *dot = strrchr(picture, '.');
	char folder[] = "/tmp/outdial-amd-XXXXXX";
	if (dot == NULL || (strcmp(dot, ".svg") != 0 && strcmp(dot, ".png") != 0))
		return complain(picture, "a picture's name ends in .svg or .png");
	if (mkdtemp(folder) == NULL)
		return complain(folder, strerror(errno));
	int status = draw(folder, picture, path, *run, wav, result);
	clean(folder);
	return status;
}
