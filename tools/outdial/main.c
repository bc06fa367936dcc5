/*
 * main.c - outdial, the command-line program: one table of commands, and the way from the words to the command
 *
 * What    Opens the store itself: uploads, campaign changes, do-not-call changes and exports work whether or not the engine runs.
 */
#include "tools/outdial/outdial.h"

#include "base/err.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static const struct flag flags_json[] = {{"json", 0, NULL, "print JSON"}, {0}};

static const struct flag flags_import[] = {
	{"list", 'l', "NAME", "list to put the leads in; made when it is not there"},
	{"region", 'r', "CN", "country of numbers without \"+\" (default: the list's own)"},
	{"map", 'm', "PAIRS", "columns, e.g. phone=电话,name=姓名,phone2=手机,zone=时区 (default: by their names)"},
	{"role", 0, "PAIRS", "whose numbers a telephone column has: phone2=guarantor,phone3=third_party; also debtor, other"},
	{"save-map", 0, "NAME", "keep the mapping, with --role, --region, --encoding and --match: later --map @NAME"},
	{"encoding", 'e', "NAME", "UTF-8, UTF-16LE, UTF-16BE, GB18030, BIG5, WINDOWS-1252, ... (default: found out, or refused)"},
	{"rejects", 0, "FILE", "where refused rows go (default: FILE.rejects.csv)"},
	{"dry-run", 'n', NULL, "read and check everything, store nothing"},
	{"resume", 0, NULL, "go on where an interrupted upload of this file stopped"},
	{"dedupe", 0, "SCOPE", "where a lead makes a row a duplicate: file, list (default), campaign or store"},
	{"match", 0, "KEY", "by what it does: number (default), external_id (by number without one) or any of both"},
	{"duplicates", 0, "WHAT", "skip them (default), update the lead, link them to it as the same person, or keep them"},
	{"dnc", 0, "WHAT", "rows with no number that may be called: mark (default: stored, not dialled), skip (rejected) or proceed"},
	{"yes", 'y', NULL, "the region is right, though many numbers are valid in a region of another list, too"},
	{"again", 0, NULL, "read the file although it was loaded already; what is stored counts as duplicate"},
	{"json", 0, NULL, "print the receipt as JSON"},
	{0},
};

static const struct flag flags_help[] = {{"man", 0, NULL, "print the reference of all commands as a manual page"}, {0}};

static const struct flag flags_list_set[] = {
	{"state", 's', "STATE", "on, off (campaigns wait for it) or archived (it is over)"},
	{"expires", 'e', "TIME", "not dialled from then on, e.g. 2026-12-31T18:00; never"},
	{"region", 'r', "CN", "country of numbers without \"+\" in its next uploads; \"\": none"},
	{0},
};

/* clang-format off */
#define CAMPAIGN_FLAGS                                                                                                           \
	{"team", 't', "TEAM", "seats that talk"}, {"trunk", 'k', "NAME", "trunk that carries the calls"},                        \
		{"caller-id", 'c', "NUMBER", "number that the called see"}, {"caller-name", 0, "TEXT", "name beside it"},        \
		{"mode", 0, "MODE", "progressive (one line a free seat, default), predictive, power, agentless or preview"},    \
		{"ratio", 0, "X", "lines for a free seat in power mode, 1 to 5; default 1.5"},                                   \
		{"preview-time", 0, "TIME", "how long an agent may look at a lead in preview mode, 5s to 120s; default 60s"},    \
		{"preview-end", 0, "dial|skip", "what happens then; default skip"},                                              \
		{"callback-grace", 0, "TIME", "how long a personal callback waits for its seat before the team gets it; default 15m; never"}, \
		{"lines", 0, "N", "calls at once at most; 0: what its trunk has (default)"},                                     \
		{"ring", 0, "TIME", "how long it may ring, 15s to 120s; default 25s"},                                                        \
		{"attempts", 0, "N", "attempts at most for a lead, 1 to 50; default 3"},                                                    \
		{"retry", 0, "PAIRS", "delay before the next attempt by outcome, e.g. busy=10m,machine=4h,no_answer=never"},     \
		{"window", 'w', "FROM-TO", "calling hours in the called person's own time zone; default 09:00-20:00"},              \
		{"days", 0, "DAYS", "days of calling, e.g. mon,wed,fri or daily; default mon-sat"},                                    \
		{"priority", 0, "N", "1 to 100, higher first among campaigns of one team; default 50"},                                      \
		{"weight", 0, "N", "1 to 1000, share of the seats at equal priority, and of the trunk; default 10"},           \
		{"ceiling", 0, "SHARE", "abandoned calls at most, of calls answered by people: 0% to 5%; default 3%"},                       \
		{"windows", 0, "LAW", "over what abandoned calls are counted: us (30 days, default), uk (day), ca (month), or 30days=3%,day=3%"}, \
		{"rules", 0, "PACKS", "rule packs that it obeys besides its own window, e.g. us-federal,us-states; \"\" none"},          \
		{"purpose", 0, "WORD", "telemarketing (default), collections (never over-dials) or other"},                      \
		{"overdial", 0, "yes|no", "let a collections campaign over-dial all the same; kept and logged, with --by"},      \
		{"by", 0, "NAME", "who allows it"},                                                                              \
		{"wrap", 0, "TIME", "wrap-up time after a talk; 0: until the agent presses *1; default 30s"},                                 \
		{"message", 0, "FILE", "WAV that abandoned people hear; predictive mode needs one"},                             \
		{"no-classify", 0, NULL, "connect every answer, machines too"},                                                  \
		{"classify", 0, NULL, "tell people from machines (default)"},                                                    \
		{"connect", 0, "WHEN", "seat when classified (default), or at the answer, taken back from a machine"},           \
		{"voicemail", 0, "FILE", "WAV that is left after the beep of a machine; \"\" leaves none"},                      \
		{"screener", 0, "WHAT", "a call screening assistant gets: hangup (default), seat (an agent tells it) or message (of --voicemail)"}, \
		{"sample", 0, "SHARE", "of machine verdicts that a free seat checks: 0% (default) to 20%"},                      \
		{"record", 0, "WORD", "keep recordings: no (default), yes (Opus) or g711 (the original bytes)"},                 \
		{"record-class", 0, "NAMES", "laws that say how long: us-telemarketing, us-collections, uk, eu, ca, cn, cn-card, none"}, \
		{"record-keep", 0, "TIME", "how long a recording is kept, e.g. 180d; 0: as its classes say, else a year"},        \
		{"record-pause", 0, "TIME", "a pause (*6, recording pause) ends by itself after 5s to 900s; default 2m"},         \
		{"review", 0, "SHARE", "of machine verdicts whose recording somebody listens to: 0% (default) to 100%"},         \
		{"count-false-positives", 0, "yes|no", "people lost to false machine verdicts are abandoned people (default no)"}, \
		{"where", 0, "FILTER", "only leads that match, e.g. 'balance > 5000 and region = \"SH\"'; \"\" takes it away"},   \
		{"order", 0, "ORDER", "priority (default), oldest, newest, fewest, random:SEED, column:NAME or column:NAME:desc"}, \
		{"mix", 0, "PAIRS", "lists and their shares of the calls, e.g. spring=70,autumn=30"},                              \
		{"yes", 'y', NULL, "apply a filter without asking"}
