/* SPDX-License-Identifier: MIT */
/* What the files of drivers/core share. */
#ifndef DRIVERS_CORE_INTERNAL_H
#define DRIVERS_CORE_INTERNAL_H

#include <drivers/device.h>
#include <kernel/wait.h>
#include <kit/attribute.h>

struct bus_private {
	struct mutex lock;
	struct list_head devices, drivers; /* lock */
	wait_queue_head_t unused;	   /* a driver that goes is in nobody's hands any more */
	sysfs_dir_t *dir, *devices_dir, *drivers_dir;
};

int bus_add_device(struct device *device); /* links in /sys; looks for a driver */
void bus_remove_device(struct device *device);
int class_add_device(struct device *device);
void class_remove_device(struct device *device);
/* The lines KEY=value, each ended by a newline; the length. buf has PAGE_SIZE bytes. */
int device_uevent_vars(struct device *device, char *buf);
/* What was written into a uevent file: sends that event. count or -EINVAL. */
ssize_t device_uevent_ask(struct device *device, const char *text, size_t count);
/*
 * Files that a module described (attribute.c), as the core's copy. device: what mapped ranges belong to, NULL for files of a bus or driver.
 * ERR_PTR: -EINVAL, -ENOMEM, -EEXIST.
 */
struct kit_files;
struct kit_files *kit_files_copy(struct device *device, void *object, const struct attribute *table,
				 unsigned int nr);
int kit_files_show(struct kit_files *files, sysfs_dir_t *dir); /* all or none */
struct kit_files *kit_files_add(sysfs_dir_t *dir, struct device *device, void *object,
				const struct attribute *table, unsigned int nr);
/* they have gone from sysfs with their folder; NULL is nothing */
void kit_files_free(struct kit_files *files);
void kit_files_remove(struct kit_files *files); /* and takes them out */

/*
 * Programs' mappings of a device's memory through one file (range_view.c). NULL: no memory. mmap: cache is PTE_CACHE_*; 0, -EINVAL. The end:
 * nobody sees anything any more; NULL is nothing; sleeps.
 */
struct range_view;
struct range_view *range_view_create(void);
int range_view_map(struct range_view *view, struct vma *vma, u64 phys, u64 cache);
void range_view_end(struct range_view *view);

void ioport_core_init(void);
void cpu_devices_init(void);

#endif
