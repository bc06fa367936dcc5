/* cmd_trunk.c - outdial trunk add | set | list | show | remove */
#include "tools/outdial/outdial.h"

#include "base/err.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

const struct flag flags_trunk[] = {
	{"address", 'a', "HOST:PORT", "where its SIP is; an IP address, [..] around IPv6"},
	{"transport", 0, "udp|tcp|tls", "of --address; default udp"},
	{"gateway", 'g', "URI,URI", "instead: names or addresses, each with ;transport=udp|tcp|tls;priority=N;weight=N"},
	{"ping", 0, "TIME|off", "OPTIONS to every gateway this often, 1s to 1h (default off; 30s with several gateways)"},
	{"register", 0, "TIME|off", "register there with --user, for so long each time, 1m to 24h (default off)"},
	{"domain", 0, "NAME", "in the URIs of the registration and its calls (default: the gateway's host)"},
	{"tls-ca", 0, "FILE", "certificates that are trusted (default: the system's; \"\" takes it back)"},
	{"tls-name", 0, "NAME", "name in the gateway's certificate (default: the gateway's host)"},
	{"tls-cert", 0, "FILE", "our own certificate, if the carrier wants one"},
	{"tls-key", 0, "FILE", "its key"},
	{"calls", 0, "N", "calls at once (default 30)"},
	{"cps", 0, "X", "new calls a second (default 5)"},
	{"allow", 0, "IP,IP", "further addresses that may send us SIP for it"},
	{"user", 'u', "NAME", "name for digest authentication"},
	{"secret-file", 0, "FILE", "file whose first line is its secret; \"-\" reads standard input"},
	{"srtp", 0, "MODE", "off, optional or required (default off)"},
	{"prefix", 0, "DIGITS", "stands in the place of \"+\" on the wire, e.g. 00; \"\" keeps \"+\""},
	{0},
};

static const struct column trunk_columns[] = {{"TRUNK", 20, false}, {"CALLS", 6, true}, {"CPS", 7, true}, {"SRTP", 8, false},
	{"GATEWAY", 34, false}, {0}};

static bool is_ip(const char *text)
{
	unsigned char address[16];

	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* "192.0.2.1:5060", "192.0.2.1", "[2001:db8::1]:5060" */
static bool address_parse(const char *text, struct trunk *trunk)
{
	char host[64];
	const char *colon = strrchr(text, ':');
	int64_t port = 5060;

	if (*text == '[') {
		const char *close = strchr(text, ']');

		if (!close || (close[1] && close[1] != ':'))
			return false;
		colon = close[1] ? close + 1 : NULL;
		text_copy_n(host, sizeof(host), text + 1, (size_t)(close - text - 1));
	} else {
		text_copy_n(host, sizeof(host), text, colon ? (size_t)(colon - text) : strlen(text));
	}
	if (!is_ip(host) || (colon && !text_i64(colon + 1, 1, 65535, &port)))
		return false;
	trunk->port = (uint16_t)port;
	return text_copy(trunk->host, sizeof(trunk->host), host);
}

static bool allow_ok(const char *text)
{
	char copy[256], *save = NULL;

	if (!text_copy(copy, sizeof(copy), text))
		return false;
	for (char *ip = strtok_r(copy, ",", &save); ip; ip = strtok_r(NULL, ",", &save))
		if (!is_ip(ip))
			return false;
	return true;
}

static bool rate_parse(const char *text, double *out)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= 0.01 && value <= 10000))
		return false;
	*out = value;
	return true;
}

static int trunk_limits(const struct call *call, struct trunk *trunk)
{
	const char *calls = call_value(call, "calls"), *cps = call_value(call, "cps"), *srtp = call_value(call, "srtp");
	int64_t count = trunk->calls_max;

	if (calls && !text_i64(calls, 1, 20000, &count))
		return misuse(call, "--calls %s: a number from 1 to 20000", calls);
	trunk->calls_max = (uint32_t)count;
	if (cps && !rate_parse(cps, &trunk->cps_max))
		return misuse(call, "--cps %s: new calls a second, 0.01 to 10000", cps);
	if (srtp && !srtp_parse(srtp, &trunk->srtp))
		return misuse(call, "--srtp %s: off, optional or required", srtp);
	return STATUS_DONE;
}

static int trunk_secret(const struct call *call, struct trunk *trunk)
{
	const char *user = call_value(call, "user"), *path = call_value(call, "secret-file");
	char why[WHY_BYTES] = "";

	if (user && !text_copy(trunk->user, sizeof(trunk->user), user))
		return misuse(call, "--user is longer than %d bytes", (int)sizeof(trunk->user) - 1);
	if (path && !*trunk->user)
		return misuse(call, "--secret-file needs --user: whose secret is it?");
	if (user && *user && !path && !*trunk->secret)
		return misuse(call, "--user needs --secret-file");
	if (!*trunk->user)
		trunk->secret[0] = '\0';
	int err = path ? ask_secret(path, "the trunk's secret", trunk->secret, why) : 0;

	return err ? fail_err(call, err, why) : STATUS_DONE;
}