/* clang-format on */

static const struct flag flags_create[] = {{"list", 'l', "NAME", "list that is dialled"}, CAMPAIGN_FLAGS, {0}};
static const struct flag flags_set[] = {CAMPAIGN_FLAGS, {0}};

static const struct flag flags_terms[] = {
	{"org", 0, "TEXT", "who places the calls"},
	{"seller", 0, "TEXT", "for whom"},
	{"offer", 0, "TEXT", "good, service or purpose"},
	{"party", 0, "WORD", "who is called: consumer or business"},
	{"script", 0, "FILE", "what agents say; a copy is kept"},
	{"authority", 0, "TEXT", "contract or proof of the right to use the caller id"},
	{"authority-from", 0, "TIME", "begin of that right"},
	{"authority-to", 0, "TIME", "its end"},
	{"no-data", 0, "WORD", "what \"no data\" of a reassigned numbers database means: call (default) or stop"},
	{"unwanted", 0, "WORD", "607 Unwanted: list (default: the number is on the do-not-call list) or lead (ends the lead only)"},
	{0},
};

/* clang-format off */
#define TRUNK_FLAGS                                                                                                              \
	{"address", 'a', "HOST:PORT", "where its SIP is; an IP address, [..] around IPv6"},                                      \
		{"transport", 0, "udp|tcp|tls", "of --address; default udp"},                                                    \
		{"gateway", 'g', "URI,URI", "instead: names or addresses, each with ;transport=udp|tcp|tls;priority=N;weight=N"}, \
		{"ping", 0, "TIME|off", "OPTIONS to every gateway this often, 1s to 1h (default off; 30s with several gateways)"}, \
		{"register", 0, "TIME|off", "register there with --user, for so long each time, 1m to 24h (default off)"},       \
		{"domain", 0, "NAME", "in the URIs of the registration and its calls (default: the gateway's host)"},            \
		{"tls-ca", 0, "FILE", "certificates that are trusted (default: the system's; \"\" takes it back)"},              \
		{"tls-name", 0, "NAME", "name in the gateway's certificate (default: the gateway's host)"},                      \
		{"tls-cert", 0, "FILE", "our own certificate, if the carrier wants one"},                                        \
		{"tls-key", 0, "FILE", "its key"},                                                                               \
		{"calls", 0, "N", "calls at once (default 30)"},                                                                 \
		{"cps", 0, "X", "new calls a second (default 5)"},                                                               \
		{"allow", 0, "IP,IP", "further addresses that may send us SIP for it"},                                          \
		{"user", 'u', "NAME", "name for digest authentication"},                                                         \
		{"secret-file", 0, "FILE", "file whose first line is its secret; \"-\" reads standard input"},                   \
		{"srtp", 0, "MODE", "off, optional or required (default off)"},                                                  \
		{"prefix", 0, "DIGITS", "stands in the place of \"+\" on the wire, e.g. 00; \"\" keeps \"+\""}
/* clang-format on */

static const struct flag flags_trunk[] = {TRUNK_FLAGS, {0}};

static const struct flag flags_trunk_calls[] = {
	{"rel100", 0, "MODE", "reliable provisionals (PRACK): off, supported or required"},
	{"session", 0, "TIME|off", "session timer that is asked for, 90s to 24h"},
	{"session-min", 0, "TIME|off", "the shortest that we agree to (default 90s)"},
	{"refresher", 0, "WHO", "who is asked to refresh it: any, us or them"},
	{"offer", 0, "WHEN", "invite: with our description; delayed: without, theirs is the offer"},
	{"assert", 0, "HEADER", "repeat the caller id in: none, asserted (P-Asserted-Identity) or preferred (P-Preferred-Identity)"},
	{"assert-host", 0, "HOST", "host in that header (default: our own address)"},
	{"privacy", 0, "none|id", "Privacy header"},
	{"identity-file", 0, "FILE", "its first line is sent as the Identity header; read for each call; \"\" sends none"},
	{"json", 0, NULL, "print JSON"},
	{0},
};

/* clang-format off */
#define CALLERID_FLAGS                                                                                                           \
	{"proof", 0, "TEXT", "contract or letter that gives the right to use it"},                                               \
		{"from", 0, "TIME", "its right begins; \"\": open"}, {"to", 0, "TIME", "its right ends; \"\": open"},            \
		{"pool", 0, "NAME", "pool it belongs to; a campaign names it with --caller-id @NAME"},                           \
		{"name", 0, "TEXT", "shown beside it (default: the campaign's)"},                                                \
		{"minute", 0, "N", "calls a minute at most (default 10)"}, {"day", 0, "N", "a day (default 100)"},               \
		{"week", 0, "N", "a week (default 500)"}
/* clang-format on */
static const struct flag flags_callerid[] = {CALLERID_FLAGS, {0}};
static const struct flag flags_release[] = {{"release", 0, NULL, "take it out again"}, {0}};

static const struct flag flags_seat[] = {
	{"team", 't', "TEAM", "team of the seat"},
	{"name", 'n', "NAME", "the agent's name (of a new seat: the login)"},
	{"secret-file", 0, "FILE", "file whose first line is the phone's password; \"-\" reads standard input"},
	{"realm", 0, "REALM", "realm of the password (of a new seat: from outdial.conf)"},
	{"srtp", 0, "MODE", "off, optional or required (of a new seat: off)"},
	{0},
};

static const struct flag flags_region[] = {{"region", 'r', "CN", "country of numbers without \"+\""}, {0}};

static const struct flag flags_dnc[] = {{"region", 'r', "CN", "country of numbers without \"+\""},
	{"list", 'l', "NAME", "suppression list (default: the do-not-call list of this store, internal)"}, {0}};

