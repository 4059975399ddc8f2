/* SPDX-License-Identifier: MIT */
/* Trace events of system calls (kernel/trace_events.h). */
#include <arch/trap_frame.h>
#include <kernel/trace_events.h>
#include <lib/kernel.h>

#define SYS_ENTER_FIELDS(R, FIELD, ARRAY, STRING) \
	FIELD(R, long, id) ARRAY(R, unsigned long, args, 6)
TRACE_EVENT_DEFINE(
	&syscall_trace_key, raw_syscalls, sys_enter, (const struct trap_frame *frame),
	SYS_ENTER_FIELDS, NULL,
	{
		entry->id = frame->orig_rax;
		entry->args[0] = frame->rdi;
		entry->args[1] = frame->rsi;
		entry->args[2] = frame->rdx;
		entry->args[3] = frame->r10;
		entry->args[4] = frame->r8;
		entry->args[5] = frame->r9;
	},
	"NR %ld (%lx, %lx, %lx, %lx, %lx, %lx)", REC->id, REC->args[0], REC->args[1], REC->args[2],
	REC->args[3], REC->args[4], REC->args[5])

#define SYS_EXIT_FIELDS(R, FIELD, ARRAY, STRING) FIELD(R, long, id) FIELD(R, long, ret)
TRACE_EVENT_DEFINE(
	&syscall_trace_key, raw_syscalls, sys_exit,
	(const struct trap_frame *frame, unsigned long nr), SYS_EXIT_FIELDS, NULL,
	{
		entry->id = nr;
		entry->ret = frame->rax;
	},
	"NR %ld = %ld", REC->id, REC->ret)
