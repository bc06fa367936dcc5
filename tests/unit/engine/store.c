/* store.c - one list, its campaigns and its trunks, and a writer that is as slow as a test wants it; see world.h */
#include "tests/unit/engine/world.h"

#include "base/clock.h"
#include "base/err.h"
#include "dialer/lore.h"

#include <errno.h>

int store_open(struct store **store, const char *dir, enum store_mode mode, char *why)
{
	(void)dir, (void)mode, (void)why;
	*store = (struct store *)w;
	return 0;
}

const char *claim_reason_name(enum claim_reason reason)
{
	return reason == CLAIM_OK ? "ok" : "dnc";
}

int attempt_still_allowed(struct store *store, const struct attempt *attempt, int64_t now_us, enum claim_reason *reason)
{
	(void)store, (void)now_us;
	*reason = attempt->e164[strlen(attempt->e164) - 1] == '7' ? CLAIM_DNC : CLAIM_OK;
	return 0;
}

const char *store_dir(const struct store *store)
{
	(void)store;
	return w->dir;
}

/* What the engine before this one learned, kept over the worlds of this program. */
static struct pacing_learned lore;
static bool lore_kept;

int lore_load(const char *dir, const char *campaign, struct pacing_learned *out)
{
	(void)dir;
	(void)campaign;
	if (!lore_kept || !w->taught)
		return -ENOENT;
	*out = lore;
	return 0;
}

void lore_save(const char *dir, const char *campaign, const struct pacer *pacer)
{
	(void)dir;
	(void)campaign;
	pacer_learned(pacer, &lore);
	lore_kept = true;
}

void store_close(struct store *store)
{
	(void)store;
}

uint64_t store_version(struct store *store)
{
	(void)store;
	return w->version;
}

int trunk_get(struct store *store, const char *name, struct trunk *out)
{
	(void)store;
	const struct trunk *found = strcmp(name, w->trunk.name) == 0 ? &w->trunk : &w->other;

	if (strcmp(name, found->name) != 0)
		return ERR_UNKNOWN;
	*out = *found;
	return 0;
}

int trunk_next(struct store *store, const char *after, struct trunk *out)
{
	(void)store;
	bool first = !*after, second = !strcmp(after, w->trunk.name) && w->other.name[0];

	if (first || second)
		*out = first ? w->trunk : w->other;
	return first || second ? 0 : ERR_UNKNOWN;
}

int seat_get(struct store *store, const char *login, struct seat *out)
{
	(void)store;
	*out = (struct seat){0};
	text_copy(out->login, sizeof(out->login), login);
	text_copy(out->team, sizeof(out->team), w->team0 && strcmp(login, "seat0") == 0 ? w->team0 : "team");
	return 0;
}

int campaign_next(struct store *store, const char *after, struct campaign *out)
{
	const struct campaign *next = !*after ? &w->campaign : &w->second;

	(void)store;
	if (!next->name[0] || strcmp(next->name, after) == 0)
		return ERR_UNKNOWN;
	*out = *next;
	return 0;
}

int callback_search(struct store *store, struct callback_search *search)
{
	(void)store;
	search->waits = false;
	search->next_us = 0;
	return ERR_UNKNOWN; /* test_own_sim.c has those */
}

int suppress_next(struct store *store, uint16_t after, struct suppress_list *out)
{
	(void)store, (void)after, (void)out;
	return ERR_UNKNOWN;
}

int campaign_get(struct store *store, const char *name, struct campaign *out)
{
	(void)store;
	*out = w->campaign;
	return strcmp(name, out->name) == 0 ? 0 : ERR_UNKNOWN;
}

bool campaign_overdials(const struct campaign *campaign)
{
	return (campaign->mode == CAMPAIGN_PREDICTIVE || campaign->mode == CAMPAIGN_POWER) && (campaign->purpose != PURPOSE_COLLECTIONS || *campaign->overdial_by);
}

const char *campaign_purpose_name(enum campaign_purpose purpose)
{
	(void)purpose;
	return "purpose";
}

const char *campaign_mode_name(enum campaign_mode mode)
{
	return mode == CAMPAIGN_PREDICTIVE ? "predictive" : "progressive";
}

