/* SPDX-License-Identifier: MIT */
/* The state of x87, SSE and AVX: apart between threads, whole across switches, signals, fork. */
#include "harness.h"

#include <cpuid.h>
#include <pthread.h>
#include <sched.h>
#include <sys/time.h>

static bool has_avx(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_AVX) && (c & bit_OSXSAVE);
}

static void load_sse(uint64_t seed)
{
	uint64_t v[2] = { seed, ~seed };

	__asm__ volatile("movdqu %0, %%xmm0\n\tmovdqu %0, %%xmm7\n\tmovdqu %0, %%xmm15" ::"m"(
				 *(char(*)[16])v)
			 : "xmm0", "xmm7", "xmm15");
}

static bool sse_is(uint64_t seed)
{
	uint64_t a[2], b[2], c[2];

	__asm__ volatile("movdqu %%xmm0, %0\n\tmovdqu %%xmm7, %1\n\tmovdqu %%xmm15, %2"
			 : "=m"(*(char(*)[16])a), "=m"(*(char(*)[16])b), "=m"(*(char(*)[16])c));
	return a[0] == seed && a[1] == ~seed && b[0] == seed && c[1] == ~seed;
}

__attribute__((target("avx"))) static void load_avx(uint64_t seed)
{
	uint64_t v[4] = { seed, seed + 1, seed + 2, seed + 3 };

	__asm__ volatile("vmovdqu %0, %%ymm3" ::"m"(*(char(*)[32])v) : "xmm3");
}

__attribute__((target("avx"))) static bool avx_is(uint64_t seed)
{
	uint64_t v[4];

	__asm__ volatile("vmovdqu %%ymm3, %0" : "=m"(*(char(*)[32])v));
	return v[0] == seed && v[3] == seed + 3;
}

/* No library call may stand between loading and looking: only raw system calls. */
static long raw_yield(void)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(24L) : "rcx", "r11", "memory");
	return result;
}

static void *keep_state(void *arg)
{
	uint64_t seed = 0x1111111111111111 * (long)arg;

	for (int i = 0; i < 2000; i++) {
		load_sse(seed + i);
		if (has_avx())
			load_avx(seed + i);
		/* has_avx and the loads are inline or leave the registers alone. */
		load_sse(seed + i);
		raw_yield();
		if (!sse_is(seed + i) || (has_avx() && !avx_is(seed + i)))
			return (void *)1;
	}
	return NULL;
}

TEST(threads_keep_their_registers)
{
	pthread_t t[6];
	void *bad;

	for (long i = 0; i < 6; i++)
		ASSERT_EQ(pthread_create(&t[i], NULL, keep_state, (void *)(i + 1)), 0);
	for (int i = 0; i < 6; i++) {
		pthread_join(t[i], &bad);
		EXPECT_EQ((long)bad, 0);
	}
}

TEST(preempted_programs_keep_their_registers)
{
	pid_t pids[4];

	/* Spinning programs are switched by the timer, in the middle of anything. */
	for (int p = 0; p < 4; p++)
		pids[p] = CHILD({
			cpu_set_t one;
			uint64_t end = now_ns() + 1000000000;
			CPU_ZERO(&one);
			CPU_SET(0, &one);
			sched_setaffinity(0, sizeof(one), &one);
			while (now_ns() < end) {
				load_sse(p + 1);
				for (volatile int i = 0; i < 20000; i++)
					;
				ASSERT(sse_is(p + 1));
			}
		});
	for (int p = 0; p < 4; p++)
		EXPECT_EXIT(pids[p], 0);
}

static volatile sig_atomic_t ticks;

static void spoil(int sig)
{
	(void)sig;
	ticks++;
	load_sse(0xdeadbeef);
	__asm__ volatile("fninit\n\tfldpi");
}

TEST(handlers_do_not_disturb)
{
	struct itimerval often = { { 0, 2000 }, { 0, 2000 } };
	struct sigaction sa = { .sa_handler = spoil, .sa_flags = SA_RESTART };
	uint64_t end = now_ns() + 500000000;

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	while (now_ns() < end) {
		load_sse(77);
		for (volatile int i = 0; i < 20000; i++)
			;
		ASSERT(sse_is(77));
	}
	EXPECT_GT(ticks, 10);
}

TEST(x87_state)
{
	uint16_t control = 0x027f, now = 0;
	long double kept = 0;

	__asm__ volatile("fninit\n\tfldcw %0\n\tfldpi" ::"m"(control));
	raw_yield();
	__asm__ volatile("fstpt %0\n\tfnstcw %1" : "=m"(kept), "=m"(now));
	EXPECT_EQ(now, control);
	EXPECT(kept > 3.14159 && kept < 3.1416);
	__asm__ volatile("fninit");
}

TEST(fork_copies_the_state)
{
	uint32_t csr = 0x1f80 | 0x6000, now = 0; /* round towards zero */
	pid_t pid;

	__asm__ volatile("ldmxcsr %0" ::"m"(csr));
	pid = fork();
	if (pid == 0) {
		__asm__ volatile("stmxcsr %0" : "=m"(now));
		_exit((now & 0xffc0) != csr);
	}
	csr = 0x1f80;
	__asm__ volatile("ldmxcsr %0" ::"m"(csr));
	EXPECT_EXIT(pid, 0);
}

TEST(exec_starts_afresh)
{
	uint32_t csr = 0x1f80 | 0x6000;

	/* With rounding towards zero left over, the shell's arithmetic would not notice; a new program must
	 * find the default. */
	__asm__ volatile("ldmxcsr %0" ::"m"(csr));
	EXPECT_EXIT(CHILD({ execl("/proc/self/exe", "x", "@mxcsr", NULL); }), 0);
}
