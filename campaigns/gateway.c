/* gateway.c - a trunk's gateways: from text, to text */
#include "campaigns/gateway.h"

#include "base/err.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static int __attribute__((format(printf, 2, 3))) refuse(char *why, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, WHY_BYTES, fmt, args);
	va_end(args);
	return ERR_RANGE;
}

bool gateway_transport_ok(const char *transport)
{
	return !strcmp(transport, "udp") || !strcmp(transport, "tcp") || !strcmp(transport, "tls");
}

bool gateway_literal(const char *host)
{
	struct in6_addr address;

	return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

/* A name as DNS has them: labels of letters, digits and hyphens; the last is no number, else it is a mistyped address. */
static bool gateway_name(const char *host)
{
	const char *last = strrchr(host, '.');
	size_t label = 0;

	for (const char *at = host; *at; at++) {
		label = *at == '.' ? 0 : label + 1;
		if ((*at == '.' && (at == host || at[-1] == '.')) || label > 63 ||
			(!isalnum((unsigned char)*at) && !strchr("-._", *at)))
			return false;
	}
	last = last ? last + 1 : host;
	return *host && *last && strspn(last, "0123456789") != strlen(last);
}

static int gateway_host(const char *text, size_t length, struct trunk_gateway *out, char *why)
{
	char host[128];
	const char *colon;
	int64_t port = 0;

	if (!text_copy_n(host, sizeof(host), text, length))
		return refuse(why, "gateway \"%.60s...\" is longer than 99 bytes", text);
	char *name = host, *close = *host == '[' ? strchr(host, ']') : NULL;

	colon = close ? (close[1] ? close + 1 : NULL) : strrchr(host, ':');
	if (colon && (*colon != ':' || !text_i64(colon + 1, 1, 65535, &port)))
		return refuse(why, "gateway \"%.60s\": a port is a number from 1 to 65535", host);
	if (colon)
		host[colon - host] = '\0';
	if (close) {
		*close = '\0';
		name++;
	}
	if (!(close ? strchr(name, ':') && gateway_literal(name) : gateway_literal(name) || gateway_name(name)))
		return refuse(why, "gateway \"%.60s\" is neither an IP address nor a host name", name);
	out->port = (uint16_t)port;
	return text_copy(out->host, sizeof(out->host), name) ? 0
							     : refuse(why, "gateway \"%.60s...\" is longer than 99 bytes", name);
}

static int gateway_param(const char *param, struct trunk_gateway *out, char *why)
{
	int64_t number;

	if (!strncmp(param, "transport=", 10) && gateway_transport_ok(param + 10))
		text_copy(out->transport, sizeof(out->transport), param + 10);
	else if (!strncmp(param, "priority=", 9) && text_i64(param + 9, 1, 100, &number))
		out->priority = (uint8_t)number;
	else if (!strncmp(param, "weight=", 7) && text_i64(param + 7, 0, 65535, &number))
		out->weight = (uint16_t)number;
	else
		return refuse(
			why, "gateway parameter \"%.60s\": transport=udp|tcp|tls, priority=1..100 or weight=0..65535", param);
	return 0;
}

int gateway_parse(const char *text, struct trunk_gateway *out, char *why)
{
	struct trunk_gateway gateway = {.priority = 1, .weight = 1};
	char copy[GATEWAY_TEXT_BYTES], *save = NULL;
	const char *body = strncasecmp(text, "sip:", 4) == 0 ? text + 4 : text;
	size_t length = strcspn(body, ";");
	int err = gateway_host(body, length, &gateway, why);

	if (err)
		return err;
	if (!text_copy(copy, sizeof(copy), body + length))
		return refuse(why, "gateway \"%.60s...\" has too many parameters", text);
	for (char *param = strtok_r(copy, ";", &save); param && !err; param = strtok_r(NULL, ";", &save))
		err = gateway_param(param, &gateway, why);
	if (!err && gateway_literal(gateway.host) && !gateway.transport[0])
		text_copy(gateway.transport, sizeof(gateway.transport), "udp");
	if (!err)
		*out = gateway;
	return err;
}

int gateways_parse(const char *text, struct trunk *trunk, char *why)
{
	struct trunk_gateway list[GATEWAYS_MAX] = {0};
	uint8_t count = 0;

	for (const char *at = text; *(at += strspn(at, ", \t"));) {
		char one[256];
		size_t length = strcspn(at, ", \t");
		if (count == GATEWAYS_MAX)
			return refuse(why, "a trunk has at most %d gateways", GATEWAYS_MAX);
		if (!text_copy_n(one, sizeof(one), at, length))
			return refuse(why, "gateway \"%.60s...\" is too long", at);
		int err = gateway_parse(one, &list[count], why);
		if (err)
			return err;
		count++;
		at += length;
	}
	if (!count)
		return refuse(why, "no gateway is named");
	memcpy(trunk->gateways, list, sizeof(list));
	trunk->gateways_count = count;
	return 0;
}

void gateway_print(const struct trunk_gateway *gateway, char *out, size_t size)
{
	char port[8] = "", transport[24] = "", priority[16] = "", weight[16] = "";

	if (gateway->port)
		snprintf(port, sizeof(port), ":%u", gateway->port);
	if (gateway->transport[0])
		snprintf(transport, sizeof(transport), ";transport=%s", gateway->transport);
	if (gateway->priority != 1)
		snprintf(priority, sizeof(priority), ";priority=%u", gateway->priority);
	if (gateway->weight != 1)
		snprintf(weight, sizeof(weight), ";weight=%u", gateway->weight);
	snprintf(out, size, strchr(gateway->host, ':') ? "sip:[%s]%s%s%s%s" : "sip:%s%s%s%s%s", gateway->host, port, transport,
		priority, weight);
}

int trunk_gateways(const struct trunk *trunk)
{
	return trunk->gateways_count ? trunk->gateways_count : 1;
}

struct trunk_gateway trunk_gateway(const struct trunk *trunk, int index)
{
	struct trunk_gateway single = {.port = trunk->port, .priority = 1, .weight = 1};

	if (trunk->gateways_count)
		return trunk->gateways[index];
	text_copy(single.host, sizeof(single.host), trunk->host);
	text_copy(single.transport, sizeof(single.transport), trunk->transport);
	return single;
}
