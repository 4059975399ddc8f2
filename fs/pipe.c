/* SPDX-License-Identifier: MIT */
/*
 * Pipes and FIFOs.
 *
 * A pipe is a ring of pages under a mutex. A write of at most PIPE_BUF bytes goes in as one: its odd part is appended to the last page
 * only if all of it fits there. A reader is woken when the pipe was empty, a writer when it was full, and a thread that leaves something
 * to do for another of its kind wakes that one (waiters are exclusive).
 */
#include <fs/files.h>
#include <fs/pipe.h>
#include <fs/poll.h>
#include <fs/uio.h>
#include <fs/vfs.h>
#include <kernel/log.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <lib/printf.h>
#include <mm/page.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/fcntl.h>
#include <uapi/ioctls.h>
#include <uapi/magic.h>
#include <uapi/stat.h>

#include "internal.h"
#include "mount.h"
#include "pseudo.h"

unsigned int pipe_max_size = 1048576; /* fs.pipe-max-size */
static struct mount *pipe_mount;
static const struct file_operations pipe_fops;

static inline struct pipe_buffer *slot(const struct pipe *p, unsigned int n)
{
	return &p->buffers[n & (p->ring_size - 1)];
}

/* --- life --- */

static struct pipe *pipe_alloc(void)
{
	struct pipe *p = kzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return NULL;
	p->buffers = kcalloc(PIPE_DEFAULT_SLOTS, sizeof(*p->buffers), GFP_KERNEL);
	if (!p->buffers) {
		kfree(p);
		return NULL;
	}
	p->ring_size = PIPE_DEFAULT_SLOTS;
	mutex_init(&p->mutex);
	init_waitqueue_head(&p->read_wait);
	init_waitqueue_head(&p->write_wait);
	p->reader_opens = p->writer_opens = 1;
	return p;
}

static void pipe_free(struct pipe *p)
{
	for (; p->tail != p->head; p->tail++)
		put_page(slot(p, p->tail)->page);
	for (unsigned int i = 0; i < ARRAY_SIZE(p->spare); i++)
		if (p->spare[i])
			__free_page(p->spare[i]);
	kfree(p->buffers);
	kfree(p);
}

static struct page *page_new(struct pipe *p)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(p->spare); i++) {
		if (p->spare[i]) {
			struct page *page = p->spare[i];

			p->spare[i] = NULL;
			return page;
		}
	}
	return alloc_page(GFP_USER);
}

/* One page is kept at hand: the next write takes it without the allocator. */
static void page_done(struct pipe *p, struct page *page)
{
	if (atomic_read(&page->refs) == 1) {
		for (unsigned int i = 0; i < ARRAY_SIZE(p->spare); i++) {
			if (!p->spare[i]) {
				p->spare[i] = page;
				return;
			}
		}
	}
	put_page(page);
}

static inline bool readable(const struct pipe *p) { return !pipe_is_empty(p) || !READ_ONCE(p->writers); }
static inline bool writable(const struct pipe *p) { return !pipe_is_full(p) || !READ_ONCE(p->readers); }

static void wake_readers(struct pipe *p)
{
	wake_up_interruptible_poll(&p->read_wait, EPOLLIN | EPOLLRDNORM);
}

static void wake_writers(struct pipe *p)
{
	wake_up_interruptible_poll(&p->write_wait, EPOLLOUT | EPOLLWRNORM);
}

/* --- reading --- */

/* From the oldest buffer; true: go on with the next one. */
static bool read_buffer(struct pipe *p, struct iov_iter *to, ssize_t *done)
{
	struct pipe_buffer *b = slot(p, p->tail);
	size_t n = min_t(size_t, b->len, to->count), copied;
	bool packet = b->packet;

	copied = copy_page_to_iter(b->page, b->offset, n, to);
	*done += copied;
	if (unlikely(copied < n)) {
		if (!*done)
			*done = -EFAULT;
		b->offset += copied;
		b->len -= copied;
		return false;
	}
	b->offset += n;
	b->len -= n;
	if (packet) {
		iov_iter_truncate(to, 0); /* what did not fit is lost */
		b->len = 0;
	}
	if (!b->len) {
		page_done(p, b->page);
		b->page = NULL;
		WRITE_ONCE(p->tail, p->tail + 1);
	}
	return to->count && !pipe_is_empty(p);
}

