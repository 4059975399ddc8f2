/* SPDX-License-Identifier: MIT */
/* poll, select, epoll, eventfd, timerfd, signalfd, memfd, inotify. */
#include "harness.h"

#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

static int p[2];

static void make_pipe(void)
{
	ASSERT_OK(pipe(p));
}

static void drain(int fd)
{
	char sink[64];

	ASSERT_GT(read(fd, sink, sizeof(sink)), 0);
}

/* ---- poll and select ---- */

TEST(poll_times_out)
{
	uint64_t start = now_ns();
	struct pollfd none = { .fd = -1, .events = POLLIN };

	EXPECT_EQ(poll(NULL, 0, 30), 0);
	EXPECT_GE(now_ns() - start, 30000000);
	EXPECT_EQ(poll(&none, 1, 0), 0);
	struct timespec t = { 0, 20000000 };

	start = now_ns();
	EXPECT_EQ(ppoll(&none, 1, &t, NULL), 0);
	EXPECT_GE(now_ns() - start, 20000000);
	t.tv_nsec = -1;
	EXPECT_ERR(ppoll(&none, 1, &t, NULL), EINVAL);
}

TEST(poll_wakes_on_an_event)
{
	make_pipe();
	struct pollfd in = { .fd = p[0], .events = POLLIN };
	pid_t pid = CHILD({
		sleep_ms(30);
		EXPECT_EQ(write(p[1], "x", 1), 1);
	});

	EXPECT_EQ(poll(&in, 1, 10000), 1);
	EXPECT_EQ(in.revents, POLLIN);
	EXPECT_EXIT(pid, 0);
}

TEST(poll_reports_bad_descriptors)
{
	struct pollfd bad = { .fd = 999, .events = POLLIN };
	int fd = ASSERT_OK(open("f", O_RDWR | O_CREAT, 0600));
	struct pollfd file = { .fd = fd, .events = POLLIN | POLLOUT };

	EXPECT_EQ(poll(&bad, 1, 1000), 1);
	EXPECT_EQ(bad.revents, POLLNVAL);
	EXPECT_EQ(poll(&file, 1, 1000), 1);
	EXPECT_EQ(file.revents, POLLIN | POLLOUT);
	EXPECT_ERR(poll((struct pollfd *)16, 1, 0), EFAULT);
	EXPECT_ERR(poll(&bad, 1 << 30, 0), EINVAL);
}

static void nothing(int sig)
{
	(void)sig;
}

TEST(ppoll_swaps_the_mask)
{
	sigset_t block, none, now;

	signal(SIGUSR1, nothing);
	sigemptyset(&none);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, NULL);
	raise(SIGUSR1);
	EXPECT_ERR(ppoll(NULL, 0, NULL, &none), EINTR);
	sigprocmask(SIG_BLOCK, NULL, &now);
	EXPECT(sigismember(&now, SIGUSR1));
}

TEST(select_marks_descriptors)
{
	fd_set in, out;
	struct timeval t = { 0, 20000 };

	make_pipe();
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(p[0], &in);
	EXPECT_EQ(select(p[0] + 1, &in, NULL, NULL, &t), 0);
	EXPECT(!FD_ISSET(p[0], &in));
	EXPECT_EQ(t.tv_sec + t.tv_usec, 0); /* Linux counts down */
	FD_SET(p[0], &in);
	FD_SET(p[1], &out);
	write(p[1], "x", 1);
	EXPECT_EQ(select(p[1] + 1, &in, &out, NULL, NULL), 2);
	EXPECT(FD_ISSET(p[0], &in) && FD_ISSET(p[1], &out));
	close(p[0]);
	EXPECT_ERR(select(p[0] + 1, &in, NULL, NULL, NULL), EBADF);
	EXPECT_ERR(select(-1, NULL, NULL, NULL, NULL), EINVAL);
}

/* ---- epoll ---- */

