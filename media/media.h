/*
 * media.h - the media plane: RTP streams, prompts, classification, bridges (face of the folder)
 *
 * What    Each leg of a call has one stream: a UDP port, a remote side, something to send (silence, prompts, the other stream's
 *         packets) and something that listens (DTMF, classification). Worker threads with a ring of their own do it all; the caller
 *         gives commands and takes events.
 * Path    socket -> source check / latch -> SRTP off -> RTP checks -> DTMF, classification, statistics -> peer's sequence,
 *         timestamp, SSRC, law -> SRTP on -> socket, within the same pass of the loop (far below one packet time).
 * Shape   streams are handles (uint64_t, 0 is none); prompts small integers (0 is silence). Commands are fixed-size structs
 *         in a bounded ring: they take effect in the order given, within about 1 ms.
 * Units   *_us microseconds since the epoch, *_ms milliseconds of audio. 8 kHz mono, 20 ms packets.
 * Errors  commands on a stale or closed stream are ignored. -EAGAIN from a command: the command ring is full, which is load.
 * Own     everything given is copied.
 * Thread  all functions: the one thread that called media_open(). Events are taken by the same thread.
 * Source  RFC 3550, 3551, 4733, 3711, 4568, 4961 (symmetric RTP); costs: docs/MEDIA.md.
 */
#ifndef OUTDIAL_MEDIA_MEDIA_H
#define OUTDIAL_MEDIA_MEDIA_H

#include "base/hist.h"
#include "media/amd/amd.h"
#include "media/uring.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct media;

#define MEDIA_WORKERS_MAX 16

/*
 * What is counted of packets that carry the time of their sending, for load tools (media_options.probe): silence that is sent bears it, and
 * whoever hears it counts. Both ends on one machine. Between them the sound must pass unchanged (one law); a recording or a classifier hears it
 * as noise.
 */
struct media_probe {
	uint64_t packets, lost, late; /* heard; missing; heard after a younger one (and then not missing) */
	struct hist delay_us;         /* from the sending to the arrival at this host's kernel */
	struct hist jitter_us;        /* how much longer or shorter that was than for the packet before (D of RFC 3550) */
	struct hist lost_run;         /* packets missing in a row, an entry each time */
};

struct media_options {
	char ip[46];               /* local address that the streams bind to */
	uint16_t port_min, port_max; /* RTP takes the even ports, RTCP the next odd one (or the same by rtcp-mux) */
	uint32_t streams_max;
	uint32_t workers;          /* threads; 0 = 1, at most MEDIA_WORKERS_MAX (ERR_RANGE) */
	bool fifo;                 /* ask for SCHED_FIFO; media_open still succeeds without, see media_counters.fifo */
	int64_t silent_us;         /* MEDIA_EV_SILENT after this long without a packet once latched; 0 = 30 s */
	uint32_t silence_ms;       /* a stream with nothing to say sends silence this often after the first 200 ms of it; 0 = 20: every packet */
	char record_dir[256];      /* spool of recordings, made when it is not there; empty: nothing can be recorded */
	char kernel_relay[64];     /* devices at which the kernel relays ordinary conversations ("eth0"), spaces between; empty: none */
	uint32_t kernel_workers;   /* threads when the kernel does relay, for it does so for streams of one; 0 = as many as without */
	struct media_probe *probe; /* NULL, or the caller's, zeroed: the worker writes it until media_close(). One worker only (ERR_RANGE) */
};

enum media_suite { MEDIA_SRTP_NONE, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_32 };

struct media_srtp {
	enum media_suite suite;
	uint8_t key[30]; /* master key 16 bytes, master salt 14 bytes (RFC 4568, 6.1) */
};

