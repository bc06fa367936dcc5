/* prompt.c - what streams can play */
#include "media/prompt.h"

#include "base/err.h"
#include "media/g711.h"
#include "media/wav.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IMAGE_BYTES_MAX (40u << 20) /* 10 minutes of 16 kHz PCM16 and generous extra chunks */
#define SAMPLES_MAX ((size_t)PROMPT_MS_MAX * 8)
#define RAMP 40 /* samples: 5 ms */

static const uint8_t silence[2][AMD_FRAME] = {
	[AMD_ULAW] = {[0 ... AMD_FRAME - 1] = 0xff},
	[AMD_ALAW] = {[0 ... AMD_FRAME - 1] = 0xd5},
};

void prompts_fini(struct prompts *prompts)
{
	for (uint32_t i = 1; i <= prompts->used; i++) {
		free(prompts->list[i].frames[0]);
		free(prompts->list[i].frames[1]);
	}
	prompts->used = 0;
}

static int prompt_add(struct prompts *prompts, const int16_t *samples, size_t count, uint32_t *number)
{
	struct prompt prompt = {.count = (uint32_t)((count + AMD_FRAME - 1) / AMD_FRAME), .ms = (uint32_t)(count / 8)};

	if (prompts->used == PROMPTS_MAX)
		return ERR_FULL;
	for (int law = 0; law < 2; law++) {
		uint8_t *frames = malloc((size_t)prompt.count * AMD_FRAME);
		if (!frames) {
			free(prompt.frames[0]);
			return -ENOMEM;
		}
		memset(frames, g711_silence((enum amd_law)law), (size_t)prompt.count * AMD_FRAME);
		for (size_t i = 0; i < count; i++)
			frames[i] = g711_encode((enum amd_law)law, samples[i]);
		prompt.frames[law] = frames;
	}
	*number = ++prompts->used;
	prompts->list[*number] = prompt;
	return 0;
}

static int image_read(const char *path, uint8_t **image, size_t *bytes)
{
	FILE *file = fopen(path, "rbe");

	if (!file)
		return -errno;
	uint8_t *all = malloc(IMAGE_BYTES_MAX + 1);
	size_t length = all ? fread(all, 1, IMAGE_BYTES_MAX + 1, file) : 0;
	int err = !all ? -ENOMEM : ferror(file) ? -EIO : length > IMAGE_BYTES_MAX ? ERR_RANGE : 0;
	fclose(file);
	if (err) {
		free(all);
		return err;
	}
	*image = all;
	*bytes = length;
	return 0;
}

static void say(char *why, const char *text)
{
	if (why)
		snprintf(why, WAV_WHY, "%s", text);
}

static int prompt_decode(struct prompts *prompts, const struct wav *wav, uint32_t *number, char *why)
{
	size_t count = wav_count(wav);

	if (count > SAMPLES_MAX) {
		say(why, "it is longer than 10 minutes");
		return ERR_RANGE;
	}
	int16_t *samples = malloc(count * sizeof(*samples));
	if (!samples)
		return -ENOMEM;
	wav_decode(wav, samples);
	int err = prompt_add(prompts, samples, count, number);
	if (err)
		say(why, err_text(err));
	free(samples);
	return err;
}

int prompt_load(struct prompts *prompts, const char *path, uint32_t *number, char *why)
{
	struct wav wav;
	uint8_t *image = NULL;
	size_t bytes = 0;

	int err = image_read(path, &image, &bytes);
	if (err) {
		say(why, err == ERR_RANGE ? "the file is larger than 40 MB" : err_text(err));
		return err;
	}
	err = wav_parse(image, bytes, &wav, why);
	if (!err)
		err = prompt_decode(prompts, &wav, number, why);
	free(image);
	return err;
}

/* Full scale of a sine is +3.17 dBm0 in mu-law and +3.14 in A-law (G.711 table 5 and 6): one level serves both within 0.03 dB. */
int prompt_tone(struct prompts *prompts, uint32_t hz, uint32_t ms, int dbm0, uint32_t *number)
{
	size_t count = (size_t)ms * 8;

	if (!ms || ms > PROMPT_MS_MAX || !hz || hz >= 4000 || dbm0 > 3 || dbm0 < -70)
		return ERR_RANGE;
	int16_t *samples = malloc(count * sizeof(*samples));
	if (!samples)
		return -ENOMEM;
	double peak = 32124 * pow(10, (dbm0 - 3.17) / 20);
	for (size_t i = 0; i < count; i++) {
		size_t edge = i < count - 1 - i ? i : count - 1 - i;
		double ramp = edge < RAMP ? (double)edge / RAMP : 1;
		samples[i] = (int16_t)lrint(peak * ramp * sin(2 * M_PI * hz * (double)i / 8000));
	}
	int err = prompt_add(prompts, samples, count, number);
	free(samples);
	return err;
}

const uint8_t *prompt_frame(const struct prompts *prompts, uint32_t number, uint32_t frame, enum amd_law law)
{
	if (!number || number > PROMPTS_MAX || frame >= prompts->list[number].count)
		return silence[law];
	return prompts->list[number].frames[law] + (size_t)frame * AMD_FRAME;
}
