/*
 * config.c - the engine's options as one table (the only door to libinih)
 *
 * What    config_table is the truth: the parser, the defaults, the checks and the file that `outdial init` writes are loops over
 * it. Limits  64 KiB of text, lines of at most 190 bytes; a byte 0 is refused. Each option may stand once.
 */
#include "dialer/config.h"

#include "base/err.h"
#include "base/text.h"
#include "dialer/allow.h"
#include "dialer/pem.h"
#include "media/media.h"
#include "media/ports.h"
#include "media/vault.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <string.h>

#define CONFIG_WHY_BYTES 160
#define CONFIG_TEXT_BYTES 65536
/* libinih splits longer lines silently (its buffer has 200 bytes, line end included): the reader refuses them before it can. */
#define CONFIG_LINE_BYTES 190

enum config_type { CONFIG_IP, CONFIG_TEXT, CONFIG_NUMBER, CONFIG_BOOL, CONFIG_LEVEL, CONFIG_NETS, CONFIG_SERVERS };

struct config_option {
	const char *name;
	enum config_type type;
	size_t offset;
	int64_t min, max; /* of a number; of a text: its length in bytes */
	const char *fallback, *unit, *sentence;
};

#define AT(member) offsetof(struct config, member)
static const struct config_option config_table[] = {
	{"sip_ip", CONFIG_IP, AT(sip_ip), 0, 0, "127.0.0.1", "", "Local address of SIP, towards trunks and seats."},
	{"sip_port", CONFIG_NUMBER, AT(sip_port), 1, 65535, "5060", "", "Local port of SIP, UDP and TCP."},
	{"tls_port", CONFIG_NUMBER, AT(tls_port), 0, 65535, "0", "",
		"Local port of SIP over TLS; 0: any. 5061 if carriers open connections to us."},
	{"tls_certificate", CONFIG_TEXT, AT(tls_certificate), 1, sizeof(((struct config *)0)->tls_certificate) - 1, "none", "",
		"PEM file with the certificate (and its chain) for TLS connections that carriers open to us; none refuses them."},
	{"tls_key", CONFIG_TEXT, AT(tls_key), 1, sizeof(((struct config *)0)->tls_key) - 1, "none", "", "Its key, a PEM file."},
	{"dns", CONFIG_SERVERS, AT(dns), 1, sizeof(((struct config *)0)->dns) - 1, "system", "",
		"Who resolves the names of gateways: system, or IP:PORT,IP:PORT."},
	{"rtp_ip", CONFIG_IP, AT(rtp_ip), 0, 0, "127.0.0.1", "", "Local address of RTP."},
	{"rtp_port_min", CONFIG_NUMBER, AT(rtp_port_min), 1024, 65534, "16384", "",
		"First port of RTP and RTCP: two ports a leg."},
	{"rtp_port_max", CONFIG_NUMBER, AT(rtp_port_max), 1025, 65535, "32767", "", "Last port of RTP and RTCP."},
	{"realm", CONFIG_TEXT, AT(realm), 1, sizeof(((struct config *)0)->realm) - 1, "outdial", "",
		"Realm of the seats' passwords. After a change every seat needs its password again (seat set)."},
	{"seat_from", CONFIG_NETS, AT(seat_from), 1, sizeof(((struct config *)0)->seat_from) - 1, "any", "",
		"Addresses and networks that seats may call from, comma separated, or any. Trunks are let in by their own "
		"lists."},
	{"calls_max", CONFIG_NUMBER, AT(calls_max), 1, 20000, "500", "calls", "Calls to the called at once, over all trunks."},
	{"seats_max", CONFIG_NUMBER, AT(seats_max), 1, 5000, "200", "seats", "Seats logged in at once."},
	{"media_workers", CONFIG_NUMBER, AT(media_workers), 0, MEDIA_WORKERS_MAX, "0", "threads",
		"Media threads; 0 is one a core but one, at least one."},
	{"silence_ms", CONFIG_NUMBER, AT(silence_ms), 20, 2000, "200", "milliseconds",
		"How often a leg with nothing to say sends a packet of silence, after 200 ms in which it sends each; 20: always "
		"each."},
	{"fifo", CONFIG_BOOL, AT(fifo), 0, 0, "yes", "",
		"Ask for real-time scheduling of the media threads; without the right to it (CAP_SYS_NICE) the log says so."},
	{"kernel_relay", CONFIG_TEXT, AT(kernel_relay), 1, sizeof(((struct config *)0)->kernel_relay) - 1, "none", "",
		"Network devices, spaces between, at which the kernel relays ordinary talk by itself (docs/MEDIA.md); none: all "
		"goes "
		"through sockets."},
	{"trying_ms", CONFIG_NUMBER, AT(trying_ms), 500, 32000, "5000", "milliseconds",
		"A trunk that says nothing for this long after an INVITE has failed the attempt."},
	{"seat_lost_s", CONFIG_NUMBER, AT(seat_lost_s), 2, 300, "10", "seconds",
		"A seat that sends no RTP for this long is lost."},
	{"journal", CONFIG_BOOL, AT(journal), 0, 0, "no", "",
		"Keep everything that the pacing is told and decides in DIR/journal, at most 256 MiB a campaign, for "
		"outdial-replay."},
	{"recording_key", CONFIG_TEXT, AT(recording_key), 1, sizeof(((struct config *)0)->recording_key) - 1, "none", "",
		"File with 64 hexadecimal digits (openssl rand -hex 32): recordings are encrypted with it. none: they are not."},
	{"log_numbers", CONFIG_BOOL, AT(log_numbers), 0, 0, "no", "",
		"Show telephone numbers whole in the log (of level debug), not their last four digits only."},
	{"log_level", CONFIG_LEVEL, AT(log_level), 0, 0, "info", "", "Least level that is logged: debug, info, warn or error."},
};
#define CONFIG_OPTIONS (sizeof(config_table) / sizeof(config_table[0]))

