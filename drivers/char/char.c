// SPDX-License-Identifier: MIT
/*
 * Character devices of drivers: registration, nodes, events (kit/char.h).
 *
 * All of them share the major 10 ("misc", as Linux's devices.txt has it) with minors from 256 on, one xarray. Unregistering marks the device gone
 * and then takes each open file's lock once: after that no call of the driver runs or comes. The structures live on until the last
 * file is closed.
 */
#include "internal.h"

#include <kernel/log.h>
#include <kernel/module.h>
#include <kernel/process.h>
#include <lib/err.h>
#include <lib/string.h>
#include <lib/xarray.h>
#include <mm/slab.h>
#include <uapi/major.h>

#define FIRST_MINOR	256u
#define LAST_MINOR	0xfffffu
#define MAX_COMMANDS	4096u

static DEFINE_XARRAY(devices); /* registry_lock; by minor */
static DEFINE_MUTEX(registry_lock);

struct char_device *char_find(dev_t_kernel devt)
{
	struct char_device *cdev;

	mutex_lock(&registry_lock);
	cdev = xa_load(&devices, MINOR(devt));
	if (cdev)
		get_device(&cdev->device);
	mutex_unlock(&registry_lock);
	return cdev;
}

static void release(struct device *device)
{
	struct char_device *cdev = container_of(device, struct char_device, device);

	char_free_commands(cdev);
	kfree(cdev->node);
	kfree(cdev);
}

/* An open file that has not been visited for that yet, with a reference; NULL: there is none. */
static struct char_file *next_file(struct char_device *cdev, u8 visit)
{
	struct char_file *file, *found = NULL;

	spin_lock_irq(&cdev->files_lock);
	list_for_each_entry(file, &cdev->files, node) {
		if (!(file->visited & visit)) {
			found = file;
			file->visited |= visit;
			file->users++;
			break;
		}
	}
	spin_unlock_irq(&cdev->files_lock);
	return found;
}

/* The device is gone: waits for calls that are inside, and has those who sleep told. */
static void end_calls(struct char_device *cdev)
{
	struct char_file *file;

	while ((file = next_file(cdev, CHAR_FILE_EMPTIED))) {
		mutex_lock(&file->lock);
		mutex_unlock(&file->lock);
		wake_up_all(&file->wait);
		char_file_put(file);
	}
}

/* Every open file is closed for the driver. */
static void close_files(struct char_device *cdev)
{
	struct char_file *file;

	while ((file = next_file(cdev, CHAR_FILE_CLOSED))) {
		char_file_close(file);
		char_file_put_module(file);
		wake_up_all(&file->wait);
		char_file_put(file);
	}
}

/* Nobody finds it any more, and the driver is not called any more but to close. */
static void hide(struct char_device *cdev)
{
	if (cdev->has_node)
		devtmpfs_remove(cdev->node);
	mutex_lock(&registry_lock);
	xa_erase(&devices, MINOR(cdev->device.devt));
	mutex_unlock(&registry_lock);
	WRITE_ONCE(cdev->gone, true);
	char_end_maps(cdev);
	end_calls(cdev);
}

static void hide_resource(struct owned_resource *resource)
{
	hide(container_of(resource, struct char_device, resource));
}

/* The owner lets go, or char_unregister() was called. */
static void shut_down(struct owned_resource *resource)
{
	struct char_device *cdev = container_of(resource, struct char_device, resource);

	if (!resource->hidden)
		hide(cdev);
	close_files(cdev);
	device_remove(&cdev->device);
	class_put((struct device_class *)cdev->device.class);
	put_device(&cdev->device);
}

void char_unregister(struct char_device *cdev)
{
	might_sleep();
	if (resource_remove(cdev->owner, &cdev->resource))
		shut_down(&cdev->resource);
}

/* What the driver handed over, as this kernel knows it: 0, -EINVAL, -E2BIG, -ENOMEM. */
static int take_commands(struct char_device *cdev)
{
	u32 nr = cdev->ops.nr_commands;
	int error;

	if (!nr)
		return 0;
	if (nr > MAX_COMMANDS || !cdev->ops.commands)
		return -EINVAL;
	cdev->commands = kcalloc(nr, sizeof(*cdev->commands), GFP_KERNEL);
	if (!cdev->commands)
		return -ENOMEM;
	error = KIT_COPY_TABLE("char_command", cdev->commands, cdev->ops.commands, nr, run);
	for (u32 i = 0; i < nr; i++) {
		if (!error)
			error = char_take_nested(&cdev->commands[i]);
		else
			cdev->commands[i].nested = NULL; /* still the module's */
	}
	return error;
}

