/*
 * voices.h - the sounds of the called side
 *
 * What    Loads DIR/hello-*.wav (people that pick up), reply-*.wav (what they say later), machine-*.wav (greetings of answering
 *         machines, the beep is added) and dead-*.wav (announcements after SIT), in order of name, and makes the tones of the
 *         network. A tone stands in for a kind of which there is no file: enough for signalling and load, not for classification.
 * Errors  what media_prompt_load() says, with its sentence in why (160 bytes).
 */
#ifndef OUTDIAL_TOOLS_CARRIER_VOICES_H
#define OUTDIAL_TOOLS_CARRIER_VOICES_H

#include "tools/far/far_voices.h"

struct voices {
	struct far_voices hello, reply, machine, dead;
	uint32_t sit[3]; /* vacant code */
	uint32_t beep;   /* of a machine */
	uint32_t fax;    /* CED */
	uint32_t ringback;
};

int voices_load(struct voices *voices, struct media *media, const char *dir, char why[160]);
#endif
