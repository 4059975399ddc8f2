/* SPDX-License-Identifier: MIT */
/* Texts: command lines, mount options, numbers, lists, patterns, UTF-8. */
#include <lib/bitmap.h>
#include <lib/errno.h>
#include <lib/glob.h>
#include <lib/parse.h>
#include <lib/utf8.h>
#include "fuzz.h"

/* Every word is a string inside the line, in order. */
struct line {
	const char *at, *end;
	bool stop;
};

static int on_arg(const char *param, const char *value, void *context)
{
	struct line *line = context;

	PROMISE(param >= line->at && param + strlen(param) < line->end);
	line->at = param + strlen(param);
	if (value) {
		PROMISE(value > line->at && value + strlen(value) < line->end);
		line->at = value + strlen(value);
	}
	parameq(param, "mod_name.debug-level");
	return line->stop && *param == '!' ? -EIO : 0;
}

static void fuzz_args(const u8 *data, size_t size)
{
	char *text = fuzz_string(data, size), *rest;
	struct line line = { text, text + size + 1, size & 1 };
	int err = parse_args(text, &rest, &line, on_arg);

	PROMISE(!err || err == -EIO);
	if (rest)
		PROMISE(rest > line.at && rest < line.end);
	fuzz_free(text);
}

static void fuzz_options(const u8 *data, size_t size)
{
	static const struct option_name table[] = {
		{ "ro", 1 }, { "size", 2 }, { "mode", 3 }, { NULL, 0 }
	};
	char *text = fuzz_string(data, size), *rest = text, *value, *name;

	while ((name = next_option(&rest, &value))) {
		PROMISE(!strchr(name, ',') && !strchr(name, '='));
		match_option(table, name);
	}
	PROMISE(!rest && !value);
	fuzz_free(text);
}

static void fuzz_numbers(const u8 *data, size_t size)
{
	static const unsigned int bases[] = { 0, 8, 10, 16 };
	char *text = fuzz_string(data, size), *end;
	unsigned int base = bases[size % 4];
	DECLARE_BITMAP(map, 130);
	unsigned long long u;
	long long s;
	bool b;
	u8 byte;
	s16 small;
	int err = kstrtoull(text, base, &u);

	PROMISE(!err || err == -EINVAL || err == -ERANGE);
	if (!err && *text != '+')
		PROMISE(simple_strtoull(text, &end, base) == u && (!*end || !strcmp(end, "\n")));
	err = kstrtoll(text, base, &s);
	if (!err && s < 0)
		PROMISE(*text == '-' && simple_strtoll(text, NULL, base) == s);
	err = kstrtou8(text, base, &byte);
	PROMISE(!err || err == -EINVAL || err == -ERANGE);
	err = kstrtos16(text, base, &small);
	PROMISE(!err || err == -EINVAL || err == -ERANGE);
	err = kstrtobool(text, &b);
	PROMISE(!err || err == -EINVAL);
	memparse(text, &end);
	PROMISE(end >= text && end <= text + strlen(text));
	err = bitmap_parselist(text, map, 130);
	PROMISE(!err || err == -EINVAL || err == -ERANGE);
	fuzz_free(text);
}

/* The part before the first newline is a pattern. */
static void fuzz_glob(const u8 *data, size_t size)
{
	char *text = fuzz_string(data, min(size, (size_t)200)), *rest = text;
	char *pattern = strsep(&rest, "\n");

	if (rest)
		glob_match(pattern, rest);
	PROMISE(glob_match("*", text));
	fuzz_free(text);
}

/* Byte by byte agrees with block by block. */
static void fuzz_utf8(const u8 *data, size_t size)
{
	struct utf8_state state = { 0 };
	size_t at = 0, pushed = 0;

	while (at < size) {
		enum utf8_result result = UTF8_MORE;
		u32 code = 0, pushed_code = 0;
		u8 again[UTF8_MAX_BYTES];
		int len = utf8_decode(data + at, size - at, &code);

		if (len == 0)
			break;
		while (result == UTF8_MORE)
			result = utf8_push(&state, data[pushed++], &pushed_code);
		if (len > 0) {
			PROMISE(result == UTF8_CHARACTER && code == pushed_code &&
				pushed == at + (size_t)len);
			PROMISE(utf8_encode(code, again) == (unsigned int)len &&
				!memcmp(again, data + at, (size_t)len));
		} else {
			PROMISE(result == UTF8_INVALID || result == UTF8_BAD_BYTE);
			/* Blocks skip one byte; start afresh behind it. */
			state.count = 0;
			pushed = at + 1;
			len = 1;
		}
		at += (size_t)len;
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	fuzz_args(data, size);
	fuzz_options(data, size);
	fuzz_numbers(data, size);
	fuzz_glob(data, size);
	fuzz_utf8(data, size);
	return 0;
}
