/* SPDX-License-Identifier: MIT */
/* Files: opening, making, mounting, and the other calls on names and descriptors. */
#include "faults.h"
#include <dirent.h>
#include <sys/inotify.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <poll.h>

static void close_fd(long fd) { close(fd); }

/* ---- open ---- */

static long open_new(void) { return open("new-file", O_CREAT | O_EXCL | O_RDWR, 0644); }
static void remove_new(long fd)
{
	close(fd);
	MUST(unlink("new-file"));
}
CALL(open_create, .run = open_new, .undo = remove_new);

static long open_null(void) { return open("/dev/null", O_RDWR); }
CALL(open_dev_null, .run = open_null, .undo = close_fd);
static long open_tty(void) { return open("/dev/ttyS0", O_RDWR | O_NOCTTY | O_NONBLOCK); }
CALL(open_serial, .run = open_tty, .undo = close_fd);
static long open_ptmx(void) { return open("/dev/ptmx", O_RDWR | O_NOCTTY); }
CALL(open_pty_master, .run = open_ptmx, .undo = close_fd);

static int master = -1;
static void ptmx_prepare(void)
{
	int unlock = 0;

	master = MUST(open_ptmx());
	MUST(syscall(SYS_ioctl, master, 0x40045431 /* TIOCSPTLCK */, &unlock));
}
static void ptmx_restore(void) { close(master); }
static long open_slave(void) { return syscall(SYS_ioctl, master, 0x5441 /* TIOCGPTPEER */, O_RDWR | O_NOCTTY); }
CALL(open_pty_slave, .prepare = ptmx_prepare, .run = open_slave, .undo = close_fd,
     .restore = ptmx_restore);

static long open_proc(void) { return open("/proc/self/status", O_RDONLY); }
CALL(open_proc_status, .run = open_proc, .undo = close_fd);
static long open_maps(void) { return open("/proc/self/maps", O_RDONLY); }
CALL(open_proc_maps, .run = open_maps, .undo = close_fd);
static long open_sys(void) { return open("/sys/class/tty/console/dev", O_RDONLY); }
CALL(open_sysfs, .run = open_sys, .undo = close_fd);
static long open_dir(void) { return open("/proc/self/fd", O_RDONLY | O_DIRECTORY); }
CALL(open_proc_folder, .run = open_dir, .undo = close_fd);

static void deep_start(void)
{
	mkdir("deep", 0755);
	mkdir("deep/er", 0755);
	if (symlink("/proc/self/fd/../status", "deep/er/link") && errno != EEXIST)
		give_up("symlink");
}
static long open_deep(void) { return open("deep/./er/../er/link", O_RDONLY); }
CALL(open_through_symlinks, .start = deep_start, .run = open_deep, .undo = close_fd);

static char long_path[3900];
static void long_start(void)
{
	deep_start();
	for (int i = 0; i < 3800; i += 8)
		memcpy(long_path + i, "deep/../", 8);
	memcpy(long_path + 3800, "deep", 5);
}
static long open_long(void) { return open(long_path, O_RDONLY | O_DIRECTORY); }
CALL(open_long_path, .start = long_start, .run = open_long, .undo = close_fd);

static long open_tmp(void) { return open(".", O_TMPFILE | O_RDWR, 0600); }
CALL(open_tmpfile, .run = open_tmp, .undo = close_fd);
static long open_path(void) { return open("/proc/self/exe", O_PATH); }
CALL(open_exe, .run = open_path, .undo = close_fd);

/* The table of descriptors has to grow. */
static void fork_to_grow(const struct call *call, unsigned long nth, struct outcome *o);
static long dup_far(void) { return fcntl(fault_fd, F_DUPFD_CLOEXEC, 900); }
CALL(dup_to_large_number, .run = dup_far, .round = fork_to_grow);

#include <sys/mman.h>
#include <sys/wait.h>
static void fork_to_grow(const struct call *call, unsigned long nth, struct outcome *o)
{
	struct outcome *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	memset(shared, 0, 4096);
	pid = MUST(fork());
	if (!pid) {
		arm(0);
		disarm(shared);
		arm(nth);
		shared->result = call->run();
		shared->error = errno;
		disarm(shared);
		_exit(0);
	}
	MUST(waitpid(pid, NULL, 0));
	*o = *shared;
	munmap(shared, 4096);
}

/* ---- descriptors of other kinds ---- */

static int two[2];
static void close_two(long r)
{
	close(two[0]);
	close(two[1]);
}
static long do_pipe(void) { return pipe2(two, O_CLOEXEC); }
CALL(pipe_new, .run = do_pipe, .undo = close_two);

