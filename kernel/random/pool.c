/* SPDX-License-Identifier: MIT */
/*
 * The pool: a running BLAKE2s of everything that may be unpredictable.
 *
 *	RDRAND, RDSEED	at boot and at each new key
 *	boot		time stamp, command line, what drivers tell (add_device_randomness): no credit
 *	interrupts	each CPU folds time stamp and address of its interrupts into a small state, which goes
 *			into the pool every 64 interrupts or every second, with a credit of 1 bit
 *	waiting		without RDRAND, who waits for the pool makes it: time stamps around switches and
 *			timer interrupts, 1 bit a timer
 *
 * With 256 bits the pool makes the generator's first real key and is ready; from then on it makes a
 * new one every minute in use. The clock alone is never trusted: all of these are mixed, credit or
 * not.
 *
 * pool_lock (LOCK_RANK_LEAF) guards the hash. nr_bits is atomic.
 */
#include <arch/cpu.h>
#include <kernel/hardirq.h>
#include <kernel/hrtimer.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/sched.h>
#include <kernel/wait.h>
#include <kernel/workqueue.h>
#include <lib/string.h>
#include "random_private.h"

#define FOLD_COUNT	64
#define FOLD_NS		(1 * NSEC_PER_SEC)
#define RESEED_NS	(60 * NSEC_PER_SEC)

struct fold {
	u64 state[4];
	u64 last_ns;
	unsigned int count;
	bool queued;
	struct work_struct work;
};

static DEFINE_SPINLOCK(pool_lock, LOCK_RANK_LEAF);
static struct blake2s_state pool; /* pool_lock */
static atomic_t nr_bits;
static bool ready;
static bool works; /* random_init: work queues are there */
static u64 seeded_ns;
static DECLARE_WAIT_QUEUE_HEAD(ready_wait);
static DEFINE_PER_CPU(struct fold, folds);

static void mix(const void *data, size_t len)
{
	unsigned long flags;

	spin_lock_irqsave(&pool_lock, flags);
	blake2s_update(&pool, data, len);
	spin_unlock_irqrestore(&pool_lock, flags);
}

/*
 * seed = hash(pool), next pool = keyed by seed with fresh hardware numbers: neither tells the
 * other, nor the old pool.
 */
void pool_extract(u8 seed[BLAKE2S_HASH_SIZE])
{
	struct {
		u64 hardware[4];
		u64 tsc;
	} fresh;
	u8 digest[BLAKE2S_HASH_SIZE];
	unsigned long flags;

	for (unsigned int i = 0; i < ARRAY_SIZE(fresh.hardware); i++)
		if (!cpu_random(&fresh.hardware[i]))
			fresh.hardware[i] = rdtsc();
	fresh.tsc = rdtsc();
	spin_lock_irqsave(&pool_lock, flags);
	blake2s_final(&pool, digest);
	blake2s(seed, BLAKE2S_HASH_SIZE, &fresh, sizeof(fresh), digest, sizeof(digest));
	fresh.tsc = ~fresh.tsc;
	blake2s_init(&pool, BLAKE2S_HASH_SIZE, digest, sizeof(digest));
	blake2s_update(&pool, &fresh, sizeof(fresh));
	spin_unlock_irqrestore(&pool_lock, flags);
	memzero_explicit(digest, sizeof(digest));
	memzero_explicit(&fresh, sizeof(fresh));
}

void random_reseed(void)
{
	u8 seed[BLAKE2S_HASH_SIZE];

	pool_extract(seed);
	generator_set_key(seed);
	memzero_explicit(seed, sizeof(seed));
	WRITE_ONCE(seeded_ns, ktime_get_ns());
}

bool random_is_ready(void)
{
	return READ_ONCE(ready);
}

unsigned int random_entropy_bits(void)
{
	return min(atomic_read(&nr_bits), SEED_BITS);
}

static void credit(unsigned int bits)
{
	int old = atomic_read(&nr_bits), new;

	do
		new = min_t(int, old + bits, SEED_BITS);
	while (!atomic_try_cmpxchg(&nr_bits, &old, new));
	if (old < SEED_BITS && new == SEED_BITS) {
		random_reseed();
		WRITE_ONCE(ready, true);
		pr_notice("random: the generator is ready\n");
		wake_up_all(&ready_wait);
	}
}

void add_device_randomness(const void *buf, size_t len)
{
	u64 tsc = rdtsc();

	mix(&tsc, sizeof(tsc));
	mix(buf, len);
}

void add_credited_randomness(const void *buf, size_t len, unsigned int bits)
{
	mix(buf, len);
	credit(min_t(u64, bits, len * 8));
}

