/* SPDX-License-Identifier: MIT */
/* Affinity, policies, priorities, fairness and preemption. */
#include "harness.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/rseq.h>
#include <sys/syscall.h>

static volatile long *shared;

static void make_shared(void)
{
	shared = ASSERT_OK(
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	ASSERT_OK(sched_setaffinity(0, sizeof(set), &set));
}

TEST(affinity)
{
	cpu_set_t all, one, now;
	int n = sysconf(_SC_NPROCESSORS_ONLN);

	ASSERT_OK(sched_getaffinity(0, sizeof(all), &all));
	EXPECT_EQ(CPU_COUNT(&all), n);
	for (int cpu = 0; cpu < n; cpu++) {
		pin(cpu);
		for (int i = 0; i < 5; i++) {
			unsigned int where;

			EXPECT_OK(syscall(SYS_getcpu, &where, NULL, NULL));
			EXPECT_EQ(where, cpu);
			sched_yield();
		}
		EXPECT_OK(sched_getaffinity(0, sizeof(now), &now));
		EXPECT_EQ(CPU_COUNT(&now), 1);
		EXPECT_EXIT(CHILD({ EXPECT_EQ(sched_getcpu(), cpu); }), 0);
	}
	CPU_ZERO(&one);
	EXPECT_ERR(sched_setaffinity(0, sizeof(one), &one), EINVAL);
	CPU_SET(1000, &one);
	EXPECT_ERR(sched_setaffinity(0, sizeof(one), &one), EINVAL);
	EXPECT_ERR(sched_setaffinity(999999, sizeof(all), &all), ESRCH);
	EXPECT_ERR(syscall(SYS_sched_getaffinity, 0, 1, &now), EINVAL);
	EXPECT_ERR(sched_getaffinity(0, sizeof(all), (cpu_set_t *)16), EFAULT);
}

TEST(policies)
{
	struct sched_param param = { 0 };

	EXPECT_EQ(sched_getscheduler(0), SCHED_OTHER);
	EXPECT_EQ(sched_get_priority_min(SCHED_FIFO), 1);
	EXPECT_EQ(sched_get_priority_max(SCHED_RR), 99);
	EXPECT_EQ(sched_get_priority_max(SCHED_OTHER), 0);
	EXPECT_ERR(sched_get_priority_max(77), EINVAL);
	param.sched_priority = 5;
	EXPECT_ERR(sched_setscheduler(0, SCHED_OTHER, &param), EINVAL);
	EXPECT_OK(sched_setscheduler(0, SCHED_FIFO, &param));
	EXPECT_EQ(sched_getscheduler(0), SCHED_FIFO);
	param.sched_priority = 0;
	EXPECT_OK(sched_getparam(0, &param));
	EXPECT_EQ(param.sched_priority, 5);
	EXPECT_EXIT(CHILD({ EXPECT_EQ(sched_getscheduler(0), SCHED_FIFO); }), 0);
	param.sched_priority = 100;
	EXPECT_ERR(sched_setscheduler(0, SCHED_FIFO, &param), EINVAL);
	param.sched_priority = 1;
	EXPECT_OK(sched_setscheduler(0, SCHED_RR, &param));
	struct timespec slice;

	EXPECT_OK(sched_rr_get_interval(0, &slice));
	EXPECT_GT(slice.tv_sec * 1000000000 + slice.tv_nsec, 1000000);
	param.sched_priority = 0;
	EXPECT_OK(sched_setscheduler(0, SCHED_BATCH, &param));
	EXPECT_OK(sched_setscheduler(0, SCHED_IDLE, &param));
	EXPECT_OK(sched_setscheduler(0, SCHED_OTHER, &param));
	EXPECT_ERR(sched_setscheduler(0, 77, &param), EINVAL);
	EXPECT_ERR(sched_getscheduler(999999), ESRCH);
	EXPECT_ERR(sched_getscheduler(-1), EINVAL);
}

TEST(reset_on_fork)
{
	struct sched_param param = { .sched_priority = 5 };

	EXPECT_OK(sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param));
	EXPECT_EXIT(CHILD({ EXPECT_EQ(sched_getscheduler(0), SCHED_OTHER); }), 0);
}