static int take_params(struct char_device *cdev, struct char_params *p,
		       const struct char_params *params)
{
	int error = KIT_COPY("char_params", p, params, data);

	if (!error && (!p->name || !*p->name || !p->operations))
		error = -EINVAL;
	if (!error)
		error = KIT_COPY("char_operations", &cdev->ops, p->operations, reserved);
	if (!error)
		error = take_commands(cdev);
	cdev->data = p->data;
	return error;
}

/* The last part of "input/event0" is the device's name. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int take_minor(struct char_device *cdev)
{
	u32 minor;
	int error;

	mutex_lock(&registry_lock);
	error = xa_alloc(&devices, &minor, cdev, XA_LIMIT(FIRST_MINOR, LAST_MINOR), GFP_KERNEL);
	mutex_unlock(&registry_lock);
	if (!error)
		cdev->device.devt = MKDEV(MISC_MAJOR, minor);
	return error;
}

/*
 * The node is there before programs are told. From then on the driver is called, before it has even got the pointer. A file of that name may be in the way:
 * /sys tells the number all the same.
 */
static int show(struct char_device *cdev, u32 mode)
{
	int error;

	cdev->device.node = cdev->node;
	error = devtmpfs_create(cdev->node, mode, cdev->device.devt);
	cdev->has_node = !error;
	if (error)
		pr_warn("%s: no node in /dev: error %d\n", cdev->node, error);
	error = device_add(&cdev->device);
	if (error) {
		hide(cdev);
		close_files(cdev);
	}
	return error;
}

static int set_up(struct char_device *cdev, struct device *parent, const struct char_params *params)
{
	struct device_class *class;
	int error;

	spin_lock_init(&cdev->files_lock, LOCK_RANK_CLASS);
	INIT_LIST_HEAD(&cdev->files);
	char_init_maps(cdev);
	cdev->resource.release = shut_down;
	cdev->resource.hide = hide_resource;
	cdev->device.release = release;
	cdev->node = kstrdup(params->name, GFP_KERNEL);
	if (!cdev->node)
		return -ENOMEM;
	cdev->resource.what = cdev->node;
	class = class_get(params->class_name ?: "misc");
	if (IS_ERR(class))
		return PTR_ERR(class);
	cdev->device.class = class;
	error = device_init(&cdev->device, parent, "%s", base_name(params->name));
	if (error)
		class_put(class);
	return error;
}

struct char_device *char_register(struct module *owner, struct device *parent,
				  const struct char_params *params)
{
	struct char_device *cdev = kzalloc(sizeof(*cdev), GFP_KERNEL);
	struct char_params p;
	int error;

	if (!cdev)
		return ERR_PTR(-ENOMEM);
	error = take_params(cdev, &p, params);
	if (!error)
		error = set_up(cdev, parent, &p);
	if (error) {
		char_free_commands(cdev);
		kfree(cdev->node);
		kfree(cdev);
		return ERR_PTR(error);
	}
	cdev->module = owner;
	cdev->owner = parent ? &parent->resources : module_resources(owner);
	error = take_minor(cdev);
	if (error)
		goto put_class;
	error = show(cdev, p.mode);
	if (error)
		goto put_class;
	resource_add(cdev->owner, &cdev->resource);
	return cdev;

put_class:
	class_put((struct device_class *)cdev->device.class);
	put_device(&cdev->device);
	return ERR_PTR(error);
}

void char_file_ready(struct char_file *file, u32 events)
{
	__atomic_fetch_add(&file->ready_count, 1, __ATOMIC_SEQ_CST);
	if (wq_has_sleeper(&file->wait))
		wake_up_poll(&file->wait, events);
}

void char_ready(struct char_device *cdev, u32 events)
{
	struct char_file *file;
	unsigned long flags;

	spin_lock_irqsave(&cdev->files_lock, flags);
	list_for_each_entry(file, &cdev->files, node)
		char_file_ready(file, events);
	spin_unlock_irqrestore(&cdev->files_lock, flags);
}

void *char_data(const struct char_device *cdev)
{
	return cdev->data;
}

static int no_part(struct thread *child, u64 flags) { return 0; }

static struct process_part caller_part = { .clone = no_part, .exit = char_caller_died };

void char_core_init(void)
{
	process_part_register(&caller_part);
	char_map_init();
	if (register_chrdev_ops(MKDEV(MISC_MAJOR, FIRST_MINOR), LAST_MINOR + 1 - FIRST_MINOR,
				"misc", &char_fops, NULL))
		panic("char: cannot register");
}
