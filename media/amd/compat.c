/* compat.c - app_amd's state machine, for comparison */
#include "media/amd/compat.h"

#include <string.h>

#include "media/amd/law.h"

#define FRAME_MS 20
#define PARAM_MAX 1000000000u

_Static_assert(sizeof(struct compat) <= AMD_BYTES, "a leg of the comparison fits where a leg of the classifier does");

/* A preset begins with its name; its values are the defaults of Asterisk's amd.conf and of VICIdial's extension 8369. */
static const struct {
	const char *name;
	struct compat_params params;
} presets[] = {
	{"app_amd", {2500, 1500, 800, 5000, 100, 50, 2, 256, 5000}},
	{"vicidial", {2000, 2000, 1000, 5000, 120, 50, 4, 256, 5000}},
};
#define PRESETS (sizeof presets / sizeof presets[0])

/* The digits at *text, if there are any. */
static bool parse_number(const char **text, uint32_t *value)
{
	uint32_t sum = 0;
	const char *at = *text;
	for (; *at >= '0' && *at <= '9'; at++) {
		sum = sum * 10 + (uint32_t)(*at - '0');
		if (sum > PARAM_MAX / 10)
			return false;
	}
	if (at != *text)
		*value = sum;
	*text = at;
	return true;
}

static bool parse_values(const char *text, struct compat_params *params)
{
	uint32_t *const fields[] = {&params->initial_silence_ms, &params->greeting_ms, &params->after_greeting_silence_ms,
		&params->total_ms, &params->word_ms_min, &params->between_words_ms, &params->words_max, &params->silence_level,
		&params->word_ms_max};
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		if (!parse_number(&text, fields[i]))
			return false;
		if (*text == '\0')
			return true;
		if (*text++ != '|')
			return false;
	}
	return false;
}

bool compat_parse(const char *text, struct compat_params *params)
{
	size_t name_bytes = strcspn(text, "=");
	for (size_t i = 0; i < PRESETS; i++) {
		if (strlen(presets[i].name) != name_bytes || strncmp(text, presets[i].name, name_bytes) != 0)
			continue;
		struct compat_params found = presets[i].params;
		if (text[name_bytes] == '=' && !parse_values(text + name_bytes + 1, &found))
			return false;
		*params = found;
		return true;
	}
	return false;
}

void compat_init(struct compat *compat, const struct compat_params *params, enum amd_law law)
{
	memset(compat, 0, sizeof *compat);
	compat->params = *params;
	compat->law = law;
	compat->initial = true;
	compat->in_word = true; /* so that the first word is counted only when silence came before it */
}

static bool decided(struct compat *compat, struct compat_event *event, enum amd_verdict verdict, struct compat_event why)
{
	compat->verdict = verdict;
	*event = why;
	event->verdict = verdict;
	event->now_ms = compat->wall_ms;
	return true;
}

#define WHY(name, measured, most) ((struct compat_event){.cause = (name), .value = (measured), .limit = (most)})

/* The mean of the magnitudes, in whole numbers: not a root mean square. */
static uint32_t level_of(const uint8_t *g711, enum amd_law law)
{
	uint32_t sum = 0;
	for (int n = 0; n < AMD_FRAME; n++) {
		int sample = law == AMD_ALAW ? law_alaw(g711[n]) : law_ulaw(g711[n]);
		sum += (uint32_t)(sample < 0 ? -sample : sample);
	}
	return sum / AMD_FRAME;
}

static bool silent_frame(struct compat *c, struct compat_event *event)
{
	const struct compat_params *p = &c->params;
	c->silence_ms = c->dsp_ms;
	if (c->silence_ms >= p->between_words_ms) {
		c->in_word = false;
		c->word_ms = 0;
	}
	if (c->initial && c->silence_ms >= p->initial_silence_ms)
		return decided(c, event, AMD_MACHINE, WHY("INITIALSILENCE", c->silence_ms, p->initial_silence_ms));
	if (c->greeting && c->silence_ms >= p->after_greeting_silence_ms)
		return decided(c, event, AMD_HUMAN, WHY("HUMAN", c->silence_ms, p->after_greeting_silence_ms));
	return false;
}

/* The order of these tests is the application's, and it matters. */
static bool voiced_frame(struct compat *c, struct compat_event *event)
{
	const struct compat_params *p = &c->params;
	c->word_ms += FRAME_MS;
	c->voice_ms += FRAME_MS;
	if (c->word_ms >= p->word_ms_min && !c->in_word) {
		c->words++;
		c->in_word = true;
	}
	if (c->word_ms >= p->word_ms_max)
		return decided(c, event, AMD_MACHINE, WHY("MAXWORDLENGTH", c->word_ms, 0));
	if (c->words > p->words_max)
		return decided(c, event, AMD_MACHINE, WHY("MAXWORDS", c->words, p->words_max));
	if (c->greeting && c->voice_ms >= p->greeting_ms)
		return decided(c, event, AMD_MACHINE, WHY("LONGGREETING", c->voice_ms, p->greeting_ms));
	if (c->voice_ms >= p->word_ms_min)
		c->silence_ms = 0;
	if (c->word_ms >= p->word_ms_min && !c->greeting) {
		c->initial = false;
		c->greeting = true;
	}
	return false;
}

bool compat_feed(struct compat *compat, const uint8_t *g711, struct compat_event *event)
{
	if (compat->verdict != AMD_NONE)
		return false;
	compat->wall_ms += FRAME_MS;
	if (g711 != NULL) {
		compat->frames++;
		compat->total_ms += FRAME_MS;
	}
	if (compat->wall_ms >= compat->params.total_ms || compat->total_ms >= compat->params.total_ms)
		return decided(
			compat, event, AMD_UNKNOWN, WHY(compat->frames == 0 ? "NOAUDIODATA" : "TOOLONG", compat->wall_ms, 0));
	if (g711 == NULL)
		return false;
	bool silent = level_of(g711, compat->law) < compat->params.silence_level;
	compat->dsp_ms = silent ? compat->dsp_ms + FRAME_MS : 0;
	return silent ? silent_frame(compat, event) : voiced_frame(compat, event);
}
