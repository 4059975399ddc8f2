/* SPDX-License-Identifier: MIT */
/*
 * Wait queues, completions, mutexes and rw_semaphores, each used by more threads than there are
 * CPUs.
 */
#include <kernel/ktest.h>
#include <kernel/mutex.h>
#include <kernel/random.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/wait.h>
#include <lib/list.h>

KTEST_SUITE("sleep");

#define CROWD	(2 * num_online_cpus() + 2)

/* A holder that now and then spins, yields or sleeps with the lock. */
static void dawdle(unsigned int i)
{
	switch (i % 64) {
	case 0: msleep(1); break;
	case 7:
	case 21: sched_yield_current(); break;
	case 33: udelay(50); break;
	}
}

/* ---- wait queues ---- */

struct queue_test {
	wait_queue_head_t queue;
	bool open;
	atomic_t passed;
};

static unsigned int nr_waiting(wait_queue_head_t *queue)
{
	unsigned int nr;

	spin_lock_irq(&queue->lock);
	nr = list_count_nodes(&queue->entries);
	spin_unlock_irq(&queue->lock);
	return nr;
}

static void open_or_wait(void *arg, unsigned int number)
{
	struct queue_test *q = arg;

	if (number == 0) {
		while (nr_waiting(&q->queue) < CROWD - 1)
			msleep(1);
		WRITE_ONCE(q->open, true);
		wake_up(&q->queue);
		return;
	}
	wait_event(&q->queue, READ_ONCE(q->open));
	atomic_inc(&q->passed);
}

/* One call, when all of them wait. */
KTEST_CASE(wake_up_reaches_all_shared_waiters)
{
	struct queue_test q = { .open = false };

	init_waitqueue_head(&q.queue);
	ktest_in_threads(CROWD, open_or_wait, &q);
	KTEST_EXPECT_EQ(atomic_read(&q.passed), CROWD - 1);
	KTEST_EXPECT(!waitqueue_active(&q.queue));
}

struct tokens {
	wait_queue_head_t queue;
	atomic_t tokens, taken;
};

static bool take_token(struct tokens *t)
{
	int n = atomic_read(&t->tokens);

	while (n > 0)
		if (atomic_try_cmpxchg(&t->tokens, &n, n - 1))
			return true;
	return false;
}

static void wait_exclusive(void *arg, unsigned int number)
{
	struct tokens *t = arg;

	if (number == 0) {
		for (unsigned int i = 1; i < CROWD; i++) {
			atomic_inc(&t->tokens);
			wake_up(&t->queue);
			dawdle(i);
		}
		return;
	}
	KTEST_EXPECT_EQ(wait_event_interruptible_exclusive(&t->queue, take_token(t)), 0);
	atomic_inc(&t->taken);
}

KTEST_CASE(each_wake_up_lets_one_exclusive_waiter_through)
{
	struct tokens t = { .tokens = ATOMIC_INIT(0) };

	init_waitqueue_head(&t.queue);
	ktest_in_threads(CROWD, wait_exclusive, &t);
	KTEST_EXPECT_EQ(atomic_read(&t.taken), CROWD - 1);
	KTEST_EXPECT_EQ(atomic_read(&t.tokens), 0);
}

KTEST_CASE(wait_with_timeout_ends_in_time)
{
	DECLARE_WAIT_QUEUE_HEAD(queue);
	bool no = false, yes = true;
	u64 start = ktime_get_ns();

	KTEST_EXPECT_EQ(wait_event_timeout(&queue, no, 5 * NSEC_PER_MSEC), 0);
	KTEST_EXPECT(ktime_get_ns() - start >= 5 * NSEC_PER_MSEC);
	KTEST_EXPECT_EQ(wait_event_timeout(&queue, yes, 5 * NSEC_PER_MSEC), 5 * NSEC_PER_MSEC);
	KTEST_EXPECT_EQ(wait_event_timeout(&queue, yes, 0), 1);
	KTEST_EXPECT_EQ(wait_event_timeout(&queue, no, 0), 0);
	KTEST_EXPECT(!waitqueue_active(&queue));
}

