/* campaign_options.c - the options of `campaign create` and `campaign set` */
#include "tools/outdial/outdial.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const day_names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/* --- values: each answers NULL, or what was expected */

typedef const char *option_h(const char *value, struct campaign *campaign);

static const char *set_team(const char *value, struct campaign *campaign)
{
	bool ok = store_name_ok(value) && text_copy(campaign->team, sizeof(campaign->team), value);

	return ok ? NULL : "a team's name: letters, digits, '-', '_' and '.'";
}

static const char *set_trunk(const char *value, struct campaign *campaign)
{
	bool ok = store_name_ok(value) && text_copy(campaign->trunk, sizeof(campaign->trunk), value);

	return ok ? NULL : "a trunk's name: letters, digits, '-', '_' and '.'";
}

static const char *set_caller_id(const char *value, struct campaign *campaign)
{
	if (*value == '@' && store_name_ok(value + 1) && text_copy(campaign->caller_id, sizeof(campaign->caller_id), value))
		return NULL;
	size_t plus = *value == '+', digits = strspn(value + plus, "0123456789");
	bool ok = digits > 0 && !value[plus + digits] && text_copy(campaign->caller_id, sizeof(campaign->caller_id), value);

	return ok ? NULL : "digits, with \"+\" in front when they begin with a country code, at most 19; or @POOL";
}

static const char *set_caller_name(const char *value, struct campaign *campaign)
{
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < ' ' || strchr("\"\\<>\x7f", *p))
			return "a text without quotes, backslashes and angle brackets";
	return text_copy(campaign->caller_name, sizeof(campaign->caller_name), value) ? NULL : "a text of at most 63 bytes";
}

static const char *set_mode(const char *value, struct campaign *campaign)
{
	for (int mode = CAMPAIGN_PROGRESSIVE; mode < CAMPAIGN_MODES; mode++) {
		if (strcmp(value, campaign_mode_name((enum campaign_mode)mode)) == 0) {
			campaign->mode = (enum campaign_mode)mode;
			return NULL;
		}
	}
	return "progressive, predictive, power, agentless or preview";
}

static const char *set_ratio(const char *value, struct campaign *campaign)
{
	char *end;
	double ratio = strtod(value, &end);

	if (end == value || *end || !(ratio >= 1 && ratio <= 5))
		return "lines for a free seat, 1 to 5, e.g. 1.5";
	campaign->ratio = ratio;
	return NULL;
}

static const char *set_lines(const char *value, struct campaign *campaign)
{
	int64_t number;

	if (!text_i64(value, 0, 65536, &number))
		return "calls at once, or 0 for all that the trunk has";
	campaign->lines_max = (uint32_t)number;
	return NULL;
}

static const char *set_preview_time(const char *value, struct campaign *campaign)
{
	return text_duration_us(value, &campaign->preview_us) ? NULL : "a time from 5s to 120s (" TEXT_DURATION_UNITS ")";
}

static const char *set_preview_end(const char *value, struct campaign *campaign)
{
	campaign->preview_dials = strcmp(value, "dial") == 0;
	return campaign->preview_dials || strcmp(value, "skip") == 0 ? NULL : "dial or skip";
}

static const char *set_callback_grace(const char *value, struct campaign *campaign)
{
	if (strcmp(value, "never") == 0)
		campaign->callback_grace_us = CALLBACK_GRACE_NEVER;
	else if (!text_duration_us(value, &campaign->callback_grace_us))
		return "a time such as 15m, at most 30d, or never (" TEXT_DURATION_UNITS ")";
	return NULL;
}

static const char *set_ring(const char *value, struct campaign *campaign)
{
	return text_duration_us(value, &campaign->ring_us_max) ? NULL : "a time such as 25s (" TEXT_DURATION_UNITS ")";
}

static const char *set_wrap(const char *value, struct campaign *campaign)
{
	return text_duration_us(value, &campaign->wrap_us) ? NULL : "a time such as 30s, or 0 (" TEXT_DURATION_UNITS ")";
}

static const char *set_attempts(const char *value, struct campaign *campaign)
{
	int64_t number;

	if (!text_i64(value, 1, 50, &number))
		return "a number from 1 to 50";
	campaign->attempts_max = (uint32_t)number;
	return NULL;
}

