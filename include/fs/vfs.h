/* SPDX-License-Identifier: MIT */
/*
 * The virtual file system: inodes, dentries, mounts, open files (fs/).
 *
 * Names are looked up lock-free under RCU with sequence counters (RCU walk) and fall back to references (ref walk) when something has to
 * sleep; a cached stat(2) writes no shared memory at all.
 *
 * Lock order (the book: Documentation/vfs.md): super_block.rename_mutex, inode.rwsem (parent before child, then by address),
 * mapping.invalidate_lock, mount_lock, rename_lock, dentry.lock (parent before child), inode.lock, hash and LRU locks.
 *
 * Marks: I immutable, D dentry.lock (written with dentry.seq open), N inode.lock, W inode.rwsem, A atomic, R RCU readers.
 */
#ifndef FS_VFS_H
#define FS_VFS_H

#include <kit/list.h>
#include <lib/list.h>
#include <kit/types.h>
#include <kernel/mutex.h>
#include <kernel/rcu.h>
#include <kernel/refcount.h>
#include <kernel/seqlock.h>
#include <mm/mapping.h>

struct credentials;
struct dentry;
struct dir_context;
struct epoll_links;
struct file;
struct file_lock_context;
struct iattr;
struct inode;
struct iov_iter;
struct kstat;
struct kstatfs;
struct module;
struct mount;
struct path;
struct pipe;
struct poll_table;
struct process;
struct seq_file;
struct super_block;
struct vma;

typedef u32 dev_t_kernel; /* major << 20 | minor */
#define MKDEV(major, minor)	(((u32)(major) << 20) | (u32)(minor))
#define MAJOR(dev)		((dev) >> 20)
#define MINOR(dev)		((dev) & 0xfffffu)

struct inode_operations {
	/* Directories; parent's rwsem held for reading (lookup) or writing. The dentry is negative on entry; lookup returns NULL having
	 * called d_add (perhaps with NULL: known absent), another dentry to use instead, or ERR_PTR. */
	struct dentry *(*lookup)(struct inode *dir, struct dentry *dentry, unsigned int flags);
	int (*create)(struct inode *dir, struct dentry *dentry, u32 mode, bool excl);
	int (*link)(struct dentry *old, struct inode *dir, struct dentry *dentry);
	int (*unlink)(struct inode *dir, struct dentry *dentry);
	int (*symlink)(struct inode *dir, struct dentry *dentry, const char *target);
	int (*mkdir)(struct inode *dir, struct dentry *dentry, u32 mode);
	int (*rmdir)(struct inode *dir, struct dentry *dentry);
	int (*mknod)(struct inode *dir, struct dentry *dentry, u32 mode, dev_t_kernel dev);
	int (*rename)(struct inode *old_dir, struct dentry *old, struct inode *new_dir,
		      struct dentry *new, unsigned int flags);
	int (*tmpfile)(struct inode *dir, struct file *file, u32 mode);
	/* The target of a symbolic link. May be called under RCU with dentry NULL: then it may not sleep, ERR_PTR(-ECHILD) asks to be called
	 * again. done, when set, is called with its argument after use. */
	const char *(*get_link)(struct dentry *dentry, struct inode *inode, void (**done)(void *),
				void **arg);
	/* A link that is a place and no text (/proc/PID/fd/N): the place, with references. Sleeps. */
	int (*get_path)(struct dentry *dentry, struct inode *inode, struct path *path);
	/* NULL: mode bits; mask may have MAY_NOT_BLOCK: -ECHILD when it must sleep */
	int (*permission)(struct inode *inode, int mask);
	int (*setattr)(struct dentry *dentry, struct iattr *attr);
	/* NULL: generic_fillattr; may not sleep */
	int (*getattr)(struct inode *inode, struct kstat *stat, u32 request_mask,
		       unsigned int flags);
	int (*update_time)(struct inode *inode, unsigned int which);
	ssize_t (*getxattr)(struct inode *inode, const char *name, void *buf, size_t size);
	int (*setxattr)(struct inode *inode, const char *name, const void *value, size_t size,
			int flags);
	ssize_t (*listxattr)(struct inode *inode, char *buf, size_t size);
	int (*removexattr)(struct inode *inode, const char *name);
};