/* ---- ping-pong: no wake-up is lost ---- */

struct ping_pong {
	struct completion ball[2];
	unsigned int rounds;
	bool over; /* set by 0 before it throws the last ball */
	u64 end_ns;
};

static void play(void *arg, unsigned int number)
{
	struct ping_pong *p = arg;

	bool over = false;

	while (!over) {
		if (number == 0) {
			p->rounds++;
			p->over = ktime_get_ns() >= p->end_ns;
			over = p->over;
			complete(&p->ball[1]);
		}
		wait_for_completion(&p->ball[number]);
		if (number == 1) {
			over = p->over;
			complete(&p->ball[0]);
		}
	}
}

KTEST_CASE(completions_carry_every_ball)
{
	u64 start = ktime_get_ns();
	struct ping_pong p = { .end_ns = start + ktest_torture_ns() };

	init_completion(&p.ball[0]);
	init_completion(&p.ball[1]);
	ktest_in_threads(2, play, &p);
	KTEST_EXPECT(!completion_done(&p.ball[0]));
	KTEST_EXPECT(!completion_done(&p.ball[1]));
	ktest_note("%llu ns a round trip", (ktime_get_ns() - start) / p.rounds);
}

KTEST_CASE(complete_all_stays_done)
{
	DECLARE_COMPLETION(c);

	KTEST_EXPECT(!try_wait_for_completion(&c));
	KTEST_EXPECT_EQ(wait_for_completion_timeout(&c, NSEC_PER_MSEC), 0);
	complete_all(&c);
	wait_for_completion(&c);
	wait_for_completion(&c);
	KTEST_EXPECT(try_wait_for_completion(&c));
	reinit_completion(&c);
	complete(&c);
	KTEST_EXPECT(try_wait_for_completion(&c));
	KTEST_EXPECT(!completion_done(&c));
}

/* ---- mutex ---- */

struct mutex_test {
	struct mutex lock;
	unsigned long plain, check; /* lock */
	atomic64_t rounds;
	u64 end_ns;
};

/* lint: context: a result that is expected hides the condition */
static void use_mutex(void *arg, unsigned int number)
{
	struct mutex_test *m = arg;
	unsigned long i;

	for (i = 0; ktime_get_ns() < m->end_ns; i++) {
		if (i % 16 == 3) {
			if (!mutex_trylock(&m->lock))
				continue;
		} else if (i % 16 == 4) {
			KTEST_EXPECT_EQ(mutex_lock_killable(&m->lock), 0);
		} else {
			mutex_lock(&m->lock);
		}
		if (m->plain != m->check || !mutex_is_held(&m->lock))
			KTEST_FAIL("two holders at once");
		m->plain++;
		dawdle(number + i);
		m->check++;
		mutex_unlock(&m->lock);
		atomic64_inc(&m->rounds);
	}
}

KTEST_CASE(mutex_holders_exclude_each_other)
{
	struct mutex_test m = { .lock = MUTEX_INIT(m.lock) };

	m.end_ns = ktime_get_ns() + ktest_torture_ns();
	ktest_in_threads(CROWD, use_mutex, &m);
	KTEST_EXPECT_EQ(m.plain, atomic64_read(&m.rounds));
	KTEST_EXPECT(!mutex_is_locked(&m.lock));
	KTEST_EXPECT_EQ(atomic64_read(&m.lock.owner), 0);
	ktest_note("%lld rounds", atomic64_read(&m.rounds));
}

/* One thread takes and lets go all the time; another must get it all the same. */
struct greedy {
	struct mutex lock;
	bool stop;
};

static void be_greedy(void *arg, unsigned int number)
{
	struct greedy *g = arg;

	if (number) {
		while (!READ_ONCE(g->stop)) {
			mutex_lock(&g->lock);
			udelay(20);
			mutex_unlock(&g->lock);
		}
		return;
	}
	for (unsigned int i = 0; i < 20; i++) {
		msleep(1);
		mutex_lock(&g->lock);
		mutex_unlock(&g->lock);
	}
	WRITE_ONCE(g->stop, true);
}

