/* SPDX-License-Identifier: MIT */
/*
 * epoll(7).
 *
 * An item stands in the tree of its eventpoll by (file, fd), on the list of its file, and, while its file may have something to say, on the
 * ready list. The callback on a file's wait queue puts it there; epoll_wait takes items from the front, asks the file, and puts level-triggered
 * ones back at the end.
 *
 * Locks, outermost first: epoll_mutex (the graph of epolls watching epolls, ends of files and of epolls), ep->mutex (the tree; held while
 * files are asked; an outer epoll's before an inner one's), ep->lock (the ready list; taken in callbacks, under a wait queue's lock, so it
 * and the heads that wake from there have no rank: the graph has no cycles and is at most EPOLL_MAX_NESTING deep).
 *
 * An item holds no reference on its file: the last fput takes the file's items away first (eventpoll_file_release).
 */
#include <fs/calls.h>
#include <fs/files.h>
#include <fs/poll.h>
#include <fs/seq_file.h>
#include <fs/vfs.h>
#include <kernel/hrtimer.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <kernel/time.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/list.h>
#include <lib/rbtree.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/fcntl.h>

#include "internal.h"

#define EPOLL_MAX_NESTING	4
#define EPOLL_MAX_EVENTS	(INT_MAX / (int)sizeof(struct epoll_event))
#define EP_PRIVATE		(EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)
#define EP_EXCLUSIVE_OK		(EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE)

struct eventpoll {
	struct mutex mutex;
	spinlock_t lock;
	wait_queue_head_t wait;	     /* epoll_wait */
	wait_queue_head_t poll_wait; /* poll of this epoll's own file */
	struct list_head ready;	     /* lock */
	struct rb_root items;	     /* mutex */
	struct file *file;	     /* I */
	unsigned int scan;	     /* mutex: number of the present pass over the ready list */
};

/* One wait queue that an item is on; most files have one, some two. */
struct ep_waiter {
	wait_queue_entry_t entry;
	struct ep_waiter *next;
	struct ep_item *item;
	wait_queue_head_t *head; /* NULL: the queue went away (WAKE_KEY_FREE) */
};

struct ep_item {
	struct rb_node node;	   /* ep->mutex */
	struct list_head ready;	   /* ep->lock */
	bool is_ready;		   /* ep->lock */
	unsigned int scan;	   /* ep->mutex: pass in which it was looked at */
	struct eventpoll *ep;	   /* I */
	struct file *file;	   /* I */
	int fd;			   /* I */
	struct epoll_event event;  /* ep->mutex; events is also read by the callback */
	struct ep_waiter *waiters; /* ep->mutex */
	struct ep_waiter first;
	struct hlist_node file_node; /* file->lock */
	struct rcu_head rcu;
};

struct epoll_links {
	struct hlist_head items; /* file->lock */
};

static DEFINE_MUTEX(epoll_mutex);
static struct kmem_cache *item_cache;
static const struct file_operations epoll_fops;

static bool is_epoll(const struct file *file) { return file->ops == &epoll_fops; }

/* --- the callback --- */

static int ep_callback(wait_queue_entry_t *entry, unsigned int mode, int flags, void *key)
{
	struct ep_waiter *w = container_of(entry, struct ep_waiter, entry);
	struct ep_item *item = w->item;
	struct eventpoll *ep = item->ep;
	u32 events = (unsigned long)key, wanted = READ_ONCE(item->event.events);
	unsigned long irq;
	bool wake;

	if (unlikely(events & WAKE_KEY_FREE)) {
		/* the queue's lock is held: leave it; ep_item_free looks at head */
		list_del_init(&entry->entry);
		smp_store_release(&w->head, NULL);
		return 1;
	}
	if (!(wanted & ~EP_PRIVATE))
		return 0; /* one-shot, and used up */
	if (events && !(events & wanted))
		return 0;
	spin_lock_irqsave(&ep->lock, irq);
	if (!item->is_ready) {
		item->is_ready = true;
		list_add_tail(&item->ready, &ep->ready);
	}
	spin_unlock_irqrestore(&ep->lock, irq);
	wake = wq_has_sleeper(&ep->wait); /* with its barrier, for both queues */
	if (wake)
		wake_up(&ep->wait);
	if (waitqueue_active(&ep->poll_wait))
		wake_up_poll(&ep->poll_wait, EPOLLIN | EPOLLRDNORM);
	/* an exclusive waiter that nobody sleeps behind lets the next one be woken */
	return !(wanted & EPOLLEXCLUSIVE) || wake;
}

/* --- items --- */

