/* SPDX-License-Identifier: MIT */
/* Names: creating, linking, renaming, removing, listing, looking up; attributes and permissions. */
#include "harness.h"

#include <dirent.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/xattr.h>

static struct stat stat_of(const char *path)
{
	struct stat st = { 0 };

	EXPECT_OK(lstat(path, &st));
	return st;
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

TEST(create_modes)
{
	int fd;

	ASSERT_OK(open("new", O_RDWR | O_CREAT | O_EXCL, 0666));
	EXPECT_EQ(stat_of("new").st_mode, S_IFREG | 0644);
	EXPECT_ERR(open("new", O_RDWR | O_CREAT | O_EXCL, 0666), EEXIST);
	EXPECT_OK(open("new", O_RDWR | O_CREAT, 0666));
	umask(077);
	EXPECT_OK(mkdir("folder", 0777));
	EXPECT_EQ(stat_of("folder").st_mode, S_IFDIR | 0700);
	/* A read-only mode does not hinder the creating descriptor. */
	fd = ASSERT_OK(open("readonly", O_WRONLY | O_CREAT, 0400));
	EXPECT_EQ(write(fd, "x", 1), 1);
	EXPECT_EQ(umask(0), 077);
}

TEST(open_errors)
{
	spew("file", "x");
	EXPECT_ERR(open("missing", O_RDONLY), ENOENT);
	EXPECT_ERR(open("missing/x", O_RDWR | O_CREAT, 0600), ENOENT);
	EXPECT_ERR(open("file/x", O_RDONLY), ENOTDIR);
	EXPECT_ERR(open("file/", O_RDONLY), ENOTDIR);
	EXPECT_ERR(open("", O_RDONLY), ENOENT);
	EXPECT_ERR(open(".", O_WRONLY), EISDIR);
	EXPECT_ERR(open(".", O_RDWR | O_CREAT, 0600), EISDIR);
	EXPECT_ERR(open("file", O_RDONLY | O_DIRECTORY), ENOTDIR);
	EXPECT_ERR(open((char *)16, O_RDONLY), EFAULT);
	EXPECT_ERR(open("new/", O_RDWR | O_CREAT, 0600), EISDIR);
	EXPECT_OK(symlink("nowhere", "dangling"));
	EXPECT_ERR(open("dangling", O_RDONLY), ENOENT);
	EXPECT_ERR(open("dangling", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
	EXPECT_ERR(open("dangling", O_RDONLY | O_NOFOLLOW), ELOOP);
	EXPECT_OK(open("dangling", O_RDWR | O_CREAT, 0600));
	EXPECT(exists("nowhere"));
}

TEST(name_lengths)
{
	char name[NAME_MAX + 2], *path = malloc(3 * PATH_MAX);

	memset(name, 'n', sizeof(name));
	name[NAME_MAX] = '\0';
	EXPECT_OK(mkdir(name, 0700));
	EXPECT_OK(rmdir(name));
	name[NAME_MAX] = 'n';
	name[NAME_MAX + 1] = '\0';
	EXPECT_ERR(mkdir(name, 0700), ENAMETOOLONG);
	EXPECT_ERR(open(name, O_RDONLY), ENAMETOOLONG);
	/* Paths of at most PATH_MAX bytes, the final zero among them. */
	path[0] = '\0';
	for (int i = 0; i < PATH_MAX / 2 - 1; i++)
		strcat(path, "./");
	strcat(path, ".");
	EXPECT_EQ(strlen(path), PATH_MAX - 1);
	struct stat st;

	EXPECT_OK(stat(path, &st));
	strcat(path, "/");
	EXPECT_ERR(stat(path, &st), ENAMETOOLONG);
	free(path);
}

TEST(dots_and_slashes)
{
	struct stat here, there;

	ASSERT_OK(mkdir("a", 0700));
	ASSERT_OK(mkdir("a/b", 0700));
	ASSERT_OK(stat("a", &here));
	EXPECT_OK(stat("a//b/.././//./", &there));
	EXPECT_EQ(here.st_ino, there.st_ino);
	EXPECT_OK(stat("/..", &there));
	EXPECT_OK(stat("/", &here));
	EXPECT_EQ(here.st_ino, there.st_ino);
	EXPECT_ERR(rmdir("a/."), EINVAL);
	EXPECT_ERR(rmdir("a/b/.."), ENOTEMPTY);
	EXPECT_ERR(mkdir("a/.", 0700), EEXIST);
	EXPECT_ERR(mkdir("/", 0700), EEXIST);
	EXPECT_ERR(rmdir("/"), EBUSY);
}

TEST(working_folder)
{
	char start[PATH_MAX], now[PATH_MAX];

	ASSERT(getcwd(start, sizeof(start)));
	ASSERT_OK(mkdir("deep", 0700));
	ASSERT_OK(mkdir("deep/er", 0700));
	EXPECT_OK(chdir("deep/er"));
	ASSERT(getcwd(now, sizeof(now)));
	EXPECT_STR(now + strlen(start), "/deep/er");
	EXPECT_EQ((long)getcwd(now, 3), 0);
	EXPECT_EQ(errno, ERANGE);
	int fd = ASSERT_OK(open("..", O_RDONLY));

	EXPECT_OK(fchdir(fd));
	EXPECT_OK(rmdir("er"));
	/* A removed working folder has no path and takes no files. */
	ASSERT_OK(mkdir("gone", 0700));
	EXPECT_OK(chdir("gone"));
	EXPECT_OK(rmdir("../gone"));
	EXPECT_ERR(open("x", O_RDWR | O_CREAT, 0600), ENOENT);
	EXPECT(!getcwd(now, sizeof(now)));
	EXPECT_EQ(errno, ENOENT);
	EXPECT_OK(chdir(".."));
	EXPECT_ERR(chdir("missing"), ENOENT);
	EXPECT_ERR(fchdir(0), ENOTDIR);
}

TEST(hard_links)
{
	spew("one", "content");
	EXPECT_OK(link("one", "two"));
	EXPECT_EQ(stat_of("one").st_nlink, 2);
	EXPECT_EQ(stat_of("one").st_ino, stat_of("two").st_ino);
	EXPECT_OK(unlink("one"));
	EXPECT_EQ(stat_of("two").st_nlink, 1);
	EXPECT_STR(slurp("two"), "content");
	EXPECT_ERR(link("missing", "x"), ENOENT);
	EXPECT_ERR(link("two", "two"), EEXIST);
	EXPECT_ERR(link(".", "x"), EPERM);
	EXPECT_ERR(link("two", "/dev/x"), EXDEV);
	ASSERT_OK(symlink("two", "sym"));
	EXPECT_OK(link("sym", "sym2"));
	EXPECT(S_ISLNK(stat_of("sym2").st_mode));
	EXPECT_OK(linkat(AT_FDCWD, "sym", AT_FDCWD, "real", AT_SYMLINK_FOLLOW));
	EXPECT(S_ISREG(stat_of("real").st_mode));
}

TEST(symbolic_links)
{
	char target[64];
	struct stat st;

	spew("file", "12345");
	ASSERT_OK(mkdir("dir", 0700));
	EXPECT_OK(symlink("file", "link"));
	EXPECT_EQ(readlink("link", target, sizeof(target)), 4);
	EXPECT_EQ(readlink("link", target, 2), 2);
	EXPECT_ERR(readlink("file", target, sizeof(target)), EINVAL);
	EXPECT_ERR(readlink("link", target, 0), EINVAL);
	EXPECT_EQ(stat_of("link").st_size, 4);
	EXPECT_OK(stat("link", &st));
	EXPECT_EQ(st.st_size, 5);
	EXPECT_ERR(symlink("x", "link"), EEXIST);
	EXPECT_ERR(symlink("", "empty"), ENOENT);
	EXPECT_OK(symlink("../file", "dir/up"));
	EXPECT_STR(slurp("dir/up"), "12345");
	EXPECT_OK(symlink("dir", "dirlink"));
	EXPECT_STR(slurp("dirlink/up"), "12345");
	EXPECT(S_ISLNK(stat_of("dirlink").st_mode));
	EXPECT(S_ISDIR(stat_of("dirlink/").st_mode));
	EXPECT_ERR(rmdir("dirlink"), ENOTDIR);
	EXPECT_OK(unlink("dirlink"));
	EXPECT(exists("dir/up"));
}

TEST(symbolic_link_limits)
{
	struct stat st;
	char name[16], target[16];

	ASSERT_OK(symlink("loop", "loop"));
	EXPECT_ERR(stat("loop", &st), ELOOP);
	ASSERT_OK(symlink("b", "a"));
	ASSERT_OK(symlink("a", "b"));
	EXPECT_ERR(open("a", O_RDONLY), ELOOP);
	/* 40 are followed, 41 are not. */
	spew("0", "end");
	for (int i = 1; i <= 41; i++) {
		snprintf(name, sizeof(name), "%d", i);
		snprintf(target, sizeof(target), "%d", i - 1);
		ASSERT_OK(symlink(target, name));
	}
	EXPECT_OK(stat("40", &st));
	EXPECT_ERR(stat("41", &st), ELOOP);
}

TEST(unlink_rules)
{
	char c;

	spew("file", "x");
	ASSERT_OK(mkdir("dir", 0700));
	spew("dir/inner", "y");
	EXPECT_ERR(unlink("dir"), EISDIR);
	EXPECT_ERR(rmdir("dir"), ENOTEMPTY);
	EXPECT_ERR(rmdir("file"), ENOTDIR);
	EXPECT_ERR(unlink("missing"), ENOENT);
	EXPECT_ERR(unlinkat(AT_FDCWD, "file", 0x40000000), EINVAL);
	/* Open files live on without a name. */
	int fd = ASSERT_OK(open("file", O_RDWR));
	struct stat st;

	EXPECT_OK(unlink("file"));
	EXPECT(!exists("file"));
	EXPECT_OK(fstat(fd, &st));
	EXPECT_EQ(st.st_nlink, 0);
	EXPECT_EQ(read(fd, &c, 1), 1);
	EXPECT_EQ(c, 'x');
	EXPECT_EQ(pwrite(fd, "more", 4, 0), 4);
	EXPECT_OK(unlinkat(AT_FDCWD, "dir/inner", 0));
	EXPECT_OK(unlinkat(AT_FDCWD, "dir", AT_REMOVEDIR));
}

TEST(rename_rules)
{
	spew("a", "A");
	spew("b", "B");
	ASSERT_OK(mkdir("dir", 0700));
	ASSERT_OK(mkdir("dir/sub", 0700));
	ASSERT_OK(mkdir("empty", 0700));
	EXPECT_OK(rename("a", "b"));
	EXPECT(!exists("a"));
	EXPECT_STR(slurp("b"), "A");
	EXPECT_ERR(rename("b", "dir"), EISDIR);
	EXPECT_ERR(rename("dir", "b"), ENOTDIR);
	EXPECT_ERR(rename("empty", "dir"), ENOTEMPTY);
	EXPECT_OK(rename("dir", "empty"));
	EXPECT(exists("empty/sub"));
	EXPECT_ERR(rename("empty", "empty/sub/x"), EINVAL);
	EXPECT_ERR(rename("missing", "x"), ENOENT);
	EXPECT_ERR(rename("b", "/proc/x"), EXDEV);
	EXPECT_ERR(rename(".", "x"), EBUSY);
	EXPECT_OK(rename("b", "b"));
	/* Two names of one file: nothing happens. */
	ASSERT_OK(link("b", "same"));
	EXPECT_OK(rename("b", "same"));
	EXPECT(exists("b") && exists("same"));
	/* A folder's .. follows it. */
	ASSERT_OK(mkdir("other", 0700));
	EXPECT_OK(rename("empty/sub", "other/sub"));
	struct stat up;

	EXPECT_OK(stat("other/sub/..", &up));
	EXPECT_EQ(up.st_ino, stat_of("other").st_ino);
	EXPECT_EQ(stat_of("other").st_nlink, 3);
	EXPECT_EQ(stat_of("empty").st_nlink, 2);
}

TEST(rename_flags)
{
	spew("a", "A");
	spew("b", "B");
	EXPECT_ERR(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE), EEXIST);
	EXPECT_OK(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_EXCHANGE));
	EXPECT_STR(slurp("a"), "B");
	EXPECT_STR(slurp("b"), "A");
	EXPECT_ERR(renameat2(AT_FDCWD, "a", AT_FDCWD, "missing", RENAME_EXCHANGE), ENOENT);
	EXPECT_ERR(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_EXCHANGE | RENAME_NOREPLACE),
		   EINVAL);
	EXPECT_ERR(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", 0x100), EINVAL);
	EXPECT_OK(renameat2(AT_FDCWD, "a", AT_FDCWD, "c", RENAME_NOREPLACE));
	ASSERT_OK(mkdir("dir", 0700));
	spew("dir/in", "x");
	EXPECT_OK(renameat2(AT_FDCWD, "dir", AT_FDCWD, "b", RENAME_EXCHANGE));
	EXPECT(exists("b/in"));
	EXPECT_STR(slurp("dir"), "A");
}

TEST(rename_is_atomic_to_others)
{
	spew("target", "0");
	pid_t pid = CHILD({
		for (int i = 0; i < 500; i++) {
			spew("temp", "1");
			ASSERT_OK(rename("temp", "target"));
		}
	});
	int misses = 0, status;

	do {
		misses += !exists("target");
	} while (waitpid(pid, &status, WNOHANG) == 0);
	EXPECT_EQ(status, 0);
	EXPECT_EQ(misses, 0);
}

TEST(folders_count_links)
{
	ASSERT_OK(mkdir("dir", 0755));
	EXPECT_EQ(stat_of("dir").st_nlink, 2);
	ASSERT_OK(mkdir("dir/one", 0755));
	ASSERT_OK(mkdir("dir/two", 0755));
	EXPECT_EQ(stat_of("dir").st_nlink, 4);
	EXPECT_OK(rmdir("dir/one"));
	EXPECT_EQ(stat_of("dir").st_nlink, 3);
}

TEST(listing)
{
	enum { COUNT = 500 };
	char name[32], seen[COUNT] = "";
	struct dirent *d;
	int others = 0;

	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "entry-%d", i);
		spew(name, "");
	}
	DIR *dir = opendir(".");

	ASSERT(dir);
	while ((d = readdir(dir))) {
		int i;

		if (sscanf(d->d_name, "entry-%d", &i) == 1) {
			ASSERT(i >= 0 && i < COUNT);
			EXPECT_EQ(seen[i]++, 0);
			EXPECT_EQ(d->d_type, DT_REG);
		} else {
			others++;
			EXPECT_EQ(d->d_type, DT_DIR);
		}
	}
	EXPECT_EQ(others, 2);
	for (int i = 0; i < COUNT; i++)
		ASSERT_EQ(seen[i], 1);
	rewinddir(dir);
	int again = 0;

	while (readdir(dir))
		again++;
	EXPECT_EQ(again, COUNT + 2);
	closedir(dir);
}