KTEST_CASE(mutex_waiters_do_not_starve)
{
	struct greedy g = { .lock = MUTEX_INIT(g.lock) };

	ktest_in_threads(1 + num_online_cpus(), be_greedy, &g);
	KTEST_EXPECT(!mutex_is_locked(&g.lock));
}

/* ---- rw_semaphore ---- */

struct rwsem_test {
	struct rw_semaphore sem;
	unsigned long a, b;	   /* sem: equal but while a writer works */
	atomic_t readers, writers; /* inside */
	atomic64_t reads, writes;
	u64 end_ns;
};

static void read_side(struct rwsem_test *t, unsigned int i)
{
	atomic_inc(&t->readers);
	if (atomic_read(&t->writers) || READ_ONCE(t->a) != READ_ONCE(t->b))
		KTEST_FAIL("a reader beside a writer");
	dawdle(i);
	if (READ_ONCE(t->a) != READ_ONCE(t->b))
		KTEST_FAIL("a writer beside a reader");
	atomic_dec(&t->readers);
	atomic64_inc(&t->reads);
}

static void write_side(struct rwsem_test *t, unsigned int i)
{
	if (atomic_inc_return(&t->writers) != 1 || atomic_read(&t->readers))
		KTEST_FAIL("a writer is not alone");
	t->a++;
	dawdle(i);
	t->b++;
	atomic_dec(&t->writers);
	atomic64_inc(&t->writes);
}

/* lint: context: a result that is expected hides the condition */
static void use_rwsem(void *arg, unsigned int number)
{
	struct rwsem_test *t = arg;

	for (unsigned int i = number; ktime_get_ns() < t->end_ns; i++) {
		switch (i % 8) {
		case 0:
			down_write(&t->sem);
			write_side(t, i / 8);
			up_write(&t->sem);
			break;
		case 1:
			KTEST_EXPECT_EQ(down_write_killable(&t->sem), 0);
			write_side(t, i / 8);
			downgrade_write(&t->sem);
			read_side(t, i / 8 + 1);
			up_read(&t->sem);
			break;
		case 2:
			if (!down_write_trylock(&t->sem))
				break;
			write_side(t, i / 8);
			up_write(&t->sem);
			break;
		case 3:
			if (!down_read_trylock(&t->sem))
				break;
			read_side(t, i / 8);
			up_read(&t->sem);
			break;
		default:
			down_read(&t->sem);
			read_side(t, i / 8);
			up_read(&t->sem);
		}
	}
}

KTEST_CASE(rwsem_writers_are_alone)
{
	struct rwsem_test t = { .sem = RWSEM_INIT(t.sem) };

	t.end_ns = ktime_get_ns() + ktest_torture_ns();
	ktest_in_threads(CROWD, use_rwsem, &t);
	KTEST_EXPECT_EQ(t.a, t.b);
	KTEST_EXPECT_EQ(t.a, atomic64_read(&t.writes));
	KTEST_EXPECT_EQ(atomic64_read(&t.sem.count), 0);
	ktest_note("%lld reads, %lld writes", atomic64_read(&t.reads), atomic64_read(&t.writes));
}

#define READERS	4

struct reader_crowd {
	struct rw_semaphore sem;
	atomic_t inside;
};

static void read_together(void *arg, unsigned int number)
{
	struct reader_crowd *c = arg;

	down_read(&c->sem);
	atomic_inc(&c->inside);
	while (atomic_read(&c->inside) < READERS)
		msleep(1);
	up_read(&c->sem);
}

/* None leaves before all are inside. */
KTEST_CASE(rwsem_readers_share)
{
	struct reader_crowd c = { .sem = RWSEM_INIT(c.sem) };

	ktest_in_threads(READERS, read_together, &c);
	KTEST_EXPECT_EQ(atomic_read(&c.inside), READERS);
}
