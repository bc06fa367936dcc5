/* cmd_status.c - outdial status: what the engine says, or what the store knows when no engine runs */
#include "tools/outdial/outdial.h"

#include "base/clock.h"
#include "base/err.h"
#include "dialer/control.h"

#include <errno.h>

static struct doc *status_request(void)
{
	struct doc *request = doc_object();

	doc_put_text(request, "ask", "status");
	return request;
}

int status_ask(const char *dir, struct doc **reply, char why[WHY_BYTES])
{
	struct doc *request = status_request();
	int err = control_ask(dir, request, reply, why);

	doc_free(request);
	if (!err && doc_bool(*reply, "ok", false))
		doc_put_bool(*reply, "running", true);
	else if (!err) {
		snprintf(why, WHY_BYTES, "the engine on %.60s refuses: %.60s", dir, doc_text(*reply, "why", "without a reason"));
		doc_free(*reply);
		*reply = NULL;
		err = ERR_WRONG_STATE;
	}
	return err;
}

bool status_no_engine(int err)
{
	return err == -ENOENT || err == -ECONNREFUSED;
}

/* STORE_READ for the moment of the question only. */
static int status_of_store(const struct call *call, const char *why, struct doc **out)
{
	char store_why[WHY_BYTES] = "";
	struct store *store;
	int err = store_open(&store, call->dir, STORE_READ, store_why);

	if (err == -ENOENT)
		return fail(call, "there is no store in %s; make one with 'outdial --dir %s init'", call->dir, call->dir);
	if (err)
		return fail_err(call, err, store_why);
	*out = board_of_store(store, call->dir);
	doc_put_text(*out, "why", why);
	store_close(store);
	return STATUS_DONE;
}

int status_get(const struct call *call, struct doc **out)
{
	char why[WHY_BYTES];
	int err = status_ask(call->dir, out, why);

	if (!err)
		return STATUS_DONE;
	return status_no_engine(err) ? status_of_store(call, why, out) : fail(call, "%s", why);
}

int cmd_status(struct call *call)
{
	struct doc *doc;
	int status = status_get(call, &doc);

	if (status != STATUS_DONE)
		return status;
	if (call_has(call, "json")) {
		say_doc(stdout, doc);
		return STATUS_DONE;
	}
	board_print(stdout, doc, clock_us(), 0, 80, false);
	doc_free(doc);
	return STATUS_DONE;
}
