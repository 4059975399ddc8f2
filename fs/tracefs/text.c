/* SPDX-License-Identifier: MIT */
/*
 * trace and trace_pipe: records as lines of text, in the order of their times, of all CPUs or of
 * one.
 *
 * trace shows what the rings hold when it is opened, and leaves it there; opened with O_TRUNC it
 * throws it away. trace_pipe takes the records out, and waits for more; when it has given some and
 * recording is off, it ends, as on Linux.
 */
#include "internal.h"

#include <fs/calls.h>
#include <fs/poll.h>
#include <fs/uio.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/fcntl.h>

#define LINE_MAX	4096u

/* One open file. lock: all that changes. */
struct trace_reader {
	struct mutex lock;
	bool consumes;
	bool one_cpu;
	unsigned int cpu;
	bool began;		/* the head has been printed */
	bool gave;		/* something has been read; read without */
	struct trace_text line; /* what is not read yet: from `shown` on */
	size_t shown;
	struct trace_record *record, *other; /* a block each */
	u64 *ends;			     /* by CPU: where the rings ended at open */
	struct trace_cursor *cursors;	     /* by CPU */
};

/* ---- lines ---- */

static const char head[] = "#                                _-----=> irqs-off\n"
			   "#                               / _----=> need-resched\n"
			   "#                              | / _---=> hardirq/nmi\n"
			   "#                              || / _--=> preempt-depth\n"
			   "#                              ||| / _-=> migrate-disable\n"
			   "#                              |||| /     delay\n"
			   "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
			   "#              | |         |   |||||     |         |\n";

/* trace_read_mutex held. */
static void print_head(struct trace_reader *r)
{
	u64 written = 0, there = 0;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		struct trace_ring *ring = per_cpu_ptr(&trace_rings, cpu);
		struct trace_cursor cursor = r->cursors[cpu];

		if (r->one_cpu && cpu != r->cpu)
			continue;
		written += (u32)(ring->seq - ring->base_seq);
		if (trace_ring_peek(ring, &cursor, r->ends[cpu], r->record))
			there += (u32)(ring->seq - r->record->seq);
	}
	trace_printf(
		&r->line,
		"# tracer: nop\n#\n# entries-in-buffer/entries-written: %llu/%llu   #P:%u\n#\n%s",
		(unsigned long long)there, (unsigned long long)written, num_online_cpus(), head);
}

/* In an NMI that came in an interrupt or elsewhere, in an interrupt, in none. */
static char context_letter(u8 flags)
{
	if (flags & TRACE_FLAG_NMI)
		return flags & TRACE_FLAG_HARDIRQ ? 'Z' : 'z';
	return flags & TRACE_FLAG_HARDIRQ ? 'h' : '.';
}

static void print_record(struct trace_text *line, unsigned int cpu,
			 const struct trace_record *record)
{
	const struct trace_entry *entry = (const void *)record->data;
	const struct trace_event *event = trace_event_by_id(entry->type);
	u64 us = record->ns / 1000;
	char name[16], depth[2] = ".";

	if (!trace_comm(entry->pid, name))
		strscpy(name, "<...>", sizeof(name));
	if (entry->preempt_count)
		depth[0] = "0123456789abcdef"[entry->preempt_count & 15];
	trace_printf(line, "%16s-%-7d [%03u] %c%c%c%s. %5llu.%06llu: %s: ", name, entry->pid, cpu,
		     entry->flags & TRACE_FLAG_IRQS_OFF ? 'd' : '.',
		     entry->flags & TRACE_FLAG_NEED_RESCHED ? 'n' : '.',
		     context_letter(entry->flags), depth, (unsigned long long)(us / 1000000),
		     (unsigned long long)(us % 1000000),
		     event ? event->text_name ?: event->name : "?");
	if (event)
		event->print(line, entry);
	trace_printf(line, "\n");
}

/* ---- the next record ---- */

static struct trace_cursor *cursor_of(struct trace_reader *r, unsigned int cpu)
{
	return r->consumes ? &per_cpu_ptr(&trace_rings, cpu)->read : &r->cursors[cpu];
}

/* The oldest of all rings, in r->record; its CPU, or -1. */
static int oldest_record(struct trace_reader *r)
{
	int best = -1;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		struct trace_ring *ring = per_cpu_ptr(&trace_rings, cpu);

		if ((r->one_cpu && cpu != r->cpu) ||
		    !trace_ring_peek(ring, cursor_of(r, cpu), r->consumes ? ~0ull : r->ends[cpu],
				     r->other))
			continue;
		if (best >= 0 && r->other->ns >= r->record->ns)
			continue;
		swap(r->record, r->other);
		best = cpu;
	}
	return best;
}

/* False: there is none now. trace_read_mutex held. */
static bool print_next(struct trace_reader *r)
{
	int cpu = oldest_record(r);
	struct trace_cursor *cursor;

	if (cpu < 0)
		return false;
	cursor = cursor_of(r, cpu);
	if (cursor->lost)
		trace_printf(&r->line, "CPU:%d [LOST %u EVENTS]\n", cpu, cursor->lost);
	cursor->lost = 0;
	print_record(&r->line, cpu, r->record);
	trace_cursor_pass(cursor, r->record);
	if (r->consumes)
		per_cpu_ptr(&trace_rings, cpu)->nr_read++;
	return true;
}

