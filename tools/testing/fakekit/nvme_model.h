/* SPDX-License-Identifier: MIT */
/*
 * An NVM Express controller for the test of modules/nvme: registers, admin and I/O queues with phases, PRP lists, identify, abort, asynchronous events,
 * flush, FUA, deallocation; with what may go wrong as fields that a test sets. It complains of what a driver must not do (a doorbell of no
 * queue, a ring that overflows, pointers that are not aligned, a range behind the end).
 */
#ifndef NVME_MODEL_H
#define NVME_MODEL_H

#include <kit/types.h>

#define MODEL_QUEUES		9u	/* the admin queue and 8 pairs */
#define MODEL_NAMESPACES	4u
#define MODEL_BLOCKS		4096u

struct model_namespace {
	bool active;
	u32 shift; /* log2 of a block's bytes */
	u64 blocks;
	u32 metadata;
	u8 *bytes; /* MODEL_BLOCKS blocks */
};

extern struct model {
	struct device *device;
	struct model_namespace namespaces[MODEL_NAMESPACES]; /* NSID 1 is [0] */
	u32 pairs;					     /* that it lends */
	u32 mdts;
	u32 latency_ns;	   /* of a command */
	u32 io_latency_ns; /* of an I/O command; 0: the same */
	/* What goes wrong. */
	bool never_ready, never_off, fatal_at_start, never_shut_down;
	u32 refuse_admin, mute_admin; /* opcode + 1: fails with status / is never answered */
	u32 refuse_status;
	u32 skip_refusals;    /* so many commands of that opcode are still answered */
	u32 mute_status_once; /* that muting ends with the first one */
	u32 lose_interrupts;  /* so many do not come */
	bool spare_admin;     /* but not those of the admin queue */
	/* so many I/O commands from now on are not ended, until they are aborted */
	u32 stuck;
	u32 stuck_queue;       /* only those of this queue; 0: of any */
	bool no_aborts;	       /* aborts have no effect */
	bool mute_aborts;      /* aborts are not even answered */
	u32 fatal_after;       /* the n-th I/O command from now on breaks it; 0: none */
	u32 fail, fail_status; /* so many I/O commands fail */
	bool shuffle;	       /* ends commands in any order */
	u32 duplicate;	       /* so many ends come twice */
	/* so many ends are preceded by one of a command that nobody gave */
	u32 wrong_ids;
	/* so many muted admin commands are carried out after a second all the same */
	u32 late_writes;
	/* What was seen. */
	u32 starts, flushes, fuas, lists, longest_list, aborts, discards, zeroes,
		in_queue[MODEL_QUEUES], most_held, events_asked;
	bool was_shut_down;
} model;

struct device *model_create(u32 messages); /* messages of MSI-X; 0: a line only */
void model_fatal(void);			   /* says that it is broken */
/* A namespace comes, goes or changes size: the controller tells. */
void model_namespace_changed(void);
void model_namespace_make(u32 number, u32 shift, u64 blocks);

#endif
