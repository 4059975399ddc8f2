/* SPDX-License-Identifier: MIT */
/*
 * System call entry, and the registers of a new program (arch/x86_64/entry).
 */
#ifndef ARCH_ENTRY_H
#define ARCH_ENTRY_H

#include <arch/trap_frame.h>

void syscall_init_cpu(void); /* each CPU: where SYSCALL goes */

/* exec: all registers as a new program finds them. */
void user_registers_reset(struct trap_frame *frame, unsigned long rip, unsigned long rsp);

#endif
