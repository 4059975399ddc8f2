/* SPDX-License-Identifier: MIT */
/* Descriptors and what read, write, seek and fcntl do to regular files through them. */
#include "harness.h"

#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static int make(const char *content)
{
	spew("file", content);
	return ASSERT_OK(open("file", O_RDWR));
}

TEST(lowest_free_number)
{
	int a = ASSERT_OK(open("/dev/null", O_RDONLY)), b = ASSERT_OK(open("/dev/null", O_RDONLY));

	EXPECT_EQ(b, a + 1);
	close(a);
	EXPECT_EQ(open("/dev/null", O_RDONLY), a);
	EXPECT_OK(close(b));
	EXPECT_ERR(close(b), EBADF);
	EXPECT_ERR(close(-1), EBADF);
}

TEST(dup_shares_the_position)
{
	int fd = make("abcdef"), copy = ASSERT_OK(dup(fd));
	char c;

	EXPECT_EQ(read(fd, &c, 1), 1);
	EXPECT_EQ(read(copy, &c, 1), 1);
	EXPECT_EQ(c, 'b');
	close(fd);
	EXPECT_EQ(read(copy, &c, 1), 1);
	EXPECT_EQ(c, 'c');
}

TEST(dup2_and_dup3)
{
	int fd = make("x"), other = ASSERT_OK(open("/dev/null", O_RDONLY));

	EXPECT_EQ(dup2(fd, 100), 100);
	EXPECT_EQ(dup2(fd, other), other);
	EXPECT_EQ(dup2(fd, fd), fd);
	EXPECT_ERR(dup2(fd, -1), EBADF);
	EXPECT_ERR(dup2(999, 100), EBADF);
	EXPECT_ERR(dup2(999, 999), EBADF);
	EXPECT_OK(fcntl(100, F_GETFD));
	EXPECT_ERR(dup3(fd, fd, 0), EINVAL);
	EXPECT_ERR(dup3(fd, 101, 0x10), EINVAL);
	EXPECT_EQ(dup3(fd, 101, O_CLOEXEC), 101);
	EXPECT_EQ(fcntl(101, F_GETFD), FD_CLOEXEC);
	EXPECT_EQ(fcntl(100, F_GETFD), 0);
	EXPECT_ERR(dup2(fd, 1 << 30), EBADF);
}

TEST(fcntl_flags)
{
	int fd = make("x");

	EXPECT_EQ(fcntl(fd, F_GETFD), 0);
	EXPECT_OK(fcntl(fd, F_SETFD, FD_CLOEXEC));
	EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	EXPECT_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	EXPECT_OK(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK));
	EXPECT_EQ(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK),
		  O_RDWR | O_APPEND | O_NONBLOCK);
	EXPECT_EQ(fcntl(fd, F_DUPFD, 77), 77);
	EXPECT_EQ(fcntl(fd, F_DUPFD, 77), 78);
	EXPECT_ERR(fcntl(fd, F_DUPFD, -1), EINVAL);
	EXPECT_ERR(fcntl(fd, F_DUPFD, 1 << 30), EINVAL);
	EXPECT_ERR(fcntl(fd, 9999), EINVAL);
	EXPECT_ERR(fcntl(999, F_GETFD), EBADF);
}

TEST(open_mode_is_enforced)
{
	char c = 'c';

	spew("file", "content");
	int ro = ASSERT_OK(open("file", O_RDONLY)), wo = ASSERT_OK(open("file", O_WRONLY));
	int path = ASSERT_OK(open("file", O_PATH));

	EXPECT_ERR(write(ro, &c, 1), EBADF);
	EXPECT_ERR(read(wo, &c, 1), EBADF);
	EXPECT_ERR(read(path, &c, 1), EBADF);
	EXPECT_ERR(ftruncate(ro, 0), EINVAL);
	struct stat st;

	EXPECT_OK(fstat(path, &st));
	EXPECT_EQ(st.st_size, 7);
}

TEST(seeking)
{
	int fd = make("0123456789");
	char c;

	EXPECT_EQ(lseek(fd, 4, SEEK_SET), 4);
	EXPECT_EQ(lseek(fd, 2, SEEK_CUR), 6);
	EXPECT_EQ(lseek(fd, -1, SEEK_END), 9);
	EXPECT_EQ(read(fd, &c, 1), 1);
	EXPECT_EQ(c, '9');
	EXPECT_EQ(read(fd, &c, 1), 0);
	EXPECT_ERR(lseek(fd, -1, SEEK_SET), EINVAL);
	EXPECT_ERR(lseek(fd, 0, 99), EINVAL);
	EXPECT_EQ(lseek(fd, 1 << 20, SEEK_SET), 1 << 20);
	EXPECT_EQ(read(fd, &c, 1), 0);
	EXPECT_EQ(write(fd, "z", 1), 1);
	EXPECT_EQ(lseek(fd, 0, SEEK_END), (1 << 20) + 1);
	EXPECT_EQ(pread(fd, &c, 1, 5000), 1);
	EXPECT_EQ(c, 0);
	EXPECT_ERR(lseek(999, 0, SEEK_SET), EBADF);
}

