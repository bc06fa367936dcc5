/* log.c - log lines to standard error */
#include "base/log.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static enum log_level log_level = LOG_INFO;
static bool log_numbers;

void log_setup(enum log_level level, bool numbers)
{
	log_level = level;
	log_numbers = numbers;
}

static int log_stamp(char *out, size_t size)
{
	int64_t now_us = clock_us();
	time_t sec = (time_t)(now_us / SEC_US);
	struct tm tm;

	gmtime_r(&sec, &tm);
	size_t n = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &tm);
	return (int)n + snprintf(out + n, size - n, ".%06dZ", (int)(now_us % SEC_US));
}

void log_line(enum log_level level, const char *event, const char *fmt, ...)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};
	char line[1024];
	va_list ap;

	if (level < log_level)
		return;
	int n = log_stamp(line, sizeof(line));
	n += snprintf(line + n, sizeof(line) - (size_t)n, " %s %.40s ", names[level], event);
	va_start(ap, fmt);
	int m = vsnprintf(line + n, 1000 - (size_t)n, fmt, ap);
	va_end(ap);
	n = m < 0 ? n : (n + m > 999 ? 999 : n + m);
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return; /* nobody is left to be told */
}

const char *log_number(const char *number, char out[24])
{
	size_t n = strlen(number);
	size_t keep = log_numbers ? n : 4;
	size_t i = 0;

	for (; i < n && i < 23; i++)
		out[i] = n - i <= keep || number[i] == '+' ? number[i] : '*';
	out[i] = '\0';
	return out;
}
