/* SPDX-License-Identifier: MIT */
/*
 * /sys: directories stand for objects, files for their attributes (fs/sysfs).
 *
 * show() prints into a page and returns the bytes; store() gets a text of at most a page, zero-terminated, and returns what it consumed
 * (normally count). Both may sleep. Removal waits for the calls that are inside, so an object may be freed after sysfs_remove().
 */
#ifndef FS_SYSFS_H
#define FS_SYSFS_H

#include <fs/kernfs.h>
#include <mm/gfp.h>

struct file;
struct vma;
typedef struct kernfs_node sysfs_dir_t;

struct sysfs_attribute {
	const char *name;
	u16 mode;
	/* buf: PAGE_SIZE bytes */
	ssize_t (*show)(void *object, const struct sysfs_attribute *attr, char *buf);
	ssize_t (*store)(void *object, const struct sysfs_attribute *attr, const char *buf,
			 size_t count);
	void *data; /* the owner's */
};

struct sysfs_bin_attribute {
	const char *name;
	u16 mode;
	loff_t size; /* 0: not known */
	ssize_t (*read)(void *object, const struct sysfs_bin_attribute *attr, char *buf, loff_t pos,
			size_t count);
	ssize_t (*write)(void *object, const struct sysfs_bin_attribute *attr, const char *buf,
			 loff_t pos, size_t count);
	int (*mmap)(void *object, const struct sysfs_bin_attribute *attr, struct file *file,
		    struct vma *vma);
	void *data;
};

/* The folders that are always there; NULL as a parent means /sys itself. */
extern sysfs_dir_t *sysfs_root, *sysfs_devices, *sysfs_bus, *sysfs_class, *sysfs_dev_block,
	*sysfs_dev_char, *sysfs_module, *sysfs_kernel, *sysfs_firmware, *sysfs_block, *sysfs_fs,
	*sysfs_power;

/* ERR_PTR on error. object is handed to the attributes of this directory. */
sysfs_dir_t *sysfs_create_dir(sysfs_dir_t *parent, const char *name, void *object);
int sysfs_create_file(sysfs_dir_t *dir, const struct sysfs_attribute *attr);
/* NULL at the end; all or none */
int sysfs_create_files(sysfs_dir_t *dir, const struct sysfs_attribute *const *attrs);
int sysfs_create_bin_file(sysfs_dir_t *dir, const struct sysfs_bin_attribute *attr);
int sysfs_create_link(sysfs_dir_t *dir, sysfs_dir_t *target, const char *name);
void sysfs_remove_file(sysfs_dir_t *dir, const char *name); /* files, binary files and links */
void sysfs_remove(sysfs_dir_t *dir);			    /* with all below it; may be NULL */
int sysfs_rename(sysfs_dir_t *dir, const char *name);
/* wakes poll (EPOLLPRI | EPOLLERR); may sleep */
void sysfs_notify(sysfs_dir_t *dir, const char *attribute);
/* The path below /sys, for uevents: "/devices/pci0000:00". Bytes or -ENAMETOOLONG. */
int sysfs_path(sysfs_dir_t *dir, char *buf, size_t size);
/* snprintf into show()'s page. */
int sysfs_emit(char *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int sysfs_emit_at(char *buf, int at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void sysfs_init(void);

#endif