static const struct flag flags_dnc_create[] = {
	{"kind", 'k', "KIND", "litigator, state, national, tps, ctps, wireless or reassigned"},
	{"country", 0, "US", "only for numbers of this country"},
	{"state", 0, "FL", "only for this state of the US: its area codes, and leads whose column state says so"},
	{"campaign", 'c', "NAMES", "only for these campaigns, with commas between them"},
	{"seller", 0, "NAMES", "only for campaigns that call for these sellers, as 'campaign terms' names them"},
	{"max-age", 0, "DAYS", "days after which its data is too old and its calls stop, e.g. 31d, or none (default: by kind)"},
	{"warn", 0, "DAYS", "say so that many days before it is too old: in the log, in status and here (default 3d)"},
	{0},
};

static const struct flag flags_dnc_set[] = {
	{"warn", 0, "DAYS", "say so that many days before it is too old, e.g. 5d"},
	{0},
};

#define DNC_FILE_FLAGS                                                                                                           \
	{"region", 'r', "US", "country of numbers without \"+\" (default: the list's)"},                                         \
		{"as-of", 0, "TIME", "when the data is from, e.g. 2026-11-01 (default: the file's own time)"},                   \
		{"skip-bad", 0, NULL, "pass over lines without a telephone number, do not refuse the file"},                     \
		{"json", 0, NULL, "print the receipt as JSON"}

static const struct flag flags_dnc_load[] = {DNC_FILE_FLAGS,
	{"yes", 'y', NULL, "take it even if it has less than half of the numbers that are in force"}, {0}};
static const struct flag flags_dnc_apply[] = {DNC_FILE_FLAGS, {0}};

static const struct flag flags_callback[] = {
	{"at", 0, "TIME", "in the person's own time zone, e.g. 2026-11-24T15:30; else with Z or +08:00"},
	{"seat", 's', "LOGIN", "who agreed it"},
	{"personal", 'p', NULL, "that seat's own: it is called while that seat is ready, and goes to the team when the grace is over"},
	{"grace", 'g', "TIME", "how long it waits for that seat, e.g. 15m; never: the team does not get it (default: its campaign's)"},
	{"region", 'r', "CN", "country of a number without \"+\""},
	{0},
};

static const struct flag flags_dnc_import[] = {{"region", 'r', "CN", "country of numbers without \"+\""},
	{"encoding", 'e', "NAME", "UTF-8, UTF-16LE, UTF-16BE, GB18030, ... (default: found out, or refused)"}, {0}};

static const struct flag flags_consent_add[] = {
	{"basis", 0, "WORD", "consent, purchase or inquiry"},
	{"date", 0, "TIME", "when it was given, bought or asked for"},
	{"evidence", 0, "TEXT", "where the proof is: form, recording, order"},
	{"seller", 0, "TEXT", "for whom, as campaign terms name it (default: everybody)"},
	{"until", 0, "TIME", "its last moment (default: none; a purchase counts 18 months, an inquiry 3)"},
	{"person", 0, "ID", "instead of a number: the person, as the lists' column person names it"},
	{"region", 'r', "CN", "country of numbers without \"+\""},
	{0},
};
static const struct flag flags_consent_revoke[] = {
	{"date", 0, "TIME", "when (default: now)"},
	{"evidence", 0, "TEXT", "how it was said: letter, mail, recording"},
	{"seller", 0, "TEXT", "for whom (default: all calls)"},
	{"person", 0, "ID", "instead of a number: the person"},
	{"region", 'r', "CN", "country of numbers without \"+\""},
	{0},
};
static const struct flag flags_consent_show[] = {
	{"person", 0, "ID", "instead of a number: the person"},
	{"region", 'r', "CN", "country of numbers without \"+\""},
	{"json", 0, NULL, "print JSON"},
	{0},
};
static const struct flag flags_consent_query[] = {
	{"fresh", 0, "TIME", "leave out numbers that were answered less than this ago (default 30d)"}, {0}};
static const struct flag flags_consent_answers[] = {{"as-of", 0, "TIME", "when the database answered (default: now)"}, {0}};

static const struct flag flags_ledger[] = {{"zone", 'z', "ZONE", "time zone of the times in the file (default: Etc/UTC)"}, {0}};

static const struct flag flags_rules_show[] = {{"text", 't', NULL, "print the file itself"}, {0}};

static const struct flag flags_explain[] = {
	{"campaign", 'c', "NAME", "only for this campaign (default: all that dial the lead's list)"},
	{"at", 0, "TIME", "for this moment, e.g. 2026-11-21T09:00 (default: now)"},
	{"region", 'r', "CN", "country of a number without \"+\" (default: the lists' own)"},
	{"json", 0, NULL, "print JSON"},
	{0},
};

static const struct flag flags_export[] = {
	{"campaign", 'c', "NAME", "only this campaign"},
	{"from", 0, "TIME", "attempts from this moment on, e.g. 2026-11-21 or 2026-11-21T09:00Z"},
	{"to", 0, "TIME", "attempts before this moment"},
	{"format", 'f', "FORMAT", "csv (default) or ndjson"},
	{"bom", 0, NULL, "begin with a byte order mark, for spreadsheets"},
	{"output", 'o', "FILE", "write there (default: standard output); compressed when it ends in .zst"},
	{"number", 0, "+NUMBER", "only calls to this number"},
	{"seat", 0, "LOGIN", "only calls that this seat had"},
	{"zone", 'z', "ZONE", "zone of --from, --to, days and months, e.g. Europe/London (default: this machine's)"},
	{0},
};

static const struct flag flags_classify[] = {
	{"campaign", 'c', "NAME", "only this campaign (default: all)"},
	{"from", 0, "TIME", "attempts from this moment on, e.g. 2026-11-21 or 2026-11-21T09:00Z"},
	{"to", 0, "TIME", "attempts before this moment"},
	{"json", 0, NULL, "print JSON"},
	{0},
};

static const struct flag flags_reconcile[] = {
	{"map", 'm', "PAIRS", "which column is what: called=TITLE,start=TITLE, likewise duration, code, call_id (default: by usual titles)"},
	{"trunk", 'k', "NAME", "only calls over this trunk"},
	{"tolerance", 't', "TIME", "how far times and durations may be apart (default 5s)"},
	{"region", 'r', "CN", "country of numbers without \"+\""},
	{"zone", 'z', "ZONE", "zone of its times without one, and of --from and --to (default: this machine's)"},
	{"from", 0, "TIME", "calls from this moment on (default: the first record)"},
	{"to", 0, "TIME", "calls before this moment (default: the last record)"},
	{"encoding", 'e', "NAME", "UTF-8, UTF-16LE, GB18030, ... (default: found out, or refused)"},
	{"format", 'f', "FORMAT", "of the findings: csv (default) or ndjson"},
	{"bom", 0, NULL, "begin with a byte order mark, for spreadsheets"},
	{"output", 'o', "FILE", "write the findings there (default: standard output)"},
	{0},
};

