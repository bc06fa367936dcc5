/* names.c - questions to DNS, and what is known from the answers */
#include "dialer/names.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <ares.h>
#include <ares_dns.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ENTRIES_MAX 128
#define HOPS_MAX TARGETS_MAX
#define TTL_S_MIN 5
#define TTL_S_MAX 3600
#define RETRY_US (5 * SEC_US)
#define RETRY_US_MAX (60 * SEC_US)
enum { TYPE_A = 1, TYPE_AAAA = 28, TYPE_SRV = 33, TYPE_NAPTR = 35, CLASS_IN = 1 };

/* A host whose address is asked for, on the way from the gateway's name. */
struct hop {
	char host[256];
	uint16_t port, weight;
	uint32_t priority;
	char transport[4];
};

struct entry {
	bool used, marked, changed;
	struct trunk_gateway gateway;
	struct names *names;
	struct gateway_target targets[TARGETS_MAX]; /* the last good answer */
	int count;
	int64_t next_us, retry_us; /* the next question; the wait after a failure */
	/* the question that is under way */
	unsigned pending;
	struct hop hops[HOPS_MAX];
	struct gateway_target found[TARGETS_MAX];
	int hops_count, found_count, err;
	int64_t ttl_s;
};

struct question {
	struct entry *entry;
	int hop;
};

struct names {
	ares_channel channel;
	bool ipv6;
	int64_t now_us;
	struct entry entries[ENTRIES_MAX];
	struct names_counters counters;
	char failed[200];
};

/* --- what an answer says */

static int64_t record_ttl(const unsigned char **at, const unsigned char *message, size_t bytes)
{
	char *name;
	long length;
	const unsigned char *end = message + bytes;

	if (*at >= end || ares_expand_name(*at, message, (int)bytes, &name, &length) != ARES_SUCCESS)
		return -1;
	ares_free_string(name);
	if (length <= 0 || length + 10 > end - *at)
		return -1;
	*at += length;
	int64_t ttl_s = DNS_RR_TTL(*at);
	size_t data = (size_t)DNS_RR_LEN(*at);
	*at += 10;
	if (data > (size_t)(end - *at))
		return -1;
	*at += data;
	return ttl_s;
}

/* Past the questions; NULL: it is cut short. */
static const unsigned char *skip_questions(const unsigned char *message, size_t bytes)
{
	const unsigned char *at = message + 12, *end = message + bytes;
	char *name;
	long length;

	for (unsigned i = DNS_HEADER_QDCOUNT(message); i; i--) {
		if (at >= end || ares_expand_name(at, message, (int)bytes, &name, &length) != ARES_SUCCESS)
			return NULL;
		ares_free_string(name);
		if (length <= 0 || length + 4 > end - at)
			return NULL;
		at += length + 4;
	}
	return at;
}

int64_t names_ttl(const unsigned char *message, size_t bytes)
{
	const unsigned char *at = bytes > 12 && bytes <= 65535 ? skip_questions(message, bytes) : NULL;
	int64_t least_s = -1;

	for (unsigned i = at ? DNS_HEADER_ANCOUNT(message) : 0; i; i--) {
		int64_t ttl_s = record_ttl(&at, message, bytes);
		if (ttl_s < 0)
			return -1;
		if (least_s < 0 || ttl_s < least_s)
			least_s = ttl_s;
	}
	return least_s;
}

/* --- the end of a question */

static bool targets_same(const struct entry *entry)
{
	if (entry->count != entry->found_count)
		return false;
	for (int i = 0; i < entry->count; i++) {
		const struct gateway_target *a = &entry->targets[i], *b = &entry->found[i];
		if (strcmp(a->ip, b->ip) || a->port != b->port || strcmp(a->transport, b->transport) ||
			a->priority != b->priority || a->weight != b->weight)
			return false;
	}
	return true;
}

static int target_order(const void *a, const void *b)
{
	const struct gateway_target *left = a, *right = b;
	int order = strcmp(left->ip, right->ip);

	return order ? order : (left->port > right->port) - (left->port < right->port);
}

