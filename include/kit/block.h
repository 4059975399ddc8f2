/* SPDX-License-Identifier: MIT */
/*
 * Kit: block devices: disks of all kinds.
 *
 * The driver declares its limits once and gets requests that fit them, by submit(queue, request). Splitting and merging, bouncing for memory
 * that the device does not reach, time-outs, retries, the table of requests in flight, partitions, statistics, the page cache and the special
 * files are the core's.
 *
 * Queues. A device has up to one queue per CPU; queue i serves CPU i, and CPUs i + n, i + 2n ... when there are n queues. Calls of submit and
 * commit for one queue are serialised; those of different queues run in parallel. A request has a tag, 0 to depth - 1, that is its own in
 * its queue until it is ended. block_complete may be called by any CPU in any context but NMI, from within submit too, and while submit of the
 * same queue runs: what completion and submission share is the driver's to guard. submit and commit do not sleep, and may not assume
 * that they interrupt anything. timeout is called by a thread, and what it allocates starts no I/O: it fails sooner instead. A work item that
 * requests in flight wait for has no such scope, and does not allocate (or by kzalloc_atomic).
 *
 * Ending. Each request that submit took is ended once by block_complete, after which the device does not touch its memory any more. When a
 * device has lost its mind: block_quiesce (nothing is submitted any more), silence the hardware, block_end_all(device, -EAGAIN) (everything in
 * flight will be submitted anew), set it up again, block_resume.
 *
 * Going away. When the owner goes, or by block_unregister: programs get EIO from then on, what waits is failed, what is in flight is
 * waited for. A driver whose device was pulled out calls block_gone first, and block_end_all(device, -ENODEV) when the hardware is silent.
 *
 * Unless a comment says otherwise: any context; never sleeps; cannot fail; what is returned stays
 * whose it was.
 *
 * State: draft.
 */
#ifndef KIT_BLOCK_H
#define KIT_BLOCK_H

#include <kit/abi.h>
#include <kit/errno.h>
#include <kit/types.h>

struct device;
struct module;
struct block_device;  /* opaque: one disk */
struct block_queue;   /* opaque */
struct block_request; /* opaque */

enum kit_block_constants {
	/* Operations of requests. */
	BLOCK_READ = 0,
	BLOCK_WRITE = 1,
	/* what was written and completed before becomes durable; no sectors */
	BLOCK_FLUSH = 2,
	BLOCK_DISCARD = 3,	/* the sectors are not needed any more; no data */
	BLOCK_WRITE_ZEROES = 4, /* they read as zeroes afterwards; no data */
	/* Flags of requests. */
	/* a write that is durable when it completes; only for drivers that have BLOCK_HAS_FUA */
	BLOCK_FUA = 0x1,
	/* Features of a device. */
	/* completed writes may be lost with the power: gets BLOCK_FLUSH */
	BLOCK_WRITE_CACHE = 0x1,
	BLOCK_HAS_FUA = 0x2,
	BLOCK_ROTATIONAL = 0x4,
	BLOCK_READ_ONLY = 0x8,
	BLOCK_REMOVABLE = 0x10, /* the medium can be changed */
	BLOCK_CPU_DATA =
		0x20, /* the driver moves data itself (PIO, memory): block_request_memory; no device addresses */
	BLOCK_SYNCHRONOUS = 0x40, /* requests are complete when submit returns: no time-outs */
};

struct block_operations {
	u32 size; /* sizeof(struct block_operations) */
	struct kit_marker kit_0_1;
	u32 reserved;
	/* Starts it: 0. -EAGAIN: not now; the core keeps it until a request of this queue ends or block_ready. Any other error ends it. */
	int (*submit)(struct block_queue *queue, struct block_request *request);
	/* After one or more submits: tell the device (ring the doorbell). May be NULL. */
	void (*commit)(struct block_queue *queue);
	/*
	 * The request has been in flight for timeout_ms, or that long since this was called last; times counts the calls for it from 1 on. The
	 * driver looks for a lost interrupt, aborts, or schedules a reset, and ends the request sooner or later. NULL: the core only logs it.
	 */
	void (*timeout)(struct block_queue *queue, struct block_request *request, u32 times);
};

