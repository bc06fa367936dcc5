/* fuzz_record.c - records on disk: a decoder never reads outside of its bytes and its texts always end */
#include "campaigns/codec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first bytes choose the calls, the rest is the record. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t calls = size < 16 ? size : 16;
	struct dec dec = dec_start(data + calls, size - calls, 1);
	char text[20], blob[64];

	for (size_t i = 0; i < calls; i++) {
		switch (data[i] % 6) {
		case 0:
			dec_u8(&dec);
			break;
		case 1:
			dec_u16(&dec);
			break;
		case 2:
			dec_u64(&dec);
			break;
		case 3:
			dec_text(&dec, text, sizeof(text));
			if (strnlen(text, sizeof(text)) == sizeof(text))
				abort();
			break;
		case 4:
			if (dec_blob(&dec, blob, sizeof(blob)) > sizeof(blob))
				abort();
			break;
		default:
			dec_f64(&dec);
		}
	}
	return 0;
}
