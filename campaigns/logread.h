/*
 * logread.h - the events of the evidence log in their order: sealed segments first, then what waits in the store
 *
 * What    Segments are read as files, 256 lines a frame; of the store at most 512 lines are copied in a read transaction of their
 *         own. So a reader may take hours over it: it never holds a page of the store. What is sealed meanwhile is followed into
 *         its file. Where it ends is asked first, so that two readings are of the same events.
 *         Personal fields are opened (personal.h): of somebody who was erased they say "erased".
 * Errors  ERR_SYNTAX (a segment is damaged), ERR_STORE (a sequence number is missing), -errno; with a sentence.
 */
#ifndef OUTDIAL_CAMPAIGNS_LOGREAD_H
#define OUTDIAL_CAMPAIGNS_LOGREAD_H

#include "campaigns/line.h"
#include "campaigns/store.h"

/* The sequence number that the next event will have. */
int logread_end(struct store *store, uint64_t *end);
struct logread_want {
	int64_t from_us; /* segments that were sealed before are not opened: nothing in them is of that time or later. 0: all */
	uint64_t end;
	/*
	 * names for line_event_is(), NULL behind the last: other lines are passed over, unopened, which is most of what a line
	 * costs. NULL: all
	 */
	const char *const *events;
};
/* Another answer than 0 ends the reading with it. */
typedef int logread_line_h(void *arg, const struct line_head *head, const char *line, size_t bytes);
int logread(struct store *store, const struct logread_want *want, logread_line_h *line_h, void *arg, char why[WHY_BYTES]);

#endif
