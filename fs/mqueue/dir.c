// SPDX-License-Identifier: MIT
/*
 * The file system of message queues: one directory, whose files are queues. Reading a file tells how full the queue is. Names live in the
 * dentry cache alone, each holding a reference on its dentry.
 */
#include <fs/poll.h>
#include <fs/proc.h>
#include <fs/uio.h>
#include <kernel/init.h>
#include <kernel/ipc.h>
#include <kernel/log.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <mm/slab.h>
#include <uapi/capability.h>
#include <uapi/fcntl.h>
#include <uapi/poll.h>
#include <uapi/stat.h>
#include "../internal.h"
#include "../mount.h"
#include "mqueue.h"

#define ENTRY_SIZE	20		/* what one counts for in the directory's size */
#define FILE_SIZE	80		/* and what a queue's own is said to be */

static struct kmem_cache *cache;
/* the kernel's own; mounts of programs share its super block */
static struct mount *mount;
static atomic_t nr_queues;

/* --- inodes --- */

static struct inode *alloc_inode_op(struct super_block *sb)
{
	struct mq_inode *i = kmem_cache_zalloc(cache, GFP_KERNEL);

	return i ? &i->vfs : NULL;
}

static void free_inode_op(struct inode *inode)
{
	kmem_cache_free(cache, mq_inode(inode));
}

static void uncharge(struct mqueue *q)
{
	if (!q->user)
		return;
	atomic64_sub(q->charge, &q->user->mq_bytes);
	put_user_struct(q->user);
	q->user = NULL;
	atomic_dec(&nr_queues);
}

static void evict_inode(struct inode *inode)
{
	struct mqueue *q = &mq_inode(inode)->queue;

	clear_inode(inode);
	if (!S_ISREG(inode->mode))
		return;
	mqueue_drain(q);
	put_pid(q->notify_pid);
	uncharge(q);
}

/* What the queue can hold at most counts against the limit of who makes it. */
static int charge(struct mqueue *q)
{
	struct user_struct *user = current_user();
	unsigned long bytes = q->max_messages * (sizeof(struct mq_message) + q->message_size);

	if (atomic_inc_return(&nr_queues) > (int)mq_queues_max && !capable(CAP_SYS_RESOURCE)) {
		atomic_dec(&nr_queues);
		return -ENOSPC;
	}
	if ((u64)atomic64_add_return(bytes, &user->mq_bytes) > rlimit(RLIMIT_MSGQUEUE)) {
		atomic64_sub(bytes, &user->mq_bytes);
		atomic_dec(&nr_queues);
		return -EMFILE;
	}
	q->user = get_user_struct(user);
	q->charge = bytes;
	return 0;
}

static const struct inode_operations file_inode_operations, dir_inode_operations;
static const struct file_operations dir_operations;

static int make_queue(struct inode *inode, const struct mq_attr *attr)
{
	struct mqueue *q = &mq_inode(inode)->queue;

	mqueue_setup(q, attr ? attr->mq_maxmsg : (long)min(mq_msg_max, mq_msg_default),
		     attr ? attr->mq_msgsize : (long)min(mq_msgsize_max, mq_msgsize_default));
	inode->size = FILE_SIZE;
	inode->ops = &file_inode_operations;
	inode->fops = &mqueue_file_operations;
	return charge(q);
}

struct inode *mqueue_new_inode(struct super_block *sb, u32 mode, const struct mq_attr *attr)
{
	struct inode *inode = new_inode(sb);
	int err = 0;

	if (!inode)
		return ERR_PTR(-ENOMEM);
	inode->ino = get_next_ino();
	inode->mode = mode;
	inode->uid = current_fsuid();
	inode->gid = current_fsgid();
	inode->atime_ns = inode->mtime_ns = inode->ctime_ns = inode->btime_ns = inode_now_ns(inode);
	if (S_ISREG(mode)) {
		err = make_queue(inode, attr);
	} else {
		xa_init(&mq_inode(inode)->entries);
		mq_inode(inode)->next_offset = 2;
		inc_nlink(inode);
		inode->size = 2 * ENTRY_SIZE;
		inode->ops = &dir_inode_operations;
		inode->fops = &dir_operations;
	}
	if (!err)
		return inode;
	clear_nlink(inode);
	iput(inode);
	return ERR_PTR(err);
}

/* --- the directory --- */

int mqueue_link(struct inode *dir, struct dentry *dentry, struct inode *inode)
{
	struct mq_inode *d = mq_inode(dir);
	int err = xa_insert(&d->entries, d->next_offset, dentry, GFP_KERNEL);

	if (err)
		return err;
	dentry->private = (void *)d->next_offset++;
	dir->size += ENTRY_SIZE;
	dir->atime_ns = dir->mtime_ns = dir->ctime_ns = inode_now_ns(dir);
	dget(dentry);
	d_instantiate(dentry, inode);
	return 0;
}

static struct dentry *lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	d_add(dentry, NULL); /* all that exist are in the cache */
	return NULL;
}

static int create(struct inode *dir, struct dentry *dentry, u32 mode, bool excl)
{
	struct inode *inode = mqueue_new_inode(dir->sb, mode | S_IFREG, NULL);
	int err;

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	err = mqueue_link(dir, dentry, inode);
	if (err) {
		clear_nlink(inode);
		iput(inode);
	}
	return err;
}

