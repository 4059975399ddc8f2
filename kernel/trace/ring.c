/* SPDX-License-Identifier: MIT */
/*
 * The trace ring (kernel/trace_ring.h).
 *
 * A writer takes its place by moving `head`, in one instruction that no interrupt divides. Time
 * is read before, and again when another writer was quicker: so times never go back along the ring.
 * Only the outermost writer moves `commit`, when all who interrupted it are done; it looks
 * again whether one came while it was doing so.
 *
 * An interrupted writer's place must not be overwritten by those who interrupt it: they stay within
 * one ring's length of `commit`, which cannot move meanwhile.
 *
 * Order between writer and reader: head is moved before a record is written there, so a reader
 * that still finds head within a ring's length after it has copied a record has copied it whole.
 */
#include <arch/barrier.h>
#include <arch/clock.h>
#include <arch/cpu.h>
#include <kernel/atomic.h>
#include <kernel/trace_ring.h>
#include <lib/kernel.h>
#include <lib/string.h>

DEFINE_PER_CPU(struct trace_ring, trace_rings);

static u64 ring_bytes(const struct trace_ring *ring)
{
	return (u64)ring->nr_blocks * TRACE_BLOCK;
}

static struct trace_record *record_at(const struct trace_ring *ring, u64 pos)
{
	u8 *block = ring->blocks[pos / TRACE_BLOCK % ring->nr_blocks];

	return (struct trace_record *)(block + pos % TRACE_BLOCK);
}

/* ---- writing ---- */

/*
 * Takes a place and its number, if nobody has since they were read; else says what they are now.
 * Atomic against interrupts of this CPU, which is all that is needed. A processor of before 2006
 * has no instruction for both: an NMI between the two then gets the number of whom it interrupted.
 */
static bool move_head(struct trace_ring *ring, u64 *old, u32 *seq, u64 new)
{
	u64 number = *seq;
	bool ok;

	if (likely(cpu_has(CPU_FEATURE_CX16))) {
		asm volatile("cmpxchg16b %1"
			     : "=@ccz"(ok), "+m"(*(unsigned __int128 *)&ring->head), "+a"(*old),
			       "+d"(number)
			     : "b"(new), "c"((u64)(u32)(number + 1))
			     : "memory");
		*seq = number;
		return ok;
	}
	asm volatile("cmpxchgq %3, %1"
		     : "=@ccz"(ok), "+m"(ring->head), "+a"(*old)
		     : "r"(new)
		     : "memory");
	if (ok)
		asm volatile("incl %0" : "+m"(ring->seq));
	else
		*seq = READ_ONCE(ring->seq);
	return ok;
}

static bool has_room(const struct trace_ring *ring, u64 new)
{
	u64 kept = READ_ONCE(ring->commit);

	if (!ring->overwrite)
		kept = min(kept, READ_ONCE(ring->read.pos));
	return new - kept <= ring_bytes(ring) - TRACE_BLOCK;
}

void *trace_ring_reserve(struct trace_ring *ring, size_t size)
{
	struct trace_record *record;
	u64 old, start, now;
	u32 seq;

	ring->writers++;
	barrier();
	size = ALIGN(size, 8) + sizeof(*record);
	old = READ_ONCE(ring->head);
	seq = READ_ONCE(ring->seq);
	do {
		start = old % TRACE_BLOCK + size > TRACE_BLOCK ? ALIGN(old, TRACE_BLOCK) : old;
		if (unlikely(size > TRACE_RECORD_MAX || !has_room(ring, start + size))) {
			ring->nr_dropped++;
			return NULL;
		}
		now = arch_clock_ns();
	} while (!move_head(ring, &old, &seq, start + size));
	if (start != old)
		WRITE_ONCE(record_at(ring, old)->size, TRACE_RECORD_PAD);
	record = record_at(ring, start);
	record->size = size;
	record->seq = seq;
	record->ns = now;
	return record->data;
}

/* Either the reader who says what it wants sees commit, or this sees what it wants. */
static void wake_reader(struct trace_ring *ring, u64 commit)
{
	u64 wanted;

	smp_mb(); /* of the reader: between writing wanted and reading commit */
	wanted = READ_ONCE(ring->wanted);
	if (unlikely(wanted && commit >= wanted) && xchg(&ring->wanted, 0))
		irq_work_queue(&ring->wake);
}

