/* probe.c - marks in silence */
#include "media/probe.h"

#include <string.h>

struct mark {
	char magic[8];
	int64_t sent_us;
	uint32_t sender;
	uint16_t number, spare;
};

_Static_assert(sizeof(struct mark) == PROBE_BYTES, "no holes: it is copied as it is, both ends are one machine");

static const char magic[8] = "outdial?";

void probe_mark(struct probe *probe, uint8_t *payload, int64_t wall_us)
{
	struct mark mark = {.sent_us = wall_us, .sender = probe->self, .number = probe->next++};

	memcpy(mark.magic, magic, sizeof(magic));
	memcpy(payload, &mark, sizeof(mark));
}

static void probe_delay(struct probe *probe, int64_t transit_us, struct media_probe *heard)
{
	int64_t longer_us = transit_us - probe->transit_us;

	hist_note(&heard->delay_us, transit_us);
	if (probe->transit_known)
		hist_note(&heard->jitter_us, longer_us < 0 ? -longer_us : longer_us);
	probe->transit_us = transit_us;
	probe->transit_known = true;
}

void probe_hear(struct probe *probe, const uint8_t *payload, size_t bytes, int64_t arrival_us, struct media_probe *heard)
{
	struct mark mark;

	if (bytes < sizeof(mark) || memcmp(payload, magic, sizeof(magic)) != 0)
		return;
	memcpy(&mark, payload, sizeof(mark));
	struct rtp_header header = {.seq = mark.number, .ssrc = mark.sender};
	enum rtp_arrival arrival = rtp_note(&probe->source, &header);
	if (arrival == RTP_DUPLICATE || arrival == RTP_SUSPECT)
		return;
	if (arrival == RTP_RESTART)
		probe->transit_known = false;
	heard->packets++;
	heard->late += arrival == RTP_LATE;
	heard->lost += probe->source.gap;
	heard->lost -= arrival == RTP_LATE && heard->lost;
	if (probe->source.gap)
		hist_note(&heard->lost_run, probe->source.gap);
	probe_delay(probe, arrival_us - mark.sent_us, heard);
}
