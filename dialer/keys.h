/*
 * keys.h - what an agent's telephone keys mean (pure)
 *
 * What    Commands are two keys, so that single digits still reach the called person's menus:
 *           #0..#9 disposition (campaigns/outcome.h; #9 is do-not-call, #0 a machine)   *1 ready   *2 pause   *3 hang up
 *           *4 dial the lead that is shown   *5 the next lead   *6 pause the recording   *7 go on with it
 *           *8 disposition personal_callback, as #4 but for this seat alone
 */
#ifndef OUTDIAL_DIALER_KEYS_H
#define OUTDIAL_DIALER_KEYS_H

enum key_action {
	KEY_NONE,
	KEY_DISPOSITION,
	KEY_READY,
	KEY_PAUSE,
	KEY_HANGUP,
	KEY_DIAL,
	KEY_SKIP,
	KEY_RECORD_PAUSE,
	KEY_RECORD_RESUME
};

struct keys {
	char prefix; /* '#', '*' or 0 */
};

/* One key press; for KEY_DISPOSITION the digit is in *digit. */
enum key_action keys_step(struct keys *keys, char key, char *digit);

#endif
