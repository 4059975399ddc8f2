/* SPDX-License-Identifier: MIT */
/* Pipes and FIFOs. */
#include "harness.h"

#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static int p[2];

static void make_pipe(int flags)
{
	ASSERT_OK(pipe2(p, flags));
}

TEST(bytes_come_out_in_order)
{
	char buffer[16] = "";

	make_pipe(0);
	EXPECT_EQ(write(p[1], "hello", 5), 5);
	EXPECT_EQ(write(p[1], "world", 5), 5);
	EXPECT_EQ(read(p[0], buffer, 3), 3);
	EXPECT_EQ(read(p[0], buffer + 3, 13), 7);
	EXPECT_STR(buffer, "helloworld");
}

TEST(ends_have_directions)
{
	char c;

	make_pipe(0);
	EXPECT_ERR(write(p[0], "x", 1), EBADF);
	EXPECT_ERR(read(p[1], &c, 1), EBADF);
	EXPECT_ERR(lseek(p[0], 0, SEEK_CUR), ESPIPE);
	EXPECT_ERR(pread(p[0], &c, 1, 0), ESPIPE);
	EXPECT_ERR(pwrite(p[1], &c, 1, 0), ESPIPE);
	EXPECT_ERR(ftruncate(p[1], 0), EINVAL);
	EXPECT_ERR(pipe2(p, 0x10), EINVAL);
	EXPECT_ERR(syscall(SYS_pipe, (int *)16), EFAULT);
	struct stat st;

	EXPECT_OK(fstat(p[0], &st));
	EXPECT(S_ISFIFO(st.st_mode));
}

TEST(reader_sees_the_end)
{
	char c;

	make_pipe(0);
	EXPECT_EQ(write(p[1], "z", 1), 1);
	close(p[1]);
	EXPECT_EQ(read(p[0], &c, 1), 1);
	EXPECT_EQ(read(p[0], &c, 1), 0);
	EXPECT_EQ(read(p[0], &c, 1), 0);
}

TEST(writer_without_reader_gets_sigpipe)
{
	make_pipe(0);
	close(p[0]);
	EXPECT_KILLED(CHILD({ write(p[1], "x", 1); }), SIGPIPE);
	signal(SIGPIPE, SIG_IGN);
	EXPECT_ERR(write(p[1], "x", 1), EPIPE);
}

TEST(blocked_writer_is_told_when_the_reader_leaves)
{
	static char big[1 << 20];

	make_pipe(0);
	signal(SIGPIPE, SIG_IGN);
	pid_t pid = CHILD({
		close(p[0]);
		ssize_t n = write(p[1], big, sizeof(big));
		EXPECT(n > 0 || errno == EPIPE);
		EXPECT_ERR(write(p[1], big, 1), EPIPE);
	});

	close(p[1]);
	sleep_ms(20);
	close(p[0]);
	EXPECT_EXIT(pid, 0);
}

TEST(nonblocking)
{
	char c, block[4096] = "";
	int written = 0;
	ssize_t n;

	make_pipe(O_NONBLOCK);
	EXPECT_ERR(read(p[0], &c, 1), EAGAIN);
	while ((n = write(p[1], block, sizeof(block))) > 0)
		written += n;
	EXPECT_EQ(errno, EAGAIN);
	EXPECT_EQ(written, 65536);
	EXPECT_EQ(fcntl(p[1], F_GETPIPE_SZ), 65536);
	/* Room for less than PIPE_BUF is no room for an atomic write. */
	EXPECT_EQ(read(p[0], block, 100), 100);
	EXPECT_ERR(write(p[1], block, 4096), EAGAIN);
	EXPECT_EQ(read(p[0], block, 4096), 4096);
	EXPECT_EQ(write(p[1], block, 4096), 4096);
}

TEST(size_can_be_changed)
{
	char block[8192];

	make_pipe(O_NONBLOCK);
	EXPECT_EQ(fcntl(p[0], F_SETPIPE_SZ, 8192), 8192);
	EXPECT_EQ(fcntl(p[0], F_SETPIPE_SZ, 5000), 8192);
	EXPECT_EQ(write(p[1], block, 8192), 8192);
	EXPECT_ERR(fcntl(p[1], F_SETPIPE_SZ, 4096), EBUSY);
	EXPECT_EQ(fcntl(p[1], F_SETPIPE_SZ, 1 << 20), 1 << 20);
	EXPECT_EQ(write(p[1], block, 8192), 8192);
	int queued;

	EXPECT_OK(ioctl(p[0], FIONREAD, &queued));
	EXPECT_EQ(queued, 16384);
}

