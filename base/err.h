/*
 * err.h - error numbers of Outdial
 *
 * What    Functions answer 0 or a negative error: -errno of the system, or one of ours below -1000.
 *         A programmer's error asserts; an environment's error is returned; a domain outcome (busy, machine,
 *         no seat free, queue full) is a value with a counter and never an error.
 */
#ifndef OUTDIAL_BASE_ERR_H
#define OUTDIAL_BASE_ERR_H

enum err {
	ERR_SYNTAX = -1001,      /* bytes from outside do not follow their grammar */
	ERR_SCHEMA = -1002,      /* the store was written by another schema version */
	ERR_EXISTS = -1003,      /* a thing of this name is already there */
	ERR_UNKNOWN = -1004,     /* no thing of this name or number */
	ERR_WRONG_STATE = -1005, /* right thing, wrong moment (start a finished campaign, ...) */
	ERR_FULL = -1006,        /* a bound was reached; a counter says which */
	ERR_STORE = -1007,       /* the data base said something that has no errno */
	ERR_CRYPTO = -1008,      /* libsrtp or libcrypto refused */
	ERR_ENCODING = -1009,    /* text is in no encoding that we could be sure of */
	ERR_RANGE = -1010,       /* a value is outside its documented range */
};

/* A short English phrase for an error (0, negative errno or enum err). Static or thread-local; valid until the next call. */
const char *err_text(int err);

#endif
