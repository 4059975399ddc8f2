/* SPDX-License-Identifier: MIT */
/*
 * Signatures of modules: Ed25519 (RFC 8032, section 5.1), verification alone, and SHA-512 (FIPS 180-4), which it stands on.
 *
 * Verification takes as long as the numbers want: all it sees is public. It is strict: encodings of y that are not reduced and S that
 * is not below the group's order are refused, so a signature cannot be changed into another one that holds.
 */
#ifndef LIB_ED25519_H
#define LIB_ED25519_H

#include <lib/types.h>

#define SHA512_BLOCK_SIZE	128
#define SHA512_HASH_SIZE	64

struct sha512_state {
	u64 h[8];
	u64 count; /* bytes so far */
	u8 buffer[SHA512_BLOCK_SIZE];
};

void sha512_init(struct sha512_state *state);
void sha512_update(struct sha512_state *state, const void *data, size_t len);
void sha512_final(struct sha512_state *state, u8 out[SHA512_HASH_SIZE]);

#define ED25519_KEY_SIZE	32
#define ED25519_SIGNATURE_SIZE	64

/* Whether `signature` over the message was made with the private half of `key`. */
bool ed25519_verify(const u8 signature[ED25519_SIGNATURE_SIZE], const void *message, size_t len,
		    const u8 key[ED25519_KEY_SIZE]);

#endif
