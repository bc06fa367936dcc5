/* archive.c - see archive.h */
#include "media/archive.h"

#include "base/err.h"
#include "media/g711.h"
#include "media/opus.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAV_HEAD 58 /* with the fact chunk that G.711 must have */
#define IMAGE_BYTES_MAX (UINT64_C(1) << 30) /* of an Opus file that is decoded: three days */

const char *archive_suffix(enum archive_format format, bool encrypted)
{
	static const char *const suffixes[] = {".opus", ".opus.enc", ".wav", ".wav.enc"};

	return suffixes[2 * (format == ARCHIVE_G711) + encrypted];
}

/* --- WAV heads */

static void put_le(uint8_t *to, uint32_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}

/* Two channels of 8 kHz; tag 1 (16 bits), 6 or 7 (8 bits). */
static void wav_head(uint8_t out[WAV_HEAD], unsigned tag, uint64_t pairs)
{
	unsigned frame = tag == 1 ? 4 : 2;
	uint32_t bytes = (uint32_t)(pairs * frame);

	memcpy(out, "RIFF", 4);
	put_le(out + 4, bytes + WAV_HEAD - 8, 4);
	memcpy(out + 8, "WAVEfmt ", 8);
	put_le(out + 16, 18, 4);
	put_le(out + 20, tag, 2);
	put_le(out + 22, 2, 2);
	put_le(out + 24, 8000, 4);
	put_le(out + 28, 8000 * frame, 4);
	put_le(out + 32, frame, 2);
	put_le(out + 34, 4 * frame, 2);
	put_le(out + 36, 0, 2);
	memcpy(out + 38, "fact", 4);
	put_le(out + 42, 4, 4);
	put_le(out + 46, (uint32_t)pairs, 4);
	memcpy(out + 50, "data", 4);
	put_le(out + 54, bytes, 4);
}

/* --- the spool's file */

static int spool_open(const char *path, int *fd, struct spool_head *head, uint64_t *pairs)
{
	uint8_t data[SPOOL_HEAD_BYTES];
	struct stat st;

	*fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0)
		return -errno;
	ssize_t got = read(*fd, data, sizeof(data));
	int err = got < 0 || fstat(*fd, &st) ? -errno : spool_parse(data, (size_t)got, head);
	if (err) {
		close(*fd);
		*fd = -1;
		return err;
	}
	*pairs = spool_pairs(head, (uint64_t)st.st_size);
	return 0;
}

int archive_look(const char *spool, struct spool_head *head, uint64_t *pairs)
{
	int fd, err = spool_open(spool, &fd, head, pairs);

	if (!err)
		close(fd);
	return err;
}

/* One block as interleaved G.711; holes and what lies behind the file's end are silence. */
static int block_read(int fd, uint64_t number, enum amd_law law, uint8_t out[TAPE_BLOCK_BYTES])
{
	uint8_t block[TAPE_BLOCK_BYTES] = {0}, silence = g711_silence(law);
	ssize_t got = pread(fd, block, sizeof(block), (off_t)(SPOOL_HEAD_BYTES + number * TAPE_BLOCK_BYTES));

	if (got < 0)
		return -errno;
	for (size_t i = 0; i < TAPE_PAIRS; i++) {
		out[2 * i] = block[i] ^ silence;
		out[2 * i + 1] = block[TAPE_PAIRS + i] ^ silence;
	}
	return 0;
}

/* --- making: each encoder takes one block after the other */

struct making {
	int fd;
	enum amd_law law;
	uint64_t pairs;
	struct vault *vault;
};

static int to_vault(void *arg, const void *data, size_t bytes)
{
	struct making *making = arg;

	return vault_write(making->vault, data, bytes);
}

typedef int block_h(void *arg, const uint8_t *codes, size_t pairs);

static int each_block(const struct making *making, block_h *take, void *arg)
{
	uint8_t codes[TAPE_BLOCK_BYTES];
	int err = 0;

	for (uint64_t done = 0; !err && done < making->pairs; done += TAPE_PAIRS) {
		size_t part = making->pairs - done < TAPE_PAIRS ? (size_t)(making->pairs - done) : TAPE_PAIRS;
		err = block_read(making->fd, done / TAPE_PAIRS, making->law, codes);
		if (!err)
			err = take(arg, codes, part);
	}
	return err;
}

static int block_to_vault(void *arg, const uint8_t *codes, size_t pairs)
{
	return to_vault(arg, codes, 2 * pairs);
}

