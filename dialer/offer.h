/*
 * offer.h - session descriptions: our own small SDP parser and writer (pure)
 *
 * What    Reads the first usable audio section of an SDP offer or answer, negotiates G.711 and telephone-event with it, and
 *         writes ours. sofia's sdp_parse() is never used: one packet makes it loop for ever (docs/decisions).
 * Shape   struct offer holds all by value; strings are bounded.
 * Errors  ERR_SYNTAX with a sentence in `why` (160 bytes) for a malformed text, -ENOTSUP for one that has no audio that we speak.
 * Limits  64 KiB of text and OFFER_SECTIONS_MAX sections (-ENOTSUP beyond: an answer could not repeat them); 200 lines a section
 *         and 16 payload types; more of these is skipped, not an error.
 * Source  RFC 8866 (SDP), 3264 (offer/answer), 4568 (SDES), 4733 (telephone-event), 5761 (rtcp-mux).
 */
#ifndef OUTDIAL_DIALER_OFFER_H
#define OUTDIAL_DIALER_OFFER_H

#include "media/media.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OFFER_TEXT_MAX 1500
#define OFFER_SECTIONS_MAX 8

enum offer_direction { OFFER_SENDRECV, OFFER_SENDONLY, OFFER_RECVONLY, OFFER_INACTIVE };

struct offer {
	char ip[46];
	uint16_t port, rtcp_port; /* rtcp_port 0: port + 1, or port by rtcp-mux */
	bool rtcp_mux, savp;      /* savp: RTP/SAVP or RTP/SAVPF */
	enum offer_direction direction;
	int8_t pcmu, pcma;        /* rank of the law in the m= line (0 first), -1 when absent */
	uint8_t dtmf_type;        /* payload type of telephone-event/8000, 0 when absent */
	uint32_t crypto_tag;      /* of the a=crypto line taken, 0 when none */
	struct media_srtp crypto; /* suite NONE when none */
	uint16_t ptime_ms;        /* 20 when not said */
	uint64_t session, version;
	uint16_t sections;        /* m= lines in the text, and which of them is ours: an answer must repeat them all */
	uint16_t section;
	struct {
		char kind[12], profile[24]; /* "audio", "RTP/AVP": an answer says the same, with port 0 for all but ours */
	} m[OFFER_SECTIONS_MAX];            /* empty texts: audio, RTP/AVP or RTP/SAVP by savp */
};

int offer_parse(const char *text, size_t length, struct offer *out, char *why);

/* The text of a description of ours; at most OFFER_TEXT_MAX with the NUL. -ENOSPC. */
int offer_print(const struct offer *offer, char *out, size_t size);

/*
 * Our answer to `remote`: its law first in rank that both speak, its telephone-event type, mirrored direction, rtcp-mux if
 * offered, SRTP with our `key` and its crypto tag when it asks (savp), sections repeated with port 0. -ENOTSUP when nothing fits:
 * no common law, or SRTP asked without a suite that we have.
 */
int offer_answer(const struct offer *remote, const char *ip, uint16_t port, const struct media_srtp *key, struct offer *answer);

/*
 * Our answer to a later offer in the same call, where `local` is what we said last: same address, port, key and session, next
 * version. -ENOTSUP, too, when it would change between plain RTP and SRTP.
 */
int offer_again(const struct offer *local, const struct offer *remote, struct offer *answer);

/* Our own offer: both laws (`first` in front), telephone-event 101, rtcp-mux, SRTP when key->suite is not NONE. */
void offer_make(
	const char *ip, uint16_t port, enum amd_law first, const struct media_srtp *key, uint64_t session, struct offer *offer);

/* What the media plane needs to talk to `remote`, when our side said `local`. -ENOTSUP when there is no common law. */
int offer_remote(const struct offer *local, const struct offer *remote, struct media_remote *out);

#endif
