/* SPDX-License-Identifier: MIT */
/*
 * Spinlocks.
 *
 * A lock is one word: 0 free, 1 held, more while somebody queues. Taking a free lock is one
 * compare-and-exchange; the slow path (kernel/sync/spin/spinlock.c) queues by MCS nodes on bare
 * metal and spins unfairly on a hypervisor, where the next in a queue may not be running.
 *
 * Holding one disables preemption. A lock that an interrupt handler takes is taken with interrupts
 * off everywhere (_irq, _irqsave).
 *
 * Every lock has a rank, given where it is defined. A CPU takes locks in strictly rising rank, but
 * for spin_lock_nested, which permits an equal one (the caller then orders by address or by
 * hierarchy). With CONFIG_DEBUG_LOCKS the order, the owner and interrupt safety are checked at run
 * time.
 */
#ifndef KERNEL_SPINLOCK_H
#define KERNEL_SPINLOCK_H

#include <kernel/atomic.h>
#include <kernel/preempt.h>

/*
 * Ranks, outermost first. One line a lock class; the subsystem's head says why it stands where it
 * does. Gaps leave room. Kit locks (drivers) stand between the VFS and the scheduler.
 */
enum lock_rank {
	/* not checked: early boot and the locks of the checker itself */
	LOCK_RANK_NONE = 0,
	LOCK_RANK_TTY = 10,	   /* ctrl_lock: groups, flow control */
	LOCK_RANK_TTY_PORT = 114,  /* serial ports: ring and registers */
	LOCK_RANK_TTY_INPUT = 116, /* received bytes; drivers fill them from interrupts */
	LOCK_RANK_FILES = 20,	   /* descriptor tables */
	LOCK_RANK_FILE = 24,	   /* one open file: position, flags, locks */
	LOCK_RANK_EPOLL = 26,
	LOCK_RANK_SOCKET = 28,
	LOCK_RANK_MOUNT = 30,
	LOCK_RANK_RENAME = 32, /* moves of dentries, against path printing */
	LOCK_RANK_INODE_HASH = 33,
	LOCK_RANK_DENTRY = 34, /* d_lock; parent before child by _nested */
	LOCK_RANK_INODE = 36,
	LOCK_RANK_SUPER = 38,
	LOCK_RANK_DCACHE_HASH = 39, /* buckets of names and of mounts */
	LOCK_RANK_DCACHE_LRU = 40,
	LOCK_RANK_PROCESS = 50,	      /* process tree and identifiers */
	LOCK_RANK_PID = 52,	      /* table of identifier numbers */
	LOCK_RANK_SIGNAL = 54,	      /* signal state of a process */
	LOCK_RANK_SIGNAL_ACTION = 55, /* tables of handlers, perhaps shared by processes */
	LOCK_RANK_TIMERS_POSIX = 56,
	LOCK_RANK_USERS = 58,
	LOCK_RANK_IPC = 60,
	LOCK_RANK_FUTEX = 64,
	/* owners and waiters of futexes with priority inheritance */
	LOCK_RANK_FUTEX_PI = 65,
	LOCK_RANK_DEVICE = 70,	 /* device tree, registries */
	LOCK_RANK_KIT = 80,	 /* locks of modules: among each other they have learnt classes */
	LOCK_RANK_CLASS = 86,	 /* lists of the classes, reached from drivers' calls */
	LOCK_RANK_KEYBOARD = 87, /* shift state and keymaps of the virtual terminals */
	LOCK_RANK_KIT_CORE = 88, /* a module's armed timers and queued work */
	LOCK_RANK_IRQ_DESC = 90,
	LOCK_RANK_RMAP = 100, /* i_mmap, anon */
	LOCK_RANK_PAGE_TABLE = 104,
	LOCK_RANK_PAGE_CACHE = 108, /* the xarray of one file's pages */
	LOCK_RANK_LRU = 112,
	LOCK_RANK_WAIT = 120, /* wait queue heads */
	LOCK_RANK_WORK = 124,
	LOCK_RANK_TIMER = 128,
	LOCK_RANK_THREAD_LIST = 132,
	LOCK_RANK_THREAD = 134,	  /* thread's own: affinity, policy */
	LOCK_RANK_RUNQUEUE = 138, /* two by _nested, lower CPU first */
	LOCK_RANK_VMALLOC = 142,
	LOCK_RANK_SLAB = 146,
	LOCK_RANK_FRAME = 150, /* buddy zones */
	LOCK_RANK_KERNEL_PT = 154,
	LOCK_RANK_CONSOLE = 160,
	LOCK_RANK_LOG = 164,
	LOCK_RANK_LEAF = 170, /* takes nothing below it */
};

