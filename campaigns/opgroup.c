/* opgroup.c - claims, outcomes and the rest, inside the storage thread's transaction */
#include "campaigns/opgroup.h"

#include "campaigns/evlog.h"
#include "campaigns/view.h"

#include "base/clock.h"
#include "base/err.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUILD_STEP 1000 /* leads: about 1.5 ms and a commit, which a claim that comes meanwhile waits for */

int opgroup_init(struct opgroup *group, struct store *store)
{
	group->store = store;
	group->ops = calloc(OPGROUP_OPS, sizeof(*group->ops));
	group->out = calloc(OPGROUP_EVENTS, sizeof(*group->out));
	return group->ops && group->out ? 0 : -ENOMEM;
}

void opgroup_fini(struct opgroup *group)
{
	claim_fini(&group->run);
	free(group->ops);
	free(group->out);
}

struct writer_event *opgroup_event(struct opgroup *group, enum writer_event_kind kind)
{
	struct writer_event *event = &group->out[group->out_count++];

	memset(event, 0, offsetof(struct writer_event, fields));
	event->kind = kind;
	return event;
}

static void opgroup_empty(struct opgroup *group, struct db_txn *txn, const struct op *op, uint32_t given)
{
	struct writer_event *event = opgroup_event(group, WRITER_EMPTY);

	event->campaign = op->campaign;
	event->count = op->count - given;
	claim_rest(&group->run, txn, &event->next_us, &event->finished);
}

static void opgroup_claims(struct opgroup *group, struct db_txn *txn, uint32_t campaign)
{
	if (group->run.store == NULL || group->run.campaign.id != campaign)
		claim_start(&group->run, group->store, txn, campaign, group->now_us);
}

static struct writer_event *opgroup_claimed(struct opgroup *group, const struct attempt *attempt, const struct lead *lead)
{
	struct writer_event *event = opgroup_event(group, WRITER_CLAIMED);

	event->campaign = attempt->campaign;
	event->count = 1;
	event->attempt = *attempt;
	event->fields_bytes = lead->fields_bytes;
	memcpy(event->fields, lead->fields, lead->fields_bytes);
	return event;
}

static void opgroup_do_claim(struct opgroup *group, struct db_txn *txn, const struct op *op)
{
	struct attempt attempt;
	struct lead lead;
	uint32_t given;

	opgroup_claims(group, txn, op->campaign);
	for (given = 0; given < op->count && claim_next(&group->run, txn, &attempt, &lead); given++)
		opgroup_claimed(group, &attempt, &lead);
	if (given < op->count)
		opgroup_empty(group, txn, op, given);
}

static void opgroup_do_claim_own(struct opgroup *group, struct db_txn *txn, const struct op *op)
{
	struct writer_event *event;
	struct attempt attempt;
	struct lead lead;

	opgroup_claims(group, txn, op->campaign);
	if (claim_own(&group->run, txn, op->own.lead, op->own.seat, &attempt, &lead)) {
		event = opgroup_claimed(group, &attempt, &lead);
	} else {
		event = opgroup_event(group, WRITER_EMPTY);
		event->campaign = op->campaign;
		event->count = 1;
	}
	memcpy(event->seat, op->own.seat, sizeof(event->seat));
}

/* A second outcome is a refusal, not a failure of the group. */
static void opgroup_do_outcome(struct opgroup *group, struct db_txn *txn, const struct op *op)
{
	int err = attempt_finish(txn, &op->attempt, group->now_us);
	struct writer_event *event;

	if (txn->err)
		return;
	event = opgroup_event(group, err ? WRITER_FAILED : WRITER_DURABLE);
	event->err = err;
	event->campaign = op->attempt.campaign;
	event->attempt = op->attempt;
	group->refused += err != 0;
}

static void opgroup_do_dnc(struct db_txn *txn, const struct op *op)
{
	if (dnc_set(txn, number_of(op->e164), true))
		return;
	evlog_dnc(txn, op->e164, true, 0);
	meta_add(txn, "dnc_count", 1);
	store_touch(txn);
}

