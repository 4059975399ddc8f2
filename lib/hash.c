/* SPDX-License-Identifier: MIT */
/*
 * SipHash (Aumasson and Bernstein, "SipHash: a fast short-input PRF") and FNV-1a.
 */
#include <lib/bitops.h>
#include <lib/compiler.h>
#include <lib/hash.h>

#define STRING_PAGE	4096ul

/* Reads whole words, beyond the end of the object: the sanitizer must not look. */
#define __word_reader	__attribute__((no_sanitize("address")))

struct sip {
	u64 v0, v1, v2, v3;
};

static __always_inline void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v1 = rol64(s->v1, 13) ^ s->v0;
	s->v0 = rol64(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rol64(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rol64(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rol64(s->v1, 17) ^ s->v2;
	s->v2 = rol64(s->v2, 32);
}

static __always_inline struct sip sip_start(const siphash_key_t *key)
{
	return (struct sip){
		.v0 = 0x736f6d6570736575ULL ^ key->key[0],
		.v1 = 0x646f72616e646f6dULL ^ key->key[1],
		.v2 = 0x6c7967656e657261ULL ^ key->key[0],
		.v3 = 0x7465646279746573ULL ^ key->key[1],
	};
}

static __always_inline void sip_word(struct sip *s, u64 word, int rounds)
{
	s->v3 ^= word;
	for (int i = 0; i < rounds; i++)
		sip_round(s);
	s->v0 ^= word;
}

static __always_inline u64 sip_end(struct sip *s, u64 last, int rounds, int final_rounds)
{
	sip_word(s, last, rounds);
	s->v2 ^= 0xff;
	for (int i = 0; i < final_rounds; i++)
		sip_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

static __always_inline u64 sip_bytes(const u8 *p, size_t len, const siphash_key_t *key, int rounds,
				     int final_rounds)
{
	struct sip s = sip_start(key);
	u64 last = (u64)len << 56;
	size_t left;

	for (left = len; left >= 8; p += 8, left -= 8)
		sip_word(&s, get_unaligned_le64(p), rounds);
	while (left--)
		last |= (u64)p[left] << (8 * left);
	return sip_end(&s, last, rounds, final_rounds);
}

u64 siphash(const void *data, size_t len, const siphash_key_t *key)
{
	return sip_bytes(data, len, key, 2, 4);
}

u64 siphash_1u64(u64 a, const siphash_key_t *key)
{
	struct sip s = sip_start(key);

	sip_word(&s, a, 2);
	return sip_end(&s, 8ULL << 56, 2, 4);
}

u64 siphash_2u64(u64 a, u64 b, const siphash_key_t *key)
{
	struct sip s = sip_start(key);

	sip_word(&s, a, 2);
	sip_word(&s, b, 2);
	return sip_end(&s, 16ULL << 56, 2, 4);
}

u64 hsiphash(const void *data, size_t len, const siphash_key_t *key)
{
	return sip_bytes(data, len, key, 1, 3);
}

/* The word of a string's last bytes, zeros behind it. zeros: top bits of the zero bytes, the lowest of them exact. */
static __always_inline u64 last_word(u64 word, u64 zeros)
{
	return word & ((zeros & -zeros) - 1);
}

/* Byte by byte, where a whole word may be in a page that is not there. *left: bytes in front of the end; 8: the end comes later. */
static u64 word_at_edge(const char *s, size_t *left)
{
	u64 word = 0;

	for (*left = 0; *left < sizeof(word) && s[*left]; ++*left)
		word |= (u64)(u8)s[*left] << (8 * *left);
	return word;
}

#define mix(hash, word)	(rol64((hash) ^ (word), 29) * GOLDEN_RATIO_64)

u64 __word_reader hash_name(const char *s, size_t *length)
{
	const char *start = s, *edge = (const char *)(((unsigned long)s | (STRING_PAGE - 1)) -
						      (sizeof(u64) - 1));
	u64 hash = 0, word, zeros;
	size_t left;

	for (;;) {
		for (; s <= edge; s += sizeof(word)) {
			word = get_unaligned_le64(s);
			zeros = (word - 0x0101010101010101ULL) & ~word & 0x8080808080808080ULL;
			if (zeros) {
				hash = mix(hash, last_word(word, zeros));
				*length = s - start + __ffs(zeros) / 8;
				return hash ^ hash >> 32;
			}
			hash = mix(hash, word);
		}
		word = word_at_edge(s, &left);
		hash = mix(hash, word);
		s += left;
		if (left < sizeof(word)) {
			*length = s - start;
			return hash ^ hash >> 32;
		}
		edge += STRING_PAGE;
	}
}

u32 hash_string(const char *s)
{
	u32 hash = 0x811c9dc5;

	while (*s)
		hash = (hash ^ (u8)*s++) * 0x01000193;
	return hash;
}