static const char *set_priority(const char *value, struct campaign *campaign)
{
	int64_t number;

	if (!text_i64(value, 1, 100, &number))
		return "a number from 1 to 100";
	campaign->priority = (uint32_t)number;
	return NULL;
}

static const char *set_weight(const char *value, struct campaign *campaign)
{
	int64_t number;

	if (!text_i64(value, 1, 1000, &number))
		return "a number from 1 to 1000";
	campaign->weight = (uint32_t)number;
	return NULL;
}

/* "busy=10m": one pair of --retry */
static bool retry_pair(char *pair, struct campaign *campaign)
{
	char *equals = strchr(pair, '=');
	int64_t us = -SEC_US;

	if (!equals)
		return false;
	*equals = '\0';
	enum outcome outcome = outcome_by_name(pair);

	if (outcome == OUTCOME_COUNT || outcome == OUTCOME_NONE)
		return false;
	if (strcmp(equals + 1, "never") != 0 && !text_duration_us(equals + 1, &us))
		return false;
	if (us / SEC_US > INT32_MAX)
		return false;
	campaign->retry_s[outcome] = (int32_t)(us / SEC_US);
	return true;
}

static const char *set_retry(const char *value, struct campaign *campaign)
{
	char copy[1024], *save = NULL;

	if (!text_copy(copy, sizeof(copy), value))
		return "at most 1,000 bytes";
	for (char *pair = strtok_r(copy, ",", &save); pair; pair = strtok_r(NULL, ",", &save))
		if (!retry_pair(pair, campaign))
			return "pairs of an outcome and a time or \"never\", e.g. busy=10m,no_answer=2h,machine=never "
			       "(" TEXT_DURATION_UNITS ")";
	return NULL;
}

static const char *set_window(const char *value, struct campaign *campaign)
{
	int from_h, from_m, to_h, to_m, n = 0;

	if (sscanf(value, "%2d:%2d-%2d:%2d%n", &from_h, &from_m, &to_h, &to_m, &n) != 4 || value[n])
		return "hours of one day such as 09:00-20:00";
	int from = from_h * 60 + from_m, to = to_h * 60 + to_m;

	if (from_h < 0 || from_m < 0 || to_m < 0 || from_m > 59 || to_m > 59 || from >= to || to > 24 * 60)
		return "hours of one day such as 09:00-20:00, the first before the second";
	campaign->window.from_min = (uint16_t)from;
	campaign->window.to_min = (uint16_t)to;
	return NULL;
}

static int day_of(const char *name, size_t length)
{
	for (int i = 0; i < 7; i++)
		if (length == 3 && strncmp(name, day_names[i], 3) == 0)
			return i;
	return -1;
}

static const char *set_days(const char *value, struct campaign *campaign)
{
	unsigned days = strcmp(value, "daily") == 0 ? 0x7f : 0;
	const char *p = days ? "" : value;

	while (*p) {
		size_t length = strcspn(p, ",");
		const char *dash = memchr(p, '-', length);
		int from = day_of(p, dash ? (size_t)(dash - p) : length);
		int to = dash ? day_of(dash + 1, length - (size_t)(dash + 1 - p)) : from;

		if (from < 0 || to < 0)
			return "days such as mon-sat, mon,wed,fri or daily";
		for (int day = from;; day = (day + 1) % 7) {
			days |= 1u << day;
			if (day == to)
				break;
		}
		p += length + (p[length] == ',');
	}
	campaign->window.weekdays = (uint8_t)days;
	return days ? NULL : "days such as mon-sat, mon,wed,fri or daily";
}

/* "3%" or "0.03"; a bare 3 would be a guess. */
static bool share_of(const char *value, double max, double *out)
{
	char *end;
	double share = strtod(value, &end);

	if (end != value && strcmp(end, "%") == 0)
		share /= 100;
	else if (end == value || *end)
		share = -1;
	if (!(share >= 0 && share <= max))
		return false;
	*out = share;
	return true;
}

static const char *set_ceiling(const char *value, struct campaign *campaign)
{
	return share_of(value, 0.05, &campaign->abandon_prob_max) ? NULL : "a share from 0% to 5%, e.g. 3%";
}

