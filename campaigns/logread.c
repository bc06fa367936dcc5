/* logread.c - see logread.h */
#include "campaigns/logread.h"

#include "campaigns/manifest.h"
#include "campaigns/personal.h"
#include "campaigns/pruned.h"
#include "campaigns/sealed.h"
#include "campaigns/segment.h"

#include "base/err.h"

#include <errno.h>
#include <string.h>

struct reading {
	struct store *store;
	int64_t from_us;
	const char *const *events; /* NULL: all */
	logread_line_h *line_h;
	void *arg;
	char *why;
	uint64_t next, end;   /* sequence numbers: wanted next, first that is not */
	uint64_t segments_to; /* segments up to here are done with */
	bool damaged;         /* a line that is none of ours */
	struct personal_reader *personal;
};

static bool is_wanted(const struct reading *reading, const struct line_head *head)
{
	const char *const *event = reading->events;

	while (event && *event && !line_event_is(head, *event))
		event++;
	return !event || *event;
}

/* A segment may begin with lines that the store still had. */
static int segment_line(void *arg, const char *line, size_t bytes)
{
	struct reading *reading = arg;
	struct line_head head;

	if (!line_parse_head(line, bytes, &head)) {
		reading->damaged = true;
		return ERR_SYNTAX;
	}
	if (head.seq < reading->next || head.seq >= reading->end)
		return 0;
	if (head.seq != reading->next) {
		reading->damaged = true;
		return ERR_SYNTAX;
	}
	reading->next++;
	if (!is_wanted(reading, &head))
		return 0;
	line = personal_line(reading->personal, &head, line, &bytes);
	return reading->line_h(reading->arg, &head, line, bytes);
}

static int read_segment(struct reading *reading, const struct sealed *sealed)
{
	char path[4096 + SEGMENT_NAME_BYTES], name[SEGMENT_NAME_BYTES];
	uint64_t before = reading->next;
	FILE *file;
	int err;

	segment_name(sealed->first, sealed->last, SEGMENT_LINES, name);
	snprintf(path, sizeof(path), "%s/evidence/%s", store_dir(reading->store), name);
	file = fopen(path, "re");
	if (!file)
		return say(reading->why, -errno, "evidence/%.60s cannot be read: %s", name, err_text(-errno));
	err = segment_read(file, segment_line, reading);
	fclose(file);
	if (reading->damaged || (err == ERR_SYNTAX && reading->next < sealed->last + 1))
		return say(reading->why, ERR_SYNTAX, "evidence/%.60s is damaged behind event %llu: 'outdial verify' says more",
			name, (unsigned long long)(reading->next ? reading->next - 1 : before));
	return err;
}

static int read_segments(struct reading *reading)
{
	struct sealed sealed;
	int err;

	while (!(err = sealed_read_next(reading->store, reading->segments_to, &sealed)) && sealed.first < reading->end) {
		if (sealed.sealed_us < reading->from_us)
			reading->next = sealed.last + 1;
		else if (sealed.last >= reading->next)
			err = read_segment(reading, &sealed);
		if (err)
			return err;
		reading->segments_to = sealed.last + 1;
	}
	return err == ERR_UNKNOWN ? 0 : err;
}

static int read_tail(struct reading *reading)
{
	struct tail *tail;
	const char *line;
	size_t bytes;
	int got = 0, err = tail_open(&tail, reading->store, reading->next);

	while (!err && reading->next < reading->end && (got = tail_next(tail, &line, &bytes)) > 0)
		err = segment_line(reading, line, bytes);
	if (!err)
		err = got < 0 ? got : 0;
	tail_close(tail);
	return err;
}

/* Rows that are missing from the store were sealed while they were read: then their segment is there. */
static int read_all(struct reading *reading)
{
	uint64_t before;
	int err;

	do {
		before = reading->next;
		err = read_segments(reading);
		if (err || reading->next >= reading->end)
			return err;
		err = read_tail(reading);
		if (err && err != ERR_STORE)
			return err;
	} while (reading->next < reading->end && reading->next > before);
	return reading->next >= reading->end
		       ? 0
		       : say(reading->why, ERR_STORE, "event %llu of the log is missing: 'outdial verify' says more",
				 (unsigned long long)reading->next);
}

int logread_end(struct store *store, uint64_t *end)
{
	uint64_t sealed, waiting;
	int err = sealed_counts(store, &sealed, &waiting);

	*end = sealed + waiting;
	return err;
}

int logread(struct store *store, const struct logread_want *want, logread_line_h *line_h, void *arg, char why[WHY_BYTES])
{
	struct reading reading = {.store = store,
		.from_us = want->from_us,
		.events = want->events,
		.line_h = line_h,
		.arg = arg,
		.why = why,
		.end = want->end};
	struct pruned pruned;
	int err = pruned_read(store, &pruned);

	reading.next = pruned.first;
	if (!err)
		err = personal_reader_open(&reading.personal, store_dir(store));
	if (!err)
		err = read_all(&reading);
	personal_reader_close(reading.personal);
	return err;
}
