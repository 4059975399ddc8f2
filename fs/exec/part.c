// SPDX-License-Identifier: MIT
/* What a thread has of files: its descriptors, its root and working directory. How they are handed down and given up. */
#include <fs/exec.h>
#include <fs/files.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <uapi/sched.h>

static int clone_files(struct thread *child, u64 flags)
{
	struct files *files = current->files;
	int err = 0;

	if (!files) {
		child->files = files_create();
		return child->files ? 0 : -ENOMEM;
	}
	if (flags & CLONE_FILES) {
		atomic_inc(&files->count);
		child->files = files;
		return 0;
	}
	child->files = files_copy(files, &err);
	return child->files ? 0 : err;
}

static int clone_fs(struct thread *child, u64 flags)
{
	struct fs_context *fs = current->fs;
	int err = 0;

	if (fs && flags & CLONE_FS) {
		atomic_inc(&fs->users);
		child->fs = fs;
		return 0;
	}
	child->fs = fs_context_copy(fs ?: &init_fs_context);
	if (!child->fs)
		return -ENOMEM;
	if (flags & CLONE_NEWNS)
		err = fs_context_new_namespace(child->fs);
	if (err) {
		fs_context_put(child->fs);
		child->fs = NULL;
	}
	return err;
}

static int part_clone(struct thread *child, u64 flags)
{
	return clone_files(child, flags) ?: clone_fs(child, flags);
}

static void part_exit(struct thread *t)
{
	struct files *files;
	struct fs_context *fs;

	spin_lock_irq(&t->lock);
	files = t->files;
	fs = t->fs;
	t->files = NULL;
	t->fs = NULL;
	spin_unlock_irq(&t->lock);
	if (files)
		files_put(files);
	if (fs)
		fs_context_put(fs);
}

int fs_context_unshare(bool new_namespace)
{
	struct fs_context *old = current->fs, *new;
	int err;

	if (atomic_read(&old->users) == 1 && !new_namespace)
		return 0;
	new = fs_context_copy(old);
	if (!new)
		return -ENOMEM;
	err = new_namespace ? fs_context_new_namespace(new) : 0;
	if (err) {
		fs_context_put(new);
		return err;
	}
	spin_lock_irq(&current->lock);
	current->fs = new;
	spin_unlock_irq(&current->lock);
	fs_context_put(old);
	return 0;
}

static struct process_part files_part = { .clone = part_clone, .exit = part_exit };

void exec_init(void)
{
	process_part_register(&files_part);
	kernel_thread_fs = &init_fs_context;
	current->fs = &init_fs_context;
}
