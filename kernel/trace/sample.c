/* SPDX-License-Identifier: MIT */
/*
 * The sampling profiler (kernel/sample.h).
 *
 * The timer's interrupt has what it interrupted: registers, and the frame pointers from there on.
 * In the kernel the walk is that of backtraces; in a program it follows the program's own frame
 * pointers, as far as their pages are there: nothing is brought in, since an interrupt must not
 * sleep. What runs with interrupts off is seen when they are on again.
 */
#include <arch/percpu.h>
#include <arch/trap_frame.h>
#include <kernel/backtrace.h>
#include <kernel/hardirq.h>
#include <kernel/hrtimer.h>
#include <kernel/sample.h>
#include <kernel/smp.h>
#include <kernel/thread.h>
#include <kernel/trace.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/uaccess.h>

#define DEPTH_KERNEL	48
#define DEPTH_USER	48

struct sample_record {
	struct trace_entry common;
	u32 nr_kernel, nr_user;
	unsigned long stack[]; /* kernel's, then the program's; innermost first */
};

static const struct trace_field sample_fields[] = {
	{ "unsigned int", "nr_kernel", 8, 4, 0, false },
	{ "unsigned int", "nr_user", 12, 4, 0, false },
	{ "unsigned long", "stack", 16, 0, TRACE_FIELD_OPEN, false },
};

/* "kernel: inner outer user: inner outer" */
static void print_sample(struct trace_text *text, const void *record)
{
	const struct sample_record *r = record;

	trace_printf(text, "kernel:");
	for (unsigned int i = 0; i < r->nr_kernel; i++)
		trace_printf(text, " %ps", (void *)(r->stack[i] - (i > 0)));
	trace_printf(text, " user:");
	for (unsigned int i = 0; i < r->nr_user; i++)
		trace_printf(text, " 0x%lx", r->stack[r->nr_kernel + i]);
}

struct trace_event sample_event = {
	.system = "profile",
	.name = "sample",
	.fields = sample_fields,
	.nr_fields = ARRAY_SIZE(sample_fields),
	.print_fmt = "\"nr_kernel=%u nr_user=%u\", REC->nr_kernel, REC->nr_user",
	.print = print_sample,
};

static struct trace_event *const sample_entry __used __section(".rodata.ktab_trace_events")
	__aligned(8) = &sample_event;

/* ---- one sample ---- */

/* Up to what is not there: nothing is brought in by an interrupt. */
static unsigned int user_stack(const struct trap_frame *frame, unsigned long *addresses,
			       unsigned int max)
{
	unsigned long fp = frame->rbp, link[2];
	unsigned int nr = 0;

	addresses[nr++] = frame->rip;
	pagefault_disable();
	while (nr < max && fp && !(fp & 7)) {
		if (!access_ok((void __user *)fp, sizeof(link)) ||
		    copy_from_user(link, (void __user *)fp, sizeof(link)) || !link[1])
			break;
		addresses[nr++] = link[1];
		if (link[0] <= fp)
			break;
		fp = link[0];
	}
	pagefault_enable();
	return nr;
}

/* The registers with which current left user mode; NULL: it is the kernel's. */
static const struct trap_frame *user_frame(const struct trap_frame *frame)
{
	if (frame_is_user(frame))
		return frame;
	if (!current->space || (current->flags & (BIT(TF_KERNEL_THREAD) | BIT(TF_EXITING))))
		return NULL;
	return thread_frame(current);
}

struct sample {
	unsigned long stack[DEPTH_KERNEL + DEPTH_USER];
};
static DEFINE_PER_CPU(struct sample, sample_room);

static void take_sample(const struct trap_frame *frame)
{
	struct sample *s = this_cpu_ptr(&sample_room);
	unsigned int nr_kernel = backtrace_save(frame, s->stack, DEPTH_KERNEL), nr_user = 0;
	const struct trap_frame *user = user_frame(frame);
	struct sample_record *record;
	size_t bytes;

	if (user)
		nr_user = user_stack(user, s->stack + nr_kernel, DEPTH_USER);
	bytes = (nr_kernel + nr_user) * sizeof(*s->stack);
	record = trace_begin(&sample_event, sizeof(*record) + bytes);
	if (!record)
		return;
	record->nr_kernel = nr_kernel;
	record->nr_user = nr_user;
	memcpy(record->stack, s->stack, bytes);
	trace_end(record);
}

/* ---- the timers ---- */

static DEFINE_PER_CPU(struct hrtimer, sample_timers);
static u64 sample_interval_ns; /* the caller's turn; read by the timers. 0: off */

static enum hrtimer_restart sample_tick(struct hrtimer *timer)
{
	const struct trap_frame *frame = get_irq_frame();
	u64 interval_ns = READ_ONCE(sample_interval_ns);

	if (!interval_ns)
		return HRTIMER_NORESTART;
	if (static_branch_unlikely(&sample_event.key) && frame && !(current->flags & BIT(TF_IDLE)))
		take_sample(frame);
	hrtimer_forward_now(timer, interval_ns);
	return HRTIMER_RESTART;
}

static void start_here(void *unused)
{
	struct hrtimer *timer = this_cpu_ptr(&sample_timers);

	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	timer->function = sample_tick;
	hrtimer_start(timer, sample_interval_ns, HRTIMER_MODE_REL);
}

void sample_set_rate(unsigned int hz)
{
	unsigned int cpu;

	if (READ_ONCE(sample_interval_ns)) {
		WRITE_ONCE(sample_interval_ns, 0);
		for_each_online_cpu(cpu)
			hrtimer_cancel(per_cpu_ptr(&sample_timers, cpu));
	}
	if (!hz)
		return;
	WRITE_ONCE(sample_interval_ns, NSEC_PER_SEC / hz);
	on_each_cpu(start_here, NULL, true);
}