struct file_operations {
	loff_t (*llseek)(struct file *file, loff_t offset, int whence);
	/* position in *pos, advanced by the callee; bytes moved or a negative errno. */
	ssize_t (*read_iter)(struct file *file, struct iov_iter *to, loff_t *pos);
	ssize_t (*write_iter)(struct file *file, struct iov_iter *from, loff_t *pos);
	/* directory's rwsem held for reading */
	int (*iterate)(struct file *file, struct dir_context *ctx);
	/* EPOLL* mask; registers by poll_wait() when table is not NULL */
	u32 (*poll)(struct file *file, struct poll_table *table);
	long (*ioctl)(struct file *file, unsigned int command, unsigned long arg);
	int (*mmap)(struct file *file, struct vma *vma);
	/*
	 * Before an mmap, without a lock, for what may not be done under mmap_lock: calling a driver. What it returns is vma->private when mmap is called, an
	 * ERR_PTR included, which mmap then returns; mmap_cancel gets it back when mmap was not called or failed. The rights of the mapping are looked at
	 * once, before it: mmap is never called where this was not. May be NULL.
	 */
	void *(*mmap_prepare)(struct file *file, unsigned long pgoff, unsigned long len);
	void (*mmap_cancel)(struct file *file, void *prepared);
	int (*open)(struct inode *inode, struct file *file);
	int (*flush)(struct file *file);			 /* each close(2) */
	void (*release)(struct inode *inode, struct file *file); /* last reference */
	int (*fsync)(struct file *file, loff_t start, loff_t end, bool datasync);
	int (*fasync)(int fd, struct file *file, bool on);
	long (*fallocate)(struct file *file, int mode, loff_t offset, loff_t len);
	/* Before each page that splice(2) reads from it: 0 when it may, or why not. NULL: whenever read_iter may. */
	int (*splice_wait)(struct file *in, bool nonblock);
	void (*show_fdinfo)(struct seq_file *m, struct file *file);
	unsigned long (*get_unmapped_area)(struct file *file, unsigned long addr, unsigned long len,
					   unsigned long pgoff, unsigned long flags);
};

struct inode {
	u16 mode;	    /* N; R */
	u16 open_flags;	    /* I: IOP_* which operations are absent */
	u32 uid, gid;	    /* N; R */
	unsigned int flags; /* N: S_* */
	const struct inode_operations *ops;
	struct super_block *sb;			    /* I */
	struct mapping *mapping;		    /* I: of data, or of the block device */
	u64 ino;				    /* I */
	u32 nlink;				    /* W+N */
	dev_t_kernel rdev;			    /* I */
	loff_t size;				    /* W; read whole (64-bit store) */
	u64 atime_ns, mtime_ns, ctime_ns, btime_ns; /* N: since 1970 */
	u64 blocks;				    /* N: of 512 bytes */
	u8 block_bits;				    /* I: log2 of st_blksize */
	spinlock_t lock;			    /* LOCK_RANK_INODE */
	struct rw_semaphore rwsem; /* contents: writers, truncation; directories: names */
	union {
		const struct file_operations *fops;
		/* of one that is evicted: its super block may be gone before it */
		void (*free)(struct inode *inode);
	};
	atomic_t refs;	      /* dentries and open files */
	atomic_t write_count; /* writers; negative: ETXTBSY (deny_write_access) */
	atomic_t read_count;
	unsigned int state; /* N: I_NEW ... */
	u32 generation;
	/* of (sb, ino), for file systems that look inodes up by number */
	struct hlist_node hash;
	struct list_head sb_list, lru;
	struct hlist_head aliases; /* N: dentries */
	struct mapping data;
	struct file_lock_context *locks; /* set once, by compare-and-exchange */
	void *watches;			 /* N: inotify */
	union {
		struct pipe *pipe;
		void *cdev;
		void *bdev;
		const char *link; /* of short symbolic links */
		void *private;
	};
	struct rcu_head rcu;
};

/* A name: length and hash, computed once a component. */
struct qstr {
	union {
		struct {
			u32 hash, len;
		};
		u64 hash_len; /* both, for one comparison */
	};
	const char *name;
};

