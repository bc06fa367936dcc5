/* column_names.c - see column_names.h */
#include "campaigns/column_names.h"

#include <string.h>

#define FOLDED_BYTES 64

static const char *const phones[] = {"phone", "phonenumber", "phoneno", "telephone", "telephonenumber", "tel", "telno", "mobile",
	"mobilephone", "mobilenumber", "mobileno", "cell", "cellphone", "msisdn", "contactnumber", "电话", "电话号码", "手机",
	"手机号", "手机号码", "联系电话", "联系手机", "移动电话", "联系方式", "本人电话", "本人手机", "電話", "手機",
	"telefon", "telefonnummer", "telefonnr", "rufnummer", "handy", "handynummer", "mobil", "mobilnummer", "mobiltelefon",
	"téléphone", "tél", "teléfono", "telefono", "celular", "móvil", "movil", "cellulare", NULL};
static const char *const other_phones[] = {"altphone", "alternatephone", "otherphone", "secondphone", "homephone", "workphone",
	"officephone", "landline", "备用电话", "备用手机", "备用号码", "固定电话", "固话", "座机", "家庭电话", "住宅电话",
	"办公电话", "单位电话", "公司电话", "其他电话", NULL};
static const char *const names[] = {
	"name", "fullname", "customername", "clientname", "contactname", "姓名", "客户姓名", "名字", "客户名称", NULL};
static const char *const zones[] = {"zone", "timezone", "tz", "时区", "時區", NULL};
static const char *const priorities[] = {"priority", "优先级", "優先級", NULL};
static const char *const externals[] = {
	"externalid", "extid", "external", "customerid", "clientid", "accountid", "编号", "客户编号", "客户号", "外部编号", NULL};
static const char *const rejects[] = {"_record", "_line", "_code", "_field", "_message", NULL};

static bool among(const char *const *list, const char *text)
{
	for (; *list; list++) {
		if (strcmp(*list, text) == 0)
			return true;
	}
	return false;
}

/* Lower case, without what does not count. */
static void fold(const char *title, char out[FOLDED_BYTES])
{
	size_t n = 0;
	const char *at;

	for (at = title; *at && n < FOLDED_BYTES - 1; at++) {
		if (n && (strchr("([", *at) || strncmp(at, "（", 3) == 0 || strncmp(at, "【", 3) == 0))
			break;
		if (strchr(" _-.:#*\t", *at))
			continue;
		out[n++] = *at >= 'A' && *at <= 'Z' ? (char)(*at + 32) : *at;
	}
	out[n] = 0;
}

/* "phone2" is a telephone column of rank 1. */
static bool phone_title(char *folded, struct column_name *out)
{
	size_t n = strlen(folded);
	int rank = 0;

	if (n > 1 && folded[n - 1] >= '1' && folded[n - 1] <= '9') {
		rank = folded[n - 1] - '1';
		folded[n - 1] = 0;
	}
	if (among(phones, folded))
		*out = (struct column_name){.role = COLUMN_PHONE, .rank = rank};
	else if (among(other_phones, folded))
		*out = (struct column_name){.role = COLUMN_PHONE, .rank = COLUMN_RANKS - 1};
	else
		return false;
	return true;
}

/* A number of somebody else comes after the debtor's own, unless a digit gives it a place. */
static bool phone_find(char *folded, struct column_name *out)
{
	char whole[FOLDED_BYTES];
	enum phone_role role;

	strcpy(whole, folded);
	role = phone_role_strip(folded);
	if (role == PHONE_UNSAID || !phone_title(folded, out))
		return phone_title(whole, out);
	out->phone = role;
	if (role != PHONE_DEBTOR && out->rank == 0)
		out->rank = COLUMN_RANKS - 1;
	return true;
}

bool column_name_find(const char *title, struct column_name *out)
{
	char folded[FOLDED_BYTES];

	fold(title, folded);
	if (among(rejects, title))
		*out = (struct column_name){.role = COLUMN_REJECT};
	else if (among(names, folded))
		*out = (struct column_name){.role = COLUMN_FIELD, .key = "name"};
	else if (among(externals, folded))
		*out = (struct column_name){.role = COLUMN_FIELD, .key = "external_id"};
	else if (among(zones, folded))
		*out = (struct column_name){.role = COLUMN_ZONE};
	else if (among(priorities, folded))
		*out = (struct column_name){.role = COLUMN_PRIORITY};
	else
		return phone_find(folded, out);
	return true;
}

bool column_role_find(const char *key, struct column_name *out)
{
	if (strcmp(key, "ignore") == 0) {
		*out = (struct column_name){.role = COLUMN_IGNORED};
		return true;
	}
	return column_name_find(key, out);
}

bool column_title_same(const char *a, const char *b)
{
	char folded_a[FOLDED_BYTES], folded_b[FOLDED_BYTES];

	if (strcmp(a, b) == 0)
		return true;
	fold(a, folded_a);
	fold(b, folded_b);
	return folded_a[0] && strcmp(folded_a, folded_b) == 0;
}
