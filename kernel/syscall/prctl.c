// SPDX-License-Identifier: MIT
/* prctl: what a process may set for itself. What needs hardware or features that are not there answers EINVAL, as Linux without them. */
#include <kernel/cred.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <kernel/syscalls.h>
#include <kernel/time.h>
#include <lib/string.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/personality.h>
#include <uapi/prctl.h>
#include <uapi/sched.h>
#include <uapi/securebits.h>

static long set_name(const char __user *uname)
{
	char name[16];

	if (strncpy_from_user(name, uname, sizeof(name) - 1) < 0)
		return -EFAULT;
	name[sizeof(name) - 1] = 0;
	set_thread_name(current, name);
	return 0;
}

static long get_name(char __user *to)
{
	char name[16];

	get_thread_name(name, current);
	return copy_to_user(to, name, sizeof(name)) ? -EFAULT : 0;
}

static long set_pdeath_signal(unsigned long sig)
{
	if (sig > SIGRTMAX)
		return -EINVAL;
	current->pdeath_signal = sig;
	return 0;
}

/* --- bits of credentials --- */

static long set_keepcaps(unsigned long on)
{
	struct credentials *new;

	if (on > 1)
		return -EINVAL;
	if (current->cred->securebits & SECBIT_KEEP_CAPS_LOCKED)
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->securebits = on ? new->securebits | SECBIT_KEEP_CAPS
			     : new->securebits & ~SECBIT_KEEP_CAPS;
	return commit_creds(new);
}

static long set_securebits(unsigned long bits)
{
	unsigned int old = current->cred->securebits;
	struct credentials *new;

	/* Locked bits stay, locks too, and only capable processes come here. */
	if (((old & SECURE_ALL_LOCKS) >> 1 & (old ^ bits)) || (old & SECURE_ALL_LOCKS & ~bits) ||
	    bits & ~(unsigned long)(SECURE_ALL_LOCKS | SECURE_ALL_BITS) || !capable(CAP_SETPCAP))
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->securebits = bits;
	return commit_creds(new);
}

static long drop_bounding(unsigned long cap)
{
	struct credentials *new;

	if (!capable(CAP_SETPCAP))
		return -EPERM;
	if (cap > CAP_LAST_CAP)
		return -EINVAL;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->cap_bounding &= ~(1ull << cap);
	return commit_creds(new);
}

static long ambient(unsigned long what, unsigned long cap, unsigned long arg4, unsigned long arg5)
{
	const struct credentials *old = current->cred;
	struct credentials *new;

	if (arg4 || arg5 || (what == PR_CAP_AMBIENT_CLEAR_ALL ? cap != 0 : cap > CAP_LAST_CAP))
		return -EINVAL;
	switch (what) {
	case PR_CAP_AMBIENT_IS_SET: return old->cap_ambient >> cap & 1;
	case PR_CAP_AMBIENT_RAISE:
		if (!(old->cap_permitted >> cap & 1) || !(old->cap_inheritable >> cap & 1) ||
		    old->securebits & SECBIT_NO_CAP_AMBIENT_RAISE)
			return -EPERM;
		break;
	case PR_CAP_AMBIENT_LOWER:
	case PR_CAP_AMBIENT_CLEAR_ALL: break;
	default: return -EINVAL;
	}
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	if (what == PR_CAP_AMBIENT_CLEAR_ALL)
		new->cap_ambient = 0;
	else if (what == PR_CAP_AMBIENT_RAISE)
		new->cap_ambient |= 1ull << cap;
	else
		new->cap_ambient &= ~(1ull << cap);
	return commit_creds(new);
}

/* --- the process --- */

static long set_dumpable(unsigned long value)
{
	if (value != DUMPABLE_NO && value != DUMPABLE_USER)
		return -EINVAL;
	WRITE_ONCE(current->process->dumpable, value);
	return 0;
}

static void mark_descendants(struct process *p)
{
	struct process *child;

	list_for_each_entry(child, &p->children, sibling) {
		if (child->has_child_subreaper)
			continue;
		child->has_child_subreaper = true;
	}
}