static const char *set_purpose(const char *value, struct campaign *campaign)
{
	for (int purpose = PURPOSE_TELEMARKETING; purpose <= PURPOSE_OTHER; purpose++) {
		if (strcmp(value, campaign_purpose_name((enum campaign_purpose)purpose)) == 0) {
			campaign->purpose = (enum campaign_purpose)purpose;
			return NULL;
		}
	}
	return "telemarketing, collections or other";
}

static const char *set_rules(const char *value, struct campaign *campaign)
{
	return text_copy(campaign->rules, sizeof(campaign->rules), value) ? NULL
									  : "names of rule packs, at most 159 bytes together";
}

/* "month=5%": one pair of --windows */
static bool legal_pair(char *pair, double legal_prob[LEGAL_WINDOWS])
{
	char *equals = strchr(pair, '=');

	if (!equals)
		return false;
	*equals = '\0';
	for (int i = 0; i < LEGAL_WINDOWS; i++)
		if (strcmp(pair, legal_window_name((enum legal_window)i)) == 0)
			return share_of(equals + 1, 0.05, &legal_prob[i]);
	return false;
}

/* The laws of three countries, or pairs. */
static const char *set_windows(const char *value, struct campaign *campaign)
{
	static const struct {
		const char *law;
		double prob[LEGAL_WINDOWS];
	} laws[] = {{"us", {0.03, -1, -1}}, {"uk", {-1, 0.03, -1}}, {"ca", {-1, -1, 0.05}}};
	double prob[LEGAL_WINDOWS] = {-1, -1, -1};
	char copy[256], *save = NULL;

	for (unsigned i = 0; i < sizeof(laws) / sizeof(laws[0]); i++) {
		if (strcmp(value, laws[i].law) == 0) {
			memcpy(campaign->legal_prob, laws[i].prob, sizeof(campaign->legal_prob));
			return NULL;
		}
	}
	if (!*value || !text_copy(copy, sizeof(copy), value))
		return "us, uk, ca or pairs";
	for (char *pair = strtok_r(copy, ",", &save); pair; pair = strtok_r(NULL, ",", &save))
		if (!legal_pair(pair, prob))
			return "us, uk, ca, or pairs of 30days, day or month and a share from 0% to 5%, e.g. 30days=3%,day=3%";
	memcpy(campaign->legal_prob, prob, sizeof(prob));
	return NULL;
}

static const char *set_overdial(const char *value, struct campaign *campaign)
{
	if (strcmp(value, "no") == 0) {
		campaign->overdial_by[0] = '\0';
		campaign->overdial_us = 0;
		return NULL;
	}
	return strcmp(value, "yes") == 0 ? NULL : "yes, with --by NAME, or no";
}

/* Whoever lets a campaign over-dial has a name. */
static const char *set_by(const char *value, struct campaign *campaign)
{
	if (!store_name_ok(value) || !text_copy(campaign->overdial_by, sizeof(campaign->overdial_by), value))
		return "the name of who allows it: letters, digits, '-', '_' and '.'";
	campaign->overdial_us = clock_us();
	return NULL;
}

static const char *set_sample(const char *value, struct campaign *campaign)
{
	return share_of(value, JUDGE_SHARE_MAX, &campaign->sample_prob) ? NULL : "a share from 0% to 20%, e.g. 2%";
}

/* The engine runs in another folder: the path becomes absolute. "" takes the file away. */
static const char *set_file(const char *value, char out[256])
{
	static char expected[160];
	char path[PATH_MAX];

	if (!*value) {
		out[0] = '\0';
		return NULL;
	}
	if (!realpath(value, path) || access(path, R_OK) != 0) {
		snprintf(expected, sizeof(expected), "a WAV file that can be read (%s)", err_text(-errno));
		return expected;
	}
	return text_copy(out, 256, path) ? NULL : "a path of at most 255 bytes";
}

static const char *set_message(const char *value, struct campaign *campaign)
{
	return set_file(value, campaign->message);
}

static const char *set_voicemail(const char *value, struct campaign *campaign)
{
	return set_file(value, campaign->voicemail);
}

static const char *set_connect(const char *value, struct campaign *campaign)
{
	for (int policy = CONNECT_CLASSIFIED; policy <= CONNECT_ANSWER; policy++) {
		if (strcmp(value, connect_policy_name((enum connect_policy)policy)) == 0) {
			campaign->connect = (enum connect_policy)policy;
			return NULL;
		}
	}
	return "classified or answer";
}