static int compare(const struct file *file, int fd, const struct ep_item *item)
{
	if (file != item->file)
		return file < item->file ? -1 : 1;
	return fd - item->fd;
}

static struct ep_item *find(struct eventpoll *ep, const struct file *file, int fd)
{
	struct rb_node *n = ep->items.rb_node;

	while (n) {
		struct ep_item *item = rb_entry(n, struct ep_item, node);
		int r = compare(file, fd, item);

		if (!r)
			return item;
		n = r < 0 ? n->rb_left : n->rb_right;
	}
	return NULL;
}

static void insert(struct eventpoll *ep, struct ep_item *new)
{
	struct rb_node **p = &ep->items.rb_node, *parent = NULL;

	while (*p) {
		parent = *p;
		p = compare(new->file, new->fd, rb_entry(parent, struct ep_item, node)) < 0
			    ? &parent->rb_left
			    : &parent->rb_right;
	}
	rb_link_node(&new->node, parent, p);
	rb_insert_color(&new->node, &ep->items);
}

struct ep_enqueue {
	struct poll_table table;
	struct ep_item *item;
	int error;
};

static void ep_queue(struct file *file, wait_queue_head_t *head, struct poll_table *table)
{
	struct ep_enqueue *q = container_of(table, struct ep_enqueue, table);
	struct ep_item *item = q->item;
	struct ep_waiter *w = item->waiters ? kmalloc(sizeof(*w), GFP_KERNEL) : &item->first;

	if (!w) {
		q->error = -ENOMEM;
		return;
	}
	w->item = item;
	w->head = head;
	w->next = item->waiters;
	item->waiters = w;
	init_waitqueue_func_entry(&w->entry, ep_callback);
	if (item->event.events & EPOLLEXCLUSIVE)
		add_wait_queue_exclusive(head, &w->entry);
	else
		add_wait_queue(head, &w->entry);
}

static void item_leave_queues(struct ep_item *item)
{
	while (item->waiters) {
		struct ep_waiter *w = item->waiters;
		wait_queue_head_t *head;

		item->waiters = w->next;
		/* a queue that goes away says so under RCU's protection (WAKE_KEY_FREE, then a grace period) */
		rcu_read_lock();
		head = smp_load_acquire(&w->head);
		if (head)
			remove_wait_queue(head, &w->entry);
		rcu_read_unlock();
		if (w != &item->first)
			kfree(w);
	}
}

static void unready(struct ep_item *item)
{
	unsigned long irq;

	spin_lock_irqsave(&item->ep->lock, irq);
	if (item->is_ready) {
		list_del(&item->ready);
		item->is_ready = false;
	}
	spin_unlock_irqrestore(&item->ep->lock, irq);
}

static void item_free_rcu(struct rcu_head *head)
{
	kmem_cache_free(item_cache, container_of(head, struct ep_item, rcu));
}

/* ep->mutex held. */
static void item_remove(struct ep_item *item)
{
	struct file *file = item->file;
	struct epoll_links *links = NULL;

	item_leave_queues(item);
	spin_lock(&file->lock);
	hlist_del(&item->file_node);
	if (hlist_empty(&file->epoll_links->items)) {
		links = file->epoll_links;
		file->epoll_links = NULL;
	}
	spin_unlock(&file->lock);
	kfree(links);
	rb_erase(&item->node, &item->ep->items);
	unready(item);
	call_rcu(&item->rcu, item_free_rcu);
}

static int link_to_file(struct ep_item *item)
{
	struct epoll_links *new = NULL;
	struct file *file = item->file;

	for (;;) {
		spin_lock(&file->lock);
		if (!file->epoll_links && new) {
			file->epoll_links = new;
			new = NULL;
		}
		if (file->epoll_links) {
			hlist_add_head(&item->file_node, &file->epoll_links->items);
			spin_unlock(&file->lock);
			kfree(new);
			return 0;
		}
		spin_unlock(&file->lock);
		new = kzalloc(sizeof(*new), GFP_KERNEL);
		if (!new)
			return -ENOMEM;
	}
}

static void make_ready(struct eventpoll *ep, struct ep_item *item)
{
	unsigned long irq;

	spin_lock_irqsave(&ep->lock, irq);
	if (!item->is_ready) {
		item->is_ready = true;
		list_add_tail(&item->ready, &ep->ready);
	}
	spin_unlock_irqrestore(&ep->lock, irq);
	if (wq_has_sleeper(&ep->wait))
		wake_up(&ep->wait);
	if (waitqueue_active(&ep->poll_wait))
		wake_up_poll(&ep->poll_wait, EPOLLIN | EPOLLRDNORM);
}

