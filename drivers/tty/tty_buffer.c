// SPDX-License-Identifier: MIT
/*
 * The way of received bytes to the line discipline.
 *
 * A driver puts them into the tty's input ring in any context; a work item moves them on. When the read buffer is full the rest
 * stays in the ring until a reader makes room (tty_input_kick). A caller that may sleep and finds the ring empty goes straight
 * through (tty_receive), so a pty costs no work item.
 */
#include "internal.h"

#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/slab.h>

#define INPUT_RING_SIZE	4096u
#define CHUNK		256u

size_t tty_insert(struct tty *tty, const u8 *bytes, size_t len, u8 flag)
{
	struct tty_input *in = &tty->input;
	unsigned long irq;
	size_t n;

	spin_lock_irqsave(&in->lock, irq);
	for (n = 0; n < len && in->head - in->tail < in->size; n++, in->head++) {
		in->bytes[in->head & (in->size - 1)] = bytes[n];
		in->flags[in->head & (in->size - 1)] = flag;
	}
	if (n < len)
		in->lost += len - n;
	spin_unlock_irqrestore(&in->lock, irq);
	if (n)
		schedule_work(&tty->receive_work);
	return n;
}

static unsigned int input_peek(struct tty_input *in, u8 *bytes, u8 *flags)
{
	unsigned int n;

	spin_lock_irq(&in->lock);
	for (n = 0; n < CHUNK && in->tail + n != in->head; n++) {
		bytes[n] = in->bytes[(in->tail + n) & (in->size - 1)];
		flags[n] = in->flags[(in->tail + n) & (in->size - 1)];
	}
	spin_unlock_irq(&in->lock);
	return n;
}

static void input_consume(struct tty_input *in, unsigned int n)
{
	spin_lock_irq(&in->lock);
	if (n > in->head - in->tail)
		n = in->head - in->tail; /* somebody flushed meanwhile */
	in->tail += n;
	spin_unlock_irq(&in->lock);
}

/* receive_lock held. True when the ring is empty, false when the read buffer is full. */
static bool input_drain(struct tty *tty)
{
	u8 bytes[CHUNK], flags[CHUNK];
	unsigned int n;
	size_t taken;

	while ((n = input_peek(&tty->input, bytes, flags))) {
		taken = n_tty_receive(tty, bytes, flags, n);
		input_consume(&tty->input, taken);
		if (taken < n)
			return false;
	}
	return true;
}

/* The driver stops the other side at three quarters, and lets it go on at one. receive_lock held. */
static void tell_driver(struct tty *tty)
{
	struct tty_input *in = &tty->input;
	unsigned int level = READ_ONCE(in->head) - in->tail;
	bool full = in->throttled ? level > in->size / 4 : level > in->size / 4 * 3;

	if (full == in->throttled)
		return;
	in->throttled = full;
	if (tty->ops->throttle)
		tty->ops->throttle(tty, full);
}

static void receive_work(struct work_struct *work)
{
	struct tty *tty = container_of(work, struct tty, receive_work);

	mutex_lock(&tty->receive_lock);
	input_drain(tty);
	tell_driver(tty);
	mutex_unlock(&tty->receive_lock);
}

size_t tty_receive(struct tty *tty, const u8 *bytes, size_t len)
{
	size_t taken = 0;

	mutex_lock(&tty->receive_lock);
	if (input_drain(tty))
		taken = n_tty_receive(tty, bytes, NULL, len);
	mutex_unlock(&tty->receive_lock);
	return taken;
}

void tty_input_kick(struct tty *tty)
{
	schedule_work(&tty->receive_work);
}

/* receive_lock held. */
void tty_input_clear(struct tty *tty)
{
	struct tty_input *in = &tty->input;

	spin_lock_irq(&in->lock);
	in->tail = in->head;
	spin_unlock_irq(&in->lock);
	tell_driver(tty);
}

int tty_input_init(struct tty *tty)
{
	struct tty_input *in = &tty->input;

	spin_lock_init(&in->lock, LOCK_RANK_TTY_INPUT);
	INIT_WORK(&tty->receive_work, receive_work);
	in->size = INPUT_RING_SIZE;
	in->bytes = kmalloc(2 * INPUT_RING_SIZE, GFP_KERNEL);
	in->flags = in->bytes + INPUT_RING_SIZE;
	return in->bytes ? 0 : -ENOMEM;
}

void tty_input_free(struct tty *tty)
{
	kfree(tty->input.bytes);
}