TEST(reader_waits_for_data)
{
	char c = 0;

	make_pipe(0);
	pid_t pid = CHILD({
		sleep_ms(30);
		EXPECT_EQ(write(p[1], "q", 1), 1);
	});

	EXPECT_EQ(read(p[0], &c, 1), 1);
	EXPECT_EQ(c, 'q');
	EXPECT_EXIT(pid, 0);
}

TEST(writes_up_to_pipe_buf_do_not_mix)
{
	enum { WRITERS = 4, RECORDS = 200, SIZE = 4096 };
	static char record[SIZE];
	pid_t pids[WRITERS];

	make_pipe(0);
	for (int w = 0; w < WRITERS; w++)
		pids[w] = CHILD({
			memset(record, 'a' + w, SIZE);
			for (int i = 0; i < RECORDS; i++)
				EXPECT_EQ(write(p[1], record, SIZE), SIZE);
		});
	close(p[1]);
	size_t total = 0, have = 0;
	ssize_t n;

	while ((n = read(p[0], record + have, SIZE - have)) > 0) {
		have += n;
		total += n;
		if (have < SIZE)
			continue;
		for (int i = 1; i < SIZE; i++)
			ASSERT_EQ(record[i], record[0]);
		have = 0;
	}
	EXPECT_EQ(total, WRITERS * RECORDS * SIZE);
	for (int w = 0; w < WRITERS; w++)
		EXPECT_EXIT(pids[w], 0);
}

TEST(much_data_through_a_chain)
{
	/* Ten processes pass 4 MiB on, each adding 1 to every byte. */
	enum { STAGES = 10, TOTAL = 4 << 20 };
	static unsigned char block[10000];
	int in;
	pid_t pids[STAGES + 1];

	make_pipe(0);
	pids[0] = CHILD({
		for (int at = 0; at < TOTAL; at += 4096) {
			memset(block, at / 4096, 4096);
			EXPECT_EQ(write(p[1], block, 4096), 4096);
		}
	});
	for (int s = 1; s <= STAGES; s++) {
		close(p[1]);
		in = p[0];
		make_pipe(0);
		pids[s] = CHILD({
			ssize_t n;
			while ((n = read(in, block, sizeof(block))) > 0) {
				for (int i = 0; i < n; i++)
					block[i]++;
				EXPECT_EQ(write(p[1], block, n), n);
			}
		});
		close(in);
	}
	close(p[1]);
	size_t total = 0;
	ssize_t n;

	while ((n = read(p[0], block, sizeof(block))) > 0) {
		for (int i = 0; i < n; i++)
			ASSERT_EQ(block[i], (unsigned char)((total + i) / 4096 + STAGES));
		total += n;
	}
	EXPECT_EQ(total, TOTAL);
	for (int s = 0; s <= STAGES; s++)
		EXPECT_EXIT(pids[s], 0);
}

TEST(vectors)
{
	char a[3] = "", b[8] = "";
	struct iovec out[3] = { { "ab", 2 }, { NULL, 0 }, { "cdef", 4 } },
		     in[2] = { { a, 2 }, { b, 7 } };

	make_pipe(0);
	EXPECT_EQ(writev(p[1], out, 3), 6);
	EXPECT_EQ(readv(p[0], in, 2), 6);
	EXPECT_STR(a, "ab");
	EXPECT_STR(b, "cdef");
	EXPECT_ERR(writev(p[1], out, -1), EINVAL);
	EXPECT_ERR(writev(p[1], out, 1025), EINVAL);
	EXPECT_EQ(writev(p[1], out, 0), 0);
}

TEST(bad_buffers)
{
	make_pipe(0);
	EXPECT_ERR(write(p[1], (void *)16, 10), EFAULT);
	EXPECT_EQ(write(p[1], "data", 4), 4);
	EXPECT_ERR(read(p[0], (void *)16, 4), EFAULT);
	EXPECT_EQ(write(p[1], "", 0), 0);
}

