/*
 * uring.c - the only file that knows liburing
 *
 * What an armed operation is about stands in a slot; the kernel gets the slot's number, never a pointer of the caller. A slot is
 * given back when the kernel has said its last word about it, so a caller may stop a poll and free its struct at once.
 *
 * Polls are one-shot and armed again after the handler: a descriptor that was not drained is reported again, as poll(2) would.
 * Sends carry MSG_DONTWAIT and no completion on success: they are over when the submission returns, and the arena that held their
 * bytes is empty again (docs/MEDIA.md has the figures).
 */
#include "media/uring.h"

#include <assert.h>
#include <errno.h>
#include <liburing.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define UDATA_NONE 0 /* completions that nobody waits for */
#define UDATA_SEND UINT64_C(0xfffffffffffffffe)
#define GROUP 1       /* buffer group of the receive buffers */
#define NAME_BYTES 32 /* room for a sockaddr_in6, and the payload stays aligned */
#define RECV_HEAD ((int)sizeof(struct io_uring_recvmsg_out) + NAME_BYTES)
#define STAMP_BYTES ((int)CMSG_SPACE(sizeof(struct timespec)))
#define RECV_BYTES 1584 /* RECV_HEAD + STAMP_BYTES + URING_DATAGRAM_MAX, a multiple of 16 */
#define SEND_BYTES (NAME_BYTES + URING_DATAGRAM_MAX + 36)
#define ARENA_BYTES (1u << 20)
#define DIRECT (1 << 24) /* what uring_adopt() answers: place in the table + DIRECT */

enum slot_kind { SLOT_FREE, SLOT_POLL, SLOT_RECV, SLOT_WRITE };

struct slot {
	void *target; /* struct uring_op or struct uring_recv; NULL once stopped (polls) */
	enum slot_kind kind;
	uint32_t next_free; /* index + 1 */
};

struct uring {
	struct io_uring ring;
	bool deferred;
	struct slot *slots;
	uint32_t slot_count, slot_free; /* slot_free: index + 1, 0 when none */

	struct io_uring_buf_ring *buf_ring;
	uint8_t *buffers;
	unsigned buffer_count;
	struct msghdr recv_shape, stamped_shape;
	int64_t arrival_us; /* of the datagram that is shown */

	uint32_t *direct_free; /* places of the table, a stack */
	uint32_t direct_free_count;

	uint8_t *arena;
	size_t arena_used;
	struct uring_counters counters;
};

/* --- set-up */

static int uring_init_ring(struct uring *uring, unsigned entries)
{
	static const unsigned flags[] = {
		IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
		IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN,
		0,
	};
	int err = -EINVAL;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]) && err == -EINVAL; i++) {
		struct io_uring_params params = {
			.flags = flags[i] | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP, .cq_entries = entries * 4};
		err = io_uring_queue_init_params(entries, &uring->ring, &params);
		uring->deferred = flags[i] & IORING_SETUP_DEFER_TASKRUN;
	}
	return err;
}

int uring_alloc(struct uring **uring, unsigned entries)
{
	struct uring *u = calloc(1, sizeof(*u));

	if (!u)
		return -ENOMEM;
	int err = uring_init_ring(u, entries ? entries : 64);
	if (err) {
		free(u);
		return err;
	}
	*uring = u;
	return 0;
}

/* Receives that are armed hold their sockets: without this a port would stay taken for some time after the ring is gone. */
static void uring_cancel_all(struct uring *uring)
{
	struct io_uring_sync_cancel_reg reg = {.flags = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL, .fd = -1};

	reg.timeout.tv_sec = 0;
	reg.timeout.tv_nsec = 100 * 1000 * 1000;
	(void)io_uring_register_sync_cancel(&uring->ring, &reg);
	(void)io_uring_submit_and_get_events(&uring->ring);
}

void uring_free(struct uring *uring)
{
	if (!uring)
		return;
	uring_cancel_all(uring);
	if (uring->direct_free)
		(void)io_uring_unregister_files(&uring->ring); /* now: the ring itself ends some time after its descriptor */
	io_uring_queue_exit(&uring->ring);
	if (uring->buf_ring)
		munmap(uring->buf_ring, uring->buffer_count * sizeof(struct io_uring_buf));
	free(uring->buffers);
	free(uring->arena);
	free(uring->slots);
	free(uring->direct_free);
	free(uring);
}