static int trunk_options(const struct call *call, struct trunk *trunk)
{
	const char *address = call_value(call, "address"), *transport = call_value(call, "transport");
	const char *allow = call_value(call, "allow"), *prefix = call_value(call, "prefix");

	if (address && !address_parse(address, trunk))
		return misuse(
			call, "--address %s: an IP address and a port, e.g. 192.0.2.10:5060 (names go with --gateway)", address);
	if (transport && !gateway_transport_ok(transport))
		return misuse(call, "--transport %s: udp, tcp or tls", transport);
	if (transport)
		text_copy(trunk->transport, sizeof(trunk->transport), transport);
	if (allow && (!allow_ok(allow) || !text_copy(trunk->allow, sizeof(trunk->allow), allow)))
		return misuse(call, "--allow %s: IP addresses separated by commas, at most 255 bytes", allow);
	if (prefix &&
		(strspn(prefix, "0123456789*#+") != strlen(prefix) || !text_copy(trunk->prefix, sizeof(trunk->prefix), prefix)))
		return misuse(call, "--prefix %s: at most 15 digits", prefix);
	int status = trunk_limits(call, trunk);

	if (status == STATUS_DONE)
		status = trunk_secret(call, trunk);
	return status == STATUS_DONE ? trunk_gateway_options(call, trunk) : status;
}

static int trunk_store(struct call *call, struct trunk *trunk, bool is_new)
{
	char why[WHY_BYTES] = "";
	int status = trunk_options(call, trunk);
	int err = status == STATUS_DONE ? trunk_put(call->store, trunk, is_new, why) : 0;

	explicit_bzero(trunk->secret, sizeof(trunk->secret));
	if (err == ERR_EXISTS && !*why)
		return fail(call, "there is a trunk '%s' already; 'outdial trunk set' changes it", trunk->name);
	if (err)
		return fail_err(call, err, why);
	if (status == STATUS_DONE)
		printf("%s trunk %s: %s, %u calls, %g a second\n", is_new ? "added" : "changed", trunk->name,
			trunk_gateways_text(trunk), trunk->calls_max, trunk->cps_max);
	return status;
}

int cmd_trunk_add(struct call *call)
{
	struct trunk trunk = {.port = 5060, .transport = "udp", .calls_max = 30, .cps_max = 5};

	if (!store_name_ok(call->args[0]) || !text_copy(trunk.name, sizeof(trunk.name), call->args[0]))
		return misuse(call, "name '%s': 1 to %d letters, digits, '-', '_' and '.'", call->args[0], NAME_BYTES - 1);
	return trunk_store(call, &trunk, true);
}

static int no_trunk(const struct call *call, int err, const char *why)
{
	if (err == ERR_UNKNOWN)
		return no_such(call, "trunk", "trunk", call->args[0]);
	return fail_err(call, err, why);
}

int cmd_trunk_set(struct call *call)
{
	struct trunk trunk;
	int err = trunk_get(call->store, call->args[0], &trunk);

	if (err)
		return no_trunk(call, err, NULL);
	return call_changes(call) ? trunk_store(call, &trunk, false) : misuse(call, "nothing to change: no option is given");
}

static struct doc *trunk_doc(const struct trunk *trunk)
{
	struct doc *doc = doc_object();

	doc_put_text(doc, "name", trunk->name);
	doc_put_text(doc, "host", trunk->host);
	doc_put_i64(doc, "port", trunk->port);
	doc_put_text(doc, "transport", trunk->transport);
	doc_put_text(doc, "allow", trunk->allow);
	doc_put_i64(doc, "calls_max", trunk->calls_max);
	doc_put_real(doc, "cps_max", trunk->cps_max);
	doc_put_text(doc, "user", trunk->user);
	doc_put_text(doc, "srtp", srtp_text(trunk->srtp));
	doc_put_text(doc, "prefix", trunk->prefix);
	trunk_gateways_doc(trunk, doc);
	return doc;
}

static void trunk_row(const struct trunk *trunk)
{
	struct row row;

	row_set(&row, 0, "%s", trunk->name);
	row_set(&row, 1, "%u", trunk->calls_max);
	row_set(&row, 2, "%g", trunk->cps_max);
	row_set(&row, 3, "%s", srtp_text(trunk->srtp));
	row_set(&row, 4, "%s", trunk_gateways_text(trunk));
	row_print(stdout, trunk_columns, &row);
}

int cmd_trunk_list(struct call *call)
{
	struct listing listing = listing_begin(call, trunk_columns);
	struct trunk trunk = {0};
	int err;

	while ((err = trunk_next(call->store, trunk.name, &trunk)) == 0)
		if (listing_row(&listing))
			trunk_row(&trunk);
		else
			doc_push(listing.all, trunk_doc(&trunk));
	return listing_end(&listing, err, "no trunks yet; 'outdial trunk add NAME --address HOST:PORT' adds one");
}

int cmd_trunk_show(struct call *call)
{
	struct trunk trunk;
	int err = trunk_get(call->store, call->args[0], &trunk);

	if (err)
		return no_trunk(call, err, NULL);
	if (call_has(call, "json")) {
		say_doc(stdout, trunk_doc(&trunk));
		return STATUS_DONE;
	}
	printf("trunk %s\n", trunk.name);
	trunk_gateways_show(&trunk);
	field_print(stdout, "allowed", "its gateways' addresses%s%s", *trunk.allow ? "," : "", trunk.allow);
	field_print(stdout, "limits", "%u calls at once, %g new calls a second", trunk.calls_max, trunk.cps_max);
	field_print(stdout, "digest", "%s", *trunk.user ? trunk.user : "none");
	field_print(stdout, "srtp", "%s", srtp_text(trunk.srtp));
	field_print(stdout, "numbers", "begin with \"%s\"", *trunk.prefix ? trunk.prefix : "+");
	trunk_now_show(call, trunk.name);
	return STATUS_DONE;
}

int cmd_trunk_remove(struct call *call)
{
	char why[WHY_BYTES] = "";
	int err = trunk_remove(call->store, call->args[0], why);

	if (err)
		return no_trunk(call, err, why);
	printf("removed trunk %s\n", call->args[0]);
	return STATUS_DONE;
}