static int make_g711(struct making *making)
{
	uint8_t head[WAV_HEAD];

	wav_head(head, making->law == AMD_ALAW ? 6 : 7, making->pairs);
	int err = to_vault(making, head, sizeof(head));
	return err ? err : each_block(making, block_to_vault, making);
}

struct opus_making {
	struct opus_writer *writer;
	enum amd_law law;
	int16_t samples[TAPE_BLOCK_BYTES];
};

static int block_to_opus(void *arg, const uint8_t *codes, size_t pairs)
{
	struct opus_making *making = arg;

	for (size_t i = 0; i < 2 * pairs; i++)
		making->samples[i] = g711_decode(making->law, codes[i]);
	return opus_writer_put(making->writer, making->samples, pairs);
}

static int make_opus(struct making *making, const char *title)
{
	struct opus_making opus = {.law = making->law};
	int err = opus_writer_open(&opus.writer, title, to_vault, making);

	if (err)
		return err;
	err = each_block(making, block_to_opus, &opus);
	int closed = opus_writer_close(opus.writer);
	return err ? err : closed;
}

static int make_file(struct making *making, const char *path, enum archive_format format, const uint8_t *key,
	struct archive_receipt *receipt)
{
	char title[40];
	int err = vault_create(&making->vault, path, key);

	if (err)
		return err;
	snprintf(title, sizeof(title), "attempt %llu", (unsigned long long)receipt->head.id);
	err = format == ARCHIVE_G711 ? make_g711(making) : make_opus(making, title);
	if (err) {
		vault_abort(making->vault);
		return err;
	}
	return vault_close(making->vault, &receipt->file);
}

int archive_make(
	const char *spool, const char *path, enum archive_format format, const uint8_t *key, struct archive_receipt *receipt)
{
	struct making making = {0};
	int err = spool_open(spool, &making.fd, &receipt->head, &receipt->pairs);

	if (err)
		return err;
	making.law = receipt->head.law;
	making.pairs = receipt->pairs;
	err = make_file(&making, path, format, key, receipt);
	close(making.fd);
	return err;
}

/* --- reading */

struct getting {
	FILE *out;
	uint8_t *image; /* of an Opus file */
	size_t bytes, room;
	uint64_t pairs;
};

static int get_out(void *arg, const void *data, size_t bytes)
{
	struct getting *getting = arg;

	if (!getting->out)
		return 0;
	return fwrite(data, 1, bytes, getting->out) == bytes ? 0 : errno ? -errno : -EIO;
}

static int get_image(void *arg, const void *data, size_t bytes)
{
	struct getting *getting = arg;

	if (getting->bytes + bytes > IMAGE_BYTES_MAX)
		return -EFBIG;
	if (getting->bytes + bytes > getting->room) {
		size_t room = 2 * (getting->bytes + bytes);
		uint8_t *more = realloc(getting->image, room);
		if (!more)
			return -ENOMEM;
		getting->image = more;
		getting->room = room;
	}
	memcpy(getting->image + getting->bytes, data, bytes);
	getting->bytes += bytes;
	return 0;
}

static int get_samples(void *arg, const int16_t *samples, size_t pairs)
{
	struct getting *getting = arg;

	getting->pairs += pairs;
	return get_out(arg, samples, pairs * 2 * sizeof(*samples));
}

/* The length is known at the end: then the head is written again. */
static int get_opus(struct getting *getting, const char *path, const uint8_t *key)
{
	uint8_t head[WAV_HEAD];
	int err = vault_read(path, key, get_image, getting);

	wav_head(head, 1, 0);
	if (!err)
		err = get_out(getting, head, sizeof(head));
	if (!err)
		err = opus_read(getting->image, getting->bytes, get_samples, getting);
	free(getting->image);
	if (err || !getting->out)
		return err;
	wav_head(head, 1, getting->pairs);
	return fseek(getting->out, 0, SEEK_SET) ? -errno : get_out(getting, head, sizeof(head));
}

int archive_get(const char *path, const uint8_t *key, enum archive_format format, bool as_wav, const char *out)
{
	struct getting getting = {.out = fopen(out, "wxe")};

	if (!getting.out)
		return -errno;
	int err = format == ARCHIVE_OPUS && as_wav ? get_opus(&getting, path, key) : vault_read(path, key, get_out, &getting);
	if (fclose(getting.out) && !err)
		err = -errno;
	if (err)
		unlink(out);
	return err;
}

int archive_check(const char *path, const uint8_t *key, enum archive_format format)
{
	struct getting getting = {0};

	return format == ARCHIVE_OPUS ? get_opus(&getting, path, key) : vault_read(path, key, get_out, &getting);
}
