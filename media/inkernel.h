/*
 * inkernel.h - the only door to the relay in the kernel (inkernel.bpf.c), and the only file that knows libbpf
 *
 * What    A way is one direction of a conversation: RTP that comes to a port of ours from one far end, and goes to another. While
 *         it is open the kernel sends its packets on before any socket sees them; what is unusual still comes to the socket. Of a
 *         way with a reel the packets' sound is laid down besides, where its owner takes it from: the last INKERNEL_BEHIND of
 *         them.
 * Shape   one table for all ways, a slot a port, and a reel a stream, shared with the program: looking, taking sound, beginning
 *         and ending are no system calls (beginning asks for the routes).
 * Errors  inkernel_open: a negative errno and a sentence. inkernel_begin: -EAFNOSUPPORT (IPv6), -ENETUNREACH, -EOPNOTSUPP (an end
 *         lies behind a device that is not served; a reel that is not there, or is too short for the packets).
 * Own     maps, program and links belong to the process: nothing is left in the kernel when it ends, in whatever way.
 * Thread  a port belongs to one thread; open and close to one.
 * Source  kernel 6.6 or later (TCX); docs/decisions/0012.
 */
#ifndef OUTDIAL_MEDIA_INKERNEL_H
#define OUTDIAL_MEDIA_INKERNEL_H

#include "media/addr.h"

#include <stddef.h>

#define INKERNEL_WHY 160
#define INKERNEL_SOUND 160 /* bytes of a packet that can be laid down */
#define INKERNEL_BEHIND 32

struct inkernel;

struct inkernel_way {
	union addr from, local; /* the far end that sends, and our address that it sends to */
	union addr out, to;     /* our address and the far end that is sent to */
	uint32_t ssrc, ssrc_out;
	uint16_t seq_shift;
	uint32_t ts_shift;
	uint8_t type; /* payload type, which stays as it is */
	uint16_t payload_bytes;
	uint16_t seq; /* of the newest packet so far */
	uint32_t ts, jitter_q4;
	uint32_t reel; /* 1 to `reels`; 0: no sound is wanted */
};

struct inkernel_seen {
	uint16_t seq; /* newest packet that was sent on; all up to it were */
	uint32_t ts, jitter_q4;
};

struct inkernel_sound {
	uint32_t ts;      /* as it came */
	int64_t heard_us; /* clock_steady_us() at its arrival */
	uint8_t payload[INKERNEL_SOUND];
};

/*
 * `devices`: names with spaces between, four at most. `reels`: 5.6 kB each; without the memory for them there are none, and no
 * error.
 */
int inkernel_open(struct inkernel **kernel, const char *devices, uint32_t reels, char why[INKERNEL_WHY]);
uint32_t inkernel_reels(const struct inkernel *kernel); /* NULL: 0 */
void inkernel_close(struct inkernel *kernel); /* NULL is fine */

int inkernel_begin(struct inkernel *kernel, const struct inkernel_way *way);
void inkernel_look(const struct inkernel *kernel, uint16_t port, struct inkernel_seen *seen);
/* From now on nothing is sent on. */
void inkernel_end(struct inkernel *kernel, uint16_t port, struct inkernel_seen *seen);

/*
 * The sound of a packet that was sent on, until the way begins anew. -ENODATA: it is gone, for INKERNEL_BEHIND younger ones have
 * come. -EAGAIN: the program, which counts a packet first, is about to lay it down; that takes less than a microsecond, unless
 * something stops the core that it runs on.
 */
int inkernel_sound(const struct inkernel *kernel, uint16_t port, uint16_t seq, struct inkernel_sound *out);

/*
 * For tests: what the program does with a packet, which stays unsent. Answers 0 sent on, 1 left to the socket, 2 redirected to a
 * device, or a negative errno; the packet is changed in place, as it would leave.
 */
int inkernel_try(const struct inkernel *kernel, uint8_t *packet, size_t bytes);

#endif
