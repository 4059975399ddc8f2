// SPDX-License-Identifier: MIT
/*
 * Kit: files of /sys (kit/attribute.h). Each is a copy of what the module described, between sysfs and its functions.
 */
#include "internal.h"

#include <arch/pgtable.h>
#include <kernel/module.h>
#include <kit/attribute.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/space.h>
#include <uapi/mman.h>

_Static_assert(ATTRIBUTE_TEXT_SIZE == PAGE_SIZE, "kit/attribute.h: sysfs has pages");

struct kit_file {
	struct sysfs_attribute text;
	struct sysfs_bin_attribute bytes;
	struct attribute attribute;
	struct range_view *view; /* of ATTRIBUTE_MAPS_RANGE */
	struct device *device;	 /* NULL: of a bus or a driver */
	void *object;
	sysfs_dir_t *dir;
};

struct kit_files {
	unsigned int nr;
	struct kit_file files[];
};

static ssize_t file_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	struct kit_file *file = attr->data;

	return file->attribute.show(file->object, &file->attribute, buf);
}

static ssize_t file_store(void *object, const struct sysfs_attribute *attr, const char *buf,
			  size_t count)
{
	struct kit_file *file = attr->data;

	return file->attribute.store(file->object, &file->attribute, buf, count);
}

/* The module that the function is part of, NULL: the image. ERR_PTR: it is going. */
static struct module *hold_module(unsigned long function)
{
	struct module *module;

	rcu_read_lock();
	module = module_at(function);
	if (module && !try_module_get(module))
		module = ERR_PTR(-ENODEV);
	rcu_read_unlock();
	return module;
}

/*
 * The object goes while this runs, and its removal would wait for this call: so the file goes first. One of several writers wins. The
 * device's reference keeps the copy alive, and that of the module its code: nobody else waits for this call.
 */
static ssize_t file_store_remove(void *object, const struct sysfs_attribute *attr, const char *buf,
				 size_t count)
{
	struct kit_file *file = attr->data;
	struct device *device = get_device(file->device);
	struct module *module = hold_module((unsigned long)file->attribute.store);
	struct kernfs_node *node = IS_ERR(module) ? NULL : kernfs_find_get(file->dir, attr->name);
	ssize_t result = -ENODEV;

	if (node) {
		kernfs_remove_self(node);
		result = file->attribute.store(file->object, &file->attribute, buf, count);
		kernfs_put(node);
	}
	if (!IS_ERR(module))
		module_put(module);
	put_device(device);
	return result;
}

static ssize_t file_read(void *object, const struct sysfs_bin_attribute *attr, char *buf,
			 loff_t pos, size_t count)
{
	struct kit_file *file = attr->data;

	return file->attribute.read(file->object, &file->attribute, buf, pos, count);
}

static ssize_t file_write(void *object, const struct sysfs_bin_attribute *attr, const char *buf,
			  loff_t pos, size_t count)
{
	struct kit_file *file = attr->data;

	return file->attribute.write(file->object, &file->attribute, buf, pos, count);
}

static int file_mmap(void *object, const struct sysfs_bin_attribute *attr, struct file *f,
		     struct vma *vma)
{
	struct kit_file *file = attr->data;
	const struct device_range *range = device_range(file->device, RANGE_MEMORY,
							file->attribute.range);
	u64 length = vma->end - vma->start, offset = (u64)vma->pgoff << PAGE_SHIFT, room;

	if (!range)
		return -ENXIO;
	room = (range->length + PAGE_SIZE - 1) & PAGE_MASK;
	if (offset >= room || length > room - offset || (range->start & ~PAGE_MASK))
		return -EINVAL;
	return range_view_map(file->view, vma, range->start + offset,
			      file->attribute.flags & ATTRIBUTE_COMBINES ? PTE_CACHE_WC
									 : PTE_CACHE_UC);
}

static bool is_sound(const struct attribute *a, bool of_device)
{
	bool bytes = a->flags & ATTRIBUTE_BYTES;

	if (!a->name || !*a->name || strchr(a->name, '/'))
		return false;
	if (!of_device && a->flags & (ATTRIBUTE_MAPS_RANGE | ATTRIBUTE_REMOVES))
		return false;
	if (bytes)
		return a->read || a->write || a->flags & ATTRIBUTE_MAPS_RANGE;
	return (a->show || a->store) && !(a->flags & ATTRIBUTE_MAPS_RANGE) &&
	       (!(a->flags & ATTRIBUTE_REMOVES) || a->store);
}

