/* SPDX-License-Identifier: MIT */
/*
 * The trace events of the core. Each is defined (kernel/trace.h) in the folder that it speaks of,
 * in a file trace_events.c. Names, fields and formats are Linux's where Linux has the event.
 */
#ifndef KERNEL_TRACE_EVENTS_H
#define KERNEL_TRACE_EVENTS_H

#include <kernel/trace.h>

struct block_request;
struct module;
struct thread;
struct trap_frame;

/* kernel/sched. sleep_state: in which prev fell asleep; means nothing if it is runnable. preempted: it was not asked. */
TRACE_EVENT_DECLARE(sched_switch,
		    (const struct thread *prev, const struct thread *next, unsigned int sleep_state,
		     bool preempted),
		    (prev, next, sleep_state, preempted));
/* Somebody wakes it up, in his own context; then it is runnable. */
TRACE_EVENT_DECLARE(sched_waking, (const struct thread *thread), (thread));
TRACE_EVENT_DECLARE(sched_wakeup, (const struct thread *thread), (thread));
TRACE_EVENT_DECLARE(sched_wakeup_new, (const struct thread *thread), (thread));
TRACE_EVENT_DECLARE(sched_migrate_task, (const struct thread *thread, unsigned int to),
		    (thread, to));
TRACE_EVENT_DECLARE(sched_process_fork, (const struct thread *parent, const struct thread *child),
		    (parent, child));
TRACE_EVENT_DECLARE(sched_process_exec,
		    (const struct thread *thread, s32 old_pid, const char *path),
		    (thread, old_pid, path));
TRACE_EVENT_DECLARE(sched_process_exit, (const struct thread *thread), (thread));
TRACE_EVENT_DECLARE(task_newtask,
		    (const struct thread *thread, unsigned long clone_flags, int oom_score),
		    (thread, clone_flags, oom_score));
TRACE_EVENT_DECLARE(task_rename, (const struct thread *thread, const char *name, int oom_score),
		    (thread, name, oom_score));

/* kernel/irq. name: of the device that asked for the interrupt. */
TRACE_EVENT_DECLARE(irq_handler_entry, (unsigned int irq, const char *name), (irq, name));
TRACE_EVENT_DECLARE(irq_handler_exit, (unsigned int irq, int handled), (irq, handled));

/* mm/space. */
TRACE_EVENT_DECLARE(page_fault_user,
		    (const struct trap_frame *frame, unsigned long address,
		     unsigned long error_code),
		    (frame, address, error_code));
TRACE_EVENT_DECLARE(page_fault_kernel,
		    (const struct trap_frame *frame, unsigned long address,
		     unsigned long error_code),
		    (frame, address, error_code));

/*
 * arch/x86_64/apic: the timer, interrupts between CPUs and of the local APIC itself, NAME_entry and NAME_exit. For
 * tlb_shootdown Linux has no vector of its own.
 */
#define TRACE_VECTORS(EVENTS)						\
	EVENTS(local_timer) EVENTS(reschedule) EVENTS(call_function)	\
	EVENTS(tlb_shootdown) EVENTS(irq_work) EVENTS(error_apic) EVENTS(spurious_apic)
#define TRACE_VECTOR_DECLARE(name)						\
	TRACE_EVENT_DECLARE(name##_entry, (unsigned int vector), (vector));	\
	TRACE_EVENT_DECLARE(name##_exit, (unsigned int vector), (vector));
TRACE_VECTORS(TRACE_VECTOR_DECLARE)

/* arch/x86_64/entry. System calls take the slow way while this is on. */
DECLARE_STATIC_KEY(syscall_trace_key);
TRACE_EVENT_DECLARE(sys_enter, (const struct trap_frame *frame), (frame));
TRACE_EVENT_DECLARE(sys_exit, (const struct trap_frame *frame, unsigned long nr), (frame, nr));

/* drivers/block. */
TRACE_EVENT_DECLARE(block_rq_issue, (const struct block_request *request), (request));
TRACE_EVENT_DECLARE(block_rq_complete, (const struct block_request *request, int error),
		    (request, error));

/* kernel/module. */
TRACE_EVENT_DECLARE(module_load, (const struct module *module), (module));
TRACE_EVENT_DECLARE(module_free, (const struct module *module), (module));
TRACE_EVENT_DECLARE(module_get, (const struct module *module, unsigned long from), (module, from));
TRACE_EVENT_DECLARE(module_put, (const struct module *module, unsigned long from), (module, from));

#endif