TEST(listing_while_removing)
{
	char name[32];
	struct dirent *d;

	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "e%d", i);
		spew(name, "");
	}
	DIR *dir = opendir(".");

	while ((d = readdir(dir)))
		if (d->d_name[0] == 'e')
			EXPECT_OK(unlink(d->d_name));
	closedir(dir);
	dir = opendir(".");
	while ((d = readdir(dir)))
		EXPECT_EQ(d->d_name[0], '.');
	closedir(dir);
}

TEST(getdents_buffer)
{
	char buffer[1024];
	int fd = ASSERT_OK(open(".", O_RDONLY | O_DIRECTORY));

	EXPECT_ERR(syscall(SYS_getdents64, fd, buffer, 4), EINVAL);
	EXPECT_ERR(syscall(SYS_getdents64, fd, (char *)16, 1024), EFAULT);
	EXPECT_GT(syscall(SYS_getdents64, fd, buffer, 1024), 0);
	EXPECT_EQ(syscall(SYS_getdents64, fd, buffer, 1024), 0);
	EXPECT_ERR(syscall(SYS_getdents64, 0, buffer, 1024), ENOTDIR);
	EXPECT_ERR(read(fd, buffer, 10), EISDIR);
}

TEST(names_may_hold_any_byte)
{
	char name[256];
	int n = 0;

	for (int c = 1; c < 256; c++)
		if (c != '/')
			name[n++] = c;
	name[n] = '\0';
	spew(name, "odd");
	EXPECT_STR(slurp(name), "odd");
	DIR *dir = opendir(".");
	struct dirent *d;
	int found = 0;

	while ((d = readdir(dir)))
		found += !strcmp(d->d_name, name);
	closedir(dir);
	EXPECT_EQ(found, 1);
}

