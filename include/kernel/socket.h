/* SPDX-License-Identifier: MIT */
/* Sockets (kernel/ipc), as the rest of the kernel sees them. */
#ifndef KERNEL_SOCKET_H
#define KERNEL_SOCKET_H

void socket_init(void); /* boot: after the VFS */

#endif