static int unlink(struct inode *dir, struct dentry *dentry)
{
	xa_erase(&mq_inode(dir)->entries, (unsigned long)dentry->private);
	dir->size -= ENTRY_SIZE;
	dir->atime_ns = dir->mtime_ns = dir->ctime_ns = inode_now_ns(dir);
	drop_nlink(dentry->inode);
	dput(dentry); /* the name's; the caller has one too */
	return 0;
}

static int iterate(struct file *file, struct dir_context *ctx)
{
	unsigned long offset;
	struct dentry *dentry;

	if (!dir_emit_dots(file, ctx))
		return 0;
	xa_for_each_start(&mq_inode(file->inode)->entries, offset, dentry, ctx->pos) {
		ctx->pos = offset;
		if (!dir_emit(ctx, dentry->name.name, dentry->name.len, dentry->inode->ino,
			      S_IFREG >> 12))
			return 0;
		ctx->pos = offset + 1;
	}
	return 0;
}

static const struct inode_operations dir_inode_operations = { .lookup = lookup, .create = create, .unlink = unlink };
static const struct file_operations dir_operations = { .iterate = iterate, .llseek = generic_file_llseek };

/* --- files --- */

static ssize_t read_state(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct mqueue *q = &mq_inode(file->inode)->queue;
	char text[FILE_SIZE];
	int n;

	spin_lock(&q->lock);
	n = snprintf(text, sizeof(text), "QSIZE:%-10lu NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n",
		     (unsigned long)q->nr_bytes, q->notify_pid ? q->notify.sigev_notify : 0,
		     q->notify_pid && q->notify.sigev_notify == SIGEV_SIGNAL ? q->notify.sigev_signo
									     : 0,
		     pid_nr(q->notify_pid));
	spin_unlock(&q->lock);
	if (*pos >= n)
		return 0;
	n = copy_to_iter(text + *pos, n - *pos, to);
	*pos += n;
	return n;
}

static u32 poll(struct file *file, struct poll_table *table)
{
	struct mqueue *q = &mq_inode(file->inode)->queue;
	u32 mask = 0;

	poll_wait(file, &q->poll_wait, table);
	spin_lock(&q->lock);
	if (q->nr_messages)
		mask |= EPOLLIN | EPOLLRDNORM;
	if (q->nr_messages < q->max_messages)
		mask |= EPOLLOUT | EPOLLWRNORM;
	spin_unlock(&q->lock);
	return mask;
}

static int flush(struct file *file)
{
	if (current->process)
		mqueue_forget_notify(&mq_inode(file->inode)->queue);
	return 0;
}

static const struct inode_operations file_inode_operations = { .getattr = NULL };

const struct file_operations mqueue_file_operations = {
	.llseek = generic_file_llseek,
	.read_iter = read_state,
	.poll = poll,
	.flush = flush,
};

/* --- mounting --- */

static const struct super_operations super_operations = {
	.alloc_inode = alloc_inode_op,
	.free_inode = free_inode_op,
	.evict_inode = evict_inode,
	.statfs = simple_statfs,
};

static int fill(struct super_block *sb, void *data, bool silent)
{
	struct inode *root;

	sb->magic = MQUEUE_MAGIC;
	sb->ops = &super_operations;
	sb->block_size = PAGE_SIZE;
	sb->block_bits = PAGE_SHIFT;
	root = mqueue_new_inode(sb, S_IFDIR | S_ISVTX | 0777, NULL);
	if (IS_ERR(root))
		return PTR_ERR(root);
	sb->root = d_make_root(root);
	return sb->root ? 0 : -ENOMEM;
}

static struct dentry *mount_op(struct file_system_type *type, unsigned int flags,
			       const char *device, char *options)
{
	return mount_single(type, flags, NULL, fill);
}

static struct file_system_type mqueue_type = { .name = "mqueue", .mount = mount_op, .kill_sb = kill_litter_super };

struct mount *mqueue_mount(void)
{
	return mount;
}

static const struct ctl_entry limits[] = {
	{ .path = "fs/mqueue/queues_max",
	  .mode = 0644,
	  .type = CTL_UINT,
	  .data = &mq_queues_max,
	  .max = INT_MAX },
	{ .path = "fs/mqueue/msg_max",
	  .mode = 0644,
	  .type = CTL_UINT,
	  .data = &mq_msg_max,
	  .min = 1,
	  .max = MQ_HARD_MSG_MAX },
	{ .path = "fs/mqueue/msgsize_max",
	  .mode = 0644,
	  .type = CTL_UINT,
	  .data = &mq_msgsize_max,
	  .min = 128,
	  .max = MQ_HARD_MSGSIZE_MAX },
	{ .path = "fs/mqueue/msg_default",
	  .mode = 0644,
	  .type = CTL_UINT,
	  .data = &mq_msg_default,
	  .min = 1,
	  .max = MQ_HARD_MSG_MAX },
	{ .path = "fs/mqueue/msgsize_default",
	  .mode = 0644,
	  .type = CTL_UINT,
	  .data = &mq_msgsize_default,
	  .min = 128,
	  .max = MQ_HARD_MSGSIZE_MAX },
};

void __init mqueue_init(void)
{
	cache = KMEM_CACHE(mq_inode, SLAB_PANIC);
	if (register_filesystem(&mqueue_type))
		panic("mqueue: the file system cannot be registered");
	mount = kern_mount(&mqueue_type);
	if (IS_ERR(mount))
		panic("mqueue: no memory for the file system");
	ctl_register(limits, ARRAY_SIZE(limits));
}
