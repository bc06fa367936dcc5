/*
 * fuzz_control.c - any bytes on the control socket, in two pieces: nothing, or one answer that is a JSON line; a recording is only
 * touched when its call or seat was named, and the word was one of the two
 */
/* The asker's end is private to its file: it is taken in whole. */
#include "dialer/control.c"

#include "tests/fuzz/fuzz_store.h"

#include "base/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As much of an engine as the questions look at: a campaign that runs, a call that is recorded and paused for good, its seat. */
static struct engine *fuzz_engine(void)
{
	static struct engine engine;
	static const struct pacing_options options = {.calls_max = 8, .seats_max = 4, .abandon_prob_max = 0.03};
	uint64_t handle;

	if (engine.store)
		return &engine;
	engine.store = fuzz_store();
	log_setup(LOG_ERROR, false);
	check(pool_init(&engine.calls, 2, sizeof(struct call)) == 0 && pool_init(&engine.desks, 2, sizeof(struct desk)) == 0);
	struct call *call = pool_take(&engine.calls, &handle);
	struct desk *desk = pool_take(&engine.desks, &(uint64_t){0});
	call->attempt.id = 17;
	call->record = (struct call_record){.on = true, .paused = true, .told = true, .pauses = RECORDING_GAPS};
	call->run = &engine.runs[0];
	desk->call = handle;
	strcpy(desk->seat.login, "anna");
	engine.runs[0] = (struct run){.used = true, .campaign = {.name = "may"}, .pacer = pacer_alloc(&options, SEC_US)};
	check(engine.runs[0].pacer != NULL);
	return &engine;
}

/* What `status` tells has no words of the asker in it, and needs an engine with all of its threads. */
static bool is_status(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	struct doc *request = end ? doc_parse((const char *)data, (size_t)(end - data), NULL, 0) : NULL;
	bool is = request && strcmp(doc_text(request, "ask", ""), "status") == 0;

	doc_free(request);
	return is;
}

static void check_answer(const struct doc *request, const char *line, size_t bytes)
{
	struct doc *answer = bytes && line[bytes - 1] == '\n' ? doc_parse(line, bytes, NULL, 0) : NULL;
	const char *of = doc_text(request, "of", ""), *word = doc_text(request, "do", "");

	check(answer && (doc_bool(answer, "ok", false) || doc_text(answer, "why", "")[0]));
	if (doc_bool(answer, "ok", false) && strcmp(doc_text(request, "ask", ""), "recording") == 0)
		check((strcmp(of, "17") == 0 || strcmp(of, "anna") == 0) && strcmp(word, "pause") == 0);
	doc_free(answer);
}

static void asked(struct asker *asker, int theirs, const uint8_t *data, size_t size)
{
	static char line[1 << 20];
	const uint8_t *end = memchr(data, '\n', size);
	struct doc *request;
	ssize_t got;

	check(send(theirs, data, size / 2, MSG_NOSIGNAL) == (ssize_t)(size / 2));
	if (size / 2)
		asker_on_readable(asker, 0);
	if (asker->fd >= 0 && send(theirs, data + size / 2, size - size / 2, MSG_NOSIGNAL) > 0)
		asker_on_readable(asker, 0);
	got = recv(theirs, line, sizeof(line), MSG_DONTWAIT);
	if (asker->fd >= 0 || got <= 0) {
		check(!end || size > ASK_BYTES);
		return;
	}
	request = end ? doc_parse((const char *)data, (size_t)(end - data), NULL, 0) : NULL;
	check_answer(request, line, (size_t)got);
	doc_free(request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct control control;
	int pair[2];

	if (!size || size > 2 * ASK_BYTES || is_status(data, size))
		return 0;
	check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
	control.engine = fuzz_engine();
	struct asker *asker = &control.askers[0];
	*asker = (struct asker){.control = &control, .fd = pair[0]};
	asked(asker, pair[1], data, size);
	if (asker->fd >= 0)
		asker_close(asker);
	close(pair[1]);
	return 0;
}
