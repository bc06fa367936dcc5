/* inkernel.c - the only door to the relay in the kernel */
#include "media/inkernel.h"

#include "media/inkernel_slot.h"
#include "media/route.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define DEVICES_MAX 4
#define TCX_INGRESS ((enum bpf_attach_type)46) /* BPF_TCX_INGRESS of linux/bpf.h since 6.6 */
#define RELAYED 0   /* what the program answers */
#define REDIRECTED 7
#define TABLE_BYTES (SLOTS * sizeof(struct inkernel_slot))

static const uint64_t code[] = {
#include "media/inkernel_code.h"
};

struct device {
	unsigned index;
	int link;
};

struct inkernel {
	struct device devices[DEVICES_MAX];
	unsigned count, loopback;
	int program;
	struct inkernel_slot *slots;
	struct inkernel_reel *reels; /* NULL: none */
	uint32_t reel_count;
};

struct maps { /* of the program, which holds them */
	int slots, reels;
};

_Static_assert(sizeof(struct inkernel_slot) == 64, "a slot is a cache line");
_Static_assert(CELL_BYTES == INKERNEL_SOUND && REEL_CELLS == INKERNEL_BEHIND, "the face says what the program has");

/* --- into the kernel */

static int refuse(char why[INKERNEL_WHY], int err, const char *what)
{
	snprintf(why, INKERNEL_WHY, "%s: %s", what, strerror(-err));
	return err;
}

static void insn_aim(struct bpf_insn insn[2], uint64_t mark, uint8_t how, int map)
{
	if (insn[0].imm != (int32_t)mark || insn[1].imm != (int32_t)(mark >> 32))
		return;
	insn[0].src_reg = how & 15;
	insn[0].imm = map;
	insn[1].imm = 0;
}

/* The table's address and the map of reels, for which marks stand in the program (a load of 64 bits takes two instructions). */
static void code_aim(struct bpf_insn *insns, size_t count, const struct maps *maps)
{
	for (size_t i = 0; i + 1 < count; i++) {
		if (insns[i].code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		insn_aim(insns + i, SLOT_TABLE, BPF_PSEUDO_MAP_VALUE, maps->slots);
		insn_aim(insns + i, REEL_MAP, BPF_PSEUDO_MAP_FD, maps->reels);
		i++;
	}
}

static int program_load(struct inkernel *kernel, const struct maps *maps)
{
	struct bpf_insn insns[sizeof(code) / sizeof(code[0])];
	const size_t count = sizeof(code) / sizeof(code[0]);

	memcpy(insns, code, sizeof(code));
	code_aim(insns, count, maps);
	kernel->program = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "outdial_relay", "GPL", insns, count, NULL);
	return kernel->program < 0 ? kernel->program : 0;
}

/* An array that the program and we share: its descriptor or a negative errno. */
static int array_open(const char *name, size_t item_bytes, uint32_t count, void **memory)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, name, sizeof(uint32_t), (uint32_t)item_bytes, count, &options);

	if (map < 0)
		return map;
	void *shared = mmap(NULL, item_bytes * count, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	if (shared == MAP_FAILED) {
		int err = -errno;
		close(map);
		return err;
	}
	*memory = shared;
	return map;
}

/* The program wants the map, whether anybody wants reels or the kernel gives them or not. */
static int reels_open(struct inkernel *kernel, uint32_t count)
{
	void *memory;
	int map = count ? array_open("outdial_reels", sizeof(struct inkernel_reel), count, &memory) : -ENOENT;

	if (map >= 0) {
		kernel->reels = memory;
		kernel->reel_count = count;
		return map;
	}
	return bpf_map_create(BPF_MAP_TYPE_ARRAY, "outdial_reels", sizeof(uint32_t), sizeof(struct inkernel_reel), 1, NULL);
}

static int program_open(struct inkernel *kernel, uint32_t reels, char why[INKERNEL_WHY])
{
	void *slots;
	struct maps maps = {.slots = array_open("outdial_slots", TABLE_BYTES, 1, &slots)};

	if (maps.slots < 0)
		return refuse(why, maps.slots, "the kernel gives no table (CAP_BPF)");
	kernel->slots = slots;
	maps.reels = reels_open(kernel, reels);
	int err = maps.reels < 0 ? maps.reels : program_load(kernel, &maps);
	if (err)
		(void)refuse(why, err, "the kernel does not take the program (CAP_BPF, CAP_NET_ADMIN)");
	close(maps.slots); /* the program holds them */
	if (maps.reels >= 0)
		close(maps.reels);
	return err;
}

