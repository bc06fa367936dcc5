/*
 * allow.h - lists of addresses (pure)
 *
 * What    "any", or addresses and networks separated by commas: "192.0.2.1, 10.0.0.0/8, 2001:db8::/32".
 */
#ifndef OUTDIAL_DIALER_ALLOW_H
#define OUTDIAL_DIALER_ALLOW_H

#include <stdbool.h>

/* Does the list name this address? An element that is no address matches nothing; an empty list matches nobody. */
bool allow_match(const char *list, const char *ip);

/* Is each element "any", an address or a network, and is there one? */
bool allow_valid(const char *list);

#endif