TEST(poll_tells_states)
{
	struct pollfd both[2];

	make_pipe(0);
	both[0] = (struct pollfd){ .fd = p[0], .events = POLLIN };
	both[1] = (struct pollfd){ .fd = p[1], .events = POLLOUT };
	EXPECT_EQ(poll(both, 2, 0), 1);
	EXPECT_EQ(both[0].revents, 0);
	EXPECT_EQ(both[1].revents, POLLOUT);
	write(p[1], "x", 1);
	EXPECT_EQ(poll(both, 2, 0), 2);
	EXPECT_EQ(both[0].revents, POLLIN);
	close(p[1]);
	both[1].fd = -1;
	EXPECT_EQ(poll(both, 2, 0), 1);
	EXPECT_EQ(both[0].revents, POLLIN | POLLHUP);
	make_pipe(0);
	close(p[0]);
	both[1].fd = p[1];
	EXPECT_EQ(poll(both + 1, 1, 0), 1);
	EXPECT(both[1].revents & POLLERR);
}

TEST(fifo_opens_meet)
{
	char c = 0;

	ASSERT_OK(mkfifo("fifo", 0600));
	pid_t pid = CHILD({
		int fd = ASSERT_OK(open("fifo", O_WRONLY));
		EXPECT_EQ(write(fd, "f", 1), 1);
	});
	int fd = ASSERT_OK(open("fifo", O_RDONLY));

	EXPECT_EQ(read(fd, &c, 1), 1);
	EXPECT_EQ(c, 'f');
	EXPECT_EQ(read(fd, &c, 1), 0);
	EXPECT_EXIT(pid, 0);
	close(fd);
	EXPECT_ERR(open("fifo", O_WRONLY | O_NONBLOCK), ENXIO);
	fd = EXPECT_OK(open("fifo", O_RDONLY | O_NONBLOCK));
	EXPECT_EQ(read(fd, &c, 1), 0);
	int both = EXPECT_OK(open("fifo", O_RDWR));

	EXPECT_EQ(write(both, "g", 1), 1);
	EXPECT_EQ(read(fd, &c, 1), 1);
}

/* What a shell's <(command) gives: an end without its partner, opened by its name. */
TEST(ends_open_again_without_a_partner)
{
	char name[32], c;

	signal(SIGPIPE, SIG_IGN);
	make_pipe(0);
	EXPECT_EQ(write(p[1], "z", 1), 1);
	close(p[1]);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", p[0]);
	int again = ASSERT_OK(open(name, O_RDONLY));

	EXPECT_EQ(read(again, &c, 1), 1);
	EXPECT_EQ(read(again, &c, 1), 0);
	close(again);
	int writer = ASSERT_OK(open(name, O_WRONLY | O_NONBLOCK));

	EXPECT_EQ(write(writer, "y", 1), 1);
	close(p[0]);
	EXPECT_ERR(write(writer, "x", 1), EPIPE);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", writer);
	int second = ASSERT_OK(open(name, O_WRONLY));

	EXPECT_ERR(write(second, "x", 1), EPIPE);
	again = ASSERT_OK(open(name, O_RDONLY));
	EXPECT_EQ(read(again, &c, 1), 1);
	EXPECT_EQ(c, 'y');
}

TEST(splice_and_tee)
{
	int q[2];
	char buffer[64] = "";
	int fd = ASSERT_OK(open("file", O_RDWR | O_CREAT, 0600));

	ASSERT_EQ(write(fd, "from a file", 11), 11);
	make_pipe(0);
	ASSERT_OK(pipe(q));
	loff_t at = 5;

	EXPECT_EQ(splice(fd, &at, p[1], NULL, 6, 0), 6);
	EXPECT_EQ(at, 11);
	EXPECT_EQ(tee(p[0], q[1], 100, 0), 6);
	EXPECT_EQ(read(q[0], buffer, sizeof(buffer)), 6);
	EXPECT_EQ(read(p[0], buffer, sizeof(buffer)), 6);
	EXPECT_STR(buffer, "a file");
	EXPECT_ERR(splice(fd, NULL, fd, NULL, 6, 0), EINVAL);
}

TEST(ping_pong)
{
	int q[2];
	char c = 0;

	make_pipe(0);
	ASSERT_OK(pipe(q));
	pid_t pid = CHILD({
		for (int i = 0; i < 3000; i++) {
			ASSERT_EQ(read(p[0], &c, 1), 1);
			c++;
			ASSERT_EQ(write(q[1], &c, 1), 1);
		}
	});

	for (int i = 0; i < 3000; i++) {
		char sent = i;

		ASSERT_EQ(write(p[1], &sent, 1), 1);
		ASSERT_EQ(read(q[0], &c, 1), 1);
		ASSERT_EQ(c, (char)(i + 1));
	}
	EXPECT_EXIT(pid, 0);
}
