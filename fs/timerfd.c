/* SPDX-License-Identifier: MIT */
/* timerfd(2): a timer to read. */
#include <fs/eventfd.h>
#include <fs/files.h>
#include <fs/poll.h>
#include <fs/seq_file.h>
#include <fs/uio.h>
#include <fs/vfs.h>
#include <kernel/cred.h>
#include <kernel/hrtimer.h>
#include <kernel/rcu.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <lib/err.h>
#include <lib/list.h>
#include <lib/rculist.h>
#include <mm/slab.h>
#include <uapi/capability.h>
#include <uapi/fcntl.h>
#include <uapi/time.h>

struct timerfd {
	struct hrtimer timer;
	wait_queue_head_t wait;
	u64 interval_ns; /* wait.lock */
	u64 ticks;	 /* wait.lock: expirations not read yet */
	/* wait.lock: the timer function ran since the last look at it */
	bool expired;
	bool might_cancel; /* cancel_lock */
	int clock;	   /* I */
	int flags;	   /* wait.lock: of the last settime */
	/* wait.lock: of the realtime clock when it was set; S64_MIN: cancelled */
	s64 real_offset_ns;
	struct list_head cancel_node; /* cancel_lock; RCU readers */
	struct rcu_head rcu;
};

static LIST_HEAD(cancel_list);
static DEFINE_SPINLOCK(cancel_lock, LOCK_RANK_TIMERS_POSIX);
static const struct file_operations timerfd_fops;

static enum hrtimer_restart timer_expired(struct hrtimer *timer)
{
	struct timerfd *t = container_of(timer, struct timerfd, timer);
	unsigned long flags;

	spin_lock_irqsave(&t->wait.lock, flags);
	t->expired = true;
	t->ticks++;
	__wake_up_locked_key(&t->wait, WAKE_NORMAL, 1, (void *)(unsigned long)EPOLLIN);
	spin_unlock_irqrestore(&t->wait.lock, flags);
	return HRTIMER_NORESTART; /* the reader starts a periodic one again */
}

/* --- setting the clock ends timers that asked for it --- */

static void clock_stepped(struct clock_step_notifier *notifier)
{
	s64 offset = READ_ONCE(clock_real_offset_ns);
	struct timerfd *t;
	unsigned long flags;

	rcu_read_lock();
	list_for_each_entry_rcu(t, &cancel_list, cancel_node) {
		spin_lock_irqsave(&t->wait.lock, flags);
		if (t->real_offset_ns != offset) {
			t->real_offset_ns = S64_MIN;
			t->ticks++;
			__wake_up_locked_key(&t->wait, WAKE_NORMAL, 1,
					     (void *)(unsigned long)EPOLLIN);
		}
		spin_unlock_irqrestore(&t->wait.lock, flags);
	}
	rcu_read_unlock();
}

static struct clock_step_notifier step_notifier = { .stepped = clock_stepped };

static void set_cancel(struct timerfd *t, bool on)
{
	spin_lock(&cancel_lock);
	if (on && !t->might_cancel)
		list_add_rcu(&t->cancel_node, &cancel_list);
	else if (!on && t->might_cancel)
		list_del_rcu(&t->cancel_node);
	t->might_cancel = on;
	spin_unlock(&cancel_lock);
}

/* wait.lock held. True: the clock was set and the reader is to hear of it. */
static bool was_cancelled(struct timerfd *t)
{
	if (!t->might_cancel || t->real_offset_ns != S64_MIN)
		return false;
	t->real_offset_ns = READ_ONCE(clock_real_offset_ns);
	return true;
}

/* --- the file --- */

static ssize_t timerfd_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct timerfd *t = file->private;
	u64 ticks = 0;
	ssize_t n = 0;

	if (to->count < sizeof(ticks))
		return -EINVAL;
	spin_lock_irq(&t->wait.lock);
	if (file->flags & O_NONBLOCK)
		n = t->ticks ? 0 : -EAGAIN;
	else
		n = wait_event_interruptible_locked_irq(&t->wait, t->ticks);
	if (was_cancelled(t)) {
		t->ticks = 0;
		n = -ECANCELED;
	}
	if (!n && t->ticks) {
		ticks = t->ticks;
		if (t->expired && t->interval_ns) {
			/* what passed while nobody read */
			ticks += hrtimer_forward_now(&t->timer, t->interval_ns) - 1;
			hrtimer_restart(&t->timer);
		}
		t->expired = false;
		t->ticks = 0;
	}
	spin_unlock_irq(&t->wait.lock);
	if (ticks)
		n = copy_to_iter(&ticks, sizeof(ticks), to) == sizeof(ticks)
			    ? (ssize_t)sizeof(ticks)
			    : -EFAULT;
	return n;
}

static u32 timerfd_poll(struct file *file, struct poll_table *table)
{
	struct timerfd *t = file->private;

	poll_wait(file, &t->wait, table);
	return READ_ONCE(t->ticks) ? EPOLLIN : 0;
}

static void free_rcu(struct rcu_head *head)
{
	kfree(container_of(head, struct timerfd, rcu));
}

