// SPDX-License-Identifier: MIT
/* Futexes: waiters that are moved to a lock with priority inheritance. */
#include "harness.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WAITERS 4

static unsigned int *cond, *lock;
static volatile int *order, *nr_done;

static long futex(unsigned int *word, int op, unsigned int value, unsigned long value2,
		  unsigned int *word2, unsigned int value3)
{
	return syscall(SYS_futex, word, op, value, value2, word2, value3);
}

static void make_words(void)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ASSERT(page != MAP_FAILED);
	cond = (unsigned int *)page;
	lock = (unsigned int *)(page + 64);
	nr_done = (int *)(page + 128);
	order = (int *)(page + 192);
}

/* Moves that many; waits for them to have come. */
static void move(int nr)
{
	long moved = 0;

	ASSERT(WAIT_UNTIL((moved += futex(cond, FUTEX_CMP_REQUEUE_PI, 1, INT_MAX, lock, *cond)) >=
				  nr,
			  10000));
	EXPECT_EQ(moved, nr);
}

static long wait_and_move(const struct timespec *until)
{
	return futex(cond, FUTEX_WAIT_REQUEUE_PI, 0, (unsigned long)until, lock, 0);
}

TEST(requeue_pi_errors)
{
	struct timespec now;

	make_words();
	EXPECT_ERR(futex(cond, FUTEX_CMP_REQUEUE_PI, 1, 1, cond, 0), EINVAL);
	EXPECT_ERR(futex(cond, FUTEX_CMP_REQUEUE_PI, 2, 1, lock, 0), EINVAL);
	EXPECT_ERR(futex(cond, FUTEX_CMP_REQUEUE_PI, 0, 1, lock, 0), EINVAL);
	EXPECT_ERR(futex(cond, FUTEX_CMP_REQUEUE_PI, 1, 1, lock, 7), EAGAIN);
	EXPECT_OK(futex(cond, FUTEX_CMP_REQUEUE_PI, 1, 1, lock, 0));
	EXPECT_ERR(futex(NULL, FUTEX_CMP_REQUEUE_PI, 1, 1, lock, 0), EFAULT);
	EXPECT_ERR(futex(cond, FUTEX_CMP_REQUEUE_PI, 1, 1, NULL, 0), EFAULT);
	EXPECT_ERR(futex(cond, FUTEX_WAIT_REQUEUE_PI, 0, 0, cond, 0), EINVAL);
	EXPECT_ERR(futex(cond, FUTEX_WAIT_REQUEUE_PI, 1, 0, lock, 0), EAGAIN);
	EXPECT_ERR(futex(cond, FUTEX_WAIT_REQUEUE_PI, 0, 0, NULL, 0), EFAULT);
	clock_gettime(CLOCK_MONOTONIC, &now);
	EXPECT_ERR(futex(cond, FUTEX_WAIT_REQUEUE_PI, 0, (unsigned long)&now, lock, 0), ETIMEDOUT);
	clock_gettime(CLOCK_REALTIME, &now);
	EXPECT_ERR(futex(cond, FUTEX_WAIT_REQUEUE_PI | FUTEX_CLOCK_REALTIME, 0, (unsigned long)&now,
			 lock, 0),
		   ETIMEDOUT);
	EXPECT_EQ(*lock, 0);
}

/* Each kind of waiter is only for its own kind of waker. */
TEST(requeue_pi_and_plain_waiters_are_not_mixed)
{
	make_words();
	pid_t pid = CHILD({
		EXPECT_OK(wait_and_move(NULL));
		EXPECT_OK(futex(lock, FUTEX_UNLOCK_PI, 0, 0, NULL, 0));
	});

	ASSERT(WAIT_UNTIL(futex(cond, FUTEX_WAKE, 1, 0, NULL, 0) == -1, 10000));
	EXPECT_EQ(errno, EINVAL);
	EXPECT_ERR(futex(cond, FUTEX_REQUEUE, 1, 1, lock, 0), EINVAL);
	EXPECT_ERR(futex(cond, FUTEX_CMP_REQUEUE_PI, 1, 1, lock + 1, 0), EINVAL);
	move(1);
	EXPECT_EXIT(pid, 0);
	pid = CHILD({ EXPECT_OK(futex(cond, FUTEX_WAIT, 0, 0, NULL, 0)); });
	ASSERT(WAIT_UNTIL(futex(cond, FUTEX_CMP_REQUEUE_PI, 1, 1, lock, 0) == -1, 10000));
	EXPECT_EQ(errno, EINVAL);
	EXPECT_EQ(futex(cond, FUTEX_WAKE, 1, 0, NULL, 0), 1);
	EXPECT_EXIT(pid, 0);
}

TEST(requeue_pi_gives_a_free_lock_at_once)
{
	make_words();
	pid_t pid = CHILD({
		EXPECT_OK(wait_and_move(NULL));
		EXPECT_EQ(*lock & FUTEX_TID_MASK, gettid());
		EXPECT_OK(futex(lock, FUTEX_UNLOCK_PI, 0, 0, NULL, 0));
	});
	move(1);
	EXPECT_EXIT(pid, 0);
	EXPECT_EQ(*lock, 0);
}

