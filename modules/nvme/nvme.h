/* SPDX-License-Identifier: MIT */
/*
 * NVM Express disks.
 *
 *	pci.c		the bus: probe, remove
 *	controller.c	switching it on and off, admin commands, identify, reset
 *	queue.c		queue pairs: entries, doorbells, completions
 *	namespace.c	the block class: requests become commands; time-outs
 *
 * There is one I/O queue pair for each CPU, as far as the controller and its interrupts allow, all namespaces sharing it. A command's identifier is
 * its request's tag behind what the namespaces before have: so the pair never overflows, and a completion finds its request by itself.
 *
 * When a command takes too long: first the completion queue is looked at (a lost interrupt), then the command is aborted, and the next time
 * the controller is reset: everything in flight is submitted anew. A controller that cannot be brought back is given up and its disks fail.
 */
#ifndef NVME_H
#define NVME_H

#include <kit/block.h>
#include <kit/lock.h>
#include <kit/mmio.h>
#include <kit/types.h>
#include <kit/wait.h>
#include <kit/work.h>

#include "nvme_regs.h"

#define NVME_PAGE		4096u
#define NVME_ADMIN_DEPTH	32u
#define NVME_DEPTH		128u		/* commands in flight in a pair, all namespaces together */
#define NVME_MAX_BYTES		(512u << 10)
#define NVME_LIST_BYTES		1024u		/* 128 pointers: what a request of NVME_MAX_BYTES needs */

enum nvme_admin_id { NVME_ID_SYNC, NVME_ID_ABORT };	/* of admin commands */

struct device;
struct nvme;

/*
 * A queue pair.
 *	I	immutable while the controller is on
 *	S	submit_lock (interrupts off)
 *	C	complete_lock (interrupts off)
 */
struct nvme_queue {
	struct nvme *nvme;		/* I */
	u32 id, entries;		/* I */
	u32 vector;			/* I */
	struct nvme_command *commands;	/* S */
	volatile struct nvme_completion *completions;	/* C */
	dma_addr_t commands_address, completions_address;	/* I */
	u8 *lists;			/* I: NVME_LIST_BYTES for each command identifier */
	dma_addr_t lists_address;	/* I */
	u8 __iomem *doorbell;		/* I: of submissions; that of completions is one stride behind */
	spinlock_t submit_lock;
	u32 tail, rung;			/* S: next entry; what the controller was told */
	spinlock_t complete_lock;
	u32 head;			/* C */
	u32 phase;			/* C */
	bool on;			/* S: the controller has it */
};

struct nvme_namespace {
	struct nvme_namespace *next;
	struct nvme *nvme;
	struct block_device *disk;	/* NULL: not registered; set by the first submit or registration */
	bool quiesced;			/* by the reset that is under way */
	u32 number;			/* NSID */
	u32 shift;			/* log2 of a block's bytes */
	u32 first_id;			/* of its command identifiers */
	u32 depth;
};

struct nvme {
	struct nvme *next;		/* controllers_lock: all of them */
	struct device *device;
	u32 instance;			/* 0 of nvme0 */
	u8 __iomem *registers;
	u64 cap;
	u32 stride;			/* bytes between doorbells */
	u32 nr_vectors;
	struct nvme_queue admin;
	struct nvme_queue *queues;	/* nr_queues of them */
	u32 nr_queues, queue_entries;
	struct nvme_namespace *namespaces;
	u32 nr_namespaces;
	u32 max_bytes;
	bool can_discard, can_zero, has_cache, dead;
	char model[41], serial[21], firmware[9];
	struct mutex admin_mutex;	/* one synchronous command at a time */
	struct completion admin_done;
	u32 admin_status, admin_result;
	atomic_t aborting;		/* an abort is under way */
	struct work reset_work;
};

/* queue.c */
int nvme_queue_alloc(struct nvme *nvme, struct nvme_queue *queue, u32 id, u32 entries, u32 ids);
void nvme_queue_restart(struct nvme_queue *queue);	/* empty, as the controller sees it after a reset */
/* Puts a command into the queue, and rings unless it is to be rung later. False: the controller is off. Any context. */
bool nvme_queue_submit(struct nvme_queue *queue, const struct nvme_command *command, bool ring);
void nvme_queue_ring(struct nvme_queue *queue);
/* Ends what the controller has completed; how many. Any context. */
u32 nvme_queue_reap(struct nvme_queue *queue);
void nvme_queue_stop(struct nvme_queue *queue);		/* nothing is submitted any more */
int nvme_connect_admin(struct nvme *nvme);
int nvme_connect_queues(struct nvme *nvme);		/* when they are there */

/* controller.c */
int nvme_controller_start(struct nvme *nvme);		/* on, with its admin queue */
int nvme_controller_queues(struct nvme *nvme);		/* and its I/O queues */
void nvme_controller_disable(struct nvme *nvme);
void nvme_controller_shutdown(struct nvme *nvme);
int nvme_controller_identify(struct nvme *nvme);
int nvme_admin(struct nvme *nvme, struct nvme_command *command, u32 *result);
void nvme_admin_completed(struct nvme *nvme, const volatile struct nvme_completion *entry);
void nvme_abort(struct nvme_queue *queue, u32 id);
void nvme_reset(struct work *work);
void nvme_give_up(struct nvme *nvme);
bool nvme_is_gone(const struct nvme *nvme);

/* namespace.c */
int nvme_namespaces_find(struct nvme *nvme);
int nvme_namespaces_register(struct nvme *nvme);
void nvme_namespaces_unregister(struct nvme *nvme);
void nvme_completed(struct nvme_queue *queue, u32 id, u32 status);	/* an I/O command */

#endif
