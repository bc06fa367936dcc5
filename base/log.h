/*
 * log.h - one line an event, key=value
 *
 * What    log_line(LOG_INFO, "call_end", "call=%llu camp=%u outcome=%s", ...) writes
 *         `2026-11-21T09:30:00.123456Z info call_end call=17 camp=1 outcome=busy` to standard error.
 *         Library code does not log: its caller does, once. Telephone numbers go through log_number().
 * Thread  any; one write(2) a line.
 */
#ifndef OUTDIAL_BASE_LOG_H
#define OUTDIAL_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Lines below `level` are dropped; `numbers` shows telephone numbers whole instead of masked. Default: LOG_INFO, masked. */
void log_setup(enum log_level level, bool numbers);

/* Writes one line; longer than 1,000 bytes is cut. */
void log_line(enum log_level level, const char *event, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * The number as it may stand in a log: all but the last four digits starred, unless configured. `out` takes 24 bytes; answers
 * out.
 */
const char *log_number(const char *number, char out[24]);

#endif
