/* SPDX-License-Identifier: MIT */
/*
 * UTF-8.
 */
#include <lib/utf8.h>

/* Length by the first byte, 0 for a byte that starts nothing. */
static unsigned int length_of(u8 first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if ((first & 0xf0) == 0xe0)
		return 3;
	return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/* Whether `byte` may be the second one: excludes overlong forms, surrogates, what is too large. */
static bool second_ok(u8 first, u8 byte)
{
	switch (first) {
	case 0xe0: return byte >= 0xa0;
	case 0xed: return byte < 0xa0;
	case 0xf0: return byte >= 0x90;
	case 0xf4: return byte < 0x90;
	default: return true;
	}
}

int utf8_decode(const u8 *s, size_t len, u32 *code)
{
	unsigned int need, i;
	u32 value;

	if (!len)
		return 0;
	need = length_of(s[0]);
	if (!need)
		return -1;
	value = need == 1 ? s[0] : s[0] & (0x7f >> need);
	for (i = 1; i < need; i++) {
		if (i >= len)
			return 0;
		if ((s[i] & 0xc0) != 0x80 || (i == 1 && !second_ok(s[0], s[1])))
			return -1;
		value = value << 6 | (s[i] & 0x3f);
	}
	*code = value;
	return (int)need;
}

unsigned int utf8_encode(u32 code, u8 *to)
{
	if (code < 0x80) {
		to[0] = (u8)code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (u8)(0xc0 | code >> 6);
		to[1] = (u8)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code >= 0xd800 && code < 0xe000)
		return 0;
	if (code < 0x10000) {
		to[0] = (u8)(0xe0 | code >> 12);
		to[1] = (u8)(0x80 | (code >> 6 & 0x3f));
		to[2] = (u8)(0x80 | (code & 0x3f));
		return 3;
	}
	if (code > 0x10ffff)
		return 0;
	to[0] = (u8)(0xf0 | code >> 18);
	to[1] = (u8)(0x80 | (code >> 12 & 0x3f));
	to[2] = (u8)(0x80 | (code >> 6 & 0x3f));
	to[3] = (u8)(0x80 | (code & 0x3f));
	return 4;
}

enum utf8_result utf8_push(struct utf8_state *state, u8 byte, u32 *code)
{
	int len;

	state->bytes[state->count] = byte;
	len = utf8_decode(state->bytes, state->count + 1U, code);
	if (len == 0) {
		state->count++;
		return UTF8_MORE;
	}
	if (len < 0 && state->count) {
		state->count = 0;
		return UTF8_INVALID;
	}
	state->count = 0;
	return len < 0 ? UTF8_BAD_BYTE : UTF8_CHARACTER;
}
