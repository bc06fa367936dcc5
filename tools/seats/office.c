/* office.c - all agents of one process: who they are, events to them, the shift */
#include "tools/seats/office.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRAIN_US (700 * MS_US)

int office_complain(const char *what, const char *sentence)
{
	return far_complain(OFFICE_PROGRAM, what, sentence);
}

static int office_add(struct office *office, const char *login, size_t length)
{
	struct agent *agent = &office->agents[office->agent_count];

	if (office->agent_count == AGENTS_MAX || length == 0 || !text_copy_n(agent->login, sizeof(agent->login), login, length))
		return office_complain("logins", "too many, empty, or longer than 47 letters");
	agent->office = office;
	prng_seed(&agent->prng, ++office->agent_count);
	return 0;
}

/* PREFIX followed by the numbers first..last, `width` digits wide. */
static int office_range(struct office *office, const char *prefix, int width, int64_t first, int64_t last)
{
	char login[96];
	int err = 0;

	for (int64_t i = first; i <= last && !err; i++) {
		snprintf(login, sizeof(login), "%.60s%0*lld", prefix, width, (long long)i);
		err = office_add(office, login, strlen(login));
	}
	return err;
}

/* "seat01..seat10": the digits at the end count up. */
static int office_from_to(struct office *office, const char *text, const char *dots)
{
	char from[64], prefix[64];
	const char *to = dots + 2;
	size_t digits = 0, length;
	int64_t first, last;

	if (!text_copy_n(from, sizeof(from), text, (size_t)(dots - text)))
		return office_complain("--logins", "too long");
	length = strlen(from);
	while (digits < length && isdigit((unsigned char)from[length - digits - 1]))
		digits++;
	text_copy_n(prefix, sizeof(prefix), from, length - digits);
	if (digits == 0 || strncmp(to, prefix, strlen(prefix)) != 0 || !text_i64(from + length - digits, 0, 1000000, &first) ||
		!text_i64(to + strlen(prefix), first, 1000000, &last))
		return office_complain("--logins", "expected such as seat01..seat10");
	return office_range(office, prefix, (int)digits, first, last);
}

static int office_list(struct office *office, const char *text)
{
	int err = 0;

	while (!err && *text) {
		size_t length = strcspn(text, ",");

		err = office_add(office, text, length);
		text += length + (text[length] == ',');
	}
	return err;
}

int office_staff(struct office *office, const struct office_options *options)
{
	const char *dots = options->logins ? strstr(options->logins, "..") : NULL;

	office->agents = calloc(AGENTS_MAX, sizeof(*office->agents));
	if (!office->agents)
		return office_complain("memory", err_text(-ENOMEM));
	if (dots)
		return office_from_to(office, options->logins, dots);
	if (options->logins)
		return office_list(office, options->logins);
	return office_range(office, options->prefix, options->count > 99 ? 4 : 2, 1, options->count);
}

static void office_sip(void *arg, const struct ua_event *event)
{
	struct office *office = arg;

	if (event->kind == UA_EV_INCOMING)
		ua_reject(office->far.ua, event->leg, 486, "Busy Here");
	else if (event->cookie < office->agent_count && office->agents[event->cookie].leg == event->leg)
		agent_sip(&office->agents[event->cookie], event);
}

static void office_media(void *arg, const struct media_event *event)
{
	struct office *office = arg;

	if (event->cookie < office->agent_count)
		agent_media(&office->agents[event->cookie], event);
}

int office_open(struct office *office, const struct office_options *options)
{
	struct media_options media = {.port_min = options->rtp_min,
		.port_max = options->rtp_max,
		.streams_max = 2 * office->agent_count + 8,
		.workers = 1,
		.fifo = office->quality.measured, /* other programs of the machine are none of the delay */
		.probe = office->quality.measured ? &office->quality.probe : NULL,
		.silent_us = AGENT_SILENT_US};
	struct ua_options ua = {.port = options->port,
		.user_agent = "outdial-seats",
		.legs_max = 2 * office->agent_count + 8,
		.event = office_sip,
		.arg = office};
	char why[160] = "";
	int err;

	text_copy(media.ip, sizeof(media.ip), office->ip);
	text_copy(ua.ip, sizeof(ua.ip), office->ip);
	office->far.media_event = office_media;
	office->far.arg = office;
	err = far_open(&office->far, &ua, &media, why);
	if (err) {
		fprintf(stderr, "outdial-seats: %s (%s)\n", why, err_text(err));
		return err;
	}
	err = far_voices(&office->voices, office->far.media, options->voices, "agent", 1500, why);
	if (err) {
		fprintf(stderr, "outdial-seats: %s (%s)\n", why, err_text(err));
		far_close(&office->far);
	}
	return err;
}

void office_run(struct office *office, int64_t run_us)
{
	int64_t until_us = run_us ? clock_us() + run_us : INT64_MAX;

	for (uint32_t i = 0; i < office->agent_count; i++)
		agent_login(&office->agents[i]);
	while (!office->far.stopped && clock_us() < until_us)
		if (far_step(&office->far) < 0)
			break;
	office->closing = true;
	for (uint32_t i = 0; i < office->agent_count; i++)
		agent_logout(&office->agents[i]);
	far_drain(&office->far, DRAIN_US);
}
