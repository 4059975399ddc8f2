/* SPDX-License-Identifier: MIT */
/* mount, umount, chroot, pivot_root and mount namespaces. */
#include "harness.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

static void make_mount(const char *where)
{
	mkdir(where, 0755);
	ASSERT_OK(mount("none", where, "tmpfs", 0, "size=1m"));
}

TEST(mount_covers_and_uncovers)
{
	ASSERT_OK(mkdir("m", 0755));
	spew("m/below", "x");
	struct stat before, after;

	ASSERT_OK(stat("m", &before));
	make_mount("m");
	ASSERT_OK(stat("m", &after));
	EXPECT_NE(before.st_dev, after.st_dev);
	EXPECT_ERR(access("m/below", F_OK), ENOENT);
	spew("m/above", "y");
	EXPECT_OK(umount("m"));
	EXPECT_OK(access("m/below", F_OK));
	EXPECT_ERR(access("m/above", F_OK), ENOENT);
	EXPECT_ERR(umount("m"), EINVAL);
}

TEST(mount_refusals)
{
	ASSERT_OK(mkdir("m", 0755));
	spew("file", "x");
	EXPECT_ERR(mount("none", "m", "nosuchfs", 0, NULL), ENODEV);
	EXPECT_ERR(mount("none", "missing", "tmpfs", 0, NULL), ENOENT);
	EXPECT_ERR(mount("none", "file", "tmpfs", 0, NULL), ENOTDIR);
	EXPECT_ERR(mount("none", "m", "tmpfs", 0, "nonsense=1"), EINVAL);
	EXPECT_ERR(mount("none", (char *)16, "tmpfs", 0, NULL), EFAULT);
	EXPECT_EXIT(CHILD({
			    ASSERT_OK(setresuid(1000, 1000, 1000));
			    EXPECT_ERR(mount("none", "/mnt", "tmpfs", 0, NULL), EPERM);
			    EXPECT_ERR(umount("/tmp"), EPERM);
		    }),
		    0);
	EXPECT_ERR(umount2("m", 0x1000), EINVAL);
	EXPECT_ERR(umount("missing"), ENOENT);
}

TEST(busy_mount_stays)
{
	make_mount("m");
	int fd = ASSERT_OK(open("m/file", O_RDWR | O_CREAT, 0600));

	EXPECT_ERR(umount("m"), EBUSY);
	close(fd);
	EXPECT_ERR(rmdir("m"), EBUSY);
	EXPECT_ERR(rename("m", "n"), EBUSY);
	pid_t pid = CHILD({
		ASSERT_OK(chdir("m"));
		kill(getpid(), SIGSTOP);
	});
	int status;

	waitpid(pid, &status, WUNTRACED);
	EXPECT_ERR(umount("m"), EBUSY);
	kill(pid, SIGKILL);
	EXPECT_KILLED(pid, SIGKILL);
	EXPECT_OK(umount("m"));
}

TEST(lazy_unmount_detaches)
{
	make_mount("m");
	int fd = ASSERT_OK(open("m/file", O_RDWR | O_CREAT, 0600));

	EXPECT_OK(umount2("m", MNT_DETACH));
	EXPECT_ERR(access("m/file", F_OK), ENOENT);
	EXPECT_EQ(write(fd, "still", 5), 5);
}

TEST(devpts_gives_ptmx_its_mode)
{
	struct stat st;

	ASSERT_OK(mkdir("m", 0755));
	ASSERT_OK(mount("none", "m", "devpts", 0, "newinstance,ptmxmode=0640,mode=620,gid=5"));
	ASSERT_OK(stat("m/ptmx", &st));
	EXPECT_EQ(st.st_mode, S_IFCHR | 0640);
	EXPECT_OK(mount("none", "m", "devpts", MS_REMOUNT,
			"newinstance,ptmxmode=0666,mode=620,gid=5"));
	ASSERT_OK(stat("m/ptmx", &st));
	EXPECT_EQ(st.st_mode, S_IFCHR | 0666);
	EXPECT_OK(umount("m"));
}

TEST(stacked_mounts)
{
	make_mount("m");
	spew("m/first", "");
	make_mount("m");
	spew("m/second", "");
	EXPECT_ERR(access("m/first", F_OK), ENOENT);
	EXPECT_OK(umount("m"));
	EXPECT_OK(access("m/first", F_OK));
	EXPECT_OK(umount("m"));
}

