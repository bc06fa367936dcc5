/*
 * random.h - random bytes of the operating system, for keys, secrets and names that nobody may guess
 *
 * What    random_bytes() fills all of it or answers -errno; it waits for the system's pool only while the machine is starting.
 *         For dice that a test wants to throw again there is prng.h.
 */
#ifndef OUTDIAL_BASE_RANDOM_H
#define OUTDIAL_BASE_RANDOM_H

#include <stddef.h>

/* From the system, whole or not at all. 0 or -errno. */
int random_bytes(void *out, size_t bytes);

#endif