TEST(holes_and_data)
{
	int fd = make("");

	EXPECT_EQ(pwrite(fd, "x", 1, 1 << 20), 1);
	off_t data = lseek(fd, 0, SEEK_DATA), hole = lseek(fd, 0, SEEK_HOLE);

	EXPECT(data >= 0 && data <= 1 << 20);
	EXPECT(hole >= 0);
	EXPECT_ERR(lseek(fd, 1 << 21, SEEK_DATA), ENXIO);
	struct stat st;

	fstat(fd, &st);
	EXPECT_LT(st.st_blocks * 512, 1 << 20);
}

TEST(positions_of_pread_and_pwrite)
{
	int fd = make("0123456789");
	char buffer[8] = "";

	EXPECT_EQ(pread(fd, buffer, 3, 4), 3);
	EXPECT_STR(buffer, "456");
	EXPECT_EQ(pwrite(fd, "ab", 2, 9), 2);
	EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 0);
	EXPECT_EQ(lseek(fd, 0, SEEK_END), 11);
	EXPECT_ERR(pread(fd, buffer, 1, -1), EINVAL);
	EXPECT_ERR(pwrite(fd, buffer, 1, -1), EINVAL);
}

TEST(append_goes_to_the_end)
{
	spew("file", "start");
	int fd = ASSERT_OK(open("file", O_WRONLY | O_APPEND));

	EXPECT_EQ(lseek(fd, 0, SEEK_SET), 0);
	EXPECT_EQ(write(fd, "+1", 2), 2);
	EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 7);
	EXPECT_STR(slurp("file"), "start+1");
}

TEST(appends_by_many_do_not_overlap)
{
	pid_t pids[4];

	spew("file", "");
	for (int i = 0; i < 4; i++)
		pids[i] = CHILD({
			int fd = ASSERT_OK(open("file", O_WRONLY | O_APPEND));
			char line[8];
			for (int k = 0; k < 500; k++) {
				snprintf(line, sizeof(line), "%d%05d\n", i, k);
				ASSERT_EQ(write(fd, line, 7), 7);
			}
		});
	for (int i = 0; i < 4; i++)
		EXPECT_EXIT(pids[i], 0);
	int next[4] = { 0 }, writer, number;
	char *text = slurp("file");

	EXPECT_EQ(strlen(text), 4 * 500 * 7);
	for (char *line = text; *line; line += 7) {
		writer = line[0] - '0';
		number = atoi(line + 1);
		ASSERT(writer >= 0 && writer < 4);
		ASSERT_EQ(number, next[writer]++);
	}
}

TEST(truncation)
{
	int fd = make("0123456789");
	char buffer[20];

	EXPECT_OK(ftruncate(fd, 4));
	EXPECT_EQ(read(fd, buffer, 20), 4);
	EXPECT_OK(ftruncate(fd, 8));
	EXPECT_EQ(pread(fd, buffer, 20, 0), 8);
	EXPECT_EQ(memcmp(buffer, "0123\0\0\0\0", 8), 0);
	EXPECT_ERR(ftruncate(fd, -1), EINVAL);
	EXPECT_OK(truncate("file", 2));
	EXPECT_STR(slurp("file"), "01");
	EXPECT_ERR(truncate("missing", 0), ENOENT);
	EXPECT_ERR(truncate(".", 0), EISDIR);
	EXPECT_OK(close(ASSERT_OK(open("file", O_WRONLY | O_TRUNC))));
	EXPECT_STR(slurp("file"), "");
}

TEST(vectors)
{
	int fd = make("");
	char a[4] = "", b[4] = "";
	struct iovec out[2] = { { "abc", 3 }, { "de", 2 } }, in[2] = { { a, 2 }, { b, 3 } };

	EXPECT_EQ(writev(fd, out, 2), 5);
	EXPECT_EQ(preadv(fd, in, 2, 0), 5);
	EXPECT_STR(a, "ab");
	EXPECT_STR(b, "cde");
	EXPECT_EQ(pwritev(fd, out, 2, 3), 5);
	EXPECT_STR(slurp("file"), "abcabcde");
	EXPECT_EQ(preadv2(fd, in, 1, 4, 0), 2);
	EXPECT_ERR(preadv2(fd, in, 1, 4, 0x40000000), EOPNOTSUPP);
	out[0].iov_base = (void *)16;
	EXPECT_ERR(writev(fd, out, 1), EFAULT);
	out[0].iov_len = -1;
	EXPECT_ERR(writev(fd, out, 1), EINVAL);
}

