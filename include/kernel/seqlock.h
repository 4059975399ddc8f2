/* SPDX-License-Identifier: MIT */
/*
 * Sequence counters: readers never write and retry when a writer was there. The writer's side is
 * serialised by a lock of the caller's, with preemption off (a reader on the same CPU would spin
 * for ever otherwise).
 */
#ifndef KERNEL_SEQLOCK_H
#define KERNEL_SEQLOCK_H

#include <arch/barrier.h>
#include <kernel/spinlock.h>

typedef struct { unsigned int sequence; } seqcount_t;
#define SEQCOUNT_INIT	{ 0 }

static inline void seqcount_init(seqcount_t *s) { s->sequence = 0; }

/* Waits until no writer is inside; the result goes to read_seqcount_retry. */
static inline unsigned int read_seqcount_begin(const seqcount_t *s)
{
	unsigned int seq;

	while (unlikely((seq = READ_ONCE(s->sequence)) & 1))
		cpu_relax();
	smp_rmb();
	return seq;
}

/* Does not wait: an odd value can never match, so the reader fails at its retry check. */
static inline unsigned int raw_seqcount_begin(const seqcount_t *s)
{
	unsigned int seq = READ_ONCE(s->sequence) & ~1u;

	smp_rmb();
	return seq;
}

static inline bool read_seqcount_retry(const seqcount_t *s, unsigned int start)
{
	smp_rmb();
	return unlikely(READ_ONCE(s->sequence) != start);
}

static inline void write_seqcount_begin(seqcount_t *s)
{
	WRITE_ONCE(s->sequence, s->sequence + 1);
	smp_wmb();
}

static inline void write_seqcount_end(seqcount_t *s)
{
	smp_wmb();
	WRITE_ONCE(s->sequence, s->sequence + 1);
}

static inline void write_seqcount_invalidate(seqcount_t *s)
{
	smp_wmb();
	WRITE_ONCE(s->sequence, s->sequence + 2);
}

/* A counter with its lock. */
typedef struct { seqcount_t seqcount; spinlock_t lock; } seqlock_t;
#define DEFINE_SEQLOCK(name, rank)	seqlock_t name = { .lock = SPINLOCK_INIT(#name, rank) }
#define read_seqbegin(sl)		read_seqcount_begin(&(sl)->seqcount)
#define read_seqretry(sl, start)	read_seqcount_retry(&(sl)->seqcount, start)

static inline void write_seqlock(seqlock_t *sl)
{
	spin_lock(&sl->lock);
	write_seqcount_begin(&sl->seqcount);
}

static inline void write_sequnlock(seqlock_t *sl)
{
	write_seqcount_end(&sl->seqcount);
	spin_unlock(&sl->lock);
}

#define write_seqlock_irqsave(sl, flags) \
	do { spin_lock_irqsave(&(sl)->lock, flags); write_seqcount_begin(&(sl)->seqcount); } while (0)
#define write_sequnlock_irqrestore(sl, flags) \
	do { write_seqcount_end(&(sl)->seqcount); spin_unlock_irqrestore(&(sl)->lock, flags); } while (0)

#endif
