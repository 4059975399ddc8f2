// SPDX-License-Identifier: MIT
/*
 * Ends of requests.
 *
 * A request's state decides who ends it: the one that changes it from IN_FLIGHT. An end is carried out on the CPU that submitted the request,
 * whose caches know its pages; with a queue and an interrupt for each CPU it is there already.
 *
 * Time-outs are looked for by a delayed work of the queue, armed while something is in flight. While the driver is being told, the request is
 * IN_TIMEOUT: an end that comes meanwhile is noted, and carried out when the driver's call is over, so that the driver never looks at a request
 * that has become another one.
 */
#include "internal.h"

#include <kernel/latency.h>
#include <kernel/log.h>
#include <kernel/trace_events.h>

struct workqueue_struct *block_wq;

/* The core does without what the disk turns out not to have. The error that remains. */
static int learn(struct block_device *disk, u8 operation, int error)
{
	switch (operation) {
	case BLOCK_FLUSH:
		__atomic_fetch_and(&disk->limits.features, ~BLOCK_WRITE_CACHE, __ATOMIC_RELAXED);
		return 0;
	case BLOCK_DISCARD: WRITE_ONCE(disk->limits.max_discard_bytes, 0); return error;
	case BLOCK_WRITE_ZEROES: WRITE_ONCE(disk->limits.max_zeroes_bytes, 0); return error;
	default: return -EIO;
	}
}

static const char *const operation_names[] = { "read", "write", "flush", "discard", "write-zeroes" };

static void report(const struct block_request *request, int error)
{
	if (!READ_ONCE(request->queue->device->failing))
		pr_err_ratelimited("block: %s: %s of %u bytes at sector %llu failed: error %d\n",
				   request->queue->device->whole.device.name,
				   operation_names[request->operation], request->bytes,
				   (unsigned long long)request->sector, error);
}

/* Preemption is off: who destroys the queue waits for that. */
void request_end(struct block_request *request, int error)
{
	struct block_queue *queue = request->queue;
	struct block_device *disk = queue->device;

	if (unlikely(error == -EOPNOTSUPP))
		error = learn(disk, request->operation, error);
	else if (unlikely(error))
		report(request, error);
	trace_block_rq_complete(request, error);
	if (latency_is_on(LATENCY_BLOCK))
		latency_note(LATENCY_BLOCK, request->operation, ktime_get_ns() - request->begun_ns);
	request_unbounce(request, !error && request->operation == BLOCK_READ);
	stat_end(request->bdev, request->operation, request->bytes,
		 ktime_get_ns() - request->begun_ns, request->nr_bios - 1);
	WRITE_ONCE(request->state, REQUEST_IDLE);
	for (u32 i = 0; i < request->nr_bios; i++)
		bio_part_ended(request->bios[i], error);
	request_free(request);
	queue_event(queue);
	if (unlikely(atomic_read(&disk->draining)))
		wake_up_all(&disk->drain_wait);
}

static void end_here(void *info)
{
	struct block_request *request = info;

	request_end(request, request->error);
}

/* The request is the caller's to end. */
static void end_owned(struct block_request *request, int error)
{
	struct block_device *disk = request->queue->device;

	if (unlikely(error == -EAGAIN)) {
		if (!READ_ONCE(disk->failing) && request->attempts <= disk->limits.retries) {
			queue_give_back(request);
			return;
		}
		error = -EIO;
	}
	if (unlikely(error == -ENODEV))
		error = -EIO;
	request->error = error;
	if (request->cpu != smp_processor_id()) {
		request->call.func = end_here;
		request->call.info = request;
		if (!smp_call_function_single_async(request->cpu, &request->call))
			return;
	}
	request_end(request, error);
}

