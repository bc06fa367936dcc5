/*
 * opgroup.h - operations that one transaction commits (for the storage thread)
 *
 * What    The thread fills ops and count; opgroup_run() does all of them in one transaction and leaves what the engine is to be
 *         told in out. With no operation it writes a probe: to see whether the disk takes anything again.
 * Errors  as db_change(): then nothing of the group happened and out means nothing.
 */
#ifndef OUTDIAL_CAMPAIGNS_OPGROUP_H
#define OUTDIAL_CAMPAIGNS_OPGROUP_H

#include "campaigns/tables.h"
#include "campaigns/writer.h"

#define OPGROUP_OPS 64
#define OPGROUP_CLAIMS 512 /* leads of one group: bounds the transaction and its events */
#define OPGROUP_EVENTS (OPGROUP_CLAIMS + OPGROUP_OPS)

enum op_kind { OP_CLAIM, OP_OUTCOME, OP_DISPOSITION, OP_SHIFT, OP_DNC, OP_FINISHED, OP_PRINT, OP_OPT_OUT, OP_RECORDING, OP_CLAIM_OWN };

struct op {
	enum op_kind kind;
	uint32_t campaign, count;
	bool told; /* its failure was reported: once is enough */
	union {
		struct attempt attempt;
		struct shift shift;
		struct print_row print;
		struct recording_note recording;
		char e164[NUMBER_BYTES];
		struct {
			uint64_t id;
			int64_t asked_us;
			const char *how;
			char e164[NUMBER_BYTES];
		} opt_out;
		struct {
			uint64_t id;
			char name[24];
		} disposition;
		struct {
			uint64_t lead;
			char seat[NAME_BYTES];
		} own;
	};
};

struct opgroup {
	struct store *store;
	struct op *ops; /* OPGROUP_OPS */
	uint32_t count;
	uint32_t claims; /* leads that its claims ask for */
	/* results */
	struct writer_event *out; /* OPGROUP_EVENTS */
	uint32_t out_count;
	uint64_t refused;
	bool building; /* a view is not whole yet: opgroup_build() goes on with it */
	/* while it runs */
	struct claim_run run;
	int64_t now_us;
	bool tried; /* the last try was not committed */
};

int opgroup_init(struct opgroup *group, struct store *store);
void opgroup_fini(struct opgroup *group);
/* Claims see what the others did, wherever they stand. */
int opgroup_run(struct opgroup *group);
bool opgroup_is_claim(const struct op *op);
/* Between two groups: one step of the views that are not whole, in a transaction of its own of some milliseconds. */
int opgroup_build(struct opgroup *group);
/* One more event, zeroed but for its kind. */
struct writer_event *opgroup_event(struct opgroup *group, enum writer_event_kind kind);

#endif
