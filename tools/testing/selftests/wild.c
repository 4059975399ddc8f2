/* SPDX-License-Identifier: MIT */
/*
 * System calls with wild pointers, lengths and descriptors: each answers with
 * a result or an errno, and the system goes on.
 */
#include "harness.h"

#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>

#define LAST_CALL 450
#define ROUNDS 40

static long call(long number, const long a[6])
{
	register long r10 __asm__("r10");
	register long r8 __asm__("r8");
	register long r9 __asm__("r9");
	long result;

	r10 = a[3];
	r8 = a[4];
	r9 = a[5];
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/* ---- the right errno for a pointer to nothing ---- */

static long unmapped, read_only, good;

static void make_pages(void)
{
	char *p = ASSERT_OK(
		mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

	good = (long)p;
	mprotect(p + 4096, 4096, PROT_READ);
	read_only = (long)p + 4096;
	munmap(p + 2 * 4096, 4096);
	unmapped = (long)p + 2 * 4096;
}

static int null_fd, file_fd, pipe_in, pipe_out, socket_fd, folder_fd, epoll_fd;

static void open_some(void)
{
	int p[2], s[2];

	null_fd = ASSERT_OK(open("/dev/null", O_RDWR));
	file_fd = ASSERT_OK(open("file", O_RDWR | O_CREAT, 0600));
	ASSERT_EQ(write(file_fd, "0123456789", 10), 10);
	lseek(file_fd, 0, SEEK_SET);
	ASSERT_OK(pipe2(p, O_NONBLOCK));
	pipe_in = p[0];
	pipe_out = p[1];
	ASSERT_EQ(write(p[1], "data", 4), 4);
	ASSERT_OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s));
	socket_fd = s[0];
	ASSERT_EQ(write(s[1], "data", 4), 4);
	folder_fd = ASSERT_OK(open(".", O_RDONLY | O_DIRECTORY));
	epoll_fd = ASSERT_OK(epoll_create1(0));
}

#define W 0x57		/* stands for the wild pointer in the table below */