bool block_complete(struct block_request *request, int error)
{
	u32 state = REQUEST_IN_FLIGHT;
	bool ours = true;

	preempt_disable();
	if (likely(try_cmpxchg(&request->state, &state, REQUEST_IDLE))) {
		end_owned(request, error);
	} else if (state == REQUEST_IN_TIMEOUT) {
		request->error = error;
		ours = try_cmpxchg(&request->state, &state, REQUEST_ENDED_LATE);
		/* the call for its time-out ended in between */
		if (!ours && state == REQUEST_IN_FLIGHT) {
			ours = try_cmpxchg(&request->state, &state, REQUEST_IDLE);
			if (ours)
				end_owned(request, error);
		}
	} else {
		ours = false;
	}
	preempt_enable();
	return ours;
}

void block_end_all(struct block_device *disk, int error)
{
	might_sleep();
	for (u32 i = 0; i < disk->nr_queues; i++)
		for (u32 tag = 0; tag < disk->queues[i]->depth; tag++)
			block_complete(&disk->queues[i]->requests[tag], error);
}

/* --- time-outs --- */

void queue_watch(struct block_queue *queue)
{
	WRITE_ONCE(queue->watching, true);
	queue_delayed_work(block_wq, &queue->timeout_work,
			   queue->device->limits.timeout_ms * NSEC_PER_MSEC);
}

/* What the driver allocates must not be made room for by writing to this very disk, which does not answer. */
static void call_timeout(struct block_request *request)
{
	struct block_queue *queue = request->queue;
	bool was;

	if (!queue->device->ops.timeout)
		return;
	was = thread_scope_enter(TF_NO_IO);
	queue->device->ops.timeout(queue, request, request->late);
	thread_scope_leave(TF_NO_IO, was);
}

static void tell_driver(struct block_request *request)
{
	struct block_queue *queue = request->queue;
	struct block_device *disk = queue->device;
	u32 state = REQUEST_IN_FLIGHT;

	if (!try_cmpxchg(&request->state, &state, REQUEST_IN_TIMEOUT))
		return;
	request->late++;
	pr_warn_ratelimited(
		"block: %s: %s at sector %llu (queue %u, tag %u) takes longer than %u ms\n",
		disk->whole.device.name, operation_names[request->operation],
		(unsigned long long)request->sector, queue->index, request->tag,
		disk->limits.timeout_ms);
	call_timeout(request);
	request->deadline_ns = ktime_get_ns() + disk->limits.timeout_ms * NSEC_PER_MSEC;
	state = REQUEST_IN_TIMEOUT;
	if (try_cmpxchg(&request->state, &state, REQUEST_IN_FLIGHT))
		return;
	preempt_disable();
	WRITE_ONCE(request->state, REQUEST_IDLE);
	end_owned(request, request->error);
	preempt_enable();
}

/* Tells the driver of late requests; how long until the next one may be late, 0: none is in flight. */
static u64 look(struct block_queue *queue)
{
	u64 now = ktime_get_ns(), next = 0;

	for (u32 tag = 0; tag < queue->depth; tag++) {
		struct block_request *request = &queue->requests[tag];
		u64 deadline;

		if (READ_ONCE(request->state) != REQUEST_IN_FLIGHT)
			continue;
		deadline = READ_ONCE(request->deadline_ns);
		if (deadline <= now) {
			tell_driver(request);
			deadline = now + NSEC_PER_MSEC;
		}
		next = next ? min(next, deadline - now) : deadline - now;
	}
	return next ? max(next, (u64)NSEC_PER_MSEC) : 0;
}

void queue_timeouts(struct work_struct *work)
{
	struct block_queue *queue = container_of(to_delayed_work(work), struct block_queue,
						 timeout_work);
	u64 next = look(queue);

	if (!next) {
		/* One submitted from here on arms it again; one before is seen by this look. */
		WRITE_ONCE(queue->watching, false);
		smp_mb();
		next = look(queue);
		if (!next)
			return;
		WRITE_ONCE(queue->watching, true);
	}
	queue_delayed_work(block_wq, &queue->timeout_work, next);
}
