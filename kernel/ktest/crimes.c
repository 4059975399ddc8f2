/* SPDX-License-Identifier: MIT */
/*
 * What the test module of the detectors (tools/testing/detectors) cannot do by the kit: crimes with
 * objects that modules do not see. Exported to modules of this very build only. Each is harmless as
 * far as it can be: what it breaks it mends, or keeps from being used again.
 */
#include <kernel/backtrace.h>
#include <kernel/hrtimer.h>
#include <kernel/log.h>
#include <kernel/mutex.h>
#include <kernel/refcount.h>
#include <kernel/sched.h>
#include <kernel/wait.h>
#include <kernel/workqueue.h>
#include <kit/module.h>
#include <lib/err.h>
#include <mm/alloc_fault.h>
#include <mm/gfp.h>
#include <mm/kernel_map.h>
#include <mm/slab.h>
#include "crimes.h"

/* A count as it should be: up to the largest, and down to 0 once. */
void crime_none(void)
{
	refcount_t refs = REFCOUNT_INIT(INT_MAX - 1), last = REFCOUNT_INIT(1);

	refcount_inc(&refs);
	if (!refcount_dec_and_test(&refs) && refcount_dec_and_test(&last))
		refcount_set(&last, 1);
}

void crime_refcount(void)
{
	refcount_t refs = REFCOUNT_INIT(1);

	for (int i = 0; i < 2; i++)
		if (!refcount_dec_and_test(&refs))
			return;
	refcount_inc(&refs);
}

/* What has gone wrong once stays: however often it is let go, nobody is told to free it. */
static void let_go_often(refcount_t *refs)
{
	for (int i = 0; i < 1000; i++)
		if (refcount_dec_and_test(refs))
			return;
	pr_info("crime: a count that went wrong frees nothing\n");
}

void crime_refcount_overflow(void)
{
	refcount_t refs = REFCOUNT_INIT(INT_MAX);

	refcount_inc(&refs);
	let_go_often(&refs);
}

void crime_refcount_from_zero(void)
{
	refcount_t refs = REFCOUNT_INIT(1);

	if (refcount_dec_and_test(&refs))
		refcount_inc(&refs);
	let_go_often(&refs);
}

/* One entry's links point elsewhere while it is removed. */
void crime_list(void)
{
	struct list_head list = LIST_HEAD_INIT(list), entry, other = LIST_HEAD_INIT(other);

	list_add(&entry, &list);
	list.next = &other;
	list_del_init(&entry);
}

void crime_list_twice(void)
{
	struct list_head list = LIST_HEAD_INIT(list), entry;

	list_add(&entry, &list);
	list_add(&entry, &list);
}

/* Readers of two semaphores, each with a writer's place inside the other's. */
void crime_rwsem_cycle(void)
{
	struct rw_semaphore a, b;

	init_rwsem(&a);
	init_rwsem(&b);
	down_read(&a);
	down_write(&b);
	up_write(&b);
	up_read(&a);
	down_read(&b);
	down_write(&a);
	up_write(&a);
	up_read(&b);
}

/* Two locks of one class, without a level. */
void crime_same_class(void)
{
	struct mutex two[2];

	for (int i = 0; i < 2; i++)
		mutex_init(&two[i]);
	mutex_lock(&two[0]);
	mutex_lock(&two[1]);
	mutex_unlock(&two[1]);
	mutex_unlock(&two[0]);
}

static DEFINE_SPINLOCK(outer, LOCK_RANK_KIT);
static DEFINE_SPINLOCK(inner, LOCK_RANK_DEVICE);

void crime_spin_rank(void)
{
	spin_lock(&outer);
	spin_lock(&inner);
	spin_unlock(&inner);
	spin_unlock(&outer);
}

/* For a module that calls it with a spinlock of its own in its hands. */
void crime_spin_rank_of_module(void)
{
	static DEFINE_SPINLOCK(inside_module, LOCK_RANK_DEVICE);

	spin_lock(&inside_module);
	spin_unlock(&inside_module);
}

void crime_spin_not_held(void)
{
	assert_spin_locked(&outer);
	barrier(); /* else the assertion is jumped to, and this is in no backtrace */
}

/* Somebody else would have to let it go in between, or this CPU waited for ever: that is done by hand. */
void crime_spin_twice(void)
{
	static DEFINE_SPINLOCK(twice, LOCK_RANK_KIT);

	spin_lock(&twice);
	WRITE_ONCE(twice.word, 0);
	spin_lock(&twice);
	spin_unlock(&twice);
	spin_unlock(&twice);
}

