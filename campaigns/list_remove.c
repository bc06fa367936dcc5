/* list_remove.c - see list_remove.h */
#include "campaigns/list_remove.h"

#include "campaigns/batch.h"
#include "campaigns/evlog.h"
#include "campaigns/hold_table.h"
#include "campaigns/lead_key.h"
#include "campaigns/ledger.h"
#include "campaigns/line.h"
#include "campaigns/scrub.h"
#include "campaigns/tables.h"

#include "base/clock.h"
#include "base/err.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOKS 5000           /* rows of one read transaction */
#define STEP 1000            /* of one write transaction, at most, */
#define STEP_US (3 * MS_US)  /* and as many as fit into this time */
#define CLOCK_ROWS 16        /* rows between two looks at the clock */

enum fate { GOES, STAYS, HELD };

struct removing {
	struct store *store;
	struct list list;
	struct list_removal *out;
	char *why;
	struct db_key from;      /* where the walk goes on */
	struct db_key found[STEP];
	uint32_t found_count, done;
	struct list_removal step; /* of one transaction, which may run again */
	uint64_t changes;
	bool end;
};

static enum fate fate_of(struct db_txn *txn, const struct lead *lead)
{
	if (hold_has_lead(txn, lead))
		return HELD;
	return lead->attempts || lead->last_us || lead->person_key ? STAYS : GOES;
}

/* --- what stays of somebody who was called */

static void keep_identity(struct lead *lead)
{
	struct lead kept = *lead;
	const char *name, *value;

	kept.fields_bytes = 0;
	for (uint32_t i = 0; lead_field_at(lead, i, &name, &value); i++) {
		size_t bytes = strlen(name) + strlen(value) + 2;

		if (!ledger_names(name))
			continue;
		memcpy(kept.fields + kept.fields_bytes, name, strlen(name) + 1);
		memcpy(kept.fields + kept.fields_bytes + strlen(name) + 1, value, strlen(value) + 1);
		kept.fields_bytes = (uint16_t)(kept.fields_bytes + bytes);
	}
	kept.state = LEAD_DONE;
	kept.priority = 0;
	memset(kept.fields + kept.fields_bytes, 0, sizeof(kept.fields) - kept.fields_bytes);
	*lead = kept;
}

static bool is_kept(const struct lead *lead)
{
	struct lead kept = *lead;

	keep_identity(&kept);
	return lead->state == LEAD_DONE && !lead->callback_us && !lead->priority && lead->fields_bytes == kept.fields_bytes;
}

/* --- one lead */

/* A promise that nobody will keep: the log says so. */
static void callback_goes(struct db_txn *txn, struct removing *run, struct lead *lead)
{
	struct db_key key = key_u64(lead->id);

	if (!lead->callback_us)
		return;
	run->step.callbacks++;
	db_del(txn, T_CALLBACK, &key);
	lead->callback_us = 0;
	lead->callback_own = false;
	evlog_callback(txn, lead);
	lead->callback_seat[0] = 0;
}

static void lead_goes(struct db_txn *txn, const struct lead *lead, struct list *list)
{
	struct db_key key = key_u64(lead->id);
	uint64_t keys[LEAD_KEYS];
	uint32_t count = lead_keys(lead, keys);

	list->leads--;
	list->removed++;
	list->done -= lead->state == LEAD_DONE || lead->state == LEAD_SUPPRESSED;
	for (uint32_t i = 0; i < count; i++) { /* few: most went before */
		struct db_key contact = contact_key(keys[i], lead->id);

		db_del(txn, T_CONTACT, &contact);
	}
	db_del(txn, T_LEAD, &key);
}

static void lead_stays(struct db_txn *txn, struct lead *lead, struct list *list)
{
	list->done += lead->state == LEAD_READY;
	keep_identity(lead);
	lead_save(txn, lead);
}

static void one_lead(struct db_txn *txn, struct removing *run, const struct db_key *key, struct list *list)
{
	struct lead lead;

	if (!lead_load(txn, db_key_u64_at(key, 0), &lead) || lead.list != list->id)
		return;
	enum fate fate = fate_of(txn, &lead);

	run->step.held += fate == HELD; /* since it was looked at */
	if (fate == HELD)
		return;
	index_remove(txn, &lead);
	callback_goes(txn, run, &lead);
	if (fate == STAYS) {
		lead_stays(txn, &lead, list);
		return;
	}
	run->step.gone++;
	lead_goes(txn, &lead, list);
}

/* --- transactions */

static bool time_is_up(uint32_t row, int64_t until_us)
{
	return row % CLOCK_ROWS == CLOCK_ROWS - 1 && clock_steady_us() >= until_us;
}

