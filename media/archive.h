/*
 * archive.h - a recording after its call: the spool's file becomes one that is kept, and is read again
 *
 * What    archive_make() turns a spool file (spool.h) into Opus in Ogg, or into a WAV with the G.711 bytes as they were; stereo,
 *         left what was heard, right what was sent; in the clear or encrypted (vault.h). archive_get() writes a kept file out as
 *         WAV (16-bit of an Opus, G.711 as it was) or as it is.
 * Errors  ERR_SYNTAX: the file is damaged (or, encrypted, of another key); -ENOKEY; -errno.
 * Thread  any; nothing is shared. It reads and writes files and takes 10 ms of CPU a second of sound for Opus.
 */
#ifndef OUTDIAL_MEDIA_ARCHIVE_H
#define OUTDIAL_MEDIA_ARCHIVE_H

#include "media/spool.h"
#include "media/vault.h"

enum archive_format { ARCHIVE_OPUS, ARCHIVE_G711 };

struct archive_receipt {
	struct spool_head head; /* `ended` false: the engine died during the call */
	uint64_t pairs;
	struct vault_receipt file;
};

/* ".opus", ".wav", ".opus.enc", ".wav.enc" */
const char *archive_suffix(enum archive_format format, bool encrypted);
/* `key` NULL: in the clear. The spool file stays. */
int archive_make(
	const char *spool, const char *path, enum archive_format format, const uint8_t *key, struct archive_receipt *receipt);
/* Head and length of a spool file. */
int archive_look(const char *spool, struct spool_head *head, uint64_t *pairs);
/* To the file `out`, which must not be there: -EEXIST. `as_wav`: Opus is decoded. */
int archive_get(const char *path, const uint8_t *key, enum archive_format format, bool as_wav, const char *out);
/* Reads it to its end: is it whole, and can it be decrypted? */
int archive_check(const char *path, const uint8_t *key, enum archive_format format);

#endif
