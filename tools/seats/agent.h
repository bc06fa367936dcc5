/*
 * agent.h - one agent at a telephone: logs in by a call, talks to whom it is given, logs out by BYE
 *
 * What    OUT -> CALLING -> READY <-> TALKING, and PAUSED now and then. The tone that the engine plays on connecting begins a
 * talk; from then on agent and customer speak by turns. When nobody has replied for a while the talk is over. Keys    `#` and a
 * digit once a talk, after the customer's first words; `*2` and `*1` around a pause. Lost    a login that fails, or a leg that
 * the engine ends, is tried again after RETRY_US until the shift is over. Silent  a leg on which no packet comes for
 *                                                                                 AGENT_SILENT_US
 * is asked about by a re-INVITE; unless the engine says 200 to that, it is dead and the login is tried again. Thread  one.
 */
#ifndef OUTDIAL_TOOLS_SEATS_AGENT_H
#define OUTDIAL_TOOLS_SEATS_AGENT_H

#include "tools/far/far.h"
#include "tools/far/far_quality.h"
#include "tools/far/far_voices.h"

#define AGENTS_MAX 4000
#define AGENT_SILENT_US (5 * SEC_US)
#define DISPOSITIONS_MAX 9

struct office {
	struct far far;
	struct far_voices voices; /* agent-*.wav */
	char ip[46], engine_ip[46];
	uint16_t engine_port;
	char secret[64];
	bool srtp;
	bool steady; /* listens to nothing and says nothing: silence at full rate, for load */
	struct far_quality quality;
	struct {
		char digit;
		double share;
	} dispositions[DISPOSITIONS_MAX];
	uint32_t disposition_count; /* 0: none are sent */
	int64_t pause_every;        /* talks, 0: never */
	int64_t pause_us;
	struct agent *agents;
	uint32_t agent_count;
	bool closing;
	int64_t complained_us; /* when a dead leg was last spoken of: once a second is enough */
};

enum agent_state { AGENT_OUT, AGENT_CALLING, AGENT_READY, AGENT_TALKING, AGENT_PAUSED };

struct agent_sums {
	int64_t login_us; /* logged in, summed over logins */
	uint32_t logins, refusals, lost, talks, untoned, sentences, replies, dispositions, pauses;
	int refusal_code; /* the last one */
	uint64_t rx_packets, tx_packets, rx_lost, srtp_failed;
};

struct agent {
	struct office *office;
	char login[48];
	enum agent_state state;
	uint64_t leg, stream; /* 0: none */
	struct offer local;
	struct media_srtp key;
	enum amd_law law;
	struct prng prng;
	struct timer step, over;
	void (*next)(struct agent *agent); /* what `step` does */
	int64_t login_us, deaf_until_us;
	bool disposed, pause_toned, speaking;
	struct agent_sums sums;
};

/* Calls the engine. The agent's login and office are set. */
void agent_login(struct agent *agent);
/* BYE or CANCEL, and the stream is closed: its last event brings the packet counts. */
void agent_logout(struct agent *agent);
void agent_sip(struct agent *agent, const struct ua_event *event);
void agent_media(struct agent *agent, const struct media_event *event);

#endif