static int leads_in(struct db_txn *txn, void *arg)
{
	int64_t until_us = clock_steady_us() + STEP_US;
	struct removing *run = arg;
	struct list list;

	run->step = (struct list_removal){0};
	if (!list_load(txn, run->list.id, &list))
		return ERR_STORE;
	for (run->done = 0; run->done < run->found_count && !time_is_up(run->done, until_us) && !txn->err; run->done++)
		one_lead(txn, run, &run->found[run->done], &list);
	list_save(txn, &list);
	return 0;
}

/* A contact goes when its lead does; one that a killed upload left has none. */
static bool contact_goes(struct db_txn *txn, const struct removing *run, const struct db_key *key)
{
	struct lead lead;

	if (!lead_load(txn, db_key_u64_at(key, 8), &lead))
		return !txn->err;
	return lead.list == run->list.id && fate_of(txn, &lead) == GOES;
}

static int contacts_in(struct db_txn *txn, void *arg)
{
	int64_t until_us = clock_steady_us() + STEP_US;
	struct removing *run = arg;

	for (run->done = 0; run->done < run->found_count && !time_is_up(run->done, until_us) && !txn->err; run->done++)
		if (contact_goes(txn, run, &run->found[run->done]))
			db_del(txn, T_CONTACT, &run->found[run->done]);
	return 0;
}

static bool contact_is_ours(
	const struct removing *run, struct db_txn *txn, const struct db_key *key, const struct db_view *view)
{
	return view->bytes == 4 && db_view_u32(view) == run->list.id && contact_goes(txn, run, key);
}

static bool lead_is_ours(const struct removing *run, struct db_txn *txn, const struct db_key *key, const struct db_view *view)
{
	struct lead lead;

	if (!lead_decode_view(txn, key, view, &lead) || lead.list != run->list.id)
		return false;
	enum fate fate = fate_of(txn, &lead);

	run->out->held += fate == HELD;
	run->out->called += fate == STAYS;
	return fate == GOES || (fate == STAYS && !is_kept(&lead));
}

typedef bool ours_h(const struct removing *run, struct db_txn *txn, const struct db_key *key, const struct db_view *view);

/* The next rows that are to be changed. */
static int find(struct removing *run, uint32_t table, ours_h *ours)
{
	struct db_view view;
	struct db_txn txn;
	struct db_key key = run->from;
	uint32_t looks;

	run->found_count = 0;
	db_read_begin(run->store->db, &txn);
	bool there = db_seek(&txn, table, &run->from, &key, &view);

	for (looks = 0; there && looks < LOOKS && run->found_count < STEP && !txn.err; looks++) {
		if (ours(run, &txn, &key, &view))
			run->found[run->found_count++] = key;
		there = db_step(&txn, table, &key, &view);
	}
	run->from = key;
	run->end = !there;
	return db_read_end(&txn);
}

static int change(struct removing *run, db_change_h *change_h)
{
	int64_t from_us = clock_steady_us();
	int err = db_change(run->store->db, change_h, run);

	batch_pause(clock_steady_us() - from_us);
	if (!err && ++run->changes == run->out->stop_after)
		return -ECANCELED;
	return err;
}

static int walk(struct removing *run, uint32_t table, ours_h *ours, db_change_h *change_h)
{
	int err = 0;

	run->from = db_key_empty();
	run->end = false;
	while (!err && !run->end) {
		err = find(run, table, ours);
		while (!err && run->found_count) {
			err = change(run, change_h);
			run->out->gone += run->step.gone;
			run->out->held += run->step.held;
			run->out->callbacks += run->step.callbacks;
			run->step = (struct list_removal){0};
			run->found_count -= run->done;
			memmove(run->found, run->found + run->done, run->found_count * sizeof(run->found[0]));
		}
	}
	return err;
}

/* --- begin and end */

static bool is_called(struct db_txn *txn, uint32_t list)
{
	struct db_key from = db_key_empty(), key;
	struct db_view view;

	for (bool there = db_seek(txn, T_ACTIVE, &from, &key, &view); there; there = db_step(txn, T_ACTIVE, &key, &view))
		if (db_view_u32(&view) == list)
			return true;
	return false;
}

static bool dialled_by(struct db_txn *txn, uint32_t list, struct campaign *out)
{
	struct db_key from = db_key_empty(), key;

	for (bool there = db_seek(txn, T_CAMPAIGN, &from, &key, NULL); there; there = db_step(txn, T_CAMPAIGN, &key, NULL))
		if (campaign_load(txn, db_key_u32_at(&key, 0), out) && campaign_dials(out, list) &&
			(out->state == CAMPAIGN_RUNNING || out->state == CAMPAIGN_PAUSED))
			return true;
	return false;
}

