/* status.c - the engine's state as one JSON document (its shape: control.h) */
#include "dialer/engine.h"

#include "dialer/ua_tls.h"

#include "base/err.h"

#include <string.h>
#include <unistd.h>

/* Calls of a run by state: the pacer has its own sums, these are the engine's. */
static void status_calls(struct engine *engine, const struct run *run, struct doc *out)
{
	int64_t count[CALL_STATES] = {0};
	struct call *call;
	uint64_t handle;

	for (uint32_t at = 0; (call = pool_next(&engine->calls, &at, &handle));)
		if (call->run == run)
			count[call->state]++;
	doc_put_i64(out, "ringing", count[CALL_DIALLING] + count[CALL_RINGING]);
	doc_put_i64(out, "answered", count[CALL_LISTENING] + count[CALL_OFFERED] + count[CALL_WAITING] + count[CALL_MESSAGE] +
					   count[CALL_BEEP] + count[CALL_LEAVING]);
	doc_put_i64(out, "talking", count[CALL_TALKING] + count[CALL_TRIAL]);
}

static void status_pacing(const struct run *run, struct doc *out)
{
	struct pacing_state state = pacer_state(run->pacer);
	const struct {
		const char *name;
		uint64_t value;
	} sums[] = {{"dialled", state.dialled}, {"live", state.live}, {"connected", state.connected},
		{"abandoned", state.abandoned}, {"machines", state.machines}, {"no_answer", state.no_answer},
		{"busy", state.busy}, {"dead", state.dead}, {"failed", state.failed}};

	for (unsigned i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		doc_put_i64(out, sums[i].name, (int64_t)sums[i].value);
	doc_put_real(out, "abandoned_prob", state.abandoned_prob);
	doc_put_real(out, "ceiling_prob", run->campaign.abandon_prob_max);
	doc_put_text(out, "reason", pacing_reason_name(state.last.reason));
	doc_put_real(out, "answer_prob", state.last.answer_prob);
	doc_put_real(out, "overflow_expected", state.last.overflow_expected);
}

static struct doc *status_run(struct engine *engine, const struct run *run)
{
	const struct campaign *campaign = &run->campaign;
	struct doc *out = doc_object();
	char why[WHY_SENTENCE_BYTES];

	doc_put_text(out, "name", campaign->name);
	doc_put_text(out, "mode", campaign_mode_name(campaign->mode));
	doc_put_text(out, "state", campaign_state_name(campaign->state));
	doc_put_text(out, "team", campaign->team);
	doc_put_text(out, "trunk", campaign->trunk);
	status_calls(engine, run, out);
	status_pacing(run, out);
	doc_put_i64(out, "next_us", run->next_us);
	doc_put_bool(out, "empty", clock_us() < run->empty_until_us);
	doc_put_bool(out, "finished", run->finished);
	why_sentence(engine, run, clock_us(), why, sizeof(why));
	doc_put_text(out, "why", why);
	return out;
}

static struct doc *status_fields(const struct call *call)
{
	struct doc *out = doc_object();
	const char *at = call->fields, *end = call->fields + call->fields_bytes;

	while (at < end) {
		const char *value = at + strlen(at) + 1;
		if (value >= end)
			break;
		doc_put_text(out, at, value);
		at = value + strlen(value) + 1;
	}
	return out;
}

static struct doc *status_desk(struct engine *engine, const struct desk *desk)
{
	const struct call *call = pool_get(&engine->calls, desk->call);
	struct doc *out = doc_object();

	doc_put_text(out, "login", desk->seat.login);
	doc_put_text(out, "name", desk->seat.name);
	doc_put_text(out, "team", desk->seat.team);
	doc_put_text(out, "state", desk_state_name(desk->state));
	doc_put_i64(out, "since_us", desk->since_us);
	doc_put_text(out, "campaign", desk->run ? desk->run->campaign.name : "");
	doc_put_text(out, "number", call ? call->attempt.e164 : "");
	doc_put_i64(out, "attempt", (int64_t)desk->attempt);
	doc_put(out, "fields", call ? status_fields(call) : doc_object());
	doc_put_i64(out, "calls", desk->shift.calls);
	doc_put_i64(out, "wait_us", desk->shift.wait_us);
	doc_put_i64(out, "talk_us", desk->shift.talk_us);
	doc_put_i64(out, "wrap_us", desk->shift.wrap_us);
	doc_put_i64(out, "pause_us", desk->shift.pause_us);
	return out;
}

static struct doc *status_gateway(const struct gateway *gateway)
{
	const struct gateway_target *target = &gateway->target;
	struct doc *out = doc_object();

	doc_put_text(out, "name", target->name);
	doc_put_text(out, "ip", target->ip);
	doc_put_i64(out, "port", target->port);
	doc_put_text(out, "transport", target->transport);
	doc_put_i64(out, "priority", target->priority >> 16);
	doc_put_i64(out, "weight", target->weight);
	doc_put_bool(out, "up", !gateway->resting_until_us);
	doc_put_i64(out, "resting_until_us", gateway->resting_until_us);
	doc_put_text(out, "trouble", gateway_trouble_name(gateway->trouble));
	doc_put_i64(out, "failed_streak", gateway->streak);
	doc_put_text(out, "why", gateway_trouble_text(gateway));
	doc_put_i64(out, "invites", (int64_t)gateway->invites);
	doc_put_i64(out, "silent", (int64_t)gateway->silent);
	doc_put_i64(out, "refused", (int64_t)gateway->refused);
	doc_put_i64(out, "busy", (int64_t)gateway->busy);
	doc_put_i64(out, "rests", (int64_t)gateway->rests);
	doc_put_i64(out, "pings", (int64_t)gateway->pings);
	doc_put_i64(out, "pings_failed", (int64_t)gateway->pings_failed);
	return out;
}

static struct doc *status_gateways(const struct gateways *gateways)
{
	struct doc *out = doc_array();

	for (int i = 0; i < TARGETS_MAX; i++)
		if (gateways->slots[i].serial)
			doc_push(out, status_gateway(&gateways->slots[i]));
	return out;
}

static struct doc *status_gate(const struct gate *gate)
{
	struct doc *out = doc_object();

	doc_put_text(out, "name", gate->trunk.name);
	doc_put_i64(out, "calls", gate->calls);
	doc_put_i64(out, "unheard", gate->unheard);
	doc_put_i64(out, "calls_max", gate->trunk.calls_max);
	doc_put_real(out, "cps_max", gate->trunk.cps_max);
	doc_put_i64(out, "failed_streak", gate_streak(gate));
	doc_put_i64(out, "resting_until_us", gate_resting_until_us(gate));
	doc_put_i64(out, "unusable_streak", gate->unusable);
	doc_put_i64(out, "failed_over", (int64_t)gate->failed_over);
	doc_put_bool(out, "registers", gate->registration.lifetime_s != 0);
	doc_put_bool(out, "registered", registration_holds(&gate->registration, clock_us()));
	doc_put_i64(out, "registered_until_us", gate->registration.expires_us);
	doc_put_i64(out, "register_code", gate->registration.code);
	doc_put_i64(out, "register_next_us", gate->registration.next_us);
	doc_put(out, "gateways", status_gateways(&gate->gateways));
	return out;
}

static struct doc *status_sip(const struct engine *engine)
{
	struct ua_counters c;
	struct doc *out = doc_object();

	ua_counters(engine->ua, &c);
	doc_put_i64(out, "legs", c.legs);
	doc_put_i64(out, "invites_out", (int64_t)c.invites_out);
	doc_put_i64(out, "invites_in", (int64_t)c.invites_in);
	doc_put_i64(out, "logins_refused", (int64_t)c.logins_refused);
	doc_put_i64(out, "logins_slowed", (int64_t)c.logins_slowed);
	doc_put_i64(out, "strangers", (int64_t)c.strangers);
	doc_put_i64(out, "malformed", (int64_t)c.malformed);
	doc_put_i64(out, "timeouts", (int64_t)c.timeouts);
	doc_put_i64(out, "raced", (int64_t)c.raced);
	doc_put_i64(out, "relics", (int64_t)c.relics);
	doc_put_i64(out, "relics_ended", (int64_t)c.relics_ended);
	uint64_t tls_connected, tls_failed;
	struct names_counters names;
	tls_counted(&tls_connected, &tls_failed);
	names_count(engine->names, &names);
	doc_put_i64(out, "tls_connected", (int64_t)tls_connected);
	doc_put_i64(out, "tls_failed", (int64_t)tls_failed);
	doc_put_i64(out, "names_resolved", (int64_t)names.answers);
	doc_put_i64(out, "names_failed", (int64_t)names.failures);
	return out;
}

static struct doc *status_media(const struct engine *engine)
{
	struct media_counters c;
	struct doc *out = doc_object();

	media_counters(engine->media, &c);
	doc_put_i64(out, "streams", c.streams);
	doc_put_i64(out, "workers", c.workers);
	doc_put_bool(out, "fifo", c.fifo);
	doc_put_i64(out, "rx_packets", (int64_t)c.rx_packets);
	doc_put_i64(out, "tx_packets", (int64_t)c.tx_packets);
	doc_put_i64(out, "dropped_events", (int64_t)c.dropped_events);
	doc_put_i64(out, "late_ticks", (int64_t)c.late_ticks);
	doc_put_i64(out, "lanes", c.lanes);
	doc_put_i64(out, "direct_sockets", c.direct);
	doc_put_i64(out, "relayed_away", (int64_t)c.relayed_away);
	doc_put_i64(out, "relay_full", (int64_t)c.relay_full);
	doc_put_bool(out, "kernel", c.kernel);
	doc_put_i64(out, "carried", c.carried);
	doc_put_i64(out, "carried_packets", (int64_t)c.carried_packets);
	doc_put_i64(out, "carried_missed", (int64_t)c.carried_missed);
	doc_put_i64(out, "strangers", (int64_t)c.refused[MEDIA_REFUSED_STRANGER]);
	doc_put_i64(out, "garbage", (int64_t)c.refused[MEDIA_REFUSED_GARBAGE]);
	doc_put_i64(out, "srtp_failed", (int64_t)c.refused[MEDIA_REFUSED_SRTP]);
	doc_put_i64(out, "records_begun", (int64_t)c.records_begun);
	doc_put_i64(out, "records_refused", (int64_t)c.records_refused);
	doc_put_i64(out, "record_lost_ms", (int64_t)c.record_lost_ms);
	return out;
}

static struct doc *status_writer(const struct engine *engine)
{
	struct writer_counters c;
	struct doc *out = doc_object();

	writer_counters(engine->writer, &c);
	doc_put_i64(out, "commits", (int64_t)c.commits);
	doc_put_i64(out, "claims", (int64_t)c.claims);
	doc_put_i64(out, "outcomes", (int64_t)c.outcomes);
	doc_put_i64(out, "failures", (int64_t)c.failures);
	doc_put_i64(out, "waiting", c.waiting);
	doc_put_i64(out, "commit_us_p99", c.commit_us_p99);
	doc_put_i64(out, "refused", (int64_t)c.refused);
	doc_put_i64(out, "unrecovered", (int64_t)c.unrecovered);
	doc_put_i64(out, "failing_since_us", c.failing_since_us);
	doc_put_text(out, "error", c.err ? err_text(c.err) : "");
	return out;
}

static struct doc *status_recall(const struct engine *engine)
{
	struct recall_counters c;
	struct doc *out = doc_object();

	recall_count(engine->recall, &c);
	doc_put_i64(out, "heard", (int64_t)c.heard);
	doc_put_i64(out, "known", (int64_t)c.known);
	doc_put_i64(out, "entries", c.entries);
	doc_put_i64(out, "announcements", c.announcements);
	return out;
}

static struct doc *status_governor(const struct engine *engine)
{
	const struct governor *governor = &engine->governor;
	struct doc *out = doc_object();

	doc_put_text(out, "cause", governor_cause_name(governor->cause));
	doc_put_real(out, "allowed_rate", governor->cause ? governor->rate : 0);
	doc_put_real(out, "placed_rate", governor->placed_rate);
	doc_put_i64(out, "limits", (int64_t)governor->limits);
	return out;
}

static struct doc *status_loop(const struct engine *engine)
{
	struct doc *out = doc_object();

	doc_put_i64(out, "steps", (int64_t)engine->steps);
	doc_put_i64(out, "late_us_max", engine->late_us_max);
	doc_put_i64(out, "step_us_p999", hist_at(&engine->step_us, 0.999));
	doc_put_i64(out, "store_us_p999", hist_at(&engine->store_us, 0.999));
	doc_put_i64(out, "store_us_max", engine->store_us.max);
	doc_put_i64(out, "misfits", (int64_t)engine->misfits);
	doc_put_i64(out, "recovered", (int64_t)engine->recovered);
	return out;
}

struct doc *status_doc(struct engine *engine)
{
	struct doc *out = doc_object(), *runs = doc_array(), *desks = doc_array(), *gates = doc_array();
	struct desk *desk;
	uint64_t handle;

	doc_put_bool(out, "ok", true);
	doc_put_i64(out, "pid", getpid());
	doc_put_i64(out, "started_us", engine->started_us);
	doc_put_i64(out, "now_us", clock_us());
	doc_put_bool(out, "healthy", !engine->unhealthy);
	doc_put_bool(out, "draining", engine->draining);
	for (int i = 0; i < RUNS_MAX; i++)
		if (engine->runs[i].used)
			doc_push(runs, status_run(engine, &engine->runs[i]));
	for (uint32_t at = 0; (desk = pool_next(&engine->desks, &at, &handle));)
		doc_push(desks, status_desk(engine, desk));
	for (int i = 0; i < GATES_MAX; i++)
		if (engine->gates[i].trunk.name[0])
			doc_push(gates, status_gate(&engine->gates[i]));
	doc_put(out, "campaigns", runs);
	doc_put(out, "seats", desks);
	doc_put(out, "trunks", gates);
	doc_put(out, "sip", status_sip(engine));
	doc_put(out, "media", status_media(engine));
	doc_put(out, "writer", status_writer(engine));
	doc_put(out, "recordings", status_recall(engine));
	doc_put(out, "loop", status_loop(engine));
	doc_put(out, "governor", status_governor(engine));
	doc_put(out, "suppression", suppress_ages(engine->store, clock_us()));
	return out;
}
