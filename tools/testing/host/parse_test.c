/* SPDX-License-Identifier: MIT */
#include <kernel/ktest.h>
#include <lib/kernel.h>
#include <lib/parse.h>
#include <lib/string.h>

KTEST_SUITE("parse");

KTEST_CASE(whole_numbers)
{
	unsigned long long u;
	long long s;
	unsigned int ui;
	int i;
	u16 h;
	s16 sh;
	u8 b;
	s8 sb;
	long l;
	unsigned long ul;

	KTEST_EXPECT(!kstrtoull("18446744073709551615", 10, &u) && u == ULLONG_MAX);
	KTEST_EXPECT_EQ(kstrtoull("18446744073709551616", 10, &u), -ERANGE);
	KTEST_EXPECT(!kstrtoull("0xffff", 0, &u) && u == 0xffff);
	KTEST_EXPECT(!kstrtoull("0Xa\n", 16, &u) && u == 10);
	KTEST_EXPECT(!kstrtoull("ff", 16, &u) && u == 255);
	KTEST_EXPECT(!kstrtoull("0755", 0, &u) && u == 0755);
	KTEST_EXPECT(!kstrtoull("+7", 0, &u) && u == 7);
	KTEST_EXPECT(!kstrtoull("0", 0, &u) && u == 0);
	KTEST_EXPECT_EQ(kstrtoull("", 0, &u), -EINVAL);
	KTEST_EXPECT_EQ(kstrtoull("0x", 0, &u), -EINVAL);
	KTEST_EXPECT_EQ(kstrtoull("08", 0, &u), -EINVAL);
	KTEST_EXPECT_EQ(kstrtoull("-1", 0, &u), -EINVAL);
	KTEST_EXPECT_EQ(kstrtoull("1 ", 0, &u), -EINVAL);
	KTEST_EXPECT_EQ(kstrtoull("1\n\n", 0, &u), -EINVAL);
	KTEST_EXPECT_EQ(kstrtoull(" 1", 0, &u), -EINVAL);
	KTEST_EXPECT(!kstrtoll("-9223372036854775808", 10, &s) && s == LLONG_MIN);
	KTEST_EXPECT_EQ(kstrtoll("-9223372036854775809", 10, &s), -ERANGE);
	KTEST_EXPECT_EQ(kstrtoll("9223372036854775808", 10, &s), -ERANGE);
	KTEST_EXPECT_EQ(kstrtoll("--1", 10, &s), -EINVAL);
	KTEST_EXPECT_EQ(kstrtoll("x", 10, &s), -EINVAL);
	KTEST_EXPECT(!kstrtouint("4294967295", 10, &ui) && ui == UINT_MAX);
	KTEST_EXPECT_EQ(kstrtouint("4294967296", 10, &ui), -ERANGE);
	KTEST_EXPECT(!kstrtoint("-2147483648", 10, &i) && i == INT_MIN);
	KTEST_EXPECT_EQ(kstrtoint("2147483648", 10, &i), -ERANGE);
	KTEST_EXPECT(!kstrtou16("65535", 10, &h) && h == 65535);
	KTEST_EXPECT_EQ(kstrtou16("65536", 10, &h), -ERANGE);
	KTEST_EXPECT(!kstrtos16("-32768", 10, &sh) && sh == -32768);
	KTEST_EXPECT(!kstrtou8("255", 10, &b) && b == 255);
	KTEST_EXPECT_EQ(kstrtos8("128", 10, &sb), -ERANGE);
	KTEST_EXPECT(!kstrtol("-5", 10, &l) && l == -5);
	KTEST_EXPECT(!kstrtoul("5", 10, &ul) && ul == 5);
}

KTEST_CASE(booleans)
{
	bool value = false;

	KTEST_EXPECT(!kstrtobool("y", &value) && value);
	KTEST_EXPECT(!kstrtobool("off\n", &value) && !value);
	KTEST_EXPECT(!kstrtobool("on", &value) && value);
	KTEST_EXPECT(!kstrtobool("0", &value) && !value);
	KTEST_EXPECT(!kstrtobool("1", &value) && value);
	KTEST_EXPECT_EQ(kstrtobool("", &value), -EINVAL);
	KTEST_EXPECT_EQ(kstrtobool("maybe", &value), -EINVAL);
}