/* A number that is on the list already is kept as well: the person is told so by the end of the call. */
static void opgroup_do_opt_out(struct opgroup *group, struct db_txn *txn, const struct op *op)
{
	struct writer_event *event;

	dnc_opt_out(txn, op->opt_out.e164, op->opt_out.id, op->opt_out.asked_us, op->opt_out.how);
	if (txn->err)
		return;
	event = opgroup_event(group, WRITER_KEPT);
	event->attempt.id = op->opt_out.id;
}

/* Leads may have been imported since the engine saw the end: then the campaign goes on. */
static void opgroup_do_finished(struct opgroup *group, struct db_txn *txn, const struct op *op)
{
	int64_t next_us;
	bool finished;

	claim_start(&group->run, group->store, txn, op->campaign, group->now_us);
	claim_rest(&group->run, txn, &next_us, &finished);
	if (!finished)
		return;
	group->run.campaign.state = CAMPAIGN_FINISHED;
	group->run.ready = false;
	campaign_save(txn, &group->run.campaign);
	evlog_campaign(txn, &group->run.campaign, EVLOG_STATE);
	store_touch(txn);
}

static void opgroup_do(struct opgroup *group, struct db_txn *txn, const struct op *op)
{
	switch (op->kind) {
	case OP_CLAIM:
		opgroup_do_claim(group, txn, op);
		break;
	case OP_CLAIM_OWN:
		opgroup_do_claim_own(group, txn, op);
		break;
	case OP_OUTCOME:
		opgroup_do_outcome(group, txn, op);
		break;
	case OP_DISPOSITION: /* of an attempt that is not there or not finished: refused, like a second outcome */
		group->refused += attempt_dispose(txn, op->disposition.id, op->disposition.name, group->now_us) != 0;
		break;
	case OP_SHIFT:
		shift_save(txn, &op->shift);
		break;
	case OP_DNC:
		opgroup_do_dnc(txn, op);
		break;
	case OP_OPT_OUT:
		opgroup_do_opt_out(group, txn, op);
		break;
	case OP_RECORDING:
		recording_note_in(txn, &op->recording);
		break;
	case OP_PRINT:
		print_save(txn, &op->print);
		break;
	case OP_FINISHED:
		opgroup_do_finished(group, txn, op);
		break;
	}
}

bool opgroup_is_claim(const struct op *op)
{
	return op->kind == OP_CLAIM || op->kind == OP_CLAIM_OWN;
}

static void opgroup_do_all(struct opgroup *group, struct db_txn *txn, bool claims)
{
	for (uint32_t i = 0; i < group->count && !txn->err; i++)
		if (opgroup_is_claim(&group->ops[i]) == claims)
			opgroup_do(group, txn, &group->ops[i]);
}

/*
 * Claims come last: an opt-out that becomes durable with an intent would come too late for it.
 *
 * Runs again from the start when the map had to grow: all results are set anew. A try that was undone leaves nothing: what its claims learned is
 * kept under a version of the store that never came to be, and that another process's commit may get.
 */
static int opgroup_in(struct db_txn *txn, void *arg)
{
	struct opgroup *group = arg;

	if (group->tried)
		claim_fini(&group->run);
	group->tried = true;
	group->out_count = 0;
	group->refused = 0;
	group->run.store = NULL;
	group->now_us = clock_us();
	group->run.ahead_us = clock_ahead_us();
	if (group->count == 0) /* a probe: see writer.c's idle thread */
		meta_set(txn, "probed_us", (uint64_t)group->now_us);
	opgroup_do_all(group, txn, false);
	opgroup_do_all(group, txn, true);
	group->building = view_unfinished(txn);
	return txn->err;
}

static int opgroup_build_in(struct db_txn *txn, void *arg)
{
	struct opgroup *group = arg;

	group->building = !view_build_any(txn, clock_us(), BUILD_STEP);
	return txn->err;
}

int opgroup_build(struct opgroup *group)
{
	return db_change(group->store->db, opgroup_build_in, group);
}

int opgroup_run(struct opgroup *group)
{
	int err = db_change(group->store->db, opgroup_in, group);

	group->tried = err != 0;
	return err;
}