#define DENTRY_INLINE_NAME	40

struct dentry_operations {
	/* 1 valid, 0 drop, -ECHILD under RCU: ask again */
	int (*revalidate)(struct dentry *dentry, unsigned int flags);
	/* names that compare equal hash equal (FAT) */
	int (*hash)(const struct dentry *dir, struct qstr *name);
	/* 0: equal */
	int (*compare)(const struct dentry *dentry, u32 len, const char *str,
		       const struct qstr *name);
	int (*delete)(const struct dentry *dentry); /* last reference: 1 means do not cache */
	void (*release)(struct dentry *dentry);
	char *(*name)(struct dentry *dentry, char *buf, int len); /* pipe:[123] */
};

struct dentry {
	unsigned int flags;	/* D: DENTRY_* */
	seqcount_t seq;		/* name, parent, inode: writers hold lock */
	struct hlist_node hash; /* bucket lock; R */
	struct dentry *parent;	/* D */
	struct qstr name;	/* D */
	struct inode *inode;	/* D; NULL: negative */
	char inline_name[DENTRY_INLINE_NAME];
	/* Lock and count share an aligned word, so that a reference is taken and dropped without the lock by one compare-and-exchange.
	 * With CONFIG_DEBUG_LOCKS a lock is larger and the count is changed under it. */
	union {
#ifndef CONFIG_DEBUG_LOCKS
		u64 lock_count;
#endif
		struct {
			spinlock_t lock; /* LOCK_RANK_DENTRY */
			int count;	 /* -128: dead */
		};
	};
	const struct dentry_operations *ops;
	struct super_block *sb;
	void *private;	      /* the file system's */
	struct list_head lru; /* LRU lock; while DENTRY_IN_LOOKUP: lookup bucket's lock */
	struct list_head child, children; /* parent's D */
	union {
		struct hlist_node alias; /* inode.lock */
		struct rcu_head rcu;	 /* dead */
	};
};

struct super_operations {
	struct inode *(*alloc_inode)(struct super_block *sb); /* NULL: the common cache */
	void (*free_inode)(struct inode *inode);	      /* after a grace period */
	/* last reference gone and nlink 0, or shrunk */
	void (*evict_inode)(struct inode *inode);
	int (*drop_inode)(struct inode *inode); /* 1: do not keep it cached */
	int (*write_inode)(struct inode *inode, bool sync);
	int (*sync_fs)(struct super_block *sb, bool wait);
	int (*statfs)(struct dentry *root, struct kstatfs *buf);
	int (*remount)(struct super_block *sb, unsigned int *flags, char *options);
	void (*put_super)(struct super_block *sb);
	int (*show_options)(struct seq_file *m, struct dentry *root);
	const char *(*show_devname)(struct super_block *sb);
};

struct file_system_type {
	const char *name;
	unsigned int flags; /* FS_REQUIRES_DEV, FS_USERNS_MOUNT ... */
	struct module *owner;
	/* A mounted root dentry (with a reference on its super block) or ERR_PTR. device: as mount(2) got it. */
	struct dentry *(*mount)(struct file_system_type *type, unsigned int flags,
				const char *device, char *options);
	void (*kill_sb)(struct super_block *sb);
	struct list_head list;
	struct list_head supers;
};
#define FS_REQUIRES_DEV		1
#define FS_ALLOW_DIRECT		2	/* O_DIRECT on its regular files */

struct super_block {
	struct list_head list;
	dev_t_kernel dev;
	unsigned long block_size;
	u8 block_bits;
	loff_t max_bytes;
	struct file_system_type *type;
	const struct super_operations *ops;
	const struct dentry_operations *dentry_ops;
	unsigned long flags; /* SB_* = MS_* */
	unsigned long magic;
	struct dentry *root;
	struct rw_semaphore umount_lock;
	struct mutex rename_mutex;
	refcount_t refs;
	atomic_t active;
	u32 time_granularity_ns;
	char id[32];
	void *fs_info;
	void *bdev;
	struct list_head inodes; /* inodes_lock */
	spinlock_t inodes_lock;
	struct list_head instance;
	struct list_head mounts;
	struct rcu_head rcu;
};

