/* SPDX-License-Identifier: MIT */
/*
 * Shell patterns. When a character does not match, only the last star needs
 * to be tried with one character more: what an earlier one could take, the later one can too.
 */
#include <lib/glob.h>

/* The set at p (behind the '['): its end, or NULL if it has none; *matches tells whether c is in it. */
static const char *match_set(const char *p, char c, bool *matches)
{
	bool inverted = *p == '!' || *p == '^';
	bool found = false, first = true;

	for (p += inverted; *p && (first || *p != ']'); p++, first = false) {
		u8 low = (u8)*p, high = low;

		if (p[1] == '-' && p[2] && p[2] != ']') {
			high = (u8)p[2];
			p += 2;
		}
		found |= (u8)c >= low && (u8)c <= high;
	}
	*matches = found != inverted;
	return *p ? p + 1 : NULL;
}

/* Whether the first element of the pattern, no star, takes c; *next is what follows it. */
static bool match_one(const char *p, char c, const char **next)
{
	const char *end;
	bool matches;

	if (*p == '[') {
		end = match_set(p + 1, c, &matches);
		if (end) {
			*next = end;
			return matches;
		}
	}
	if (*p == '\\' && p[1])
		p++;
	else if (*p == '?')
		c = '?';
	*next = p + 1;
	return *p == c;
}

bool glob_match(const char *pattern, const char *text)
{
	const char *star = NULL, *retry = NULL;

	for (;;) {
		const char *next;

		if (*pattern == '*') {
			star = ++pattern;
			retry = text;
			continue;
		}
		if (*pattern && *text && match_one(pattern, *text, &next)) {
			pattern = next;
			text++;
			continue;
		}
		if (!*pattern && !*text)
			return true;
		if (!star || !*retry)
			return false;
		pattern = star;
		text = ++retry;
	}
}