struct config_reader {
	const char *at, *end;
	int line;
	int err, err_line; /* the first error */
	char *why;
	struct config *config;
	bool seen[CONFIG_OPTIONS];
};

/* The first error stays; control bytes of a foreign file never reach the terminal. */
static void __attribute__((format(printf, 3, 4))) config_refuse(struct config_reader *reader, int err, const char *fmt, ...)
{
	va_list args;

	if (reader->err)
		return;
	reader->err = err;
	reader->err_line = reader->line;
	int n = snprintf(reader->why, CONFIG_WHY_BYTES, "line %d: ", reader->line);
	va_start(args, fmt);
	vsnprintf(reader->why + n, CONFIG_WHY_BYTES - (size_t)n, fmt, args);
	va_end(args);
	for (char *p = reader->why; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = '?';
}

static bool config_is_ip(const char *text)
{
	unsigned char address[16];

	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* One of "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53". */
static bool config_is_server(char *text)
{
	int64_t port;
	char *end = *text == '[' ? strchr(text, ']') : NULL, *colon = strchr(text, ':');

	if (end) {
		*end = '\0';
		return config_is_ip(text + 1) && strchr(text, ':') &&
		       (!end[1] || (end[1] == ':' && text_i64(end + 2, 1, 65535, &port)));
	}
	if (!colon || strchr(colon + 1, ':'))
		return config_is_ip(text);
	*colon = '\0';
	return config_is_ip(text) && text_i64(colon + 1, 1, 65535, &port);
}

static bool config_is_servers(const char *text)
{
	char one[64];

	if (strcmp(text, "system") == 0)
		return true;
	for (;; text++) {
		size_t length = strcspn(text, ",");

		if (!text_copy_n(one, sizeof(one), text, length) || !config_is_server(one))
			return false;
		text += length;
		if (!*text)
			return true;
	}
}

static bool config_bool(const char *text, bool *out)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i]) == 0) {
			*out = i % 2;
			return true;
		}
	}
	return false;
}

static bool config_is_level(const char *text)
{
	return !strcmp(text, "debug") || !strcmp(text, "info") || !strcmp(text, "warn") || !strcmp(text, "error");
}

/* Writes the value into its place of the struct; on failure says what was expected. */
static bool config_set(const struct config_option *option, const char *value, struct config *config, char *expected, size_t size)
{
	char *place = (char *)config + option->offset;

	switch (option->type) {
	case CONFIG_IP:
		snprintf(expected, size, "an IP address such as 192.0.2.1");
		return config_is_ip(value) && text_copy(place, sizeof(config->sip_ip), value);
	case CONFIG_TEXT:
		snprintf(expected, size, "a text of %d to %d bytes without quotes", (int)option->min, (int)option->max);
		return *value && !strpbrk(value, "\"\\") && text_copy(place, (size_t)option->max + 1, value);
	case CONFIG_NUMBER:
		snprintf(expected, size, "a number from %lld to %lld", (long long)option->min, (long long)option->max);
		return text_i64(value, option->min, option->max, (int64_t *)(void *)place);
	case CONFIG_BOOL:
		snprintf(expected, size, "yes or no");
		return config_bool(value, (bool *)(void *)place);
	case CONFIG_LEVEL:
		snprintf(expected, size, "debug, info, warn or error");
		return config_is_level(value) && text_copy(place, sizeof(config->log_level), value);
	case CONFIG_NETS:
		snprintf(expected, size, "any, or addresses and networks such as 192.0.2.1,10.0.0.0/8");
		return allow_valid(value) && text_copy(place, (size_t)option->max + 1, value);
	case CONFIG_SERVERS:
		snprintf(expected, size, "system, or IP:PORT,IP:PORT");
		return config_is_servers(value) && text_copy(place, (size_t)option->max + 1, value);
	}
	return false;
}

