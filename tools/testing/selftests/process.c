/* SPDX-License-Identifier: MIT */
/* fork, vfork, clone, the kinds of wait, exit, process groups and sessions. */
#include "harness.h"

#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

TEST(fork_returns_twice)
{
	pid_t parent = getpid();
	pid_t pid = CHILD({
		EXPECT_EQ(getppid(), parent);
		EXPECT_NE(getpid(), parent);
		EXPECT_EQ(getpid(), syscall(SYS_gettid));
	});

	EXPECT_NE(pid, parent);
	EXPECT_EXIT(pid, 0);
}

TEST(fork_copies_memory)
{
	static volatile int in_data = 1;
	volatile int on_stack = 2;
	volatile int *on_heap = malloc(sizeof(int));

	*on_heap = 3;
	pid_t pid = CHILD({
		EXPECT_EQ(in_data, 1);
		EXPECT_EQ(on_stack, 2);
		EXPECT_EQ(*on_heap, 3);
		in_data = on_stack = *on_heap = 99;
	});
	EXPECT_EXIT(pid, 0);
	EXPECT_EQ(in_data, 1);
	EXPECT_EQ(on_stack, 2);
	EXPECT_EQ(*on_heap, 3);
	free((void *)on_heap);
}

TEST(fork_shares_open_files)
{
	int fd = ASSERT_OK(open("file", O_RDWR | O_CREAT, 0600));

	ASSERT_EQ(write(fd, "abcdef", 6), 6);
	lseek(fd, 1, SEEK_SET);
	pid_t pid = CHILD({
		char c;
		EXPECT_EQ(read(fd, &c, 1), 1);
		EXPECT_EQ(c, 'b');
	});

	EXPECT_EXIT(pid, 0);
	EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 2);
}

TEST(exit_status_is_eight_bits)
{
	EXPECT_EXIT(CHILD({ _exit(0); }), 0);
	EXPECT_EXIT(CHILD({ _exit(7); }), 7);
	EXPECT_EXIT(CHILD({ _exit(255); }), 255);
	EXPECT_EXIT(CHILD({ _exit(256 + 9); }), 9);
	EXPECT_EXIT(CHILD({ _exit(-1); }), 255);
}

TEST(killed_child_reports_the_signal)
{
	EXPECT_KILLED(CHILD({ raise(SIGKILL); }), SIGKILL);
	EXPECT_KILLED(CHILD({ raise(SIGTERM); }), SIGTERM);
	EXPECT_KILLED(CHILD({ abort(); }), SIGABRT);
}

TEST(many_children_exist_at_once)
{
	enum { COUNT = 200 };
	pid_t pids[COUNT];

	for (int i = 0; i < COUNT; i++)
		pids[i] = CHILD({ pause(); });
	for (int i = 0; i < COUNT; i++)
		for (int j = 0; j < i; j++)
			ASSERT_NE(pids[i], pids[j]);
	for (int i = 0; i < COUNT; i++)
		EXPECT_OK(kill(pids[i], SIGKILL));
	for (int i = 0; i < COUNT; i++)
		EXPECT_KILLED(pids[i], SIGKILL);
	EXPECT_ERR(wait(NULL), ECHILD);
}

TEST(vfork_suspends_the_parent)
{
	volatile int seen = 0;
	pid_t pid = vfork();

	if (pid == 0) {
		struct timespec t = { 0, 50000000 };

		nanosleep(&t, NULL);
		seen = 1; /* vfork shares memory */
		_exit(5);
	}
	EXPECT_EQ(seen, 1);
	EXPECT_EXIT(pid, 5);
}

TEST(vfork_ends_at_exec)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execl("/proc/self/exe", "selftests", "@sleep", "20", NULL);
		_exit(1);
	}
	uint64_t start = now_ns();

	EXPECT_OK(kill(pid, SIGKILL));
	EXPECT_KILLED(pid, SIGKILL);
	EXPECT_LT((now_ns() - start) / 1000000000, 15);
}

