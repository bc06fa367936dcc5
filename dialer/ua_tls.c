/* ua_tls.c - checks of TLS connections, in front of the SIP library's calls of libssl */
#include "dialer/ua_tls.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define CHAIN_MAX 8

typedef int handshake_h(SSL *ssl);

/* Certificates that somebody trusts, kept from one handshake to the next. */
struct trust {
	char file[200];
	struct stat read;
	X509_STORE *store;
	struct trust *next;
};

static struct {
	struct tls_peer *peers;
	struct trust *trusts;
	size_t count;
	char cert[200], key[200];
	tls_failed_h *failed;
	void *arg;
	uint64_t connected_count, failed_count;
} state;

void tls_setup(const char *cert, const char *key, tls_failed_h *failed, void *arg)
{
	text_copy(state.cert, sizeof(state.cert), cert);
	text_copy(state.key, sizeof(state.key), key);
	state.failed = failed;
	state.arg = arg;
}

static void forget_trusts(void)
{
	for (struct trust *trust; (trust = state.trusts);) {
		state.trusts = trust->next;
		X509_STORE_free(trust->store);
		free(trust);
	}
}

int tls_expect(const struct tls_peer *peers, size_t count)
{
	struct tls_peer *copy = count ? malloc(count * sizeof(*copy)) : NULL;

	if (count && !copy)
		return -ENOMEM;
	if (count)
		memcpy(copy, peers, count * sizeof(*copy));
	free(state.peers);
	state.peers = copy;
	state.count = count;
	forget_trusts();
	return 0;
}

void tls_counted(uint64_t *connected, uint64_t *failed)
{
	*connected = state.connected_count;
	*failed = state.failed_count;
}

/* --- the other end */

struct far {
	char ip[46];
	uint16_t port;
};

static void far_of(SSL *ssl, struct far *far)
{
	struct sockaddr_storage address = {0};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
	socklen_t bytes = sizeof(address);

	*far = (struct far){.ip = "?"};
	if (getpeername(SSL_get_fd(ssl), (struct sockaddr *)&address, &bytes))
		return;
	if (address.ss_family == AF_INET6)
		inet_ntop(AF_INET6, &v6->sin6_addr, far->ip, sizeof(far->ip));
	else
		inet_ntop(AF_INET, &v4->sin_addr, far->ip, sizeof(far->ip));
	far->port = ntohs(address.ss_family == AF_INET6 ? v6->sin6_port : v4->sin_port);
}

static const struct tls_peer *expected(const struct far *far)
{
	for (size_t i = 0; i < state.count; i++)
		if (state.peers[i].port == far->port && !strcmp(state.peers[i].ip, far->ip))
			return &state.peers[i];
	return NULL;
}

static int give_up(const struct far *far, const char *why)
{
	state.failed_count++;
	if (state.failed)
		state.failed(state.arg, far->ip, far->port, why);
	return -1;
}

/* --- what is expected */

/* In place of the library's own callback, which overrules the verdict. */
static int as_it_is(int fine, X509_STORE_CTX *store)
{
	(void)store;
	return fine;
}

static bool literal(const char *name)
{
	unsigned char bits[16];
	return inet_pton(AF_INET, name, bits) == 1 || inet_pton(AF_INET6, name, bits) == 1;
}

static bool expect_name(SSL *ssl, const char *name)
{
	if (literal(name))
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set_tlsext_host_name(ssl, name) == 1 && SSL_set1_host(ssl, name) == 1;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/*
 * The certificates of a file, "" for the system's: read once, and again only when the file is another one. NULL: cannot be read.
 */
static X509_STORE *trusted(const char *file)
{
	struct trust *trust = state.trusts;
	struct stat now = {0};

	if (stat(*file ? file : X509_get_default_cert_file(), &now) && *file)
		return NULL;
	while (trust && strcmp(trust->file, file))
		trust = trust->next;
	if (trust && same_file(&trust->read, &now))
		return trust->store;
	X509_STORE *store = X509_STORE_new();
	if (store && (*file ? X509_STORE_load_file(store, file) : X509_STORE_set_default_paths(store)) != 1) {
		X509_STORE_free(store);
		store = NULL;
	}
	if (!trust && store && (trust = calloc(1, sizeof(*trust)))) {
		text_copy(trust->file, sizeof(trust->file), file);
		trust->next = state.trusts;
		state.trusts = trust;
	}
	if (!trust || !store) {
		X509_STORE_free(store);
		return NULL;
	}
	X509_STORE_free(trust->store);
	trust->store = store;
	trust->read = now;
	return store;
}

static bool expect_signer(SSL *ssl, const char *file)
{
	X509_STORE *store = trusted(file);
	return store && SSL_set1_verify_cert_store(ssl, store) == 1;
}

static bool show(SSL *ssl, const char *cert, const char *key)
{
	return SSL_use_certificate_chain_file(ssl, cert) == 1 && SSL_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM) == 1 &&
	       SSL_check_private_key(ssl) == 1;
}

