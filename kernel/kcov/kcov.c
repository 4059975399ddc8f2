// SPDX-License-Identifier: MIT
/*
 * The file kcov of debugfs, with Linux's interface (uapi/kcov.h).
 *
 *	off --KCOV_INIT_TRACE--> ready --KCOV_ENABLE--> records for one thread
 *	records for one thread --KCOV_DISABLE, or its end--> ready
 *
 * The thread that has it enabled holds the open file; so does each mapping. One lock for all: it is
 * held for a few instructions.
 */
#include <fs/debugfs.h>
#include <fs/vfs.h>
#include <kernel/init.h>
#include <kernel/kcov.h>
#include <kernel/log.h>
#include <kernel/mutex.h>
#include <kernel/process.h>
#include <kernel/thread.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <mm/slab.h>
#include <mm/space.h>
#include <uapi/kcov.h>

static DEFINE_MUTEX(kcov_lock);

static int kcov_open(struct inode *inode, struct file *file)
{
	file->private = kzalloc(sizeof(struct kcov), GFP_KERNEL);
	return file->private ? 0 : -ENOMEM;
}

/* Nobody has it enabled: that thread would hold the file. */
static void kcov_release(struct inode *inode, struct file *file)
{
	struct kcov *kcov = file->private;

	vfree(kcov->area);
	kfree(kcov);
}

static long init_trace(struct kcov *kcov, unsigned long words)
{
	u64 *area;
	long error = 0;

	if (words < 2 || words > INT_MAX / sizeof(u64))
		return -EINVAL;
	area = vzalloc(words * sizeof(u64));
	if (!area)
		return -ENOMEM;
	mutex_lock(&kcov_lock);
	if (kcov->mode == KCOV_OFF) {
		kcov->area = area;
		kcov->words = words;
		kcov->mode = KCOV_READY;
		area = NULL;
	} else {
		error = -EBUSY;
	}
	mutex_unlock(&kcov_lock);
	vfree(area);
	return error;
}

static long enable(struct kcov *kcov, struct file *file, unsigned long arg)
{
	/* Off, or somebody has it on; what the thread itself has on may be another file's. */
	if (kcov->mode != KCOV_READY)
		return -EINVAL;
	if (current->kcov)
		return -EBUSY;
	if (arg != KCOV_TRACE_PC && !(arg == KCOV_TRACE_CMP && IS_ENABLED(CONFIG_KCOV_COMPARISONS)))
		return arg == KCOV_TRACE_CMP ? -EOPNOTSUPP : -EINVAL;
	kcov->mode = arg == KCOV_TRACE_PC ? KCOV_PC : KCOV_COMPARISON;
	kcov->owner = current;
	current->kcov_file = get_file(file);
	barrier();
	WRITE_ONCE(current->kcov, kcov);
	return 0;
}

/* By the thread itself: nothing of it records any more when the mode changes. */
static struct file *stop(struct thread *thread)
{
	struct kcov *kcov = thread->kcov;
	struct file *file = thread->kcov_file;

	WRITE_ONCE(thread->kcov, NULL);
	thread->kcov_file = NULL;
	barrier();
	kcov->owner = NULL;
	kcov->mode = KCOV_READY;
	return file;
}

static long disable(struct kcov *kcov, unsigned long arg, struct file **held)
{
	if (arg || current->kcov != kcov)
		return -EINVAL;
	*held = stop(current);
	return 0;
}

static long kcov_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	struct kcov *kcov = file->private;
	struct file *held = NULL;
	long result;

	if (command == KCOV_INIT_TRACE)
		return init_trace(kcov, arg);
	mutex_lock(&kcov_lock);
	if (command == KCOV_ENABLE)
		result = enable(kcov, file, arg);
	else if (command == KCOV_DISABLE)
		result = disable(kcov, arg, &held);
	else
		result = -ENOTTY;
	mutex_unlock(&kcov_lock);
	if (held)
		fput(held);
	return result;
}

static int kcov_mmap(struct file *file, struct vma *vma)
{
	struct kcov *kcov = file->private;
	unsigned long bytes = vma->end - vma->start;
	int error = 0;

	mutex_lock(&kcov_lock);
	/* As on Linux an area that is no number of whole pages cannot be mapped. */
	if (!kcov->area || vma->pgoff || bytes != kcov->words * sizeof(u64))
		error = -EINVAL;
	mutex_unlock(&kcov_lock);
	/* The area stays for as long as the file does, which the mapping holds. */
	for (unsigned long at = 0; !error && at < bytes; at += PAGE_SIZE)
		error = vm_insert_page(vma, vma->start + at,
				       vmalloc_to_page((char *)kcov->area + at));
	return error;
}

static const struct file_operations kcov_operations = {
	.open = kcov_open,
	.release = kcov_release,
	.ioctl = kcov_ioctl,
	.mmap = kcov_mmap,
};

/* --- threads --- */

static int clone_without(struct thread *child, u64 flags)
{
	child->kcov = NULL;
	child->kcov_file = NULL;
	return 0;
}

static void thread_ends(struct thread *thread)
{
	struct file *held = NULL;

	if (!thread->kcov)
		return;
	mutex_lock(&kcov_lock);
	held = stop(thread);
	mutex_unlock(&kcov_lock);
	fput(held);
}

static struct process_part kcov_part = {.clone = clone_without, .exit = thread_ends};

void __init kcov_init(void)
{
	process_part_register(&kcov_part);
	if (IS_ERR(debugfs_create_file(NULL, "kcov", 0600, &kcov_operations, NULL)))
		pr_warn("kcov: no memory for the file\n");
}
