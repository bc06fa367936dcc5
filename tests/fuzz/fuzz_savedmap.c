/* fuzz_savedmap.c - any bytes as a kept mapping: refused with a sentence, or one that can be kept again and is then the same */
#include "campaigns/savedmap.h"

#include "base/err.h"
#include "tests/fuzz/fuzz_store.h"

#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_file(const uint8_t *data, size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/maps", fuzz_folder());
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/maps/theirs", fuzz_folder());
	FILE *file = fopen(path, "we");
	check(file && fwrite(data, 1, size, file) == size && fclose(file) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct savedmap map, again; /* large */
	char why[FILE_WHY_BYTES] = "";
	struct store *store = fuzz_store();

	put_file(data, size);
	int err = savedmap_get(store, "theirs", &map, why);
	if (err) {
		check(err == ERR_SYNTAX && why[0]);
		return 0;
	}
	check(savedmap_put(store, "ours", &map, why) == 0 && savedmap_get(store, "ours", &again, why) == 0);
	for (int i = 0; i < SAVEDMAP_PARTS; i++)
		check(strcmp(map.text[i], again.text[i]) == 0);
	return 0;
}
