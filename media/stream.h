/*
 * stream.h - one leg's media, and the worker that owns it (inside of media/; nobody else includes it)
 *
 * What    struct stream is all that a leg has: sockets, latch, what came in, what goes out, classification, SRTP. struct worker
 * is the thread that owns the streams. The work is split by subject: hear.c takes packets in, talk.c sends, listen.c classifies,
 *         report.c speaks RTCP, stream.c is the life of a stream, worker.c the loop.
 * Own     streams lie in one array for the life of the plane; a slot is re-used only after MEDIA_EV_CLOSED was taken.
 * Thread  the worker's, except command and event rings.
 */
#ifndef OUTDIAL_MEDIA_STREAM_H
#define OUTDIAL_MEDIA_STREAM_H

#include "base/prng.h"
#include "base/spsc.h"
#include "media/crypt.h"
#include "media/dtmf.h"
#include "media/latch.h"
#include "media/media.h"
#include "media/probe.h"
#include "media/prompt.h"
#include "media/rtp.h"
#include "media/splice.h"
#include "media/tape.h"

#include <pthread.h>
#include <stdatomic.h>

#define FRAME_US 20000
#define FRAME_SLOTS 20 /* a stream that is aimed has its turn in one millisecond of each 20 */
#define PLAY_MAX 16    /* items in a stream's queue */
#define CATCH_UP_MS 40 /* what a late worker makes up for; beyond, time is skipped */

enum command_kind {
	COMMAND_OPEN,
	COMMAND_REMOTE,
	COMMAND_PLAY,
	COMMAND_PLAY_STOP,
	COMMAND_CLASSIFY,
	COMMAND_RECALL,
	COMMAND_DTMF,
	COMMAND_BRIDGE,
	COMMAND_UNBRIDGE,
	COMMAND_CLOSE,
	COMMAND_RECORD,
	COMMAND_RECORD_PAUSE,
};

struct command {
	enum command_kind kind;
	uint64_t stream;
	union {
		struct {
			uint64_t cookie;
			int fd, rtcp_fd;
		} open;
		struct media_remote remote;
		struct {
			uint32_t prompt;
			int32_t ms;
		} play;
		struct {
			bool on;
			struct amd_options options;
		} classify;
		char digits[DTMF_DIGITS_MAX + 1];
		uint64_t peer;
		enum amd_verdict verdict;
		struct {
			uint64_t id;
			int64_t at_us; /* of the answer; of the pause or its end */
			bool paused;
		} record;
	};
};

struct play_item {
	uint32_t prompt, frame;
	int64_t left; /* frames; -1: until replaced */
};

struct talk {
	struct splice splice;
	struct play_item queue[PLAY_MAX];
	unsigned queued;
	struct dtmf_tx dtmf;
	uint32_t silent;       /* frames of silence in a row, sent or left out */
	int64_t relayed_us;    /* last packet of the peer */
	uint64_t octets, told; /* sent so far; packets sent when the last report left */
	bool bridged_told;
	bool carried; /* the kernel sends the peer's packets (carry.c) */
};

struct listen {
	bool on, anchored, ts_known;
	enum amd_law law;
	int64_t anchor_us, heard_us; /* time of audio position 0; last packet */
	uint32_t ts_next;
	unsigned made_up; /* empty frames fed since the last packet because time went by */
	unsigned cut;
	uint8_t frame[AMD_FRAME];
	struct amd amd;
};

struct report {
	int64_t due_us;
	uint32_t lsr; /* middle of the last SR's NTP time, and when it came */
	int64_t lsr_us;
	uint16_t port; /* where RTCP came from, when not the described port */
};

struct lane { /* a socket connected to the latched source (lane.c) */
	bool open, ending, refused;
	int fd;
	union addr peer;
	struct uring_recv recv;
};

/* A packet that was heard, for the peer of its stream (relay.c). */
enum relay_kind { RELAY_AUDIO, RELAY_EVENT, RELAY_NONE }; /* NONE: its number is to be closed up */

struct relay {
	uint64_t from, to;
	enum relay_kind kind;
	enum rtp_arrival arrival;
	enum amd_law law; /* of audio */
	struct rtp_header in;
};

#define KEPT_BYTES 240