void config_defaults(struct config *config)
{
	char expected[80];

	memset(config, 0, sizeof(*config));
	for (unsigned i = 0; i < CONFIG_OPTIONS; i++) {
		bool ok = config_set(&config_table[i], config_table[i].fallback, config, expected, sizeof(expected));

		assert(ok);
		(void)ok;
	}
}

static int config_find(const char *name)
{
	for (unsigned i = 0; i < CONFIG_OPTIONS; i++)
		if (strcmp(name, config_table[i].name) == 0)
			return (int)i;
	return -1;
}

/* libinih's handler: one `name = value`. */
static int config_value(void *arg, const char *section, const char *name, const char *value)
{
	struct config_reader *reader = arg;
	char expected[80];
	int i = config_find(name);

	if (strcmp(section, "engine") != 0)
		config_refuse(reader, ERR_SYNTAX, "options stand under [engine], not under [%.30s]", section);
	else if (i < 0)
		config_refuse(
			reader, ERR_SYNTAX, "there is no option '%.40s'; 'outdial init' writes a file with all of them", name);
	else if (reader->seen[i])
		config_refuse(reader, ERR_SYNTAX, "option %s is given twice", name);
	else if (!config_set(&config_table[i], value, reader->config, expected, sizeof(expected)))
		config_refuse(reader, ERR_RANGE, "%s = %.40s: expected %s", name, value, expected);
	else
		reader->seen[i] = true;
	return 1;
}

/* libinih's line source: counts lines, because its handler is not told; leading blanks go, for they would mean continuation. */
static char *config_line(char *out, int size, void *arg)
{
	struct config_reader *reader = arg;

	if (reader->at == reader->end || reader->err)
		return NULL;
	reader->line++;
	const char *newline = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
	const char *stop = newline ? newline : reader->end;
	const char *from = reader->at;

	reader->at = newline ? newline + 1 : reader->end;
	while (from < stop && (*from == ' ' || *from == '\t' || *from == '\r'))
		from++;
	size_t length = (size_t)(stop - from);

	if (length > CONFIG_LINE_BYTES || length + 1 > (size_t)size) {
		config_refuse(reader, ERR_SYNTAX, "longer than %d bytes", CONFIG_LINE_BYTES);
		return NULL;
	}
	if (memchr(from, 0, length)) {
		config_refuse(reader, ERR_SYNTAX, "a byte 0: this is not a text file");
		return NULL;
	}
	text_copy_n(out, (size_t)size, from, length);
	return out;
}

static uint32_t config_pairs(const struct config *config)
{
	return ports_pairs((uint16_t)config->rtp_port_min, (uint16_t)config->rtp_port_max);
}

/* What one option alone cannot know. */
static int config_check(const struct config *config, char *why)
{
	if (config->rtp_port_max <= config->rtp_port_min) {
		snprintf(why, CONFIG_WHY_BYTES, "rtp_port_max must be greater than rtp_port_min");
		return ERR_RANGE;
	}
	if (!config_pairs(config)) {
		snprintf(why, CONFIG_WHY_BYTES, "rtp_port_min %d to rtp_port_max %d: a leg takes an even port and the next one",
			(int)config->rtp_port_min, (int)config->rtp_port_max);
		return ERR_RANGE;
	}
	if (config->sip_port >= config->rtp_port_min && config->sip_port <= config->rtp_port_max &&
		strcmp(config->sip_ip, config->rtp_ip) == 0) {
		snprintf(why, CONFIG_WHY_BYTES, "sip_port %d lies inside rtp_port_min..rtp_port_max", (int)config->sip_port);
		return ERR_RANGE;
	}
	if (!strcmp(config->tls_certificate, "none") != !strcmp(config->tls_key, "none")) {
		snprintf(why, CONFIG_WHY_BYTES, "tls_certificate and tls_key are given together");
		return ERR_RANGE;
	}
	return 0;
}

