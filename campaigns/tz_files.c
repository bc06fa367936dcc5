/*
 * tz_files.c - the system's zones, kept and kept up to date
 *
 * A zone that was handed out stays where it is: an update puts its newer tables beside it (tz_table.h), and keeps the old ones
 * for whoever reads them at that moment. Updates come a few times a year, so what is kept is small.
 */
#include "campaigns/tz_table.h"

#include "base/text.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TZ_DIR "/usr/share/zoneinfo/"
#define TZ_ZONES_MAX 1024
#define TZ_VERSIONS_MAX 256 /* that one process sees */

static char tz_dir[96] = TZ_DIR;
static struct tz *tz_zones[TZ_ZONES_MAX];
static uint32_t tz_zone_count;
static pthread_mutex_t tz_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_uint_fast64_t tz_changes;
static struct tz_stamp tz_version_stamp;
static char tz_versions[TZ_VERSIONS_MAX][16]; /* texts that were handed out stay */
static atomic_uint tz_version_count;

void tz_use_dir(const char *dir)
{
	pthread_mutex_lock(&tz_lock);
	text_copy(tz_dir, sizeof(tz_dir), dir ? dir : TZ_DIR);
	pthread_mutex_unlock(&tz_lock);
	tz_refresh();
}

static bool tz_name_ok(const char *name)
{
	size_t length = strlen(name);

	if (length < 1 || length >= sizeof(tz_zones[0]->name) || name[0] == '/' || strstr(name, ".."))
		return false;
	return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_+-") == length;
}

static void tz_path(const char *name, char out[192])
{
	snprintf(out, 192, "%s%s", tz_dir, name);
}

/* False: it is not there. */
static bool tz_stamp(const char *path, struct tz_stamp *out)
{
	struct stat st;

	memset(out, 0, sizeof(*out));
	if (stat(path, &st) != 0)
		return false;
	out->device = st.st_dev;
	out->inode = st.st_ino;
	out->bytes = st.st_size;
	out->changed_ns = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
	return true;
}

/* -1: it cannot be read. */
static ssize_t tz_read_file(const char *path, void *bytes, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t count = fd < 0 ? -1 : read(fd, bytes, size);

	if (fd >= 0)
		close(fd);
	return count;
}

/* With the stamp of before the reading: a change in between is seen the next time. */
static struct tz *tz_load(const char *name)
{
	unsigned char *bytes = malloc(TZ_FILE_BYTES_MAX);
	struct tz_stamp stamp;
	struct tz *tz = NULL;
	char path[192];
	ssize_t count = -1;

	tz_path(name, path);
	if (bytes && tz_stamp(path, &stamp))
		count = tz_read_file(path, bytes, TZ_FILE_BYTES_MAX);
	if (count > 0 && tz_parse(&tz, bytes, (size_t)count) == 0) {
		text_copy(tz->name, sizeof(tz->name), name);
		tz->stamp = stamp;
	}
	free(bytes);
	return tz;
}

const struct tz *tz_get(const char *name)
{
	struct tz *tz = NULL;

	if (!tz_name_ok(name))
		return NULL;
	pthread_mutex_lock(&tz_lock);
	for (uint32_t i = 0; i < tz_zone_count && !tz; i++)
		if (strcmp(tz_zones[i]->name, name) == 0)
			tz = tz_zones[i];
	if (!tz && tz_zone_count < TZ_ZONES_MAX && (tz = tz_load(name)))
		tz_zones[tz_zone_count++] = tz;
	pthread_mutex_unlock(&tz_lock);
	return tz;
}

/* "# version 2026f" is the first line of the compact source that Debian ships beside the compiled files. */
static void tz_read_version(const char *path, char out[16])
{
	char line[64];
	ssize_t count = tz_read_file(path, line, sizeof(line) - 1);

	text_copy(out, 16, "unknown");
	if (count < 11 || strncmp(line, "# version ", 10) != 0)
		return;
	line[count] = '\0';
	text_copy_n(out, 16, line + 10, strcspn(line + 10, "\n "));
}

/* Under the lock. True: another than before. Further versions than there is room for are not told: the last of them stays. */
static bool tz_note_version(void)
{
	unsigned count = atomic_load(&tz_version_count);
	struct tz_stamp stamp;
	char path[192];

	tz_path("tzdata.zi", path);
	tz_stamp(path, &stamp);
	if (count && memcmp(&stamp, &tz_version_stamp, sizeof(stamp)) == 0)
		return false;
	tz_version_stamp = stamp;
	if (count == TZ_VERSIONS_MAX)
		return false;
	tz_read_version(path, tz_versions[count]);
	atomic_store(&tz_version_count, count + 1);
	return count && strcmp(tz_versions[count], tz_versions[count - 1]) != 0;
}

const char *tz_version(void)
{
	if (!atomic_load(&tz_version_count)) {
		pthread_mutex_lock(&tz_lock);
		tz_note_version();
		pthread_mutex_unlock(&tz_lock);
	}
	return tz_versions[atomic_load(&tz_version_count) - 1];
}

/* A file that is gone or cannot be read, as in the middle of an update, leaves the tables as they are. */
static bool tz_renew(struct tz *zone)
{
	struct tz *was = atomic_load(&zone->newest), *now;
	struct tz_stamp stamp;
	char path[192];

	tz_path(zone->name, path);
	if (!tz_stamp(path, &stamp) || memcmp(&stamp, was ? &was->stamp : &zone->stamp, sizeof(stamp)) == 0)
		return false;
	now = tz_load(zone->name);
	if (!now)
		return false;
	now->before = was;
	atomic_store_explicit(&zone->newest, now, memory_order_release);
	return true;
}

uint32_t tz_refresh(void)
{
	uint32_t changed;

	pthread_mutex_lock(&tz_lock);
	changed = tz_note_version();
	for (uint32_t i = 0; i < tz_zone_count; i++)
		changed += tz_renew(tz_zones[i]);
	pthread_mutex_unlock(&tz_lock);
	if (changed)
		atomic_fetch_add(&tz_changes, 1);
	return changed;
}

uint64_t tz_generation(void)
{
	return atomic_load_explicit(&tz_changes, memory_order_acquire);
}
