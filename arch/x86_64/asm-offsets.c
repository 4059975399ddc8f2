/* SPDX-License-Identifier: MIT */
/* Constants of C that assembly needs; see include/kernel/kbuild.h. */
#include <kernel/kbuild.h>
#include <kernel/preempt.h>
#include <kernel/thread.h>

void asm_offsets(void);

void asm_offsets(void)
{
	OFFSET(THREAD_FLAGS, thread, flags);
	OFFSET(THREAD_KERNEL_RSP, thread, kernel_rsp);
	OFFSET(THREAD_STACK_TOP, thread, stack_top);
	DEFINE(THREAD_USER_WORK, TF_USER_WORK);
	DEFINE(THREAD_SYSCALL_EXIT_WORK, TF_USER_WORK | 1ul << TF_FULL_RETURN);
	DEFINE(PREEMPT_NMI_MASK, NMI_MASK);
}