static int epoll_add(int ep, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event e = { .events = events, .data.u64 = data };

	return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

TEST(epoll_level_triggered)
{
	struct epoll_event e[4];
	int ep = ASSERT_OK(epoll_create1(EPOLL_CLOEXEC));

	make_pipe();
	EXPECT_EQ(fcntl(ep, F_GETFD), FD_CLOEXEC);
	EXPECT_OK(epoll_add(ep, p[0], EPOLLIN, 0x123456789a));
	EXPECT_EQ(epoll_wait(ep, e, 4, 0), 0);
	write(p[1], "ab", 2);
	EXPECT_EQ(epoll_wait(ep, e, 4, 1000), 1);
	EXPECT_EQ(e[0].events, EPOLLIN);
	EXPECT_EQ(e[0].data.u64, 0x123456789a);
	EXPECT_EQ(epoll_wait(ep, e, 4, 0), 1);
	drain(p[0]);
	EXPECT_EQ(epoll_wait(ep, e, 4, 0), 0);
	close(p[1]);
	EXPECT_EQ(epoll_wait(ep, e, 4, 0), 1);
	EXPECT_EQ(e[0].events, EPOLLHUP);
}

TEST(epoll_edge_triggered)
{
	struct epoll_event e[4];
	int ep = ASSERT_OK(epoll_create1(0));

	make_pipe();
	EXPECT_OK(epoll_add(ep, p[0], EPOLLIN | EPOLLET, 1));
	write(p[1], "a", 1);
	EXPECT_EQ(epoll_wait(ep, e, 4, 0), 1);
	EXPECT_EQ(epoll_wait(ep, e, 4, 0), 0);
	write(p[1], "b", 1);
	EXPECT_EQ(epoll_wait(ep, e, 4, 0), 1);
	EXPECT_EQ(epoll_wait(ep, e, 4, 0), 0);
}

TEST(epoll_one_shot)
{
	struct epoll_event e[4], again = { .events = EPOLLIN | EPOLLONESHOT, .data.u64 = 5 };
	int ep = ASSERT_OK(epoll_create1(0));

	make_pipe();
	EXPECT_OK(epoll_add(ep, p[0], EPOLLIN | EPOLLONESHOT, 1));
	write(p[1], "a", 1);
	EXPECT_EQ(epoll_wait(ep, e, 4, 0), 1);
	EXPECT_EQ(epoll_wait(ep, e, 4, 0), 0);
	EXPECT_OK(epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &again));
	EXPECT_EQ(epoll_wait(ep, e, 4, 0), 1);
	EXPECT_EQ(e[0].data.u64, 5);
}

TEST(epoll_refusals)
{
	struct epoll_event e[4] = { { .events = EPOLLIN } };
	int ep = ASSERT_OK(epoll_create1(0)), file = ASSERT_OK(open("f", O_RDWR | O_CREAT, 0600));

	make_pipe();
	EXPECT_OK(epoll_add(ep, p[0], EPOLLIN, 1));
	EXPECT_ERR(epoll_add(ep, p[0], EPOLLIN, 1), EEXIST);
	EXPECT_ERR(epoll_ctl(ep, EPOLL_CTL_MOD, p[1], e), ENOENT);
	EXPECT_ERR(epoll_ctl(ep, EPOLL_CTL_DEL, p[1], NULL), ENOENT);
	EXPECT_ERR(epoll_ctl(ep, 77, p[1], e), EINVAL);
	EXPECT_ERR(epoll_add(ep, file, EPOLLIN, 1), EPERM);
	EXPECT_ERR(epoll_add(ep, ep, EPOLLIN, 1), EINVAL);
	EXPECT_ERR(epoll_add(ep, 999, EPOLLIN, 1), EBADF);
	EXPECT_ERR(epoll_add(file, p[1], EPOLLIN, 1), EINVAL);
	EXPECT_ERR(epoll_wait(ep, e, 0, 0), EINVAL);
	EXPECT_ERR(epoll_wait(p[0], e, 1, 0), EINVAL);
	EXPECT_ERR(epoll_create1(0x10), EINVAL);
	EXPECT_ERR(epoll_create(0), EINVAL);
	write(p[1], "x", 1);
	EXPECT_ERR(epoll_wait(ep, (struct epoll_event *)16, 1, 0), EFAULT);
	/* Loops of epoll descriptors are refused. */
	int other = ASSERT_OK(epoll_create1(0));

	EXPECT_OK(epoll_add(ep, other, EPOLLIN, 1));
	EXPECT_ERR(epoll_add(other, ep, EPOLLIN, 1), ELOOP);
}

