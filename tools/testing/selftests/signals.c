/* SPDX-License-Identifier: MIT */
/* Delivery, masks, alternate stacks, restarting, queueing and information of signals. */
#include "harness.h"

#include <pthread.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>

static volatile sig_atomic_t caught, last_signal;
static siginfo_t last_info;

static void count(int sig)
{
	caught++;
	last_signal = sig;
}

static void keep_info(int sig, siginfo_t *info, void *context)
{
	(void)context;
	caught++;
	last_signal = sig;
	last_info = *info;
}

static void handle(int sig, void (*handler)(int), int flags)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };

	ASSERT_OK(sigaction(sig, &sa, NULL));
}

static void handle_info(int sig, int flags)
{
	struct sigaction sa = { .sa_sigaction = keep_info, .sa_flags = flags | SA_SIGINFO };

	ASSERT_OK(sigaction(sig, &sa, NULL));
}

static sigset_t set_of(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	if (sig)
		sigaddset(&set, sig);
	return set;
}

static void block(int sig)
{
	sigset_t set = set_of(sig);

	ASSERT_OK(sigprocmask(SIG_BLOCK, &set, NULL));
}

static void unblock(int sig)
{
	sigset_t set = set_of(sig);

	ASSERT_OK(sigprocmask(SIG_UNBLOCK, &set, NULL));
}

TEST(default_actions)
{
	static const int deadly[] = { SIGHUP,	 SIGINT,  SIGQUIT, SIGILL,    SIGTRAP,
				      SIGABRT,	 SIGBUS,  SIGFPE,  SIGKILL,   SIGUSR1,
				      SIGSEGV,	 SIGUSR2, SIGPIPE, SIGALRM,   SIGTERM,
				      SIGSTKFLT, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF,
				      SIGIO,	 SIGPWR,  SIGSYS,  34,	      64 };
	static const int harmless[] = { SIGCHLD, SIGURG, SIGWINCH, SIGCONT };

	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		EXPECT_KILLED(CHILD({ syscall(SYS_kill, getpid(), deadly[i]); }), deadly[i]);
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		EXPECT_EXIT(CHILD({ kill(getpid(), harmless[i]); }), 0);
}

TEST(handler_runs)
{
	handle(SIGUSR1, count, 0);
	EXPECT_OK(raise(SIGUSR1));
	EXPECT_EQ(caught, 1);
	EXPECT_EQ(last_signal, SIGUSR1);
	EXPECT_OK(kill(getpid(), SIGUSR1));
	EXPECT_EQ(caught, 2);
}

/* One that is blocked is kept all the same: who unblocks it may have a handler by then. */
TEST(ignored_signal_is_dropped)
{
	signal(SIGTERM, SIG_IGN);
	EXPECT_OK(raise(SIGTERM));
	handle(SIGTERM, count, 0);
	EXPECT_EQ(caught, 0);
	signal(SIGTERM, SIG_IGN);
	block(SIGTERM);
	raise(SIGTERM);
	sigset_t pending;

	EXPECT_OK(sigpending(&pending));
	EXPECT_EQ(sigismember(&pending, SIGTERM), 1);
	handle(SIGTERM, count, 0);
	unblock(SIGTERM);
	EXPECT_EQ(caught, 1);
}

TEST(kill_and_stop_cannot_be_caught)
{
	struct sigaction sa = { .sa_handler = count };

	EXPECT_ERR(sigaction(SIGKILL, &sa, NULL), EINVAL);
	EXPECT_ERR(sigaction(SIGSTOP, &sa, NULL), EINVAL);
	EXPECT_OK(sigaction(SIGKILL, NULL, &sa));
	EXPECT_ERR(sigaction(65, NULL, &sa), EINVAL);
	EXPECT_ERR(sigaction(0, NULL, &sa), EINVAL);
	block(SIGKILL);
	sigset_t now;

	sigprocmask(SIG_BLOCK, NULL, &now);
	EXPECT(!sigismember(&now, SIGKILL));
}

TEST(blocked_signal_waits)
{
	sigset_t pending;

	handle(SIGUSR1, count, 0);
	block(SIGUSR1);
	raise(SIGUSR1);
	raise(SIGUSR1);
	EXPECT_EQ(caught, 0);
	sigpending(&pending);
	EXPECT(sigismember(&pending, SIGUSR1));
	unblock(SIGUSR1);
	/* Ordinary signals do not queue. */
	EXPECT_EQ(caught, 1);
	sigpending(&pending);
	EXPECT(!sigismember(&pending, SIGUSR1));
}

