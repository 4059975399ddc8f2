/* SPDX-License-Identifier: MIT */
/*
 * Strings. The long-running ones read 8 aligned bytes at a time; an aligned
 * word never crosses a page, so the bytes behind the end are harmless to read.
 */
#include <lib/bitops.h>
#include <lib/ctype.h>
#include <lib/string.h>

#define ONES	0x0101010101010101ULL
#define HIGHS	0x8080808080808080ULL

/* Reads whole words, beyond the end of the object: the sanitizer must not look. */
#define __word_reader	__no_kasan

typedef u64 __attribute__((may_alias)) word;

/* Top bits of zero bytes; only the lowest one is exact. */
static __always_inline u64 zero_bytes(u64 x)
{
	return (x - ONES) & ~x & HIGHS;
}

size_t __word_reader strlen(const char *s)
{
	const word *p = (const word *)((unsigned long)s & ~7UL);
	unsigned int skip = ((unsigned long)s & 7) * 8;
	u64 hit;

	/* Bytes before the start are made nonzero. */
	hit = zero_bytes(*p | ((1UL << skip) - 1));
	while (!hit)
		hit = zero_bytes(*++p);
	return (const char *)p + __ffs(hit) / 8 - s;
}

size_t strnlen(const char *s, size_t max)
{
	const char *end = memchr(s, 0, max);

	return end ? (size_t)(end - s) : max;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t max)
{
	for (; max; a++, b++, max--) {
		if (*a != *b)
			return (u8)*a - (u8)*b;
		if (!*a)
			break;
	}
	return 0;
}

int strncasecmp(const char *a, const char *b, size_t max)
{
	for (; max; a++, b++, max--) {
		int order = tolower((u8)*a) - tolower((u8)*b);

		if (order || !*a)
			return order;
	}
	return 0;
}

int strcasecmp(const char *a, const char *b)
{
	return strncasecmp(a, b, (size_t)-1);
}

char *strchrnul(const char *s, int c)
{
	while (*s && *s != (char)c)
		s++;
	return (char *)s;
}

char *strchr(const char *s, int c)
{
	char *found = strchrnul(s, c);

	return *found == (char)c ? found : NULL;
}

char *strrchr(const char *s, int c)
{
	const char *found = NULL;

	do {
		if (*s == (char)c)
			found = s;
	} while (*s++);
	return (char *)found;
}

char *strnstr(const char *s, const char *part, size_t max)
{
	size_t len = strlen(part);
	size_t have = strnlen(s, max);

	for (; have >= len; s++, have--)
		if (!memcmp(s, part, len))
			return (char *)s;
	return NULL;
}

char *strstr(const char *s, const char *part)
{
	return strnstr(s, part, strlen(s));
}

size_t strspn(const char *s, const char *accept)
{
	size_t n = 0;

	while (s[n] && strchr(accept, s[n]))
		n++;
	return n;
}

size_t strcspn(const char *s, const char *reject)
{
	u64 set[4] = { 1 }; /* a bit for each character that ends it, NUL among them */
	size_t n = 0;

	if (reject[0] && !reject[1])
		return (size_t)(strchrnul(s, reject[0]) - s);
	for (; *reject; reject++)
		set[(u8)*reject / 64] |= 1ull << (u8)*reject % 64;
	while (!(set[(u8)s[n] / 64] >> (u8)s[n] % 64 & 1))
		n++;
	return n;
}

char *strpbrk(const char *s, const char *accept)
{
	s += strcspn(s, accept);
	return *s ? (char *)s : NULL;
}

char *strsep(char **s, const char *delimiters)
{
	char *start = *s;
	char *end;

	if (!start)
		return NULL;
	end = strpbrk(start, delimiters);
	if (end)
		*end++ = 0;
	*s = end;
	return start;
}

char *skip_spaces(const char *s)
{
	while (isspace((u8)*s))
		s++;
	return (char *)s;
}

char *strim(char *s)
{
	size_t len = strlen(s);

	while (len && isspace((u8)s[len - 1]))
		len--;
	s[len] = 0;
	return skip_spaces(s);
}

ssize_t strscpy(char *to, const char *from, size_t size)
{
	size_t len;

	if (!size)
		return -E2BIG;
	len = strnlen(from, size);
	if (len == size) {
		memcpy(to, from, size - 1);
		to[size - 1] = 0;
		return -E2BIG;
	}
	memcpy(to, from, len + 1);
	return (ssize_t)len;
}

ssize_t strscpy_pad(char *to, const char *from, size_t size)
{
	ssize_t len = strscpy(to, from, size);

	if (len >= 0)
		memset(to + len, 0, size - (size_t)len);
	return len;
}

ssize_t strscat(char *to, const char *from, size_t size)
{
	size_t len = strnlen(to, size);
	ssize_t more = strscpy(to + len, from, size - len);

	return more < 0 ? more : (ssize_t)len + more;
}

bool sysfs_streq(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (*a == '\n' && !a[1])
		a++;
	if (*b == '\n' && !b[1])
		b++;
	return !*a && !*b;
}

int match_string(const char *const *array, size_t count, const char *s)
{
	for (size_t i = 0; i < count && array[i]; i++)
		if (!strcmp(array[i], s))
			return (int)i;
	return -EINVAL;
}