/* lint: context: that nobody holds it is the crime */
void crime_spin_let_go(void)
{
	static DEFINE_SPINLOCK(free, LOCK_RANK_KIT);

	preempt_disable();
	spin_unlock(&free);
}

/* Held, it is not reported; let go, it is. */
void crime_mutex_not_held(void)
{
	static DEFINE_MUTEX(once);
	static DEFINE_MUTEX(never);

	assert_mutex_held(&never);
	mutex_lock(&once);
	assert_mutex_held(&once);
	mutex_unlock(&once);
}

/* A reader is not a writer. */
void crime_rwsem_not_held(void)
{
	static DECLARE_RWSEM(once);

	down_read(&once);
	assert_rwsem_held(&once);
	assert_rwsem_held_write(&once);
	up_read(&once);
}

void crime_sleep_in_atomic(void)
{
	DECLARE_COMPLETION(done);

	complete(&done);
	preempt_disable();
	wait_for_completion(&done);
	preempt_enable();
}

void crime_wx(void)
{
	void *page = vzalloc(PAGE_SIZE);

	if (!page || kernel_protect((unsigned long)page, PAGE_SIZE, 0, PTE_NX))
		return;
	wx_check();
	kernel_protect((unsigned long)page, PAGE_SIZE, PTE_NX, 0);
	vfree(page);
}

/* The last word of the stack is lost without a step onto the guard page. */
void crime_stack_end(void)
{
	*(u64 *)current->stack = 0;
	set_current_state(THREAD_INTERRUPTIBLE);
	schedule_timeout_ns(1000);
}

/* NULL, which the analyzers need not know. */
static volatile char *volatile nowhere;

static void list_nothing(const char *level)
{
	*nowhere = 0;
}

/* What is shown within a panic's report faults. */
void crime_panic_faults(void)
{
	show_modules = list_nothing;
	panic("its report faults");
}

/* A thread of its own commits it. Returns when that is through with all that it does itself. */
static struct thread *begin(int (*function)(void *), void *data)
{
	struct thread *t = kthread_create(function, data, "crime");

	if (IS_ERR(t))
		return NULL;
	get_thread(t);
	wake_up_thread(t);
	return t;
}

static void nap(void)
{
	set_current_state(THREAD_UNINTERRUPTIBLE);
	schedule_timeout_ns(NSEC_PER_MSEC);
}

static void await_end(struct thread *t)
{
	while (READ_ONCE(t->state) != THREAD_DEAD)
		nap();
	put_thread(t);
}

static void in_a_thread(int (*function)(void *))
{
	struct thread *t = begin(function, NULL);

	if (t)
		await_end(t);
}

#define STACK_KEPT 2048 /* left of the stack: less than anybody else leaves */

/* Ends at STACK_KEPT. */
static noinline unsigned long go_deep(void)
{
	volatile u64 frame[32];
	unsigned long left = (unsigned long)frame - (unsigned long)current->stack;

	frame[0] = left;
	return left < STACK_KEPT ? left : go_deep() + frame[0];
}

static int use_much_stack(void *unused)
{
	unsigned long flags;

	local_irq_save(flags); /* no interrupt comes on top of it */
	go_deep();
	local_irq_restore(flags);
	return 0;
}

/*
 * Reported where the stack is freed: by the first thread that its CPU switches to after it, before anything else. On the
 * CPU of this one, which the test has bound, it has been said when that thread is seen to be dead.
 */
void crime_stack_deep(void)
{
	struct thread *t = kthread_create(use_much_stack, NULL, "crime");

	if (IS_ERR(t))
		return;
	get_thread(t);
	kthread_bind(t, current->cpu);
	wake_up_thread(t);
	await_end(t);
}

/* lint: context: that is the crime */
static int end_with_a_lock(void *unused)
{
	static DEFINE_MUTEX(kept);

	mutex_trylock(&kept);
	return 0;
}

/* The lock is nobody else's. */
void crime_thread_exit(void)
{
	in_a_thread(end_with_a_lock);
}

static int lock_twice(void *data)
{
	struct mutex *lock = data;

	mutex_lock(lock);
	mutex_lock(lock);
	/* As often as it was taken: for the list of what is held. */
	mutex_unlock(lock);
	mutex_unlock(lock);
	return 0;
}

/* Two crimes: who waits for himself is helped by somebody who does not hold the lock. */
/* lint: context: that nobody holds it here is the crime */
void crime_mutex_twice(void)
{
	static DEFINE_MUTEX(lock);
	struct thread *t = begin(lock_twice, &lock);

	if (!t)
		return;
	while (READ_ONCE(lock.waiters.next) == &lock.waiters)
		nap();
	mutex_unlock(&lock);
	await_end(t);
}