static int order[16], arrived;

static void note_order(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	order[arrived++] = info->si_value.sival_int;
}

TEST(realtime_signals_queue_in_order)
{
	struct sigaction sa = { .sa_sigaction = note_order, .sa_flags = SA_SIGINFO };

	sigfillset(&sa.sa_mask);
	sigaction(SIGRTMIN + 1, &sa, NULL);
	sigaction(SIGRTMIN + 2, &sa, NULL);
	block(SIGRTMIN + 1);
	block(SIGRTMIN + 2);
	for (int i = 0; i < 4; i++)
		EXPECT_OK(sigqueue(getpid(), SIGRTMIN + 2, (union sigval){ .sival_int = 20 + i }));
	for (int i = 0; i < 4; i++)
		EXPECT_OK(sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ .sival_int = 10 + i }));
	sigset_t none = set_of(0);

	sigprocmask(SIG_SETMASK, &none, NULL);
	EXPECT_EQ(arrived, 8);
	/* The lower number first, each in the order of sending. */
	for (int i = 0; i < 8; i++)
		EXPECT_EQ(order[i], (i < 4 ? 10 : 16) + i);
}

TEST(info_of_kill)
{
	handle_info(SIGUSR1, 0);
	kill(getpid(), SIGUSR1);
	EXPECT_EQ(last_info.si_signo, SIGUSR1);
	EXPECT_EQ(last_info.si_code, SI_USER);
	EXPECT_EQ(last_info.si_pid, getpid());
	EXPECT_EQ(last_info.si_uid, getuid());
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1);
	EXPECT_EQ(last_info.si_code, SI_TKILL);
	sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 1234 });
	EXPECT_EQ(last_info.si_code, SI_QUEUE);
	EXPECT_EQ(last_info.si_value.sival_int, 1234);
}

TEST(info_of_a_child)
{
	handle_info(SIGCHLD, 0);
	block(SIGCHLD);
	pid_t pid = CHILD({ _exit(17); });
	sigset_t none = set_of(0);

	sigsuspend(&none);
	EXPECT_EQ(last_info.si_code, CLD_EXITED);
	EXPECT_EQ(last_info.si_pid, pid);
	EXPECT_EQ(last_info.si_status, 17);
	EXPECT_EXIT(pid, 17);
}

TEST(stop_signals_the_parent_unless_told_not_to)
{
	handle_info(SIGCHLD, 0);
	pid_t pid = CHILD({
		for (;;)
			pause();
	});

	kill(pid, SIGSTOP);
	ASSERT(WAIT_UNTIL(caught == 1, 5000));
	EXPECT_EQ(last_info.si_code, CLD_STOPPED);
	EXPECT_EQ(last_info.si_status, SIGSTOP);
	kill(pid, SIGCONT);
	ASSERT(WAIT_UNTIL(caught == 2, 5000));
	EXPECT_EQ(last_info.si_code, CLD_CONTINUED);
	handle_info(SIGCHLD, SA_NOCLDSTOP);
	kill(pid, SIGSTOP);
	int status;

	EXPECT_EQ(waitpid(pid, &status, WUNTRACED), pid);
	EXPECT_EQ(caught, 2);
	kill(pid, SIGKILL);
	EXPECT_KILLED(pid, SIGKILL);
	EXPECT_EQ(caught, 3);
}

TEST(stop_removes_pending_continue)
{
	pid_t pid = CHILD({
		sigset_t set = set_of(SIGCONT);
		sigset_t pending;
		sigprocmask(SIG_BLOCK, &set, NULL);
		raise(SIGCONT);
		sigpending(&pending);
		EXPECT(sigismember(&pending, SIGCONT));
		handle(SIGTSTP, count, 0);
		sigset_t stop = set_of(SIGTSTP);
		sigprocmask(SIG_BLOCK, &stop, NULL);
		raise(SIGTSTP);
		sigpending(&pending);
		EXPECT(!sigismember(&pending, SIGCONT));
		EXPECT(sigismember(&pending, SIGTSTP));
		raise(SIGCONT);
		sigpending(&pending);
		EXPECT(!sigismember(&pending, SIGTSTP));
	});

	EXPECT_EXIT(pid, 0);
}

static volatile sig_atomic_t depth, deepest;

static void nest(int sig)
{
	(void)sig;
	depth++;
	if (depth > deepest)
		deepest = depth;
	if (caught++ < 3)
		raise(SIGUSR1);
	depth--;
}

