/* SPDX-License-Identifier: MIT */
#include <kernel/ktest.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/printf.h>
#include <lib/string.h>

KTEST_SUITE("printf");

static void __printf(2, 3) expect(const char *want, const char *fmt, ...)
{
	char text[256];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!KTEST_EXPECT(!strcmp(text, want)))
		ktest_note("%s: got \"%s\", want \"%s\"", fmt, text, want);
	KTEST_EXPECT_EQ(len, strlen(want));
}

/* The C library says the same. */
static void agree(const char *fmt, ...)
{
	char ours[256], theirs[256];
	va_list args;
	int len, their_len;

	va_start(args, fmt);
	len = vsnprintf(ours, sizeof(ours), fmt, args);
	va_end(args);
	va_start(args, fmt);
	their_len = host_vsnprintf(theirs, sizeof(theirs), fmt, args);
	va_end(args);
	if (!KTEST_EXPECT(!strcmp(ours, theirs)) || !KTEST_EXPECT_EQ(len, their_len))
		ktest_note("%s: got \"%s\", want \"%s\"", fmt, ours, theirs);
}

KTEST_CASE(numbers_as_the_c_library_has_them)
{
	static const char *const flags[] = { "",   "-",	 "+",  " ",  "#",  "0", "-0",
					     "+0", " 0", "#0", "+-", "# ", "-#" };
	static const char *const widths[] = { "", "1", "5", "20" };
	static const char *const precisions[] = { "", ".", ".0", ".1", ".5", ".18" };
	static const char *const lengths[] = { "hh", "h", "", "l", "ll", "z", "t", "j" };
	static const char conversions[] = "diuxXo";
	static const unsigned long values[] = { 0,
						1,
						9,
						10,
						255,
						256,
						65535,
						0x7fffffff,
						0x80000000,
						0xffffffff,
						0x7fffffffffffffff,
						0x8000000000000000,
						0xffffffffffffffff,
						0x123456789abcdef0 };

	for (size_t f = 0; f < ARRAY_SIZE(flags); f++)
		for (size_t w = 0; w < ARRAY_SIZE(widths); w++)
			for (size_t p = 0; p < ARRAY_SIZE(precisions); p++)
				for (size_t l = 0; l < ARRAY_SIZE(lengths); l++)
					for (const char *c = conversions; *c; c++) {
						char fmt[32];

						/* Undefined in C: '+' and ' ' with unsigned, '#' with decimal conversions. */
						if ((strpbrk(flags[f], "+ ") && *c != 'd' &&
						     *c != 'i') ||
						    (strchr(flags[f], '#') &&
						     (*c == 'd' || *c == 'i' || *c == 'u')))
							continue;
						snprintf(fmt, sizeof(fmt), "<%%%s%s%s%s%c>",
							 flags[f], widths[w], precisions[p],
							 lengths[l], *c);
						for (size_t v = 0; v < ARRAY_SIZE(values); v++)
							agree(fmt, values[v]);
					}
}

KTEST_CASE(strings_and_characters)
{
	const char *null = NULL;

	agree("%s|%10s|%-10s|%.2s|%5.1s|%-5.3s|%.0s|", "abc", "abc", "abc", "abc", "abc", "abc",
	      "abc");
	agree("%c|%3c|%-3c|%%", 'x', 'y', 'z');
	agree("%*d|%-*d|%.*d|%*.*x", 5, 42, 6, 43, 3, 7, -8, 4, 0xab);
	agree("%.*s|%.*s", 2, "abc", -1, "abc");
	agree("plain");
	agree("");
	OPTIMIZER_HIDE_VAR(null);
	expect("(null)", "%s", null);
	expect("(error)", "%s", (char *)ERR_PTR(-5));
	expect("  (nu", "%5.3s", null);
}

/* No attribute: the compiler refuses such widths. */
static int length_of(const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	return len;
}

