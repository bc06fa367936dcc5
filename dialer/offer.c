/* offer.c - reading a session description and answering it */
#include "dialer/offer.h"

#include "base/err.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TEXT_MAX 65536
#define LINES_MAX 200
#define TYPES_MAX 16
#define WHY 160

/* A counted view of the text. */
struct span {
	const char *at;
	size_t length;
};

struct reader {
	struct offer session, section, found; /* found: the first section that we can use */
	bool in_section, usable, have;
	uint8_t types[TYPES_MAX];
	uint8_t types_count;
	uint16_t sections, lines;
	char *why;
};

static int complain(const struct reader *r, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int complain(const struct reader *r, int err, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	if (r->why)
		vsnprintf(r->why, WHY, fmt, args);
	va_end(args);
	return err;
}

/* --- words */

static bool word(struct span *in, struct span *out)
{
	while (in->length && (*in->at == ' ' || *in->at == '\t'))
		in->at++, in->length--;
	*out = (struct span){in->at, 0};
	while (in->length && *in->at != ' ' && *in->at != '\t')
		in->at++, in->length--, out->length++;
	return out->length;
}

/* Everything up to `end`, which is taken off too. */
static struct span until(struct span *in, char end)
{
	struct span out = {in->at, 0};
	while (in->length && *in->at != end)
		in->at++, in->length--, out.length++;
	if (in->length)
		in->at++, in->length--;
	return out;
}

static bool is(struct span s, const char *text)
{
	return s.length == strlen(text) && !strncasecmp(s.at, text, s.length);
}

static bool starts(struct span *s, const char *text)
{
	size_t length = strlen(text);
	if (s->length < length || strncasecmp(s->at, text, length))
		return false;
	s->at += length;
	s->length -= length;
	return true;
}

static bool number(struct span s, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;
	if (!s.length || s.length > 20)
		return false;
	for (size_t i = 0; i < s.length; i++) {
		unsigned digit = (unsigned char)s.at[i] - '0';
		if (digit > 9 || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

/* A token of the kinds that stand in m= lines; empty when it is none or does not fit. */
static void token(struct span s, char *out, size_t size)
{
	for (size_t i = 0; i < s.length; i++)
		if (!memchr("/-._+", s.at[i], 5) && !isalnum((unsigned char)s.at[i]))
			s.length = 0;
	if (!text_copy_n(out, size, s.at, s.length))
		*out = 0;
}

/* --- lines */

static int read_origin(struct reader *r, struct span value)
{
	struct span name, session, version;
	uint64_t n;
	if (!word(&value, &name) || !word(&value, &session) || !word(&value, &version))
		return complain(r, ERR_SYNTAX, "o= has fewer than three fields");
	if (number(session, UINT64_MAX, &n))
		r->session.session = n;
	if (number(version, UINT64_MAX, &n))
		r->session.version = n;
	return 0;
}

static int read_address(struct reader *r, struct span value)
{
	struct span net, family, host;
	struct offer *o = r->in_section ? &r->section : &r->session;
	unsigned char bits[16];
	if (!word(&value, &net) || !word(&value, &family) || !word(&value, &host) || !is(net, "IN"))
		return complain(r, ERR_SYNTAX, "c= is not IN, a family and an address");
	host = until(&host, '/'); /* TTL and count of multicast */
	if (!text_copy_n(o->ip, sizeof(o->ip), host.at, host.length))
		*o->ip = 0;
	if (inet_pton(is(family, "IP6") ? AF_INET6 : AF_INET, o->ip, bits) != 1)
		*o->ip = 0; /* a name: of no use to us, and only an error when it is our section */
	return 0;
}

static void note_type(struct reader *r, uint8_t type, int8_t rank)
{
	if (r->types_count == TYPES_MAX)
		return;
	r->types[r->types_count++] = type;
	if (type == 0 && r->section.pcmu < 0)
		r->section.pcmu = rank;
	if (type == 8 && r->section.pcma < 0)
		r->section.pcma = rank;
}

static bool known_profile(struct span profile, bool *savp)
{
	*savp = is(profile, "RTP/SAVP") || is(profile, "RTP/SAVPF");
	return *savp || is(profile, "RTP/AVP") || is(profile, "RTP/AVPF");
}

/* The section that ends here becomes ours when it is the first that we can use. */
static void close_section(struct reader *r)
{
	bool speaks = r->section.pcmu >= 0 || r->section.pcma >= 0;
	if (r->in_section && r->usable && speaks && !r->have) {
		r->found = r->section;
		r->have = true;
	}
}

static int read_media(struct reader *r, struct span value)
{
	struct span kind, port_count, profile, type;
	uint64_t port, n;
	close_section(r);
	if (!word(&value, &kind) || !word(&value, &port_count) || !word(&value, &profile))
		return complain(r, ERR_SYNTAX, "m= has fewer than three fields");
	if (!number(until(&port_count, '/'), 65535, &port))
		return complain(r, ERR_SYNTAX, "m= has no port");
	if (r->sections == OFFER_SECTIONS_MAX)
		return complain(r, -ENOTSUP, "more than %d sections", OFFER_SECTIONS_MAX);
	r->section = r->session;
	r->section.port = (uint16_t)port;
	r->section.section = r->sections;
	r->usable = known_profile(profile, &r->section.savp) && is(kind, "audio") && port;
	token(kind, r->session.m[r->sections].kind, sizeof(r->session.m[0].kind));
	token(profile, r->session.m[r->sections].profile, sizeof(r->session.m[0].profile));
	r->sections++;
	r->in_section = true;
	r->lines = r->types_count = 0;
	for (int8_t rank = 0; rank < TYPES_MAX && word(&value, &type); rank++)
		if (number(type, 127, &n))
			note_type(r, (uint8_t)n, rank);
	return 0;
}

/* --- attributes of a section */

static void read_rtpmap(struct reader *r, struct span value)
{
	struct span type;
	uint64_t n;
	if (!word(&value, &type) || !number(type, 127, &n) || !n || r->section.dtmf_type)
		return;
	while (value.length && *value.at == ' ')
		value.at++, value.length--;
	if (!starts(&value, "telephone-event/8000"))
		return;
	for (uint8_t i = 0; i < r->types_count; i++)
		if (r->types[i] == n)
			r->section.dtmf_type = (uint8_t)n;
}

static int base64_digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* 40 digits without padding are exactly the 30 bytes of key and salt. */
static bool read_key(struct span text, uint8_t key[30])
{
	if (text.length != 40)
		return false;
	for (size_t i = 0; i < 10; i++) {
		uint32_t bits = 0;
		for (size_t j = 0; j < 4; j++) {
			int digit = base64_digit(text.at[4 * i + j]);
			if (digit < 0)
				return false;
			bits = bits << 6 | (uint32_t)digit;
		}
		key[3 * i] = (uint8_t)(bits >> 16);
		key[3 * i + 1] = (uint8_t)(bits >> 8);
		key[3 * i + 2] = (uint8_t)bits;
	}
	return true;
}

static enum media_suite suite_of(struct span name)
{
	if (is(name, "AES_CM_128_HMAC_SHA1_80"))
		return MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80;
	return is(name, "AES_CM_128_HMAC_SHA1_32") ? MEDIA_SRTP_AES_CM_128_HMAC_SHA1_32 : MEDIA_SRTP_NONE;
}

/* key|lifetime: a lifetime is fine, a key identifier (MKI, with a colon) and several keys are not. */
static bool read_inline(struct span params, uint8_t key[30])
{
	if (!starts(&params, "inline:"))
		return false;
	struct span text = until(&params, '|');
	return read_key(text, key) && !memchr(params.at, ':', params.length) && !memchr(params.at, ';', params.length);
}

/* The first line that we understand wholly. Session parameters change the transform: only the window size may be ignored. */
static void read_crypto(struct reader *r, struct span value)
{
	struct span tag, name, params, extra;
	struct media_srtp crypto;
	uint64_t n;
	if (r->section.crypto_tag || !word(&value, &tag) || !word(&value, &name) || !word(&value, &params))
		return;
	crypto.suite = suite_of(name);
	if (!number(tag, 999999999, &n) || !n || crypto.suite == MEDIA_SRTP_NONE || !read_inline(params, crypto.key))
		return;
	while (word(&value, &extra))
		if (!starts(&extra, "WSH="))
			return;
	r->section.crypto_tag = (uint32_t)n;
	r->section.crypto = crypto;
}

static bool read_direction(struct offer *o, struct span name)
{
	static const char *const names[] = {"sendrecv", "sendonly", "recvonly", "inactive"};
	for (int i = 0; i < 4; i++)
		if (is(name, names[i])) {
			o->direction = (enum offer_direction)i;
			return true;
		}
	return false;
}

static void read_attribute(struct reader *r, struct span value)
{
	uint64_t n;
	struct span name = until(&value, ':'), first;
	if (read_direction(r->in_section ? &r->section : &r->session, name) || !r->in_section)
		return;
	if (is(name, "rtpmap"))
		read_rtpmap(r, value);
	else if (is(name, "crypto"))
		read_crypto(r, value);
	else if (is(name, "rtcp-mux"))
		r->section.rtcp_mux = true;
	else if (is(name, "rtcp") && word(&value, &first) && number(first, 65535, &n))
		r->section.rtcp_port = (uint16_t)n;
	else if (is(name, "ptime") && word(&value, &first) && number(first, 1000, &n) && n)
		r->section.ptime_ms = (uint16_t)n;
}

/* --- the whole text */

static int read_line(struct reader *r, struct span line)
{
	if (line.length < 2 || line.at[1] != '=')
		return complain(r, ERR_SYNTAX, "a line is not of the form x=...");
	struct span value = {line.at + 2, line.length - 2};
	if (*line.at == 'm')
		return read_media(r, value);
	if (++r->lines > LINES_MAX)
		return 0;
	switch (*line.at) {
	case 'o':
		return r->in_section ? 0 : read_origin(r, value);
	case 'c':
		return read_address(r, value);
	case 'a':
		read_attribute(r, value);
		return 0;
	default:
		return 0;
	}
}

static int read_all(struct reader *r, struct span text)
{
	bool first = true;
	while (text.length) {
		struct span line = until(&text, '\n');
		while (line.length && line.at[line.length - 1] == '\r')
			line.length--;
		if (!line.length)
			continue;
		if (first && !is(line, "v=0"))
			return complain(r, ERR_SYNTAX, "the first line is not v=0");
		first = false;
		int err = read_line(r, line);
		if (err)
			return err;
	}
	close_section(r);
	return first ? complain(r, ERR_SYNTAX, "empty") : 0;
}

static int finish(struct reader *r, struct offer *out)
{
	if (!r->have)
		return complain(r, -ENOTSUP, "no audio section with G.711 over RTP");
	if (!r->found.ip[0])
		return complain(r, ERR_SYNTAX, "no IP address in c=");
	memcpy(r->found.m, r->session.m, sizeof(r->found.m));
	r->found.sections = r->sections;
	*out = r->found;
	return 0;
}

int offer_parse(const char *text, size_t length, struct offer *out, char *why)
{
	struct reader r = {.why = why, .session = {.pcmu = -1, .pcma = -1, .ptime_ms = 20}};
	if (why)
		*why = 0;
	while (length && !text[length - 1])
		length--;
	if (length > TEXT_MAX)
		return complain(&r, ERR_SYNTAX, "longer than %d bytes", TEXT_MAX);
	if (length && memchr(text, 0, length))
		return complain(&r, ERR_SYNTAX, "a NUL in the text");
	int err = read_all(&r, (struct span){text, length});
	return err ? err : finish(&r, out);
}
