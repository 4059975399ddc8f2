/* SPDX-License-Identifier: MIT */
/* What the host tools of the kit share: words on standard error, memory that is there, files. */
#ifndef KITSYMS_UTIL_H
#define KITSYMS_UTIL_H

#include <stdarg.h>
#include <stddef.h>

extern const char program_name[]; /* the tool's own */

void say(const char *format, va_list args); /* a line, with the name of the tool */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
void *checked(void *p);							   /* p, or the end */
char *text(const char *format, ...) __attribute__((format(printf, 1, 2))); /* to be freed */
/* NULL if it does not exist; a zero byte behind the end; to be freed */
char *read_file(const char *path, size_t *size);
/* A file that would not change is left alone, so that nothing is made anew from it. */
void write_if_changed(const char *path, const char *content);

#endif
