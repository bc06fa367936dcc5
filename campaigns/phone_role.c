/* phone_role.c - see phone_role.h */
#include "campaigns/phone_role.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static const char *const names[PHONE_ROLES] = {[PHONE_UNSAID] = "",
	[PHONE_DEBTOR] = "debtor",
	[PHONE_GUARANTOR] = "guarantor",
	[PHONE_THIRD_PARTY] = "third_party",
	[PHONE_OTHER] = "other"};

static const struct {
	const char *word;
	enum phone_role role;
} words[] = {{"debtor", PHONE_DEBTOR}, {"本人", PHONE_DEBTOR}, {"借款人", PHONE_DEBTOR}, {"guarantor", PHONE_GUARANTOR},
	{"担保人", PHONE_GUARANTOR}, {"擔保人", PHONE_GUARANTOR}, {"thirdparty", PHONE_THIRD_PARTY}, {"reference", PHONE_THIRD_PARTY},
	{"emergencycontact", PHONE_THIRD_PARTY}, {"第三人", PHONE_THIRD_PARTY}, {"第三方", PHONE_THIRD_PARTY},
	{"紧急联系人", PHONE_THIRD_PARTY}};

const char *phone_role_name(enum phone_role role)
{
	return (unsigned)role < PHONE_ROLES ? names[role] : "";
}

enum phone_role phone_role_find(const char *name)
{
	int role = PHONE_ROLES - 1;

	while (role > PHONE_UNSAID && strcmp(names[role], name) != 0)
		role--;
	return (enum phone_role)role;
}

/* Is `word`, in lower case and without blanks and signs, what the text says? */
static bool says(const char *text, const char *word)
{
	for (; *text; text++) {
		if (strchr(" \t_-.", *text))
			continue;
		if (tolower((unsigned char)*text) != (unsigned char)*word++)
			return false;
	}
	return *word == '\0';
}

enum phone_role phone_role_read(const char *text)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (says(text, words[i].word))
			return words[i].role;
	return PHONE_OTHER;
}

/* A word alone is no title of a number. */
static bool strip(char *folded, const char *word)
{
	size_t bytes = strlen(word), all = strlen(folded);

	if (all <= bytes)
		return false;
	if (strncmp(folded, word, bytes) == 0)
		memmove(folded, folded + bytes, all - bytes + 1);
	else if (strcmp(folded + all - bytes, word) == 0)
		folded[all - bytes] = '\0';
	else
		return false;
	return true;
}

enum phone_role phone_role_strip(char *folded)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strip(folded, words[i].word))
			return words[i].role;
	}
	return PHONE_UNSAID;
}
