/*
 * uring.h - the only door to io_uring
 *
 * What    A ring that dispatches completions to handlers. The engine's loop polls descriptors with it (sofia's epoll descriptor,
 *         event descriptors, the control socket); the media workers also receive and send with it (functions further below).
 * Own     a struct uring_op is embedded in the caller's struct and must stay where it is while armed.
 * Errors  uring_alloc: -ENOSYS or -EPERM when the kernel has or allows no io_uring (the caller says so to the user), -ENOMEM.
 *         A full submission queue is load, not a bug: it is submitted and taken again.
 * Thread  one owner: the thread that called uring_alloc().
 */
#ifndef OUTDIAL_MEDIA_URING_H
#define OUTDIAL_MEDIA_URING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uring;

/* res: result or -errno of the completion. */
typedef void uring_h(void *arg, int res);

struct uring_op {
	uring_h *handler;
	void *arg;
	int fd;
	uint32_t flags; /* uring.c's own */
};

int uring_alloc(struct uring **uring, unsigned entries);
void uring_free(struct uring *uring); /* NULL is fine */

/* handler(arg, events) each time fd becomes readable, until uring_poll_stop(); re-armed by itself. op: handler and arg filled in. */
int uring_poll(struct uring *uring, int fd, struct uring_op *op);
void uring_poll_stop(struct uring *uring, struct uring_op *op);

/*
 * Submits what is prepared, waits until `wait_count` completions are there or `wait_us` have passed (0: does not wait),
 * dispatches all that are there. Answers how many were dispatched, or a negative errno (-EINTR is answered as 0).
 */
int uring_step(struct uring *uring, unsigned wait_count, int64_t wait_us);

#endif