static ssize_t pipe_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct pipe *p = file->private;
	bool was_full, wake_next = false;
	ssize_t done = 0;

	if (unlikely(!to->count))
		return 0;
	mutex_lock(&p->mutex);
	was_full = pipe_is_full(p);
	for (;;) {
		if (!pipe_is_empty(p)) {
			while (read_buffer(p, to, &done))
				;
			break;
		}
		if (!p->writers)
			break;
		if (file->flags & O_NONBLOCK) {
			done = -EAGAIN;
			break;
		}
		mutex_unlock(&p->mutex);
		if (wait_event_interruptible_exclusive(&p->read_wait, readable(p)) < 0)
			return -ERESTARTSYS;
		wake_next = true;
		mutex_lock(&p->mutex);
		was_full = pipe_is_full(p);
	}
	if (pipe_is_empty(p))
		wake_next = false;
	was_full = was_full && !pipe_is_full(p);
	mutex_unlock(&p->mutex);
	if (was_full)
		wake_writers(p);
	if (wake_next)
		wake_readers(p);
	if (done > 0 && !(file->inode->flags & S_PRIVATE))
		touch_atime(&file->path);
	return done;
}

/* --- writing --- */

/* Appends the odd part of the write to the last page if all of it fits. Bytes, or -EFAULT. */
static ssize_t write_merge(struct pipe *p, struct iov_iter *from)
{
	unsigned int odd = from->count & ~PAGE_MASK;
	struct pipe_buffer *b = slot(p, p->head - 1);
	size_t copied;

	if (!odd || pipe_is_empty(p) || !b->can_merge || b->offset + b->len + odd > PAGE_SIZE)
		return 0;
	copied = copy_page_from_iter(b->page, b->offset + b->len, odd, from);
	if (unlikely(copied < odd)) {
		iov_iter_revert(from, copied);
		return -EFAULT;
	}
	b->len += odd;
	return odd;
}

static ssize_t write_page(struct pipe *p, struct file *file, struct iov_iter *from)
{
	struct page *page = page_new(p);
	struct pipe_buffer *b;
	size_t n = min_t(size_t, from->count, PAGE_SIZE), copied;

	if (!page)
		return -ENOMEM;
	copied = copy_page_from_iter(page, 0, n, from);
	if (unlikely(copied < n && from->count)) {
		iov_iter_revert(from, copied);
		page_done(p, page);
		return -EFAULT;
	}
	b = slot(p, p->head);
	*b = (struct pipe_buffer){
		.page = page,
		.len = copied,
		.can_merge = !(file->flags & O_DIRECT),
		.packet = file->flags & O_DIRECT,
	};
	smp_wmb();
	WRITE_ONCE(p->head, p->head + 1);
	return copied;
}

static ssize_t broken_pipe(void)
{
	send_signal_thread(current, SIGPIPE, SEND_SIG_NOINFO);
	return -EPIPE;
}

static ssize_t pipe_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	struct pipe *p = file->private;
	bool was_empty, wake_next = false;
	ssize_t done = 0, n;

	if (unlikely(!from->count))
		return 0;
	mutex_lock(&p->mutex);
	if (!p->readers) {
		mutex_unlock(&p->mutex);
		return broken_pipe();
	}
	was_empty = pipe_is_empty(p);
	n = write_merge(p, from);
	if (n < 0) {
		done = n;
		goto out;
	}
	done = n;
	while (from->count) {
		if (!p->readers) {
			if (!done)
				done = broken_pipe();
			break;
		}
		if (!pipe_is_full(p)) {
			n = write_page(p, file, from);
			if (n < 0) {
				done = done ?: n;
				break;
			}
			done += n;
			continue;
		}
		if (file->flags & O_NONBLOCK) {
			done = done ?: -EAGAIN;
			break;
		}
		if (signal_pending(current)) {
			done = done ?: -ERESTARTSYS;
			break;
		}
		mutex_unlock(&p->mutex);
		if (was_empty)
			wake_readers(p);
		n = wait_event_interruptible_exclusive(&p->write_wait, writable(p));
		mutex_lock(&p->mutex);
		was_empty = pipe_is_empty(p);
		wake_next = true;
		if (n < 0 && pipe_is_full(p)) {
			done = done ?: -ERESTARTSYS;
			break;
		}
	}
