/*
 * complete.h - does a line of the evidence log have all that a law wants kept of a call (pure)
 *
 * What    The ten items of 16 CFR 310.5(a)(2) stand in two lines of each call: for whom, what, which numbers and which right in
 *         its intent; times, recording, transfer and how it ended in its outcome. An item may say "n/a"; it may not be absent or
 *         null. A line that lacks one is refused at sealing. Lines of version 1 were written before the items were and have none
 *         of them.
 */
#ifndef OUTDIAL_CAMPAIGNS_COMPLETE_H
#define OUTDIAL_CAMPAIGNS_COMPLETE_H

#include <stddef.h>

/* The first key that is missing, NULL when it is whole or an event without items. Static. */
const char *line_lacks(const char *text, size_t bytes);

#endif