TEST(epoll_forgets_closed_descriptors)
{
	struct epoll_event e[4];
	int ep = ASSERT_OK(epoll_create1(0));

	make_pipe();
	EXPECT_OK(epoll_add(ep, p[0], EPOLLIN, 1));
	write(p[1], "x", 1);
	int copy = ASSERT_OK(dup(p[0]));

	close(p[0]);
	EXPECT_EQ(epoll_wait(ep, e, 4, 0), 1); /* the open file lives in the copy */
	close(copy);
	EXPECT_EQ(epoll_wait(ep, e, 4, 0), 0);
}

TEST(epoll_of_epoll)
{
	struct epoll_event e[4];
	int outer = ASSERT_OK(epoll_create1(0)), inner = ASSERT_OK(epoll_create1(0));

	make_pipe();
	EXPECT_OK(epoll_add(inner, p[0], EPOLLIN, 1));
	EXPECT_OK(epoll_add(outer, inner, EPOLLIN, 2));
	EXPECT_EQ(epoll_wait(outer, e, 4, 0), 0);
	pid_t pid = CHILD({
		sleep_ms(20);
		EXPECT_EQ(write(p[1], "x", 1), 1);
	});

	EXPECT_EQ(epoll_wait(outer, e, 4, 10000), 1);
	EXPECT_EQ(e[0].data.u64, 2);
	EXPECT_EXIT(pid, 0);
}

TEST(epoll_with_many)
{
	enum { COUNT = 200 };
	struct epoll_event e[COUNT];
	int ep = ASSERT_OK(epoll_create1(0)), pipes[COUNT][2], seen[COUNT] = { 0 };

	for (int i = 0; i < COUNT; i++) {
		ASSERT_OK(pipe(pipes[i]));
		ASSERT_OK(epoll_add(ep, pipes[i][0], EPOLLIN, i));
	}
	for (int i = 0; i < COUNT; i += 2)
		write(pipes[i][1], "x", 1);
	/* Fewer at a time than are ready: each gets its turn. */
	for (int round = 0; round < COUNT; round++) {
		int n = epoll_wait(ep, e, 7, 0);

		for (int k = 0; k < n; k++)
			seen[e[k].data.u64]++;
	}
	for (int i = 0; i < COUNT; i++)
		EXPECT_EQ(seen[i] > 0, i % 2 == 0);
}

static void *wait_epoll(void *arg)
{
	struct epoll_event e;

	return (void *)(long)epoll_wait(*(int *)arg, &e, 1, 2000);
}

TEST(epoll_exclusive_threads)
{
	int ep = ASSERT_OK(epoll_create1(0));
	pthread_t t[4];
	void *got;
	long woken = 0;

	make_pipe();
	EXPECT_OK(epoll_add(ep, p[0], EPOLLIN | EPOLLET, 1));
	for (int i = 0; i < 4; i++)
		ASSERT_EQ(pthread_create(&t[i], NULL, wait_epoll, &ep), 0);
	sleep_ms(50);
	write(p[1], "x", 1);
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], &got);
		woken += (long)got;
	}
	EXPECT_EQ(woken, 1);
}

TEST(epoll_pwait2_takes_nanoseconds)
{
	int ep = ASSERT_OK(epoll_create1(0));
	struct epoll_event e;
	struct timespec t = { 0, 20000000 };
	uint64_t start = now_ns();

	EXPECT_EQ(syscall(SYS_epoll_pwait2, ep, &e, 1, &t, NULL, 0), 0);
	EXPECT_GE(now_ns() - start, 20000000);
}

/* ---- eventfd ---- */

