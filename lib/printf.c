/* SPDX-License-Identifier: MIT */
/*
 * Formatted text: the machine behind snprintf, seq_printf and printk. The
 * conversions are listed in lib/printf.h.
 *
 * Output goes through put(), which counts what does not fit, so that every
 * function can return the length the whole text would have.
 */
#include <lib/bitmap.h>
#include <lib/bitops.h>
#include <lib/ctype.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <lib/string.h>

struct out {
	char *to;
	size_t size;
	size_t len; /* of the whole text so far */
};

enum {
	LEFT = 1,   /* '-' */
	PLUS = 2,   /* '+' */
	SPACE = 4,  /* ' ' */
	PREFIX = 8, /* '#' */
	ZERO = 16,  /* '0' */
	SIGNED = 32,
	SMALL = 64, /* lower-case digits */
};

struct spec {
	unsigned int flags;
	int width;     /* 0: none */
	int precision; /* -1: none */
	unsigned int base;
	char length; /* 'H' for hh, 'h', 'l', 'L' for ll, 'z', 't', or 0: int */
};

#define WIDTH_MAX	65536
#define MOST_ZEROS	16	/* that a number's buffer has room for, beside its digits */

static __always_inline void put(struct out *out, char c)
{
	if (out->len < out->size)
		out->to[out->len] = c;
	out->len++;
}

static void put_many(struct out *out, char c, int count)
{
	if (count <= 0)
		return;
	if (out->len < out->size)
		memset(out->to + out->len, c, min((size_t)count, out->size - out->len));
	out->len += count;
}

/* Most pieces are a few bytes: two words that may overlap copy up to sixteen. */
static __always_inline void copy_short(char *to, const char *s, size_t len)
{
	if (len >= 8) {
		u64 first = get_unaligned_le64(s), last = get_unaligned_le64(s + len - 8);

		put_unaligned_le64(first, to);
		put_unaligned_le64(last, to + len - 8);
	} else if (len >= 4) {
		u32 first = get_unaligned_le32(s), last = get_unaligned_le32(s + len - 4);

		put_unaligned_le32(first, to);
		put_unaligned_le32(last, to + len - 4);
	} else if (len) {
		to[0] = s[0];
		to[len / 2] = s[len / 2];
		to[len - 1] = s[len - 1];
	}
}

static void put_bytes(struct out *out, const char *s, size_t len)
{
	if (out->len < out->size) {
		size_t room = min(len, out->size - out->len);

		if (room <= 16)
			copy_short(out->to + out->len, s, room);
		else
			memcpy(out->to + out->len, s, room);
	}
	out->len += len;
}

static void put_padded(struct out *out, const char *s, size_t len, const struct spec *spec)
{
	int pad = len < (size_t)spec->width ? spec->width - (int)len : 0;

	if (!(spec->flags & LEFT))
		put_many(out, ' ', pad);
	put_bytes(out, s, len);
	if (spec->flags & LEFT)
		put_many(out, ' ', pad);
}

static void put_string(struct out *out, const char *s, const struct spec *spec)
{
	size_t len;

	if ((unsigned long)s < 4096)
		s = "(null)";
	else if (IS_ERR(s))
		s = "(error)";
	len = spec->precision >= 0 ? strnlen(s, (size_t)spec->precision) : strlen(s);
	put_padded(out, s, len, spec);
}

/* In pairs: a division is dearer than the table. */
char *decimal_before(char *end, u64 value)
{
	static const char pairs[] =
		"0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
		"5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

	while (value >= 100) {
		u64 rest = value / 100;

		end -= 2;
		memcpy(end, pairs + 2 * (value - 100 * rest), 2);
		value = rest;
	}
	if (value >= 10) {
		end -= 2;
		memcpy(end, pairs + 2 * value, 2);
	} else {
		*--end = (char)('0' + value);
	}
	return end;
}

char *hex_before(char *end, u64 value, unsigned int digits)
{
	char *last = end - digits;

	do
		*--end = "0123456789abcdef"[value & 15];
	while (value >>= 4);
	while (end > last)
		*--end = '0';
	return end;
}

static char *digits_before(char *end, u64 value, unsigned int base, bool small)
{
	const char *digits = small ? "0123456789abcdef" : "0123456789ABCDEF";

	if (base == 10) {
		end = decimal_before(end, value);
	} else {
		unsigned int shift = base == 16 ? 4 : 3;

		do {
			*--end = digits[value & (base - 1)];
			value >>= shift;
		} while (value);
	}
	return end;
}