/* What the other side's description says. */
struct media_remote {
	char ip[46];
	uint16_t port, rtcp_port; /* rtcp_port 0: rtcp-mux on `port` */
	enum amd_law law;         /* what we send, and what its payload type means */
	uint8_t payload_type;     /* 0 or 8 */
	uint8_t dtmf_type;        /* RFC 4733 payload type, 0 when it has none */
	bool on_hold;             /* it does not want our audio: sendonly, inactive or 0.0.0.0 */
	struct media_srtp rx, tx; /* suite NONE on both: plain RTP */
};

struct media_stats {
	uint64_t rx_packets, tx_packets, rx_lost, rx_late, rx_malformed, rx_stranger, rx_srtp_failed;
	uint64_t rtcp_rx, rtcp_tx;
	uint32_t jitter_us, rtt_us; /* RFC 3550 interarrival jitter; round trip from RTCP, 0 when unknown */
	double remote_lost_prob;    /* fraction lost that the last report from the other side stated */
};

enum media_event_kind {
	MEDIA_EV_LATCHED, /* first valid packet from the remote side */
	MEDIA_EV_DTMF,    /* digit: 0-9 * # A-D, once a key press */
	MEDIA_EV_AMD,     /* amd: what the classifier said; at_us is amd.at_ms on our clock */
	MEDIA_EV_PLAYED,  /* all that was queued has been sent */
	MEDIA_EV_BRIDGED, /* the first packet of the peer went out on this stream since media_bridge() */
	MEDIA_EV_SILENT,  /* no packet for silent_us */
	MEDIA_EV_CLOSED,  /* the last word of a stream: stats */
	MEDIA_EV_REFUSED, /* packets are being dropped: refusal, from; once a stream for each refusal, the statistics count them all */
};

enum media_refusal {
	MEDIA_REFUSED_STRANGER, /* not from the source that is heard */
	MEDIA_REFUSED_GARBAGE,  /* no RTP or RTCP, or of a type that nobody described */
	MEDIA_REFUSED_SRTP,     /* does not open with the key, or was there before */
	MEDIA_REFUSALS
};

/* "stranger", "garbage", "srtp". */
const char *media_refusal_name(enum media_refusal refusal);

struct media_event {
	enum media_event_kind kind;
	uint64_t stream, cookie;
	int64_t at_us;
	char digit;
	struct amd_event amd;
	struct media_stats stats;
	struct amd_print print; /* of AMD_EV_PRINT */
	enum media_refusal refusal; /* of MEDIA_EV_REFUSED, and the sender: 192.0.2.1:5000 */
	char from[56];
};

struct media_counters { /* whole plane, readable at any time */
	uint32_t streams, workers;
	bool fifo; /* every worker has SCHED_FIFO */
	uint64_t rx_packets, tx_packets, dropped_events, late_ticks; /* late: a worker's pass began more than 20 ms late */
	uint64_t send_failed, recv_long; /* sends that the kernel refused at once; datagrams above 1,500 bytes */
	uint32_t lanes;  /* streams whose far end has a connected socket of its own */
	uint32_t direct; /* sockets that take no descriptor of the process */
	uint64_t records_begun, records_ended; /* recordings; ended: their file is whole (spool.h) */
	uint64_t records_refused;  /* for which there was no file or no room */
	uint64_t record_lost_ms;   /* sound, of either side, that the disk did not take in time */
	uint64_t relayed_away, relay_full; /* packets that went from one worker to another; dropped because that one stood still */
	uint64_t refused[MEDIA_REFUSALS];  /* packets dropped, by enum media_refusal */
	bool kernel;              /* kernel_relay was asked for, and the kernel does it */
	uint32_t carried;         /* streams whose packets it sends on now */
	uint64_t carried_packets; /* that it has sent on, within rx_packets and tx_packets */
	bool kernel_records;      /* of streams that are recorded or classified, too */
	uint64_t carried_missed;  /* of those, packets whose sound no recording has: a worker stood still for too long (0.6 s) */
};

int media_open(struct media **media, const struct media_options *options);
/* Why the kernel does not relay; empty when it does or was not asked to. Valid until media_close(). */
const char *media_kernel_why(const struct media *media);
/* Ends the workers and closes every stream without events. NULL is fine. */
void media_close(struct media *media);