TEST(stat_fields)
{
	struct stat st, dev;

	spew("file", "123456789");
	chmod("file", 0640);
	st = stat_of("file");
	EXPECT_EQ(st.st_mode, S_IFREG | 0640);
	EXPECT_EQ(st.st_size, 9);
	EXPECT_EQ(st.st_uid, 0);
	EXPECT_GT(st.st_blksize, 0);
	EXPECT_GT(st.st_ino, 0);
	EXPECT(labs(st.st_mtime - time(NULL)) < 60);
	dev = stat_of("/dev/null");
	EXPECT(S_ISCHR(dev.st_mode));
	EXPECT_EQ(dev.st_rdev, makedev(1, 3));
	EXPECT_NE(dev.st_dev, st.st_dev);
	EXPECT_ERR(stat("missing", &st), ENOENT);
	EXPECT_ERR(stat("file", (struct stat *)16), EFAULT);
	EXPECT_ERR(fstat(999, &st), EBADF);
	EXPECT_OK(fstatat(AT_FDCWD, "", &st, AT_EMPTY_PATH));
	EXPECT(S_ISDIR(st.st_mode));
	EXPECT_ERR(fstatat(AT_FDCWD, "file", &st, 0x40000000), EINVAL);
}

TEST(statx_fields)
{
	struct statx sx = { 0 };

	spew("file", "123");
	EXPECT_OK(statx(AT_FDCWD, "file", 0, STATX_BASIC_STATS | STATX_BTIME, &sx));
	EXPECT_EQ(sx.stx_mask & STATX_BASIC_STATS, STATX_BASIC_STATS);
	EXPECT_EQ(sx.stx_size, 3);
	EXPECT_EQ(sx.stx_mode, S_IFREG | 0644);
	EXPECT_EQ(sx.stx_nlink, 1);
	EXPECT_EQ(sx.stx_ino, stat_of("file").st_ino);
	EXPECT_EQ(makedev(sx.stx_dev_major, sx.stx_dev_minor), stat_of("file").st_dev);
	int fd = ASSERT_OK(open("file", O_RDONLY));

	EXPECT_OK(statx(fd, "", AT_EMPTY_PATH, STATX_SIZE, &sx));
	EXPECT_ERR(statx(AT_FDCWD, "file", 0, 0x80000000, &sx), EINVAL);
	EXPECT_ERR(statx(AT_FDCWD, "file", 0x40000000, STATX_SIZE, &sx), EINVAL);
}

