/*
 * run.h - one sound file through the classifier, or through app_amd's rules, frame by frame
 *
 * What    Collects what the classifier says of a file and prints it as one JSON line. With a memory each file is a call from
 *         another number.
 */
#ifndef OUTDIAL_TOOLS_AMD_RUN_H
#define OUTDIAL_TOOLS_AMD_RUN_H

#include "media/amd/amd.h"
#include "media/amd/compat.h"
#include "media/amd/memory.h"
#include "tools/amd/wav.h"

struct run_result {
	struct amd_event verdict, revised, voice_start, greeting_end, beep;
	bool has_verdict, has_revised, has_voice_start, has_greeting_end, has_beep;
	uint32_t heard_ms;
	int heard_from; /* numbers that the recording was heard from; 0 when there is no memory or it is not known */
};

struct run {
	struct amd_options options;
	struct memory *memory; /* NULL: none */
	uint64_t number_hash;  /* of the present file */
	/* NULL, or is given what the classifier sees after each frame and the events of that frame */
	void (*frame_h)(const struct amd_peek *peek, const struct amd_event *events, int count, void *arg);
	void *arg;
};

void run_file(const struct run *run, const struct wav *wav, struct run_result *result);
void run_print(const char *path, const struct run_result *result);

/* The same by app_amd's rules. */
void run_compat(const struct compat_params *params, const char *path, const struct wav *wav);


/* One line for a file that could not be read. */
void run_print_error(const char *path, const char *why);

/* "verdict", "revised", "voice-start", ... */
const char *run_event_name(enum amd_event_kind kind);

#endif
