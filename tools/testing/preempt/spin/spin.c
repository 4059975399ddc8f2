// SPDX-License-Identifier: MIT
/*
 * spin: /dev/spin keeps a CPU busy inside the kernel for as long as it is told, in the ways that a bad driver would. Only the test of
 * preemption loads it.
 */
#include "spin.h"

#include <kit/char.h>
#include <kit/errno.h>
#include <kit/lock.h>
#include <kit/module.h>
#include <kit/time.h>

#define MAX_MS	10000

static struct char_device *device;
static spinlock_t lock;
static atomic_t spinning;

static void spin(u64 ms)
{
	u64 end = ktime_get_ns() + ms * 1000000;

	atomic_set(&spinning, 1);
	while (ktime_get_ns() < end)
		;
	atomic_set(&spinning, 0);
}

static s64 preemptible(struct char_file *file, void *argument, u64 ms)
{
	if (ms > MAX_MS)
		return -EINVAL;
	spin(ms);
	return 0;
}

static s64 locked(struct char_file *file, void *argument, u64 ms)
{
	if (ms > MAX_MS)
		return -EINVAL;
	spin_lock(&lock);
	spin(ms);
	spin_unlock(&lock);
	return 0;
}

static s64 no_interrupts(struct char_file *file, void *argument, u64 ms)
{
	u64 flags;

	if (ms > MAX_MS)
		return -EINVAL;
	flags = spin_lock_save(&lock);
	spin(ms);
	spin_unlock_restore(&lock, flags);
	return 0;
}

static s64 state(struct char_file *file, void *argument, u64 unused)
{
	return atomic_read(&spinning);
}

static const struct char_command commands[] = {
	{ .size = sizeof(commands[0]), .command = SPIN_PREEMPTIBLE, .run = preemptible },
	{ .size = sizeof(commands[0]), .command = SPIN_LOCKED, .run = locked },
	{ .size = sizeof(commands[0]), .command = SPIN_NO_INTERRUPTS, .run = no_interrupts },
	{ .size = sizeof(commands[0]), .command = SPIN_STATE, .run = state },
};

static const struct char_operations operations = {
	.size = sizeof(operations),
	.commands = commands,
	.nr_commands = sizeof(commands) / sizeof(commands[0]),
};

static const struct char_params params = {
	.size = sizeof(params),
	.mode = 0600,
	.name = "spin",
	.operations = &operations,
};

static int __init spin_init(void)
{
	device = char_register(THIS_MODULE, NULL, &params);
	return IS_ERR(device) ? PTR_ERR(device) : 0;
}

static void spin_exit(void)
{
	char_unregister(device);
}

module_init(spin_init);
module_exit(spin_exit);
MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Mortise authors");
MODULE_DESCRIPTION("Spins inside the kernel, for the test of preemption");
MODULE_VERSION("1.0");