TEST(pointers_to_nothing_are_efault)
{
	make_pages();
	open_some();
	spew("name", "");
	long here = AT_FDCWD, name = (long)"name", none = (long)"none";
	const struct {
		long number, a[6];
	} rows[] = {
		{ SYS_read, { file_fd, W, 4 } },
		{ SYS_write, { file_fd, W, 4 } },
		{ SYS_open, { W, 0 } },
		{ SYS_stat, { W, good } },
		{ SYS_stat, { name, W } },
		{ SYS_fstat, { file_fd, W } },
		{ SYS_lstat, { name, W } },
		{ SYS_poll, { W, 1, 0 } },
		{ SYS_rt_sigaction, { 10, W, 0, 8 } },
		{ SYS_rt_sigaction, { 10, 0, W, 8 } },
		{ SYS_rt_sigprocmask, { 0, W, 0, 8 } },
		{ SYS_rt_sigprocmask, { 0, 0, W, 8 } },
		{ SYS_ioctl, { pipe_in, 0x541b, W } },
		{ SYS_pread64, { file_fd, W, 4, 0 } },
		{ SYS_pwrite64, { file_fd, W, 4, 0 } },
		{ SYS_readv, { file_fd, W, 1 } },
		{ SYS_writev, { file_fd, W, 1 } },
		{ SYS_access, { W, 0 } },
		{ SYS_pipe, { W } },
		{ SYS_pipe2, { W, 0 } },
		{ SYS_select, { 1, W, 0, 0, good } },
		{ SYS_nanosleep, { W, 0 } },
		{ SYS_getitimer, { 0, W } },
		{ SYS_setitimer, { 0, W, 0 } },
		{ SYS_sendfile, { file_fd, file_fd, W, 1 } },
		{ SYS_connect, { socket_fd, W, 16 } },
		{ SYS_sendto, { socket_fd, W, 4, 0 } },
		{ SYS_recvfrom, { socket_fd, W, 4, 0 } },
		{ SYS_sendmsg, { socket_fd, W, 0 } },
		{ SYS_recvmsg, { socket_fd, W, 0 } },
		{ SYS_getsockname, { socket_fd, good, W } },
		{ SYS_socketpair, { 1, 1, 0, W } },
		{ SYS_getsockopt, { socket_fd, 1, 3, good, W } },
		{ SYS_setsockopt, { socket_fd, 1, 20, W, 16 } },
		{ SYS_execve, { W, 0, 0 } },
		{ SYS_execve, { (long)"/proc/self/exe", W, 0 } },
		{ SYS_uname, { W } },
		{ SYS_fcntl, { file_fd, 5, W } },
		{ SYS_fcntl, { file_fd, 6, W } },
		{ SYS_truncate, { W, 0 } },
		{ SYS_getdents64, { folder_fd, W, 1000 } },
		{ SYS_getcwd, { W, 1000 } },
		{ SYS_chdir, { W } },
		{ SYS_rename, { W, name } },
		{ SYS_rename, { name, W } },
		{ SYS_mkdir, { W, 0 } },
		{ SYS_rmdir, { W } },
		{ SYS_creat, { W, 0 } },
		{ SYS_link, { name, W } },
		{ SYS_unlink, { W } },
		{ SYS_symlink, { W, none } },
		{ SYS_symlink, { name, W } },
		{ SYS_readlink, { W, good, 10 } },
		{ SYS_chmod, { W, 0 } },
		{ SYS_chown, { W, 0, 0 } },
		{ SYS_gettimeofday, { W, 0 } },
		{ SYS_getrlimit, { 0, W } },
		{ SYS_setrlimit, { 0, W } },
		{ SYS_getrusage, { 0, W } },
		{ SYS_sysinfo, { W } },
		{ SYS_times, { W } },
		{ SYS_getgroups, { 65536, 0 } },
		{ SYS_setgroups, { 1, W } },
		{ SYS_getresuid, { W, good, good } },
		{ SYS_rt_sigpending, { W, 8 } },
		{ SYS_rt_sigtimedwait, { W, 0, 0, 8 } },
		{ SYS_rt_sigsuspend, { W, 8 } },
		{ SYS_sigaltstack, { W, 0 } },
		{ SYS_mknod, { W, 0x8000, 0 } },
		{ SYS_statfs, { (long)".", W } },
		{ SYS_fstatfs, { file_fd, W } },
		{ SYS_sched_setparam, { 0, W } },
		{ SYS_sched_getparam, { 0, W } },
		{ SYS_sched_rr_get_interval, { 0, W } },
		{ SYS_mount, { 0, W, 0, 0, 0 } },
		{ SYS_umount2, { W, 0 } },
		{ SYS_chroot, { W } },
		{ SYS_sethostname, { W, 5 } },
		{ SYS_init_module, { W, 100, good } },
		{ SYS_delete_module, { W, 0 } },
		{ SYS_time, { W } },
		{ SYS_sched_setaffinity, { 0, 8, W } },
		{ SYS_sched_getaffinity, { 0, 1024, W } },
		{ SYS_timer_create, { 0, 0, W } },
		{ SYS_clock_gettime, { 0, W } },
		{ SYS_clock_settime, { 0, W } },
		{ SYS_clock_getres, { 0, W } },
		{ SYS_clock_nanosleep, { 1, 0, W, 0 } },
		{ SYS_epoll_wait, { epoll_fd, W, 0, 0 } },
		{ SYS_epoll_ctl, { epoll_fd, 1, pipe_in, W } },
		{ SYS_utimes, { name, W } },
		{ SYS_waitid, { 0, 0, W, 0x40000005, 0 } },
		{ SYS_openat, { here, W, 0 } },
		{ SYS_mkdirat, { here, W, 0 } },
		{ SYS_newfstatat, { here, name, W, 0 } },
		{ SYS_unlinkat, { here, W, 0 } },
		{ SYS_renameat2, { here, name, here, W, 0 } },
		{ SYS_readlinkat, { here, W, good, 10 } },
		{ SYS_faccessat, { here, W, 0 } },
		{ SYS_pselect6, { 1, W, 0, 0, good, 0 } },
		{ SYS_ppoll, { W, 1, good, 0, 8 } },
		{ SYS_set_robust_list, { W, 1 } },
		{ SYS_utimensat, { here, name, W, 0 } },
		{ SYS_timerfd_create, { 1, 0x1000 } },
		{ SYS_signalfd4, { -1, W, 8, 0 } },
		{ SYS_preadv, { file_fd, W, 1, 0 } },
		{ SYS_prlimit64, { 0, 0, W, 0 } },
		{ SYS_prlimit64, { 0, 0, 0, W } },
		{ SYS_getcpu, { W, 0 } },
		{ SYS_finit_module, { -1, W, 0 } },
		{ SYS_getrandom, { W, 16, 0 } },
		{ SYS_memfd_create, { W, 0 } },
		{ SYS_execveat, { here, W, 0, 0, 0 } },
		{ SYS_statx, { here, W, 0, 0, good } },
		{ SYS_statx, { here, name, 0, 0, W } },
		{ SYS_clone3, { W, 64 } },
		{ SYS_openat2, { here, W, good, 24 } },
		{ SYS_openat2, { here, name, W, 24 } },
		{ SYS_msgsnd, { 0, W, 1, 0 } },
		{ SYS_semop, { 0, W, 1 } },
		{ SYS_futex, { W, 0, 0, 0 } },
		{ SYS_futex, { W, 1, 1, 0 } },
		{ SYS_mincore, { good, 4096, W } },
		{ SYS_getxattr, { W, name, good, 0 } },
		{ SYS_inotify_add_watch, { -1, W, 0 } },
		{ SYS_ustat, { 0, W } },
	};
	/* Where the arguments are refused before the pointer is looked at, or the pointer is not read at all. */
	static const long other_answers[] = {
		SYS_getgroups, SYS_timerfd_create, SYS_set_robust_list, SYS_finit_module,
		SYS_msgsnd,    SYS_semop,	   SYS_epoll_wait,	SYS_inotify_add_watch,
		SYS_ustat,     SYS_readv,	   SYS_waitid,		SYS_times,
		SYS_futex,     SYS_timer_create,   SYS_init_module,
	};
	const long wild[] = {
		0x10, unmapped, 0x7ffffffff000, 0xffff800000000000, 0xffffffff81000000, -8
	};

	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		for (size_t w = 0; w < sizeof(wild) / sizeof(wild[0]); w++) {
			long a[6], result;
			bool lenient = false;

			for (int i = 0; i < 6; i++)
				a[i] = rows[r].a[i] == W ? wild[w] : rows[r].a[i];
			result = call(rows[r].number, a);
			for (size_t k = 0; k < sizeof(other_answers) / sizeof(other_answers[0]);
			     k++)
				lenient |= other_answers[k] == rows[r].number;
			if (lenient ? result < -4095 : result != -EFAULT)
				fail(__FILE__, __LINE__,
				     "call %ld, row %zu, pointer %#lx: got %ld, want -EFAULT",
				     rows[r].number, r, wild[w], result);
		}
	}
}

