// SPDX-License-Identifier: MIT
/* Registers /dev/quitter, waits until a program has opened it, and then fails to start. */
#include <kit/char.h>
#include <kit/errno.h>
#include <kit/module.h>
#include <kit/wait.h>

static struct completion opened;

static int quitter_open(struct char_file *file)
{
	complete(&opened);
	return 0;
}

static ssize_t quitter_read(struct char_file *file, void *buffer, size_t length, u64 position)
{
	return -EAGAIN;
}

static const struct char_operations operations = { .size = sizeof(operations), .open = quitter_open, .read = quitter_read };
static const struct char_params params = { .size = sizeof(params), .mode = 0666, .name = "quitter", .operations = &operations };

static int __init quitter_init(void)
{
	struct char_device *device = char_register(THIS_MODULE, NULL, &params);
	int error;

	if (IS_ERR(device))
		return PTR_ERR(device);
	error = completion_wait(&opened, 20000);
	return error ? error : -EIO;
}

static void quitter_exit(void)
{
}

module_init(quitter_init);
module_exit(quitter_exit);
MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("Fails to start while it is in use");
