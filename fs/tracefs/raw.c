/* SPDX-License-Identifier: MIT */
/*
 * per_cpu/cpuN/trace_pipe_raw: the records of a CPU, taken out, as pages in the form that
 * events/header_page and header_event describe and trace-cmd stores.
 *
 * A page: the time of its first record, the bytes in use (with MISSED when records were lost
 * before it, and their number behind the last record), then records: a word of 5 bits type and 27
 * bits time since the one before, and the data. A longer time takes a word of its own.
 *
 * A read gives one page or what is left of it, with what there is. It waits for the first record; if
 * there is none, EAGAIN with O_NONBLOCK, and 0 bytes when tracing is switched off, meanwhile too.
 * splice() takes full pages alone: it waits until the ring holds as much as fills one (EAGAIN without
 * waiting), and when tracing is switched off takes what is left.
 */
#include "internal.h"

#include <fs/calls.h>
#include <fs/poll.h>
#include <fs/uio.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/fcntl.h>

#define TYPE_TIME_EXTEND	30
#define DELTA_BITS		27
#define DATA_MAX_WORDS		28	/* of a length that fits into the type */
#define MISSED			(1u << 31)
#define MISSED_STORED		(1u << 30)

struct raw_page {
	u64 ns;
	u64 commit;
	u8 data[TRACE_BLOCK - 16];
};
_Static_assert(sizeof(struct raw_page) == TRACE_BLOCK, "a page");

struct raw_reader {
	struct mutex lock; /* all below */
	struct raw_page *page;
	size_t shown; /* of it; a whole page: it is empty */
	struct trace_record *record;
	unsigned int cpu; /* immutable */
};

struct page_writer {
	struct raw_page *page;
	size_t used;
	u64 ns; /* of the last record */
};

static void put_word(struct page_writer *w, u32 word)
{
	memcpy(w->page->data + w->used, &word, 4);
	w->used += 4;
}

/* False: it does not fit any more. */
static bool put_record(struct page_writer *w, const struct trace_record *record)
{
	size_t bytes = ALIGN(record->size - sizeof(*record), 4);
	bool is_short = bytes <= DATA_MAX_WORDS * 4;
	u64 delta = w->used ? record->ns - w->ns : 0;
	bool is_late = delta >> DELTA_BITS;

	if (w->used + bytes + (is_short ? 4 : 8) + (is_late ? 8 : 0) > sizeof(w->page->data))
		return false;
	if (!w->used)
		w->page->ns = record->ns;
	if (is_late) {
		put_word(w, TYPE_TIME_EXTEND | (u32)(delta & ((1u << DELTA_BITS) - 1)) << 5);
		put_word(w, delta >> DELTA_BITS);
		delta = 0;
	}
	put_word(w, (is_short ? bytes / 4 : 0) | (u32)delta << 5);
	if (!is_short)
		put_word(w, bytes + 4);
	memcpy(w->page->data + w->used, record->data, bytes);
	w->used += bytes;
	w->ns = record->ns;
	return true;
}

/* trace_read_mutex held. False: nothing was there. */
static bool fill_page(struct raw_reader *r)
{
	struct trace_ring *ring = per_cpu_ptr(&trace_rings, r->cpu);
	struct page_writer w = { .page = r->page };
	u64 lost = 0;

	memset(r->page, 0, sizeof(*r->page));
	while (trace_ring_peek(ring, &ring->read, ~0ull, r->record)) {
		/* What was lost is told at the head of a page. */
		if (ring->read.lost && w.used)
			break;
		lost += ring->read.lost;
		ring->read.lost = 0;
		if (!put_record(&w, r->record))
			break;
		trace_cursor_pass(&ring->read, r->record);
		ring->nr_read++;
	}
	r->page->commit = w.used;
	if (lost) {
		r->page->commit |= MISSED;
		if (w.used + sizeof(lost) <= sizeof(r->page->data)) {
			memcpy(r->page->data + w.used, &lost, sizeof(lost));
			r->page->commit |= MISSED_STORED;
		}
	}
	return w.used;
}

static int raw_open(struct inode *inode, struct file *file)
{
	struct raw_reader *r = kzalloc(sizeof(*r), GFP_KERNEL);

	if (!r)
		return -ENOMEM;
	mutex_init(&r->lock);
	cpu_of_object(tracefs_object(file), &r->cpu);
	r->shown = TRACE_BLOCK;
	r->page = kmalloc(TRACE_BLOCK, GFP_KERNEL);
	r->record = kmalloc(TRACE_BLOCK, GFP_KERNEL);
	if (!r->page || !r->record) {
		kfree(r->page);
		kfree(r->record);
		kfree(r);
		return -ENOMEM;
	}
	file->private = r;
	return 0;
}

static void raw_release(struct inode *inode, struct file *file)
{
	struct raw_reader *r = file->private;

	kfree(r->page);
	kfree(r->record);
	kfree(r);
}

/* Until there are so many bytes of records, or what is left of a page that was read in part. */
static int wait_for_bytes(struct raw_reader *r, size_t bytes, bool nonblock)
{
	struct trace_ring *ring = per_cpu_ptr(&trace_rings, r->cpu);

	if (READ_ONCE(r->shown) != TRACE_BLOCK)
		return 0;
	return trace_wait_for(ring, READ_ONCE(ring->read.pos) + bytes,
			      nonblock ? TRACE_WAIT_NOT : TRACE_WAIT_WHILE_ON);
}

static int raw_splice_wait(struct file *file, bool nonblock)
{
	return wait_for_bytes(file->private, TRACE_BLOCK, nonblock || file->flags & O_NONBLOCK);
}

/* lock held. */
static ssize_t copy_page_out(struct raw_reader *r, struct iov_iter *to)
{
	size_t n, want;
	bool filled;

	if (r->shown == TRACE_BLOCK) {
		mutex_lock(&trace_read_mutex);
		filled = fill_page(r);
		mutex_unlock(&trace_read_mutex);
		if (!filled)
			return 0;
		r->shown = 0;
	}
	want = min(to->count, TRACE_BLOCK - r->shown);
	n = copy_to_iter((u8 *)r->page + r->shown, want, to);
	r->shown += n;
	return n || !want ? (ssize_t)n : -EFAULT;
}

static ssize_t raw_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct raw_reader *r = file->private;
	ssize_t n;
	int error;

	for (;;) {
		error = wait_for_bytes(r, 1, file->flags & O_NONBLOCK);
		if (error)
			return error;
		mutex_lock(&r->lock);
		n = copy_page_out(r, to);
		mutex_unlock(&r->lock);
		if (n || !to->count)
			return n;
		if (!(file->flags & O_NONBLOCK) && !READ_ONCE(trace_is_on))
			return 0;
	}
}

static u32 raw_poll(struct file *file, struct poll_table *table)
{
	poll_wait(file, &trace_wait, table);
	return wait_for_bytes(file->private, 1, true) ? 0 : EPOLLIN | EPOLLRDNORM;
}

const struct file_operations trace_raw_operations = {
	.open = raw_open,
	.release = raw_release,
	.read_iter = raw_read,
	.splice_wait = raw_splice_wait,
	.poll = raw_poll,
};
