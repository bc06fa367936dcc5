/* keys.c - two-key commands */
#include "dialer/keys.h"

enum key_action keys_step(struct keys *keys, char key, char *digit)
{
	char prefix = keys->prefix;

	keys->prefix = key == '#' || key == '*' ? key : 0;
	if (prefix == '#' && key >= '0' && key <= '9') {
		*digit = key;
		return KEY_DISPOSITION;
	}
	if (prefix != '*')
		return KEY_NONE;
	switch (key) {
	case '1':
		return KEY_READY;
	case '2':
		return KEY_PAUSE;
	case '3':
		return KEY_HANGUP;
	case '4':
		return KEY_DIAL;
	case '5':
		return KEY_SKIP;
	case '6':
		return KEY_RECORD_PAUSE;
	case '7':
		return KEY_RECORD_RESUME;
	case '8':
		*digit = 'p';
		return KEY_DISPOSITION;
	default:
		return KEY_NONE;
	}
}
