// SPDX-License-Identifier: MIT
/*
 * faulty: a disk in memory that does what disks should not do, to test the block class: it loses requests, is busy, fails, answers late, out of order
 * and from another CPU. And it looks whether each request keeps to the limits that it declared.
 */
#include <kit/block.h>
#include <kit/errno.h>
#include <kit/lock.h>
#include <kit/log.h>
#include <kit/memory.h>
#include <kit/module.h>
#include <kit/param.h>
#include <kit/work.h>

static unsigned long size_kb = 16384;
module_param(size_kb, ulong, 0444);
static unsigned int queues = 1, depth = 4, block = 512, max_segments = 4, max_bytes = 32768,
		    timeout_ms = 200;
module_param(queues, uint, 0444);
module_param(depth, uint, 0444);
module_param(block, uint, 0444);
module_param(max_segments, uint, 0444);
module_param(max_bytes, uint, 0444);
module_param(timeout_ms, uint, 0444);
static unsigned long segment_boundary, virtual_boundary, dma_mask;
module_param(segment_boundary, ulong, 0444);
module_param(virtual_boundary, ulong, 0444);
module_param(dma_mask, ulong, 0444);
static bool fua;
module_param(fua, bool, 0444);
/* What to do, any time. */
static unsigned int late = 1; /* 0: ended in submit, 1: by a work item, the last first */
module_param(late, uint, 0644);
static unsigned int busy_every, again_every;
module_param(busy_every, uint, 0644);
module_param(again_every, uint, 0644);
/* so many requests from now on are not ended until their time-out */
static int lose;
module_param(lose, int, 0644);
static long bad_sector = -1; /* requests that touch it fail for good */
module_param(bad_sector, long, 0644);
static bool pulled; /* writing y: the device is pulled out */
module_param_named(gone, pulled, bool, 0644);
/* What was seen. */
static unsigned int violations, timeouts, flushes, fuas, most_bytes, requests;
module_param(violations, uint, 0444);
module_param(timeouts, uint, 0444);
module_param(flushes, uint, 0444);
module_param(fuas, uint, 0444);
module_param(most_bytes, uint, 0444);
module_param(requests, uint, 0444);

#define MAX_PENDING	4096u
#define SECTOR		512u

static struct block_device *disk;
static u8 *memory;
static spinlock_t lock; /* all below */
static struct block_request *pending[MAX_PENDING];
static u32 nr_pending;
static struct block_request *lost[MAX_PENDING];
static u32 nr_lost;
static u32 submits;
static struct work end_work;

static void violation(const char *what, const struct block_request *request)
{
	violations++;
	pr_err("a request breaks the limits: %s (sector %llu, %u bytes, %u segments)\n", what,
	       (unsigned long long)block_request_sector(request), block_request_bytes(request),
	       block_request_segments(request));
}

static void check(const struct block_request *request)
{
	u32 n = block_request_segments(request), bytes = 0;
	u64 end = 0;

	if (block_request_operation(request) > BLOCK_WRITE)
		return;
	if (n > max_segments || !n)
		violation("segments", request);
	if (block_request_bytes(request) > max_bytes || !block_request_bytes(request) ||
	    block_request_bytes(request) % block)
		violation("bytes", request);
	if (block_request_sector(request) * SECTOR % block)
		violation("sector", request);
	for (u32 i = 0; i < n; i++) {
		u64 address;
		u32 length = block_request_segment(request, i, &address);

		if (segment_boundary &&
		    address / segment_boundary != (address + length - 1) / segment_boundary)
			violation("segment boundary", request);
		if (virtual_boundary && i && (end % virtual_boundary || address % virtual_boundary))
			violation("virtual boundary", request);
		if (dma_mask && address + length - 1 > dma_mask)
			violation("reach", request);
		end = address + length;
		bytes += length;
	}
	if (bytes != block_request_bytes(request))
		violation("sum of segments", request);
	if (bytes > most_bytes)
		most_bytes = bytes;
}

static void move(const struct block_request *request)
{
	u8 *at = memory + block_request_sector(request) * SECTOR;
	bool write = block_request_operation(request) == BLOCK_WRITE;
	u64 unused;

	for (u32 i = 0; i < block_request_segments(request); i++) {
		u32 length = block_request_segment(request, i, &unused);
		void *segment = block_request_memory(request, i);

		memcpy(write ? at : segment, write ? segment : at, length);
		at += length;
	}
}

