/* err.c - texts of error numbers */
#include "base/err.h"

#include <string.h>

static const struct {
	enum err code;
	const char *text;
} err_texts[] = {
	{ERR_SYNTAX, "malformed input"},
	{ERR_SCHEMA, "the store has another schema version"},
	{ERR_EXISTS, "already exists"},
	{ERR_UNKNOWN, "no such thing"},
	{ERR_WRONG_STATE, "not possible in this state"},
	{ERR_FULL, "a limit was reached"},
	{ERR_STORE, "the data base refused"},
	{ERR_CRYPTO, "encryption failed"},
	{ERR_ENCODING, "unknown text encoding"},
	{ERR_RANGE, "value out of range"},
};

const char *err_text(int err)
{
	if (err == 0)
		return "success";
	for (unsigned i = 0; i < sizeof(err_texts) / sizeof(err_texts[0]); i++)
		if ((int)err_texts[i].code == err)
			return err_texts[i].text;
	return strerror(-err);
}
