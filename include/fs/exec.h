/* SPDX-License-Identifier: MIT */
/* Programs and processes as files see them (fs/exec). */
#ifndef FS_EXEC_H
#define FS_EXEC_H

#include <kit/types.h>

void exec_init(void);			    /* boot: threads have files from now on */
int fs_context_unshare(bool new_namespace); /* 0, -ENOMEM, -EPERM: new namespace */
extern int randomize_va_space;

#endif
