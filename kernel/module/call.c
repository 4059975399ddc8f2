// SPDX-License-Identifier: MIT
/*
 * A wrapped call, while it runs.
 *
 * The return address of a call whose end matters is kept on a stack of the thread's own (struct
 * call_stack), and the function returns into call_wrap_return instead; so its arguments on the
 * stack stay where they are. Calls nest as functions do, and an interrupt's nest in those of the
 * thread that it interrupts, so one stack a thread is enough, whatever sleeps or is preempted
 * meanwhile. A thread that dies in the middle takes its stack along. Backtraces look the caller up
 * in it.
 *
 * Any context but NMI, with any lock held that a module may hold. Nothing is locked: only the
 * thread itself and what interrupts it write.
 */
#include "calls.h"

#include <kernel/backtrace.h>
#include <kernel/hardirq.h>
#include <kernel/log.h>
#include <kernel/preempt.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <mm/slab.h>

/* A kernel stack has no room for more calls of modules that nest. */
#define CALLS_DEEP	64

struct call_frame {
	struct module_call *call;
	u64 *slot; /* where the return address was */
	u64 return_to;
	u64 start_ns;
};

struct call_stack {
	unsigned int depth;
	struct call_frame frames[CALLS_DEEP];
};

/* Of the present thread. An interrupt may be quicker: then its stack serves. NULL: no memory. */
static struct call_stack *own_stack(void)
{
	struct call_stack *stack = READ_ONCE(current->call_stack), *none = NULL;

	if (likely(stack))
		return stack;
	stack = kzalloc(sizeof(*stack), GFP_ATOMIC | __GFP_NOWARN);
	if (stack && !try_cmpxchg(&current->call_stack, &none, stack)) {
		kfree(stack);
		stack = none;
	}
	return stack;
}

/* From here on it returns through us. */
static void note(struct module_call *call, struct call_registers *regs)
{
	struct call_stack *stack = own_stack();
	struct call_frame *frame;

	if (!stack || stack->depth >= CALLS_DEEP)
		return; /* its end is not seen */
	/*
	 * The depth first: an interrupt takes the next frame and is done with it when it returns.
	 */
	frame = &stack->frames[stack->depth];
	WRITE_ONCE(stack->depth, stack->depth + 1);
	barrier();
	*frame = (struct call_frame){
		.call = call,
		.slot = &regs->return_to,
		.return_to = regs->return_to,
	};
	barrier();
	regs->return_to = (u64)call_wrap_return;
	frame->start_ns = ktime_get_ns();
}

/* One line for each import is enough. */
static void check_context(struct module_call *call, const struct call_registers *regs)
{
	if (likely(!call->contract || !call->contract->may_sleep ||
		   !(in_atomic() || irqs_disabled())))
		return;
	if (!xchg(&call->has_complained, true))
		pr_warn("%s may sleep and is called in atomic context, at %pS\n", call->label,
			(void *)(regs->return_to - 1));
}

static bool fails_now(struct module_call *call)
{
	int left = atomic_read(&call->until_failure);

	while (left > 0)
		if (atomic_try_cmpxchg(&call->until_failure, &left, left - 1))
			return left == 1;
	return false;
}

/* What of rax is the result, as far as the kit says. */
static u64 result(const struct module_call *call, u64 rax)
{
	switch (call->contract ? call->contract->result : 8) {
	case 0: return 0;
	case 1: return (u8)rax;
	case 2: return (u16)rax;
	case 4: return (u32)rax;
	case -4: return (s64)(s32)rax;
	default: return rax;
	}
}

u64 module_call_enter(struct module_call *call, struct call_registers *regs)
{
	check_context(call, regs);
	trace_kit_call(call, regs);
	if (unlikely(fails_now(call))) {
		regs->rax = call->failure;
		trace_kit_return(call, regs->rax, 0);
		return 0;
	}
	if (static_key_enabled(&trace_event_kit_return.key))
		note(call, regs);
	return call->target;
}

u64 module_call_leave(u64 rax, u64 rdx)
{
	struct call_stack *stack = current->call_stack;
	const struct call_frame *frame = &stack->frames[stack->depth - 1];
	struct module_call *call = frame->call;
	u64 return_to = frame->return_to;

	trace_kit_return(call, result(call, rax), ktime_get_ns() - frame->start_ns);
	barrier();
	WRITE_ONCE(stack->depth, stack->depth - 1);
	return return_to;
}

/* For backtraces: who called the function whose return address this slot had. */
static unsigned long real_return(const struct thread *thread, const unsigned long *slot,
				 unsigned long address)
{
	const struct call_stack *stack = thread ? READ_ONCE(thread->call_stack) : NULL;

	if (address != (unsigned long)call_wrap_return || !stack)
		return address;
	for (unsigned int i = min(READ_ONCE(stack->depth), (unsigned int)CALLS_DEEP); i-- > 0;)
		if (stack->frames[i].slot == (const u64 *)slot)
			return stack->frames[i].return_to;
	return address;
}

void module_calls_init(void)
{
	backtrace_real_return = real_return;
	module_call_rules_init();
}
