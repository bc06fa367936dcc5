/* SDP: what parses must print, and what we print must parse to the same again. */
#include "dialer/offer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool fact)
{
	if (!fact)
		abort();
}

static void answer_it(const struct offer *remote)
{
	const struct media_srtp key = {MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80, {7}};
	struct offer answer, again;
	struct media_remote to;
	char text[OFFER_TEXT_MAX];
	if (offer_answer(remote, "127.0.0.1", 4000, &key, &answer))
		return;
	must(!offer_print(&answer, text, sizeof(text)));
	must(!offer_parse(text, strlen(text), &again, NULL));
	must(again.port == 4000 && again.sections == remote->sections && again.section == remote->section);
	must(again.savp == remote->savp && again.crypto_tag == answer.crypto_tag && again.dtmf_type == remote->dtmf_type);
	must(!offer_remote(&answer, remote, &to));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct offer offer;
	char why[160];
	char *text = malloc(size ? size : 1); /* exactly as long as it is, so that a step too far is seen */
	memcpy(text, data, size);
	if (!offer_parse(text, size, &offer, why)) {
		must(offer.port && offer.ip[0] && offer.sections && offer.section < offer.sections);
		must(offer.pcmu >= 0 || offer.pcma >= 0);
		answer_it(&offer);
	}
	free(text);
	return 0;
}
