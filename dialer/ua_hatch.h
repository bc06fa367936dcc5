/*
 * ua_hatch.h - the library sees a datagram only after we have looked at it
 *
 * What    Between our look at an empty queue and the library's own reading a datagram may come, and would be parsed unseen:
 *         whoever sent it, and however large. This file stands in front of the library's epoll_ctl() (the dynamic linker prefers
 *         our definition), so that it knows the library's epoll instance, which the library keeps to itself, and what that waits
 *         for, and leaves the datagram socket out of it while the hatch is shut. Errors of the socket pass, and all other
 *         descriptors. A loop that has no hatch is nobody's here.
 * Own     the hatch is its caller's and stands from hatch_open() to hatch_close().
 * Thread  the loop's own, from hatch_open() on; hatch_open() and hatch_close() when no other thread calls epoll_ctl().
 */
#ifndef OUTDIAL_DIALER_UA_HATCH_H
#define OUTDIAL_DIALER_UA_HATCH_H

#include <stdbool.h>
#include <sys/epoll.h>

struct hatch {
	int epoll_fd;             /* -1 until the library has made its loop */
	int udp_fd;               /* -1 until the library waits for a datagram socket */
	struct epoll_event asked; /* what it waits for there */
	bool shut;
	struct hatch *next;
};

/* Before the library makes its loop: the next epoll_ctl() of this thread is that loop's. */
void hatch_open(struct hatch *hatch);
/* Fine for one that was never opened. */
void hatch_close(struct hatch *hatch);
void hatch_shut(struct hatch *hatch, bool shut);

#endif
