// SPDX-License-Identifier: MIT
/* Scheduling parameters: who may change what. The changes themselves are the scheduler's. */
#include <kernel/cred.h>
#include <kernel/futex.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/syscalls.h>
#include <kernel/time.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/resource.h>
#include <uapi/sched.h>

#define RT_PRIORITY_MAX	99

/* With a reference; NULL. */
static struct thread *target(int tid)
{
	return tid ? find_get_thread(tid) : get_thread(current);
}

/* The caller's effective user is the target's real or effective one. */
static bool owns(struct thread *t)
{
	const struct credentials *me = current->cred, *cred;
	bool same;

	rcu_read_lock();
	cred = thread_cred(t);
	same = cred && (me->euid == cred->euid || me->euid == cred->uid);
	rcu_read_unlock();
	return same;
}

static bool is_realtime(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static bool policy_is_known(int policy)
{
	return policy == SCHED_NORMAL || policy == SCHED_BATCH || policy == SCHED_IDLE ||
	       is_realtime(policy);
}

static unsigned long target_limit(struct thread *t, unsigned int which)
{
	return t->process ? process_rlimit(t->process, which) : 0;
}

/* RLIMIT_NICE counts upwards: 20 - nice. */
static bool may_nice(struct thread *t, int nice)
{
	return 20 - nice <= (long)target_limit(t, RLIMIT_NICE) || capable(CAP_SYS_NICE);
}

static bool rt_change_allowed(struct thread *t, int policy, int priority)
{
	unsigned long limit = target_limit(t, RLIMIT_RTPRIO);

	if (policy != t->policy && !limit)
		return false;
	return priority <= t->rt_priority || (unsigned long)priority <= limit;
}

static int check_change(struct thread *t, int policy, int priority, int nice, bool reset_on_fork)
{
	if (capable(CAP_SYS_NICE))
		return 0;
	if (!is_realtime(policy) && nice < t->nice && !may_nice(t, nice))
		return -EPERM;
	if (is_realtime(policy) && !rt_change_allowed(t, policy, priority))
		return -EPERM;
	if (t->policy == SCHED_IDLE && policy != SCHED_IDLE && !may_nice(t, t->nice))
		return -EPERM;
	if (!owns(t) || (t->reset_on_fork && !reset_on_fork))
		return -EPERM;
	return 0;
}

static int change(struct thread *t, int policy, int priority, const int *nice, bool reset_on_fork)
{
	int err;

	if (!policy_is_known(policy) || priority < 0 || priority > RT_PRIORITY_MAX ||
	    is_realtime(policy) != (priority != 0))
		return -EINVAL;
	err = check_change(t, policy, priority, nice ? *nice : t->nice, reset_on_fork);
	if (!err)
		err = sched_set_policy(t, policy, priority, reset_on_fork);
	if (!err)
		futex_priority_changed(t);
	if (!err && nice && !is_realtime(policy))
		err = sched_set_nice(t, *nice);
	return err;
}

static int set_scheduler(int tid, int policy, struct sched_param __user *uparam)
{
	struct sched_param param;
	struct thread *t;
	bool reset = false;
	int err;

	if (!uparam || tid < 0)
		return -EINVAL;
	if (copy_from_user(&param, uparam, sizeof(param)))
		return -EFAULT;
	t = target(tid);
	if (!t)
		return -ESRCH;
	if (policy < 0) { /* sched_setparam: as it is */
		policy = t->policy;
		reset = t->reset_on_fork;
	} else if (policy & SCHED_RESET_ON_FORK) {
		policy &= ~SCHED_RESET_ON_FORK;
		reset = true;
	}
	err = change(t, policy, param.sched_priority, NULL, reset);
	put_thread(t);
	return err;
}

long sys_sched_setscheduler(int tid, int policy, struct sched_param __user *param)
{
	return policy < 0 ? -EINVAL : set_scheduler(tid, policy, param);
}

long sys_sched_setparam(int tid, struct sched_param __user *param)
{
	return set_scheduler(tid, -1, param);
}

long sys_sched_getscheduler(int tid)
{
	struct thread *t;
	int policy;

	if (tid < 0)
		return -EINVAL;
	t = target(tid);
	if (!t)
		return -ESRCH;
	policy = t->policy | (t->reset_on_fork ? SCHED_RESET_ON_FORK : 0);
	put_thread(t);
	return policy;
}

long sys_sched_getparam(int tid, struct sched_param __user *uparam)
{
	struct sched_param param;
	struct thread *t;

	if (!uparam || tid < 0)
		return -EINVAL;
	t = target(tid);
	if (!t)
		return -ESRCH;
	param.sched_priority = is_realtime(t->policy) ? t->rt_priority : 0;
	put_thread(t);
	return copy_to_user(uparam, &param, sizeof(param)) ? -EFAULT : 0;
}

/* --- sched_setattr: a structure that grows --- */

static int read_attr(struct sched_attr *attr, struct sched_attr __user *uattr)
{
	u32 size;
	int err;

	memset(attr, 0, sizeof(*attr));
	if (get_user(size, &uattr->size))
		return -EFAULT;
	/* lint: uninitvar: get_user() sets it */
	if (!size)
		size = SCHED_ATTR_SIZE_VER0;
	if (size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE)
		goto too_big;
	err = copy_struct_from_user(attr, sizeof(*attr), uattr, size);
	if (err == -E2BIG)
		goto too_big;
	if (err)
		return err;
	if (attr->sched_flags & SCHED_FLAG_UTIL_CLAMP && size < SCHED_ATTR_SIZE_VER1)
		return -EINVAL;
	attr->sched_nice = clamp_t(int, attr->sched_nice, PRIO_MIN, PRIO_MAX - 1);
	return 0;

too_big:
	return put_user((u32)sizeof(*attr), &uattr->size) ? -EFAULT : -E2BIG;
}

static int set_attr(struct thread *t, struct sched_attr *attr)
{
	bool reset = attr->sched_flags & SCHED_FLAG_RESET_ON_FORK;
	int policy = attr->sched_policy, priority = attr->sched_priority;

	if (attr->sched_flags & ~(u64)SCHED_FLAG_ALL)
		return -EINVAL;
	if (attr->sched_flags & SCHED_FLAG_UTIL_CLAMP)
		return -EOPNOTSUPP;
	if (attr->sched_flags & SCHED_FLAG_KEEP_POLICY) {
		policy = t->policy;
		reset |= t->reset_on_fork;
	}
	if (attr->sched_flags & SCHED_FLAG_KEEP_PARAMS) {
		priority = t->rt_priority;
		attr->sched_nice = t->nice;
	}
	return change(t, policy, priority, &attr->sched_nice, reset);
}

long sys_sched_setattr(int tid, struct sched_attr __user *uattr, unsigned int flags)
{
	struct sched_attr attr;
	struct thread *t;
	int err;

	if (!uattr || tid < 0 || flags)
		return -EINVAL;
	err = read_attr(&attr, uattr);
	if (err)
		return err;
	if ((int)attr.sched_policy < 0)
		return -EINVAL;
	t = target(tid);
	if (!t)
		return -ESRCH;
	err = set_attr(t, &attr);
	put_thread(t);
	return err;
}

long sys_sched_getattr(int tid, struct sched_attr __user *uattr, unsigned int size,
		       unsigned int flags)
{
	struct sched_attr attr = {};
	struct thread *t;

	if (!uattr || tid < 0 || size > PAGE_SIZE || size < SCHED_ATTR_SIZE_VER0 || flags)
		return -EINVAL;
	t = target(tid);
	if (!t)
		return -ESRCH;
	attr.size = min_t(u32, size, sizeof(attr));
	attr.sched_policy = t->policy;
	attr.sched_flags = t->reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0;
	if (is_realtime(t->policy))
		attr.sched_priority = t->rt_priority;
	else
		attr.sched_nice = t->nice;
	attr.sched_util_max = 1024;
	put_thread(t);
	return copy_to_user(uattr, &attr, attr.size) ? -EFAULT : 0;
}

/* --- the rest --- */

long sys_sched_yield(void)
{
	sched_yield_current();
	return 0;
}

long sys_sched_get_priority_max(int policy)
{
	if (is_realtime(policy))
		return RT_PRIORITY_MAX;
	return policy_is_known(policy) || policy == SCHED_DEADLINE ? 0 : -EINVAL;
}

long sys_sched_get_priority_min(int policy)
{
	if (is_realtime(policy))
		return 1;
	return policy_is_known(policy) || policy == SCHED_DEADLINE ? 0 : -EINVAL;
}

long sys_sched_rr_get_interval(int tid, struct __kernel_timespec __user *interval)
{
	struct __kernel_timespec ts;
	struct thread *t;
	u64 ns;

	if (tid < 0)
		return -EINVAL;
	t = target(tid);
	if (!t)
		return -ESRCH;
	ns = sched_rr_interval_ns(t);
	put_thread(t);
	ts.tv_sec = ns / NSEC_PER_SEC;
	ts.tv_nsec = ns % NSEC_PER_SEC;
	return copy_to_user(interval, &ts, sizeof(ts)) ? -EFAULT : 0;
}

long sys_sched_setaffinity(int tid, unsigned int len, unsigned long __user *umask)
{
	struct cpumask mask = {};
	struct thread *t;
	int err;

	if (copy_from_user(&mask, umask, min_t(size_t, len, sizeof(mask))))
		return -EFAULT;
	t = target(tid);
	if (!t)
		return -ESRCH;
	if (test_thread_flag(t, TF_BOUND))
		err = -EINVAL;
	else if (!owns(t) && !capable(CAP_SYS_NICE))
		err = -EPERM;
	else
		err = sched_set_affinity(t, &mask);
	put_thread(t);
	return err;
}

/* Answers the size of the kernel's mask: that is how programs learn it. */
long sys_sched_getaffinity(int tid, unsigned int len, unsigned long __user *umask)
{
	unsigned int size = min_t(size_t, len, sizeof(struct cpumask));
	struct cpumask mask;
	struct thread *t;

	if (len * BITS_PER_BYTE < nr_cpu_ids || len % sizeof(unsigned long))
		return -EINVAL;
	t = target(tid);
	if (!t)
		return -ESRCH;
	spin_lock_irq(&t->lock);
	cpumask_and(&mask, &t->affinity, &cpu_online_mask);
	spin_unlock_irq(&t->lock);
	put_thread(t);
	return copy_to_user(umask, &mask, size) ? -EFAULT : (long)size;
}

/* --- priorities of processes, groups and users --- */

static int set_one_nice(struct thread *t, int nice)
{
	const struct credentials *me = current->cred, *cred;
	bool own;

	rcu_read_lock();
	cred = thread_cred(t);
	own = cred->uid == me->euid || cred->euid == me->euid;
	rcu_read_unlock();
	if (!own && !capable(CAP_SYS_NICE))
		return -EPERM;
	if (nice < t->nice && !may_nice(t, nice))
		return -EACCES;
	return sched_set_nice(t, nice);
}

/* The threads that (which, who) names, one after another, each with a reference. Collected first, as setting may sleep. */
struct thread_list {
	struct thread **threads;
	unsigned int nr, room;
};

static void collect(struct thread_list *list, struct thread *t)
{
	if (list->nr < list->room)
		list->threads[list->nr] = get_thread(t);
	list->nr++;
}

static void collect_process(struct thread_list *list, struct process *p)
{
	struct thread *t;

	list_for_each_entry(t, &p->threads, process_node)
		collect(list, t);
}

static void collect_user(struct thread_list *list, u32 uid)
{
	struct process *p;
	struct thread *t;

	list_for_each_entry(p, &all_processes, all_node)
		list_for_each_entry(t, &p->threads, process_node)
			if (t->cred->uid == uid)
				collect(list, t);
}

static void collect_all(struct thread_list *list, int which, int who)
{
	struct process *p;
	struct thread *t;
	struct pid *pgrp;

	spin_lock_irq(&process_lock);
	switch (which) {
	case PRIO_PROCESS:
		t = who ? find_thread(who) : current;
		if (t)
			collect(list, t);
		break;
	case PRIO_PGRP:
		pgrp = who ? find_pid(who) : current->process->pgrp;
		if (pgrp)
			list_for_each_entry(p, &pgrp->group_members, pgrp_node)
				collect_process(list, p);
		break;
	case PRIO_USER: collect_user(list, who ? (u32)who : current_uid()); break;
	}
	spin_unlock_irq(&process_lock);
}

static void drop_all(struct thread_list *list)
{
	for (unsigned int i = 0; i < min(list->nr, list->room); i++)
		put_thread(list->threads[i]);
	kvfree(list->threads);
}

static int find_all(struct thread_list *list, int which, int who)
{
	list->room = 16;
	for (;;) {
		list->threads = kvmalloc(list->room * sizeof(*list->threads), GFP_KERNEL);
		if (!list->threads)
			return -ENOMEM;
		list->nr = 0;
		collect_all(list, which, who);
		if (list->nr <= list->room)
			return list->nr ? 0 : -ESRCH;
		drop_all(list);
		list->room = list->nr + 16;
	}
}

long sys_setpriority(int which, int who, int nice)
{
	struct thread_list list = {};
	int result;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	nice = clamp_t(int, nice, PRIO_MIN, PRIO_MAX - 1);
	result = find_all(&list, which, who);
	/* All are tried; what is reported is the last that failed. */
	for (unsigned int i = 0; i < min(list.nr, list.room); i++)
		/* lint: selfAssignment: only where the other is 0 */
		result = set_one_nice(list.threads[i], nice) ?: result;
	drop_all(&list);
	return result;
}

/* Answers 20 - nice, so that errors can be told from priorities. */
long sys_getpriority(int which, int who)
{
	struct thread_list list = {};
	long result;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	result = find_all(&list, which, who);
	for (unsigned int i = 0; result >= 0 && i < list.nr; i++)
		result = max(result, 20l - list.threads[i]->nice);
	drop_all(&list);
	return result;
}
