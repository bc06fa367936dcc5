/*
 * ua_tls.h - who is at the other end of a TLS connection (the only door to libssl is ua_tls.c)
 *
 * What    The SIP library makes TLS connections, but sends no server name and compares no name with the certificate, for it only
 *         knows addresses. ua_tls.c stands in front of its SSL_connect() and SSL_accept() (the dynamic linker prefers our
 *         definitions) and sets for each connection what its peer is expected to be: TLS 1.2 or newer, server name, trusted
 *         certificates, name in the certificate, our own certificate. An address that nobody expects is refused before a byte is
 *         sent.
 * Errors  a handshake that fails reaches the `failed` handler with a sentence, once; the library reports 503 for what was to be
 *         sent.
 * Thread  the user agent's; one list a process.
 */
#ifndef OUTDIAL_DIALER_UA_TLS_H
#define OUTDIAL_DIALER_UA_TLS_H

#include <stddef.h>
#include <stdint.h>

struct tls_peer {
	char ip[46];
	uint16_t port;
	char name[100];          /* in its certificate, and told to it */
	char ca[200];            /* file of trusted certificates; empty: the system's */
	char cert[200], key[200]; /* files of ours; empty: none is shown */
};

typedef void tls_failed_h(void *arg, const char *ip, uint16_t port, const char *why);

/* Files of the certificate for connections to us, "" for none: then they are refused. */
void tls_setup(const char *cert, const char *key, tls_failed_h *failed, void *arg);
/* All peers, in place of those before. -ENOMEM. */
int tls_expect(const struct tls_peer *peers, size_t count);
/* Connections that came up, and handshakes that failed, since the start. */
void tls_counted(uint64_t *connected, uint64_t *failed);

#endif
