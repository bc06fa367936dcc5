/* rtpengine.c - see rtpengine.h */
#include "bench/rtpengine.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONTROL "127.0.0.1:22999"
#define CONTROL_PORT 22999
#define START_MS 5000
#define ANSWER_MS 500
#define MESSAGE 4096

static void __attribute__((noreturn)) engine_exec(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
	execlp("rtpengine", "rtpengine", "--config-file=none", "--table=-1", "--interface=127.0.0.1", "--listen-ng=" CONTROL,
		"--foreground", "--num-threads=1", "--port-min=10000", "--port-max=32766", "--log-stderr", "--log-level=2",
		"--tos=184", "--scheduling=fifo", "--priority=10", (char *)NULL);
	_exit(127);
}

/* One question; answers the bytes of what came, or a negative error. */
static int ask(struct rtpengine *engine, const char *dictionary, char answer[MESSAGE], int wait_ms)
{
	char message[MESSAGE];
	int bytes = snprintf(message, sizeof(message), "%u %s", ++engine->calls, dictionary);
	struct pollfd waiting = {.fd = engine->control, .events = POLLIN};

	if (send(engine->control, message, (size_t)bytes, 0) != bytes)
		return -errno;
	if (poll(&waiting, 1, wait_ms) <= 0)
		return -ETIMEDOUT;
	ssize_t got = recv(engine->control, answer, MESSAGE - 1, 0);
	if (got < 0)
		return -errno;
	answer[got] = 0;
	return (int)got;
}

int rtpengine_start(struct rtpengine *engine)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(CONTROL_PORT)};
	struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
	char answer[MESSAGE];
	int status;

	*engine = (struct rtpengine){.control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
	if (engine->control < 0 || connect(engine->control, (struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	engine->pid = fork();
	if (!engine->pid)
		engine_exec();
	for (int ms = 0; ms < START_MS; ms += 50) {
		nanosleep(&pause, NULL);
		if (waitpid(engine->pid, &status, WNOHANG) == engine->pid) {
			engine->pid = 0;
			return -ENOENT;
		}
		if (ask(engine, "d7:command4:pinge", answer, ANSWER_MS) > 0 && strstr(answer, "pong"))
			return 0;
	}
	rtpengine_stop(engine);
	return -ETIMEDOUT;
}

/* Tells it where one end receives; *port is where the other end is to send. */
static int describe(struct rtpengine *engine, bool offer, unsigned call, uint16_t far, uint16_t *port)
{
	char sdp[256], message[1024], name[24], answer[MESSAGE];
	unsigned found;

	int sdp_bytes = snprintf(sdp, sizeof(sdp),
		"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %u RTP/AVP 0\r\n", far);
	int name_bytes = snprintf(name, sizeof(name), "bench%u", call);
	snprintf(message, sizeof(message), "d7:command%s7:call-id%d:%s8:from-tag1:a%s3:ICE6:remove3:sdp%d:%se",
		offer ? "5:offer" : "6:answer", name_bytes, name, offer ? "" : "6:to-tag1:b", sdp_bytes, sdp);
	int err = ask(engine, message, answer, ANSWER_MS);
	const char *media = err > 0 ? strstr(answer, "m=audio ") : NULL;
	if (err < 0)
		return err;
	if (!media || sscanf(media, "m=audio %u", &found) != 1)
		return -EPROTO;
	*port = (uint16_t)found;
	return 0;
}

int rtpengine_bridge(struct rtpengine *engine, const uint16_t far[2], uint16_t near[2])
{
	unsigned call = engine->calls;
	int err = describe(engine, true, call, far[0], &near[1]);

	return err ? err : describe(engine, false, call, far[1], &near[0]);
}

int64_t rtpengine_cpu_us(const struct rtpengine *engine)
{
	struct timespec spent = {0};
	clockid_t clock;

	if (!clock_getcpuclockid(engine->pid, &clock))
		(void)clock_gettime(clock, &spent);
	return spent.tv_sec * SEC_US + spent.tv_nsec / 1000;
}

void rtpengine_stop(struct rtpengine *engine)
{
	if (engine->pid > 0) {
		kill(engine->pid, SIGKILL);
		waitpid(engine->pid, NULL, 0);
	}
	if (engine->control >= 0)
		close(engine->control);
	*engine = (struct rtpengine){.control = -1};
}
