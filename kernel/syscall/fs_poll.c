/* SPDX-License-Identifier: MIT */
/* System calls: poll, select, epoll. */
#include <kernel/restart.h>
#include <kernel/signal.h>
#include <kernel/user_time.h>
#include <lib/kernel.h>

#include "fs.h"

u64 deadline_from_ns(s64 timeout_ns)
{
	if (timeout_ns < 0)
		return KTIME_MAX;
	return timeout_ns ? ktime_add_safe(ktime_get_ns(), timeout_ns) : POLL_NO_WAIT;
}

int deadline_from_timespec(const struct __kernel_timespec __user *user, u64 *deadline)
{
	u64 ns;
	int error;

	*deadline = KTIME_MAX;
	if (!user)
		return 0;
	error = get_user_timespec(user, &ns);
	if (!error)
		*deadline = deadline_from_ns(ns);
	return error;
}

static s64 ms_to_ns(int ms) { return ms < 0 ? -1 : (s64)ms * NSEC_PER_MSEC; }

/* What is left until the deadline. */
static u64 left_until(u64 deadline)
{
	u64 now;

	if (deadline == POLL_NO_WAIT)
		return 0;
	now = ktime_get_ns();
	return deadline > now ? deadline - now : 0;
}

/* --- poll --- */

static long poll_restart(struct restart_block *r)
{
	u64 deadline = r->poll.has_timeout ? r->poll.expires_ns : KTIME_MAX;
	long n = do_poll(r->poll.fds, r->poll.nr, deadline);

	return n == -ERESTARTNOHAND ? set_restart_fn(poll_restart) : n;
}

long sys_poll(struct pollfd __user *fds, unsigned int nr, int timeout_ms)
{
	u64 deadline = deadline_from_ns(ms_to_ns(timeout_ms));
	long n = do_poll(fds, nr, deadline);

	if (n != -ERESTARTNOHAND)
		return n;
	current->restart.poll.fds = fds;
	current->restart.poll.nr = nr;
	current->restart.poll.has_timeout = timeout_ms >= 0;
	current->restart.poll.expires_ns = deadline;
	return set_restart_fn(poll_restart);
}

static void put_timespec(struct __kernel_timespec __user *user, u64 left)
{
	struct __kernel_timespec t = { .tv_sec = left / NSEC_PER_SEC,
				       .tv_nsec = left % NSEC_PER_SEC };

	/* a program whose time cannot be written gets its answer all the same */
	if (copy_to_user(user, &t, sizeof(t)))
		return;
}

long sys_ppoll(struct pollfd __user *fds, unsigned int nr, struct __kernel_timespec __user *timeout,
	       const sigset_t __user *mask, size_t size)
{
	u64 deadline;
	long n = deadline_from_timespec(timeout, &deadline);

	if (!n)
		n = set_user_sigmask(mask, size);
	if (n)
		return n;
	n = do_poll(fds, nr, deadline);
	restore_saved_sigmask_unless(n == -ERESTARTNOHAND);
	if (timeout)
		put_timespec(timeout, left_until(deadline));
	return n;
}

/* --- select --- */

long sys_select(int nr, unsigned long __user *in, unsigned long __user *out,
		unsigned long __user *ex, struct __kernel_old_timeval __user *timeout)
{
	u64 deadline = KTIME_MAX;
	long n;

	if (timeout) {
		struct __kernel_old_timeval t;

		if (copy_from_user(&t, timeout, sizeof(t)))
			return -EFAULT;
		if (t.tv_sec < 0 || t.tv_usec < 0)
			return -EINVAL;
		deadline = t.tv_sec >= KTIME_SEC_MAX
				   ? (u64)KTIME_MAX
				   : deadline_from_ns(
					     t.tv_sec * NSEC_PER_SEC +
					     (s64)min(t.tv_usec, (long)(KTIME_MAX / 4000)) *
						     NSEC_PER_USEC);
	}
	n = do_select(nr, in, out, ex, deadline);
	if (timeout) {
		u64 left = left_until(deadline);
		struct __kernel_old_timeval t = { .tv_sec = left / NSEC_PER_SEC,
						  .tv_usec = left % NSEC_PER_SEC / NSEC_PER_USEC };

		if (copy_to_user(timeout, &t, sizeof(t)) && n == -ERESTARTNOHAND)
			n = -EINTR; /* it cannot be restarted with the time that is left */
	}
	return n;
}

long sys_pselect6(int nr, unsigned long __user *in, unsigned long __user *out,
		  unsigned long __user *ex, struct __kernel_timespec __user *timeout,
		  void __user *mask)
{
	struct {
		const sigset_t __user *set;
		size_t size;
	} arg = { NULL, 0 };
	u64 deadline;
	long n;

	if (mask && copy_from_user(&arg, mask, sizeof(arg)))
		return -EFAULT;
	n = deadline_from_timespec(timeout, &deadline);
	if (!n)
		n = set_user_sigmask(arg.set, arg.size);
	if (n)
		return n;
	n = do_select(nr, in, out, ex, deadline);
	restore_saved_sigmask_unless(n == -ERESTARTNOHAND);
	if (timeout)
		put_timespec(timeout, left_until(deadline));
	return n;
}

/* --- epoll --- */

long sys_epoll_create1(int flags) { return do_epoll_create(flags); }
long sys_epoll_create(int size) { return size > 0 ? do_epoll_create(0) : -EINVAL; }

long sys_epoll_ctl(int epfd, int op, int fd, struct epoll_event __user *user)
{
	struct epoll_event event = { 0 };

	if (op != EPOLL_CTL_DEL && copy_from_user(&event, user, sizeof(event)))
		return -EFAULT;
	return do_epoll_ctl(epfd, op, fd, &event);
}

long sys_epoll_wait(int epfd, struct epoll_event __user *events, int max, int timeout_ms)
{
	return do_epoll_wait(epfd, events, max, deadline_from_ns(ms_to_ns(timeout_ms)));
}

static long wait_masked(int epfd, struct epoll_event __user *events, int max, u64 deadline,
			const sigset_t __user *mask, size_t size)
{
	long n = set_user_sigmask(mask, size);

	if (n)
		return n;
	n = do_epoll_wait(epfd, events, max, deadline);
	restore_saved_sigmask_unless(n == -EINTR);
	return n;
}

long sys_epoll_pwait(int epfd, struct epoll_event __user *events, int max, int timeout_ms,
		     const sigset_t __user *mask, size_t size)
{
	return wait_masked(epfd, events, max, deadline_from_ns(ms_to_ns(timeout_ms)), mask, size);
}

long sys_epoll_pwait2(int epfd, struct epoll_event __user *events, int max,
		      const struct __kernel_timespec __user *timeout, const sigset_t __user *mask,
		      size_t size)
{
	u64 deadline;
	long n = deadline_from_timespec(timeout, &deadline);

	return n ?: wait_masked(epfd, events, max, deadline, mask, size);
}
