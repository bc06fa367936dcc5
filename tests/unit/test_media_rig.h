/*
 * test_media_rig.h - a media plane between two far ends on loopback, in real time: for test_media_loop.c and test_media_kernel.c
 *
 * Each far end checks of every packet that comes the SSRC and that time never goes back, and counts holes in the numbers.
 */
#ifndef OUTDIAL_TESTS_UNIT_TEST_MEDIA_RIG_H
#define OUTDIAL_TESTS_UNIT_TEST_MEDIA_RIG_H

#include "base/clock.h"
#include "media/dtmf.h"
#include "media/media.h"
#include "media/rtcp.h"
#include "media/rtp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 256
#define PACKETS 2000
#define SOON 2000 /* turns of 5 ms, at most: a busy machine makes it later, not wrong */

/* The far end of a leg: a socket, what it sends and what it has got. */
struct far {
	int fd, rtcp_fd;
	uint16_t port;
	uint16_t to;
	struct rtp_header next;
	uint8_t fill; /* each sample that it sends */
	bool sends;

	int got, holes, markers, events, byes, reports;
	struct rtp_header first, last;
	uint8_t sample[PACKETS]; /* first sample of each audio packet */
	uint32_t ts[PACKETS];    /* of each packet */
	int audio;
	uint8_t event_code;
};

struct rig {
	struct media *media;
	struct media_event events[EVENTS];
	int count;
	struct far far[2];
};

/* Of the rigs that are opened. */
static uint32_t rig_workers = 1;
static uint32_t rig_silence_ms;
static const char *rig_devices = ""; /* of a relay in the kernel */
static const char *rig_spool = "";   /* of recordings */

static inline uint16_t port_base(void)
{
	return (uint16_t)(20000 + getpid() % 50 * 200);
}

static inline int far_socket(uint16_t *port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(addr);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &length), 0);
	*port = ntohs(addr.sin_port);
	return fd;
}

static inline void send_to(int fd, uint16_t port, const void *data, size_t bytes)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};

	(void)sendto(fd, data, bytes, 0, (struct sockaddr *)&addr, sizeof(addr));
}

static inline void far_send(struct far *far, const uint8_t *payload, size_t bytes)
{
	uint8_t packet[RTP_HEAD + 480];

	rtp_build(packet, &far->next);
	memcpy(packet + RTP_HEAD, payload, bytes);
	send_to(far->fd, far->to, packet, RTP_HEAD + bytes);
	far->next.seq++;
}

static inline void far_send_audio(struct far *far)
{
	uint8_t payload[160];

	memset(payload, far->fill, sizeof(payload));
	far_send(far, payload, sizeof(payload));
	far->next.ts += 160;
}

static inline void far_note(struct far *far, const uint8_t *packet, size_t bytes)
{
	struct rtp_header in;

	assert_int_equal(rtp_parse(packet, bytes, &in), 0);
	if (far->got) {
		assert_int_equal(in.ssrc, far->last.ssrc);
		far->holes += in.seq != (uint16_t)(far->last.seq + 1);
		assert_true((int32_t)(in.ts - far->last.ts) >= 0);
	} else {
		far->first = in;
	}
	far->last = in;
	if (far->got < PACKETS)
		far->ts[far->got] = in.ts;
	far->got++;
	far->markers += in.marker;
	if (in.payload_bytes == 160 && far->audio < PACKETS)
		far->sample[far->audio++] = packet[in.payload_at + 80];
	if (in.payload_bytes == DTMF_BYTES) {
		far->events++;
		far->event_code = packet[in.payload_at];
	}
}

static inline void far_receive(struct far *far)
{
	uint8_t packet[2048];
	struct rtcp_seen seen;
	ssize_t n;

	while ((n = recv(far->fd, packet, sizeof(packet), 0)) > 0)
		far_note(far, packet, (size_t)n);
	while ((n = recv(far->rtcp_fd, packet, sizeof(packet), 0)) > 0) {
		assert_int_equal(rtcp_parse(packet, (size_t)n, 0, &seen), 0);
		far->reports += seen.has_report;
		far->byes += seen.bye;
	}
}

static inline void far_init(struct far *far, uint32_t ssrc, uint8_t type, uint8_t fill)
{
	uint16_t rtcp_port;

	*far = (struct far){.fill = fill, .next = {.type = type, .seq = 65530, .ts = 0xffffff00, .ssrc = ssrc}};
	far->fd = far_socket(&far->port);
	far->rtcp_fd = far_socket(&rtcp_port);
}

static inline uint16_t far_rtcp_port(const struct far *far)
{
	struct sockaddr_in addr;
	socklen_t length = sizeof(addr);

	assert_int_equal(getsockname(far->rtcp_fd, (struct sockaddr *)&addr, &length), 0);
	return ntohs(addr.sin_port);
}

/* --- time */

static inline void rig_take(struct rig *rig)
{
	while (rig->count < EVENTS && media_take(rig->media, &rig->events[rig->count]))
		rig->count++;
}

