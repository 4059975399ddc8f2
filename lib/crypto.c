/* SPDX-License-Identifier: MIT */
/*
 * ChaCha20 (RFC 8439), BLAKE2s (RFC 7693), SHA-256 (FIPS 180-4).
 */
#include <lib/bitops.h>
#include <lib/crypto.h>
#include <lib/string.h>

/* --- ChaCha20 --- */

void chacha_init(struct chacha_state *state, const u8 key[CHACHA_KEY_SIZE], const u8 nonce[12],
		 u32 counter)
{
	/* "expand 32-byte k" */
	state->words[0] = 0x61707865;
	state->words[1] = 0x3320646e;
	state->words[2] = 0x79622d32;
	state->words[3] = 0x6b206574;
	for (int i = 0; i < 8; i++)
		state->words[4 + i] = get_unaligned_le32(key + 4 * i);
	state->words[12] = counter;
	for (int i = 0; i < 3; i++)
		state->words[13 + i] = get_unaligned_le32(nonce + 4 * i);
}

static __always_inline void quarter_round(u32 *x, int a, int b, int c, int d)
{
	x[a] += x[b];
	x[d] = rol32(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rol32(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rol32(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rol32(x[b] ^ x[c], 7);
}

void chacha20_block(struct chacha_state *state, u8 out[CHACHA_BLOCK_SIZE])
{
	u32 x[16];

	memcpy(x, state->words, sizeof(x));
	for (int i = 0; i < 10; i++) {
		quarter_round(x, 0, 4, 8, 12);
		quarter_round(x, 1, 5, 9, 13);
		quarter_round(x, 2, 6, 10, 14);
		quarter_round(x, 3, 7, 11, 15);
		quarter_round(x, 0, 5, 10, 15);
		quarter_round(x, 1, 6, 11, 12);
		quarter_round(x, 2, 7, 8, 13);
		quarter_round(x, 3, 4, 9, 14);
	}
	for (int i = 0; i < 16; i++)
		put_unaligned_le32(x[i] + state->words[i], out + 4 * i);
	state->words[12]++;
	memzero_explicit(x, sizeof(x));
}

/* --- BLAKE2s --- */

/* The first 32 bits of the fractions of the square roots of the first 8 primes, as in SHA-256. */
static const u32 root_words[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static const u8 blake2s_sigma[10][16] = {
	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
	{ 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3 },
	{ 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4 },
	{ 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8 },
	{ 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13 },
	{ 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9 },
	{ 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11 },
	{ 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10 },
	{ 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5 },
	{ 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0 },
};

static __always_inline void blake2s_mix(u32 *v, int a, int b, int c, int d, u32 x, u32 y)
{
	v[a] += v[b] + x;
	v[d] = ror32(v[d] ^ v[a], 16);
	v[c] += v[d];
	v[b] = ror32(v[b] ^ v[c], 12);
	v[a] += v[b] + y;
	v[d] = ror32(v[d] ^ v[a], 8);
	v[c] += v[d];
	v[b] = ror32(v[b] ^ v[c], 7);
}

static void blake2s_compress(struct blake2s_state *state, const u8 *block, bool last)
{
	u32 v[16], m[16];

	for (int i = 0; i < 16; i++)
		m[i] = get_unaligned_le32(block + 4 * i);
	memcpy(v, state->h, sizeof(state->h));
	memcpy(v + 8, root_words, sizeof(root_words));
	v[12] ^= lower_32_bits(state->count);
	v[13] ^= upper_32_bits(state->count);
	if (last)
		v[14] = ~v[14];
	for (int round = 0; round < 10; round++) {
		const u8 *s = blake2s_sigma[round];

		for (int i = 0; i < 4; i++)
			blake2s_mix(v, i, 4 + i, 8 + i, 12 + i, m[s[2 * i]], m[s[2 * i + 1]]);
		for (int i = 0; i < 4; i++)
			blake2s_mix(v, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4,
				    m[s[8 + 2 * i]], m[s[9 + 2 * i]]);
	}
	for (int i = 0; i < 8; i++)
		state->h[i] ^= v[i] ^ v[8 + i];
}

void blake2s_init(struct blake2s_state *state, size_t out_len, const void *key, size_t key_len)
{
	memset(state, 0, sizeof(*state));
	memcpy(state->h, root_words, sizeof(root_words));
	state->h[0] ^= 0x01010000 ^ (u32)key_len << 8 ^ (u32)out_len;
	state->out_len = (unsigned int)out_len;
	if (key_len) {
		/* The key is the first block. */
		memcpy(state->buffer, key, key_len);
		state->fill = BLAKE2S_BLOCK_SIZE;
	}
}

void blake2s_update(struct blake2s_state *state, const void *data, size_t len)
{
	const u8 *p = data;

	while (len) {
		size_t part;

		/* A full buffer is compressed only when more follows: the last block is special. */
		if (state->fill == BLAKE2S_BLOCK_SIZE) {
			state->count += BLAKE2S_BLOCK_SIZE;
			blake2s_compress(state, state->buffer, false);
			state->fill = 0;
		}
		part = min(len, (size_t)(BLAKE2S_BLOCK_SIZE - state->fill));
		memcpy(state->buffer + state->fill, p, part);
		state->fill += (unsigned int)part;
		p += part;
		len -= part;
	}
}

void blake2s_final(struct blake2s_state *state, u8 *out)
{
	u8 hash[BLAKE2S_HASH_SIZE];

	state->count += state->fill;
	memset(state->buffer + state->fill, 0, BLAKE2S_BLOCK_SIZE - state->fill);
	blake2s_compress(state, state->buffer, true);
	for (int i = 0; i < 8; i++)
		put_unaligned_le32(state->h[i], hash + 4 * i);
	memcpy(out, hash, state->out_len);
	memzero_explicit(hash, sizeof(hash));
	memzero_explicit(state, sizeof(*state));
}

void blake2s(u8 *out, size_t out_len, const void *data, size_t len, const void *key, size_t key_len)
{
	struct blake2s_state state;

	blake2s_init(&state, out_len, key, key_len);
	blake2s_update(&state, data, len);
	blake2s_final(&state, out);
}

/* --- SHA-256 --- */

/* The first 32 bits of the fractions of the cube roots of the first 64 primes. */
static const u32 cube_words[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

static void sha256_block(u32 *h, const u8 *block)
{
	u32 w[64], s[8];

	for (int i = 0; i < 16; i++)
		w[i] = get_unaligned_be32(block + 4 * i);
	for (int i = 16; i < 64; i++) {
		u32 a = w[i - 15], b = w[i - 2];

		w[i] = w[i - 16] + (ror32(a, 7) ^ ror32(a, 18) ^ a >> 3) + w[i - 7] +
		       (ror32(b, 17) ^ ror32(b, 19) ^ b >> 10);
	}
	memcpy(s, h, sizeof(s));
	for (int i = 0; i < 64; i++) {
		u32 sum1 = ror32(s[4], 6) ^ ror32(s[4], 11) ^ ror32(s[4], 25);
		u32 choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
		u32 t1 = s[7] + sum1 + choice + cube_words[i] + w[i];
		u32 sum0 = ror32(s[0], 2) ^ ror32(s[0], 13) ^ ror32(s[0], 22);
		u32 majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);

		memmove(s + 1, s, 7 * sizeof(u32));
		s[4] += t1;
		s[0] = t1 + sum0 + majority;
	}
	for (int i = 0; i < 8; i++)
		h[i] += s[i];
}

void sha256_init(struct sha256_state *state)
{
	memcpy(state->h, root_words, sizeof(root_words));
	state->count = 0;
}

void sha256_update(struct sha256_state *state, const void *data, size_t len)
{
	const u8 *p = data;

	while (len) {
		size_t fill = state->count % SHA256_BLOCK_SIZE;
		size_t part = min(len, SHA256_BLOCK_SIZE - fill);

		memcpy(state->buffer + fill, p, part);
		if (fill + part == SHA256_BLOCK_SIZE)
			sha256_block(state->h, state->buffer);
		state->count += part;
		p += part;
		len -= part;
	}
}

void sha256_final(struct sha256_state *state, u8 out[SHA256_HASH_SIZE])
{
	static const u8 padding[SHA256_BLOCK_SIZE] = { 0x80 };
	size_t fill = state->count % SHA256_BLOCK_SIZE;
	u8 bits[8];

	put_unaligned_be64(state->count * 8, bits);
	sha256_update(state, padding, (fill < 56 ? 56 : 120) - fill);
	sha256_update(state, bits, sizeof(bits));
	for (int i = 0; i < 8; i++)
		put_unaligned_be32(state->h[i], out + 4 * i);
	memzero_explicit(state, sizeof(*state));
}

void sha256(const void *data, size_t len, u8 out[SHA256_HASH_SIZE])
{
	struct sha256_state state;

	sha256_init(&state);
	sha256_update(&state, data, len);
	sha256_final(&state, out);
}