struct block_params {
	u32 size; /* sizeof(struct block_params) */
	struct kit_marker kit_0_1;
	u32 features;	  /* BLOCK_WRITE_CACHE ... */
	const char *name; /* as in /dev: "nvme0n1"; copied */
	/* stays where it is until the device is gone */
	const struct block_operations *operations;
	void *data;	/* block_data() */
	u64 nr_sectors; /* of 512 bytes */
	/* highest address that the device reaches, all ones below; 0: all of them */
	u64 dma_mask;
	u32 nr_queues; /* 1 to block_max_queues() */
	u32 depth;     /* requests in flight in a queue, 1 to 4096 */
	/* the driver's own in each request, zeroed once, aligned to 16; at most 4096 */
	u32 private_bytes;
	/* bytes: what reads and writes are multiples of: 512 to 4096 */
	u32 logical_block;
	/* bytes: what the device writes at once; 0: logical_block */
	u32 physical_block;
	u32 io_min, io_opt;    /* bytes: good sizes of transfers; 0: unknown */
	u32 max_bytes;	       /* of one request; 0: 1 MiB */
	u32 max_segments;      /* 1 to 256; 0: 128 */
	u32 max_segment_bytes; /* 0: 64 KiB */
	/* bytes: addresses and lengths of segments are multiples; 0: 4 */
	u32 dma_alignment;
	/* a power of 2 that no segment crosses (IDE: 64 KiB); 0: none */
	u64 segment_boundary;
	/* a power of 2: between segments, ends and starts lie at multiples of it (NVMe's PRPs); 0: none */
	u64 virtual_boundary;
	u64 max_discard_bytes;	 /* 0: cannot discard */
	u32 discard_granularity; /* bytes; 0: logical_block */
	u32 timeout_ms;		 /* 0: 30 s */
	u64 max_zeroes_bytes;	 /* 0: cannot write zeroes */
	/* how often a request that ended with -EAGAIN is submitted anew; 0: 5 */
	u32 retries;
	u32 reserved;
	/* shown beside the parent device in /sys; copied; may be NULL */
	const char *model, *serial, *firmware;
};

/* How many queues are of use here: the number of CPUs. Any context. Since 0.1. */
u32 block_max_queues(void) KIT_SYMBOL(block_max_queues);
/*
 * Makes the disk, reads its partitions and shows it: submit is called before this returns. Its owner is parent, or, with parent NULL, the
 * module. ERR_PTR: -EINVAL, -EEXIST, -ENOMEM, -E2BIG. Sleeps. Since 0.1.
 */
struct block_device *block_register(struct module *owner, struct device *parent,
				    const struct block_params *params)
	KIT_SYMBOL(block_register) __must_check;
/* Gone when this returns: no call of the driver runs, none comes, no request is in flight. Also done when the owner goes. Sleeps. Since 0.1. */
void block_unregister(struct block_device *device) KIT_SYMBOL(block_unregister);
/*
 * The first half of that: what is cached is written (unless the disk is gone), everything that comes fails, nothing is in flight. The handle is
 * good until block_unregister, so that a reset that was under way can end. Sleeps. Since 0.1.
 */
void block_shut_down(struct block_device *device) KIT_SYMBOL(block_shut_down);
/* The hardware is not there any more: requests are failed without asking the driver. Those in flight are left. Any context. Since 0.1. */
void block_gone(struct block_device *device) KIT_SYMBOL(block_gone);
/* A new size: open files see it, partitions are read again when nobody uses them. Sleeps. Since 0.1. */
void block_set_capacity(struct block_device *device, u64 nr_sectors) KIT_SYMBOL(block_set_capacity);