static const struct flag flags_estimate[] = {
	{"from", 0, "TIME", "sample from this moment on (default: all)"},
	{"to", 0, "TIME", "sample before this moment (default: now)"},
	{"by", 0, "NAME", "who answers for it"},
	{0},
};

static const struct flag flags_recordings[] = {
	{"campaign", 'c', "NAME", "only this campaign (default: all)"}, {"json", 0, NULL, "print JSON"}, {0}};
static const struct flag flags_recording_get[] = {
	{"output", 'o', "FILE", "write there: .wav, or .opus as it is kept"},
	{"key", 0, "FILE", "key of an encrypted one (default: recording_key of outdial.conf)"},
	{0},
};
static const struct flag flags_recording_verify[] = {
	{"campaign", 'c', "NAME", "only this campaign (default: all)"},
	{"key", 0, "FILE", "key of encrypted ones (default: recording_key of outdial.conf)"},
	{0},
};
static const struct flag flags_recording_prune[] = {{"dry-run", 0, NULL, "only count"}, {0}};
static const struct flag flags_recording_pause[] = {
	{"by", 0, "NAME", "who asks; stands in the log (default tool)"},
	{"why", 0, "WORD", "why, e.g. card (default asked)"},
	{0},
};

static const struct flag flags_verify[] = {
	{"checkpoint", 'c', "FILE", "a checkpoint that was kept elsewhere: does the log still agree with it?"},
	{"key", 'k', "FILE", "public key in PEM (default: the store's own)"},
	{"proof", 'p', "FILE", "check a file of 'outdial prove' instead, without a store"},
	{"json", 0, NULL, "print JSON"},
	{0},
};

static const struct flag flags_hold[] = {
	{"why", 0, "TEXT", "the case or letter that asks for it"}, {"release", 0, NULL, "it is over"}, {"json", 0, NULL, "print JSON"}, {0}};
static const struct flag flags_retention[] = {{"dry-run", 'n', NULL, "say what would go, and what stops it; change nothing"},
	{"output", 'o', "FILE", "write the receipt there, too, as JSON"}, {"json", 0, NULL, "print JSON"}, {0}};

static const struct flag flags_erase[] = {{"basis", 'b', "TEXT", "why: the letter and the article; stands in the log as it is, so name nobody in it"},
	{"dry-run", 'n', NULL, "say what would go and what is kept; change nothing"},
	{"may-call", 0, NULL, "do not put the numbers on the do-not-call list"},
	{"output", 'o', "FILE", "write the receipt there, too, as JSON"}, {"wipe", 0, NULL, "alone: wipe the store's free room once more"},
	{"json", 0, NULL, "print JSON"}, {0}};

static const struct flag flags_prove[] = {{"output", 'o', "FILE", "write there (default: standard output)"}, {0}};

static const struct flag flags_report[] = {
	{"json", 0, NULL, "print JSON"}, {"output", 'o', "FILE", "write there (default: standard output)"}, {0}};

