/*
 * suppress_file.h - files of suppressed numbers as a stream of entries (inside the folder; the only door to expat is
 * suppress_xml.c)
 *
 * What    Plain, .gz, .zst or .zip; in it: one number a line; "area,number"; change lines "number,date,A" or "area,number,date,D"
 *         with their fields in any order behind the number; XML with <ac>/<ph> or <area>/<phone> elements or attributes; numbers
 *         in E.164 or in the national form of `region`. What a file is, is seen from its contents. Blank lines and a first line
 *         without digits are skipped.
 * Bounds  a line of 255 bytes. Memory does not grow with the file.
 * Errors  ERR_SYNTAX with file, line and what to do in why (400 bytes); errors of unpack.h.
 * Source  docs/SUPPRESSION.md, "Files".
 */
#ifndef OUTDIAL_CAMPAIGNS_SUPPRESS_FILE_H
#define OUTDIAL_CAMPAIGNS_SUPPRESS_FILE_H

#include "campaigns/unpack.h"

#include <stdint.h>

#define SUPPRESS_LINE_BYTES 255

struct suppress_entry {
	uint64_t number, line;
	char change; /* 'A', 'D', or 0 in a list that is whole */
};

struct suppress_file;

/* `region` two capital letters, or "" when all numbers have "+". `name` is only for sentences and must outlive the file. */
int suppress_file_open(struct suppress_file **file, int fd, const char *name, const char *region, char why[UNPACK_WHY_BYTES]);
void suppress_file_close(struct suppress_file *file); /* NULL is fine */
/* 1: the next entry; 0: the end; a negative error. After ERR_SYNTAX of a line the next call goes on behind it, XML excepted. */
int suppress_file_next(struct suppress_file *file, struct suppress_entry *entry, char why[UNPACK_WHY_BYTES]);
/* The line that the last error was about; 0 when it was about the file. */
uint64_t suppress_file_bad_line(const struct suppress_file *file);
int suppress_file_sha256(struct suppress_file *file, char out[65]); /* after the end */


/* --- suppress_xml.c */
struct suppress_xml;
struct suppress_xml *suppress_xml_alloc(void); /* NULL: out of memory */
void suppress_xml_free(struct suppress_xml *xml);
/* At most SUPPRESS_XML_PIECE bytes. False: not well-formed; *line says where. */
#define SUPPRESS_XML_PIECE 4096
bool suppress_xml_feed(struct suppress_xml *xml, const char *data, size_t bytes, bool last, uint64_t *line);
/* The next number found: its digits ("2125551234") and change. False: feed more. */
bool suppress_xml_take(struct suppress_xml *xml, const char **digits, char *change, uint64_t *line);

#endif
