/* SPDX-License-Identifier: MIT */
/*
 * Mounts, inside the VFS.
 *
 * A namespace is a tree of mounts that the processes share whose fs_context points to it; all mounts are private, nothing spreads from one
 * namespace to another. namespace_sem (held for writing by whoever changes a tree) is the outer lock, mount_lock the inner one: its
 * counter lets path walks see changes. Children are found under RCU by (mount, dentry).
 *
 * References and writers are counted per CPU, so opening a file writes no shared memory. As long as a mount is attached its count cannot
 * reach zero, and putting a reference is one decrement; a detached one sums up under mount_lock.
 *
 * Marks: I immutable, M mount_lock (written with the counter open; RCU readers), S namespace_sem.
 */
#ifndef FS_MOUNT_H
#define FS_MOUNT_H

#include <arch/percpu.h>
#include <fs/vfs.h>
#include <kernel/mutex.h>
#include <kernel/wait.h>

#define MNT_NOSUID	0x01u
#define MNT_NODEV	0x02u
#define MNT_NOEXEC	0x04u
#define MNT_NOATIME	0x08u
#define MNT_NODIRATIME	0x10u
#define MNT_RELATIME	0x20u
#define MNT_READONLY	0x40u
#define MNT_NOSYMFOLLOW	0x80u
#define MNT_USER_FLAGS	0xffu
#define MNT_ATTACHED	0x100u		/* in the tree */
#define MNT_DOOMED	0x200u		/* its last reference is gone */
#define MNT_SYNC_UMOUNT	0x400u		/* taken away synchronously: late walkers may not resurrect it */
#define MNT_WRITE_HOLD	0x800u		/* being made read-only: writers wait */
#define MNT_INTERNAL	0x1000u		/* kernel's own, never in the tree: pipes, anonymous inodes */
#define MNT_EXPIRE_MARK	0x2000u	/* umount2(MNT_EXPIRE) was here and nobody since */

struct mount_counts {
	int refs;
	int writers;
};

struct mountpoint;
struct pathname;

struct mount_namespace {
	atomic_t refs;		 /* fs contexts; open /proc/PID/mounts */
	struct mount *root;	 /* S: with a reference */
	struct list_head mounts; /* S: of all attached mounts, in the order they came */
	u64 event;		 /* changes so far: poll of /proc/mounts. S; read without */
	wait_queue_head_t event_wait;
};

struct mount {
	struct mount *parent;	     /* M; itself when it is the top or detached */
	struct dentry *mountpoint;   /* M */
	struct dentry *root;	     /* I */
	struct super_block *sb;	     /* I */
	unsigned int flags;	     /* M */
	int id;			     /* I */
	struct mount_counts *counts; /* per CPU */
	struct hlist_node hash;	     /* M: by (parent, mountpoint) */
	struct list_head children;   /* M: in the order they came */
	struct list_head child;	     /* M: of parent->children */
	struct mount_namespace *ns;  /* S: whose tree it stands in; NULL: detached */
	struct list_head all_node;   /* S: of ns->mounts */
	struct list_head sb_node;    /* M: of sb->mounts */
	struct mountpoint *mp;	     /* M */
	struct hlist_node mp_node;   /* M: of all mounts on one dentry */
	char *device;		     /* I */
	/* What it held while it stood in the tree, to be dropped by the one who took it away. */
	struct dentry *left_dentry;
	struct mount *left_parent;
	struct mountpoint *left_mp;
	struct rcu_head rcu;
};

extern seqlock_t mount_lock;
extern struct rw_semaphore namespace_sem;
extern struct mount_namespace init_mount_namespace;

struct mount_namespace *mount_namespace_get(struct mount_namespace *ns);
void mount_namespace_put(struct mount_namespace *ns); /* the last: all its mounts go; sleeps */

static inline bool mount_is_attached(const struct mount *m) { return READ_ONCE(m->flags) & MNT_ATTACHED; }

static inline struct mount *mntget(struct mount *m)
{
	if (m)
		this_cpu_inc(m->counts->refs);
	return m;
}
void mntput(struct mount *m);
void mount_put_no_expire(struct mount *m);

/* The mount that covers (m, dentry), without a reference: RCU or mount_lock. */
struct mount *mount_lookup_rcu(const struct mount *m, const struct dentry *dentry);
/* Turns a pointer found under RCU into a reference: 0 got it; 1 no; -1 no, and mntput it (outside RCU). */
int mount_legitimize_rcu(struct mount *m, unsigned int seq);
/* Replaces *path, which is covered, by the root of what covers it, with references. */
bool path_follow_mounts(struct path *path);
bool path_follow_up(struct path *path);

int mnt_want_write(struct mount *m); /* 0 or -EROFS; keeps it writable until dropped */
void mnt_drop_write(struct mount *m);
static inline bool mount_is_readonly(const struct mount *m)
{
	return (READ_ONCE(m->flags) & MNT_READONLY) || sb_rdonly(m->sb);
}

/* A mount outside the tree: the kernel's own file systems. */
struct mount *kern_mount(struct file_system_type *type);

/* For /proc: text of flags, escaping of names. */
int mount_show(struct seq_file *m, const struct mount *mnt, const struct path *root);
int mount_show_info(struct seq_file *m, const struct mount *mnt, const struct path *root);

#endif