/* At most 24 bytes: modules embed it in a type of fixed size. */
typedef struct spinlock {
	u32 word; /* low byte: held; the rest: tail of the queue */
#ifdef CONFIG_DEBUG_LOCKS
	u16 rank;
	u16 owner_cpu; /* holder + 1, 0: free */
	/* low half of where it was taken: the upper one is all ones */
	u32 owner_ip;
	u8 irq_use; /* LOCK_USED_*: contexts it was taken in */
#endif
#ifdef CONFIG_LOCK_STAT
	u16 stat_class; /* 0: not known yet */
#endif
#ifdef CONFIG_LOCK_NAMES
	const char *name;
#endif
} spinlock_t;

#ifdef CONFIG_DEBUG_LOCKS
#define SPINLOCK_INIT(lock_name, lock_rank_)	{ .rank = (lock_rank_), .name = (lock_name) }
#define spin_lock_init(lock, lock_rank_) \
	(*(lock) = (spinlock_t)SPINLOCK_INIT(#lock, lock_rank_))
/*
 * Before waiting for the lock: order and recursion; after it is taken; before it is let go.
 * Interrupts or preemption off.
 */
void lock_debug_before(spinlock_t *lock, bool nested);
void lock_debug_acquired(spinlock_t *lock);
void lock_debug_acquired_by_try(spinlock_t *lock);
void lock_debug_release(spinlock_t *lock);
void lock_debug_forget_cpu(void);
#else
#ifdef CONFIG_LOCK_NAMES
#define SPINLOCK_INIT(lock_name, lock_rank_)	{ .name = (lock_name) }
#define spin_lock_init(lock, lock_rank_) \
	((void)(lock_rank_), *(lock) = (spinlock_t)SPINLOCK_INIT(#lock, lock_rank_))
#else
#define SPINLOCK_INIT(lock_name, lock_rank_)	{ .word = 0 }
#define spin_lock_init(lock, lock_rank_)	((void)(lock_rank_), (lock)->word = 0)
#endif
static inline void lock_debug_before(spinlock_t *lock, bool nested) { }
static inline void lock_debug_acquired(spinlock_t *lock) { }
static inline void lock_debug_acquired_by_try(spinlock_t *lock) { }
static inline void lock_debug_release(spinlock_t *lock) { }
static inline void lock_debug_forget_cpu(void) { }
#endif
#ifdef CONFIG_DEBUG_LOCKS
bool lock_debug_failed(void); /* something was reported */
/* For the checker's own test: findings are counted instead; how many since the last call. */
void lock_debug_trap(bool on);
unsigned int lock_debug_trapped(void);
/* For other checks of locks: false when this place has been reported, or too much has been. */
bool lock_debug_report_begins(unsigned long place);
/*
 * The locks of a rank that this CPU holds, taken at its present interrupt level: the first, with *at 0, the next; NULL behind
 * the last. Interrupts are off.
 */
spinlock_t *lock_debug_held(enum lock_rank rank, unsigned int *at);
/* True: memory that is being freed holds a spinlock that this CPU holds, which is reported. */
bool lock_debug_freed(const void *start, size_t size);
#else
static inline bool lock_debug_failed(void) { return false; }
static inline bool lock_debug_freed(const void *start, size_t size) { return false; }
#endif
#define DEFINE_SPINLOCK(name, rank)	spinlock_t name = SPINLOCK_INIT(#name, rank)

void spin_lock_slow(spinlock_t *lock, u32 value);
void spin_lock_use_queues(void);     /* boot: no hypervisor, so waiters may form queues */
bool spin_lock_test_queues(bool on); /* for tests; what it was */

/* The word alone, for the scheduler's own use; preemption is the caller's. */
static inline bool raw_spin_trylock(spinlock_t *lock)
{
	u32 free = 0;

	return try_cmpxchg(&lock->word, &free, 1);
}

static inline void raw_spin_lock(spinlock_t *lock) __acquires(lock)
{
	u32 value = 0;

	if (unlikely(!try_cmpxchg(&lock->word, &value, 1)))
		spin_lock_slow(lock, value);
	__acquire(lock);
}

static inline void raw_spin_unlock(spinlock_t *lock) __releases(lock)
{
	__release(lock);
	barrier();
	/* the low byte is the holder's; the queue's bytes stay */
	WRITE_ONCE(*(u8 *)&lock->word, 0);
}

static inline bool spin_is_locked(const spinlock_t *lock)
{
	return READ_ONCE(*(const u8 *)&lock->word) != 0;
}

#ifdef CONFIG_LOCK_STAT
/* kernel/sync/spin/lock_stat.c: take and count, count the end of holding. Preemption off. */
void lock_stat_spin(spinlock_t *lock) __acquires(lock);
void lock_stat_spin_taken(spinlock_t *lock);
void lock_stat_spin_release(spinlock_t *lock);
void lock_stat_forget_cpu(void);
#else
static inline void lock_stat_spin(spinlock_t *lock) __acquires(lock) { raw_spin_lock(lock); }
static inline void lock_stat_spin_taken(spinlock_t *lock) { }
static inline void lock_stat_spin_release(spinlock_t *lock) { }
static inline void lock_stat_forget_cpu(void) { }
#endif

/*
 * The thread that runs here ends without letting its spinlocks go, after an oops: they stay taken,
 * but this CPU no longer holds them. Interrupts off.
 */
static inline void spin_forget_held(void)
{
	lock_debug_forget_cpu();
	lock_stat_forget_cpu();
}

static inline void spin_lock(spinlock_t *lock) __acquires(lock)
{
	preempt_disable();
	lock_debug_before(lock, false);
	lock_stat_spin(lock);
	lock_debug_acquired(lock);
}

static inline void spin_lock_nested(spinlock_t *lock) __acquires(lock)
{
	preempt_disable();
	lock_debug_before(lock, true);
	lock_stat_spin(lock);
	lock_debug_acquired(lock);
}

static inline bool spin_trylock(spinlock_t *lock)
{
	preempt_disable();
	if (!raw_spin_trylock(lock)) {
		preempt_enable();
		return false;
	}
	lock_stat_spin_taken(lock);
	lock_debug_acquired_by_try(lock);
	return true;
}

static inline void spin_unlock(spinlock_t *lock) __releases(lock)
{
	lock_debug_release(lock);
	lock_stat_spin_release(lock);
	raw_spin_unlock(lock);
	preempt_enable();
}

static inline void spin_lock_irq(spinlock_t *lock) __acquires(lock)
{
	local_irq_disable();
	spin_lock(lock);
}

static inline void spin_unlock_irq(spinlock_t *lock) __releases(lock)
{
	lock_debug_release(lock);
	lock_stat_spin_release(lock);
	raw_spin_unlock(lock);
	local_irq_enable();
	preempt_enable();
}

static inline bool spin_trylock_irq(spinlock_t *lock)
{
	local_irq_disable();
	if (spin_trylock(lock))
		return true;
	local_irq_enable();
	return false;
}

#define spin_trylock_irqsave(lock, flags) ({						\
	bool locked_;									\
	local_irq_save(flags);								\
	locked_ = spin_trylock(lock);							\
	if (!locked_)									\
		local_irq_restore(flags);						\
	locked_;									\
})
#define spin_lock_irqsave(lock, flags)	do { local_irq_save(flags); spin_lock(lock); } while (0)
#define spin_lock_irqsave_nested(lock, flags)	do { local_irq_save(flags); spin_lock_nested(lock); } while (0)

static inline void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags) __releases(lock)
{
	lock_debug_release(lock);
	lock_stat_spin_release(lock);
	raw_spin_unlock(lock);
	local_irq_restore(flags);
	preempt_enable();
}

#ifdef __CHECKER__
/* The checker follows a lock through a condition only if it sees one. */
#define spin_trylock(lock)	(spin_trylock(lock) && ({ __acquire(lock); 1; }))
#define spin_trylock_irq(lock)	(spin_trylock_irq(lock) && ({ __acquire(lock); 1; }))
#endif

#ifdef CONFIG_DEBUG_LOCKS
void lock_debug_assert_held(const spinlock_t *lock);
#define assert_spin_locked(lock)	lock_debug_assert_held(lock)
#else
#define assert_spin_locked(lock)	((void)(lock))
#endif

#endif
