/* SPDX-License-Identifier: MIT */
/*
 * The directories of processes: /proc/PID and /proc/PID/task/TID.
 *
 * Inodes hold a struct pid, not a thread: that a thread lives on in memory is none of /proc's doing. A name is valid as long as its pid
 * has a thread; owners follow the thread's credentials each time a name is looked at.
 */
#include <fs/calls.h>
#include <fs/files.h>
#include <fs/seq_file.h>
#include <kernel/cred.h>
#include <lib/ctype.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/dirent.h>
#include <uapi/stat.h>

#include "internal.h"

struct thread *proc_thread(const struct inode *inode)
{
	struct proc_pid *p = proc_pid_of(inode);
	struct thread *t;

	rcu_read_lock();
	t = READ_ONCE(p->pid->thread);
	if (t && !refcount_inc_not_zero(&t->refs))
		t = NULL;
	rcu_read_unlock();
	return t;
}

bool parse_number(const struct qstr *name, unsigned int *n)
{
	u64 value = 0;

	if (!name->len || name->len > 10 || (name->len > 1 && name->name[0] == '0'))
		return false;
	for (u32 i = 0; i < name->len; i++) {
		if (!isdigit(name->name[i]))
			return false;
		value = value * 10 + name->name[i] - '0';
	}
	*n = value;
	return value <= INT_MAX;
}

/* --- inodes --- */

/* the lists pid->proc_dirs; an inode on one is not freed meanwhile */
static DEFINE_MUTEX(proc_dirs_mutex);

/* What may be looked into belongs to the thread's user; the rest to root. Under RCU or with a reference on t. */
static void owner_of(struct thread *t, u32 mode, u32 *uid, u32 *gid)
{
	const struct credentials *cred;

	rcu_read_lock();
	cred = rcu_dereference(t->cred);
	*uid = cred->euid;
	*gid = cred->egid;
	rcu_read_unlock();
	if (t->process && READ_ONCE(t->process->dumpable) != DUMPABLE_USER &&
	    mode != (S_IFDIR | 0555))
		*uid = *gid = 0;
}

static ssize_t no_data(struct inode *inode, char *buf, size_t size)
{
	return 0;
}

static int pid_getattr(struct inode *inode, struct kstat *stat, u32 mask, unsigned int flags)
{
	struct proc_pid *p = proc_pid_of(inode);
	struct thread *t;

	generic_fillattr(inode, stat);
	rcu_read_lock();
	t = READ_ONCE(p->pid->thread);
	if (t)
		owner_of(t, inode->mode, &stat->uid, &stat->gid);
	rcu_read_unlock();
	return t ? 0 : -ENOENT;
}

static int pid_setattr(struct dentry *dentry, struct iattr *attr)
{
	if (attr->valid & (ATTR_MODE | ATTR_UID | ATTR_GID))
		return -EPERM;
	return setattr_prepare(dentry, attr);
}

static struct dentry *dir_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags);
static int dir_iterate(struct file *file, struct dir_context *ctx);

const struct inode_operations proc_pid_file_iops = { .getattr = pid_getattr, .setattr = pid_setattr, .listxattr = no_data };
static const struct inode_operations pid_dir_iops = { .lookup = dir_lookup, .getattr = pid_getattr, .setattr = pid_setattr };
static loff_t dir_llseek(struct file *file, loff_t offset, int whence)
{
	return generic_file_llseek_size(file, offset, whence, S64_MAX, S64_MAX);
}
static const struct file_operations pid_dir_fops = { .iterate = dir_iterate, .llseek = dir_llseek };

const struct pid_entry proc_tgid_dir = { NULL, S_IFDIR | 0555, &pid_dir_iops, &pid_dir_fops, NULL };
const struct pid_entry proc_tid_dir = { NULL, S_IFDIR | 0555, &pid_dir_iops, &pid_dir_fops, NULL };

