// SPDX-License-Identifier: MIT
/*
 * Queues: what waits becomes requests, and requests go to the driver.
 *
 * A queue has no lock. wanted counts those who want it looked at. Who raises it from 0 holds the queue; the holder looks until nobody has raised
 * wanted meanwhile. That holds against interrupts on the same CPU too: they leave their bio on the stack and go.
 *
 * When the holder can go no further (no tag, the driver is busy, no memory to bounce), it sets waiting and gives up. Each end of a request moves
 * events on and runs a queue that waits. The holder has read events before it tried, so an end in between is not missed.
 */
#include "internal.h"

#include <kernel/log.h>
#include <kernel/sched.h>
#include <kernel/trace_events.h>
#include <lib/bitmap.h>

#define MEMORY_RETRY_NS	(10 * NSEC_PER_MSEC)

/* --- tags and requests --- */

static struct block_request *take_tag(struct block_queue *queue)
{
	unsigned long tag = find_next_zero_bit(queue->tags, queue->depth, queue->tag_hint);

	if (tag >= queue->depth)
		tag = find_next_zero_bit(queue->tags, queue->depth, 0);
	if (tag >= queue->depth)
		return NULL;
	set_bit(tag, queue->tags);
	queue->tag_hint = tag + 1 < queue->depth ? tag + 1 : 0;
	return &queue->requests[tag];
}

void request_free(struct block_request *request)
{
	clear_bit(request->tag, request->queue->tags);
}

bool queue_is_idle(const struct block_queue *queue)
{
	return find_next_bit(queue->tags, queue->depth, 0) >= queue->depth;
}

/* What waits to be submitted anew has a tag, but the driver does not have it. */
bool queue_is_silent(const struct block_queue *queue)
{
	for (u32 tag = 0; (tag = find_next_bit(queue->tags, queue->depth, tag)) < queue->depth;
	     tag++)
		if (READ_ONCE(queue->requests[tag].state) != REQUEST_WAITING)
			return false;
	return true;
}

/* --- the holder's lists --- */

/* What was left on the stacks, in the order in which it came. */
static void collect(struct block_queue *queue)
{
	struct bio *bio = READ_ONCE(queue->incoming) ? xchg(&queue->incoming, NULL) : NULL,
		   *bios = NULL, *next;
	struct block_request *request = READ_ONCE(queue->returned) ? xchg(&queue->returned, NULL)
								   : NULL,
			     *following;
	struct bio *last = bio;

	for (; bio; bio = next) {
		next = bio->next;
		bio->next = bios;
		bios = bio;
	}
	if (bios) {
		*queue->last = bios;
		queue->last = &last->next;
	}
	for (; request; request = following) {
		following = request->next;
		request->next = queue->again;
		queue->again = request;
	}
}

static void first_bio_is_cut(struct block_queue *queue)
{
	struct bio *bio = queue->first;

	queue->first = bio->next;
	if (!queue->first)
		queue->last = &queue->first;
	bio_part_ended(bio, 0);
}

static void fail_first_bio(struct block_queue *queue, int error)
{
	struct bio *bio = queue->first;

	queue->first = bio->next;
	if (!queue->first)
		queue->last = &queue->first;
	bio->flags &= ~BIO_POSTFLUSH;
	bio_part_ended(bio, error);
}

static void begin_request(struct block_request *request, struct bio *bio)
{
	request->operation = bio->operation;
	request->flags = bio->flags & BLOCK_FUA;
	request->sector = bio->sector + (bio->cut_bytes >> SECTOR_SHIFT);
	request->bytes = 0;
	request->nr_segments = request->nr_bios = 0;
	request->attempts = request->late = 0;
	request->bounced = false;
	request->bdev = bio->bdev;
}

/* Makes a request of the first bios. NULL: nothing to do, or (*stuck) no tag or no memory. */
static struct block_request *make_request(struct block_queue *queue, bool *stuck)
{
	struct bio *bio = queue->first;
	struct block_request *request;