const char *campaign_state_name(enum campaign_state state)
{
	(void)state;
	return "state";
}

int tally_read(struct store *store, const struct campaign *campaign, int64_t since_us, tally_h *each, void *arg)
{
	struct tally row = {.at_us = w->began_us - DAY_US, .live_count = w->history, .abandoned_count = w->history / 10};

	(void)store;
	if (campaign->id == 1 && w->history && row.at_us >= since_us)
		each(arg, &row);
	return 0;
}

void attempt_call_id(struct store *store, uint64_t id, char out[64])
{
	(void)store;
	snprintf(out, 64, "%llu@sim", (unsigned long long)id);
}

int writer_start(struct writer **writer, struct store *store, uint64_t *recovered, char *why)
{
	(void)store, (void)why;
	*recovered = 0;
	*writer = (struct writer *)w;
	return 0;
}

void writer_stop(struct writer *writer)
{
	(void)writer;
}

int writer_event_fd(const struct writer *writer)
{
	(void)writer;
	return 0;
}

bool writer_take(struct writer *writer, struct writer_event *event)
{
	(void)writer;
	if (w->writer_tail == w->writer_head || w->now_us < w->writer_due_us[w->writer_tail % 8192])
		return false;
	*event = w->writer[w->writer_tail++ % 8192];
	return true;
}

static struct writer_event *writer_event_new(void)
{
	w->writer_due_us[w->writer_head % 8192] = w->now_us + w->writer_slow_us;
	return &w->writer[w->writer_head++ % 8192];
}

int writer_claim(struct writer *writer, uint32_t campaign, uint32_t count)
{
	(void)writer;
	assert_in_range(count, 1, 256);
	while (count && w->leads_left) {
		struct writer_event *event = writer_event_new();
		*event = (struct writer_event){.kind = WRITER_CLAIMED, .campaign = campaign};
		event->attempt = (struct attempt){.id = ++w->attempts, .lead = w->attempts, .campaign = campaign, .intent_us = w->now_us};
		snprintf(event->attempt.e164, sizeof(event->attempt.e164), "+861380000%04d", (int)w->attempts);
		w->leads_left--;
		count--;
	}
	if (count)
		*writer_event_new() = (struct writer_event){.kind = WRITER_EMPTY, .campaign = campaign, .count = count,
			.finished = w->outcomes == w->leads};
	return 0;
}

int writer_claim_own(struct writer *writer, uint32_t campaign, const char *seat, uint64_t lead)
{
	(void)writer, (void)campaign, (void)seat, (void)lead;
	fail_msg("nobody has a callback in this world");
	return 0;
}

int writer_outcome(struct writer *writer, const struct attempt *attempt)
{
	(void)writer;
	if (w->writer_refuses && world_chance() < 0.3)
		return -EAGAIN;
	assert_in_range(attempt->id, 1, w->attempts);
	assert_int_equal(w->result[attempt->id], OUTCOME_NONE); /* exactly one */
	assert_true(attempt->outcome > OUTCOME_NONE && attempt->outcome < OUTCOME_COUNT);
	assert_true(attempt->end_us >= attempt->intent_us);
	if (attempt->outcome == OUTCOME_CONNECTED) {
		assert_true(attempt->seat[0] && attempt->seat_us && attempt->answer_us);
		int64_t from_us = attempt->greeting_end_us ? attempt->greeting_end_us : attempt->verdict_us;
		assert_true(attempt->seat_us - (from_us ? from_us : attempt->answer_us) <= w->campaign.hold_us);
	}
	if (attempt->outcome == OUTCOME_VOICEMAIL)
		assert_true(attempt->message_us && (w->informs || (attempt->end_us - attempt->message_us >= 8 * SEC_US && w->campaign.voicemail[0])));
	if (attempt->sampled)
		assert_true(attempt->seat[0] && strcmp(attempt->verdict, "machine") == 0 && !attempt->message_us);
	if (w->kept_us[attempt->id]) {
		if (w->opts_out || (attempt->hangup_by == HANGUP_SEAT && attempt->outcome != OUTCOME_SEAT_LOST))
			assert_true(attempt->end_us >= w->kept_us[attempt->id]); /* no BYE before the opt-out is durable */
		if (!w->seats_misbehave) /* who may press another key after that */
			assert_string_equal(attempt->disposition, "do_not_call");
		assert_int_equal(attempt->seat_us == 0, w->opts_out);
		w->kept++;
	}
	w->record[attempt->id] = *attempt;
	w->result[attempt->id] = attempt->outcome;
	w->connected[attempt->campaign - 1] += attempt->outcome == OUTCOME_CONNECTED;
	if (attempt->outcome == OUTCOME_ABANDONED && !strcmp(attempt->sip_reason, "no usable media description"))
		w->by_unusable++; /* no pacing foresees these: scenarios ask for what pacing and seats lose */
	else
		w->by[attempt->outcome]++;
	w->outcomes++;
	return 0;
}

