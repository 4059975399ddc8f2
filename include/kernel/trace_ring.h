/* SPDX-License-Identifier: MIT */
/*
 * The trace ring: records of one CPU, written without locks, read while they are written.
 *
 * Writers are of the ring's own CPU, with preemption off, and may be interrupted by other writers,
 * NMIs included: reserve, fill in, commit, in this order. In overwrite mode they never wait for
 * readers: the oldest records go. Without it the newest are dropped.
 *
 * Readers copy records out, each with a cursor of its own. One that was overtaken goes on at what
 * is oldest then, and learns how many records it has missed. The cursor in the ring is that of
 * the consuming readers, who take turns under a lock of their own.
 *
 * A position counts bytes since the beginning and never wraps. Blocks are pages; a record does not
 * cross their border, so that each block begins with one and an overtaken reader finds its feet.
 */
#ifndef KERNEL_TRACE_RING_H
#define KERNEL_TRACE_RING_H

#include <arch/percpu.h>
#include <kernel/irq_work.h>
#include <lib/types.h>

#define TRACE_BLOCK	4096u

struct trace_record {
	/* of all, in bytes; TRACE_RECORD_PAD: nothing here up to the block's end */
	u32 size;
	u32 seq; /* counts the records of this ring */
	u64 ns;
	u8 data[];
};
#define TRACE_RECORD_PAD	0x80000000u
#define TRACE_RECORD_MAX	(TRACE_BLOCK - 96)	/* of data: also fits a page as Linux lays it out */

struct trace_cursor {
	u64 pos;
	u32 seq;  /* of the record that is expected */
	u32 lost; /* records missed so far; the reader takes note and sets it back */
};

/*
 * W: this CPU's writers. R: the consuming readers' lock. O: whoever sets rings up, with
 * recording off and no writer inside.
 */
struct trace_ring {
	/* These three change in one instruction of 16 bytes (ring.c). */
	u64 head __aligned(16); /* W: up to here it is reserved */
	u32 seq;		/* W: of the next record */
	u32 zero;		/* I */
	u64 commit;		/* W: up to here it is complete */
	unsigned int writers;	/* W: nesting */
	u64 nr_dropped;		/* W: the ring was full, or kept full by interrupted writers */
	bool recording;		/* any; read by writers */
	bool overwrite;		/* any */
	unsigned int nr_blocks; /* O */
	u8 **blocks;		/* O */
	u64 base;		/* R: what lies before was thrown away; read without */
	/* a position that a sleeping reader waits for; 0: none. Any, atomic */
	u64 wanted;
	struct irq_work wake;	  /* O: its function */
	struct trace_cursor read; /* R; pos is read by writers */
	u64 nr_read;		  /* R: consumed */
	u32 base_seq;		  /* R: records before base */
};

DECLARE_PER_CPU(struct trace_ring, trace_rings);

/* NULL: dropped. The end of what was begun: with commit in either case. */
void *trace_ring_reserve(struct trace_ring *ring, size_t size);
void trace_ring_commit(struct trace_ring *ring);

/*
 * Copies the record at the cursor to `to` (TRACE_BLOCK bytes) and puts the cursor on it; false:
 * there is none before `end`. trace_cursor_pass() goes on to the next.
 */
bool trace_ring_peek(struct trace_ring *ring, struct trace_cursor *cursor, u64 end,
		     struct trace_record *to);
void trace_cursor_pass(struct trace_cursor *cursor, const struct trace_record *record);
/* On the oldest record that is there. */
struct trace_cursor trace_ring_oldest(const struct trace_ring *ring);
u64 trace_ring_end(const struct trace_ring *ring);
/* What is in it is thrown away. Lock R. */
void trace_ring_clear(struct trace_ring *ring);

#endif