static void put_number(struct out *out, u64 value, struct spec spec)
{
	char buffer[48], prefix[3];
	char *end = buffer + sizeof(buffer), *start;
	int nr_prefix = 0, nr_digits, zeros, pad;

	if (spec.flags & SIGNED) {
		if ((s64)value < 0) {
			prefix[nr_prefix++] = '-';
			value = -value;
		} else if (spec.flags & PLUS) {
			prefix[nr_prefix++] = '+';
		} else if (spec.flags & SPACE) {
			prefix[nr_prefix++] = ' ';
		}
	}
	start = value || spec.precision ? digits_before(end, value, spec.base, spec.flags & SMALL)
					: end;
	nr_digits = (int)(end - start);
	if ((spec.flags & PREFIX) && spec.base == 16 && value) {
		prefix[nr_prefix++] = '0';
		prefix[nr_prefix++] = spec.flags & SMALL ? 'x' : 'X';
	}
	if (spec.precision < 0 && (spec.flags & ZERO) && !(spec.flags & LEFT))
		zeros = spec.width - nr_prefix - nr_digits;
	else
		zeros = spec.precision - nr_digits;
	zeros = max(zeros, 0);
	if ((spec.flags & PREFIX) && spec.base == 8 && !zeros && (!nr_digits || *start != '0'))
		zeros = 1;
	pad = spec.width - nr_prefix - zeros - nr_digits;
	if (!(spec.flags & LEFT))
		put_many(out, ' ', pad);
	if (zeros <= MOST_ZEROS) {
		/* All of it in one piece. */
		while (zeros-- > 0)
			*--start = '0';
		while (nr_prefix > 0)
			*--start = prefix[--nr_prefix];
	} else {
		put_bytes(out, prefix, (size_t)nr_prefix);
		put_many(out, '0', zeros);
	}
	put_bytes(out, start, (size_t)(end - start));
	if (spec.flags & LEFT)
		put_many(out, ' ', pad);
}

/* A number with no more ado, for the conversions of %p. */
static void put_plain(struct out *out, u64 value, unsigned int base, int digits)
{
	put_number(out, value, (struct spec){ .base = base, .precision = digits, .flags = SMALL });
}

/* --- %p and its kin --- */

int __weak printf_symbol(char *to, size_t size, unsigned long address, bool with_offset)
{
	return snprintf(to, size, "0x%lx", address);
}

unsigned long __weak printf_pointer_id(const void *ptr)
{
	return (unsigned long)ptr;
}

int __weak printf_name(char *to, size_t size, const void *dentry)
{
	return snprintf(to, size, "(name)");
}

static void put_address(struct out *out, unsigned long address, struct spec spec)
{
	spec.base = 16;
	spec.flags |= SMALL;
	if (spec.precision < 0)
		spec.precision = 16;
	put_number(out, address, spec);
}

static void put_symbol(struct out *out, const void *ptr, bool with_offset, const struct spec *spec)
{
	char name[128];
	int len = printf_symbol(name, sizeof(name), (unsigned long)ptr, with_offset);

	put_padded(out, name, (size_t)clamp(len, 0, (int)sizeof(name) - 1), spec);
}

static void put_dentry(struct out *out, const void *ptr, const struct spec *spec)
{
	char name[256];
	int len = printf_name(name, sizeof(name), ptr);

	put_padded(out, name, (size_t)clamp(len, 0, (int)sizeof(name) - 1), spec);
}

static void put_error(struct out *out, const void *ptr, const struct spec *spec)
{
	const char *name = IS_ERR(ptr) ? errname((int)PTR_ERR(ptr)) : NULL;
	char text[32];

	if (name)
		snprintf(text, sizeof(text), "-%s", name);
	else
		snprintf(text, sizeof(text), "%ld", (long)ptr);
	put_padded(out, text, strlen(text), spec);
}

/* spec->width bytes; `kind` picks what stands between. */
static void put_hex_bytes(struct out *out, const u8 *p, char kind, const struct spec *spec)
{
	char between = kind == 'C' ? ':' : kind == 'D' ? '-' : kind == 'N' ? 0 : ' ';

	for (int i = 0; i < spec->width; i++) {
		if (i && between)
			put(out, between);
		put_plain(out, p[i], 16, 2);
	}
}

/* Words of 32 bits, the highest first, as Linux shows CPU masks. */
static void put_bitmap(struct out *out, const unsigned long *map, const struct spec *spec)
{
	int words = DIV_ROUND_UP(max(spec->width, 1), 32);

	for (int i = words - 1; i >= 0; i--) {
		u32 word = (u32)(map[i / 2] >> (i % 2 * 32));
		int bits = i == words - 1 ? spec->width - i * 32 : 32;

		if (bits < 32)
			word &= (1U << bits) - 1;
		put_plain(out, word, 16, DIV_ROUND_UP(max(bits, 1), 4));
		if (i)
			put(out, ',');
	}
}