static void entry_failed(struct entry *entry)
{
	struct names *names = entry->names;

	names->counters.failures++;
	snprintf(names->failed, sizeof(names->failed), "name=%s why=\"%s\" kept=%d", entry->gateway.host,
		ares_strerror(entry->err), entry->count);
	entry->next_us = names->now_us + entry->retry_us;
	entry->retry_us = entry->retry_us * 2 < RETRY_US_MAX ? entry->retry_us * 2 : RETRY_US_MAX;
}

static void entry_done(struct entry *entry)
{
	int64_t ttl_s = entry->ttl_s < TTL_S_MIN ? TTL_S_MIN : entry->ttl_s > TTL_S_MAX ? TTL_S_MAX : entry->ttl_s;

	if (!entry->found_count) {
		entry_failed(entry);
		return;
	}
	entry->names->counters.answers++;
	qsort(entry->found, (size_t)entry->found_count, sizeof(entry->found[0]), target_order);
	entry->changed |= !targets_same(entry);
	memcpy(entry->targets, entry->found, sizeof(entry->targets));
	entry->count = entry->found_count;
	entry->retry_us = RETRY_US;
	entry->next_us = entry->names->now_us + ttl_s * SEC_US;
}

/* --- A and AAAA */

static void put_target(struct entry *entry, const struct hop *hop, const char *ip)
{
	struct gateway_target *target = &entry->found[entry->found_count];

	if (entry->found_count == TARGETS_MAX)
		return;
	*target = (struct gateway_target){.port = hop->port, .priority = hop->priority, .weight = hop->weight};
	text_copy(target->ip, sizeof(target->ip), ip);
	text_copy(target->transport, sizeof(target->transport), hop->transport);
	text_copy(target->name, sizeof(target->name), entry->gateway.host);
	entry->found_count++;
}

static void note_ttl(struct entry *entry, const unsigned char *message, int bytes)
{
	int64_t ttl_s = names_ttl(message, (size_t)bytes);

	if (ttl_s >= 0 && ttl_s < entry->ttl_s)
		entry->ttl_s = ttl_s;
}

static void take_addresses(struct entry *entry, int hop, const unsigned char *message, int bytes)
{
	struct hostent *host = NULL;
	char ip[46];
	int err = entry->names->ipv6 ? ares_parse_aaaa_reply(message, bytes, &host, NULL, NULL)
				     : ares_parse_a_reply(message, bytes, &host, NULL, NULL);

	if (err) {
		entry->err = err;
		return;
	}
	for (char **at = host->h_addr_list; *at; at++)
		if (inet_ntop(host->h_addrtype, *at, ip, sizeof(ip)))
			put_target(entry, &entry->hops[hop], ip);
	ares_free_hostent(host);
	note_ttl(entry, message, bytes);
}

static void ask(struct entry *entry, int hop, const char *name, int type, ares_callback answered)
{
	struct question *question = malloc(sizeof(*question));

	if (!question) {
		entry->err = ARES_ENOMEM;
		return;
	}
	*question = (struct question){entry, hop};
	entry->pending++;
	entry->names->counters.questions++;
	ares_query(entry->names->channel, name, CLASS_IN, type, answered, question);
}

/* Takes the question apart; the last one ends the entry's. */
static struct entry *taken(void *arg, int *hop)
{
	struct question *question = arg;
	struct entry *entry = question->entry;

	*hop = question->hop;
	free(question);
	return entry;
}

static void settle(struct entry *entry)
{
	if (--entry->pending == 0)
		entry_done(entry);
}

static void on_address(void *arg, int status, int timeouts, unsigned char *message, int bytes)
{
	int hop;
	struct entry *entry = taken(arg, &hop);

	(void)timeouts;
	if (status == ARES_SUCCESS)
		take_addresses(entry, hop, message, bytes);
	else
		entry->err = status;
	settle(entry);
}

static void ask_address(struct entry *entry, int hop)
{
	ask(entry, hop, entry->hops[hop].host, entry->names->ipv6 ? TYPE_AAAA : TYPE_A, on_address);
}

static struct hop *put_hop(struct entry *entry, const char *host, uint16_t port, const char *transport)
{
	struct hop *hop = &entry->hops[entry->hops_count];

	if (entry->hops_count == HOPS_MAX || !text_copy(hop->host, sizeof(hop->host), host))
		return NULL;
	hop->port = port ? port : strcmp(transport, "tls") ? 5060 : 5061;
	hop->priority = entry->gateway.priority * 65536u;
	hop->weight = entry->gateway.weight;
	text_copy(hop->transport, sizeof(hop->transport), transport);
	entry->hops_count++;
	return hop;
}

