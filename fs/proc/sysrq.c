/* SPDX-License-Identifier: MIT */
/* /proc/sysrq-trigger and /proc/sys/kernel/sysrq. */
#include <fs/calls.h>
#include <fs/uio.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/sysrq.h>
#include <lib/kernel.h>

#include "internal.h"

/* As on Linux one letter, whatever comes after it. */
static ssize_t trigger_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	size_t count = from->count;
	char letter;

	if (!count)
		return 0;
	if (copy_from_iter(&letter, 1, from) != 1)
		return -EFAULT;
	sysrq_trigger(letter);
	iov_iter_advance(from, count - 1);
	return count;
}

static const struct file_operations trigger_fops = { .write_iter = trigger_write,
						     .llseek = noop_llseek };

static void emergency_sync(char letter)
{
	do_sync();
	pr_info("Emergency Sync complete\n");
}

static struct sysrq_key sync_key = {
	.letter = 's',
	.sleeps = true,
	.enable = SYSRQ_ENABLE_SYNC,
	.help = "sync(s)",
	.action = "Emergency Sync",
	.handle = emergency_sync,
};

static const struct ctl_entry entries[] = {
	{ .path = "kernel/sysrq",
	  .mode = 0644,
	  .type = CTL_INT,
	  .data = &sysrq_enabled,
	  .min = INT_MIN,
	  .max = INT_MAX },
};

void __init proc_sysrq_init(void)
{
	proc_create("sysrq-trigger", 0200, &trigger_fops, NULL);
	ctl_register(entries, ARRAY_SIZE(entries));
	sysrq_register(&sync_key);
}
