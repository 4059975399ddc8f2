/* SPDX-License-Identifier: MIT */
/*
 * Byte FIFO.
 *
 * The writer alone moves head, the reader alone tail, each with release order after
 * it has touched the buffer, so that the other side sees the bytes before the
 * counter.
 */
#include <lib/ring.h>
#include <lib/string.h>

static void copy_in(struct ring *ring, unsigned int at, const u8 *from, unsigned int count)
{
	unsigned int offset = at & (ring->size - 1);
	unsigned int first = min(count, ring->size - offset);

	memcpy(ring->buffer + offset, from, first);
	memcpy(ring->buffer, from + first, count - first);
}

static void copy_out(const struct ring *ring, unsigned int at, u8 *to, unsigned int count)
{
	unsigned int offset = at & (ring->size - 1);
	unsigned int first = min(count, ring->size - offset);

	memcpy(to, ring->buffer + offset, first);
	memcpy(to + first, ring->buffer, count - first);
}

unsigned int ring_put(struct ring *ring, const void *from, unsigned int count)
{
	count = min(count, ring_free(ring));
	copy_in(ring, ring->head, from, count);
	ring_commit(ring, count);
	return count;
}

unsigned int ring_peek(const struct ring *ring, void *to, unsigned int count, unsigned int skip)
{
	unsigned int used = ring_used(ring);

	if (skip >= used)
		return 0;
	count = min(count, used - skip);
	copy_out(ring, ring->tail + skip, to, count);
	return count;
}

unsigned int ring_skip(struct ring *ring, unsigned int count)
{
	count = min(count, ring_used(ring));
	__atomic_store_n(&ring->tail, ring->tail + count, __ATOMIC_RELEASE);
	return count;
}

unsigned int ring_get(struct ring *ring, void *to, unsigned int count)
{
	return ring_skip(ring, ring_peek(ring, to, count, 0));
}

unsigned int ring_read_span(const struct ring *ring, u8 **start)
{
	unsigned int offset = ring->tail & (ring->size - 1);

	*start = ring->buffer + offset;
	return min(ring_used(ring), ring->size - offset);
}

unsigned int ring_write_span(const struct ring *ring, u8 **start)
{
	unsigned int offset = ring->head & (ring->size - 1);

	*start = ring->buffer + offset;
	return min(ring_free(ring), ring->size - offset);
}

void ring_commit(struct ring *ring, unsigned int count)
{
	__atomic_store_n(&ring->head, ring->head + count, __ATOMIC_RELEASE);
}