out:
	if (pipe_is_full(p))
		wake_next = false;
	mutex_unlock(&p->mutex);
	/* an edge-triggered epoll is told of every write */
	if ((was_empty || READ_ONCE(p->polled)) && done > 0)
		wake_readers(p);
	if (wake_next)
		wake_writers(p);
	if (done > 0 && !(file->inode->flags & S_PRIVATE) && !mnt_want_write(file->path.mount)) {
		file_update_time(file);
		mnt_drop_write(file->path.mount);
	}
	return done;
}

/* --- the rest --- */

static u32 pipe_poll(struct file *file, struct poll_table *table)
{
	struct pipe *p = file->private;
	unsigned int seen = (unsigned long)file->readahead.start;
	u32 mask = 0;

	if (table && !READ_ONCE(p->polled))
		WRITE_ONCE(p->polled, true);
	if (table && table->queue) {
		if (file->mode & FMODE_READ)
			poll_wait(file, &p->read_wait, table);
		if (file->mode & FMODE_WRITE)
			poll_wait(file, &p->write_wait, table);
	}
	if (file->mode & FMODE_READ) {
		if (!pipe_is_empty(p))
			mask |= EPOLLIN | EPOLLRDNORM;
		/* a FIFO that was opened before any writer has not lost one */
		if (!READ_ONCE(p->writers) && seen != READ_ONCE(p->writer_opens))
			mask |= EPOLLHUP;
	}
	if (file->mode & FMODE_WRITE) {
		if (!pipe_is_full(p))
			mask |= EPOLLOUT | EPOLLWRNORM;
		if (!READ_ONCE(p->readers))
			mask |= EPOLLERR;
	}
	return mask;
}

static long pipe_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	struct pipe *p = file->private;
	unsigned int bytes = 0;

	if (command != FIONREAD)
		return -ENOIOCTLCMD;
	mutex_lock(&p->mutex);
	for (unsigned int n = p->tail; n != p->head; n++)
		bytes += slot(p, n)->len;
	mutex_unlock(&p->mutex);
	return put_user(bytes, (int __user *)arg);
}

static void put_pipe(struct inode *inode, struct pipe *p)
{
	bool last;

	spin_lock(&inode->lock);
	last = !--p->files;
	if (last)
		inode->pipe = NULL;
	spin_unlock(&inode->lock);
	if (last)
		pipe_free(p);
}

static void pipe_release(struct inode *inode, struct file *file)
{
	struct pipe *p = file->private;
	bool one_sided;

	mutex_lock(&p->mutex);
	if (file->mode & FMODE_READ)
		WRITE_ONCE(p->readers, p->readers - 1);
	if (file->mode & FMODE_WRITE)
		WRITE_ONCE(p->writers, p->writers - 1);
	one_sided = !p->readers != !p->writers;
	mutex_unlock(&p->mutex);
	/* the last of a side: everybody on the other must look again */
	if (one_sided) {
		__wake_up(&p->read_wait, THREAD_INTERRUPTIBLE, 0,
			  (void *)(unsigned long)(EPOLLIN | EPOLLRDNORM | EPOLLERR | EPOLLHUP));
		__wake_up(&p->write_wait, THREAD_INTERRUPTIBLE, 0,
			  (void *)(unsigned long)(EPOLLOUT | EPOLLWRNORM | EPOLLERR | EPOLLHUP));
	}
	put_pipe(inode, p);
}

static const struct file_operations pipe_fops = {
	.llseek = NULL,
	.read_iter = pipe_read,
	.write_iter = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
	.release = pipe_release,
};

/* --- pipe(2) --- */

static char *pipe_name(struct dentry *dentry, char *buf, int len)
{
	int n = snprintf(buf, len, "pipe:[%llu]", (unsigned long long)dentry->inode->ino);

	return n < len ? buf : ERR_PTR(-ENAMETOOLONG);
}

static const struct dentry_operations pipe_dentry_operations = { .name = pipe_name };
static const struct super_operations pipe_super_operations = { .statfs = simple_statfs };
static const struct inode_operations pipe_inode_operations = { };

static struct inode *pipe_inode(void)
{
	struct inode *inode = new_inode_pseudo(pipe_mount->sb);
	struct pipe *p;

