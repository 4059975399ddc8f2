/* SPDX-License-Identifier: MIT */
/*
 * Reading numbers, options and parameters out of text.
 */
#ifndef LIB_PARSE_H
#define LIB_PARSE_H

#include <lib/errno.h>
#include <lib/types.h>

/*
 * The whole text is one number, with an optional newline behind it. Base 0
 * understands 0x and a leading 0. Returns 0, -EINVAL (no number) or -ERANGE.
 */
int __must_check kstrtoull(const char *s, unsigned int base, unsigned long long *result);
int __must_check kstrtoll(const char *s, unsigned int base, long long *result);
int __must_check kstrtoul(const char *s, unsigned int base, unsigned long *result);
int __must_check kstrtol(const char *s, unsigned int base, long *result);
int __must_check kstrtouint(const char *s, unsigned int base, unsigned int *result);
int __must_check kstrtoint(const char *s, unsigned int base, int *result);
int __must_check kstrtou16(const char *s, unsigned int base, u16 *result);
int __must_check kstrtos16(const char *s, unsigned int base, s16 *result);
int __must_check kstrtou8(const char *s, unsigned int base, u8 *result);
int __must_check kstrtos8(const char *s, unsigned int base, s8 *result);
/* y, Y, t, T, 1, on and n, N, f, F, 0, off. */
int __must_check kstrtobool(const char *s, bool *result);

#define kstrtou64(s, base, result)	kstrtoull(s, base, (unsigned long long *)(result))
#define kstrtos64(s, base, result)	kstrtoll(s, base, (long long *)(result))
#define kstrtou32(s, base, result)	kstrtouint(s, base, result)
#define kstrtos32(s, base, result)	kstrtoint(s, base, result)

/* The number at the front of the text; *end, if given, is set behind it. Sticks at the maximum. */
unsigned long long simple_strtoull(const char *s, char **end, unsigned int base);
unsigned long simple_strtoul(const char *s, char **end, unsigned int base);
long long simple_strtoll(const char *s, char **end, unsigned int base);
long simple_strtol(const char *s, char **end, unsigned int base);

/* A size with an optional K, M, G, T, P or E behind it; sticks at the maximum. */
unsigned long long memparse(const char *s, char **end);

/*
 * Command lines: words separated by blanks; quotes keep blanks together and
 * are removed when they surround a whole word or value. Cuts the first word off
 * `args` in place and returns the rest, with leading blanks skipped. *value is
 * NULL without a '='. At the end of the text *param is "".
 */
char *next_arg(char *args, char **param, char **value);

/* Parameter names are equal when '-' and '_' are taken for the same. */
bool parameq(const char *a, const char *b);
bool parameqn(const char *a, const char *b, size_t count);

/*
 * Walks a command line, which is changed. Stops at the first error of `handle`
 * and returns it. After a word "--" nothing is a parameter: the rest of the line is
 * stored in *rest (NULL when there is none).
 */
int parse_args(char *args, char **rest, void *context,
	       int (*handle)(const char *param, const char *value, void *context));

/*
 * Mount options "a,b=c": one option is cut off *options, which moves on, NULL
 * at the end. Returns NULL at the end; empty options are skipped.
 */
char *next_option(char **options, char **value);

struct option_name {
	const char *name; /* NULL ends the table */
	int token;
};
/* The option's token, or -EINVAL for an unknown one. */
int match_option(const struct option_name *table, const char *name);

#endif
