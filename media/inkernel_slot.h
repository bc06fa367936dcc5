/*
 * inkernel_slot.h - what the program in the kernel and its owner share: a slot a local RTP port, a reel a stream (pure data)
 *
 * What    A slot says which packets to the port are sent on, and how. `word` is the whole state: open or not, and the newest
 *         packet that was sent on. The program moves it with a compare-and-exchange before it sends, the owner closes it with an
 *         exchange: so the owner knows to the packet what went out, and no packet is sent on after the slot was closed.
 * Shape   64 bytes, a cache line. Addresses and ports in network order, all else in host order.
 * Reel    of a slot that names one the program also lays down the sound of each packet, in the cell that belongs to its number. A
 *         cell's word is the slot's as that packet made it, and is written last: a cell is whole when its word is the one that is
 *         looked for, and still is after it was read when the slot has not come round to it meanwhile.
 * Own     the owner writes all but `word`, `transit`, `transit_known` and `jitter_q4` only while the slot is closed; of a cell it
 *         writes nothing but, while no slot names its reel, a word of 0.
 */
#ifndef OUTDIAL_MEDIA_INKERNEL_SLOT_H
#define OUTDIAL_MEDIA_INKERNEL_SLOT_H

#include <linux/types.h>

#define SLOT_OPEN 1u          /* bit 0 */
#define SLOT_TURN (1u << 1)   /* bits 1-15 count openings: an old state never looks like a new one */
#define SLOT_TURNS 0xfffeu
#define SLOT_SEQ 16           /* bits 16-31: number of the newest packet, as it came */
#define SLOT_TS 32            /* bits 32-63: its timestamp */
#define SLOTS 32768           /* of the even ports */
#define SLOT_TABLE 0x6f75746469616c31 /* stands in the program where the address of slot 0 belongs */
#define REEL_MAP 0x6f75746469616c32   /* and where the map of reels does */
#define REEL_CELLS 32 /* a power of two: for 640 ms of packets of 20 ms the owner may stand still and miss nothing */
#define CELL_BYTES 160
#define SLOT_TTL 64
#define SLOT_TOS 0xb8 /* DSCP EF, as ports.c asks for its sockets */

struct inkernel_slot {
	__u64 word;
	__u32 local_ip, from_ip, out_ip, to_ip; /* out: ours, of the peer's leg */
	__u16 from_port, out_port, to_port;
	__u16 udp_bytes;                    /* the only length that is sent on, UDP header included */
	__u32 ssrc, ssrc_out, ts_shift;
	__u16 seq_shift;
	__u8 type; /* payload type */
	__u8 transit_known;
	__u32 transit, jitter_q4; /* as in struct rtp_source */
	__u32 ifindex;            /* where it leaves; 0: its receiver is on this machine */
	__u32 reel;               /* where its sound is laid down; 0: nowhere, else the number in the map and one */
};

struct inkernel_cell {
	__u64 word, heard_ns; /* CLOCK_MONOTONIC */
	__u8 sound[CELL_BYTES];
};

struct inkernel_reel {
	struct inkernel_cell cells[REEL_CELLS];
};

#endif
