/* SPDX-License-Identifier: MIT */
/* Weak stand-ins for what other folders supply, so that the image links before they are there. Removed with the last of them. */
#include <lib/compiler.h>
#include <lib/types.h>
#include <kernel/log.h>
#include <kernel/preempt.h>
#include <kernel/hardirq.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <arch/traps.h>
#include <lib/xarray.h>
#include <mm/slab.h>
#include <mm/space.h>

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

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
__weak struct xa_node *xa_node_alloc(gfp_t gfp) { return kzalloc(sizeof(struct xa_node), gfp); }

void __weak smp_start_all(void) { }
void __weak space_grab(struct address_space *s) { }
void __weak space_drop(struct address_space *s) { }
void __weak space_switch(struct address_space *prev, struct address_space *next, struct thread *t) { }
long __weak sys_ni_syscall(void) { return -38; }