static char clone_stack[65536] __attribute__((aligned(16)));
static volatile int clone_value;

static int clone_body(void *arg)
{
	clone_value = *(int *)arg;
	return 21;
}

TEST(clone_vm_shares_memory)
{
	int value = 77;
	pid_t pid = ASSERT_OK(
		clone(clone_body, clone_stack + sizeof(clone_stack), CLONE_VM | SIGCHLD, &value));

	EXPECT_EXIT(pid, 21);
	EXPECT_EQ(clone_value, 77);
}

static int clone_change_folder(void *arg)
{
	(void)arg;
	return chdir("/proc");
}

TEST(clone_fs_shares_the_working_folder)
{
	char before[256], after[256];

	ASSERT(getcwd(before, sizeof(before)));
	EXPECT_EXIT(clone(clone_change_folder, clone_stack + sizeof(clone_stack), SIGCHLD, NULL),
		    0);
	getcwd(after, sizeof(after));
	EXPECT_STR(after, before);
	EXPECT_EXIT(clone(clone_change_folder, clone_stack + sizeof(clone_stack),
			  CLONE_FS | SIGCHLD, NULL),
		    0);
	getcwd(after, sizeof(after));
	EXPECT_STR(after, "/proc");
}

static int clone_close(void *arg)
{
	return close(*(int *)arg);
}

TEST(clone_files_shares_descriptors)
{
	int fd = ASSERT_OK(open("/dev/null", O_RDONLY));

	EXPECT_EXIT(clone(clone_close, clone_stack + sizeof(clone_stack), SIGCHLD, &fd), 0);
	EXPECT_OK(fcntl(fd, F_GETFD));
	EXPECT_EXIT(clone(clone_close, clone_stack + sizeof(clone_stack), CLONE_FILES | SIGCHLD,
			  &fd),
		    0);
	EXPECT_ERR(fcntl(fd, F_GETFD), EBADF);
}

TEST(clone_writes_thread_ids)
{
	pid_t parent_tid = 0, child_tid = 0;
	pid_t *shared = ASSERT_OK(
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	pid_t pid = syscall(SYS_clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, NULL,
			    &parent_tid, &child_tid, 0);

	if (pid == 0) {
		*shared = child_tid;
		_exit(child_tid != getpid());
	}
	EXPECT_EQ(parent_tid, pid);
	EXPECT_EQ(child_tid, 0);
	EXPECT_EXIT(pid, 0);
	EXPECT_EQ(*shared, pid);
}

TEST(clone_refuses_contradictions)
{
	EXPECT_ERR(syscall(SYS_clone, CLONE_THREAD | SIGCHLD, NULL, NULL, NULL, 0), EINVAL);
	EXPECT_ERR(syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, NULL, NULL, NULL, 0), EINVAL);
	EXPECT_ERR(syscall(SYS_clone, CLONE_FS | CLONE_NEWNS | SIGCHLD, NULL, NULL, NULL, 0),
		   EINVAL);
}

TEST(clone3_behaves_like_fork)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	pid_t pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(33);
	ASSERT_OK(pid);
	EXPECT_EXIT(pid, 33);
	EXPECT_ERR(syscall(SYS_clone3, &args, 8), EINVAL);
	EXPECT_ERR(syscall(SYS_clone3, NULL, sizeof(args)), EFAULT);
	args.exit_signal = 1000;
	EXPECT_ERR(syscall(SYS_clone3, &args, sizeof(args)), EINVAL);
}

TEST(waitpid_selects_children)
{
	pid_t first = CHILD({ _exit(1); });
	pid_t second = CHILD({ _exit(2); });
	int status;

	EXPECT_EQ(waitpid(second, &status, 0), second);
	EXPECT_EQ(WEXITSTATUS(status), 2);
	EXPECT_EQ(waitpid(-1, &status, 0), first);
	EXPECT_EQ(WEXITSTATUS(status), 1);
	EXPECT_ERR(waitpid(-1, &status, 0), ECHILD);
	EXPECT_ERR(waitpid(first, &status, 0), ECHILD);
	EXPECT_ERR(waitpid(1, &status, WNOHANG), ECHILD);
}