static void put_bitmap_list(struct out *out, const unsigned long *map, const struct spec *spec)
{
	unsigned long size = (unsigned long)spec->width;
	unsigned long first = find_first_bit(map, size);
	bool more = false;

	while (first < size) {
		unsigned long last = find_next_zero_bit(map, size, first) - 1;

		if (more)
			put(out, ',');
		more = true;
		put_plain(out, first, 10, 1);
		if (last > first) {
			put(out, '-');
			put_plain(out, last, 10, 1);
		}
		first = find_next_bit(map, size, last + 1);
	}
}

static void put_uuid(struct out *out, const u8 *p, bool little)
{
	static const u8 big_order[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	static const u8 little_order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	const u8 *order = little ? little_order : big_order;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			put(out, '-');
		put_plain(out, p[order[i]], 16, 2);
	}
}

static void format(struct out *out, const char *fmt, va_list args);

static void put_nested(struct out *out, const struct va_format *nested)
{
	va_list args;

	/* lint: clang-analyzer-valist.Uninitialized: the caller's, who started it */
	va_copy(args, *nested->va);
	format(out, nested->fmt, args);
	va_end(args);
}

/* `kind` points behind the p; returns how many letters of it were used. */
static int put_pointer(struct out *out, const char *kind, const void *ptr, struct spec spec)
{
	switch (kind[0]) {
	case 'x': put_address(out, (unsigned long)ptr, spec); return 1;
	case 'S':
	case 's': put_symbol(out, ptr, kind[0] == 'S', &spec); return 1;
	case 'e': put_error(out, ptr, &spec); return 1;
	case 'd': put_dentry(out, ptr, &spec); return 1;
	case 'V': put_nested(out, ptr); return 1;
	case 'h':
		put_hex_bytes(out, ptr, kind[1], &spec);
		return kind[1] == 'C' || kind[1] == 'D' || kind[1] == 'N' ? 2 : 1;
	case 'b':
		if (kind[1] == 'l') {
			put_bitmap_list(out, ptr, &spec);
			return 2;
		}
		put_bitmap(out, ptr, &spec);
		return 1;
	case 'U':
		put_uuid(out, ptr, kind[1] == 'l');
		return kind[1] == 'l' || kind[1] == 'b' ? 2 : 1;
	default: put_address(out, printf_pointer_id(ptr), spec); return 0;
	}
}

/* --- reading a conversion --- */

static unsigned int flag_of(char c)
{
	switch (c) {
	case '-': return LEFT;
	case '+': return PLUS;
	case ' ': return SPACE;
	case '#': return PREFIX;
	case '0': return ZERO;
	default: return 0;
	}
}

/* Digits at *fmt, which moves on; sticks at WIDTH_MAX. */
static int read_int(const char **fmt)
{
	int value = 0;

	for (; isdigit((u8) * *fmt); ++*fmt)
		value = min(value * 10 + (**fmt - '0'), WIDTH_MAX);
	return value;
}

static char read_length(const char **fmt)
{
	char c = **fmt;

	if (c != 'h' && c != 'l' && c != 'z' && c != 't' && c != 'j')
		return 0;
	++*fmt;
	if ((c == 'h' || c == 'l') && **fmt == c) {
		++*fmt;
		return c == 'h' ? 'H' : 'L';
	}
	return c;
}

/* Structures with a va_list inside pass it by reference on every compiler. */
struct arguments {
	va_list list;
};

static const char *read_spec(const char *fmt, struct spec *spec, struct arguments *args)
{
	unsigned int flag;

	*spec = (struct spec){ .precision = -1, .base = 10 };
	while ((flag = flag_of(*fmt))) {
		spec->flags |= flag;
		fmt++;
	}
	if (*fmt == '*') {
		int width = va_arg(args->list, int);

		if (width < 0)
			spec->flags |= LEFT;
		/* Not the least int: its negation is none. */
		spec->width = min(abs(max(width, -WIDTH_MAX)), WIDTH_MAX);
		fmt++;
	} else {
		spec->width = read_int(&fmt);
	}
	if (*fmt == '.') {
		fmt++;
		if (*fmt == '*') {
			spec->precision = clamp(va_arg(args->list, int), -1, WIDTH_MAX);
			fmt++;
		} else {
			spec->precision = read_int(&fmt);
		}
	}
	spec->length = read_length(&fmt);
	return fmt;
}

