/*
 * upload.h - which files a list was made from, so that a second upload of the same bytes can be named as such
 *
 * What    An entry (list, SHA-256 of the file) -> time of its first whole upload, in the meta table.
 */
#ifndef OUTDIAL_CAMPAIGNS_UPLOAD_H
#define OUTDIAL_CAMPAIGNS_UPLOAD_H

#include "campaigns/store.h"

#define UPLOAD_SUM_BYTES 65

/* SHA-256 of the whole file as 64 hex digits; the descriptor's position does not matter. -errno, -ENOMEM. */
int upload_sum(int fd, char sum[UPLOAD_SUM_BYTES]);
/* When the list got this very file first, 0: never. */
int upload_seen(struct store *store, uint32_t list, const char *sum, int64_t *at_us);
int upload_note(struct store *store, uint32_t list, const char *sum, int64_t at_us);

#endif
