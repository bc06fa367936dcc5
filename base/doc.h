/*
 * doc.h - JSON documents (the only door to libjansson)
 *
 * What    Builds, prints, parses and reads JSON: the control socket's messages, --json answers, report.json, canonical log lines.
 *         Members keep the order in which they were put.
 * Own     doc_put() and doc_push() take over the value. doc_free() frees a whole tree and accepts NULL. Values got from a tree
 *         are views.
 * Errors  builders abort on out of memory (tools and slow paths only; never on the packet or call path).
 */
#ifndef OUTDIAL_BASE_DOC_H
#define OUTDIAL_BASE_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct doc;

struct doc *doc_object(void);
struct doc *doc_array(void);
void doc_free(struct doc *doc);

void doc_put(struct doc *object, const char *key, struct doc *value);
/* `value` NULL puts null. Text that is not UTF-8 is put as "?". */
void doc_put_text(struct doc *object, const char *key, const char *value);
void doc_put_i64(struct doc *object, const char *key, int64_t value);
void doc_put_real(struct doc *object, const char *key, double value);
void doc_put_bool(struct doc *object, const char *key, bool value);
void doc_push(struct doc *array, struct doc *value);
void doc_push_text(struct doc *array, const char *value);

/* Member reads: the fallback when the member is missing or of another type. */
struct doc *doc_get(const struct doc *object, const char *key);
const char *doc_text(const struct doc *object, const char *key, const char *fallback);
int64_t doc_i64(const struct doc *object, const char *key, int64_t fallback);
double doc_real(const struct doc *object, const char *key, double fallback); /* accepts integers */
bool doc_bool(const struct doc *object, const char *key, bool fallback);

/* Elements of an array, members of an object (in order). */
size_t doc_count(const struct doc *array_or_object);
struct doc *doc_at(const struct doc *array, size_t index);
/* Walks an object: *iter starts NULL; false at the end. */
bool doc_next(const struct doc *object, void **iter, const char **key, struct doc **value);
/* A text element itself (of an array), or NULL. */
const char *doc_self_text(const struct doc *value);
bool doc_self_i64(const struct doc *value, int64_t *out);

/* Malloc'ed text, one line (indent 0) or indented; the caller frees. */
char *doc_print(const struct doc *doc, int indent);
/* NULL on malformed input; then `why` (may be NULL) holds a sentence with line and column. */
struct doc *doc_parse(const char *text, size_t length, char *why, size_t why_size);

#endif