struct inode *proc_pid_inode(struct super_block *sb, struct pid *pid, const struct pid_entry *entry,
			     unsigned int fd, bool is_thread)
{
	struct proc_pid *p = kmalloc(sizeof(*p), GFP_KERNEL);
	struct inode *inode;
	struct thread *t;

	if (!p)
		return NULL;
	inode = new_inode(sb);
	if (!inode) {
		kfree(p);
		return NULL;
	}
	*p = (struct proc_pid){ .pid = get_pid(pid),
				.entry = entry,
				.fd = fd,
				.is_thread = is_thread,
				.inode = inode };
	INIT_LIST_HEAD(&p->node);
	if (entry == &proc_tgid_dir || entry == &proc_tid_dir) {
		mutex_lock(&proc_dirs_mutex);
		list_add(&p->node, &pid->proc_dirs);
		mutex_unlock(&proc_dirs_mutex);
	}
	inode->private = p;
	inode->flags = S_PROC_PID | S_NOATIME | S_NOCMTIME;
	inode->ino = get_next_ino();
	inode->mode = entry->mode;
	inode->ops = entry->iops ?: &proc_pid_file_iops;
	inode->fops = entry->fops ?: &proc_pid_single_fops;
	if (S_ISDIR(entry->mode))
		inode->nlink = 2;
	inode->atime_ns = inode->mtime_ns = inode->ctime_ns = inode_now_ns(inode);
	t = proc_thread(inode);
	if (t) {
		owner_of(t, inode->mode, &inode->uid, &inode->gid);
		put_thread(t);
	}
	return inode;
}

void proc_pid_evict(struct inode *inode)
{
	struct proc_pid *p = proc_pid_of(inode);

	clear_inode(inode);
	if (p->entry == &proc_tgid_dir || p->entry == &proc_tid_dir) {
		mutex_lock(&proc_dirs_mutex);
		list_del(&p->node);
		mutex_unlock(&proc_dirs_mutex);
	}
	put_pid(p->pid);
	kfree_rcu(p, rcu);
}

/*
 * The thread has gone: so do its directory's names, which nobody would look up again. One that is being made meanwhile stays until memory
 * is wanted.
 */
static void flush_dirs(struct pid *pid)
{
	struct dentry *dentry;
	struct proc_pid *p;

	for (;;) {
		mutex_lock(&proc_dirs_mutex);
		p = list_first_entry_or_null(&pid->proc_dirs, struct proc_pid, node);
		dentry = NULL;
		if (p) {
			list_del_init(&p->node);
			dentry = d_find_alias(p->inode);
		}
		mutex_unlock(&proc_dirs_mutex);
		if (!p)
			return;
		if (dentry) {
			d_invalidate(dentry);
			dput(dentry);
		}
	}
}

void proc_pid_init(void)
{
	pid_flush_hook = flush_dirs;
}

int proc_pid_revalidate(struct inode *inode, unsigned int flags)
{
	struct proc_pid *p = proc_pid_of(inode);
	struct thread *t;
	u32 uid, gid;

	/* a descriptor may be another file by now */
	if (p->fd != ~0u)
		return flags & LOOKUP_RCU ? -ECHILD : 0;
	rcu_read_lock();
	t = READ_ONCE(p->pid->thread);
	if (t)
		owner_of(t, inode->mode, &uid, &gid);
	rcu_read_unlock();
	if (!t)
		return flags & LOOKUP_RCU ? -ECHILD : 0;
	WRITE_ONCE(inode->uid, uid);
	WRITE_ONCE(inode->gid, gid);
	return 1;
}

/* --- the directories --- */

static const struct pid_entry *entries_of(const struct inode *dir)
{
	return proc_pid_of(dir)->is_thread ? proc_tid_entries : proc_tgid_entries;
}

