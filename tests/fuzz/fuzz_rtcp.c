/* fuzz_rtcp.c - RTCP compounds: what is understood can be built again and says the same */
#include "media/rtcp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t packet[RTCP_BYTES_MAX];
	struct rtcp_seen seen, again;

	if (rtcp_parse(data, size, 0x11223344, &seen))
		return 0;
	(void)rtcp_rtt_us(&seen.report.block, INT64_C(1790000000000000));
	if (!seen.has_report)
		return 0;
	size_t bytes = rtcp_build(packet, &seen.report, "fuzz@outdial", seen.bye);
	if (bytes > sizeof(packet) || rtcp_parse(packet, bytes, 0x11223344, &again))
		abort();
	if (again.report.ssrc != seen.report.ssrc || again.report.has_block != seen.report.has_block || again.bye != seen.bye ||
		again.report.block.lost != seen.report.block.lost || again.report.ntp != seen.report.ntp)
		abort();
	return 0;
}
