/* SPDX-License-Identifier: MIT */
/* Devices of major 10: one minor each. */
#include <drivers/device.h>
#include <fs/chrdev.h>
#include <fs/proc.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/mutex.h>
#include <lib/err.h>
#include <lib/xarray.h>
#include <mm/slab.h>

#include "mem.h"

#define MISC_MAJOR	10

struct misc_node {
	struct misc_device *misc;
	struct device device;
};

static DEFINE_MUTEX(misc_mutex);
static DEFINE_XARRAY(misc_minors); /* misc_mutex: struct misc_node by minor */

static void misc_release(struct device *device)
{
	kfree(container_of(device, struct misc_node, device));
}

static int take_minor(struct misc_node *node)
{
	u32 id;
	int error;

	if (node->misc->minor != MISC_DYNAMIC)
		return xa_insert(&misc_minors, node->misc->minor, node, GFP_KERNEL);
	/* from 256 on, as Linux does since its lower ones ran out */
	error = xa_alloc(&misc_minors, &id, node, XA_LIMIT(256, 0xfffff), GFP_KERNEL);
	if (!error)
		node->misc->minor = id;
	return error;
}

int misc_register(struct misc_device *misc)
{
	struct misc_node *node = kzalloc(sizeof(*node), GFP_KERNEL);
	bool dynamic = misc->minor == MISC_DYNAMIC;
	int error;

	if (!node)
		return -ENOMEM;
	node->misc = misc;
	error = device_init(&node->device, NULL, "%s", misc->name);
	if (error) {
		kfree(node);
		return error;
	}
	node->device.release = misc_release;
	mutex_lock(&misc_mutex);
	error = take_minor(node);
	if (error)
		goto put;
	node->device.devt = MKDEV(MISC_MAJOR, misc->minor);
	error = register_chrdev_ops(node->device.devt, 1, "misc", misc->ops, misc->private);
	if (error)
		goto free_minor;
	node->device.class = class_get("misc");
	if (IS_ERR(node->device.class))
		node->device.class = NULL;
	error = device_add(&node->device);
	if (error)
		goto unregister;
	error = devtmpfs_create(misc->name, misc->mode ?: 0600, node->device.devt);
	if (error)
		goto remove_device;
	mutex_unlock(&misc_mutex);
	return 0;
remove_device:
	device_remove(&node->device);
unregister:
	unregister_chrdev_ops(node->device.devt, 1);
free_minor:
	xa_erase(&misc_minors, misc->minor);
	if (dynamic)
		misc->minor = MISC_DYNAMIC;
put:
	mutex_unlock(&misc_mutex);
	put_device(&node->device);
	return error;
}

void misc_deregister(struct misc_device *misc)
{
	struct misc_node *node;

	mutex_lock(&misc_mutex);
	node = xa_erase(&misc_minors, misc->minor);
	if (node) {
		devtmpfs_remove(misc->name);
		device_remove(&node->device);
		unregister_chrdev_ops(node->device.devt, 1);
		put_device(&node->device);
	}
	mutex_unlock(&misc_mutex);
}

static int misc_show(struct seq_file *m, void *v)
{
	struct misc_node *node;
	unsigned long minor;

	mutex_lock(&misc_mutex);
	xa_for_each(&misc_minors, minor, node)
		seq_printf(m, "%3lu %s\n", minor, node->misc->name);
	mutex_unlock(&misc_mutex);
	return 0;
}

void __init misc_init(void)
{
	proc_create_single("misc", 0444, misc_show, NULL);
}