int config_parse(const char *text, size_t length, struct config *out, char *why)
{
	char unread[CONFIG_WHY_BYTES];
	struct config config;
	struct config_reader reader = {.at = text, .end = text + length, .why = why ? why : unread, .config = &config};

	why = reader.why;
	*why = '\0';
	config_defaults(&config);
	int line = ini_parse_stream(config_line, &reader, config_value, &reader);

	/* libinih names the first line without "=" or "]"; ours may stand before it. */
	if (line > 0 && (!reader.err || line < reader.err_line)) {
		reader.err = 0;
		reader.line = line;
		config_refuse(&reader, ERR_SYNTAX, "neither [section] nor name = value nor a comment");
	}
	int err = reader.err ? reader.err : line < 0 ? -ENOMEM : config_check(&config, why);

	if (!err)
		*out = config;
	return err;
}

int config_read(const char *dir, struct config *out, char *why)
{
	char path[4096], text[CONFIG_TEXT_BYTES], unread[CONFIG_WHY_BYTES];

	why = why ? why : unread;
	if (snprintf(path, sizeof(path), "%s/outdial.conf", dir) >= (int)sizeof(path)) {
		snprintf(why, CONFIG_WHY_BYTES, "the folder's name is too long");
		return -ENAMETOOLONG;
	}
	FILE *file = fopen(path, "re");

	if (!file && errno == ENOENT) {
		config_defaults(out);
		return 0;
	}
	size_t length = file ? fread(text, 1, sizeof(text), file) : 0;
	int err = !file || ferror(file) ? -errno : length == sizeof(text) ? -EFBIG : 0;

	if (file)
		fclose(file);
	if (err) {
		snprintf(why, CONFIG_WHY_BYTES, "cannot be read: %s", err_text(err));
		return err;
	}
	return config_parse(text, length, out, why);
}

static int config_pem(const char *name, const char *path, const char *kind, char *why)
{
	int err = strcmp(path, "none") ? pem_check(path, kind) : 0;

	if (err == ERR_SYNTAX)
		snprintf(why, CONFIG_WHY_BYTES, "%s = %.80s: expected a PEM file with a %s", name, path, kind);
	else if (err)
		snprintf(why, CONFIG_WHY_BYTES, "%s = %.80s: %s", name, path, err_text(err));
	return err;
}

int config_files(const struct config *config, char *why)
{
	uint8_t key[VAULT_KEY_BYTES];
	int err = config_pem("tls_certificate", config->tls_certificate, "CERTIFICATE", why);

	if (!err)
		err = config_pem("tls_key", config->tls_key, "PRIVATE KEY", why);
	if (err || !strcmp(config->recording_key, "none"))
		return err;
	err = vault_key(config->recording_key, key);
	if (err && err != ERR_SYNTAX)
		snprintf(why, CONFIG_WHY_BYTES, "recording_key = %.80s: %s", config->recording_key, err_text(err));
	else if (err)
		snprintf(why, CONFIG_WHY_BYTES,
			"recording_key = %.60s: expected a file with 64 hexadecimal digits (openssl rand -hex 32)",
			config->recording_key);
	return err;
}

bool config_roomy(const struct config *config, char why[CONFIG_WARNING_BYTES])
{
	int64_t pairs = config_pairs(config), legs = config->calls_max + config->seats_max;

	if (pairs >= legs)
		return true;
	snprintf(why, CONFIG_WARNING_BYTES,
		"rtp_port_min %d to rtp_port_max %d are %d pairs of ports, and each call and seat takes one, but calls_max "
		"%d and seats_max %d are %d: widen the range to %d ports, or lower these",
		(int)config->rtp_port_min, (int)config->rtp_port_max, (int)pairs, (int)config->calls_max, (int)config->seats_max,
		(int)legs, (int)(2 * legs));
	return false;
}

static void config_print_option(FILE *out, const struct config_option *option)
{
	fprintf(out, "\n; %s\n", option->sentence);
	if (option->type == CONFIG_NUMBER)
		fprintf(out, "; %lld to %lld%s%s\n", (long long)option->min, (long long)option->max, *option->unit ? " " : "",
			option->unit);
	if (option->type == CONFIG_BOOL)
		fprintf(out, "; yes or no\n");
	fprintf(out, "%s = %s\n", option->name, option->fallback);
}

void config_print_default(FILE *out)
{
	fprintf(out, "; outdial.conf - configuration of the engine; 'outdiald --check' reads it and says what is wrong.\n"
		     "; All values here are the defaults. The engine reads the file when it starts.\n\n[engine]\n");
	for (unsigned i = 0; i < CONFIG_OPTIONS; i++)
		config_print_option(out, &config_table[i]);
}