KTEST_CASE(numbers_at_the_front)
{
	char *end;

	KTEST_EXPECT_EQ(simple_strtoul("12ab", &end, 10), 12);
	KTEST_EXPECT_EQ(strcmp(end, "ab"), 0);
	KTEST_EXPECT_EQ(simple_strtoul("0x1fg", &end, 0), 0x1f);
	KTEST_EXPECT_EQ(*end, 'g');
	KTEST_EXPECT_EQ(simple_strtol("-12", NULL, 0), -12);
	KTEST_EXPECT_EQ(simple_strtoll("-99999999999999999999", NULL, 0), LLONG_MIN);
	KTEST_EXPECT_EQ(simple_strtoull("99999999999999999999999", NULL, 0), ULLONG_MAX);
	KTEST_EXPECT_EQ(memparse("16M,", &end), 16 << 20);
	KTEST_EXPECT_EQ(*end, ',');
	KTEST_EXPECT_EQ(memparse("0x10k", NULL), 0x4000);
	KTEST_EXPECT_EQ(memparse("1G", &end), 1L << 30);
	KTEST_EXPECT_EQ(memparse("15e", &end), 15UL << 60);
	KTEST_EXPECT_EQ(memparse("16e", &end), ULLONG_MAX);
	KTEST_EXPECT_EQ(memparse("7", &end), 7);
	KTEST_EXPECT_EQ(*end, 0);
}

static int record(const char *param, const char *value, void *context)
{
	strscat(context, param, 256);
	if (value) {
		strscat(context, "=", 256);
		strscat(context, value, 256);
	}
	strscat(context, "|", 256);
	return strcmp(param, "stop") ? 0 : -EIO;
}

static void expect_args(const char *line, const char *want, const char *want_rest, int want_err)
{
	char text[256], seen[256] = "", *rest;

	strscpy(text, line, sizeof(text));
	KTEST_EXPECT_EQ(parse_args(text, &rest, seen, record), want_err);
	if (!KTEST_EXPECT(!strcmp(seen, want)))
		ktest_note("%s: got %s", line, seen);
	KTEST_EXPECT(want_rest ? rest && !strcmp(rest, want_rest) : !rest);
}

KTEST_CASE(command_lines)
{
	expect_args("", "", NULL, 0);
	expect_args("   ", "", NULL, 0);
	expect_args(" a  b=c \td=", "a|b=c|d=|", NULL, 0);
	expect_args("a=b=c", "a=b=c|", NULL, 0);
	expect_args("a=\"b c\" d", "a=b c|d|", NULL, 0);
	expect_args("\"a b\" c", "a b|c|", NULL, 0);
	expect_args("\"a=b c\" d", "a=b c|d|", NULL, 0);
	expect_args("a=b\" \"c d", "a=b\" \"c|d|", NULL, 0);
	expect_args("a=\"open", "a=open|", NULL, 0);
	expect_args("\"open", "open|", NULL, 0);
	expect_args("\"", "", NULL, 0);
	expect_args("a=\"\" b", "a=|b|", NULL, 0);
	expect_args("a=\"", "a=|", NULL, 0);
	expect_args("x -- y z", "x|", "y z", 0);
	expect_args("x --", "x|", "", 0);
	expect_args("a stop b", "a|stop|", NULL, -EIO);
	KTEST_EXPECT(parameq("no-hz", "no_hz"));
	KTEST_EXPECT(!parameq("no-hz", "no"));
	KTEST_EXPECT(parameqn("mod-name.x", "mod_name", 8));
	KTEST_EXPECT(!parameqn("mod", "mod_name", 8));
}

KTEST_CASE(mount_options)
{
	static const struct option_name table[] = { { "ro", 1 }, { "size", 2 }, { NULL, 0 } };
	char text[] = "ro,,size=5%,mode=0755,x=", *rest = text, *value, *name;

	name = next_option(&rest, &value);
	KTEST_EXPECT(!strcmp(name, "ro") && !value);
	KTEST_EXPECT_EQ(match_option(table, name), 1);
	name = next_option(&rest, &value);
	KTEST_EXPECT(!strcmp(name, "size") && !strcmp(value, "5%"));
	KTEST_EXPECT_EQ(match_option(table, name), 2);
	name = next_option(&rest, &value);
	KTEST_EXPECT_EQ(match_option(table, name), -EINVAL);
	name = next_option(&rest, &value);
	KTEST_EXPECT(!strcmp(name, "x") && !strcmp(value, ""));
	KTEST_EXPECT(!next_option(&rest, &value) && !value);
}