/* --- slots */

static int slots_grow(struct uring *uring)
{
	uint32_t count = uring->slot_count ? uring->slot_count * 2 : 64;
	struct slot *slots = realloc(uring->slots, count * sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (uint32_t i = uring->slot_count; i < count; i++)
		slots[i] = (struct slot){.next_free = i + 1 < count ? i + 2 : 0};
	uring->slot_free = uring->slot_count + 1;
	uring->slots = slots;
	uring->slot_count = count;
	return 0;
}

static int slot_take(struct uring *uring, enum slot_kind kind, void *target, uint32_t *number)
{
	if (!uring->slot_free && slots_grow(uring))
		return -ENOMEM;
	*number = uring->slot_free;
	struct slot *slot = &uring->slots[*number - 1];
	uring->slot_free = slot->next_free;
	*slot = (struct slot){.target = target, .kind = kind};
	return 0;
}

static void slot_put(struct uring *uring, uint32_t number)
{
	uring->slots[number - 1] = (struct slot){.next_free = uring->slot_free};
	uring->slot_free = number;
}

/* A full submission queue is load: what stands in it is handed over, then there is room. */
static struct io_uring_sqe *uring_sqe(struct uring *uring)
{
	struct io_uring_sqe *sqe;

	while (!(sqe = io_uring_get_sqe(&uring->ring))) {
		if (uring_submit(uring) < 0) /* the kernel wants its completions taken first */
			(void)io_uring_submit_and_get_events(&uring->ring);
	}
	return sqe;
}

/* --- direct descriptors */

int uring_direct(struct uring *uring, unsigned count)
{
	struct rlimit limit;

	if (uring->direct_free || getrlimit(RLIMIT_NOFILE, &limit))
		return -EINVAL;
	if (count > limit.rlim_cur)
		count = (unsigned)limit.rlim_cur;
	uint32_t *places = calloc(count, sizeof(*places));
	if (!places)
		return -ENOMEM;
	int err = io_uring_register_files_sparse(&uring->ring, count);
	if (err) {
		free(places);
		return err;
	}
	for (unsigned i = 0; i < count; i++)
		places[i] = count - 1 - i;
	uring->direct_free = places;
	uring->direct_free_count = count;
	return 0;
}

int uring_adopt(struct uring *uring, int fd)
{
	if (fd < 0 || !uring->direct_free_count)
		return fd;
	uint32_t place = uring->direct_free[uring->direct_free_count - 1];
	if (io_uring_register_files_update(&uring->ring, place, &fd, 1) != 1)
		return fd;
	close(fd);
	uring->direct_free_count--;
	uring->counters.direct++;
	return DIRECT + (int)place;
}

bool uring_is_direct(int fd)
{
	return fd >= DIRECT;
}

void uring_close(struct uring *uring, int fd)
{
	int none = -1;

	if (fd < 0)
		return;
	(void)uring_submit(uring);
	if (!uring_is_direct(fd)) {
		close(fd);
		return;
	}
	(void)io_uring_register_files_update(&uring->ring, (unsigned)(fd - DIRECT), &none, 1);
	uring->direct_free[uring->direct_free_count++] = (uint32_t)(fd - DIRECT);
	uring->counters.direct--;
}

/* Of a prepared entry: which kind its descriptor is. */
static void sqe_aim(struct io_uring_sqe *sqe, int fd)
{
	if (!uring_is_direct(fd))
		return;
	sqe->fd = fd - DIRECT;
	sqe->flags |= IOSQE_FIXED_FILE;
}

/* --- polls */

static void poll_arm(struct uring *uring, uint32_t number, int fd)
{
	struct io_uring_sqe *sqe = uring_sqe(uring);

	io_uring_prep_poll_add(sqe, fd, POLLIN);
	io_uring_sqe_set_data64(sqe, number);
}

int uring_poll(struct uring *uring, int fd, struct uring_op *op)
{
	assert(op->handler);
	op->fd = fd;
	int err = slot_take(uring, SLOT_POLL, op, &op->flags);
	if (err)
		return err;
	poll_arm(uring, op->flags, fd);
	return 0;
}

void uring_poll_stop(struct uring *uring, struct uring_op *op)
{
	if (!op->flags)
		return;
	struct io_uring_sqe *sqe = uring_sqe(uring);
	io_uring_prep_poll_remove(sqe, op->flags);
	io_uring_sqe_set_data64(sqe, UDATA_NONE);
	uring->slots[op->flags - 1].target = NULL;
	op->flags = 0;
}

/* The handler may stop this poll, and even start another that takes nothing of ours: look again by number after it. */
static void poll_done(struct uring *uring, uint32_t number, int res)
{
	struct uring_op *op = uring->slots[number - 1].target;

	if (!op) {
		slot_put(uring, number);
		return;
	}
	if (res < 0) {
		op->flags = 0;
		slot_put(uring, number);
		op->handler(op->arg, res);
		return;
	}
	op->handler(op->arg, res);
	if (uring->slots[number - 1].target)
		poll_arm(uring, number, op->fd);
	else
		slot_put(uring, number);
}

/* --- files */

int uring_write(struct uring *uring, int fd, const void *data, size_t bytes, uint64_t offset, struct uring_op *op)
{
	assert(op->handler);
	op->fd = fd;
	int err = slot_take(uring, SLOT_WRITE, op, &op->flags);
	if (err)
		return err;
	struct io_uring_sqe *sqe = uring_sqe(uring);
	io_uring_prep_write(sqe, fd, data, (unsigned)bytes, offset);
	io_uring_sqe_set_data64(sqe, op->flags);
	return 0;
}

static void write_done(struct uring *uring, uint32_t number, int res)
{
	struct uring_op *op = uring->slots[number - 1].target;

	slot_put(uring, number);
	op->flags = 0;
	op->handler(op->arg, res);
}

/* --- receiving */

static void buffer_put(struct uring *uring, unsigned id)
{
	io_uring_buf_ring_add(uring->buf_ring, uring->buffers + (size_t)id * RECV_BYTES, RECV_BYTES, id,
		io_uring_buf_ring_mask(uring->buffer_count), 0);
	io_uring_buf_ring_advance(uring->buf_ring, 1);
}

static int buffers_init(struct uring *uring, unsigned count)
{
	struct io_uring_buf_reg reg = {.ring_addr = (uintptr_t)uring->buf_ring, .ring_entries = count, .bgid = GROUP};

	uring->buffers = aligned_alloc(64, (size_t)count * RECV_BYTES);
	uring->arena = aligned_alloc(64, ARENA_BYTES);
	if (!uring->buffers || !uring->arena)
		return -ENOMEM;
	int err = io_uring_register_buf_ring(&uring->ring, &reg, 0);
	if (err)
		return err;
	io_uring_buf_ring_init(uring->buf_ring);
	for (unsigned id = 0; id < count; id++)
		buffer_put(uring, id);
	return 0;
}

int uring_datagrams(struct uring *uring, unsigned buffers)
{
	if (buffers < 2 || buffers > 32768 || (buffers & (buffers - 1)) || uring->buf_ring)
		return -EINVAL;
	size_t bytes = buffers * sizeof(struct io_uring_buf);
	void *ring = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
	if (ring == MAP_FAILED)
		return -ENOMEM;
	uring->buf_ring = ring;
	uring->buffer_count = buffers;
	uring->recv_shape.msg_namelen = uring->stamped_shape.msg_namelen = NAME_BYTES;
	uring->stamped_shape.msg_controllen = (size_t)STAMP_BYTES;
	return buffers_init(uring, buffers);
}

int uring_recv(struct uring *uring, struct uring_recv *recv)
{
	assert(recv->handler && uring->buf_ring);
	int err = slot_take(uring, SLOT_RECV, recv, &recv->slot);
	if (err)
		return err;
	struct io_uring_sqe *sqe = uring_sqe(uring);
	if (recv->stamped)
		io_uring_prep_recvmsg_multishot(sqe, recv->fd, &uring->stamped_shape, 0);
	else if (recv->peer)
		io_uring_prep_recv_multishot(sqe, recv->fd, NULL, 0, 0);
	else
		io_uring_prep_recvmsg_multishot(sqe, recv->fd, &uring->recv_shape, 0);
	sqe_aim(sqe, recv->fd);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	io_uring_sqe_set_data64(sqe, recv->slot);
	return 0;
}

bool uring_recv_stop(struct uring *uring, struct uring_recv *recv)
{
	if (!recv->slot)
		return false;
	struct io_uring_sqe *sqe = uring_sqe(uring);
	io_uring_prep_cancel64(sqe, recv->slot, 0);
	io_uring_sqe_set_data64(sqe, UDATA_NONE);
	return true;
}

/* A connected socket's receive brings the bytes alone. */
static void datagram_show_bare(struct uring *uring, struct uring_recv *recv, uint8_t *buffer, int res)
{
	if (res > URING_DATAGRAM_MAX)
		uring->counters.recv_long++;
	else
		recv->handler(recv->arg, res, buffer, recv->peer);
}

static int64_t stamp_us(const struct uring *uring, struct io_uring_recvmsg_out *out)
{
	struct msghdr shape = uring->stamped_shape;
	struct timespec at;

	for (struct cmsghdr *c = io_uring_recvmsg_cmsg_firsthdr(out, &shape); c;
		c = io_uring_recvmsg_cmsg_nexthdr(out, &shape, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&at, CMSG_DATA(c), sizeof(at));
		return at.tv_sec * 1000000 + at.tv_nsec / 1000;
	}
	return 0;
}

/* The buffers have more room than a datagram may have bytes. */
static bool datagram_fits(const struct io_uring_recvmsg_out *out)
{
	return out && !(out->flags & MSG_TRUNC) && out->namelen <= NAME_BYTES && out->payloadlen <= URING_DATAGRAM_MAX;
}

static void datagram_show_stamped(struct uring *uring, struct uring_recv *recv, uint8_t *buffer, int res)
{
	struct io_uring_recvmsg_out *out = io_uring_recvmsg_validate(buffer, res, &uring->stamped_shape);

	if (!datagram_fits(out)) {
		uring->counters.recv_long++;
		return;
	}
	uring->arrival_us = stamp_us(uring, out);
	recv->handler(recv->arg, res - RECV_HEAD - STAMP_BYTES, buffer + RECV_HEAD + STAMP_BYTES, io_uring_recvmsg_name(out));
	uring->arrival_us = 0;
}

int64_t uring_arrival_us(const struct uring *uring)
{
	return uring->arrival_us;
}

static void datagram_show(struct uring *uring, struct uring_recv *recv, uint8_t *buffer, int res)
{
	if (recv->stamped) {
		datagram_show_stamped(uring, recv, buffer, res);
		return;
	}
	if (recv->peer) {
		datagram_show_bare(uring, recv, buffer, res);
		return;
	}
	struct io_uring_recvmsg_out *out = io_uring_recvmsg_validate(buffer, res, &uring->recv_shape);

	if (!datagram_fits(out)) {
		uring->counters.recv_long++;
		return;
	}
	recv->handler(recv->arg, res - RECV_HEAD, buffer + RECV_HEAD, io_uring_recvmsg_name(out));
}

static void recv_done(struct uring *uring, uint32_t number, const struct io_uring_cqe *cqe)
{
	struct uring_recv *recv = uring->slots[number - 1].target;
	bool last = !(cqe->flags & IORING_CQE_F_MORE);

	if (last) {
		recv->slot = 0;
		slot_put(uring, number);
	}
	if (cqe->flags & IORING_CQE_F_BUFFER) {
		unsigned id = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
		if (cqe->res >= 0)
			datagram_show(uring, recv, uring->buffers + (size_t)id * RECV_BYTES, cqe->res);
		buffer_put(uring, id);
	}
	/* A last completion that brought a datagram (the completion queue ran over) ends receiving as well. */
	if (last && !recv->slot)
		recv->handler(recv->arg, cqe->res < 0 ? cqe->res : -ENOBUFS, NULL, NULL);
}

/* --- sending */

uint8_t *uring_send_buffer(struct uring *uring)
{
	while (uring->arena_used + SEND_BYTES > ARENA_BYTES)
		(void)uring_submit(uring);
	return uring->arena + uring->arena_used + NAME_BYTES;
}

static socklen_t sockaddr_bytes(const struct sockaddr *addr)
{
	return addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

void uring_send(struct uring *uring, int fd, size_t bytes, const struct sockaddr *to)
{
	uint8_t *name = uring->arena + uring->arena_used;
	size_t used = uring->arena_used, room = (NAME_BYTES + bytes + 15) & ~(size_t)15;

	assert(bytes <= SEND_BYTES - NAME_BYTES);
	uring->arena_used += room;
	struct io_uring_sqe *sqe = uring_sqe(uring);
	if (!uring->arena_used) /* making room emptied the arena under us: the bytes still stand there, count them again */
		uring->arena_used = used + room;
	io_uring_prep_send(sqe, fd, name + NAME_BYTES, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (to) {
		memcpy(name, to, sockaddr_bytes(to));
		io_uring_prep_send_set_addr(sqe, (struct sockaddr *)name, (__u16)sockaddr_bytes(to));
	}
	sqe_aim(sqe, fd);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	io_uring_sqe_set_data64(sqe, UDATA_SEND);
}

int uring_submit(struct uring *uring)
{
	int n = io_uring_submit(&uring->ring);

	if (!io_uring_sq_ready(&uring->ring))
		uring->arena_used = 0;
	return n < 0 ? n : 0;
}

/* --- the loop */

static void completion_done(struct uring *uring, const struct io_uring_cqe *cqe)
{
	if (cqe->user_data == UDATA_SEND) {
		uring->counters.send_failed++;
		return;
	}
	if (cqe->user_data == UDATA_NONE || cqe->user_data > uring->slot_count)
		return;
	uint32_t number = (uint32_t)cqe->user_data;
	if (uring->slots[number - 1].kind == SLOT_POLL)
		poll_done(uring, number, cqe->res);
	else if (uring->slots[number - 1].kind == SLOT_RECV)
		recv_done(uring, number, cqe);
	else if (uring->slots[number - 1].kind == SLOT_WRITE)
		write_done(uring, number, cqe->res);
}

int uring_wait(struct uring *uring, unsigned wait_count, int64_t wait_us)
{
	struct __kernel_timespec ts = {.tv_sec = wait_us / 1000000, .tv_nsec = wait_us % 1000000 * 1000};
	struct io_uring_cqe *cqe;
	int err;

	if (!wait_count || wait_us <= 0)
		err = io_uring_submit_and_get_events(&uring->ring);
	else
		err = io_uring_submit_and_wait_timeout(&uring->ring, &cqe, wait_count, &ts, NULL);
	if (!io_uring_sq_ready(&uring->ring))
		uring->arena_used = 0;
	if (err == -ETIME || err == -EINTR || err == -EAGAIN || err == -EBUSY)
		return 0;
	return err < 0 ? err : 0;
}

int uring_dispatch(struct uring *uring)
{
	unsigned there = io_uring_cq_ready(&uring->ring);
	int dispatched = 0;

	for (; (unsigned)dispatched < there; dispatched++) {
		struct io_uring_cqe *next;
		if (io_uring_peek_cqe(&uring->ring, &next))
			break;
		struct io_uring_cqe cqe = *next; /* the handler may prepare and submit: give the entry back first */
		io_uring_cqe_seen(&uring->ring, next);
		completion_done(uring, &cqe);
	}
	return dispatched;
}

bool uring_ready(const struct uring *uring)
{
	return io_uring_cq_ready(&uring->ring);
}

int uring_step(struct uring *uring, unsigned wait_count, int64_t wait_us)
{
	int err = uring_wait(uring, wait_count, wait_us);
	int dispatched = uring_dispatch(uring);

	return err ? err : dispatched;
}

void uring_count(const struct uring *uring, struct uring_counters *out)
{
	*out = uring->counters;
	out->deferred = uring->deferred;
}
