/* SPDX-License-Identifier: MIT */
/* Starting what kernel/ipc has besides sockets. */
#ifndef KERNEL_IPC_H
#define KERNEL_IPC_H

#ifdef CONFIG_SYSVIPC
void sysvipc_init(void); /* boot: after /proc */
#else
static inline void sysvipc_init(void) { }
#endif

#ifdef CONFIG_POSIX_MQUEUE
void mqueue_init(void); /* boot: after the VFS */
#else
static inline void mqueue_init(void) { }
#endif

#endif