struct kept { /* the newest audio that nobody has heard yet, for a bridge that comes within a packet's time */
	int64_t us; /* when it was heard; 0 none */
	struct relay what;
	uint8_t payload[KEPT_BYTES];
};

struct carry { /* carry.c */
	bool on, refused; /* its packets are sent on by the kernel; which is not to be asked again */
	bool laid;            /* their sound is laid down for us besides; taken up to this number: */
	uint16_t laid_seq;
	uint8_t type, vain;   /* of the last packet; times in a row that the kernel then sent none */
	uint16_t bytes, calm; /* of the last payload; ordinary packets in a row, like each other */
	uint16_t begun;       /* number of the last packet before */
};

struct worker;

struct stream {
	uint64_t handle, cookie;
	struct worker *worker;
	struct stream *next, **link; /* in worker.turns[]; NULL: it has none */
	uint8_t turn;
	uint64_t peer; /* whose packets it sends, and who sends its own; 0 none. It may be another worker's */
	bool closing, remote_known, silent_told, closed_told, rtcp_unwanted;
	bool shared; /* a lane may join the port */
	uint8_t refusals_told; /* bit: enum media_refusal */
	int fd, rtcp_fd;
	struct uring_recv rtp_recv, rtcp_recv;
	struct media_remote remote;
	struct latch latch;
	struct carry carry;
	struct rtp_source source;
	struct dtmf_rx dtmf;
	int64_t heard_us;
	struct crypt *rx, *tx;
	struct talk talk;
	struct report report;
	struct media_stats stats;
	union addr local; /* of fd */
	struct lane lane;
	struct kept said;  /* what it heard without a peer */
	struct kept early; /* from another worker, which was told of the bridge first */
	struct tape tape; /* off: not recorded */
	bool tape_owed;   /* the recorder has not taken its end yet: */
	uint64_t tape_pairs;
	struct probe probe; /* of a plane that measures */
	struct listen listen;
};

/*
 * A stream belongs to one worker for its life, and the handle says to which: place in the worker's array = index / workers,
 * worker = index % workers. 0 and stale handles lead to a place where another handle stands, or to none.
 */
static inline uint32_t handle_worker(uint64_t handle, uint32_t workers)
{
	return ((uint32_t)handle - 1) % workers;
}

static inline uint32_t handle_place(uint64_t handle, uint32_t workers)
{
	return ((uint32_t)handle - 1) / workers;
}

struct worker {
	struct uring *uring;
	uint32_t number, workers;
	struct worker *crew;   /* all workers; of another one only its relays[number] is touched */
	struct spsc *relays;   /* from each worker: packets for streams of ours */
	struct stream *streams;
	uint32_t streams_max;
	struct stream *turns[FRAME_SLOTS];
	uint32_t turn_counts[FRAME_SLOTS], turning; /* streams in each, and in all */
	const struct prompts *prompts;
	struct media_probe *probe;   /* NULL: nothing is measured */
	uint32_t silence_frames; /* one of so many is sent in a long silence */
	struct record_lane *records; /* NULL: nothing is recorded */
	struct inkernel *kernel;     /* NULL: all packets go through sockets */
	struct prng prng;
	char cname[32];
	int64_t now_us;  /* of this pass */
	int64_t turn_us; /* nominal time of the millisecond whose turn it is */
	int64_t turn_ms, silent_us;
	int64_t awake_us; /* end of the last stall, in which nobody could be heard */
	bool fifo_wanted, woken;
	int event_fd;
	int rouse_fd; /* wakes this worker while `resting` */
	struct uring_op rouse_op;

	pthread_t thread;
	struct spsc commands, events;
	atomic_bool stop, fifo, resting;
	_Atomic uint64_t rx_packets, tx_packets, dropped_events, late_ticks, send_failed, recv_long, lanes, direct, relayed_away, relay_full;
	_Atomic uint64_t carried, carried_packets, carried_missed;
	_Atomic uint64_t refused[MEDIA_REFUSALS];
};