TEST(unprivileged_users_get_no_real_time)
{
	EXPECT_EXIT(CHILD({
			    struct sched_param param = { .sched_priority = 1 };
			    ASSERT_OK(setresuid(1000, 1000, 1000));
			    EXPECT_ERR(sched_setscheduler(0, SCHED_FIFO, &param), EPERM);
			    EXPECT_ERR(setpriority(PRIO_PROCESS, 0, -5), EACCES);
			    EXPECT_OK(setpriority(PRIO_PROCESS, 0, 5));
			    EXPECT_ERR(setpriority(PRIO_PROCESS, 0, 2), EACCES);
			    EXPECT_ERR(setpriority(PRIO_PROCESS, 1, 5), EPERM);
		    }),
		    0);
}

TEST(nice_values)
{
	EXPECT_EQ(getpriority(PRIO_PROCESS, 0), 0);
	EXPECT_OK(setpriority(PRIO_PROCESS, 0, 7));
	EXPECT_EQ(getpriority(PRIO_PROCESS, 0), 7);
	EXPECT_EXIT(CHILD({ EXPECT_EQ(getpriority(PRIO_PROCESS, 0), 7); }), 0);
	EXPECT_OK(setpriority(PRIO_PROCESS, 0, 100));
	EXPECT_EQ(getpriority(PRIO_PROCESS, 0), 19);
	EXPECT_OK(setpriority(PRIO_PROCESS, 0, -100));
	errno = 0;
	EXPECT_EQ(getpriority(PRIO_PROCESS, 0), -20);
	EXPECT_EQ(errno, 0);
	EXPECT_OK(setpriority(PRIO_PGRP, 0, 3));
	EXPECT_EQ(getpriority(PRIO_PGRP, 0), 3);
	EXPECT_ERR(setpriority(9, 0, 3), EINVAL);
	EXPECT_ERR(getpriority(PRIO_PROCESS, 999999), ESRCH);
}

TEST(sched_attr)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t times[3];
	} a = { 0 };

	EXPECT_OK(syscall(SYS_sched_getattr, 0, &a, sizeof(a), 0));
	EXPECT_EQ(a.policy, SCHED_OTHER);
	a.nice = 4;
	a.size = sizeof(a);
	EXPECT_OK(syscall(SYS_sched_setattr, 0, &a, 0));
	EXPECT_EQ(getpriority(PRIO_PROCESS, 0), 4);
	EXPECT_ERR(syscall(SYS_sched_getattr, 0, &a, 4, 0), EINVAL);
}

/* The first process to notice the time is up stops all. */
static pid_t spinner(int slot, int cpu, int nice_value)
{
	return CHILD({
		pin(cpu);
		setpriority(PRIO_PROCESS, 0, nice_value);
		shared[100]++;
		for (;;)
			shared[slot]++;
	});
}

/* Each of three has nearly a fifth at least. */
static bool shares_are_equal(void)
{
	long part = (shared[0] + shared[1] + shared[2]) * 18 / 100;

	return shared[0] >= part && shared[1] >= part && shared[2] >= part;
}

/* The host's time away is charged to whoever runs then, and a process may begin late: they come up with the others, but it may take a while. */
TEST(equal_processes_share_a_processor)
{
	pid_t pids[3];

	make_shared();
	for (int i = 0; i < 3; i++)
		pids[i] = spinner(i, 0, 0);
	sleep_ms(1500);
	if (!WAIT_UNTIL(shares_are_equal(), 20000))
		fail(__FILE__, __LINE__, "shares %ld %ld %ld", shared[0], shared[1], shared[2]);
	for (int i = 0; i < 3; i++) {
		kill(pids[i], SIGKILL);
		EXPECT_KILLED(pids[i], SIGKILL);
	}
}

TEST(nice_gets_less)
{
	make_shared();
	pid_t favoured = spinner(0, 0, 0), nice_one = spinner(1, 0, 15);

	sleep_ms(1000);
	WAIT_UNTIL(shared[1] > 0 && shared[0] >= shared[1] * 5, 20000);
	kill(favoured, SIGKILL);
	kill(nice_one, SIGKILL);
	EXPECT_KILLED(favoured, SIGKILL);
	EXPECT_KILLED(nice_one, SIGKILL);
	if (shared[0] < shared[1] * 5)
		fail(__FILE__, __LINE__, "nice 0 got %ld, nice 15 got %ld", shared[0], shared[1]);
	EXPECT_GT(shared[1], 0);
}

