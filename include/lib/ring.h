/* SPDX-License-Identifier: MIT */
/*
 * A byte FIFO in a buffer of the caller's, a power of two in size. One writer
 * and one reader may work at the same time without a lock; several of a kind lock among
 * themselves.
 */
#ifndef LIB_RING_H
#define LIB_RING_H

#include <lib/kernel.h>

/* The counters run freely; what is between them is filled. */
struct ring {
	u8 *buffer;
	unsigned int size;
	unsigned int head;	/* written so far: the writer's */
	unsigned int tail;	/* read so far: the reader's */
};

static inline void ring_init(struct ring *ring, void *buffer, unsigned int size)
{
	ring->buffer = buffer;
	ring->size = size;
	ring->head = 0;
	ring->tail = 0;
}

static inline unsigned int ring_used(const struct ring *ring)
{
	return __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE) -
	       __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
}

static inline unsigned int ring_free(const struct ring *ring)
{
	return ring->size - ring_used(ring);
}

static inline bool ring_is_empty(const struct ring *ring)
{
	return ring_used(ring) == 0;
}

static inline bool ring_is_full(const struct ring *ring)
{
	return ring_used(ring) >= ring->size;
}

/* Bytes that were stored or taken: fewer than asked when there is no room or nothing more. */
unsigned int ring_put(struct ring *ring, const void *from, unsigned int count);
unsigned int ring_get(struct ring *ring, void *to, unsigned int count);
/* Copies from `skip` bytes behind the oldest on without taking. */
unsigned int ring_peek(const struct ring *ring, void *to, unsigned int count, unsigned int skip);
unsigned int ring_skip(struct ring *ring, unsigned int count);

static inline bool ring_put_byte(struct ring *ring, u8 byte)
{
	if (ring_is_full(ring))
		return false;
	ring->buffer[ring->head & (ring->size - 1)] = byte;
	__atomic_store_n(&ring->head, ring->head + 1, __ATOMIC_RELEASE);
	return true;
}

static inline bool ring_get_byte(struct ring *ring, u8 *byte)
{
	if (ring_is_empty(ring))
		return false;
	*byte = ring->buffer[ring->tail & (ring->size - 1)];
	__atomic_store_n(&ring->tail, ring->tail + 1, __ATOMIC_RELEASE);
	return true;
}

/*
 * For copying without a buffer between: the longest piece that can be read
 * (written) in place; then ring_skip (ring_commit) what was used of it.
 */
unsigned int ring_read_span(const struct ring *ring, u8 **start);
unsigned int ring_write_span(const struct ring *ring, u8 **start);
void ring_commit(struct ring *ring, unsigned int count);

static inline void ring_reset(struct ring *ring)
{
	ring->head = 0;
	ring->tail = 0;
}

#endif