static void timerfd_release(struct inode *inode, struct file *file)
{
	struct timerfd *t = file->private;

	set_cancel(t, false);
	hrtimer_cancel(&t->timer);
	call_rcu(&t->rcu, free_rcu);
}

/* wait.lock held: the time left, with the expirations that nobody read yet counted. */
static void get_locked(struct timerfd *t, u64 *value_ns, u64 *interval_ns)
{
	s64 left;

	if (t->expired && t->interval_ns) {
		t->expired = false;
		t->ticks += hrtimer_forward_now(&t->timer, t->interval_ns) - 1;
		hrtimer_restart(&t->timer);
	}
	left = hrtimer_is_queued(&t->timer) ? hrtimer_get_remaining(&t->timer) : 0;
	*value_ns = left > 0 ? left : hrtimer_is_queued(&t->timer) ? 1 : 0;
	*interval_ns = t->interval_ns;
}

static void timerfd_fdinfo(struct seq_file *m, struct file *file)
{
	struct timerfd *t = file->private;
	u64 value, interval, ticks;

	spin_lock_irq(&t->wait.lock);
	get_locked(t, &value, &interval);
	ticks = t->ticks;
	spin_unlock_irq(&t->wait.lock);
	seq_printf(
		m,
		"clockid: %d\nticks: %llu\nsettime flags: 0%o\nit_value: (%llu, %llu)\nit_interval: (%llu, %llu)\n",
		t->clock, (unsigned long long)ticks, t->flags, value / NSEC_PER_SEC,
		value % NSEC_PER_SEC, interval / NSEC_PER_SEC, interval % NSEC_PER_SEC);
}

static const struct file_operations timerfd_fops = {
	.read_iter = timerfd_read,
	.poll = timerfd_poll,
	.release = timerfd_release,
	.show_fdinfo = timerfd_fdinfo,
	.llseek = noop_llseek,
};

/* --- the calls --- */

long do_timerfd_create(int clock, int flags)
{
	struct timerfd *t;
	int base, fd;

	if (flags & ~(TFD_CLOEXEC | TFD_NONBLOCK))
		return -EINVAL;
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME: base = clock; break;
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:
		/* the machine never sleeps, so there is nothing to wake */
		if (!capable(CAP_WAKE_ALARM))
			return -EPERM;
		base = clock == CLOCK_REALTIME_ALARM ? CLOCK_REALTIME : CLOCK_BOOTTIME;
		break;
	default: return -EINVAL;
	}
	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	init_waitqueue_head(&t->wait);
	t->clock = clock;
	hrtimer_init(&t->timer, base, HRTIMER_MODE_ABS);
	t->timer.function = timer_expired;
	fd = anon_inode_fd("[timerfd]", &timerfd_fops, t,
			   O_RDWR | (flags & (O_NONBLOCK | O_CLOEXEC)));
	if (fd < 0)
		kfree(t);
	return fd;
}

static struct timerfd *get(int nr, struct fd *fd)
{
	*fd = fd_get(nr);
	if (!fd->file)
		return ERR_PTR(-EBADF);
	if (fd->file->ops == &timerfd_fops)
		return fd->file->private;
	fd_put(*fd);
	return ERR_PTR(-EINVAL);
}

long do_timerfd_settime(int nr, int flags, u64 value_ns, u64 interval_ns, u64 *old_value_ns,
			u64 *old_interval_ns)
{
	bool cancel = (flags & (TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) ==
		      (TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET);
	struct timerfd *t;
	struct fd fd;
	long error = 0;

	if (flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET))
		return -EINVAL;
	t = get(nr, &fd);
	if (IS_ERR(t))
		return PTR_ERR(t);
	set_cancel(t, cancel && (t->clock == CLOCK_REALTIME || t->clock == CLOCK_REALTIME_ALARM));
	for (;;) {
		spin_lock_irq(&t->wait.lock);
		get_locked(t, old_value_ns, old_interval_ns);
		if (hrtimer_try_to_cancel(&t->timer) >= 0)
			break;
		spin_unlock_irq(&t->wait.lock); /* its function is running and wants the lock */
		cpu_relax();
	}
	t->flags = flags;
	t->expired = false;
	t->ticks = 0;
	t->interval_ns = interval_ns;
	if (value_ns) {
		u64 at = flags & TFD_TIMER_ABSTIME
				 ? value_ns
				 : ktime_add_safe(hrtimer_now(&t->timer), value_ns);

		hrtimer_start(&t->timer, at, HRTIMER_MODE_ABS);
		if (t->might_cancel && was_cancelled(t))
			error = -ECANCELED;
	}
	t->real_offset_ns = READ_ONCE(clock_real_offset_ns);
	spin_unlock_irq(&t->wait.lock);
	fd_put(fd);
	return error;
}

long do_timerfd_gettime(int nr, u64 *value_ns, u64 *interval_ns)
{
	struct timerfd *t;
	struct fd fd;

	t = get(nr, &fd);
	if (IS_ERR(t))
		return PTR_ERR(t);
	spin_lock_irq(&t->wait.lock);
	get_locked(t, value_ns, interval_ns);
	spin_unlock_irq(&t->wait.lock);
	fd_put(fd);
	return 0;
}

void timerfd_init(void)
{
	clock_step_register(&step_notifier);
}
