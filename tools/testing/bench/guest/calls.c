/* SPDX-License-Identifier: MIT */
/* Rows of short system calls: on descriptors, names and signals. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include "bench.h"

static int fd = -1;
static char buffer[65536];

static void run_null(long n) { while (n--) syscall(SYS_getpid); }
ROW("null call", .run = run_null)

static void run_getppid(long n) { while (n--) syscall(SYS_getppid); }
ROW("getppid", .run = run_getppid)

static int open_zero(void) { return fd = open("/dev/zero", O_RDONLY); }
static void run_read(long n) { while (n--) MUST(read(fd, buffer, 1)); }
ROW("read", .setup = open_zero, .run = run_read)

static int open_null(void) { return fd = open("/dev/null", O_WRONLY); }
static void run_write(long n) { while (n--) MUST(write(fd, buffer, 1)); }
ROW("write", .setup = open_null, .run = run_write)

static void run_writev(long n)
{
	struct iovec v[4] = { { buffer, 8 }, { buffer, 8 }, { buffer, 8 }, { buffer, 8 } };

	while (n--)
		MUST(writev(fd, v, 4));
}
ROW("writev of 4", .setup = open_null, .run = run_writev)

static int make_deep(void)
{
	mkdir("one", 0755);
	mkdir("one/two", 0755);
	return fd = make_file("one/two/file", 4096);
}

static void run_stat(long n)
{
	struct stat st;

	while (n--)
		MUST(stat("one/two/file", &st));
}
ROW("stat", .setup = make_deep, .run = run_stat)

static void run_stat_none(long n)
{
	struct stat st;

	while (n--)
		stat("one/two/none", &st);
}
ROW("stat of no file", .setup = make_deep, .run = run_stat_none)

static void run_fstat(long n)
{
	struct stat st;

	while (n--)
		MUST(fstat(fd, &st));
}
ROW("fstat", .setup = make_deep, .run = run_fstat)

static void run_open(long n) { while (n--) MUST(close(MUST(open("one/two/file", O_RDONLY)))); }
ROW("open and close", .setup = make_deep, .run = run_open)

static void run_access(long n) { while (n--) MUST(access("one/two/file", R_OK)); }
ROW("access", .setup = make_deep, .run = run_access)

static void run_pread(long n) { while (n--) MUST(pread(fd, buffer, 64, 128)); }
ROW("pread of 64 bytes", .setup = make_deep, .run = run_pread)

static void run_pwrite(long n) { while (n--) MUST(pwrite(fd, buffer, 64, 128)); }
ROW("pwrite of 64 bytes", .setup = make_deep, .run = run_pwrite)

static void run_lseek(long n) { while (n--) MUST(lseek(fd, 1, SEEK_SET)); }
ROW("lseek", .setup = make_deep, .run = run_lseek)

static void run_dup(long n) { while (n--) MUST(close(MUST(dup(fd)))); }
ROW("dup and close", .setup = make_deep, .run = run_dup)

static void run_fcntl(long n) { while (n--) MUST(fcntl(fd, F_GETFL)); }
ROW("fcntl", .setup = make_deep, .run = run_fcntl)

static void run_lock(long n)
{
	struct flock lock = { .l_whence = SEEK_SET, .l_len = 10 };

	while (n--) {
		lock.l_type = F_WRLCK;
		MUST(fcntl(fd, F_SETLK, &lock));
		lock.l_type = F_UNLCK;
		MUST(fcntl(fd, F_SETLK, &lock));
	}
}
ROW("record lock", .setup = make_deep, .run = run_lock)

static int make_link(void) { return symlink("one/two/file", "link"); }
static void run_readlink(long n) { while (n--) MUST(readlink("link", buffer, sizeof(buffer))); }
ROW("readlink", .setup = make_link, .run = run_readlink)

static void run_getcwd(long n) { while (n--) MUST(syscall(SYS_getcwd, buffer, sizeof(buffer))); }
ROW("getcwd", .run = run_getcwd)

static void run_uname(long n)
{
	struct utsname name;

	while (n--)
		MUST(uname(&name));
}
ROW("uname", .run = run_uname)

static void run_clock(long n)
{
	struct timespec t;

	while (n--)
		clock_gettime(CLOCK_MONOTONIC, &t);
}
ROW("clock_gettime (vdso)", .run = run_clock)

static void run_clock_call(long n)
{
	struct timespec t;

	while (n--)
		MUST(syscall(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &t));
}
ROW("clock_gettime (CPU time)", .run = run_clock_call)

static void run_rusage(long n)
{
	struct rusage use;

	while (n--)
		MUST(getrusage(RUSAGE_SELF, &use));
}
ROW("getrusage", .run = run_rusage)

static int make_timerfd(void) { return fd = timerfd_create(CLOCK_MONOTONIC, 0); }
static void run_timerfd(long n)
{
	struct itimerspec when = { .it_value.tv_sec = 1000 };

	while (n--)
		MUST(timerfd_settime(fd, 0, &when, NULL));
}
ROW("timer set", .setup = make_timerfd, .run = run_timerfd)

#define NR_WATCHED 100
static int ends[NR_WATCHED][2], top_fd;

static int make_pipes(void)
{
	for (int i = 0; i < NR_WATCHED; i++) {
		if (pipe(ends[i]))
			return -1;
		if (ends[i][0] > top_fd)
			top_fd = ends[i][0];
	}
	return (int)write(ends[NR_WATCHED - 1][1], "x", 1);
}

static void run_select(long n)
{
	struct timeval none = { 0 };
	fd_set set;

	while (n--) {
		FD_ZERO(&set);
		for (int i = 0; i < NR_WATCHED; i++)
			FD_SET(ends[i][0], &set);
		MUST(select(top_fd + 1, &set, NULL, NULL, &none));
	}
}
ROW("select on 100", .setup = make_pipes, .run = run_select)

static struct pollfd watched[NR_WATCHED];
static int make_poll(void)
{
	int result = make_pipes();

	for (int i = 0; i < NR_WATCHED; i++)
		watched[i] = (struct pollfd){ .fd = ends[i][0], .events = POLLIN };
	return result;
}
static void run_poll(long n) { while (n--) MUST(poll(watched, NR_WATCHED, 0)); }
ROW("poll on 100", .setup = make_poll, .run = run_poll)

static int make_epoll(void)
{
	int result = make_pipes();

	fd = epoll_create1(0);
	for (int i = 0; i < NR_WATCHED && fd >= 0; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.fd = i };

		if (epoll_ctl(fd, EPOLL_CTL_ADD, ends[i][0], &event))
			return -1;
	}
	return fd < 0 ? fd : result;
}
static void run_epoll(long n)
{
	struct epoll_event events[16];

	while (n--)
		MUST(epoll_wait(fd, events, 16, 0));
}
ROW("epoll on 100", .setup = make_epoll, .run = run_epoll)

/* Of all in turn: where one stands in the tree, and how deep that is, hangs on its file's address. */
static void run_epoll_ctl(long n)
{
	struct epoll_event event = { .events = EPOLLIN };

	while (n--) {
		int of = ends[n % NR_WATCHED][0];

		MUST(epoll_ctl(fd, EPOLL_CTL_DEL, of, NULL));
		MUST(epoll_ctl(fd, EPOLL_CTL_ADD, of, &event));
	}
}
ROW("epoll add and remove", .setup = make_epoll, .run = run_epoll_ctl)

