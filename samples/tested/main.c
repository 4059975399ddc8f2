// SPDX-License-Identifier: MIT
/*
 * tested: a module with tests, a folder to copy. /dev/tested keeps the last numbers that were written to it and gives them back, a text line each.
 */
#include <kit/char.h>
#include <kit/log.h>
#include <kit/module.h>
#include <kit/lock.h>

#include "ring.h"

MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("a module with tests");

enum { LINE_MAX = 13 };		/* "-2147483648\n" and the zero behind it */

static struct ring ring;
static spinlock_t lock; /* ring */
static struct char_device *node;

static ssize_t tested_read(struct char_file *file, void *buffer, size_t length, u64 position)
{
	s32 number;
	u64 flags;
	int error;

	if (length < LINE_MAX)
		return -EINVAL;
	flags = spin_lock_save(&lock);
	error = ring_take(&ring, &number);
	spin_unlock_restore(&lock, flags);
	return error ? error : snprintf(buffer, length, "%d\n", number);
}

static ssize_t tested_write(struct char_file *file, const void *buffer, size_t length, u64 position)
{
	const char *text = buffer;
	s32 number = 0;
	u64 flags;
	int error;

	for (size_t i = 0; i < length && text[i] >= '0' && text[i] <= '9'; i++)
		number = (s32)((u32)number * 10 + (u32)(text[i] - '0'));
	flags = spin_lock_save(&lock);
	error = ring_put(&ring, number);
	spin_unlock_restore(&lock, flags);
	if (error)
		return error;
	char_ready(char_file_device(file), CHAR_READABLE);
	return length;
}

static const struct char_operations operations = { .size = sizeof(operations), .read = tested_read, .write = tested_write };

static int __init tested_init(void)
{
	struct char_params params = {
		.size = sizeof(params), .mode = 0600, .name = "tested", .operations = &operations
	};

	node = char_register(THIS_MODULE, NULL, &params);
	return IS_ERR(node) ? PTR_ERR(node) : 0;
}

static void tested_exit(void)
{
	char_unregister(node);
}

module_init(tested_init);
module_exit(tested_exit);
