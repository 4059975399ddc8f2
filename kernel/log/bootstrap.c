/* SPDX-License-Identifier: MIT */
/* Weak stand-ins for what other folders supply, so that the image links before they are there. Removed with the last of them. */
#include <lib/compiler.h>
#include <lib/types.h>
#include <kernel/log.h>
#include <kernel/preempt.h>
#include <kernel/hardirq.h>
#include <kernel/sched.h>
#include <arch/traps.h>
#include <arch/apic.h>
#include <mm/space.h>
#include <arch/clock.h>
#include <arch/stop.h>

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
void __weak vector_dispatch(struct trap_frame *frame, unsigned int vector) { pr_err("interrupt %u\n", vector); }
u64 __weak arch_clock_ns(void) { return 0; }
void __weak arch_stop_other_cpus(void) { }
void __weak arch_delay_ms(unsigned long ms) { }
void __weak arch_reboot(void) { arch_halt_forever(); }

long __weak sys_ni_syscall(void) { return -38; }