static struct dentry *dir_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	struct proc_pid *p = proc_pid_of(dir);
	const struct pid_entry *e;
	struct inode *inode;

	if (!READ_ONCE(p->pid->thread))
		return ERR_PTR(-ENOENT);
	for (e = entries_of(dir); e->name; e++)
		if (strlen(e->name) == dentry->name.len &&
		    !memcmp(e->name, dentry->name.name, dentry->name.len))
			break;
	if (!e->name)
		return ERR_PTR(-ENOENT);
	inode = proc_pid_inode(dir->sb, p->pid, e, ~0u, p->is_thread);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	d_add(dentry, inode);
	return NULL;
}

static int dir_iterate(struct file *file, struct dir_context *ctx)
{
	const struct pid_entry *entries = entries_of(file->inode);
	loff_t n = 0;

	if (!READ_ONCE(proc_pid_of(file->inode)->pid->thread))
		return -ENOENT;
	if (!dir_emit_dots(file, ctx))
		return 0;
	while (entries[n].name)
		n++;
	while (ctx->pos - 2 < n) {
		const struct pid_entry *e = &entries[ctx->pos - 2];

		if (!dir_emit(ctx, e->name, strlen(e->name), file->inode->ino + ctx->pos,
			      (e->mode & S_IFMT) >> 12))
			return 0;
		ctx->pos++;
	}
	return 0;
}

/* A number in /proc: a process, or (not listed) one of its threads. */
struct dentry *proc_pid_lookup(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode;
	struct pid *pid;
	unsigned int nr;

	if (!parse_number(&dentry->name, &nr) || !nr)
		return ERR_PTR(-ENOENT);
	pid = find_get_pid(nr);
	if (!pid)
		return ERR_PTR(-ENOENT);
	inode = READ_ONCE(pid->thread) ? proc_pid_inode(dir->sb, pid, &proc_tgid_dir, ~0u, false)
				       : ERR_PTR(-ENOENT);
	put_pid(pid);
	if (IS_ERR(inode))
		return ERR_CAST(inode);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	d_add(dentry, inode);
	return NULL;
}

int proc_pid_iterate(struct file *file, struct dir_context *ctx)
{
	struct process *p;

	while ((p = next_process(ctx->pos - KERNFS_POS_BEYOND + 1))) {
		s32 nr = p->pid->nr;
		char name[12];
		int len = snprintf(name, sizeof(name), "%d", nr);
		bool room;

		put_process(p);
		ctx->pos = KERNFS_POS_BEYOND + nr - 1;
		room = dir_emit(ctx, name, len, nr + 0x10000, DT_DIR);
		if (!room)
			return 0;
		ctx->pos = KERNFS_POS_BEYOND + nr;
	}
	return 0;
}

/* --- task/ --- */

static struct dentry *task_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	struct thread *leader = proc_thread(dir), *t;
	struct inode *inode = ERR_PTR(-ENOENT);
	struct pid *pid;
	unsigned int nr;

	if (!leader)
		return ERR_PTR(-ENOENT);
	if (parse_number(&dentry->name, &nr) && (pid = find_get_pid(nr))) {
		rcu_read_lock();
		t = READ_ONCE(pid->thread);
		rcu_read_unlock();
		if (t && t->process == leader->process)
			inode = proc_pid_inode(dir->sb, pid, &proc_tid_dir, ~0u, true);
		put_pid(pid);
	}
	put_thread(leader);
	if (IS_ERR(inode))
		return ERR_CAST(inode);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	d_add(dentry, inode);
	return NULL;
}

static int task_iterate(struct file *file, struct dir_context *ctx)
{
	struct thread *leader = proc_thread(file->inode), *t;

	if (!leader)
		return -ENOENT;
	if (!dir_emit_dots(file, ctx))
		goto out;
	while ((t = next_process_thread(leader->process, ctx->pos - 1))) {
		s32 tid = t->tid;
		char name[12];
		int len = snprintf(name, sizeof(name), "%d", tid);

		put_thread(t);
		ctx->pos = tid + 1;
		if (!dir_emit(ctx, name, len, tid + 0x20000, DT_DIR))
			break;
		ctx->pos = tid + 2;
	}
out:
	put_thread(leader);
	return 0;
}