TEST(waitpid_by_group)
{
	pid_t pid = CHILD({
		setpgid(0, 0);
		sleep_ms(20);
		_exit(4);
	});
	int status;

	setpgid(pid, pid);
	EXPECT_ERR(waitpid(0, &status, 0), ECHILD);
	EXPECT_EQ(waitpid(-pid, &status, 0), pid);
	EXPECT_EQ(WEXITSTATUS(status), 4);
}

TEST(wnohang_returns_at_once)
{
	pid_t pid = CHILD({ pause(); });

	EXPECT_EQ(waitpid(pid, NULL, WNOHANG), 0);
	kill(pid, SIGKILL);
	EXPECT_KILLED(pid, SIGKILL);
}

TEST(wait_refuses_bad_arguments)
{
	int status;
	siginfo_t info;

	EXPECT_ERR(waitpid(-1, &status, 0x100), EINVAL);
	EXPECT_ERR(waitid(P_ALL, 0, &info, 0), EINVAL);
	EXPECT_ERR(waitid((idtype_t)77, 0, &info, WEXITED), EINVAL);
	EXPECT_ERR(waitid(P_PID, 0, &info, WEXITED), EINVAL);
	pid_t pid = CHILD({ _exit(0); });

	EXPECT_ERR(wait4(pid, (int *)16, 0, NULL), EFAULT);
}

