// SPDX-License-Identifier: MIT
/*
 * Identifier numbers: one structure for each number in use, whatever it is used for, found by number without a lock.
 *
 * A number is given out round the circle up to pid_max. It is reserved first (a value in the table), so that everything that can fail
 * is over before others can see it; pid_publish puts the structure in its place. It is free again when it names no thread, no
 * process, no group and no session; who still holds a reference holds a name for something that is gone.
 *
 * pid_table_lock (LOCK_RANK_PID, within process_lock) guards the table; readers use RCU.
 */
#include <kernel/process.h>
#include <lib/rculist.h>
#include <lib/xarray.h>
#include <mm/slab.h>
#include "internal.h"

#define PID_RESERVED	300	/* after the first round, numbers below are left to the system's first daemons */
#define PID_PLACEHOLDER	xa_mk_value(0)

static DEFINE_SPINLOCK(pid_table_lock, LOCK_RANK_PID);
static DEFINE_XARRAY(pid_table);
static u32 pid_next = 1;

int pid_max = 32768;
int last_pid;

static int reserve_number(s32 wanted, u32 *nr)
{
	struct xa_limit limit;
	int err;

	if (wanted) {
		*nr = wanted;
		err = xa_insert(&pid_table, wanted, PID_PLACEHOLDER, GFP_ATOMIC);
		return err == -EBUSY ? -EEXIST : err;
	}
	limit = XA_LIMIT(pid_next > PID_RESERVED ? PID_RESERVED : 1, pid_max - 1);
	err = xa_alloc_cyclic(&pid_table, nr, PID_PLACEHOLDER, limit, &pid_next, GFP_ATOMIC);
	if (err >= 0)
		last_pid = *nr;
	return err == -EBUSY ? -EAGAIN : err < 0 ? err : 0;
}

struct pid *pid_alloc(s32 wanted)
{
	struct pid *pid = kzalloc(sizeof(*pid), GFP_KERNEL);
	u32 nr;
	int err;

	if (!pid)
		return ERR_PTR(-ENOMEM);
	spin_lock_irq(&pid_table_lock);
	err = reserve_number(wanted, &nr);
	spin_unlock_irq(&pid_table_lock);
	if (err) {
		kfree(pid);
		return ERR_PTR(err);
	}
	refcount_set(&pid->refs, 1);
	pid->nr = nr;
	INIT_LIST_HEAD(&pid->group_members);
	INIT_LIST_HEAD(&pid->session_members);
	init_waitqueue_head(&pid->poll_wait);
	INIT_LIST_HEAD(&pid->proc_dirs);
	return pid;
}

void pid_publish(struct pid *pid)
{
	assert_spin_locked(&process_lock);
	spin_lock(&pid_table_lock);
	xa_store(&pid_table, pid->nr, pid, GFP_ATOMIC); /* the slot is there: cannot fail */
	spin_unlock(&pid_table_lock);
}

static void number_free(struct pid *pid)
{
	unsigned long flags;

	spin_lock_irqsave(&pid_table_lock, flags);
	xa_erase(&pid_table, pid->nr);
	spin_unlock_irqrestore(&pid_table_lock, flags);
}

void pid_abandon(struct pid *pid)
{
	number_free(pid);
	put_pid(pid);
}

void pid_drop_if_unused(struct pid *pid)
{
	assert_spin_locked(&process_lock);
	if (pid->thread || pid->process || !list_empty(&pid->group_members) ||
	    !list_empty(&pid->session_members))
		return;
	number_free(pid);
	put_pid(pid);
}

/*
 * Numbers of the dead that /proc may have directories of. Those go when no lock is held: the next to wait for a child or to exit does
 * it for all.
 */
static struct pid *dead_pids; /* atomic: a stack by next_dead, each with a reference */

void (*pid_flush_hook)(struct pid *pid);

void pid_note_dead(struct pid *pid)
{
	/* pid->thread has been cleared: who makes a directory looks at that after it has entered the list. */
	smp_mb();
	if (list_empty_careful(&pid->proc_dirs))
		return;
	get_pid(pid);
	pid->next_dead = READ_ONCE(dead_pids);
	while (!try_cmpxchg(&dead_pids, &pid->next_dead, pid))
		;
}

void pid_flush_dead(void)
{
	struct pid *pid, *next;

	if (likely(!READ_ONCE(dead_pids)))
		return;
	for (pid = xchg(&dead_pids, NULL); pid; pid = next) {
		next = pid->next_dead;
		pid_flush_hook(pid);
		put_pid(pid);
	}
}

struct pid *get_pid(struct pid *pid)
{
	if (pid)
		refcount_inc(&pid->refs);
	return pid;
}

void put_pid(struct pid *pid)
{
	if (pid && refcount_dec_and_test(&pid->refs))
		kfree_rcu(pid, rcu);
}

struct pid *find_pid(s32 nr)
{
	void *entry = nr > 0 ? xa_load(&pid_table, nr) : NULL;

	return xa_is_value(entry) ? NULL : entry;
}

struct thread *find_thread(s32 tid)
{
	struct pid *pid = find_pid(tid);

	return pid ? rcu_dereference(pid->thread) : NULL;
}

struct process *find_process(s32 nr)
{
	struct pid *pid = find_pid(nr);

	return pid ? rcu_dereference(pid->process) : NULL;
}

struct process *find_get_process(s32 nr)
{
	struct process *p;

	rcu_read_lock();
	p = find_process(nr);
	if (p && !refcount_inc_not_zero(&p->refs))
		p = NULL;
	rcu_read_unlock();
	return p;
}

struct thread *find_get_thread(s32 tid)
{
	struct thread *t;

	rcu_read_lock();
	t = find_thread(tid);
	if (t && !refcount_inc_not_zero(&t->refs))
		t = NULL;
	rcu_read_unlock();
	return t;
}

struct pid *find_get_pid(s32 nr)
{
	struct pid *pid;

	rcu_read_lock();
	pid = find_pid(nr);
	if (pid && !refcount_inc_not_zero(&pid->refs))
		pid = NULL;
	rcu_read_unlock();
	return pid;
}

struct process *next_process(s32 nr)
{
	unsigned long index = nr > 0 ? nr : 1;
	struct process *found = NULL;
	struct pid *pid;

	rcu_read_lock();
	for (pid = xa_find(&pid_table, &index, INT_MAX, XA_PRESENT); pid;
	     pid = xa_find_after(&pid_table, &index, INT_MAX, XA_PRESENT)) {
		found = xa_is_value(pid) ? NULL : rcu_dereference(pid->process);
		if (found && refcount_inc_not_zero(&found->refs))
			break;
		found = NULL;
	}
	rcu_read_unlock();
	return found;
}

struct thread *next_process_thread(struct process *p, s32 nr)
{
	struct thread *t, *found = NULL;

	/* Threads stand on the list in order of birth, which is not that of numbers once these have wrapped round. */
	rcu_read_lock();
	list_for_each_entry_rcu(t, &p->threads, process_node)
		if (t->tid >= nr && (!found || t->tid < found->tid) && refcount_read(&t->refs))
			found = t;
	if (found && !refcount_inc_not_zero(&found->refs))
		found = NULL;
	rcu_read_unlock();
	return found;
}