/* They come in a mixed order and get the lock by their priority. */
TEST(requeue_pi_wakes_by_priority)
{
	static const int priorities[WAITERS] = { 20, 40, 10, 30 };
	pid_t pids[WAITERS];

	make_words();
	EXPECT_OK(futex(lock, FUTEX_LOCK_PI, 0, 0, NULL, 0));
	for (int i = 0; i < WAITERS; i++)
		pids[i] = CHILD({
			struct sched_param param = { .sched_priority = priorities[i] };

			ASSERT_OK(sched_setscheduler(0, SCHED_FIFO, &param));
			EXPECT_OK(wait_and_move(NULL));
			order[(*nr_done)++] = priorities[i];
			EXPECT_OK(futex(lock, FUTEX_UNLOCK_PI, 0, 0, NULL, 0));
		});
	move(WAITERS);
	sleep_ms(20);
	EXPECT_EQ(*nr_done, 0);
	EXPECT_OK(futex(lock, FUTEX_UNLOCK_PI, 0, 0, NULL, 0));
	for (int i = 0; i < WAITERS; i++)
		EXPECT_EXIT(pids[i], 0);
	for (int i = 0; i < WAITERS; i++)
		EXPECT_EQ(order[i], 40 - 10 * i);
	EXPECT_EQ(*lock, 0);
}

static void nothing(int signal)
{
	(void)signal;
}

/* After the move the lock is what is waited for: time and signals end that too. */
TEST(requeue_pi_waits_for_the_lock_no_longer_than_asked)
{
	make_words();
	EXPECT_OK(futex(lock, FUTEX_LOCK_PI, 0, 0, NULL, 0));
	pid_t late = CHILD({
		struct timespec until;

		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += 1;
		EXPECT_ERR(wait_and_move(&until), ETIMEDOUT);
	});
	pid_t disturbed = CHILD({
		signal(SIGUSR1, nothing);
		EXPECT_ERR(wait_and_move(NULL), EAGAIN);
	});
	move(2);
	sleep_ms(20);
	kill(disturbed, SIGUSR1);
	EXPECT_EXIT(disturbed, 0);
	EXPECT_EXIT(late, 0);
	EXPECT_OK(futex(lock, FUTEX_UNLOCK_PI, 0, 0, NULL, 0));
	EXPECT_EQ(*lock, 0);
}

TEST(requeue_pi_survives_the_end_of_owner_and_waiter)
{
	make_words();
	pid_t owner = CHILD({
		EXPECT_OK(futex(lock, FUTEX_LOCK_PI, 0, 0, NULL, 0));
		*nr_done = 1;
		pause();
	});

	ASSERT(WAIT_UNTIL(*nr_done == 1, 10000));
	pid_t dies = CHILD({ wait_and_move(NULL); });
	pid_t stays = CHILD({
		EXPECT_OK(wait_and_move(NULL));
		EXPECT(*lock & FUTEX_OWNER_DIED);
	});
	move(2);
	kill(dies, SIGKILL);
	EXPECT_KILLED(dies, SIGKILL);
	kill(owner, SIGKILL);
	EXPECT_KILLED(owner, SIGKILL);
	EXPECT_EXIT(stays, 0);
}

/* A condition variable by hand: each round all are called, and each counts under the lock. */
static volatile int round_number, counted;

static void take_lock(void)
{
	unsigned int none = 0;

	if (!__atomic_compare_exchange_n(lock, &none, gettid(), false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		ASSERT_OK(futex(lock, FUTEX_LOCK_PI, 0, 0, NULL, 0));
}

static void drop_lock(void)
{
	unsigned int mine = gettid();

	if (!__atomic_compare_exchange_n(lock, &mine, 0, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		ASSERT_OK(futex(lock, FUTEX_UNLOCK_PI, 0, 0, NULL, 0));
}

static void *counter(void *arg)
{
	(void)arg;
	for (int seen = 0; seen < 100;) {
		take_lock();
		while (round_number == seen) {
			unsigned int value = *cond;

			drop_lock();
			/* With an error the lock is not ours. */
			if (futex(cond, FUTEX_WAIT_REQUEUE_PI, value, 0, lock, 0))
				take_lock();
		}
		seen = round_number;
		counted++;
		drop_lock();
	}
	return NULL;
}

TEST(requeue_pi_as_a_condition_variable)
{
	pthread_t threads[WAITERS];

	make_words();
	for (int i = 0; i < WAITERS; i++)
		ASSERT_EQ(pthread_create(&threads[i], NULL, counter, NULL), 0);
	for (int i = 1; i <= 100; i++) {
		take_lock();
		round_number = i;
		++*cond;
		/* EAGAIN cannot be: the word only changes under the lock. */
		EXPECT_OK(futex(cond, FUTEX_CMP_REQUEUE_PI, 1, INT_MAX, lock, *cond));
		drop_lock();
		ASSERT(WAIT_UNTIL(counted == WAITERS * i, 10000));
	}
	for (int i = 0; i < WAITERS; i++)
		pthread_join(threads[i], NULL);
}
