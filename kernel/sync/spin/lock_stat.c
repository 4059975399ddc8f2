/* SPDX-License-Identifier: MIT */
/*
 * Lock statistics: kernel/lock_stat.h.
 *
 * Classes are found by the address of their name and the kind of lock, in a table without a lock:
 * a slot is claimed by compare-and-exchange and never given back. A lock remembers its slot, so the
 * search is done once a lock. Interrupts are off while a CPU's counters change.
 */
#include <arch/clock.h>
#include <arch/percpu.h>
#include <kernel/cpumask.h>
#include <kernel/lock_stat.h>
#include <kernel/spinlock.h>
#include <lib/hash.h>
#include <lib/string.h>

#define CLASS_BITS 10
#define NR_CLASSES (1u << CLASS_BITS)

struct stat_class {
	unsigned long key; /* atomic: address of the name with the kind in bits 60, 61; 0: free */
};

struct cpu_counts {
	struct lock_counts class[NR_CLASSES];
	unsigned long missed;
};

#define KIND_SHIFT 60
#define NO_NAME    "(spinlock of a module)"

static struct stat_class classes[NR_CLASSES];
static DEFINE_PER_CPU(struct cpu_counts, cpu_counts);
static DEFINE_PER_CPU(struct lock_stat_stack, spin_stack);

/* A kernel address has its upper bits set: the kind takes the place of two of them. */
static unsigned long key_of(const char *name, enum lock_kind kind)
{
	return ((unsigned long)name & ~(3ul << KIND_SHIFT)) | (unsigned long)kind << KIND_SHIFT;
}

/* 1 to NR_CLASSES - 1; 0: the table is full. */
static u16 find_class(const char *name, enum lock_kind kind)
{
	unsigned long key = key_of(name ?: NO_NAME, kind);

	for (unsigned int i = 0; i < NR_CLASSES; i++) {
		unsigned int slot = (hash_64(key, CLASS_BITS) + i) & (NR_CLASSES - 1);
		unsigned long free = 0;

		if (!slot)
			continue;
		if (READ_ONCE(classes[slot].key) == key)
			return slot;
		if (try_cmpxchg(&classes[slot].key, &free, key) || free == key)
			return slot;
	}
	return 0;
}

/* Interrupts off. */
static void count_taken(struct lock_stat_stack *stack, const void *lock, u16 class, u64 waited_ns,
			u64 now)
{
	struct cpu_counts *cpu = this_cpu_ptr(&cpu_counts);
	struct lock_counts *c = &cpu->class[class];

	if (!class || stack->depth == LOCK_STAT_DEPTH) {
		cpu->missed++;
		return;
	}
	c->acquired++;
	if (waited_ns) {
		c->contended++;
		c->wait_ns += waited_ns;
		if (waited_ns > c->wait_max_ns)
			c->wait_max_ns = waited_ns;
	}
	stack->held[stack->depth].lock = lock;
	stack->held[stack->depth].class = class;
	stack->held[stack->depth].since_ns = now;
	stack->depth++;
}

static void count_release(struct lock_stat_stack *stack, const void *lock, u64 now)
{
	struct cpu_counts *cpu = this_cpu_ptr(&cpu_counts);
	unsigned int i = stack->depth;
	struct lock_counts *c;
	u64 ns;

	while (i && stack->held[i - 1].lock != lock)
		i--;
	if (!i)
		return;
	c = &cpu->class[stack->held[i - 1].class];
	ns = now - stack->held[i - 1].since_ns;
	c->hold_ns += ns;
	if (ns > c->hold_max_ns)
		c->hold_max_ns = ns;
	for (stack->depth--; i <= stack->depth; i++)
		stack->held[i - 1] = stack->held[i];
}

static void spin_counted(spinlock_t *lock, u64 waited_ns, u64 now)
{
	unsigned long flags;

	local_irq_save(flags);
	if (unlikely(!lock->stat_class))
		lock->stat_class = find_class(lock->name, LOCK_KIND_SPIN);
	count_taken(this_cpu_ptr(&spin_stack), lock, lock->stat_class, waited_ns, now);
	local_irq_restore(flags);
}

/* lint: context: raw_spin_trylock() says by its result whether it has taken it */
void lock_stat_spin(spinlock_t *lock)
{
	u64 start, now;

	if (raw_spin_trylock(lock)) {
		spin_counted(lock, 0, arch_clock_ns());
		return;
	}
	start = arch_clock_ns();
	raw_spin_lock(lock);
	now = arch_clock_ns();
	spin_counted(lock, now > start ? now - start : 1, now);
}

void lock_stat_spin_taken(spinlock_t *lock)
{
	spin_counted(lock, 0, arch_clock_ns());
}

void lock_stat_spin_release(spinlock_t *lock)
{
	unsigned long flags;

	local_irq_save(flags);
	count_release(this_cpu_ptr(&spin_stack), lock, arch_clock_ns());
	local_irq_restore(flags);
}

void lock_stat_forget_cpu(void)
{
	this_cpu_ptr(&spin_stack)->depth = 0;
}

void lock_stat_taken(struct lock_stat_stack *stack, const void *lock, u16 *class, const char *name,
		     enum lock_kind kind, u64 waited_ns)
{
	unsigned long flags;
	u16 found;

	/* Readers and writers of one lock are two classes: only one of them is remembered. */
	found = kind == LOCK_KIND_READ ? 0 : READ_ONCE(*class);
	if (!found) {
		found = find_class(name, kind);
		if (kind != LOCK_KIND_READ)
			WRITE_ONCE(*class, found);
	}
	local_irq_save(flags);
	count_taken(stack, lock, found, waited_ns, arch_clock_ns());
	local_irq_restore(flags);
}

void lock_stat_release(struct lock_stat_stack *stack, const void *lock)
{
	unsigned long flags;

	local_irq_save(flags);
	count_release(stack, lock, arch_clock_ns());
	local_irq_restore(flags);
}

static void add(struct lock_counts *sum, const struct lock_counts *c)
{
	sum->acquired += READ_ONCE(c->acquired);
	sum->contended += READ_ONCE(c->contended);
	sum->wait_ns += READ_ONCE(c->wait_ns);
	sum->hold_ns += READ_ONCE(c->hold_ns);
	if (c->wait_max_ns > sum->wait_max_ns)
		sum->wait_max_ns = c->wait_max_ns;
	if (c->hold_max_ns > sum->hold_max_ns)
		sum->hold_max_ns = c->hold_max_ns;
}

bool lock_stat_read(unsigned int n, const char **name, enum lock_kind *kind,
		    struct lock_counts *sum)
{
	unsigned long key;
	unsigned int cpu;

	if (n >= NR_CLASSES)
		return false;
	*sum = (struct lock_counts){ 0 };
	*name = NULL;
	key = READ_ONCE(classes[n].key);
	if (!key)
		return true;
	*kind = key >> KIND_SHIFT & 3;
	*name = (const char *)(key | 3ul << KIND_SHIFT);
	for_each_possible_cpu(cpu)
		add(sum, &per_cpu(cpu_counts, cpu).class[n]);
	return true;
}

/* What is counted at that moment on another CPU may survive. */
void lock_stat_reset(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		memset(&per_cpu(cpu_counts, cpu), 0, sizeof(struct cpu_counts));
}

unsigned long lock_stat_missed(void)
{
	unsigned long sum = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(cpu_counts, cpu).missed;
	return sum;
}
