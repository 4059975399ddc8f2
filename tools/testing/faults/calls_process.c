/* SPDX-License-Identifier: MIT */
/* Modules, processes, programs. */
#include "faults.h"
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* ---- modules ---- */

static int module_fd = -1;

static void open_module(const char *name)
{
	char command[256], path[256] = "";
	FILE *f;

	snprintf(command, sizeof(command), "find /lib/modules -name %s.ko", name);
	f = popen(command, "r");
	if (!f || !fgets(path, sizeof(path), f))
		give_up("finding the module");
	pclose(f);
	path[strcspn(path, "\n")] = 0;
	module_fd = MUST(open(path, O_RDONLY | O_CLOEXEC));
}

static void close_module(void) { close(module_fd); }
static long insmod(void) { return syscall(SYS_finit_module, module_fd, "", 0); }
static void rm(const char *name) { MUST(syscall(SYS_delete_module, name, O_NONBLOCK)); }

static void hello_start(void) { open_module("hello"); }
static void hello_undo(long r) { rm("hello"); }
CALL(insmod_hello, .start = hello_start, .run = insmod, .undo = hello_undo, .finish = close_module);

static long hello_arguments(void) { return syscall(SYS_finit_module, module_fd, "whom=somebody times=2", 0); }
CALL(insmod_with_arguments, .start = hello_start, .run = hello_arguments, .undo = hello_undo,
     .finish = close_module);

static void echo_start(void) { open_module("echo"); }
static void echo_undo(long r) { rm("echo"); }
CALL(insmod_device, .start = echo_start, .run = insmod, .undo = echo_undo, .finish = close_module);

/* Buses and drivers with all their devices: those that do not come up are not there, the module is, or it is refused. */
static void pci_start(void)
{
	syscall(SYS_delete_module, "pci", O_NONBLOCK);
	open_module("pci");
}
static void pci_undo(long r) { rm("pci"); }
CALL(insmod_pci, .start = pci_start, .run = insmod, .undo = pci_undo, .finish = close_module, .errors = { ENODEV });
static void ps2_start(void)
{
	syscall(SYS_delete_module, "ps2", O_NONBLOCK);
	open_module("ps2");
}
static void ps2_undo(long r) { rm("ps2"); }
CALL(insmod_ps2, .start = ps2_start, .run = insmod, .undo = ps2_undo, .finish = close_module, .errors = { ENODEV });

static void insmod_prepare(void) { MUST(insmod()); }
static long rmmod_echo(void) { return syscall(SYS_delete_module, "echo", O_NONBLOCK); }
CALL(rmmod_device, .start = echo_start, .prepare = insmod_prepare, .run = rmmod_echo,
     .finish = close_module, .never = true);

/* ---- new processes and threads ---- */

static char stack[65536] __attribute__((aligned(64)));
static void reap(long pid) { MUST(waitpid(pid, NULL, __WALL)); }

static long do_fork(void)
{
	long pid = syscall(SYS_fork);

	if (!pid)
		_exit(0);
	return pid;
}
CALL(fork_process, .run = do_fork, .undo = reap);

static volatile int thread_tid;

/* glibc's clone() starts a function on another stack. CLEARTID tells when the thread is gone. */
static int thread_main(void *unused)
{
	syscall(SYS_exit, 0);
	return 0;
}

static long do_clone_thread(void)
{
	return clone(thread_main, stack + sizeof(stack),
		     CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			     CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
		     NULL, (void *)&thread_tid, NULL, (void *)&thread_tid);
}

static void wait_for_thread(long r)
{
	int tid;

	while ((tid = thread_tid))
		syscall(SYS_futex, &thread_tid, 0 /* FUTEX_WAIT */, tid, NULL, NULL, 0);
	/* It has said goodbye, but may not be gone. */
	while (!kill(r, 0) || !syscall(SYS_tgkill, getpid(), r, 0))
		sched_yield();
}
CALL(clone_thread, .run = do_clone_thread, .undo = wait_for_thread);

static long do_clone_vm(void)
{
	return clone(thread_main, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);
}
CALL(clone_sharing_memory, .run = do_clone_vm, .undo = reap);

static long do_vfork(void)
{
	return clone(thread_main, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
}
CALL(vfork_process, .run = do_vfork, .undo = reap);

static int pidfd;
static long do_clone_pidfd(void)
{
	long pid = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, &pidfd, NULL, 0);

	if (!pid)
		_exit(0);
	return pid;
}

static void reap_pidfd(long pid)
{
	close(pidfd);
	reap(pid);
}
/* EFAULT: a page could not be copied to write the descriptor's number to it. */
CALL(clone_with_pidfd, .run = do_clone_pidfd, .undo = reap_pidfd, .errors = { EFAULT });

/* A process with much in its tables: descriptors, mappings, handlers. */
static void *many[24];
static void many_start(void)
{
	for (int i = 0; i < 24; i++) {
		many[i] = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);
		MUST(mprotect((char *)many[i] + 4096, 4096, PROT_READ));
		memset(many[i], 1, 4096);
	}
	for (int i = 0; i < 200; i++)
		MUST(fcntl(fault_fd, F_DUPFD_CLOEXEC, 300 + i));
}

static void many_finish(void)
{
	for (int i = 0; i < 24; i++)
		munmap(many[i], 3 * 4096);
	for (int i = 0; i < 200; i++)
		close(300 + i);
}
CALL(fork_large_process, .start = many_start, .run = do_fork, .undo = reap, .finish = many_finish);

/* ---- programs ---- */

#define NR_ARGUMENTS	5000
static char long_argument[4000];
static char *arguments[NR_ARGUMENTS + 3], *environment[NR_ARGUMENTS + 1];

