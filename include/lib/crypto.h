/* SPDX-License-Identifier: MIT */
/*
 * What the entropy pool stands on: ChaCha20's block function (RFC 8439) to stretch,
 * BLAKE2s (RFC 7693) to mix, SHA-256 (FIPS 180-4) for checksums that leave the machine.
 * No state but the caller's.
 */
#ifndef LIB_CRYPTO_H
#define LIB_CRYPTO_H

#include <lib/types.h>

#define CHACHA_BLOCK_SIZE	64
#define CHACHA_KEY_SIZE		32

/* 16 words: 4 constants, 8 of key, 1 counter, 3 nonce. */
struct chacha_state {
	u32 words[16];
};

void chacha_init(struct chacha_state *state, const u8 key[CHACHA_KEY_SIZE], const u8 nonce[12],
		 u32 counter);
/* One block of the key stream; the counter goes up by one. */
void chacha20_block(struct chacha_state *state, u8 out[CHACHA_BLOCK_SIZE]);

#define BLAKE2S_BLOCK_SIZE	64
#define BLAKE2S_HASH_SIZE	32
#define BLAKE2S_KEY_SIZE	32

struct blake2s_state {
	u32 h[8];
	u64 count;
	u8 buffer[BLAKE2S_BLOCK_SIZE];
	unsigned int fill;
	unsigned int out_len;
};

/* out_len 1 to 32, key_len 0 to 32. */
void blake2s_init(struct blake2s_state *state, size_t out_len, const void *key, size_t key_len);
void blake2s_update(struct blake2s_state *state, const void *data, size_t len);
/* Writes out_len bytes and wipes the state. */
void blake2s_final(struct blake2s_state *state, u8 *out);
void blake2s(u8 *out, size_t out_len, const void *data, size_t len, const void *key,
	     size_t key_len);

#define SHA256_BLOCK_SIZE	64
#define SHA256_HASH_SIZE	32

struct sha256_state {
	u32 h[8];
	u64 count;
	u8 buffer[SHA256_BLOCK_SIZE];
};

void sha256_init(struct sha256_state *state);
void sha256_update(struct sha256_state *state, const void *data, size_t len);
void sha256_final(struct sha256_state *state, u8 out[SHA256_HASH_SIZE]);
void sha256(const void *data, size_t len, u8 out[SHA256_HASH_SIZE]);

#endif
