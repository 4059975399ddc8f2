// SPDX-License-Identifier: MIT
/*
 * request_module(): asks user space for a module by alias, by running /proc/sys/kernel/modprobe (modprobe -q -- ALIAS). At most 50
 * run at once, so that a module whose start asks for itself cannot eat the machine. /proc/sys/kernel/modules_disabled: 1, once written, ends all
 * loading and unloading until the next boot. An empty /proc/sys/kernel/modprobe ends the asking.
 *
 * request_driver(): the same for a device that has come while programs run. Nobody waits: who found the device has the bus's locks, which the
 * driver will want. So aliases wait in a list, at most 50 of them, for a work item that asks for one after the other. It has a queue of its own: who
 * waits for the system's queues must not wait for a driver's start.
 */
#include "internal.h"

#include <fs/chrdev.h>
#include <fs/proc.h>
#include <fs/vfs.h>
#include <kernel/log.h>
#include <kernel/process.h>
#include <kernel/workqueue.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>

#define MAX_CONCURRENT	50

static char modprobe_path[256] = "/sbin/modprobe";
static atomic_t running;

int modules_disabled;

static const struct ctl_entry ctls[] = {
	{ .path = "kernel/modprobe",
	  .mode = 0644,
	  .type = CTL_STRING,
	  .data = modprobe_path,
	  .size = sizeof(modprobe_path) },
	{ .path = "kernel/modules_disabled",
	  .mode = 0644,
	  .type = CTL_INT,
	  .data = &modules_disabled,
	  .min = 1,
	  .max = 1 },
};

int request_module(const char *name_fmt, ...)
{
	static char *environment[] = { "HOME=/", "TERM=linux", "PATH=/sbin:/usr/sbin:/bin:/usr/bin",
				       NULL };
	char name[256], *argv[] = { modprobe_path, "-q", "--", name, NULL };
	va_list args;
	int length, result;

	va_start(args, name_fmt);
	length = vsnprintf(name, sizeof(name), name_fmt, args);
	va_end(args);
	if (length >= (int)sizeof(name))
		return -ENAMETOOLONG;
	if (!modprobe_path[0])
		return -ENOENT;
	if (!atomic_add_unless(&running, 1, MAX_CONCURRENT)) {
		pr_warn_ratelimited("module: %d modprobe are running: %s is not asked for\n",
				    MAX_CONCURRENT, name);
		return -EBUSY;
	}
	result = call_usermodehelper(modprobe_path, argv, environment, true);
	atomic_dec(&running);
	return result;
}

/* ---- Drivers of devices that have come ---- */

struct wish {
	struct list_head node; /* wishes_lock */
	char alias[];
};

static DEFINE_MUTEX(wishes_lock);
static LIST_HEAD(wishes); /* wishes_lock */
static struct workqueue_struct *wishes_wq;
static unsigned int nr_wishes; /* wishes_lock */

static struct wish *first_wish(void)
{
	struct wish *wish;

	mutex_lock(&wishes_lock);
	wish = list_first_entry_or_null(&wishes, struct wish, node);
	if (wish) {
		list_del(&wish->node);
		nr_wishes--;
	}
	mutex_unlock(&wishes_lock);
	return wish;
}

static void ask_for_all(struct work_struct *work)
{
	struct wish *wish;

	while ((wish = first_wish())) {
		request_module("%s", wish->alias);
		kfree(wish);
	}
}
static DECLARE_WORK(wishes_work, ask_for_all);

void request_driver(const char *alias)
{
	size_t size = strlen(alias) + 1;
	struct wish *wish;
	bool room;

	if (!modprobe_path[0] || modules_disabled || !wishes_wq)
		return;
	wish = kmalloc(sizeof(*wish) + size, GFP_KERNEL);
	if (!wish)
		return;
	memcpy(wish->alias, alias, size);
	mutex_lock(&wishes_lock);
	room = nr_wishes < MAX_CONCURRENT;
	if (room) {
		list_add_tail(&wish->node, &wishes);
		nr_wishes++;
	}
	mutex_unlock(&wishes_lock);
	if (room) {
		queue_work(wishes_wq, &wishes_work);
		return;
	}
	pr_warn_ratelimited("module: %d devices wait for modprobe: %s is not asked for\n",
			    MAX_CONCURRENT, alias);
	kfree(wish);
}

static int request_file_system(const char *name)
{
	return request_module("fs-%s", name);
}

/* The device itself, else all of its major number. */
static int request_char_device(unsigned int major, unsigned int minor)
{
	return request_module("char-major-%u-%u", major, minor) > 0
		       ? request_module("char-major-%u", major)
		       : 0;
}

void modprobe_init(void)
{
	wishes_wq = alloc_workqueue("modprobe", WQ_UNBOUND, 1);
	if (!wishes_wq)
		pr_err("module: no memory for a queue: drivers of new devices are not asked for\n");
	fs_request_module = request_file_system;
	chrdev_request_module = request_char_device;
	ctl_register(ctls, ARRAY_SIZE(ctls));
}
