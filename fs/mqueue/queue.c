// SPDX-License-Identifier: MIT
/* POSIX message queues: sending, receiving, telling. See mqueue.h. */
#include <kernel/hrtimer.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <mm/slab.h>
#include <uapi/capability.h>
#include <uapi/poll.h>
#include "mqueue.h"

unsigned int mq_queues_max = 256, mq_msg_max = 10, mq_msgsize_max = 8192, mq_msg_default = 10,
	     mq_msgsize_default = 8192;

void mqueue_setup(struct mqueue *q, long max_messages, long message_size)
{
	spin_lock_init(&q->lock, LOCK_RANK_IPC);
	q->max_messages = max_messages;
	q->message_size = message_size;
	q->messages = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&q->senders);
	INIT_LIST_HEAD(&q->receivers);
	init_waitqueue_head(&q->poll_wait);
}

int mqueue_check_attr(const struct mq_attr *attr)
{
	bool free_choice = capable(CAP_SYS_RESOURCE);
	unsigned long total;

	if (attr->mq_maxmsg <= 0 || attr->mq_msgsize <= 0)
		return -EINVAL;
	if (attr->mq_maxmsg > (free_choice ? MQ_HARD_MSG_MAX : (long)mq_msg_max) ||
	    attr->mq_msgsize > (free_choice ? MQ_HARD_MSGSIZE_MAX : (long)mq_msgsize_max))
		return -EINVAL;
	return check_mul_overflow((unsigned long)attr->mq_maxmsg, (unsigned long)attr->mq_msgsize,
				  &total)
		       ? -EOVERFLOW
		       : 0;
}

/* --- messages --- */

struct mq_message *mq_message_alloc(size_t size)
{
	struct mq_message *m = kzalloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return NULL;
	m->size = size;
	if (!size)
		return m;
	m->text = kvmalloc(size, GFP_KERNEL);
	if (m->text)
		return m;
	kfree(m);
	return NULL;
}

void mq_message_free(struct mq_message *m)
{
	kvfree(m->text);
	kfree(m);
}

static bool comes_before(const struct mq_message *a, const struct mq_message *b)
{
	return a->priority != b->priority ? a->priority > b->priority : a->sequence < b->sequence;
}

static void insert(struct mqueue *q, struct mq_message *m)
{
	struct rb_node **link = &q->messages.rb_root.rb_node, *parent = NULL;
	bool first = true;

	m->sequence = q->next_sequence++;
	while (*link) {
		parent = *link;
		if (comes_before(m, rb_entry(parent, struct mq_message, node))) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			first = false;
		}
	}
	rb_link_node(&m->node, parent, link);
	rb_insert_color_cached(&m->node, &q->messages, first);
	q->nr_messages++;
	q->nr_bytes += m->size;
}

static struct mq_message *take_first(struct mqueue *q)
{
	struct rb_node *node = rb_first_cached(&q->messages);
	struct mq_message *m = node ? rb_entry(node, struct mq_message, node) : NULL;

	if (!m)
		return NULL;
	rb_erase_cached(&m->node, &q->messages);
	q->nr_messages--;
	q->nr_bytes -= m->size;
	return m;
}

void mqueue_drain(struct mqueue *q)
{
	struct mq_message *m;

	while ((m = take_first(q)))
		mq_message_free(m);
}

/* --- waiting --- */

/* The waiter may be gone as soon as it sees that it is done. */
static void finish(struct mq_waiter *waiter)
{
	struct thread *t = get_thread(waiter->thread);

	list_del(&waiter->node);
	smp_store_release(&waiter->done, true);
	wake_up_thread(t);
	put_thread(t);
}

