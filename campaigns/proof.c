/* proof.c - see proof.h */
#include "campaigns/proof.h"

#include "campaigns/base64.h"
#include "campaigns/manifest.h"
#include "campaigns/pruned.h"
#include "campaigns/sealed.h"
#include "campaigns/segment.h"
#include "campaigns/sha256.h"
#include "campaigns/verify.h"

#include "base/err.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TITLE "outdial-proof/1"

/* --- making */

struct making {
	struct store *store;
	struct proof *out;
	struct merkle tree;
	struct merkle_path paths[PROOF_EVENTS_MAX];
	uint64_t size; /* of the checkpoint */
	char *why;
};

static int making_h(void *arg, const char *line, size_t bytes)
{
	struct making *making = arg;
	struct proof *out = making->out;
	struct hash leaf = merkle_leaf(making->tree.sha, line, bytes);

	if (line_of_attempt(line, bytes, out->attempt)) {
		struct proof_event *event = &out->events[out->count];

		if (out->count == PROOF_EVENTS_MAX)
			return ERR_FULL;
		memcpy(event->line, line, bytes);
		event->line[bytes] = '\0';
		event->line_bytes = bytes;
		making->paths[out->count++].index = making->tree.size;
	}
	merkle_add(&making->tree, &leaf, making->paths, out->count);
	return 0;
}

static int make_segment(struct making *making, const struct sealed *sealed)
{
	char name[SEGMENT_NAME_BYTES], path[4096 + SEGMENT_NAME_BYTES];
	FILE *file;
	int err;

	segment_name(sealed->first, sealed->last, SEGMENT_LINES, name);
	snprintf(path, sizeof(path), "%s/evidence/%s", store_dir(making->store), name);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	err = segment_read(file, making_h, making);
	fclose(file);
	return err;
}

static int make_paths(struct making *making)
{
	struct proof *out = making->out;
	struct pruned pruned;
	struct sealed sealed;
	struct hash root;
	int err = pruned_read(making->store, &pruned);

	if (!err && !pruned_tree(&pruned, &making->tree))
		err = ERR_STORE;
	while (!err && making->tree.size < making->size) {
		err = sealed_read_next(making->store, making->tree.size, &sealed);
		if (!err)
			err = make_segment(making, &sealed);
	}
	if (err)
		return err == ERR_UNKNOWN ? ERR_STORE : err;
	root = merkle_root(&making->tree, making->paths, out->count);
	if (making->tree.size != making->size || !merkle_equal(&root, &out->checkpoint.root))
		return say(making->why, ERR_WRONG_STATE,
			"the segments are not what the checkpoint was signed for: see 'outdial verify'");
	for (uint32_t i = 0; i < out->count; i++)
		out->events[i].path = making->paths[i];
	return 0;
}

/* Is there a line of the attempt in the store that no checkpoint covers yet? */
static int check_tail(struct making *making)
{
	struct tail *tail;
	const char *line;
	size_t bytes;
	int got, err = tail_open(&tail, making->store, making->size);

	if (err)
		return err;
	while ((got = tail_next(tail, &line, &bytes)) > 0 && !line_of_attempt(line, bytes, making->out->attempt))
		;
	tail_close(tail);
	return got <= 0 ? got
			: say(making->why, ERR_WRONG_STATE,
				  "attempt %llu has events that are not sealed yet: run 'outdial seal' first",
				  (unsigned long long)making->out->attempt);
}

static int read_signed(struct making *making)
{
	char path[4096], *text = NULL;
	struct sign_key *key = NULL;
	size_t bytes;
	int err;

	snprintf(path, sizeof(path), "%s/signer/public.pem", store_dir(making->store));
	err = sign_public_load(&key, path);
	if (!err)
		err = sign_public_bytes(key, making->out->key);
	sign_key_free(key);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/evidence/checkpoint", store_dir(making->store));
	err = file_text(path, CHECKPOINT_BYTES - 1, &text, &bytes);
	if (err)
		return err;
	err = checkpoint_parse(text, bytes, &making->out->checkpoint);
	memcpy(making->out->checkpoint_text, text, bytes + 1);
	free(text);
	making->size = making->out->checkpoint.size;
	return err;
}

static int make(struct making *making)
{
	int err = read_signed(making);

	if (err == -ENOENT)
		return say(making->why, ERR_WRONG_STATE, "nothing is sealed yet: run 'outdial seal' first");
	if (err)
		return say(making->why, err, "checkpoint or key cannot be read: %s", err_text(err));
	err = check_tail(making);
	if (!err)
		err = make_paths(making);
	if (err)
		return making->why[0] ? err : say(making->why, err, "the sealed log cannot be read: %s", err_text(err));
	if (making->out->count == 0)
		return say(making->why, ERR_UNKNOWN, "there is no attempt %llu in the log",
			(unsigned long long)making->out->attempt);
	return 0;
}

int proof_make(struct store *store, uint64_t attempt, struct proof *out, char *why)
{
	struct making *making = calloc(1, sizeof(*making));
	char ignored[WHY_BYTES];
	int err = making ? merkle_init(&making->tree) : -ENOMEM;

	memset(out, 0, sizeof(*out));
	out->attempt = attempt;
	if (!err) {
		making->store = store;
		making->out = out;
		making->why = why ? why : ignored;
		making->why[0] = '\0';
		err = make(making);
		merkle_fini(&making->tree);
	}
	free(making);
	return err;
}

/* --- text */

