/* SPDX-License-Identifier: MIT */
/*
 * Hashes for tables in memory. hash_64 and hash_32 are for trusted keys
 * (addresses, small integers); siphash, keyed, for what a program may choose.
 */
#ifndef LIB_HASH_H
#define LIB_HASH_H

#include <lib/types.h>

/* Multiplication by 2^64 divided by the golden ratio; the high bits are the best. */
#define GOLDEN_RATIO_32	0x61c88647U
#define GOLDEN_RATIO_64	0x61c8864680b583ebULL

/* `bits` is 1 to 64 (to 32 for hash_32): the size of the table. */
static inline u32 hash_64(u64 value, unsigned int bits)
{
	return (u32)((value * GOLDEN_RATIO_64) >> (64 - bits));
}

static inline u32 hash_32(u32 value, unsigned int bits)
{
	return (value * GOLDEN_RATIO_32) >> (32 - bits);
}

static inline u32 hash_ptr(const void *ptr, unsigned int bits)
{
	return hash_64((unsigned long)ptr, bits);
}

#define hash_long(value, bits)	hash_64(value, bits)

typedef struct {
	u64 key[2];
} siphash_key_t;

/* SipHash-2-4: 64 bits, safe against chosen keys while the key is secret. */
u64 siphash(const void *data, size_t len, const siphash_key_t *key);
u64 siphash_1u64(u64 a, const siphash_key_t *key);
u64 siphash_2u64(u64 a, u64 b, const siphash_key_t *key);
/* SipHash-1-3: half the work, for hash tables. */
u64 hsiphash(const void *data, size_t len, const siphash_key_t *key);

/* A string's hash and length in one pass, a word at a time. All bits are good. */
u64 hash_name(const char *s, size_t *length);

/* FNV-1a, for names that nobody can choose. */
u32 hash_string(const char *s);

#endif
