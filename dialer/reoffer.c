/* reoffer.c - descriptions in the middle of a call, on either leg, and an offer that comes first from the other side */
#include "dialer/engine.h"

#include <errno.h>

/* Points the stream at `remote`, when our side says `local`. */
static int reoffer_aim(struct engine *engine, uint64_t stream, const struct offer *local, const struct offer *remote)
{
	struct media_remote to;
	int err = offer_remote(local, remote, &to);

	return err ? err : media_remote(engine->media, stream, &to);
}

/* Without a description the other side wants to hear ours; its answer comes in its ACK: reoffer_answered(). */
static int reoffer_take(struct engine *engine, uint64_t stream, struct offer *local, const struct ua_event *event)
{
	struct offer remote, answer;

	if (!event->sdp)
		return 0;
	int err = offer_parse(event->sdp, event->sdp_bytes, &remote, NULL);
	if (!err)
		err = offer_again(local, &remote, &answer);
	if (!err)
		err = reoffer_aim(engine, stream, &answer, &remote);
	if (!err)
		*local = answer;
	return err;
}

void reoffer_answer(struct engine *engine, uint64_t stream, struct offer *local, const struct ua_event *event)
{
	char sdp[OFFER_TEXT_MAX];
	int err = reoffer_take(engine, stream, local, event);

	if (!err)
		err = offer_print(local, sdp, sizeof(sdp));
	if (err)
		ua_reject(engine->ua, event->leg, 488, "Not Acceptable Here");
	else
		ua_answer(engine->ua, event->leg, sdp);
}

int reoffer_answered(struct engine *engine, uint64_t stream, const struct offer *local, const struct ua_event *event)
{
	struct offer remote;
	int err = event->sdp ? offer_parse(event->sdp, event->sdp_bytes, &remote, NULL) : -ENOTSUP;

	return err ? err : reoffer_aim(engine, stream, local, &remote);
}

/* SRTP as the trunk's record says: off and required leave no choice. */
static int reoffer_first_answer(struct engine *engine, enum srtp_mode srtp, struct offer *local, const struct offer *remote)
{
	struct media_srtp key;
	struct offer answer;

	if ((srtp == SRTP_REQUIRED && !remote->savp) || (srtp == SRTP_OFF && remote->savp))
		return -ENOTSUP;
	int err = media_srtp_key(&key, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80);

	if (!err)
		err = offer_answer(remote, engine->config.rtp_ip, local->port, &key, &answer);
	if (!err)
		*local = answer;
	return err;
}

void reoffer_first(struct engine *engine, uint64_t stream, enum srtp_mode srtp, struct offer *local, const struct ua_event *event)
{
	char sdp[OFFER_TEXT_MAX];
	struct offer remote;
	int err = event->sdp ? offer_parse(event->sdp, event->sdp_bytes, &remote, NULL) : -ENOTSUP;

	if (!err)
		err = reoffer_first_answer(engine, srtp, local, &remote);
	if (!err)
		err = reoffer_aim(engine, stream, local, &remote);
	if (!err)
		err = offer_print(local, sdp, sizeof(sdp));
	if (!err)
		ua_answer(engine->ua, event->leg, sdp); /* else it gets none, and ends */
}
