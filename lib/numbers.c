/* SPDX-License-Identifier: MIT */
/*
 * Numbers in text.
 */
#include <lib/ctype.h>
#include <lib/kernel.h>
#include <lib/parse.h>
#include <lib/string.h>

static bool is_hex_prefix(const char *s)
{
	return s[0] == '0' && (s[1] | 32) == 'x' && isxdigit((u8)s[2]);
}

/* Resolves base 0 and skips 0x. */
static const char *find_base(const char *s, unsigned int *base)
{
	bool hex = is_hex_prefix(s);

	if (*base == 0)
		*base = hex ? 16 : *s == '0' ? 8 : 10;
	return hex && *base == 16 ? s + 2 : s;
}

static unsigned int digit_value(char c)
{
	if (isdigit((u8)c))
		return (unsigned int)(c - '0');
	return isalpha((u8)c) ? (unsigned int)((c | 32) - 'a' + 10) : 99;
}

/* Digits at s; returns the end, s itself when there is none. */
static const char *parse_digits(const char *s, unsigned int base, unsigned long long *result,
				bool *overflow)
{
	unsigned long long value = 0;

	*overflow = false;
	for (; digit_value(*s) < base; s++) {
		if (check_mul_overflow(value, (unsigned long long)base, &value) ||
		    check_add_overflow(value, (unsigned long long)digit_value(*s), &value))
			*overflow = true;
	}
	*result = *overflow ? ULLONG_MAX : value;
	return s;
}

static int parse_whole(const char *s, unsigned int base, unsigned long long *result)
{
	const char *start = find_base(s, &base);
	bool overflow;
	unsigned long long value;

	s = parse_digits(start, base, &value, &overflow);
	if (s == start)
		return -EINVAL;
	if (*s == '\n')
		s++;
	if (*s)
		return -EINVAL;
	if (overflow)
		return -ERANGE;
	*result = value;
	return 0;
}

int kstrtoull(const char *s, unsigned int base, unsigned long long *result)
{
	return parse_whole(*s == '+' ? s + 1 : s, base, result);
}

int kstrtoll(const char *s, unsigned int base, long long *result)
{
	unsigned long long value;
	int err;

	if (*s == '-') {
		err = parse_whole(s + 1, base, &value);
		if (err)
			return err;
		if (value > (unsigned long long)LLONG_MAX + 1)
			return -ERANGE;
		*result = (long long)-value;
		return 0;
	}
	err = kstrtoull(s, base, &value);
	if (err)
		return err;
	if (value > LLONG_MAX)
		return -ERANGE;
	*result = (long long)value;
	return 0;
}

#define DEFINE_KSTRTO(name, type, wide, wide_name)                             \
int name(const char *s, unsigned int base, type *result)                       \
{                                                                              \
	wide value;                                                            \
	int err = wide_name(s, base, &value);                                  \
									       \
	if (err)                                                               \
		return err;                                                    \
	if (value != (wide)(type)value)                                        \
		return -ERANGE;                                                \
	*result = (type)value;                                                 \
	return 0;                                                              \
}
DEFINE_KSTRTO(kstrtoul, unsigned long, unsigned long long, kstrtoull)
DEFINE_KSTRTO(kstrtouint, unsigned int, unsigned long long, kstrtoull)
DEFINE_KSTRTO(kstrtou16, u16, unsigned long long, kstrtoull)
DEFINE_KSTRTO(kstrtou8, u8, unsigned long long, kstrtoull)
DEFINE_KSTRTO(kstrtol, long, long long, kstrtoll)
DEFINE_KSTRTO(kstrtoint, int, long long, kstrtoll)
DEFINE_KSTRTO(kstrtos16, s16, long long, kstrtoll)
DEFINE_KSTRTO(kstrtos8, s8, long long, kstrtoll)

int kstrtobool(const char *s, bool *result)
{
	static const char *const names[] = { "n", "y", "N", "Y",   "f",	 "t",  "F",
					     "T", "0", "1", "off", "on", "no", "yes" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (sysfs_streq(s, names[i])) {
			*result = i & 1;
			return 0;
		}
	}
	return -EINVAL;
}

unsigned long long simple_strtoull(const char *s, char **end, unsigned int base)
{
	const char *start = find_base(s, &base);
	unsigned long long value;
	bool overflow;

	s = parse_digits(start, base, &value, &overflow);
	if (end)
		*end = (char *)s;
	return value;
}

unsigned long simple_strtoul(const char *s, char **end, unsigned int base)
{
	return simple_strtoull(s, end, base);
}

long long simple_strtoll(const char *s, char **end, unsigned int base)
{
	bool negative = *s == '-';
	unsigned long long value = simple_strtoull(negative ? s + 1 : s, end, base);

	value = min(value, (unsigned long long)LLONG_MAX + negative);
	return (long long)(negative ? -value : value);
}

long simple_strtol(const char *s, char **end, unsigned int base)
{
	return (long)simple_strtoll(s, end, base);
}

unsigned long long memparse(const char *s, char **end)
{
	static const char units[] = "kmgtpe";
	char *unit;
	unsigned long long value = simple_strtoull(s, &unit, 0);
	const char *found = *unit ? strchr(units, tolower((u8)*unit)) : NULL;

	if (found) {
		unsigned int shift = 10 * (unsigned int)(found - units + 1);

		value = value > ULLONG_MAX >> shift ? ULLONG_MAX : value << shift;
		unit++;
	}
	if (end)
		*end = unit;
	return value;
}