/* --- SRV */

static bool has_none(int status)
{
	return status == ARES_ENODATA || status == ARES_ENOTFOUND;
}

static void take_services(struct entry *entry, const char *transport, const unsigned char *message, int bytes)
{
	struct ares_srv_reply *list = NULL;

	if (ares_parse_srv_reply(message, bytes, &list) != ARES_SUCCESS)
		return;
	note_ttl(entry, message, bytes);
	for (const struct ares_srv_reply *at = list; at; at = at->next) {
		struct hop *hop = strcmp(at->host, ".") && *at->host ? put_hop(entry, at->host, at->port, transport) : NULL;
		if (!hop)
			continue;
		hop->priority += at->priority;
		hop->weight = at->weight;
		ask_address(entry, entry->hops_count - 1);
	}
	ares_free_data(list);
}

/* The transport of a service's question stands in the hop that it was asked with. */
static void on_service(void *arg, int status, int timeouts, unsigned char *message, int bytes)
{
	int from;
	struct entry *entry = taken(arg, &from);
	char transport[4];

	(void)timeouts;
	text_copy(transport, sizeof(transport), entry->hops[from].transport);
	if (status == ARES_SUCCESS)
		take_services(entry, transport, message, bytes);
	else if (has_none(status))
		ask_address(entry, from); /* RFC 3263, 4.2: no SRV, then the name itself */
	else
		entry->err = status;
	settle(entry);
}

static void ask_service(struct entry *entry, const char *transport, const char *service)
{
	static const struct {
		const char *transport, *prefix;
	} prefixes[] = {{"udp", "_sip._udp."}, {"tcp", "_sip._tcp."}, {"tls", "_sips._tcp."}};
	char name[256 + 16];

	if (!put_hop(entry, entry->gateway.host, 0, transport))
		return;
	for (int i = 0; !service && i < 3; i++)
		if (!strcmp(prefixes[i].transport, transport))
			snprintf(name, sizeof(name), "%s%s", prefixes[i].prefix, entry->gateway.host);
	ask(entry, entry->hops_count - 1, service ? service : name, TYPE_SRV, on_service);
}

/* --- NAPTR */

static const char *service_transport(const struct ares_naptr_reply *reply)
{
	const char *service = (const char *)reply->service;

	if (strcasecmp((const char *)reply->flags, "s"))
		return NULL;
	return !strcasecmp(service, "SIP+D2U")    ? "udp"
	       : !strcasecmp(service, "SIP+D2T")  ? "tcp"
	       : !strcasecmp(service, "SIPS+D2T") ? "tls"
						  : NULL;
}

/* The first by order and preference whose transport we speak. */
static const struct ares_naptr_reply *best_naptr(const struct ares_naptr_reply *list)
{
	const struct ares_naptr_reply *best = NULL;

	for (; list; list = list->next)
		if (service_transport(list) && (!best || list->order < best->order ||
						       (list->order == best->order && list->preference < best->preference)))
			best = list;
	return best;
}

static void on_naptr(void *arg, int status, int timeouts, unsigned char *message, int bytes)
{
	struct ares_naptr_reply *list = NULL;
	int from;
	struct entry *entry = taken(arg, &from);

	(void)timeouts;
	if (status == ARES_SUCCESS && ares_parse_naptr_reply(message, bytes, &list) == ARES_SUCCESS)
		note_ttl(entry, message, bytes);
	const struct ares_naptr_reply *best = best_naptr(list);
	if (best)
		ask_service(entry, service_transport(best), best->replacement);
	else if (status == ARES_SUCCESS || has_none(status))
		ask_service(entry, "udp", NULL);
	else
		entry->err = status;
	if (list)
		ares_free_data(list);
	settle(entry);
}

/* --- the entries */

