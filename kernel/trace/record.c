/* SPDX-License-Identifier: MIT */
/* Writing a record: the head that all have, and the names of threads seen (kernel/trace.h). */
#include <kernel/atomic.h>
#include <kernel/thread.h>
#include <kernel/trace.h>
#include <kernel/trace_events.h>
#include <kernel/trace_filter.h>
#include <kernel/trace_ring.h>
#include <lib/kernel.h>
#include <lib/string.h>

/* On while somebody traces or measures system calls: all take the slow way in. */
DEFINE_STATIC_KEY(syscall_trace_key);

/* Above all tids: pid_max is at most 2^22. */
#define KERNEL_PID_BASE		(1 << 23)

s32 trace_pid(const struct thread *thread)
{
	if (thread->tid || thread->flags & BIT(TF_IDLE))
		return thread->tid;
	return KERNEL_PID_BASE + thread->kthread_nr;
}

/* ---- names ---- */

struct trace_comm *trace_comms;

/* 1: somebody is at the table. A writer who finds it so leaves his name out: he passes again. */
static unsigned int comms_busy;

static void note_comm(s32 pid, const struct thread *thread)
{
	struct trace_comm *comms = READ_ONCE(trace_comms), *comm;

	if (!comms)
		return;
	comm = &comms[(u32)pid % TRACE_COMMS];
	if (comm->pid == pid && !memcmp(comm->name, thread->name, sizeof(comm->name)))
		return;
	if (xchg(&comms_busy, 1))
		return;
	comm->pid = pid;
	memcpy(comm->name, thread->name, sizeof(comm->name));
	smp_store_release(&comms_busy, 0);
}

bool trace_comm_at(unsigned int index, struct trace_comm *comm)
{
	if (!READ_ONCE(trace_comms))
		return false;
	preempt_disable();
	while (xchg(&comms_busy, 1))
		cpu_relax();
	*comm = trace_comms[index];
	smp_store_release(&comms_busy, 0);
	preempt_enable();
	comm->name[sizeof(comm->name) - 1] = 0;
	return comm->pid;
}

bool trace_comm(s32 pid, char name[16])
{
	struct trace_comm comm;

	if (!pid) {
		strscpy(name, "<idle>", 16);
		return true;
	}
	if (!trace_comm_at((u32)pid % TRACE_COMMS, &comm) || comm.pid != pid)
		return false;
	memcpy(name, comm.name, 16);
	return true;
}

/* ---- records ---- */

static u8 context_flags(void)
{
	u8 flags = irqs_disabled() ? TRACE_FLAG_IRQS_OFF : 0;

	if (need_resched())
		flags |= TRACE_FLAG_NEED_RESCHED;
	if (in_hardirq())
		flags |= TRACE_FLAG_HARDIRQ;
	if (in_nmi())
		flags |= TRACE_FLAG_NMI;
	return flags;
}

/*
 * While there is a filter, a record is made aside and goes into the ring only if it is kept: what is not kept takes nothing's place there. One of
 * each context that may interrupt another.
 */
struct trace_asides *trace_asides;

/* For this event: a filter, or a list. */
static bool is_looked_at(const struct trace_event *event)
{
	if (likely(!READ_ONCE(event->filter) && !READ_ONCE(trace_pid_lists[TRACE_PIDS_ONLY]) &&
		   !READ_ONCE(trace_pid_lists[TRACE_PIDS_NOT])))
		return false;
	return event->id >= TRACE_FIRST_ID && smp_load_acquire(&trace_asides);
}

static struct trace_entry *begin_aside(struct trace_ring *ring, const struct trace_event *event,
				       const struct thread *thread, size_t size)
{
	struct trace_aside *a = trace_asides[smp_processor_id()].of_context;

	/* Those about two threads are looked at when they are there. */
	if (!event->other_pid && trace_pid_is_ignored(trace_pid(thread)))
		return NULL;
	a += in_nmi() ? 2 : in_hardirq() ? 1 : 0;
	if (size > sizeof(a->record) || READ_ONCE(a->event)) {
		ring->nr_dropped++;
		return NULL;
	}
	WRITE_ONCE(a->event, event);
	a->size = size;
	return (struct trace_entry *)a->record;
}

static bool is_kept(const struct trace_event *event, const struct trace_entry *entry)
{
	const struct trace_filter *filter = smp_load_acquire(&event->filter);
	s32 other;

	if (event->other_pid) {
		memcpy(&other, (const char *)entry + event->other_pid, sizeof(other));
		if (trace_pid_is_ignored(entry->pid) && trace_pid_is_ignored(other))
			return false;
	}
	return !filter || trace_filter_matches(filter, entry, smp_processor_id(),
					       this_cpu_read(current_thread)->name);
}

/* The one that entry lies in; NULL: it is in the ring. */
static struct trace_aside *aside_of(const void *entry)
{
	unsigned long offset;

	if (!trace_asides)
		return NULL;
	offset = (unsigned long)entry - (unsigned long)&trace_asides[smp_processor_id()];
	return offset < sizeof(*trace_asides)
		       ? &trace_asides[smp_processor_id()]
				  .of_context[offset / sizeof(struct trace_aside)]
		       : NULL;
}

static void finish_aside(struct trace_ring *ring, struct trace_aside *a)
{
	void *entry;

	if (is_kept(a->event, (struct trace_entry *)a->record)) {
		entry = trace_ring_reserve(ring, a->size);
		if (entry)
			memcpy(entry, a->record, a->size);
		trace_ring_commit(ring);
	}
	WRITE_ONCE(a->event, NULL);
}

static struct trace_entry *begin_in_ring(struct trace_ring *ring, size_t size)
{
	struct trace_entry *entry = trace_ring_reserve(ring, size);

	if (!entry)
		trace_ring_commit(ring);
	return entry;
}

void *trace_begin(const struct trace_event *event, size_t size)
{
	const struct thread *thread = this_cpu_read(current_thread);
	struct trace_entry *entry = NULL;
	struct trace_ring *ring;

	preempt_disable();
	ring = this_cpu_ptr(&trace_rings);
	if (likely(READ_ONCE(ring->recording))) {
		if (is_looked_at(event))
			entry = begin_aside(ring, event, thread, size);
		else
			entry = begin_in_ring(ring, size);
	}
	if (!entry) {
		preempt_enable();
		return NULL;
	}
	entry->type = event->id;
	entry->flags = context_flags();
	/* Four bits; readers take the others for something else. */
	entry->preempt_count = min((preempt_count() & PREEMPT_MASK) - 1, 15u);
	entry->pid = trace_pid(thread);
	if (entry->pid)
		note_comm(entry->pid, thread);
	return entry;
}

void trace_end(const void *entry)
{
	struct trace_ring *ring = this_cpu_ptr(&trace_rings);
	struct trace_aside *a = aside_of(entry);

	if (a)
		finish_aside(ring, a);
	else
		trace_ring_commit(ring);
	preempt_enable();
}

size_t trace_string_size(const char *text)
{
	return text ? min(strlen(text), (size_t)1024) + 1 : 0;
}

u32 trace_put_string(void *entry, size_t size, const char *text)
{
	size_t length = trace_string_size(text);

	if (length) {
		memcpy((char *)entry + size, text, length - 1);
		((char *)entry)[size + length - 1] = 0;
	}
	return size | (u32)length << 16;
}
