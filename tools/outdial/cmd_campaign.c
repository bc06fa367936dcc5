/* cmd_campaign.c - outdial campaign create | set | start | pause | stop | show | list */
#include "tools/outdial/outdial.h"

#include "base/err.h"
#include "base/text.h"
#include "media/prompt.h"
#include "media/wav.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The first is for create alone: set has those behind it. */
const struct flag flags_campaign[] = {
	{"list", 'l', "NAME", "list that is dialled"},
	{"team", 't', "TEAM", "seats that talk"},
	{"trunk", 'k', "NAME", "trunk that carries the calls"},
	{"caller-id", 'c', "NUMBER", "number that the called see"},
	{"caller-name", 0, "TEXT", "name beside it"},
	{"mode", 0, "MODE", "progressive (one line a free seat, default), predictive, power, agentless or preview"},
	{"ratio", 0, "X", "lines for a free seat in power mode, 1 to 5; default 1.5"},
	{"preview-time", 0, "TIME", "how long an agent may look at a lead in preview mode, 5s to 120s; default 60s"},
	{"preview-end", 0, "dial|skip", "what happens then; default skip"},
	{"callback-grace", 0, "TIME",
		"how long a personal callback waits for its seat before the team gets it; default 15m; never"},
	{"lines", 0, "N", "calls at once at most; 0: what its trunk has (default)"},
	{"ring", 0, "TIME", "how long it may ring, 15s to 120s; default 25s"},
	{"attempts", 0, "N", "attempts at most for a lead, 1 to 50; default 3"},
	{"retry", 0, "PAIRS", "delay before the next attempt by outcome, e.g. busy=10m,machine=4h,no_answer=never"},
	{"window", 'w', "FROM-TO", "calling hours in the called person's own time zone; default 09:00-20:00"},
	{"days", 0, "DAYS", "days of calling, e.g. mon,wed,fri or daily; default mon-sat"},
	{"priority", 0, "N", "1 to 100, higher first among campaigns of one team; default 50"},
	{"weight", 0, "N", "1 to 1000, share of the seats at equal priority, and of the trunk; default 10"},
	{"ceiling", 0, "SHARE", "abandoned calls at most, of calls answered by people: 0% to 5%; default 3%"},
	{"windows", 0, "LAW",
		"over what abandoned calls are counted: us (30 days, default), uk (day), ca (month), or 30days=3%,day=3%"},
	{"rules", 0, "PACKS", "rule packs that it obeys besides its own window, e.g. us-federal,us-states; \"\" none"},
	{"purpose", 0, "WORD", "telemarketing (default), collections (never over-dials) or other"},
	{"overdial", 0, "yes|no", "let a collections campaign over-dial all the same; kept and logged, with --by"},
	{"by", 0, "NAME", "who allows it"},
	{"wrap", 0, "TIME", "wrap-up time after a talk; 0: until the agent presses *1; default 30s"},
	{"message", 0, "FILE", "WAV that abandoned people hear; predictive mode needs one"},
	{"no-classify", 0, NULL, "connect every answer, machines too"},
	{"classify", 0, NULL, "tell people from machines (default)"},
	{"connect", 0, "WHEN", "seat when classified (default), or at the answer, taken back from a machine"},
	{"voicemail", 0, "FILE", "WAV that is left after the beep of a machine; \"\" leaves none"},
	{"screener", 0, "WHAT",
		"a call screening assistant gets: hangup (default), seat (an agent tells it) or message (of --voicemail)"},
	{"sample", 0, "SHARE", "of machine verdicts that a free seat checks: 0% (default) to 20%"},
	{"record", 0, "WORD", "keep recordings: no (default), yes (Opus) or g711 (the original bytes)"},
	{"record-class", 0, "NAMES", "laws that say how long: us-telemarketing, us-collections, uk, eu, ca, cn, cn-card, none"},
	{"record-keep", 0, "TIME", "how long a recording is kept, e.g. 180d; 0: as its classes say, else a year"},
	{"record-pause", 0, "TIME", "a pause (*6, recording pause) ends by itself after 5s to 900s; default 2m"},
	{"review", 0, "SHARE", "of machine verdicts whose recording somebody listens to: 0% (default) to 100%"},
	{"count-false-positives", 0, "yes|no", "people lost to false machine verdicts are abandoned people (default no)"},
	{"where", 0, "FILTER", "only leads that match, e.g. 'balance > 5000 and region = \"SH\"'; \"\" takes it away"},
	{"order", 0, "ORDER", "priority (default), oldest, newest, fewest, random:SEED, column:NAME or column:NAME:desc"},
	{"mix", 0, "PAIRS", "lists and their shares of the calls, e.g. spring=70,autumn=30"},
	{"yes", 'y', NULL, "apply a filter without asking"},
	{0},
};

