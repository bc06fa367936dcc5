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

/* handler(arg, events) each time fd becomes readable, until uring_poll_stop(); re-armed by itself. op: handler and arg filled in.
 */
int uring_poll(struct uring *uring, int fd, struct uring_op *op);
void uring_poll_stop(struct uring *uring, struct uring_op *op);

/*
 * Submits what is prepared, waits until `wait_count` completions are there or `wait_us` have passed (0: does not wait),
 * dispatches all that are there. Answers how many were dispatched, or a negative errno (-EINTR is answered as 0).
 */
int uring_step(struct uring *uring, unsigned wait_count, int64_t wait_us);
/* The two halves of a step, for a loop that reads the clock in between. uring_wait: 0 or a negative errno. */
int uring_wait(struct uring *uring, unsigned wait_count, int64_t wait_us);
int uring_dispatch(struct uring *uring);
/* Something waits to be dispatched. */
bool uring_ready(const struct uring *uring);

/*
 * Datagrams, for the media workers.
 *
 * Receive: uring_datagrams() once, then any number of sockets share its buffers (multishot, provided buffers of
 * URING_DATAGRAM_MAX bytes). Send: the bytes are written where uring_send_buffer() says and handed over by uring_send(); they
 * leave with the next uring_step() or uring_submit(). A send never waits: what the socket cannot take at once is dropped and
 * counted.
 */
#define URING_DATAGRAM_MAX 1500

struct sockaddr;

/*
 * bytes >= 0: a datagram at `data`, ours to change until return (16 bytes aligned), from `from`. Longer datagrams than the
 * maximum are dropped and counted, never shown. bytes < 0: receiving has ended with this error and uring_recv() has to be called
 * again. After uring_recv_stop() it is the last word about this struct.
 */
typedef void uring_datagram_h(void *arg, int bytes, uint8_t *data, const struct sockaddr *from);

struct uring_recv {
	uring_datagram_h *handler;
	void *arg;
	int fd;
	uint32_t slot; /* uring.c's own; 0 while not armed */
	bool stamped; /* ports_stamp() was called for the socket: uring_arrival_us() tells when the kernel got the datagram */
	/* The socket is connected to this address, which the handler is shown as `from`; NULL: the kernel says who sent. To stay
	 * as it is while armed. */
	const struct sockaddr *peer;
};

struct uring_counters {
	uint64_t send_failed; /* refused at once: full socket buffer, closed peer, no route */
	uint64_t recv_long;   /* datagrams above URING_DATAGRAM_MAX */
	bool deferred;        /* DEFER_TASKRUN is in use: completions are made in uring_step() only */
	uint32_t direct;      /* descriptors in the ring's table */
};

/* Once, before the first receive or send. `buffers`: a power of two up to 32768. -ENOMEM, -EINVAL (kernel before 6.0). */
int uring_datagrams(struct uring *uring, unsigned buffers);
/* Arms; handler, arg and fd filled in. -ENOMEM. */
int uring_recv(struct uring *uring, struct uring_recv *recv);
/* True: the handler gets a negative number later (-ECANCELED) and the struct must stay until then. False: nothing more comes. */
bool uring_recv_stop(struct uring *uring, struct uring_recv *recv);

/* Within a handler: when the datagram came, wall clock (clock_wall_us()); 0: its socket does not say. */
int64_t uring_arrival_us(const struct uring *uring);

/*
 * Direct descriptors: a socket in the ring's own table takes none of the process' descriptors, whose number is limited.
 * uring_direct() once: room for `count` of them, or as many as RLIMIT_NOFILE allows; -EINVAL (kernel before 5.19), -ENOMEM.
 * uring_adopt() moves a descriptor there and closes the process' own; the answer is for uring_recv(), uring_send() and
 * uring_close() only. Without room, or on such a kernel, the answer is fd itself: nothing else changes.
 */
int uring_direct(struct uring *uring, unsigned count);
int uring_adopt(struct uring *uring, int fd);
/* Closes what uring_adopt() answered; what was sent before it leaves first. A receive that is armed is to be stopped before. */
void uring_close(struct uring *uring, int fd);
/* True: closed with the ring. */
bool uring_is_direct(int fd);

/*
 * Files, for the recorder: hands over a write of `bytes` at `offset`; op's handler gets the bytes written or a negative error,
 * once. data and op must stay until then. -ENOMEM.
 */
int uring_write(struct uring *uring, int fd, const void *data, size_t bytes, uint64_t offset, struct uring_op *op);

/* Room for one datagram of at most URING_DATAGRAM_MAX + 36 bytes (packet and trailer), 16 bytes aligned, never NULL. */
uint8_t *uring_send_buffer(struct uring *uring);
/* Hands over the first `bytes` of the buffer given last; `to` NULL for a connected socket, else it is copied. */
void uring_send(struct uring *uring, int fd, size_t bytes, const struct sockaddr *to);
/* Hands all that is prepared to the kernel now. A negative errno when it takes nothing. */
int uring_submit(struct uring *uring);

void uring_count(const struct uring *uring, struct uring_counters *out);

#endif
