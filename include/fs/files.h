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
	struct file **file;			    /* R */
	unsigned long *close_on_exec, *open, *full; /* files->lock */
	struct rcu_head rcu;
};

struct files {
	atomic_t count; /* threads that share it */
	spinlock_t lock;
	struct fd_table *table; /* R */
	unsigned int next_fd;
	bool resizing;
	struct fd_table first; /* embedded small table */
	unsigned long first_bits[3];
	struct file *first_file[64];
};

/* A descriptor held for the time of one system call. */
struct fd {
	struct file *file; /* NULL: EBADF */
	unsigned int flags;
};
#define FDPUT_FPUT	1
#define FDPUT_POS_UNLOCK 2
struct fd fd_get(unsigned int fd);     /* not O_PATH */
struct fd fd_get_raw(unsigned int fd); /* O_PATH too */
struct fd fd_get_pos(unsigned int fd); /* with the position locked where need be */
void fd_put(struct fd fd);
void fd_put_pos(struct fd fd);
struct file *fget(unsigned int fd); /* a reference of its own; NULL */
struct file *fget_raw(unsigned int fd);
struct file *fget_thread(struct thread *t, unsigned int fd);

int get_unused_fd_flags(unsigned int o_flags); /* O_CLOEXEC; -EMFILE, -ENOMEM */
void put_unused_fd(unsigned int fd);
void fd_install(unsigned int fd, struct file *file);
int close_fd(unsigned int fd);
struct files *files_create(void);
struct files *files_copy(struct files *old, int *error); /* fork */
void files_put(struct files *files);
void files_close_on_exec(void);
int files_unshare(void);
int alloc_fd(unsigned int start, unsigned int end, unsigned int o_flags);
struct files *files_get_thread(struct thread *t); /* with a reference; NULL */
/* the next open one at or above *fd; NULL */
struct file *fget_next_thread(struct thread *t, unsigned int *fd);
unsigned int files_table_size(struct thread *t);
long do_dup3(unsigned int old, unsigned int new, unsigned int o_flags);
long do_dupfd(unsigned int from, struct file *file, unsigned int o_flags);
long do_close_range(unsigned int first, unsigned int last, unsigned int flags);
bool fd_get_cloexec(unsigned int fd);
void fd_set_cloexec(unsigned int fd, bool on);
extern unsigned int fd_nr_open;
void files_init(void);

struct fs_context {
	atomic_t users;
	spinlock_t lock; /* LOCK_RANK_FILES */
	seqcount_t seq;	 /* readers of root and pwd under RCU */
	u32 umask;
	bool in_exec;
	struct path root, pwd;
	/* with a reference; changes while one thread alone has the context */
	struct mount_namespace *ns;
};
struct fs_context *fs_context_copy(struct fs_context *old); /* NULL: no memory */
void fs_context_put(struct fs_context *fs);
extern struct fs_context init_fs_context;
/* CLONE_NEWNS: fs is the caller's alone. -EPERM, -ENOMEM */
int fs_context_new_namespace(struct fs_context *fs);
/* another thread's, with a reference; NULL */
struct fs_context *fs_context_of(struct thread *t);
void fs_get_root(struct fs_context *fs, struct path *root); /* with references */
void fs_get_pwd(struct fs_context *fs, struct path *pwd);
void fs_set_root(struct fs_context *fs, const struct path *root);
void fs_set_pwd(struct fs_context *fs, const struct path *pwd);
/* in every process: pivot_root */
void fs_contexts_replace(const struct path *old, const struct path *new);
long fs_getcwd(char *buf, int len);

#endif
