/*
 * cmd_top.c - outdial top: the status, drawn anew each second
 *
 * Terminal  The alternate screen and raw keys are left by every way out: q, Ctrl-C (a key, ISIG is off), SIGTERM, SIGHUP, SIGINT
 * from outside. The signal handlers only set a flag; the loop does the rest.
 */
#include "tools/outdial/outdial.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t top_ended;

static void top_signal(int signal_number)
{
	if (signal_number != SIGWINCH)
		top_ended = 1;
}

static void top_signals(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};
	struct sigaction action = {.sa_handler = top_signal};

	for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL); /* without SA_RESTART: poll() wakes up */
}

static bool terminal_enter(struct termios *before)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, before) < 0)
		return false;
	raw = *before;
	raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) < 0)
		return false;
	fputs("\x1b[?1049h\x1b[?25l\x1b[2J", stdout); /* other screen, no cursor, empty */
	fflush(stdout);
	return true;
}

static void terminal_leave(const struct termios *before)
{
	fputs("\x1b[?25h\x1b[?1049l", stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, before);
}

static void terminal_size(int *rows, int *width)
{
	struct winsize size;
	bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0;

	*rows = known ? size.ws_row : 24;
	*width = known ? size.ws_col : 80;
}

/* What stands on the board: the engine, or the store, or why neither can be had. */
static struct doc *top_status(const struct call *call)
{
	char why[WHY_BYTES], store_why[WHY_BYTES] = "";
	struct doc *doc = NULL;
	struct store *store;
	int err = status_ask(call->dir, &doc, why);

	if (!err)
		return doc;
	if (status_no_engine(err) && store_open(&store, call->dir, STORE_READ, store_why) == 0) {
		doc = board_of_store(store, call->dir);
		store_close(store);
	} else {
		doc = doc_object();
		doc_put_bool(doc, "running", false);
		if (*store_why)
			text_copy(why, sizeof(why), store_why);
	}
	doc_put_text(doc, "why", why);
	return doc;
}

/* One write for the whole picture, so that nothing flickers. */
static void top_draw(const struct call *call)
{
	struct doc *doc = top_status(call);
	int rows, width;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	terminal_size(&rows, &width);
	if (out) {
		fputs("\x1b[H", out);
		board_print(out, doc, clock_us(), rows > 1 ? rows - 1 : 1, width, true);
		if (rows > 1) {
			fputs("\r\n\x1b[K", out);
			cell_print(out, "q leaves", width, false, false);
		}
		fputs("\x1b[J", out);
		fclose(out);
		fwrite(text, 1, length, stdout);
		fflush(stdout);
	}
	free(text);
	doc_free(doc);
}

/* Waits for the next second or for a key; false: leave. */
static bool top_wait(int64_t until_us)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	for (int64_t left_us; !top_ended && (left_us = until_us - clock_us()) > 0;) {
		int ready = poll(&input, 1, (int)(left_us / MS_US) + 1);
		char key;

		if (ready < 0)
			return errno == EINTR && !top_ended; /* the window's size changed: draw now */
		if (ready > 0 && (read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q' || key == 3))
			return false;
	}
	return !top_ended;
}

int cmd_top(struct call *call)
{
	struct termios before;
	struct doc *doc;
	/* A wrong folder is told before the screen changes; without a terminal one picture is the answer. */
	int status = status_get(call, &doc);

	if (status != STATUS_DONE)
		return status;
	bool live = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);

	if (!live)
		board_print(stdout, doc, clock_us(), 0, 80, false);
	doc_free(doc);
	if (!live)
		return STATUS_DONE;
	top_signals();
	if (!terminal_enter(&before))
		return fail(call, "the terminal cannot be set: %s", strerror(errno));
	do {
		top_draw(call);
	} while (top_wait(clock_us() + SEC_US) && !ferror(stdout));
	terminal_leave(&before);
	return STATUS_DONE;
}
