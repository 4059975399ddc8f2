/* SPDX-License-Identifier: MIT */
/* The boot command line: words, quotes, names. */
#include <kernel/init.h>
#include <kernel/ktest.h>
#include <lib/string.h>

KTEST_SUITE("params");

/* Splits and compares with words joined by '|'. */
static void check(const char *line, const char *expected)
{
	char buffer[64], *end;

	strscpy(buffer, line, sizeof(buffer));
	end = boot_line_split(buffer);
	KTEST_ASSERT(end <= buffer + strlen(line) + 1);
	for (char *p = buffer; p < end; p++)
		if (!*p)
			*p = '|';
	KTEST_EXPECT_EQ(end - buffer, strlen(expected));
	KTEST_EXPECT(!memcmp(buffer, expected, strlen(expected)));
}

KTEST_CASE(words_and_quotes)
{
	check("", "");
	check("   \t \n", "");
	check("a", "a|");
	check(" a  b=c ", "a|b=c|");
	check("a=\"b c\" d", "a=b c|d|");
	check("\"a=b c\" d", "a=b c|d|");
	check("\"\"", "|");
	check("a\"b\"c", "abc|");
	check("a \"not closed", "a|not closed|");
	check("\"", "|");
}

KTEST_CASE(values_belong_to_their_names)
{
	const char *value = boot_param_value("log-level=7", "log_level");

	KTEST_EXPECT(value && !strcmp(value, "7"));
	value = boot_param_value("quiet", "quiet");
	KTEST_EXPECT(value && !*value);
	KTEST_EXPECT(!boot_param_value("quieter", "quiet"));
	KTEST_EXPECT(!boot_param_value("qui", "quiet"));
	KTEST_EXPECT(!boot_param_value("", "quiet"));
}

KTEST_CASE(words_have_classes)
{
	KTEST_EXPECT_EQ(boot_word_class("loglevel=7"), BOOT_WORD_KNOWN);
	KTEST_EXPECT_EQ(boot_word_class("hello.who=you"), BOOT_WORD_MODULE);
	KTEST_EXPECT_EQ(boot_word_class("PATH=/a.b"), BOOT_WORD_ENVIRONMENT);
	KTEST_EXPECT_EQ(boot_word_class("single"), BOOT_WORD_ARGUMENT);
}
