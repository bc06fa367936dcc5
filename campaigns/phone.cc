/* phone.cc - libphonenumber behind two C functions; see number.h */
extern "C" {
#include "campaigns/number.h"
}

#include <phonenumbers/phonenumberutil.h>

#include <cstring>
#include <set>
#include <string>

static const size_t E164_DIGITS_MAX = 15;

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

static enum number_code code_of_parse(PhoneNumberUtil::ErrorType error)
{
	switch (error) {
	case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR:
		return NUMBER_INVALID;
	case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
	case PhoneNumberUtil::TOO_SHORT_NSN:
		return NUMBER_SHORT;
	case PhoneNumberUtil::TOO_LONG_NSN:
		return NUMBER_LONG;
	default:
		return NUMBER_SYNTAX;
	}
}

static enum number_code code_of_length(const PhoneNumberUtil &util, const PhoneNumber &number)
{
	switch (util.IsPossibleNumberWithReason(number)) {
	case PhoneNumberUtil::TOO_SHORT:
	case PhoneNumberUtil::IS_POSSIBLE_LOCAL_ONLY:
		return NUMBER_SHORT;
	case PhoneNumberUtil::TOO_LONG:
		return NUMBER_LONG;
	default:
		return NUMBER_INVALID;
	}
}

static enum phone_type type_of(PhoneNumberUtil::PhoneNumberType type)
{
	switch (type) {
	case PhoneNumberUtil::MOBILE:
		return PHONE_MOBILE;
	case PhoneNumberUtil::FIXED_LINE:
		return PHONE_FIXED;
	case PhoneNumberUtil::FIXED_LINE_OR_MOBILE:
		return PHONE_FIXED_OR_MOBILE;
	case PhoneNumberUtil::TOLL_FREE:
		return PHONE_TOLL_FREE;
	case PhoneNumberUtil::PREMIUM_RATE:
		return PHONE_PREMIUM;
	case PhoneNumberUtil::SHARED_COST:
		return PHONE_SHARED_COST;
	case PhoneNumberUtil::VOIP:
		return PHONE_VOIP;
	case PhoneNumberUtil::PERSONAL_NUMBER:
		return PHONE_PERSONAL;
	case PhoneNumberUtil::PAGER:
		return PHONE_PAGER;
	case PhoneNumberUtil::UAN:
		return PHONE_COMPANY;
	case PhoneNumberUtil::VOICEMAIL:
		return PHONE_VOICEMAIL;
	default:
		return PHONE_ANY;
	}
}

extern "C" enum number_code phone_lib_parse(const char *text, const char *region, char e164[NUMBER_BYTES], enum phone_type *type)
{
	const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
	PhoneNumber number;
	std::string out;
	PhoneNumberUtil::ErrorType error = util.Parse(text, region && region[0] ? region : "ZZ", &number);

	if (error != PhoneNumberUtil::NO_PARSING_ERROR)
		return code_of_parse(error);
	*type = type_of(util.GetNumberType(number)); // a number that is not valid has none
	if (*type == PHONE_ANY)
		return code_of_length(util, number);
	util.Format(number, PhoneNumberUtil::E164, &out);
	if (out.size() > 1 + E164_DIGITS_MAX) // libphonenumber knows longer German numbers; E.164 and the store do not
		return NUMBER_LONG;
	if (out.size() < 4)
		return NUMBER_INVALID;
	memcpy(e164, out.c_str(), out.size() + 1);
	return NUMBER_OK;
}

extern "C" bool phone_lib_region(const char *region)
{
	static const std::set<std::string> regions = [] {
		std::set<std::string> all;
		PhoneNumberUtil::GetInstance()->GetSupportedRegions(&all);
		return all;
	}();

	return regions.count(region) > 0;
}

extern "C" uint32_t phone_lib_calling_code(const char *region)
{
	return (uint32_t)PhoneNumberUtil::GetInstance()->GetCountryCodeForRegion(region);
}