static bool device_has_heads(const char *name)
{
	struct ifreq request = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	int err = fd < 0 ? -1 : ioctl(fd, SIOCGIFHWADDR, &request);
	if (fd >= 0)
		close(fd);
	return !err && (request.ifr_hwaddr.sa_family == ARPHRD_ETHER || request.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK);
}

static int device_attach(struct inkernel *kernel, const char *name, char why[INKERNEL_WHY])
{
	char what[INKERNEL_WHY / 2];
	unsigned index = if_nametoindex(name);

	snprintf(what, sizeof(what), "device %s", name);
	if (!index)
		return refuse(why, -ENODEV, what);
	if (kernel->count == DEVICES_MAX)
		return refuse(why, -E2BIG, what);
	if (!device_has_heads(name))
		return refuse(why, -EPROTONOSUPPORT, what);
	int link = bpf_link_create(kernel->program, (int)index, TCX_INGRESS, NULL);
	if (link < 0) {
		snprintf(what, sizeof(what), "device %s takes no program (kernel 6.6 or later, CAP_NET_ADMIN)", name);
		return refuse(why, link, what);
	}
	kernel->devices[kernel->count++] = (struct device){index, link};
	return 0;
}

static int devices_attach(struct inkernel *kernel, const char *devices, char why[INKERNEL_WHY])
{
	char text[256], *rest = text;
	int err = 0;

	snprintf(text, sizeof(text), "%s", devices);
	for (char *name = strsep(&rest, " "); !err && name; name = strsep(&rest, " ")) {
		if (*name)
			err = device_attach(kernel, name, why);
	}
	return err;
}

int inkernel_open(struct inkernel **kernel, const char *devices, uint32_t reels, char why[INKERNEL_WHY])
{
	struct inkernel *k = calloc(1, sizeof(*k));

	*why = 0;
	if (!k)
		return refuse(why, -ENOMEM, "memory");
	k->program = -1;
	k->loopback = if_nametoindex("lo");
	int err = program_open(k, reels, why);
	if (!err)
		err = devices_attach(k, devices, why);
	if (err) {
		inkernel_close(k);
		return err;
	}
	*kernel = k;
	return 0;
}

void inkernel_close(struct inkernel *kernel)
{
	if (!kernel)
		return;
	for (unsigned i = 0; i < kernel->count; i++)
		close(kernel->devices[i].link);
	if (kernel->program >= 0)
		close(kernel->program);
	if (kernel->slots)
		munmap(kernel->slots, TABLE_BYTES);
	if (kernel->reels)
		munmap(kernel->reels, kernel->reel_count * sizeof(struct inkernel_reel));
	free(kernel);
}

uint32_t inkernel_reels(const struct inkernel *kernel)
{
	return kernel ? kernel->reel_count : 0;
}

/* --- where an end lies */

static bool device_served(const struct inkernel *kernel, unsigned ifindex)
{
	for (unsigned i = 0; i < kernel->count; i++) {
		if (kernel->devices[i].index == ifindex)
			return true;
	}
	return false;
}

/* What a local program sends comes in at the loopback device; between one here and one elsewhere the sockets serve. */
static int way_leave(const struct inkernel *kernel, const struct inkernel_way *way, uint32_t *ifindex)
{
	struct route from, to;
	int err = route_find(way->from.in4.sin_addr.s_addr, &from);

	if (!err)
		err = route_find(way->to.in4.sin_addr.s_addr, &to);
	if (err)
		return err;
	if (from.local != to.local || !device_served(kernel, from.local ? kernel->loopback : from.ifindex))
		return -EOPNOTSUPP;
	*ifindex = to.local ? 0 : to.ifindex;
	return 0;
}

/* --- ways */

static struct inkernel_slot *slot_of(const struct inkernel *kernel, uint16_t port)
{
	return &kernel->slots[port >> 1];
}

static void seen_fill(struct inkernel_seen *seen, const struct inkernel_slot *slot, uint64_t word)
{
	*seen = (struct inkernel_seen){
		.seq = (uint16_t)(word >> SLOT_SEQ),
		.ts = (uint32_t)(word >> SLOT_TS),
		.jitter_q4 = __atomic_load_n(&slot->jitter_q4, __ATOMIC_RELAXED),
	};
}

