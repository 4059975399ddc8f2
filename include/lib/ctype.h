/* SPDX-License-Identifier: MIT */
/*
 * Classes of ASCII characters. Bytes above 127 belong to none.
 */
#ifndef LIB_CTYPE_H
#define LIB_CTYPE_H

#include <lib/types.h>

static inline bool isdigit(int c) { return (unsigned int)c - '0' < 10; }
static inline bool isupper(int c) { return (unsigned int)c - 'A' < 26; }
static inline bool islower(int c) { return (unsigned int)c - 'a' < 26; }
static inline bool isalpha(int c) { return ((unsigned int)c | 32) - 'a' < 26; }
static inline bool isalnum(int c) { return isalpha(c) || isdigit(c); }
static inline bool isspace(int c) { return c == ' ' || (unsigned int)c - '\t' < 5; }
static inline bool isprint(int c) { return (unsigned int)c - ' ' < 95; }
static inline bool isgraph(int c) { return (unsigned int)c - '!' < 94; }
static inline bool iscntrl(int c) { return (unsigned int)c < 32 || c == 127; }
static inline bool ispunct(int c) { return isgraph(c) && !isalnum(c); }
static inline bool isxdigit(int c) { return isdigit(c) || ((unsigned int)c | 32) - 'a' < 6; }
static inline bool isascii(int c) { return (unsigned int)c < 128; }
static inline int tolower(int c) { return isupper(c) ? c + 32 : c; }
static inline int toupper(int c) { return islower(c) ? c - 32 : c; }

/* Value of a hexadecimal digit, or -1. */
static inline int hex_to_bin(int c)
{
	if (isdigit(c))
		return c - '0';
	return isxdigit(c) ? (c | 32) - 'a' + 10 : -1;
}

#endif
