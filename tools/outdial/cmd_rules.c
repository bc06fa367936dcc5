/* cmd_rules.c - outdial rules list | show | check | load */
#include "tools/outdial/outdial.h"

#include "base/err.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const struct flag flags_rules_show[] = {{"text", 't', NULL, "print the file itself"}, {0}};

static int read_pack(const struct call *call, const char *path, char **text, size_t *bytes)
{
	FILE *file = fopen(path, "re");
	struct stat about;

	if (!file)
		return misuse(call, "%s cannot be read: %s", path, strerror(errno));
	if (fstat(fileno(file), &about) == 0 && S_ISDIR(about.st_mode)) {
		fclose(file);
		return misuse(call, "%s is a folder: name the file in it", path);
	}
	*text = malloc(PACK_BYTES_MAX + 1);
	*bytes = *text ? fread(*text, 1, PACK_BYTES_MAX + 1, file) : 0;
	int bad = *text ? ferror(file) : ENOMEM;

	fclose(file);
	if (!bad)
		return STATUS_DONE;
	free(*text);
	return fail(call, "%s cannot be read: %s", path, err_text(-EIO));
}

/* A file that is no pack is wrong use; a store that cannot be written is not. */
static int refuse(const struct call *call, const char *path, int err, const char *why)
{
	return err == ERR_SYNTAX ? misuse(call, "%s: %s", path, why) : fail_err(call, err, why);
}

static void say_receipt(const struct rules_receipt *receipt)
{
	printf("%s %s, %u rules, sha256 %.16s: %s\n", receipt->name, receipt->version, receipt->rules, receipt->sha256,
		receipt->changed ? "in force from the next claim on" : "is in force already");
}

static int load_builtin(struct call *call)
{
	char why[PACK_WHY_BYTES] = "";
	uint32_t changed = 0;
	int err = rules_load_builtin(call->store, &changed, why);

	if (err)
		return fail_err(call, err, why);
	printf("%u of the rule packs of this program came into force; the others were already\n", changed);
	return STATUS_DONE;
}

int cmd_rules_load(struct call *call)
{
	struct rules_receipt receipt = {0};
	char why[PACK_WHY_BYTES] = "", *text;
	size_t bytes;

	if (call->arg_count == 0)
		return load_builtin(call);
	int status = read_pack(call, call->args[0], &text, &bytes);

	if (status != STATUS_DONE)
		return status;
	int err = rules_load(call->store, text, bytes, &receipt, why);

	free(text);
	if (err)
		return refuse(call, call->args[0], err, why);
	say_receipt(&receipt);
	return STATUS_DONE;
}

static void print_rule(const struct rule *rule)
{
	char text[240], places[RULE_PLACES_MAX * PLACE_BYTES] = "";

	for (uint32_t i = 0; i < rule->place_count; i++)
		snprintf(places + strlen(places), sizeof(places) - strlen(places), "%s%s", i ? " " : "", rule->places[i]);
	rule_text(rule, text, sizeof(text));
	printf("%s (%s, %s, %c)\n", rule->id, rule_kind_name(rule->kind), rule->date, rule->mark);
	field_print(stdout, "where", "%s", places);
	for (int i = PURPOSE_TELEMARKETING; rule->purposes != 7 && i <= PURPOSE_OTHER; i++)
		if (rule->purposes >> i & 1)
			field_print(stdout, "purpose", "%s", campaign_purpose_name((enum campaign_purpose)i));
	for (uint8_t i = 0; i < rule->role_count; i++)
		field_print(stdout, "role", "%s", rule->roles[i]);
	field_print(stdout, "demands", "%s", text);
	field_print(stdout, "says", "%s", rule->says);
	field_print(stdout, "source", "%s", rule->source);
}

static void print_pack(const struct rulepack *pack)
{
	char head[2 * NAME_BYTES + 8];

	snprintf(head, sizeof(head), "%s %s: ", pack->name, pack->version);
	text_print(stdout, head, (int)strlen(head) + 1, pack->title);
	printf("sha256 %s\n", pack->sha256);
	for (uint32_t i = 0; i < pack->rule_count; i++) {
		printf("\n");
		print_rule(&pack->rules[i]);
	}
}

int cmd_rules_check(struct call *call)
{
	char why[PACK_WHY_BYTES] = "", *text;
	struct rulepack *pack;
	size_t bytes;
	int status = read_pack(call, call->args[0], &text, &bytes);

	if (status != STATUS_DONE)
		return status;
	int err = rulepack_parse(&pack, text, bytes, why);

	free(text);
	if (err)
		return refuse(call, call->args[0], err, why);
	print_pack(pack);
	rulepack_free(pack);
	return STATUS_DONE;
}

int cmd_rules_show(struct call *call)
{
	struct rulepack *pack;
	char *text;
	int err = rules_get(call->store, call->args[0], &pack, &text);

	if (err == ERR_UNKNOWN)
		return no_such(call, "rule pack", "rules", call->args[0]);
	if (err)
		return fail_err(call, err, NULL);
	if (call_has(call, "text"))
		fputs(text, stdout);
	else
		print_pack(pack);
	rulepack_free(pack);
	free(text);
	return STATUS_DONE;
}

static uint32_t count_marks(const struct rulepack *pack, char mark)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < pack->rule_count; i++)
		count += pack->rules[i].mark == mark;
	return count;
}

int cmd_rules_list(struct call *call)
{
	static const struct column columns[] = {{"PACK", 18, false}, {"VERSION", 10, false}, {"RULES", 5, true},
		{"TO CONFIRM", 10, true}, {"SHA256", 16, false}, {0}};
	struct rulepack *pack;
	char name[NAME_BYTES] = "";

	row_print_titles(stdout, columns);
	while (rules_next(call->store, name, name) == 0) {
		struct row row;

		if (rules_get(call->store, name, &pack, NULL) != 0)
			return fail(call, "the rule pack %s cannot be read by this program", name);
		row_set(&row, 0, "%s", pack->name);
		row_set(&row, 1, "%s", pack->version);
		row_set(&row, 2, "%u", pack->rule_count);
		row_set(&row, 3, "%u", count_marks(pack, 'S') + count_marks(pack, 'M'));
		row_set(&row, 4, "%.16s", pack->sha256);
		row_print(stdout, columns, &row);
		text_print(stdout, "", 2, pack->title);
		rulepack_free(pack);
	}
	return STATUS_DONE;
}
