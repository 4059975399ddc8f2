/* SPDX-License-Identifier: MIT */
/*
 * CRCs by tables of 16 entries, one hexadecimal digit a step: 64 bytes of table
 * for each polynomial.
 */
#include <lib/crc32.h>

/* Entry n is the remainder of n, bit-reflected: the polynomial folded in 4 times. */
#define FOLD(c, poly)		((c) >> 1 ^ (((c) & 1) ? (poly) : 0))
#define ENTRY(n, poly)		FOLD(FOLD(FOLD(FOLD((u32)(n), poly), poly), poly), poly)
#define FOUR(n, poly)		ENTRY(n, poly), ENTRY((n) + 1, poly), ENTRY((n) + 2, poly), \
				ENTRY((n) + 3, poly)
#define TABLE(poly)		{ FOUR(0, poly), FOUR(4, poly), FOUR(8, poly), FOUR(12, poly) }

static const u32 table_le[16] = TABLE(0xedb88320);
static const u32 table_c[16] = TABLE(0x82f63b78);
static const u16 table_16[16] = TABLE(0xa001);

static __always_inline u32 crc_bytes(u32 crc, const u8 *p, size_t len, const u32 *table)
{
	for (; len; p++, len--) {
		crc ^= *p;
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return crc;
}

u32 crc32_le(u32 crc, const void *data, size_t len)
{
	return crc_bytes(crc, data, len, table_le);
}

u32 crc32c(u32 crc, const void *data, size_t len)
{
	return crc_bytes(crc, data, len, table_c);
}

u16 crc16(u16 crc, const void *data, size_t len)
{
	const u8 *p = data;

	for (; len; p++, len--) {
		crc ^= *p;
		crc = (u16)(crc >> 4 ^ table_16[crc & 15]);
		crc = (u16)(crc >> 4 ^ table_16[crc & 15]);
	}
	return crc;
}