struct path {
	struct mount *mount;
	struct dentry *dentry;
};

struct file {
	atomic_long_t refs;
	unsigned int mode;  /* I: FMODE_* */
	unsigned int flags; /* lock: O_* */
	const struct file_operations *ops;
	struct inode *inode; /* I */
	struct path path;    /* I */
	loff_t pos;	     /* pos_lock */
	/* taken when more than one thread can hold the file and it has a position */
	struct mutex pos_lock;
	spinlock_t lock; /* LOCK_RANK_FILE */
	struct mapping *mapping;
	const struct credentials *cred; /* of the opener */
	struct readahead_state {
		unsigned long start;
		u32 size, async_size;
		s64 prev_pos;
	} readahead;
	unsigned int write_error_seq;
	struct file_owner *owner;	 /* F_SETOWN; set once, by compare-and-exchange */
	struct epoll_links *epoll_links; /* lock */
	void *private;
	/* the deferred release; the memory itself is type-safe by RCU */
	struct rcu_head rcu;
};

#define FMODE_READ	0x01
#define FMODE_WRITE	0x02
#define FMODE_LSEEK	0x04
#define FMODE_PREAD	0x08
#define FMODE_PWRITE	0x10
#define FMODE_EXEC	0x20
#define FMODE_PATH	0x40
#define FMODE_STREAM	0x80		/* no position */
#define FMODE_ATOMIC_POS 0x100
#define FMODE_CAN_READ	0x200
#define FMODE_CAN_WRITE	0x400
#define FMODE_NONOTIFY	0x800
#define FMODE_OPENED	0x1000		/* ops->open succeeded: release must run */
#define FMODE_WRITER	0x2000		/* counts in inode->write_count and in the mount's writers */
#define FMODE_NOWAIT	0x4000		/* honours RWF_NOWAIT */

#define MAY_EXEC	1
#define MAY_WRITE	2
#define MAY_READ	4
#define MAY_APPEND	8
#define MAY_ACCESS	16
#define MAY_OPEN	32
#define MAY_CHDIR	64
#define MAY_NOT_BLOCK	128

/* inode->flags */
#define S_SYNC		0x001
#define S_NOATIME	0x002
#define S_APPEND	0x004
#define S_IMMUTABLE	0x008
#define S_DEAD		0x010		/* a removed directory that somebody still stands in */
#define S_NOCMTIME	0x020
#define S_PRIVATE	0x040		/* pipes, anonymous inodes: no permission checks, no watches */
#define S_NOSEC		0x080

/* inode->state */
#define I_NEW		0x01		/* hashed, being read in: waiters sleep */
#define I_FREEING	0x02
#define I_CLEAR		0x04
#define I_REFERENCED	0x08
#define I_DIRTY_INODE	0x10
#define I_DIRTY_PAGES	0x20
#define I_HASHED	0x40		/* findable by number: keeps it cached after the last reference */
#define I_LINKABLE	0x80		/* O_TMPFILE: link may raise nlink from 0 */
#define I_DYING		(I_FREEING | I_CLEAR)

/* super_block->flags; the low ones equal MS_*. */
#define SB_RDONLY	0x1
#define SB_NOSUID	0x2
#define SB_NODEV	0x4
#define SB_NOEXEC	0x8
#define SB_SYNCHRONOUS	0x10
#define SB_MANDLOCK	0x40
#define SB_DIRSYNC	0x80
#define SB_NOATIME	0x400
#define SB_NODIRATIME	0x800
#define SB_SILENT	0x8000
#define SB_LAZYTIME	0x2000000
#define SB_BORN		0x20000000	/* filled and usable */
#define SB_ACTIVE	0x40000000	/* unused inodes may stay cached */
#define SB_NOUSER	0x80000000ul	/* cannot be mounted by mount(2): pipes and their kin */