static inline void rig_run(struct rig *rig, int ms)
{
	int64_t end_us = clock_us() + ms * MS_US, next_us = clock_us();

	while (clock_us() < end_us) {
		if (clock_us() >= next_us) {
			for (int i = 0; i < 2; i++) {
				if (rig->far[i].sends)
					far_send_audio(&rig->far[i]);
			}
			next_us += 20 * MS_US;
		}
		struct pollfd fds[] = {{.fd = media_event_fd(rig->media), .events = POLLIN},
			{.fd = rig->far[0].fd, .events = POLLIN}, {.fd = rig->far[1].fd, .events = POLLIN}};
		(void)poll(fds, 3, 1);
		rig_take(rig);
		far_receive(&rig->far[0]);
		far_receive(&rig->far[1]);
	}
}

static inline int rig_seen(const struct rig *rig, uint64_t stream, enum media_event_kind kind)
{
	int n = 0;

	for (int i = 0; i < rig->count; i++)
		n += rig->events[i].stream == stream && rig->events[i].kind == kind;
	return n;
}

static inline const struct media_event *rig_last(const struct rig *rig, uint64_t stream, enum media_event_kind kind)
{
	for (int i = rig->count - 1; i >= 0; i--) {
		if (rig->events[i].stream == stream && rig->events[i].kind == kind)
			return &rig->events[i];
	}
	return NULL;
}

/* Until the event is there. */
static inline const struct media_event *rig_wait(struct rig *rig, uint64_t stream, enum media_event_kind kind)
{
	for (int i = 0; i < SOON && !rig_last(rig, stream, kind); i++)
		rig_run(rig, 5);
	const struct media_event *event = rig_last(rig, stream, kind);
	assert_non_null(event);
	return event;
}

/* Runs until the condition holds. */
#define RIG_UNTIL(rig, condition)                                                                                                \
	do {                                                                                                                     \
		for (int turn = 0; turn < SOON && !(condition); turn++)                                                           \
			rig_run(rig, 5);                                                                                         \
		assert_true(condition);                                                                                          \
	} while (0)

static inline void rig_open_silent(struct rig *rig, int64_t silent_us)
{
	struct media_options options = {.ip = "127.0.0.1", .port_min = port_base(), .port_max = (uint16_t)(port_base() + 199),
		.streams_max = 8, .workers = rig_workers, .silent_us = silent_us, .silence_ms = rig_silence_ms};

	snprintf(options.kernel_relay, sizeof(options.kernel_relay), "%s", rig_devices);
	snprintf(options.record_dir, sizeof(options.record_dir), "%s", rig_spool);
	memset(rig, 0, sizeof(*rig));
	assert_int_equal(media_open(&rig->media, &options), 0);
	far_init(&rig->far[0], 0x1111, 0, 0x20);
	far_init(&rig->far[1], 0x2222, 8, 0x30);
}

static inline void rig_open(struct rig *rig)
{
	rig_open_silent(rig, 0);
}

static inline void rig_close(struct rig *rig)
{
	media_close(rig->media);
	for (int i = 0; i < 2; i++) {
		close(rig->far[i].fd);
		close(rig->far[i].rtcp_fd);
	}
}

static inline struct media_counters rig_counters(const struct rig *rig)
{
	struct media_counters counters;

	media_counters(rig->media, &counters);
	return counters;
}

static inline struct media_remote remote_of(uint16_t port, enum amd_law law, uint8_t dtmf_type)
{
	struct media_remote remote = {
		.ip = "127.0.0.1", .port = port, .law = law, .payload_type = law == AMD_ALAW ? 8 : 0, .dtmf_type = dtmf_type};

	return remote;
}

static inline void rig_stream(struct rig *rig, int i, uint64_t *stream)
{
	struct far *far = &rig->far[i];
	struct media_remote remote = remote_of(far->port, i ? AMD_ALAW : AMD_ULAW, i ? 96 : 101);

	remote.rtcp_port = far_rtcp_port(far);
	assert_int_equal(media_stream_open(rig->media, 100 + (uint64_t)i, stream, &far->to), 0);
	assert_int_equal(far->to % 2, 0);
	assert_int_equal(media_remote(rig->media, *stream, &remote), 0);
}

static inline int count_sample(const struct far *far, uint8_t sample)
{
	int n = 0;

	for (int i = 0; i < far->audio; i++)
		n += far->sample[i] == sample;
	return n;
}

/* The last so many audio packets. */
static inline bool silent_for(const struct far *far, uint8_t silence, int packets)
{
	for (int i = far->audio - packets; i < far->audio; i++)
		if (i < 0 || far->sample[i] != silence)
			return false;
	return true;
}

static inline void far_press(struct far *far, uint8_t type, uint8_t code)
{
	uint8_t payload[DTMF_BYTES];
	uint8_t audio = far->next.type;

	far->next.type = type;
	for (int i = 1; i <= 5; i++) {
		struct dtmf_event event = {.code = code, .end = i > 2, .volume = 10, .duration = (uint16_t)(160 * i)};
		dtmf_build(payload, &event);
		far_send(far, payload, sizeof(payload));
	}
	far->next.type = audio;
	far->next.ts += 800;
}

#endif
