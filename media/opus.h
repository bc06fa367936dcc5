/*
 * opus.h - Opus in Ogg, written and read (the only door to libopusenc and libopusfile)
 *
 * What    Two channels of 8 kHz in, two channels of 8 kHz out, 48 kbit/s: at lower rates Opus lets one side be heard in the
 *         other. No discontinuous transmission: it makes noise of a steady tone (decision page `recording`).
 * Errors  -ENOMEM, ERR_SYNTAX (no Opus file); what the sink answers ends the writing.
 */
#ifndef OUTDIAL_MEDIA_OPUS_H
#define OUTDIAL_MEDIA_OPUS_H

#include <stddef.h>
#include <stdint.h>

struct opus_writer;

typedef int opus_sink_h(void *arg, const void *data, size_t bytes);

/* `title` stands in the file's comments. */
int opus_writer_open(struct opus_writer **writer, const char *title, opus_sink_h *sink, void *arg);
/* `pairs` samples of each channel, left and right in turn. */
int opus_writer_put(struct opus_writer *writer, const int16_t *samples, size_t pairs);
/* Writes what is left and frees it in any case. */
int opus_writer_close(struct opus_writer *writer);

/* A whole file in memory. `heard` is given parts of at most 960 pairs; its error ends the reading. */
typedef int opus_heard_h(void *arg, const int16_t *samples, size_t pairs);
int opus_read(const uint8_t *image, size_t bytes, opus_heard_h *heard, void *arg);

#endif