/* dentry->flags */
#define DENTRY_MOUNTED		0x0002	/* something may be mounted here */
#define DENTRY_LRU		0x0004
#define DENTRY_REFERENCED	0x0008
#define DENTRY_KILLED		0x0010
#define DENTRY_OP_HASH		0x0020
#define DENTRY_OP_COMPARE	0x0040
#define DENTRY_OP_REVALIDATE	0x0080
#define DENTRY_OP_DELETE	0x0100
#define DENTRY_DONTCACHE	0x0200
#define DENTRY_CANT_MOUNT	0x0400
#define DENTRY_SHRINKING	0x0800	/* to be freed when the reference goes, whoever else wants to keep it */
#define DENTRY_DISCONNECTED	0x1000
#define DENTRY_IN_LOOKUP	0x2000	/* the file system is looking it up; others wait */
#define DENTRY_TYPE		0x70000	/* what kind of inode, so that a walk need not touch it */
#define DENTRY_NEGATIVE		0x00000
#define DENTRY_DIR		0x10000
#define DENTRY_REG		0x20000
#define DENTRY_SYMLINK		0x30000
#define DENTRY_SPECIAL		0x40000

static inline bool d_is_negative(const struct dentry *d) { return !(READ_ONCE(d->flags) & DENTRY_TYPE); }
static inline bool d_is_positive(const struct dentry *d) { return !d_is_negative(d); }
static inline bool d_is_dir(const struct dentry *d)
{
	return (READ_ONCE(d->flags) & DENTRY_TYPE) == DENTRY_DIR;
}
static inline bool d_is_symlink(const struct dentry *d) { return (READ_ONCE(d->flags) & DENTRY_TYPE) == DENTRY_SYMLINK; }
static inline bool d_unhashed(const struct dentry *d) { return !READ_ONCE(d->hash.pprev); }
static inline bool d_unlinked(const struct dentry *d) { return d_unhashed(d) && d != READ_ONCE(d->parent); }
static inline bool d_is_root(const struct dentry *d) { return d == READ_ONCE(d->parent); }
static inline struct inode *d_inode(const struct dentry *d) { return d->inode; }
static inline struct inode *file_inode(const struct file *f) { return f->inode; }
static inline bool sb_rdonly(const struct super_block *sb) { return sb->flags & SB_RDONLY; }

struct iattr {
	unsigned int valid; /* ATTR_* */
	u16 mode;
	u32 uid, gid;
	loff_t size;
	u64 atime_ns, mtime_ns, ctime_ns;
	struct file *file;
};
#define ATTR_MODE	0x001
#define ATTR_UID	0x002
#define ATTR_GID	0x004
#define ATTR_SIZE	0x008
#define ATTR_ATIME	0x010
#define ATTR_MTIME	0x020
#define ATTR_CTIME	0x040
#define ATTR_ATIME_SET	0x080
#define ATTR_MTIME_SET	0x100
#define ATTR_FORCE	0x200
#define ATTR_KILL_PRIV	0x400
#define ATTR_TIMES_SET	0x800
#define ATTR_OPEN	0x1000

struct kstat {
	u32 result_mask;
	u16 mode;
	u32 nlink, uid, gid, blksize;
	dev_t_kernel dev, rdev;
	u64 ino, attributes, attributes_mask;
	loff_t size;
	u64 blocks;
	u64 atime_ns, mtime_ns, ctime_ns, btime_ns;
	u64 mount_id;
};

struct kstatfs {
	u64 type, bsize, blocks, bfree, bavail, files, ffree, fsid, namelen, frsize, flags;
};

/* iterate: emit() copies one entry; false: the buffer is full, stop. ctx->pos is the directory offset of the entry being emitted. */
struct dir_context {
	bool (*actor)(struct dir_context *ctx, const char *name, int len, loff_t pos, u64 ino,
		      unsigned int type);
	loff_t pos;
};
static inline bool dir_emit(struct dir_context *ctx, const char *name, int len, u64 ino,
			    unsigned int type)
{
	return ctx->actor(ctx, name, len, ctx->pos, ino, type);
}
bool dir_emit_dots(struct file *file, struct dir_context *ctx);

