/* SPDX-License-Identifier: MIT */
/*
 * NVM Express disks.
 *
 *	pci.c		the bus: probe, remove
 *	controller.c	switching it on and off, admin commands, identify, reset
 *	queue.c		queue pairs: entries, doorbells, completions
 *	namespace.c	the block class: requests become commands; time-outs
 *
 * There is one I/O queue pair for each CPU, as far as the controller and its interrupts allow, all namespaces sharing it. Each pair has a table of its
 * commands: the identifier is the place in it, with the turn that the place is at, so an end that comes twice is none. A pair is never
 * overfull: who finds no place is told when there may be one again (ready_work).
 *
 * When a command takes too long: first the completion queue is looked at (a lost interrupt), then the command is aborted, and the next time
 * the controller is reset: everything in flight is submitted anew. A controller that cannot be brought back is given up and its disks fail.
 *
 * The controller tells of namespaces that come, go or change (an asynchronous event); event_work looks at all of them then, as probe does.
 *
 * Order of locks: namespaces_lock, admin_mutex, look_mutex, submit_lock, complete_lock. A reset has namespaces_lock throughout; who waits for an answer of the
 * controller has admin_mutex, and is cut short by it.
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

/* Identifiers of admin commands: of the one that somebody waits for, another one each time. */
enum nvme_admin_id { NVME_ID_ABORT = 1, NVME_ID_EVENT = 2, NVME_ID_SYNC = 0x100 };
#define NVME_ID_PLACE(id)	((id) & 0xff)	/* of I/O commands */
#define NVME_ID_TURN(id)	((id) >> 8)

struct device;
struct nvme;

/*
 * A queue pair.
 *	I	immutable while the controller is on
 *	S	submit_lock (interrupts off)
 *	C	complete_lock (interrupts off)
 *	A	atomic
 */
struct nvme_place {
	struct block_request *request; /* A: NULL: free */
	/* who took it last counts it on, before it puts its request in */
	u32 turn;
};

struct nvme_queue {
	struct nvme *nvme;				  /* I */
	u32 id, entries;				  /* I */
	u32 vector;					  /* I */
	struct nvme_command *commands;			  /* S */
	volatile struct nvme_completion *completions;	  /* C */
	dma_addr_t commands_address, completions_address; /* I */
	u8 *lists;					  /* I: NVME_LIST_BYTES for each place */
	dma_addr_t lists_address;			  /* I */
	/* I: of submissions; that of completions is one stride behind */
	u8 __iomem *doorbell;
	/* I: nr_places of them, one less than entries; the admin queue has none */
	struct nvme_place *places;
	u32 nr_places; /* I */
	u32 hint;      /* A: where a free place may be */
	u32 starved;   /* A: somebody found none */
	spinlock_t submit_lock;
	u32 tail, rung; /* S: next entry; what the controller was told */
	spinlock_t complete_lock;
	u32 head;  /* C */
	u32 phase; /* C */
	bool on;   /* S: the controller has it */
};

struct nvme_namespace {
	struct nvme_namespace *next;
	struct nvme *nvme;
	/* NULL: not registered; set by the first submit or registration */
	struct block_device *disk;
	bool quiesced; /* by the reset that is under way */
	u32 number;    /* NSID */
	u32 shift;     /* log2 of a block's bytes */
};