TEST(eventfd_counts)
{
	uint64_t value = 3;
	int fd = ASSERT_OK(eventfd(2, EFD_NONBLOCK));

	EXPECT_EQ(write(fd, &value, 8), 8);
	EXPECT_EQ(read(fd, &value, 8), 8);
	EXPECT_EQ(value, 5);
	EXPECT_ERR(read(fd, &value, 8), EAGAIN);
	EXPECT_ERR(read(fd, &value, 4), EINVAL);
	value = -1;
	EXPECT_ERR(write(fd, &value, 8), EINVAL);
	value = -2;
	EXPECT_EQ(write(fd, &value, 8), 8);
	value = 1;
	EXPECT_ERR(write(fd, &value, 8), EAGAIN);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN | POLLOUT };

	EXPECT_EQ(poll(&poll_fd, 1, 0), 1);
	EXPECT_EQ(poll_fd.revents, POLLIN);
	EXPECT_ERR(eventfd(0, 0x10), EINVAL);
}

TEST(eventfd_as_a_semaphore)
{
	uint64_t value;
	int fd = ASSERT_OK(eventfd(3, EFD_SEMAPHORE | EFD_NONBLOCK));

	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(read(fd, &value, 8), 8);
		EXPECT_EQ(value, 1);
	}
	EXPECT_ERR(read(fd, &value, 8), EAGAIN);
}

TEST(eventfd_wakes_another_process)
{
	uint64_t value = 1;
	int fd = ASSERT_OK(eventfd(0, 0));
	pid_t pid = CHILD({
		uint64_t got;
		EXPECT_EQ(read(fd, &got, 8), 8);
		EXPECT_EQ(got, 1);
	});

	sleep_ms(20);
	EXPECT_EQ(write(fd, &value, 8), 8);
	EXPECT_EXIT(pid, 0);
}

/* ---- timerfd ---- */

TEST(timerfd_fires_once)
{
	struct itimerspec late = { .it_value = { 100, 0 } }, once = { .it_value = { 0, 30000000 } },
			  now;
	uint64_t count = 0, start;
	int fd = ASSERT_OK(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));

	EXPECT_OK(timerfd_settime(fd, 0, &late, NULL));
	EXPECT_OK(timerfd_gettime(fd, &now));
	EXPECT(now.it_value.tv_sec > 0 && now.it_value.tv_sec <= 100);
	start = now_ns();
	EXPECT_OK(timerfd_settime(fd, 0, &once, NULL));
	EXPECT_EQ(read(fd, &count, 8), 8);
	EXPECT_EQ(count, 1);
	EXPECT_GE(now_ns() - start, 30000000);
	EXPECT_OK(timerfd_gettime(fd, &now));
	EXPECT_EQ(now.it_value.tv_sec + now.it_value.tv_nsec, 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	EXPECT_ERR(read(fd, &count, 8), EAGAIN);
}

TEST(timerfd_repeats_and_counts_what_was_missed)
{
	struct itimerspec often = { .it_value = { 0, 5000000 }, .it_interval = { 0, 5000000 } };
	uint64_t count;
	int fd = ASSERT_OK(timerfd_create(CLOCK_MONOTONIC, 0));

	EXPECT_OK(timerfd_settime(fd, 0, &often, NULL));
	sleep_ms(60);
	EXPECT_EQ(read(fd, &count, 8), 8);
	EXPECT_GE(count, 10);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	EXPECT_EQ(poll(&poll_fd, 1, 5000), 1);
}

TEST(timerfd_absolute)
{
	struct itimerspec at = { 0 };
	uint64_t count;
	int fd = ASSERT_OK(timerfd_create(CLOCK_REALTIME, 0));

	at.it_value.tv_sec = 1; /* long ago */
	EXPECT_OK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL));
	EXPECT_EQ(read(fd, &count, 8), 8);
	EXPECT_EQ(count, 1);
	at.it_value.tv_nsec = 1000000000;
	EXPECT_ERR(timerfd_settime(fd, 0, &at, NULL), EINVAL);
	EXPECT_ERR(timerfd_create(99, 0), EINVAL);
	EXPECT_ERR(timerfd_settime(0, 0, &at, NULL), EINVAL);
}

/* ---- signalfd ---- */

