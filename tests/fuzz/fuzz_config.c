/* fuzz_config.c - any bytes as a configuration file: never a crash, a sentence for each refusal, ranges hold for each acceptance
 */
#include "dialer/config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config;
	char why[160];

	config_defaults(&config);
	if (config_parse((const char *)data, size, &config, why)) {
		if (!*why || strlen(why) >= sizeof(why))
			abort();
		return 0;
	}
	if (config.sip_port < 1 || config.sip_port > 65535 || config.rtp_port_min >= config.rtp_port_max ||
		config.calls_max < 1 || config.calls_max > 20000 || !*config.realm || !*config.sip_ip ||
		!memchr(config.log_level, 0, sizeof(config.log_level)))
		abort();
	return 0;
}
