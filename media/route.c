/* route.c - see route.h */
#include "media/route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct route_request {
	struct nlmsghdr head;
	struct rtmsg msg;
	struct rtattr attr;
	uint32_t ip;
};

static int route_read(const struct nlmsghdr *head, size_t bytes, struct route *route)
{
	const struct rtmsg *msg = NLMSG_DATA(head);
	int left = (int)RTM_PAYLOAD(head);

	if (!NLMSG_OK(head, bytes) || head->nlmsg_type != RTM_NEWROUTE)
		return -ENETUNREACH;
	*route = (struct route){.local = msg->rtm_type == RTN_LOCAL};
	for (const struct rtattr *a = RTM_RTA(msg); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == RTA_OIF)
			memcpy(&route->ifindex, RTA_DATA(a), sizeof(route->ifindex));
	}
	return msg->rtm_type == RTN_LOCAL || msg->rtm_type == RTN_UNICAST ? 0 : -ENETUNREACH;
}

int route_find(uint32_t ip, struct route *route)
{
	struct route_request request = {
		.head = {.nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETROUTE, .nlmsg_flags = NLM_F_REQUEST},
		.msg = {.rtm_family = AF_INET, .rtm_dst_len = 32},
		.attr = {.rta_len = RTA_LENGTH(sizeof(ip)), .rta_type = RTA_DST},
		.ip = ip,
	};
	_Alignas(struct nlmsghdr) char answer[1024];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), err = 0;

	if (fd < 0)
		return -errno;
	ssize_t bytes = send(fd, &request, sizeof(request), 0) < 0 ? -1 : recv(fd, answer, sizeof(answer), 0);
	err = bytes < 0 ? -errno : route_read((const struct nlmsghdr *)(const void *)answer, (size_t)bytes, route);
	close(fd);
	return err;
}