	if (!bio)
		return NULL;
	request = take_tag(queue);
	if (!request) {
		*stuck = true;
		return NULL;
	}
	begin_request(request, bio);
	do {
		if (!request_add_bio(request, bio))
			break;
		atomic_inc(&bio->remaining);
		request->bios[request->nr_bios++] = bio;
		if (bio->cut_bytes < bio->bytes) {
			request_trim(request, bio);
			break;
		}
		first_bio_is_cut(queue);
		bio = queue->first;
	} while (bio && request_can_merge(request, bio));
	if (likely(request->nr_bios && (request->bytes || request->operation == BLOCK_FLUSH))) {
		stat_begin(request->bdev, request->operation);
		request->begun_ns = ktime_get_ns();
		return request;
	}
	/* Nothing went in: memory for bouncing is short, or a logical block does not fit the limits at all. */
	*stuck = !request->nr_bios;
	request_unbounce(request, false);
	request_free(request);
	if (*stuck) {
		queue_delayed_work(block_wq, &queue->memory_work, MEMORY_RETRY_NS);
	} else {
		bio_part_ended(request->bios[0], -EINVAL);
		fail_first_bio(queue, -EINVAL);
	}
	return NULL;
}

static struct block_request *next_request(struct block_queue *queue, bool *stuck)
{
	struct block_request *request = queue->again;

	if (!request)
		return make_request(queue, stuck);
	queue->again = request->next;
	return request;
}

/* --- submitting --- */

/* Everything that waits: the hardware is gone. */
static void fail_waiting(struct block_queue *queue)
{
	struct block_request *request;

	while ((request = queue->again)) {
		queue->again = request->next;
		request_end(request, -EIO);
	}
	while (queue->first)
		fail_first_bio(queue, -EIO);
}

static int submit(struct block_queue *queue, struct block_request *request)
{
	struct block_device *disk = queue->device;
	u32 expected = REQUEST_IN_FLIGHT;
	int error;

	request->cpu = smp_processor_id();
	request->attempts++;
	request->deadline_ns = ktime_get_ns() + disk->limits.timeout_ms * NSEC_PER_MSEC;
	xchg(&request->state, REQUEST_IN_FLIGHT); /* before watching is read below */
	trace_block_rq_issue(request);
	error = disk->ops.submit(queue, request);
	if (!error) {
		if (!(disk->limits.features & BLOCK_SYNCHRONOUS) && !READ_ONCE(queue->watching))
			queue_watch(queue);
		return 0;
	}
	/* The driver has refused it; unless it was ended all the same, it is ours again. */
	if (!try_cmpxchg(&request->state, &expected, REQUEST_WAITING))
		return 0;
	if (error != -EAGAIN) {
		request_end(request, error);
		return 0;
	}
	request->attempts--;
	request->next = queue->again;
	queue->again = request;
	return -EAGAIN;
}

static bool is_stopped(const struct block_queue *queue)
{
	return atomic_read(&queue->device->quiesced) != 0;
}

/* The holder: as much as goes. True: there is more, but other threads want this CPU. */
static bool drain(struct block_queue *queue)
{
	bool submitted = false, tired = false;

	collect(queue);
	for (;;) {
		struct block_request *request;
		int seen = atomic_read(&queue->events);
		bool stuck = false;

		if (unlikely(READ_ONCE(queue->device->failing))) {
			fail_waiting(queue);
			break;
		}
		if (unlikely(is_stopped(queue)))
			break;
		smp_rmb();
		request = next_request(queue, &stuck);
		if (!request && !stuck) {
			if (!queue->first)
				break;
			continue;
		}
		if (request) {
			stuck = submit(queue, request) == -EAGAIN;
			submitted |= !stuck;
		}
		if (stuck) {
			WRITE_ONCE(queue->waiting, true);
			smp_mb();
			if (atomic_read(&queue->events) == seen)
				break;
			WRITE_ONCE(queue->waiting, false);
		}
		tired = need_resched() && !in_interrupt();
		if (tired)
			break;
	}
	if (submitted && queue->device->ops.commit)
		queue->device->ops.commit(queue);
	return tired;
}

