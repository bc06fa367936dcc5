/*
 * rulepack_reader.h - what reading a rule pack is made of (for rulepack.c, which has lines and sections, and rulepack_values.c)
 */
#ifndef OUTDIAL_CAMPAIGNS_RULEPACK_READER_H
#define OUTDIAL_CAMPAIGNS_RULEPACK_READER_H

#include "campaigns/rulepack.h"

struct rulepack_reader {
	struct rulepack *pack;
	struct rule *rule;         /* the section that is read; NULL: another */
	struct holidays *holidays;
	bool in_pack;
	bool kept;                 /* the text was loaded already */
	uint32_t given;            /* keys of the rule, by their place in the table */
	char wants[32];            /* table of holidays that the rule names */
	int wants_line;
	int guard_s;
	int line, rule_line;
	char key[48];
	char *why;
};

/* A key of a rule. `set` answers NULL, or what was expected in place of the value. */
typedef const char *rulepack_value_h(struct rulepack_reader *reader, const char *value);

struct rulepack_key {
	const char *name;
	rulepack_value_h *set;
	unsigned may, must; /* kinds of rules */
};

#define RULEPACK_KEYS 19
#define RULEPACK_GIVEN_DAYS (UINT32_C(1) << 31)

extern const struct rulepack_key rulepack_keys[RULEPACK_KEYS];
extern const char *const rulepack_kinds[];

/* "2026-11-22". NULL, or what was expected. */
const char *rulepack_date(char out[11], const char *value);
/* A duration. A bare number is seconds here: packs that a store has from before times needed a unit stay in force. */
bool rulepack_span(const char *value, int64_t *us);
/* "mon", "mon-fri", "sat,sun", "daily", "holiday": a bit a day, 0: it is none of these. */
unsigned rulepack_days(const char *key);
/* The hours of these days. NULL, or what was expected. */
const char *rulepack_set_days(struct rulepack_reader *reader, unsigned days, const char *value);

#endif