TEST(times)
{
	struct timespec set[2] = { { 1000000000, 123456789 }, { 1100000000, 987654321 } };
	struct stat st;

	spew("file", "x");
	EXPECT_OK(utimensat(AT_FDCWD, "file", set, 0));
	st = stat_of("file");
	EXPECT_EQ(st.st_atim.tv_sec, 1000000000);
	EXPECT_EQ(st.st_atim.tv_nsec, 123456789);
	EXPECT_EQ(st.st_mtim.tv_sec, 1100000000);
	EXPECT_EQ(st.st_mtim.tv_nsec, 987654321);
	set[0].tv_nsec = UTIME_OMIT;
	set[1].tv_nsec = UTIME_NOW;
	EXPECT_OK(utimensat(AT_FDCWD, "file", set, 0));
	st = stat_of("file");
	EXPECT_EQ(st.st_atim.tv_sec, 1000000000);
	EXPECT(labs(st.st_mtime - time(NULL)) < 60);
	set[0].tv_nsec = 2000000000;
	EXPECT_ERR(utimensat(AT_FDCWD, "file", set, 0), EINVAL);
	/* Writing moves mtime and ctime, chmod only ctime. */
	struct timespec old[2] = { { 5, 0 }, { 5, 0 } };

	utimensat(AT_FDCWD, "file", old, 0);
	chmod("file", 0600);
	EXPECT_EQ(stat_of("file").st_mtime, 5);
	EXPECT_NE(stat_of("file").st_ctime, 5);
	spew("file", "y");
	EXPECT_NE(stat_of("file").st_mtime, 5);
	ASSERT_OK(mkdir("dir", 0700));
	utimensat(AT_FDCWD, "dir", old, 0);
	spew("dir/new", "");
	EXPECT_NE(stat_of("dir").st_mtime, 5);
	ASSERT_OK(symlink("file", "link"));
	EXPECT_OK(utimensat(AT_FDCWD, "link", old, AT_SYMLINK_NOFOLLOW));
	EXPECT_EQ(stat_of("link").st_mtime, 5);
}