TEST(results_do_not_go_to_read_only_memory)
{
	make_pages();
	open_some();
	const struct {
		long number, a[6];
	} rows[] = {
		{ SYS_read, { file_fd, W, 4 } },
		{ SYS_fstat, { file_fd, W } },
		{ SYS_pipe, { W } },
		{ SYS_uname, { W } },
		{ SYS_getcwd, { W, 1000 } },
		{ SYS_getrandom, { W, 16, 0 } },
		{ SYS_clock_gettime, { 1, W } },
		{ SYS_getdents64, { folder_fd, W, 4096 } },
		{ SYS_sysinfo, { W } },
		{ SYS_rt_sigprocmask, { 0, 0, W, 8 } },
		{ SYS_recvfrom, { socket_fd, W, 4, 0 } },
	};
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		long a[6];

		for (int i = 0; i < 6; i++)
			a[i] = rows[r].a[i] == W ? read_only : rows[r].a[i];
		EXPECT_EQ(call(rows[r].number, a), -EFAULT);
		for (int i = 0; i < 6; i++)
			a[i] = rows[r].a[i] == W
				       ? (long)"constant text in the program, as long as need be"
				       : rows[r].a[i];
		EXPECT_EQ(call(rows[r].number, a), -EFAULT);
	}
}

TEST(strings_that_run_into_nothing)
{
	char *page = ASSERT_OK(
		mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

	munmap(page + 4096, 4096);
	memset(page, 'x', 4096);
	EXPECT_ERR(open(page + 4090, O_RDONLY), EFAULT);
	EXPECT_ERR(unlink(page + 4095), EFAULT);
	page[4095] = '\0';
	EXPECT_ERR(open(page + 4090, O_RDONLY), ENOENT);
	char *argv[] = { page + 4090, NULL };

	EXPECT_EXIT(CHILD({ execv("/bin/true", argv); }), 127);
}

/* ---- every call, at random ---- */

static volatile int *progress; /* shared: the round the child is in */

static const int never[] = {
	SYS_exit,   SYS_exit_group, SYS_fork,	 SYS_vfork,	  SYS_clone,
	SYS_clone3, SYS_reboot,	    SYS_vhangup, SYS_pause,	  SYS_shmget,
	SYS_msgget, SYS_semget,	    SYS_add_key, SYS_request_key, SYS_keyctl,
};
/* What would change the system for all when root calls it with luck. */
static const int not_as_root[] = {
	SYS_kill,
	SYS_tkill,
	SYS_tgkill,
	SYS_rt_sigqueueinfo,
	SYS_rt_tgsigqueueinfo,
	SYS_pidfd_send_signal,
	SYS_syslog,
	SYS_settimeofday,
	SYS_clock_settime,
	SYS_adjtimex,
	SYS_clock_adjtime,
	SYS_prlimit64,
	SYS_kexec_load,
	SYS_sched_setscheduler,
	SYS_sched_setparam,
	SYS_sched_setattr,
	SYS_sched_setaffinity,
	SYS_setpriority,
	SYS_ioprio_set,
	SYS_sethostname,
	SYS_setdomainname,
	SYS_ptrace,
	SYS_process_vm_writev,
	SYS_acct,
	SYS_bpf,
	SYS_migrate_pages,
	SYS_move_pages,
	SYS_setpgid,
	SYS_fsmount,
	SYS_fsopen,
	SYS_move_mount,
	SYS_open_tree,
	SYS_perf_event_open,
	SYS_userfaultfd,
	SYS_io_uring_setup,
	SYS_shmctl,
	SYS_semctl,
	SYS_msgctl,
	SYS_swapoff,
};

static bool listed(long number, const int *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == number)
			return true;
	return false;
}

