/* agent.c - one agent at a telephone */
#include "tools/seats/agent.h"

#define RETRY_US (2 * SEC_US)
#define DEAF_US (1200 * MS_US) /* the tone that greets a login, or marks its end of pause, is no call */
#define OVER_US (4 * SEC_US)   /* a customer that has not replied by then has gone */
#define REACTION_MIN_US (150 * MS_US)
#define REACTION_MAX_US (450 * MS_US)
#define TURN_MIN_US (100 * MS_US)
#define TURN_MAX_US (500 * MS_US)

static void agent_on_step(void *arg)
{
	struct agent *agent = arg;

	agent->next(agent);
}

static void agent_after(struct agent *agent, int64_t us, void (*next)(struct agent *agent))
{
	agent->next = next;
	wheel_arm(&agent->office->far.wheel, &agent->step, clock_us() + us, agent_on_step, agent);
}

static void agent_listen(struct agent *agent)
{
	if (!agent->office->steady)
		far_listen(&agent->office->far, agent->stream, agent->law);
}

/* --- login and logout */

/* The leg is gone; its stream follows. */
static void agent_out(struct agent *agent)
{
	struct far *far = &agent->office->far;

	if (agent->state > AGENT_CALLING)
		agent->sums.login_us += clock_us() - agent->login_us;
	agent->state = AGENT_OUT;
	agent->leg = 0;
	wheel_cancel(&far->wheel, &agent->step);
	wheel_cancel(&far->wheel, &agent->over);
	if (agent->stream)
		media_stream_close(far->media, agent->stream);
	agent->stream = 0;
}

static void agent_retry(struct agent *agent)
{
	agent_out(agent);
	if (!agent->office->closing)
		agent_after(agent, RETRY_US, agent_login);
}

/* Our offer as text; opens the stream that it names. */
static int agent_offer(struct agent *agent, char sdp[OFFER_TEXT_MAX])
{
	struct office *office = agent->office;
	uint16_t port;
	int err = media_stream_open(office->far.media, (uint64_t)(agent - office->agents), &agent->stream, &port);

	agent->key = (struct media_srtp){.suite = MEDIA_SRTP_NONE};
	if (!err && office->srtp)
		err = media_srtp_key(&agent->key, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80);
	if (err)
		return err;
	offer_make(office->ip, port, AMD_ALAW, &agent->key, prng_u64(&agent->prng) >> 1, &agent->local);
	return offer_print(&agent->local, sdp, OFFER_TEXT_MAX);
}

void agent_login(struct agent *agent)
{
	struct office *office = agent->office;
	char sdp[OFFER_TEXT_MAX];
	struct ua_invite invite = {.cookie = (uint64_t)(agent - office->agents),
		.to_user = agent->login,
		.host = office->engine_ip,
		.port = office->engine_port,
		.from_user = agent->login,
		.sdp = sdp,
		.auth_user = agent->login,
		.auth_secret = office->secret};
	int err = agent_offer(agent, sdp);

	agent->state = AGENT_CALLING;
	if (!err)
		err = ua_invite(office->far.ua, &invite, &agent->leg);
	if (err)
		agent_retry(agent);
}

void agent_logout(struct agent *agent)
{
	struct far *far = &agent->office->far;

	if (agent->leg && agent->state == AGENT_CALLING)
		ua_cancel(far->ua, agent->leg, NULL);
	else if (agent->leg)
		ua_bye(far->ua, agent->leg, NULL);
	agent_out(agent);
}

/* The engine's description: where our packets go. */
static int agent_point(struct agent *agent, const struct ua_event *event)
{
	struct offer remote;
	struct media_remote to;
	char why[160];
	int err = event->sdp ? offer_parse(event->sdp, event->sdp_bytes, &remote, why) : ERR_SYNTAX;

	if (!err)
		err = offer_remote(&agent->local, &remote, &to);
	if (!err)
		err = media_remote(agent->office->far.media, agent->stream, &to);
	if (!err)
		agent->law = to.law;
	return err;
}

