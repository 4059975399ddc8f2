/* SPDX-License-Identifier: MIT */
/* Pipes (fs/pipe.c): a ring of pages. head and tail run freely; slot n is buffers[n & (ring_size - 1)]. */
#ifndef FS_PIPE_H
#define FS_PIPE_H

#include <kernel/mutex.h>
#include <kernel/wait.h>

struct file;
struct inode;
struct page;

struct pipe_buffer {
	struct page *page;
	u32 offset, len;
	bool can_merge; /* later writes may append to the page */
	bool packet;	/* one write(2), read as a whole */
};

/* All under mutex; head, tail, readers, writers are also looked at without it by poll and by waiters. */
struct pipe {
	struct mutex mutex;
	wait_queue_head_t read_wait, write_wait;
	unsigned int head, tail;
	unsigned int ring_size;			 /* slots; a power of two */
	unsigned int readers, writers;		 /* open ends */
	unsigned int files;			 /* inode.lock */
	unsigned int reader_opens, writer_opens; /* so far: for open(2) of FIFOs */
	bool polled;				 /* somebody has asked by poll or epoll */
	struct page *spare[2];
	struct pipe_buffer *buffers;
};

#define PIPE_DEFAULT_SLOTS	16

static inline unsigned int pipe_occupancy(const struct pipe *p) { return READ_ONCE(p->head) - READ_ONCE(p->tail); }
static inline bool pipe_is_empty(const struct pipe *p) { return READ_ONCE(p->head) == READ_ONCE(p->tail); }
static inline bool pipe_is_full(const struct pipe *p) { return pipe_occupancy(p) >= READ_ONCE(p->ring_size); }

/* [0] reads, [1] writes; O_NONBLOCK, O_CLOEXEC, O_DIRECT */
int create_pipe_files(struct file **files, int flags);
struct pipe *file_pipe(struct file *file); /* NULL: not a pipe */
/* F_SETPIPE_SZ, F_GETPIPE_SZ */
long pipe_fcntl(struct file *file, unsigned int command, unsigned long arg);
extern unsigned int pipe_max_size;

#endif
