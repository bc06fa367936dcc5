/* trunk_options.c - outdial trunk: gateways, pings, registration and TLS */
#include "tools/outdial/outdial.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "dialer/pem.h"

#include <string.h>

#define PING_S 30

/* A duration of `min` to `max` seconds, or "off" as 0. */
static bool seconds_parse(const char *text, int64_t min, int64_t max, uint32_t *out)
{
	int64_t us;

	if (!strcmp(text, "off")) {
		*out = 0;
		return true;
	}
	if (!text_duration_us(text, &us) || us < min * SEC_US || us > max * SEC_US)
		return false;
	*out = (uint32_t)(us / SEC_US);
	return true;
}

/* --address and --gateway exclude each other; a new trunk needs one of them. */
static int gateways_option(const struct call *call, struct trunk *trunk)
{
	const char *list = call_value(call, "gateway"), *address = call_value(call, "address");
	char why[WHY_BYTES] = "";

	if (list && (address || call_value(call, "transport")))
		return misuse(call, "--gateway says where and how by itself: without --address and --transport");
	if (list && gateways_parse(list, trunk, why))
		return misuse(call, "--gateway: %s", why);
	if (!list && !address && !trunk->host[0] && !trunk->gateways_count)
		return misuse(call, "where is it? --gateway sip:HOST or --address IP:PORT");
	if (address)
		trunk->gateways_count = 0;
	if (list && trunk->gateways_count > 1 && !trunk->ping_s && !call_value(call, "ping"))
		trunk->ping_s = PING_S;
	return STATUS_DONE;
}

static int times_options(const struct call *call, struct trunk *trunk)
{
	const char *ping = call_value(call, "ping"), *lifetime = call_value(call, "register");

	if (ping && !seconds_parse(ping, 1, 3600, &trunk->ping_s))
		return misuse(call, "--ping %s: 1s to 1h, or off (" TEXT_DURATION_UNITS ")", ping);
	if (lifetime && !seconds_parse(lifetime, 60, 86400, &trunk->register_s))
		return misuse(call, "--register %s: 1m to 24h, or off (" TEXT_DURATION_UNITS ")", lifetime);
	if (trunk->register_s && !*trunk->user)
		return misuse(call, "--register needs --user and --secret-file");
	return STATUS_DONE;
}

static int file_option(const struct call *call, const char *name, const char *kind, char *out, size_t size)
{
	const char *path = call_value(call, name);

	if (!path)
		return STATUS_DONE;
	if (*path && *path != '/')
		return misuse(call, "--%s %s: a whole path, because the engine may run elsewhere", name, path);
	int err = *path ? pem_check(path, kind) : 0;

	if (err == ERR_SYNTAX)
		return misuse(call, "--%s %s: expected a PEM file with a %s", name, path, kind);
	if (err)
		return misuse(call, "--%s %s: it cannot be read (%s)", name, path, err_text(err));
	return text_copy(out, size, path) ? STATUS_DONE : misuse(call, "--%s is longer than %d bytes", name, (int)size - 1);
}

static int tls_options(const struct call *call, struct trunk *trunk)
{
	const char *name = call_value(call, "tls-name"), *domain = call_value(call, "domain");
	int status = file_option(call, "tls-ca", "CERTIFICATE", trunk->tls_ca, sizeof(trunk->tls_ca));

	if (status == STATUS_DONE)
		status = file_option(call, "tls-cert", "CERTIFICATE", trunk->tls_cert, sizeof(trunk->tls_cert));
	if (status == STATUS_DONE)
		status = file_option(call, "tls-key", "PRIVATE KEY", trunk->tls_key, sizeof(trunk->tls_key));
	if (status != STATUS_DONE)
		return status;
	if (!*trunk->tls_cert != !*trunk->tls_key)
		return misuse(call, "--tls-cert and --tls-key are given together");
	if (name && !text_copy(trunk->tls_name, sizeof(trunk->tls_name), name))
		return misuse(call, "--tls-name is longer than %d bytes", (int)sizeof(trunk->tls_name) - 1);
	if (domain && (strpbrk(domain, " \t<>\"@;?\\") || !text_copy(trunk->domain, sizeof(trunk->domain), domain)))
		return misuse(call, "--domain %s: a host name of at most %d bytes", domain, (int)sizeof(trunk->domain) - 1);
	return STATUS_DONE;
}

int trunk_gateway_options(const struct call *call, struct trunk *trunk)
{
	int status = gateways_option(call, trunk);

	if (status == STATUS_DONE)
		status = times_options(call, trunk);
	return status == STATUS_DONE ? tls_options(call, trunk) : status;
}

static void gateway_text(const struct trunk *trunk, int index, char out[GATEWAY_TEXT_BYTES])
{
	struct trunk_gateway gateway = trunk_gateway(trunk, index);

	gateway_print(&gateway, out, GATEWAY_TEXT_BYTES);
}

const char *trunk_gateways_text(const struct trunk *trunk)
{
	static char text[GATEWAY_TEXT_BYTES + 24];
	int count = trunk_gateways(trunk);

	gateway_text(trunk, 0, text);
	if (count > 1)
		snprintf(text + strlen(text), 24, " and %d more", count - 1);
	return text;
}

void trunk_gateways_doc(const struct trunk *trunk, struct doc *out)
{
	struct doc *list = doc_array();
	char text[GATEWAY_TEXT_BYTES];

	for (int i = 0; i < trunk_gateways(trunk); i++) {
		gateway_text(trunk, i, text);
		doc_push_text(list, text);
	}
	doc_put(out, "gateways", list);
	doc_put_i64(out, "ping_s", trunk->ping_s);
	doc_put_i64(out, "register_s", trunk->register_s);
	doc_put_text(out, "domain", trunk->domain);
	doc_put_text(out, "tls_ca", trunk->tls_ca);
	doc_put_text(out, "tls_name", trunk->tls_name);
	doc_put_text(out, "tls_cert", trunk->tls_cert);
	doc_put_text(out, "tls_key", trunk->tls_key);
}

void trunk_gateways_show(const struct trunk *trunk)
{
	char text[GATEWAY_TEXT_BYTES];

	for (int i = 0; i < trunk_gateways(trunk); i++) {
		gateway_text(trunk, i, text);
		field_print(stdout, "gateway", "%s", text);
	}
	field_print(stdout, "pings", trunk->ping_s ? "every %u s" : "off", trunk->ping_s);
	field_print(stdout, "registers", trunk->register_s ? "for %u s" : "no", trunk->register_s);
	if (*trunk->domain)
		field_print(stdout, "domain", "%s", trunk->domain);
	if (*trunk->tls_ca || *trunk->tls_name)
		field_print(stdout, "tls", "trusts %s%s%s", *trunk->tls_ca ? trunk->tls_ca : "the system's certificates",
			*trunk->tls_name ? ", name " : "", trunk->tls_name);
	if (*trunk->tls_cert)
		field_print(stdout, "own tls", "%s, key %s", trunk->tls_cert, trunk->tls_key);
}
