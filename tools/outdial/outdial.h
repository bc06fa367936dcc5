/*
 * outdial.h - the command-line program: what its commands share
 *
 * What    commands.c is the table of commands; each names its options, which stand as a table in the file of the command.
 *         Parsing, --help, suggestions and the shell completion are loops over these tables (args.c, man.c), so help and
 *         behaviour cannot drift apart.
 * Life    main finds the command, args_parse() fills a struct call, main opens the store as the command asks, runs it, closes
 *         the store.
 * Exit    0 done, 1 could not be done, 2 wrong use (command, option, or a file that was given). Every failure is one sentence on
 *         standard error: what, where, what to do.
 */
#ifndef OUTDIAL_TOOLS_OUTDIAL_H
#define OUTDIAL_TOOLS_OUTDIAL_H

#include "base/doc.h"
#include "campaigns/campaigns.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define OUTDIAL_VERSION "0.1"
#define OUTDIAL_DIR_DEFAULT "/var/lib/outdial"
#define FLAGS_MAX 64
#define STATUS_DONE 0
#define STATUS_FAILED 1
#define STATUS_MISUSE 2

/* --- commands and their options */
struct flag {
	const char *name;  /* of --name; NULL ends a table */
	char letter;       /* of -n, 0 without */
	const char *value; /* word for the value in the help; NULL: a switch */
	const char *sentence;
};

enum command_store { COMMAND_ALONE, COMMAND_READS, COMMAND_WRITES };

struct call;
typedef int command_h(struct call *call);

struct command {
	const char *group, *name; /* "list", "import"; group NULL for a command of one word */
	const char *args;         /* for the help: "FILE" */
	int args_min, args_max;   /* args_max -1: any number */
	enum command_store store;
	command_h *run;
	const struct flag *flags; /* NULL: none */
	const char *sentence, *example;
	const char *needs; /* options that must be given, separated by blanks; NULL: none */
};

struct call {
	const struct command *command;
	const char *dir;
	const char *values[FLAGS_MAX]; /* by place in command->flags: NULL absent, "" for a switch */
	char **args;
	int arg_count;
	struct store *store; /* NULL for COMMAND_ALONE */
};

extern const struct command command_table[]; /* commands.c; ends with name NULL */
/* Options of commands: each table stands in the file of its command. */
extern const struct flag flags_callback[], flags_callerid[], flags_campaign[], flags_classify[], flags_consent_add[],
	flags_consent_answers[], flags_consent_query[], flags_consent_revoke[], flags_consent_show[], flags_dnc[],
	flags_dnc_create[], flags_dnc_import[], flags_dnc_load[], flags_dnc_set[], flags_erase[], flags_estimate[],
	flags_explain[], flags_export[], flags_help[], flags_hold[], flags_import[], flags_ledger[],
	flags_list_remove[], flags_list_set[],
	flags_prove[], flags_reconcile[], flags_recording_get[], flags_recording_pause[], flags_recording_prune[],
	flags_recording_verify[], flags_recordings[], flags_release[], flags_report[], flags_retention[], flags_rules_show[],
	flags_seat[], flags_terms[], flags_trunk[], flags_trunk_calls[], flags_verify[];

/* Value of an option of this command, NULL when it was not given. The name must be in its table. */
const char *call_value(const struct call *call, const char *name);
bool call_has(const struct call *call, const char *name);
/* Was any option given but --json and --yes? A command that changes what is named has nothing to do without. */
bool call_changes(const struct call *call);
/* Whole command as the user typed it: "list import". */
const char *command_words(const struct command *command, char out[64]);
bool command_needs(const struct command *command, const char *flag);

/* --- args.c */
enum args_result { ARGS_RUN, ARGS_HELP, ARGS_MISUSE };
/* Options and arguments behind the command's words; `argv[0]` is any word. Complains by itself. */
enum args_result args_parse(struct call *call, int argc, char **argv);
void args_help(FILE *out, const struct command *command);
/* All commands, or those of one group. */
void args_help_all(FILE *out, const char *group);
/* The nearest command word or option for a word that is none, NULL when nothing is near. */
const char *args_suggest_command(const char *group, const char *word);
void args_completion(FILE *out);

/* --- sibling.c: programs outdial-X in the folder of this one run as `outdial X` */
bool sibling_known(const char *name);
/* Becomes that program with these arguments, argv[0] its name; `dir` NULL leaves $OUTDIAL_DIR alone. Returns on failure only. */
int sibling_run(char **argv, const char *dir);
/* One line for each that is there. */
void sibling_help(FILE *out);
/* NULL behind the last. */
const char *sibling_name(size_t index);