/* Groups stand together: help and completion rely on it. */
const struct command command_table[] = {
	{NULL, "init", "", 0, 0, COMMAND_ALONE, cmd_init, NULL, "Make an empty store and a commented outdial.conf.",
		"--dir /var/lib/outdial init", NULL},
	{"list", "import", "FILE", 1, 1, COMMAND_WRITES, cmd_list_import, flags_import,
		"Upload leads from a CSV, TSV, semicolon or pipe file; what cannot be read goes to a reject file.",
		"list import leads.csv --list spring --region CN \\\n    --map phone=电话,name=姓名", "list"},
	{"list", "list", "", 0, 0, COMMAND_READS, cmd_list_list, flags_json, "Show all lists.", "list list", NULL},
	{"list", "set", "NAME", 1, 1, COMMAND_WRITES, cmd_list_set, flags_list_set,
		"Switch a list on or off, archive it, name the moment from which it is not dialled any more, or the country of its next uploads.",
		"list set spring --state off", NULL},
	{"list", "show", "NAME", 1, 1, COMMAND_READS, cmd_list_show, flags_json, "Show one list and the campaigns that dial it.",
		"list show spring", NULL},
	{"trunk", "add", "NAME", 1, 1, COMMAND_WRITES, cmd_trunk_add, flags_trunk,
		"Add a SIP trunk, the way to the telephone network.",
		"trunk add carrier --gateway sip:carrier.example --cps 10", NULL},
	{"trunk", "set", "NAME", 1, 1, COMMAND_WRITES, cmd_trunk_set, flags_trunk, "Change a trunk; what is not named stays.",
		"trunk set carrier --cps 20", NULL},
	{"trunk", "list", "", 0, 0, COMMAND_READS, cmd_trunk_list, flags_json, "Show all trunks.", "trunk list", NULL},
	{"trunk", "show", "NAME", 1, 1, COMMAND_READS, cmd_trunk_show, flags_json, "Show one trunk.", "trunk show carrier", NULL},
	{"trunk", "calls", "NAME", 1, 1, COMMAND_WRITES, cmd_trunk_calls, flags_trunk_calls,
		"Say how the carrier wants each call: PRACK, session timers, delayed offer, asserted identity; alone: show it.",
		"trunk calls carrier --rel100 supported --session 30m", NULL},
	{"trunk", "test", "NAME", 1, 1, COMMAND_READS, cmd_trunk_test, NULL,
		"Try a trunk step by step: name, connection, TLS, OPTIONS, credentials. Places no call; 1 when a step fails.",
		"trunk test carrier", NULL},
	{"trunk", "remove", "NAME", 1, 1, COMMAND_WRITES, cmd_trunk_remove, NULL, "Remove a trunk that no campaign uses.",
		"trunk remove carrier", NULL},
	{"callerid", "add", "NUMBER", 1, 1, COMMAND_WRITES, cmd_callerid_add, flags_callerid,
		"Add a caller id and the right to use it. From the first one on, and with rule packs, no other is sent.",
		"callerid add +861058880000 --pool north --proof contract-17", "proof"},
	{"callerid", "set", "NUMBER", 1, 1, COMMAND_WRITES, cmd_callerid_set, flags_callerid,
		"Change a caller id; what is not named stays.", "callerid set +861058880000 --day 200", NULL},
	{"callerid", "list", "", 0, 0, COMMAND_READS, cmd_callerid_list, flags_json, "Show all caller ids and today's use.",
		"callerid list", NULL},
	{"callerid", "show", "NUMBER", 1, 1, COMMAND_READS, cmd_callerid_show, flags_json, "Show one caller id.",
		"callerid show +861058880000", NULL},
	{"callerid", "remove", "NUMBER", 1, 1, COMMAND_WRITES, cmd_callerid_remove, NULL, "Remove a caller id; it is not sent any more.",
		"callerid remove +861058880000", NULL},
	{"callerid", "quarantine", "NUMBER", 1, 1, COMMAND_WRITES, cmd_callerid_quarantine, flags_release,
		"Send a caller id to nobody until it is released.", "callerid quarantine +861058880000", NULL},
	{"seat", "add", "LOGIN", 1, 1, COMMAND_WRITES, cmd_seat_add, flags_seat,
		"Add an agent's seat. Its password is asked on a terminal, else read from standard input; only a hash of it is "
		"stored.",
		"seat add anna --team red --name \"Anna Li\"", "team"},
	{"seat", "set", "LOGIN", 1, 1, COMMAND_WRITES, cmd_seat_set, flags_seat,
		"Change a seat; what is not named stays. A phone that is logged in goes to the new team when its talk and wrap-up are over; "
		"with another password it is logged out then.",
		"seat set anna --team blue", NULL},
	{"seat", "list", "", 0, 0, COMMAND_READS, cmd_seat_list, flags_json, "Show all seats.", "seat list", NULL},
	{"seat", "show", "LOGIN", 1, 1, COMMAND_READS, cmd_seat_show, flags_json, "Show one seat.", "seat show anna", NULL},
	{"seat", "remove", "LOGIN", 1, 1, COMMAND_WRITES, cmd_seat_remove, NULL, "Remove a seat.", "seat remove anna", NULL},
	{"campaign", "create", "NAME", 1, 1, COMMAND_WRITES, cmd_campaign_create, flags_create,
		"Make a campaign; it dials nothing until it is started.",
		"campaign create may --list spring --team red --trunk carrier \\\n    --caller-id +861066660000 --window "
		"09:00-20:00 --days mon-sat",
		"list trunk caller-id"},
	{"campaign", "set", "NAME", 1, 1, COMMAND_WRITES, cmd_campaign_set, flags_set,
		"Change a campaign; what is not named stays.", "campaign set may --ceiling 2% --retry busy=5m", NULL},
	{"campaign", "terms", "NAME", 1, 1, COMMAND_WRITES, cmd_campaign_terms, flags_terms,
		"Say, or show, for whom, for what and with which right it calls: each call's record has it.",
		"campaign terms may --org 'Call Co' --seller 'ACME Ltd' \\\n    --offer 'energy contract' --party consumer", NULL},
	{"campaign", "start", "NAME", 1, 1, COMMAND_WRITES, cmd_campaign_start, NULL, "Let it dial.", "campaign start may", NULL},
	{"campaign", "pause", "NAME", 1, 1, COMMAND_WRITES, cmd_campaign_pause, NULL,
		"Place no new calls for now; calls under way go on.", "campaign pause may", NULL},
	{"campaign", "stop", "NAME", 1, 1, COMMAND_WRITES, cmd_campaign_stop, NULL, "End its dialling; calls under way go on.",
		"campaign stop may", NULL},
	{"campaign", "show", "NAME", 1, 1, COMMAND_READS, cmd_campaign_show, flags_json,
		"Show one campaign and what is left of its list.", "campaign show may", NULL},
	{"campaign", "list", "", 0, 0, COMMAND_READS, cmd_campaign_list, flags_json, "Show all campaigns.", "campaign list",
		NULL},
	{"callback", "add", "NUMBER|LEAD-ID", 1, 1, COMMAND_WRITES, cmd_callback_add, flags_callback,
		"Call a person at the time that was agreed: the lead is dialled first then, under every rule.",
		"callback add +8613800138000 --at 2026-11-24T15:30 --seat anna", "at"},
	{"callback", "list", "", 0, 0, COMMAND_READS, cmd_callback_list, flags_json, "Show all callbacks.", "callback list", NULL},
	{"callback", "release", "LOGIN", 1, 1, COMMAND_WRITES, cmd_callback_release, NULL,
		"Give a seat's own callbacks to the team: it is ill, or has left.", "callback release anna", NULL},
	{"callback", "cancel", "NUMBER|LEAD-ID", 1, 1, COMMAND_WRITES, cmd_callback_cancel, flags_region,
		"Take a callback's precedence away.", "callback cancel 4711", NULL},
	{"dnc", "add", "NUMBER...", 1, -1, COMMAND_WRITES, cmd_dnc_add, flags_dnc,
		"Put numbers on the do-not-call list; no attempt to them starts from now on.", "dnc add +8613800138000", NULL},
	{"dnc", "remove", "NUMBER...", 1, -1, COMMAND_WRITES, cmd_dnc_remove, flags_dnc,
		"Take numbers off the do-not-call list.", "dnc remove +8613800138000", NULL},
	{"dnc", "import", "FILE", 1, 1, COMMAND_WRITES, cmd_dnc_import, flags_dnc_import,
		"Add the numbers of a file, one a line or the first column of a CSV.", "dnc import robinson.txt --region CN",
		NULL},
	{"dnc", "check", "NUMBER", 1, 1, COMMAND_READS, cmd_dnc_check, flags_region,
		"Say on which lists a number is.", "dnc check 13800138000 --region CN", NULL},
	{"dnc", "list", "", 0, 0, COMMAND_READS, cmd_dnc_list, flags_json,
		"Show all suppression lists: what they are for, their numbers and how old their data is.", "dnc list", NULL},
	{"dnc", "show", "NAME", 1, 1, COMMAND_READS, cmd_dnc_show, flags_json, "Show one suppression list and its last files.",
		"dnc show ftc", NULL},
	{"dnc", "create", "NAME", 1, 1, COMMAND_WRITES, cmd_dnc_create, flags_dnc_create,
		"Make a suppression list. Until a file is loaded it stops the calls that it is for, unless its data may have any age.",
		"dnc create ftc --kind national --country US", "kind"},
	{"dnc", "set", "NAME", 1, 1, COMMAND_WRITES, cmd_dnc_set, flags_dnc_set,
		"Say how long before a suppression list is too old somebody is told.", "dnc set ftc --warn 5d", "warn"},
	{"dnc", "load", "NAME FILE", 2, 2, COMMAND_WRITES, cmd_dnc_load, flags_dnc_load,
		"Replace a suppression list by a whole file: lines, area,number, XML; plain, .zip, .gz or .zst. In force in one step, "
		"while dialling goes on.",
		"dnc load ftc full-list.zip --as-of 2026-11-01", NULL},
	{"dnc", "apply", "NAME FILE", 2, 2, COMMAND_WRITES, cmd_dnc_apply, flags_dnc_apply,
		"Apply a change file (A adds, D removes) to a suppression list; twice is as once.", "dnc apply ftc changes.zip", NULL},
	{"dnc", "drop", "NAME", 1, 1, COMMAND_WRITES, cmd_dnc_drop, NULL, "Remove a suppression list and its numbers.",
		"dnc drop ftc", NULL},
	{"consent", "add", "[NUMBER]", 0, 1, COMMAND_WRITES, cmd_consent_add, flags_consent_add,
		"Record consent, a purchase or an inquiry, of a number or a person.",
		"consent add +12125550100 --basis consent --date 2026-11-01 \\\n    --evidence form-4711 --seller 'ACME Ltd'", "basis date evidence"},
	{"consent", "revoke", "[NUMBER]", 0, 1, COMMAND_WRITES, cmd_consent_revoke, flags_consent_revoke,
		"Record that somebody took consent back: no call for that seller, or for all, from now on.", "consent revoke +12125550100", NULL},
	{"consent", "list", "", 0, 0, COMMAND_READS, cmd_consent_list, flags_json, "Show all records.", "consent list", NULL},
	{"consent", "show", "[NUMBER]", 0, 1, COMMAND_READS, cmd_consent_show, flags_consent_show,
		"Show the records of a number or person, and what a reassigned numbers database said.", "consent show +12125550100", NULL},
	{"consent", "import", "FILE", 1, 1, COMMAND_WRITES, cmd_consent_import, flags_region,
		"Take a table with number or person, basis, date, evidence, seller, until. Twice is as once.", "consent import forms.csv", NULL},
	{"consent", "export", "FILE", 1, 1, COMMAND_READS, cmd_consent_export, NULL, "Write all records as such a table; - is standard output.",
		"consent export consent.csv", NULL},
	{"consent", "query", "FILE", 1, 1, COMMAND_READS, cmd_consent_query, flags_consent_query,
		"Write number and date of consent for a reassigned numbers database.", "consent query rnd.csv --fresh 30d", NULL},
	{"consent", "answers", "FILE", 1, 1, COMMAND_WRITES, cmd_consent_answers, flags_consent_answers,
		"Take its answers: number, date, yes|no|no data. yes stops the number.", "consent answers rnd-out.csv --as-of 2026-11-20", NULL},
	{"rules", "list", "", 0, 0, COMMAND_READS, cmd_rules_list, NULL, "Show the rule packs in force.", "rules list", NULL},
	{"rules", "show", "PACK", 1, 1, COMMAND_READS, cmd_rules_show, flags_rules_show,
		"Show the rules of a pack with their sources; PACK@HASH is an older text.", "rules show us-federal", NULL},
	{"rules", "check", "FILE", 1, 1, COMMAND_ALONE, cmd_rules_check, NULL,
		"Read a file of rules and show what it says; changes nothing.", "rules check my-rules.conf", NULL},
	{"rules", "load", "[FILE]", 0, 1, COMMAND_WRITES, cmd_rules_load, NULL,
		"Put a file of rules in force from the next claim on; without FILE those that come with this program.",
		"rules load my-rules.conf", NULL},
	{"ledger", "import", "FILE", 1, 1, COMMAND_WRITES, cmd_ledger_import, flags_ledger,
		"Count what others tried with the same persons: columns person, event, time, and number, debt, count.",
		"ledger import other-agency.csv --zone Asia/Shanghai", NULL},
	{NULL, "explain", "NUMBER|LEAD-ID", 1, 1, COMMAND_READS, cmd_explain, flags_explain,
		"Say why a lead may or may not be dialled, by the check that the engine itself uses.",
		"explain +8613800138000 --at 2026-11-21T09:00", NULL},
	{"pace", "explain", "CAMPAIGN", 1, 1, COMMAND_ALONE, cmd_pace_explain, flags_json,
		"Say why a running campaign dials at this rate now: seats, calls, estimates, budget of each legal window, what "
		"bounds it.",
		"pace explain may", NULL},
	{"export", "outcomes", "", 0, 0, COMMAND_WRITES, cmd_export, flags_export,
		"Write one row for each attempt: times, outcome, seat, codes.",
		"export outcomes --campaign may --from 2026-11-01 -o outcomes.csv.zst", NULL},
	{"export", "abandonment", "", 0, 0, COMMAND_WRITES, cmd_export, flags_export,
		"Write abandoned calls by campaign, law and period, counted anew from the events, beside what the engine counts from.",
		"export abandonment --campaign may --zone Europe/London \\\n    -o abandonment.csv", NULL},
	{"export", "abandonment-calls", "", 0, 0, COMMAND_WRITES, cmd_export, flags_export,
		"Write the calls that stand behind numerator and denominator, one a row.",
		"export abandonment-calls --campaign may --from 2026-11-01", NULL},
	{"export", "latency", "", 0, 0, COMMAND_WRITES, cmd_export, flags_export,
		"Write of each answered call when somebody spoke: answer, end of greeting, seat, message; outliers are marked.",
		"export latency --campaign may -o latency.csv", NULL},
	{"export", "latency-histogram", "", 0, 0, COMMAND_WRITES, cmd_export, flags_export,
		"Write how many calls waited how long between the end of the greeting and a voice.",
		"export latency-histogram --campaign may", NULL},
	{"export", "windows", "", 0, 0, COMMAND_WRITES, cmd_export, flags_export,
		"Write by which rule, zone and local time each call was allowed.", "export windows --number +13055550123", NULL},
	{"export", "suppression", "", 0, 0, COMMAND_WRITES, cmd_export, flags_export,
		"Write which suppression lists, in which version, each call was checked against.", "export suppression --campaign may -o suppression.csv.zst", NULL},
	{"export", "suppression-changes", "", 0, 0, COMMAND_WRITES, cmd_export, flags_export,
		"Write what changed in the lists of numbers that are not called, when and by whom.", "export suppression-changes --from 2026-11-01", NULL},
	{"export", "frequency", "", 0, 0, COMMAND_WRITES, cmd_export, flags_export,
		"Write how often a number had been called before each call: in 24 hours, 7 and 30 days.", "export frequency --number +13055550123", NULL},
	{"export", "optouts", "", 0, 0, COMMAND_WRITES, cmd_export, flags_export,
		"Write who asked not to be called, how soon that held, and whether he was called after it.", "export optouts --from 2026-11-01 -o optouts.csv", NULL},
	{"export", "callerids", "", 0, 0, COMMAND_WRITES, cmd_export, flags_export,
		"Write by caller id and day: the right to use it, answers, short calls, blocks.", "export callerids --zone America/New_York", NULL},
	{"export", "retention", "", 0, 0, COMMAND_WRITES, cmd_export, flags_export,
		"Write legal holds, and what went: by age, by erasure, recordings.", "export retention", NULL},
	{"export", "exports", "", 0, 0, COMMAND_WRITES, cmd_export, flags_export,
		"Write who exported what.", "export exports", NULL},
	{NULL, "reconcile", "CARRIER.csv", 1, 1, COMMAND_WRITES, cmd_reconcile, flags_reconcile,
		"Compare our calls with a carrier's records of them, in both directions; findings are rows, exit code 1 when there are any.",
		"reconcile carrier-may.csv --trunk carrier --region CN \\\n    --zone Asia/Shanghai -o findings.csv", NULL},
	{NULL, "seal", "", 0, 0, COMMAND_WRITES, cmd_seal, flags_json,
		"Seal the evidence log now: what happened so far into signed files. The engine does so by itself each minute.", "seal",
		NULL},
	{NULL, "verify", "", 0, 0, COMMAND_ALONE, cmd_verify, flags_verify,
		"Check the evidence log: nothing changed, removed, added or put elsewhere since it was sealed.",
		"verify --checkpoint /mnt/elsewhere/checkpoint", NULL},
	{NULL, "prove", "ATTEMPT", 1, 1, COMMAND_READS, cmd_prove, flags_prove,
		"Write the events of one attempt, and the proof that they are in the log, as one small file.",
		"prove 1017 -o complaint.proof", NULL},
	{NULL, "hold", "[PERSON|NUMBER]", 0, 1, COMMAND_WRITES, cmd_hold, flags_hold,
		"Keep all that is about a person or number, whatever its age (--why), or no longer (--release); alone: show the holds.",
		"hold +12125550123 --why 'Doe v. ACME, letter of 2026-11-20'", NULL},
	{NULL, "erase", "[PERSON|NUMBER]", 0, 1, COMMAND_WRITES, cmd_erase, flags_erase,
		"Erase a person: leads, numbers, recordings, and the keys of the lines in the log; every proof stays valid.",
		"erase +12125550123 --basis 'GDPR art. 17, letter of 2026-11-20' \\\n    -o receipt.json", NULL},
	{"retention", "run", "", 0, 0, COMMAND_WRITES, cmd_retention_run, flags_retention,
		"Let go what is older than every law that applies asks for: whole segments of the log, and their attempts.",
		"retention run --dry-run", NULL},
	{"retention", "show", "", 0, 0, COMMAND_ALONE, cmd_retention_show, NULL, "How long what is kept, and by which source.", "retention show",
		NULL},
	{NULL, "report", "CAMPAIGN", 1, 1, COMMAND_READS, cmd_report, flags_report,
		"Figures of a campaign, recomputed from its attempts.", "report may", NULL},
	{"classify", "estimate", "CAMPAIGN", 1, 1, COMMAND_WRITES, cmd_classify_estimate, flags_estimate,
		"Write down, dated and for good, how often machine verdicts are people: UK figures count by it.",
		"classify estimate may --from 2026-11-01 --by lin", "by"},
	{"classify", "report", "", 0, 0, COMMAND_READS, cmd_classify_report, flags_classify,
		"How often the classifier took a person for a machine, trunk by trunk, from the calls that seats checked.",
		"classify report --campaign may --from 2026-11-01", NULL},
	{"greetings", "list", "", 0, 0, COMMAND_READS, cmd_greetings_list, flags_json,
		"Show the recordings that the classifier remembers: announcements, assistants, company greetings.", "greetings list", NULL},
	{"greetings", "show", "RECORDING", 1, 1, COMMAND_READS, cmd_greetings_show, flags_json,
		"Show one recording, and the attempt in which it can be heard.", "greetings show 3fa2c1d7", NULL},
	{"greetings", "label", "RECORDING LABEL", 2, 2, COMMAND_WRITES, cmd_greetings_label, NULL,
		"Say what a recording is: human, machine, screener, announcement, dead_number, busy, no_answer, congestion, ignore or none.",
		"greetings label 3fa2c1d7 screener", NULL},
	{"greetings", "forget", "RECORDING", 1, 1, COMMAND_WRITES, cmd_greetings_forget, NULL,
		"Remove what was learned of a recording, and its label.", "greetings forget 3fa2c1d7", NULL},
	{"classify", "review", "", 0, 0, COMMAND_READS, cmd_classify_review, flags_recordings,
		"Machine verdicts that wait for somebody to listen to their recording.", "classify review --campaign may", NULL},
	{"classify", "judge", "ATTEMPT person|machine", 2, 2, COMMAND_WRITES, cmd_classify_judge, NULL,
		"Say what that recording was: the answer counts in classify report.", "classify judge 1017 person", NULL},
	{"recording", "list", "", 0, 0, COMMAND_READS, cmd_recording_list, flags_recordings,
		"Show what was recorded, its pauses, what is missing and how long it is kept.", "recording list --campaign may", NULL},
	{"recording", "get", "ATTEMPT", 1, 1, COMMAND_READS, cmd_recording_get, flags_recording_get,
		"Write a recording to a file: stereo, left the called, right our side.", "recording get 1017 -o 1017.wav", "output"},
	{"recording", "verify", "[ATTEMPT]", 0, 1, COMMAND_READS, cmd_recording_verify, flags_recording_verify,
		"Check that recordings are as they were kept, and can be read.", "recording verify", NULL},
	{"recording", "prune", "", 0, 0, COMMAND_WRITES, cmd_recording_prune, flags_recording_prune,
		"Remove recordings whose time is over; their records and sums stay.", "recording prune --dry-run", NULL},
	{"recording", "pause", "ATTEMPT|SEAT", 1, 1, COMMAND_ALONE, cmd_recording_pause, flags_recording_pause,
		"Keep nothing of a call from now on, neither sound nor digits; the agent's *6 does the same.", "recording pause anna --by crm --why card",
		NULL},
	{"recording", "resume", "ATTEMPT|SEAT", 1, 1, COMMAND_ALONE, cmd_recording_resume, flags_recording_pause,
		"Go on with it; *7 does the same, and it comes by itself after the campaign's time.", "recording resume anna", NULL},
	{NULL, "status", "", 0, 0, COMMAND_ALONE, cmd_status, flags_json,
		"What the engine is doing now, or what the store knows without one.", "status", NULL},
	{NULL, "top", "", 0, 0, COMMAND_ALONE, cmd_top, NULL, "The same, live; q leaves.", "top", NULL},
	{NULL, "completion", "", 0, 0, COMMAND_ALONE, cmd_completion, NULL, "Print a completion script for bash.",
		"completion > /etc/bash_completion.d/outdial", NULL},
	{NULL, "help", "[COMMAND]", 0, 2, COMMAND_ALONE, cmd_help, flags_help, "Show the commands, or one of them.", "help list import",
		NULL},
	{0},
};