	if (!inode)
		return ERR_PTR(-ENOMEM);
	p = pipe_alloc();
	if (!p) {
		clear_nlink(inode);
		iput(inode);
		return ERR_PTR(-ENOMEM);
	}
	inode->ino = get_next_ino();
	inode->pipe = p;
	p->files = 2;
	p->readers = p->writers = 1;
	inode->fops = &def_fifo_fops; /* when it is opened again through /proc */
	inode->ops = &pipe_inode_operations;
	inode->mode = S_IFIFO | 0600;
	inode->flags = S_PRIVATE;
	inode->uid = current_cred()->fsuid;
	inode->gid = current_cred()->fsgid;
	inode->atime_ns = inode->mtime_ns = inode->ctime_ns = inode_now_ns(inode);
	return inode;
}

static void make_stream(struct file *file, struct inode *inode)
{
	file->private = inode->pipe;
	file->mode &= ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
	file->mode |= FMODE_STREAM;
}

int create_pipe_files(struct file **files, int flags)
{
	struct inode *inode = pipe_inode();
	struct path path;
	struct file *f;

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	f = alloc_file_on(pipe_mount, inode, "", O_WRONLY | (flags & (O_NONBLOCK | O_DIRECT)),
			  &pipe_fops);
	if (IS_ERR(f)) {
		pipe_free(inode->pipe);
		iput(inode);
		return PTR_ERR(f);
	}
	make_stream(f, inode);
	path = f->path;
	path_get(&path);
	files[0] = alloc_file(&path, O_RDONLY | (flags & O_NONBLOCK), &pipe_fops);
	if (IS_ERR(files[0])) {
		int error = PTR_ERR(files[0]);

		path_put(&path);
		inode->pipe->readers = 0;
		put_pipe(inode, inode->pipe); /* the reader's share */
		fput_sync(f);
		return error;
	}
	make_stream(files[0], inode);
	files[1] = f;
	return 0;
}

/* --- FIFOs --- */

static struct pipe *fifo_pipe(struct inode *inode)
{
	struct pipe *p, *new = NULL;

	for (;;) {
		spin_lock(&inode->lock);
		p = inode->pipe;
		if (!p && new) {
			inode->pipe = p = new;
			new = NULL;
		}
		if (p)
			p->files += 1;
		spin_unlock(&inode->lock);
		if (p)
			break;
		new = pipe_alloc();
		if (!new)
			return NULL;
		new->reader_opens = new->writer_opens = 0;
	}
	if (new)
		pipe_free(new);
	return p;
}

/* Waits until *opens is not what it was; the mutex is let go meanwhile. */
static int wait_for_partner(struct pipe *p, wait_queue_head_t *queue, unsigned int *opens)
	__must_hold(&p->mutex)
{
	unsigned int before = *opens;
	int error;

	mutex_unlock(&p->mutex);
	error = wait_event_interruptible(queue, READ_ONCE(*opens) != before);
	mutex_lock(&p->mutex);
	return *opens != before ? 0 : error;
}

static void wake_partner(wait_queue_head_t *queue)
{
	wake_up_interruptible_all(queue);
}

/* An end of pipe(2) opened again through /proc never waits for the other one: the pipe is there, open or not. */
static int fifo_open_locked(struct pipe *p, struct file *file, bool anonymous)
{
	switch (file->mode & (FMODE_READ | FMODE_WRITE)) {
	case FMODE_READ:
		WRITE_ONCE(p->reader_opens, p->reader_opens + 1);
		WRITE_ONCE(p->readers, p->readers + 1);
		if (p->readers == 1)
			wake_partner(&p->write_wait);
		if (p->writers || anonymous)
			return 0;
		if (file->flags & O_NONBLOCK) {
			/* no hang-up before somebody came */
			file->readahead.start = p->writer_opens;
			return 0;
		}
		if (wait_for_partner(p, &p->read_wait, &p->writer_opens)) {
			WRITE_ONCE(p->readers, p->readers - 1);
			if (!p->readers)
				wake_partner(&p->write_wait);
			return -ERESTARTSYS;
		}
		return 0;
	case FMODE_WRITE:
		if ((file->flags & O_NONBLOCK) && !p->readers && !anonymous)
			return -ENXIO;
		WRITE_ONCE(p->writer_opens, p->writer_opens + 1);
		WRITE_ONCE(p->writers, p->writers + 1);
		if (p->writers == 1)
			wake_partner(&p->read_wait);
		if (p->readers || anonymous)
			return 0;
		if (wait_for_partner(p, &p->write_wait, &p->reader_opens)) {
			WRITE_ONCE(p->writers, p->writers - 1);
			if (!p->writers)
				wake_partner(&p->read_wait);
			return -ERESTARTSYS;
		}
		return 0;
	case FMODE_READ | FMODE_WRITE:
		WRITE_ONCE(p->readers, p->readers + 1);
		WRITE_ONCE(p->writers, p->writers + 1);
		WRITE_ONCE(p->reader_opens, p->reader_opens + 1);
		WRITE_ONCE(p->writer_opens, p->writer_opens + 1);
		if (p->readers == 1 || p->writers == 1) {
			wake_partner(&p->read_wait);
			wake_partner(&p->write_wait);
		}
		return 0;
	default: return -EINVAL;
	}
}

