/* SPDX-License-Identifier: MIT */
/* Programs that do what they must not: only they die, with the right signal and code. */
#include "harness.h"

#include <setjmp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>

static volatile int zero;
static sigjmp_buf escape;
static siginfo_t seen;
static uint64_t seen_rip;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	seen = *info;
	seen_rip = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
	siglongjmp(escape, sig);
}

/* Run CODE, expect SIG with si_code CODE_WANTED; also expect a child without handler to die of it. */
#define EXPECT_CRASH(sig_wanted, code_wanted, ...) do {						\
	struct sigaction sa_ = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };		\
	EXPECT_KILLED(CHILD({ __VA_ARGS__; }), sig_wanted);					\
	sigaction(sig_wanted, &sa_, NULL);							\
	int got_ = sigsetjmp(escape, 1);							\
	if (!got_) {										\
		__VA_ARGS__;									\
		fail(__FILE__, __LINE__, "no signal from %s", #__VA_ARGS__);			\
	} else {										\
		EXPECT_EQ(got_, sig_wanted);							\
		EXPECT_EQ(seen.si_code, code_wanted);						\
	}											\
	signal(sig_wanted, SIG_DFL);								\
} while (0)

TEST(null_pointers)
{
	EXPECT_CRASH(SIGSEGV, SEGV_MAPERR, *(volatile int *)(long)zero = 1);
	EXPECT_EQ((long)seen.si_addr, 0);
	EXPECT_CRASH(SIGSEGV, SEGV_MAPERR, ((void (*)(void))(long)zero)());
}

TEST(wild_jumps)
{
	EXPECT_CRASH(SIGSEGV, SEGV_MAPERR, ((void (*)(void))0x123456000)());
	EXPECT_CRASH(SIGSEGV, SI_KERNEL, __asm__ volatile("jmp *%0" ::"r"(0x8000000000000000)));
	EXPECT_CRASH(SIGSEGV, SEGV_MAPERR, ((void (*)(void))0xffffffff81000000)());
	EXPECT_CRASH(SIGSEGV, SEGV_MAPERR, ((void (*)(void))0xfffffffffffff000)());
}

TEST(wild_stacks)
{
	EXPECT_KILLED(CHILD({ __asm__ volatile("mov $0, %rsp\n\tpush %rax"); }), SIGSEGV);
	/* A stack fault is SIGBUS; QEMU's emulation makes it a protection fault, SIGSEGV. */
	pid_t pid = CHILD({ __asm__ volatile("mov $0x8000000000000000, %rsp\n\tpush %rax"); });
	char text[64];
	int status = reap(pid, text);

	EXPECT(WIFSIGNALED(status) && (WTERMSIG(status) == SIGBUS || WTERMSIG(status) == SIGSEGV));
	EXPECT_KILLED(CHILD({ __asm__ volatile("mov $0xffffffff82000000, %rsp\n\tcall 1f\n1:"); }),
		      SIGSEGV);
	/* A system call with a wild stack is well, a signal then is not. */
	EXPECT_KILLED(CHILD({
			      signal(SIGUSR1, (void (*)(int))exit);
			      __asm__ volatile("mov $0x1000, %%rsp\n\tsyscall\n\thlt" ::"a"(62L),
					       "D"((long)getpid()), "S"(10L));
		      }),
		      SIGSEGV);
}

TEST(arithmetic)
{
	EXPECT_CRASH(SIGFPE, FPE_INTDIV,
		     __asm__ volatile("xor %%edx, %%edx\n\tdivl %0" ::"r"(zero)
				      : "eax", "edx"));
	EXPECT_CRASH(SIGFPE, FPE_INTDIV,
		     __asm__ volatile("mov $0x80000000, %%eax\n\tcdq\n\tidivl %0" ::"r"(-1)
				      : "eax", "edx"));
}

TEST(floating_point_traps)
{
	/* Division by zero unmasked in the x87 control word. (QEMU emulates no SSE exceptions.) */
	EXPECT_CRASH(SIGFPE, FPE_FLTDIV, {
		uint16_t control = 0x037f & ~(1 << 2);
		__asm__ volatile(
			"fninit\n\tfldcw %0\n\tfld1\n\tfldz\n\tfdivrp\n\tfwait\n\tfninit" ::"m"(
				control));
	});
}

TEST(invalid_instructions)
{
	EXPECT_CRASH(SIGILL, ILL_ILLOPN, __asm__ volatile("ud2"));
	EXPECT_EQ((long)seen.si_addr, (long)seen_rip);
}