/* Children born later learn it from their parent; those already there, and theirs, are told: whole generations at a time. */
static long set_subreaper(bool on)
{
	struct process *me = current->process, *p;
	bool changed;

	spin_lock_irq(&process_lock);
	me->is_child_subreaper = on;
	if (on) {
		mark_descendants(me);
		do {
			changed = false;
			list_for_each_entry(p, &all_processes, all_node) {
				if (p->has_child_subreaper || p->pid->nr == 1 ||
				    !p->real_parent->has_child_subreaper)
					continue;
				p->has_child_subreaper = true;
				changed = true;
			}
		} while (changed);
	}
	spin_unlock_irq(&process_lock);
	return 0;
}

static long set_timer_slack(unsigned long ns)
{
	/* 0 goes back to the default; realtime threads have none. */
	current->timer_slack_ns = (long)ns <= 0 ? 50 * NSEC_PER_USEC : ns;
	return 0;
}

static long set_no_new_privs(unsigned long arg2, unsigned long arg3, unsigned long arg4,
			     unsigned long arg5)
{
	if (arg2 != 1 || arg3 || arg4 || arg5)
		return -EINVAL;
	WRITE_ONCE(current->process->no_new_privs, true);
	return 0;
}

long sys_prctl(int option, unsigned long arg2, unsigned long arg3, unsigned long arg4,
	       unsigned long arg5)
{
	struct process *p = current->process;
	const struct credentials *cred = current->cred;

	switch (option) {
	case PR_SET_PDEATHSIG: return set_pdeath_signal(arg2);
	case PR_GET_PDEATHSIG: return put_user(current->pdeath_signal, (int __user *)arg2);
	case PR_GET_DUMPABLE: return p->dumpable;
	case PR_SET_DUMPABLE: return set_dumpable(arg2);
	case PR_GET_TIMING: return PR_TIMING_STATISTICAL;
	case PR_SET_TIMING: return arg2 == PR_TIMING_STATISTICAL ? 0 : -EINVAL;
	case PR_SET_NAME: return set_name((const char __user *)arg2);
	case PR_GET_NAME: return get_name((char __user *)arg2);
	case PR_GET_SECCOMP: return 0;
	case PR_GET_KEEPCAPS: return !!(cred->securebits & SECBIT_KEEP_CAPS);
	case PR_SET_KEEPCAPS: return set_keepcaps(arg2);
	case PR_GET_SECUREBITS: return cred->securebits;
	case PR_SET_SECUREBITS: return set_securebits(arg2);
	case PR_CAPBSET_READ:
		return arg2 > CAP_LAST_CAP ? -EINVAL : (long)(cred->cap_bounding >> arg2 & 1);
	case PR_CAPBSET_DROP: return drop_bounding(arg2);
	case PR_CAP_AMBIENT: return ambient(arg2, arg3, arg4, arg5);
	case PR_SET_TIMERSLACK: return set_timer_slack(arg2);
	case PR_GET_TIMERSLACK: return current->timer_slack_ns;
	case PR_SET_CHILD_SUBREAPER: return set_subreaper(arg2);
	case PR_GET_CHILD_SUBREAPER:
		return put_user((int)p->is_child_subreaper, (int __user *)arg2);
	case PR_SET_NO_NEW_PRIVS: return set_no_new_privs(arg2, arg3, arg4, arg5);
	case PR_GET_NO_NEW_PRIVS: return arg2 || arg3 || arg4 || arg5 ? -EINVAL : p->no_new_privs;
	case PR_GET_TID_ADDRESS:
		return put_user((unsigned long)current->clear_child_tid,
				(unsigned long __user *)arg2);
	case PR_GET_TSC: return put_user(PR_TSC_ENABLE, (int __user *)arg2);
	case PR_SET_TSC: return arg2 == PR_TSC_ENABLE ? 0 : -EINVAL;
	case PR_GET_THP_DISABLE: return arg2 || arg3 || arg4 || arg5 ? -EINVAL : 0;
	}
	return -EINVAL;
}

long sys_personality(unsigned int persona)
{
	unsigned int old = current->process->personality;

	if (persona != 0xffffffff)
		current->process->personality = persona;
	return old;
}
