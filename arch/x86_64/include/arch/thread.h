/* SPDX-License-Identifier: MIT */
/* The machine's part of a thread (arch/x86_64/thread/thread.c). The FPU has a header of its own. */
#ifndef ARCH_THREAD_H
#define ARCH_THREAD_H

/* Brings current->fs_base and gs_base up to date: before they are read or copied to a child. */
void thread_save_bases(void);

/* The user's bases of current: arch_prctl, clone's TLS, exec (0). The value must be canonical. */
void thread_set_fs_base(unsigned long base);
void thread_set_gs_base(unsigned long base);

#endif
