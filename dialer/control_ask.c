/*
 * control_ask.c - the asking side of the control socket (used by tools; the engine's side is control.c)
 *
 * Limits  3 s for everything together, 16 MiB of answer.
 */
#include "dialer/control.h"

#include "base/clock.h"
#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ASK_WHY_BYTES 160
#define ASK_US_MAX (3 * SEC_US)
#define ASK_BYTES_MAX (16u << 20)

/* A folder's name may be longer than a socket address holds: then the way leads through the folder's descriptor. */
static int ask_address(const char *dir, struct sockaddr_un *address, int *dir_fd)
{
	address->sun_family = AF_UNIX;
	*dir_fd = -1;
	if (snprintf(address->sun_path, sizeof(address->sun_path), "%s/engine.sock", dir) < (int)sizeof(address->sun_path))
		return 0;
	*dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*dir_fd < 0)
		return -errno;
	snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d/engine.sock", *dir_fd);
	return 0;
}

static int ask_connect(const char *dir, int *fd)
{
	struct sockaddr_un address;
	int dir_fd, err = ask_address(dir, &address, &dir_fd);

	if (err)
		return err;
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0 || connect(*fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		err = -errno;
	if (dir_fd >= 0)
		close(dir_fd);
	return err == -EAGAIN ? -ETIMEDOUT : err; /* EAGAIN: its queue of askers is full */
}

static int ask_wait(int fd, short events, int64_t until_us)
{
	struct pollfd poll_fd = {.fd = fd, .events = events};
	int64_t left_us = until_us - clock_us();
	int ready = left_us > 0 ? poll(&poll_fd, 1, (int)(left_us / MS_US) + 1) : 0;

	if (ready < 0)
		return errno == EINTR ? 0 : -errno;
	return ready == 0 ? -ETIMEDOUT : 0;
}

static int ask_send(int fd, const char *text, size_t length, int64_t until_us)
{
	while (length > 0) {
		ssize_t n = send(fd, text, length, MSG_NOSIGNAL);
		int err = n < 0 ? -errno : 0;

		if (err == -EAGAIN)
			err = ask_wait(fd, POLLOUT, until_us);
		if (err && err != -EINTR)
			return err;
		text += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Reads up to the line's end; *text is malloc'ed. */
static int ask_receive(int fd, char **text, size_t *length, int64_t until_us)
{
	size_t size = 0;

	for (;;) {
		if (*length == size) {
			size = size ? 2 * size : 65536;
			char *more = size <= ASK_BYTES_MAX ? realloc(*text, size) : NULL;
			if (!more)
				return -EMSGSIZE;
			*text = more;
		}
		ssize_t n = recv(fd, *text + *length, size - *length, 0);
		int err = n < 0 ? -errno : n == 0 ? -EPIPE : 0;

		if (err == -EAGAIN)
			err = ask_wait(fd, POLLIN, until_us);
		if (err && err != -EINTR)
			return err;
		if (n > 0 && memchr(*text + *length, '\n', (size_t)n)) {
			*length += (size_t)n;
			return 0;
		}
		*length += n > 0 ? (size_t)n : 0;
	}
}

static void ask_explain(int err, const char *dir, char *why)
{
	const char *folder = strlen(dir) > 80 ? "this folder" : dir;

	if (err == -ENOENT || err == -ECONNREFUSED)
		snprintf(why, ASK_WHY_BYTES, "no engine runs on %s: start outdiald with this folder", folder);
	else if (err == -ETIMEDOUT)
		snprintf(why, ASK_WHY_BYTES, "the engine on %s does not answer within 3 s", folder);
	else if (err == -EACCES)
		snprintf(why, ASK_WHY_BYTES, "you may not talk to the engine on %s: use its user", folder);
	else if (err == -EPIPE || err == -ECONNRESET)
		snprintf(why, ASK_WHY_BYTES, "the engine on %s hung up without an answer", folder);
	else
		snprintf(why, ASK_WHY_BYTES, "asking the engine on %s: %s", folder, err_text(err));
}

static int ask_exchange(int fd, const struct doc *request, struct doc **reply, char *why)
{
	int64_t until_us = clock_us() + ASK_US_MAX;
	char *line = doc_print(request, 0), *text = NULL, cause[80] = "";
	size_t length = strlen(line);

	line[length] = '\n'; /* in the place of the NUL */
	int err = ask_send(fd, line, length + 1, until_us);

	free(line);
	length = 0;
	if (!err)
		err = ask_receive(fd, &text, &length, until_us);
	if (!err) {
		*reply = doc_parse(text, length, cause, sizeof(cause));
		err = *reply ? 0 : ERR_SYNTAX;
		snprintf(why, ASK_WHY_BYTES, "the engine's answer is not JSON: %s", cause);
	}
	free(text);
	return err;
}

int control_ask(const char *dir, const struct doc *request, struct doc **reply, char *why)
{
	int fd = -1, err = ask_connect(dir, &fd);

	*reply = NULL;
	*why = '\0';
	if (!err)
		err = ask_exchange(fd, request, reply, why);
	if (fd >= 0)
		close(fd);
	if (err && err != ERR_SYNTAX)
		ask_explain(err, dir, why);
	if (!err)
		*why = '\0';
	return err;
}
