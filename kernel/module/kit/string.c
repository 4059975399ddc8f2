// SPDX-License-Identifier: MIT
/*
 * Kit: what compilers call by themselves, and C's string functions, under their own names; and the indirect-branch thunks that modules
 * built with -mindirect-branch=thunk-extern (gcc) or -mretpoline-external-thunk (clang) need.
 */
#include "kit.h"

#include <kernel/log.h>
#include <lib/string.h>

EXPORT_KIT_PLAIN(memcpy, 0, 1);
EXPORT_KIT_PLAIN(memmove, 0, 1);
EXPORT_KIT_PLAIN(memset, 0, 1);
EXPORT_KIT_PLAIN(memcmp, 0, 1);
EXPORT_KIT_PLAIN(strlen, 0, 1);
EXPORT_KIT_PLAIN(strnlen, 0, 1);
EXPORT_KIT_PLAIN(strcmp, 0, 1);
EXPORT_KIT_PLAIN(strncmp, 0, 1);
EXPORT_KIT_PLAIN(strscpy, 0, 1);

void __stack_chk_fail(void);
EXPORT_KIT_PLAIN(__stack_chk_fail, 0, 1);

/* arch/x86_64/cpu/thunk.S. Branched to, never called from C. */
#define EXPORT_THUNK(reg)				\
	void __x86_indirect_thunk_##reg(void);		\
	EXPORT_KIT_UNTYPED(__x86_indirect_thunk_##reg, 0, 1)
EXPORT_THUNK(rax);
EXPORT_THUNK(rbx);
EXPORT_THUNK(rcx);
EXPORT_THUNK(rdx);
EXPORT_THUNK(rsi);
EXPORT_THUNK(rdi);
EXPORT_THUNK(rbp);
EXPORT_THUNK(r8);
EXPORT_THUNK(r9);
EXPORT_THUNK(r10);
EXPORT_THUNK(r11);
EXPORT_THUNK(r12);
EXPORT_THUNK(r13);
EXPORT_THUNK(r14);
EXPORT_THUNK(r15);
