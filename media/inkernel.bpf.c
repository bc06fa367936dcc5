/*
 * inkernel.bpf.c - the relay in the kernel: an RTP packet of an open slot, rewritten and sent on before it reaches a socket
 *
 * What    Runs at the ingress of a device for each of its packets (TCX). Only the next packet in order of the source, SSRC,
 *         payload type and length that the slot names is sent on; whatever else comes goes on its way to the socket untouched,
 *         where hear.c sees it and takes the stream out of the kernel. The sound of a recorded stream is laid down on its way.
 * Build   `make inkernel` writes media/inkernel_code.h from it (clang); an ordinary build takes that file as it is.
 * Source  RFC 791, 768, 1624 (checksums), 3550 (5.1, A.8 jitter).
 */
#include "media/inkernel_slot.h"

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>

#define PASS_ON (-1) /* TCX_NEXT: to whom it was for */
#define TO_STACK 0   /* TCX_PASS */
#define TO_US 0      /* PACKET_HOST */
#define IP_AT sizeof(struct ethhdr)
#define UDP_AT (IP_AT + sizeof(struct iphdr))
#define NET16(x) __builtin_bswap16(x)
#define NET32(x) __builtin_bswap32(x)
#define NS_A_SAMPLE 125000
#define JUMP 80000 /* samples; a sender's clock that was set is no jitter */

struct rtp {
	__u8 first, second;
	__u16 seq;
	__u32 ts, ssrc;
};

struct heads { /* behind the device's own */
	struct iphdr ip;
	struct udphdr udp;
	struct rtp rtp;
};

static long (*const skb_pull_data)(struct __sk_buff *skb, __u32 bytes) = (void *)BPF_FUNC_skb_pull_data;
static long (*const l4_csum_replace)(struct __sk_buff *skb, __u32 at, __u64 from, __u64 to, __u64 flags) =
	(void *)BPF_FUNC_l4_csum_replace;
static long (*const redirect_neigh)(__u32 ifindex, void *params, int bytes, __u64 flags) = (void *)BPF_FUNC_redirect_neigh;
static __u64 (*const ktime_get_ns)(void) = (void *)BPF_FUNC_ktime_get_ns;
static void *(*const map_lookup_elem)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;
static long (*const skb_load_bytes)(const struct __sk_buff *skb, __u32 at, void *to, __u32 bytes) =
	(void *)BPF_FUNC_skb_load_bytes;

/* The loader puts the table's address here. */
static inline __attribute__((always_inline)) struct inkernel_slot *slot_at(__u16 port)
{
	struct inkernel_slot *table;

	asm volatile("%0 = %1 ll" : "=r"(table) : "i"(SLOT_TABLE));
	return table + (port >> 1);
}

static inline __attribute__((always_inline)) struct inkernel_reel *reel_at(__u32 number)
{
	void *map;

	asm volatile("%0 = %1 ll" : "=r"(map) : "i"(REEL_MAP));
	return map_lookup_elem(map, &number);
}

/* --- what is sent on */

/* A whole UDP datagram in an IPv4 packet without options, and nothing behind it. */
static inline __attribute__((always_inline)) int plain_udp(const struct __sk_buff *skb, const struct heads *h)
{
	__u16 bytes = NET16(h->ip.tot_len);

	return h->ip.version == 4 && h->ip.ihl == 5 && h->ip.protocol == 17 && !(h->ip.frag_off & NET16(0x3fff)) &&
		NET16(h->udp.len) + sizeof(h->ip) == bytes && bytes + IP_AT == skb->len && !(h->udp.dest & NET16(1));
}

static inline __attribute__((always_inline)) int wanted(const struct inkernel_slot *slot, const struct heads *h, __u64 word)
{
	return (word & SLOT_OPEN) && h->ip.daddr == slot->local_ip && h->ip.saddr == slot->from_ip &&
		h->udp.source == slot->from_port && NET16(h->udp.len) == slot->udp_bytes && h->rtp.first == 0x80 &&
		(h->rtp.second & 0x7f) == slot->type && h->rtp.ssrc == NET32(slot->ssrc) &&
		NET16(h->rtp.seq) == (__u16)((word >> SLOT_SEQ) + 1);
}

static inline __attribute__((always_inline)) void note_time(struct inkernel_slot *slot, __u32 ts, __u64 now_ns)
{
	__u32 transit = (__u32)(now_ns / NS_A_SAMPLE) - ts, ahead = transit - slot->transit;
	__u32 step = ahead >> 31 ? -ahead : ahead;

	if (slot->transit_known && step <= JUMP)
		slot->jitter_q4 += step - ((slot->jitter_q4 + 8) >> 4);
	slot->transit = transit;
	slot->transit_known = 1;
}

/* --- what is laid down: the word comes last, so that nobody takes half a cell for a whole one */