TEST(signal_is_blocked_in_its_handler)
{
	handle(SIGUSR1, nest, 0);
	raise(SIGUSR1);
	EXPECT_EQ(deepest, 1);
	EXPECT_EQ(caught, 4);
}

TEST(sa_nodefer_nests)
{
	handle(SIGUSR1, nest, SA_NODEFER);
	raise(SIGUSR1);
	EXPECT_EQ(deepest, 4);
}

TEST(sa_resethand_handles_once)
{
	struct sigaction now;

	handle(SIGUSR1, count, SA_RESETHAND);
	raise(SIGUSR1);
	EXPECT_EQ(caught, 1);
	sigaction(SIGUSR1, NULL, &now);
	EXPECT(now.sa_handler == SIG_DFL);
}

static sigset_t mask_in_handler;

static void look_at_mask(int sig)
{
	(void)sig;
	sigprocmask(SIG_BLOCK, NULL, &mask_in_handler);
}

TEST(sa_mask_holds_during_the_handler)
{
	struct sigaction sa = { .sa_handler = look_at_mask };
	sigset_t after;

	sigaddset(&sa.sa_mask, SIGUSR2);
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	EXPECT(sigismember(&mask_in_handler, SIGUSR1));
	EXPECT(sigismember(&mask_in_handler, SIGUSR2));
	EXPECT(!sigismember(&mask_in_handler, SIGTERM));
	sigprocmask(SIG_BLOCK, NULL, &after);
	EXPECT(!sigismember(&after, SIGUSR1));
	EXPECT(!sigismember(&after, SIGUSR2));
}

static char other_stack[32768];
static volatile char *handler_frame;
static stack_t stack_in_handler;

static void note_frame(int sig)
{
	char here;

	(void)sig;
	handler_frame = &here;
	sigaltstack(NULL, &stack_in_handler);
	/* lint: clang-analyzer-core.StackAddressEscape: the address alone is looked at */
}

TEST(alternate_stack)
{
	stack_t ss = { .ss_sp = other_stack, .ss_size = sizeof(other_stack) }, old;

	EXPECT_OK(sigaltstack(&ss, NULL));
	handle(SIGUSR1, note_frame, SA_ONSTACK);
	raise(SIGUSR1);
	EXPECT(handler_frame > other_stack && handler_frame < other_stack + sizeof(other_stack));
	EXPECT_EQ(stack_in_handler.ss_flags & SS_ONSTACK, SS_ONSTACK);
	handle(SIGUSR1, note_frame, 0);
	raise(SIGUSR1);
	EXPECT(handler_frame < other_stack || handler_frame > other_stack + sizeof(other_stack));
	EXPECT_OK(sigaltstack(NULL, &old));
	EXPECT(old.ss_sp == other_stack);
	ss.ss_size = 100;
	EXPECT_ERR(sigaltstack(&ss, NULL), ENOMEM);
	ss.ss_flags = 77;
	EXPECT_ERR(sigaltstack(&ss, NULL), EINVAL);
	ss.ss_flags = SS_DISABLE;
	EXPECT_OK(sigaltstack(&ss, NULL));
}

static sigjmp_buf out;

static void jump_out(int sig)
{
	siglongjmp(out, sig);
}

static int recurse(int n)
{
	volatile char frame[4096];

	frame[0] = n;
	return n < 0 ? 0 : recurse(n + 1) + frame[0];
}

TEST(stack_overflow_is_handled_on_the_alternate_stack)
{
	stack_t ss = { .ss_sp = other_stack, .ss_size = sizeof(other_stack) };

	EXPECT_OK(sigaltstack(&ss, NULL));
	handle(SIGSEGV, jump_out, SA_ONSTACK);
	if (!sigsetjmp(out, 1))
		recurse(0);
	/* And once more: the mask and the stack were given back. */
	if (!sigsetjmp(out, 1))
		recurse(0);
	EXPECT_EXIT(CHILD({}), 0);
}

TEST(stack_overflow_without_one_kills)
{
	EXPECT_KILLED(CHILD({ recurse(0); }), SIGSEGV);
	EXPECT_KILLED(CHILD({
			      handle(SIGSEGV, jump_out, 0);
			      recurse(0);
		      }),
		      SIGSEGV);
}

static pid_t signal_asleep(pid_t whom, int sig)
{
	return CHILD({
		EXPECT(WAIT_UNTIL(is_asleep(whom), 20000));
		kill(whom, sig);
	});
}

