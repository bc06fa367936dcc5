/*
 * control.c - DIR/engine.sock: one JSON line in, one JSON line out
 *
 * Opened after the storage thread, whose lock keeps a second engine away: the socket's name is ours alone.
 * An answer larger than the socket's buffer goes out in parts, one a tick of the engine: nothing here ever waits.
 */
#include "dialer/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ASKERS_MAX 8
#define ASK_BYTES 4096
#define ASK_US_MAX (10 * SEC_US) /* one that asks nothing, or takes no answer, would keep its place for ever */

struct asker {
	struct control *control;
	struct uring_op op;
	int fd; /* -1: free */
	int64_t since_us;
	size_t got;
	char *answer; /* what the socket has not taken yet is from sent to bytes */
	size_t sent, bytes;
	char text[ASK_BYTES];
};

struct control {
	struct engine *engine;
	struct uring_op accept_op;
	int listen_fd;
	char path[108];
	struct asker askers[ASKERS_MAX];
};

static void asker_close(struct asker *asker)
{
	uring_poll_stop(asker->control->engine->uring, &asker->op);
	close(asker->fd);
	free(asker->answer);
	asker->answer = NULL;
	asker->fd = -1;
}

static struct doc *control_answer(struct engine *engine, const struct doc *request)
{
	const char *ask = request ? doc_text(request, "ask", "") : "";
	struct doc *answer;

	if (strcmp(ask, "status") == 0)
		return status_doc(engine);
	if (strcmp(ask, "pace") == 0)
		return why_doc(engine, doc_text(request, "campaign", ""));
	if (strcmp(ask, "recording") == 0)
		return call_record_doc(engine, request);
	answer = doc_object();
	if (strcmp(ask, "drain") == 0) {
		engine_drain(engine);
		doc_put_bool(answer, "ok", true);
		return answer;
	}
	doc_put_bool(answer, "ok", false);
	doc_put_text(answer, "why", request ? "unknown question" : "not a JSON line");
	return answer;
}

static void asker_send(struct asker *asker)
{
	ssize_t n = send(asker->fd, asker->answer + asker->sent, asker->bytes - asker->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n > 0)
		asker->sent += (size_t)n;
	if (asker->sent == asker->bytes || (n < 0 && errno != EAGAIN && errno != EINTR))
		asker_close(asker);
}

void control_turn(struct control *control)
{
	int64_t since_us = clock_us() - ASK_US_MAX;

	for (int i = 0; i < ASKERS_MAX; i++) {
		struct asker *asker = &control->askers[i];
		if (asker->fd >= 0 && asker->answer)
			asker_send(asker);
		if (asker->fd >= 0 && asker->since_us < since_us)
			asker_close(asker);
	}
}

static void asker_answer(struct asker *asker, size_t length)
{
	struct doc *request = doc_parse(asker->text, length, NULL, 0);
	struct doc *answer = control_answer(asker->control->engine, request);

	uring_poll_stop(asker->control->engine->uring, &asker->op);
	asker->answer = doc_print(answer, 0);
	asker->bytes = strlen(asker->answer);
	asker->answer[asker->bytes++] = '\n'; /* in the place of the NUL: what is sent is counted */
	asker->sent = 0;
	doc_free(answer);
	doc_free(request);
	asker_send(asker);
}

static void asker_on_readable(void *arg, int res)
{
	struct asker *asker = arg;

	if (res < 0 || asker->fd < 0)
		return;
	ssize_t n = recv(asker->fd, asker->text + asker->got, sizeof(asker->text) - asker->got, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		asker_close(asker);
		return;
	}
	asker->got += (size_t)n;
	char *end = memchr(asker->text, '\n', asker->got);
	if (end)
		asker_answer(asker, (size_t)(end - asker->text));
	else if (asker->got == sizeof(asker->text))
		asker_close(asker);
}

static struct asker *control_free_asker(struct control *control)
{
	for (int i = 0; i < ASKERS_MAX; i++)
		if (control->askers[i].fd < 0)
			return &control->askers[i];
	return NULL;
}

static void control_on_connect(void *arg, int res)
{
	struct control *control = arg;
	if (res < 0)
		return;
	int fd = accept4(control->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	struct asker *asker = control_free_asker(control);
	if (!asker) {
		close(fd);
		return;
	}
	asker->fd = fd;
	asker->got = 0;
	asker->since_us = clock_us();
	asker->op = (struct uring_op){.handler = asker_on_readable, .arg = asker};
	if (uring_poll(control->engine->uring, fd, &asker->op)) {
		close(fd);
		asker->fd = -1;
	}
}

static int control_listen(struct control *control, const char *dir, char *why)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(dir) + sizeof("/engine.sock") > sizeof(address.sun_path)) {
		snprintf(why, WHY_BYTES, "the folder's name is too long for a socket (at most %zu bytes)",
			sizeof(address.sun_path) - 13);
		return -ENAMETOOLONG;
	}
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/engine.sock", dir);
	memcpy(control->path, address.sun_path, sizeof(control->path));
	unlink(control->path); /* left by an engine that was killed */
	control->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->listen_fd < 0 || bind(control->listen_fd, (struct sockaddr *)&address, sizeof(address)) ||
		listen(control->listen_fd, ASKERS_MAX)) {
		snprintf(why, WHY_BYTES, "cannot listen on %.100s: %s", control->path, strerror(errno));
		return -errno;
	}
	control->accept_op = (struct uring_op){.handler = control_on_connect, .arg = control};
	return uring_poll(control->engine->uring, control->listen_fd, &control->accept_op);
}

int control_open(struct control **out, struct engine *engine, const char *dir, char *why)
{
	struct control *control = calloc(1, sizeof(*control));

	if (!control)
		return -ENOMEM;
	control->engine = engine;
	control->listen_fd = -1;
	for (int i = 0; i < ASKERS_MAX; i++)
		control->askers[i] = (struct asker){.control = control, .fd = -1};
	int err = control_listen(control, dir, why);
	if (err) {
		control_close(control);
		return err;
	}
	*out = control;
	return 0;
}

void control_close(struct control *control)
{
	if (!control)
		return;
	if (control->listen_fd >= 0) {
		unlink(control->path);
		close(control->listen_fd);
	}
	for (int i = 0; i < ASKERS_MAX; i++)
		if (control->askers[i].fd >= 0)
			asker_close(&control->askers[i]);
	free(control);
}
