/* SPDX-License-Identifier: MIT */
/*
 * Kit: locks. All-zero is an unlocked lock: no initialisation is needed. The types have the same size in every configuration.
 *
 * State: stable since kit 0.9.
 */
#ifndef KIT_LOCK_H
#define KIT_LOCK_H

#include <kit/abi.h>
#include <kit/types.h>

/*
 * Spinlocks: the holder does not sleep. A lock that an interrupt handler takes is taken by _save everywhere else. Locks of one module
 * are ordered by the module; a debug kernel reports cycles.
 */
typedef struct kit_spinlock {
	u64 private[4];
} spinlock_t;

void spin_lock(spinlock_t *lock) KIT_SYMBOL(spin_lock);			/* since 0.1 */
void spin_unlock(spinlock_t *lock) KIT_SYMBOL(spin_unlock);		/* since 0.1 */
bool spin_trylock(spinlock_t *lock) KIT_SYMBOL(spin_trylock);		/* since 0.1 */
/* Keeps interrupts off while it is held; the result goes to spin_unlock_restore. Since 0.1. */
u64 spin_lock_save(spinlock_t *lock) KIT_SYMBOL(spin_lock_save) __must_check;
void spin_unlock_restore(spinlock_t *lock, u64 flags) KIT_SYMBOL(spin_unlock_restore);

/* Mutexes: the holder may sleep; threads only, and the one that locked it unlocks it. */
struct mutex {
	u64 private[8];
};

void mutex_lock(struct mutex *lock) KIT_SYMBOL(mutex_lock);		/* sleeps; since 0.1 */
/* 0, or -EINTR when a signal came first. Since 0.1. */
int mutex_lock_interruptible(struct mutex *lock) KIT_SYMBOL(mutex_lock_interruptible) __must_check;
bool mutex_trylock(struct mutex *lock) KIT_SYMBOL(mutex_trylock);	/* never sleeps; since 0.1 */
void mutex_unlock(struct mutex *lock) KIT_SYMBOL(mutex_unlock);		/* since 0.1 */

/* Counters and flags shared without a lock; each operation is a full barrier. */
typedef struct kit_atomic {
	s32 value;
} atomic_t;

static inline s32 atomic_read(const atomic_t *a) { return *(const volatile s32 *)&a->value; }
static inline void atomic_set(atomic_t *a, s32 value) { *(volatile s32 *)&a->value = value; }
static inline s32 atomic_add_return(s32 n, atomic_t *a) { return __atomic_add_fetch(&a->value, n, __ATOMIC_SEQ_CST); }
static inline s32 atomic_inc_return(atomic_t *a) { return atomic_add_return(1, a); }
static inline s32 atomic_dec_return(atomic_t *a) { return atomic_add_return(-1, a); }
static inline s32 atomic_xchg(atomic_t *a, s32 value) { return __atomic_exchange_n(&a->value, value, __ATOMIC_SEQ_CST); }

KIT_TABLE(kit_spinlock);
KIT_TABLE(mutex);
KIT_TABLE(kit_atomic);
KIT_HEADER_PLAIN(lock, 0);

#endif
