/*
 * fuzz_amd.c - arbitrary frames into one leg: the events must keep the promises of amd.h
 *
 * Input   one byte of options (bit 0 law, bit 1 early, bit 2 short limits, bits 4 and 5 recall), then for each frame one byte of
 * kind (0 lost; 1 all zero code; 2 the frame before again; else 160 bytes of G.711 follow, as far as there are any).
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "media/amd/amd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	int verdicts, revisions, starts, ends, prints;
};

static void check(const struct amd_event *event, uint32_t now_ms, struct seen *seen)
{
	assert(event->now_ms == now_ms && event->at_ms <= now_ms);
	assert(event->prob >= 0 && event->prob <= 1 && event->cause != NULL);
	seen->verdicts += event->kind == AMD_EV_VERDICT;
	seen->revisions += event->kind == AMD_EV_REVISED;
	seen->starts += event->kind == AMD_EV_VOICE_START;
	seen->ends += event->kind == AMD_EV_GREETING_END;
	seen->prints += event->kind == AMD_EV_PRINT;
	assert(seen->prints <= 2);
	assert(seen->verdicts <= 1 && seen->revisions <= 1 && seen->starts <= 1 && seen->ends <= 1);
	assert(seen->ends <= seen->starts && seen->revisions <= seen->verdicts);
}

static size_t take_frame(const uint8_t *data, size_t size, enum amd_law law, uint8_t frame[AMD_FRAME], bool *lost)
{
	uint8_t kind = data[0];
	size_t have = size - 1 < AMD_FRAME ? size - 1 : AMD_FRAME;
	*lost = kind == 0;
	if (kind == 1)
		memset(frame, law == AMD_ALAW ? 0xd5 : 0xff, AMD_FRAME);
	if (kind <= 2)
		return 1;
	memcpy(frame, data + 1, have);
	return 1 + have;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	struct amd_options options = {
		.law = data[0] & 1 ? AMD_ALAW : AMD_ULAW, .early = data[0] & 2, .ring_ms = data[0] & 8 ? 500 : -1};
	options.decide_ms_max = data[0] & 4 ? 1200 : 0;
	options.silence_ms_max = data[0] & 4 ? 800 : 0;
	struct amd amd;
	struct amd_event events[AMD_EVENTS_MAX];
	struct seen seen = {0};
	uint8_t frame[AMD_FRAME] = {0};
	uint32_t now_ms = 0;
	amd_init(&amd, &options);
	for (size_t at = 1; at < size;) {
		bool lost;
		at += take_frame(data + at, size - at, options.law, frame, &lost);
		int count = amd_feed(&amd, lost ? NULL : frame, events);
		now_ms += 20;
		assert(count >= 0 && count <= AMD_EVENTS_MAX);
		for (int i = 0; i < count; i++) {
			check(&events[i], now_ms, &seen);
			if (events[i].kind == AMD_EV_PRINT && data[0] & 16)
				amd_recall(&amd, data[0] & 32 ? AMD_SCREENER : AMD_MACHINE);
		}
		assert(amd_print(&amd)->frames <= AMD_PRINT_FRAMES && amd_print(&amd)->voiced <= amd_print(&amd)->frames);
		assert((amd_verdict(&amd) != AMD_NONE) == (seen.verdicts == 1));
		if (options.early)
			assert(amd_verdict(&amd) != AMD_HUMAN);
	}
	return 0;
}