TEST(interrupted_calls_fail_with_eintr)
{
	int p[2];
	char c;

	ASSERT_OK(pipe(p));
	handle(SIGUSR1, count, 0);
	pid_t pid = signal_asleep(getpid(), SIGUSR1);

	EXPECT_ERR(read(p[0], &c, 1), EINTR);
	EXPECT_EXIT(pid, 0);
	pid = signal_asleep(getpid(), SIGUSR1);
	EXPECT_ERR(pause(), EINTR);
	EXPECT_EXIT(pid, 0);
	pid = signal_asleep(getpid(), SIGUSR1);
	struct timespec t = { 10, 0 }, rest = { 0 };

	EXPECT_ERR(nanosleep(&t, &rest), EINTR);
	EXPECT_GE(rest.tv_sec, 5);
	EXPECT_LT(rest.tv_sec, 10);
	EXPECT_EXIT(pid, 0);
}

TEST(sa_restart_restarts_read_and_wait)
{
	int p[2], status;
	char c = 0;

	ASSERT_OK(pipe(p));
	handle(SIGUSR1, count, SA_RESTART);
	/* In read, in read again, in waitpid, in waitpid again. */
	pid_t me = getpid(), pid = CHILD({
				     EXPECT(WAIT_UNTIL(is_asleep(me), 20000));
				     kill(me, SIGUSR1);
				     EXPECT(WAIT_UNTIL(is_asleep(me), 20000));
				     EXPECT_EQ(write(p[1], "k", 1), 1);
				     EXPECT(WAIT_UNTIL(is_asleep(me), 20000));
				     kill(me, SIGUSR1);
				     EXPECT(WAIT_UNTIL(is_asleep(me), 20000));
			     });

	EXPECT_EQ(read(p[0], &c, 1), 1);
	EXPECT_EQ(c, 'k');
	EXPECT_EQ(caught, 1);
	EXPECT_EQ(waitpid(pid, &status, 0), pid);
	EXPECT_EQ(status, 0);
	EXPECT_EQ(caught, 2);
}

TEST(sleep_is_not_disturbed_by_ignored_signals)
{
	uint64_t start = now_ns();
	struct timespec t = { 0, 100000000 };
	pid_t pid = signal_asleep(getpid(), SIGWINCH);

	EXPECT_OK(nanosleep(&t, NULL));
	EXPECT_GE(now_ns() - start, 100000000);
	EXPECT_EXIT(pid, 0);
}

TEST(stop_and_continue_do_not_break_a_sleep)
{
	pid_t pid = CHILD({
		struct timespec t = { 0, 200000000 };
		uint64_t start = now_ns();
		EXPECT_OK(nanosleep(&t, NULL));
		EXPECT_GE(now_ns() - start, 200000000);
	});

	sleep_ms(50);
	kill(pid, SIGSTOP);
	sleep_ms(20);
	kill(pid, SIGCONT);
	EXPECT_EXIT(pid, 0);
}

TEST(sigsuspend_swaps_the_mask)
{
	sigset_t none = set_of(0), now;

	handle(SIGUSR1, count, 0);
	block(SIGUSR1);
	raise(SIGUSR1);
	EXPECT_EQ(caught, 0);
	EXPECT_ERR(sigsuspend(&none), EINTR);
	EXPECT_EQ(caught, 1);
	sigprocmask(SIG_BLOCK, NULL, &now);
	EXPECT(sigismember(&now, SIGUSR1));
}

TEST(sigtimedwait_takes_a_signal)
{
	sigset_t set = set_of(SIGUSR1);
	siginfo_t info;
	struct timespec t = { 0, 30000000 }, zero = { 0, 0 };

	sigaddset(&set, SIGRTMIN + 3);
	sigprocmask(SIG_BLOCK, &set, NULL);
	EXPECT_ERR(sigtimedwait(&set, &info, &zero), EAGAIN);
	uint64_t start = now_ns();

	EXPECT_ERR(sigtimedwait(&set, &info, &t), EAGAIN);
	EXPECT_GE(now_ns() - start, 30000000);
	sigqueue(getpid(), SIGRTMIN + 3, (union sigval){ .sival_int = 55 });
	raise(SIGUSR1);
	EXPECT_EQ(sigwaitinfo(&set, &info), SIGUSR1);
	EXPECT_EQ(sigwaitinfo(&set, &info), SIGRTMIN + 3);
	EXPECT_EQ(info.si_value.sival_int, 55);
	pid_t pid = signal_asleep(getpid(), SIGUSR1);

	EXPECT_EQ(sigwaitinfo(&set, &info), SIGUSR1);
	EXPECT_EQ(info.si_pid, pid);
	EXPECT_EXIT(pid, 0);
}

