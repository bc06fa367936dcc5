/* Challenges and credentials from outside. */
#include "dialer/digest.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void answer_it(const struct digest *d)
{
	static const uint8_t key[32];
	char out[DIGEST_HEADER_MAX];
	struct digest again;
	digest_verify(d, "0123456789abcdef0123456789abcdef", "INVITE");
	digest_nonce_check(key, 0, 0, d->realm, d->nonce);
	if (digest_answer(d, "user", "secret", "INVITE", "sip:a@b", "c", out, sizeof(out)))
		return;
	if (digest_parse(out, &again) || strcmp(again.nonce, d->nonce) || strcmp(again.realm, d->realm) || again.hash != d->hash)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct digest d;
	char *text = malloc(size + 1);
	memcpy(text, data, size);
	text[size] = 0;
	if (!digest_parse(text, &d))
		answer_it(&d);
	free(text);
	return 0;
}
