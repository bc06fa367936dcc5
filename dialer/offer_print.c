/* Our side of offer.h: writing descriptions, making and answering offers. */
#include "dialer/offer.h"

#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct writer {
	char *out;
	size_t size, at;
};

static void put(struct writer *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(struct writer *w, const char *fmt, ...)
{
	va_list args;
	size_t room = w->at < w->size ? w->size - w->at : 0;
	va_start(args, fmt);
	int length = vsnprintf(room ? w->out + w->at : NULL, room, fmt, args);
	va_end(args);
	w->at += length < 0 ? w->size : (size_t)length;
}

static const char *family(const char *ip)
{
	return strchr(ip, ':') ? "IP6" : "IP4";
}

static void put_crypto(struct writer *w, const struct offer *o)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char key[41];
	for (size_t i = 0; i < 10; i++) {
		const uint8_t *in = o->crypto.key + 3 * i;
		uint32_t bits = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
		for (size_t j = 0; j < 4; j++)
			key[4 * i + j] = digits[bits >> (18 - 6 * j) & 63];
	}
	key[40] = 0;
	put(w, "a=crypto:%" PRIu32 " AES_CM_128_HMAC_SHA1_%s inline:%s\r\n", o->crypto_tag,
		o->crypto.suite == MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80 ? "80" : "32", key);
}

static void put_types(struct writer *w, const struct offer *o)
{
	bool alaw_first = o->pcma >= 0 && (o->pcmu < 0 || o->pcma < o->pcmu);
	if (alaw_first)
		put(w, " 8");
	if (o->pcmu >= 0)
		put(w, " 0");
	if (o->pcma >= 0 && !alaw_first)
		put(w, " 8");
	if (o->dtmf_type)
		put(w, " %u", o->dtmf_type);
	put(w, "\r\n");
}

static void put_maps(struct writer *w, const struct offer *o)
{
	if (o->pcmu >= 0)
		put(w, "a=rtpmap:0 PCMU/8000\r\n");
	if (o->pcma >= 0)
		put(w, "a=rtpmap:8 PCMA/8000\r\n");
	if (o->dtmf_type)
		put(w, "a=rtpmap:%u telephone-event/8000\r\na=fmtp:%u 0-16\r\n", o->dtmf_type, o->dtmf_type);
}

static const char *profile(const struct offer *o, uint16_t section)
{
	if (section < OFFER_SECTIONS_MAX && o->m[section].profile[0])
		return o->m[section].profile;
	return section == o->section && o->savp ? "RTP/SAVP" : "RTP/AVP";
}

static void put_ours(struct writer *w, const struct offer *o)
{
	static const char *const directions[] = {"sendrecv", "sendonly", "recvonly", "inactive"};
	put(w, "m=audio %u %s", o->port, profile(o, o->section));
	put_types(w, o);
	put_maps(w, o);
	put(w, "a=ptime:%u\r\na=%s\r\n", o->ptime_ms, directions[o->direction]);
	if (o->rtcp_mux)
		put(w, "a=rtcp-mux\r\n");
	else if (o->rtcp_port)
		put(w, "a=rtcp:%u\r\n", o->rtcp_port);
	if (o->savp && o->crypto.suite != MEDIA_SRTP_NONE)
		put_crypto(w, o);
}

/* A section that we decline (RFC 3264, 6): same kind, same profile, port 0, any format. */
static void put_declined(struct writer *w, const struct offer *o, uint16_t section)
{
	const char *kind = section < OFFER_SECTIONS_MAX && o->m[section].kind[0] ? o->m[section].kind : "audio";
	put(w, "m=%s 0 %s 0\r\n", kind, profile(o, section));
}

int offer_print(const struct offer *o, char *out, size_t size)
{
	struct writer w = {out, size, 0};
	uint16_t sections = o->sections ? o->sections : 1;
	put(&w, "v=0\r\no=- %" PRIu64 " %" PRIu64 " IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n", o->session, o->version,
		family(o->ip), o->ip, family(o->ip), o->ip);
	for (uint16_t i = 0; i < sections; i++)
		if (i == o->section)
			put_ours(&w, o);
		else
			put_declined(&w, o, i);
	return w.at < size ? 0 : -ENOSPC;
}

