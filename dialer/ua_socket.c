/* ua_socket.c - a look at each datagram before the library reads it */
#include "dialer/ua_socket.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static int parse_address(const char *ip, uint16_t port, union address *address, socklen_t *bytes)
{
	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, ip, &address->v4.sin_addr) == 1) {
		address->v4.sin_family = AF_INET;
		address->v4.sin_port = htons(port);
		*bytes = sizeof(address->v4);
		return 0;
	}
	if (inet_pton(AF_INET6, ip, &address->v6.sin6_addr) != 1)
		return -EINVAL;
	address->v6.sin6_family = AF_INET6;
	address->v6.sin6_port = htons(port);
	*bytes = sizeof(address->v6);
	return 0;
}

static bool same_address(const union address *a, const union address *b)
{
	if (a->any.sa_family != b->any.sa_family)
		return false;
	if (a->any.sa_family == AF_INET)
		return a->v4.sin_port == b->v4.sin_port && a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
	return a->v6.sin6_port == b->v6.sin6_port && !memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof(a->v6.sin6_addr));
}

bool socket_is_udp(int fd)
{
	int type = 0;
	socklen_t bytes = sizeof(type);
	return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &bytes) && type == SOCK_DGRAM;
}

bool socket_bound(int fd, const char *ip, uint16_t port)
{
	union address wanted, own;
	socklen_t bytes;
	if (parse_address(ip, port, &wanted, &bytes))
		return false;
	memset(&own, 0, sizeof(own));
	bytes = sizeof(own);
	return !getsockname(fd, &own.any, &bytes) && same_address(&own, &wanted);
}

int socket_probe(const char *ip, uint16_t *port)
{
	union address address;
	socklen_t bytes;
	int err = parse_address(ip, *port, &address, &bytes);
	if (err)
		return err;
	int fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, &address.any, bytes) || getsockname(fd, &address.any, &bytes))
		err = -errno;
	else
		*port = ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
	close(fd);
	return err;
}

static bool print_ip(const union address *from, char out[46])
{
	const void *bits = from->any.sa_family == AF_INET ? (const void *)&from->v4.sin_addr : (const void *)&from->v6.sin6_addr;
	return inet_ntop(from->any.sa_family, bits, out, 46);
}

/* May a SIP message begin with it? A method is a token (RFC 3261, 25.1); STUN, SigComp and keep-alives begin otherwise. */
static bool begins(unsigned char first)
{
	return isalnum(first) || (first && strchr("-.!%*_+`'~", first));
}

static enum socket_head judge(
	size_t bytes, size_t bytes_max, unsigned char first, const union address *from, socket_allow_h *allow, void *arg)
{
	char ip[46];
	if (!print_ip(from, ip) || !allow(arg, ip))
		return HEAD_STRANGER;
	if (bytes > bytes_max)
		return HEAD_LARGE;
	return bytes && begins(first) ? HEAD_PASS : HEAD_NOISE;
}

enum socket_head socket_look(int fd, size_t bytes_max, socket_allow_h *allow, void *arg)
{
	unsigned char first = 0;
	union address from;
	socklen_t from_bytes = sizeof(from);
	memset(&from, 0, sizeof(from));
	ssize_t bytes = recvfrom(fd, &first, 1, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT, &from.any, &from_bytes);
	if (bytes < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? HEAD_EMPTY : HEAD_ERROR;
	enum socket_head head = judge((size_t)bytes, bytes_max, first, &from, allow, arg);
	if (head != HEAD_PASS)
		recv(fd, &first, 1, MSG_DONTWAIT);
	return head;
}