static int task_getattr(struct inode *inode, struct kstat *stat, u32 mask, unsigned int flags)
{
	struct thread *t;
	int error = pid_getattr(inode, stat, mask, flags);

	rcu_read_lock();
	t = READ_ONCE(proc_pid_of(inode)->pid->thread);
	if (!error && t && t->process)
		stat->nlink = 2 + READ_ONCE(t->process->nr_threads);
	rcu_read_unlock();
	return error;
}

const struct inode_operations proc_task_dir_iops = { .lookup = task_lookup, .getattr = task_getattr, .setattr = pid_setattr };
const struct file_operations proc_task_dir_fops = { .iterate = task_iterate, .llseek = dir_llseek };

/* --- files that a show function makes --- */

static int pid_single_show(struct seq_file *m, void *v)
{
	struct inode *inode = m->private;
	struct thread *t = proc_thread(inode);
	int error;

	if (!t)
		return -ESRCH;
	error = proc_pid_of(inode)->entry->show(m, t, proc_pid_of(inode));
	put_thread(t);
	return error;
}

static int pid_single_open(struct inode *inode, struct file *file)
{
	return single_open(file, pid_single_show, inode);
}

const struct file_operations proc_pid_single_fops = {
	.open = pid_single_open,
	.read_iter = seq_read_iter,
	.llseek = seq_lseek,
	.release = single_release,
};

/* --- what is in them --- */

#define DIR_(n, mode, i, f)	{ n, S_IFDIR | (mode), &(i), &(f), NULL }
#define LNK_(n, i)		{ n, S_IFLNK | 0777, &(i), NULL, NULL }
#define REG_(n, mode, f)	{ n, S_IFREG | (mode), NULL, &(f), NULL }
#define ONE_(n, mode, s)	{ n, S_IFREG | (mode), NULL, NULL, s }

#define COMMON_ENTRIES							\
	DIR_("fd", 0500, proc_fd_dir_iops, proc_fd_dir_fops),		\
	DIR_("fdinfo", 0555, proc_fdinfo_dir_iops, proc_fdinfo_dir_fops), \
	LNK_("cwd", proc_cwd_iops),					\
	LNK_("root", proc_root_iops),					\
	LNK_("exe", proc_exe_iops),					\
	REG_("environ", 0400, proc_environ_fops),			\
	REG_("auxv", 0400, proc_auxv_fops),				\
	ONE_("status", 0444, proc_show_status),				\
	ONE_("personality", 0400, proc_show_personality),		\
	ONE_("limits", 0444, proc_show_limits),				\
	ONE_("sched", 0444, proc_show_sched),				\
	ONE_("schedstat", 0444, proc_show_schedstat),			\
	REG_("comm", 0644, proc_comm_fops),				\
	ONE_("cmdline", 0444, proc_show_cmdline),			\
	ONE_("stat", 0444, proc_show_stat),				\
	ONE_("statm", 0444, proc_show_statm),				\
	REG_("maps", 0444, proc_maps_fops),				\
	REG_("smaps", 0444, proc_smaps_fops),				\
	ONE_("smaps_rollup", 0444, proc_show_smaps_rollup),		\
	REG_("mem", 0600, proc_mem_fops),				\
	REG_("mounts", 0444, proc_mounts_fops),				\
	REG_("mountinfo", 0444, proc_mountinfo_fops),			\
	ONE_("wchan", 0444, proc_show_wchan),				\
	ONE_("stack", 0400, proc_show_stack),				\
	ONE_("oom_score", 0444, proc_show_oom_score),			\
	REG_("oom_score_adj", 0644, proc_oom_score_adj_fops)

const struct pid_entry proc_tgid_entries[] = {
	DIR_("task", 0555, proc_task_dir_iops, proc_task_dir_fops),
	COMMON_ENTRIES,
	{ NULL, 0, NULL, NULL, NULL },
};

const struct pid_entry proc_tid_entries[] = {
	COMMON_ENTRIES,
	{ NULL, 0, NULL, NULL, NULL },
};