void queue_run(struct block_queue *queue)
{
	int seen;

	preempt_disable();
	if (atomic_inc_return(&queue->wanted) == 1) {
		do {
			seen = atomic_read(&queue->wanted);
			if (drain(queue))
				queue_work(block_wq, &queue->run_work);
		} while (!atomic_try_cmpxchg(&queue->wanted, &seen, 0));
	}
	preempt_enable();
}

void queue_event(struct block_queue *queue)
{
	/* Ordered before the look at waiting. Two ends at once count as two, or the holder might find the number it has seen before. */
	atomic_inc_return(&queue->events);
	if (unlikely(READ_ONCE(queue->waiting))) {
		WRITE_ONCE(queue->waiting, false);
		queue_run(queue);
	}
}

void queue_give_back(struct block_request *request)
{
	struct block_queue *queue = request->queue;
	struct block_request *top = READ_ONCE(queue->returned);

	WRITE_ONCE(request->state, REQUEST_WAITING);
	do {
		request->next = top;
	} while (!try_cmpxchg(&queue->returned, &top, request));
	queue_run(queue);
	if (unlikely(atomic_read(&queue->device->draining)))
		wake_up_all(&queue->device->drain_wait);
}

static void run_from_thread(struct work_struct *work)
{
	queue_run(container_of(work, struct block_queue, run_work));
}

static void memory_may_be_back(struct work_struct *work)
{
	struct block_queue *queue = container_of(to_delayed_work(work), struct block_queue,
						 memory_work);

	WRITE_ONCE(queue->waiting, false);
	queue_run(queue);
}

/* --- making queues --- */

static bool give_memory(struct block_queue *queue)
{
	const struct block_params *limits = &queue->device->limits;
	size_t private = ALIGN(limits->private_bytes, 16u);
	size_t each = limits->max_segments * (sizeof(struct block_segment) + sizeof(struct bio *)) +
		      private;
	u8 *at;

	queue->requests = kvzalloc(queue->depth * sizeof(struct block_request), GFP_KERNEL);
	queue->tags = kcalloc(DIV_ROUND_UP(queue->depth, BITS_PER_LONG), sizeof(long), GFP_KERNEL);
	each = ALIGN(each, 16);
	at = queue->memory = kvzalloc(queue->depth * each, GFP_KERNEL);
	if (!queue->requests || !queue->tags || !at)
		return false;
	for (u32 tag = 0; tag < queue->depth; tag++, at += each) {
		struct block_request *request = &queue->requests[tag];

		request->queue = queue;
		request->tag = tag;
		request->private = at;
		request->segments = (struct block_segment *)(at + private);
		request->bios = (struct bio **)(request->segments + limits->max_segments);
	}
	return true;
}

struct block_queue *queue_create(struct block_device *disk, u32 index)
{
	struct block_queue *queue = kzalloc(sizeof(*queue), GFP_KERNEL);

	if (!queue)
		return NULL;
	queue->device = disk;
	queue->index = index;
	queue->depth = disk->limits.depth;
	queue->last = &queue->first;
	INIT_WORK(&queue->run_work, run_from_thread);
	INIT_DELAYED_WORK(&queue->memory_work, memory_may_be_back);
	INIT_DELAYED_WORK(&queue->timeout_work, queue_timeouts);
	if (give_memory(queue))
		return queue;
	queue_destroy(queue);
	return NULL;
}

void queue_destroy(struct block_queue *queue)
{
	if (!queue)
		return;
	cancel_work_sync(&queue->run_work);
	cancel_delayed_work_sync(&queue->memory_work);
	cancel_delayed_work_sync(&queue->timeout_work);
	kvfree(queue->memory);
	kvfree(queue->requests);
	kfree(queue->tags);
	kfree(queue);
}
