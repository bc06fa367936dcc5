/* mix.c - what answers a call, and when */
#include "tools/carrier/mix.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/prng.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MIX_FILE_MAX 65536
#define MIX_HOUR_US (3600 * SEC_US)

/* The shares are those of a cold consumer list in the daytime, rounded: about a third reach a person, a quarter a machine. */
static const struct behaviour_facts behaviours[MIX_BEHAVIOURS] = {
	[MIX_PERSON] = {"person", 26, false, true, 180, 0},
	[MIX_SLOW_PERSON] = {"slow_person", 4, false, true, 180, 0},
	[MIX_EARLY_PERSON] = {"early_person", 4, false, true, 183, 0},
	[MIX_SILENT_PERSON] = {"silent_person", 2, false, true, 180, 0},
	[MIX_BRIEF_PERSON] = {"brief_person", 3, false, true, 180, 0},
	[MIX_MACHINE] = {"machine", 24, false, false, 180, 0},
	[MIX_FAX] = {"fax", 1, true, false, 180, 0},
	[MIX_NO_ANSWER] = {"no_answer", 20, false, false, 180, 480},
	[MIX_BUSY] = {"busy", 6, false, false, 0, 486},
	[MIX_DEAD] = {"dead", 5, true, false, 0, 404},
	[MIX_DEAD_ANNOUNCED] = {"dead_announced", 3, true, false, 183, 404},
	[MIX_DEAD_SPOKEN] = {"dead_spoken", 0, true, false, 183, 404},
	[MIX_CONGESTION] = {"congestion", 2, false, false, 0, 503},
};

static const struct {
	const char *name;
	struct mix_range range;
} times[MIX_TIMES] = {
	[MIX_SETUP] = {"setup", {200 * MS_US, 1500 * MS_US}},
	[MIX_RING] = {"ring", {3 * SEC_US, 25 * SEC_US}},
	[MIX_NO_ANSWER_LIMIT] = {"no_answer_limit", {90 * SEC_US, 90 * SEC_US}},
	[MIX_HELLO] = {"hello_pause", {200 * MS_US, 900 * MS_US}},
	[MIX_HELLO_SLOW] = {"slow_hello_pause", {1500 * MS_US, 3000 * MS_US}},
	[MIX_PATIENCE] = {"patience", {6 * SEC_US, 15 * SEC_US}},
	[MIX_AGAIN] = {"again", {2000 * MS_US, 4000 * MS_US}},
	[MIX_TALK] = {"talk", {25 * SEC_US, 400 * SEC_US}},
	[MIX_REPLY] = {"reply_pause", {250 * MS_US, 1200 * MS_US}},
	[MIX_BRIEF] = {"brief", {100 * MS_US, 900 * MS_US}},
	[MIX_RECORD] = {"record", {10 * SEC_US, 40 * SEC_US}},
};

const struct behaviour_facts *mix_facts(enum behaviour behaviour)
{
	return &behaviours[behaviour];
}

void mix_defaults(struct mix *mix)
{
	for (int i = 0; i < MIX_BEHAVIOURS; i++)
		mix->shares[i] = behaviours[i].share;
	for (int i = 0; i < MIX_TIMES; i++)
		mix->times[i] = times[i].range;
}

/* Without the blanks around it, in place. */
static char *mix_trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

static int mix_share(double *share, const char *value)
{
	char *end;
	double number = strtod(value, &end);

	if (end == value || *end || !isfinite(number))
		return ERR_SYNTAX;
	if (number < 0 || number > 1e6)
		return ERR_RANGE;
	*share = number;
	return 0;
}

static int mix_range(struct mix_range *range, char *value)
{
	char *dots = strstr(value, "..");
	struct mix_range got;

	if (dots)
		*dots = '\0';
	if (!text_duration_us(mix_trim(value), &got.min_us))
		return ERR_SYNTAX;
	got.max_us = got.min_us;
	if (dots && !text_duration_us(mix_trim(dots + 2), &got.max_us))
		return ERR_SYNTAX;
	if (got.max_us < got.min_us || got.max_us > MIX_HOUR_US || (got.min_us == 0 && got.max_us > 0))
		return ERR_RANGE;
	*range = got;
	return 0;
}

static int mix_set(struct mix *mix, const char *name, char *value)
{
	for (int i = 0; i < MIX_BEHAVIOURS; i++)
		if (!strcmp(name, behaviours[i].name))
			return mix_share(&mix->shares[i], value);
	for (int i = 0; i < MIX_TIMES; i++)
		if (!strcmp(name, times[i].name))
			return mix_range(&mix->times[i], value);
	return ERR_UNKNOWN;
}

static const char *mix_complaint(int err)
{
	switch (err) {
	case ERR_UNKNOWN:
		return "no share or duration has this name";
	case ERR_RANGE:
		return "out of range (shares 0..1000000, durations above 0 up to 1h, MIN not above MAX)";
	default:
		return "expected a number, or a duration with its unit such as 3s or 800ms..3s";
	}
}

static int mix_line(struct mix *mix, char *line, unsigned number, char why[160])
{
	char *hash = strchr(line, '#');
	char *equals;
	int err = 0;

	if (hash)
		*hash = '\0';
	line = mix_trim(line);
	if (!*line)
		return 0;
	equals = strchr(line, '=');
	if (!equals) {
		snprintf(why, 160, "line %u: expected name = value", number);
		return ERR_SYNTAX;
	}
	*equals = '\0';
	line = mix_trim(line);
	err = mix_set(mix, line, mix_trim(equals + 1));
	if (err)
		snprintf(why, 160, "line %u: %.24s: %s", number, line, mix_complaint(err));
	return err == ERR_UNKNOWN ? ERR_SYNTAX : err;
}

