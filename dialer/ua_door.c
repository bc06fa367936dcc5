/* ua_door.c - who may connect: in front of the SIP library's accept() */
#include "dialer/ua_door.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static struct door *doors;

void door_open(struct door *door)
{
	door->next = doors;
	doors = door;
}

void door_close(struct door *door)
{
	for (struct door **at = &doors; *at; at = &(*at)->next)
		if (*at == door) {
			*at = door->next;
			return;
		}
}

/* The port of an address as the host writes it, and the address as text; 0 for one that is not IP. */
static uint16_t read_address(const struct sockaddr_storage *address, char ip[46])
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;

	if (address->ss_family == AF_INET && inet_ntop(AF_INET, &v4->sin_addr, ip, 46))
		return ntohs(v4->sin_port);
	if (address->ss_family == AF_INET6 && inet_ntop(AF_INET6, &v6->sin6_addr, ip, 46))
		return ntohs(v6->sin6_port);
	return 0;
}

static struct door *door_of(int listener)
{
	struct sockaddr_storage own = {0};
	socklen_t bytes = sizeof(own);
	char ip[46];
	uint16_t port = getsockname(listener, (struct sockaddr *)&own, &bytes) ? 0 : read_address(&own, ip);

	for (struct door *door = doors; port && door; door = door->next)
		if (door->ports[0] == port || door->ports[1] == port)
			return door;
	return NULL;
}

static bool admits(struct door *door, int fd)
{
	struct sockaddr_storage far = {0};
	socklen_t bytes = sizeof(far);
	char ip[46];

	if (!getpeername(fd, (struct sockaddr *)&far, &bytes) && read_address(&far, ip) && door->allow(door->arg, ip))
		return true;
	door->strangers++;
	return false;
}

/* One connection a call: whoever waits behind a stranger is reported by the event loop again. */
int accept(int listener, __SOCKADDR_ARG address, socklen_t *restrict bytes)
{
	int fd = accept4(listener, address, bytes, 0);
	struct door *door = fd < 0 ? NULL : door_of(listener);

	if (!door || admits(door, fd))
		return fd;
	close(fd);
	errno = EAGAIN;
	return -1;
}
