/*
 * checkpoint.h - a signed statement of the log's size and root, as one small text (pure, but for the signature's arithmetic)
 *
 * What    The signed-note form of C2SP (tlog-checkpoint): three lines that are signed - origin, size, root in base64 -, an empty
 *         line, and lines of signatures "— NAME BASE64", where the bytes are the key's four-byte id and 64 bytes of Ed25519. Ours
 *         has the origin as its name; signatures of others (witnesses) may follow and are passed over.
 * Shape   at most CHECKPOINT_BYTES of text.
 * Errors  ERR_SYNTAX.
 */
#ifndef OUTDIAL_CAMPAIGNS_CHECKPOINT_H
#define OUTDIAL_CAMPAIGNS_CHECKPOINT_H

#include "campaigns/merkle.h"
#include "campaigns/sign.h"

#define CHECKPOINT_BYTES 4096
#define ORIGIN_BYTES 64

struct checkpoint {
	char origin[ORIGIN_BYTES];
	uint64_t size;
	struct hash root;
	unsigned char key_id[4];
	unsigned char signature[SIGN_BYTES];
};

/* "outdial/<tag of the store>" */
void checkpoint_origin(const char *tag, char out[ORIGIN_BYTES]);
/* Signs and prints it. */
int checkpoint_print(struct checkpoint *checkpoint, const struct sign_key *key, char out[CHECKPOINT_BYTES]);
int checkpoint_parse(const char *text, size_t bytes, struct checkpoint *out);
/* Is its signature that of this key? */
bool checkpoint_check(const struct checkpoint *checkpoint, const struct sign_key *key);

#endif
