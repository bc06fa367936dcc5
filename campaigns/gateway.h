/*
 * gateway.h - a trunk's gateways as text
 *
 * What    "sip:carrier.example;transport=tls;priority=1;weight=10", the "sip:" and each parameter optional; IPv6 in brackets, a
 *         port behind the host. Several stand in a list, separated by commas or blanks.
 * Errors  ERR_RANGE with a sentence in `why` (WHY_BYTES).
 */
#ifndef OUTDIAL_CAMPAIGNS_GATEWAY_H
#define OUTDIAL_CAMPAIGNS_GATEWAY_H

#include "campaigns/store.h"

#define GATEWAY_TEXT_BYTES 180

int gateway_parse(const char *text, struct trunk_gateway *out, char *why);
/* All of a list into trunk->gateways; the trunk is untouched on failure. */
int gateways_parse(const char *text, struct trunk *trunk, char *why);
/* Whole, as gateway_parse() takes it; priority and weight only when they are not 1. */
void gateway_print(const struct trunk_gateway *gateway, char *out, size_t size);
/* "udp", "tcp" or "tls". */
bool gateway_transport_ok(const char *transport);
bool gateway_literal(const char *host);

/* How many gateways the trunk has, and the one at `index`, wherever it was stored. */
int trunk_gateways(const struct trunk *trunk);
struct trunk_gateway trunk_gateway(const struct trunk *trunk, int index);

#endif
