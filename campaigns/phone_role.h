/*
 * phone_role.h - whose number it is, of a lead that has several (pure)
 *
 * What    A number has the role that its column says: by its title (phone_guarantor, 担保人电话) or by --role. Without one the lead's
 *         column `role` decides, else it is the debtor's own. Rules that are for some roles only ask for each number (limits.h).
 */
#ifndef OUTDIAL_CAMPAIGNS_PHONE_ROLE_H
#define OUTDIAL_CAMPAIGNS_PHONE_ROLE_H

#include <stddef.h>

enum phone_role {
	PHONE_UNSAID,
	PHONE_DEBTOR,
	PHONE_GUARANTOR,
	PHONE_THIRD_PARTY,
	PHONE_OTHER, /* not the debtor's own: rules treat it as they treat the strictest */
	PHONE_ROLES
};

/* "" for PHONE_UNSAID, "debtor", "guarantor", "third_party", "other". */
const char *phone_role_name(enum phone_role role);
/* PHONE_UNSAID: no such name. */
enum phone_role phone_role_find(const char *name);
/*
 * What a row's column `role` says, in any case, blanks and signs aside. PHONE_OTHER: none of the words, so that it may be
 * anybody.
 */
enum phone_role phone_role_read(const char *text);
/*
 * A title without blanks and signs, in lower case: takes the word for a role away from its beginning or its end
 * ("guarantorphone2").
 */
enum phone_role phone_role_strip(char *folded);

#endif