/* --- say.c: sentences and tables */
int fail(const struct call *call, const char *fmt, ...) __attribute__((format(printf, 2, 3)));   /* answers STATUS_FAILED */
int misuse(const struct call *call, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* answers STATUS_MISUSE */
/*
 * After a call that failed with err and perhaps a sentence: STATUS_MISUSE when what was given is wrong (its form, encoding or
 * range).
 */
int fail_err(const struct call *call, int err, const char *why);
/* The same of a command that reads a file of the user's: one that is not there, or is none, is wrong, too. */
int fail_file(const struct call *call, int err, const char *why);
/* The store has no `thing` ("caller id") of that name; `outdial GROUP list` shows those that it has. STATUS_FAILED. */
int no_such(const struct call *call, const char *thing, const char *group, const char *name);

#define ROW_CELLS 11
struct column {
	const char *title; /* NULL ends the table */
	/* of the terminal; the last left-aligned column is neither cut nor padded, but goes on in further lines */
	int width;
	bool right;
};
struct row {
	char cell[ROW_CELLS][96];
};
void row_set(struct row *row, int index, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void row_print(FILE *out, const struct column *columns, const struct row *row);
void row_print_line(FILE *out, const struct column *columns, const struct row *row); /* one line, however long the last cell is */
void row_print_titles(FILE *out, const struct column *columns);
/* Text in `width` terminal columns: cut or padded, control characters as '?'; wide characters count double. */
#define PATH_COLUMNS 4096 /* width for a path: never cut, a terminal wraps it */
void cell_print(FILE *out, const char *text, int width, bool right, bool pad);
/* "  label     text", the text broken at blanks so that no line is wider than 80 columns. */
void field_print(FILE *out, const char *label, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same with the text beginning in column `indent`. */
void text_print(FILE *out, const char *label, int indent, const char *text);
void say_doc(FILE *out, struct doc *doc); /* indented, frees it */
/* All of a kind, as rows below their titles or as one JSON array (--json). */
struct listing {
	const struct call *call;
	const struct column *columns;
	struct doc *all; /* NULL: rows */
	bool any;        /* row was printed */
};
struct listing listing_begin(const struct call *call, const struct column *columns);
/* For each: print its row (true), or push its document to listing->all. */
bool listing_row(struct listing *listing);
/*
 * `err`: what ended the walk, ERR_UNKNOWN behind the last. Prints the array, or the sentence when there was none; answers the
 * status.
 */
int listing_end(struct listing *listing, int err, const char *none);

const char *srtp_text(enum srtp_mode mode);
bool srtp_parse(const char *text, enum srtp_mode *mode);

/* --- when.c: times */
#define WHEN_BYTES 32
/* "2026-11-21 09:30:00+08:00" in this machine's zone ("Z" in UTC), "never" for 0. Answers out. */
const char *when_text(int64_t us, char out[WHEN_BYTES]);
/* The same to the minute, for tables: WHEN_COLUMNS wide. */
#define WHEN_COLUMNS 22
const char *when_cell(int64_t us, char out[WHEN_BYTES]);
/* "2026-11-21", "2026-11-21T09:00", "2026-11-21 09:00:30", with "Z" or "+08:00" behind; else this machine's zone. */
bool when_parse(const char *text, int64_t *us);
/* "25s", "10m", "2h", "3d": the largest unit that divides it. */
const char *span_text(int64_t us, char out[WHEN_BYTES]);
/* "00:12:33" of a running time. */
const char *clock_text(int64_t us, char out[WHEN_BYTES]);

/* The value of --NAME as a time, *us = 0 without; else STATUS_MISUSE, said already. */
int option_time(const struct call *call, const char *name, int64_t *us);
/* --zone becomes the zone of this process: of times, days and months. 0 or STATUS_MISUSE, said already. */
int option_zone(const struct call *call);

/* --- ask.c */
/* The first line of a file, or of standard input ("-" or NULL): on a terminal asked twice without echo. */
int ask_secret(const char *path, const char *prompt, char out[64], char why[WHY_BYTES]);
/* On a terminal: a question that is answered by y or n. false: no, or nobody is there to ask. */
bool ask_yes(const char *question);

/* --- campaign_options.c, campaign_show.c */
/* Applies the options that were given to the campaign. 0 or STATUS_MISUSE, said already. */
int campaign_options(const struct call *call, struct campaign *campaign);
/* The same for --mix, which reads the store and so is no part of a transaction that writes. 0, or said already. */
int campaign_mix(const struct call *call, struct campaign *campaign);
/* "on", "off", "archived"; "expired" when its time is over. */
const char *list_word(const struct list *list);
void campaign_show(FILE *out, struct store *store, const struct campaign *campaign);
struct doc *campaign_doc(struct store *store, const struct campaign *campaign, uint64_t limit);

/* --- board.c: status of an engine as lines of a terminal */
/* At most `rows` lines of `width` columns (0: all); what matters least goes first. `clear`: lines erase their rest. */
void board_print(FILE *out, const struct doc *status, int64_t now_us, int rows, int width, bool clear);
/* What the store knows when no engine runs; *doc for --json is the caller's. */
struct doc *board_of_store(struct store *store, const char *dir);

/* --- cmd_status.c */
/* The engine's status, or the store's view when no engine runs. STATUS_DONE and *out is the caller's, or said already. */
int status_get(const struct call *call, struct doc **out);
/* The same as an error number and a sentence, for top, which must not write into the middle of its board. */
int status_ask(const char *dir, struct doc **reply, char why[WHY_BYTES]);
/* Of such an error: is it only that no engine runs? */
bool status_no_engine(int err);

/* --- trunk_now.c */
/* How the running engine finds the trunk's gateways. */
void trunk_now_show(const struct call *call, const char *name);

command_h cmd_init, cmd_status, cmd_top, cmd_explain, cmd_export, cmd_report, cmd_classify_report, cmd_classify_estimate;
command_h cmd_list_import, cmd_list_list, cmd_list_show, cmd_list_set, cmd_list_remove;
command_h cmd_callback_add, cmd_callback_list, cmd_callback_cancel, cmd_callback_release;
command_h cmd_campaign_create, cmd_campaign_set, cmd_campaign_start, cmd_campaign_pause, cmd_campaign_stop, cmd_campaign_show,
	cmd_campaign_list;
command_h cmd_campaign_terms;
command_h cmd_ledger_import;
command_h cmd_greetings_list, cmd_greetings_show, cmd_greetings_label, cmd_greetings_forget;
command_h cmd_consent_add, cmd_consent_revoke, cmd_consent_list, cmd_consent_show, cmd_consent_import, cmd_consent_export;
command_h cmd_consent_query, cmd_consent_answers;
command_h cmd_rules_list, cmd_rules_show, cmd_rules_check, cmd_rules_load;
command_h cmd_reconcile;
command_h cmd_dnc_add, cmd_dnc_remove, cmd_dnc_import, cmd_dnc_check;
command_h cmd_dnc_list, cmd_dnc_show, cmd_dnc_create, cmd_dnc_set, cmd_dnc_load, cmd_dnc_apply, cmd_dnc_drop;
command_h cmd_seat_add, cmd_seat_set, cmd_seat_list, cmd_seat_show, cmd_seat_remove;
command_h cmd_trunk_add, cmd_trunk_set, cmd_trunk_list, cmd_trunk_show, cmd_trunk_remove, cmd_trunk_calls, cmd_trunk_test;
command_h cmd_callerid_add, cmd_callerid_set, cmd_callerid_list, cmd_callerid_show, cmd_callerid_remove, cmd_callerid_quarantine;
command_h cmd_pace_explain;
command_h cmd_recording_list, cmd_recording_get, cmd_recording_verify, cmd_recording_prune, cmd_recording_pause,
	cmd_recording_resume;
command_h cmd_classify_review, cmd_classify_judge;
command_h cmd_seal, cmd_verify, cmd_prove;
command_h cmd_hold, cmd_retention_run, cmd_retention_show, cmd_erase;
command_h cmd_help, cmd_completion;

/* --- cmd_retention.c */
/* A receipt as a file; complains by itself. */
int receipt_write(struct call *call, const char *path, const struct doc *doc);

/* --- man.c */
/* All commands with all options as a manual page, section 1. */
void man_print(FILE *out);

/* --- trunk_options.c: gateways, pings, registration and TLS of a trunk */
int trunk_gateway_options(const struct call *call, struct trunk *trunk);
/* "sip:a;transport=tls and 2 more"; static. */
const char *trunk_gateways_text(const struct trunk *trunk);
void trunk_gateways_doc(const struct trunk *trunk, struct doc *out);
void trunk_gateways_show(const struct trunk *trunk);

#endif
