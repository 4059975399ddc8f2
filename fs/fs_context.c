/* SPDX-License-Identifier: MIT */
/* A process's root, working directory and umask. Path walks read them under RCU by the sequence counter. */
#include <fs/files.h>
#include <fs/vfs.h>
#include <kernel/process.h>
#include <mm/slab.h>

#include "internal.h"
#include "mount.h"

struct fs_context init_fs_context = {
	.users = ATOMIC_INIT(1),
	.lock = SPINLOCK_INIT("init_fs", LOCK_RANK_FILES),
	.umask = 0022,
};

struct fs_context *fs_context_copy(struct fs_context *old)
{
	struct fs_context *fs = kzalloc(sizeof(*fs), GFP_KERNEL);

	if (!fs)
		return NULL;
	atomic_set(&fs->users, 1);
	spin_lock_init(&fs->lock, LOCK_RANK_FILES);
	seqcount_init(&fs->seq);
	spin_lock(&old->lock);
	fs->umask = old->umask;
	fs->ns = mount_namespace_get(old->ns);
	fs->root = old->root;
	fs->pwd = old->pwd;
	path_get(&fs->root);
	path_get(&fs->pwd);
	spin_unlock(&old->lock);
	return fs;
}

void fs_context_put(struct fs_context *fs)
{
	if (!atomic_dec_and_test(&fs->users))
		return;
	path_put(&fs->root);
	path_put(&fs->pwd);
	mount_namespace_put(fs->ns);
	if (fs != &init_fs_context)
		kfree(fs);
}

static void get(struct fs_context *fs, const struct path *which, struct path *out)
{
	spin_lock(&fs->lock);
	*out = *which;
	path_get(out);
	spin_unlock(&fs->lock);
}

void fs_get_root(struct fs_context *fs, struct path *root) { get(fs, &fs->root, root); }
void fs_get_pwd(struct fs_context *fs, struct path *pwd) { get(fs, &fs->pwd, pwd); }

static void set(struct fs_context *fs, struct path *which, const struct path *to)
{
	struct path old;

	path_get(to);
	spin_lock(&fs->lock);
	write_seqcount_begin(&fs->seq);
	old = *which;
	*which = *to;
	write_seqcount_end(&fs->seq);
	spin_unlock(&fs->lock);
	path_put(&old);
}

void fs_set_root(struct fs_context *fs, const struct path *root) { set(fs, &fs->root, root); }
void fs_set_pwd(struct fs_context *fs, const struct path *pwd) { set(fs, &fs->pwd, pwd); }

/* How many places moved from old to new; the caller has references on new and takes over those on old. */
static unsigned int replace(struct fs_context *fs, const struct path *old, const struct path *new)
{
	unsigned int nr = 0;

	spin_lock(&fs->lock);
	write_seqcount_begin(&fs->seq);
	if (path_equal(&fs->root, old)) {
		fs->root = *new;
		nr++;
	}
	if (path_equal(&fs->pwd, old)) {
		fs->pwd = *new;
		nr++;
	}
	write_seqcount_end(&fs->seq);
	spin_unlock(&fs->lock);
	return nr;
}

/* Another thread's, with a reference; it lets go of it under its lock. */
struct fs_context *fs_context_of(struct thread *t)
{
	struct fs_context *fs;
	unsigned long irq;

	spin_lock_irqsave(&t->lock, irq);
	fs = t->fs;
	if (fs)
		atomic_inc(&fs->users);
	spin_unlock_irqrestore(&t->lock, irq);
	return fs;
}

static void thread_replace(struct thread *t, const struct path *old, const struct path *new)
{
	struct fs_context *fs = fs_context_of(t);
	unsigned int moved;

	if (!fs)
		return;
	/* two references beforehand: dropping under a lock is not allowed */
	path_get(new);
	path_get(new);
	moved = replace(fs, old, new);
	for (unsigned int i = 0; i < 2; i++)
		path_put(i < moved ? old : new);
	fs_context_put(fs);
}

void fs_contexts_replace(const struct path *old, const struct path *new)
{
	struct process *p;
	struct thread *t;

	for (s32 nr = 1; (p = next_process(nr)); put_process(p)) {
		s32 tid = 1;

		nr = p->pid->nr + 1;

		while ((t = next_process_thread(p, tid))) {
			tid = t->tid + 1;
			thread_replace(t, old, new);
			put_thread(t);
		}
	}
}
