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
