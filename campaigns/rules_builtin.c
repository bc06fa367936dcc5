/* rules_builtin.c - the rule packs of campaigns/rules/, as text inside the program: the Makefile writes them into rules_builtin.inc */
#include "campaigns/rules.h"

#include <stddef.h>

const struct rules_builtin rules_builtin[] = {
#include "campaigns/rules_builtin.inc"
	{NULL, NULL}};
