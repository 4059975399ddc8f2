/* SPDX-License-Identifier: MIT */
/*
 * UTF-8 (RFC 3629): one character at a time, out of a block or byte by byte.
 * Overlong forms, surrogates and numbers above 0x10ffff are invalid.
 */
#ifndef LIB_UTF8_H
#define LIB_UTF8_H

#include <lib/types.h>

#define UTF8_REPLACEMENT	0xfffdU	/* what is shown for bytes that make no sense */
#define UTF8_MAX_BYTES		4

/*
 * The character at s, of `len` bytes: its length with *code set; 0 when the
 * bytes are a beginning only; -1 when they are invalid, the first byte should then be skipped.
 */
int utf8_decode(const u8 *s, size_t len, u32 *code);
/* Writes up to UTF8_MAX_BYTES bytes; returns how many, 0 for what is no character. */
unsigned int utf8_encode(u32 code, u8 *to);

/* All zero at the start. */
struct utf8_state {
	u8 bytes[UTF8_MAX_BYTES];
	u8 count;
};

enum utf8_result {
	UTF8_MORE,	/* the byte was taken, more must come */
	UTF8_CHARACTER, /* *code is a character */
	/* the bytes before this one were invalid: show one replacement, then push it again */
	UTF8_INVALID,
	UTF8_BAD_BYTE, /* this byte alone is invalid: show one replacement */
};
enum utf8_result utf8_push(struct utf8_state *state, u8 byte, u32 *code);

#endif
