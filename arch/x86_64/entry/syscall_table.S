/* SPDX-License-Identifier: MIT */
/*
 * The dispatch table, one pointer a number. Each sys_NAME is defined here weakly as the answer to calls that are not there, so a handler
 * defined anywhere else takes its place when the kernel is linked.
 */

	.section .text, "ax", @progbits
	.balign 16
	.type syscall_absent, @function
#define SYSCALL(nr, name) .weak sys_##name; sys_##name:
#define NO_SYSCALL(nr)
#include <generated/syscall_table.h>
#undef SYSCALL
#undef NO_SYSCALL
syscall_absent:
	endbr64
	jmp	sys_ni_syscall
	.size syscall_absent, . - syscall_absent

	.section .rodata, "a", @progbits
	.balign 64
	.globl sys_call_table
	.type sys_call_table, @object
sys_call_table:
#define SYSCALL(nr, name) .quad sys_##name
#define NO_SYSCALL(nr) .quad sys_ni_syscall
#include <generated/syscall_table.h>
	.size sys_call_table, . - sys_call_table

	.section .note.GNU-stack, "", @progbits