TEST(real_time_goes_first)
{
	make_shared();
	pid_t pid = CHILD({
		pin(0);
		for (;;)
			shared[0]++;
	});

	pin(0);
	ASSERT(WAIT_UNTIL(shared[0] > 0, 10000));
	struct sched_param param = { .sched_priority = 10 };

	ASSERT_OK(sched_setscheduler(0, SCHED_FIFO, &param));
	/* While this runs, the other must stand still. */
	long seen = shared[0];

	for (uint64_t end = now_ns() + 50000000; now_ns() < end;)
		;
	EXPECT_EQ(shared[0], seen);
	/* When this sleeps, the other runs; when the sleep ends, this runs at once. */
	uint64_t worst = 0;

	for (int i = 0; i < 50; i++) {
		uint64_t start = now_ns();

		sleep_ms(2);
		uint64_t late = now_ns() - start - 2000000;

		worst = late > worst ? late : worst;
	}
	EXPECT_GT(shared[0], seen);
	note("worst wake-up of a SCHED_FIFO task behind a spinning program: %llu us",
	     (unsigned long long)worst / 1000);
	kill(pid, SIGKILL);
	EXPECT_KILLED(pid, SIGKILL);
}

TEST(higher_real_time_priority_preempts)
{
	struct sched_param low = { .sched_priority = 10 }, high = { .sched_priority = 20 };
	int p[2];
	char c;

	make_shared();
	ASSERT_OK(pipe(p));
	pin(0);
	pid_t pid = CHILD({
		ASSERT_OK(sched_setscheduler(0, SCHED_FIFO, &high));
		shared[1] = 1;
		EXPECT_EQ(read(p[0], &c, 1), 1);
		shared[0] = 1;
	});

	ASSERT(WAIT_UNTIL(shared[1], 10000));
	ASSERT_OK(sched_setscheduler(0, SCHED_FIFO, &low));
	sleep_ms(20);
	EXPECT_EQ(write(p[1], "x", 1), 1);
	EXPECT_EQ(shared[0], 1); /* it ran before write returned */
	EXPECT_EXIT(pid, 0);
}

TEST(fifo_of_equal_priority_yields)
{
	struct sched_param param = { .sched_priority = 10 };

	make_shared();
	pin(0);
	ASSERT_OK(sched_setscheduler(0, SCHED_FIFO, &param));
	pid_t pid = CHILD({ shared[0] = 1; });

	for (int i = 0; i < 1000 && !shared[0]; i++)
		sched_yield();
	EXPECT_EQ(shared[0], 1);
	EXPECT_EXIT(pid, 0);
}

TEST(round_robin_takes_turns)
{
	struct sched_param param = { .sched_priority = 10 };
	pid_t pids[2];

	make_shared();
	pin(0);
	for (int i = 0; i < 2; i++)
		pids[i] = CHILD({
			ASSERT_OK(sched_setscheduler(0, SCHED_RR, &param));
			for (;;)
				shared[i]++;
		});
	struct sched_param above = { .sched_priority = 50 };

	ASSERT_OK(sched_setscheduler(0, SCHED_FIFO, &above));
	EXPECT(WAIT_UNTIL(shared[0] > 1000 && shared[1] > 1000, 10000));
	for (int i = 0; i < 2; i++) {
		kill(pids[i], SIGKILL);
		EXPECT_KILLED(pids[i], SIGKILL);
	}
}

TEST(all_processors_are_used)
{
	int n = sysconf(_SC_NPROCESSORS_ONLN);
	pid_t pids[64];

	if (n < 2)
		skip("one processor");
	make_shared();
	n = n > 64 ? 64 : n;
	for (int i = 0; i < n; i++)
		pids[i] = CHILD({
			for (;;)
				shared[sched_getcpu()]++;
		});
	/* An emulated processor may not come to run for a while. */
	for (int i = 0; i < n; i++)
		WAIT_UNTIL(shared[i], 10000);
	for (int i = 0; i < n; i++)
		kill(pids[i], SIGKILL);
	for (int i = 0; i < n; i++)
		EXPECT_KILLED(pids[i], SIGKILL);
	for (int i = 0; i < n; i++)
		if (!shared[i])
			fail(__FILE__, __LINE__,
			     "processor %d was never used by %d spinning processes", i, n);
}