static const struct column campaign_columns[] = {{"CAMPAIGN", 20, false}, {"STATE", 8, false}, {"MODE", 11, false},
	{"LIST", 14, false}, {"TEAM", 11, false}, {"TRUNK", 11, false}, {0}};

static int no_campaign(const struct call *call, int err, const char *why)
{
	if (err == ERR_UNKNOWN && !(why && *why))
		return no_such(call, "campaign", "campaign", call->args[0]);
	return fail_err(call, err, why);
}

/* Says how many leads a filter that comes new would leave, and asks. */
static int confirm_filter(const struct call *call, const struct campaign *campaign)
{
	struct campaign_match count;
	char missing[96], question[128];
	int err = campaign_count(call->store, campaign, campaign->where, &count, missing);

	if (err)
		return fail_err(call, err, NULL);
	snprintf(question, sizeof(question), "%" PRIu64 " of %" PRIu64 " leads match", count.match, count.leads);
	printf("%s\n", question);
	if (*missing)
		printf("no lead has a column %s\n", missing);
	fflush(stdout);
	if (call_has(call, "yes") || ask_yes("Apply the filter?"))
		return STATUS_DONE;
	return fail(call, "nothing was changed; --yes applies the filter");
}

/* Words about what the campaign does not do as it is: they wait for another --mode or --record. */
static void say_idle(const struct call *call, const struct campaign *campaign)
{
	if (call_has(call, "ratio") && campaign->mode != CAMPAIGN_POWER)
		printf("--ratio counts in --mode power only\n");
	if ((call_has(call, "preview-time") || call_has(call, "preview-end")) && campaign->mode != CAMPAIGN_PREVIEW)
		printf("--preview-time and --preview-end count in --mode preview only\n");
	if ((call_has(call, "record-class") || call_has(call, "record-keep")) && !campaign->record.on)
		printf("nothing is recorded: --record is no\n");
}

/* A misspelt column orders nothing. All leads are looked at, as for a filter. */
static void say_order(const struct call *call, const struct campaign *campaign)
{
	char where[WHERE_BYTES], missing[96] = "";
	struct campaign_match count;

	if (!call_has(call, "order") || campaign->order.by != ORDER_COLUMN)
		return;
	snprintf(where, sizeof(where), "[%s] is empty", campaign->order.column);
	if (campaign_count(call->store, campaign, where, &count, missing) == 0 && *missing)
		printf("no lead has a column %s: --order orders nothing by it\n", missing);
}

/* The engine reads its sounds by the same code; what it cannot play must not be found out by a person who hears nothing. */
static int sound_check(const struct call *call, const char *option, const char *path)
{
	struct prompts *prompts = *path ? calloc(1, sizeof(*prompts)) : NULL;
	char why[WAV_WHY] = "";
	uint32_t number;

	if (!prompts)
		return *path ? fail_err(call, -ENOMEM, NULL) : STATUS_DONE;
	int err = prompt_load(prompts, path, &number, why);

	prompts_fini(prompts);
	free(prompts);
	return err ? misuse(call, "--%s %s: %s; expected a WAV file: mono, 8 or 16 kHz, PCM 16 bit, A-law or u-law", option, path,
			     *why ? why : err_text(err))
		   : STATUS_DONE;
}

static int sounds_check(const struct call *call, const struct campaign *campaign)
{
	int status = sound_check(call, "message", campaign->message);

	return status == STATUS_DONE ? sound_check(call, "voicemail", campaign->voicemail) : status;
}

int cmd_campaign_create(struct call *call)
{
	char why[WHY_BYTES] = "";
	struct campaign campaign;
	struct list list;

	campaign_defaults(&campaign);
	if (!store_name_ok(call->args[0]) || !text_copy(campaign.name, sizeof(campaign.name), call->args[0]))
		return misuse(call, "name '%s': 1 to %d letters, digits, '-', '_' and '.'", call->args[0], NAME_BYTES - 1);
	int err = list_get(call->store, call_value(call, "list"), &list);

	if (err == ERR_UNKNOWN)
		return fail(call, "there is no list '%s'; 'outdial list import FILE --list NAME' makes one",
			call_value(call, "list"));
	if (err)
		return fail_err(call, err, NULL);
	campaign.list = list.id;
	int status = campaign_mix(call, &campaign);

	if (status == STATUS_DONE)
		status = campaign_options(call, &campaign);
	if (status == STATUS_DONE)
		status = sounds_check(call, &campaign);
	if (status == STATUS_DONE && *campaign.where)
		status = confirm_filter(call, &campaign);
	if (status != STATUS_DONE)
		return status;
	err = campaign_create(call->store, &campaign, why);
	if (!err)
		err = campaign_index(call->store, &campaign);
	if (err)
		return fail_err(call, err, why);
	say_idle(call, &campaign);
	say_order(call, &campaign);
	printf("made campaign %s; 'outdial campaign start %s' lets it dial\n", campaign.name, campaign.name);
	return STATUS_DONE;
}