static const char *set_screener(const char *value, struct campaign *campaign)
{
	for (int policy = 0; policy < SCREENER_POLICIES; policy++) {
		if (strcmp(value, screener_policy_name((enum screener_policy)policy)) == 0) {
			campaign->screener = (enum screener_policy)policy;
			return NULL;
		}
	}
	return "hangup, seat or message";
}

static const char *set_record(const char *value, struct campaign *campaign)
{
	if (strcmp(value, "no") != 0 && strcmp(value, "yes") != 0 && strcmp(value, "g711") != 0)
		return "no, yes or g711";
	campaign->record.on = *value != 'n';
	campaign->record.format = *value == 'g' ? RECORDING_G711 : RECORDING_OPUS;
	return NULL;
}

static const char *set_record_class(const char *value, struct campaign *campaign)
{
	return recording_classes_parse(value, &campaign->record.classes) ?
		       NULL : "us-telemarketing, us-collections, uk, eu, ca, cn, cn-card, with commas between them, or none";
}

static const char *set_record_keep(const char *value, struct campaign *campaign)
{
	return text_duration_us(value, &campaign->record.keep_us) ? NULL : "a time such as 180d, or 0 (" TEXT_DURATION_UNITS ")";
}

static const char *set_record_pause(const char *value, struct campaign *campaign)
{
	return text_duration_us(value, &campaign->record.pause_us) ? NULL : "a time from 5s to 900s (" TEXT_DURATION_UNITS ")";
}

static const char *set_review(const char *value, struct campaign *campaign)
{
	return share_of(value, 1, &campaign->review_prob) ? NULL : "a share from 0% to 100%, e.g. 5%";
}

static const char *set_count_false_positives(const char *value, struct campaign *campaign)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return "yes or no";
	campaign->count_false_positives = *value == 'y';
	return NULL;
}

static const char *set_classify(const char *value, struct campaign *campaign)
{
	(void)value;
	campaign->classify = true;
	return NULL;
}

static const char *set_no_classify(const char *value, struct campaign *campaign)
{
	(void)value;
	campaign->classify = false;
	return NULL;
}

static const char *set_where(const char *value, struct campaign *campaign)
{
	return text_copy(campaign->where, sizeof(campaign->where), value) ? NULL : "a shorter filter";
}

static const char *set_order(const char *value, struct campaign *campaign)
{
	static const char *const plain[] = {"priority", "oldest", "newest", "fewest"};
	struct lead_order order = {0};
	size_t length;
	int64_t seed;

	for (unsigned i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (strcmp(value, plain[i]) == 0) {
			campaign->order = (struct lead_order){.by = (enum lead_order_by)i};
			return NULL;
		}
	}
	if (strncmp(value, "random:", 7) == 0 && text_i64(value + 7, 0, INT64_MAX, &seed)) {
		campaign->order = (struct lead_order){.by = ORDER_RANDOM, .seed = (uint64_t)seed};
		return NULL;
	}
	length = strlen(value);
	order.by = ORDER_COLUMN;
	order.descending = length > 12 && strcmp(value + length - 5, ":desc") == 0;
	if (strncmp(value, "column:", 7) != 0 || length == 7 ||
		!text_copy_n(order.column, sizeof(order.column), value + 7, length - 7 - (order.descending ? 5 : 0)))
		return "priority, oldest, newest, fewest, random:SEED (a number), column:NAME or column:NAME:desc";
	campaign->order = order;
	return NULL;
}

static const struct {
	const char *name;
	option_h *set;
} options[] = {
	{"where", set_where},
	{"order", set_order},
	{"team", set_team},
	{"trunk", set_trunk},
	{"caller-id", set_caller_id},
	{"caller-name", set_caller_name},
	{"mode", set_mode},
	{"ratio", set_ratio},
	{"preview-time", set_preview_time},
	{"preview-end", set_preview_end},
	{"callback-grace", set_callback_grace},
	{"lines", set_lines},
	{"ring", set_ring},
	{"attempts", set_attempts},
	{"retry", set_retry},
	{"window", set_window},
	{"days", set_days},
	{"priority", set_priority},
	{"weight", set_weight},
	{"ceiling", set_ceiling},
	{"windows", set_windows},
	{"purpose", set_purpose},
	{"rules", set_rules},
	{"overdial", set_overdial},
	{"by", set_by},
	{"wrap", set_wrap},
	{"message", set_message},
	{"classify", set_classify},
	{"no-classify", set_no_classify},
	{"connect", set_connect},
	{"voicemail", set_voicemail},
	{"screener", set_screener},
	{"sample", set_sample},
	{"record", set_record},
	{"record-class", set_record_class},
	{"record-keep", set_record_keep},
	{"record-pause", set_record_pause},
	{"review", set_review},
	{"count-false-positives", set_count_false_positives},
};

