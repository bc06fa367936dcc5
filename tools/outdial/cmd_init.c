/* cmd_init.c - outdial init: an empty store and the commented configuration */
#include "tools/outdial/outdial.h"

#include "base/err.h"
#include "dialer/config.h"

#include <errno.h>
#include <string.h>

/* A configuration that is there already is somebody's work: it stays. */
static int init_config(const struct call *call, const char *path)
{
	FILE *file = fopen(path, "wxe");

	if (!file && errno == EEXIST)
		return STATUS_DONE;
	if (!file)
		return fail(call, "%s cannot be written: %s", path, strerror(errno));
	config_print_default(file);
	bool bad = ferror(file);

	if (fclose(file) != 0 || bad)
		return fail(call, "%s cannot be written: %s", path, strerror(errno));
	return STATUS_DONE;
}

int cmd_init(struct call *call)
{
	char why[WHY_BYTES] = "", path[4200];
	struct store *store;
	int err = store_open(&store, call->dir, STORE_CREATE, why);

	if (err == ERR_EXISTS)
		return fail(call, "there is a store in %s already; nothing was changed", call->dir);
	if (err)
		return fail_err(call, err, why);
	uint32_t packs = 0;
	char said[PACK_WHY_BYTES] = "";

	err = rules_load_builtin(store, &packs, said);
	store_close(store);
	if (err)
		return fail_err(call, err, said);
	snprintf(path, sizeof(path), "%s/outdial.conf", call->dir);
	int status = init_config(call, path);

	if (status == STATUS_DONE)
		printf("made an empty store in %s\nconfiguration: %s\nrule packs: %u, see 'outdial rules list'\n", call->dir,
			path, packs);
	return status;
}
