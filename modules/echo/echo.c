// SPDX-License-Identifier: MIT
/*
 * echo: /dev/echo gives back what was written to it.
 *
 * One ring of `size` bytes is shared by all open files, under one lock. Reading an empty ring and writing a full one answer -EAGAIN;
 * whoever changes that calls char_ready() for the device of the file: it may be opened before char_register() has returned.
 *
 * ECHO_EXCHANGE has two further buffers of the program's; mmap shows a page that programs share.
 */
#include "echo.h"

#include <kit/char.h>
#include <kit/errno.h>
#include <kit/lock.h>
#include <kit/log.h>
#include <kit/memory.h>
#include <kit/module.h>
#include <kit/param.h>

static unsigned int size = 4096;
module_param(size, uint, 0444);
MODULE_PARM_DESC(size, "bytes that can be queued, 1 to 1048576");

static spinlock_t lock; /* all below */
static u8 *ring;
static u64 head, tail; /* count all bytes ever: head - tail are queued */
static bool upper;

static u8 *board; /* what mmap shows */

static struct char_device *device;

static u8 shown(u8 c)
{
	return upper && c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c;
}

static size_t take(u8 *to, size_t length)
{
	size_t n = 0;

	spin_lock(&lock);
	while (n < length && tail != head)
		to[n++] = shown(ring[tail++ % size]);
	spin_unlock(&lock);
	return n;
}

static size_t put(const u8 *from, size_t length)
{
	size_t n = 0;

	spin_lock(&lock);
	while (n < length && head - tail < size)
		ring[head++ % size] = from[n++];
	spin_unlock(&lock);
	return n;
}

static ssize_t echo_read(struct char_file *file, void *buffer, size_t length, u64 position)
{
	size_t n = take(buffer, length);

	if (!n)
		return -EAGAIN;
	char_ready(char_file_device(file), CHAR_WRITABLE);
	return n;
}

static ssize_t echo_write(struct char_file *file, const void *buffer, size_t length, u64 position)
{
	size_t n = put(buffer, length);

	if (!n)
		return -EAGAIN;
	char_ready(char_file_device(file), CHAR_READABLE);
	return n;
}

static u32 echo_poll(struct char_file *file)
{
	u32 events = 0;

	spin_lock(&lock);
	if (head != tail)
		events |= CHAR_READABLE;
	if (head - tail < size)
		events |= CHAR_WRITABLE;
	spin_unlock(&lock);
	return events;
}

static s64 get_queued(struct char_file *file, void *argument, u64 value)
{
	spin_lock(&lock);
	*(unsigned int *)argument = head - tail;
	spin_unlock(&lock);
	return 0;
}

static s64 set_upper(struct char_file *file, void *argument, u64 value)
{
	unsigned int on = *(unsigned int *)argument;

	if (on > 1)
		return -EINVAL;
	spin_lock(&lock);
	upper = on;
	spin_unlock(&lock);
	return 0;
}

static s64 clear(struct char_file *file, void *argument, u64 value)
{
	unsigned int n;

	spin_lock(&lock);
	n = head - tail;
	tail = head;
	spin_unlock(&lock);
	char_ready(char_file_device(file), CHAR_WRITABLE);
	return n;
}

/* buffers: as in nested[]. */
static s64 exchange(struct char_file *file, void *argument, struct char_buffer *buffers)
{
	struct echo_exchange *e = argument;

	e->out_bytes = put(buffers[0].data, buffers[0].length);
	e->back_bytes = buffers[1].length = take(buffers[1].data, buffers[1].length);
	char_ready(char_file_device(file), CHAR_READABLE | CHAR_WRITABLE);
	return 0;
}

static int echo_map(struct char_file *file, struct char_mapping *mapping, u64 offset, u64 length)
{
	return char_map_buffer(mapping, 0, board, ECHO_BOARD_SIZE, 0);
}

static const struct char_nested nested[] = {
	{ .size = sizeof(nested[0]),
	  .direction = CHAR_NESTED_IN,
	  .pointer_at = offsetof(struct echo_exchange, out),
	  .length_at = offsetof(struct echo_exchange, out_bytes),
	  .length_bytes = sizeof(u32),
	  .most_bytes = 4096 },
	{ .size = sizeof(nested[0]),
	  .direction = CHAR_NESTED_OUT,
	  .pointer_at = offsetof(struct echo_exchange, back),
	  .length_at = offsetof(struct echo_exchange, back_bytes),
	  .length_bytes = sizeof(u32),
	  .most_bytes = 4096 },
};

static const struct char_command commands[] = {
	{ .size = sizeof(commands[0]),
	  .command = ECHO_GET_QUEUED,
	  .bytes_out = sizeof(unsigned int),
	  .run = get_queued },
	{ .size = sizeof(commands[0]),
	  .command = ECHO_SET_UPPER,
	  .bytes_in = sizeof(unsigned int),
	  .run = set_upper },
	{ .size = sizeof(commands[0]), .command = ECHO_CLEAR, .run = clear },
	{ .size = sizeof(commands[0]),
	  .command = ECHO_EXCHANGE,
	  .bytes_in = sizeof(struct echo_exchange),
	  .bytes_out = sizeof(struct echo_exchange),
	  .run_nested = exchange,
	  .nested = nested,
	  .nr_nested = sizeof(nested) / sizeof(nested[0]) },
};

static const struct char_operations operations = {
	.size = sizeof(operations),
	.read = echo_read,
	.write = echo_write,
	.poll = echo_poll,
	.commands = commands,
	.nr_commands = sizeof(commands) / sizeof(commands[0]),
	.map = echo_map,
};

static const struct char_params params = {
	.size = sizeof(params),
	.mode = 0666,
	.name = "echo",
	.operations = &operations,
};

static int __init echo_init(void)
{
	if (!size || size > 1u << 20) {
		pr_err("size=%u is not in 1 to 1048576\n", size);
		return -EINVAL;
	}
	ring = vzalloc(size);
	board = vzalloc(ECHO_BOARD_SIZE);
	device = ring && board ? char_register(THIS_MODULE, NULL, &params) : ERR_PTR(-ENOMEM);
	if (IS_ERR(device)) {
		vfree(board);
		vfree(ring);
		return PTR_ERR(device);
	}
	return 0;
}

static void echo_exit(void)
{
	char_unregister(device);
	vfree(board);
	vfree(ring);
}

module_init(echo_init);
module_exit(echo_exit);
MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Mortise authors");
MODULE_DESCRIPTION("A character device that gives back what was written to it");
MODULE_VERSION("1.0");