static void pipe_prepare(void) { MUST(do_pipe()); }
static void pipe_restore(void) { close_two(0); }
static char block[65536];
static long pipe_write(void) { return write(two[1], block, 20000); }
CALL(pipe_write_pages, .prepare = pipe_prepare, .run = pipe_write, .restore = pipe_restore);
static long pipe_resize(void) { return fcntl(two[1], F_SETPIPE_SZ, 1 << 20); }
CALL(pipe_resize_large, .prepare = pipe_prepare, .run = pipe_resize, .restore = pipe_restore);

static long do_memfd(void) { return syscall(SYS_memfd_create, "memory", 1); }
CALL(memfd_new, .run = do_memfd, .undo = close_fd);
static long do_eventfd(void) { return syscall(SYS_eventfd2, 0, 0); }
CALL(eventfd_new, .run = do_eventfd, .undo = close_fd);
static long do_timerfd(void) { return syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 0); }
CALL(timerfd_new, .run = do_timerfd, .undo = close_fd);
static uint64_t signal_set = 1 << 10;
static long do_signalfd(void) { return syscall(SYS_signalfd4, -1, &signal_set, 8, 0); }
CALL(signalfd_new, .run = do_signalfd, .undo = close_fd);
static long do_epoll(void) { return syscall(SYS_epoll_create1, 0); }
CALL(epoll_new, .run = do_epoll, .undo = close_fd);
static long do_inotify(void) { return syscall(SYS_inotify_init1, 0); }
CALL(inotify_new, .run = do_inotify, .undo = close_fd);

static int watcher;
static void inotify_prepare(void) { watcher = MUST(do_inotify()); }
static void watcher_close(void) { close(watcher); }
static long do_watch(void) { return inotify_add_watch(watcher, ".", IN_CREATE); }
CALL(inotify_watch, .prepare = inotify_prepare, .run = do_watch, .restore = watcher_close, .errors = { ENOSPC });

static void epoll_prepare(void)
{
	pipe_prepare();
	watcher = MUST(do_epoll());
}
static void epoll_restore(void)
{
	close(watcher);
	pipe_restore();
}
static uint64_t event[2] = { 1 };
static long do_epoll_add(void) { return syscall(SYS_epoll_ctl, watcher, 1, two[0], event); }
CALL(epoll_add, .prepare = epoll_prepare, .run = do_epoll_add, .restore = epoll_restore);

static struct pollfd polled[200];
static void poll_start(void)
{
	for (int i = 0; i < 200; i++)
		polled[i] = (struct pollfd){ .fd = fault_fd, .events = POLLIN };
}
static long do_poll(void) { return poll(polled, 200, 0); }
CALL(poll_many, .start = poll_start, .run = do_poll);
static unsigned long set[3][64];
static long do_select(void)
{
	struct timeval now = { 0 };

	return syscall(SYS_select, 64 * 60, set[0], set[1], set[2], &now);
}
CALL(select_many, .run = do_select);

/* ---- names ---- */

static long do_mkdir(void) { return mkdir("folder", 0755); }
static void do_rmdir(long r) { MUST(rmdir("folder")); }
CALL(mkdir_new, .run = do_mkdir, .undo = do_rmdir);
static long do_mknod(void) { return mknod("node", S_IFCHR | 0600, 0x103); }
static void unlink_node(long r) { MUST(unlink("node")); }
CALL(mknod_device, .run = do_mknod, .undo = unlink_node);
static char target[300];
static void symlink_start(void) { memset(target, 't', 290); }
static long do_symlink(void) { return symlink(target, "node"); }
CALL(symlink_long, .start = symlink_start, .run = do_symlink, .undo = unlink_node);

static void old_start(void) { close(MUST(open("old", O_CREAT | O_RDWR, 0600))); }
static void old_finish(void) { MUST(unlink("old")); }
static long do_link(void) { return link("old", "node"); }
CALL(link_new, .start = old_start, .run = do_link, .undo = unlink_node, .finish = old_finish);
static long do_rename(void) { return rename("old", "a name that is too long for a place inside the structure of a directory entry"); }
static void rename_back(long r) { MUST(rename("a name that is too long for a place inside the structure of a directory entry", "old")); }
CALL(rename_to_long_name, .start = old_start, .run = do_rename, .undo = rename_back,
     .finish = old_finish);
