/* man.c - the reference of all commands as a manual page (man(7)): the tables that the parser reads, printed once more */
#include "tools/outdial/outdial.h"

#include "campaigns/outcome.h"

#include <string.h>

/*
 * A line of text; roff would take a dot or an apostrophe in front for a request, a backslash for an escape and a hyphen for a
 * break.
 */
static void man_text(FILE *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", out);
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", out);
		else if (*text == '-')
			fputs("\\-", out);
		else
			fputc(*text, out);
	}
	fputc('\n', out);
}

static void man_flag(FILE *out, const struct flag *flag, bool needed)
{
	char left[96];

	if (flag->letter)
		snprintf(left, sizeof(left), "-%c, --%s %s", flag->letter, flag->name, flag->value ? flag->value : "");
	else
		snprintf(left, sizeof(left), "--%s %s", flag->name, flag->value ? flag->value : "");
	fputs(".TP\n", out);
	man_text(out, left);
	man_text(out, flag->sentence);
	if (needed)
		fputs("(needed)\n", out);
}

static void man_command(FILE *out, const struct command *command)
{
	char words[64];

	fprintf(out, ".SS %s", command_words(command, words));
	fputc(' ', out);
	man_text(out, command->args);
	man_text(out, command->sentence);
	for (const struct flag *flag = command->flags; flag && flag->name; flag++)
		man_flag(out, flag, command_needs(command, flag->name));
	fputs(".PP\n.EX\noutdial ", out);
	man_text(out, command->example);
	fputs(".EE\n", out);
}

static void man_words(FILE *out)
{
	fputs(".SH OUTCOMES\nOf attempts, as they stand in exports and in \\-\\-retry:\n", out);
	for (int i = OUTCOME_NONE + 1; i < OUTCOME_COUNT; i++) {
		fprintf(out, ".TP\n%s\n", outcome_facts((enum outcome)i)->name);
		man_text(out, outcome_facts((enum outcome)i)->sentence);
	}
	fputs(".SH DISPOSITIONS\nOf talks, by the agent's keys:\n", out);
	for (const char *digit = "0123456789p"; *digit; digit++) {
		const struct disposition *disposition = disposition_by_digit(*digit);

		fprintf(out, ".TP\n%s%c %s\n", *digit == 'p' ? "*" : "#", *digit == 'p' ? '8' : *digit, disposition->name);
		man_text(out, disposition->sentence);
	}
}

void man_print(FILE *out)
{
	fputs(".TH OUTDIAL 1 \"\" \"outdial " OUTDIAL_VERSION "\" \"Outdial\"\n"
	      ".SH NAME\noutdial \\- lists, campaigns, trunks, seats, rules and evidence of the dialer engine outdiald\n"
	      ".SH SYNOPSIS\n.B outdial\n[\\-\\-dir DIR] COMMAND [OPTION...]\n"
	      ".SH DESCRIPTION\nEach command opens the store itself, with and without a running engine; a running engine sees "
	      "what changed at once.\n"
	      "Every command takes \\-\\-dir DIR and \\-\\-help.\n"
	      ".SH COMMANDS\n",
		out);
	for (const struct command *command = command_table; command->name; command++)
		man_command(out, command);
	man_words(out);
	fputs(".SH EXIT STATUS\n.TP\n0\ndone\n.TP\n1\ncould not be done, or a check found something\n"
	      ".TP\n2\nwrong use: a command, an option, or a file that was given is wrong; nothing was changed\n"
	      ".SH ENVIRONMENT\n.TP\nOUTDIAL_DIR\nfolder of the store when \\-\\-dir is not given; without both it "
	      "is " OUTDIAL_DIR_DEFAULT "\n"
	      ".SH FILES\n.TP\nDIR/outdial.conf\noptions of the engine; outdiald \\-\\-check reads it and says what is wrong\n"
	      ".SH SEE ALSO\nThe pages of docs/ in the sources: OPERATING, LISTS, RULES, SUPPRESSION, CONSENT, CALLERIDS, "
	      "TRUNKS, RECORDING, EXPORTS, EVIDENCE,\n"
	      "ERASURE. outdiald \\-\\-help.\n",
		out);
}
