/* SPDX-License-Identifier: MIT */
/* RCU: nothing that a reader sees is freed, callbacks are called once, and grace periods end. */
#include <kernel/ktest.h>
#include <kernel/rcu.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/wait.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/stat.h>

KTEST_SUITE("rcu");

#define ALIVE	0xa11eu
#define DEAD	0xdeadu

struct node {
	struct rcu_head rcu;
	unsigned int state;
	struct torture *torture;
};

struct torture {
	struct node *shared;
	atomic64_t made, freed, reads;
	u64 end_ns;
};

static void free_node(struct rcu_head *head)
{
	struct node *node = container_of(head, struct node, rcu);

	if (node->state != ALIVE)
		KTEST_FAIL("callback for a node in state %x", node->state);
	node->state = DEAD;
	atomic64_inc(&node->torture->freed);
	kfree(node);
}

static void update(struct torture *t, bool wait)
{
	struct node *node = kmalloc(sizeof(*node), GFP_KERNEL), *old;

	if (!node)
		return;
	node->state = ALIVE;
	node->torture = t;
	atomic64_inc(&t->made);
	old = xchg(&t->shared, node);
	if (!old)
		return;
	if (wait) {
		synchronize_rcu();
		free_node(&old->rcu);
	} else {
		call_rcu(&old->rcu, free_node);
	}
}

static void look(struct torture *t, unsigned int delay_us)
{
	struct node *node;

	rcu_read_lock();
	node = rcu_dereference(t->shared);
	if (node) {
		if (READ_ONCE(node->state) != ALIVE)
			KTEST_FAIL("a dead node is in sight");
		if (delay_us)
			udelay(delay_us);
		if (READ_ONCE(node->state) != ALIVE)
			KTEST_FAIL("a node died in sight of a reader");
	}
	rcu_read_unlock();
}

static void torture_thread(void *arg, unsigned int number)
{
	struct torture *t = arg;
	unsigned int i = 0;

	do {
		look(t, i % 100 == 0 ? 200 : 0);
		if (number == 0 && i % 10 == 0)
			update(t, false);
		else if (number == 1 && i % 50 == 0)
			update(t, true);
		else if (number == 2 && i % 64 == 0)
			msleep(1);
	} while (++i && ktime_get_ns() < t->end_ns);
	atomic64_add(i, &t->reads);
}

KTEST_CASE(readers_never_see_freed_memory)
{
	struct torture t = { .end_ns = ktime_get_ns() + 2 * ktest_torture_ns() };

	ktest_in_threads(num_online_cpus() + 3, torture_thread, &t);
	if (KTEST_EXPECT(t.shared))
		call_rcu(&t.shared->rcu, free_node);
	rcu_barrier();
	KTEST_EXPECT_EQ(atomic64_read(&t.freed), atomic64_read(&t.made));
	ktest_note("%lld reads, %lld nodes", atomic64_read(&t.reads), atomic64_read(&t.made));
}

struct counted {
	struct rcu_head rcu;
	unsigned int *count;
};

static void count_call(struct rcu_head *head)
{
	struct counted *c = container_of(head, struct counted, rcu);

	++*c->count;
	kfree(c);
}

KTEST_CASE(barrier_waits_for_all_callbacks)
{
	unsigned int count = 0, queued = 0;

	for (unsigned int i = 0; i < 20000; i++) {
		struct counted *c = kmalloc(sizeof(*c), GFP_KERNEL);

		if (!KTEST_EXPECT(c))
			break;
		c->count = &count;
		call_rcu(&c->rcu, count_call);
		queued++;
	}
	rcu_barrier();
	KTEST_EXPECT_EQ(count, queued);
}

/* Freed, after the readers: else destroying the cache finds it in use. */
KTEST_CASE(kfree_rcu_frees)
{
	struct kmem_cache *cache = kmem_cache_create("test_kfree_rcu", sizeof(struct node), 0, 0,
						     NULL);
	struct slab_report report = { .active_objects = 0 };
	struct node *node;

	KTEST_ASSERT(cache);
	node = kmem_cache_alloc(cache, GFP_KERNEL);
	KTEST_ASSERT(node);
	kfree_rcu(node, rcu);
	rcu_barrier();
	for (unsigned int i = 0; slab_report(i, &report); i++)
		if (!strcmp(report.name, "test_kfree_rcu"))
			break;
	KTEST_EXPECT(!strcmp(report.name, "test_kfree_rcu"));
	KTEST_EXPECT_EQ(report.active_objects, 0);
	kmem_cache_destroy(cache);
}

struct hog {
	bool stop;
};

/* Never sleeps, and has preemption on: a grace period has to interrupt it. */
static void hog_cpu(void *arg, unsigned int number)
{
	struct hog *hog = arg;

	if (number == 0) {
		u64 start = ktime_get_ns();

		for (unsigned int i = 0; i < 5; i++)
			synchronize_rcu();
		ktest_note("%llu us a grace period", (ktime_get_ns() - start) / 5 / NSEC_PER_USEC);
		WRITE_ONCE(hog->stop, true);
		return;
	}
	while (!READ_ONCE(hog->stop))
		cpu_relax();
}

KTEST_CASE(grace_periods_end_beside_busy_cpus)
{
	struct hog hog = { .stop = false };

	ktest_in_threads(1 + num_online_cpus(), hog_cpu, &hog);
}

KTEST_CASE(grace_periods_end_beside_idle_cpus)
{
	u64 start;

	msleep(20);
	start = ktime_get_ns();
	for (unsigned int i = 0; i < 10; i++)
		synchronize_rcu();
	ktest_note("%llu us a grace period", (ktime_get_ns() - start) / 10 / NSEC_PER_USEC);
}