static void change_registers(int sig, siginfo_t *info, void *context)
{
	ucontext_t *u = context;

	(void)sig;
	(void)info;
	u->uc_mcontext.gregs[REG_RBX] = 0x1122334455667788;
	u->uc_mcontext.gregs[REG_R15] += 1;
	caught++;
}

TEST(handler_can_change_the_context)
{
	struct sigaction sa = { .sa_sigaction = change_registers, .sa_flags = SA_SIGINFO };
	uint64_t rbx = 1, r15 = 41;

	sigaction(SIGUSR1, &sa, NULL);
	/* kill(getpid(), SIGUSR1) with values in registers that calls preserve. */
	__asm__ volatile(
		"mov %2, %%rbx\n\tmov %3, %%r15\n\tsyscall\n\tmov %%rbx, %0\n\tmov %%r15, %1"
		: "=&r"(rbx), "=&r"(r15)
		: "i"(1), "i"(41), "a"((long)SYS_kill), "D"((long)getpid()), "S"((long)SIGUSR1)
		: "rbx", "r15", "rcx", "r11", "memory");
	EXPECT_EQ(caught, 1);
	EXPECT_EQ(rbx, 0x1122334455667788);
	EXPECT_EQ(r15, 42);
}

static void change_blocked(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	sigaddset(&((ucontext_t *)context)->uc_sigmask, SIGUSR2);
}

TEST(context_mask_is_restored)
{
	struct sigaction sa = { .sa_sigaction = change_blocked, .sa_flags = SA_SIGINFO };
	sigset_t now;

	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	sigprocmask(SIG_BLOCK, NULL, &now);
	EXPECT(sigismember(&now, SIGUSR2));
}

static void ruin_context(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] = 0x8000000000000000;
}