/* One sentence with the place, before anything else is looked at. */
static int where_option(const struct call *call)
{
	const char *text = call_value(call, "where");
	struct where_error error;
	enum where_name name;
	struct where where;
	const char *word;

	if (text && where_parse(text, &where, &error) != 0)
		return misuse(call, "--where, line %u, column %u: %s", error.line, error.column, error.text);
	word = text ? where_stranger(&where, &name) : NULL;
	if (word && name == NAME_LINE)
		return misuse(call,
			"--where: no kind of line is called \"%.40s\"; there are mobile, fixed, fixed_or_mobile, toll_free, voip "
			"and others",
			word);
	if (word)
		return misuse(call,
			"--where: no outcome is called \"%.40s\"; busy, no_answer, machine and the others stand in "
			"docs/OUTCOMES.md",
			word);
	return STATUS_DONE;
}

/* "spring=70": one pair of --mix */
static int mix_pair(const struct call *call, char *pair, struct campaign *campaign)
{
	struct campaign_list *out = &campaign->lists[campaign->list_count];
	char *equals = strchr(pair, '=');
	struct list list;
	int64_t share;

	if (!equals || !text_i64(equals + 1, 1, 1000, &share))
		return misuse(
			call, "--mix %s: expected pairs of a list and a share from 1 to 1000, e.g. spring=70,autumn=30", pair);
	*equals = '\0';
	if (campaign->list_count == CAMPAIGN_LISTS)
		return misuse(call, "--mix: at most %d lists", CAMPAIGN_LISTS);
	int err = list_get(call->store, pair, &list);

	if (err == ERR_UNKNOWN)
		return no_such(call, "list", "list", pair);
	if (err)
		return fail_err(call, err, NULL);
	for (uint32_t i = 0; i < campaign->list_count; i++)
		if (campaign->lists[i].list == list.id)
			return misuse(call, "--mix: the list %s stands in it twice", list.name);
	*out = (struct campaign_list){.list = list.id, .share = (uint32_t)share};
	campaign->list_count++;
	return STATUS_DONE;
}

int campaign_mix(const struct call *call, struct campaign *campaign)
{
	const char *value = call_value(call, "mix");
	char copy[CAMPAIGN_LISTS * (NAME_BYTES + 8)], *save = NULL;
	int status = STATUS_DONE;

	if (!value)
		return STATUS_DONE;
	if (!*value || !text_copy(copy, sizeof(copy), value))
		return misuse(call, "--mix: expected at most %d pairs, e.g. spring=70,autumn=30", CAMPAIGN_LISTS);
	campaign->list_count = 0;
	for (char *pair = strtok_r(copy, ",", &save); pair && status == STATUS_DONE; pair = strtok_r(NULL, ",", &save))
		status = mix_pair(call, pair, campaign);
	if (status == STATUS_DONE && campaign->list_count == 0)
		return misuse(call, "--mix: expected at least one pair, e.g. spring=70");
	campaign->list = campaign->lists[0].list;
	return status;
}

int campaign_options(const struct call *call, struct campaign *campaign)
{
	if (where_option(call) != STATUS_DONE)
		return STATUS_MISUSE;
	if (call_has(call, "classify") && call_has(call, "no-classify"))
		return misuse(call, "--classify and --no-classify contradict each other");
	if (strcmp(call_has(call, "overdial") ? call_value(call, "overdial") : "no", "yes") == 0 ? !call_has(call, "by")
												 : call_has(call, "by"))
		return misuse(call, "--overdial yes and --by NAME go together: who allows it is kept");
	for (unsigned i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const char *value = call_value(call, options[i].name);
		const char *expected = value ? options[i].set(value, campaign) : NULL;

		if (expected)
			return misuse(call, "--%s %s: expected %s", options[i].name, value, expected);
	}
	return STATUS_DONE;
}
