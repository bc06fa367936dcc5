/* cause.c - see cause.h */
#include "campaigns/cause.h"

#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A parameter's value without its quotes. */
struct param {
	const char *name, *value;
	size_t name_length, value_length;
};

static const char *skip_blank(const char *at)
{
	return at + strspn(at, " \t");
}

/* Behind the value at `at`: a quoted string, or up to a separator. */
static const char *read_value(const char *at, struct param *param)
{
	if (*at != '"') {
		param->value = at;
		param->value_length = strcspn(at, ";, \t");
		return at + param->value_length;
	}
	param->value = ++at;
	while (*at && *at != '"')
		at += *at == '\\' && at[1] ? 2 : 1;
	param->value_length = (size_t)(at - param->value);
	return at + (*at == '"');
}

/* The next ";name=value"; NULL: the value of the header is over. *at then stands at "," or the end. */
static bool next_param(const char **at, struct param *param)
{
	const char *from = skip_blank(*at);

	*at = from;
	if (*from != ';')
		return false;
	*param = (struct param){.name = skip_blank(from + 1), .value = ""};
	param->name_length = strcspn(param->name, "=;, \t");
	from = skip_blank(param->name + param->name_length);
	*at = *from == '=' ? read_value(skip_blank(from + 1), param) : from;
	return true;
}

static bool is(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

/* Whole decimal from 1 to 127, else 0. */
static uint8_t small_number(const struct param *param)
{
	unsigned value = 0;

	if (param->value_length == 0 || param->value_length > 3)
		return 0;
	for (size_t i = 0; i < param->value_length; i++) {
		if (!isdigit((unsigned char)param->value[i]))
			return 0;
		value = value * 10 + (unsigned)(param->value[i] - '0');
	}
	return value <= 127 ? (uint8_t)value : 0;
}

static void append(char *out, const char *name, const char *text, size_t length)
{
	size_t at = strlen(out);

	if (!length || length + strlen(name) + 3 > CAUSE_REDRESS_BYTES - at)
		return;
	for (size_t i = 0; i < length; i++)
		if (iscntrl((unsigned char)text[i]))
			return;
	snprintf(out + at, CAUSE_REDRESS_BYTES - at, "%s%s=%.*s", at ? " " : "", name, (int)length, text);
}

/* The text of a 603+: "v=analytics1;url=https://a.example;tel=+1...;email=a@b". */
static void read_text(const char *text, size_t length, struct cause *out)
{
	static const char *const contacts[] = {"url", "tel", "email"};
	const char *end = text + length;

	out->blocked = true;
	while (text < end) {
		size_t piece = strcspn(text, ";\"");
		const char *equals = memchr(text, '=', piece);

		if (piece > (size_t)(end - text))
			piece = (size_t)(end - text);
		if (equals && equals < end)
			for (int i = 0; i < 3; i++)
				if (is(text, (size_t)(equals - text), contacts[i]))
					append(out->redress, contacts[i], equals + 1, piece - (size_t)(equals + 1 - text));
		text += piece + 1;
	}
}

static bool is_analytics(const struct param *param)
{
	return param->value_length > 2 && strncasecmp(param->value, "v=", 2) == 0;
}

/* One "protocol;param;param". */
static const char *read_reason(const char *at, int code, struct cause *out)
{
	size_t protocol = strcspn(at, ";, \t");
	bool q850 = is(at, protocol, "Q.850"), sip = is(at, protocol, "SIP");
	struct param param;

	at += protocol;
	while (next_param(&at, &param)) {
		if (q850 && is(param.name, param.name_length, "cause") && !out->q850)
			out->q850 = small_number(&param);
		if (sip && code == 603 && is(param.name, param.name_length, "text") && is_analytics(&param))
			read_text(param.value, param.value_length, out);
	}
	return at;
}

/* The first URL of a Call-Info, of whatever purpose: a 608 has one. */
static void read_call_info(const char *call_info, struct cause *out)
{
	const char *from = strchr(call_info, '<'), *to = from ? strchr(from, '>') : NULL;

	if (to)
		append(out->redress, "url", from + 1, (size_t)(to - from - 1));
}

void cause_read(int code, const char *phrase, const char *reason, const char *call_info, struct cause *out)
{
	*out = (struct cause){.blocked = code == 603 && phrase && strcasestr(phrase, "Network Blocked")};
	for (const char *at = reason ? skip_blank(reason) : ""; *at; at = skip_blank(at)) {
		at = read_reason(at, code, out);
		at += strcspn(at, ",");
		at += *at == ',';
	}
	if (code == 608 && call_info)
		read_call_info(call_info, out);
}

/* Behind "sip:" or "tel:" of the first URI; a display name in quotes is passed over. NULL: neither. */
static const char *first_uri(const char *text)
{
	struct param name;

	text = skip_blank(text);
	if (*text == '"')
		text = read_value(text, &name);
	const char *angle = strchr(text, '<'), *at = angle ? angle + 1 : text;

	return strncasecmp(at, "sip:", 4) == 0 || strncasecmp(at, "tel:", 4) == 0 ? at + 4 : NULL;
}

void cause_number(const char *asserted, const char *privacy, char out[CAUSE_NUMBER_BYTES])
{
	const char *at = asserted ? first_uri(asserted) : NULL;

	*out = '\0';
	if (!at || (privacy && strcasestr(privacy, "id")))
		return;
	size_t digits = strspn(at + (*at == '+'), "0123456789") + (*at == '+');

	if (digits >= 3 && strchr("@;>, ", at[digits]) && !text_copy_n(out, CAUSE_NUMBER_BYTES, at, digits))
		*out = '\0';
}

bool cause_diverted(const char *diversion)
{
	const char *index = diversion ? strcasestr(diversion, ";index=") : NULL;

	if (!diversion || !*diversion)
		return false;
	return !index || strcasestr(index + 1, ";index=") != NULL; /* Diversion has no index */
}
