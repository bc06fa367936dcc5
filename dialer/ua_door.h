/*
 * ua_door.h - who may connect to the user agent's TCP and TLS ports, asked when the connection is accepted
 *
 * What    sofia-sip accepts every connection and parses what comes over it. This file stands in front of its call of accept()
 *         (the dynamic linker prefers our definition): on a port that has a door, a connection of a stranger is closed before
 *         the library learns of it. To the library it looks as if nobody had come. Ports without a door are nobody's here.
 * Own     the door is its caller's and stands from door_open() to door_close().
 * Thread  door_open() and door_close() when no other thread accepts connections over IP; accept() as usual.
 */
#ifndef OUTDIAL_DIALER_UA_DOOR_H
#define OUTDIAL_DIALER_UA_DOOR_H

#include "dialer/ua_socket.h"

struct door {
	uint16_t ports[2]; /* 0: none */
	socket_allow_h *allow;
	void *arg;
	uint64_t strangers;
	struct door *next;
};

void door_open(struct door *door);
/* Fine for one that was never opened. */
void door_close(struct door *door);

#endif
