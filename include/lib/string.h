/* SPDX-License-Identifier: MIT */
/*
 * Memory blocks and strings. The mem* functions may be called by the compiler
 * on its own.
 */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <lib/compiler.h>
#include <lib/errno.h>
#include <lib/types.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
/* Zeroes in a way that the compiler may not leave out. */
void memzero_explicit(void *to, size_t size);
void *memset64(u64 *to, u64 value, size_t count);
void *memset32(u32 *to, u32 value, size_t count);
void *memset16(u16 *to, u16 value, size_t count);
void *memchr(const void *block, int byte, size_t size);
/* First byte that differs from `byte`, else NULL. */
void *memchr_inv(const void *block, int byte, size_t size);

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t max);
int strcasecmp(const char *a, const char *b);
int strncasecmp(const char *a, const char *b, size_t max);
char *strchr(const char *s, int c);
/* Like strchr, but the end of the string when there is none. */
char *strchrnul(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *part);
char *strnstr(const char *s, const char *part, size_t max);
size_t strspn(const char *s, const char *accept);
size_t strcspn(const char *s, const char *reject);
char *strpbrk(const char *s, const char *accept);
/* Cuts off the part before the first of `delimiters`; *s moves behind it, NULL at the end. */
char *strsep(char **s, const char *delimiters);
/* Blanks at both ends: returns the first other byte, writes a zero behind the last. */
char *strim(char *s);
char *skip_spaces(const char *s);

/* Bytes copied without the zero, or -E2BIG (cut, still terminated). */
ssize_t strscpy(char *to, const char *from, size_t size);
/* Like strscpy, and zeroes the rest. */
ssize_t strscpy_pad(char *to, const char *from, size_t size);
/* Appends; the length of the result, or -E2BIG. */
ssize_t strscat(char *to, const char *from, size_t size);
/* Equal, or equal but for one newline at the end: what `echo x > file` writes. */
bool sysfs_streq(const char *a, const char *b);
/* Index of s in an array of `count` strings (NULL ends it early), or -EINVAL. */
int match_string(const char *const *array, size_t count, const char *s);

static inline bool str_has_prefix(const char *s, const char *prefix)
{
	while (*prefix)
		if (*s++ != *prefix++)
			return false;
	return true;
}

#define strstarts(s, prefix)	str_has_prefix(s, prefix)

/* The last part of a path. */
static inline const char *kbasename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

#endif
