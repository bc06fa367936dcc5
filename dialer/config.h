/*
 * config.h - the engine's configuration file, DIR/outdial.conf
 *
 * What    One table of options (config.c) gives parser, defaults, `outdiald --check`, and the commented file that `outdial init`
 *         writes.
 * Format  INI: `[engine]` and `name = value` lines, `;` or `#` comments. Unknown sections, names and values out of range are
 *         errors with line.
 */
#ifndef OUTDIAL_DIALER_CONFIG_H
#define OUTDIAL_DIALER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct config {
	char sip_ip[46];   /* local address of SIP */
	int64_t sip_port;
	char rtp_ip[46];   /* local address of RTP */
	int64_t rtp_port_min, rtp_port_max;
	char realm[64];    /* digest realm of the seats */
	char seat_from[128]; /* addresses and networks that seats may call from (allow.h) */
	int64_t calls_max; /* legs to the called at once, over all trunks */
	int64_t seats_max;
	bool fifo;         /* ask for SCHED_FIFO */
	int64_t trying_ms; /* a trunk that says nothing for this long has failed the attempt */
	int64_t seat_lost_s; /* a seat without RTP for this long is lost */
	bool log_numbers;  /* show telephone numbers whole in the log */
	bool journal;      /* keep what every campaign's pacer is told, for outdial-replay */
	int64_t tls_port;  /* local port of SIP over TLS */
	char tls_certificate[128], tls_key[128]; /* files for connections to us; "none" */
	char dns[128];     /* "system", or servers as IP:PORT,IP:PORT */
	char log_level[8]; /* debug, info, warn, error */
	char kernel_relay[64]; /* devices, "none": no relay in the kernel */
	char recording_key[160]; /* file with the key of recordings at rest, "none": in the clear */
	int64_t silence_ms;    /* between packets of a long silence */
	int64_t media_workers; /* media threads; 0: one a core but one, at least one */
};

void config_defaults(struct config *config);
/* Parses a text; -ENOENT, ERR_SYNTAX or ERR_RANGE with "line 7: ..." in why (160 bytes). Starts from the defaults. */
int config_parse(const char *text, size_t length, struct config *out, char *why);
/* Reads DIR/outdial.conf; a missing file is the defaults. */
int config_read(const char *dir, struct config *out, char *why);
/* Can the files that it names be read, and is the recording key one? 0, or a sentence in why (160 bytes). */
int config_files(const struct config *config, char *why);
/*
 * Are there ports for as many calls and seats as are let in? If not, calls fail once they are taken: a sentence in why, which is
 * no error.
 */
#define CONFIG_WARNING_BYTES 320
bool config_roomy(const struct config *config, char why[CONFIG_WARNING_BYTES]);
/* The file with defaults, units and a sentence for each option. */
void config_print_default(FILE *out);

#endif