/* No submit runs and none begins until block_resume; both nest. Sleeps. Since 0.1. */
void block_quiesce(struct block_device *device) KIT_SYMBOL(block_quiesce);
/* As block_quiesce, and nothing is in flight: 0, or -ETIMEDOUT (then it is as before). Sleeps. Since 0.1. */
int block_freeze(struct block_device *device, u32 timeout_ms) KIT_SYMBOL(block_freeze) __must_check;
/* Undoes one block_quiesce or block_freeze. Any context. Since 0.1. */
void block_resume(struct block_device *device) KIT_SYMBOL(block_resume);

/* The driver's own pointer, params.data. Since 0.1. */
void *block_data(const struct block_device *device) KIT_SYMBOL(block_data);
/* The disk that a queue is of. Since 0.1. */
struct block_device *block_queue_device(const struct block_queue *queue)
	KIT_SYMBOL(block_queue_device);
/* Which queue of its disk it is, from 0 on. Since 0.1. */
u32 block_queue_index(const struct block_queue *queue) KIT_SYMBOL(block_queue_index);
/* The request in flight with that tag, NULL if there is none (the device said nonsense). Any context. Since 0.1. */
struct block_request *block_queue_request(struct block_queue *queue, u32 tag)
	KIT_SYMBOL(block_queue_request);
/* The queue number index of a disk, NULL: it has fewer. Since 0.1. */
struct block_queue *block_device_queue(struct block_device *device, u32 index)
	KIT_SYMBOL(block_device_queue);
/* After submit said -EAGAIN: it may be asked again. Any context but NMI. Since 0.1. */
void block_ready(struct block_queue *queue) KIT_SYMBOL(block_ready);

/* BLOCK_READ or another operation. Of a request in flight. Since 0.1. */
u32 block_request_operation(const struct block_request *request)
	KIT_SYMBOL(block_request_operation);
/* Flags: BLOCK_FUA or 0. Of a request in flight. Since 0.1. */
u32 block_request_flags(const struct block_request *request) KIT_SYMBOL(block_request_flags);
/* The first, of 512 bytes. Of a request in flight. Since 0.1. */
u64 block_request_sector(const struct block_request *request) KIT_SYMBOL(block_request_sector);
/* A multiple of the logical block. Of a request in flight. Since 0.1. */
u32 block_request_bytes(const struct block_request *request) KIT_SYMBOL(block_request_bytes);
/* Its number in its queue. Of a request in flight. Since 0.1. */
u32 block_request_tag(const struct block_request *request) KIT_SYMBOL(block_request_tag);
/* The driver's own bytes in it, params.private_bytes of them: good until the request is ended. Since 0.1. */
void *block_request_private(const struct block_request *request) KIT_SYMBOL(block_request_private);
/* The queue that it is in flight in. Since 0.1. */
struct block_queue *block_request_queue(const struct block_request *request)
	KIT_SYMBOL(block_request_queue);
/* How many segments of memory it has; 0 for one without data. Since 0.1. */
u32 block_request_segments(const struct block_request *request) KIT_SYMBOL(block_request_segments);
/* Segment index of a request in flight: its bytes, and in *address where the device finds it. Since 0.1. */
u32 block_request_segment(const struct block_request *request, u32 index, u64 *address)
	KIT_SYMBOL(block_request_segment);
/* The address of segment index for the CPU, good until the request is ended: for drivers with BLOCK_CPU_DATA. Since 0.1. */
void *block_request_memory(const struct block_request *request, u32 index)
	KIT_SYMBOL(block_request_memory);

/*
 * Ends a request. error: 0; -EAGAIN: try again (at most params.retries times, then EIO); -EIO; -ENODATA: the medium is bad there; -EOPNOTSUPP: the
 * device has not this operation (the core does without); -ENOSPC; -ENODEV. False when it was not in flight. Any context but NMI. Since 0.1.
 */
bool block_complete(struct block_request *request, int error) KIT_SYMBOL(block_complete);
/* Ends everything in flight: the device has been quiesced or is gone, its hardware is silent. Sleeps. Since 0.1. */
void block_end_all(struct block_device *device, int error) KIT_SYMBOL(block_end_all);

KIT_HEADER(block, 1);

#endif