static void entry_ask(struct entry *entry)
{
	const struct trunk_gateway *gateway = &entry->gateway;
	const char *transport = gateway->transport[0] ? gateway->transport : "udp";

	entry->hops_count = entry->found_count = 0;
	entry->err = ARES_ENODATA;
	entry->ttl_s = TTL_S_MAX;
	entry->pending = 1; /* until all questions are put: an answer may come at once */
	if (gateway->port && put_hop(entry, gateway->host, gateway->port, transport))
		ask_address(entry, 0);
	else if (gateway->transport[0])
		ask_service(entry, transport, NULL);
	else
		ask(entry, 0, gateway->host, TYPE_NAPTR, on_naptr);
	settle(entry);
}

static struct entry *entry_of(struct names *names, const struct trunk_gateway *gateway, int64_t now_us)
{
	struct entry *free_entry = NULL;

	for (int i = 0; i < ENTRIES_MAX; i++) {
		struct entry *entry = &names->entries[i];
		if (entry->used && !strcmp(entry->gateway.host, gateway->host) && entry->gateway.port == gateway->port &&
			!strcmp(entry->gateway.transport, gateway->transport) && entry->gateway.priority == gateway->priority &&
			entry->gateway.weight == gateway->weight)
			return entry;
		if (!entry->used && !entry->pending && !free_entry)
			free_entry = entry;
	}
	if (free_entry)
		*free_entry = (struct entry){
			.used = true, .names = names, .gateway = *gateway, .next_us = now_us, .retry_us = RETRY_US};
	return free_entry;
}

int names_targets(
	struct names *names, const struct trunk_gateway *gateway, struct gateway_target *targets, int max, int64_t now_us)
{
	struct entry *entry = entry_of(names, gateway, now_us);
	int count = entry && entry->count < max ? entry->count : max;

	if (!entry)
		return 0;
	entry->marked = true;
	memcpy(targets, entry->targets, (size_t)count * sizeof(*targets));
	return count;
}

void names_mark(struct names *names)
{
	for (int i = 0; i < ENTRIES_MAX; i++)
		names->entries[i].marked = false;
}

void names_sweep(struct names *names)
{
	for (int i = 0; i < ENTRIES_MAX; i++)
		if (!names->entries[i].marked)
			names->entries[i].used = false;
}

/* --- the resolver */

static void step_sockets(struct names *names)
{
	ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
	/* The header's own macros shift a signed 1 into the sign bit. */
	unsigned bits = (unsigned)ares_getsock(names->channel, sockets, ARES_GETSOCK_MAXNUM);

	for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
		bool reads = bits >> i & 1, writes = bits >> (i + ARES_GETSOCK_MAXNUM) & 1;
		struct pollfd fd = {.fd = sockets[i], .events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0))};
		if ((reads || writes) && poll(&fd, 1, 0) > 0)
			ares_process_fd(names->channel, fd.revents & (POLLIN | POLLERR | POLLHUP) ? fd.fd : ARES_SOCKET_BAD,
				fd.revents & POLLOUT ? fd.fd : ARES_SOCKET_BAD);
	}
	ares_process_fd(names->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* timeouts */
}

bool names_turn(struct names *names, int64_t now_us, char *failed)
{
	bool changed = false;

	names->now_us = now_us;
	names->failed[0] = 0;
	step_sockets(names);
	for (int i = 0; i < ENTRIES_MAX; i++) {
		struct entry *entry = &names->entries[i];
		if (entry->used && !entry->pending && now_us >= entry->next_us)
			entry_ask(entry);
		changed |= entry->used && entry->changed;
		entry->changed = false;
	}
	if (failed)
		text_copy(failed, 200, names->failed);
	return changed;
}

void names_count(const struct names *names, struct names_counters *out)
{
	*out = names->counters;
}

int names_open(struct names **out, const char *servers, bool ipv6)
{
	struct ares_options options = {.timeout = 2000, .tries = 2};
	struct names *names = calloc(1, sizeof(*names));

	if (!names)
		return -ENOMEM;
	names->ipv6 = ipv6;
	if (ares_library_init(ARES_LIB_INIT_ALL) ||
		ares_init_options(&names->channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES)) {
		free(names);
		return -ENOMEM;
	}
	if (*servers && ares_set_servers_ports_csv(names->channel, servers)) {
		names_close(names);
		return ERR_RANGE;
	}
	*out = names;
	return 0;
}

void names_close(struct names *names)
{
	if (!names)
		return;
	ares_destroy(names->channel); /* calls back with ARES_EDESTRUCTION: entries are still there */
	ares_library_cleanup();
	free(names);
}
