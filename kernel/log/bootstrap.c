/* SPDX-License-Identifier: MIT */
/* Weak stand-ins for what other folders supply, so that the image links before they are there. Removed with the last of them. */
#include <lib/printf.h>
#include <lib/string.h>
#include <lib/parse.h>
#include <kernel/log.h>
#include <kernel/preempt.h>
#include <arch/clock.h>
#include <arch/stop.h>

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

void __weak preempt_schedule(void) { }
void __weak dump_stack(void) { }
u64 __weak arch_clock_ns(void) { return 0; }
void __weak arch_stop_other_cpus(void) { }
void __weak arch_delay_ms(unsigned long ms) { }
void __weak arch_reboot(void) { arch_halt_forever(); }

__weak void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	void *ret = to;
	asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
	return ret;
}

__weak void *memmove(void *to, const void *from, size_t n)
{
	u8 *t = to;
	const u8 *f = from;

	if (t <= f)
		return memcpy(to, from, n);
	while (n--)
		asm volatile("movb %1, %0" : "=m"(t[n]) : "q"(f[n]));
	return to;
}

__weak void *memset(void *to, int byte, size_t n)
{
	void *ret = to;
	asm volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(byte) : "memory");
	return ret;
}

__weak void *memchr(const void *p, int c, size_t n)
{
	for (const u8 *s = p; n--; s++)
		if (*s == (u8)c)
			return (void *)s;
	return NULL;
}

__weak int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;
	for (; n--; x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

__weak size_t strlen(const char *s)
{
	const char *e = s;
	for (; *e; e++)
		barrier();
	return e - s;
}

__weak int strcmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return (u8)*a - (u8)*b;
}

__weak int strncmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && *a == *b; a++, b++, n--)
		;
	return n ? (u8)*a - (u8)*b : 0;
}

__weak char *strchrnul(const char *s, int c)
{
	for (; *s && *s != c; s++)
		;
	return (char *)s;
}

__weak char *strchr(const char *s, int c)
{
	s = strchrnul(s, c);
	return *s ? (char *)s : NULL;
}

__weak unsigned long simple_strtoul(const char *s, char **end, unsigned int base)
{
	unsigned long v = 0;

	if (s[0] == '0' && s[1] == 'x' && (base == 16 || !base)) {
		s += 2;
		base = 16;
	}
	base = base ?: 10;
	for (;; s++) {
		unsigned int d = *s >= '0' && *s <= '9' ? *s - '0' : *s >= 'a' && *s <= 'f' ? *s - 'a' + 10 : 99;
		if (d >= base)
			break;
		v = v * base + d;
	}
	if (end)
		*end = (char *)s;
	return v;
}

__weak long simple_strtol(const char *s, char **end, unsigned int base)
{
	return *s == '-' ? -(long)simple_strtoul(s + 1, end, base) : (long)simple_strtoul(s, end, base);
}

__weak unsigned long long memparse(const char *s, char **end)
{
	unsigned long long v = simple_strtoul(s, end, 0);

	switch (**end) {
	case 'G': case 'g': v <<= 10; fallthrough;
	case 'M': case 'm': v <<= 10; fallthrough;
	case 'K': case 'k': v <<= 10; ++*end;
	}
	return v;
}

__weak int kstrtoint(const char *s, unsigned int base, int *v)
{
	char *end;
	*v = simple_strtol(s, &end, base);
	return *end ? -1 : 0;
}

static void put(char **out, char *end, size_t *n, char c)
{
	if (*out < end)
		*(*out)++ = c;
	++*n;
}

__weak int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	char *out = buf, *end = size ? buf + size - 1 : buf;
	size_t n = 0;

	for (; *fmt; fmt++) {
		unsigned int width = 0, longs = 0, base = 10;
		char pad = ' ', digits[24];
		unsigned long v;
		int i = 0;

		if (*fmt != '%') {
			put(&out, end, &n, *fmt);
			continue;
		}
		if (*++fmt == '0')
			pad = '0';
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + *fmt - '0';
		for (; *fmt == 'l' || *fmt == 'z'; fmt++)
			longs++;
		if (*fmt == 's') {
			const char *s = va_arg(args, const char *);
			for (; *s; s++)
				put(&out, end, &n, *s);
			continue;
		}
		if (*fmt == 'c') {
			put(&out, end, &n, va_arg(args, int));
			continue;
		}
		if (*fmt == 'x' || *fmt == 'p')
			base = 16;
		if (*fmt == 'p') {
			longs = 1;
			while ((fmt[1] >= 'a' && fmt[1] <= 'z') || (fmt[1] >= 'A' && fmt[1] <= 'Z'))
				fmt++;
		}
		v = longs ? va_arg(args, unsigned long) : va_arg(args, unsigned int);
		if (*fmt == 'd' && (longs ? (long)v < 0 : (int)v < 0)) {
			put(&out, end, &n, '-');
			v = longs ? -v : (unsigned int)-(int)v;
		}
		do
			digits[i++] = "0123456789abcdef"[v % base];
		while ((v /= base));
		while (width > i) {
			put(&out, end, &n, pad);
			width--;
		}
		while (i)
			put(&out, end, &n, digits[--i]);
	}
	if (size)
		*out = 0;
	return n;
}

__weak int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return n;
}

long __weak sys_ni_syscall(void) { return -38; }
