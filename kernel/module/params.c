// SPDX-License-Identifier: MIT
/*
 * Module parameters: from insmod's arguments, of a part of the image from the command line (module.param=value; for others modprobe reads
 * that, as on Linux), and through /sys/module/NAME/parameters.
 *
 * module->param_lock is held while a value is set or shown. The module itself reads its variables without.
 *
 * A string is copied (struct param_string), and the copy stays until the module goes: nobody knows whether the module still reads the one that it
 * found there before. What is set again is the copy that there is, so that as much is kept as there were different values.
 */
#include "internal.h"

#include <kernel/init.h>
#include <kernel/log.h>
#include <lib/err.h>
#include <lib/parse.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>

unsigned int module_nr_params(const struct module *module)
{
	unsigned int n = 0;

	for (const struct kit_param *p = module->descriptor->params;
	     p < module->descriptor->params_end; p = param_next(p))
		n++;
	return n;
}

static bool is_array(const struct kit_param *p)
{
	return p->max && p->type != KIT_PARAM_string;
}

static bool is_unsigned(u8 type)
{
	return type == KIT_PARAM_uint || type == KIT_PARAM_ulong ||
	       (type >= KIT_PARAM_u8 && type <= KIT_PARAM_u64);
}

static int store_number(const struct kit_param *p, void *to, const char *text)
{
	unsigned int bits = p->element_size * 8;
	unsigned long long u;
	long long s;
	int error;

	if (is_unsigned(p->type)) {
		error = kstrtoull(text, 0, &u);
		if (!error && bits < 64 && u >> bits)
			error = -ERANGE;
	} else {
		error = kstrtoll(text, 0, &s);
		if (!error && bits < 64 && (s < -(1ll << (bits - 1)) || s >= 1ll << (bits - 1)))
			error = -ERANGE;
		u = (unsigned long long)s;
	}
	if (error)
		return error;
	switch (p->element_size) {
	case 1: WRITE_ONCE(*(u8 *)to, u); return 0;
	case 2: WRITE_ONCE(*(u16 *)to, u); return 0;
	case 4: WRITE_ONCE(*(u32 *)to, u); return 0;
	case 8: WRITE_ONCE(*(u64 *)to, u); return 0;
	default: return -EINVAL;
	}
}

/* param_lock held, as below. */
static const struct param_string *find_string(const struct module *module, const char *text)
{
	const struct param_string *s = module->param_strings;

	while (s && strcmp(s->text, text))
		s = s->next;
	return s;
}

static int store_string(struct module *module, const char **variable, const char *text)
{
	const struct param_string *known = find_string(module, text);
	size_t size = strlen(text) + 1;
	struct param_string *copy;

	if (!known) {
		copy = kmalloc(sizeof(*copy) + size, GFP_KERNEL);
		if (!copy)
			return -ENOMEM;
		copy->next = module->param_strings;
		memcpy(copy->text, text, size);
		module->param_strings = copy;
		known = copy;
	}
	WRITE_ONCE(*variable, known->text);
	return 0;
}

static int store_one(struct module *module, const struct kit_param *p, void *to, const char *text)
{
	bool flag;
	int error;

	assert_mutex_held(&module->param_lock);
	switch (p->type) {
	case KIT_PARAM_bool:
		error = text ? kstrtobool(text, &flag) : 0;
		if (error)
			return error;
		WRITE_ONCE(*(bool *)to, text ? flag : true);
		return 0;
	case KIT_PARAM_charp: return text ? store_string(module, to, text) : -EINVAL;
	case KIT_PARAM_string:
		if (!text)
			return -EINVAL;
		if (strlen(text) >= p->max)
			return -ENOSPC;
		memcpy(to, text, strlen(text) + 1);
		return 0;
	default: return text ? store_number(p, to, text) : -EINVAL;
	}
}

/* Those in front of a bad one are set. */
static int store_array(struct module *module, const struct kit_param *p, char *text)
{
	unsigned int n = 0;
	int error = 0;
	char *item;

	if (!text)
		return -EINVAL;
	while (!error && (item = strsep(&text, ","))) {
		if (n == p->max) {
			pr_err("%s: %s takes at most %u values\n", module->name, p->name, p->max);
			error = -EINVAL;
		} else {
			error = store_one(module, p, (u8 *)p->value + n * p->element_size, item);
			n += !error;
		}
	}
	if (p->count)
		WRITE_ONCE(*p->count, n);
	return error;
}

static int param_store(struct module *module, const struct kit_param *p, char *text)
{
	int error;

	mutex_lock(&module->param_lock);
	if (is_array(p))
		error = store_array(module, p, text);
	else
		error = store_one(module, p, p->value, text);
	mutex_unlock(&module->param_lock);
	return error;
}

static const struct kit_param *param_find(const struct module *module, const char *name)
{
	for (const struct kit_param *p = module->descriptor->params;
	     p < module->descriptor->params_end; p = param_next(p))
		if (parameq(p->name, name))
			return p;
	return NULL;
}