struct campaign_set {
	const struct call *call;
	const struct campaign *mix; /* whose lists are taken over */
	int status;
};

static int campaign_set_edit(struct campaign *campaign, void *arg)
{
	struct campaign_set *set = arg;

	if (call_has(set->call, "mix")) {
		memcpy(campaign->lists, set->mix->lists, sizeof(campaign->lists));
		campaign->list_count = set->mix->list_count;
	}
	set->status = campaign_options(set->call, campaign);
	return set->status == STATUS_DONE ? 0 : ERR_RANGE;
}

int cmd_campaign_set(struct call *call)
{
	char why[WHY_BYTES] = "";
	struct campaign campaign, stored;
	int err = campaign_get(call->store, call->args[0], &campaign);

	if (err)
		return no_campaign(call, err, NULL);
	if (!call_changes(call))
		return misuse(call, "nothing to change: no option is given");
	int status = campaign_mix(call, &campaign);

	if (status == STATUS_DONE)
		status = campaign_options(call, &campaign);
	if (status == STATUS_DONE && (call_has(call, "message") || call_has(call, "voicemail")))
		status = sounds_check(call, &campaign);
	if (status == STATUS_DONE && call_has(call, "where") && *campaign.where)
		status = confirm_filter(call, &campaign);
	if (status != STATUS_DONE)
		return status;
	struct campaign_set set = {.call = call, .mix = &campaign};

	err = campaign_edit(call->store, campaign.name, campaign_set_edit, &set, &stored, why);
	if (set.status != STATUS_DONE)
		return set.status;
	if (!err)
		err = campaign_index(call->store, &stored);
	if (err)
		return no_campaign(call, err, why);
	say_idle(call, &stored);
	say_order(call, &stored);
	printf("changed campaign %s\n", campaign.name);
	return STATUS_DONE;
}

static int set_state(struct call *call, enum campaign_state state, const char *done)
{
	char why[WHY_BYTES] = "";
	int err = campaign_set_state(call->store, call->args[0], state, why);

	if (err)
		return no_campaign(call, err, why);
	printf("campaign %s: %s\n", call->args[0], done);
	return STATUS_DONE;
}

int cmd_campaign_start(struct call *call)
{
	struct campaign campaign;

	/* What is missing altogether is the store's word; a file that was changed since it was named is not. */
	if (campaign_get(call->store, call->args[0], &campaign) == 0 && access(campaign.message, R_OK) == 0 &&
		sounds_check(call, &campaign) != STATUS_DONE)
		return STATUS_FAILED;
	return set_state(call, CAMPAIGN_RUNNING, "running");
}

int cmd_campaign_pause(struct call *call)
{
	return set_state(call, CAMPAIGN_PAUSED, "paused; calls under way go on");
}

int cmd_campaign_stop(struct call *call)
{
	return set_state(call, CAMPAIGN_STOPPED, "stopped; calls under way go on");
}

int cmd_campaign_show(struct call *call)
{
	struct campaign campaign;
	int err = campaign_get(call->store, call->args[0], &campaign);

	if (err)
		return no_campaign(call, err, NULL);
	if (call_has(call, "json"))
		say_doc(stdout, campaign_doc(call->store, &campaign, 0));
	else
		campaign_show(stdout, call->store, &campaign);
	return STATUS_DONE;
}

static void campaign_row(struct store *store, const struct campaign *campaign)
{
	struct list list;
	struct row row;

	row_set(&row, 0, "%s", campaign->name);
	row_set(&row, 1, "%s", campaign_state_name(campaign->state));
	row_set(&row, 2, "%s", campaign_mode_name(campaign->mode));
	row_set(&row, 3, "%s", list_get_id(store, campaign->list, &list) == 0 ? list.name : "?");
	row_set(&row, 4, "%s", campaign->team);
	row_set(&row, 5, "%s", campaign->trunk);
	row_print(stdout, campaign_columns, &row);
}

int cmd_campaign_list(struct call *call)
{
	struct listing listing = listing_begin(call, campaign_columns);
	struct campaign campaign = {0};
	int err;

	while ((err = campaign_next(call->store, campaign.name, &campaign)) == 0)
		if (listing_row(&listing))
			campaign_row(call->store, &campaign);
		else
			doc_push(listing.all, campaign_doc(call->store, &campaign, 0));
	return listing_end(&listing, err, "no campaigns yet; 'outdial campaign create --help' shows how to make one");
}