KTEST_CASE(limits_of_the_buffer)
{
	char text[8];

	memset(text, 'x', sizeof(text));
	KTEST_EXPECT_EQ(snprintf(text, 4, "%d", 123456), 6);
	KTEST_EXPECT(!strcmp(text, "123") && text[4] == 'x');
	KTEST_EXPECT_EQ(snprintf(NULL, 0, "%s", "hello"), 5);
	KTEST_EXPECT_EQ(snprintf(text, 1, "hello"), 5);
	KTEST_EXPECT_EQ(text[0], 0);
	KTEST_EXPECT_EQ(scnprintf(text, 4, "hello"), 3);
	KTEST_EXPECT_EQ(scnprintf(text, 8, "hello"), 5);
	KTEST_EXPECT_EQ(scnprintf(text, 0, "hello"), 0);
	KTEST_EXPECT_EQ(sprintf(text, "%d", 42), 2);
	KTEST_EXPECT_EQ(length_of("%*d", INT_MIN, 1), 65536);
	KTEST_EXPECT_EQ(length_of("%99999999999d", 1), 65536);
	KTEST_EXPECT_EQ(snprintf(text, (size_t)-1, "x"), 1);
}

static void __printf(2, 3) nested(const char *want, const char *fmt, ...)
{
	struct va_format vaf;
	va_list args;

	va_start(args, fmt);
	vaf.fmt = fmt;
	vaf.va = &args;
	expect(want, "<%pV>", &vaf);
	va_end(args);
}

/* No attribute: the compiler's idea of %p is narrower. */
static void expect_kernel(const char *want, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!KTEST_EXPECT(!strcmp(text, want)))
		ktest_note("%s: got \"%s\", want \"%s\"", fmt, text, want);
}

KTEST_CASE(kinds_of_pointer)
{
	static const u8 bytes[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
				      0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10 };
	unsigned long map[2] = { 0xf0f, 0x3 };

	expect_kernel("ffff888000001000", "%px", (void *)0xffff888000001000);
	expect_kernel("0000000000001000", "%p", (void *)0x1000);
	expect_kernel("0x1000 ", "%-7ps", (void *)0x1000);
	expect_kernel("0x1000", "%pS", (void *)0x1000);
	expect_kernel("-EIO", "%pe", ERR_PTR(-EIO));
	expect_kernel("-4000", "%pe", ERR_PTR(-4000));
	expect_kernel("  -ENOENT", "%9pe", ERR_PTR(-ENOENT));
	expect_kernel("01 23 45", "%*ph", 3, bytes);
	expect_kernel("01:23:45", "%*phC", 3, bytes);
	expect_kernel("01-23-45", "%3phD", bytes);
	expect_kernel("012345!", "%*phN!", 3, bytes);
	expect_kernel("f0f", "%*pb", 12, map);
	expect_kernel("3,00000000,00000f0f", "%*pb", 66, map);
	expect_kernel("0-3,8-11,64-65", "%*pbl", 128, map);
	expect_kernel("", "%*pbl", 0, map);
	expect_kernel("01234567-89ab-cdef-fedc-ba9876543210", "%pUb", bytes);
	expect_kernel("67452301-ab89-efcd-fedc-ba9876543210", "%pUl", bytes);
	expect_kernel("(name)", "%pd", bytes);
	nested("<a 1 b>", "a %d %s", 1, "b");
	expect_kernel("%y %", "%y %");
	expect_kernel("%5!", "%5!");
}

KTEST_CASE(names_of_errors)
{
	KTEST_EXPECT(!strcmp(errname(EPERM), "EPERM"));
	KTEST_EXPECT(!strcmp(errname(-EHWPOISON), "EHWPOISON"));
	KTEST_EXPECT(!strcmp(errname(-ERESTARTSYS), "ERESTARTSYS"));
	KTEST_EXPECT(!errname(0) && !errname(41) && !errname(134) && !errname(10000) &&
		     !errname(INT_MIN));
}