/* mmap counts as a read, the first store to a page through a shared mapping as a write; a private one changes nothing. */
TEST(times_of_mapped_files)
{
	struct timespec old[2] = { { 5, 0 }, { 5, 0 } };
	long page = sysconf(_SC_PAGESIZE);
	char *shared, *private;
	int fd;

	spew("file", "x");
	ASSERT_OK(truncate("file", 2 * page));
	fd = ASSERT_OK(open("file", O_RDWR));
	ASSERT_OK(utimensat(AT_FDCWD, "file", old, 0));
	private = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	ASSERT(private != MAP_FAILED);
	EXPECT_NE(stat_of("file").st_atime, 5);
	private[0] = 'y';
	EXPECT_EQ(stat_of("file").st_mtime, 5);
	shared = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT(shared != MAP_FAILED);
	EXPECT_EQ(stat_of("file").st_mtime, 5);
	shared[page] = 'z';
	EXPECT_NE(stat_of("file").st_mtime, 5);
	EXPECT_EQ(stat_of("file").st_mtime, stat_of("file").st_ctime);
}

static struct timespec atime_after_read(int fd)
{
	char byte;

	EXPECT_EQ(pread(fd, &byte, 1, 0), 1);
	return stat_of("file").st_atim;
}

/* mount(8), relatime: a read is noted if none has been since the last change, or in a day. */
TEST(time_of_reading)
{
	struct timespec old[2] = { { 5, 0 }, { 0, UTIME_OMIT } }, first, pause = { 0, 30000000 };
	time_t later = time(NULL) + 3600;
	int fd;

	spew("file", "x");
	fd = ASSERT_OK(open("file", O_RDWR));
	ASSERT_OK(utimensat(AT_FDCWD, "file", old, 0));
	/* Linux's times are a tick's: a read in that of the change would not be behind it. */
	nanosleep(&pause, NULL);
	first = atime_after_read(fd);
	EXPECT(first.tv_sec > 5 && first.tv_sec < later);
	nanosleep(&pause, NULL);
	EXPECT_EQ(atime_after_read(fd).tv_nsec, first.tv_nsec);
	EXPECT_EQ(pwrite(fd, "y", 1, 0), 1);
	EXPECT_NE(atime_after_read(fd).tv_nsec, first.tv_nsec);
	/* to come, and so neither before the last change nor a day ago */
	old[0].tv_sec = later;
	ASSERT_OK(utimensat(AT_FDCWD, "file", old, 0));
	EXPECT_EQ(atime_after_read(fd).tv_sec, later);
	close(fd);
}

