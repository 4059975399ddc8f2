/* SPDX-License-Identifier: MIT */
/*
 * Kit: locks. All-zero is an unlocked lock: no initialisation is needed. The types have the same size in every configuration.
 *
 * Unless a comment says otherwise: any context but NMI; never sleeps; cannot fail; since 0.1.
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

/* Waits, spinning, until the lock is the caller's. Since 0.1. */
void spin_lock(spinlock_t *lock) KIT_SYMBOL(spin_lock);
/* Lets a lock go that spin_lock or spin_trylock took. Since 0.1. */
void spin_unlock(spinlock_t *lock) KIT_SYMBOL(spin_unlock);
/* Takes it if it is free: true. Since 0.1. */
bool spin_trylock(spinlock_t *lock) KIT_SYMBOL(spin_trylock);
/* As spin_lock, with interrupts off while it is held; the result goes to spin_unlock_restore. Since 0.1. */
u64 spin_lock_save(spinlock_t *lock) KIT_SYMBOL(spin_lock_save) __must_check;
/* Lets it go; interrupts are as they were before spin_lock_save, which gave flags. Since 0.1. */
void spin_unlock_restore(spinlock_t *lock, u64 flags) KIT_SYMBOL(spin_unlock_restore);

/* Mutexes: the holder may sleep; threads only, and the one that locked it unlocks it. */
struct mutex {
	u64 private[8];
};

/* Waits until the lock is the caller's. Sleeps. Since 0.1. */
void mutex_lock(struct mutex *lock) KIT_SYMBOL(mutex_lock);
/* The same, but for a signal: 0, or -EINTR when one came first. Sleeps. Since 0.1. */
int mutex_lock_interruptible(struct mutex *lock) KIT_SYMBOL(mutex_lock_interruptible) __must_check;
/* Takes it if it is free: true. Threads only; never sleeps. Since 0.1. */
bool mutex_trylock(struct mutex *lock) KIT_SYMBOL(mutex_trylock);
/* Lets it go. Threads only; never sleeps. Since 0.1. */
void mutex_unlock(struct mutex *lock) KIT_SYMBOL(mutex_unlock);

/* Counters and flags shared without a lock; each operation that changes and returns is a full barrier. */
typedef struct kit_atomic {
	s32 value;
} atomic_t;

/* The value; no barrier. */
static inline s32 atomic_read(const atomic_t *a) { return *(const volatile s32 *)&a->value; }
/* Sets it; no barrier. */
static inline void atomic_set(atomic_t *a, s32 value) { *(volatile s32 *)&a->value = value; }
/* Adds n, which may be negative; the new value. */
static inline s32 atomic_add_return(s32 n, atomic_t *a) { return __atomic_add_fetch(&a->value, n, __ATOMIC_SEQ_CST); }
/* Adds 1; the new value. */
static inline s32 atomic_inc_return(atomic_t *a) { return atomic_add_return(1, a); }
/* Subtracts 1; the new value. */
static inline s32 atomic_dec_return(atomic_t *a) { return atomic_add_return(-1, a); }
/* Sets it; the value before. */
static inline s32 atomic_xchg(atomic_t *a, s32 value) { return __atomic_exchange_n(&a->value, value, __ATOMIC_SEQ_CST); }

KIT_TABLE(kit_spinlock);
KIT_TABLE(mutex);
KIT_TABLE(kit_atomic);
KIT_HEADER_PLAIN(lock, 0);

#endif
