/* SPDX-License-Identifier: MIT */
/*
 * What the test module of the detectors (tools/testing/detectors) cannot do by the kit: crimes with
 * objects that modules do not see. Exported to modules of this very build only. Each is harmless as
 * far as it can be: what it breaks it mends, or keeps from being used again.
 */
#include <kernel/hrtimer.h>
#include <kernel/mutex.h>
#include <kernel/refcount.h>
#include <kernel/sched.h>
#include <kernel/wait.h>
#include <kernel/workqueue.h>
#include <kit/module.h>
#include <lib/err.h>
#include <mm/kernel_map.h>
#include <mm/slab.h>
#include "crimes.h"

void crime_refcount(void)
{
	refcount_t refs = REFCOUNT_INIT(1);

	for (int i = 0; i < 2; i++)
		if (!refcount_dec_and_test(&refs))
			return;
	refcount_inc(&refs);
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

static int end_with_a_lock(void *unused)
{
	static DEFINE_MUTEX(kept);

	mutex_trylock(&kept);
	return 0;
}

/* The lock is nobody else's. Returns when the thread is through with all that it does itself. */
void crime_thread_exit(void)
{
	struct thread *t = kthread_create(end_with_a_lock, NULL, "crime");

	if (IS_ERR(t))
		return;
	get_thread(t);
	wake_up_thread(t);
	while (READ_ONCE(t->state) != THREAD_DEAD) {
		set_current_state(THREAD_UNINTERRUPTIBLE);
		schedule_timeout_ns(NSEC_PER_MSEC);
	}
	put_thread(t);
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

EXPORT_INTERNAL(crime_refcount);
EXPORT_INTERNAL(crime_list);
EXPORT_INTERNAL(crime_list_twice);
EXPORT_INTERNAL(crime_rwsem_cycle);
EXPORT_INTERNAL(crime_same_class);
EXPORT_INTERNAL(crime_spin_rank);
EXPORT_INTERNAL(crime_sleep_in_atomic);
EXPORT_INTERNAL(crime_wx);
EXPORT_INTERNAL(crime_stack_end);
EXPORT_INTERNAL(crime_thread_exit);
EXPORT_INTERNAL(crime_timer_set_up_twice);
EXPORT_INTERNAL(crime_free_queued_work);