static uint64_t random_state;

static uint32_t draw(void)
{
	random_state = random_state * 6364136223846793005 + 1442695040888963407;
	return random_state >> 33;
}

static long interesting(void)
{
	long values[] = {
		0,
		1,
		2,
		3,
		7,
		8,
		16,
		255,
		4095,
		4096,
		65536,
		0x7fffffff,
		0x80000000,
		0xffffffff,
		-1,
		-2,
		-100,
		-4096,
		1l << 62,
		0x7fffffffffffffff,
		0x7ffffffff000,
		0x800000000000,
		0xffff800000000000,
		0xffffffff81000000,
		good,
		good,
		good,
		good + 4090,
		read_only,
		read_only + 4090,
		unmapped,
		null_fd,
		file_fd,
		pipe_in,
		pipe_out,
		socket_fd,
		folder_fd,
		epoll_fd,
		999,
		draw(),
		getpid(),
	};
	return values[draw() % (sizeof(values) / sizeof(values[0]))];
}

static void nothing(int sig)
{
	(void)sig;
}

static void limit(int resource, rlim_t value)
{
	struct rlimit r = { value, value };

	setrlimit(resource, &r);
}

/* The child: rounds of one call, from FIRST on. */
static void fuzz(long number, int first, bool as_root)
{
	struct sigaction sa = { .sa_handler = nothing };
	struct itimerval soon = { { 0, 30000 }, { 0, 30000 } };

	setsid();
	limit(RLIMIT_AS, 256 << 20);
	limit(RLIMIT_FSIZE, 1 << 20);
	limit(RLIMIT_NPROC, 50);
	limit(RLIMIT_CORE, 0);
	if (!as_root && setresuid(65534, 65534, 65534) < 0)
		_exit(FAILED);
	for (int round = first; round < ROUNDS; round++) {
		long a[6];

		*progress = round;
		random_state = number * 1000 + round;
		draw();
		for (int i = 0; i < 6; i++)
			a[i] = interesting();
		/* What blocks is interrupted; what removes the alarm is seen to by the parent. */
		sigaction(SIGALRM, &sa, NULL);
		setitimer(ITIMER_REAL, &soon, NULL);
		long result = call(number, a);

		if (result < -4095 && number != SYS_mmap && number != SYS_brk &&
		    number != SYS_shmat && number != SYS_mremap && number != SYS_ptrace &&
		    number != SYS_lseek) {
			*progress = ROUNDS + 1;
			_exit(FAILED);
		}
	}
	*progress = ROUNDS;
	_exit(0);
}

/* Wait for the child; kill it when it makes no progress. Returns the next round to do. */
static int supervise(pid_t pid, long number)
{
	int last = -1, status;
	uint64_t since = now_ns();

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (*progress != last) {
			last = *progress;
			since = now_ns();
		} else if (now_ns() - since > 3000000000ull) {
			kill(pid, SIGKILL);
			EXPECT_EQ(waitpid(pid, &status, 0), pid);
			break;
		}
		usleep(200);
	}
	if (*progress > ROUNDS)
		fail(__FILE__, __LINE__, "call %ld gave a result that is no errno", number);
	return *progress + 1;
}

static void fuzz_all(bool as_root)
{
	make_pages();
	open_some();
	chmod(".", 0777);
	signal(SIGPIPE, SIG_IGN);
	progress = ASSERT_OK(
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	for (long number = 0; number <= LAST_CALL; number++) {
		if (listed(number, never, sizeof(never) / sizeof(never[0])) ||
		    (as_root &&
		     listed(number, not_as_root, sizeof(not_as_root) / sizeof(not_as_root[0]))))
			continue;
		for (int next = 0; next < ROUNDS;) {
			*progress = next;
			pid_t pid = CHILD({ fuzz(number, next, as_root); });

			next = supervise(pid, number);
		}
	}
	EXPECT_EXIT(CHILD({ execl("/bin/true", "true", NULL); }), 0);
}

TEST_LIMIT(every_call_survives_wild_arguments, 240)
{
	fuzz_all(false);
}

TEST_LIMIT(every_call_survives_wild_arguments_of_root, 240)
{
	fuzz_all(true);
}