static int may_go(struct db_txn *txn, const struct removing *run)
{
	struct campaign campaign;

	if (dialled_by(txn, run->list.id, &campaign))
		return say(run->why, ERR_WRONG_STATE, "the campaign \"%s\" dials the list and is %s: stop it, or give it another list",
			campaign.name, campaign_state_name(campaign.state));
	if (is_called(txn, run->list.id))
		return say(run->why, ERR_WRONG_STATE, "a call to one of its leads is under way: try again when it is over");
	return 0;
}

static int begin_in(struct db_txn *txn, void *arg)
{
	struct removing *run = arg;
	struct list list;
	int err = may_go(txn, run);

	if (err || !list_load(txn, run->list.id, &list))
		return err ? err : ERR_STORE;
	if (list.state == LIST_REMOVING)
		return 0; /* goes on */
	list.state = LIST_REMOVING;
	list_save(txn, &list);
	evlog_list(txn, &list);
	store_touch(txn);
	return 0;
}

static void end_event(struct db_txn *txn, struct removing *run, const struct list *list)
{
	struct line line;

	run->out->event = evlog_start(txn, &line, "list_removed");
	line_u64(&line, "list", list->id);
	line_text(&line, "list_name", list->name);
	line_u64(&line, "gone", list->removed);
	line_u64(&line, "called", run->out->called);
	line_u64(&line, "held", run->out->held);
	evlog_end(txn, run->out->event, &line);
}

static int end_in(struct db_txn *txn, void *arg)
{
	struct removing *run = arg;
	struct db_key name = key_text(run->list.name);
	struct list list;

	if (!list_load(txn, run->list.id, &list))
		return ERR_STORE;
	list.state = LIST_REMOVED;
	list_save(txn, &list);
	if (!run->out->held)
		db_del(txn, T_LIST_NAME, &name);
	end_event(txn, run, &list);
	scrub_want(txn);
	store_touch(txn);
	return 0;
}

/* Leads are counted by the walk that changes them; what a hold keeps at its end is kept. */
static int go(struct removing *run)
{
	int err = change(run, begin_in);

	if (!err)
		err = walk(run, T_CONTACT, contact_is_ours, contacts_in);
	if (!err)
		err = walk(run, T_LEAD, lead_is_ours, leads_in);
	return err ? err : change(run, end_in);
}

/* --- the calls */

static struct removing *open_run(struct store *store, const char *name, struct list_removal *out, char *why, int *err)
{
	struct removing *run = calloc(1, sizeof(*run));

	*out = (struct list_removal){.stop_after = out->stop_after};
	*err = run ? list_get(store, name, &run->list) : -ENOMEM;
	if (*err) {
		say(why, *err, *err == ERR_UNKNOWN ? "there is no list \"%.47s\"" : "the list \"%.47s\" cannot be read", name);
		free(run);
		return NULL;
	}
	run->store = store;
	run->out = out;
	run->why = why;
	return run;
}

static int look_may(struct removing *run)
{
	struct db_txn txn;
	int err, also;

	db_read_begin(run->store->db, &txn);
	err = may_go(&txn, run);
	also = db_read_end(&txn);
	return err ? err : also;
}

static bool count_lead(const struct removing *run, struct db_txn *txn, const struct db_key *key, const struct db_view *view)
{
	struct lead lead;

	if (!lead_decode_view(txn, key, view, &lead) || lead.list != run->list.id)
		return false;
	enum fate fate = fate_of(txn, &lead);

	run->out->gone += fate == GOES;
	run->out->called += fate == STAYS;
	run->out->held += fate == HELD;
	run->out->callbacks += fate != HELD && lead.callback_us;
	return false;
}

int list_remove_look(struct store *store, const char *name, struct list_removal *out, char *why)
{
	int err;
	struct removing *run = open_run(store, name, out, why, &err);

	if (!run)
		return err;
	err = look_may(run);
	while (!err && !run->end)
		err = find(run, T_LEAD, count_lead);
	free(run);
	return err;
}

int list_remove(struct store *store, const char *name, struct list_removal *out, char *why)
{
	int err, lock;
	struct removing *run = open_run(store, name, out, why, &err);

	if (!run)
		return err;
	err = lead_batch_lock(store, run->list.id, &lock);
	if (err == ERR_WRONG_STATE)
		say(why, err, "an upload to the list, or its removal, is under way: try again when it has ended");
	if (!err)
		err = go(run);
	if (err && err != ERR_WRONG_STATE && err != -ECANCELED)
		say(why, err, "the list is not removed yet: %s; the same command goes on", err_text(err));
	if (lock >= 0)
		close(lock);
	free(run);
	return err;
}
