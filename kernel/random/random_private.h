/* SPDX-License-Identifier: MIT */
/* Between the pool, which gathers, and the generator, which gives out. */
#ifndef RANDOM_PRIVATE_H
#define RANDOM_PRIVATE_H

#include <kernel/random.h>
#include <lib/crypto.h>

#define SEED_BITS	256

/* generator.c: a new key for all CPUs; takes effect at their next use. Any context but NMI. */
void generator_set_key(const u8 key[CHACHA_KEY_SIZE]);
void generator_init_early(void);

/* pool.c: 32 bytes out of everything gathered so far. The pool goes on from a new state. */
void pool_extract(u8 seed[BLAKE2S_HASH_SIZE]);

#endif
