// SPDX-License-Identifier: MIT
/*
 * crimes: /dev/crimes commits, in the kernel, the crime whose name is written to it; "stop" ends
 * those that hang. What a detector should say of each stands in ../run.sh. Only that test loads it.
 */
#include "crimes.h"

#include <kit/char.h>
#include <kit/errno.h>
#include <kit/memory.h>
#include <kit/module.h>

static struct char_device *device;

static const struct crime core_crimes[] = {
	{ "refcount", crime_refcount },
	{ "refcount-overflow", crime_refcount_overflow },
	{ "refcount-from-zero", crime_refcount_from_zero },
	{ "spin-not-held", crime_spin_not_held },
	{ "spin-twice", crime_spin_twice },
	{ "spin-let-go", crime_spin_let_go },
	{ "mutex-not-held", crime_mutex_not_held },
	{ "rwsem-not-held", crime_rwsem_not_held },
	{ "mutex-twice", crime_mutex_twice },
	{ "unchecked-slab", crime_unchecked_slab },
	{ "unchecked-page", crime_unchecked_page },
	{ "unchecked-vmalloc", crime_unchecked_vmalloc },
	{ "list", crime_list },
	{ "list-twice", crime_list_twice },
	{ "rwsem-cycle", crime_rwsem_cycle },
	{ "same-class", crime_same_class },
	{ "spin-rank", crime_spin_rank },
	{ "might-sleep", crime_sleep_in_atomic },
	{ "sleep-kmalloc", crime_sleep_kmalloc },
	{ "sleep-pages", crime_sleep_pages },
	{ "sleep-copy-to-user", crime_sleep_copy_to_user },
	{ "sleep-get-user", crime_sleep_get_user },
	{ "sleep-wait-event", crime_sleep_wait_event },
	{ "sleep-irqs-off", crime_sleep_irqs_off },
	{ "wx", crime_wx },
	{ "stack-end", crime_stack_end },
	{ "panic-faults", crime_panic_faults },
	{ "stack-deep", crime_stack_deep },
	{ "thread-exit", crime_thread_exit },
	{ "timer-set-up-twice", crime_timer_set_up_twice },
	{ "stop", stop_hanging },
	{ NULL, NULL },
};

static bool commit(const struct crime *crimes, const char *name)
{
	for (; crimes->name; crimes++) {
		if (strcmp(crimes->name, name))
			continue;
		crimes->commit();
		return true;
	}
	return false;
}

static ssize_t crimes_write(struct char_file *file, const void *buffer, size_t length, u64 position)
{
	char name[32];

	if (!length || length >= sizeof(name))
		return -EINVAL;
	memcpy(name, buffer, length);
	name[length - (name[length - 1] == '\n')] = 0;
	name[length] = 0;
	if (commit(core_crimes, name) || commit(memory_crimes, name) || commit(lock_crimes, name) ||
	    commit(hang_crimes, name))
		return length;
	return -ENOENT;
}

static const struct char_operations operations = { .size = sizeof(operations),
						   .write = crimes_write };

static const struct char_params params = {
	.size = sizeof(params),
	.mode = 0600,
	.name = "crimes",
	.operations = &operations,
};

static int __init crimes_init(void)
{
	device = char_register(THIS_MODULE, NULL, &params);
	return IS_ERR(device) ? PTR_ERR(device) : 0;
}

static void crimes_exit(void)
{
	char_unregister(device);
}

module_init(crimes_init);
module_exit(crimes_exit);
MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Mortise authors");
MODULE_DESCRIPTION("Commits crimes, for the test of the detectors");
MODULE_VERSION("1.0");