TEST(file_size_limit)
{
	struct rlimit limit = { 1000, 1000 };
	int fd = make("");
	char block[600] = "";

	setrlimit(RLIMIT_FSIZE, &limit);
	EXPECT_EQ(write(fd, block, 600), 600);
	EXPECT_EQ(write(fd, block, 600), 400);
	EXPECT_KILLED(CHILD({ write(fd, block, 1); }), SIGXFSZ);
	signal(SIGXFSZ, SIG_IGN);
	EXPECT_ERR(write(fd, block, 1), EFBIG);
	EXPECT_ERR(ftruncate(fd, 2000), EFBIG);
}

TEST(descriptor_limit)
{
	struct rlimit limit = { 20, 20 };
	int count = 0;

	setrlimit(RLIMIT_NOFILE, &limit);
	while (open("/dev/null", O_RDONLY) >= 0)
		count++;
	EXPECT_EQ(errno, EMFILE);
	EXPECT_LT(count, 20);
	EXPECT_ERR(dup(0), EMFILE);
	EXPECT_ERR(dup2(0, 20), EBADF);
	EXPECT_ERR(fcntl(0, F_DUPFD, 20), EINVAL);
	int p[2];

	EXPECT_ERR(pipe(p), EMFILE);
}

TEST(thousands_of_descriptors)
{
	struct rlimit limit;
	int top;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
	setrlimit(RLIMIT_NOFILE, &limit);
	top = limit.rlim_cur - 1;
	int fd = ASSERT_OK(open("/dev/null", O_RDONLY));

	while (dup(fd) >= 0)
		;
	EXPECT_EQ(errno, EMFILE);
	EXPECT_OK(fcntl(top, F_GETFD));
	EXPECT_EXIT(CHILD({ EXPECT_OK(fcntl(top, F_GETFD)); }), 0);
	EXPECT_OK(syscall(SYS_close_range, 10, ~0u, 0));
	EXPECT_ERR(fcntl(top, F_GETFD), EBADF);
	EXPECT_ERR(fcntl(10, F_GETFD), EBADF);
	EXPECT_OK(fcntl(2, F_GETFD));
	EXPECT_OK(syscall(SYS_close_range, 3, 9, CLOSE_RANGE_CLOEXEC));
	EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	EXPECT_ERR(syscall(SYS_close_range, 9, 3, 0), EINVAL);
}

