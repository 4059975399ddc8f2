/* SPDX-License-Identifier: MIT */
/* What the files of this folder share; and what only assembly calls. */
#ifndef ARCH_X86_64_ENTRY_ENTRY_H
#define ARCH_X86_64_ENTRY_ENTRY_H

#include <arch/percpu.h>
#include <arch/trap_frame.h>

DECLARE_PER_CPU(unsigned long, syscall_user_rsp);
void syscall_traced(struct trap_frame *frame);
void syscall_exit_work(struct trap_frame *frame);

/* From syscall_entry.S in a kernel with CONFIG_DEBUG_LOCKS. */
void syscall_check_locks(void);

#endif