static void agent_logged_in(struct agent *agent, const struct ua_event *event)
{
	if (agent_point(agent, event) != 0) {
		ua_bye(agent->office->far.ua, agent->leg, NULL);
		agent->sums.refusals++;
		agent_retry(agent);
		return;
	}
	agent->state = AGENT_READY;
	agent->login_us = clock_us();
	agent->deaf_until_us = agent->login_us + DEAF_US;
	agent->sums.logins++;
	agent_listen(agent);
}

/* --- dead legs: an engine that crashed sends neither RTP nor BYE */

static void agent_dead(struct agent *agent, const char *why)
{
	struct office *office = agent->office;
	int64_t now_us = clock_us();

	if (now_us - office->complained_us >= SEC_US)
		fprintf(stderr, "outdial-seats: %s: no sound from the engine for %d s, and %s: logs in again (at most one such line a second)\n", agent->login,
			(int)(AGENT_SILENT_US / SEC_US), why);
	if (now_us - office->complained_us >= SEC_US)
		office->complained_us = now_us;
	agent->sums.lost++;
	if (agent->leg)
		ua_bye(office->far.ua, agent->leg, NULL);
	agent_retry(agent);
}

/* A customer may be silent, too: whoever does not know the call any more, or is not there, has no 200 for this. */
static void agent_ask(struct agent *agent)
{
	char sdp[OFFER_TEXT_MAX];

	if (agent->leg && offer_print(&agent->local, sdp, sizeof(sdp)) == 0)
		ua_offer(agent->office->far.ua, agent->leg, sdp);
}

static void agent_told(struct agent *agent, const struct ua_event *event)
{
	if (event->local)
		agent_dead(agent, "it is not there");
}

static void agent_ended(struct agent *agent, const struct ua_event *event)
{
	if (event->local) {
		agent->leg = 0;
		agent_dead(agent, "it does not know the call, or does not answer");
		return;
	}
	agent->sums.lost++;
	agent_retry(agent);
}

/* --- talking */

static void agent_speak(struct agent *agent)
{
	wheel_cancel(&agent->office->far.wheel, &agent->over);
	media_play(agent->office->far.media, agent->stream, far_pick(&agent->office->voices, prng_u64(&agent->prng)), 0);
	agent->sums.sentences++;
	agent->speaking = true;
}

static void agent_keys(struct agent *agent, const char *keys)
{
	media_dtmf(agent->office->far.media, agent->stream, keys);
}

static void agent_resume(struct agent *agent)
{
	agent_keys(agent, "*1");
	agent->state = AGENT_READY;
	agent_listen(agent);
}

static void agent_pause(struct agent *agent)
{
	agent_keys(agent, "*2");
	agent->state = AGENT_PAUSED;
	agent->pause_toned = false;
	agent->sums.pauses++;
	agent_after(agent, agent->office->pause_us, agent_resume);
}

/* Nobody has replied: the customer has gone. */
static void agent_on_over(void *arg)
{
	struct agent *agent = arg;
	int64_t every = agent->office->pause_every;

	agent->state = AGENT_READY;
	if (every && agent->sums.talks % every == 0)
		agent_pause(agent);
}

/* A talk that hears nothing ends by itself. */
static void agent_expect(struct agent *agent)
{
	wheel_arm(&agent->office->far.wheel, &agent->over, clock_us() + OVER_US, agent_on_over, agent);
}

/* A customer is there. */
static void agent_meets(struct agent *agent)
{
	agent->state = AGENT_TALKING;
	agent->disposed = agent->speaking = false;
	agent->sums.talks++;
	media_play_stop(agent->office->far.media, agent->stream);
	wheel_cancel(&agent->office->far.wheel, &agent->step);
	wheel_cancel(&agent->office->far.wheel, &agent->over);
}

/* Our sentence is out. */
static void agent_said(struct agent *agent)
{
	agent->speaking = false;
	if (agent->state == AGENT_TALKING)
		agent_expect(agent);
}

static void agent_dispose(struct agent *agent)
{
	struct office *office = agent->office;
	double point = prng_unit(&agent->prng);
	char keys[3] = "#";

	agent->disposed = true;
	for (uint32_t i = 0; i < office->disposition_count; i++) {
		point -= office->dispositions[i].share;
		if (point >= 0)
			continue;
		keys[1] = office->dispositions[i].digit;
		agent_keys(agent, keys);
		agent->sums.dispositions++;
		return;
	}
}