/* Readable while events wait. */
int media_event_fd(const struct media *media);
/* Takes the oldest event; false when there is none (then the descriptor is quiet). */
bool media_take(struct media *media, struct media_event *event);

/*
 * Prompts: 8 or 16 kHz mono WAV of PCM16, A-law or u-law, at most 10 minutes; a tone; loaded once, used by number, never unloaded.
 * `why` (NULL or 160 bytes) gets a sentence. -ENOENT, ERR_SYNTAX, ERR_FULL (256 prompts).
 */
int media_prompt_load(struct media *media, const char *path, uint32_t *prompt, char *why);
/* A sine with 5 ms ramps at `dbm0` (for instance -20). */
int media_prompt_tone(struct media *media, uint32_t hz, uint32_t ms, int dbm0, uint32_t *prompt);
/* Length of a prompt, 0 for an unknown one. */
uint32_t media_prompt_ms(const struct media *media, uint32_t prompt);

/* Opens a stream on a free port pair: *stream, *port. It sends nothing until media_remote(). -EMFILE, -EADDRINUSE, ERR_FULL. */
int media_stream_open(struct media *media, uint64_t cookie, uint64_t *stream, uint16_t *port);
/* Where to send and what to expect; may be given again (early media, then answer, then re-INVITE). Starts sending silence. */
int media_remote(struct media *media, uint64_t stream, const struct media_remote *remote);
/* Appends to what the stream plays: a prompt or silence (prompt 0) of `ms` (0: the whole prompt; -1: again and again until replaced). */
int media_play(struct media *media, uint64_t stream, uint32_t prompt, int32_t ms);
/* Drops what is queued or playing. */
int media_play_stop(struct media *media, uint64_t stream);
/* Classification on: amd_init with these options from the next packet on; NULL: off. law is taken from the remote side. */
int media_classify(struct media *media, uint64_t stream, const struct amd_options *options);
/* What the stream's greeting was recognised as (media/amd/memory.h): amd_recall(), while classification is on. */
int media_recall(struct media *media, uint64_t stream, enum amd_verdict verdict);
/* Sends digits as RFC 4733 events, 100 ms each with 60 ms between. Ignored without dtmf_type. At most 16. */
int media_dtmf(struct media *media, uint64_t stream, const char *digits);
/*
 * Two streams, whoever's workers they are, hear each other, law converted, DTMF relayed, packets in the same pass (or the next, at
 * another worker); a prompt that plays goes on before the peer. Never refused: 0. When a command ring is full it is told with a
 * later call of media_take().
 */
int media_bridge(struct media *media, uint64_t a, uint64_t b);
/* The stream and its peer go back to silence. Never refused: 0. */
int media_unbridge(struct media *media, uint64_t stream);
/*
 * Records the stream in stereo from now on, in the spool's file ID.part, then ID.done: left what is heard, right what is sent, G.711 on one clock
 * that begins at start_us. Digits of RFC 4733 are in neither side. It ends with the stream. After media_remote(); once a stream. -EAGAIN.
 */
int media_record(struct media *media, uint64_t stream, uint64_t id, int64_t start_us);
/*
 * From at_us on nothing is kept, or something again; at_us is now or a moment ago (150 ms). -EAGAIN: not yet, say it again at once with the same at_us.
 * Twice is as once.
 */
int media_record_pause(struct media *media, uint64_t stream, bool paused, int64_t at_us);
/* RTCP BYE, closes the port; MEDIA_EV_CLOSED follows. The handle is stale for commands from now on. Never refused: 0. */
int media_stream_close(struct media *media, uint64_t stream);

/* A fresh random key for SDES. ERR_CRYPTO. */
int media_srtp_key(struct media_srtp *srtp, enum media_suite suite);

void media_counters(const struct media *media, struct media_counters *out);

#endif