static inline __attribute__((always_inline)) void lay_down(
	const struct __sk_buff *skb, const struct inkernel_slot *slot, __u64 word, __u64 now_ns)
{
	struct inkernel_reel *reel = reel_at(slot->reel - 1);
	__u32 bytes = slot->udp_bytes - sizeof(struct udphdr) - sizeof(struct rtp);

	if (!reel || !bytes || bytes > CELL_BYTES)
		return;
	struct inkernel_cell *cell = &reel->cells[(word >> SLOT_SEQ) % REEL_CELLS];
	cell->heard_ns = now_ns;
	if (!skb_load_bytes(skb, IP_AT + sizeof(struct heads), cell->sound, bytes))
		__sync_lock_test_and_set(&cell->word, word);
}

/* --- how */

static inline __attribute__((always_inline)) __u64 fold32(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	return (sum & 0xffffffff) + (sum >> 32);
}

static inline __attribute__((always_inline)) __u16 fold16(__u64 sum)
{
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)((sum & 0xffff) + (sum >> 16));
}

/* In the sum of a checksum: new in the place of old. */
static inline __attribute__((always_inline)) __u64 change(__u32 old, __u32 new)
{
	return (__u64)(__u32)~old + new;
}

static inline __attribute__((always_inline)) __u64 ip_readdress(struct iphdr *ip, const struct inkernel_slot *slot)
{
	__u64 addresses = change(ip->saddr, slot->out_ip) + change(ip->daddr, slot->to_ip);
	__u16 old[2] = {*(__u16 *)ip, *(__u16 *)&ip->ttl};

	ip->tos = SLOT_TOS;
	ip->ttl = SLOT_TTL;
	__u64 sum = addresses + (__u16)~ip->check + (__u16)~old[0] + *(__u16 *)ip + (__u16)~old[1] + *(__u16 *)&ip->ttl;
	ip->check = (__u16)~fold16(sum);
	ip->saddr = slot->out_ip;
	ip->daddr = slot->to_ip;
	return fold32(addresses);
}

static inline __attribute__((always_inline)) __u64 rewrite(struct heads *h, const struct inkernel_slot *slot)
{
	struct rtp *rtp = &h->rtp, old = *rtp;
	__u64 sum = (__u16)~h->udp.source + (__u64)slot->out_port + (__u16)~h->udp.dest + slot->to_port;

	h->udp.source = slot->out_port;
	h->udp.dest = slot->to_port;
	rtp->seq = NET16((__u16)(NET16(old.seq) + slot->seq_shift));
	rtp->ts = NET32(NET32(old.ts) + slot->ts_shift);
	rtp->ssrc = NET32(slot->ssrc_out);
	return fold32(sum + (__u16)~old.seq + rtp->seq + change(old.ts, rtp->ts) + change(old.ssrc, rtp->ssrc));
}

__attribute__((section("tc"), used)) int relay(struct __sk_buff *skb)
{
	struct heads *h = (void *)(long)skb->data + IP_AT;

	if (skb->protocol != NET16(ETH_P_IP) || skb->pkt_type != TO_US || skb->vlan_present || skb->gso_size)
		return PASS_ON;
	if ((void *)(h + 1) > (void *)(long)skb->data_end) {
		if (skb_pull_data(skb, IP_AT + sizeof(*h)))
			return PASS_ON;
		h = (void *)(long)skb->data + IP_AT;
		if ((void *)(h + 1) > (void *)(long)skb->data_end)
			return PASS_ON;
	}
	if (!plain_udp(skb, h))
		return PASS_ON;
	struct inkernel_slot *slot = slot_at(NET16(h->udp.dest)), copy;
	__u64 word = *(volatile __u64 *)&slot->word;
	asm volatile("" ::: "memory"); /* what is read now belongs to this word, or the exchange fails */
	copy = *slot;
	if (!wanted(&copy, h, word))
		return PASS_ON;
	__u32 ts = NET32(h->rtp.ts);
	__u64 next = (__u64)ts << SLOT_TS | (__u64)NET16(h->rtp.seq) << SLOT_SEQ | (word & 0xffff);
	if (__sync_val_compare_and_swap(&slot->word, word, next) != word)
		return PASS_ON;
	__u64 now_ns = ktime_get_ns();
	note_time(slot, ts, now_ns);
	if (copy.reel)
		lay_down(skb, &copy, next, now_ns);
	__u64 addresses = ip_readdress(&h->ip, &copy), rest = rewrite(h, &copy);
	__u32 at = UDP_AT + __builtin_offsetof(struct udphdr, check);
	l4_csum_replace(skb, at, 0, addresses, BPF_F_PSEUDO_HDR | BPF_F_MARK_MANGLED_0);
	l4_csum_replace(skb, at, 0, rest, BPF_F_MARK_MANGLED_0);
	return copy.ifindex ? redirect_neigh(copy.ifindex, 0, 0, 0) : TO_STACK;
}