static u64 read_number(const struct spec *spec, struct arguments *args)
{
	bool is_signed = spec->flags & SIGNED;
	int value;

	switch (spec->length) {
	case 'l':
	case 'L':
	case 'z':
	case 't':
	case 'j': return va_arg(args->list, u64);
	}
	value = va_arg(args->list, int);
	switch (spec->length) {
	case 'H': return is_signed ? (u64)(s8)value : (u8)value;
	case 'h': return is_signed ? (u64)(s16)value : (u16)value;
	default: return is_signed ? (u64)value : (u32)value;
	}
}

static void put_decimal(struct out *out, u64 value, bool is_negative)
{
	char buffer[24], *end = buffer + sizeof(buffer), *start;

	if (value < 10 && !is_negative) {
		put(out, (char)('0' + value));
		return;
	}
	start = decimal_before(end, is_negative ? -value : value);
	if (is_negative)
		*--start = '-';
	put_bytes(out, start, (size_t)(end - start));
}

/* The conversions that most texts consist of, without flags, width or precision. NULL: it is another one. */
static __always_inline const char *convert_plain(struct out *out, const char *fmt,
						 struct arguments *args)
{
	s64 value;

	switch (*fmt) {
	case 'd':
		value = va_arg(args->list, int);
		put_decimal(out, (u64)value, value < 0);
		return fmt + 1;
	case 'u': put_decimal(out, va_arg(args->list, unsigned int), false); return fmt + 1;
	case 'c': put(out, (char)va_arg(args->list, int)); return fmt + 1;
	case 'l': break;
	default: return NULL;
	}
	fmt += fmt[1] == 'l' ? 2 : 1;
	if (*fmt == 'u') {
		put_decimal(out, va_arg(args->list, u64), false);
	} else if (*fmt == 'd') {
		value = va_arg(args->list, s64);
		put_decimal(out, (u64)value, value < 0);
	} else {
		return NULL;
	}
	return fmt + 1;
}

/* One conversion, `fmt` behind the '%'; returns what follows it. */
static const char *convert(struct out *out, const char *fmt, struct arguments *args)
{
	const char *start = fmt;
	struct spec spec;
	char c;

	fmt = read_spec(fmt, &spec, args);
	switch (*fmt) {
	case 'd':
	case 'i':
		spec.flags |= SIGNED;
		put_number(out, read_number(&spec, args), spec);
		break;
	case 'u': put_number(out, read_number(&spec, args), spec); break;
	case 'o':
		spec.base = 8;
		put_number(out, read_number(&spec, args), spec);
		break;
	case 'x': spec.flags |= SMALL; fallthrough;
	case 'X':
		spec.base = 16;
		put_number(out, read_number(&spec, args), spec);
		break;
	case 'c':
		c = (char)va_arg(args->list, int);
		put_padded(out, &c, 1, &spec);
		break;
	case 's': put_string(out, va_arg(args->list, const char *), &spec); break;
	case 'p': fmt += put_pointer(out, fmt + 1, va_arg(args->list, const void *), spec); break;
	case '%': put(out, '%'); break;
	default:
		/* Unknown: as it stands. */
		put(out, '%');
		put_bytes(out, start, (size_t)(fmt - start));
		return fmt;
	}
	return fmt + 1;
}

static void format(struct out *out, const char *fmt, va_list list)
{
	struct arguments args;

	va_copy(args.list, list);
	for (;;) {
		const char *percent = fmt, *next;

		while (*percent && *percent != '%')
			percent++;
		if (percent != fmt)
			put_bytes(out, fmt, (size_t)(percent - fmt));
		if (!*percent)
			break;
		next = convert_plain(out, percent + 1, &args);
		fmt = next ?: convert(out, percent + 1, &args);
	}
	va_end(args.list);
}

int vsnprintf(char *to, size_t size, const char *fmt, va_list args)
{
	struct out out = { .to = to, .size = size > INT_MAX ? 0 : size };

	format(&out, fmt, args);
	if (out.size)
		to[min(out.len, out.size - 1)] = 0;
	return (int)min(out.len, (size_t)INT_MAX);
}

int vscnprintf(char *to, size_t size, const char *fmt, va_list args)
{
	int len = vsnprintf(to, size, fmt, args);

	if (!size)
		return 0;
	return (size_t)len < size ? len : (int)size - 1;
}

int snprintf(char *to, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(to, size, fmt, args);
	va_end(args);
	return len;
}

int scnprintf(char *to, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vscnprintf(to, size, fmt, args);
	va_end(args);
	return len;
}

int sprintf(char *to, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(to, INT_MAX, fmt, args);
	va_end(args);
	return len;
}
