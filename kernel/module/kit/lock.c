// SPDX-License-Identifier: MIT
/*
 * Kit: locks (kit/lock.h). The kit's types are larger than the core's in every configuration, and all-zero is their initial state: a
 * mutex, whose list of waiters is not, is set up on first use.
 *
 * For the lock checker all spinlocks of modules have one rank, LOCK_RANK_KIT, towards the core's. Among themselves they are ordered
 * as sleeping locks are: by classes and the graph of what was taken inside what (kernel/sync/sleep/lock_graph.c), reported when an
 * order closes a cycle. All of it is told at the lock's first use.
 */
#include "kit.h"
#include "lazy.h"

#include <kernel/lock_graph.h>
#include <kernel/mutex.h>
#include <kernel/spinlock.h>

struct kit_spinlock {
	union {
		struct {
			spinlock_t lock; /* all-zero: free */
#ifdef CONFIG_DEBUG_LOCKS
			u16 class; /* 0: not used yet, or there are too many */
#endif
		};
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

#ifdef CONFIG_DEBUG_LOCKS
#define MODULE_IP ((unsigned long)__builtin_return_address(0))

/* Of all spinlocks of modules, and of no other. */
static const char spinlock_name[] = "(spinlock of a module)";

/* Two CPUs may use it first at once, in different places: the class is the first's, and stays. */
static void set_class(struct kit_spinlock *lock, unsigned long ip)
{
	u16 none = 0;

	if (likely(smp_load_acquire(&lock->lock.rank)))
		return;
	try_cmpxchg(&lock->class, &none, lock_class_of_first_use(lock, spinlock_name, ip));
	WRITE_ONCE(lock->lock.name, spinlock_name);
	smp_store_release(&lock->lock.rank, LOCK_RANK_KIT);
}

/* Before waiting: what is taken inside what this CPU holds. */
static void spin_wanted(struct kit_spinlock *lock, unsigned long ip)
{
	unsigned int at = 0;
	unsigned long flags;
	spinlock_t *held;
	u16 wanted;

	set_class(lock, ip);
	/* Memory that was freed, or never was a lock, is the checker's to report, not a class. */
	wanted = READ_ONCE(lock->lock.name) == spinlock_name ? READ_ONCE(lock->class) : 0;
	local_irq_save(flags);
	while (wanted && (held = lock_debug_held(LOCK_RANK_KIT, &at))) {
		u16 class;

		/* Itself is not an order: "taken twice". Tests have locks of this rank that are the core's. */
		if (held->name != spinlock_name || held == &lock->lock)
			continue;
		class = READ_ONCE(container_of(held, struct kit_spinlock, lock)->class);
		if (class)
			lock_graph_edge(class, wanted, 0xffffffff00000000ul | held->owner_ip, ip);
	}
	local_irq_restore(flags);
}

/* Reports name the module's place, not the kit's. */
static void spin_taken(struct kit_spinlock *lock, unsigned long ip)
{
	lock->lock.owner_ip = (u32)ip;
}

#else
#define MODULE_IP 0ul /* asking for the address alone would change the code */

static inline void set_class(struct kit_spinlock *lock, unsigned long ip)
{
}
static inline void spin_wanted(struct kit_spinlock *lock, unsigned long ip)
{
}
static inline void spin_taken(struct kit_spinlock *lock, unsigned long ip)
{
}
#endif

void kit_spin_lock(struct kit_spinlock *lock) __acquires(lock)
{
	spin_wanted(lock, MODULE_IP);
	spin_lock_nested(&lock->lock);
	spin_taken(lock, MODULE_IP);
}

void kit_spin_unlock(struct kit_spinlock *lock) __releases(lock)
{
	spin_unlock(&lock->lock);
}

/* lint: context: the result says whether it is held */
bool kit_spin_trylock(struct kit_spinlock *lock)
{
	bool taken;

	set_class(lock, MODULE_IP);
	taken = spin_trylock(&lock->lock);
	if (taken)
		spin_taken(lock, MODULE_IP);
	return taken;
}

u64 kit_spin_lock_save(struct kit_spinlock *lock) __acquires(lock)
{
	unsigned long flags;

	spin_wanted(lock, MODULE_IP);
	spin_lock_irqsave_nested(&lock->lock, flags);
	spin_taken(lock, MODULE_IP);
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

void kit_mutex_lock(struct kit_mutex *lock) __acquires(lock)
{
	kit_lazy(&lock->ready, set_up_mutex, &lock->mutex);
	mutex_lock(&lock->mutex);
}

/* lint: context: the result says whether it is held */
int kit_mutex_lock_interruptible(struct kit_mutex *lock)
{
	kit_lazy(&lock->ready, set_up_mutex, &lock->mutex);
	return mutex_lock_interruptible(&lock->mutex);
}

/* lint: context: the result says whether it is held */
bool kit_mutex_trylock(struct kit_mutex *lock)
{
	kit_lazy(&lock->ready, set_up_mutex, &lock->mutex);
	return mutex_trylock(&lock->mutex);
}

void kit_mutex_unlock(struct kit_mutex *lock) __releases(lock)
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
