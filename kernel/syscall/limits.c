// SPDX-License-Identifier: MIT
/* Limits and figures of resources. */
#include <kernel/cred.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/syscalls.h>
#include <kernel/time.h>
#include <lib/kernel.h>
#include <mm/space.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/limits.h>
#include <uapi/resource.h>

static int check_new_limit(unsigned int resource, const struct rlimit *new,
			   const struct rlimit *old)
{
	if (new->rlim_cur > new->rlim_max)
		return -EINVAL;
	if (resource == RLIMIT_NOFILE && new->rlim_max > process_nr_open)
		return -EPERM;
	return new->rlim_max > old->rlim_max && !capable(CAP_SYS_RESOURCE) ? -EPERM : 0;
}

static int do_prlimit(struct process *p, unsigned int resource, const struct rlimit *new,
		      struct rlimit *old)
{
	struct rlimit *limit;
	int err = 0;

	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	limit = &p->limits[resource];
	spin_lock_irq(&p->siglock);
	if (old)
		*old = *limit;
	if (new)
		err = check_new_limit(resource, new, limit);
	if (new && !err) {
		*limit = *new;
		if (resource == RLIMIT_CPU)
			cpu_limit_changed(p);
	}
	spin_unlock_irq(&p->siglock);
	return err;
}

long sys_getrlimit(unsigned int resource, struct rlimit __user *limit)
{
	struct rlimit old;
	int err = do_prlimit(current->process, resource, NULL, &old);

	return err ?: copy_to_user(limit, &old, sizeof(old)) ? -EFAULT : 0;
}

long sys_setrlimit(unsigned int resource, struct rlimit __user *limit)
{
	struct rlimit new;

	if (copy_from_user(&new, limit, sizeof(new)))
		return -EFAULT;
	return do_prlimit(current->process, resource, &new, NULL);
}

static bool same_user(struct process *p)
{
	const struct credentials *me = current->cred, *cred;
	bool same;

	if (p == current->process)
		return true;
	rcu_read_lock();
	cred = thread_cred(p->leader);
	same = me->uid == cred->euid && me->uid == cred->suid && me->uid == cred->uid &&
	       me->gid == cred->egid && me->gid == cred->sgid && me->gid == cred->gid;
	rcu_read_unlock();
	return same || capable(CAP_SYS_RESOURCE);
}

long sys_prlimit64(int pid, unsigned int resource, const struct rlimit64 __user *unew,
		   struct rlimit64 __user *uold)
{
	struct rlimit new, old; /* on a 64-bit machine the two are the same */
	struct process *p;
	struct thread *t;
	int err;

	_Static_assert(sizeof(struct rlimit) == sizeof(struct rlimit64), "limits differ");
	if (unew && copy_from_user(&new, unew, sizeof(new)))
		return -EFAULT;
	t = pid ? find_get_thread(pid) : get_thread(current);
	if (!t || !t->process) {
		if (t)
			put_thread(t);
		return -ESRCH;
	}
	p = t->process;
	err = same_user(p) ? do_prlimit(p, resource, unew ? &new : NULL, &old) : -EPERM;
	put_thread(t);
	if (err)
		return err;
	return uold && copy_to_user(uold, &old, sizeof(old)) ? -EFAULT : 0;
}

static void thread_rusage(struct rusage *usage)
{
	struct thread *t = current;
	u64 user_ns, system_ns;

	thread_cpu_times(t, &user_ns, &system_ns);
	*usage = (struct rusage){
		.ru_utime = { .tv_sec = user_ns / NSEC_PER_SEC,
			      .tv_usec = user_ns % NSEC_PER_SEC / NSEC_PER_USEC },
		.ru_stime = { .tv_sec = system_ns / NSEC_PER_SEC,
			      .tv_usec = system_ns % NSEC_PER_SEC / NSEC_PER_USEC },
		.ru_minflt = t->nr_minor_faults,
		.ru_majflt = t->nr_major_faults,
		.ru_nvcsw = t->nr_voluntary_switches,
		.ru_nivcsw = t->nr_involuntary_switches,
	};
}

long sys_getrusage(int who, struct rusage __user *uusage)
{
	struct rusage usage;
	long max_rss;

	if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN && who != RUSAGE_THREAD)
		return -EINVAL;
	if (who == RUSAGE_THREAD)
		thread_rusage(&usage);
	else
		process_rusage(current->process, who, &usage);
	if (who != RUSAGE_CHILDREN) {
		max_rss = space_rss_peak(current->space) * (PAGE_SIZE / 1024);
		usage.ru_maxrss = max(usage.ru_maxrss, max_rss);
	}
	return copy_to_user(uusage, &usage, sizeof(usage)) ? -EFAULT : 0;
}