static int set_by_name(struct module *module, char *name, char *value)
{
	const struct kit_param *p = param_find(module, name);
	int error;

	if (!p) {
		pr_warn("%s: unknown parameter '%s' ignored\n", module->name, name);
		return 0;
	}
	error = param_store(module, p, value);
	if (error == -ENOSPC)
		module_refuse(module->name, error, NULL, "'%s' is too long for parameter '%s'",
			      value, name);
	else if (error)
		module_refuse(module->name, error, "modinfo -p tells what it takes",
			      "'%s' invalid for parameter '%s'", value ?: "", name);
	return error;
}

int module_parse_arguments(struct module *module, char *arguments)
{
	char *name, *value;
	int error = 0;

	while (!error && *arguments) {
		arguments = next_arg(arguments, &name, &value);
		if (!strcmp(name, "--"))
			break;
		error = *name ? set_by_name(module, name, value) : 0;
	}
	return error;
}

/* Words "NAME.param=value" of the kernel's command line, for a part of the image. */
int module_boot_arguments(struct module *module)
{
	const char *word = NULL;
	char *copy, *value;
	int error = 0;

	while (!error && (word = boot_params_word(word))) {
		if (boot_word_class(word) != BOOT_WORD_MODULE)
			continue;
		copy = kstrdup(word, GFP_KERNEL);
		if (!copy)
			return -ENOMEM;
		value = strchr(copy, '.');
		/* lint: analyzer-null-dereference: a word of this class has a dot */
		*value = '\0';
		if (parameq(copy, module->name)) {
			char *name = value + 1;

			value = strchr(name, '=');
			if (value)
				*value++ = '\0';
			error = set_by_name(module, name, value);
		}
		kfree(copy);
	}
	return error;
}

static int show_one(const struct kit_param *p, const void *from, char *buf, size_t size)
{
	switch (p->type) {
	case KIT_PARAM_bool:
		/* The module's own byte may be any. */
		return scnprintf(buf, size, "%c", READ_ONCE(*(const u8 *)from) ? 'Y' : 'N');
	case KIT_PARAM_charp:
		return scnprintf(buf, size, "%s", *(const char *const *)from ?: "(null)");
	case KIT_PARAM_string: return scnprintf(buf, size, "%s", (const char *)from);
	default: break;
	}
	switch (p->element_size) {
	case 1: return scnprintf(buf, size, "%u", READ_ONCE(*(const u8 *)from));
	case 2: return scnprintf(buf, size, "%u", READ_ONCE(*(const u16 *)from));
	case 4:
		return is_unsigned(p->type)
			       ? scnprintf(buf, size, "%u", READ_ONCE(*(const u32 *)from))
			       : scnprintf(buf, size, "%d", READ_ONCE(*(const s32 *)from));
	default:
		return is_unsigned(p->type)
			       ? scnprintf(buf, size, "%llu", READ_ONCE(*(const u64 *)from))
			       : scnprintf(buf, size, "%lld", READ_ONCE(*(const s64 *)from));
	}
}

static ssize_t param_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	struct module *module = object;
	const struct kit_param *p = attr->data;
	u32 nr = 1;
	int n = 0;

	mutex_lock(&module->param_lock);
	if (is_array(p))
		nr = p->count ? min(READ_ONCE(*p->count), p->max) : p->max;
	for (u32 i = 0; i < nr; i++) {
		if (i)
			n += scnprintf(buf + n, PAGE_SIZE - n, ",");
		n += show_one(p, (const u8 *)p->value + i * p->element_size, buf + n,
			      PAGE_SIZE - n - 1);
	}
	mutex_unlock(&module->param_lock);
	if (nr) /* an empty array is an empty file */
		buf[n++] = '\n';
	return n;
}

static ssize_t param_sysfs_store(void *object, const struct sysfs_attribute *attr, const char *buf,
				 size_t count)
{
	struct module *module = object;
	char *text = kstrndup(buf, count, GFP_KERNEL);
	int error;

	if (!text)
		return -ENOMEM;
	if (count && text[count - 1] == '\n')
		text[count - 1] = '\0';
	error = param_store(module, attr->data, text);
	kfree(text);
	return error ?: (ssize_t)count;
}

/* The attributes live as long as the folder: in module->param_attributes, one block. */
int module_params_sysfs(struct module *module)
{
	unsigned int nr = module_nr_params(module), n = 0;
	sysfs_dir_t *dir;
	int error = 0;

	if (!nr)
		return 0;
	module->param_attributes = kcalloc(nr, sizeof(struct sysfs_attribute), GFP_KERNEL);
	if (!module->param_attributes)
		return -ENOMEM;
	dir = sysfs_create_dir(module->dir, "parameters", module);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	for (const struct kit_param *p = module->descriptor->params;
	     !error && p < module->descriptor->params_end; p = param_next(p)) {
		struct sysfs_attribute *a = &module->param_attributes[n++];

		if (!p->mode)
			continue;
		*a = (struct sysfs_attribute){ p->name, p->mode, param_show, param_sysfs_store,
					       (void *)p };
		error = sysfs_create_file(dir, a);
	}
	return error;
}

void module_params_free(struct module *module)
{
	struct param_string *copy;

	while ((copy = module->param_strings)) {
		module->param_strings = copy->next;
		kfree(copy);
	}
	kfree(module->param_attributes);
}
