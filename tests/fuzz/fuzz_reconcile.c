/* fuzz_reconcile.c - a carrier's table of calls: rows that can be read and are in bounds, rows that are counted, or a sentence */
#include "campaigns/carrier.h"

#include "campaigns/ledger_import.h"
#include "campaigns/tz.h"

#include "base/err.h"
#include "tests/fuzz/fuzz_store.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool when(const char *text, int64_t *us)
{
	return ledger_time(tz_get("Etc/UTC"), text, us);
}

static void check_rows(const struct carrier *carrier)
{
	uint64_t line = 0;
	size_t unreadable = 0;

	for (size_t i = 0; i < carrier->count; i++) {
		const struct carrier_record *row = &carrier->items[i];

		check(row->line > line && !row->matched);
		check(row->number < UINT64_C(1000000000000000) && row->duration_us >= -1);
		check(row->number ? row->start_us > 0 : !row->start_us && !row->attempt && !row->code);
		check(!row->code || (row->code >= 100 && row->code < 700));
		line = row->line;
		unreadable += !row->number;
	}
	check(unreadable == carrier->unreadable && unreadable < carrier->count && strlen(carrier->sha256) == 64);
}

/* Up to the first 0 byte, when there is one: --map. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, 0, size < 200 ? size : 200), *table = end ? end + 1 : data;
	char path[64], why[CARRIER_WHY_BYTES], map[200] = "";
	int fd = fuzz_file(table, size - (size_t)(table - data), path), err;
	struct carrier_options options = {.path = path, .region = "CN", .when = when};
	struct carrier carrier;

	if (end) {
		memcpy(map, data, (size_t)(end - data));
		options.map = map;
	}
	err = carrier_read(fuzz_store(), &options, &carrier, why);
	check(err ? (why[0] || err == -ENOMEM) && !carrier.count : !why[0]);
	if (!err)
		check_rows(&carrier);
	carrier_fini(&carrier);
	close(fd);
	return 0;
}
