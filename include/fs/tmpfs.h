/* SPDX-License-Identifier: MIT */
/* Memory with a file around it: shared anonymous mappings, memfd, SysV shared memory (fs/tmpfs/shmem.c). */
#ifndef FS_TMPFS_PUBLIC_H
#define FS_TMPFS_PUBLIC_H

#include <fs/vfs.h>
#include <kernel/log.h>

/* An unlinked file of that size, open for reading and writing; /proc shows it as "/name (deleted)". ERR_PTR. */
struct file *shmem_file_create(const char *name, loff_t size);
/* F_ADD_SEALS, F_GET_SEALS: -EINVAL when the file cannot be sealed. */
long shmem_fcntl(struct file *file, unsigned int command, unsigned long arg);
/* memfd_create(2): a descriptor. */
long do_memfd_create(const char *name, unsigned int flags);
void tmpfs_init(void);
void shmem_init(void);

#endif
