// SPDX-License-Identifier: MIT
#include "ring.h"

int ring_put(struct ring *ring, s32 number)
{
	if (ring->head - ring->tail == RING_SIZE)
		return -ENOSPC;
	ring->numbers[ring->head++ % RING_SIZE] = number;
	return 0;
}

int ring_take(struct ring *ring, s32 *number)
{
	if (ring->head == ring->tail)
		return -EAGAIN;
	*number = ring->numbers[ring->tail++ % RING_SIZE];
	return 0;
}
