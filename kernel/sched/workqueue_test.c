/* SPDX-License-Identifier: MIT */
/*
 * Work queues: everything queued runs once, never twice at once, and cancelling and flushing mean
 * what they say.
 */
#include <kernel/ktest.h>
#include <kernel/random.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/wait.h>
#include <kernel/workqueue.h>
#include <mm/slab.h>

KTEST_SUITE("workqueue");

struct job {
	struct work_struct work;
	struct completion done;
	unsigned int cpu;
	atomic_t runs;
	unsigned int sleep_ms;
	struct completion begun;
	struct completion *until; /* waits for it, if set */
};

static void run_job(struct work_struct *work)
{
	struct job *job = container_of(work, struct job, work);

	KTEST_EXPECT(current_work() == work);
	KTEST_EXPECT(preemptible());
	job->cpu = smp_processor_id();
	complete(&job->begun);
	if (job->sleep_ms)
		msleep(job->sleep_ms);
	if (job->until)
		wait_for_completion(job->until);
	atomic_inc(&job->runs);
	complete(&job->done);
}

static void job_init(struct job *job)
{
	*job = (struct job){ .cpu = ~0u };
	INIT_WORK(&job->work, run_job);
	init_completion(&job->begun);
	init_completion(&job->done);
}

KTEST_CASE(work_runs_where_it_was_queued)
{
	struct job job;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		job_init(&job);
		KTEST_EXPECT(schedule_work_on(cpu, &job.work));
		wait_for_completion(&job.done);
		KTEST_EXPECT_EQ(job.cpu, cpu);
		flush_work(&job.work);
	}
	KTEST_EXPECT(!current_work());
}

KTEST_CASE(pending_work_is_not_queued_twice)
{
	struct job job;

	job_init(&job);
	preempt_disable();
	KTEST_EXPECT(queue_work(system_wq, &job.work));
	KTEST_EXPECT(!queue_work(system_wq, &job.work));
	KTEST_EXPECT(work_pending(&job.work));
	preempt_enable();
	KTEST_EXPECT(flush_work(&job.work) || atomic_read(&job.runs));
	KTEST_EXPECT_EQ(atomic_read(&job.runs), 1);
	KTEST_EXPECT(!flush_work(&job.work));
}

/* While many items sleep, for which workers have to be made, another on the same CPU runs; they sleep until it has. */
KTEST_CASE(sleeping_work_lets_others_run)
{
	const unsigned int nr = 64, cpu = 0;
	struct job *slow = kcalloc(nr, sizeof(*slow), GFP_KERNEL), quick;
	struct completion release;

	KTEST_ASSERT(slow);
	init_completion(&release);
	job_init(&quick);
	for (unsigned int i = 0; i < nr; i++) {
		job_init(&slow[i]);
		slow[i].until = &release;
		schedule_work_on(cpu, &slow[i].work);
	}
	schedule_work_on(cpu, &quick.work);
	wait_for_completion(&quick.done);
	for (unsigned int i = 0; i < nr; i++)
		KTEST_EXPECT(!completion_done(&slow[i].done));
	complete_all(&release);
	for (unsigned int i = 0; i < nr; i++)
		flush_work(&slow[i].work);
	flush_work(&quick.work);
	kfree(slow);
}

/* Each waits until all have begun. */
KTEST_CASE(unbound_work_runs_at_once)
{
	DECLARE_COMPLETION(release);
	struct job jobs[8];

	for (unsigned int i = 0; i < ARRAY_SIZE(jobs); i++) {
		job_init(&jobs[i]);
		jobs[i].until = &release;
		queue_work(system_unbound_wq, &jobs[i].work);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(jobs); i++)
		wait_for_completion(&jobs[i].begun);
	complete_all(&release);
	for (unsigned int i = 0; i < ARRAY_SIZE(jobs); i++) {
		wait_for_completion(&jobs[i].done);
		flush_work(&jobs[i].work);
		KTEST_EXPECT_EQ(atomic_read(&jobs[i].runs), 1);
	}
}

struct ordered {
	struct work_struct work[16];
	unsigned int next;
	atomic_t inside;
};

static struct ordered ordered;

static void run_in_order(struct work_struct *work)
{
	if (atomic_inc_return(&ordered.inside) != 1)
		KTEST_FAIL("two items of an ordered queue at once");
	KTEST_EXPECT_EQ(work - ordered.work, ordered.next);
	ordered.next++;
	if (ordered.next % 3 == 0)
		msleep(1);
	atomic_dec(&ordered.inside);
}

