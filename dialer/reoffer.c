/* reoffer.c - re-INVITE and UPDATE on either leg: same port and key of ours, new target */
#include "dialer/engine.h"

/* Without a description the other side wants to hear ours; what it answers to that comes in its ACK and is not looked at. */
static int reoffer_take(struct engine *engine, uint64_t stream, struct offer *local, const struct ua_event *event)
{
	struct offer remote, answer;
	struct media_remote to;

	if (!event->sdp)
		return 0;
	int err = offer_parse(event->sdp, event->sdp_bytes, &remote, NULL);
	if (!err)
		err = offer_again(local, &remote, &answer);
	if (!err)
		err = offer_remote(&answer, &remote, &to);
	if (!err)
		err = media_remote(engine->media, stream, &to);
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