static int ep_add(struct eventpoll *ep, const struct epoll_event *event, struct file *file, int fd)
{
	struct ep_item *item = kmem_cache_zalloc(item_cache, GFP_KERNEL);
	struct ep_enqueue q = { .table.queue = ep_queue, .item = item };
	u32 events;
	int error;

	if (!item)
		return -ENOMEM;
	item->ep = ep;
	item->file = file;
	item->fd = fd;
	item->event = *event;
	error = link_to_file(item);
	if (error) {
		kmem_cache_free(item_cache, item);
		return error;
	}
	insert(ep, item);
	q.table.events = event->events;
	events = vfs_poll(file, &q.table) & event->events;
	if (q.error) {
		item_remove(item);
		return q.error;
	}
	if (events)
		make_ready(ep, item);
	return 0;
}

static int ep_modify(struct eventpoll *ep, struct ep_item *item, const struct epoll_event *event)
{
	WRITE_ONCE(item->event.events, event->events);
	item->event.data = event->data;
	/* the callback sees the new events, or the question below sees the file's */
	smp_mb();
	if (vfs_poll(item->file, NULL) & event->events)
		make_ready(ep, item);
	return 0;
}

/* --- epolls that watch epolls --- */

/* How deep the epolls below file go; -ELOOP when `avoid` is among them or they go too deep. epoll_mutex held. */
static int depth_below(struct file *file, struct eventpoll *avoid, int level)
{
	struct eventpoll *ep = file->private;
	int deepest = 0;

	if (ep == avoid || level > EPOLL_MAX_NESTING)
		return -ELOOP;
	mutex_lock_nested(&ep->mutex, mutex_next_level(&ep->mutex));
	for (struct rb_node *n = rb_first(&ep->items); n; n = rb_next(n)) {
		struct ep_item *item = rb_entry(n, struct ep_item, node);
		int d;

		if (!is_epoll(item->file))
			continue;
		d = depth_below(item->file, avoid, level + 1);
		if (d < 0) {
			deepest = d;
			break;
		}
		deepest = max(deepest, d);
	}
	mutex_unlock(&ep->mutex);
	return deepest < 0 ? deepest : deepest + 1;
}

/* How many epolls stand above: who watches it, who watches them ... */
static int depth_above(struct file *file, int level)
{
	int highest = 0;
	struct ep_item *item;

	if (level > EPOLL_MAX_NESTING)
		return level;
	/* items of epoll files come and go under epoll_mutex, which is held */
	if (!READ_ONCE(file->epoll_links))
		return 0;
	hlist_for_each_entry(item, &file->epoll_links->items, file_node)
		highest = max(highest, 1 + depth_above(item->ep->file, level + 1));
	return highest;
}

static int check_nesting(struct eventpoll *ep, struct file *target)
{
	int below = depth_below(target, ep, 0), above;

	if (below < 0)
		return below;
	above = depth_above(ep->file, 0);
	return below + above > EPOLL_MAX_NESTING ? -ELOOP : 0;
}

/* --- epoll_ctl --- */

static int ctl_locked(struct eventpoll *ep, int op, struct file *file, int fd,
		      struct epoll_event *event)
{
	struct ep_item *item = find(ep, file, fd);

	switch (op) {
	case EPOLL_CTL_ADD:
		if (item)
			return -EEXIST;
		event->events |= EPOLLERR | EPOLLHUP;
		return ep_add(ep, event, file, fd);
	case EPOLL_CTL_DEL:
		if (!item)
			return -ENOENT;
		item_remove(item);
		return 0;
	case EPOLL_CTL_MOD:
		if (!item)
			return -ENOENT;
		if (item->event.events & EPOLLEXCLUSIVE)
			return -EINVAL;
		event->events |= EPOLLERR | EPOLLHUP;
		return ep_modify(ep, item, event);
	default: return -EINVAL;
	}
}

/* lint: context: epoll_mutex, where the graph of epolls changes */
static int ctl(struct file *epoll, int op, struct file *file, int fd, struct epoll_event *event)
{
	struct eventpoll *ep = epoll->private;
	bool graph = is_epoll(file);
	int error;

	if (!file->ops->poll)
		return -EPERM;
	if (epoll == file || !is_epoll(epoll))
		return -EINVAL;
	if (op != EPOLL_CTL_DEL && (event->events & EPOLLEXCLUSIVE)) {
		if (op == EPOLL_CTL_MOD)
			return -EINVAL;
		if (graph || (event->events & ~EP_EXCLUSIVE_OK))
			return -EINVAL;
	}
	/* the graph changes with an epoll as the target, and its depth with one that is itself watched */
	graph = graph || READ_ONCE(epoll->epoll_links);
	if (graph)
		mutex_lock(&epoll_mutex);
	error = graph && op == EPOLL_CTL_ADD && is_epoll(file) ? check_nesting(ep, file) : 0;
	if (!error) {
		mutex_lock(&ep->mutex);
		error = ctl_locked(ep, op, file, fd, event);
		mutex_unlock(&ep->mutex);
	}
	if (graph)
		mutex_unlock(&epoll_mutex);
	return error;
}

