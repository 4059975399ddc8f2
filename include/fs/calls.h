/* SPDX-License-Identifier: MIT */
/*
 * What the file system calls (kernel/syscall/fs_*.c) call: the VFS's operations on path names and descriptors. Results are those of the system
 * calls.
 */
#ifndef FS_CALLS_H
#define FS_CALLS_H

#include <fs/vfs.h>
#include <uapi/poll.h>

struct iovec;
struct pollfd;

/* --- names --- */

/* A path name in kernel memory. The buffer has slack behind the end, so that words may be read. */
#define PATHNAME_INLINE	128
struct pathname {
	const char *name;
	u16 len;
	char *heap;
	char inline_buf[PATHNAME_INLINE + 8];
};
/* LOOKUP_EMPTY */
int pathname_from_user(struct pathname *p, const char __user *name, unsigned int flags);
int pathname_from_kernel(struct pathname *p, const char *name);
void pathname_put(struct pathname *p);
int path_lookup(int dfd, struct pathname *name, unsigned int flags, struct path *path);

struct open_how_kernel {
	unsigned int open_flags; /* O_* */
	u32 mode;
	unsigned int acc_mode; /* MAY_* */
	unsigned int intent;
	unsigned int lookup_flags;
};
int build_open_how(int flags, u32 mode, u64 resolve, struct open_how_kernel *how);
struct file *do_file_open(int dfd, struct pathname *name, const struct open_how_kernel *how);

/* --- fs/namei.c --- */

long do_mkdirat(int dfd, struct pathname *name, u32 mode);
long do_mknodat(int dfd, struct pathname *name, u32 mode, dev_t_kernel dev);
long do_symlinkat(const char *target, int dfd, struct pathname *name);
long do_linkat(int old_dfd, struct pathname *old_name, int new_dfd, struct pathname *new_name,
	       int flags);
long do_rmdirat(int dfd, struct pathname *name);
long do_unlinkat(int dfd, struct pathname *name);
long do_renameat2(int old_dfd, struct pathname *old_name, int new_dfd, struct pathname *new_name,
		  unsigned int flags);

/* --- fs/stat.c --- */

int do_stat(int dfd, struct pathname *name, int flags, u32 mask, struct kstat *stat);
int do_fstat(unsigned int fd, u32 mask, struct kstat *stat);
int do_access(int dfd, struct pathname *name, int mode, int flags);
int do_readlink(int dfd, struct pathname *name, char *buf, int len);
int do_statfs(const struct path *path, struct kstatfs *buf);

/* --- fs/open.c --- */

struct file *dentry_open(const struct path *path, int flags);

long do_sys_truncate(struct pathname *name, loff_t len);
long do_sys_ftruncate(struct file *file, loff_t len);
long do_fallocate(struct file *file, int mode, loff_t offset, loff_t len);
long do_chmod(const struct path *path, u32 mode);
long do_chown(const struct path *path, u32 uid, u32 gid);
/* times[0] access, [1] modification; UTIME_NOW and UTIME_OMIT as ~0 and ~0 - 1; NULL: both now */
#define TIME_NOW_NS	(~0ull)
#define TIME_OMIT_NS	(~0ull - 1)
long do_utimes(const struct path *path, const u64 *times);
long do_chdir(const struct path *path);
long do_chroot(const struct path *path);

/* --- fs/rw.c --- */

ssize_t vfs_read(struct file *file, char __user *buf, size_t count, loff_t *pos);
ssize_t vfs_write(struct file *file, const char __user *buf, size_t count, loff_t *pos);
ssize_t vfs_readv(struct file *file, const struct iovec __user *vec, unsigned long nr, loff_t *pos,
		  unsigned int rwf);
ssize_t vfs_writev(struct file *file, const struct iovec __user *vec, unsigned long nr, loff_t *pos,
		   unsigned int rwf);
loff_t generic_file_llseek_size(struct file *file, loff_t offset, int whence, loff_t max,
				loff_t eof);
/* 0, -ESPIPE or -EINVAL; the file systems' errors do not matter to a hint */
int vfs_fadvise(struct file *file, loff_t offset, loff_t len, int advice);
int vfs_fsync_range(struct file *file, loff_t start, loff_t end, bool datasync);
int noop_fsync(struct file *file, loff_t start, loff_t end, bool datasync);
void do_sync(void);
int do_syncfs(struct file *file);
int file_remove_privs(struct file *file);

/* --- fs/readdir.c --- */

int iterate_dir(struct file *file, struct dir_context *ctx);
long do_getdents(struct file *file, void __user *buf, unsigned int count, bool wide);

/* --- fs/select.c --- */

#define POLL_NO_WAIT	0ull		/* deadlines: CLOCK_MONOTONIC in ns; KTIME_MAX: none */
long do_poll(struct pollfd __user *user, unsigned int nr, u64 deadline_ns);
long do_select(int nr, unsigned long __user *in, unsigned long __user *out,
	       unsigned long __user *ex, u64 deadline_ns);

/* --- fs/eventpoll.c --- */

long do_epoll_create(int flags);
long do_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event);
/* 0: do not wait */
long do_epoll_wait(int epfd, struct epoll_event __user *events, int max, u64 deadline_ns);
void eventpoll_init(void);

/* --- fs/inotify.c --- */

extern unsigned int inotify_max_instances, inotify_max_watches, inotify_max_events;

long do_inotify_init(int flags);
long do_inotify_add_watch(int fd, const char __user *path, u32 mask);
long do_inotify_rm_watch(int fd, int wd);

/* --- fs/fcntl.c --- */

long do_fcntl(unsigned int fd, unsigned int command, unsigned long arg);
long do_ioctl(unsigned int fd, unsigned int command, unsigned long arg);

/* --- fs/xattr.c --- */

long do_setxattr(const struct path *path, const char __user *name, const void __user *value,
		 size_t size, int flags);
long do_getxattr(const struct path *path, const char __user *name, void __user *value, size_t size);
long do_listxattr(const struct path *path, char __user *list, size_t size);
long do_removexattr(const struct path *path, const char __user *name);

/* --- fs/splice.c --- */

ssize_t do_sendfile(struct file *out, struct file *in, loff_t *pos, size_t count);
ssize_t do_copy_file_range(struct file *in, loff_t *in_pos, struct file *out, loff_t *out_pos,
			   size_t len, unsigned int flags);
/* Positions NULL: the file's own. */
ssize_t do_splice(struct file *in, loff_t *in_pos, struct file *out, loff_t *out_pos, size_t len,
		  unsigned int flags);
ssize_t do_tee(struct file *in, struct file *out, size_t len, unsigned int flags);

/* --- fs/mount.c --- */

long do_mount(const char *device, struct pathname *dir, const char *type, unsigned long flags,
	      char *options);
long do_umount(struct pathname *dir, int flags);
long do_pivot_root(struct pathname *new_root, struct pathname *put_old);

void filesystem_class_init(void); /* drivers of file systems (fs/filesystem) */

#endif
