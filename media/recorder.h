/*
 * recorder.h - the thread that writes recordings (inside of media/)
 *
 * What    Media workers fill blocks (tape.h) and hand them over by a ring of their own; this thread opens the spool's files,
 *         writes the blocks through an io_uring and gives them back. So a slow or full disk never holds up a packet: when no
 *         block is free or the disk refuses one, its sound is lost, counted, and the recording says so.
 * Bounded 3/2 blocks of 32 KiB a stream and 64, in memory that is touched only when used.
 * Life    recorder_close() after the workers have ended: writes all that was handed over.
 * Thread  recorder_take/_give/_open/_end: the worker that owns the lane. Counters: any.
 */
#ifndef OUTDIAL_MEDIA_RECORDER_H
#define OUTDIAL_MEDIA_RECORDER_H

#include "media/spool.h"

struct recorder;
struct record_lane; /* a worker's side */

struct recorder_counters {
	uint64_t begun, ended, refused; /* files; refused: the file could not be opened, or nothing could be handed over */
	uint64_t lost;                  /* samples of either side that are in no file */
};

/* `dir` is made when it is not there. `streams`: of each worker. -ENOMEM, -errno. */
int recorder_open(struct recorder **recorder, const char *dir, uint32_t workers, uint32_t streams);
void recorder_close(struct recorder *recorder); /* NULL is fine */
struct record_lane *recorder_lane(struct recorder *recorder, uint32_t worker);
void recorder_count(const struct recorder *recorder, struct recorder_counters *out);

/* A recording begins in this place (the stream's, below `streams`). False: the ring is full, it is not recorded; counted. */
bool recorder_begin(struct record_lane *lane, uint32_t place, const struct spool_head *head);
/* A zeroed block; NULL: none is free. */
uint8_t *recorder_take(struct record_lane *lane);
/* It is this place's block with this number. */
void recorder_give(struct record_lane *lane, uint32_t place, uint8_t *block, uint32_t number);
/* The last word about it: length, and what was lost for want of blocks. False: the ring is full, say it again later. */
bool recorder_end(struct record_lane *lane, uint32_t place, uint64_t pairs, uint64_t lost);

#endif