/* NULL when there is none. *group: the word is a group of commands. */
static const struct command *command_find(const char *first, const char *second, bool *group)
{
	*group = false;
	for (const struct command *c = command_table; c->name; c++) {
		if (!c->group && strcmp(c->name, first) == 0)
			return c;
		if (c->group && strcmp(c->group, first) == 0) {
			*group = true;
			if (second && strcmp(c->name, second) == 0)
				return c;
		}
	}
	return NULL;
}

static int no_command(const char *first, const char *second, bool group)
{
	const char *word = group ? second : first;
	const char *near = word ? args_suggest_command(group ? first : NULL, word) : NULL;

	if (!word)
		fprintf(stderr, "outdial %s: which command? See 'outdial help %s'\n", first, first);
	else if (near)
		fprintf(stderr, "outdial: no command '%s%s%s', did you mean '%s%s%s'?\n", group ? first : "", group ? " " : "",
			word, group ? first : "", group ? " " : "", near);
	else
		fprintf(stderr, "outdial: no command '%s%s%s'; see 'outdial help'\n", group ? first : "", group ? " " : "", word);
	return STATUS_MISUSE;
}

int cmd_help(struct call *call)
{
	static char wanted[] = "--help";
	bool group;

	if (call_has(call, "man")) {
		man_print(stdout);
		return STATUS_DONE;
	}
	if (call->arg_count == 0) {
		args_help_all(stdout, NULL);
		return STATUS_DONE;
	}
	const char *second = call->arg_count > 1 ? call->args[1] : NULL;
	const struct command *command = command_find(call->args[0], second, &group);

	if (command)
		args_help(stdout, command);
	else if (group && !second)
		args_help_all(stdout, call->args[0]);
	else if (!group && sibling_known(call->args[0]))
		return sibling_run((char *[]){call->args[0], wanted, NULL}, NULL);
	else
		return no_command(call->args[0], second, group);
	return STATUS_DONE;
}