static void unlink_prepare(void) { old_start(); }
static long do_unlink(void) { return unlink("old"); }
static void unlink_restore(void) { unlink("old"); }
CALL(unlink_file, .prepare = unlink_prepare, .run = do_unlink, .restore = unlink_restore);
static long do_chdir(void) { return chdir("/proc/self/task"); }
static void chdir_back(long r) { MUST(chdir("/tmp/faults")); }
CALL(chdir_proc, .run = do_chdir, .undo = chdir_back);
static char cwd[4096];
static long do_getcwd(void) { return syscall(SYS_getcwd, cwd, sizeof(cwd)); }
CALL(getcwd_page, .run = do_getcwd);
static long do_readlink(void) { return readlink("/proc/self/exe", cwd, sizeof(cwd)); }
CALL(readlink_proc, .run = do_readlink);
static struct stat st;
static long do_stat(void) { return stat("/proc/self/maps", &st); }
CALL(stat_proc, .run = do_stat);
static long do_access(void) { return faccessat(AT_FDCWD, "/proc/self/maps", R_OK, 0); }
CALL(access_as_other, .run = do_access);

static void trusted_start(void) { old_start(); }
static long do_settrusted(void) { return setxattr("old", "trusted.name", block, 3000, 0); }
static void remove_trusted(long r) { MUST(removexattr("old", "trusted.name")); }
CALL(setxattr_trusted, .start = trusted_start, .run = do_settrusted, .undo = remove_trusted,
     .finish = old_finish);
static void attribute_start(void)
{
	old_start();
	MUST(do_settrusted());
}
static void attribute_finish(void)
{
	remove_trusted(0);
	old_finish();
}
static long do_getxattr(void) { return getxattr("old", "trusted.name", cwd, sizeof(cwd)); }
CALL(getxattr_trusted, .start = attribute_start, .run = do_getxattr, .finish = attribute_finish);
static long do_listxattr(void) { return listxattr("old", cwd, sizeof(cwd)); }
CALL(listxattr_all, .start = attribute_start, .run = do_listxattr, .finish = attribute_finish);

/* ---- contents ---- */

static int file = -1;
static void file_prepare(void)
{
	file = MUST(open("contents", O_CREAT | O_RDWR | O_TRUNC, 0600));
}
static void file_restore(void)
{
	close(file);
	MUST(unlink("contents"));
}
static long do_write(void) { return pwrite(file, block, 40000, 1 << 20); }
CALL(write_tmpfs, .prepare = file_prepare, .run = do_write, .restore = file_restore, .errors = { ENOSPC });
static void written_prepare(void)
{
	file_prepare();
	MUST(do_write());
}
static long do_read_hole(void) { return pread(file, block, 40000, 0); }
CALL(read_hole, .prepare = written_prepare, .run = do_read_hole, .restore = file_restore);
static long do_truncate(void) { return ftruncate(file, (1 << 20) + 5000); }
CALL(truncate_file, .prepare = written_prepare, .run = do_truncate, .restore = file_restore);
static long do_fallocate(void) { return fallocate(file, 0, 0, 100000); }
CALL(fallocate_pages, .prepare = file_prepare, .run = do_fallocate, .restore = file_restore, .errors = { ENOSPC });
static long do_punch(void) { return fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (1 << 20) + 100, 10000); }
CALL(punch_hole, .prepare = written_prepare, .run = do_punch, .restore = file_restore);
static struct iovec vector[100];
static long do_writev(void)
{
	for (int i = 0; i < 100; i++)
		vector[i] = (struct iovec){ block, 10 };
	return writev(file, vector, 100);
}
CALL(writev_many, .prepare = file_prepare, .run = do_writev, .restore = file_restore, .errors = { ENOSPC });

static void splice_prepare(void)
{
	written_prepare();
	pipe_prepare();
}
static void splice_restore(void)
{
	pipe_restore();
	file_restore();
}
static long do_splice(void)
{
	loff_t at = 1 << 20;

	return splice(file, &at, two[1], NULL, 20000, 0);
}
CALL(splice_to_pipe, .prepare = splice_prepare, .run = do_splice, .restore = splice_restore);
static int out_file;
static void sendfile_prepare(void)
{
	written_prepare();
	out_file = MUST(open("out", O_CREAT | O_RDWR | O_TRUNC, 0600));
}
static void sendfile_restore(void)
{
	close(out_file);
	MUST(unlink("out"));
	file_restore();
}
static long do_sendfile(void)
{
	off_t at = 1 << 20;

	return sendfile(out_file, file, &at, 20000);
}
CALL(sendfile_to_file, .prepare = sendfile_prepare, .run = do_sendfile, .restore = sendfile_restore, .errors = { ENOSPC });