/* Paths. dfd: AT_FDCWD or a descriptor; flags LOOKUP_*. The user variants fetch the name. */
#define LOOKUP_FOLLOW		0x0001
#define LOOKUP_DIRECTORY	0x0002
#define LOOKUP_EMPTY		0x0004
#define LOOKUP_PARENT		0x0008
#define LOOKUP_RCU		0x0010
#define LOOKUP_REVAL		0x0020
#define LOOKUP_NO_XDEV		0x0100
#define LOOKUP_NO_MAGICLINKS	0x0200
#define LOOKUP_NO_SYMLINKS	0x0400
#define LOOKUP_BENEATH		0x0800
#define LOOKUP_IN_ROOT		0x1000
#define LOOKUP_CACHED		0x2000
/* from current's root; caller path_put()s */
int kern_path(const char *name, unsigned int flags, struct path *path);
int user_path_at(int dfd, const char __user *name, unsigned int flags, struct path *path);
void path_get(const struct path *path);
void path_put(const struct path *path);
struct dentry *dget_parent(struct dentry *dentry);
bool path_equal(const struct path *a, const struct path *b);
/* as seen from current's root; " (deleted)"; ERR_PTR(-ENAMETOOLONG) */
char *d_path(const struct path *path, char *buf, int len);

/* Open files. */
struct file *filp_open(const char *name, int flags, u32 mode); /* ERR_PTR */
struct file *file_open_at(int dfd, const char *name, int flags, u32 mode);
/* denies writing until released with exec_file_put */
struct file *open_exec(const char *name);
/* AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW */
struct file *open_exec_at(int dfd, const char *name, int flags);
struct file *exec_file_get(struct file *file); /* another holder: keeps denying */
void exec_file_put(struct file *file);
struct file *dentry_open(const struct path *path, int flags);
struct inode *anon_new_inode(u32 mode); /* for alloc_file_pseudo: sockets and their kin */
/* A file on such an inode; takes over the reference on it when it succeeds. */
struct file *alloc_file_pseudo(struct inode *inode, const char *name, int flags,
			       const struct file_operations *ops);
/* Anonymous inodes for eventfd and its kin: [name]. */
struct file *anon_inode_file(const char *name, const struct file_operations *ops, void *private,
			     int flags);
/* The same behind a new descriptor, which is returned, or -errno: then private is still the caller's. flags may have O_CLOEXEC. */
int anon_inode_fd(const char *name, const struct file_operations *ops, void *private, int flags);
static inline struct file *get_file(struct file *f) { atomic_long_inc(&f->refs); return f; }
/* any context; the release runs before the return to user mode */
void fput(struct file *file);
int filp_close(struct file *file, void *files);
ssize_t kernel_read(struct file *file, void *buf, size_t count, loff_t *pos);
ssize_t kernel_write(struct file *file, const void *buf, size_t count, loff_t *pos);
ssize_t vfs_read_iter(struct file *file, struct iov_iter *to, loff_t *pos);
ssize_t vfs_write_iter(struct file *file, struct iov_iter *from, loff_t *pos);
loff_t vfs_llseek(struct file *file, loff_t offset, int whence);
int vfs_getattr(const struct path *path, struct kstat *stat, u32 mask, unsigned int flags);
int vfs_fsync(struct file *file, bool datasync);
int vfs_truncate(const struct path *path, loff_t size);

/* bind(2): makes the name of a socket; the place, with references. -EEXIST. */
int kern_mksocket(const char *name, u32 mode, struct path *path);

/* Permissions. */
int inode_permission(struct inode *inode, int mask);
/* what a permission operation falls back to */
int inode_mode_permission(struct inode *inode, int mask);
bool inode_owner_or_capable(const struct inode *inode);

