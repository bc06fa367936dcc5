/* cmd_seat.c - outdial seat add | list | show | remove */
#include "tools/outdial/outdial.h"

#include "base/err.h"
#include "base/text.h"
#include "dialer/config.h"
#include "dialer/digest.h"

#include <inttypes.h>
#include <string.h>

static const struct column seat_columns[] = {
	{"LOGIN", 20, false}, {"TEAM", 16, false}, {"SRTP", 8, false}, {"NAME", 33, false}, {0}};

static int seat_realm(const struct call *call, struct seat *seat)
{
	const char *realm = call_value(call, "realm");
	struct config config;
	char why[WHY_BYTES] = "";

	if (!realm && config_read(call->dir, &config, why))
		return fail(call, "the realm comes from %s/outdial.conf: %s", call->dir, why);
	if (!realm)
		realm = config.realm;
	if (!*realm || strpbrk(realm, "\"\\") || !text_copy(seat->realm, sizeof(seat->realm), realm))
		return misuse(call, "a realm has 1 to %d bytes and no quotes", (int)sizeof(seat->realm) - 1);
	return STATUS_DONE;
}

/* The secret lives in this frame only. */
static int seat_secret(const struct call *call, struct seat *seat)
{
	char prompt[NAME_BYTES + 24], secret[64], why[WHY_BYTES] = "", ha1[DIGEST_HEX_MAX];

	snprintf(prompt, sizeof(prompt), "password of %s", seat->login);
	int err = ask_secret(call_value(call, "secret-file"), prompt, secret, why);

	if (err)
		return fail_err(call, err, why);
	err = digest_ha1(DIGEST_MD5, seat->login, seat->realm, secret, ha1);
	explicit_bzero(secret, sizeof(secret));
	if (err)
		return fail(call, "the password's hash: %s", err_text(err));
	text_copy(seat->ha1, sizeof(seat->ha1), ha1);
	return STATUS_DONE;
}

static int seat_options(const struct call *call, struct seat *seat)
{
	const char *team = call_value(call, "team"), *name = call_value(call, "name"), *srtp = call_value(call, "srtp");

	if (!store_name_ok(call->args[0]) || !text_copy(seat->login, sizeof(seat->login), call->args[0]))
		return misuse(call, "login '%s': 1 to %d letters, digits, '-', '_' and '.'", call->args[0], NAME_BYTES - 1);
	if (!store_name_ok(team) || !text_copy(seat->team, sizeof(seat->team), team))
		return misuse(call, "team '%s': 1 to %d letters, digits, '-', '_' and '.'", team, NAME_BYTES - 1);
	if (!text_copy(seat->name, sizeof(seat->name), name ? name : seat->login))
		return misuse(call, "the name is longer than %d bytes", (int)sizeof(seat->name) - 1);
	if (srtp && !srtp_parse(srtp, &seat->srtp))
		return misuse(call, "--srtp %s: off, optional or required", srtp);
	return seat_realm(call, seat);
}

int cmd_seat_add(struct call *call)
{
	char why[WHY_BYTES] = "";
	struct seat seat = {0}, there;
	int status = seat_options(call, &seat);

	if (status == STATUS_DONE && seat_get(call->store, seat.login, &there) == 0)
		return fail(call, "there is a seat '%s' already; remove it first to give it another password", seat.login);
	if (status == STATUS_DONE)
		status = seat_secret(call, &seat);
	if (status != STATUS_DONE)
		return status;
	int err = seat_put(call->store, &seat, true, why);

	if (err)
		return fail_err(call, err, why);
	printf("added seat %s of team %s; its phone uses user %s, realm %s\n", seat.login, seat.team, seat.login, seat.realm);
	return STATUS_DONE;
}

static struct doc *seat_doc(const struct seat *seat)
{
	struct doc *doc = doc_object();

	doc_put_text(doc, "login", seat->login);
	doc_put_text(doc, "name", seat->name);
	doc_put_text(doc, "team", seat->team);
	doc_put_text(doc, "realm", seat->realm);
	doc_put_text(doc, "srtp", srtp_text(seat->srtp));
	return doc;
}

static void seat_row(const struct seat *seat)
{
	struct row row;

	row_set(&row, 0, "%s", seat->login);
	row_set(&row, 1, "%s", seat->team);
	row_set(&row, 2, "%s", srtp_text(seat->srtp));
	row_set(&row, 3, "%s", seat->name);
	row_print(stdout, seat_columns, &row);
}

int cmd_seat_list(struct call *call)
{
	struct doc *all = call_has(call, "json") ? doc_array() : NULL;
	struct seat seat = {0};
	int err, count = 0;

	for (; (err = seat_next(call->store, seat.login, &seat)) == 0; count++) {
		if (all) {
			doc_push(all, seat_doc(&seat));
			continue;
		}
		if (count == 0)
			row_print_titles(stdout, seat_columns);
		seat_row(&seat);
	}
	return list_end(call, all, err, count, "no seats yet; 'outdial seat add LOGIN --team TEAM' adds one");
}

static int no_seat(const struct call *call, int err, const char *why)
{
	if (err == ERR_UNKNOWN)
		return no_such(call, "seat", "seat", call->args[0]);
	return fail_err(call, err, why);
}

int cmd_seat_show(struct call *call)
{
	struct seat seat;
	int err = seat_get(call->store, call->args[0], &seat);

	if (err)
		return no_seat(call, err, NULL);
	if (call_has(call, "json")) {
		say_doc(stdout, seat_doc(&seat));
		return STATUS_DONE;
	}
	printf("seat %s\n", seat.login);
	field_print(stdout, "name", "%s", seat.name);
	field_print(stdout, "team", "%s", seat.team);
	field_print(stdout, "realm", "%s", seat.realm);
	field_print(stdout, "srtp", "%s", srtp_text(seat.srtp));
	return STATUS_DONE;
}

int cmd_seat_remove(struct call *call)
{
	const char *login = call->args[0];
	char why[WHY_BYTES] = "";
	uint64_t own = 0;
	int err = seat_remove(call->store, login, why);

	if (err)
		return no_seat(call, err, why);
	printf("removed seat %s; a phone that is logged in as it is logged out when its talk and wrap-up are over\n", login);
	if (callback_count_own(call->store, login, &own) == 0 && own)
		printf("%" PRIu64 " callbacks are its own: `outdial callback release %s` gives them to the team\n", own, login);
	return STATUS_DONE;
}