/* --- worker.c */
/* The thread; answers once the ring stands (*err) by posting `ready`. */
struct worker_start {
	struct worker *worker;
	void *ready; /* sem_t */
	int err;
};
void *worker_main(void *start);
/* After something was put into one of its rings, or `stop` was set: a worker that rests looks at once. Any thread. */
void worker_rouse(struct worker *worker);
struct stream *worker_stream(struct worker *worker, uint64_t handle);
/* Fills stream, cookie and, unless given, the time. False when the ring is full. */
bool worker_tell(struct worker *worker, const struct stream *stream, struct media_event *event);
void worker_tell_kind(struct worker *worker, const struct stream *stream, enum media_event_kind kind);
static inline void worker_add(_Atomic uint64_t *counter, uint64_t n) /* one writer: no locked instruction */
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n, memory_order_relaxed);
}

/* --- stream.c */
void stream_open(struct worker *worker, const struct command *command);
void stream_remote(struct stream *stream, const struct media_remote *remote);
void stream_close(struct stream *stream);
/* Each 20 ms. */
void stream_turn(struct stream *stream);
/* A receive of this stream has ended. */
void stream_recv_ended(struct stream *stream, struct uring_recv *recv, int err);
/* Worker's end: descriptors and contexts, without a word. The ring is gone. */
void stream_drop(struct stream *stream);
void stream_stats(struct stream *stream, struct media_stats *out);

/* --- lane.c */
/* Each 20 ms: opens and closes it as the latch wants. */
void lane_turn(struct stream *stream);
/* Its receive may end later: stream_recv_ended(). */
void lane_close(struct stream *stream);

/* --- hear.c */
void hear_rtp(void *stream, int bytes, uint8_t *data, const struct sockaddr *from);
void hear_rtcp(void *stream, int bytes, uint8_t *data, const struct sockaddr *from);

/* --- talk.c */
void talk_start(struct stream *stream);
void talk_turn(struct stream *stream);
void talk_play(struct stream *stream, uint32_t prompt, int32_t ms);
void talk_stop(struct stream *stream);
/* Each side is told, on its own worker; two streams of one worker by one call. */
void talk_bridge(struct stream *stream, uint64_t peer);
void talk_unbridge(struct stream *stream);
/* A packet of the peer goes out. */
void talk_relay(struct stream *stream, const struct relay *what, const uint8_t *payload);

/* --- relay.c */
#define RELAY_WAITING 1024 /* packets from one worker to another that may wait: 10 ms of a busy core */
int relay_init(struct worker *worker);
void relay_fini(struct worker *worker);
/* Hands a packet to the peer, here or at its worker; from, to and payload are taken as they are. Without a peer audio is kept. */
void relay_packet(struct stream *from, struct relay *what, const uint8_t *payload);
/* A bridge has been made: what was kept on either side, not longer ago than a packet lasts, is heard now. */
void relay_begin(struct stream *stream);
/* What other workers have for our streams. */
void relay_take(struct worker *worker);
bool relay_waiting(const struct worker *worker);

/* --- carry.c */
/* Each 20 ms, before anything is sent or reported: takes over what the kernel did, begins and ends. */
void carry_turn(struct stream *stream);
/* A packet of this stream came to the socket; plain: audio, the next in order. */
void carry_note(struct stream *stream, const struct rtp_header *in, bool plain);
/* The kernel sends no more of what this stream hears; of that and of what it is sent. Whatever is known of the two is true again. */
void carry_stop(struct stream *stream);
void carry_end(struct stream *stream);
/* The decision, pure: what `from` hears may be left to the kernel, `to` being its peer. */
bool carry_may(const struct stream *from, const struct stream *to);

/* --- record.c */
void record_start(struct stream *stream, uint64_t id, int64_t start_us);
void record_pause(struct stream *stream, bool paused, int64_t at_us);
/* False: the recorder's ring is full, ask again. */
bool record_end(struct stream *stream);

/* --- listen.c */
void listen_start(struct stream *stream, const struct amd_options *options);
void listen_recall(struct stream *stream, enum amd_verdict verdict);
void listen_packet(struct stream *stream, const uint8_t *payload, size_t bytes, enum amd_law law, uint32_t ts);
/* A packet of so much sound is not to be had. */
void listen_miss(struct stream *stream, size_t bytes);
void listen_turn(struct stream *stream);

/* --- report.c */
void report_turn(struct stream *stream);
void report_send(struct stream *stream, bool bye);
/* ERR_SYNTAX. */
int report_heard(struct stream *stream, const uint8_t *packet, size_t bytes);
/* Schedules the next report. */
void report_plan(struct stream *stream);

#endif
