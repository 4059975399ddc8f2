// SPDX-License-Identifier: MIT
/*
 * /sys/module/NAME: what kmod and gdb read: initstate, refcnt, coresize, initsize, taint, version, srcversion, uevent, holders/, parameters/,
 * sections/, notes/.
 */
#include "internal.h"

#include <lib/err.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>

static ssize_t initstate_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	static const char *const names[] = { "coming", "live", "going" };
	struct module *module = object;

	return sysfs_emit(buf, "%s\n", names[READ_ONCE(module->state)]);
}

static ssize_t refcnt_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	struct module *module = object;

	return sysfs_emit(buf, "%d\n", atomic_read(&module->refs) - MODULE_REF_BASE);
}

/* What it takes, which is whole pages for each protection. */
size_t module_pages_size(const struct module *module, int first, int last)
{
	size_t size = 0;

	for (int i = first; i <= last; i++)
		size += ALIGN(module->regions[i].size, PAGE_SIZE);
	return size;
}

static ssize_t coresize_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%zu\n", module_pages_size(object, REGION_TEXT, REGION_DATA));
}

static ssize_t initsize_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%zu\n",
			  module_pages_size(object, REGION_INIT_TEXT, REGION_INIT_DATA));
}

static ssize_t taint_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	char flags[8];

	module_taint_flags(object, flags);
	return sysfs_emit(buf, "%s\n", flags);
}

static ssize_t version_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	struct module *module = object;

	return sysfs_emit(buf, "%s\n", module->version);
}

static ssize_t srcversion_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	struct module *module = object;

	return sysfs_emit(buf, "%s\n", module->srcversion);
}

/* To user space, as for a device. */
static void tell(void *object, const char *action, const char *lines)
{
	const struct module *module = object;
	char path[96];

	snprintf(path, sizeof(path), "/module/%s", module->name);
	uevent_send(action, path, "module", lines);
}

static ssize_t uevent_store(void *object, const struct sysfs_attribute *attr, const char *buf,
			    size_t count)
{
	return uevent_ask(object, buf, count, tell);
}

static const struct sysfs_attribute uevent_attribute = { "uevent", 0200, NULL, uevent_store, NULL };
static const struct sysfs_attribute version_attribute = { "version", 0444, version_show, NULL, NULL };
static const struct sysfs_attribute srcversion_attribute = { "srcversion", 0444, srcversion_show, NULL, NULL };
static const struct sysfs_attribute attributes[] = {
	{ "initstate", 0444, initstate_show, NULL, NULL },
	{ "refcnt", 0444, refcnt_show, NULL, NULL },
	{ "coresize", 0444, coresize_show, NULL, NULL },
	{ "initsize", 0444, initsize_show, NULL, NULL },
	{ "taint", 0444, taint_show, NULL, NULL },
};

static ssize_t section_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	const struct module_section *section = attr->data;

	return sysfs_emit(buf, "0x%016lx\n", section->address);
}

static int add_sections(struct module *module)
{
	sysfs_dir_t *dir;
	int error = 0;

	if (!module->nr_sections)
		return 0;
	module->section_attributes = kcalloc(module->nr_sections, sizeof(struct sysfs_attribute),
					     GFP_KERNEL);
	if (!module->section_attributes)
		return -ENOMEM;
	dir = sysfs_create_dir(module->dir, "sections", module);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	for (unsigned int i = 0; !error && i < module->nr_sections; i++) {
		struct sysfs_attribute *a = &module->section_attributes[i];

		*a = (struct sysfs_attribute){ module->sections[i].name, 0400, section_show, NULL,
					       &module->sections[i] };
		error = sysfs_create_file(dir, a);
		if (error == -EEXIST)
			/* sections of the same name: the first one stands for all */
			error = 0;
	}
	return error;
}

static ssize_t note_read(void *object, const struct sysfs_bin_attribute *attr, char *buf,
			 loff_t pos, size_t count)
{
	const struct module_section *section = attr->data;

	memcpy(buf, (const u8 *)section->address + pos, count);
	return count;
}

static int add_notes(struct module *module)
{
	sysfs_dir_t *dir = sysfs_create_dir(module->dir, "notes", module);
	int error = 0;

	if (IS_ERR(dir))
		return PTR_ERR(dir);
	if (!module->nr_sections)
		return 0;
	module->note_attributes = kcalloc(module->nr_sections, sizeof(struct sysfs_bin_attribute),
					  GFP_KERNEL);
	if (!module->note_attributes)
		return -ENOMEM;
	for (unsigned int i = 0; !error && i < module->nr_sections; i++) {
		struct sysfs_bin_attribute *a = &module->note_attributes[i];

		if (!module->sections[i].is_note)
			continue;
		*a = (struct sysfs_bin_attribute){
			.name = module->sections[i].name,
			.mode = 0444,
			.size = module->sections[i].size,
			.read = note_read,
			.data = &module->sections[i],
		};
		error = sysfs_create_bin_file(dir, a);
		if (error == -EEXIST)
			error = 0;
	}
	return error;
}

static int add_attributes(struct module *module)
{
	int error = 0;

	for (size_t i = 0; !error && i < ARRAY_SIZE(attributes); i++)
		error = sysfs_create_file(module->dir, &attributes[i]);
	if (!error && module->version)
		error = sysfs_create_file(module->dir, &version_attribute);
	if (!error && module->srcversion)
		error = sysfs_create_file(module->dir, &srcversion_attribute);
	return error;
}

int module_sysfs_add(struct module *module)
{
	struct module_use *use;
	int error = 0;

	/* A part of the image is shown only for its parameters, as kmod expects: initstate would make it a loadable one. */
	if (module->builtin && !module_nr_params(module))
		return 0;
	module->dir = sysfs_create_dir(sysfs_module, module->name, module);
	if (IS_ERR(module->dir)) {
		error = PTR_ERR(module->dir);
		module->dir = NULL;
		return error;
	}
	error = sysfs_create_file(module->dir, &uevent_attribute);
	if (!error && !module->builtin) {
		module->holders_dir = sysfs_create_dir(module->dir, "holders", module);
		error = IS_ERR(module->holders_dir) ? PTR_ERR(module->holders_dir)
						    : add_attributes(module);
		if (!error)
			error = add_sections(module);
		if (!error)
			error = add_notes(module);
	}
	if (!error)
		error = module_params_sysfs(module);
	if (error) {
		module_sysfs_remove(module);
		return error;
	}
	mutex_lock(&module_mutex);
	list_for_each_entry(use, &module->providers, user_node)
		module_sysfs_holder(use->provider, module, true);
	mutex_unlock(&module_mutex);
	if (!module->builtin)
		tell(module, "add", "");
	return 0;
}

void module_sysfs_remove(struct module *module)
{
	if (module->dir && !module->builtin)
		tell(module, "remove", "");
	sysfs_remove(module->dir);
	module->dir = module->holders_dir = NULL;
	kfree(module->section_attributes);
	module->section_attributes = NULL;
	kfree(module->note_attributes);
	module->note_attributes = NULL;
}

/* A link provider/holders/user; the folder tells rmmod who needs it. */
void module_sysfs_holder(struct module *provider, struct module *user, bool add)
{
	if (IS_ERR_OR_NULL(provider->holders_dir) || (add && !user->dir))
		return;
	if (add)
		sysfs_create_link(provider->holders_dir, user->dir, user->name);
	else
		sysfs_remove_file(provider->holders_dir, user->name);
}
