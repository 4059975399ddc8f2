/* SPDX-License-Identifier: MIT */
/* Weak stand-ins for what other folders supply, so that the image links before they are there. Removed with the last of them. */
#include <lib/compiler.h>
#include <lib/types.h>
#include <kernel/log.h>
#include <kernel/preempt.h>
#include <kernel/hardirq.h>
#include <kernel/sched.h>
#include <arch/traps.h>
#include <lib/xarray.h>
#include <mm/slab.h>
#include <mm/space.h>

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

void __weak preempt_schedule(void) { }
void __weak preempt_schedule_irq(void) { }
void __weak rcu_irq_enter_idle(void) { }
void __weak rcu_irq_exit_idle(void) { }
__weak DEFINE_PER_CPU(struct trap_frame *, irq_frame);
__weak DEFINE_PER_CPU(bool, cpu_in_idle);
void __weak __noreturn thread_exit_oops(void) { panic("no scheduler to end a thread"); }
void __weak exit_to_user_mode_loop(struct trap_frame *frame) { }
void __weak trap_signal(struct trap_frame *frame, unsigned int vector, unsigned long error_code, unsigned long address)
{
	panic("trap %u in user mode, and no processes", vector);
}
void __weak do_page_fault(struct trap_frame *frame, unsigned long address, unsigned long error)
{
	if (!fixup_exception(frame))
		oops(frame, "page fault", error, address);
}
void __weak hrtimer_interrupt(void) { }
void __weak sched_ipi(void) { }
__weak struct xa_node *xa_node_alloc(gfp_t gfp) { return kzalloc(sizeof(struct xa_node), gfp); }
void __weak call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head)) { }

long __weak sys_ni_syscall(void) { return -38; }
