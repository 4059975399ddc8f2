/* SPDX-License-Identifier: MIT */
/* Files of /sys (kit/attribute.h), and the programs that use them. */
#include <kit/attribute.h>
#include <kit/device.h>
#include <kit/memory.h>
#include "fake_pci.h"
#include "internal.h"

struct files {
	struct resource resource;
	struct list_head node;
	struct device *device;
	void *object;
	u32 nr;
	bool dead[64]; /* ATTRIBUTE_REMOVES: written once */
	struct attribute attributes[];
};

static LIST_HEAD(all_files);

static void files_release(struct resource *resource)
{
	struct files *f = container_of(resource, struct files, resource);

	list_del(&f->node);
	host_free(f);
}

static bool is_sound(const struct attribute *a)
{
	if (a->size != sizeof(*a) || !a->name || !a->mode)
		return false;
	return a->flags & ATTRIBUTE_BYTES ? !a->show && !a->store
					  : !a->read && !a->write && (a->show || a->store);
}

int attributes_add(struct device *device, void *object, const struct attribute *attributes, u32 nr)
{
	struct files *f = host_alloc(sizeof(*f) + nr * sizeof(*attributes));

	f->device = device;
	f->object = object;
	f->nr = nr;
	for (u32 i = 0; i < nr; i++) {
		f->attributes[i] = attributes[i];
		if (is_sound(&attributes[i]) && nr <= ARRAY_SIZE(f->dead)) {
			f->attributes[i].name = host_copy_text(attributes[i].name);
			continue;
		}
		host_free(f);
		return -EINVAL;
	}
	list_add_tail(&f->node, &all_files);
	if (device)
		resource_add(device, &f->resource, "files", 0, files_release);
	return 0;
}

int dev_add_attributes(struct device *device, const struct attribute *attributes, u32 nr)
{
	enter_call("dev_add_attributes", true);
	if (fault("dev_add_attributes"))
		return -ENOMEM;
	return attributes_add(device, device, attributes, nr);
}

/* --- programs --- */

static const struct attribute *find(struct device *device, const char *name, struct files **files,
				    bool take)
{
	struct files *f;

	list_for_each_entry(f, &all_files, node) {
		for (u32 i = 0; f->device == device && i < f->nr; i++) {
			if (strcmp(f->attributes[i].name, name) || f->dead[i])
				continue;
			f->dead[i] = take && f->attributes[i].flags & ATTRIBUTE_REMOVES;
			*files = f;
			return &f->attributes[i];
		}
	}
	return NULL;
}

ssize_t fake_attribute_show(struct device *device, const char *name, char *buffer)
{
	struct files *f;
	const struct attribute *a = find(device, name, &f, false);
	ssize_t n;

	if (!a)
		return -ENOENT;
	if (!a->show)
		return -EIO;
	memset(buffer, 0, ATTRIBUTE_TEXT_SIZE);
	n = a->show(f->object, a, buffer);
	if (n > (ssize_t)ATTRIBUTE_TEXT_SIZE || (n > 0 && buffer[n - 1] != '\n'))
		complain("%s: show gave %ld bytes; they end with a newline, and are at most %u",
			 name, n, ATTRIBUTE_TEXT_SIZE);
	return n;
}

ssize_t fake_attribute_store(struct device *device, const char *name, const char *text)
{
	struct files *f;
	const struct attribute *a = find(device, name, &f, true);
	size_t length = strlen(text);
	char *copy;
	ssize_t n;

	if (!a)
		return -ENOENT;
	if (!a->store)
		return -EIO;
	copy = host_alloc(length + 1);
	memcpy(copy, text, length);
	n = a->store(f->object, a, copy, length);
	host_free(copy);
	if (n > (ssize_t)length)
		complain("%s: store took more than there was", name);
	return n;
}

static ssize_t move(struct device *device, const char *name, void *to, const void *from,
		    u64 position, size_t length)
{
	struct files *f;
	const struct attribute *a = find(device, name, &f, false);
	ssize_t n;

	if (!a)
		return -ENOENT;
	if (to ? !a->read : !a->write)
		return -EIO;
	n = to ? a->read(f->object, a, to, position, length)
	       : a->write(f->object, a, from, position, length);
	if (n > (ssize_t)length)
		complain("%s: more bytes were moved than there were", name);
	return n;
}

ssize_t fake_attribute_read(struct device *device, const char *name, void *buffer, u64 position,
			    size_t length)
{
	return move(device, name, buffer, NULL, position, length);
}

ssize_t fake_attribute_write(struct device *device, const char *name, const void *buffer,
			     u64 position, size_t length)
{
	return move(device, name, NULL, buffer, position, length);
}
