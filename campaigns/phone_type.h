/*
 * phone_type.h - what kind of line a number is, as far as its digits say
 *
 * Source  libphonenumber's types (phone.cc), or the table that was made from them (number_data.h). In North America mobile and
 *         fixed numbers look alike.
 */
#ifndef OUTDIAL_CAMPAIGNS_PHONE_TYPE_H
#define OUTDIAL_CAMPAIGNS_PHONE_TYPE_H

enum phone_type { /* stored in leads: new ones at the end */
	PHONE_ANY, /* not known */
	PHONE_MOBILE,
	PHONE_FIXED,
	PHONE_FIXED_OR_MOBILE,
	PHONE_TOLL_FREE,
	PHONE_PREMIUM,
	PHONE_SHARED_COST,
	PHONE_VOIP,
	PHONE_PERSONAL, /* follows a person to whatever line */
	PHONE_PAGER,
	PHONE_COMPANY, /* one number for all branches */
	PHONE_VOICEMAIL,
	PHONE_TYPES
};

/* "mobile", "fixed", "fixed_or_mobile", "toll_free", "premium", ...; "" for PHONE_ANY. Static. */
const char *phone_type_name(enum phone_type type);

#endif
