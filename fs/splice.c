/* SPDX-License-Identifier: MIT */
/*
 * Moving data between files inside the kernel: sendfile, copy_file_range, splice, tee, vmsplice.
 *
 * From file to file and from file to pipe the data go through a buffer; between pipes pages change hands; out of a pipe they are written from
 * the page they stand in, and leave the pipe as far as they were written.
 */
#include <fs/calls.h>
#include <fs/files.h>
#include <fs/pipe.h>
#include <fs/uio.h>
#include <fs/vfs.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <lib/kernel.h>
#include <mm/page.h>
#include <mm/slab.h>
#include <uapi/fcntl.h>
#include <uapi/poll.h>
#include <uapi/resource.h>
#include <uapi/splice.h>
#include <uapi/stat.h>
#include <uapi/uio.h>

#include "internal.h"
#include "mount.h"

#define CHUNK	(16 * PAGE_SIZE)

/* --- file to file --- */

/* in is read at *in_pos, which moves by what out took. */
static ssize_t copy_chunks(struct file *in, loff_t *in_pos, struct file *out, loff_t *out_pos,
			   size_t count)
{
	size_t size = min(count, CHUNK);
	ssize_t done = 0, n = 0, w;
	char *buf;

	if (!count)
		return 0;
	buf = kvmalloc(size, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	while (count) {
		loff_t pos = *in_pos;

		n = kernel_read(in, buf, min(count, size), &pos);
		if (n <= 0)
			break;
		w = kernel_write(out, buf, n, out_pos);
		if (w <= 0) {
			n = w;
			break;
		}
		*in_pos += w;
		done += w;
		count -= w;
		if (w < n)
			break;
		if (signal_pending(current)) {
			n = -EINTR;
			break;
		}
		cond_resched();
	}
	kvfree(buf);
	return done ?: n;
}

ssize_t do_sendfile(struct file *out, struct file *in, loff_t *pos, size_t count)
{
	loff_t out_pos = out->pos;
	ssize_t n;

	if (!(in->mode & FMODE_READ) || !(out->mode & FMODE_WRITE))
		return -EBADF;
	if (!(in->mode & FMODE_CAN_READ) || !(out->mode & FMODE_CAN_WRITE))
		return -EINVAL;
	/* what cannot be read again at a position would be lost when out takes less */
	if (!(in->mode & FMODE_PREAD))
		return -EINVAL;
	if (out->flags & O_APPEND)
		return -EINVAL;
	if (*pos < 0)
		return -EINVAL;
	n = copy_chunks(in, pos, out, &out_pos, count);
	if (n > 0 && !(out->mode & FMODE_STREAM))
		out->pos = out_pos;
	return n;
}

ssize_t do_copy_file_range(struct file *in, loff_t *in_pos, struct file *out, loff_t *out_pos,
			   size_t len, unsigned int flags)
{
	struct inode *from = in->inode, *to = out->inode;
	loff_t size;

	if (flags)
		return -EINVAL;
	if (S_ISDIR(from->mode) || S_ISDIR(to->mode))
		return -EISDIR;
	if (!S_ISREG(from->mode) || !S_ISREG(to->mode))
		return -EINVAL;
	if (!(in->mode & FMODE_READ) || !(out->mode & FMODE_WRITE) || (out->flags & O_APPEND))
		return -EBADF;
	if (to->flags & S_IMMUTABLE)
		return -EPERM;
	if (*in_pos < 0 || *out_pos < 0)
		return -EINVAL;
	if (*in_pos + (loff_t)len < *in_pos || *out_pos + (loff_t)len < *out_pos)
		return -EOVERFLOW;
	size = READ_ONCE(from->size);
	if (*in_pos >= size)
		return 0;
	len = min(len, (size_t)(size - *in_pos));
	if (from == to && *out_pos + (loff_t)len > *in_pos && *out_pos < *in_pos + (loff_t)len)
		return -EINVAL;
	if (from->sb != to->sb && from->sb->type != to->sb->type)
		return -EXDEV;
	return copy_chunks(in, in_pos, out, out_pos, len);
}

/* --- pipes --- */

static struct pipe_buffer *slot(const struct pipe *p, unsigned int n) { return &p->buffers[n & (p->ring_size - 1)]; }

static void wake_readers(struct pipe *p) { wake_up_interruptible_poll(&p->read_wait, EPOLLIN | EPOLLRDNORM); }
static void wake_writers(struct pipe *p) { wake_up_interruptible_poll(&p->write_wait, EPOLLOUT | EPOLLWRNORM); }

static bool has_room(struct pipe *p) { return !pipe_is_full(p) || !READ_ONCE(p->readers); }
static bool has_data(struct pipe *p) { return !pipe_is_empty(p) || !READ_ONCE(p->writers); }

static int wait_room(struct pipe *p, bool nonblock)
{
	if (!READ_ONCE(p->readers)) {
		send_signal_thread(current, SIGPIPE, SEND_SIG_NOINFO);
		return -EPIPE;
	}
	if (!pipe_is_full(p))
		return 0;
	return nonblock ? -EAGAIN : wait_event_interruptible(&p->write_wait, has_room(p));
}

/* 1: the other end is closed and there is nothing. */
static int wait_data(struct pipe *p, bool nonblock)
{
	int error;

	if (!has_data(p)) {
		error = nonblock ? -EAGAIN : wait_event_interruptible(&p->read_wait, has_data(p));
		if (error)
			return error;
	}
	return pipe_is_empty(p);
}

/* Page by page; only the first is waited for. */
static ssize_t pages_to_pipe(struct file *in, loff_t *pos, struct file *out, size_t len,
			     bool nonblock)
{
	ssize_t done = 0, n = 0;
	loff_t unused = 0;

	while (len) {
		n = in->ops->splice_wait(in, nonblock || done);
		if (!n)
			n = copy_chunks(in, pos, out, &unused, min(len, PAGE_SIZE));
		if (n <= 0)
			break;
		done += n;
		len -= n;
	}
	return done ?: n;
}

static ssize_t file_to_pipe(struct file *in, loff_t *pos, struct file *out, size_t len,
			    bool nonblock)
{
	struct pipe *p = file_pipe(out);
	int error = wait_room(p, nonblock);
	loff_t unused = 0;
	size_t room;

	if (error)
		return error;
	room = (size_t)(p->ring_size - min(pipe_occupancy(p), p->ring_size)) * PAGE_SIZE;
	len = min(len, max(room, (size_t)PAGE_SIZE));
	return in->ops->splice_wait ? pages_to_pipe(in, pos, out, len, nonblock)
				    : copy_chunks(in, pos, out, &unused, len);
}

/* Writes buffers out of the pipe until len, its end, or a short write. */
static ssize_t pipe_to_file(struct pipe *p, struct file *out, loff_t *pos, size_t len,
			    bool nonblock)
{
	ssize_t done = 0, n = wait_data(p, nonblock);

	if (n)
		return n < 0 ? n : 0;
	mutex_lock(&p->mutex);
	while (len && !pipe_is_empty(p)) {
		struct pipe_buffer *b = slot(p, p->tail);
		size_t want = min(len, (size_t)b->len);

		n = kernel_write(out, (char *)page_address(b->page) + b->offset, want, pos);
		if (n <= 0)
			break;
		b->offset += n;
		b->len -= n;
		done += n;
		len -= n;
		if (!b->len) {
			put_page(b->page);
			b->page = NULL;
			WRITE_ONCE(p->tail, p->tail + 1);
		}
		if ((size_t)n < want)
			break;
	}
	mutex_unlock(&p->mutex);
	if (done)
		wake_writers(p);
	return done ?: n;
}

static void lock_both(struct pipe *a, struct pipe *b) __acquires(&a->mutex) __acquires(&b->mutex)
{
	mutex_lock(a < b ? &a->mutex : &b->mutex);
	mutex_lock_nested(a < b ? &b->mutex : &a->mutex, 1);
}

/* From one pipe to another: pages move, or with keep (tee) are shared. */
static ssize_t pipe_to_pipe(struct pipe *in, struct pipe *out, size_t len, bool nonblock, bool keep)
{
	unsigned int at;
	ssize_t done = 0;
	int error;

	if (in == out)
		return -EINVAL;
	for (;;) {
		error = wait_data(in, nonblock);
		if (error)
			return error < 0 ? error : 0;
		error = wait_room(out, nonblock);
		if (error)
			return error;
		lock_both(in, out);
		if (!pipe_is_empty(in) && !pipe_is_full(out) && out->readers)
			break;
		mutex_unlock(&in->mutex); /* somebody was quicker */
		mutex_unlock(&out->mutex);
	}
	for (at = in->tail; len && at != in->head && !pipe_is_full(out);) {
		struct pipe_buffer *from = slot(in, at), *to = slot(out, out->head);
		size_t n = min(len, (size_t)from->len);

		*to = *from;
		to->len = n;
		to->can_merge = from->can_merge = false; /* the page has two owners */
		if (keep || n < from->len) {
			get_page(from->page);
		} else {
			from->page = NULL;
		}
		if (!keep) {
			from->offset += n;
			from->len -= n;
			if (!from->page)
				WRITE_ONCE(in->tail, in->tail + 1);
		}
		at++;
		WRITE_ONCE(out->head, out->head + 1);
		len -= n;
		done += n;
		if (!keep)
			at = in->tail;
	}
	mutex_unlock(&in->mutex);
	mutex_unlock(&out->mutex);
	wake_readers(out);
	if (!keep)
		wake_writers(in);
	return done;
}

ssize_t do_splice(struct file *in, loff_t *in_pos, struct file *out, loff_t *out_pos, size_t len,
		  unsigned int flags)
{
	struct pipe *from = file_pipe(in), *to = file_pipe(out);
	bool nonblock = flags & SPLICE_F_NONBLOCK;
	loff_t pos;
	ssize_t n;

	if (!(in->mode & FMODE_READ) || !(out->mode & FMODE_WRITE))
		return -EBADF;
	if (from && to) {
		if (in_pos || out_pos)
			return -ESPIPE;
		return pipe_to_pipe(from, to, len,
				    nonblock || ((in->flags | out->flags) & O_NONBLOCK), false);
	}
	if (from) {
		if (in_pos)
			return -ESPIPE;
		if (out_pos && !(out->mode & FMODE_PWRITE))
			return -EINVAL;
		if (!(out->mode & FMODE_CAN_WRITE) || (out->flags & O_APPEND))
			return -EINVAL;
		pos = out_pos ? *out_pos : out->pos;
		n = pipe_to_file(from, out, &pos, len, nonblock || (in->flags & O_NONBLOCK));
		if (n > 0 && out_pos)
			*out_pos = pos;
		else if (n > 0 && !(out->mode & FMODE_STREAM))
			out->pos = pos;
		return n;
	}
	if (to) {
		if (out_pos)
			return -ESPIPE;
		if (!(in->mode & FMODE_CAN_READ) || (in_pos && !(in->mode & FMODE_PREAD)))
			return -EINVAL;
		pos = in_pos ? *in_pos : in->pos;
		n = file_to_pipe(in, &pos, out, len, nonblock || (out->flags & O_NONBLOCK));
		if (n > 0 && in_pos)
			*in_pos = pos;
		else if (n > 0 && !(in->mode & FMODE_STREAM))
			in->pos = pos;
		return n;
	}
	return -EINVAL;
}

ssize_t do_tee(struct file *in, struct file *out, size_t len, unsigned int flags)
{
	struct pipe *from = file_pipe(in), *to = file_pipe(out);

	if (!(in->mode & FMODE_READ) || !(out->mode & FMODE_WRITE))
		return -EBADF;
	if (!from || !to)
		return -EINVAL;
	return pipe_to_pipe(from, to, len,
			    (flags & SPLICE_F_NONBLOCK) || ((in->flags | out->flags) & O_NONBLOCK),
			    true);
}