TEST(modes_and_owners)
{
	spew("file", "x");
	EXPECT_OK(chmod("file", 07777));
	EXPECT_EQ(stat_of("file").st_mode & 07777, 07777);
	/* A change of owner drops the set-id bits of a program. */
	EXPECT_OK(chown("file", 10, 20));
	EXPECT_EQ(stat_of("file").st_mode & 07777, 01777);
	EXPECT_EQ(stat_of("file").st_uid, 10);
	EXPECT_EQ(stat_of("file").st_gid, 20);
	EXPECT_OK(chown("file", -1, 30));
	EXPECT_EQ(stat_of("file").st_uid, 10);
	EXPECT_EQ(stat_of("file").st_gid, 30);
	ASSERT_OK(symlink("file", "link"));
	EXPECT_OK(lchown("link", 5, 5));
	EXPECT_EQ(stat_of("file").st_uid, 10);
	EXPECT_EQ(stat_of("link").st_uid, 5);
	EXPECT_ERR(chmod("missing", 0600), ENOENT);
	/* New files in a set-gid folder take its group. */
	ASSERT_OK(mkdir("dir", 0755));
	EXPECT_OK(chown("dir", 0, 50));
	EXPECT_OK(chmod("dir", 02755));
	spew("dir/new", "");
	EXPECT_EQ(stat_of("dir/new").st_gid, 50);
	ASSERT_OK(mkdir("dir/sub", 0755));
	EXPECT_EQ(stat_of("dir/sub").st_mode & 07777, 02755);
}

static void become(int uid, int gid)
{
	ASSERT_OK(syscall(SYS_setgroups, 0, NULL));
	ASSERT_OK(setresgid(gid, gid, gid));
	ASSERT_OK(setresuid(uid, uid, uid));
}

TEST(permissions_of_others)
{
	spew("secret", "x");
	chmod("secret", 0600);
	spew("group", "x");
	chmod("group", 0640);
	chown("group", 0, 2000);
	spew("write", "x");
	chmod("write", 0222);
	ASSERT_OK(mkdir("closed", 0700));
	spew("closed/inner", "x");
	ASSERT_OK(mkdir("pass", 0711));
	spew("pass/inner", "x");
	EXPECT_EXIT(CHILD({
			    become(1000, 1000);
			    EXPECT_ERR(open("secret", O_RDONLY), EACCES);
			    EXPECT_ERR(open("group", O_RDONLY), EACCES);
			    EXPECT_ERR(open("write", O_RDONLY), EACCES);
			    EXPECT_OK(open("write", O_WRONLY));
			    EXPECT_ERR(open("closed/inner", O_RDONLY), EACCES);
			    EXPECT_OK(open("pass/inner", O_RDONLY));
			    EXPECT_ERR(open("pass", O_RDONLY), EACCES);
			    EXPECT_ERR(open("new", O_RDWR | O_CREAT, 0600), EACCES);
			    EXPECT_ERR(unlink("write"), EACCES);
			    EXPECT_ERR(mkdir("new", 0700), EACCES);
			    EXPECT_ERR(rename("write", "other"), EACCES);
			    EXPECT_ERR(chmod("write", 0777), EPERM);
			    EXPECT_ERR(chown("write", 1000, 1000), EPERM);
			    EXPECT_ERR(truncate("group", 0), EACCES);
			    EXPECT_ERR(chdir("closed"), EACCES);
			    EXPECT_ERR(utimensat(AT_FDCWD, "write",
						 (struct timespec[2]){ { 1, 0 }, { 1, 0 } }, 0),
				       EPERM);
			    EXPECT_OK(utimensat(AT_FDCWD, "write", NULL, 0));
		    }),
		    0);
	EXPECT_EXIT(CHILD({
			    become(1000, 2000);
			    EXPECT_OK(open("group", O_RDONLY));
			    EXPECT_ERR(open("group", O_WRONLY), EACCES);
		    }),
		    0);
	EXPECT_EXIT(CHILD({
			    gid_t extra = 2000;
			    ASSERT_OK(syscall(SYS_setgroups, 1, &extra));
			    ASSERT_OK(setresgid(1000, 1000, 1000));
			    ASSERT_OK(setresuid(1000, 1000, 1000));
			    EXPECT_OK(open("group", O_RDONLY));
		    }),
		    0);
}

TEST(access_uses_real_ids)
{
	spew("secret", "x");
	chmod("secret", 0600);
	EXPECT_OK(access("secret", R_OK | W_OK));
	EXPECT_ERR(access("secret", X_OK), EACCES);
	EXPECT_ERR(access("missing", F_OK), ENOENT);
	EXPECT_ERR(access("secret", 8), EINVAL);
	EXPECT_EXIT(CHILD({
			    ASSERT_OK(setresuid(1000, 0, 0));
			    EXPECT_ERR(access("secret", R_OK), EACCES);
			    EXPECT_OK(faccessat(AT_FDCWD, "secret", R_OK, AT_EACCESS));
			    EXPECT_OK(open("secret", O_RDONLY));
		    }),
		    0);
}

