/* SPDX-License-Identifier: MIT */
/* What a file's poll operation uses: poll_wait(file, queue, table) on every queue that could change the answer, then the mask. */
#ifndef FS_POLL_H
#define FS_POLL_H

#include <kernel/wait.h>
#include <uapi/poll.h>

struct file;
struct poll_table {
	void (*queue)(struct file *file, wait_queue_head_t *head, struct poll_table *table);
	u32 events; /* interesting ones, EPOLL* */
};

static inline void poll_wait(struct file *file, wait_queue_head_t *head, struct poll_table *table)
{
	if (table && table->queue)
		table->queue(file, head, table);
}

/* The file's events now; table may be NULL: only asking. */
u32 vfs_poll(struct file *file, struct poll_table *table);

#endif
