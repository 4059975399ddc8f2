/* SPDX-License-Identifier: MIT */
/* Character device numbers; registration itself is in fs/vfs.h. */
#ifndef FS_CHRDEV_H
#define FS_CHRDEV_H

#include <fs/vfs.h>

#include <kit/types.h>

struct seq_file;
struct file_operations;

/* A free major number for a driver that does not care; -EBUSY: all are taken. Register a range in it at once. */
int alloc_chrdev_major(void);
void chrdev_show(struct seq_file *m);
extern int (*chrdev_request_module)(unsigned int major, unsigned int minor);

/* Devices of major 10 (drivers/char/misc.c). minor: MISC_DYNAMIC takes a free one. The node appears in /dev. */
struct misc_device {
	int minor;
	const char *name; /* of the node too */
	const struct file_operations *ops;
	u32 mode; /* 0: 0600 */
	void *private;
};
#define MISC_DYNAMIC	255
int misc_register(struct misc_device *device);
void misc_deregister(struct misc_device *device);
/* A device that stays for ever, below /sys/class/CLASS and as a node of /dev. 0 or -errno. Sleeps. */
int simple_device_create(const char *class, const char *name, u32 mode, dev_t_kernel dev);
void mem_devices_init(void); /* null, zero, random ..., kmsg */
void misc_init(void);

#endif
