/* SPDX-License-Identifier: MIT */
/*
 * The fair class: SCHED_NORMAL, SCHED_BATCH, SCHED_IDLE.
 *
 * Each thread has a virtual run time, which advances by its real run time times 1024 / weight; the
 * runnable thread with the least goes first. A nice level is a factor of 1.25 in weight, so about
 * 10 % of the CPU between two competitors. min_vruntime follows the least virtual time on the
 * queue and never goes back: the origin for threads that come.
 *
 *	woken	its own virtual time, but at most half a latency period before the queue's: a
 *		sleeper gets on soon, and cannot save up a long monopoly
 *	new	a slice behind the queue: forking does not create CPU time
 *	moved	keeps its distance to the queue's minimum
 *
 * A running thread's slice is its share of the latency period, which grows when there are so many
 * threads that slices would become too short. Before the end of its slice it is preempted only by
 * a woken thread that lags behind it by more than WAKEUP_GRANULARITY_NS.
 */
#include "sched_private.h"

#define LATENCY_NS		(12 * NSEC_PER_MSEC)
#define MIN_SLICE_NS		(1500 * NSEC_PER_USEC)
#define WAKEUP_GRANULARITY_NS	(1 * NSEC_PER_MSEC)
#define SLEEPER_CREDIT_NS	(LATENCY_NS / 2)

/* 1024 * 1.25^-nice, rounded. */
static const u32 nice_weight[40] = {
	88818, 71054, 56843, 45475, 36380, 29104, 23283, 18626, 14901, 11921,
	9537,  7629,  6104,  4883,  3906,  3125,  2500,	 2000,	1600,  1280,
	1024,  819,   655,   524,   419,   336,	  268,	 215,	172,   137,
	110,   88,    70,    56,    45,	   36,	  29,	 23,	18,    15,
};

void set_thread_weight(struct thread *t)
{
	u32 weight = t->policy == SCHED_IDLE ? IDLE_WEIGHT : nice_weight[t->nice + 20];

	t->se.weight = weight;
	t->se.inverse_weight = (1ull << 32) / weight;
}

void fair_queue_init(struct fair_queue *fq)
{
	*fq = (struct fair_queue){ .tree = RB_ROOT_CACHED };
}

static struct thread *entity_thread(const struct rb_node *node)
{
	return rb_entry(node, struct thread, se.node);
}

static inline u64 weighted(u64 delta_ns, const struct sched_entity *se)
{
	if (likely(se->weight == NICE_0_WEIGHT))
		return delta_ns;
	return (unsigned __int128)delta_ns * se->inverse_weight >> 22;
}

static inline bool before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

static struct thread *first_queued(const struct fair_queue *fq)
{
	const struct rb_node *node = rb_first_cached(&fq->tree);

	return node ? entity_thread(node) : NULL;
}

static inline void advance_min(struct fair_queue *fq, u64 vruntime)
{
	const struct thread *first = first_queued(fq);

	if (first && before(first->se.vruntime_ns, vruntime))
		vruntime = first->se.vruntime_ns;
	if (before(fq->min_vruntime_ns, vruntime))
		WRITE_ONCE(fq->min_vruntime_ns, vruntime);
}

/* The running thread's time goes on. */
void fair_account(struct run_queue *rq, struct thread *t, u64 delta_ns)
{
	t->se.vruntime_ns += weighted(delta_ns, &t->se);
	advance_min(&rq->fair, t->se.vruntime_ns);
}

static void tree_insert(struct fair_queue *fq, struct thread *t)
{
	struct rb_node **link = &fq->tree.rb_root.rb_node;
	struct rb_node *parent = NULL;
	u64 key = t->se.vruntime_ns;
	bool leftmost = true;

	while (*link) {
		parent = *link;
		if (before(key, entity_thread(parent)->se.vruntime_ns)) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	rb_link_node(&t->se.node, parent, link);
	rb_insert_color_cached(&t->se.node, &fq->tree, leftmost);
}

static u64 slice_of(const struct fair_queue *fq, const struct sched_entity *se)
{
	u64 period = fq->nr * MIN_SLICE_NS > LATENCY_NS ? fq->nr * MIN_SLICE_NS : LATENCY_NS;

	return period * se->weight / fq->load;
}

static void place(struct fair_queue *fq, struct sched_entity *se, unsigned int flags)
{
	u64 start = fq->min_vruntime_ns;

	if (flags & ENQUEUE_NEW)
		se->vruntime_ns = start + weighted(slice_of(fq, se), se);
	else if (before(se->vruntime_ns, start - SLEEPER_CREDIT_NS))
		se->vruntime_ns = start - SLEEPER_CREDIT_NS;
}

/* Also for the running thread, whose parameters have changed: that one stays out of the tree. */
void fair_enqueue(struct run_queue *rq, struct thread *t, unsigned int flags)
{
	struct fair_queue *fq = &rq->fair;

	fq->nr++;
	fq->load += t->se.weight;
	if (flags)
		place(fq, &t->se, flags);
	if (t != rq->curr)
		tree_insert(fq, t);
}

void fair_dequeue(struct run_queue *rq, struct thread *t)
{
	struct fair_queue *fq = &rq->fair;

	if (t != rq->curr)
		rb_erase_cached(&t->se.node, &fq->tree);
	fq->nr--;
	fq->load -= t->se.weight;
}

void fair_put_prev(struct run_queue *rq, struct thread *t)
{
	tree_insert(&rq->fair, t);
}

void fair_set_running(struct run_queue *rq, struct thread *t)
{
	rb_erase_cached(&t->se.node, &rq->fair.tree);
}

struct thread *fair_pick(struct run_queue *rq)
{
	struct thread *t = first_queued(&rq->fair);

	fair_set_running(rq, t);
	return t;
}

bool fair_should_preempt(struct run_queue *rq, const struct thread *curr,
			 const struct thread *woken)
{
	s64 lag = curr->se.vruntime_ns - woken->se.vruntime_ns;

	if (unlikely(curr->policy == SCHED_IDLE))
		return woken->policy != SCHED_IDLE;
	if (unlikely(woken->policy != SCHED_NORMAL))
		return false;
	return lag > 0 && (u64)lag > weighted(WAKEUP_GRANULARITY_NS, &woken->se);
}

/* For sched_rr_get_interval(2). */
u64 fair_slice_of(const struct run_queue *rq, const struct thread *t)
{
	return rq->fair.nr ? slice_of(&rq->fair, &t->se) : LATENCY_NS;
}

/* Of the running thread's slice; not positive when others have waited long enough. */
s64 fair_slice_left(struct run_queue *rq, const struct thread *curr)
{
	return slice_of(&rq->fair, &curr->se) - (curr->se.sum_exec_ns - curr->se.slice_start_ns);
}

/* Behind everybody who waits now. */
void fair_yield(struct run_queue *rq, struct thread *curr)
{
	const struct rb_node *last = rb_last(&rq->fair.tree.rb_root);

	if (last && before(curr->se.vruntime_ns, entity_thread(last)->se.vruntime_ns))
		curr->se.vruntime_ns = entity_thread(last)->se.vruntime_ns;
}

/* Keeps the distance to the minimum. The queues need not be locked: t is on neither. */
void fair_move(struct thread *t, struct run_queue *from, struct run_queue *to)
{
	t->se.vruntime_ns += READ_ONCE(to->fair.min_vruntime_ns) -
			     READ_ONCE(from->fair.min_vruntime_ns);
}