static int add_file(struct kit_file *file)
{
	struct attribute *a = &file->attribute;

	if (a->flags & ATTRIBUTE_BYTES) {
		file->bytes = (struct sysfs_bin_attribute){
			.name = a->name,
			.mode = a->mode & 0777,
			.size = a->file_size,
			.data = file,
			.read = a->read ? file_read : NULL,
			.write = a->write ? file_write : NULL,
			.mmap = a->flags & ATTRIBUTE_MAPS_RANGE ? file_mmap : NULL,
		};
		return sysfs_create_bin_file(file->dir, &file->bytes);
	}
	file->text = (struct sysfs_attribute){
		.name = a->name,
		.mode = a->mode & 0777,
		.data = file,
		.show = a->show ? file_show : NULL,
		.store = !a->store			? NULL
			 : a->flags & ATTRIBUTE_REMOVES ? file_store_remove
							: file_store,
	};
	return sysfs_create_file(file->dir, &file->text);
}

void kit_files_free(struct kit_files *files)
{
	if (!files)
		return;
	for (unsigned int i = 0; i < files->nr; i++) {
		range_view_end(files->files[i].view);
		kfree(files->files[i].attribute.name);
	}
	kfree(files);
}

void kit_files_remove(struct kit_files *files)
{
	for (unsigned int i = files->nr; i-- > 0;)
		sysfs_remove_file(files->files[i].dir, files->files[i].attribute.name);
	kit_files_free(files);
}

static int copy_file(struct kit_file *file, struct device *device, void *object,
		     const struct attribute *attribute)
{
	int error = KIT_COPY("attribute", &file->attribute, attribute, range);
	char *name;

	if (error)
		return error;
	if (!is_sound(&file->attribute, device))
		return -EINVAL;
	name = kstrdup(file->attribute.name, GFP_KERNEL);
	if (!name)
		return -ENOMEM;
	if (file->attribute.flags & ATTRIBUTE_MAPS_RANGE) {
		file->view = range_view_create();
		if (!file->view) {
			kfree(name);
			return -ENOMEM;
		}
	}
	file->attribute.name = name;
	file->device = device;
	file->object = object;
	return 0;
}

struct kit_files *kit_files_copy(struct device *device, void *object, const struct attribute *table,
				 unsigned int nr)
{
	struct kit_files *files = kzalloc(sizeof(*files) + nr * sizeof(files->files[0]),
					  GFP_KERNEL);
	const struct attribute *at = table;
	int error = 0;

	if (!files)
		return ERR_PTR(-ENOMEM);
	/* The stride is the first entry's size, for all of them. */
	for (; files->nr < nr; files->nr++, at = (const void *)((const u8 *)at + table->size)) {
		error = at->size == table->size
				? copy_file(&files->files[files->nr], device, object, at)
				: -EINVAL;
		if (error) {
			kit_files_free(files);
			return ERR_PTR(error);
		}
	}
	return files;
}

int kit_files_show(struct kit_files *files, sysfs_dir_t *dir)
{
	for (unsigned int i = 0; i < files->nr; i++) {
		int error;

		files->files[i].dir = dir;
		error = add_file(&files->files[i]);
		if (error) {
			while (i-- > 0)
				sysfs_remove_file(dir, files->files[i].attribute.name);
			return error;
		}
	}
	return 0;
}

struct kit_files *kit_files_add(sysfs_dir_t *dir, struct device *device, void *object,
				const struct attribute *table, unsigned int nr)
{
	struct kit_files *files = kit_files_copy(device, object, table, nr);
	int error;

	if (IS_ERR(files))
		return files;
	error = kit_files_show(files, dir);
	if (error) {
		kit_files_free(files);
		return ERR_PTR(error);
	}
	return files;
}

struct owned_files {
	struct owned_resource resource; /* of the device */
	struct kit_files *files;
};

static void files_release(struct owned_resource *resource)
{
	struct owned_files *o = container_of(resource, struct owned_files, resource);

	kit_files_remove(o->files);
	kfree(o);
}

int dev_add_attributes(struct device *device, const struct attribute *attributes, u32 nr)
{
	struct owned_files *o = kzalloc(sizeof(*o), GFP_KERNEL);

	if (!o)
		return -ENOMEM;
	o->files = kit_files_add(device->dir, device, device, attributes, nr);
	if (IS_ERR(o->files)) {
		int error = PTR_ERR(o->files);

		kfree(o);
		return error;
	}
	o->resource.release = files_release;
	o->resource.what = "attributes";
	resource_add(&device->resources, &o->resource);
	return 0;
}