/* Who does not look whether there was memory. Only the injected failure makes these a crime: elsewhere there is some. */
static void use_unchecked(void *memory)
{
	struct alloc_fault_result unused;
	u64 *p = memory;

	alloc_fault_disarm(&unused);
	OPTIMIZER_HIDE_VAR(p);
	*p = 1;
}

static int unchecked_slab(void *unused)
{
	void *p;

	alloc_fault_arm(1, 0);
	p = kmalloc(64, GFP_KERNEL);
	use_unchecked(p);
	kfree(p);
	return 0;
}

static int unchecked_page(void *unused)
{
	unsigned long page;

	alloc_fault_arm(1, 0);
	page = __get_free_page(GFP_KERNEL);
	use_unchecked((void *)page);
	free_page(page);
	return 0;
}

static int unchecked_vmalloc(void *unused)
{
	void *p;

	alloc_fault_arm(1, 0);
	p = vmalloc(PAGE_SIZE);
	use_unchecked(p);
	vfree(p);
	return 0;
}

void crime_unchecked_slab(void)
{
	in_a_thread(unchecked_slab);
}

void crime_unchecked_page(void)
{
	in_a_thread(unchecked_page);
}

void crime_unchecked_vmalloc(void)
{
	in_a_thread(unchecked_vmalloc);
}

static enum hrtimer_restart timer_function(struct hrtimer *timer)
{
	return HRTIMER_NORESTART;
}

/*
 * Without a detector the second time makes the timer forget that it is queued: what it was is put
 * back before anybody looks. Its tree, this CPU's of CLOCK_REALTIME, holds no other.
 */
void crime_timer_set_up_twice(void)
{
	static struct hrtimer timer;
	struct hrtimer was;
	unsigned long flags;

	hrtimer_init(&timer, CLOCK_REALTIME, HRTIMER_MODE_ABS);
	timer.function = timer_function;
	local_irq_save(flags);
	hrtimer_start(&timer, ktime_get_real_ns() + 3600 * NSEC_PER_SEC, HRTIMER_MODE_ABS);
	was = timer;
	hrtimer_init(&timer, CLOCK_REALTIME, HRTIMER_MODE_ABS);
	if (!timer.queued)
		timer = was;
	local_irq_restore(flags);
	hrtimer_cancel(&timer);
}

static void work_function(struct work_struct *work)
{
}

/*
 * The memory, got by kmalloc, is freed with a work item in it that is queued: this CPU's workers do
 * not run while its interrupts are off. Without a detector the same memory is got again meanwhile,
 * as it was.
 */
void crime_free_queued_work(void *memory, size_t size)
{
	struct work_struct *work = memory;
	unsigned long flags;
	void *again;

	INIT_WORK(work, work_function);
	local_irq_save(flags);
	queue_work(system_wq, work);
	kfree(memory);
	OPTIMIZER_HIDE_VAR(work);
	again = kmalloc(size, GFP_ATOMIC);
	local_irq_restore(flags);
	flush_work(work);
	if (again != work)
		kfree(again);
	kfree(work);
}

EXPORT_INTERNAL(crime_none);
EXPORT_INTERNAL(crime_refcount);
EXPORT_INTERNAL(crime_refcount_overflow);
EXPORT_INTERNAL(crime_refcount_from_zero);
EXPORT_INTERNAL(crime_spin_not_held);
EXPORT_INTERNAL(crime_spin_twice);
EXPORT_INTERNAL(crime_spin_let_go);
EXPORT_INTERNAL(crime_mutex_not_held);
EXPORT_INTERNAL(crime_rwsem_not_held);
EXPORT_INTERNAL(crime_mutex_twice);
EXPORT_INTERNAL(crime_unchecked_slab);
EXPORT_INTERNAL(crime_unchecked_page);
EXPORT_INTERNAL(crime_unchecked_vmalloc);
EXPORT_INTERNAL(crime_list);
EXPORT_INTERNAL(crime_list_twice);
EXPORT_INTERNAL(crime_rwsem_cycle);
EXPORT_INTERNAL(crime_same_class);
EXPORT_INTERNAL(crime_spin_rank);
EXPORT_INTERNAL(crime_spin_rank_of_module);
EXPORT_INTERNAL(crime_sleep_in_atomic);
EXPORT_INTERNAL(crime_wx);
EXPORT_INTERNAL(crime_stack_end);
EXPORT_INTERNAL(crime_panic_faults);
EXPORT_INTERNAL(crime_stack_deep);
EXPORT_INTERNAL(crime_thread_exit);
EXPORT_INTERNAL(crime_timer_set_up_twice);
EXPORT_INTERNAL(crime_free_queued_work);
