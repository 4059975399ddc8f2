/* SPDX-License-Identifier: MIT */
/*
 * Descriptor tables (fs/files.c) and the fs context (root, working directory, umask).
 *
 * fd_get() is lock-free; a table used by one thread alone costs no atomic at all. files->lock (LOCK_RANK_FILES) guards changes; the
 * table grows by RCU. There is no limit but RLIMIT_NOFILE and fs.nr_open.
 */
#ifndef FS_FILES_H
#define FS_FILES_H

#include <kernel/rcu.h>
#include <kernel/seqlock.h>
#include <kernel/spinlock.h>
#include <fs/vfs.h>

struct fd_table {
	unsigned int max;
	struct file **file;		/* R */
	unsigned long *close_on_exec, *open, *full;	/* files->lock */
	struct rcu_head rcu;
};

struct files {
	atomic_t count;			/* threads that share it */
	spinlock_t lock;
	struct fd_table *table;		/* R */
	unsigned int next_fd;
	bool resizing;
	struct fd_table first;		/* embedded small table */
	unsigned long first_bits[3];
	struct file *first_file[64];
};

/* A descriptor held for the time of one system call. */
struct fd {
	struct file *file;		/* NULL: EBADF */
	unsigned int flags;
};
#define FDPUT_FPUT	1
#define FDPUT_POS_UNLOCK 2
struct fd fd_get(unsigned int fd);		/* not O_PATH */
struct fd fd_get_raw(unsigned int fd);		/* O_PATH too */
struct fd fd_get_pos(unsigned int fd);		/* with the position locked where need be */
void fd_put(struct fd fd);
void fd_put_pos(struct fd fd);
struct file *fget(unsigned int fd);		/* a reference of its own; NULL */
struct file *fget_raw(unsigned int fd);
struct file *fget_thread(struct thread *t, unsigned int fd);

int get_unused_fd_flags(unsigned int o_flags);	/* O_CLOEXEC; -EMFILE, -ENOMEM */
void put_unused_fd(unsigned int fd);
void fd_install(unsigned int fd, struct file *file);
int close_fd(unsigned int fd);
struct files *files_create(void);
struct files *files_copy(struct files *old, int *error);	/* fork */
void files_put(struct files *files);
void files_close_on_exec(void);
int files_unshare(void);

struct fs_context {
	int users;			/* lock */
	spinlock_t lock;		/* LOCK_RANK_FILES */
	seqcount_t seq;			/* readers of root and pwd under RCU */
	u32 umask;
	bool in_exec;
	struct path root, pwd;
};
struct fs_context *fs_context_copy(struct fs_context *old);	/* NULL: no memory */
void fs_context_put(struct fs_context *fs);
extern struct fs_context init_fs_context;

#endif