TEST(privileged_instructions)
{
	EXPECT_CRASH(SIGSEGV, SI_KERNEL, __asm__ volatile("hlt"));
	EXPECT_CRASH(SIGSEGV, SI_KERNEL, __asm__ volatile("cli"));
	EXPECT_CRASH(SIGSEGV, SI_KERNEL,
		     __asm__ volatile("wrmsr" ::"a"(0), "d"(0), "c"(0xc0000080)));
	EXPECT_CRASH(SIGSEGV, SI_KERNEL, __asm__ volatile("mov %%rax, %%cr3" ::"a"(0L)));
	EXPECT_CRASH(SIGSEGV, SI_KERNEL, __asm__ volatile("in $0x60, %%al" ::: "eax"));
	EXPECT_CRASH(SIGSEGV, SI_KERNEL, __asm__ volatile("out %%al, $0x80" ::: "eax"));
	EXPECT_CRASH(SIGSEGV, SI_KERNEL, __asm__ volatile("int $0x7f"));
	EXPECT_CRASH(SIGSEGV, SI_KERNEL, __asm__ volatile("int $0xe"));
	EXPECT_CRASH(SIGSEGV, SI_KERNEL, __asm__ volatile("mov %%ax, %%ds" ::"a"(0x10)));
}

TEST(breakpoints_and_single_steps)
{
	EXPECT_CRASH(SIGTRAP, SI_KERNEL, __asm__ volatile("int3"));
	EXPECT_CRASH(SIGTRAP, TRAP_TRACE,
		     __asm__ volatile("pushf\n\torl $0x100, (%%rsp)\n\tpopf\n\tnop\n\tnop" ::
					      : "memory", "cc"));
}

TEST(single_step_over_a_system_call)
{
	EXPECT_KILLED(
		CHILD({
			__asm__ volatile(
				"pushf\n\torl $0x100, (%%rsp)\n\tpopf\n\tmov $39, %%eax\n\tsyscall" ::
					: "rax", "rcx", "r11", "memory");
		}),
		SIGTRAP);
}

TEST(odd_flags_do_no_harm)
{
	/* Nested task, direction, alignment check, identification: all settable from user mode. */
	EXPECT_EXIT(
		CHILD({
			__asm__ volatile(
				"pushf\n\torl $0x4400, (%%rsp)\n\tpopf\n\tmov $39, %%eax\n\tsyscall\n\t"
				"pushf\n\tandl $~0x4400, (%%rsp)\n\tpopf" ::
					: "rax", "rcx", "r11", "memory", "cc");
			EXPECT_EQ(getpid(), syscall(SYS_getpid));
		}),
		0);
}

TEST(segment_selectors_do_no_harm)
{
	EXPECT_EXIT(CHILD({
			    __asm__ volatile("mov %0, %%ds\n\tmov %0, %%es" ::"r"(0));
			    sleep_ms(5);
			    __asm__ volatile("mov %0, %%ds\n\tmov %0, %%es" ::"r"(0x2b));
			    sleep_ms(5);
		    }),
		    0);
}

TEST(noncanonical_return_address)
{
	/* A syscall instruction in the last bytes below the hole: its return address is the hole. */
	char *last = mmap((void *)0x7fffffffe000, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (last == MAP_FAILED)
		skip("the last page is taken");
	memcpy(last + 4094, "\x0f\x05", 2);
	EXPECT_KILLED(CHILD({ ((long (*)(void))(last + 4094))(); }), SIGSEGV);
}

TEST(many_crashes)
{
	for (int i = 0; i < 200; i++)
		EXPECT_KILLED(CHILD({ *(volatile int *)8 = 1; }), SIGSEGV);
}

TEST(crash_in_a_thread_ends_the_process)
{
	EXPECT_KILLED(CHILD({
			      if (!vfork())
				      _exit(0);
			      ((void (*)(void))0x10)();
		      }),
		      SIGSEGV);
}

TEST(random_code)
{
	/* Random bytes as a program: whatever it does, this process and the system go on. */
	unsigned int state = 12345;

	for (int round = 0; round < 150; round++) {
		pid_t pid = CHILD({
			unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
						   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			for (int i = 0; i < 4096; i++) {
				state = state * 1103515245 + 12345 + round * 7;
				code[i] = state >> 16;
				/* No system calls: those have their own test. */
				if (i && code[i - 1] == 0x0f &&
				    (code[i] == 0x05 || code[i] == 0x34))
					code[i] = 0x0b;
				if (i && code[i - 1] == 0xcd)
					code[i] = 0x03;
				/* No far returns: QEMU reads their stack as if the kernel did. */
				if (code[i] == 0xca || code[i] == 0xcb || code[i] == 0xcf)
					code[i] = 0x90;
			}
			alarm(2);
			((void (*)(void))code)();
		});
		char text[64];

		ASSERT_NE(reap(pid, text), -1);
		state += 99991;
	}
}
