/*
 * fuzz_consent.c - tables of consent, and a reassigned numbers database's answers: all of a file or nothing, a sentence for each
 * refusal; what was taken is written out and read again as the same
 */
#include "campaigns/consent.h"

#include "base/clock.h"
#include "base/err.h"
#include "tests/fuzz/fuzz_store.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROWS_KEPT 200 /* then the store is made anew: each table that is taken is written out whole */

static void check_receipt(int err, const struct consent_receipt *receipt, const char *why)
{
	check(err ? (why[0] || err == -ENOMEM) && !receipt->read : !why[0] && receipt->read == receipt->added + receipt->present);
}

static void check_again(struct store *store, uint64_t kept)
{
	struct consent_receipt receipt;
	char path[128], why[400];
	uint64_t rows;

	snprintf(path, sizeof(path), "%s/out.csv", fuzz_folder());
	check(consent_export(store, path, &rows, why) == 0 && rows == kept);
	check(consent_import(store, path, "", &receipt, why) == 0 && receipt.read == kept && !receipt.added);
	check(reassigned_query(store, path, 0, &rows, why) == 0 && rows <= kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint64_t kept;
	struct consent_receipt receipt;
	char path[64], why[400];
	int fd = fuzz_file(data, size, path), err;

	err = consent_import(fuzz_store(), path, "US", &receipt, why);
	check_receipt(err, &receipt, why);
	kept += receipt.added;
	if (receipt.added)
		check_again(fuzz_store(), kept);
	err = reassigned_answers(fuzz_store(), path, clock_us(), &receipt, why);
	check_receipt(err, &receipt, why);
	close(fd);
	if (kept > ROWS_KEPT || receipt.added > ROWS_KEPT) {
		fuzz_store_end();
		kept = 0;
	}
	return 0;
}