static int carry_out(const struct block_request *request)
{
	u64 first = block_request_sector(request), sectors = block_request_bytes(request) / SECTOR;

	if (bad_sector >= 0 && (u64)bad_sector >= first && (u64)bad_sector < first + sectors)
		return -ENODATA;
	switch (block_request_operation(request)) {
	case BLOCK_READ:
	case BLOCK_WRITE:
		move(request);
		if (block_request_flags(request) & BLOCK_FUA)
			fuas++;
		return 0;
	case BLOCK_FLUSH: flushes++; return 0;
	case BLOCK_DISCARD: memset(memory + first * SECTOR, 0, sectors * SECTOR); return 0;
	default: return -EOPNOTSUPP;
	}
}

static void end_pending(struct work *work)
{
	for (;;) {
		struct block_request *request = NULL;
		u64 flags = spin_lock_save(&lock);

		if (nr_pending)
			request = pending[--nr_pending];
		spin_unlock_restore(&lock, flags);
		if (!request)
			return;
		block_complete(request, again_every && ++submits % again_every == 0
						? -EAGAIN
						: carry_out(request));
	}
}

static int submit(struct block_queue *queue, struct block_request *request)
{
	u64 flags = spin_lock_save(&lock);
	bool keep = lose > 0, busy = busy_every && ++submits % busy_every == 0;

	if (busy) {
		spin_unlock_restore(&lock, flags);
		work_schedule(&end_work);
		block_ready(queue);
		return -EAGAIN;
	}
	requests++;
	check(request);
	if (keep) {
		lose--;
		lost[nr_lost++] = request;
	} else if (late) {
		pending[nr_pending++] = request;
	}
	spin_unlock_restore(&lock, flags);
	if (!keep && !late)
		block_complete(request, carry_out(request));
	if (late)
		work_schedule(&end_work);
	return 0;
}

/* The first time nothing helps; the second time it is tried anew. */
static void timeout(struct block_queue *queue, struct block_request *request, u32 times)
{
	u64 flags = spin_lock_save(&lock);
	bool found = false;

	timeouts++;
	for (u32 i = 0; i < nr_lost && times > 1 && !found; i++) {
		found = lost[i] == request;
		if (found)
			lost[i] = lost[--nr_lost];
	}
	spin_unlock_restore(&lock, flags);
	if (found)
		block_complete(request, -EAGAIN);
}

static const struct block_operations operations = {
	.size = sizeof(operations),
	.submit = submit,
	.timeout = timeout,
};

static struct work gone_work;
static bool stop;

/* The device is pulled out while requests are under way. What it does for them ends first: their memory is somebody else's afterwards. */
static void look_if_gone(struct work *work)
{
	if (pulled) {
		block_quiesce(disk);
		work_cancel(&end_work);
		lose = 0;
		nr_lost = nr_pending = 0;
		block_gone(disk);
		block_end_all(disk, -ENODEV);
		block_resume(disk);
	} else if (!stop) {
		work_schedule_delayed(&gone_work, 10000000);
	}
}

static int __init faulty_init(void)
{
	struct block_params params = {
		.size = sizeof(params),
		.features = BLOCK_CPU_DATA | BLOCK_WRITE_CACHE | (fua ? BLOCK_HAS_FUA : 0),
		.name = "faulty",
		.operations = &operations,
		.nr_sectors = size_kb * 2,
		.nr_queues = queues,
		.depth = depth,
		.logical_block = block,
		.max_bytes = max_bytes,
		.max_segments = max_segments,
		.max_segment_bytes = 8192,
		.segment_boundary = segment_boundary,
		.virtual_boundary = virtual_boundary,
		.dma_mask = dma_mask,
		.max_discard_bytes = 65536,
		.timeout_ms = timeout_ms,
	};

	memory = vzalloc(size_kb << 10);
	if (!memory)
		return -ENOMEM;
	work_setup(&end_work, end_pending);
	work_setup(&gone_work, look_if_gone);
	disk = block_register(THIS_MODULE, NULL, &params);
	if (IS_ERR(disk)) {
		vfree(memory);
		return PTR_ERR(disk);
	}
	work_schedule(&gone_work);
	return 0;
}

static void faulty_exit(void)
{
	stop = true;
	block_unregister(disk);
	work_cancel(&gone_work);
	work_cancel(&end_work);
	vfree(memory);
}

module_init(faulty_init);
module_exit(faulty_exit);
MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("A disk with faults, for tests of the block class");