static void dir_prepare(void) { file = MUST(open("/proc/self", O_RDONLY | O_DIRECTORY)); }
static void plain_close(void) { close(file); }
static long do_getdents(void) { return syscall(SYS_getdents64, file, block, sizeof(block)); }
CALL(getdents_proc, .prepare = dir_prepare, .run = do_getdents, .restore = plain_close);
static void maps_prepare(void) { file = MUST(open("/proc/self/maps", O_RDONLY)); }
static long do_read(void) { return read(file, block, sizeof(block)); }
CALL(read_proc_maps, .prepare = maps_prepare, .run = do_read, .restore = plain_close);
static void mounts_prepare(void) { file = MUST(open("/proc/self/mountinfo", O_RDONLY)); }
CALL(read_mountinfo, .prepare = mounts_prepare, .run = do_read, .restore = plain_close);
static void sysfs_prepare(void) { file = MUST(open("/sys/class/tty/console/dev", O_RDONLY)); }
CALL(read_sysfs, .prepare = sysfs_prepare, .run = do_read, .restore = plain_close);
static void environ_prepare(void) { file = MUST(open("/proc/self/cmdline", O_RDONLY)); }
CALL(read_cmdline, .prepare = environ_prepare, .run = do_read, .restore = plain_close);

/* ---- locks ---- */

static struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 10 };
static long do_setlk(void) { return fcntl(file, F_SETLK, &lock); }
CALL(lock_record, .prepare = file_prepare, .run = do_setlk, .restore = file_restore, .errors = { ENOLCK });
static struct flock middle = { .l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = 14, .l_len = 2 };
static void locked_prepare(void)
{
	file_prepare();
	MUST(do_setlk());
}
static long do_split(void) { return fcntl(file, F_SETLK, &middle); }
CALL(unlock_middle, .prepare = locked_prepare, .run = do_split, .restore = file_restore, .errors = { ENOLCK });
static long do_flock(void) { return flock(file, LOCK_EX); }
CALL(flock_file, .prepare = file_prepare, .run = do_flock, .restore = file_restore, .errors = { ENOLCK });

/* ---- mounts ---- */

static void mount_start(void) { MUST(mkdir("mount", 0755)); }
static void mount_finish(void) { MUST(rmdir("mount")); }
static void do_umount(long r) { MUST(umount("mount")); }

#define MOUNT(type, data)										\
	static long mount_##type(void) { return mount("none", "mount", #type, 0, data); }		\
	CALL(mount_a_##type, .start = mount_start, .run = mount_##type, .undo = do_umount, .finish = mount_finish)
MOUNT(tmpfs, "size=1m,mode=700");
MOUNT(proc, NULL);
MOUNT(sysfs, NULL);
MOUNT(devtmpfs, NULL);
MOUNT(devpts, "mode=620,ptmxmode=666");
MOUNT(mqueue, NULL);

static long mount_bind(void) { return mount("/proc", "mount", NULL, MS_BIND, NULL); }
CALL(mount_bind_one, .start = mount_start, .run = mount_bind, .undo = do_umount,
     .finish = mount_finish);

static void tree_start(void)
{
	mount_start();
	MUST(mkdir("tree", 0755));
	MUST(mount("none", "tree", "tmpfs", 0, NULL));
	MUST(mkdir("tree/a", 0755));
	MUST(mkdir("tree/b", 0755));
	MUST(mount("none", "tree/a", "tmpfs", 0, NULL));
	MUST(mount("none", "tree/b", "proc", 0, NULL));
}
static void tree_finish(void)
{
	MUST(umount("tree/b"));
	MUST(umount("tree/a"));
	MUST(umount("tree"));
	MUST(rmdir("tree"));
	mount_finish();
}
static long bind_tree(void) { return mount("tree", "mount", NULL, MS_BIND | MS_REC, NULL); }
static void umount_tree(long r) { MUST(umount2("mount", MNT_DETACH)); }
CALL(mount_bind_tree, .start = tree_start, .run = bind_tree, .undo = umount_tree,
     .finish = tree_finish);

static void umount_prepare(void) { MUST(mount_tmpfs()); }
static long umount_now(void) { return umount("mount"); }
CALL(umount_tmpfs, .start = mount_start, .prepare = umount_prepare, .run = umount_now,
     .finish = mount_finish, .never = true);
static long remount(void) { return mount("none", "mount", NULL, MS_REMOUNT, "size=2m"); }
static void umount_restore(void) { do_umount(0); }
CALL(mount_again, .start = mount_start, .prepare = umount_prepare, .run = remount,
     .restore = umount_restore, .finish = mount_finish);
