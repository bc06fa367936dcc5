/*
 * far_options.h - the command line of a far end as a table, from which parser and help follow
 *
 * What    An option's value goes into a member of the program's own struct, or to a function of its own.
 * Errors  far_options() says what is wrong on standard error ("PROGRAM: --OPTION: SENTENCE") and answers ERR_RANGE.
 */
#ifndef OUTDIAL_TOOLS_FAR_OPTIONS_H
#define OUTDIAL_TOOLS_FAR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes a value; answers NULL, or the sentence that says what is wrong with it (valid until the next call). */
typedef const char *far_option_h(void *to, const char *value);

struct far_option {
	const char *name;
	const char *value; /* its name in the help; NULL: the option stands alone */
	const char *help;  /* "\n" where a second line begins */
	enum { FAR_FLAG, FAR_TEXT, FAR_NUMBER, FAR_SECONDS, FAR_OWN } kind; /* bool, const char *, int64_t, int64_t in us */
	size_t at;                                                          /* the member, offsetof() */
	int64_t max;                                                        /* of FAR_NUMBER and FAR_SECONDS, which begin at 1 */
	far_option_h *take; /* of FAR_OWN; value is NULL when the option stands alone */
};

struct far_program {
	const char *name;
	const char *usage;                /* what stands above the options in the help */
	const struct far_option *options; /* at most 30; ends with name NULL */
};

/* 0: go on; 1: help was asked for and printed; negative: wrong, and said so. `to` is the struct that the members are of. */
int far_options(const struct far_program *program, void *to, int argc, char **argv);
/* Says "PROGRAM: WHAT: SENTENCE" on standard error; answers ERR_RANGE. */
int far_complain(const char *program, const char *what, const char *sentence);

/* "127.0.0.1:5080" and "16000-16999" into their parts; false: they are no such text. */
bool far_address(const char *text, char ip[46], uint16_t *port);
bool far_ports(const char *text, uint16_t *min, uint16_t *max);

#endif