KTEST_CASE(ordered_queue_keeps_the_order)
{
	struct workqueue_struct *wq = alloc_ordered_workqueue("ktest", 0);

	KTEST_ASSERT(wq);
	ordered.next = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(ordered.work); i++) {
		INIT_WORK(&ordered.work[i], run_in_order);
		KTEST_EXPECT(queue_work(wq, &ordered.work[i]));
	}
	destroy_workqueue(wq);
	KTEST_EXPECT_EQ(ordered.next, ARRAY_SIZE(ordered.work));
}

KTEST_CASE(flush_workqueue_waits_for_all)
{
	struct workqueue_struct *wq = alloc_workqueue("ktest/%d", WQ_MEM_RECLAIM, 2, 7);
	struct job jobs[10];

	KTEST_ASSERT(wq);
	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(jobs); i++) {
			job_init(&jobs[i]);
			jobs[i].sleep_ms = i % 3;
			queue_work_on(i % num_online_cpus(), wq, &jobs[i].work);
		}
		flush_workqueue(wq);
		for (unsigned int i = 0; i < ARRAY_SIZE(jobs); i++)
			KTEST_EXPECT_EQ(atomic_read(&jobs[i].runs), 1);
	}
	destroy_workqueue(wq);
}

KTEST_CASE(cancelled_work_does_not_run)
{
	struct workqueue_struct *wq = alloc_workqueue("ktest", WQ_UNBOUND, 1);
	DECLARE_COMPLETION(release);
	struct job first, second;

	KTEST_ASSERT(wq);
	job_init(&first);
	job_init(&second);
	first.until = &release;
	queue_work(wq, &first.work);
	queue_work(wq, &second.work);
	/* Behind the first, which max_active keeps alone. */
	KTEST_EXPECT(cancel_work_sync(&second.work));
	KTEST_EXPECT(!cancel_work_sync(&second.work));
	complete(&release);
	cancel_work_sync(&first.work);
	destroy_workqueue(wq);
	KTEST_EXPECT_EQ(atomic_read(&second.runs), 0);
}

struct delayed_job {
	struct delayed_work dwork;
	atomic_t runs;
	u64 ran_ns;
};

static void run_delayed(struct work_struct *work)
{
	struct delayed_job *job = container_of(to_delayed_work(work), struct delayed_job, dwork);

	job->ran_ns = ktime_get_ns();
	atomic_inc(&job->runs);
}

KTEST_CASE(delayed_work_waits_its_time)
{
	struct delayed_job job = { .ran_ns = 0 };
	u64 start = ktime_get_ns();

	INIT_DELAYED_WORK(&job.dwork, run_delayed);
	KTEST_EXPECT(schedule_delayed_work(&job.dwork, 5 * NSEC_PER_MSEC));
	while (!atomic_read(&job.runs))
		msleep(1);
	flush_delayed_work(&job.dwork);
	KTEST_EXPECT_EQ(atomic_read(&job.runs), 1);
	KTEST_EXPECT(job.ran_ns - start >= 5 * NSEC_PER_MSEC);

	KTEST_EXPECT(schedule_delayed_work(&job.dwork, 1000 * NSEC_PER_SEC));
	KTEST_EXPECT(!schedule_delayed_work(&job.dwork, 5 * NSEC_PER_MSEC));
	KTEST_EXPECT(delayed_work_pending(&job.dwork));
	KTEST_EXPECT(cancel_delayed_work_sync(&job.dwork));
	schedule_delayed_work(&job.dwork, 1000 * NSEC_PER_SEC);
	KTEST_EXPECT(mod_delayed_work(system_wq, &job.dwork, 0));
	flush_delayed_work(&job.dwork);
	KTEST_EXPECT_EQ(atomic_read(&job.runs), 2);
	schedule_delayed_work(&job.dwork, 1000 * NSEC_PER_SEC);
	flush_delayed_work(&job.dwork);
	KTEST_EXPECT_EQ(atomic_read(&job.runs), 3);
}

static void requeue_itself(struct work_struct *work)
{
	struct job *job = container_of(work, struct job, work);

	if (atomic_inc_return(&job->runs) < 10)
		queue_work(system_wq, work);
	else
		complete(&job->done);
}

KTEST_CASE(work_may_queue_itself)
{
	struct job job;

	job_init(&job);
	INIT_WORK(&job.work, requeue_itself);
	queue_work(system_wq, &job.work);
	wait_for_completion(&job.done);
	flush_work(&job.work);
	KTEST_EXPECT_EQ(atomic_read(&job.runs), 10);
}

