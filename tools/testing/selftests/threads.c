/* SPDX-License-Identifier: MIT */
/* Threads and futexes, through the C library and below it. */
#include "harness.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static long futex(volatile int *word, int operation, int value, const struct timespec *timeout,
		  volatile int *second, int value3)
{
	return syscall(SYS_futex, word, operation, value, timeout, second, value3);
}

static void *return_argument(void *arg)
{
	return arg;
}

TEST(create_and_join)
{
	for (long i = 0; i < 300; i++) {
		pthread_t t;
		void *result;

		ASSERT_EQ(pthread_create(&t, NULL, return_argument, (void *)i), 0);
		ASSERT_EQ(pthread_join(t, &result), 0);
		ASSERT_EQ((long)result, i);
	}
}

static pid_t thread_ids[32];

static void *store_id(void *arg)
{
	thread_ids[(long)arg] = syscall(SYS_gettid);
	sleep_ms(20);
	return (void *)(long)getpid();
}

TEST(thread_ids_differ_process_id_does_not)
{
	pthread_t t[32];

	for (long i = 0; i < 32; i++)
		ASSERT_EQ(pthread_create(&t[i], NULL, store_id, (void *)i), 0);
	for (int i = 0; i < 32; i++) {
		void *pid;

		pthread_join(t[i], &pid);
		EXPECT_EQ((long)pid, getpid());
		for (int j = 0; j < i; j++)
			EXPECT_NE(thread_ids[i], thread_ids[j]);
	}
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static void *count_up(void *arg)
{
	for (long i = 0; i < (long)arg; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

TEST(mutex_excludes)
{
	pthread_t t[8];

	for (int i = 0; i < 8; i++)
		ASSERT_EQ(pthread_create(&t[i], NULL, count_up, (void *)20000), 0);
	for (int i = 0; i < 8; i++)
		pthread_join(t[i], NULL);
	EXPECT_EQ(counter, 160000);
}

static pthread_cond_t turn_changed = PTHREAD_COND_INITIALIZER;
static int turn;

static void *take_turns(void *arg)
{
	int me = (long)arg;

	for (int i = 0; i < 500; i++) {
		pthread_mutex_lock(&mutex);
		while (turn != me)
			pthread_cond_wait(&turn_changed, &mutex);
		turn = (turn + 1) % 4;
		pthread_cond_broadcast(&turn_changed);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

TEST(condition_variables)
{
	pthread_t t[4];

	for (long i = 0; i < 4; i++)
		ASSERT_EQ(pthread_create(&t[i], NULL, take_turns, (void *)i), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	EXPECT_EQ(turn, 0);
}

static __thread int thread_local_value = 5;

static void *change_local(void *arg)
{
	EXPECT_EQ(thread_local_value, 5);
	thread_local_value = (long)arg;
	sched_yield();
	EXPECT_EQ(thread_local_value, (long)arg);
	return NULL;
}

TEST(thread_local_storage)
{
	pthread_t t[8];

	thread_local_value = 5;
	for (long i = 0; i < 8; i++)
		ASSERT_EQ(pthread_create(&t[i], NULL, change_local, (void *)(i + 100)), 0);
	for (int i = 0; i < 8; i++)
		pthread_join(t[i], NULL);
	EXPECT_EQ(thread_local_value, 5);
}

static pthread_barrier_t barrier;
static volatile int before, after;

static void *meet(void *arg)
{
	(void)arg;
	for (int round = 0; round < 100; round++) {
		__atomic_add_fetch(&before, 1, __ATOMIC_SEQ_CST);
		pthread_barrier_wait(&barrier);
		EXPECT_EQ(before % 6, 0);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

TEST(barriers)
{
	pthread_t t[6];

	pthread_barrier_init(&barrier, NULL, 6);
	for (int i = 0; i < 6; i++)
		ASSERT_EQ(pthread_create(&t[i], NULL, meet, NULL), 0);
	for (int i = 0; i < 6; i++)
		pthread_join(t[i], NULL);
	EXPECT_EQ(before, 600);
}

static __attribute__((noreturn)) void *wait_forever(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

TEST(cancel)
{
	pthread_t t;
	void *result;

	ASSERT_EQ(pthread_create(&t, NULL, wait_forever, NULL), 0);
	sleep_ms(10);
	EXPECT_EQ(pthread_cancel(t), 0);
	EXPECT_EQ(pthread_join(t, &result), 0);
	EXPECT(result == PTHREAD_CANCELED);
}

TEST(tasks_are_listed)
{
	pthread_t t[5];
	struct stat st;

	for (int i = 0; i < 5; i++)
		ASSERT_EQ(pthread_create(&t[i], NULL, wait_forever, NULL), 0);
	EXPECT_OK(stat("/proc/self/task", &st));
	EXPECT_EQ(st.st_nlink, 2 + 6);
	EXPECT(strstr(slurp("/proc/self/status"), "Threads:\t6\n"));
}

static __attribute__((noreturn)) void *count_children(void *arg)
{
	(void)arg;
	_exit(0);
}

TEST(fork_copies_only_the_caller)
{
	pthread_t t;

	ASSERT_EQ(pthread_create(&t, NULL, wait_forever, NULL), 0);
	EXPECT_EXIT(CHILD({ EXPECT(strstr(slurp("/proc/self/status"), "Threads:\t1\n")); }), 0);
	EXPECT_EXIT(CHILD({
			    pthread_t u;
			    pthread_create(&u, NULL, count_children, NULL);
			    pause();
		    }),
		    0);
}

/* ---- futexes ---- */

TEST(futex_wait_compares)
{
	volatile int word = 5;
	struct timespec short_time = { 0, 20000000 };
	uint64_t start = now_ns();

	EXPECT_ERR(futex(&word, FUTEX_WAIT, 4, NULL, NULL, 0), EAGAIN);
	EXPECT_ERR(futex(&word, FUTEX_WAIT, 5, &short_time, NULL, 0), ETIMEDOUT);
	EXPECT_GE(now_ns() - start, 20000000);
	EXPECT_EQ(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
}

TEST(futex_refuses_bad_arguments)
{
	volatile int word[2] = { 0, 0 };
	struct timespec bad = { 0, 2000000000 };
	volatile int *unaligned = (volatile int *)((char *)word + 1);

	EXPECT_ERR(futex(unaligned, FUTEX_WAIT, 0, NULL, NULL, 0), EINVAL);
	EXPECT_ERR(futex(unaligned, FUTEX_WAKE, 1, NULL, NULL, 0), EINVAL);
	EXPECT_ERR(futex((int *)16, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT);
	/* A page of the kernel's own has nothing by which another process could find it. */
	EXPECT_ERR(futex((int *)getauxval(AT_SYSINFO_EHDR), FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT);
	EXPECT_ERR(futex((int *)getauxval(AT_SYSINFO_EHDR), FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT);
	EXPECT_ERR(futex(word, FUTEX_WAIT, 0, &bad, NULL, 0), EINVAL);
	EXPECT_ERR(futex(word, 127, 0, NULL, NULL, 0), ENOSYS);
	EXPECT_ERR(futex(word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0), EINVAL);
}

static volatile int gate;
static volatile int woken;

static void *wait_at_gate(void *arg)
{
	(void)arg;
	while (!gate)
		futex(&gate, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	__atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

TEST(futex_wakes_all)
{
	pthread_t t[10];

	for (int i = 0; i < 10; i++)
		ASSERT_EQ(pthread_create(&t[i], NULL, wait_at_gate, NULL), 0);
	sleep_ms(20);
	EXPECT_EQ(woken, 0);
	gate = 1;
	EXPECT_LE(futex(&gate, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0), 10);
	for (int i = 0; i < 10; i++)
		pthread_join(t[i], NULL);
	EXPECT_EQ(woken, 10);
}

static volatile int first_word, second_word, passed;

static void *wait_on_first(void *arg)
{
	(void)arg;
	futex(&first_word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	__atomic_add_fetch(&passed, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

TEST(futex_requeues)
{
	pthread_t t[5];
	long moved = 0;

	for (int i = 0; i < 5; i++)
		ASSERT_EQ(pthread_create(&t[i], NULL, wait_on_first, NULL), 0);
	/* Wake one, move four: until all five have come to wait. */
	EXPECT(WAIT_UNTIL((moved += syscall(SYS_futex, &first_word, FUTEX_CMP_REQUEUE_PRIVATE, 0,
					    100L, &second_word, 0)) >= 5,
			  10000));
	EXPECT_EQ(passed, 0);
	EXPECT_ERR(syscall(SYS_futex, &first_word, FUTEX_CMP_REQUEUE_PRIVATE, 0, 100L, &second_word,
			   7),
		   EAGAIN);
	EXPECT_EQ(futex(&first_word, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0), 0);
	EXPECT_EQ(futex(&second_word, FUTEX_WAKE_PRIVATE, 2, NULL, NULL, 0), 2);
	EXPECT(WAIT_UNTIL(passed == 2, 5000));
	EXPECT_EQ(futex(&second_word, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0), 3);
	for (int i = 0; i < 5; i++)
		pthread_join(t[i], NULL);
	EXPECT_EQ(passed, 5);
}

TEST(futex_between_processes)
{
	volatile int *word = ASSERT_OK(
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	pid_t pid = CHILD({
		while (!*word)
			futex(word, FUTEX_WAIT, 0, NULL, NULL, 0);
	});

	sleep_ms(20);
	*word = 1;
	EXPECT(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0) >= 0);
	EXPECT_EXIT(pid, 0);
}

TEST(futex_on_a_mapped_file)
{
	int fd = ASSERT_OK(open("word", O_RDWR | O_CREAT, 0600));

	ASSERT_OK(ftruncate(fd, 4096));
	volatile int *mine = ASSERT_OK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	pid_t pid = CHILD({
		/* The same page at another address is the same futex. */
		volatile int *other = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		while (!*other)
			futex(other, FUTEX_WAIT, 0, NULL, NULL, 0);
	});

	sleep_ms(20);
	*mine = 1;
	futex(mine, FUTEX_WAKE, 1, NULL, NULL, 0);
	EXPECT_EXIT(pid, 0);
}

TEST(futex_bitset_and_absolute_time)
{
	volatile int word = 0;
	struct timespec end;
	uint64_t start = now_ns();

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_nsec += 30000000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_nsec -= 1000000000;
		end.tv_sec++;
	}
	EXPECT_ERR(futex(&word, FUTEX_WAIT_BITSET, 0, &end, NULL, 1), ETIMEDOUT);
	EXPECT_GE(now_ns() - start, 29000000);
	EXPECT_EQ(futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 2), 0);
}

TEST(futex_wake_op)
{
	volatile int a = 0, b = 3;

	/* b += 4; wake on a; wake on b if it was 3. Nobody waits. */
	EXPECT_EQ(syscall(SYS_futex, &a, FUTEX_WAKE_OP_PRIVATE, 1, 1L, &b,
			  FUTEX_OP(FUTEX_OP_ADD, 4, FUTEX_OP_CMP_EQ, 3)),
		  0);
	EXPECT_EQ(b, 7);
}

TEST(futex_wait_is_interrupted)
{
	volatile int word = 0;
	pid_t pid = CHILD({ futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0); });

	sleep_ms(10);
	kill(pid, SIGTERM);
	EXPECT_KILLED(pid, SIGTERM);
}

static void *die_with_lock(void *arg)
{
	pthread_mutex_lock(arg);
	return NULL;
}

TEST(robust_mutex_survives_its_owner)
{
	pthread_mutex_t robust;
	pthread_mutexattr_t attributes;
	pthread_t t;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust, &attributes);
	ASSERT_EQ(pthread_create(&t, NULL, die_with_lock, &robust), 0);
	pthread_join(t, NULL);
	EXPECT_EQ(pthread_mutex_lock(&robust), EOWNERDEAD);
	EXPECT_EQ(pthread_mutex_consistent(&robust), 0);
	EXPECT_EQ(pthread_mutex_unlock(&robust), 0);
}

TEST(robust_mutex_between_processes)
{
	pthread_mutex_t *robust = ASSERT_OK(
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(robust, &attributes);
	EXPECT_KILLED(CHILD({
			      pthread_mutex_lock(robust);
			      raise(SIGKILL);
		      }),
		      SIGKILL);
	EXPECT_EQ(pthread_mutex_lock(robust), EOWNERDEAD);
}

static pthread_mutex_t pi;

static void pi_mutex_init(pthread_mutex_t *mutex, int type, int robust, int shared)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
	pthread_mutexattr_settype(&attributes, type);
	pthread_mutexattr_setrobust(&attributes, robust);
	pthread_mutexattr_setpshared(&attributes, shared);
	ASSERT_EQ(pthread_mutex_init(mutex, &attributes), 0);
}

static long pi_sum;

static void *pi_adder(void *arg)
{
	(void)arg;
	for (int i = 0; i < 2000; i++) {
		pthread_mutex_lock(&pi);
		long before = pi_sum;

		if (i % 16 == 0)
			sched_yield();
		pi_sum = before + 1;
		pthread_mutex_unlock(&pi);
	}
	return NULL;
}

TEST(priority_inheritance_mutex)
{
	struct timespec soon;
	pthread_t threads[4];

	pi_mutex_init(&pi, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED,
		      PTHREAD_PROCESS_PRIVATE);
	EXPECT_EQ(pthread_mutex_lock(&pi), 0);
	EXPECT_EQ(pthread_mutex_lock(&pi), EDEADLK);
	EXPECT_EQ(pthread_mutex_unlock(&pi), 0);
	EXPECT_EQ(pthread_mutex_unlock(&pi), EPERM);
	for (int i = 0; i < 4; i++)
		ASSERT_EQ(pthread_create(&threads[i], NULL, pi_adder, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(pi_sum, 8000);

	/* Held by another process: it is not to be had for a while. */
	pthread_mutex_t *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pi_mutex_init(shared, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_SHARED);
	ASSERT_EQ(pthread_mutex_lock(shared), 0);
	EXPECT_EXIT(CHILD({
			    EXPECT_EQ(pthread_mutex_trylock(shared), EBUSY);
			    clock_gettime(CLOCK_REALTIME, &soon);
			    soon.tv_nsec += 20000000;
			    soon.tv_sec += soon.tv_nsec / 1000000000;
			    soon.tv_nsec %= 1000000000;
			    EXPECT_EQ(pthread_mutex_timedlock(shared, &soon), ETIMEDOUT);
		    }),
		    0);
	EXPECT_EQ(pthread_mutex_unlock(shared), 0);
}

TEST(priority_inheritance_mutex_outlives_its_owner)
{
	pthread_mutex_t *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	volatile int *step = (int *)((char *)shared + 2048);

	pi_mutex_init(shared, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_SHARED);
	/* Nobody waits when it dies. */
	EXPECT_KILLED(CHILD({
			      pthread_mutex_lock(shared);
			      raise(SIGKILL);
		      }),
		      SIGKILL);
	EXPECT_EQ(pthread_mutex_lock(shared), EOWNERDEAD);
	pthread_mutex_consistent(shared);
	EXPECT_EQ(pthread_mutex_unlock(shared), 0);
	/* Somebody does. */
	pid_t owner = CHILD({
		ASSERT_EQ(pthread_mutex_lock(shared), 0);
		*step = 1;
		pause();
	});

	ASSERT(WAIT_UNTIL(*step == 1, 10000));
	pid_t waiter = CHILD({
		*step = 2;
		EXPECT_EQ(pthread_mutex_lock(shared), EOWNERDEAD);
		pthread_mutex_consistent(shared);
		EXPECT_EQ(pthread_mutex_unlock(shared), 0);
	});
	ASSERT(WAIT_UNTIL(*step == 2, 10000));
	sleep_ms(20);
	kill(owner, SIGKILL);
	EXPECT_EXIT(waiter, 0);
	EXPECT_KILLED(owner, SIGKILL);
	EXPECT_EQ(pthread_mutex_lock(shared), 0);
	EXPECT_EQ(pthread_mutex_unlock(shared), 0);
}

/* What is named by the word is dead and not yet waited for, and it left no robust list. */
TEST(priority_inheritance_futex_of_a_zombie)
{
	unsigned int *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				  -1, 0);
	siginfo_t info;

	*word = CHILD({});
	ASSERT_OK(waitid(P_PID, *word, &info, WEXITED | WNOWAIT));
	EXPECT_ERR(syscall(SYS_futex, word, FUTEX_LOCK_PI, 0, NULL, NULL, 0), ESRCH);
	EXPECT_EXIT(*word & FUTEX_TID_MASK, 0);
	*word = 0;
	EXPECT_OK(syscall(SYS_futex, word, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
	EXPECT_EQ(*word, gettid());
	EXPECT_ERR(syscall(SYS_futex, word, FUTEX_LOCK_PI, 0, NULL, NULL, 0), EDEADLK);
	EXPECT_OK(syscall(SYS_futex, word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
	EXPECT_EQ(*word, 0);
	EXPECT_ERR(syscall(SYS_futex, word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), EPERM);
}

/*
 * On one processor a low thread holds the lock, a high one waits for it, and a middle one would keep the low one from running for ever.
 * Steps: 1 low has the lock, 2 high waits, 3 middle runs, 4 high has got it.
 */
static volatile int pi_step;
static volatile bool pi_middle_was_done;

static void run_as(int priority)
{
	struct sched_param param = { .sched_priority = priority };

	ASSERT_EQ(pthread_setschedparam(pthread_self(), SCHED_FIFO, &param), 0);
}

static void *pi_low(void *arg)
{
	(void)arg;
	run_as(10);
	pthread_mutex_lock(&pi);
	pi_step = 1;
	while (pi_step < 3)
		sleep_ms(1);
	/* The middle one spins from here on: only who has inherited goes on. */
	for (uint64_t end = now_ns() + 20000000; now_ns() < end;)
		;
	pthread_mutex_unlock(&pi);
	return NULL;
}

static void *pi_high(void *arg)
{
	(void)arg;
	run_as(30);
	pi_step = 2;
	pthread_mutex_lock(&pi);
	pi_step = 4;
	pthread_mutex_unlock(&pi);
	return NULL;
}

static void *pi_middle(void *arg)
{
	(void)arg;
	run_as(20);
	pi_step = 3;
	for (uint64_t end = now_ns() + 600000000; pi_step < 4 && now_ns() < end;)
		;
	pi_middle_was_done = pi_step < 4;
	return NULL;
}

TEST(priority_is_inherited)
{
	pthread_t low, middle, high;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	ASSERT_OK(sched_setaffinity(0, sizeof(one), &one));
	run_as(40);
	pi_mutex_init(&pi, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE);
	ASSERT_EQ(pthread_create(&low, NULL, pi_low, NULL), 0);
	ASSERT(WAIT_UNTIL(pi_step == 1, 10000));
	ASSERT_EQ(pthread_create(&high, NULL, pi_high, NULL), 0);
	ASSERT(WAIT_UNTIL(pi_step == 2, 10000));
	sleep_ms(5);
	ASSERT_EQ(pthread_create(&middle, NULL, pi_middle, NULL), 0);
	pthread_join(high, NULL);
	pthread_join(middle, NULL);
	pthread_join(low, NULL);
	EXPECT_EQ(pi_step, 4);
	EXPECT(!pi_middle_was_done);
}

static sem_t semaphore;

static void *post(void *arg)
{
	(void)arg;
	for (int i = 0; i < 1000; i++)
		sem_post(&semaphore);
	return NULL;
}

TEST(semaphores)
{
	pthread_t t[3];

	sem_init(&semaphore, 0, 0);
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(pthread_create(&t[i], NULL, post, NULL), 0);
	for (int i = 0; i < 3000; i++)
		ASSERT_OK(sem_wait(&semaphore));
	EXPECT_ERR(sem_trywait(&semaphore), EAGAIN);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
}

static __attribute__((noreturn)) void *overflow(void *arg)
{
	volatile char *p = (volatile char *)&arg;

	/* Downwards until something stops us: the guard page must. */
	for (;;)
		*(p -= 1024) = 1;
}

TEST(guard_page_stops_a_stack_overflow)
{
	EXPECT_KILLED(CHILD({
			      pthread_t t;
			      pthread_create(&t, NULL, overflow, NULL);
			      pthread_join(t, NULL);
		      }),
		      SIGSEGV);
}

static int return_zero(void *arg)
{
	(void)arg;
	return 0;
}

TEST(clear_child_tid_wakes)
{
	/* What pthread_join rests on: the word is zeroed and woken at exit. */
	static char stack[16384] __attribute__((aligned(16)));
	volatile int tid = 1;
	pid_t pid = clone(return_zero, stack + sizeof(stack),
			  CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD, NULL, NULL, NULL, &tid);

	ASSERT_OK(pid);
	while (tid)
		futex(&tid, FUTEX_WAIT, 1, NULL, NULL, 0);
	EXPECT_EQ(tid, 0);
	EXPECT_EXIT(pid, 0);
}

static volatile bool stop_creating;

static void *create_more(void *arg)
{
	(void)arg;
	while (!stop_creating) {
		pthread_t t;

		if (pthread_create(&t, NULL, return_argument, NULL) == 0)
			pthread_join(t, NULL);
	}
	return NULL;
}

TEST(exit_while_threads_are_created)
{
	for (int i = 0; i < 10; i++)
		EXPECT_EXIT(CHILD({
				    for (int k = 0; k < 4; k++) {
					    pthread_t t;

					    pthread_create(&t, NULL, create_more, NULL);
				    }
				    sleep_ms(5);
				    _exit(6);
			    }),
			    6);
}

static __attribute__((noreturn)) void *spin(void *arg)
{
	(void)arg;
	for (;;)
		;
}

TEST(killed_while_spinning)
{
	pid_t pid = CHILD({
		for (int i = 0; i < 6; i++) {
			pthread_t t;

			pthread_create(&t, NULL, spin, NULL);
		}
		pause();
	});

	sleep_ms(30);
	kill(pid, SIGKILL);
	EXPECT_KILLED(pid, SIGKILL);
}