/* What an earlier way laid down is not to be taken for this one's. */
static void reel_wipe(struct inkernel_reel *reel)
{
	for (unsigned i = 0; i < REEL_CELLS; i++)
		reel->cells[i].word = 0;
}

int inkernel_begin(struct inkernel *kernel, const struct inkernel_way *way)
{
	struct inkernel_slot *slot = slot_of(kernel, addr_port(&way->local));
	uint32_t ifindex;

	if (way->from.sa.sa_family != AF_INET || way->to.sa.sa_family != AF_INET)
		return -EAFNOSUPPORT;
	if (way->reel > kernel->reel_count || (way->reel && way->payload_bytes > CELL_BYTES))
		return -EOPNOTSUPP;
	int err = way_leave(kernel, way, &ifindex);
	if (err)
		return err;
	if (way->reel)
		reel_wipe(&kernel->reels[way->reel - 1]);
	uint64_t turn = (slot->word + SLOT_TURN) & SLOT_TURNS;
	*slot = (struct inkernel_slot){
		.word = turn,
		.local_ip = way->local.in4.sin_addr.s_addr,
		.from_ip = way->from.in4.sin_addr.s_addr,
		.out_ip = way->out.in4.sin_addr.s_addr,
		.to_ip = way->to.in4.sin_addr.s_addr,
		.from_port = way->from.in4.sin_port,
		.out_port = way->out.in4.sin_port,
		.to_port = way->to.in4.sin_port,
		.udp_bytes = (uint16_t)(8 + 12 + way->payload_bytes),
		.ssrc = way->ssrc,
		.ssrc_out = way->ssrc_out,
		.ts_shift = way->ts_shift,
		.seq_shift = way->seq_shift,
		.type = way->type,
		.jitter_q4 = way->jitter_q4,
		.ifindex = ifindex,
		.reel = way->reel,
	};
	uint64_t word = (uint64_t)way->ts << SLOT_TS | (uint64_t)way->seq << SLOT_SEQ | turn | SLOT_OPEN;
	__atomic_store_n(&slot->word, word, __ATOMIC_RELEASE);
	return 0;
}

void inkernel_look(const struct inkernel *kernel, uint16_t port, struct inkernel_seen *seen)
{
	const struct inkernel_slot *slot = slot_of(kernel, port);

	seen_fill(seen, slot, __atomic_load_n(&slot->word, __ATOMIC_ACQUIRE));
}

void inkernel_end(struct inkernel *kernel, uint16_t port, struct inkernel_seen *seen)
{
	struct inkernel_slot *slot = slot_of(kernel, port);

	seen_fill(seen, slot, __atomic_fetch_and(&slot->word, ~(uint64_t)SLOT_OPEN, __ATOMIC_ACQ_REL));
}

static bool cell_overtaken(const struct inkernel_slot *slot, uint16_t seq)
{
	uint64_t newest = __atomic_load_n(&slot->word, __ATOMIC_ACQUIRE);

	return (uint16_t)((uint16_t)(newest >> SLOT_SEQ) - seq) >= REEL_CELLS;
}

int inkernel_sound(const struct inkernel *kernel, uint16_t port, uint16_t seq, struct inkernel_sound *out)
{
	const struct inkernel_slot *slot = slot_of(kernel, port);
	uint32_t mark = (uint32_t)seq << SLOT_SEQ | ((uint32_t)slot->word & SLOT_TURNS) | SLOT_OPEN;

	if (!slot->reel || cell_overtaken(slot, seq))
		return -ENODATA;
	const struct inkernel_cell *cell = &kernel->reels[slot->reel - 1].cells[seq % REEL_CELLS];
	uint64_t word = __atomic_load_n(&cell->word, __ATOMIC_ACQUIRE);
	if ((uint32_t)word != mark)
		return -EAGAIN;
	out->ts = (uint32_t)(word >> SLOT_TS);
	out->heard_us = (int64_t)(cell->heard_ns / 1000);
	memcpy(out->payload, cell->sound, sizeof(out->payload));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return cell_overtaken(slot, seq) ? -ENODATA : 0;
}

int inkernel_try(const struct inkernel *kernel, uint8_t *packet, size_t bytes)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = (uint32_t)bytes, .data_out = packet,
		.data_size_out = (uint32_t)bytes);
	int err = bpf_prog_test_run_opts(kernel->program, &options);

	if (err)
		return err;
	return options.retval == RELAYED ? 0 : options.retval == REDIRECTED ? 2 : 1;
}
