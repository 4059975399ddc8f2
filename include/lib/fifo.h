/* SPDX-License-Identifier: MIT */
/*
 * A byte FIFO in a buffer of the caller's, a power of two in size. One writer
 * and one reader may work at the same time without a lock; several of a kind lock among
 * themselves.
 */
#ifndef LIB_FIFO_H
#define LIB_FIFO_H

#include <lib/kernel.h>

/* The counters run freely; what is between them is filled. */
struct fifo {
	u8 *buffer;
	unsigned int size;
	unsigned int head; /* written so far: the writer's */
	unsigned int tail; /* read so far: the reader's */
};

static inline void fifo_init(struct fifo *fifo, void *buffer, unsigned int size)
{
	fifo->buffer = buffer;
	fifo->size = size;
	fifo->head = 0;
	fifo->tail = 0;
}

static inline unsigned int fifo_used(const struct fifo *fifo)
{
	return __atomic_load_n(&fifo->head, __ATOMIC_ACQUIRE) -
	       __atomic_load_n(&fifo->tail, __ATOMIC_ACQUIRE);
}

static inline unsigned int fifo_free(const struct fifo *fifo)
{
	return fifo->size - fifo_used(fifo);
}

static inline bool fifo_is_empty(const struct fifo *fifo)
{
	return fifo_used(fifo) == 0;
}

static inline bool fifo_is_full(const struct fifo *fifo)
{
	return fifo_used(fifo) >= fifo->size;
}

/* Bytes that were stored or taken: fewer than asked when there is no room or nothing more. */
unsigned int fifo_put(struct fifo *fifo, const void *from, unsigned int count);
unsigned int fifo_get(struct fifo *fifo, void *to, unsigned int count);
/* Copies from `skip` bytes behind the oldest on without taking. */
unsigned int fifo_peek(const struct fifo *fifo, void *to, unsigned int count, unsigned int skip);
unsigned int fifo_skip(struct fifo *fifo, unsigned int count);

static inline bool fifo_put_byte(struct fifo *fifo, u8 byte)
{
	if (fifo_is_full(fifo))
		return false;
	fifo->buffer[fifo->head & (fifo->size - 1)] = byte;
	__atomic_store_n(&fifo->head, fifo->head + 1, __ATOMIC_RELEASE);
	return true;
}

static inline bool fifo_get_byte(struct fifo *fifo, u8 *byte)
{
	if (fifo_is_empty(fifo))
		return false;
	*byte = fifo->buffer[fifo->tail & (fifo->size - 1)];
	__atomic_store_n(&fifo->tail, fifo->tail + 1, __ATOMIC_RELEASE);
	return true;
}

/*
 * For copying without a buffer between: the longest piece that can be read
 * (written) in place; then fifo_skip (fifo_commit) what was used of it.
 */
unsigned int fifo_read_span(const struct fifo *fifo, u8 **start);
unsigned int fifo_write_span(const struct fifo *fifo, u8 **start);
void fifo_commit(struct fifo *fifo, unsigned int count);

static inline void fifo_reset(struct fifo *fifo)
{
	fifo->head = 0;
	fifo->tail = 0;
}

#endif