static void on_signal(int number) { (void)number; }
static void run_sigaction(long n)
{
	struct sigaction action = { .sa_handler = on_signal };

	while (n--)
		MUST(sigaction(SIGUSR1, &action, NULL));
}
ROW("signal install", .run = run_sigaction)

static int catch_usr1(void) { return signal(SIGUSR1, on_signal) == SIG_ERR ? -1 : 0; }
static void run_kill(long n)
{
	pid_t me = getpid();

	while (n--)
		MUST(kill(me, SIGUSR1));
}
ROW("signal catch", .setup = catch_usr1, .run = run_kill)

static char *protected;
static void on_fault(int number, siginfo_t *info, void *context)
{
	(void)number, (void)info;
	/* Behind the store: "movb $1, (%rax)" has three bytes. */
	((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 3;
}
static int catch_fault(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	protected = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return protected == MAP_FAILED ? -1 : sigaction(SIGSEGV, &action, NULL);
}
static void run_fault(long n)
{
	while (n--)
		__asm__ volatile("movb $1, (%%rax)" : : "a"(protected) : "memory");
}
ROW("protection fault caught", .setup = catch_fault, .run = run_fault)

static void run_mask(long n)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	while (n--) {
		MUST(sigprocmask(SIG_BLOCK, &set, NULL));
		MUST(sigprocmask(SIG_UNBLOCK, &set, NULL));
	}
}
ROW("signal mask, twice", .run = run_mask)

static void run_yield(long n) { while (n--) MUST(sched_yield()); }
ROW("sched_yield alone", .run = run_yield)

static void yields(long unused)
{
	(void)unused;
	for (;;)
		sched_yield();
}
static int pin(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return -1;
	return helper(yields, 0);
}
ROW("sched_yield beside another", .setup = pin, .run = run_yield)

/* Open, read and close: what ps, top and free do all day. */
static const char *const texts[] = {
	"/proc/self/stat", "/proc/self/status", "/proc/self/maps",
	"/proc/meminfo",   "/proc/stat",	"/proc/loadavg",
	"/proc/uptime",	   "/proc/self/mounts", "/sys/devices/system/cpu/online"
};
static int has_text(void) { return access(texts[argument], R_OK); }

/* A line of /proc/self/mounts costs more than all else there: the same lines on each kernel, while it is timed. */
static const char *const tracing = "/sys/kernel/tracing";
static int was_mounted;
static int has_mounts(void)
{
	was_mounted = !umount2(tracing, 0);
	return has_text();
}
static void mount_again(void)
{
	if (was_mounted)
		mount("none", tracing, "tracefs", 0, NULL);
}
static void run_text(long n)
{
	while (n--) {
		int file = MUST(open(texts[argument], O_RDONLY));

		while (MUST(read(file, buffer, sizeof(buffer))) > 0)
			;
		MUST(close(file));
	}
}
ROW("read /proc/self/stat", .setup = has_text, .run = run_text, .argument = 0)
ROW("read /proc/self/status", .setup = has_text, .run = run_text, .argument = 1)
ROW("read /proc/self/maps", .setup = has_text, .run = run_text, .argument = 2)
ROW("read /proc/meminfo", .setup = has_text, .run = run_text, .argument = 3)
ROW("read /proc/stat", .setup = has_text, .run = run_text, .argument = 4)
ROW("read /proc/loadavg", .setup = has_text, .run = run_text, .argument = 5)
ROW("read /proc/uptime", .setup = has_text, .run = run_text, .argument = 6)
ROW("read /proc/self/mounts", .setup = has_mounts, .run = run_text, .finish = mount_again,
    .argument = 7)
ROW("read a file of /sys", .setup = has_text, .run = run_text, .argument = 8)