TEST(sticky_folder)
{
	ASSERT_OK(mkdir("sticky", 01777));
	chmod("sticky", 01777);
	EXPECT_EXIT(CHILD({
			    become(1000, 1000);
			    spew("sticky/mine", "x");
		    }),
		    0);
	EXPECT_EXIT(CHILD({
			    become(1001, 1001);
			    EXPECT_ERR(unlink("sticky/mine"), EPERM);
			    EXPECT_ERR(rename("sticky/mine", "sticky/yours"), EPERM);
			    spew("sticky/other", "y");
			    EXPECT_ERR(rename("sticky/other", "sticky/mine"), EPERM);
			    EXPECT_OK(unlink("sticky/other"));
		    }),
		    0);
	EXPECT_EXIT(CHILD({
			    become(1000, 1000);
			    EXPECT_OK(unlink("sticky/mine"));
		    }),
		    0);
}

TEST(write_drops_set_id_bits)
{
	spew("prog", "x");
	chown("prog", 1000, 1000);
	chmod("prog", 06777);
	EXPECT_EXIT(CHILD({
			    become(1001, 1001);
			    int fd = ASSERT_OK(open("prog", O_WRONLY));
			    EXPECT_EQ(write(fd, "y", 1), 1);
		    }),
		    0);
	EXPECT_EQ(stat_of("prog").st_mode & 07777, 0777);
}

TEST(relative_to_a_folder)
{
	ASSERT_OK(mkdir("dir", 0755));
	int dir = ASSERT_OK(open("dir", O_RDONLY | O_DIRECTORY)), fd;

	fd = EXPECT_OK(openat(dir, "file", O_RDWR | O_CREAT, 0600));
	EXPECT(exists("dir/file"));
	EXPECT_OK(mkdirat(dir, "sub", 0700));
	EXPECT_OK(symlinkat("file", dir, "link"));
	char target[8] = "";

	EXPECT_EQ(readlinkat(dir, "link", target, 8), 4);
	EXPECT_OK(renameat(dir, "file", AT_FDCWD, "moved"));
	EXPECT(exists("moved"));
	EXPECT_OK(linkat(AT_FDCWD, "moved", dir, "again", 0));
	EXPECT_OK(unlinkat(dir, "again", 0));
	EXPECT_ERR(openat(fd, "x", O_RDONLY), ENOTDIR);
	EXPECT_ERR(openat(999, "x", O_RDONLY), EBADF);
	EXPECT_OK(openat(999, "/", O_RDONLY));
	/* The descriptor means the folder, wherever it has gone. */
	EXPECT_OK(rename("dir", "elsewhere"));
	EXPECT_OK(openat(dir, "sub", O_RDONLY));
	EXPECT_OK(fchmodat(dir, "sub", 0711, 0));
	EXPECT_EQ(stat_of("elsewhere/sub").st_mode & 0777, 0711);
}

TEST(openat2_resolution)
{
	struct open_how how = { .flags = O_RDONLY, .resolve = RESOLVE_BENEATH };

	ASSERT_OK(mkdir("box", 0755));
	spew("box/in", "x");
	spew("out", "y");
	ASSERT_OK(symlink("../out", "box/escape"));
	ASSERT_OK(symlink("/out", "box/rooted"));
	int box = ASSERT_OK(open("box", O_RDONLY | O_DIRECTORY));

	EXPECT_OK(syscall(SYS_openat2, box, "in", &how, sizeof(how)));
	EXPECT_ERR(syscall(SYS_openat2, box, "../out", &how, sizeof(how)), EXDEV);
	EXPECT_ERR(syscall(SYS_openat2, box, "escape", &how, sizeof(how)), EXDEV);
	EXPECT_ERR(syscall(SYS_openat2, box, "/etc/passwd", &how, sizeof(how)), EXDEV);
	how.resolve = RESOLVE_IN_ROOT;
	EXPECT_ERR(syscall(SYS_openat2, box, "rooted", &how, sizeof(how)), ENOENT);
	EXPECT_OK(syscall(SYS_openat2, box, "/in", &how, sizeof(how)));
	how.resolve = RESOLVE_NO_SYMLINKS;
	EXPECT_ERR(syscall(SYS_openat2, box, "escape", &how, sizeof(how)), ELOOP);
	how.resolve = 0x1000;
	EXPECT_ERR(syscall(SYS_openat2, box, "in", &how, sizeof(how)), EINVAL);
	how.resolve = 0;
	how.flags = 1ull << 40;
	EXPECT_ERR(syscall(SYS_openat2, box, "in", &how, sizeof(how)), EINVAL);
	how.flags = O_RDONLY;
	how.mode = 0600;
	EXPECT_ERR(syscall(SYS_openat2, box, "in", &how, sizeof(how)), EINVAL);
	EXPECT_ERR(syscall(SYS_openat2, box, "in", &how, 8), EINVAL);
}

