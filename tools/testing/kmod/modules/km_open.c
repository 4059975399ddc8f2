// SPDX-License-Identifier: MIT
/* /dev/km_open: open, it holds the module. */
#include "both.h"

#ifdef __MODULE__
#include <kit/char.h>

static struct char_device *device;

static ssize_t open_read(struct char_file *file, void *buffer, size_t length, u64 position)
{
	return 0;
}

static const struct char_operations operations = { .size = sizeof(operations), .read = open_read };
static const struct char_params params = { .size = sizeof(params), .mode = 0666, .name = "km_open", .operations = &operations };

static int start(void)
{
	device = char_register(THIS_MODULE, NULL, &params);
	return IS_ERR(device) ? PTR_ERR(device) : 0;
}

static void stop(void)
{
	char_unregister(device);
}
#else
#include <linux/fs.h>
#include <linux/miscdevice.h>

static const struct file_operations operations = { .owner = THIS_MODULE };
static struct miscdevice device = { .minor = MISC_DYNAMIC_MINOR, .name = "km_open", .fops = &operations, .mode = 0666 };

static int start(void)
{
	return misc_register(&device);
}

static void stop(void)
{
	misc_deregister(&device);
}
#endif

static int __init open_init(void)
{
	return start();
}

static void __exit open_exit(void)
{
	stop();
}

module_init(open_init);
module_exit(open_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("A device that can be held open");
