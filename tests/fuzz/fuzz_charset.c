/* fuzz_charset.c - any file: an encoding that is answered decodes to the end into valid text and gives the file's bytes back */
#include "campaigns/charset.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int ok)
{
	if (!ok)
		abort();
}

/* Strict UTF-8, written apart from the code under test. */
static int is_utf8(const unsigned char *at, size_t left)
{
	while (left) {
		unsigned n = at[0] < 0x80 ? 1 : at[0] >> 5 == 6 ? 2 : at[0] >> 4 == 14 ? 3 : at[0] >> 3 == 30 ? 4 : 0;
		uint32_t c = n == 1 ? at[0] : at[0] & (0x7Fu >> n);

		if (!n || n > left)
			return 0;
		for (unsigned i = 1; i < n; i++) {
			if (at[i] >> 6 != 2)
				return 0;
			c = c << 6 | (at[i] & 63u);
		}
		if ((n == 2 && c < 0x80) || (n == 3 && c < 0x800) || (n == 4 && c < 0x10000) || c > 0x10FFFF ||
			(c >= 0xD800 && c < 0xE000))
			return 0;
		at += n;
		left -= n;
	}
	return 1;
}

static char *decode(int fd, const struct charset *charset, size_t size, size_t *count)
{
	struct charset_reader *reader;
	char *text = malloc(size * 4 + 64);
	size_t got;

	*count = 0;
	check(text != NULL && charset_reader_open(&reader, fd, charset) == 0);
	do {
		check(charset_reader_read(reader, text + *count, 16 + *count % 7, &got) == 0);
		*count += got;
	} while (got);
	check(charset_reader_offset(reader) == size);
	charset_reader_close(reader);
	return text;
}

/* Decoding is lossless for these: what is written again is the file. */
static void check_back(const struct charset *charset, const char *text, size_t count, const uint8_t *data, size_t size)
{
	struct charset_writer *writer;
	char *out = NULL;
	size_t bytes = 0;
	FILE *file = open_memstream(&out, &bytes);

	check(file != NULL && charset_writer_open(&writer, file, charset) == 0);
	check(charset_writer_put(writer, text, count) == 0);
	charset_writer_close(writer);
	fclose(file);
	check(bytes == size && memcmp(out, data, size) == 0);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const forced[] = {NULL, "GB18030", "UTF-16", "BIG5", "WINDOWS-1252"};
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	for (unsigned i = 0; i < sizeof(forced) / sizeof(forced[0]); i++) {
		struct charset charset;
		char why[CHARSET_WHY_BYTES], *text;
		size_t count;

		if (charset_detect(fd, forced[i], &charset, why)) {
			check(why[0] && strlen(why) < sizeof(why));
			continue;
		}
		text = decode(fd, &charset, size, &count);
		check(is_utf8((unsigned char *)text, count));
		if (strncmp(charset.name, "UTF-", 4) == 0)
			check_back(&charset, text, count, data, size);
		free(text);
	}
	close(fd);
	return 0;
}
