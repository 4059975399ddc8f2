// SPDX-License-Identifier: MIT
/*
 * Kit: locks (kit/lock.h). The kit's types are larger than the core's in every configuration, and all-zero is their initial state: a
 * mutex, whose list of waiters is not, is set up on first use.
 */
#include "kit.h"
#include "lazy.h"

#include <kernel/mutex.h>
#include <kernel/spinlock.h>

struct kit_spinlock {
	union {
		spinlock_t lock; /* all-zero: free, and no rank */
		u64 size[4];
	};
};
_Static_assert(sizeof(struct kit_spinlock) == 32, "kit/lock.h: spinlock_t");

struct kit_mutex {
	union {
		struct {
			struct mutex mutex;
			u32 ready;
		};
		u64 size[8];
	};
};
_Static_assert(sizeof(struct kit_mutex) == 64, "kit/lock.h: struct mutex");

void kit_spin_lock(struct kit_spinlock *lock) __acquires(lock);
void kit_spin_unlock(struct kit_spinlock *lock) __releases(lock);
bool kit_spin_trylock(struct kit_spinlock *lock);
u64 kit_spin_lock_save(struct kit_spinlock *lock) __acquires(lock);
void kit_spin_unlock_restore(struct kit_spinlock *lock, u64 flags) __releases(lock);
void kit_mutex_lock(struct kit_mutex *lock);
int kit_mutex_lock_interruptible(struct kit_mutex *lock);
bool kit_mutex_trylock(struct kit_mutex *lock);
void kit_mutex_unlock(struct kit_mutex *lock);

void kit_spin_lock(struct kit_spinlock *lock) __acquires(lock)
{
	spin_lock(&lock->lock);
}

void kit_spin_unlock(struct kit_spinlock *lock) __releases(lock)
{
	spin_unlock(&lock->lock);
}

/* lint: context: the result says whether it is held */
bool kit_spin_trylock(struct kit_spinlock *lock)
{
	return spin_trylock(&lock->lock);
}

u64 kit_spin_lock_save(struct kit_spinlock *lock) __acquires(lock)
{
	unsigned long flags;

	spin_lock_irqsave(&lock->lock, flags);
	return flags;
}

void kit_spin_unlock_restore(struct kit_spinlock *lock, u64 flags) __releases(lock)
{
	spin_unlock_irqrestore(&lock->lock, flags);
}

static void set_up_mutex(void *mutex)
{
	mutex_init_key(mutex, NULL);
}

void kit_mutex_lock(struct kit_mutex *lock)
{
	kit_lazy(&lock->ready, set_up_mutex, &lock->mutex);
	mutex_lock(&lock->mutex);
}

int kit_mutex_lock_interruptible(struct kit_mutex *lock)
{
	kit_lazy(&lock->ready, set_up_mutex, &lock->mutex);
	return mutex_lock_interruptible(&lock->mutex);
}

bool kit_mutex_trylock(struct kit_mutex *lock)
{
	kit_lazy(&lock->ready, set_up_mutex, &lock->mutex);
	return mutex_trylock(&lock->mutex);
}

void kit_mutex_unlock(struct kit_mutex *lock)
{
	mutex_unlock(&lock->mutex);
}

EXPORT_KIT_CORE(spin_lock, 0, 1);
EXPORT_KIT_CORE(spin_unlock, 0, 1);
EXPORT_KIT_CORE(spin_trylock, 0, 1);
EXPORT_KIT_CORE(spin_lock_save, 0, 1);
EXPORT_KIT_CORE(spin_unlock_restore, 0, 1);
EXPORT_KIT_CORE(mutex_lock, 0, 1);
EXPORT_KIT_CORE(mutex_lock_interruptible, 0, 1);
EXPORT_KIT_CORE(mutex_trylock, 0, 1);
EXPORT_KIT_CORE(mutex_unlock, 0, 1);
