/* ask.c - a secret: from a file, from a pipe, or from a terminal that does not show it */
#include "tools/outdial/outdial.h"

#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define SECRET_BYTES 64

/* One line without its end. Control characters cannot be typed on a phone, so they mean a wrong file. */
static int secret_take(FILE *file, char out[SECRET_BYTES], char why[WHY_BYTES])
{
	char line[512];
	int err = 0;

	if (!fgets(line, sizeof(line), file)) {
		line[0] = '\0';
		if (ferror(file)) {
			err = -errno;
			snprintf(why, WHY_BYTES, "the secret cannot be read: %s", err_text(err));
			return err;
		}
	}
	line[strcspn(line, "\r\n")] = '\0';
	for (const char *p = line; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			err = ERR_SYNTAX;
	if (err) {
		snprintf(why, WHY_BYTES, "the secret holds control characters: is this the right file?");
	} else if (!*line) {
		snprintf(why, WHY_BYTES, "the secret is empty");
		err = ERR_RANGE;
	} else if (!text_copy(out, SECRET_BYTES, line)) {
		snprintf(why, WHY_BYTES, "the secret is longer than %d bytes", SECRET_BYTES - 1);
		err = ERR_RANGE;
	}
	explicit_bzero(line, sizeof(line));
	return err;
}

static int secret_of_file(const char *path, char out[SECRET_BYTES], char why[WHY_BYTES])
{
	FILE *file = fopen(path, "re");

	if (!file) {
		int err = -errno;

		snprintf(why, WHY_BYTES, "secret file %.80s: %s", path, err_text(err));
		return err;
	}
	int err = secret_take(file, out, why);

	fclose(file);
	return err;
}

/*
 * Reads keys one by one. ISIG is off as well: Ctrl-C arrives as a key, so that no signal can end the program while the echo is
 * off.
 */
static int secret_keys(char out[SECRET_BYTES], char why[WHY_BYTES])
{
	size_t length = 0;
	char key;

	for (;;) {
		if (read(STDIN_FILENO, &key, 1) != 1 || key == 3 || key == 4) {
			snprintf(why, WHY_BYTES, "cancelled, nothing was changed");
			return -ECANCELED;
		}
		if (key == '\r' || key == '\n')
			break;
		if ((key == 127 || key == 8) && length > 0)
			length--;
		else if ((unsigned char)key >= ' ' && key != 127 && length < SECRET_BYTES - 1)
			out[length++] = key;
	}
	out[length] = '\0';
	if (length)
		return 0;
	snprintf(why, WHY_BYTES, "the secret is empty");
	return ERR_RANGE;
}

static int secret_typed(const char *prompt, char out[SECRET_BYTES], char why[WHY_BYTES])
{
	struct termios before, silent;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return -errno;
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
	silent.c_cc[VMIN] = 1;
	silent.c_cc[VTIME] = 0;
	fprintf(stderr, "%s: ", prompt);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	int err = secret_keys(out, why);

	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	return err;
}

static int secret_twice(const char *prompt, char out[SECRET_BYTES], char why[WHY_BYTES])
{
	char again[SECRET_BYTES];
	int err = secret_typed(prompt, out, why);

	if (!err)
		err = secret_typed("once more", again, why);
	if (!err && strcmp(out, again) != 0) {
		snprintf(why, WHY_BYTES, "the two secrets differ, nothing was changed");
		err = -ECANCELED;
	}
	explicit_bzero(again, sizeof(again));
	return err;
}

int ask_secret(const char *path, const char *prompt, char out[SECRET_BYTES], char why[WHY_BYTES])
{
	if (path && strcmp(path, "-") != 0)
		return secret_of_file(path, out, why);
	if (isatty(STDIN_FILENO))
		return secret_twice(prompt, out, why);
	return secret_take(stdin, out, why);
}

bool ask_yes(const char *question)
{
	char line[16];

	if (!isatty(STDIN_FILENO))
		return false;
	fprintf(stderr, "%s [y/n] ", question);
	return fgets(line, sizeof(line), stdin) && (line[0] == 'y' || line[0] == 'Y');
}
