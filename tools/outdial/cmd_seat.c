/* cmd_seat.c - outdial seat add | set | list | show | remove */
#include "tools/outdial/outdial.h"

#include "base/err.h"
#include "base/text.h"
#include "dialer/config.h"
#include "dialer/digest.h"

#include <inttypes.h>
#include <string.h>

const struct flag flags_seat[] = {
	{"team", 't', "TEAM", "team of the seat"},
	{"name", 'n', "NAME", "the agent's name (of a new seat: the login)"},
	{"secret-file", 0, "FILE", "file whose first line is the phone's password; \"-\" reads standard input"},
	{"realm", 0, "REALM", "realm of the password (of a new seat: from outdial.conf)"},
	{"srtp", 0, "MODE", "off, optional or required (of a new seat: off)"},
	{0},
};

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

/* What was named; the rest stays. */
static int seat_options(const struct call *call, struct seat *seat)
{
	const char *team = call_value(call, "team"), *name = call_value(call, "name"), *srtp = call_value(call, "srtp");

	if (team && (!store_name_ok(team) || !text_copy(seat->team, sizeof(seat->team), team)))
		return misuse(call, "team '%s': 1 to %d letters, digits, '-', '_' and '.'", team, NAME_BYTES - 1);
	if (name && !text_copy(seat->name, sizeof(seat->name), name))
		return misuse(call, "the name is longer than %d bytes", (int)sizeof(seat->name) - 1);
	if (srtp && !srtp_parse(srtp, &seat->srtp))
		return misuse(call, "--srtp %s: off, optional or required", srtp);
	return STATUS_DONE;
}

int cmd_seat_add(struct call *call)
{
	char why[WHY_BYTES] = "";
	struct seat seat = {0}, there;

	if (!store_name_ok(call->args[0]) || !text_copy(seat.login, sizeof(seat.login), call->args[0]))
		return misuse(call, "login '%s': 1 to %d letters, digits, '-', '_' and '.'", call->args[0], NAME_BYTES - 1);
	text_copy(seat.name, sizeof(seat.name), seat.login);
	int status = seat_options(call, &seat);

	if (status == STATUS_DONE)
		status = seat_realm(call, &seat);
	if (status == STATUS_DONE && seat_get(call->store, seat.login, &there) == 0)
		return fail(call, "there is a seat '%s' already; 'outdial seat set %s' changes it", seat.login, seat.login);
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
	struct listing listing = listing_begin(call, seat_columns);
	struct seat seat = {0};
	int err;

	while ((err = seat_next(call->store, seat.login, &seat)) == 0)
		if (listing_row(&listing))
			seat_row(&seat);
		else
			doc_push(listing.all, seat_doc(&seat));
	return listing_end(&listing, err, "no seats yet; 'outdial seat add LOGIN --team TEAM' adds one");
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

static void seat_say_own(const struct call *call, const char *login, const char *sentence)
{
	uint64_t own = 0;

	if (callback_count_own(call->store, login, &own) == 0 && own)
		printf("%" PRIu64 " callbacks are its own%s: 'outdial callback release %s' gives them to the team\n", own,
			sentence, login);
}

struct seat_set {
	const struct call *call;
	const struct seat *named; /* whose hash is taken over */
	bool moved;
};

static int seat_set_edit(struct seat *seat, void *arg)
{
	struct seat_set *set = arg;
	char team[NAME_BYTES];

	text_copy(team, sizeof(team), seat->team);
	if (call_has(set->call, "secret-file")) {
		memcpy(seat->realm, set->named->realm, sizeof(seat->realm));
		memcpy(seat->ha1, set->named->ha1, sizeof(seat->ha1));
	}
	(void)seat_options(set->call, seat); /* they were good a moment ago, whatever seat they are of */
	set->moved = strcmp(team, seat->team) != 0;
	return 0;
}

/* A hash is of one realm: another needs the password. */
static int seat_password(const struct call *call, struct seat *seat)
{
	if (!call_has(call, "secret-file"))
		return call_has(call, "realm") ? misuse(call, "--realm needs --secret-file: only a hash of both is stored")
					       : STATUS_DONE;
	int status = call_has(call, "realm") ? seat_realm(call, seat) : STATUS_DONE;

	return status == STATUS_DONE ? seat_secret(call, seat) : status;
}

int cmd_seat_set(struct call *call)
{
	char why[WHY_BYTES] = "";
	struct seat seat;
	int err = seat_get(call->store, call->args[0], &seat);

	if (err)
		return no_seat(call, err, NULL);
	if (!call_changes(call))
		return misuse(call, "nothing to change: no option is given");
	int status = seat_options(call, &seat);

	if (status == STATUS_DONE)
		status = seat_password(call, &seat);
	if (status != STATUS_DONE)
		return status;
	struct seat_set set = {.call = call, .named = &seat};

	err = seat_edit(call->store, seat.login, seat_set_edit, &set, &seat, why);
	if (err)
		return no_seat(call, err, why);
	printf("changed seat %s of team %s; its phone uses user %s, realm %s\n", seat.login, seat.team, seat.login, seat.realm);
	if (set.moved)
		seat_say_own(call, seat.login, ", and come to it only where its team dials");
	return STATUS_DONE;
}

int cmd_seat_remove(struct call *call)
{
	const char *login = call->args[0];
	char why[WHY_BYTES] = "";
	int err = seat_remove(call->store, login, why);

	if (err)
		return no_seat(call, err, why);
	printf("removed seat %s; a phone that is logged in as it is logged out when its talk and wrap-up are over\n", login);
	seat_say_own(call, login, "");
	return STATUS_DONE;
}
