/* SPDX-License-Identifier: MIT */
#include <kernel/ktest.h>
#include <lib/ctype.h>
#include <lib/string.h>

KTEST_SUITE("string");

KTEST_CASE(lengths_at_every_alignment)
{
	char block[80];

	for (size_t shift = 0; shift < 8; shift++) {
		for (size_t len = 0; len < 64; len++) {
			memset(block, 'x', sizeof(block));
			block[shift + len] = 0;
			KTEST_EXPECT_EQ(strlen(block + shift), len);
			KTEST_EXPECT_EQ(strnlen(block + shift, 70), len);
			KTEST_EXPECT_EQ(strnlen(block + shift, len), len);
			KTEST_EXPECT_EQ(strnlen(block + shift, len / 2), len / 2);
		}
	}
	/* Bytes above 127 are no ends. */
	KTEST_EXPECT_EQ(strlen("\x80\x81\xff\x01\x80\x80\x80\x80\x80"), 9);
}

KTEST_CASE(comparing)
{
	KTEST_EXPECT_EQ(strcmp("", ""), 0);
	KTEST_EXPECT(strcmp("a", "b") < 0);
	KTEST_EXPECT(strcmp("ab", "a") > 0);
	KTEST_EXPECT(strcmp("\xff", "a") > 0);
	KTEST_EXPECT_EQ(strncmp("abc", "abd", 2), 0);
	KTEST_EXPECT(strncmp("abc", "abd", 3) < 0);
	KTEST_EXPECT_EQ(strncmp("a", "a", 100), 0);
	KTEST_EXPECT_EQ(strcasecmp("HeLLo", "hEllO"), 0);
	KTEST_EXPECT(strcasecmp("a", "B") < 0);
	KTEST_EXPECT_EQ(strncasecmp("ABc", "abd", 2), 0);
	KTEST_EXPECT(sysfs_streq("on", "on\n"));
	KTEST_EXPECT(sysfs_streq("on\n", "on"));
	KTEST_EXPECT(!sysfs_streq("on", "one"));
	KTEST_EXPECT(!sysfs_streq("on\n\n", "on"));
	KTEST_EXPECT(str_has_prefix("prefix", "pre"));
	KTEST_EXPECT(!str_has_prefix("pr", "pre"));
}

KTEST_CASE(searching)
{
	const char *s = "hello world";

	KTEST_EXPECT(strchr(s, 'o') == s + 4);
	KTEST_EXPECT(strchr(s, 0) == s + 11);
	KTEST_EXPECT(!strchr(s, 'z'));
	KTEST_EXPECT(strchrnul(s, 'z') == s + 11);
	KTEST_EXPECT(strrchr(s, 'o') == s + 7);
	KTEST_EXPECT(strrchr(s, 0) == s + 11);
	KTEST_EXPECT(!strrchr(s, 'z'));
	KTEST_EXPECT(strstr(s, "wor") == s + 6);
	KTEST_EXPECT(strstr(s, "") == s);
	KTEST_EXPECT(!strstr(s, "worlds"));
	KTEST_EXPECT(!strnstr(s, "world", 10));
	KTEST_EXPECT(strnstr(s, "world", 11) == s + 6);
	KTEST_EXPECT_EQ(strspn(s, "ehl"), 4);
	KTEST_EXPECT_EQ(strcspn(s, " w"), 5);
	KTEST_EXPECT(strpbrk(s, "wo") == s + 4);
	KTEST_EXPECT(!strpbrk(s, "xyz"));
	KTEST_EXPECT_EQ(strcmp(kbasename("/a/b/c"), "c"), 0);
	KTEST_EXPECT_EQ(strcmp(kbasename("c"), "c"), 0);
}

KTEST_CASE(copying_into_a_limited_place)
{
	char to[8];

	KTEST_EXPECT_EQ(strscpy(to, "1234567", 8), 7);
	KTEST_EXPECT_EQ(strcmp(to, "1234567"), 0);
	KTEST_EXPECT_EQ(strscpy(to, "12345678", 8), -E2BIG);
	KTEST_EXPECT_EQ(strcmp(to, "1234567"), 0);
	KTEST_EXPECT_EQ(strscpy(to, "", 1), 0);
	KTEST_EXPECT_EQ(strscpy(to, "x", 0), -E2BIG);
	memset(to, 'x', sizeof(to));
	KTEST_EXPECT_EQ(strscpy_pad(to, "ab", 8), 2);
	KTEST_EXPECT(!memchr_inv(to + 2, 0, 6));
	KTEST_EXPECT_EQ(strscat(to, "cde", 8), 5);
	KTEST_EXPECT_EQ(strcmp(to, "abcde"), 0);
	KTEST_EXPECT_EQ(strscat(to, "fgh", 8), -E2BIG);
	KTEST_EXPECT_EQ(strcmp(to, "abcdefg"), 0);
}

KTEST_CASE(splitting)
{
	char text[] = "a,b;;c", padded[] = " \t two words \n", blank[] = "  ";
	char *rest = text;

	KTEST_EXPECT_EQ(strcmp(strsep(&rest, ",;"), "a"), 0);
	KTEST_EXPECT_EQ(strcmp(strsep(&rest, ",;"), "b"), 0);
	KTEST_EXPECT_EQ(strcmp(strsep(&rest, ",;"), ""), 0);
	KTEST_EXPECT_EQ(strcmp(strsep(&rest, ",;"), "c"), 0);
	KTEST_EXPECT(!strsep(&rest, ",;"));
	KTEST_EXPECT_EQ(strcmp(strim(padded), "two words"), 0);
	KTEST_EXPECT_EQ(strcmp(strim(blank), ""), 0);
}

KTEST_CASE(tables)
{
	static const char *const names[] = { "zero", "one", NULL, "three" };

	KTEST_EXPECT_EQ(match_string(names, 4, "one"), 1);
	KTEST_EXPECT_EQ(match_string(names, 4, "three"), -EINVAL);
	KTEST_EXPECT_EQ(match_string(names, 1, "one"), -EINVAL);
}

KTEST_CASE(classes_of_characters)
{
	for (int c = 0; c < 256; c++) {
		KTEST_EXPECT_EQ(isdigit(c), c >= '0' && c <= '9');
		KTEST_EXPECT_EQ(isupper(c), c >= 'A' && c <= 'Z');
		KTEST_EXPECT_EQ(islower(c), c >= 'a' && c <= 'z');
		KTEST_EXPECT_EQ(isalpha(c), isupper(c) || islower(c));
		KTEST_EXPECT_EQ(isspace(c), c == ' ' || (c >= 9 && c <= 13));
		KTEST_EXPECT_EQ(isprint(c), c >= 32 && c < 127);
		KTEST_EXPECT_EQ(isxdigit(c),
				isdigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
		KTEST_EXPECT_EQ(hex_to_bin(c) >= 0, isxdigit(c));
		KTEST_EXPECT_EQ(toupper(tolower(c)) == c, !islower(c));
	}
	KTEST_EXPECT_EQ(hex_to_bin('b'), 11);
	KTEST_EXPECT_EQ(hex_to_bin('F'), 15);
}
