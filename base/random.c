/* random.c - see random.h */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

/* More than 256 bytes may come in parts, and a signal may end a call. */
int random_bytes(void *out, size_t bytes)
{
	unsigned char *at = out;

	while (bytes) {
		ssize_t n = getrandom(at, bytes, 0);

		if (n < 0 && errno != EINTR)
			return -errno;
		at += n > 0 ? n : 0;
		bytes -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}