/* The lock is held on entry, not on exit. 0: done by another; -ERESTART: look again. */
static int wait_turn(struct mqueue *q, struct list_head *list, struct mq_waiter *waiter,
		     const u64 *expires_ns) __releases(&q->lock)
{
	int slept = -EINTR, result = 0;

	waiter->thread = current;
	waiter->done = false;
	list_add_tail(&waiter->node, list);
	set_current_state(THREAD_INTERRUPTIBLE);
	spin_unlock(&q->lock);
	if (!signal_pending(current)) {
		if (expires_ns)
			slept = schedule_hrtimeout_range(*expires_ns, current->timer_slack_ns,
							 HRTIMER_MODE_ABS, CLOCK_REALTIME);
		else
			schedule();
	}
	__set_current_state(THREAD_RUNNING);
	if (smp_load_acquire(&waiter->done))
		return 0;
	spin_lock(&q->lock);
	if (!waiter->done) {
		list_del(&waiter->node);
		result = !slept ? -ETIMEDOUT : signal_pending(current) ? -ERESTARTSYS : -ERESTART;
	}
	spin_unlock(&q->lock);
	return result;
}

/* --- telling --- */

static void put_notify(struct mqueue *q)
{
	put_pid(q->notify_pid);
	q->notify_pid = NULL;
}

/* A message came to an empty queue and nobody waited for it: who is to be told, once, and how. NULL: nobody. With a reference. */
static struct pid *take_notify(struct mqueue *q, struct siginfo *info)
{
	struct pid *pid = NULL;

	if (!q->notify_pid || q->nr_messages != 1)
		return NULL;
	if (q->notify.sigev_notify == SIGEV_SIGNAL) {
		*info = (struct siginfo){ .si_signo = q->notify.sigev_signo, .si_code = SI_MESGQ };
		info->si_pid = current->process->pid->nr;
		info->si_uid = current_uid();
		info->si_value = q->notify.sigev_value;
		pid = get_pid(q->notify_pid);
	}
	put_notify(q);
	return pid;
}

int mqueue_set_notify(struct mqueue *q, const struct sigevent *event)
{
	struct pid *me = current->process->pid;
	int err = 0;

	spin_lock(&q->lock);
	if (!event) {
		if (q->notify_pid == me)
			put_notify(q);
	} else if (q->notify_pid) {
		err = -EBUSY;
	} else {
		q->notify_pid = get_pid(me);
		q->notify = *event;
	}
	spin_unlock(&q->lock);
	return err;
}

void mqueue_forget_notify(struct mqueue *q)
{
	mqueue_set_notify(q, NULL);
}

/* --- sending and receiving --- */

int mqueue_send(struct mqueue *q, struct mq_message *m, bool nonblocking, const u64 *expires_ns)
{
	struct mq_waiter waiter = { .message = m }, *receiver;
	struct pid *told = NULL;
	struct siginfo info;
	int err;

	for (;;) {
		spin_lock(&q->lock);
		if (q->nr_messages < q->max_messages)
			break;
		if (nonblocking) {
			spin_unlock(&q->lock);
			return -EAGAIN;
		}
		err = wait_turn(q, &q->senders, &waiter, expires_ns);
		if (err != -ERESTART)
			return err;
	}
	receiver = list_first_entry_or_null(&q->receivers, struct mq_waiter, node);
	if (receiver) {
		receiver->message = m;
		finish(receiver);
	} else {
		insert(q, m);
		told = take_notify(q, &info);
	}
	spin_unlock(&q->lock);
	if (told) {
		/* Signals' locks come before the queue's. */
		kill_pid(told, info.si_signo, &info);
		put_pid(told);
	}
	wake_up_interruptible_poll(&q->poll_wait, EPOLLIN | EPOLLRDNORM);
	return 0;
}

struct mq_message *mqueue_receive(struct mqueue *q, bool nonblocking, const u64 *expires_ns)
{
	struct mq_waiter waiter = { .message = NULL }, *sender;
	struct mq_message *m;
	int err;

	for (;;) {
		spin_lock(&q->lock);
		m = take_first(q);
		if (m)
			break;
		if (nonblocking) {
			spin_unlock(&q->lock);
			return ERR_PTR(-EAGAIN);
		}
		err = wait_turn(q, &q->receivers, &waiter, expires_ns);
		if (!err)
			return waiter.message;
		if (err != -ERESTART)
			return ERR_PTR(err);
	}
	sender = list_first_entry_or_null(&q->senders, struct mq_waiter, node);
	if (sender) {
		insert(q, sender->message);
		finish(sender);
	}
	spin_unlock(&q->lock);
	wake_up_interruptible_poll(&q->poll_wait, EPOLLOUT | EPOLLWRNORM);
	return m;
}
