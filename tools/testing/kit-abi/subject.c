// SPDX-License-Identifier: MIT
/*
 * The subject of the mutations: includes headers and refers to functions by their addresses alone, so that it compiles whatever their types
 * are. Whether a kernel takes it depends on nothing but the types. char_map_buffer makes it a module of the version that the headers have grown to: what an
 * older one does not use, a kernel does not hold against it.
 */
#include <kit/char.h>
#include <kit/device.h>
#include <kit/errno.h>
#include <kit/input.h>
#include <kit/ioport.h>
#include <kit/irq.h>
#include <kit/list.h>
#include <kit/lock.h>
#include <kit/log.h>
#include <kit/memory.h>
#include <kit/module.h>
#include <kit/param.h>
#include <kit/time.h>
#include <kit/wait.h>
#include <kit/work.h>

static void *const uses[] = {
	(void *)char_register,	(void *)char_ready,	 (void *)char_file_device,
	(void *)dev_add_action, (void *)dev_name,	 (void *)platform_driver_register,
	(void *)input_register, (void *)input_report,	 (void *)ioport_read8,
	(void *)ioport_size,	(void *)irq_connect,	 (void *)spin_lock_save,
	(void *)mutex_lock,	(void *)log_print,	 (void *)kmemdup,
	(void *)kzalloc,	(void *)ktime_get_ns,	 (void *)msleep,
	(void *)timer_setup,	(void *)timer_cancel,	 (void *)completion_wait,
	(void *)work_setup,	(void *)char_map_buffer,
};

static int __init subject_init(void)
{
	return ((void *const volatile *)uses)[0] ? 0 : -ENODEV;
}

static void subject_exit(void)
{
}

module_init(subject_init);
module_exit(subject_exit);
MODULE_LICENSE("MIT");