long do_epoll_ctl(int epfd, int op, int nr, struct epoll_event *event)
{
	struct fd ep = fd_get(epfd), fd;
	long error = -EBADF;

	if (!ep.file)
		return -EBADF;
	fd = fd_get(nr);
	if (fd.file) {
		error = ctl(ep.file, op, fd.file, nr, event);
		fd_put(fd);
	}
	fd_put(ep);
	return error;
}

/* --- epoll_wait --- */

static struct ep_item *take_ready(struct eventpoll *ep, unsigned int scan)
{
	struct ep_item *item = NULL;
	unsigned long irq;

	spin_lock_irqsave(&ep->lock, irq);
	if (!list_empty(&ep->ready)) {
		item = list_first_entry(&ep->ready, struct ep_item, ready);
		if (item->scan == scan) {
			item = NULL; /* once round */
		} else {
			list_del(&item->ready);
			item->is_ready = false;
		}
	}
	spin_unlock_irqrestore(&ep->lock, irq);
	return item;
}

static void put_back(struct eventpoll *ep, struct ep_item *item, bool front)
{
	unsigned long irq;

	spin_lock_irqsave(&ep->lock, irq);
	if (!item->is_ready) {
		item->is_ready = true;
		if (front)
			list_add(&item->ready, &ep->ready);
		else
			list_add_tail(&item->ready, &ep->ready);
	}
	spin_unlock_irqrestore(&ep->lock, irq);
}

/* As many events as there are, up to max; -EFAULT when not even one could be stored. */
static int send_events(struct eventpoll *ep, struct epoll_event __user *events, int max)
{
	struct ep_item *item;
	unsigned int scan;
	int n = 0;

	mutex_lock(&ep->mutex);
	scan = ++ep->scan;
	while (n < max && (item = take_ready(ep, scan))) {
		struct epoll_event e = { .data = item->event.data };

		item->scan = scan;
		e.events = vfs_poll(item->file, NULL) & item->event.events;
		if (!e.events)
			continue;
		if (copy_to_user(&events[n], &e, sizeof(e))) {
			put_back(ep, item, true);
			item->scan = scan - 1;
			n = n ?: -EFAULT;
			break;
		}
		n++;
		if (item->event.events & EPOLLONESHOT)
			WRITE_ONCE(item->event.events, item->event.events & EP_PRIVATE);
		else if (!(item->event.events & EPOLLET))
			put_back(ep, item, false);
	}
	mutex_unlock(&ep->mutex);
	return n;
}

static bool has_ready(struct eventpoll *ep) { return !list_empty_careful(&ep->ready); }

static int wait_ready(struct eventpoll *ep, u64 deadline_ns)
{
	wait_queue_entry_t entry;
	int r = 0;

	init_wait_entry(&entry);
	prepare_to_wait_exclusive(&ep->wait, &entry, THREAD_INTERRUPTIBLE);
	if (!has_ready(ep)) {
		if (signal_pending(current))
			r = -EINTR;
		else
			r = schedule_hrtimeout_range(deadline_ns, 50 * NSEC_PER_USEC,
						     HRTIMER_MODE_ABS, CLOCK_MONOTONIC)
				    ? 0
				    : -ETIME;
	}
	finish_wait(&ep->wait, &entry);
	return r;
}

long do_epoll_wait(int epfd, struct epoll_event __user *events, int max, u64 deadline_ns)
{
	struct fd fd;
	struct eventpoll *ep;
	bool timed_out = deadline_ns == 0;
	long n = 0;

	if (max <= 0 || max > EPOLL_MAX_EVENTS)
		return -EINVAL;
	if (!access_ok(events, max * sizeof(*events)))
		return -EFAULT;
	fd = fd_get(epfd);
	if (!fd.file)
		return -EBADF;
	if (!is_epoll(fd.file)) {
		fd_put(fd);
		return -EINVAL;
	}
	ep = fd.file->private;
	for (;;) {
		if (has_ready(ep)) {
			n = send_events(ep, events, max);
			if (n)
				break;
		}
		if (timed_out)
			break;
		n = wait_ready(ep, deadline_ns);
		if (n == -ETIME)
			timed_out = true;
		else if (n)
			break;
		n = 0;
	}
	/* what is left is for the next one that waits */
	if (n > 0 && has_ready(ep) && waitqueue_active(&ep->wait))
		wake_up(&ep->wait);
	fd_put(fd);
	return n;
}