int proof_print(const struct proof *proof, char **text, size_t *bytes)
{
	char base64[BASE64_BYTES(HASH_BYTES)];
	FILE *file = open_memstream(text, bytes);

	if (!file)
		return -ENOMEM;
	base64_encode(proof->key, SIGN_PUBLIC_BYTES, base64);
	fprintf(file, TITLE "\nkey %s\nattempt %llu\n", base64, (unsigned long long)proof->attempt);
	for (uint32_t i = 0; i < proof->count; i++) {
		const struct proof_event *event = &proof->events[i];

		fprintf(file, "event %s\n", event->line);
		for (uint32_t k = 0; k < event->path.count; k++) {
			base64_encode(event->path.hashes[k].bytes, HASH_BYTES, base64);
			fprintf(file, "path %s\n", base64);
		}
	}
	fprintf(file, "checkpoint\n%s", proof->checkpoint_text);
	return fclose(file) ? -ENOMEM : 0;
}

struct text {
	const char *at, *end;
	const char *line; /* behind its word */
	size_t bytes;
};

/* Is the next line `word` and a blank and something? Then it is taken. */
static bool take(struct text *text, const char *word)
{
	size_t word_bytes = strlen(word);
	const char *newline = memchr(text->at, '\n', (size_t)(text->end - text->at));

	if (!newline || (size_t)(newline - text->at) < word_bytes || memcmp(text->at, word, word_bytes) != 0)
		return false;
	text->line = text->at + word_bytes;
	text->bytes = (size_t)(newline - text->line);
	text->at = newline + 1;
	return true;
}

static bool parse_event(struct text *text, struct proof_event *event)
{
	struct line_head head;

	if (text->bytes > LINE_BYTES_MAX || memchr(text->line, '\0', text->bytes) ||
		!line_parse_head(text->line, text->bytes, &head))
		return false;
	memcpy(event->line, text->line, text->bytes);
	event->line[text->bytes] = '\0';
	event->line_bytes = text->bytes;
	event->path.index = head.seq;
	for (event->path.count = 0; take(text, "path "); event->path.count++)
		if (event->path.count == MERKLE_LEVELS ||
			base64_decode(text->line, text->bytes, event->path.hashes[event->path.count].bytes, HASH_BYTES) !=
				HASH_BYTES)
			return false;
	return true;
}

static bool parse_attempt(struct text *text, uint64_t *attempt)
{
	char again[24];

	*attempt = 0;
	for (size_t i = 0; i < text->bytes && i < 20; i++)
		*attempt = *attempt * 10 + (uint64_t)(text->line[i] - '0');
	return (size_t)snprintf(again, sizeof(again), "%llu", (unsigned long long)*attempt) == text->bytes &&
	       memcmp(again, text->line, text->bytes) == 0;
}

int proof_parse(const char *text, size_t bytes, struct proof *out)
{
	struct text rest = {.at = text, .end = text + bytes};
	size_t left;

	memset(out, 0, sizeof(*out));
	if (!take(&rest, TITLE) || rest.bytes || !take(&rest, "key ") ||
		base64_decode(rest.line, rest.bytes, out->key, SIGN_PUBLIC_BYTES) != SIGN_PUBLIC_BYTES ||
		!take(&rest, "attempt ") || !parse_attempt(&rest, &out->attempt))
		return ERR_SYNTAX;
	while (take(&rest, "event "))
		if (out->count == PROOF_EVENTS_MAX || !parse_event(&rest, &out->events[out->count++]))
			return ERR_SYNTAX;
	if (out->count == 0 || !take(&rest, "checkpoint") || rest.bytes)
		return ERR_SYNTAX;
	left = (size_t)(rest.end - rest.at);
	if (left >= CHECKPOINT_BYTES || checkpoint_parse(rest.at, left, &out->checkpoint))
		return ERR_SYNTAX;
	memcpy(out->checkpoint_text, rest.at, left);
	return 0;
}

/* --- checking */

static int check_events(const struct proof *proof, struct sha256 *sha, char *why)
{
	for (uint32_t i = 0; i < proof->count; i++) {
		const struct proof_event *event = &proof->events[i];
		struct hash leaf = merkle_leaf(sha, event->line, event->line_bytes);
		unsigned long long seq = event->path.index;

		if (i && event->path.index <= proof->events[i - 1].path.index)
			return say(why, ERR_CRYPTO, "seq %llu: events are not in order", seq);
		if (!line_of_attempt(event->line, event->line_bytes, proof->attempt))
			return say(why, ERR_CRYPTO, "seq %llu: an event of something else than attempt %llu", seq,
				(unsigned long long)proof->attempt);
		if (!merkle_check_path(sha, &leaf, &event->path, proof->checkpoint.size, &proof->checkpoint.root))
			return say(
				why, ERR_CRYPTO, "seq %llu: the line is not in the log that the checkpoint was signed for", seq);
	}
	return 0;
}

int proof_check(const struct proof *proof, const struct sign_key *key, char *why)
{
	struct sign_key *own = NULL;
	struct sha256 *sha;
	int err = key ? 0 : sign_public_of(&own, proof->key);

	if (err)
		return say(why, ERR_CRYPTO, "the key in it is none");
	if (!checkpoint_check(&proof->checkpoint, key ? key : own)) {
		sign_key_free(own);
		return say(why, ERR_CRYPTO, "the checkpoint's signature is not by this key");
	}
	sign_key_free(own);
	sha = sha256_alloc();
	if (!sha)
		return say(why, -ENOMEM, "out of memory");
	err = check_events(proof, sha, why);
	sha256_free(sha);
	return err;
}