TEST(waitid_reports_in_siginfo)
{
	siginfo_t info = { 0 };
	pid_t pid = CHILD({ _exit(9); });

	EXPECT_OK(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
	EXPECT_EQ(info.si_signo, SIGCHLD);
	EXPECT_EQ(info.si_code, CLD_EXITED);
	EXPECT_EQ(info.si_pid, pid);
	EXPECT_EQ(info.si_status, 9);
	/* WNOWAIT left it there. */
	EXPECT_OK(waitid(P_ALL, 0, &info, WEXITED));
	EXPECT_EQ(info.si_pid, pid);
	EXPECT_ERR(waitid(P_ALL, 0, &info, WEXITED), ECHILD);

	pid = CHILD({ raise(SIGUSR1); });
	EXPECT_OK(waitid(P_PID, pid, &info, WEXITED));
	EXPECT_EQ(info.si_code, CLD_KILLED);
	EXPECT_EQ(info.si_status, SIGUSR1);
	pid = CHILD({ pause(); });
	info.si_pid = 5;
	EXPECT_OK(waitid(P_PID, pid, &info, WEXITED | WNOHANG));
	EXPECT_EQ(info.si_pid, 0);
	kill(pid, SIGKILL);
	EXPECT_KILLED(pid, SIGKILL);
}

TEST(stop_and_continue_are_reported)
{
	pid_t pid = CHILD({
		for (;;)
			pause();
	});
	int status;

	EXPECT_OK(kill(pid, SIGSTOP));
	ASSERT_EQ(waitpid(pid, &status, WUNTRACED), pid);
	EXPECT(WIFSTOPPED(status));
	EXPECT_EQ(WSTOPSIG(status), SIGSTOP);
	EXPECT_EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
	EXPECT_OK(kill(pid, SIGCONT));
	ASSERT_EQ(waitpid(pid, &status, WCONTINUED), pid);
	EXPECT(WIFCONTINUED(status));
	EXPECT_OK(kill(pid, SIGTSTP));
	siginfo_t info;

	EXPECT_OK(waitid(P_PID, pid, &info, WSTOPPED));
	EXPECT_EQ(info.si_code, CLD_STOPPED);
	EXPECT_EQ(info.si_status, SIGTSTP);
	EXPECT_OK(kill(pid, SIGKILL));
	EXPECT_KILLED(pid, SIGKILL);
}

TEST(stopped_process_does_not_run)
{
	volatile long *count = ASSERT_OK(
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	pid_t pid = CHILD({
		for (;;)
			++*count;
	});
	int status;

	ASSERT(WAIT_UNTIL(*count > 0, 5000));
	kill(pid, SIGSTOP);
	ASSERT_EQ(waitpid(pid, &status, WUNTRACED), pid);
	long seen = *count;

	sleep_ms(50);
	EXPECT_EQ(*count, seen);
	kill(pid, SIGCONT);
	EXPECT(WAIT_UNTIL(*count > seen, 5000));
	kill(pid, SIGKILL);
	EXPECT_KILLED(pid, SIGKILL);
}

TEST(wait4_gives_resource_usage)
{
	struct rusage usage = { 0 };
	pid_t pid = CHILD({
		uint64_t end = now_ns() + 100000000;
		while (now_ns() < end)
			;
	});
	int status;

	ASSERT_EQ(wait4(pid, &status, 0, &usage), pid);
	EXPECT_GT(usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec +
			  usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec,
		  10000);
	EXPECT_GT(usage.ru_maxrss, 0);
	struct rusage all;

	EXPECT_OK(getrusage(RUSAGE_CHILDREN, &all));
	EXPECT_GE(all.ru_utime.tv_sec * 1000000 + all.ru_utime.tv_usec,
		  usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec);
	EXPECT_ERR(getrusage(1234, &all), EINVAL);
}

TEST(ignored_sigchld_leaves_no_zombie)
{
	signal(SIGCHLD, SIG_IGN);
	pid_t pid = CHILD({ _exit(3); });

	EXPECT_ERR(waitpid(pid, NULL, 0), ECHILD);
	EXPECT(WAIT_UNTIL(kill(pid, 0) < 0 && errno == ESRCH, 5000));
}

TEST(sa_nocldwait_leaves_no_zombie)
{
	struct sigaction sa = { .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT };

	sigaction(SIGCHLD, &sa, NULL);
	CHILD({ _exit(3); });
	EXPECT_ERR(wait(NULL), ECHILD);
}

TEST(zombie_can_be_signalled_until_reaped)
{
	siginfo_t info;
	pid_t pid = CHILD({ _exit(0); });

	EXPECT_OK(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
	EXPECT_OK(kill(pid, 0));
	EXPECT_OK(kill(pid, SIGKILL));
	EXPECT_EXIT(pid, 0);
	EXPECT_ERR(kill(pid, 0), ESRCH);
}

TEST(orphan_goes_to_the_subreaper)
{
	int p[2];
	pid_t orphan = 0;

	ASSERT_OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
	ASSERT_OK(pipe(p));
	pid_t pid = CHILD({
		pid_t middle = getpid();
		pid_t inner = CHILD({
			while (getppid() == middle)
				sleep_ms(1);
			pid_t now = getppid();
			EXPECT_EQ(write(p[1], &now, sizeof(now)), sizeof(now));
			_exit(66);
		});
		EXPECT_EQ(write(p[1], &inner, sizeof(inner)), sizeof(inner));
	});
	pid_t adopter = 0;

	EXPECT_EXIT(pid, 0);
	EXPECT_EQ(read(p[0], &orphan, sizeof(orphan)), sizeof(orphan));
	EXPECT_EQ(read(p[0], &adopter, sizeof(adopter)), sizeof(adopter));
	EXPECT_EQ(adopter, getpid());
	EXPECT_EXIT(orphan, 66);
}

TEST(parent_death_signal)
{
	int p[2], status;
	char c;

	ASSERT_OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
	ASSERT_OK(pipe(p));
	pid_t pid = CHILD({
		CHILD({
			prctl(PR_SET_PDEATHSIG, SIGUSR1);
			EXPECT_EQ(write(p[1], "x", 1), 1);
			pause();
		});
		EXPECT_EQ(read(p[0], &c, 1), 1);
	});

	EXPECT_EXIT(pid, 0);
	ASSERT_GT(wait(&status), 0);
	EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
}

TEST(process_groups)
{
	pid_t me = getpid();
	pid_t pid = CHILD({ pause(); });

	EXPECT_EQ(getpgid(0), getpgrp());
	EXPECT_EQ(getpgid(pid), getpgrp());
	EXPECT_OK(setpgid(pid, pid));
	EXPECT_EQ(getpgid(pid), pid);
	EXPECT_OK(setpgid(pid, me));
	EXPECT_EQ(getpgid(pid), me);
	EXPECT_ERR(setpgid(pid, -5), EINVAL);
	EXPECT_ERR(setpgid(pid, 999999), EPERM);
	EXPECT_ERR(setpgid(999999, 0), ESRCH);
	EXPECT_ERR(getpgid(999999), ESRCH);
	kill(pid, SIGKILL);
	EXPECT_KILLED(pid, SIGKILL);
}

TEST(sessions)
{
	/* A group leader cannot start a session. */
	EXPECT_ERR(setsid(), EPERM);
	pid_t pid = CHILD({
		EXPECT_EQ(setsid(), getpid());
		EXPECT_EQ(getsid(0), getpid());
		EXPECT_EQ(getpgrp(), getpid());
		EXPECT_ERR(setsid(), EPERM);
		EXPECT_ERR(setpgid(0, 0), EPERM);
		EXPECT_EQ(open("/dev/tty", O_RDWR), -1);
		EXPECT_EQ(errno, ENXIO);
	});

	EXPECT_EXIT(pid, 0);
	EXPECT_EQ(getsid(0), getsid(getppid()));
}

TEST(setpgid_after_exec_is_refused)
{
	int p[2];
	char c;

	ASSERT_OK(pipe2(p, O_CLOEXEC));
	pid_t pid = CHILD({
		ASSERT_OK(dup2(p[1], 1));
		execl("/bin/sh", "sh", "-c", "echo; exec sleep 20", NULL);
	});

	ASSERT_EQ(read(p[0], &c, 1), 1); /* the new program runs */
	EXPECT_ERR(setpgid(pid, pid), EACCES);
	kill(pid, SIGKILL);
	EXPECT_KILLED(pid, SIGKILL);
}

TEST(kill_reaches_groups)
{
	pid_t pids[3];

	for (int i = 0; i < 3; i++) {
		pids[i] = CHILD({ pause(); });
		setpgid(pids[i], pids[0]);
	}
	EXPECT_OK(kill(-pids[0], SIGTERM));
	for (int i = 0; i < 3; i++)
		EXPECT_KILLED(pids[i], SIGTERM);
	EXPECT_ERR(kill(-pids[0], SIGTERM), ESRCH);
	EXPECT_ERR(kill(getpid(), 65), EINVAL);
	EXPECT_ERR(kill(999999, 0), ESRCH);
}

static void *exit_thread(void *arg)
{
	(void)arg;
	exit(12);
}

TEST(exit_group_ends_all_threads)
{
	EXPECT_EXIT(CHILD({
			    pthread_t t;
			    pthread_create(&t, NULL, exit_thread, NULL);
			    for (;;)
				    pause();
		    }),
		    12);
}

static void *outlive(void *arg)
{
	(void)arg;
	sleep_ms(50);
	_exit(34);
}

TEST(first_thread_may_end_before_others)
{
	EXPECT_EXIT(CHILD({
			    pthread_t t;
			    pthread_create(&t, NULL, outlive, NULL);
			    pthread_exit(NULL);
		    }),
		    34);
}

TEST(pidfd_tells_of_an_exit)
{
	pid_t pid = CHILD({
		sleep_ms(20);
		_exit(8);
	});
	int fd = ASSERT_OK(syscall(SYS_pidfd_open, pid, 0));
	siginfo_t info;

	EXPECT_OK(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
	EXPECT_OK(waitid((idtype_t)3 /* P_PIDFD */, fd, &info, WEXITED));
	EXPECT_EQ(info.si_status, 8);
	EXPECT_ERR(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0), ESRCH);
	EXPECT_ERR(syscall(SYS_pidfd_open, 999999, 0), ESRCH);
	EXPECT_ERR(syscall(SYS_pidfd_open, -1, 0), EINVAL);
}

TEST(wait_sees_only_own_children)
{
	pid_t uncle = CHILD({ sleep_ms(200); });
	pid_t pid = CHILD({
		EXPECT_ERR(waitpid(uncle, NULL, 0), ECHILD);
		EXPECT_ERR(wait(NULL), ECHILD);
	});

	EXPECT_EXIT(pid, 0);
	EXPECT_EXIT(uncle, 0);
}

TEST(deep_family)
{
	/* Each process is the child of the one before. */
	EXPECT_EXIT(CHILD({
			    for (int depth = 0; depth < 60; depth++) {
				    pid_t pid = fork();

				    if (pid < 0)
					    _exit(1);
				    if (pid) {
					    int status;

					    waitpid(pid, &status, 0);
					    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
				    }
			    }
			    _exit(42);
		    }),
		    42);
}

TEST(fork_bomb_is_bounded_by_the_limit)
{
	EXPECT_EXIT(CHILD({
			    struct rlimit few = { 20, 20 };
			    int started = 0;
			    pid_t pid;

			    ASSERT_OK(setresuid(12345, 12345, 12345));
			    ASSERT_OK(setrlimit(RLIMIT_NPROC, &few));
			    while ((pid = fork()) > 0 && started < 100)
				    started++;
			    if (pid == 0) {
				    pause();
				    _exit(0);
			    }
			    EXPECT_EQ(errno, EAGAIN);
			    EXPECT_LT(started, 21);
			    signal(SIGTERM, SIG_IGN);
			    kill(0, SIGTERM);
			    while (wait(NULL) > 0)
				    ;
		    }),
		    0);
}

/* Of the kernel's objects for credentials; -1: the kernel does not tell. */
static long credentials_in_use(void)
{
	FILE *f = fopen("/proc/slabinfo", "r");
	char line[512];
	long active = -1;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "credentials %ld", &active) == 1 ||
		    sscanf(line, "cred_jar %ld", &active) == 1)
			break;
	if (f)
		fclose(f);
	return active;
}

#define FILES_OPEN 40

static void *close_half(void *files)
{
	for (int i = 0; i < FILES_OPEN; i += 2)
		EXPECT_OK(close(((int *)files)[i]));
	return NULL;
}

/* Files opened by one thread are closed by another, as another user, or by a child's end. */
static void open_and_change_user(int uid)
{
	int files[FILES_OPEN];
	pthread_t thread;

	for (int i = 0; i < FILES_OPEN; i++)
		files[i] = ASSERT_OK(open("/dev/null", O_RDONLY));
	ASSERT_EQ(pthread_create(&thread, NULL, close_half, files), 0);
	pthread_join(thread, NULL);
	EXPECT_EXIT(CHILD({ EXPECT_OK(close(files[1])); }), 0);
	ASSERT_OK(setresuid(uid, uid, uid));
	for (int i = 0; i < FILES_OPEN; i += 4)
		files[i] = ASSERT_OK(open("/dev/null", O_RDONLY));
	for (int i = 1; i < FILES_OPEN / 2; i += 2)
		EXPECT_OK(close(files[i]));
}

/* A count that is too high keeps them for ever; one that is too low, the kernel complains about. */
TEST(credentials_end_with_their_last_user)
{
	enum { PROCESSES = 64 };
	long before = credentials_in_use();

	if (before < 0)
		skip("no count of credentials in /proc/slabinfo");
	for (int i = 0; i < PROCESSES; i++)
		EXPECT_EXIT(CHILD({ open_and_change_user(2000 + i); }), 0);
	EXPECT(WAIT_UNTIL(credentials_in_use() < before + PROCESSES / 2, 10000));
}
