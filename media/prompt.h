/*
 * prompt.h - what streams can play
 *
 * What    A table of sounds, each held in both laws and padded to whole 20 ms frames. Sounds are added by the caller's thread and
 *         never change afterwards: workers read them without a lock, because a number reaches them only through a command.
 * Errors  ERR_FULL (PROMPTS_MAX), ERR_SYNTAX with a sentence, ERR_RANGE (longer than 10 minutes), -ENOENT, -ENOMEM.
 * Thread  loading: one; reading: any.
 */
#ifndef OUTDIAL_MEDIA_PROMPT_H
#define OUTDIAL_MEDIA_PROMPT_H

#include "media/amd/amd.h"

#include <stddef.h>
#include <stdint.h>

#define PROMPTS_MAX 256
#define PROMPT_MS_MAX (10 * 60 * 1000)

struct prompt {
	uint8_t *frames[2]; /* [law], count * AMD_FRAME bytes */
	uint32_t count, ms;
};

struct prompts {
	struct prompt list[PROMPTS_MAX + 1]; /* 0 is silence and stays empty */
	uint32_t used;
};

void prompts_fini(struct prompts *prompts);
int prompt_load(struct prompts *prompts, const char *path, uint32_t *number, char *why);
int prompt_tone(struct prompts *prompts, uint32_t hz, uint32_t ms, int dbm0, uint32_t *number);
/* 160 bytes; silence for frames and prompts that do not exist. */
const uint8_t *prompt_frame(const struct prompts *prompts, uint32_t number, uint32_t frame, enum amd_law law);

#endif