TEST(whole_file_locks)
{
	int fd = make("x"), other = ASSERT_OK(open("file", O_RDWR));

	EXPECT_OK(flock(fd, LOCK_SH));
	EXPECT_OK(flock(other, LOCK_SH | LOCK_NB));
	EXPECT_ERR(flock(other, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	EXPECT_OK(flock(fd, LOCK_UN));
	EXPECT_OK(flock(other, LOCK_EX | LOCK_NB));
	pid_t pid = CHILD({
		int mine = open("file", O_RDWR);
		EXPECT_OK(flock(mine, LOCK_EX));
	});

	sleep_ms(20);
	EXPECT_EQ(waitpid(pid, NULL, WNOHANG), 0);
	EXPECT_OK(flock(other, LOCK_UN));
	EXPECT_EXIT(pid, 0);
	EXPECT_ERR(flock(fd, 64), EINVAL);
}

TEST(record_locks)
{
	int fd = make("0123456789");
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 2, .l_len = 3 };

	EXPECT_OK(fcntl(fd, F_SETLK, &lock));
	pid_t me = getpid();

	EXPECT_EXIT(CHILD({
			    struct flock theirs = { .l_type = F_WRLCK, .l_start = 4, .l_len = 4 };
			    EXPECT_ERR(fcntl(fd, F_SETLK, &theirs), EAGAIN);
			    EXPECT_OK(fcntl(fd, F_GETLK, &theirs));
			    EXPECT_EQ(theirs.l_type, F_WRLCK);
			    EXPECT_EQ(theirs.l_start, 2);
			    EXPECT_EQ(theirs.l_len, 3);
			    EXPECT_EQ(theirs.l_pid, me);
			    struct flock free_range = { .l_type = F_WRLCK,
							.l_start = 5,
							.l_len = 0 };
			    EXPECT_OK(fcntl(fd, F_SETLK, &free_range));
		    }),
		    0);
	/* Unlocking the middle leaves two locks. */
	struct flock middle = { .l_type = F_UNLCK, .l_start = 3, .l_len = 1 };

	EXPECT_OK(fcntl(fd, F_SETLK, &middle));
	EXPECT_EXIT(CHILD({
			    struct flock theirs = { .l_type = F_RDLCK, .l_start = 3, .l_len = 1 };
			    EXPECT_OK(fcntl(fd, F_SETLK, &theirs));
			    theirs.l_len = 2;
			    EXPECT_ERR(fcntl(fd, F_SETLK, &theirs), EAGAIN);
		    }),
		    0);
	/* Closing any descriptor of the file drops them all. */
	close(ASSERT_OK(open("file", O_RDONLY)));
	EXPECT_EXIT(CHILD({
			    struct flock theirs = { .l_type = F_WRLCK, .l_start = 0, .l_len = 0 };
			    EXPECT_OK(fcntl(fd, F_SETLK, &theirs));
		    }),
		    0);
}

TEST(record_lock_waits_and_deadlock_is_seen)
{
	int fd = make("0123456789"), p[2];
	struct flock first = { .l_type = F_WRLCK, .l_start = 0, .l_len = 1 };
	struct flock second = { .l_type = F_WRLCK, .l_start = 1, .l_len = 1 };
	char c;

	ASSERT_OK(pipe(p));
	ASSERT_OK(fcntl(fd, F_SETLK, &first));
	pid_t pid = CHILD({
		ASSERT_OK(fcntl(fd, F_SETLK, &second));
		EXPECT_EQ(write(p[1], "x", 1), 1);
		EXPECT_OK(fcntl(fd, F_SETLKW, &first));
	});

	ASSERT_EQ(read(p[0], &c, 1), 1);
	ASSERT(WAIT_UNTIL(is_asleep(pid), 20000));
	EXPECT_ERR(fcntl(fd, F_SETLKW, &second), EDEADLK);
	first.l_type = F_UNLCK;
	EXPECT_OK(fcntl(fd, F_SETLK, &first));
	EXPECT_EXIT(pid, 0);
}

TEST(sendfile_copies)
{
	int fd = make("0123456789"), out = ASSERT_OK(open("out", O_RDWR | O_CREAT, 0600));
	off_t at = 3;

	EXPECT_EQ(sendfile(out, fd, &at, 4), 4);
	EXPECT_EQ(at, 7);
	EXPECT_EQ(sendfile(out, fd, NULL, 2), 2);
	EXPECT_STR(slurp("out"), "345601");
	loff_t from = 8, to = 0;

	EXPECT_EQ(copy_file_range(fd, &from, out, &to, 10, 0), 2);
	EXPECT_STR(slurp("out"), "895601");
}

TEST(fallocate_reserves)
{
	int fd = make("");
	struct stat st;

	EXPECT_OK(fallocate(fd, 0, 0, 10000));
	fstat(fd, &st);
	EXPECT_EQ(st.st_size, 10000);
	EXPECT_OK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 20000));
	fstat(fd, &st);
	EXPECT_EQ(st.st_size, 10000);
	pwrite(fd, "abc", 3, 5000);
	EXPECT_OK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 4096));
	char c = 'x';

	EXPECT_EQ(pread(fd, &c, 1, 5000), 1);
	EXPECT_EQ(c, 0);
	EXPECT_ERR(fallocate(fd, 0, 0, 0), EINVAL);
	EXPECT_ERR(fallocate(fd, 0, -1, 10), EINVAL);
}

TEST(character_devices)
{
	char buffer[64];
	int zero = ASSERT_OK(open("/dev/zero", O_RDWR)),
	    null = ASSERT_OK(open("/dev/null", O_RDWR));
	int full = ASSERT_OK(open("/dev/full", O_RDWR)),
	    random = ASSERT_OK(open("/dev/urandom", O_RDONLY));

	memset(buffer, 1, 64);
	EXPECT_EQ(read(zero, buffer, 64), 64);
	EXPECT_EQ(buffer[63], 0);
	EXPECT_EQ(write(zero, buffer, 64), 64);
	EXPECT_EQ(read(null, buffer, 64), 0);
	EXPECT_EQ(write(null, buffer, 64), 64);
	EXPECT_ERR(write(full, buffer, 1), ENOSPC);
	EXPECT_EQ(read(full, buffer, 1), 1);
	EXPECT_EQ(read(random, buffer, 64), 64);
	int set = 0;

	for (int i = 0; i < 64; i++)
		set += buffer[i] != 0;
	EXPECT_GT(set, 40);
	EXPECT_ERR(read(null, (void *)16, 0) ?: read(zero, (void *)16, 10), EFAULT);
	EXPECT_ERR(ioctl(null, 0x5401, buffer), ENOTTY);
}

TEST(closing_while_another_reads)
{
	/* A reader blocked in a pipe keeps it although its descriptor is closed. */
	int p[2];
	char c = 0;

	ASSERT_OK(pipe(p));
	pid_t pid = CHILD({
		close(p[1]);
		EXPECT_EQ(read(p[0], &c, 1), 1);
	});

	close(p[0]);
	sleep_ms(20);
	EXPECT_EQ(write(p[1], "x", 1), 1);
	EXPECT_EXIT(pid, 0);
}
