/* SPDX-License-Identifier: MIT */
/*
 * The generator: ChaCha20 with fast key erasure.
 *
 * The base key comes from the pool and is renewed now and then. Each CPU derives a key of its own
 * from it, and each request takes the first half block of a key stream as the CPU's next key and
 * the rest as output; so what was given out cannot be computed from any later state. Requests
 * longer than half a block are filled with a key made for them alone, outside the section with
 * interrupts off.
 *
 * Numbers (get_random_u64) come from a buffer of each CPU, which is wiped as it is used.
 *
 * base_lock (LOCK_RANK_LEAF) guards the base key. A CPU's own state: interrupts off.
 */
#include <kernel/spinlock.h>
#include <lib/string.h>
#include "random_private.h"

#define HALF_BLOCK	(CHACHA_BLOCK_SIZE - CHACHA_KEY_SIZE)
#define BATCH		12			/* numbers; with the key, two blocks */

struct cpu_generator {
	u8 key[CHACHA_KEY_SIZE];
	u64 generation; /* of the base key that it was derived from */
	u64 batch[BATCH];
	unsigned int batch_left;
	u64 batch_generation;
};

static DEFINE_SPINLOCK(base_lock, LOCK_RANK_LEAF);
static u8 base_key[CHACHA_KEY_SIZE]; /* base_lock */
static u64 base_generation = 1;	     /* base_lock; read without */
static DEFINE_PER_CPU(struct cpu_generator, cpu_generators);

/*
 * Replaces the key by the beginning of its own key stream; `out` gets what follows it, at most the
 * rest of the first block.
 */
static void erase_key(u8 key[CHACHA_KEY_SIZE], struct chacha_state *state, void *out, size_t len)
{
	static const u8 nonce[12];
	u8 block[CHACHA_BLOCK_SIZE];

	chacha_init(state, key, nonce, 0);
	chacha20_block(state, block);
	memcpy(key, block, CHACHA_KEY_SIZE);
	memcpy(out, block + CHACHA_KEY_SIZE, len);
	memzero_explicit(block, sizeof(block));
}

void generator_set_key(const u8 key[CHACHA_KEY_SIZE])
{
	unsigned long flags;

	spin_lock_irqsave(&base_lock, flags);
	memcpy(base_key, key, CHACHA_KEY_SIZE);
	WRITE_ONCE(base_generation, base_generation + 1);
	spin_unlock_irqrestore(&base_lock, flags);
}

static void derive_key(struct cpu_generator *cg)
{
	struct chacha_state state;

	spin_lock(&base_lock);
	erase_key(base_key, &state, cg->key, CHACHA_KEY_SIZE);
	cg->generation = base_generation;
	spin_unlock(&base_lock);
	memzero_explicit(&state, sizeof(state));
}

/* This CPU's generator, interrupts off, with a key of the present generation. */
static struct cpu_generator *this_generator(void)
{
	struct cpu_generator *cg = this_cpu_ptr(&cpu_generators);

	if (unlikely(cg->generation != READ_ONCE(base_generation)))
		derive_key(cg);
	return cg;
}

static void fill(const u8 key[CHACHA_KEY_SIZE], void *buf, size_t len)
{
	static const u8 nonce[12];
	u8 block[CHACHA_BLOCK_SIZE];
	struct chacha_state state;

	chacha_init(&state, key, nonce, 0);
	for (; len >= CHACHA_BLOCK_SIZE; buf += CHACHA_BLOCK_SIZE, len -= CHACHA_BLOCK_SIZE)
		chacha20_block(&state, buf);
	if (len) {
		chacha20_block(&state, block);
		memcpy(buf, block, len);
		memzero_explicit(block, sizeof(block));
	}
	memzero_explicit(&state, sizeof(state));
}

void get_random_bytes(void *buf, size_t len)
{
	struct chacha_state state;
	u8 key[CHACHA_KEY_SIZE];
	unsigned long flags;
	bool is_short = len <= HALF_BLOCK;

	local_irq_save(flags);
	if (is_short)
		erase_key(this_generator()->key, &state, buf, len);
	else
		erase_key(this_generator()->key, &state, key, sizeof(key));
	local_irq_restore(flags);
	memzero_explicit(&state, sizeof(state));
	if (!is_short) {
		fill(key, buf, len);
		memzero_explicit(key, sizeof(key));
	}
}

static void refill_batch(struct cpu_generator *cg)
{
	struct chacha_state state;

	erase_key(cg->key, &state, cg->batch, HALF_BLOCK);
	chacha20_block(&state, (u8 *)cg->batch + HALF_BLOCK);
	memzero_explicit(&state, sizeof(state));
	cg->batch_left = BATCH;
	cg->batch_generation = cg->generation;
}

u64 get_random_u64(void)
{
	struct cpu_generator *cg;
	unsigned long flags;
	u64 value;

	local_irq_save(flags);
	cg = this_generator();
	if (!cg->batch_left || cg->batch_generation != cg->generation)
		refill_batch(cg);
	value = cg->batch[--cg->batch_left];
	cg->batch[cg->batch_left] = 0;
	local_irq_restore(flags);
	return value;
}

u32 get_random_u32(void)
{
	return get_random_u64();
}

/*
 * The high half of a product is uniform once the few low halves that are too frequent are refused.
 */
u32 get_random_u32_below(u32 ceiling)
{
	u64 product = (u64)get_random_u32() * ceiling;
	u32 too_frequent;

	if (unlikely((u32)product < ceiling)) {
		too_frequent = -ceiling % ceiling;
		while ((u32)product < too_frequent)
			product = (u64)get_random_u32() * ceiling;
	}
	return product >> 32;
}
