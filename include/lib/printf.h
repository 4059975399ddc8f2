/* SPDX-License-Identifier: MIT */
/*
 * Formatted text.
 *
 *   %d %i %u %x %X %o %c %s %% with flags "-+ #0", width, precision (also '*') and
 *   the lengths hh h l ll z t j
 *   %p     an identifier of the pointer that does not give the address away
 *   %px    the address
 *   %pS    the symbol with offset and module, %ps the symbol alone
 *   %pe    ERR_PTR: the error's name
 *   %pV    struct va_format: a format within a format
 *   %*ph   bytes in hexadecimal; %*phC with colons, %*phD dashes, %*phN nothing between
 *   %*pb   bitmap of so many bits in hexadecimal words, %*pbl as a list like 0-3,8
 *   %pUb   a UUID, big-endian; %pUl as GPT stores it
 *   %pd    directory entry, through printf_name
 *
 * Unknown conversions are copied as they stand. There is no %n and no floating point.
 */
#ifndef LIB_PRINTF_H
#define LIB_PRINTF_H

#include <lib/compiler.h>
#include <lib/types.h>

struct va_format {
	const char *fmt;
	va_list *va;
};

/* The length the whole text has, which may be more than was stored; always terminated if size > 0. */
int vsnprintf(char *to, size_t size, const char *fmt, va_list args) __printf(3, 0);
int snprintf(char *to, size_t size, const char *fmt, ...) __printf(3, 4);
/* The length that was stored: at most size - 1. */
int vscnprintf(char *to, size_t size, const char *fmt, va_list args) __printf(3, 0);
int scnprintf(char *to, size_t size, const char *fmt, ...) __printf(3, 4);
int sprintf(char *to, const char *fmt, ...) __printf(2, 3);

/*
 * A number's digits from the right into what ends at `end`, where 20 bytes (hexadecimal: 16) must have room; returns the first one. What
 * prints many numbers saves itself the format.
 */
#define NUMBER_DIGITS_MAX	20
char *decimal_before(char *end, u64 value);
/* at least so many of them, at most 16 */
char *hex_before(char *end, u64 value, unsigned int digits);

/*
 * Hooks, weak in lib and overridden by what knows: the symbol at an address, the
 * number shown for %p, the name of a directory entry. The first and the last return the length
 * they wanted, as snprintf does.
 */
int printf_symbol(char *to, size_t size, unsigned long address, bool with_offset);
unsigned long printf_pointer_id(const void *ptr);
int printf_name(char *to, size_t size, const void *dentry);

/* "EIO" for 5 and -5; NULL for what is no errno. */
const char *errname(int error);

#endif
