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

#include "base/doc.h"
#include "media/amd/amd.h"
#include "tools/amd/wav.h"

struct result {
	struct amd_event verdict, revised, voice_start, greeting_end, beep;
	bool has_verdict, has_revised, has_voice_start, has_greeting_end, has_beep;
	uint32_t heard_ms;
};

static void usage(FILE *to)
{
	fputs("usage: outdial-amd [--trace] [--early] [--ring-ms N] FILE.wav ...\n"
	      "       outdial-amd [--trace] --batch   paths on standard input, one a line\n"
	      "Classifies what answered a call: PCM16, A-law or u-law WAV, mono, 8 kHz, beginning at the answer.\n"
	      "  --batch      one JSON line for each path, in order\n"
	      "  --trace      also what the classifier saw, a line for each frame, on standard error\n"
	      "  --early      the audio is early media (before answer): tones and announcements only\n"
	      "  --ring-ms N  how long it rang before the answer\n",
		to);
}

static void keep(const struct amd_event *event, struct amd_event *place, bool *has)
{
	if (!*has)
		*place = *event;
	*has = true;
}

static void note(struct result *result, const struct amd_event *event)
{
	switch (event->kind) {
	case AMD_EV_VERDICT:
		keep(event, &result->verdict, &result->has_verdict);
		break;
	case AMD_EV_REVISED:
		keep(event, &result->revised, &result->has_revised);
		break;
	case AMD_EV_VOICE_START:
		keep(event, &result->voice_start, &result->has_voice_start);
		break;
	case AMD_EV_GREETING_END:
		keep(event, &result->greeting_end, &result->has_greeting_end);
		break;
	case AMD_EV_BEEP:
		keep(event, &result->beep, &result->has_beep);
		break;
	}
}

static void trace_frame(const struct amd *amd)
{
	struct amd_peek peek;
	amd_peek(amd, &peek);
	fprintf(stderr, "t=%u snr_db=%.1f voice=%d talk_ms=%u silence_ms=%u tone_hz=%.0f tone2_hz=%.0f\n", peek.now_ms,
		(double)peek.snr_db, peek.voice, peek.talk_ms, peek.silence_ms, (double)peek.tone_hz, (double)peek.tone2_hz);
}

static void trace_event(const struct amd_event *event)
{
	static const char *const kinds[] = {"verdict", "revised", "voice-start", "greeting-end", "beep"};
	fprintf(stderr, "t=%u event=%s verdict=%s at_ms=%u prob=%.2f cause=%s\n", event->now_ms, kinds[event->kind],
		amd_verdict_name(event->verdict), event->at_ms, (double)event->prob, event->cause);
}

/* The last frame of a file is filled up with the code of zero. */
static void run(const struct wav *wav, struct amd_options *options, bool trace, struct result *result)
{
	static struct amd amd;
	struct amd_event events[AMD_EVENTS_MAX];
	uint8_t last[AMD_FRAME];
	options->law = wav->law;
	amd_init(&amd, options);
	for (size_t at = 0; at < wav->count; at += AMD_FRAME) {
		const uint8_t *frame = wav->g711 + at;
		if (wav->count - at < AMD_FRAME) {
			memset(last, wav->law == AMD_ALAW ? 0xd5 : 0xff, sizeof last);
			memcpy(last, frame, wav->count - at);
			frame = last;
		}
		int count = amd_feed(&amd, frame, events);
		result->heard_ms += 20;
		if (trace)
			trace_frame(&amd);
		for (int i = 0; i < count; i++) {
			note(result, &events[i]);
			if (trace)
				trace_event(&events[i]);
		}
	}
}

static void put_ms(struct doc *doc, const char *key, bool has, uint32_t ms)
{
	if (has)
		doc_put_i64(doc, key, ms);
	else
		doc_put_text(doc, key, NULL);
}

static void print(struct doc *doc)
{
	char *line = doc_print(doc, 0);
	puts(line);
	free(line);
	doc_free(doc);
}

/* A file that ends before the classifier was sure: unknown, which goes to a seat. */
static void print_result(const char *path, const struct result *result)
{
	struct doc *doc = doc_object();
	const struct amd_event *verdict = &result->verdict;
	doc_put_text(doc, "wav", path);
	doc_put_text(doc, "verdict", amd_verdict_name(result->has_verdict ? verdict->verdict : AMD_UNKNOWN));
	doc_put_i64(doc, "decision_ms", result->has_verdict ? verdict->now_ms : result->heard_ms);
	doc_put_real(doc, "prob", result->has_verdict ? (double)verdict->prob : 0.5);
	doc_put_text(doc, "cause", result->has_verdict ? verdict->cause : "end-of-file");
	if (result->has_verdict && verdict->verdict == AMD_SIT)
		doc_put_text(doc, "sit", amd_sit_name(verdict->sit));
	put_ms(doc, "voice_start_ms", result->has_voice_start, result->voice_start.at_ms);
	put_ms(doc, "greeting_end_ms", result->has_greeting_end, result->greeting_end.at_ms);
	put_ms(doc, "beep_ms", result->has_beep, result->beep.now_ms);
	if (result->has_revised) {
		doc_put_text(doc, "revised", amd_verdict_name(result->revised.verdict));
		doc_put_i64(doc, "revised_ms", result->revised.now_ms);
		doc_put_text(doc, "revised_cause", result->revised.cause);
	}
	print(doc);
}

static int classify(const char *path, struct amd_options *options, bool trace)
{
	struct wav wav;
	struct result result = {0};
	char why[160];
	if (wav_read(path, &wav, why, sizeof why) != 0) {
		fprintf(stderr, "outdial-amd: %s: %s\n", path, why);
		struct doc *doc = doc_object();
		doc_put_text(doc, "wav", path);
		doc_put_text(doc, "verdict", "error");
		doc_put_text(doc, "why", why);
		print(doc);
		return 1;
	}
	run(&wav, options, trace, &result);
	print_result(path, &result);
	wav_free(&wav);
	return 0;
}

static int batch(struct amd_options *options, bool trace)
{
	char *line = NULL;
	size_t room = 0;
	int bad = 0;
	ssize_t length;
	while ((length = getline(&line, &room, stdin)) >= 0) {
		while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
			line[--length] = '\0';
		if (length > 0)
			bad |= classify(line, options, trace);
		fflush(stdout);
	}
	free(line);
	return bad;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"batch", no_argument, NULL, 'b'}, {"trace", no_argument, NULL, 't'},
		{"early", no_argument, NULL, 'e'}, {"ring-ms", required_argument, NULL, 'r'}, {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}};
	struct amd_options options = {.ring_ms = -1};
	bool from_stdin = false, trace = false;
	int option, bad = 0;
	while ((option = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (option) {
		case 'b':
			from_stdin = true;
			break;
		case 't':
			trace = true;
			break;
		case 'e':
			options.early = true;
			break;
		case 'r':
			options.ring_ms = atoi(optarg);
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (from_stdin)
		return batch(&options, trace);
	if (optind == argc) {
		usage(stderr);
		return 2;
	}
	for (int i = optind; i < argc; i++)
		bad |= classify(argv[i], &options, trace);
	return bad;
}
