/* SPDX-License-Identifier: MIT */
/*
 * struct file: allocation and release.
 *
 * The memory is type-safe by RCU: a reader of a descriptor table may take a reference on a file that was freed and used again; it then
 * looks at the table a second time (files.c).
 *
 * fput() may be called anywhere, so the release is put off to the thread's return to user mode, or to a work queue in kernel
 * threads and interrupts. close(2) and the ends of system calls, which hold no locks, release at once (fput_sync).
 */
#include <fs/vfs.h>
#include <kernel/cpumask.h>
#include <kernel/process.h>
#include <kernel/workqueue.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/capability.h>
#include <uapi/fcntl.h>
#include <uapi/stat.h>

#include "internal.h"
#include "mount.h"
#include "notify.h"

static struct kmem_cache *file_cache;
static DEFINE_PER_CPU(long, nr_files);
unsigned long files_max; /* fs.file-max */

long file_count(void)
{
	unsigned int cpu;
	long sum = 0;

	for_each_possible_cpu(cpu)
		sum += per_cpu(nr_files, cpu);
	return sum < 0 ? 0 : sum;
}

/*
 * The limit is checked every 64th time on a CPU: it protects memory, and counting exactly would make all CPUs share a line.
 */
static bool too_many_files(void)
{
	if (likely(this_cpu_read(nr_files) % 64))
		return false;
	return file_count() >= (long)files_max && !capable(CAP_SYS_ADMIN);
}

struct file *alloc_empty_file(unsigned int flags, const struct credentials *cred)
{
	struct file *file;

	if (unlikely(too_many_files()))
		return ERR_PTR(-ENFILE);
	file = kmem_cache_alloc(file_cache, GFP_KERNEL);
	if (!file)
		return ERR_PTR(-ENOMEM);
	/* all but the reference count, on which a late reader may still stand */
	memset((char *)file + offsetofend(struct file, refs), 0,
	       sizeof(*file) - offsetofend(struct file, refs));
	this_cpu_inc(nr_files);
	file->cred = get_cred_of_hand(cred);
	file->flags = flags;
	mutex_init(&file->pos_lock);
	spin_lock_init(&file->lock, LOCK_RANK_FILE);
	atomic_long_set(&file->refs, 1);
	return file;
}

static void free_file(struct file *file)
{
	put_cred_to_hand(file->cred);
	this_cpu_dec(nr_files);
	kmem_cache_free(file_cache, file);
}

/* A file that something in the kernel made, on a path whose references it takes over. */
struct file *alloc_file(const struct path *path, unsigned int flags,
			const struct file_operations *ops)
{
	struct file *file = alloc_empty_file(flags, current_cred());
	/* O_RDONLY 0, O_WRONLY 1, O_RDWR 2 -> bits */
	unsigned int mode = (flags + 1) & O_ACCMODE;

	if (IS_ERR(file))
		return file;
	file->path = *path;
	file->inode = path->dentry->inode;
	file->mapping = file->inode->mapping;
	file->ops = ops;
	file->mode = (mode & 1 ? FMODE_READ : 0) | (mode & 2 ? FMODE_WRITE : 0) | FMODE_OPENED;
	if ((file->mode & FMODE_READ) && ops->read_iter)
		file->mode |= FMODE_CAN_READ;
	if ((file->mode & FMODE_WRITE) && ops->write_iter)
		file->mode |= FMODE_CAN_WRITE;
	if (ops->llseek)
		file->mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	return file;
}

static void release(struct file *file)
{
	struct inode *inode = file->inode;
	struct path path = file->path;

	if (unlikely(!(file->mode & FMODE_OPENED)))
		goto free;
	if (unlikely(READ_ONCE(notify_watches)) && !(file->mode & FMODE_PATH))
		notify_file(file, file->mode & FMODE_WRITE ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
	if (unlikely(file->epoll_links))
		eventpoll_file_release(file);
	if (unlikely(inode->locks))
		file_flock_release(file);
	if (unlikely(file->flags & FASYNC) && file->ops->fasync)
		file->ops->fasync(-1, file, false);
	if (file->ops && file->ops->release)
		file->ops->release(inode, file);
	if (file->mode & FMODE_WRITER) {
		put_write_access(inode);
		mnt_drop_write(path.mount);
	}
	if (unlikely(file->owner))
		fcntl_free_owner(file);
free:
	free_file(file);
	dput(path.dentry);
	mntput(path.mount);
}

/* --- putting off --- */

static struct rcu_head *delayed_files; /* atomic: a stack */

static void release_delayed(struct work_struct *work)
{
	struct rcu_head *head = xchg(&delayed_files, NULL), *next;

	for (; head; head = next) {
		next = head->next;
		release(container_of(head, struct file, rcu));
	}
}

static DECLARE_WORK(delayed_work, release_delayed);

static void release_resumed(struct resume_work *work)
{
	release(container_of((struct rcu_head *)work, struct file, rcu));
}

void fput(struct file *file)
{
	struct rcu_head *head = &file->rcu;

	if (likely(!atomic64_dec_and_test(&file->refs)))
		return;
	if (likely(!in_interrupt() && current->process)) {
		struct resume_work *work = (struct resume_work *)head;

		BUILD_BUG_ON(sizeof(struct resume_work) > sizeof(struct rcu_head));
		work->func = release_resumed;
		if (!thread_add_resume_work(current, work))
			return;
	}
	head->next = READ_ONCE(delayed_files);
	while (!try_cmpxchg(&delayed_files, &head->next, head))
		;
	schedule_work(&delayed_work);
}

void fput_sync(struct file *file)
{
	if (atomic64_dec_and_test(&file->refs))
		release(file);
}

/* Releases of kernel threads are done: before the first process, so that nothing of the unpacking is still open for writing. */
void flush_delayed_fput(void)
{
	release_delayed(NULL);
	flush_work(&delayed_work);
}

int filp_close(struct file *file, void *files)
{
	int error = 0;

	if (unlikely(!atomic_long_read(&file->refs)))
		return 0;
	if (file->ops && file->ops->flush)
		error = file->ops->flush(file);
	if (unlikely(file->inode->locks) && !(file->mode & FMODE_PATH))
		file_locks_close(file, files);
	fput_sync(file);
	return error;
}

void file_init(void)
{
	unsigned long pages = total_ram_pages();

	file_cache = kmem_cache_create("file", sizeof(struct file), 64,
				       SLAB_TYPESAFE_BY_RCU | SLAB_HWCACHE_ALIGN | SLAB_PANIC,
				       NULL);
	/* a tenth of memory at 1 KiB each */
	files_max = max(pages * 4 / 10, 8192ul);
}