struct suicide {
	struct work_struct work;
	struct completion *done;
};

static void free_itself(struct work_struct *work)
{
	struct suicide *s = container_of(work, struct suicide, work);
	struct completion *done = s->done;

	kfree(s);
	complete(done);
}

KTEST_CASE(work_may_free_itself)
{
	DECLARE_COMPLETION(done);

	for (unsigned int i = 0; i < 100; i++) {
		struct suicide *s = kmalloc(sizeof(*s), GFP_KERNEL);

		KTEST_ASSERT(s);
		INIT_WORK(&s->work, free_itself);
		s->done = &done;
		queue_work(i & 1 ? system_wq : system_unbound_wq, &s->work);
		wait_for_completion(&done);
	}
}

static long return_cpu(void *arg)
{
	return smp_processor_id() + (long)arg;
}

KTEST_CASE(work_on_cpu_gives_the_result)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		KTEST_EXPECT_EQ(work_on_cpu(cpu, return_cpu, (void *)100l), cpu + 100);
}

/* ---- under fire ---- */

#define NR_ITEMS	12

struct item {
	struct work_struct work;
	struct delayed_work dwork;
	atomic_t inside, runs;
};

struct fire {
	struct item items[NR_ITEMS];
	struct workqueue_struct *queues[4];
	u64 end_ns;
};

static struct fire fire;

static void be_inside(struct item *item)
{
	if (atomic_inc_return(&item->inside) != 1)
		KTEST_FAIL("an item runs twice at once");
	if (get_random_u32_below(8) == 0)
		usleep_range(10, 200);
	atomic_dec(&item->inside);
	atomic_inc(&item->runs);
}

static void run_item(struct work_struct *work)
{
	be_inside(container_of(work, struct item, work));
}

static void run_delayed_item(struct work_struct *work)
{
	be_inside(container_of(to_delayed_work(work), struct item, dwork));
}

static void act(void *arg, unsigned int number)
{
	while (ktime_get_ns() < fire.end_ns) {
		struct item *item = &fire.items[get_random_u32_below(NR_ITEMS / 2)];
		struct item *delayed =
			&fire.items[NR_ITEMS / 2 + get_random_u32_below(NR_ITEMS / 2)];
		struct workqueue_struct *wq = fire.queues[get_random_u32_below(4)];

		switch (get_random_u32_below(16)) {
		case 0: cancel_work_sync(&item->work); break;
		case 1: flush_work(&item->work); break;
		case 2: cancel_work(&item->work); break;
		case 3: flush_workqueue(wq); break;
		case 4: cancel_delayed_work_sync(&delayed->dwork); break;
		case 5: flush_delayed_work(&delayed->dwork); break;
		case 6:
		case 7: mod_delayed_work(wq, &delayed->dwork, get_random_u32_below(300000)); break;
		case 8:
			queue_delayed_work(wq, &delayed->dwork, get_random_u32_below(300000));
			break;
		default: queue_work_on(get_random_u32_below(num_online_cpus()), wq, &item->work);
		}
	}
}

KTEST_CASE(items_survive_everything_at_once)
{
	unsigned int runs = 0;

	fire.queues[0] = system_wq;
	fire.queues[1] = system_highpri_wq;
	fire.queues[2] = alloc_workqueue("ktest/u", WQ_UNBOUND, 3);
	fire.queues[3] = alloc_workqueue("ktest/b", WQ_MEM_RECLAIM, 1);
	KTEST_ASSERT(fire.queues[2] && fire.queues[3]);
	for (unsigned int i = 0; i < NR_ITEMS; i++) {
		struct item *item = &fire.items[i];

		*item = (struct item){ .inside = ATOMIC_INIT(0) };
		INIT_WORK(&item->work, run_item);
		INIT_DELAYED_WORK(&item->dwork, run_delayed_item);
	}
	fire.end_ns = ktime_get_ns() + 2 * ktest_torture_ns();
	ktest_in_threads(num_online_cpus() + 2, act, NULL);
	for (unsigned int i = 0; i < NR_ITEMS; i++) {
		struct item *item = &fire.items[i];

		cancel_work_sync(&item->work);
		cancel_delayed_work_sync(&item->dwork);
		KTEST_EXPECT_EQ(atomic_read(&item->inside), 0);
		KTEST_EXPECT(!work_pending(&item->work));
		runs += atomic_read(&item->runs);
	}
	destroy_workqueue(fire.queues[2]);
	destroy_workqueue(fire.queues[3]);
	ktest_note("%u runs", runs);
}