static void report_and_exit(int to, struct outcome *o)
{
	disarm(o);
	if (write(to, o, sizeof(*o)) != sizeof(*o))
		_exit(3);
	_exit(0);
}

static const char shares_files[] = "/faults/static"; /* told by its address */

/*
 * The program started reads /proc/alloc_fault, which ends the arming, and prints what it reads. If there was no way back for exec any more, the
 * process is killed: then nobody has disarmed, which the death of the thread does, and the parent reads.
 */
static void exec_round(const struct call *call, unsigned long nth, struct outcome *o)
{
	char text[512];
	int out[2], failed[2], status;
	ssize_t len;
	pid_t pid;

	MUST(pipe2(out, O_CLOEXEC));
	MUST(pipe2(failed, O_CLOEXEC));
	*o = (struct outcome){ .result = -1 };
	pid = MUST(syscall(SYS_clone, (call->path == shares_files ? CLONE_FILES : 0) | SIGCHLD,
			   NULL, NULL, NULL, 0));
	if (!pid) {
		dup2(out[1], 100);
		dup2(fault_fd, 101);
		arm(nth);
		execve(call->path, arguments, environment);
		o->error = errno;
		report_and_exit(failed[1], o);
	}
	/* Where the table of descriptors is shared, the process's ends are ours too until it has a table of its own. */
	MUST(waitpid(pid, &status, 0));
	if (call->path == shares_files) {
		close(100);
		close(101);
		MUST(fcntl(out[0], F_GETFD)); /* exec closed the process's, not ours */
	}
	close(out[1]);
	close(failed[1]);
	len = read(out[0], text, sizeof(text) - 1);
	if (len > 0) {
		text[len] = 0;
		parse_result(text, o);
		o->result = 0;
	} else if (read(failed[0], o, sizeof(*o)) != sizeof(*o)) {
		disarm(o);
		o->error = WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL ||
						   WTERMSIG(status) == SIGSEGV)
				   ? ENOMEM
				   : ENODATA;
	}
	close(out[0]);
	close(failed[0]);
}

static void few_arguments(void)
{
	memset(arguments, 0, sizeof(arguments));
	arguments[0] = (char *)"helper";
	arguments[1] = (char *)"argument";
	memset(environment, 0, sizeof(environment));
	environment[0] = (char *)"A=B";
}

static void many_arguments(void)
{
	few_arguments();
	memset(long_argument, 'x', sizeof(long_argument) - 1);
	for (int i = 0; i < NR_ARGUMENTS; i++)
		arguments[1 + i] = environment[i] = i % 500 ? (char *)"x" : long_argument;
}

static void script_start(void)
{
	int fd = MUST(open("script", O_CREAT | O_WRONLY | O_CLOEXEC, 0755));

	dprintf(fd, "#!/faults/static an-argument\n");
	close(fd);
	few_arguments();
}

CALL(exec_static, .start = few_arguments, .round = exec_round, .path = "/faults/static");
CALL(exec_dynamic, .start = few_arguments, .round = exec_round, .path = "/faults/dynamic");
CALL(exec_script, .start = script_start, .round = exec_round, .path = "./script");
CALL(exec_sharing_files, .start = few_arguments, .round = exec_round, .path = shares_files);
CALL(exec_many_arguments, .start = many_arguments, .round = exec_round, .path = "/faults/static");

/* ---- smaller ones ---- */

static long do_setgroups(void)
{
	static gid_t groups[2000];

	return syscall(SYS_setgroups, 2000, groups);
}
static void no_groups(void) { syscall(SYS_setgroups, 0, NULL); }
CALL(setgroups_many, .run = do_setgroups, .restore = no_groups);

static long do_setresuid(void) { return syscall(SYS_setresuid, 0, 77, 0); }
static void uid_back(void) { MUST(syscall(SYS_setresuid, 0, 0, 0)); }
CALL(setresuid_other, .run = do_setresuid, .restore = uid_back, .errors = { EAGAIN });

static timer_t timer;
static long do_timer_create(void) { return syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &timer); }
static void timer_undo(long r) { syscall(SYS_timer_delete, timer); }
CALL(timer_create_one, .run = do_timer_create, .undo = timer_undo, .errors = { EAGAIN });

static void block_usr1(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 3);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static long do_sigqueue(void)
{
	siginfo_t info = { .si_signo = SIGRTMIN + 3, .si_code = SI_QUEUE };

	return syscall(SYS_rt_sigqueueinfo, getpid(), SIGRTMIN + 3, &info);
}

static void take_signal(long r)
{
	sigset_t set;
	struct timespec now = { 0 };

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 3);
	while (sigtimedwait(&set, NULL, &now) > 0)
		;
}
CALL(sigqueue_blocked, .start = block_usr1, .run = do_sigqueue, .undo = take_signal, .errors = { EAGAIN });

static long do_unshare(void) { return unshare(CLONE_FILES | CLONE_FS); }
static long do_pidfd_open(void) { return syscall(SYS_pidfd_open, getpid(), 0); }
static void close_fd(long fd) { close(fd); }
CALL(pidfd_open_self, .run = do_pidfd_open, .undo = close_fd);

/* In a child, so that there is something to part from each time. */
static void unshare_round(const struct call *call, unsigned long nth, struct outcome *o)
{
	struct outcome *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	memset(shared, 0, 4096);
	pid = MUST(syscall(SYS_clone, CLONE_FILES | CLONE_FS | SIGCHLD, NULL, NULL, NULL, 0));
	if (!pid) {
		arm(0); /* copies the pages that arming writes to */
		disarm(shared);
		arm(nth);
		shared->result = do_unshare();
		shared->error = errno;
		disarm(shared);
		_exit(0);
	}
	reap(pid);
	*o = *shared;
	munmap(shared, 4096);
}
CALL(unshare_files, .round = unshare_round);
