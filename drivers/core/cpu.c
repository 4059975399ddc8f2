/* SPDX-License-Identifier: MIT */
/* /sys/devices/system/cpu: which processors there are. */
#include <drivers/device.h>
#include <kernel/cpumask.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <lib/err.h>
#include <lib/printf.h>

#include "internal.h"

/* "0-3,8" */
static ssize_t mask_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	const struct cpumask *mask = attr->data;
	unsigned int cpu;
	int at = 0;

	for (cpu = cpumask_first(mask); cpu < nr_cpu_ids; cpu = cpumask_next(cpu, mask)) {
		unsigned int first = cpu;

		while (cpu + 1 < nr_cpu_ids && cpumask_test_cpu(cpu + 1, mask))
			cpu++;
		at += sysfs_emit_at(buf, at, cpu > first ? "%s%u-%u" : "%s%u", at ? "," : "", first, cpu);
	}
	return at + sysfs_emit_at(buf, at, "\n");
}

static ssize_t kernel_max_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", CONFIG_NR_CPUS - 1);
}

static const struct sysfs_attribute attributes[] = {
	{ "online", 0444, mask_show, NULL, &cpu_online_mask },
	{ "present", 0444, mask_show, NULL, &cpu_present_mask },
	{ "possible", 0444, mask_show, NULL, &cpu_possible_mask },
	{ "kernel_max", 0444, kernel_max_show, NULL, NULL },
};

void __init cpu_devices_init(void)
{
	sysfs_dir_t *system = sysfs_create_dir(sysfs_devices, "system", NULL), *dir;
	unsigned int cpu;

	if (IS_ERR(system))
		return;
	dir = sysfs_create_dir(system, "cpu", NULL);
	if (IS_ERR(dir))
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(attributes); i++)
		if (sysfs_create_file(dir, &attributes[i]))
			pr_err("cpu: no %s in /sys\n", attributes[i].name);
	for_each_cpu(cpu, &cpu_present_mask) {
		char name[16];

		snprintf(name, sizeof(name), "cpu%u", cpu);
		sysfs_create_dir(dir, name, NULL);
	}
}
