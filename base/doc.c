/* doc.c - JSON documents over libjansson */
#include "base/doc.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *doc_in(const struct doc *doc)
{
	return (json_t *)(uintptr_t)doc;
}

static struct doc *doc_out(json_t *json)
{
	return (struct doc *)json;
}

static struct doc *doc_made(json_t *json)
{
	if (!json)
		abort(); /* out of memory in a tool */
	return doc_out(json);
}

struct doc *doc_object(void)
{
	return doc_made(json_object());
}

struct doc *doc_array(void)
{
	return doc_made(json_array());
}

void doc_free(struct doc *doc)
{
	json_decref(doc_in(doc));
}

void doc_put(struct doc *object, const char *key, struct doc *value)
{
	if (json_object_set_new(doc_in(object), key, doc_in(value)))
		abort();
}

static struct doc *doc_of_text(const char *value)
{
	json_t *json = value ? json_string(value) : json_null();

	return doc_made(json ? json : json_string("?"));
}

void doc_put_text(struct doc *object, const char *key, const char *value)
{
	doc_put(object, key, doc_of_text(value));
}

void doc_put_i64(struct doc *object, const char *key, int64_t value)
{
	doc_put(object, key, doc_made(json_integer(value)));
}

void doc_put_real(struct doc *object, const char *key, double value)
{
	json_t *json = json_real(value);

	doc_put(object, key, doc_made(json ? json : json_null())); /* NaN and infinity have no JSON */
}

void doc_put_bool(struct doc *object, const char *key, bool value)
{
	doc_put(object, key, doc_made(json_boolean(value)));
}

void doc_push(struct doc *array, struct doc *value)
{
	if (json_array_append_new(doc_in(array), doc_in(value)))
		abort();
}

void doc_push_text(struct doc *array, const char *value)
{
	doc_push(array, doc_of_text(value));
}

struct doc *doc_get(const struct doc *object, const char *key)
{
	return doc_out(json_object_get(doc_in(object), key));
}

const char *doc_text(const struct doc *object, const char *key, const char *fallback)
{
	const char *text = doc_self_text(doc_get(object, key));

	return text ? text : fallback;
}

int64_t doc_i64(const struct doc *object, const char *key, int64_t fallback)
{
	int64_t value;

	return doc_self_i64(doc_get(object, key), &value) ? value : fallback;
}

double doc_real(const struct doc *object, const char *key, double fallback)
{
	json_t *json = doc_in(doc_get(object, key));

	return json_is_number(json) ? json_number_value(json) : fallback;
}

bool doc_bool(const struct doc *object, const char *key, bool fallback)
{
	json_t *json = doc_in(doc_get(object, key));

	return json_is_boolean(json) ? json_is_true(json) : fallback;
}

size_t doc_count(const struct doc *array_or_object)
{
	json_t *json = doc_in(array_or_object);

	return json_is_array(json) ? json_array_size(json) : json_object_size(json);
}

struct doc *doc_at(const struct doc *array, size_t index)
{
	return doc_out(json_array_get(doc_in(array), index));
}

bool doc_next(const struct doc *object, void **iter, const char **key, struct doc **value)
{
	*iter = *iter ? json_object_iter_next(doc_in(object), *iter) : json_object_iter(doc_in(object));
	if (!*iter)
		return false;
	*key = json_object_iter_key(*iter);
	*value = doc_out(json_object_iter_value(*iter));
	return true;
}

const char *doc_self_text(const struct doc *value)
{
	return json_string_value(doc_in(value));
}

bool doc_self_i64(const struct doc *value, int64_t *out)
{
	if (!json_is_integer(doc_in(value)))
		return false;
	*out = json_integer_value(doc_in(value));
	return true;
}

char *doc_print(const struct doc *doc, int indent)
{
	size_t layout = indent ? JSON_INDENT((size_t)indent) : JSON_COMPACT;
	char *text = json_dumps(doc_in(doc), layout | JSON_REAL_PRECISION(15)); /* 0.03, not 0.029999999999999999 */

	if (!text)
		abort();
	return text;
}

struct doc *doc_parse(const char *text, size_t length, char *why, size_t why_size)
{
	json_error_t error;
	json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);

	if (!json && why)
		snprintf(why, why_size, "line %d, column %d: %s", error.line, error.column, error.text);
	return doc_out(json);
}