/* Inodes and dentries, for file systems. */
struct inode *new_inode(struct super_block *sb);
void inode_init_owner(struct inode *inode, const struct inode *dir, u32 mode);
void init_special_inode(struct inode *inode, u32 mode, dev_t_kernel rdev);
void ihold(struct inode *inode);
void iput(struct inode *inode);
void clear_inode(struct inode *inode);
/* By number, for file systems that have one: an inode with I_NEW is filled by the caller, who calls unlock_new_inode or iget_failed. */
struct inode *iget_locked(struct super_block *sb, u64 ino);
struct inode *ilookup(struct super_block *sb, u64 ino);
void unlock_new_inode(struct inode *inode);
void iget_failed(struct inode *inode);
void insert_inode_hash(struct inode *inode);
struct dentry *d_alloc(struct dentry *parent, const struct qstr *name);
struct dentry *d_alloc_name(struct dentry *parent, const char *name);
struct dentry *d_make_root(struct inode *root);
void d_instantiate(struct dentry *dentry, struct inode *inode);
void d_add(struct dentry *dentry, struct inode *inode);
struct dentry *d_splice_alias(struct inode *inode, struct dentry *dentry);
void d_drop(struct dentry *dentry);
void d_delete(struct dentry *dentry);
void d_invalidate(struct dentry *dentry);
/* with a reference; NULL: no name is alive */
struct dentry *d_find_alias(struct inode *inode);
void d_genocide(struct dentry *root);
struct dentry *d_lookup(const struct dentry *parent, const struct qstr *name);
struct dentry *dget(struct dentry *dentry);
void dput(struct dentry *dentry);
int register_filesystem(struct file_system_type *type);
int unregister_filesystem(struct file_system_type *type);
struct file_system_type *get_fs_type(const char *name); /* holds the owner: put_fs_type */
void put_fs_type(struct file_system_type *type);
void for_each_fs_type(void (*fn)(struct file_system_type *type, void *arg), void *arg);
/* Hooks of the module loader. */
extern bool (*fs_module_get)(struct module *owner);
extern void (*fs_module_put)(struct module *owner);
extern int (*fs_request_module)(const char *type_name);
struct dentry *mount_nodev(struct file_system_type *type, unsigned int flags, void *data,
			   int (*fill)(struct super_block *sb, void *data, bool silent));
struct dentry *mount_single(struct file_system_type *type, unsigned int flags, void *data,
			    int (*fill)(struct super_block *sb, void *data, bool silent));
/* On a block device; kill_block_super closes it. */
struct dentry *mount_bdev(struct file_system_type *type, unsigned int flags, const char *device,
			  void *data, int (*fill)(struct super_block *sb, void *data, bool silent));
void kill_block_super(struct super_block *sb);
void kill_anon_super(struct super_block *sb);
void kill_litter_super(struct super_block *sb);
u64 get_next_ino(void);
void generic_fillattr(const struct inode *inode, struct kstat *stat);
int setattr_prepare(struct dentry *dentry, struct iattr *attr);
void setattr_copy(struct inode *inode, const struct iattr *attr);
void touch_atime(const struct path *path);
int file_update_time(struct file *file);
u64 inode_now_ns(const struct inode *inode);
void inc_nlink(struct inode *inode);
void drop_nlink(struct inode *inode);
void clear_nlink(struct inode *inode);
int simple_statfs(struct dentry *root, struct kstatfs *buf);
int cached_file_mmap(struct file *file, struct vma *vma);
ssize_t generic_file_read_iter(struct file *file, struct iov_iter *to, loff_t *pos);
ssize_t generic_file_write_iter(struct file *file, struct iov_iter *from, loff_t *pos);
loff_t generic_file_llseek(struct file *file, loff_t offset, int whence);
loff_t no_llseek(struct file *file, loff_t offset, int whence);
loff_t noop_llseek(struct file *file, loff_t offset, int whence);
int nonseekable_open(struct inode *inode, struct file *file);
int stream_open(struct inode *inode, struct file *file);

/* Character devices: registration of a region; the class folders and kit wrap it. */
int register_chrdev_ops(dev_t_kernel first, unsigned int count, const char *name,
			const struct file_operations *ops, void *private);
void unregister_chrdev_ops(dev_t_kernel first, unsigned int count);
void *chrdev_private(const struct inode *inode);
/* devtmpfs: nodes that appear by themselves; path such as "input/event0". */
int devtmpfs_create(const char *path, u32 mode, dev_t_kernel dev);
int devtmpfs_remove(const char *path);
void devtmpfs_init(void);

/* caches, mount tree with an empty rootfs; init_fs_context stands at its root */
void vfs_init(void);
/* unpack the initramfs; -EINVAL with a log line for a bad one */
int populate_rootfs(const void *archive, size_t size);

#endif
