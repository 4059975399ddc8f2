/* SPDX-License-Identifier: MIT */
/* /sys/devices/system/cpu: which processors there are. */
#include <arch/mitigations.h>
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
		at += sysfs_emit_at(buf, at, cpu > first ? "%s%u-%u" : "%s%u", at ? "," : "", first,
				    cpu);
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

/*
 * cpuN/topology: each CPU is a core of its own, all in one package, as /proc/cpuinfo and the scheduler have it. object is the CPU's number.
 */
static ssize_t package_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "0\n");
}

static ssize_t core_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%lu\n", (unsigned long)object);
}

/* Words of 32 bits in hexadecimal, the highest first. */
static ssize_t emit_mask(char *buf, const struct cpumask *mask)
{
	int at = 0;

	for (int word = (nr_cpu_ids + 31) / 32 - 1; word >= 0; word--) {
		u32 bits = 0;

		for (unsigned int i = 0; i < 32 && word * 32 + i < nr_cpu_ids; i++)
			bits |= (u32)cpumask_test_cpu(word * 32 + i, mask) << i;
		at += sysfs_emit_at(buf, at, word ? "%08x," : "%08x\n", bits);
	}
	return at;
}

static ssize_t package_mask_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	return emit_mask(buf, attr->data);
}

static ssize_t core_mask_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	struct cpumask mask = {};

	cpumask_set_cpu((unsigned long)object, &mask);
	return emit_mask(buf, &mask);
}

static const struct sysfs_attribute topology[] = {
	{ "physical_package_id", 0444, package_show, NULL, NULL },
	{ "die_id", 0444, package_show, NULL, NULL },
	{ "core_id", 0444, core_show, NULL, NULL },
	{ "core_cpus", 0444, core_mask_show, NULL, NULL },
	{ "core_cpus_list", 0444, core_show, NULL, NULL },
	{ "thread_siblings", 0444, core_mask_show, NULL, NULL },
	{ "thread_siblings_list", 0444, core_show, NULL, NULL },
	{ "core_siblings", 0444, package_mask_show, NULL, &cpu_online_mask },
	{ "core_siblings_list", 0444, mask_show, NULL, &cpu_online_mask },
	{ "package_cpus", 0444, package_mask_show, NULL, &cpu_online_mask },
	{ "package_cpus_list", 0444, mask_show, NULL, &cpu_online_mask },
};

static int __init create_files(sysfs_dir_t *dir, const struct sysfs_attribute *attributes,
			       size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		int error = sysfs_create_file(dir, &attributes[i]);

		if (error)
			return error;
	}
	return 0;
}

/* vulnerabilities/: object is not used, the attribute's data is the number. */
static ssize_t vulnerability_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", cpu_vulnerability_state((unsigned long)attr->data));
}

static int __init vulnerabilities_init(sysfs_dir_t *parent)
{
	static struct sysfs_attribute attributes[NR_VULNERABILITIES];
	sysfs_dir_t *dir = sysfs_create_dir(parent, "vulnerabilities", NULL);

	for (unsigned long i = 0; i < NR_VULNERABILITIES; i++)
		attributes[i] = (struct sysfs_attribute){ cpu_vulnerability_name(i), 0444,
							  vulnerability_show, NULL, (void *)i };
	return IS_ERR(dir) ? PTR_ERR(dir) : create_files(dir, attributes, NR_VULNERABILITIES);
}

static int __init cpu_device_init(sysfs_dir_t *parent, unsigned long cpu)
{
	sysfs_dir_t *dir;
	char name[16];

	snprintf(name, sizeof(name), "cpu%lu", cpu);
	dir = sysfs_create_dir(parent, name, NULL);
	if (!IS_ERR(dir))
		dir = sysfs_create_dir(dir, "topology", (void *)cpu);
	return IS_ERR(dir) ? PTR_ERR(dir) : create_files(dir, topology, ARRAY_SIZE(topology));
}

void __init cpu_devices_init(void)
{
	sysfs_dir_t *dir = sysfs_create_dir(sysfs_devices, "system", NULL);
	unsigned int cpu;
	int error;

	if (!IS_ERR(dir))
		dir = sysfs_create_dir(dir, "cpu", NULL);
	error = IS_ERR(dir) ? PTR_ERR(dir) : create_files(dir, attributes, ARRAY_SIZE(attributes));
	for_each_cpu(cpu, &cpu_present_mask)
		if (!error)
			error = cpu_device_init(dir, cpu);
	if (!error)
		error = vulnerabilities_init(dir);
	if (error)
		pr_err("cpu: not all of /sys/devices/system/cpu: error %d\n", error);
}
