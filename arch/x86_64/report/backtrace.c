/* SPDX-License-Identifier: MIT */
/*
 * Backtraces: a walk along saved frame pointers. An odd one is the mark of a trap frame (trap_entry.S). A step is only taken
 * within a stack that is known: the thread's, the boot stack, or one of this CPU's IST stacks.
 */
#include <arch/boot.h>
#include <arch/gdt.h>
#include <arch/layout.h>
#include <arch/safe_read.h>
#include <arch/trap_frame.h>
#include <kernel/backtrace.h>
#include <kernel/log.h>
#include <kernel/thread.h>

#define MAX_DEPTH	64

extern char __text_start[], __text_end[], __init_text_start[], __init_text_end[];
extern char boot_stack[];

unsigned long (*backtrace_real_return)(const struct thread *thread, const unsigned long *slot,
				       unsigned long address);

struct unwind {
	const struct thread *thread; /* whose stack besides this CPU's; may be NULL */
	bool running;		     /* it runs here: this CPU's own stacks count */
	struct stack_range stack;    /* of the last step */
	unsigned long at;	     /* where in it */
	unsigned long fp;
	unsigned long ip; /* of the present step */
	bool trap;	  /* ip is where a trap hit, not a return address */
};

static bool thread_stack(const struct thread *thread, unsigned long address,
			 struct stack_range *range)
{
	if (!thread || address < (unsigned long)thread->stack || address >= thread->stack_top)
		return false;
	*range = (struct stack_range){ .low = (unsigned long)thread->stack,
				       .high = thread->stack_top };
	return true;
}

static bool boot_stack_of(unsigned long address, struct stack_range *range)
{
	unsigned long low = (unsigned long)boot_stack;

	if (address < low || address >= low + BOOT_STACK_SIZE)
		return false;
	*range = (struct stack_range){ .low = low, .high = low + BOOT_STACK_SIZE };
	return true;
}

/* The stack that holds size bytes at address. */
static bool find_stack(const struct unwind *u, unsigned long address, size_t size,
		       struct stack_range *range)
{
	if (address & 7)
		return false;
	if (!thread_stack(u->thread, address, range) &&
	    !(u->running && (boot_stack_of(address, range) || ist_stack_of(address, range))))
		return false;
	return range->high - address >= size;
}

/* To the caller; false at the end. */
static bool step(struct unwind *u)
{
	bool is_frame = u->fp & 1;
	unsigned long address = u->fp & ~1ul;
	struct stack_range range;

	if (!find_stack(u, address, is_frame ? sizeof(struct trap_frame) : 16, &range))
		return false;
	/* Within one stack it goes upwards only. */
	if (range.low == u->stack.low && address <= u->at)
		return false;
	u->stack = range;
	u->at = address;
	u->trap = is_frame;
	if (is_frame) {
		const struct trap_frame *frame = (const void *)address;

		if (frame_is_user(frame))
			return false;
		u->ip = frame->rip;
		u->fp = frame->rbp;
	} else {
		u->ip = ((const unsigned long *)address)[1];
		if (backtrace_real_return)
			u->ip = backtrace_real_return(u->thread, (const unsigned long *)address + 1,
						      u->ip);
		u->fp = ((const unsigned long *)address)[0];
	}
	return u->ip;
}

static void start(struct unwind *u, const struct trap_frame *frame)
{
	struct thread *thread = this_cpu_read(current_thread);

	*u = (struct unwind){ .thread = thread, .running = true };
	if (!frame) {
		u->fp = (unsigned long)__builtin_frame_address(0);
		return;
	}
	u->ip = frame->rip;
	u->fp = frame->rbp;
	u->trap = true;
}

size_t backtrace_save(const struct trap_frame *frame, unsigned long *addresses, size_t max)
{
	struct unwind u;
	size_t nr = 0;

	if (frame && frame_is_user(frame))
		return 0;
	start(&u, frame);
	if (frame && max)
		addresses[nr++] = u.ip;
	while (nr < max && step(&u))
		addresses[nr++] = u.ip;
	return nr;
}

size_t backtrace_save_calls(unsigned long *addresses, size_t max)
{
	struct unwind u;
	size_t nr = 0;

	start(&u, NULL);
	while (nr < max && step(&u) && !u.trap)
		addresses[nr++] = u.ip;
	return nr;
}

static bool is_text(unsigned long address)
{
	return (address >= (unsigned long)__text_start && address < (unsigned long)__text_end) ||
	       (address >= (unsigned long)__init_text_start &&
		address < (unsigned long)__init_text_end) ||
	       (address >= MODULES_START && address < MODULES_END);
}

/* A return address lies behind its call, maybe in the next function or the next line: one less is in the call. */
static void show_step(const char *level, const struct unwind *u)
{
	if (u->trap)
		printk("%s [trap] %pS\n", level, (void *)u->ip);
	else
		printk("%s  %pS\n", level, (void *)(u->ip - 1));
}

/* A function that had not saved its frame pointer yet hides its caller, whose address then is the first on the stack. */
static void show_hidden_caller(const char *level, const struct unwind *u,
			       const struct trap_frame *frame)
{
	struct stack_range range;
	unsigned long address;

	if (!find_stack(u, frame->rsp, 8, &range))
		return;
	address = *(const unsigned long *)frame->rsp;
	if (is_text(address))
		printk("%s  ? %pS\n", level, (void *)(address - 1));
}

static void show_steps(const char *level, struct unwind *u)
{
	for (int depth = 0; depth < MAX_DEPTH && step(u); depth++)
		show_step(level, u);
}

void show_backtrace(const char *level, const struct trap_frame *frame)
{
	struct unwind u;

	if (frame && frame_is_user(frame))
		return;
	printk("%sCall trace:\n", level);
	start(&u, frame);
	if (frame) {
		show_step(level, &u);
		show_hidden_caller(level, &u, frame);
	}
	show_steps(level, &u);
}

/* arch_switch_to saves rbp, rbx, r12 to r15, in this order. */
#define SWITCH_FRAME_RBP	5

size_t backtrace_save_thread(const struct thread *thread, unsigned long *addresses, size_t max)
{
	struct unwind u = { .thread = thread };
	size_t nr = 0;

	u.fp = ((const unsigned long *)thread->kernel_rsp)[SWITCH_FRAME_RBP];
	while (nr < max && step(&u))
		addresses[nr++] = u.trap ? u.ip : u.ip - 1;
	return nr;
}

void dump_stack(void)
{
	show_backtrace(KERN_INFO, NULL);
}
