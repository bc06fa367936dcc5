/* ua_hatch.c - in front of the SIP library's epoll_ctl() */
#include "dialer/ua_hatch.h"

#include "dialer/ua_socket.h"

#include <sys/syscall.h>
#include <unistd.h>

static struct hatch *hatches;
static _Thread_local struct hatch *unnamed; /* its loop is being made by this thread */

void hatch_open(struct hatch *hatch)
{
	*hatch = (struct hatch){.epoll_fd = -1, .udp_fd = -1, .next = hatches};
	hatches = unnamed = hatch;
}

void hatch_close(struct hatch *hatch)
{
	if (unnamed == hatch)
		unnamed = NULL;
	for (struct hatch **at = &hatches; *at; at = &(*at)->next)
		if (*at == hatch) {
			*at = hatch->next;
			return;
		}
}

static struct hatch *hatch_of(int epoll_fd)
{
	struct hatch *hatch = hatches;
	if (unnamed) {
		unnamed->epoll_fd = epoll_fd;
		unnamed = NULL;
	}
	while (hatch && hatch->epoll_fd != epoll_fd)
		hatch = hatch->next;
	return hatch;
}

static int ask(int epoll_fd, int op, int fd, struct epoll_event *event)
{
	return (int)syscall(SYS_epoll_ctl, epoll_fd, op, fd, event);
}

/* What the socket is asked now: all that the library wants, or all but datagrams. */
static int ask_udp(struct hatch *hatch, int op)
{
	struct epoll_event event = hatch->asked;
	if (hatch->shut)
		event.events &= ~(uint32_t)EPOLLIN;
	return ask(hatch->epoll_fd, op, hatch->udp_fd, &event);
}

void hatch_shut(struct hatch *hatch, bool shut)
{
	if (hatch->shut == shut || hatch->udp_fd < 0)
		return;
	hatch->shut = shut;
	ask_udp(hatch, EPOLL_CTL_MOD);
}

int epoll_ctl(int epoll_fd, int op, int fd, struct epoll_event *event)
{
	struct hatch *hatch = hatch_of(epoll_fd);
	if (hatch && hatch->udp_fd < 0 && op == EPOLL_CTL_ADD && socket_is_udp(fd))
		hatch->udp_fd = fd;
	if (!hatch || hatch->udp_fd != fd)
		return ask(epoll_fd, op, fd, event);
	if (op == EPOLL_CTL_DEL) {
		hatch->udp_fd = -1;
		return ask(epoll_fd, op, fd, event);
	}
	hatch->asked = *event;
	return ask_udp(hatch, op);
}