struct nvme {
	struct nvme *next; /* controllers_lock: all of them */
	struct device *device;
	u32 instance; /* 0 of nvme0 */
	u8 __iomem *registers;
	u64 cap;
	u32 stride; /* bytes between doorbells */
	u32 nr_vectors;
	struct nvme_queue admin;
	struct nvme_queue *queues; /* nr_queues of them */
	u32 nr_queues, queue_entries;
	/* the list; changed by probe, remove and event_work only, one at a time */
	struct mutex namespaces_lock;
	struct nvme_namespace *namespaces;
	u32 nr_namespaces; /* highest number that is possible */
	u32 max_bytes;
	bool can_discard, can_zero, has_cache, tells;
	/* A: from one reset to the next; odd: a reset is wanted, or under way */
	u32 life;
	bool dead; /* namespaces_lock: given up */
	bool live; /* its disks may come and go: between probe and remove */
	char model[41], serial[21], firmware[9];
	struct mutex
		look_mutex; /* who looks for completions without an interrupt, so that it can be waited for */
	struct mutex admin_mutex; /* one synchronous command at a time */
	struct completion admin_done;
	u32 admin_turn; /* admin_mutex */
	/* A: identifier of the command that is waited for; who makes it 0 ends the wait */
	u32 admin_waits;
	u32 admin_status, admin_result; /* written before that */
	atomic_t aborting;		/* an abort is under way */
	atomic_t asking;		/* for an event */
	atomic_t event;			/* what the controller last told */
	struct work reset_work, event_work, ready_work;
};

/* queue.c */
/* places: how many commands may be under way that a request stands for. */
int nvme_queue_alloc(struct nvme *nvme, struct nvme_queue *queue, u32 id, u32 entries, u32 places);
/* empty, as the controller sees it after a reset */
void nvme_queue_restart(struct nvme_queue *queue);
/* An identifier for a command of that request; false: none is free, ready_work will tell. */
bool nvme_queue_enter(struct nvme_queue *queue, struct block_request *request, u32 *id);
/* Whose command that was, NULL: nobody's; the identifier is free. */
struct block_request *nvme_queue_leave(struct nvme_queue *queue, u32 id);
/* Puts a command into the queue, and rings unless it is to be rung later. False: the controller is off. Any context. */
bool nvme_queue_submit(struct nvme_queue *queue, const struct nvme_command *command, bool ring);
void nvme_queue_ring(struct nvme_queue *queue);
/* Ends what the controller has completed; how many. Interrupt handlers, and the two below. */
u32 nvme_queue_reap(struct nvme_queue *queue);
/* The same for who is no interrupt handler: sleeps, and has done when nvme_reap_all() comes back. */
u32 nvme_queue_look(struct nvme_queue *queue);
void nvme_reap_all(struct nvme *nvme);
void nvme_queue_stop(struct nvme_queue *queue); /* nothing is submitted any more */
int nvme_connect_admin(struct nvme *nvme);
int nvme_connect_queues(struct nvme *nvme); /* when they are there */

/* controller.c */
int nvme_controller_start(struct nvme *nvme); /* on, with its admin queue */
/* and its I/O queues; admin_mutex is held */
int nvme_controller_queues(struct nvme *nvme);
/* Off: 0, or -ETIMEDOUT: it does not stop, and is cut off from memory. */
int nvme_controller_disable(struct nvme *nvme);
void nvme_controller_shutdown(struct nvme *nvme);
int nvme_controller_identify(struct nvme *nvme);
/*
 * Sleeps: 0, -EIO: refused by the controller, -ENODEV: it is off, or was switched off meanwhile, -ETIMEDOUT: no answer; then it is off, so that it does not
 * answer later into memory that is not its any more, and will be reset.
 */
int nvme_admin(struct nvme *nvme, struct nvme_command *command, u32 *result);
void nvme_admin_completed(struct nvme *nvme, const volatile struct nvme_completion *entry);
bool nvme_abort(struct nvme_queue *queue, u32 id); /* false: another one is under way */
void nvme_ask_for_events(struct nvme *nvme);
void nvme_event_work(struct work *work);
void nvme_reset_work(struct work *work);
u32 nvme_life(const struct nvme *nvme);
void nvme_want_reset(struct nvme *nvme, u32 life); /* in which something was wrong */
void nvme_give_up(struct nvme *nvme);		   /* the hardware is gone */
bool nvme_is_gone(const struct nvme *nvme);

/* namespace.c */
int nvme_namespaces_scan(struct nvme *nvme); /* as the controller has them now */
void nvme_namespaces_unregister(struct nvme *nvme);
void nvme_ready_work(struct work *work);			   /* all disks may submit again */
void nvme_completed(struct nvme_queue *queue, u32 id, u32 status); /* an I/O command */

#endif