/* ---- interrupts ---- */

static void put_fold_into_pool(struct work_struct *work)
{
	struct fold *fold = container_of(work, struct fold, work);
	u64 copy[4];

	/* On the CPU whose it is, so that interrupts off is enough. */
	local_irq_disable();
	memcpy(copy, fold->state, sizeof(copy));
	fold->count = 0;
	fold->last_ns = ktime_get_ns();
	local_irq_enable();
	mix(copy, sizeof(copy));
	credit(1);
	memzero_explicit(copy, sizeof(copy));
	WRITE_ONCE(fold->queued, false);
	if (random_is_ready() && ktime_get_ns() - READ_ONCE(seeded_ns) >= RESEED_NS)
		random_reseed();
}

/* One round of an add-rotate-xor permutation: invertible, so nothing that came in is lost. */
static void fold_in(u64 s[4], u64 a, u64 b)
{
	s[3] ^= a;
	s[0] += s[1];
	s[1] = (s[1] << 13 | s[1] >> 51) ^ s[0];
	s[2] += s[3];
	s[3] = (s[3] << 16 | s[3] >> 48) ^ s[2];
	s[0] = (s[0] << 32 | s[0] >> 32) + s[3];
	s[2] += s[1];
	s[1] = (s[1] << 17 | s[1] >> 47) ^ s[2];
	s[3] = (s[3] << 21 | s[3] >> 43) ^ s[0];
	s[0] ^= b;
}

void add_interrupt_randomness(unsigned int vector)
{
	struct fold *fold = this_cpu_ptr(&folds);
	const struct trap_frame *frame = get_irq_frame();

	fold_in(fold->state, rdtsc(), (frame ? frame->rip : 0) ^ (u64)vector << 56);
	if (likely(++fold->count < FOLD_COUNT) || fold->queued || !READ_ONCE(works))
		return;
	/* Once the pool is ready, seldom is enough. */
	if (random_is_ready() && ktime_get_ns() - fold->last_ns < FOLD_NS)
		return;
	fold->queued = true;
	queue_work(system_wq, &fold->work);
}

/* ---- waiting ---- */

struct jitter {
	struct hrtimer timer;
	u64 samples[8];
};

static enum hrtimer_restart jitter_tick(struct hrtimer *timer)
{
	struct jitter *jitter = container_of(timer, struct jitter, timer);

	jitter->samples[0] ^= rdtsc();
	credit(1);
	return HRTIMER_NORESTART;
}

/* A timer runs into this loop at a moment that depends on caches, devices and the other CPUs. */
static void make_entropy(void)
{
	struct jitter jitter;

	hrtimer_init(&jitter.timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	jitter.timer.function = jitter_tick;
	for (unsigned int i = 0; !random_is_ready() && !signal_pending(current); i++) {
		if (!hrtimer_is_queued(&jitter.timer))
			hrtimer_start(&jitter.timer, 1 * NSEC_PER_MSEC, HRTIMER_MODE_REL);
		mix(jitter.samples, sizeof(jitter.samples));
		jitter.samples[i % ARRAY_SIZE(jitter.samples)] = rdtsc();
		sched_yield_current();
	}
	hrtimer_cancel(&jitter.timer);
}

int wait_for_random_ready(void)
{
	if (likely(random_is_ready()))
		return 0;
	make_entropy();
	return wait_event_interruptible(&ready_wait, random_is_ready());
}

/* ---- start ---- */

/*
 * From RDSEED or RDRAND: the CPU is believed, as it is in everything else. True: all of it is
 * there.
 */
static bool mix_hardware(void)
{
	bool all = true;

	for (unsigned int i = 0; i < 2 * SEED_BITS / 64; i++) {
		u64 value = 0;

		all &= cpu_random(&value);
		mix(&value, sizeof(value));
	}
	return all;
}

void __init random_init_early(const char *command_line)
{
	u64 tsc = rdtsc();

	blake2s_init(&pool, BLAKE2S_HASH_SIZE, NULL, 0);
	mix(&tsc, sizeof(tsc));
	mix(command_line, strlen(command_line));
	if (mix_hardware())
		credit(SEED_BITS);
	else
		random_reseed();
}

void __init random_init(void)
{
	u64 now[2] = { ktime_get_real_ns(), rdtsc() };
	unsigned int cpu;

	mix(now, sizeof(now));
	for_each_possible_cpu(cpu)
		INIT_WORK(&per_cpu(folds, cpu).work, put_fold_into_pool);
	random_reseed();
	smp_store_release(&works, true);
}