int writer_disposition(struct writer *writer, uint64_t attempt, const char *disposition)
{
	struct attempt *record = &w->record[attempt];

	(void)writer;
	assert_true(w->result[attempt] != OUTCOME_NONE); /* only after the outcome */
	if (w->writer_refuses && world_chance() < 0.3) {
		w->said_again++;
		return -EAGAIN;
	}
	w->said++;
	judge_dispose(record, disposition, w->campaign.hold_us); /* as the store does it */
	return 0;
}

int writer_shift(struct writer *writer, const struct shift *shift)
{
	(void)writer;
	assert_int_equal(shift->wait_us + shift->talk_us + shift->wrap_us + shift->pause_us, shift->logout_us - shift->login_us);
	w->shifts++;
	w->shifts_moved += strcmp(shift->end, "team") == 0;
	return 0;
}

int writer_dnc(struct writer *writer, const char *e164)
{
	(void)writer, (void)e164;
	return 0;
}

int writer_opt_out(struct writer *writer, uint64_t attempt, const char *e164, int64_t asked_us, const char *how)
{
	(void)writer;
	assert_string_equal(how, w->agents_tell || !w->opts_out ? "agent" : "key");
	if (w->writer_refuses && world_chance() < 0.3)
		return -EAGAIN;
	assert_int_equal(*e164, '+');
	assert_in_range(asked_us, 1, w->now_us);
	w->kept_us[attempt] = w->now_us + w->writer_slow_us;
	if (w->opt_outs_wait)
		return 0;
	*writer_event_new() = (struct writer_event){.kind = WRITER_KEPT, .campaign = 1, .attempt = {.id = attempt}};
	return 0;
}

int writer_campaign_finished(struct writer *writer, uint32_t campaign)
{
	(void)writer, (void)campaign;
	w->signals = 1; /* nothing is left: the engine may go */
	w->logins = false;
	return 0;
}

int writer_recording(struct writer *writer, const struct recording_note *note)
{
	(void)writer;
	w->notes[note->kind]++;
	assert_true(note->attempt && note->at_us == w->now_us);
	if (note->kind == NOTE_PAUSED || note->kind == NOTE_RESUMED)
		w->note = *note;
	return 0;
}

int writer_print(struct writer *writer, const struct print_row *row)
{
	(void)writer;
	if (w->writer_refuses && world_chance() < 0.3)
		return -EAGAIN;
	assert_true(row->slot < PRINT_SLOTS);
	w->rows[row->slot] = *row;
	return 0;
}

int print_next(struct store *store, uint32_t from, struct print_row *out)
{
	(void)store;
	while (from < PRINT_SLOTS && !w->rows[from].bytes)
		from++;
	if (from == PRINT_SLOTS)
		return ERR_UNKNOWN;
	*out = w->rows[from];
	return 0;
}

uint64_t print_labels_version(struct store *store)
{
	(void)store;
	return w->label.label != 0;
}

int print_label_next(struct store *store, uint32_t from, struct print_label *out)
{
	(void)store;
	*out = w->label;
	return from > w->label.recording || !w->label.label ? ERR_UNKNOWN : 0;
}

int print_key(struct store *store, uint8_t key[32])
{
	(void)store;
	memset(key, 7, 32);
	return 0;
}

bool writer_healthy(const struct writer *writer)
{
	(void)writer;
	return true;
}

void writer_counters(const struct writer *writer, struct writer_counters *out)
{
	(void)writer;
	memset(out, 0, sizeof(*out));
}
