/* SPDX-License-Identifier: MIT */
/*
 * poll(2) and select(2): look at all files, and on the way enter the wait queues that could change the answer; sleep; look again.
 */
#include <fs/calls.h>
#include <fs/files.h>
#include <fs/poll.h>
#include <fs/vfs.h>
#include <kernel/hrtimer.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <kernel/time.h>
#include <lib/kernel.h>
#include <lib/list.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/resource.h>

#define INLINE_WAITERS	8

struct poll_waiter {
	wait_queue_entry_t entry;
	struct poll_queues *owner;
	wait_queue_head_t *head;
	struct file *file; /* with a reference: the head belongs to it */
	u32 events;
};

struct poll_page {
	struct poll_page *next;
	unsigned int nr;
	struct poll_waiter waiters[];
};
#define WAITERS_PER_PAGE	((PAGE_SIZE - sizeof(struct poll_page)) / sizeof(struct poll_waiter))

struct poll_queues {
	struct poll_table table;
	struct thread *thread;
	bool triggered;
	int error;
	unsigned int nr_inline;
	struct poll_page *pages;
	struct poll_waiter inline_waiters[INLINE_WAITERS];
};

u32 vfs_poll(struct file *file, struct poll_table *table)
{
	if (likely(file->ops->poll))
		return file->ops->poll(file, table);
	return EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM;
}

/* --- waiting --- */

static struct poll_waiter *new_waiter(struct poll_queues *q)
{
	struct poll_page *page = q->pages;

	if (q->nr_inline < INLINE_WAITERS)
		return &q->inline_waiters[q->nr_inline++];
	if (!page || page->nr == WAITERS_PER_PAGE) {
		page = (struct poll_page *)__get_free_page(GFP_KERNEL);
		if (!page) {
			q->error = -ENOMEM;
			return NULL;
		}
		page->nr = 0;
		page->next = q->pages;
		q->pages = page;
	}
	return &page->waiters[page->nr++];
}

static int poll_wake(wait_queue_entry_t *entry, unsigned int mode, int flags, void *key)
{
	struct poll_waiter *w = container_of(entry, struct poll_waiter, entry);
	u32 events = (unsigned long)key;

	if (events && !(events & w->events))
		return 0;
	smp_wmb();
	WRITE_ONCE(w->owner->triggered, true);
	return try_to_wake_up(w->owner->thread, mode);
}

static void poll_enqueue(struct file *file, wait_queue_head_t *head, struct poll_table *table)
{
	struct poll_queues *q = container_of(table, struct poll_queues, table);
	struct poll_waiter *w = new_waiter(q);

	if (!w)
		return;
	w->file = get_file(file);
	w->head = head;
	w->owner = q;
	w->events = table->events | EPOLLERR | EPOLLHUP;
	init_waitqueue_func_entry(&w->entry, poll_wake);
	add_wait_queue(head, &w->entry);
}

static void queues_init(struct poll_queues *q)
{
	q->table.queue = poll_enqueue;
	q->table.events = ~0u;
	q->thread = current;
	q->triggered = false;
	q->error = 0;
	q->nr_inline = 0;
	q->pages = NULL;
}

static void waiter_free(struct poll_waiter *w)
{
	remove_wait_queue(w->head, &w->entry);
	fput(w->file);
}

static void queues_free(struct poll_queues *q)
{
	for (unsigned int i = 0; i < q->nr_inline; i++)
		waiter_free(&q->inline_waiters[i]);
	while (q->pages) {
		struct poll_page *page = q->pages;

		for (unsigned int i = 0; i < page->nr; i++)
			waiter_free(&page->waiters[i]);
		q->pages = page->next;
		free_page(page);
	}
}

/* Until an event or the deadline; false: the time is up. */
static bool queues_wait(struct poll_queues *q, u64 deadline_ns)
{
	bool in_time = true;

	set_current_state(THREAD_INTERRUPTIBLE);
	if (!READ_ONCE(q->triggered))
		in_time = schedule_hrtimeout_range(deadline_ns, 50 * NSEC_PER_USEC,
						   HRTIMER_MODE_ABS, CLOCK_MONOTONIC) != 0;
	__set_current_state(THREAD_RUNNING);
	smp_store_mb(q->triggered, false);
	return in_time;
}

/* --- poll --- */

static u32 poll_one(const struct pollfd *p, struct poll_table *table)
{
	struct fd fd;
	u32 events;

	if (p->fd < 0)
		return 0;
	fd = fd_get(p->fd);
	if (!fd.file)
		return POLLNVAL;
	events = (u16)p->events | EPOLLERR | EPOLLHUP;
	table->events = events;
	events &= vfs_poll(fd.file, table);
	fd_put(fd);
	return events;
}

/* revents: the answers, beside what the program had there before. */
static long poll_loop(const struct pollfd *fds, u16 *revents, unsigned int nr, u64 deadline_ns)
{
	struct poll_queues q;
	bool timed_out = deadline_ns == POLL_NO_WAIT;
	long count;

	queues_init(&q);
	if (timed_out)
		q.table.queue = NULL;
	for (;;) {
		count = 0;
		for (unsigned int i = 0; i < nr; i++) {
			revents[i] = poll_one(&fds[i], &q.table);
			if (revents[i]) {
				count++;
				q.table.queue = NULL; /* will not sleep */
			}
		}
		q.table.queue = NULL;
		if (!count) {
			count = q.error;
			if (!count && signal_pending(current))
				count = -ERESTARTNOHAND;
		}
		if (count || timed_out)
			break;
		timed_out = !queues_wait(&q, deadline_ns);
	}
	queues_free(&q);
	return count;
}