static bool fill_line(struct trace_reader *r)
{
	bool filled = true;

	r->line.used = r->shown = 0;
	mutex_lock(&trace_read_mutex); /* rings are not taken away meanwhile */
	if (r->consumes || r->began)
		filled = print_next(r);
	else
		print_head(r);
	r->began = true;
	mutex_unlock(&trace_read_mutex);
	return filled;
}

/* ---- the files ---- */

static void free_reader(struct trace_reader *r)
{
	kfree(r->line.buf);
	kfree(r->record);
	kfree(r->other);
	kfree(r->ends);
	kfree(r->cursors);
	kfree(r);
}

static struct trace_reader *new_reader(void)
{
	struct trace_reader *r = kzalloc(sizeof(*r), GFP_KERNEL);

	if (!r)
		return NULL;
	mutex_init(&r->lock);
	r->line.buf = kmalloc(LINE_MAX, GFP_KERNEL);
	r->line.size = LINE_MAX;
	r->record = kmalloc(TRACE_BLOCK, GFP_KERNEL);
	r->other = kmalloc(TRACE_BLOCK, GFP_KERNEL);
	r->ends = kcalloc(nr_cpu_ids, sizeof(*r->ends), GFP_KERNEL);
	r->cursors = kcalloc(nr_cpu_ids, sizeof(*r->cursors), GFP_KERNEL);
	if (r->line.buf && r->record && r->other && r->ends && r->cursors)
		return r;
	free_reader(r);
	return NULL;
}

static int reader_open(struct file *file, bool consumes)
{
	struct trace_reader *r;
	unsigned int cpu;

	if (!(file->mode & FMODE_READ))
		return 0;
	r = new_reader();
	if (!r)
		return -ENOMEM;
	r->consumes = consumes;
	r->one_cpu = cpu_of_object(tracefs_object(file), &r->cpu);
	for_each_online_cpu(cpu) {
		struct trace_ring *ring = per_cpu_ptr(&trace_rings, cpu);

		r->ends[cpu] = trace_ring_end(ring);
		r->cursors[cpu] = trace_ring_oldest(ring);
	}
	file->private = r;
	return 0;
}

static int trace_open(struct inode *inode, struct file *file)
{
	if ((file->mode & FMODE_WRITE) && (file->flags & O_TRUNC))
		trace_clear(tracefs_object(file));
	return reader_open(file, false);
}

static int pipe_open(struct inode *inode, struct file *file)
{
	return reader_open(file, true);
}

static void reader_release(struct inode *inode, struct file *file)
{
	if (file->private)
		free_reader(file->private);
}

static int wait_for_record(struct trace_reader *r, bool nonblock)
{
	enum trace_wait how = nonblock		   ? TRACE_WAIT_NOT
			      : READ_ONCE(r->gave) ? TRACE_WAIT_WHILE_ON
						   : TRACE_WAIT;
	struct trace_ring *ring;

	if (!r->one_cpu)
		return trace_wait_for(NULL, 0, how);
	ring = per_cpu_ptr(&trace_rings, r->cpu);
	return trace_wait_for(ring, READ_ONCE(ring->read.pos) + 1, how);
}

/* What is in the line; then further ones as long as they fit. */
static ssize_t copy_lines(struct trace_reader *r, struct iov_iter *to)
{
	size_t done = 0;

	while (to->count) {
		size_t left = r->line.used - r->shown, want = min(left, to->count), n;

		if (!left) {
			if (!fill_line(r))
				break;
			continue;
		}
		n = copy_to_iter(r->line.buf + r->shown, want, to);
		r->shown += n;
		done += n;
		if (n < want)
			return done ?: -EFAULT;
	}
	return done;
}

static bool is_over(const struct trace_reader *r, const struct file *file)
{
	return !(file->flags & O_NONBLOCK) && READ_ONCE(r->gave) && !READ_ONCE(trace_is_on);
}

static ssize_t reader_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct trace_reader *r = file->private;
	ssize_t n;
	int error;

	if (!r)
		return -EBADF;
	for (;;) {
		mutex_lock(&r->lock);
		n = copy_lines(r, to);
		if (n > 0)
			WRITE_ONCE(r->gave, true);
		mutex_unlock(&r->lock);
		if (n || !to->count || !r->consumes)
			break;
		if (is_over(r, file))
			break;
		error = wait_for_record(r, file->flags & O_NONBLOCK);
		if (error)
			return error;
	}
	if (n > 0)
		*pos += n;
	return n;
}

/* Written is only `echo > trace`, whose opening has done the work. */
static ssize_t trace_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	size_t n = from->count;

	iov_iter_advance(from, n);
	return n;
}

static u32 pipe_poll(struct file *file, struct poll_table *table)
{
	struct trace_reader *r = file->private;

	poll_wait(file, &trace_wait, table);
	return r && !wait_for_record(r, true) ? EPOLLIN | EPOLLRDNORM : 0;
}

const struct file_operations trace_operations = {
	.open = trace_open,
	.release = reader_release,
	.read_iter = reader_read,
	.write_iter = trace_write,
};

const struct file_operations trace_pipe_operations = {
	.open = pipe_open,
	.release = reader_release,
	.read_iter = reader_read,
	.poll = pipe_poll,
};