/* --- hearing */

/* A tone: the engine has connected somebody, unless it says that we are logged in or paused. */
static void agent_hears_tone(struct agent *agent)
{
	bool pause = agent->state == AGENT_PAUSED && !agent->pause_toned;

	agent->pause_toned = true;
	agent_listen(agent);
	if (pause || clock_us() < agent->deaf_until_us)
		return;
	agent_meets(agent);
	agent_after(agent, far_between(&agent->prng, REACTION_MIN_US, REACTION_MAX_US), agent_speak);
}

/* A voice without a tone before it is a customer all the same, who shall finish first. */
static void agent_hears_voice(struct agent *agent)
{
	wheel_cancel(&agent->office->far.wheel, &agent->over);
	if (agent->state != AGENT_READY)
		return;
	agent->sums.untoned++;
	agent_meets(agent);
}

/* The customer has finished a sentence: our turn, unless it was said into ours. */
static void agent_heard(struct agent *agent)
{
	agent_listen(agent);
	if (agent->state != AGENT_TALKING || agent->speaking)
		return;
	agent->sums.replies++;
	if (!agent->disposed)
		agent_dispose(agent);
	agent_after(agent, far_between(&agent->prng, TURN_MIN_US, TURN_MAX_US), agent_speak);
}

/* --- events */

static void agent_reoffer(struct agent *agent, const struct ua_event *event)
{
	char sdp[OFFER_TEXT_MAX];
	struct offer remote, local;
	char why[160];
	struct media_remote to;
	struct office *office = agent->office;

	if (!event->sdp || offer_parse(event->sdp, event->sdp_bytes, &remote, why) != 0 ||
		offer_answer(&remote, office->ip, agent->local.port, &agent->key, &local) != 0 ||
		offer_remote(&local, &remote, &to) != 0 || offer_print(&local, sdp, sizeof(sdp)) != 0) {
		ua_reject(office->far.ua, event->leg, 488, "Not Acceptable Here");
		return;
	}
	media_remote(office->far.media, agent->stream, &to);
	ua_answer(office->far.ua, event->leg, sdp);
}

void agent_sip(struct agent *agent, const struct ua_event *event)
{
	switch (event->kind) {
	case UA_EV_ANSWERED:
		if (event->raced) /* logged out already */
			ua_bye(agent->office->far.ua, event->leg, NULL);
		else
			agent_logged_in(agent, event);
		break;
	case UA_EV_FAILED:
		agent->sums.refusals++;
		agent->sums.refusal_code = event->code;
		agent_retry(agent);
		break;
	case UA_EV_ENDED:
		agent_ended(agent, event);
		break;
	case UA_EV_REANSWER:
		agent_told(agent, event);
		break;
	case UA_EV_REOFFER:
		agent_reoffer(agent, event);
		break;
	default:
		break;
	}
}

static void agent_closed(struct agent *agent, const struct media_stats *stats)
{
	far_judge(&agent->office->quality, stats);
	agent->sums.rx_packets += stats->rx_packets;
	agent->sums.tx_packets += stats->tx_packets;
	agent->sums.rx_lost += stats->rx_lost;
	agent->sums.srtp_failed += stats->rx_srtp_failed;
}

static void agent_classified(struct agent *agent, const struct amd_event *amd)
{
	if (amd->kind == AMD_EV_BEEP)
		agent_hears_tone(agent);
	else if (amd->kind == AMD_EV_VOICE_START)
		agent_hears_voice(agent);
	else if (amd->kind == AMD_EV_GREETING_END)
		agent_heard(agent);
}

void agent_media(struct agent *agent, const struct media_event *event)
{
	if (event->kind == MEDIA_EV_CLOSED)
		agent_closed(agent, &event->stats);
	else if (event->stream != agent->stream)
		return;
	else if (event->kind == MEDIA_EV_PLAYED)
		agent_said(agent);
	else if (event->kind == MEDIA_EV_SILENT)
		agent_ask(agent);
	else if (event->kind == MEDIA_EV_AMD)
		agent_classified(agent, &event->amd);
}