int cmd_completion(struct call *call)
{
	(void)call;
	args_completion(stdout);
	return STATUS_DONE;
}

static int open_and_run(struct call *call)
{
	char why[WHY_BYTES] = "";

	if (call->command->store != COMMAND_ALONE) {
		int err = store_open(
			&call->store, call->dir, call->command->store == COMMAND_READS ? STORE_READ : STORE_WRITE, why);

		if (err == -ENOENT)
			return fail(call, "there is no store in %s; make one with 'outdial --dir %s init'", call->dir, call->dir);
		if (err)
			return fail_err(call, err, why);
	}
	int status = call->command->run(call);

	store_close(call->store);
	return status;
}

/* A full disk or a closed pipe must not look like success. */
static int finish(const struct call *call, int status)
{
	if (status == STATUS_DONE && (fflush(stdout) != 0 || ferror(stdout)))
		return fail(call, "standard output cannot be written: %s", strerror(errno));
	return status;
}

/* --dir, --help and --version in front of the command; answers the index of its first word, or -1 with *status. */
static int globals(int argc, char **argv, const char **dir, int *status)
{
	int i = 1;

	for (*status = STATUS_MISUSE; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--dir") == 0 || strncmp(argv[i], "--dir=", 6) == 0) {
			*dir = argv[i][5] ? argv[i] + 6 : i + 1 < argc ? argv[++i] : "";
			if (**dir)
				continue;
			fprintf(stderr, "outdial: option '--dir' needs a value; see 'outdial --help'\n");
			return -1;
		} else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			args_help_all(stdout, NULL);
			*status = STATUS_DONE;
			return -1;
		} else if (strcmp(argv[i], "--version") == 0) {
			printf("outdial " OUTDIAL_VERSION "\n");
			*status = STATUS_DONE;
			return -1;
		} else {
			fprintf(stderr, "outdial: unknown option '%s'; see 'outdial --help'\n", argv[i]);
			return -1;
		}
	}
	if (i == argc) {
		args_help_all(stderr, NULL);
		return -1;
	}
	return i;
}