static void ruin_segments(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	((ucontext_t *)context)->uc_mcontext.gregs[REG_CSGSFS] = 0;
	((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] = -1;
}

TEST(forged_context_kills_only_the_program)
{
	struct sigaction sa = { .sa_sigaction = ruin_context, .sa_flags = SA_SIGINFO };

	EXPECT_KILLED(CHILD({
			      sigaction(SIGUSR1, &sa, NULL);
			      raise(SIGUSR1);
		      }),
		      SIGSEGV);
	sa.sa_sigaction = ruin_segments;
	pid_t pid = CHILD({
		sigaction(SIGUSR1, &sa, NULL);
		raise(SIGUSR1);
	});
	char text[64];

	EXPECT_NE(reap(pid, text), -1);
	/* rt_sigreturn out of the blue reads whatever the stack holds. */
	EXPECT_KILLED(CHILD({
			      syscall(SYS_rt_sigreturn);
			      pause();
		      }),
		      SIGSEGV);
}

TEST(wild_handler_address_kills)
{
	EXPECT_KILLED(CHILD({
			      signal(SIGUSR1, (void (*)(int))0x10);
			      raise(SIGUSR1);
		      }),
		      SIGSEGV);
	EXPECT_KILLED(CHILD({
			      signal(SIGUSR1, (void (*)(int))0xffff800000000000);
			      raise(SIGUSR1);
		      }),
		      SIGSEGV);
}

TEST(registers_and_flags_survive_a_handler)
{
	struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { 0 };

	handle(SIGALRM, count, SA_RESTART);
	setitimer(ITIMER_REAL, &often, NULL);
	uint64_t end = now_ns() + 500000000;
	double real = 1.5;
	long sum = 0, wrong = 0;

	while (now_ns() < end) {
		uint64_t a = 0x0123456789abcdef, b = a;

		for (int i = 0; i < 2000; i++) {
			a = a * 6364136223846793005 + 1442695040888963407;
			b = b * 6364136223846793005 + 1442695040888963407;
			real = real * 2 / 2;
			sum += i;
		}
		wrong += a != b || real != 1.5;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	EXPECT_GT(caught, 10);
	EXPECT_EQ(wrong, 0);
}

static void *signal_target(void *arg)
{
	sigset_t set = set_of(SIGUSR1);
	int sig;

	*(volatile pid_t *)arg = syscall(SYS_gettid);
	sigwait(&set, &sig);
	return (void *)(long)sig;
}

TEST(thread_directed_signals)
{
	volatile pid_t tid = 0;
	pthread_t t;
	void *got;

	block(SIGUSR1);
	ASSERT_EQ(pthread_create(&t, NULL, signal_target, (void *)&tid), 0);
	ASSERT(WAIT_UNTIL(tid, 5000));
	EXPECT_OK(syscall(SYS_tgkill, getpid(), tid, SIGUSR1));
	pthread_join(t, &got);
	EXPECT_EQ((long)got, SIGUSR1);
	EXPECT_ERR(syscall(SYS_tgkill, getpid(), 999999, SIGUSR1), ESRCH);
	EXPECT_ERR(syscall(SYS_tgkill, 1, syscall(SYS_gettid), SIGUSR1), ESRCH);
	EXPECT_ERR(syscall(SYS_tgkill, -1, 5, SIGUSR1), EINVAL);
	EXPECT_ERR(syscall(SYS_tkill, 0, SIGUSR1), EINVAL);
}

static void *take_any(void *arg)
{
	unblock(SIGUSR1);
	while (!*(volatile int *)arg)
		sleep_ms(1);
	return NULL;
}

TEST(process_signal_goes_to_a_thread_that_takes_it)
{
	volatile int done = 0;
	pthread_t t;

	handle(SIGUSR1, count, 0);
	block(SIGUSR1);
	ASSERT_EQ(pthread_create(&t, NULL, take_any, (void *)&done), 0);
	kill(getpid(), SIGUSR1);
	EXPECT(WAIT_UNTIL(caught == 1, 5000));
	done = 1;
	pthread_join(t, NULL);
}

TEST(alarm_and_interval_timers)
{
	struct itimerval once = { { 0, 0 }, { 0, 20000 } }, left;

	handle(SIGALRM, count, 0);
	EXPECT_OK(setitimer(ITIMER_REAL, &once, NULL));
	EXPECT(WAIT_UNTIL(caught == 1, 5000));
	EXPECT_OK(getitimer(ITIMER_REAL, &left));
	EXPECT_EQ(left.it_value.tv_sec + left.it_value.tv_usec, 0);
	EXPECT_EQ(alarm(100), 0);
	EXPECT_EQ(alarm(0), 100);
	handle(SIGVTALRM, count, 0);
	EXPECT_OK(setitimer(ITIMER_VIRTUAL, &once, NULL));
	uint64_t end = now_ns() + 10000000000ull;

	while (caught == 1 && now_ns() < end)
		;
	EXPECT_EQ(last_signal, SIGVTALRM);
	EXPECT_ERR(setitimer(7, &once, NULL), EINVAL);
	once.it_value.tv_usec = 1000000;
	EXPECT_ERR(setitimer(ITIMER_REAL, &once, NULL), EINVAL);
}

TEST(permission_to_signal)
{
	pid_t target = CHILD({ pause(); });

	EXPECT_EXIT(CHILD({
			    ASSERT_OK(setresuid(1000, 1000, 1000));
			    EXPECT_ERR(kill(target, SIGTERM), EPERM);
			    EXPECT_ERR(kill(target, 0), EPERM);
			    EXPECT_ERR(kill(1, SIGTERM), EPERM);
			    /* SIGCONT is allowed within a session. */
			    EXPECT_OK(kill(target, SIGCONT));
		    }),
		    0);
	kill(target, SIGKILL);
	EXPECT_KILLED(target, SIGKILL);
}

TEST(many_signals_between_two_processes)
{
	handle(SIGUSR1, count, 0);
	block(SIGUSR1);
	pid_t me = getpid(), pid = CHILD({
				     sigset_t set = set_of(SIGUSR1);
				     int sig;
				     for (int i = 0; i < 2000; i++) {
					     sigwait(&set, &sig);
					     kill(me, SIGUSR1);
				     }
			     });
	sigset_t set = set_of(SIGUSR1);
	int sig;

	for (int i = 0; i < 2000; i++) {
		ASSERT_OK(kill(pid, SIGUSR1));
		ASSERT_EQ(sigwait(&set, &sig), 0);
	}
	EXPECT_EXIT(pid, 0);
}

TEST(queue_limit)
{
	int sent = 0;

	block(SIGRTMIN);
	while (sent < 200000 && sigqueue(getpid(), SIGRTMIN, (union sigval){ 0 }) == 0)
		sent++;
	EXPECT_EQ(errno, EAGAIN);
	EXPECT_GT(sent, 30);
	/* kill still gets through. */
	EXPECT_OK(kill(getpid(), SIGRTMIN));
}
