/* SPDX-License-Identifier: MIT */
/*
 * Formats. The input is read as a row of conversions, each with its flags,
 * width, precision, length and value; what the C library knows must come out the same.
 */
#include <lib/bitops.h>
#include <lib/err.h>
#include <lib/printf.h>
#include "fuzz.h"

struct input {
	const u8 *data;
	size_t left;
};

static u64 take(struct input *in, size_t bytes)
{
	u64 value = 0;

	for (; bytes && in->left; bytes--, in->left--)
		value = value << 8 | *in->data++;
	return value;
}

static int __printf(3, 0) theirs(char *to, size_t size, const char *fmt, va_list args)
{
	return fuzz_host_vsnprintf(to, size, fmt, args);
}

/* Not declared as a printf: the formats are made up. */
static void run(bool compare, size_t size, const char *fmt, ...)
{
	char *ours = fuzz_alloc(size);
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(ours, size, fmt, args);
	va_end(args);
	PROMISE(len >= 0);
	if (size)
		PROMISE(strnlen(ours, size) == min((size_t)len, size - 1));
	{
		char *stored = fuzz_alloc(size);
		int room = size ? min((size_t)len, size - 1) : 0;

		va_start(args, fmt);
		PROMISE(vscnprintf(stored, size, fmt, args) == room);
		va_end(args);
		PROMISE(!size || !strcmp(ours, stored));
		fuzz_free(stored);
	}
	if (compare) {
		char *expected = fuzz_alloc(size);

		va_start(args, fmt);
		PROMISE(theirs(expected, size, fmt, args) == len);
		va_end(args);
		PROMISE(!size || !strcmp(ours, expected));
		fuzz_free(expected);
	}
	fuzz_free(ours);
}

static void nested(size_t size, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	run(false, size, "<%pV>", &vaf);
	va_end(args);
}

static void fuzz_number(struct input *in, const char *head, size_t size)
{
	static const char conversions[] = "diuxXo";
	static const char *const lengths[] = { "", "h", "hh", "l", "ll", "z", "t", "j" };
	char conversion = conversions[take(in, 1) % 6];
	char fmt[64];
	/* Signs and prefixes where C leaves them undefined are not compared. */
	bool is_signed = conversion == 'd' || conversion == 'i';
	bool compare = !(strpbrk(head, "+ ") && !is_signed) &&
		       !(strchr(head, '#') && (is_signed || conversion == 'u'));

	snprintf(fmt, sizeof(fmt), "%s%s%c", head, lengths[take(in, 1) % 8], conversion);
	run(compare, size, fmt, take(in, 8));
	snprintf(fmt, sizeof(fmt), "a%%-*.*l%cb", conversion);
	run(true, size, fmt, (int)(s8)take(in, 1), (int)(s8)take(in, 1), take(in, 8));
}

static void fuzz_pointer(struct input *in, const char *head, size_t size)
{
	static const char *const kinds[] = { "", "x", "S", "s", "e", "d", "Ub", "Ul", "U" };
	u64 bytes[8];
	char fmt[64];

	for (size_t i = 0; i < ARRAY_SIZE(bytes); i++)
		bytes[i] = take(in, 4) * 0x10001;
	snprintf(fmt, sizeof(fmt), "%sp%s", head, kinds[take(in, 1) % ARRAY_SIZE(kinds)]);
	run(false, size, fmt, (void *)bytes);
	run(false, size, "%pe%20pe", ERR_PTR(-(long)take(in, 2)), (void *)bytes);
	run(false, size, "%*ph", (int)take(in, 1) % 65, bytes);
	run(false, size, "%*phC|%*phD|%*phN", (int)take(in, 1) % 65, bytes, (int)take(in, 1) % 65,
	    bytes, 3, bytes);
	run(false, size, "%*pb %*pbl", (int)take(in, 2) % 513, bytes, (int)take(in, 2) % 513,
	    bytes);
}

static void fuzz_text(struct input *in, const char *head, size_t size)
{
	size_t len = min(in->left, (size_t)take(in, 1));
	char *text = fuzz_string(in->data, min(len, in->left)), *c;
	char fmt[64];

	in->data += min(len, in->left);
	in->left -= min(len, in->left);
	snprintf(fmt, sizeof(fmt), "%ss", head);
	if (!strpbrk(head, "+ #0"))
		run(true, size, fmt, text);
	run(false, size, "%.*s%c%5c%%%s", (int)take(in, 1), text, (int)take(in, 1) | 1, 'x',
	    (char *)NULL);
	/* Nothing that would take an argument: what is left is copied. */
	for (c = text; *c; c++)
		if (strchr("diuxXocsp*", *c))
			*c = 'y';
	run(false, size, text);
	nested(size, text);
	fuzz_free(text);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const char flags[] = "-+ #0";
	struct input in = { data, size };

	while (in.left) {
		u8 chosen = (u8)take(&in, 1), kind = (u8)take(&in, 1);
		size_t room = take(&in, 1);
		char head[32], *end = head;

		*end++ = '%';
		for (int i = 0; i < 5; i++)
			if (chosen & BIT(i))
				*end++ = flags[i];
		if (chosen & 0x40)
			end += sprintf(end, "%u", (u32)take(&in, 1));
		if (chosen & 0x80)
			end += sprintf(end, ".%u", (u32)take(&in, 1));
		*end = 0;
		if (kind % 3 == 0)
			fuzz_number(&in, head, room);
		else if (kind % 3 == 1)
			fuzz_pointer(&in, head, room);
		else
			fuzz_text(&in, head, room);
	}
	return 0;
}