TEST(device_nodes)
{
	char c = 'x';

	EXPECT_OK(mknod("fifo", S_IFIFO | 0600, 0));
	EXPECT(S_ISFIFO(stat_of("fifo").st_mode));
	EXPECT_OK(mknod("plain", S_IFREG | 0600, 0));
	EXPECT_ERR(mknod("plain", S_IFREG | 0600, 0), EEXIST);
	EXPECT_ERR(mknod("dir", S_IFDIR | 0600, 0), EPERM);
	EXPECT_OK(mknod("zero", S_IFCHR | 0600, makedev(1, 5)));
	/* /tmp is mounted nodev or not: both answers are right, if consistent. */
	int fd = open("zero", O_RDONLY);

	if (fd >= 0) {
		EXPECT_EQ(read(fd, &c, 1), 1);
		EXPECT_EQ(c, 0);
	} else {
		EXPECT_EQ(errno, EACCES);
	}
	EXPECT_EXIT(CHILD({
			    become(1000, 1000);
			    EXPECT_ERR(mknod("/tmp/evil", S_IFCHR | 0600, makedev(1, 1)), EPERM);
		    }),
		    0);
}

TEST(unnamed_files)
{
	int fd = open(".", O_TMPFILE | O_RDWR, 0600);

	ASSERT_OK(fd);
	EXPECT_EQ(write(fd, "hidden", 6), 6);
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	EXPECT_OK(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	EXPECT_STR(slurp("named"), "hidden");
}

TEST(file_system_figures)
{
	struct statfs fs;
	struct statvfs vfs;

	EXPECT_OK(statfs(".", &fs));
	EXPECT_EQ(fs.f_type, 0x01021994); /* tmpfs */
	EXPECT_GT(fs.f_bsize, 0);
	EXPECT_EQ(fs.f_namelen, 255);
	EXPECT_OK(statfs("/proc", &fs));
	EXPECT_EQ(fs.f_type, 0x9fa0);
	EXPECT_OK(statfs("/sys", &fs));
	EXPECT_EQ(fs.f_type, 0x62656572);
	EXPECT_OK(statvfs(".", &vfs));
	EXPECT_ERR(statfs("missing", &fs), ENOENT);
	EXPECT_ERR(fstatfs(999, &fs), EBADF);
	EXPECT_OK(syncfs(ASSERT_OK(open(".", O_RDONLY))));
	sync();
	EXPECT_OK(fsync(ASSERT_OK(open("f", O_RDWR | O_CREAT, 0600))));
	EXPECT_ERR(fsync(999), EBADF);
}

TEST(extended_attributes)
{
	char value[64];

	spew("file", "x");
	EXPECT_OK(setxattr("file", "trusted.a", "value", 5, 0));
	EXPECT_EQ(getxattr("file", "trusted.a", value, sizeof(value)), 5);
	EXPECT_EQ(getxattr("file", "trusted.a", NULL, 0), 5);
	EXPECT_ERR(getxattr("file", "trusted.a", value, 2), ERANGE);
	EXPECT_ERR(setxattr("file", "trusted.a", "v", 1, XATTR_CREATE), EEXIST);
	EXPECT_ERR(setxattr("file", "trusted.b", "v", 1, XATTR_REPLACE), ENODATA);
	EXPECT_GE(listxattr("file", value, sizeof(value)), 10);
	EXPECT_OK(removexattr("file", "trusted.a"));
	EXPECT_ERR(getxattr("file", "trusted.a", value, sizeof(value)), ENODATA);
	EXPECT_ERR(getxattr("file", "nonsense", value, sizeof(value)), EOPNOTSUPP);
}

TEST(creation_by_many_at_once)
{
	/* Of all who ask for a name with O_EXCL, one gets it. */
	pid_t pids[4];

	for (int i = 0; i < 4; i++)
		pids[i] = CHILD({
			char name[16];
			int won = 0;
			for (int k = 0; k < 200; k++) {
				snprintf(name, sizeof(name), "n%d", k);
				int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
				if (fd >= 0) {
					won++;
					close(fd);
				} else {
					EXPECT_EQ(errno, EEXIST);
				}
			}
			snprintf(name, sizeof(name), "won%d", i);
			char text[16];
			snprintf(text, sizeof(text), "%d", won);
			spew(name, text);
		});
	int total = 0;

	for (int i = 0; i < 4; i++) {
		char name[16];

		EXPECT_EXIT(pids[i], 0);
		snprintf(name, sizeof(name), "won%d", i);
		total += atoi(slurp(name));
	}
	EXPECT_EQ(total, 200);
}

TEST(trees_under_contention)
{
	pid_t pids[4];

	for (int i = 0; i < 4; i++)
		pids[i] = CHILD({
			for (int k = 0; k < 100; k++) {
				mkdir("shared", 0755);
				mkdir("shared/x", 0755);
				rename("shared/x", "shared/y");
				rename("shared", "renamed");
				rmdir("renamed/y");
				rmdir("renamed");
				rmdir("shared/y");
				rmdir("shared");
			}
		});
	for (int i = 0; i < 4; i++)
		EXPECT_EXIT(pids[i], 0);
}
