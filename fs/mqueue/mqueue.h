/* SPDX-License-Identifier: MIT */
/*
 * POSIX message queues: files of a file system of their own, which mq_open reaches without a mount and people at /dev/mqueue.
 *
 * A queue's lock (LOCK_RANK_IPC) guards all that changes in it. A sender hands its message to a receiver that waits, a receiver that makes room
 * takes a waiting sender's message along, so that nobody who came later gets in between.
 */
#ifndef FS_MQUEUE_MQUEUE_H
#define FS_MQUEUE_MQUEUE_H

#include <fs/vfs.h>
#include <kernel/cred.h>
#include <kernel/process.h>
#include <kernel/wait.h>
#include <lib/rbtree.h>
#include <lib/xarray.h>
#include <uapi/mqueue.h>
#include <uapi/signal.h>

struct mq_message {
	struct rb_node node; /* by falling priority, then arrival */
	u64 sequence;
	unsigned int priority;
	size_t size;
	char *text; /* NULL: empty */
};

struct mq_waiter {
	struct list_head node;
	struct thread *thread;
	struct mq_message *message; /* a sender's: what it sends; a receiver's: what it got */
	bool done;
};

struct mqueue {
	spinlock_t lock;
	long max_messages, message_size; /* I */
	struct rb_root_cached messages;
	long nr_messages;
	size_t nr_bytes;
	u64 next_sequence;
	struct list_head senders, receivers; /* by arrival */
	wait_queue_head_t poll_wait;
	struct pid *notify_pid; /* NULL: nobody is to be told */
	struct sigevent notify;
	struct user_struct *user; /* I: charged with `charge` bytes */
	unsigned long charge;	  /* I */
				  /* The root directory has none of the above, but: */
};

struct mq_inode {
	struct inode vfs;
	struct mqueue queue; /* of a file */
	/* of the directory: dentries by offset; vfs.rwsem */
	struct xarray entries;
	u64 next_offset; /* vfs.rwsem */
};

static inline struct mq_inode *mq_inode(struct inode *inode) { return container_of(inode, struct mq_inode, vfs); }

/* fs.mqueue.* */
extern unsigned int mq_queues_max, mq_msg_max, mq_msgsize_max, mq_msg_default, mq_msgsize_default;
#define MQUEUE_MAGIC		0x19800202	/* what statfs says; in no header of the ABI */
#define MQ_HARD_MSG_MAX		65536
#define MQ_HARD_MSGSIZE_MAX	(16 * 1024 * 1024)

/* queue.c */
void mqueue_setup(struct mqueue *q, long max_messages, long message_size);
void mqueue_drain(struct mqueue *q);
int mqueue_check_attr(const struct mq_attr *attr); /* 0 or -EINVAL, -EOVERFLOW */
struct mq_message *mq_message_alloc(size_t size);
void mq_message_free(struct mq_message *m);
/* expires_ns: of CLOCK_REALTIME; NULL: no limit. 0 with the message taken over; else the caller still has it. */
int mqueue_send(struct mqueue *q, struct mq_message *m, bool nonblocking, const u64 *expires_ns);
/* ERR_PTR */
struct mq_message *mqueue_receive(struct mqueue *q, bool nonblocking, const u64 *expires_ns);
/* NULL: no more, if it is ours */
int mqueue_set_notify(struct mqueue *q, const struct sigevent *event);
void mqueue_forget_notify(struct mqueue *q); /* of current's process */

/* dir.c */
extern const struct file_operations mqueue_file_operations;
/* ERR_PTR */
struct inode *mqueue_new_inode(struct super_block *sb, u32 mode, const struct mq_attr *attr);
int mqueue_link(struct inode *dir, struct dentry *dentry, struct inode *inode);
struct mount *mqueue_mount(void);

#endif