TEST(read_only_mount)
{
	make_mount("m");
	spew("m/file", "x");
	EXPECT_OK(mount(NULL, "m", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	EXPECT_ERR(open("m/file", O_WRONLY), EROFS);
	EXPECT_ERR(open("m/new", O_RDWR | O_CREAT, 0600), EROFS);
	EXPECT_ERR(mkdir("m/dir", 0700), EROFS);
	EXPECT_ERR(unlink("m/file"), EROFS);
	EXPECT_ERR(chmod("m/file", 0600), EROFS);
	EXPECT_OK(open("m/file", O_RDONLY));
	EXPECT_OK(mount(NULL, "m", NULL, MS_REMOUNT, NULL));
	int fd = EXPECT_OK(open("m/file", O_WRONLY));

	EXPECT_ERR(mount(NULL, "m", NULL, MS_REMOUNT | MS_RDONLY, NULL), EBUSY);
	close(fd);
	EXPECT_OK(umount2("m", MNT_DETACH));
}

TEST(noexec_and_nodev)
{
	ASSERT_OK(mkdir("m", 0755));
	ASSERT_OK(mount("none", "m", "tmpfs", MS_NOEXEC | MS_NODEV, NULL));
	spew("m/script", "#!/bin/sh\nexit 0\n");
	chmod("m/script", 0755);
	EXPECT_ERR(execl("m/script", "x", NULL), EACCES);
	EXPECT_OK(mknod("m/null", S_IFCHR | 0666, 1 << 8 | 3));
	EXPECT_ERR(open("m/null", O_RDONLY), EACCES);
	EXPECT_OK(umount("m"));
}

TEST(size_limit_is_kept)
{
	static char block[65536];
	size_t written = 0;
	ssize_t n;

	make_mount("m");
	int fd = ASSERT_OK(open("m/big", O_RDWR | O_CREAT, 0600));

	while ((n = write(fd, block, sizeof(block))) > 0)
		written += n;
	EXPECT_EQ(errno, ENOSPC);
	EXPECT(written > 900 << 10 && written <= 1 << 20);
	close(fd);
	EXPECT_OK(unlink("m/big"));
	struct statfs fs;

	EXPECT_OK(statfs("m", &fs));
	EXPECT_EQ(fs.f_blocks * fs.f_bsize, 1 << 20);
	EXPECT_GT(fs.f_bfree * fs.f_bsize, 1000 << 10);
	EXPECT_OK(umount("m"));
}

TEST(bind_mount)
{
	ASSERT_OK(mkdir("source", 0755));
	ASSERT_OK(mkdir("target", 0755));
	spew("source/file", "content");
	EXPECT_OK(mount("source", "target", NULL, MS_BIND, NULL));
	EXPECT_STR(slurp("target/file"), "content");
	EXPECT_ERR(link("source/file", "target/link"), EXDEV);
	EXPECT_OK(mount(NULL, "target", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
	EXPECT_ERR(open("target/file", O_WRONLY), EROFS);
	EXPECT_OK(open("source/file", O_WRONLY));
	EXPECT_OK(umount2("target", MNT_DETACH));
	spew("one", "1");
	spew("two", "2");
	EXPECT_OK(mount("one", "two", NULL, MS_BIND, NULL));
	EXPECT_STR(slurp("two"), "1");
	EXPECT_OK(umount("two"));
	EXPECT_STR(slurp("two"), "2");
}

TEST(moved_mount)
{
	make_mount("m");
	spew("m/file", "x");
	ASSERT_OK(mkdir("n", 0755));
	/* Shared parents refuse; make it private first, as rootfs mounts may be. */
	EXPECT_OK(mount(NULL, "m", NULL, MS_PRIVATE, NULL));
	EXPECT_OK(mount("m", "n", NULL, MS_MOVE, NULL));
	EXPECT_OK(access("n/file", F_OK));
	EXPECT_ERR(access("m/file", F_OK), ENOENT);
	EXPECT_OK(umount("n"));
}

TEST(dotdot_leaves_a_mount)
{
	struct stat here, up;

	ASSERT_OK(stat(".", &here));
	make_mount("m");
	ASSERT_OK(stat("m/..", &up));
	EXPECT_EQ(here.st_ino, up.st_ino);
	EXPECT_EQ(here.st_dev, up.st_dev);
	EXPECT_OK(umount("m"));
}

TEST(changed_root)
{
	ASSERT_OK(mkdir("jail", 0755));
	ASSERT_OK(mkdir("jail/inner", 0755));
	spew("jail/file", "in the jail");
	ASSERT_OK(symlink("/file", "jail/inner/link"));
	EXPECT_EXIT(CHILD({
			    char path[64];
			    ASSERT_OK(chroot("jail"));
			    ASSERT_OK(chdir("/inner"));
			    EXPECT_STR(slurp("/file"), "in the jail");
			    EXPECT_STR(slurp("../../../../file"), "in the jail");
			    EXPECT_STR(slurp("link"), "in the jail");
			    EXPECT_ERR(access("/proc", F_OK), ENOENT);
			    EXPECT(getcwd(path, sizeof(path)));
			    EXPECT_STR(path, "/inner");
		    }),
		    0);
	EXPECT_ERR(chroot("missing"), ENOENT);
	EXPECT_EXIT(CHILD({
			    ASSERT_OK(setresuid(1000, 1000, 1000));
			    EXPECT_ERR(chroot("/"), EPERM);
		    }),
		    0);
}

TEST(own_mount_namespace)
{
	ASSERT_OK(mkdir("m", 0755));
	EXPECT_EXIT(CHILD({
			    ASSERT_OK(unshare(CLONE_NEWNS));
			    ASSERT_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
			    ASSERT_OK(mount("none", "m", "tmpfs", 0, NULL));
			    spew("m/hidden", "x");
		    }),
		    0);
	EXPECT_ERR(access("m/hidden", F_OK), ENOENT);
}

TEST(mounting_by_many_at_once)
{
	pid_t pids[4];

	for (int i = 0; i < 4; i++)
		pids[i] = CHILD({
			char name[8];
			snprintf(name, sizeof(name), "m%d", i);
			mkdir(name, 0755);
			for (int k = 0; k < 30; k++) {
				ASSERT_OK(mount("none", name, "tmpfs", 0, NULL));
				ASSERT_OK(chdir(name));
				spew("f", "x");
				ASSERT_OK(chdir(".."));
				ASSERT_OK(umount(name));
			}
		});
	for (int i = 0; i < 4; i++)
		EXPECT_EXIT(pids[i], 0);
}
