/* SPDX-License-Identifier: MIT */
/* devpts: the nodes of pty slaves (fs/devpts.c). One instance, however often it is mounted. */
#ifndef FS_DEVPTS_H
#define FS_DEVPTS_H

#include <fs/vfs.h>

/* The node "index", owned by the caller. May sleep. -ENODEV: devpts was never mounted; -ENOMEM. */
int devpts_create(unsigned int index, dev_t_kernel dev);
void devpts_remove(unsigned int index);
/* A descriptor for the slave (TIOCGPTPEER), whatever the name space looks like; flags O_*. */
int devpts_open_peer(unsigned int index, int flags);
void devpts_init(void);

#endif