static const char *prepare(SSL *ssl, const struct tls_peer *peer)
{
	SSL_set_verify(ssl, SSL_VERIFY_PEER, as_it_is);
	SSL_set_verify_depth(ssl, CHAIN_MAX);
	if (!SSL_set_min_proto_version(ssl, TLS1_2_VERSION) || !SSL_set_cipher_list(ssl, "DEFAULT"))
		return "TLS 1.2 is not to be had";
	if (!expect_name(ssl, peer->name))
		return "its name cannot be checked";
	if (!expect_signer(ssl, peer->ca))
		return "the file of trusted certificates cannot be read";
	if (*peer->cert && !show(ssl, peer->cert, peer->key))
		return "our own certificate or its key cannot be read";
	return NULL;
}

static bool fresh(const SSL *ssl)
{
	return SSL_in_before(ssl);
}

/* --- in front of libssl */

static handshake_h *real(const char *name)
{
	handshake_h *function;
	void *symbol = dlsym(RTLD_NEXT, name);

	memcpy(&function, &symbol, sizeof(function)); /* ISO C has no other way from an object to a function pointer */
	return function;
}

static const char *reason(SSL *ssl, char *text, size_t size)
{
	long verdict = SSL_get_verify_result(ssl);
	unsigned long error = ERR_peek_error();
	const char *said = error ? ERR_reason_error_string(error) : NULL;

	if (verdict != X509_V_OK)
		snprintf(text, size, "certificate refused: %s", X509_verify_cert_error_string(verdict));
	else
		snprintf(text, size, "handshake failed: %s", said ? said : "the other side closed the connection");
	return text;
}

static int judge(SSL *ssl, int result)
{
	int error = SSL_get_error(ssl, result);
	struct far far;
	char text[160];

	if (result == 1) {
		state.connected_count++;
		return result;
	}
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return result;
	far_of(ssl, &far);
	give_up(&far, reason(ssl, text, sizeof(text)));
	return result;
}

int SSL_connect(SSL *ssl)
{
	static handshake_h *next;
	struct far far;

	if (!next)
		next = real("SSL_connect");
	if (!next)
		return -1;
	if (fresh(ssl)) {
		far_of(ssl, &far);
		const struct tls_peer *peer = expected(&far);
		const char *why = peer ? prepare(ssl, peer) : "nobody is expected at this address";
		if (why)
			return give_up(&far, why);
		ERR_clear_error();
	}
	return judge(ssl, next(ssl));
}

/* Callers who show no certificate are let in: who they are is asked of each request (source address, digest). */
int SSL_accept(SSL *ssl)
{
	static handshake_h *next;
	struct far far;

	if (!next)
		next = real("SSL_accept");
	if (!next)
		return -1;
	if (fresh(ssl)) {
		far_of(ssl, &far);
		if (!*state.cert || !SSL_set_min_proto_version(ssl, TLS1_2_VERSION) || !SSL_set_cipher_list(ssl, "DEFAULT") ||
			!show(ssl, state.cert, state.key))
			return give_up(&far, "we have no certificate to show (tls_certificate and tls_key in outdial.conf)");
		SSL_set_verify(ssl, SSL_VERIFY_NONE, as_it_is);
		ERR_clear_error();
	}
	return judge(ssl, next(ssl));
}

/*
 * The library's last word to a connection: it never frees the SSL object (70 kB a connection, measured with LeakSanitizer).
 * Afterwards it drops the BIO and the context below, as if that object's references to them were its own; they get one more each.
 */
int SSL_shutdown(SSL *ssl)
{
	static handshake_h *next;
	BIO *bio = SSL_get_rbio(ssl);

	if (!next)
		next = real("SSL_shutdown");
	int result = next ? next(ssl) : -1;
	if (bio && BIO_up_ref(bio) && SSL_CTX_up_ref(SSL_get_SSL_CTX(ssl)))
		SSL_free(ssl);
	return result;
}
