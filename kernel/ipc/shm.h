/* SPDX-License-Identifier: MIT */
/* A segment of System V shared memory: an unlinked file of tmpfs, and who has it mapped. */
#ifndef KERNEL_IPC_SHM_H
#define KERNEL_IPC_SHM_H

#include <fs/vfs.h>
#include "set.h"

#define SHM_MODE_DEST	01000	/* in object.mode: goes with the last who has it mapped */
#define SHM_MODE_LOCKED	02000

struct shm_segment {
	struct ipc_object object;
	struct file *file;				/* I */
	size_t size;					/* I */
	time64_t attach_time, detach_time, change_time; /* object.lock, as is the rest */
	unsigned long nr_attached;
	s32 creator_pid, last_pid;
};

extern const struct file_operations shm_file_operations;
/* one that held it less, a mapping or not; takes the set's lock */
void shm_uncount(struct shm_segment *segment, bool detached);
struct shm_segment *shm_of_file(const struct file *file); /* NULL: another kind of file */

#endif
