// SPDX-License-Identifier: MIT
/*
 * Keeps a function of another module and calls it for each read of /dev/keeper. Nothing tells it when that module goes: a fault that the kit
 * cannot prevent, since it is between two modules.
 */
#include "keeper.h"

#include <kit/char.h>
#include <kit/errno.h>
#include <kit/module.h>

static int (*volatile kept)(void);
static struct char_device *device;

void keeper_keep(int (*function)(void))
{
	kept = function;
}
EXPORT_KIT_PLAIN(keeper_keep, 0, 9);

static ssize_t keeper_read(struct char_file *file, void *buffer, size_t length, u64 position)
{
	int (*function)(void) = kept;

	return function ? function() : -ENODATA;
}

static const struct char_operations operations = { .size = sizeof(operations), .read = keeper_read };
static const struct char_params params = { .size = sizeof(params), .mode = 0666, .name = "keeper", .operations = &operations };

static int __init keeper_init(void)
{
	device = char_register(THIS_MODULE, NULL, &params);
	return IS_ERR(device) ? PTR_ERR(device) : 0;
}

static void keeper_exit(void)
{
	char_unregister(device);
}

module_init(keeper_init);
module_exit(keeper_exit);
MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("Keeps a function of another module");
