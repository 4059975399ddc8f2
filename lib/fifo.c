/* SPDX-License-Identifier: MIT */
/*
 * Byte FIFO.
 *
 * The writer alone moves head, the reader alone tail, each with release order after
 * it has touched the buffer, so that the other side sees the bytes before the
 * counter.
 */
#include <lib/fifo.h>
#include <lib/string.h>

static void copy_in(struct fifo *fifo, unsigned int at, const u8 *from, unsigned int count)
{
	unsigned int offset = at & (fifo->size - 1);
	unsigned int first = min(count, fifo->size - offset);

	memcpy(fifo->buffer + offset, from, first);
	memcpy(fifo->buffer, from + first, count - first);
}

static void copy_out(const struct fifo *fifo, unsigned int at, u8 *to, unsigned int count)
{
	unsigned int offset = at & (fifo->size - 1);
	unsigned int first = min(count, fifo->size - offset);

	memcpy(to, fifo->buffer + offset, first);
	memcpy(to + first, fifo->buffer, count - first);
}

unsigned int fifo_put(struct fifo *fifo, const void *from, unsigned int count)
{
	count = min(count, fifo_free(fifo));
	copy_in(fifo, fifo->head, from, count);
	fifo_commit(fifo, count);
	return count;
}

unsigned int fifo_peek(const struct fifo *fifo, void *to, unsigned int count, unsigned int skip)
{
	unsigned int used = fifo_used(fifo);

	if (skip >= used)
		return 0;
	count = min(count, used - skip);
	copy_out(fifo, fifo->tail + skip, to, count);
	return count;
}

unsigned int fifo_skip(struct fifo *fifo, unsigned int count)
{
	count = min(count, fifo_used(fifo));
	__atomic_store_n(&fifo->tail, fifo->tail + count, __ATOMIC_RELEASE);
	return count;
}

unsigned int fifo_get(struct fifo *fifo, void *to, unsigned int count)
{
	return fifo_skip(fifo, fifo_peek(fifo, to, count, 0));
}

unsigned int fifo_read_span(const struct fifo *fifo, u8 **start)
{
	unsigned int offset = fifo->tail & (fifo->size - 1);

	*start = fifo->buffer + offset;
	return min(fifo_used(fifo), fifo->size - offset);
}

unsigned int fifo_write_span(const struct fifo *fifo, u8 **start)
{
	unsigned int offset = fifo->head & (fifo->size - 1);

	*start = fifo->buffer + offset;
	return min(fifo_free(fifo), fifo->size - offset);
}

void fifo_commit(struct fifo *fifo, unsigned int count)
{
	__atomic_store_n(&fifo->head, fifo->head + count, __ATOMIC_RELEASE);
}
