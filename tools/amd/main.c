/*
 * outdial-amd - runs the engine's call classifier over WAV files, frame by frame
 *
 * What    One JSON line a file on standard output: verdict, time, probability, cause, greeting, beep, revision. A file that
 * cannot be read gets one line on standard error and a line with the verdict "error", so that a batch keeps its order and goes
 * on.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tools/amd/book.h"
#include "tools/amd/plot.h"
#include "tools/amd/run.h"

struct args {
	struct run run;
	struct compat_params compat;
	const char *picture, *book;
	bool from_stdin, is_compat;
	struct memory memory;
};

static void usage(FILE *to)
{
	fputs("usage: outdial-amd [--trace] [--early] [--ring-ms N] [--memory FILE]\n"
	      "                   FILE.wav ...\n"
	      "       outdial-amd ... --batch   paths on standard input, one a line\n"
	      "       outdial-amd --plot PICTURE FILE.wav\n"
	      "       outdial-amd --compat app_amd FILE.wav ...\n"
	      "Classifies what answered a call: PCM16, A-law or u-law WAV, mono, 8 kHz,\n"
	      "beginning at the answer.\n"
	      "  --batch          one JSON line for each path, in order\n"
	      "  --trace          also what the classifier saw, a line for each frame, on\n"
	      "                   standard error\n"
	      "  --early          the audio is early media (before answer): tones and\n"
	      "                   announcements only\n"
	      "  --ring-ms N      how long it rang before the answer\n"
	      "  --memory FILE    remember the recordings that were heard, in FILE; each path\n"
	      "                   counts as another number\n"
	      "  --plot PICTURE   draw waveform, voice, tones and decision into PICTURE (.svg\n"
	      "                   or .png); needs gnuplot: apt-get install gnuplot-nox\n"
	      "  --compat RULES   what Asterisk's app_amd would have said, instead of this\n"
	      "                   classifier: app_amd or vicidial, with other parameters\n"
	      "                   app_amd=2500|1500|800|5000|100|50|2|256|5000 (initial\n"
	      "                   silence, greeting, silence after it, total, word, between\n"
	      "                   words, words, level, longest word)\n",
		to);
}

static void trace(const struct amd_peek *peek, const struct amd_event *events, int count, void *arg)
{
	(void)arg;
	fprintf(stderr, "t=%u snr_db=%.1f voice=%d talk_ms=%u silence_ms=%u tone_hz=%.0f tone2_hz=%.0f onset_ms=%u pauses=%u\n",
		peek->now_ms, (double)peek->snr_db, peek->voice, peek->talk_ms, peek->silence_ms, (double)peek->tone_hz,
		(double)peek->tone2_hz, peek->onset_ms, peek->pauses);
	for (int i = 0; i < count; i++)
		fprintf(stderr, "t=%u event=%s verdict=%s at_ms=%u prob=%.2f cause=%s\n", events[i].now_ms,
			run_event_name(events[i].kind), amd_verdict_name(events[i].verdict), events[i].at_ms,
			(double)events[i].prob, events[i].cause);
}

/* FNV-1a: here a path stands for the number that a call came from. */
static uint64_t hash_of(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325u;
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
	return hash;
}

static int classify(const char *path, struct args *args)
{
	struct wav wav;
	struct run_result result;
	char why[160];
	int status = 0;
	if (wav_read(path, &wav, why, sizeof why) != 0) {
		fprintf(stderr, "outdial-amd: %s: %s\n", path, why);
		run_print_error(path, why);
		return 1;
	}
	args->run.number_hash = hash_of(path);
	if (args->is_compat)
		run_compat(&args->compat, path, &wav);
	else if (args->picture != NULL)
		status = plot_file(args->picture, path, &args->run, &wav, &result) != 0;
	else
		run_file(&args->run, &wav, &result);
	if (!args->is_compat && status == 0)
		run_print(path, &result);
	wav_free(&wav);
	return status;
}

static int batch(struct args *args)
{
	char *line = NULL;
	size_t room = 0;
	int bad = 0;
	ssize_t length;
	while ((length = getline(&line, &room, stdin)) >= 0) {
		while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
			line[--length] = '\0';
		if (length > 0)
			bad |= classify(line, args);
		fflush(stdout);
	}
	free(line);
	return bad;
}

static bool parse_option(int option, struct args *args)
{
	int64_t number;
	switch (option) {
	case 'b':
		args->from_stdin = true;
		return true;
	case 't':
		args->run.frame_h = trace;
		return true;
	case 'e':
		args->run.options.early = true;
		return true;
	case 'r':
		if (!text_i64(optarg, 0, 600000, &number))
			return fprintf(stderr, "outdial-amd: --ring-ms: a number of milliseconds is wanted\n"), false;
		args->run.options.ring_ms = (int32_t)number;
		return true;
	case 'm':
		args->book = optarg;
		return true;
	case 'p':
		args->picture = optarg;
		return true;
	case 'c':
		args->is_compat = compat_parse(optarg, &args->compat);
		if (!args->is_compat)
			fprintf(stderr,
				"outdial-amd: --compat: app_amd or vicidial, then = and up to nine numbers with | between\n");
		return args->is_compat;
	default:
		usage(stderr);
		return false;
	}
}

static int all(struct args *args, char **paths, int count)
{
	int bad = 0;
	if (args->book != NULL) {
		if (book_open(&args->memory, args->book) != 0)
			return book_close(&args->memory), 2;
		args->run.memory = &args->memory;
	}
	if (args->from_stdin)
		bad = batch(args);
	for (int i = 0; i < count && !args->from_stdin; i++)
		bad |= classify(paths[i], args);
	if (args->book != NULL) {
		bad |= book_save(&args->memory, args->book) != 0;
		book_close(&args->memory);
	}
	return bad;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"batch", no_argument, NULL, 'b'}, {"trace", no_argument, NULL, 't'},
		{"early", no_argument, NULL, 'e'}, {"ring-ms", required_argument, NULL, 'r'},
		{"memory", required_argument, NULL, 'm'}, {"plot", required_argument, NULL, 'p'},
		{"compat", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	static struct args args = {.run = {.options = {.ring_ms = -1}}};
	int option;
	while ((option = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (option == 'h')
			return usage(stdout), 0;
		if (!parse_option(option, &args))
			return 2;
	}
	if (!args.from_stdin && optind == argc)
		return usage(stderr), 2;
	if (args.picture != NULL && (args.from_stdin || args.is_compat || argc - optind != 1))
		return fputs("outdial-amd: --plot draws one file of this classifier\n", stderr), 2;
	return all(&args, argv + optind, argc - optind);
}