void trace_ring_commit(struct trace_ring *ring)
{
	u64 head;

	barrier();
	if (ring->writers > 1) {
		ring->writers--;
		return;
	}
	for (;;) {
		head = READ_ONCE(ring->head);
		smp_store_release(&ring->commit, head);
		WRITE_ONCE(ring->writers, 0);
		barrier();
		if (READ_ONCE(ring->head) == head)
			break;
		WRITE_ONCE(ring->writers, 1);
		barrier();
	}
	wake_reader(ring, head);
}

/* ---- reading ---- */

u64 trace_ring_end(const struct trace_ring *ring)
{
	return smp_load_acquire(&ring->commit);
}

static u64 oldest_pos(const struct trace_ring *ring)
{
	u64 head = READ_ONCE(ring->head), bytes = ring_bytes(ring), base = READ_ONCE(ring->base);

	return head > bytes ? max(ALIGN(head - bytes, TRACE_BLOCK), base) : base;
}

static bool was_overtaken(const struct trace_ring *ring, u64 pos)
{
	smp_rmb();
	return READ_ONCE(ring->head) > pos + ring_bytes(ring);
}

/* One block on from the oldest, if that is being overwritten: it would be the next to go. */
static u64 catch_up(const struct trace_ring *ring)
{
	u64 pos = oldest_pos(ring), next = ALIGN(pos + 1, TRACE_BLOCK);

	if (pos == READ_ONCE(ring->base))
		return pos;
	return min(next, ALIGN_DOWN(trace_ring_end(ring), TRACE_BLOCK));
}

static bool is_plausible(u32 size, u64 pos)
{
	return size >= sizeof(struct trace_record) && size % 8 == 0 &&
	       pos % TRACE_BLOCK + size <= TRACE_BLOCK;
}

bool trace_ring_peek(struct trace_ring *ring, struct trace_cursor *cursor, u64 end,
		     struct trace_record *to)
{
	bool overtaken = cursor->pos < READ_ONCE(ring->base);
	u64 pos = overtaken ? READ_ONCE(ring->base) : cursor->pos;

	if (!ring->nr_blocks)
		return false;
	for (;;) {
		const struct trace_record *from;
		u32 size;

		if (was_overtaken(ring, pos)) {
			pos = catch_up(ring);
			overtaken = true;
		}
		if (pos >= min(end, trace_ring_end(ring)))
			return false;
		from = record_at(ring, pos);
		size = READ_ONCE(from->size);
		if (size == TRACE_RECORD_PAD && !was_overtaken(ring, pos)) {
			pos = ALIGN(pos + 1, TRACE_BLOCK);
			continue;
		}
		if (!is_plausible(size, pos))
			continue; /* it was overwritten just now */
		memcpy(to, from, size);
		if (!was_overtaken(ring, pos) && to->size == size)
			break;
	}
	if (overtaken)
		cursor->lost += to->seq - cursor->seq;
	cursor->seq = to->seq;
	WRITE_ONCE(cursor->pos, pos);
	return true;
}

void trace_cursor_pass(struct trace_cursor *cursor, const struct trace_record *record)
{
	WRITE_ONCE(cursor->pos, cursor->pos + record->size);
	cursor->seq = record->seq + 1;
}

/* Its number is known when it is read; until then it counts as the first ever. */
struct trace_cursor trace_ring_oldest(const struct trace_ring *ring)
{
	u64 pos = max(oldest_pos(ring), ring->read.pos);

	return (struct trace_cursor){ .pos = pos, .seq = ring->read.seq };
}

/*
 * Where the next record goes and which number it gets, of one moment: a place that was taken in between shows in the number. What is
 * being written right now, on another CPU or by whom an interrupt found at it, lies before.
 */
static u64 next_place(const struct trace_ring *ring, u32 *seq)
{
	u64 head;

	do {
		*seq = READ_ONCE(ring->seq);
		smp_rmb();
		head = READ_ONCE(ring->head);
		smp_rmb();
	} while (READ_ONCE(ring->seq) != *seq);
	return head;
}

void trace_ring_clear(struct trace_ring *ring)
{
	u32 seq;
	u64 next = next_place(ring, &seq);

	WRITE_ONCE(ring->base, next);
	WRITE_ONCE(ring->read.pos, next);
	ring->read.seq = ring->base_seq = seq;
	ring->read.lost = 0;
	ring->nr_read = 0;
	ring->nr_dropped = 0;
}
