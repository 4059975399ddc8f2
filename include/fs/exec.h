/* SPDX-License-Identifier: MIT */
/* Programs and processes as files see them (fs/exec). */
#ifndef FS_EXEC_H
#define FS_EXEC_H

void exec_init(void);			/* boot: threads have files from now on */
int fs_context_unshare(void);		/* 0 or -ENOMEM */
extern int randomize_va_space;

#endif
