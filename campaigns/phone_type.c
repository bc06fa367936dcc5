/* phone_type.c - see phone_type.h */
#include "campaigns/phone_type.h"

static const char *const names[PHONE_TYPES] = {[PHONE_ANY] = "",
	[PHONE_MOBILE] = "mobile",
	[PHONE_FIXED] = "fixed",
	[PHONE_FIXED_OR_MOBILE] = "fixed_or_mobile",
	[PHONE_TOLL_FREE] = "toll_free",
	[PHONE_PREMIUM] = "premium",
	[PHONE_SHARED_COST] = "shared_cost",
	[PHONE_VOIP] = "voip",
	[PHONE_PERSONAL] = "personal",
	[PHONE_PAGER] = "pager",
	[PHONE_COMPANY] = "company",
	[PHONE_VOICEMAIL] = "voicemail"};

const char *phone_type_name(enum phone_type type)
{
	return (unsigned)type < PHONE_TYPES ? names[type] : "";
}
