/*
 * suppress_xml.c - numbers in XML, whatever its elements are called exactly (the only door to expat)
 *
 * A value's role follows from the name of its attribute, else of its element: area code (ac, area..., npa), number (ph...,
 * num..., tel..., tn) or change (act..., op..., chg..., change...). An area code holds until the next. A number waits until the
 * next one begins or the element around it closes, because its change may stand behind it.
 */
#include "campaigns/suppress_file.h"

#include "base/text.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define XML_FOUND_MAX (SUPPRESS_XML_PIECE / 7 + 2) /* a number has at least 7 digits */
#define XML_DEPTH_MAX 16

struct xml_found {
	char digits[20];
	char change;
	uint64_t line;
};

struct suppress_xml {
	XML_Parser parser;
	struct xml_found found[XML_FOUND_MAX];
	uint32_t found_count, found_at;
	struct xml_found wait; /* digits "": none */
	uint32_t wait_depth, depth;
	char area[4];
	char roles[XML_DEPTH_MAX + 1]; /* of the open elements */
	char text[24];                 /* of the innermost one */
	uint32_t text_bytes;
	bool bad;
};

static const struct {
	const char *start;
	char role;
} xml_roles[] = {{"ac", 'a'}, {"area", 'a'}, {"npa", 'a'}, {"ph", 'n'}, {"num", 'n'}, {"tel", 'n'}, {"tn", 'n'}, {"act", 'c'},
	{"op", 'c'}, {"chg", 'c'}, {"change", 'c'}};

/* "ac" is a whole name, or "act..." and the like would be area codes. */
static char xml_role(const char *name)
{
	for (unsigned i = 0; i < sizeof(xml_roles) / sizeof(xml_roles[0]); i++) {
		size_t bytes = strlen(xml_roles[i].start);
		bool whole = i == 0;

		if (strncasecmp(name, xml_roles[i].start, bytes) == 0 && (!whole || !name[bytes]))
			return xml_roles[i].role;
	}
	return 0;
}

static void xml_flush(struct suppress_xml *xml)
{
	if (!xml->wait.digits[0])
		return;
	if (xml->found_count == XML_FOUND_MAX)
		xml->bad = true;
	else
		xml->found[xml->found_count++] = xml->wait;
	xml->wait.digits[0] = '\0';
	xml->wait.change = 0;
}

static void xml_number(struct suppress_xml *xml, const char *value)
{
	char digits[16];
	uint32_t count = 0;

	xml_flush(xml);
	for (; *value && count < sizeof(digits); value++)
		if (*value == '+' || (*value >= '0' && *value <= '9'))
			digits[count++] = *value;
	if (count == sizeof(digits) || count < 7 || (count == 7 && !xml->area[0])) {
		xml->bad = true;
		return;
	}
	digits[count] = '\0';
	strcpy(xml->wait.digits, count == 7 ? xml->area : "");
	strcat(xml->wait.digits, digits);
	xml->wait.line = XML_GetCurrentLineNumber(xml->parser);
	xml->wait_depth = xml->depth;
}

static void xml_value(struct suppress_xml *xml, char role, const char *value)
{
	if (role == 'a')
		xml->bad |= strlen(value) != 3 || !text_copy(xml->area, sizeof(xml->area), value);
	else if (role == 'n')
		xml_number(xml, value);
	else if (role == 'c' && (strcasecmp(value, "A") == 0 || strcasecmp(value, "add") == 0))
		xml->wait.change = 'A';
	else if (role == 'c' && (strcasecmp(value, "D") == 0 || strcasecmp(value, "delete") == 0))
		xml->wait.change = 'D';
}

/* Changes after numbers, whatever the order of the attributes. */
static void xml_attributes(struct suppress_xml *xml, char of_element, const char **attributes)
{
	static const char order[] = "anc";

	for (const char *now = order; *now; now++) {
		for (uint32_t i = 0; attributes[i]; i += 2) {
			char own = xml_role(attributes[i]), role = own ? own : of_element;

			if (role == *now)
				xml_value(xml, role, attributes[i + 1]);
		}
	}
}

static void xml_start_h(void *arg, const char *name, const char **attributes)
{
	struct suppress_xml *xml = arg;
	char role = xml_role(name);

	xml->text_bytes = 0;
	if (++xml->depth > XML_DEPTH_MAX) {
		xml->bad = true;
		return;
	}
	xml->roles[xml->depth] = role;
	xml_attributes(xml, role == 'c' ? 0 : role, attributes);
}

static void xml_end_h(void *arg, const char *name)
{
	struct suppress_xml *xml = arg;

	(void)name;
	if (xml->depth <= XML_DEPTH_MAX && xml->text_bytes) {
		xml->text[xml->text_bytes] = '\0';
		xml_value(xml, xml->roles[xml->depth], xml->text);
	}
	xml->text_bytes = 0;
	xml->depth--;
	if (xml->wait.digits[0] && xml->depth + 1 < xml->wait_depth)
		xml_flush(xml);
}

/* Blanks are dropped. Longer than any number: bad where a number should be, else nothing to us. */
static void xml_text_h(void *arg, const char *text, int bytes)
{
	struct suppress_xml *xml = arg;

	for (int i = 0; i < bytes; i++) {
		if (strchr(" \t\r\n", text[i]))
			continue;
		if (xml->text_bytes < sizeof(xml->text) - 1)
			xml->text[xml->text_bytes++] = text[i];
		else
			xml->bad |= xml->depth <= XML_DEPTH_MAX && xml->roles[xml->depth] == 'n';
	}
}

struct suppress_xml *suppress_xml_alloc(void)
{
	struct suppress_xml *xml = calloc(1, sizeof(*xml));

	if (!xml)
		return NULL;
	xml->parser = XML_ParserCreate(NULL);
	if (!xml->parser) {
		free(xml);
		return NULL;
	}
	XML_SetUserData(xml->parser, xml);
	XML_SetElementHandler(xml->parser, xml_start_h, xml_end_h);
	XML_SetCharacterDataHandler(xml->parser, xml_text_h);
	return xml;
}

void suppress_xml_free(struct suppress_xml *xml)
{
	if (!xml)
		return;
	XML_ParserFree(xml->parser);
	free(xml);
}

bool suppress_xml_feed(struct suppress_xml *xml, const char *data, size_t bytes, bool last, uint64_t *line)
{
	bool good = XML_Parse(xml->parser, data, (int)bytes, last) == XML_STATUS_OK && !xml->bad;

	*line = XML_GetCurrentLineNumber(xml->parser);
	if (last)
		xml_flush(xml);
	return good;
}

bool suppress_xml_take(struct suppress_xml *xml, const char **digits, char *change, uint64_t *line)
{
	const struct xml_found *found;

	if (xml->found_at == xml->found_count) {
		xml->found_at = xml->found_count = 0;
		return false;
	}
	found = &xml->found[xml->found_at++];
	*digits = found->digits;
	*change = found->change;
	*line = found->line;
	return true;
}