void offer_make(
	const char *ip, uint16_t port, enum amd_law first, const struct media_srtp *key, uint64_t session, struct offer *offer)
{
	*offer = (struct offer){.port = port,
		.rtcp_mux = true,
		.pcmu = first == AMD_ULAW ? 0 : 1,
		.pcma = first == AMD_ULAW ? 1 : 0,
		.dtmf_type = 101,
		.ptime_ms = 20,
		.session = session,
		.version = 1,
		.sections = 1};
	text_copy(offer->ip, sizeof(offer->ip), ip);
	if (!key || key->suite == MEDIA_SRTP_NONE)
		return;
	offer->savp = true;
	offer->crypto_tag = 1;
	offer->crypto = *key;
}

/* The law that `remote` puts first among those that `local` has. */
static bool common_law(const struct offer *local, const struct offer *remote, enum amd_law *law)
{
	bool ulaw = local->pcmu >= 0 && remote->pcmu >= 0, alaw = local->pcma >= 0 && remote->pcma >= 0;
	*law = ulaw && (!alaw || remote->pcmu < remote->pcma) ? AMD_ULAW : AMD_ALAW;
	return ulaw || alaw;
}

static enum offer_direction mirror(enum offer_direction direction)
{
	if (direction == OFFER_SENDONLY)
		return OFFER_RECVONLY;
	return direction == OFFER_RECVONLY ? OFFER_SENDONLY : direction;
}

static int answer_crypto(const struct offer *remote, const struct media_srtp *key, struct offer *answer)
{
	if (!remote->savp)
		return 0;
	if (!remote->crypto_tag || remote->crypto.suite == MEDIA_SRTP_NONE || !key || key->suite == MEDIA_SRTP_NONE)
		return -ENOTSUP;
	answer->savp = true;
	answer->crypto_tag = remote->crypto_tag;
	answer->crypto = *key;
	answer->crypto.suite = remote->crypto.suite; /* key and salt are as long for either suite */
	return 0;
}

int offer_answer(const struct offer *remote, const char *ip, uint16_t port, const struct media_srtp *key, struct offer *answer)
{
	enum amd_law law;
	struct offer both, a = {.port = port,
				   .rtcp_mux = remote->rtcp_mux,
				   .direction = mirror(remote->direction),
				   .pcmu = -1,
				   .pcma = -1,
				   .dtmf_type = remote->dtmf_type,
				   .ptime_ms = 20,
				   .session = remote->session + port,
				   .version = 1,
				   .sections = remote->sections,
				   .section = remote->section};
	offer_make(ip, port, AMD_ULAW, NULL, 0, &both);
	if (!common_law(&both, remote, &law))
		return -ENOTSUP;
	*(law == AMD_ULAW ? &a.pcmu : &a.pcma) = 0;
	text_copy(a.ip, sizeof(a.ip), ip);
	memcpy(a.m, remote->m, sizeof(a.m));
	int err = answer_crypto(remote, key, &a);
	if (!err)
		*answer = a;
	return err;
}

int offer_again(const struct offer *local, const struct offer *remote, struct offer *answer)
{
	int err = remote->savp == local->savp ? offer_answer(remote, local->ip, local->port, &local->crypto, answer) : -ENOTSUP;
	if (err)
		return err;
	answer->session = local->session;
	answer->version = local->version + 1;
	return 0;
}

static bool same_crypto(const struct offer *local, const struct offer *remote)
{
	if (local->savp != remote->savp)
		return false;
	return !local->savp || (local->crypto_tag && local->crypto_tag == remote->crypto_tag &&
				       local->crypto.suite == remote->crypto.suite && local->crypto.suite != MEDIA_SRTP_NONE);
}

int offer_remote(const struct offer *local, const struct offer *remote, struct media_remote *out)
{
	enum amd_law law;
	if (!common_law(local, remote, &law) || !same_crypto(local, remote))
		return -ENOTSUP;
	*out = (struct media_remote){
		.port = remote->port, .law = law, .payload_type = law == AMD_ULAW ? 0 : 8, .dtmf_type = remote->dtmf_type};
	text_copy(out->ip, sizeof(out->ip), remote->ip);
	if (!local->rtcp_mux || !remote->rtcp_mux)
		out->rtcp_port = remote->rtcp_port ? remote->rtcp_port : (uint16_t)(remote->port + 1);
	out->on_hold = remote->direction == OFFER_SENDONLY || remote->direction == OFFER_INACTIVE ||
		       !strcmp(remote->ip, "0.0.0.0") || !strcmp(remote->ip, "::");
	if (local->savp) {
		out->rx = remote->crypto; /* each side's line says what that side sends with */
		out->tx = local->crypto;
	}
	return 0;
}