static int group_help(const char *group)
{
	args_help_all(stdout, group);
	return STATUS_DONE;
}

int main(int argc, char **argv)
{
	const char *from_environment = getenv("OUTDIAL_DIR");
	struct call call = {.dir = from_environment && *from_environment ? from_environment : OUTDIAL_DIR_DEFAULT};
	bool group;
	int status;

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		setlocale(LC_CTYPE, "");
	int first = globals(argc, argv, &call.dir, &status);

	if (first < 0)
		return status;
	const char *second = first + 1 < argc ? argv[first + 1] : NULL;

	call.command = command_find(argv[first], second, &group);
	if (!call.command && group && second && strcmp(second, "--help") == 0)
		return group_help(argv[first]);
	if (!call.command && (!group || (second && second[0] == '-')) && sibling_known(argv[first]))
		return sibling_run(argv + first, first > 1 ? call.dir : NULL);
	if (!call.command)
		return no_command(argv[first], second, group);
	if (call.command->group)
		first++;
	switch (args_parse(&call, argc - first, argv + first)) {
	case ARGS_HELP:
		args_help(stdout, call.command);
		return finish(&call, STATUS_DONE);
	case ARGS_MISUSE:
		return STATUS_MISUSE;
	case ARGS_RUN:
		break;
	}
	return finish(&call, open_and_run(&call));
}