/* sched_getcpu() reads what the kernel has written into the thread's area of rseq(2); getcpu(2) asks. */
TEST(area_of_rseq_has_the_processor)
{
	int n = sysconf(_SC_NPROCESSORS_ONLN);

	for (int i = 0; i < 4 * n; i++) {
		EXPECT_EXIT(CHILD({
				    unsigned int cpu = ~0u, noted = sched_getcpu();

				    ASSERT_OK(syscall(SYS_getcpu, &cpu, NULL, NULL));
				    if (noted == cpu)
					    _exit(0);
				    noted = sched_getcpu(); /* moved in between */
				    ASSERT_OK(syscall(SYS_getcpu, &cpu, NULL, NULL));
				    EXPECT_EQ(noted, cpu);
			    }),
			    0);
	}
	/* Moved by another process, while it makes no system call. */
	make_shared();
	pid_t pid = CHILD({
		for (;;)
			shared[0] = sched_getcpu() + 1;
	});

	for (int i = 0; i < 3 * n; i++) {
		cpu_set_t set;

		CPU_ZERO(&set);
		CPU_SET(i % n, &set);
		EXPECT_OK(sched_setaffinity(pid, sizeof(set), &set));
		EXPECT(WAIT_UNTIL(shared[0] == i % n + 1, 10000));
	}
	kill(pid, SIGKILL);
	EXPECT_KILLED(pid, SIGKILL);
}

/* Counts down within a restartable sequence. Was it aborted? */
static bool count_in_sequence(unsigned long count)
{
	struct rseq *area = (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
	__typeof__(area->rseq_cs) *sequence = &area->rseq_cs;

	asm volatile goto(".pushsection .data, \"aw\"\n"
			  ".balign 32\n"
			  "3:	.long 0, 0\n"
			  "	.quad 1f, 2f - 1f, 4f\n"
			  ".popsection\n"
			  "	leaq 3b(%%rip), %%rax\n"
			  "	movq %%rax, %[cs]\n"
			  "	movq %[count], %%rcx\n"
			  "1:	pause\n"
			  "	decq %%rcx\n"
			  "	jnz 1b\n"
			  "2:\n"
			  ".pushsection .text.unlikely, \"ax\"\n"
			  "	.byte 0x0f, 0xb9, 0x3d\n"
			  "	.long %c[signature]\n"
			  "4:	jmp %l[aborted]\n"
			  ".popsection\n"
			  :
			  : [cs] "m"(*sequence), [count] "r"(count), [signature] "i"(RSEQ_SIG)
			  : "rax", "rcx", "memory", "cc"
			  : aborted);
	area->rseq_cs = 0;
	return false;
aborted:
	return true;
}

TEST(preemption_aborts_a_restartable_sequence)
{
	int aborted = 0;

	EXPECT_GT(__rseq_size, 0);
	/* A tick may find even the shortest, but not one after the other. */
	while (aborted < 100 && count_in_sequence(1))
		aborted++;
	EXPECT_LT(aborted, 100);
	pin(0);
	pid_t pid = CHILD({
		for (;;)
			;
	});

	for (int i = 0; i < 3; i++)
		EXPECT(count_in_sequence(~0ul));
	kill(pid, SIGKILL);
	EXPECT_KILLED(pid, SIGKILL);
}

TEST(yield_storm)
{
	pid_t pids[8];

	for (int i = 0; i < 8; i++)
		pids[i] = CHILD({
			for (int k = 0; k < 3000; k++)
				sched_yield();
		});
	for (int i = 0; i < 8; i++)
		EXPECT_EXIT(pids[i], 0);
}

static void *change_affinity(void *arg)
{
	int n = sysconf(_SC_NPROCESSORS_ONLN);

	for (int i = 0; i < 300; i++)
		pin((i + (long)arg) % n);
	return NULL;
}

TEST(migration_storm)
{
	pthread_t t[6];

	for (long i = 0; i < 6; i++)
		ASSERT_EQ(pthread_create(&t[i], NULL, change_affinity, (void *)i), 0);
	for (int i = 0; i < 6; i++)
		pthread_join(t[i], NULL);
}

/* A sleep may be over before the CPU was given up, on a host that is busy elsewhere. */
TEST(context_switches_are_counted)
{
	struct rusage before, after;
	int sleeps = 0;

	getrusage(RUSAGE_SELF, &before);
	do {
		sleep_ms(1);
		getrusage(RUSAGE_SELF, &after);
	} while (after.ru_nvcsw - before.ru_nvcsw < 10 && ++sleeps < 200);
	EXPECT_GE(after.ru_nvcsw - before.ru_nvcsw, 10);
}