/* --- the file --- */

/* Has any item something to say? Those that have not leave the list. */
static u32 ep_poll(struct file *file, struct poll_table *table)
{
	struct eventpoll *ep = file->private;
	struct ep_item *item;
	unsigned int scan;
	u32 mask = 0;

	poll_wait(file, &ep->poll_wait, table);
	if (!has_ready(ep))
		return 0;
	/* Asked by another epoll, perhaps, whose mutex is held: check_nesting has seen to it that there is no way back. */
	mutex_lock_nested(&ep->mutex, mutex_next_level(&ep->mutex));
	scan = ++ep->scan;
	while (!mask && (item = take_ready(ep, scan))) {
		item->scan = scan;
		if (vfs_poll(item->file, NULL) & item->event.events) {
			item->scan = scan - 1;
			put_back(ep, item, true);
			mask = EPOLLIN | EPOLLRDNORM;
		}
	}
	mutex_unlock(&ep->mutex);
	return mask;
}

static void ep_release(struct inode *inode, struct file *file)
{
	struct eventpoll *ep = file->private;
	struct rb_node *n;

	mutex_lock(&epoll_mutex);
	mutex_lock(&ep->mutex);
	while ((n = rb_first(&ep->items))) {
		item_remove(rb_entry(n, struct ep_item, node));
		cond_resched();
	}
	mutex_unlock(&ep->mutex);
	mutex_unlock(&epoll_mutex);
	kfree(ep); /* its items have left their queues: no callback is inside */
}

/* The file's last reference is gone: it leaves all epolls. */
void eventpoll_file_release(struct file *file)
{
	mutex_lock(&epoll_mutex);
	for (;;) {
		struct ep_item *item = NULL;
		struct eventpoll *ep;

		spin_lock(&file->lock);
		if (file->epoll_links)
			item = hlist_entry(file->epoll_links->items.first, struct ep_item,
					   file_node);
		spin_unlock(&file->lock);
		if (!item)
			break;
		/* the item stays: with the file gone only epoll_mutex holders could remove it */
		ep = item->ep;
		mutex_lock(&ep->mutex);
		item_remove(item);
		mutex_unlock(&ep->mutex);
	}
	mutex_unlock(&epoll_mutex);
}

static void ep_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct eventpoll *ep = file->private;

	mutex_lock(&ep->mutex);
	for (struct rb_node *n = rb_first(&ep->items); n; n = rb_next(n)) {
		struct ep_item *item = rb_entry(n, struct ep_item, node);
		struct inode *inode = item->file->inode;

		seq_printf(m, "tfd: %8d events: %8x data: %16llx  pos:%lli ino:%llx sdev:%x\n",
			   item->fd, item->event.events, (unsigned long long)item->event.data,
			   (long long)item->file->pos, (unsigned long long)inode->ino,
			   inode->sb->dev);
	}
	mutex_unlock(&ep->mutex);
}

static const struct file_operations epoll_fops = {
	.poll = ep_poll,
	.release = ep_release,
	.show_fdinfo = ep_show_fdinfo,
	.llseek = noop_llseek,
};

long do_epoll_create(int flags)
{
	struct eventpoll *ep;
	struct file *file;
	int fd;

	if (flags & ~EPOLL_CLOEXEC)
		return -EINVAL;
	ep = kzalloc(sizeof(*ep), GFP_KERNEL);
	if (!ep)
		return -ENOMEM;
	mutex_init(&ep->mutex);
	spin_lock_init(&ep->lock, LOCK_RANK_NONE);
	init_waitqueue_head(&ep->wait);
	init_waitqueue_head(&ep->poll_wait);
	spin_lock_init(&ep->wait.lock, LOCK_RANK_NONE);
	spin_lock_init(&ep->poll_wait.lock, LOCK_RANK_NONE);
	INIT_LIST_HEAD(&ep->ready);
	ep->items = RB_ROOT;
	fd = get_unused_fd_flags(flags & O_CLOEXEC);
	if (fd < 0)
		goto free;
	file = anon_inode_file("[eventpoll]", &epoll_fops, ep, O_RDWR | (flags & O_CLOEXEC));
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		fd = PTR_ERR(file);
		goto free;
	}
	ep->file = file;
	fd_install(fd, file);
	return fd;
free:
	kfree(ep);
	return fd;
}

void eventpoll_init(void)
{
	item_cache = KMEM_CACHE(ep_item, SLAB_PANIC);
}