static double mix_sum(const struct mix *mix, bool of_number)
{
	double sum = 0;

	for (int i = 0; i < MIX_BEHAVIOURS; i++)
		if (behaviours[i].of_number == of_number)
			sum += mix->shares[i];
	return sum;
}

int mix_parse(const char *text, size_t length, struct mix *mix, char why[160])
{
	char line[256];
	unsigned number = 0;
	int err;

	for (size_t at = 0; at < length;) {
		const char *newline = memchr(text + at, '\n', length - at);
		size_t bytes = newline ? (size_t)(newline - text) - at : length - at;

		number++;
		if (!text_copy_n(line, sizeof(line), text + at, bytes)) {
			snprintf(why, 160, "line %u: longer than %zu bytes", number, sizeof(line) - 1);
			return ERR_SYNTAX;
		}
		err = mix_line(mix, line, number, why);
		if (err)
			return err;
		at += bytes + 1;
	}
	if (mix_sum(mix, true) + mix_sum(mix, false) > 0)
		return 0;
	snprintf(why, 160, "all shares are 0");
	return ERR_RANGE;
}

int mix_read(const char *path, struct mix *mix, char why[160])
{
	char *text = malloc(MIX_FILE_MAX);
	FILE *file = fopen(path, "r");
	size_t length = 0;
	int err = file ? 0 : -errno;

	snprintf(why, 160, "%.100s: %s", path, err_text(err));
	if (!err && !text)
		err = -ENOMEM;
	if (!err) {
		length = fread(text, 1, MIX_FILE_MAX, file);
		mix_defaults(mix);
		err = length < MIX_FILE_MAX ? mix_parse(text, length, mix, why) : ERR_RANGE;
	}
	if (file)
		fclose(file);
	free(text);
	return err;
}

void mix_print(const struct mix *mix, FILE *out)
{
	fprintf(out, "# shares of the calls\n");
	for (int i = 0; i < MIX_BEHAVIOURS; i++)
		fprintf(out, "%s = %g\n", behaviours[i].name, mix->shares[i]);
	fprintf(out, "# durations: 95 %% of the draws lie between the two\n");
	for (int i = 0; i < MIX_TIMES; i++)
		fprintf(out, "%s = %lldms..%lldms\n", times[i].name, (long long)(mix->times[i].min_us / MS_US),
			(long long)(mix->times[i].max_us / MS_US));
}

void mix_compress(struct mix *mix, double factor)
{
	for (int i = 0; i < MIX_TIMES; i++) {
		mix->times[i].min_us = (int64_t)((double)mix->times[i].min_us / factor);
		mix->times[i].max_us = (int64_t)((double)mix->times[i].max_us / factor);
	}
}

/* Standard normal by Box and Muller (1958); the second value is not kept, so that one draw is always two numbers. */
static double mix_normal(struct prng *prng)
{
	double u = 1.0 - prng_unit(prng), v = prng_unit(prng);

	return sqrt(-2.0 * log(u)) * cos(2.0 * M_PI * v);
}

int64_t mix_draw(const struct mix *mix, enum mix_time kind, struct prng *prng)
{
	double low = (double)mix->times[kind].min_us, high = (double)mix->times[kind].max_us, value;
	double normal = mix_normal(prng);

	if (low <= 0 || high <= low)
		return mix->times[kind].max_us;
	value = sqrt(low * high) * exp(normal * log(high / low) / 3.92); /* 2 * 1.96 standard deviations from end to end */
	if (value < low)
		value = low;
	return value > high ? mix->times[kind].max_us : (int64_t)value;
}

/* FNV-1a, 64 bits. */
static uint64_t mix_hash(uint64_t seed, const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ seed;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash;
}

/* The behaviour at `point` of 0..sum along the shares of one kind. */
static enum behaviour mix_pick(const struct mix *mix, bool of_number, double point)
{
	enum behaviour last = MIX_PERSON;

	for (int i = 0; i < MIX_BEHAVIOURS; i++) {
		if (behaviours[i].of_number != of_number || mix->shares[i] <= 0)
			continue;
		last = (enum behaviour)i;
		if (point < mix->shares[i])
			return last;
		point -= mix->shares[i];
	}
	return last;
}

void mix_plan(const struct mix *mix, uint64_t seed, const char *number, uint32_t attempt, struct plan *plan)
{
	double line = mix_sum(mix, true), moment = mix_sum(mix, false), point;
	uint64_t hash = mix_hash(seed, number);
	struct prng prng;

	prng_seed(&prng, hash);
	point = prng_unit(&prng) * (line + moment);
	prng_seed(&prng, hash + attempt * UINT64_C(0x9e3779b97f4a7c15));
	if (point < line)
		plan->behaviour = mix_pick(mix, true, point);
	else
		plan->behaviour = mix_pick(mix, false, prng_unit(&prng) * moment);
	for (int i = 0; i < MIX_TIMES; i++)
		plan->times_us[i] = mix_draw(mix, (enum mix_time)i, &prng);
	plan->seed = prng_u64(&prng);
}