static int fifo_open(struct inode *inode, struct file *file)
{
	struct pipe *p;
	int error;

	p = fifo_pipe(inode);
	if (!p)
		return -ENOMEM;
	file->private = p;
	file->readahead.start = 0;
	mutex_lock(&p->mutex);
	error = fifo_open_locked(p, file, inode->sb->magic == PIPEFS_MAGIC);
	mutex_unlock(&p->mutex);
	if (error) {
		put_pipe(inode, p);
		return error;
	}
	file->ops = &pipe_fops;
	return stream_open(inode, file);
}

const struct file_operations def_fifo_fops = { .open = fifo_open };

/* --- size --- */

struct pipe *file_pipe(struct file *file)
{
	return file->ops == &pipe_fops ? file->private : NULL;
}

static long set_size(struct pipe *p, unsigned long arg)
{
	unsigned int slots = 1, used;
	struct pipe_buffer *ring;
	unsigned long bytes = PAGE_SIZE;

	if (arg > 1ul << 31)
		return -EINVAL;
	while (bytes < arg) {
		bytes <<= 1;
		slots <<= 1;
	}
	if (slots > p->ring_size && bytes > pipe_max_size && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	ring = kcalloc(slots, sizeof(*ring), GFP_KERNEL);
	if (!ring)
		return -ENOMEM;
	used = p->head - p->tail;
	if (used > slots) {
		kfree(ring);
		return -EBUSY;
	}
	for (unsigned int i = 0; i < used; i++)
		ring[i] = *slot(p, p->tail + i);
	kfree(p->buffers);
	p->buffers = ring;
	WRITE_ONCE(p->ring_size, slots);
	WRITE_ONCE(p->tail, 0);
	WRITE_ONCE(p->head, used);
	wake_writers(p);
	return bytes;
}

long pipe_fcntl(struct file *file, unsigned int command, unsigned long arg)
{
	struct pipe *p = file_pipe(file);
	long r;

	if (!p)
		return -EBADF;
	mutex_lock(&p->mutex);
	r = command == F_SETPIPE_SZ ? set_size(p, arg) : (long)(p->ring_size * PAGE_SIZE);
	mutex_unlock(&p->mutex);
	return r;
}

/* --- start --- */

static int pipe_fill(struct super_block *sb, void *data, bool silent)
{
	struct inode *root;

	sb->magic = PIPEFS_MAGIC;
	sb->flags |= SB_NOUSER;
	sb->ops = &pipe_super_operations;
	sb->dentry_ops = &pipe_dentry_operations;
	root = new_inode(sb);
	if (!root)
		return -ENOMEM;
	root->ino = get_next_ino();
	root->mode = S_IFDIR | 0500;
	root->ops = &pipe_inode_operations;
	sb->root = d_make_root(root);
	return sb->root ? 0 : -ENOMEM;
}

static struct dentry *pipe_mount_fs(struct file_system_type *type, unsigned int flags,
				    const char *device, char *options)
{
	return mount_nodev(type, flags, NULL, pipe_fill);
}

static struct file_system_type pipe_fs_type = { .name = "pipefs", .mount = pipe_mount_fs, .kill_sb = kill_anon_super };

void pipe_init(void)
{
	if (register_filesystem(&pipe_fs_type))
		panic("vfs: pipefs");
	pipe_mount = kern_mount(&pipe_fs_type);
	if (IS_ERR(pipe_mount))
		panic("vfs: no memory for pipes");
}
