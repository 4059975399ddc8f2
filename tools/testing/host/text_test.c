/* SPDX-License-Identifier: MIT */
#include <kernel/ktest.h>
#include <lib/glob.h>
#include <lib/string.h>
#include <lib/utf8.h>

KTEST_SUITE("text");

KTEST_CASE(every_character_there_and_back)
{
	for (u32 code = 0; code < 0x110100; code++) {
		struct utf8_state state = { 0 };
		u8 bytes[4];
		u32 got = ~code;
		unsigned int len = utf8_encode(code, bytes);

		if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
			KTEST_EXPECT_EQ(len, 0);
			continue;
		}
		KTEST_ASSERT_EQ(len, 1 + (code >= 0x80) + (code >= 0x800) + (code >= 0x10000));
		KTEST_ASSERT_EQ(utf8_decode(bytes, 4, &got), len);
		KTEST_ASSERT_EQ(got, code);
		for (unsigned int cut = 0; cut < len; cut++) {
			KTEST_ASSERT_EQ(utf8_decode(bytes, cut, &got), 0);
			KTEST_ASSERT_EQ(utf8_push(&state, bytes[cut], &got),
					cut + 1 < len ? UTF8_MORE : UTF8_CHARACTER);
		}
		KTEST_ASSERT_EQ(got, code);
	}
}

KTEST_CASE(bytes_that_are_no_utf8)
{
	static const char *const bad[] = { "\x80",
					   "\xbf",
					   "\xc0\x80",
					   "\xc1\xbf",
					   "\xe0\x9f\xbf",
					   "\xed\xa0\x80",
					   "\xf0\x8f\xbf\xbf",
					   "\xf4\x90\x80\x80",
					   "\xf5\x80\x80\x80",
					   "\xff",
					   "\xc3(",
					   "\xe2\x28\xa1",
					   "\xe2\x82(",
					   "\xf0\x90\x8c(" };
	struct utf8_state state = { 0 };
	u32 code;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		KTEST_EXPECT_EQ(utf8_decode((const u8 *)bad[i], strlen(bad[i]), &code), -1);
	KTEST_EXPECT_EQ(utf8_push(&state, 0xe2, &code), UTF8_MORE);
	KTEST_EXPECT_EQ(utf8_push(&state, 'a', &code), UTF8_INVALID);
	KTEST_EXPECT_EQ(utf8_push(&state, 'a', &code), UTF8_CHARACTER);
	KTEST_EXPECT_EQ(code, 'a');
	KTEST_EXPECT_EQ(utf8_push(&state, 0xff, &code), UTF8_BAD_BYTE);
	KTEST_EXPECT_EQ(utf8_push(&state, 'b', &code), UTF8_CHARACTER);
}

KTEST_CASE(patterns)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "a", "", false },
		{ "*", "", true },
		{ "*", "a/b", true },
		{ "?", "", false },
		{ "?", "x", true },
		{ "a*b", "ab", true },
		{ "a*b", "axxb", true },
		{ "a*b", "axxc", false },
		{ "*a*b*", "xxaxxbxx", true },
		{ "*a*b", "ab_ab", true },
		{ "a**", "a", true },
		{ "[abc]", "b", true },
		{ "[a-c]x", "bx", true },
		{ "[a-c]", "d", false },
		{ "[!a-c]", "d", true },
		{ "[^a]", "a", false },
		{ "[]a]", "]", true },
		{ "[!]]", "]", false },
		{ "[a-]", "-", true },
		{ "[", "[", true },
		{ "[a", "[a", true },
		{ "[a", "a", false },
		{ "\\*", "*", true },
		{ "\\*", "a", false },
		{ "a\\", "a\\", true },
		{ "[\\]", "\\", true },
		{ "\\?", "?", true },
		{ "\\[a]", "[a]", true },
		{ "pci:v00008086d*sv*sd*bc*sc*i*",
		  "pci:v00008086d00001237sv00001AF4sd00001100bc06sc00i00", true },
		{ "*.case_?", "suite.case_1", true },
		{ "[\x80-\xff]", "\xc3", true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (!KTEST_EXPECT_EQ(glob_match(cases[i].pattern, cases[i].text), cases[i].matches))
			ktest_note("%s against %s", cases[i].pattern, cases[i].text);
	/* Many stars against a long text that fails at the very end: not exponential. */
	KTEST_EXPECT(!glob_match("*a*a*a*a*a*a*a*a*a*a*a*a*b",
				 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}
