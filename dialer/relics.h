/*
 * relics.h - what it takes to end a dialog, in a file that outlives the engine
 *
 * What    Each leg has a slot of a mapped file. It is written when an INVITE leaves and when the call is up, and cleared when the
 *         leg is over: plain stores into memory, no system call. After kill -9 the file is what it was, and the next start
 *         cancels or ends what is in it (ua_relics.c). Power that fails may take what was written last: then nobody hears a
 *         CANCEL, as before.
 * Shape   a head and `count` slots of 1 KiB; a slot whose sum does not fit its bytes (a kill in the middle of a store) is free.
 * Errors  -errno, so -ENOSPC: its blocks are taken at once, none are missing later; ERR_RANGE for a count of 0. A file of another
 *         shape is begun anew, and what was in it is not read.
 * Thread  one owner; one process (the engine's lock sees to that).
 */
#ifndef OUTDIAL_DIALER_RELICS_H
#define OUTDIAL_DIALER_RELICS_H

#include <stdbool.h>
#include <stdint.h>

struct relic {
	uint64_t sum;     /* of what follows; 0: free */
	int64_t since_us; /* when the INVITE left or came */
	uint32_t cseq;    /* of the INVITE */
	uint16_t peer_port;
	uint8_t via;      /* enum wire_transport */
	uint8_t answered; /* BYE ends it; else CANCEL */
	uint8_t by_peer;  /* as in struct wire_dialog */
	char peer_ip[46];
	char branch[81];  /* of the INVITE's Via */
	char call_id[120];
	char local[180], remote[180]; /* From and To of our requests, with tags */
	char target[180], route[200]; /* request URI; Route or "" */
};

struct relics;

/*
 * Maps the file, made when it is not there, and empties it; *left (to be freed) gets the *left_count relics that were in it, also
 * when it fails: the disk that is full now may be what ended the engine.
 */
int relics_open(struct relics **relics, const char *path, uint32_t count, struct relic **left, uint32_t *left_count);
void relics_close(struct relics *relics); /* NULL is fine; the slots stay as they are */
/* `relic` with its sum. relics NULL: nothing happens. */
void relics_put(struct relics *relics, uint32_t slot, const struct relic *relic);
void relics_clear(struct relics *relics, uint32_t slot);

#endif