TEST(signalfd_delivers)
{
	sigset_t set;
	struct signalfd_siginfo info;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	int fd = ASSERT_OK(signalfd(-1, &set, SFD_NONBLOCK));

	EXPECT_ERR(read(fd, &info, sizeof(info)), EAGAIN);
	raise(SIGUSR1);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	EXPECT_EQ(poll(&poll_fd, 1, 0), 1);
	EXPECT_EQ(read(fd, &info, sizeof(info)), sizeof(info));
	EXPECT_EQ(info.ssi_signo, SIGUSR1);
	EXPECT_EQ(info.ssi_pid, getpid());
	pid_t pid = CHILD({ _exit(3); });

	EXPECT_EQ(poll(&poll_fd, 1, 10000), 1);
	EXPECT_EQ(read(fd, &info, sizeof(info)), sizeof(info));
	EXPECT_EQ(info.ssi_signo, SIGCHLD);
	EXPECT_EQ(info.ssi_pid, pid);
	EXPECT_EQ(info.ssi_status, 3);
	EXPECT_EXIT(pid, 3);
	EXPECT_ERR(read(fd, &info, 10), EINVAL);
	sigdelset(&set, SIGUSR1);
	EXPECT_EQ(signalfd(fd, &set, 0), fd);
	raise(SIGUSR1);
	EXPECT_ERR(read(fd, &info, sizeof(info)), EAGAIN);
}

/* ---- memfd ---- */

TEST(memfd_and_seals)
{
	int fd = ASSERT_OK(memfd_create("name", MFD_ALLOW_SEALING | MFD_CLOEXEC));
	char link[128] = "", path[64];

	EXPECT_EQ(write(fd, "content", 7), 7);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	EXPECT_GT(readlink(path, link, sizeof(link) - 1), 0);
	EXPECT_STR(link, "/memfd:name (deleted)");
	EXPECT_EQ(fcntl(fd, F_GET_SEALS), 0);
	EXPECT_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
	EXPECT_ERR(ftruncate(fd, 3), EPERM);
	EXPECT_ERR(ftruncate(fd, 30), EPERM);
	EXPECT_EQ(pwrite(fd, "C", 1, 0), 1);
	char *m = ASSERT_OK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));

	EXPECT_ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	munmap(m, 4096);
	EXPECT_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL));
	EXPECT_ERR(pwrite(fd, "C", 1, 0), EPERM);
	EXPECT_ERR(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), EPERM);
	EXPECT_OK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0));
	EXPECT_ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), EPERM);
	EXPECT_ERR(memfd_create("x", 0x100), EINVAL);
	int plain = ASSERT_OK(memfd_create("x", 0));

	EXPECT_ERR(fcntl(plain, F_ADD_SEALS, F_SEAL_GROW), EPERM);
}

/* ---- inotify ---- */

TEST(inotify_sees_changes)
{
	char buffer[4096] __attribute__((aligned(8)));
	struct inotify_event *e = (struct inotify_event *)buffer;
	int fd = inotify_init1(IN_NONBLOCK);

	ASSERT_OK(fd);
	int watch = ASSERT_OK(
		inotify_add_watch(fd, ".", IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO));

	EXPECT_ERR(read(fd, buffer, sizeof(buffer)), EAGAIN);
	spew("new", "x");
	EXPECT_GT(read(fd, buffer, sizeof(buffer)), 0);
	EXPECT_EQ(e->mask, IN_CREATE);
	EXPECT_EQ(e->wd, watch);
	EXPECT_STR(e->name, "new");
	rename("new", "newer");
	EXPECT_GT(read(fd, buffer, sizeof(buffer)), 0);
	EXPECT_EQ(e->mask, IN_MOVED_FROM);
	struct inotify_event *next = (struct inotify_event *)(buffer + sizeof(*e) + e->len);

	EXPECT_EQ(next->mask, IN_MOVED_TO);
	EXPECT_EQ(next->cookie, e->cookie);
	unlink("newer");
	EXPECT_GT(read(fd, buffer, sizeof(buffer)), 0);
	EXPECT_EQ(e->mask, IN_DELETE);
	EXPECT_OK(inotify_rm_watch(fd, watch));
	EXPECT_ERR(inotify_rm_watch(fd, watch), EINVAL);
}