long do_poll(struct pollfd __user *user, unsigned int nr, u64 deadline_ns)
{
	struct {
		struct pollfd fds[16];
		u16 revents[16];
	} small;
	struct pollfd *fds = small.fds;
	u16 *revents = small.revents;
	long result = -EFAULT;

	if (nr > rlimit(RLIMIT_NOFILE))
		return -EINVAL;
	if (nr > ARRAY_SIZE(small.fds)) {
		fds = kvmalloc(nr * (sizeof(*fds) + sizeof(*revents)), GFP_KERNEL);
		if (!fds)
			return -ENOMEM;
		revents = (u16 *)(fds + nr);
	}
	if (!copy_from_user(fds, user, nr * sizeof(*fds))) {
		result = poll_loop(fds, revents, nr, deadline_ns);
		for (unsigned int i = 0; i < nr; i++) {
			/* mostly it was zero and is so still */
			if (revents[i] != (u16)fds[i].revents &&
			    put_user((short)revents[i], &user[i].revents)) {
				result = -EFAULT;
				break;
			}
		}
	}
	if (fds != small.fds)
		kvfree(fds);
	return result;
}

/* --- select --- */

#define SELECT_IN	(EPOLLIN | EPOLLRDNORM | EPOLLRDBAND | EPOLLHUP | EPOLLERR)
#define SELECT_OUT	(EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND | EPOLLERR)
#define SELECT_EX	EPOLLPRI

/* Six bitmaps, one behind the other: what is asked of each kind, and the answers. */
struct sets {
	unsigned long *in, *out, *ex, *res_in, *res_out, *res_ex;
	unsigned int nr, words;
};

/* One descriptor of which something is asked; how many of its three questions have the answer yes, -EBADF. */
static int select_one(struct sets *s, unsigned int nr, struct poll_table *table)
{
	unsigned int word = nr / 64;
	unsigned long bit = 1ul << (nr % 64);
	u32 events = 0, mask;
	struct fd fd = fd_get(nr);
	int count = 0;

	if (!fd.file)
		return -EBADF;
	if (s->in[word] & bit)
		events = SELECT_IN;
	if (s->out[word] & bit)
		events |= SELECT_OUT;
	if (s->ex[word] & bit)
		events |= SELECT_EX;
	table->events = events;
	mask = vfs_poll(fd.file, table) & events;
	fd_put(fd);
	if (!mask)
		return 0;
	if ((s->in[word] & bit) && (mask & SELECT_IN)) {
		s->res_in[word] |= bit;
		count++;
	}
	if ((s->out[word] & bit) && (mask & SELECT_OUT)) {
		s->res_out[word] |= bit;
		count++;
	}
	if ((s->ex[word] & bit) && (mask & SELECT_EX)) {
		s->res_ex[word] |= bit;
		count++;
	}
	return count;
}

static int select_all(struct sets *s, struct poll_table *table)
{
	int count = 0;

	for (unsigned int word = 0; word < s->words; word++) {
		unsigned long any = s->in[word] | s->out[word] | s->ex[word];

		for (; any; any &= any - 1) {
			unsigned int nr = word * 64 + __builtin_ctzl(any);
			int n;

			if (nr >= s->nr)
				break;
			n = select_one(s, nr, table);
			if (n < 0)
				return n;
			if (n) {
				count += n;
				table->queue = NULL;
			}
		}
	}
	return count;
}

static long select_loop(struct sets *s, u64 deadline_ns)
{
	struct poll_queues q;
	bool timed_out = deadline_ns == POLL_NO_WAIT;
	long count;

	queues_init(&q);
	if (timed_out)
		q.table.queue = NULL;
	for (;;) {
		count = select_all(s, &q.table);
		q.table.queue = NULL;
		if (!count)
			count = q.error;
		if (!count && signal_pending(current) && !timed_out)
			count = -ERESTARTNOHAND;
		if (count || timed_out)
			break;
		timed_out = !queues_wait(&q, deadline_ns);
	}
	queues_free(&q);
	return count;
}

static int get_set(unsigned long *to, const unsigned long __user *from, size_t bytes)
{
	if (!from) {
		memset(to, 0, bytes);
		return 0;
	}
	return copy_from_user(to, from, bytes) ? -EFAULT : 0;
}

static int put_set(unsigned long __user *to, const unsigned long *from, size_t bytes)
{
	return to && copy_to_user(to, from, bytes) ? -EFAULT : 0;
}

long do_select(int nr, unsigned long __user *in, unsigned long __user *out,
	       unsigned long __user *ex, u64 deadline_ns)
{
	unsigned long small[6 * 4], *bits = small;
	struct sets s;
	unsigned int max = files_table_size(current);
	size_t bytes;
	long result;

	if (nr < 0)
		return -EINVAL;
	s.nr = min((unsigned int)nr, max);
	s.words = DIV_ROUND_UP(s.nr, 64u);
	bytes = s.words * sizeof(long);
	if (s.words > 4) {
		bits = kvmalloc(6 * bytes, GFP_KERNEL);
		if (!bits)
			return -ENOMEM;
	}
	s.in = bits;
	s.out = s.in + s.words;
	s.ex = s.out + s.words;
	s.res_in = s.ex + s.words;
	s.res_out = s.res_in + s.words;
	s.res_ex = s.res_out + s.words;
	result = get_set(s.in, in, bytes) ?: get_set(s.out, out, bytes) ?: get_set(s.ex, ex, bytes);
	if (!result) {
		memset(s.res_in, 0, 3 * bytes);
		result = select_loop(&s, deadline_ns);
		if (result >= 0 && (put_set(in, s.res_in, bytes) ||
				    put_set(out, s.res_out, bytes) || put_set(ex, s.res_ex, bytes)))
			result = -EFAULT;
	}
	if (bits != small)
		kvfree(bits);
	return result;
}
